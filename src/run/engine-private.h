/*
 * The engine's insides: one struct course per run that the model shows. A course
 * is always in one stage; whatever happens (a kept row, a step's end, a person's
 * act) sets the stage and has the loop call course_turn(), so no callback runs
 * inside another.
 */
#ifndef RUN_ENGINE_PRIVATE_H
#define RUN_ENGINE_PRIVATE_H

#include <sys/queue.h>

#include "model/model.h"
#include "run/engine.h"

enum {
	HEARTBEAT_MS = 5000,
	STOP_MS = 30000,	/* for a step to end once it was asked to */
	PROBE_MS = 30000,	/* at least, for a step to be found again */
	ATTEMPTS_MAX = 99,
	TAIL_LINES = 12,
	TAIL_BYTES = 4096,
	VALUE_MAX = 4096,	/* of a parameter */
	STATE_MAX = 4 << 20,
};

struct course;

/* One attempt at a step. Kept until its course goes, so that a late word of a
 * verb finds it. */
struct attempt {
	struct step step;	/* first: a step is an attempt */
	struct course *course;
	bool over;
	struct buf tail;	/* as it came */
	SLIST_ENTRY(attempt) link;
};

/* A row on its way to the journal. */
struct keeping {
	struct course *course;	/* NULL: gone */
	bool loose;		/* the engine is gone */
	void (*kept)(struct course *c, const char *error);
	/* Of step_remember(). */
	struct attempt *attempt;
	void (*done)(void *arg);
	void *arg;
	LIST_ENTRY(keeping) link;
};

enum stage {
	STAGE_REST,		/* ended, or waits for a person's act */
	STAGE_NEXT,		/* look for the next step */
	STAGE_INTENT,		/* "step-begin" is on its way */
	STAGE_BEGIN,		/* it is durable */
	STAGE_ACTIVE,		/* the verb has it */
	STAGE_RESULT,		/* "step-end" is on its way */
	STAGE_SETTLE,		/* it is durable */
};

struct course {
	struct engine *engine;
	char *id;
	struct run *run;	/* in the model: course_locate() */
	struct book *book;	/* NULL: what was kept cannot be read */
	struct book_value *values;	/* owned, ended by a NULL name */
	size_t value_count;
	char **masks;
	size_t mask_count;
	enum stage stage;
	size_t at;		/* the step in hand */
	struct attempt *now;	/* under way, or NULL */
	struct attempt *left;	/* was, when the engine was laid to rest */
	SLIST_HEAD(, attempt) attempts;
	struct loop_timer *turn, *deadline;
	bool stopping, late;
	bool unkept;		/* a result waits to be written */
	char *abort;		/* who aborts it and why, or NULL */
	LIST_ENTRY(course) link;
};

struct engine {
	struct engine_options o;
	LIST_HEAD(, course) courses;
	LIST_HEAD(, keeping) keepings;
	struct loop_timer *beat;
};

/* --- engine-course.c: the machine ---------------------------------------- */
void course_schedule(struct course *c, enum stage stage);
/* Ask the step under way to end. */
void course_stop(struct course *c);
void course_finish(struct course *c, enum phase phase);
/* The step in hand has ended so. */
void course_result(struct course *c, enum phase phase, const char *error);
void course_keep_result(struct course *c);
/* The step in hand is passed over; text says by whom and why. */
void course_skip(struct course *c, const char *text);
/* End it without hearing of it again. */
void attempt_drop(struct attempt *a);
/* What goes on outside goes on; nothing is heard of it. */
void attempt_leave(struct attempt *a);
/* The step in hand cannot be asked after. */
void course_give_up(struct course *c, const char *why);
/* After a restart: find out about the step in hand. */
void course_probe(struct course *c, const char *memory);
/* Where a run stands by the phases of its steps. */
void course_settle(struct course *c);
struct run_step *course_step(const struct course *c);
const struct book_step *course_book_step(const struct course *c);

/* --- engine-keep.c: rows and states --------------------------------------- */
void course_keep(struct course *c, const char *kind, const char *step,
    const char *text, void (*kept)(struct course *c, const char *error));
void course_keep_memory(struct attempt *a, void (*done)(void *arg),
    void *arg);
/* Rows under way no longer find it. */
void course_unkeep(struct course *c);

/* --- engine-model.c: runs in the model ------------------------------------ */
/* Take over *r. The oldest ended run may go, with its course. */
struct run *engine_show(struct engine *e, struct run *r);
void engine_sort(struct engine *e);
void engine_touch(struct engine *e);
struct course *engine_course(const struct engine *e, const char *run_id);
struct run *engine_find(const struct engine *e, const char *run_id);
bool engine_room(const struct engine *e);

/* --- engine.c ------------------------------------------------------------- */
struct course *course_new(struct engine *e, const char *id);
void course_free(struct course *c);
const struct conf_environment *engine_environment(const struct conf *conf,
    const char *name);
const struct verb *engine_verb(const struct engine *e, const char *name);

/* --- engine-values.c ------------------------------------------------------ */
/* What a run of this start has: ended, owned. NULL with the reason. */
struct book_value *values_of(const struct engine_start *s,
    const struct conf *conf, const char *run_id, size_t *count,
    struct err *e);
/* A copy without the run's secrets. The caller frees it. */
char *course_masked(const struct course *c, const char *text);

/* --- engine-paper.c ------------------------------------------------------- */
void paper_step(const struct step *s, size_t number, struct buf *out);

#endif
