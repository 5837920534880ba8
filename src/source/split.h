/*
 * Bytes in pieces, lines out: for streams that speak in lines (events, a
 * shell's answers). A line longer than the ceiling is dropped whole, and the
 * next one is read again: a hostile far side costs at most `max` bytes.
 */
#ifndef SOURCE_SPLIT_H
#define SOURCE_SPLIT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct split {
	struct buf line;	/* what has come of an unfinished line */
	bool skipping;		/* the present line passed the ceiling */
	size_t dropped;		/* lines lost that way */
};

/* One line without its line feed; borrowed, not NUL-terminated. Return false
 * to stop: the rest of the piece is forgotten, and the splitter is not touched
 * again, so the callback may release it. */
typedef bool split_fn(const char *line, size_t len, void *arg);

void split_init(struct split *s, size_t max);
void split_release(struct split *s);
/* Says false when the callback did. */
bool split_feed(struct split *s, const char *data, size_t len, split_fn *fn,
    void *arg);

#endif
