// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "impair.h"

struct script {
	struct skua_impair *im;
	char *err;
	size_t errlen;
	int numbers[SKUA_IMPAIR_RULES];
	unsigned int n;
};

static int add_line(struct script *s, const char *line, size_t len)
{
	char rule[SKUA_IMPAIR_TEXT + 1];
	int number;

	if (len >= sizeof(rule))
		len = sizeof(rule) - 1;	/* which is too long still */
	memcpy(rule, line, len);
	rule[len] = '\0';
	number = skua_impair_add(s->im, rule, s->err, s->errlen);
	if (number < 0)
		return number;
	s->numbers[s->n++] = number;
	return 0;
}

static int failed(struct script *s, unsigned int line, int ret)
{
	char why[256];

	while (s->n)
		skua_impair_remove(s->im, s->numbers[--s->n]);
	snprintf(why, sizeof(why), "%s", s->err);
	snprintf(s->err, s->errlen, "line %u: %s", line, why);
	return ret;
}

static bool says_nothing(const char *line, size_t len)
{
	size_t blank = strspn(line, " \t");

	return blank >= len || line[blank] == '#';
}

int skua_impair_script(struct skua_impair *im, const char *text, char *err,
		       size_t errlen)
{
	struct script s = { .im = im, .err = err, .errlen = errlen };
	unsigned int line;
	size_t len;
	int ret;

	for (line = 1; *text; line++, text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		if (says_nothing(text, len))
			continue;
		ret = add_line(&s, text, len);
		if (ret)
			return failed(&s, line, ret);
	}
	return s.n;
}
