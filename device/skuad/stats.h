/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
#ifndef SKUA_STATS_H
#define SKUA_STATS_H

#include <json-c/json.h>

#include "../vfio-user/server.h"

/* An array with an object for each function; the caller puts it. */
struct json_object *stats_json(const struct vfu_server *s);

#endif /* SKUA_STATS_H */
