/*
 * The journal: who did what, when, why, on what it was based, and what came of
 * it. Append-only and hash-chained, in a database of its own (WAL, synchronous
 * FULL); a thread owns it. Each entry is durable before `done` is called, so
 * that "about to" is written before an act and the result after it.
 *
 * Entry n's hash is SHA-256 over the hash of entry n-1 (64 hexadecimal digits;
 * 64 zeros before the first) and a line of JSON with the entry's members in the
 * order of struct journal_entry: anybody can check it with sha256sum.
 */
#ifndef SERVER_JOURNAL_H
#define SERVER_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "io/loop.h"

struct journal;

struct journal_entry {
	int64_t seq;		/* from 1; 0: to be given */
	int64_t at;		/* wall ms */
	const char *kind;	/* "run-begin", "step-end", "denied", "lock", … */
	const char *environment;	/* or NULL, as all below */
	const char *run, *step;
	const char *who;	/* user's name */
	int64_t uid;		/* -1: the server itself */
	const char *tty;
	const char *text;	/* a sentence, cleaned */
	const char *reason;
	const char *fingerprint;	/* of the plan that it was based on */
	int64_t exit_code, duration_ms;	/* -1 */
};

struct journal_options {
	const char *path;	/* made with 0600 */
	void (*trouble)(void *arg, const char *text);	/* as record.h */
	void *arg;
};

/* Opens, checks the last entries of the chain, recovers; a torn tail is what
 * SQLite rolls back. NULL: it cannot be used, and no act may be begun. */
struct journal *journal_new(struct loop *l, const struct journal_options *o,
    struct err *e);
void journal_free(struct journal *j);	/* writes what is pending, 2 s at most */

typedef void journal_done_fn(void *arg, const char *error);

/* Append; texts are copied. `done` may be NULL. */
void journal_append(struct journal *j, const struct journal_entry *e,
    journal_done_fn *done, void *arg);
/* The same, together with the whole state of the run, in one transaction. */
void journal_run(struct journal *j, const struct journal_entry *e,
    const char *run, const char *state, bool ended, journal_done_fn *done,
    void *arg);
/* Output of a step, at most 1 MiB each: the first half and the last are kept. */
void journal_output(struct journal *j, const char *run, const char *step,
    const char *data, size_t len);

/* At the start, before anything else: the state of each run that has not ended,
 * and of the last `ended` that have, newest first. */
int journal_runs(struct journal *j, int ended,
    void (*fn)(void *arg, const char *run, const char *state), void *arg,
    struct err *e);

/* Questions; the answer (an array, or an object) is borrowed, error NULL or why.
 * Called once from the loop. */
typedef void journal_answer_fn(void *arg, const struct json *answer,
    const char *error);
struct journal_query {
	const char *environment, *run;	/* or NULL */
	int64_t before;		/* seq; 0: from the newest on */
	int limit;		/* 1 to 1000, newest first */
};
void journal_ask(struct journal *j, const struct journal_query *q,
    journal_answer_fn *fn, void *arg);
/* {"entries": n, "ok": bool, "broken_at": seq or null, "why": text} */
void journal_verify(struct journal *j, journal_answer_fn *fn, void *arg);
void journal_ask_output(struct journal *j, const char *run, const char *step,
    journal_answer_fn *fn, void *arg);
void journal_forget(struct journal *j, void *arg);	/* drop its answers */

/* What a step took the last time that it was done; -1. From memory. */
int64_t journal_usual(const struct journal *j, const char *book,
    const char *environment, const char *step);

#endif
