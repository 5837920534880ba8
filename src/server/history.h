/*
 * The history of figures, in SQLite, for charts and for sparklines that survive
 * a restart. Figures of hosts and probes are kept as sampled for ten minutes;
 * everything is kept as one-minute averages, bounded by age and by size.
 *
 * A thread owns the database, so a slow or full disk never holds the loop: when
 * it cannot keep up, samples are dropped and counted. Nothing here is precious;
 * a damaged file is set aside and a new one begun.
 */
#ifndef SERVER_HISTORY_H
#define SERVER_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "io/loop.h"

struct history;

struct history_options {
	const char *path;	/* of the database */
	int64_t age_ms;		/* older samples go */
	int64_t max_bytes;	/* of the file; the oldest samples go */
	/* The last write failed (text), or works again (NULL). Called from
	 * the loop. */
	void (*trouble)(void *arg, const char *text);
	void *arg;
};

struct history *history_new(struct loop *l, const struct history_options *o,
    struct err *e);
/* Writes what is pending, waiting at most 2 s. */
void history_free(struct history *h);

/* One figure. subject: "host", "service:NAME", "probe:NAME"; metric: "cpu",
 * "memory", "load", "disk", "latency". NAN is ignored, and so is a second value
 * for the same instant. */
void history_add(struct history *h, const char *environment,
    const char *subject, const char *metric, int64_t at, double value);
/* Write the minute averages that are complete, and prune: once a minute. */
void history_flush(struct history *h, int64_t now);

struct history_query {
	const char *environment, *subject, *metric;
	int64_t from, to;	/* wall ms */
	int points;		/* 1 to 1000: averages over equal steps */
	bool raw;		/* samples as taken, of the last ten minutes:
				 * the newest `points` of them */
};

/* values: oldest first, NAN where there is nothing. error: NULL or why. Called
 * once from the loop, never from inside history_ask(). */
typedef void history_answer_fn(void *arg, const double *values, int count,
    const char *error);

/* Returns an id for history_forget(). */
int history_ask(struct history *h, const struct history_query *q,
    history_answer_fn *fn, void *arg);
/* The answer is no longer wanted. Unknown ids are fine. */
void history_forget(struct history *h, int id);

#endif
