// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Parameters of congestion control: their ranges, and what they begin with. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cc.h"

/*
 * The algorithm's authors took 50 us for a round trip. Here a packet passes
 * threads that wait for processors, and an answer takes ten times as long: so
 * do the periods in which rates are cut and raised. doc/architecture.md has
 * the measurements.
 */
static const struct {
	uint32_t start, min, max;
} ranges[SKUA_CC_PARAMS] = {
	[SKUA_CC_ENABLE] = { 1, 0, 1 },
	[SKUA_CC_NP_MIN_TIME_BETWEEN_CNPS] = { 50, 0, 1000000 },
	[SKUA_CC_NP_CNP_DSCP] = { 48, 0, 63 },
	[SKUA_CC_RP_MAX_RATE] = { 100000, 1, 1000000 },
	[SKUA_CC_RP_MIN_RATE] = { 10, 1, 1000000 },
	[SKUA_CC_RP_RATE_TO_SET_ON_FIRST_CNP] = { 0, 0, 1000000 },
	[SKUA_CC_RP_RATE_REDUCE_MONITOR_PERIOD] = { 1000, 0, 1000000 },
	[SKUA_CC_RP_MIN_DEC_FAC] = { 50, 0, 100 },
	[SKUA_CC_RP_INITIAL_ALPHA_VALUE] = { 1023, 0, 1023 },
	[SKUA_CC_RP_DCE_TCP_G] = { 1019, 0, 1023 },
	[SKUA_CC_RP_DCE_TCP_RTT] = { 1100, 1, 1000000 },
	[SKUA_CC_RP_TIME_RESET] = { 500, 1, 1000000 },
	[SKUA_CC_RP_BYTE_RESET] = { 1048576, 1500, 1u << 30 },
	[SKUA_CC_RP_THRESHOLD] = { 1, 1, 31 },
	[SKUA_CC_RP_AI_RATE] = { 5, 1, 1000000 },
	[SKUA_CC_RP_HAI_RATE] = { 50, 1, 1000000 },
};

void skua_cc_defaults(struct skua_adapter *ad)
{
	unsigned int i;

	for (i = 0; i < SKUA_CC_PARAMS; i++)
		ad->cc[i] = ranges[i].start;
}

static int __attribute__((format(printf, 3, 4)))
wrong(char *err, size_t errlen, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err, errlen, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static bool number(const char *text, uint32_t *val)
{
	unsigned long long v;
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	v = strtoull(text, &end, 10);
	*val = v;
	return !*end && !errno && v <= UINT32_MAX;
}

static int set_value(uint32_t *cc, unsigned int i, const char *value,
		     char *err, size_t errlen)
{
	uint32_t v;

	if (!number(value, &v) || v < ranges[i].min || v > ranges[i].max)
		return wrong(err, errlen, "%s=%s: not a number from %u to %u",
			     skua_cc_param_name[i], value, ranges[i].min,
			     ranges[i].max);
	cc[i] = v;
	return 0;
}

static int set_word(uint32_t *cc, char *word, char *err, size_t errlen)
{
	char *value = strchr(word, '=');
	unsigned int i;

	if (!strcmp(word, "on") || !strcmp(word, "off")) {
		cc[SKUA_CC_ENABLE] = word[1] == 'n';
		return 0;
	}
	if (!value)
		return wrong(err, errlen, "not NAME=VALUE, on or off: %s", word);
	*value++ = '\0';
	for (i = 0; i < SKUA_CC_PARAMS; i++)
		if (!strcmp(word, skua_cc_param_name[i]))
			return set_value(cc, i, value, err, errlen);
	return wrong(err, errlen, "no such parameter: %s", word);
}

static int set_words(uint32_t *cc, char *text, char *err, size_t errlen)
{
	char *word;
	int ret;

	while ((word = strsep(&text, " \t\n"))) {
		ret = *word ? set_word(cc, word, err, errlen) : 0;
		if (ret)
			return ret;
	}
	if (cc[SKUA_CC_RP_MIN_RATE] > cc[SKUA_CC_RP_MAX_RATE])
		return wrong(err, errlen, "rp_min_rate is above rp_max_rate");
	return 0;
}

int skua_adapter_cc_set(struct skua_adapter *ad, const char *text, char *err,
			size_t errlen)
{
	char *copy = strdup(text);
	uint32_t cc[SKUA_CC_PARAMS];
	int ret;

	if (!copy)
		return wrong(err, errlen, "no memory");
	skua_engine_lock(ad);
	memcpy(cc, ad->cc, sizeof(cc));
	ret = set_words(cc, copy, err, errlen);
	if (!ret)
		memcpy(ad->cc, cc, sizeof(cc));
	skua_engine_unlock(ad);
	free(copy);
	return ret;
}

uint32_t skua_adapter_cc(struct skua_adapter *ad, enum skua_cc_param param)
{
	uint32_t v;

	skua_engine_lock(ad);
	v = ad->cc[param];
	skua_engine_unlock(ad);
	return v;
}
