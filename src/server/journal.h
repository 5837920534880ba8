/*
 * The journal: who did what, when, why, on what it was based, and what came of
 * it. Append-only and hash-chained, in a database of its own (WAL, synchronous
 * FULL); a thread owns it. Each entry is durable before `done` is called, so
 * that "about to" is written before an act and the result after it.
 *
 * Entry n's hash is SHA-256 over the hash of entry n-1 (64 hexadecimal digits;
 * 64 zeros before the first), a line of JSON with the entry's members in the
 * order of struct journal_entry (journal-line.h), and a line feed. Anybody can
 * check it:
 *
 *   sqlite3 journal.db 'select hash_prev || line from chain where seq = 7' |
 *       sha256sum
 *   sqlite3 journal.db 'select hash from entry where seq = 7'
 *
 * A chain shows what was changed, taken out or put in, but not that its end was
 * cut off; for that the file "journal.db-head" holds number and hash of the
 * last entry, and journal_missing() tells. Who could write all of it anew is
 * held against the hash that vigie journal --verify has printed before.
 */
#ifndef SERVER_JOURNAL_H
#define SERVER_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "io/loop.h"

struct journal;

struct journal_entry {
	int64_t seq;		/* from 1; 0: to be given */
	int64_t at;		/* wall ms; 0: now */
	const char *kind;	/* "run-begin", "step-end", "denied", … */
	const char *environment;	/* or NULL, as all below */
	const char *run, *step;
	const char *who;	/* user's name */
	int64_t uid;		/* -1: the server itself */
	const char *tty;
	const char *text;	/* a sentence */
	const char *reason;
	const char *fingerprint;	/* of the plan that it was based on */
	int64_t exit_code, duration_ms;	/* -1 */
};

struct journal_options {
	const char *path;	/* made with 0600 */
	/* Writing failed (text), or works again (NULL). From the loop. */
	void (*trouble)(void *arg, const char *text);
	void *arg;
};

/* Opens and checks the last links of the chain; a torn tail is what SQLite
 * rolls back. NULL: it cannot be used, and no act may be begun; nothing of it
 * was changed. */
struct journal *journal_new(struct loop *l, const struct journal_options *o,
    struct err *e);
/* Writes what is pending, 2 s at most, and calls what is still to be called. */
void journal_free(struct journal *j);

/* NULL, or which entries were durable once and are not there any more. An entry
 * of kind "journal-cut" says so as well. */
const char *journal_missing(const struct journal *j);

typedef void journal_done_fn(void *arg, const char *error);

/* Append; texts are copied, cleaned, and cut to 4 KiB each. `done` may be NULL;
 * called once, from the loop: the entry is durable (error NULL), or was not
 * written and will not be. */
void journal_append(struct journal *j, const struct journal_entry *e,
    journal_done_fn *done, void *arg);
/* The same, together with the whole state of the run (at most 4 MiB), in one
 * transaction. */
void journal_run(struct journal *j, const struct journal_entry *e,
    const char *run, const char *state, bool ended, journal_done_fn *done,
    void *arg);
/* Output of a step, at most 1 MiB each: the first half and the last are kept,
 * for 180 days. Cleaned when it is read. */
void journal_output(struct journal *j, const char *run, const char *step,
    const char *data, size_t len);

/* At the start, before any run is written: the state of each run that has not
 * ended, and of the last `ended` that have, newest first. Blocks. */
int journal_runs(struct journal *j, int ended,
    void (*fn)(void *arg, const char *run, const char *state), void *arg,
    struct err *e);

/* Questions; the answer (an array, or an object) is borrowed, error NULL or
 * why. Called once from the loop. What was appended before is in it. */
typedef void journal_answer_fn(void *arg, const struct json *answer,
    const char *error);
struct journal_query {
	const char *environment, *run;	/* or NULL */
	int64_t before;		/* seq; 0: from the newest on */
	int limit;		/* 1 to 1000, newest first */
};
/* Entries as their lines have them, with "hash"; fewer when they are long. */
void journal_ask(struct journal *j, const struct journal_query *q,
    journal_answer_fn *fn, void *arg);
/* {"entries": n, "ok": bool, "broken_at": seq or null, "why": text, "hash": of
 * the last entry} */
void journal_verify(struct journal *j, journal_answer_fn *fn, void *arg);
/* {"run", "step", "bytes": all that there were, "text": lines, one of which
 * says how many bytes are left out, if any} */
void journal_ask_output(struct journal *j, const char *run, const char *step,
    journal_answer_fn *fn, void *arg);
/* Too many questions wait, or a verification, which is the longest of them and
 * holds up what is written: ask again later. */
bool journal_busy(const struct journal *j);
/* Do not call what was given with that arg. */
void journal_forget(struct journal *j, void *arg);

/* What a step took the last time that it was done; -1. From memory. */
int64_t journal_usual(const struct journal *j, const char *book,
    const char *environment, const char *step);

#endif
