/*
 * What is wrong with a configuration file: a list that grows while the file is
 * read, so that the operator mends it in one go, printed in the file's order.
 */
#ifndef CONFIG_PROBLEMS_H
#define CONFIG_PROBLEMS_H

#include <stddef.h>

#include "base/buf.h"

/* More than that says nothing new; the rest is only counted. */
#define PROBLEMS_MAX 100

struct problem {
	int line, column;	/* from 1 */
	char *text;
};

struct problems {
	struct problem items[PROBLEMS_MAX];
	size_t count;		/* may pass PROBLEMS_MAX */
	const char *expected;	/* what an empty file should have; NULL: what a
				 * configuration must */
};

void problems_release(struct problems *p);
void problems_add(struct problems *p, int line, int column,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* One line each, "file:line:column: text", sorted by place. */
void problems_print(struct problems *p, const char *file, struct buf *out);

/* A value from the file as an error may show it: cleaned, cut, and without the
 * password of an address. The caller frees it. */
char *problems_quote(const char *text);

#endif
