/*
 * Verbs: what a step can do. One table; each entry starts, cancels, probes after
 * a crash, and writes itself down as shell commands for paper. A verb never
 * blocks; it tells its end once with step_end().
 *
 * The engine journals the intent durably before start() and the result after
 * step_end(). After a restart of the server a step that had been started is given
 * to probe(), never to start(): it asks the world what happened and either
 * follows what still goes on, or ends the step as done, failed or unknown.
 */
#ifndef RUN_VERB_H
#define RUN_VERB_H

#include "config/conf.h"
#include "model/run.h"
#include "run/book.h"
#include "source/observer.h"

struct step;		/* one step of a run under way; see below */

struct verb {
	struct verb_shape shape;
	/* Begin. What fails at once is told by step_end() too. */
	void (*start)(struct step *s);
	/* End what start() or probe() began, as well as can be; step_end() is
	 * not called. Frees s->state. NULL: there is nothing to end. */
	void (*cancel)(struct step *s);
	void (*probe)(struct step *s);	/* NULL: ends as unknown */
	/* Append the shell commands, or what a person has to do. */
	void (*paper)(const struct step *s, struct buf *b);
	/* A person ticks item `id` (reason NULL) or overrides it; NULL: there
	 * are no items. -1 when that cannot be. */
	int (*tick)(struct step *s, const char *id, const char *who,
	    const char *reason, struct err *e);
};

extern const struct verb *const verbs[];	/* ended by NULL */
const struct verb *verb_find(const char *name);
/* For book_parse(). */
const struct verb_shape *verb_shapes(void);

struct step {
	const struct verb *verb;
	const struct book_step *book;
	const struct book_value *values;	/* the run's parameters */
	struct run_step *seen;	/* in the model: doing, items, tail; call
				 * step_changed() after */
	const struct run *run;
	struct world *w;
	const struct conf *conf;
	const struct conf_environment *environment;
	struct observer *observer;	/* of the environment */
	void *state;		/* the verb's own */
	char *memory;		/* a line that outlives the server: what probe()
				 * needs; set with step_remember() */
	struct engine *engine;
};

/* An argument, expanded (and quoted where its shape says so); the caller frees
 * it. NULL when it is not given. */
char *step_argument(const struct step *s, const char *name);
void step_say(struct step *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));	/* sets doing */
void step_changed(struct step *s);
void step_output(struct step *s, const char *data, size_t len);
/* Durable before `done` is called; then go on. */
void step_remember(struct step *s, const char *text, void (*done)(void *arg),
    void *arg);
/* Once: PHASE_DONE, PHASE_FAILED or PHASE_UNKNOWN, with the sentence that says
 * why (NULL for done). s->state must be freed by then. */
void step_end(struct step *s, enum phase phase, const char *error);

#endif
