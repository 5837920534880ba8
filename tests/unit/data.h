/*
 * Recorded replies under tests/data, for tests of what reads them.
 */
#ifndef TESTS_UNIT_DATA_H
#define TESTS_UNIT_DATA_H

#include <check.h>

#include "base/buf.h"

/* The whole file; the caller releases the buffer. */
static inline struct buf
data_load(const char *room, const char *name)
{
	struct buf b = BUF_INIT(16 << 20);
	const char *top = getenv("VIGIE_TEST_DATA");
	char path[4096], chunk[4096];
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s/%s", top ? top : "tests/data",
	    room, name);
	f = fopen(path, "rb");
	ck_assert_msg(f != NULL, "cannot open %s", path);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_add(&b, chunk, n);
	fclose(f);
	return b;
}

#endif
