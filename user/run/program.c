// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Reads just enough of an ELF file (System V gABI) of this machine's own kind.
 * The file may be anything: what it says of places in itself is checked.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "program.h"

struct file {
	const unsigned char *data;
	size_t len;
	const ElfW(Ehdr) * head;
};

/* A place in the file that has len bytes, aligned as the headers are; or NULL. */
static const void *part(const struct file *f, uint64_t at, uint64_t len)
{
	if (at > f->len || len > f->len - at || at % sizeof(ElfW(Addr)))
		return NULL;
	return f->data + at;
}

/* A string of the file that ends before limit, if it is no longer than size. */
static bool string(const struct file *f, uint64_t at, char *to, size_t size)
{
	size_t len;

	if (at >= f->len)
		return false;
	len = strnlen((const char *)f->data + at, f->len - at);
	if (len == f->len - at || len >= size)
		return false;
	memcpy(to, f->data + at, len + 1);
	return true;
}

static const ElfW(Phdr) * segment(const struct file *f, unsigned int i)
{
	uint64_t size = sizeof(ElfW(Phdr));

	if (i >= f->head->e_phnum || f->head->e_phentsize != size ||
	    f->head->e_phoff > f->len)
		return NULL;
	return part(f, f->head->e_phoff + i * size, size);
}

static const ElfW(Phdr) * find_segment(const struct file *f, ElfW(Word) type)
{
	const ElfW(Phdr) * seg;
	unsigned int i;

	for (i = 0; (seg = segment(f, i)); i++)
		if (seg->p_type == type)
			return seg;
	return NULL;
}

/* The place in the file of what is loaded at an address, or one past its end. */
static uint64_t loaded_from(const struct file *f, uint64_t addr)
{
	const ElfW(Phdr) * seg;
	unsigned int i;

	for (i = 0; (seg = segment(f, i)); i++)
		if (seg->p_type == PT_LOAD && addr >= seg->p_vaddr &&
		    addr - seg->p_vaddr < seg->p_filesz &&
		    seg->p_offset <= f->len)
			return seg->p_offset + (addr - seg->p_vaddr);
	return f->len;
}

/* The libasan that is named among the libraries needed. */
static void find_asan(const struct file *f, struct program *prog)
{
	const ElfW(Phdr) *seg = find_segment(f, PT_DYNAMIC);
	const ElfW(Dyn) *dyn = NULL;
	uint64_t i, n, strings = f->len;
	char name[sizeof(prog->asan)];

	if (seg)
		dyn = part(f, seg->p_offset, seg->p_filesz);
	n = dyn ? seg->p_filesz / sizeof(*dyn) : 0;
	for (i = 0; i < n; i++)
		if (dyn[i].d_tag == DT_STRTAB)
			strings = loaded_from(f, dyn[i].d_un.d_ptr);
	for (i = 0; i < n && dyn[i].d_tag != DT_NULL; i++)
		if (dyn[i].d_tag == DT_NEEDED &&
		    dyn[i].d_un.d_val < f->len - strings &&
		    string(f, strings + dyn[i].d_un.d_val, name, sizeof(name)) &&
		    !strncmp(name, "libasan.so", strlen("libasan.so")))
			memcpy(prog->asan, name, sizeof(name));
}

/* The header of this program: of the kind that the library is of. */
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

static enum program_kind read_elf(struct file *f, struct program *prog)
{
	const ElfW(Phdr) * seg;

	f->head = part(f, 0, sizeof(*f->head));
	if (!f->head)
		return PROGRAM_OTHER;
	if (f->head->e_ident[EI_CLASS] != __ehdr_start.e_ident[EI_CLASS] ||
	    f->head->e_ident[EI_DATA] != __ehdr_start.e_ident[EI_DATA] ||
	    f->head->e_machine != __ehdr_start.e_machine)
		return PROGRAM_FOREIGN;
	find_asan(f, prog);
	seg = find_segment(f, PT_INTERP);
	if (!seg || !string(f, seg->p_offset, prog->loader, sizeof(prog->loader)))
		return PROGRAM_STATIC;
	return PROGRAM_DYNAMIC;
}

/* #! INTERPRETER [ARGUMENT], execve(2) */
static enum program_kind read_script(const struct file *f, struct program *prog)
{
	const char *line = (const char *)f->data + 2;
	size_t i, len = f->len - 2;

	while (len && (*line == ' ' || *line == '\t'))
		line++, len--;
	for (i = 0; i < len && !strchr(" \t\n", line[i]); i++)
		if (i + 1 == sizeof(prog->loader))
			return PROGRAM_OTHER;
	memcpy(prog->loader, line, i);
	prog->loader[i] = '\0';
	return i ? PROGRAM_SCRIPT : PROGRAM_OTHER;
}

int program_read(struct program *prog, const char *path)
{
	int err, fd = open(path, O_RDONLY | O_CLOEXEC);
	struct file f = {};
	struct stat st;
	void *map;

	memset(prog, 0, sizeof(*prog));
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st)) {
		err = -errno;
		close(fd);
		return err;
	}
	/* Too short for either kind, and nothing to map perhaps. */
	if (st.st_size < 4) {
		close(fd);
		return 0;
	}
	f.len = st.st_size;
	map = mmap(NULL, f.len, PROT_READ, MAP_PRIVATE, fd, 0);
	err = map == MAP_FAILED ? -errno : 0;
	close(fd);
	if (err)
		return err;
	f.data = map;
	if (!memcmp(f.data, ELFMAG, SELFMAG))
		prog->kind = read_elf(&f, prog);
	else if (!memcmp(f.data, "#!", 2))
		prog->kind = read_script(&f, prog);
	munmap(map, f.len);
	return 0;
}
