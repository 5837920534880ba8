/*
 * The engine: runs and their steps, one at a time per environment. It keeps runs
 * in the journal so that a server that was killed finds them again, probes what
 * was under way, and goes on only from what is known.
 *
 * Order of each step: the intent is durable ("step-begin"), the verb starts, the
 * verb ends, the result is durable ("step-end"), then the next step. What the
 * journal does not take is not started. Nothing here is called back from inside
 * engine_run() or engine_act(): the engine acts in the loop's next turn.
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
	const struct verb *const *verbs;	/* NULL: those of verb.h */
	/* Borrowed, and read whenever a step begins; or NULL. */
	const struct run_services *services;
	struct observer *(*observer)(void *arg, const char *environment);
	/* Append to the journal: kind ("run-begin" "step-begin"
	 * "step-remember" "step-end" "step-retry" "step-skip" "step-tick"
	 * "run-pause" "run-paused" "run-resume" "run-abort" "run-end"), step
	 * (NULL for the run's own), text, and the run's whole state as JSON,
	 * which keep() must return at the next start: the last one of each run.
	 * In the order of the calls. `done` is called once, at once or later;
	 * after engine_free() it is passed over. */
	void (*keep)(void *arg, const struct run *run, const char *kind,
	    const char *step, const char *text, const char *state,
	    engine_kept_fn *done, void *done_arg);
	/* Keep output of a step, as it comes: not cleaned. Or NULL. */
	void (*keep_output)(void *arg, const char *run_id, const char *step,
	    const char *data, size_t len);
	/* What that step took the last time that it was done; -1. Or NULL. */
	int64_t (*usual)(void *arg, const char *book, const char *environment,
	    const char *step);
	/* The model's runs have changed (m->ran is set). */
	void (*changed)(void *arg);
	void *arg;
};

struct engine *engine_new(const struct engine_options *o);
/* Nothing is cancelled: jobs go on, and the next server follows them. */
void engine_free(struct engine *e);
/* Another configuration: rest() before what there was of it and its observers
 * go, wake() once the new ones are there, in the same turn of the loop. Steps
 * under way are asked after as by recall(). */
void engine_rest(struct engine *e);
void engine_wake(struct engine *e, const struct conf *conf);
/* A run as it was kept, of an earlier server: probe what was under way. An ended
 * one is shown again. -1 when it is no state, or the run is there already. */
int engine_recall(struct engine *e, const char *state, struct err *err);

struct engine_start {
	struct book *book;		/* taken over, whatever the result */
	const char *environment, *who, *tty, *reason;
	const struct book_value *values;	/* parameters given; or NULL */
	const char *from;		/* what was live */
	const char *target, *target_commit, *via;
};

/* NULL with the reason; the run is in the model when this returns, its first step
 * starts once the intent is durable. The run is borrowed until the next turn of
 * the loop: keep its id. */
const struct run *engine_run(struct engine *e, const struct engine_start *s,
    struct err *err);

enum engine_act { ENGINE_PAUSE, ENGINE_RESUME, ENGINE_ABORT, ENGINE_RETRY,
		  ENGINE_SKIP, ENGINE_TICK, ENGINE_ACTS };

const char *engine_act_name(enum engine_act a);	/* "pause" "resume" … */

/* -1 with the sentence when that cannot be now. item: of TICK. A reason is
 * needed to skip, to retry or abort what is unknown, and to override an item. */
int engine_act(struct engine *e, const char *run_id, enum engine_act act,
    const char *item, const char *who, const char *reason, struct err *err);
/* The run that holds the environment, or NULL. */
const struct run *engine_holds(const struct engine *e,
    const char *environment);
/* "deploy-prod of v1.4.0 by corentin holds prod since 14:02:11, at step checkout
 * (fetch and check out v1.4.0)". */
void engine_holder_text(const struct run *r, struct buf *b);
/* What is left to do, as commands for a shell and words for a person. */
int engine_paper(struct engine *e, const char *run_id, struct buf *out,
    struct err *err);
/* The same of a run that is not started. book is not taken over. */
int engine_paper_start(const struct conf *conf, const struct engine_start *s,
    struct buf *out, struct err *err);

#endif
