// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * ipsec_key DEVICE - make security associations by both routes, wipe the key as
 * the manual asks for, and look for it in all memory that a core file of this
 * process would have, and in its vector registers.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <infiniband/skuadv.h>

#define KEY_LEN	 16
#define SALT_LEN 4
#define SPI	 0x2001
#define LINE	 4096
/* Of XSAVE: registers of SSE, AVX and AVX-512, and room for them. */
#define VECTORS 0xe6
#define XSAVE	4096

/* Not as it is, or this would be found. */
static uint8_t hidden[KEY_LEN];
static unsigned int found;
/* What they had behind each route, for scan_all() to look at. */
static uint8_t registers[2][XSAVE] __attribute__((aligned(64)));

static void *need(void *object, const char *what)
{
	if (!object) {
		perror(what);
		exit(1);
	}
	return object;
}

static bool is_key(const uint8_t *at)
{
	unsigned int i;

	for (i = 0; i < KEY_LEN; i++)
		if (at[i] != (uint8_t)~hidden[i])
			return false;
	return true;
}

static void reveal(uint8_t key[KEY_LEN])
{
	unsigned int i;

	for (i = 0; i < KEY_LEN; i++)
		key[i] = ~hidden[i];
}

/* To be called before anybody else uses them. */
static inline void keep_registers(uint8_t to[XSAVE])
{
#ifdef __x86_64__
	if (__builtin_cpu_supports("avx"))
		__asm__ volatile("xsave64 (%0)"
				 :
				 : "r"(to), "a"(VECTORS), "d"(0)
				 : "memory");
#else
	(void)to;
#endif
}

static struct ibv_flow_action *by_verbs(struct ibv_context *context)
{
	struct ibv_flow_action_esp esp = {
		.spi = SPI,
		.flags = IBV_FLOW_ACTION_ESP_FLAGS_FULL_OFFLOAD |
			 IBV_FLOW_ACTION_ESP_FLAGS_TRANSPORT,
	};
	struct ibv_flow_action_esp_keymat_aes_gcm gcm = {
		.icv_len = 16,
		.key_len = KEY_LEN,
	};
	struct ibv_flow_action_esp_attr attr = {
		.esp_attr = &esp,
		.keymat_proto = IBV_FLOW_ACTION_ESP_KEYMAT_AES_GCM,
		.keymat_len = sizeof(gcm),
		.keymat_ptr = &gcm,
	};
	struct ibv_flow_action *action;

	reveal((uint8_t *)gcm.aes_key);
	action = ibv_create_flow_action_esp(context, &attr);
	keep_registers(registers[0]);
	explicit_bzero(&gcm, sizeof(gcm));
	return need(action, "a flow action");
}

static struct ibv_flow_action *by_dv(struct ibv_context *context)
{
	uint8_t key[KEY_LEN + SALT_LEN] = {};
	struct skuadv_esp_attr attr = {
		.flags = SKUADV_ESP_DECRYPT,
		.spi = SPI,
		.dst.raw = { 0xfd },
		.icv_len = 16,
		.key_len = sizeof(key),
		.key = key,
	};
	struct ibv_flow_action *action;

	reveal(key);
	action = skuadv_create_flow_action_esp(context, &attr, sizeof(attr));
	keep_registers(registers[1]);
	explicit_bzero(key, sizeof(key));
	return need(action, "an SA");
}

static void scan(FILE *mem, unsigned long from, unsigned long to,
		 const char *name)
{
	size_t len = to - from, i;
	uint8_t *copy = need(malloc(len), "memory for a look at it");

	/* What cannot be read, no core file has either. */
	if (!fseeko(mem, from, SEEK_SET) && fread(copy, 1, len, mem) == len) {
		for (i = 0; i + KEY_LEN <= len; i++) {
			if (!is_key(copy + i))
				continue;
			printf("the key is at %lx in%s", from + i, name);
			found++;
		}
	}
	/* The copy must not be what is found next. */
	explicit_bzero(copy, len);
	free(copy);
}

/* A mapping whose flags have dd is not dumped. */
static void scan_all(void)
{
	FILE *maps = need(fopen("/proc/self/smaps", "r"), "smaps");
	FILE *mem = need(fopen("/proc/self/mem", "r"), "mem");
	unsigned long from = 0, to = 0, f, t;
	char line[LINE], name[LINE] = "";
	char rights[5] = "";

	setvbuf(mem, NULL, _IONBF, 0);
	while (fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%lx %4s", &f, &t, rights) == 3) {
			from = f;
			to = t;
			strcpy(name, strchr(line, ' '));
		} else if (!strncmp(line, "VmFlags:", 8) && rights[0] == 'r' &&
			   !strstr(line, " dd ") && !strstr(line, " io ")) {
			scan(mem, from, to, name);
		}
	}
	fclose(mem);
	fclose(maps);
}

static struct ibv_context *open_device(const char *name)
{
	struct ibv_device **list = need(ibv_get_device_list(NULL), "devices");
	struct ibv_context *context = NULL;
	int i;

	for (i = 0; list[i]; i++)
		if (!strcmp(ibv_get_device_name(list[i]), name))
			context = ibv_open_device(list[i]);
	ibv_free_device_list(list);
	return need(context, name);
}

/* That a key would be found, if it were there. */
static void check_scan(void)
{
	static uint8_t there[KEY_LEN];

	reveal(there);
	scan_all();
	if (!found) {
		puts("a key that is there is not found");
		exit(1);
	}
	explicit_bzero(there, sizeof(there));
	found = 0;
	puts("this one was there; others must not be");
}

int main(int argc, char **argv)
{
	struct ibv_flow_action *action[2];
	struct ibv_context *context;

	if (argc != 2)
		return 2;
	if (getrandom(hidden, sizeof(hidden), 0) != sizeof(hidden))
		return 1;
	context = open_device(argv[1]);
	check_scan();
	action[0] = by_verbs(context);
	action[1] = by_dv(context);
	scan_all();
	ibv_destroy_flow_action(action[0]);
	ibv_destroy_flow_action(action[1]);
	scan_all();
	ibv_close_device(context);
	return !!found;
}
