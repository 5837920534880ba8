/*
 * The engine: runs and their steps, one at a time per environment. It keeps runs
 * in the journal so that a server that was killed finds them again, probes what
 * was under way, and goes on only from what is known.
 */
#ifndef RUN_ENGINE_H
#define RUN_ENGINE_H

#include "model/run.h"
#include "run/book.h"
#include "run/verb.h"

struct engine;

/* Where runs are kept. The texts are copied; `done` is called from the loop when
 * it is durable (error NULL), or was not written. */
typedef void engine_kept_fn(void *arg, const char *error);

struct engine_options {
	struct world *world;
	const struct conf *conf;
	struct observer *(*observer)(void *arg, const char *environment);
	/* Append to the journal: kind ("step-begin", "step-end", …), text, and
	 * the run's whole state as JSON, which keep() must return at the next
	 * start. */
	void (*keep)(void *arg, const struct run *run, const char *kind,
	    const char *step, const char *text, const char *state,
	    engine_kept_fn *done, void *done_arg);
	/* Keep output of a step, as it comes. */
	void (*keep_output)(void *arg, const char *run_id, const char *step,
	    const char *data, size_t len);
	/* What that step took the last time that it was done; -1. */
	int64_t (*usual)(void *arg, const char *book, const char *environment,
	    const char *step);
	/* The model's runs have changed (m->ran is set). */
	void (*changed)(void *arg);
	void *arg;
};

struct engine *engine_new(const struct engine_options *o);
/* Nothing is cancelled: jobs go on, and the next server follows them. */
void engine_free(struct engine *e);
/* A run as it was kept, of an earlier server: probe what was under way. */
int engine_recall(struct engine *e, const char *state, struct err *err);

struct engine_start {
	const struct book *book;	/* taken over */
	const char *environment, *who, *tty, *reason;
	const struct book_value *values;
	const char *from;		/* what was live */
	const char *target, *target_commit, *via;
};

/* NULL with the reason; the run is in the model when this returns, its first step
 * starts once the intent is durable. */
const struct run *engine_run(struct engine *e, const struct engine_start *s,
    struct err *err);

enum engine_act { ENGINE_PAUSE, ENGINE_RESUME, ENGINE_ABORT, ENGINE_RETRY,
		  ENGINE_SKIP, ENGINE_TICK };

/* -1 with the sentence when that cannot be now. item: of TICK. */
int engine_act(struct engine *e, const char *run_id, enum engine_act act,
    const char *item, const char *who, const char *reason, struct err *err);
/* The run that holds the environment, or NULL. */
const struct run *engine_holds(const struct engine *e,
    const char *environment);
/* What is left to do, as commands for a shell and words for a person. */
int engine_paper(struct engine *e, const char *run_id, struct buf *out,
    struct err *err);

#endif
