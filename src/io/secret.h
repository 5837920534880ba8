/*
 * A secret where it is needed: the first line of a file that only its owner may
 * read, or of what a command prints. Asked for anew each time, so a rotated one
 * is used at once. Whoever gets it passes it on in memory or over a pipe only.
 */
#ifndef IO_SECRET_H
#define IO_SECRET_H

#include "io/child.h"
#include "io/loop.h"

/* Where it is; the texts are borrowed until `done`. Both NULL: there is none,
 * and the answer is NULL without an error. */
struct secret_source {
	const char *what;	/* for errors: "the token of GitHub" */
	const char *file;	/* 0600 or less, of this user or root */
	const char *command;	/* a shell's command line */
};

/* The secret, borrowed and wiped afterwards; NULL: none, and error says why
 * (never what it is), or is NULL. Called once, from the loop, never from inside
 * secret_ask(). */
typedef void secret_done_fn(const char *secret, const char *error, void *arg);

struct secret_ask;

struct secret_ask *secret_ask(struct loop *l, struct children *c,
    const struct secret_source *s, secret_done_fn *done, void *arg);
/* `done` is not called. NULL is accepted. */
void secret_cancel(struct secret_ask *a);

/* Overwrite and free. NULL is accepted. */
void secret_free(char *secret);

#endif
