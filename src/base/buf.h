/*
 * A growing byte buffer with a ceiling. data is always NUL-terminated (the NUL
 * is not counted in len) and never NULL once something was added. An addition
 * that would pass the ceiling adds nothing, returns -1 and sets `over`, so a
 * sequence of additions can be checked once at its end.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data;
	size_t len;
	size_t cap;
	size_t max;	/* bytes; the ceiling of len */
	bool over;	/* an addition was refused */
};

/* A buffer on the stack: struct buf b = BUF_INIT(1 << 20); */
#define BUF_INIT(ceiling) {.max = (ceiling)}

void buf_init(struct buf *b, size_t max);
void buf_release(struct buf *b);
/* Empty it, keep the memory, forget `over`. */
void buf_clear(struct buf *b);

int buf_add(struct buf *b, const void *data, size_t len);
int buf_adds(struct buf *b, const char *s);
int buf_addc(struct buf *b, char c);
int buf_addf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Drop the first len bytes. */
void buf_consume(struct buf *b, size_t len);
/* The text as a C string: "" when empty. Borrowed. */
const char *buf_str(const struct buf *b);
/* Hand the memory to the caller (never NULL) and leave the buffer empty. */
char *buf_detach(struct buf *b);

#endif
