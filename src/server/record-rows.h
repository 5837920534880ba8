/*
 * The entries of the record: in memory, and on their way to its file. What they
 * mean is record.c's. A thread of its own writes; an entry for which somebody
 * waits is undone when that fails, the others are written again until they are.
 */
#ifndef SERVER_RECORD_ROWS_H
#define SERVER_RECORD_ROWS_H

#include "base/err.h"
#include "base/json.h"
#include "io/loop.h"
#include "model/fields.h"

enum row_kind { ROW_TENURE, ROW_MARK, ROW_LOCK, ROW_VERDICT, ROW_SIGN,
		ROW_KINDS };

struct row {
	struct row *next;
	enum row_kind kind;
	char *environment, *key;
	int64_t at;		/* wall ms */
	char *value;		/* JSON; NULL: there is none */
	char *stored;		/* as in the file */
	int pending;		/* writes under way */
};

struct rows;

/* Called from the loop, once, when the entry is durable (NULL) or was not
 * written. */
typedef void rows_done_fn(void *arg, const char *error);

struct rows_options {
	const char *path;
	/* The last write failed (text), or works again (NULL). */
	void (*trouble)(void *arg, const char *text);
	/* This one is as it was before. */
	void (*undone)(void *arg, const struct row *row);
	void *arg;
};

/* Opens, checks and reads the file. */
struct rows *rows_open(struct loop *l, const struct rows_options *o,
    struct err *e);
/* Writes what is pending, waiting at most 2 s. */
void rows_close(struct rows *r);

/* The newest one with a value, or the one after that; NULL after the last.
 * Valid until the next rows_put() or turn of the loop. */
const struct row *rows_first(const struct rows *r, enum row_kind kind,
    const char *environment);
const struct row *rows_next(const struct row *row);
size_t rows_count(const struct rows *r, enum row_kind kind,
    const char *environment);
/* Takes over v; NULL removes the entry. done may be NULL. */
void rows_put(struct rows *r, enum row_kind kind, const char *environment,
    const char *key, int64_t at, struct json *v, rows_done_fn *done,
    void *arg);

/* A table for the value, or NULL. */
const struct field *row_fields(enum row_kind kind);

#endif
