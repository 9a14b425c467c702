// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* A program that brings libibverbs in at run time finds the devices too. */
#include <dlfcn.h>
#include <stdio.h>

#define TEST_SKIP 77

struct ibv_device;

int main(void)
{
	struct ibv_device **(*get_device_list)(int *num);
	void (*free_device_list)(struct ibv_device **list);
	struct ibv_device **list;
	void *verbs;
	int n = -1;

	verbs = dlopen("libibverbs.so.1", RTLD_NOW | RTLD_LOCAL);
	if (!verbs)
		return TEST_SKIP;
	get_device_list = dlsym(verbs, "ibv_get_device_list");
	free_device_list = dlsym(verbs, "ibv_free_device_list");
	list = get_device_list(&n);
	if (!list || n != 2) {
		fprintf(stderr, "not so: 2 devices, but %d\n", n);
		return 1;
	}
	free_device_list(list);
	return dlclose(verbs) ? 1 : 0;
}
