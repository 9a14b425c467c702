/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* What the kernel says of memory. */
#ifndef SKUA_TEST_MAPPING_H
#define SKUA_TEST_MAPPING_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/*
 * Whether the mapping that p lies in has a flag, by its two letters in
 * /proc/self/smaps.
 */
static inline bool mapping_has(const void *p, const char *flag)
{
	FILE *file = fopen("/proc/self/smaps", "r");
	char line[512], word[8];
	unsigned long from, to;
	bool here = false, found = false;

	snprintf(word, sizeof(word), " %s", flag);
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			here = (unsigned long)p >= from &&
			       (unsigned long)p < to;
		else if (here && !strncmp(line, "VmFlags:", 8))
			found = strstr(line, word);
	}
	if (file)
		fclose(file);
	return found;
}

#endif /* SKUA_TEST_MAPPING_H */
