// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <stdio.h>
#include <string.h>

#include "skuactl.h"

#define COLUMNS 16

static const char *cell(struct json_object *row, const char *key)
{
	const char *dot = strchr(key, '.');
	struct json_object *o = row;
	char outer[32];

	if (dot) {
		snprintf(outer, sizeof(outer), "%.*s", (int)(dot - key), key);
		if (!json_object_object_get_ex(row, outer, &o))
			return "-";
		key = dot + 1;
	}
	if (!json_object_object_get_ex(o, key, &o))
		return "-";
	return json_object_get_string(o);
}

static void print_cell(const char *text, int width, bool left, bool last)
{
	if (left && last)
		printf("%s", text);
	else
		printf("%*s", left ? -width : width, text);
	fputs(last ? "\n" : "  ", stdout);
}

void print_table(struct json_object *rows, const struct column *columns,
		 unsigned int n)
{
	size_t i, lines = json_object_array_length(rows), len;
	struct json_object *row;
	int width[COLUMNS];
	unsigned int c;

	for (c = 0; c < n; c++) {
		width[c] = strlen(columns[c].title);
		for (i = 0; i < lines; i++) {
			row = json_object_array_get_idx(rows, i);
			len = strlen(cell(row, columns[c].key));
			if (len > (size_t)width[c])
				width[c] = len;
		}
	}
	for (c = 0; c < n; c++)
		print_cell(columns[c].title, width[c], columns[c].text,
			   c + 1 == n);
	for (i = 0; i < lines; i++) {
		row = json_object_array_get_idx(rows, i);
		for (c = 0; c < n; c++)
			print_cell(cell(row, columns[c].key), width[c],
				   columns[c].text, c + 1 == n);
	}
}
