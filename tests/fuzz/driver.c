/*
 * Runs a fuzz target where there is no libFuzzer (prints TAP): over the files and
 * directories of its arguments, else over its own corpus; each file whole, and
 * a small one cut at every byte.
 */
#include "fuzz.h"

#include <dirent.h>
#include <stdbool.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/files.h"

#define FILE_MAX (16 * 1024 * 1024)
#define CUT_MAX 2048

/* A copy of its own size, so that a sanitizer sees a read beyond the end. */
static void
feed(const char *data, size_t len)
{
	uint8_t *copy = xmalloc(len ? len : 1);

	memcpy(copy, data, len);
	LLVMFuzzerTestOneInput(copy, len);
	free(copy);
}

static int
run_file(const char *path)
{
	struct buf b = BUF_INIT(FILE_MAX);
	struct err e;
	size_t i;

	if (files_read(path, &b, &e) == -1) {
		fprintf(stderr, "%s\n", e.text);
		return -1;
	}
	feed(buf_str(&b), b.len);
	for (i = 0; b.len <= CUT_MAX && i < b.len; i++)
		feed(b.data, i);
	buf_release(&b);
	return 1;
}

/* How many files were run, or -1. */
static int
run(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	int total = 0, n;
	char *file;

	if (!dir)
		return run_file(path);
	while (total >= 0 && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		file = xasprintf("%s/%s", path, entry->d_name);
		n = run(file);
		total = n < 0 ? -1 : total + n;
		free(file);
	}
	closedir(dir);
	return total;
}

/* fuzz-NAME has its corpus in $VIGIE_FUZZ_CORPUS/NAME. */
static char *
own_corpus(const char *program)
{
	const char *corpora = getenv("VIGIE_FUZZ_CORPUS");
	const char *slash = strrchr(program, '/');
	const char *name = slash ? slash + 1 : program;

	if (!corpora || strncmp(name, "fuzz-", 5) != 0)
		return NULL;
	return xasprintf("%s/%s", corpora, name + 5);
}

int
main(int argc, char **argv)
{
	char *corpus = argc > 1 ? NULL : own_corpus(argv[0]);
	int i, n = 0, total = 0;

	if (corpus)
		total = run(corpus);
	free(corpus);
	for (i = 1; i < argc && total >= 0; i++) {
		n = run(argv[i]);
		total = n < 0 ? -1 : total + n;
	}
	if (total <= 0) {
		fprintf(stderr, "%s: no corpus, expected files or directories "
		    "as arguments, or $VIGIE_FUZZ_CORPUS\n", argv[0]);
		return EXIT_FAILURE;
	}
	printf("ok 1 - survived %d inputs\n1..1\n", total);
	return EXIT_SUCCESS;
}
