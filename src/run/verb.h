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

struct git;
struct github;
struct step;		/* one step of a run under way; see below */
struct engine;

struct verb {
	struct verb_shape shape;
	/* Begin. What fails at once is told by step_end() too. */
	void (*start)(struct step *s);
	/* End what start() or probe() began, as well as can be; step_end() is
	 * not called. Frees s->state. NULL: there is nothing to end. */
	void (*cancel)(struct step *s);
	/* Where ending takes time (a process on a host): ask for it, and tell
	 * by step_end() what became of it, as FAILED when it was stopped. The
	 * engine waits 30 s before it calls the step unknown. NULL: cancel(). */
	void (*stop)(struct step *s);
	/* The server ends, or nobody waits any longer: leave what goes on
	 * alone, and free s->state. NULL: cancel(). */
	void (*forget)(struct step *s);
	void (*probe)(struct step *s);	/* NULL: ends as unknown */
	/* Append the shell commands, or what a person has to do ("# …"). Only
	 * book, values, conf and environment of the step are there. */
	void (*paper)(const struct step *s, struct buf *b);
	/* A person ticks item `id` (reason NULL) or overrides it; NULL: there
	 * are no items. -1 when that cannot be. */
	int (*tick)(struct step *s, const char *id, const char *who,
	    const char *reason, struct err *e);
};

/* What verbs reach beside the world; each NULL where none is configured. */
struct run_services {
	struct github *github;
	struct git *git;
};

extern const struct verb *const verbs[];	/* ended by NULL */
const struct verb *verb_find(const char *name);
/* What book_parse() asks for, of a table of verbs. The caller frees it. */
struct verb_shape *verb_shapes(const struct verb *const *table);

struct step {
	const struct verb *verb;
	const struct book_step *book;
	const struct book_value *values;	/* the run's parameters */
	struct run_step *seen;	/* in the model: doing, items, tail; call
				 * step_changed() after */
	const struct run *run;	/* in the model: moves between turns */
	struct world *w;
	const struct conf *conf;
	const struct conf_environment *environment;
	struct observer *observer;	/* of the environment */
	const struct run_services *services;	/* as they are now */
	void *state;		/* the verb's own */
	char *memory;		/* a line that outlives the server: what probe()
				 * needs; set with step_remember() */
	struct engine *engine;
};

/* An argument, expanded (and quoted where its shape says so); the caller frees
 * it. NULL when it is not given. */
char *step_argument(const struct step *s, const char *name);
/* A text of a map or list, expanded with `more` values first (or NULL). NULL
 * when a name has no value. */
char *step_expand(const struct step *s, const char *text,
    const struct book_value *more, bool shell);
/* A duration argument in ms, or the fallback. */
int64_t step_duration(const struct step *s, const char *name,
    int64_t fallback);
void step_say(struct step *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));	/* sets doing */
/* Whether it waits for a person now. */
void step_wait(struct step *s, bool waits);
void step_changed(struct step *s);
void step_output(struct step *s, const char *data, size_t len);
/* A list that is owned: copies, ended by a NULL name. */
void values_add(struct book_value **values, size_t *count, const char *name,
    const char *value, bool secret);
void values_free(struct book_value *values);
/* A value for later steps, secret: never kept, and hidden wherever it would be
 * shown. */
void step_capture(struct step *s, const char *name, const char *value);
/* A value for later steps that anybody may see; it is kept with the next row. */
void step_value(struct step *s, const char *name, const char *value);
/* Hide it in all that this run says from now on. */
void step_hide(struct step *s, const char *secret);
/* Durable before `done` is called; then go on. When it cannot be written the
 * step is cancelled and fails, and `done` is not called. */
void step_remember(struct step *s, const char *text, void (*done)(void *arg),
    void *arg);
/* Once: PHASE_DONE, PHASE_FAILED or PHASE_UNKNOWN, with the sentence that says
 * why (NULL for done). s->state must be freed by then. May be called from inside
 * start(), probe() and stop(). What comes after an end is passed over. */
void step_end(struct step *s, enum phase phase, const char *error);

/* For paper: a line of comment, cleaned. */
void paper_comment(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* What an item of a checklist is judged by. Borrowed. */
struct sight {
	const struct model *model;
	const struct environment *env;	/* NULL: not observed */
	const struct run *run;
	const struct run_step *step;	/* the checklist's own */
	int64_t now;
};

/* Items of checklists that a source knows (the plan, §8 and §9.2). `look` sets
 * status, text and evidence_at of the item from the sight alone; it is called
 * again whenever a second has passed. What cannot be known stays unknown, and a
 * person may tick it; any other word but ok needs a reason. */
struct checklist_source {
	const char *name;	/* NULL ends */
	void (*look)(const struct sight *s, struct checklist_item *item);
};

extern const struct checklist_source checklist_sources[];

#endif
