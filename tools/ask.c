// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "skuactl.h"

#define TIMEOUT_S 10

static FILE *connect_to(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct timeval tv = { .tv_sec = TIMEOUT_S };
	FILE *f;
	int fd;

	if (strlen(path) >= sizeof(addr.sun_path))
		quit(EXIT_USAGE, "the path is too long: %s", path);
	strcpy(addr.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (void *)&addr, sizeof(addr)))
		quit(EXIT_FAILED, "%s: %s", path, strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	f = fdopen(fd, "r+");
	if (!f)
		quit(EXIT_FAILED, "%s: %s", path, strerror(errno));
	return f;
}

struct json_object *request(const char *cmd)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "cmd", json_object_new_string(cmd));
	return o;
}

struct json_object *ask(const char *path, struct json_object *request)
{
	struct json_object *answer, *ok, *error;
	FILE *f = connect_to(path);
	char *line = NULL;
	size_t size = 0;

	if (fprintf(f, "%s\n", json_object_to_json_string_ext(request,
					JSON_C_TO_STRING_PLAIN)) < 0 ||
	    fflush(f) || getline(&line, &size, f) < 0)
		quit(EXIT_FAILED, "%s: no answer", path);
	fclose(f);
	json_object_put(request);
	answer = json_tokener_parse(line);
	free(line);
	if (!json_object_object_get_ex(answer, "ok", &ok))
		quit(EXIT_FAILED, "%s: that is not skuad", path);
	if (!json_object_get_boolean(ok)) {
		json_object_object_get_ex(answer, "error", &error);
		quit(EXIT_FAILED, "%s", json_object_get_string(error));
	}
	return answer;
}

struct json_object *part(struct json_object *answer, const char *name)
{
	struct json_object *o;

	if (!json_object_object_get_ex(answer, name, &o))
		quit(EXIT_FAILED, "an answer without %s", name);
	return o;
}

void print_json(struct json_object *o)
{
	puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY |
					       JSON_C_TO_STRING_SPACED |
					       JSON_C_TO_STRING_NOSLASHESCAPE));
}
