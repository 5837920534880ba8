/* The state machine of one run. */
#include "run/engine-private.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

static void turn(void *arg);

struct run_step *
course_step(const struct course *c)
{
	return &c->run->steps[c->at];
}

const struct book_step *
course_book_step(const struct course *c)
{
	const char *id = course_step(c)->id;
	size_t i;

	for (i = 0; c->book && i < c->book->step_count; i++)
		if (strcmp(c->book->steps[i].id, id) == 0)
			return &c->book->steps[i];
	return NULL;
}

void
course_schedule(struct course *c, enum stage stage)
{
	c->stage = stage;
	if (!c->turn)
		c->turn = loop_timer(c->engine->o.world->loop, 0, turn, c);
}

/* --- the end -------------------------------------------------------------- */

static void
end_kept(struct course *c, const char *error)
{
	/* The steps are durable; a recall draws the same conclusion. */
	if (error)
		log_error("the end of run %s could not be written: %s", c->id,
		    error);
}

void
course_finish(struct course *c, enum phase phase)
{
	struct run *r = c->run;

	r->phase = phase;
	r->ended_at = clock_wall();
	r->pause_next = false;
	c->stage = STAGE_REST;
	course_keep(c, "run-end", NULL, c->abort ? c->abort :
	    phase_name(phase), end_kept);
	engine_sort(c->engine);
	engine_touch(c->engine);
}

static void
rest(struct course *c, enum phase phase)
{
	c->run->phase = phase;
	c->stage = STAGE_REST;
	engine_touch(c->engine);
}

/* --- results -------------------------------------------------------------- */

static void
result_kept(struct course *c, const char *error)
{
	struct run_step *s = course_step(c);
	char *text, *clean;

	if (!error) {
		course_schedule(c, STAGE_SETTLE);
		return;
	}
	text = xasprintf("the journal did not take the result: %s; resume to "
	    "write it again", error);
	clean = text_clean(text, strlen(text));
	xstrset(&s->doing, clean);
	free(text);
	free(clean);
	c->unkept = true;
	rest(c, PHASE_PAUSED);
}

void
course_keep_result(struct course *c)
{
	const struct run_step *s = course_step(c);

	c->stage = STAGE_RESULT;
	c->unkept = false;
	course_keep(c, "step-end", s->id, s->error ? s->error :
	    phase_name(s->phase), result_kept);
}

void
course_result(struct course *c, enum phase phase, const char *error)
{
	struct run_step *s = course_step(c);
	char *masked, *clean = NULL;

	if (error) {
		masked = course_masked(c, error);
		clean = text_clean(masked, strlen(masked));
		free(masked);
	}
	s->phase = phase;
	s->ended_at = clock_wall();
	xstrset(&s->error, clean);
	free(clean);
	if (phase != PHASE_DONE)
		xstrset(&s->doing, NULL);
	if (!phase_ended(c->run->phase))
		c->run->phase = PHASE_RUNNING;
	engine_touch(c->engine);
	course_keep_result(c);
}

void
course_skip(struct course *c, const char *text)
{
	struct run_step *s = course_step(c);

	if (c->now) {
		attempt_drop(c->now);
		c->now->over = true;
		c->now = NULL;
		loop_timer_cancel(c->deadline);
		c->deadline = NULL;
	}
	s->phase = PHASE_SKIPPED;
	s->ended_at = clock_wall();
	xstrset(&s->doing, text);
	c->run->phase = PHASE_RUNNING;
	c->stage = STAGE_RESULT;
	c->unkept = false;
	course_keep(c, "step-skip", s->id, text, result_kept);
	engine_touch(c->engine);
}

/* What a person or a deadline did to the step goes before its own words; but
 * what is done is done, and what is unknown stays so. */
static void
result_of(struct course *c, enum phase phase, const char *error)
{
	char span[CLOCK_TEXT_MAX], *text = NULL;
	const struct run_step *s = course_step(c);
	const char *words = error ? error : s->doing;

	if (phase == PHASE_FAILED && c->abort) {
		course_result(c, PHASE_ABORTED, c->abort);
		return;
	}
	if (phase == PHASE_FAILED && c->late)
		text = xasprintf("took longer than %s%s%s",
		    clock_span(s->limit_ms, span), words ? ": " : "",
		    words ? words : "");
	else if (phase == PHASE_UNKNOWN && c->late)
		text = xasprintf("took longer than %s, and %s",
		    clock_span(s->limit_ms, span), error ? error :
		    "nobody can say what became of it");
	course_result(c, phase, text ? text : error);
	free(text);
}

void
step_end(struct step *s, enum phase phase, const char *error)
{
	struct attempt *a = (struct attempt *)s;
	struct course *c = a->course;

	if (a->over)
		return;
	a->over = true;
	c->now = NULL;
	loop_timer_cancel(c->deadline);
	c->deadline = NULL;
	/* Anything else is no end. */
	if (phase != PHASE_DONE && phase != PHASE_FAILED)
		phase = PHASE_UNKNOWN;
	if (phase == PHASE_UNKNOWN && !error)
		error = "nobody can say what became of it";
	result_of(c, phase, error);
	c->stopping = c->late = false;
}

/* Where a run stands once a result is durable. */
void
course_settle(struct course *c)
{
	const struct book_step *b = course_book_step(c);
	enum phase phase = course_step(c)->phase;

	if (phase == PHASE_UNKNOWN) {
		xstrset(&c->abort, NULL);
		rest(c, PHASE_UNKNOWN);
	} else if (c->abort || phase == PHASE_ABORTED) {
		course_finish(c, PHASE_ABORTED);
	} else if (phase == PHASE_FAILED && (!b || b->on_failure == FAIL_STOP)) {
		course_finish(c, PHASE_FAILED);
	} else if (phase == PHASE_FAILED && b->on_failure == FAIL_ASK) {
		rest(c, PHASE_PAUSED);
	} else {
		course_schedule(c, STAGE_NEXT);
	}
}

/* --- stopping ------------------------------------------------------------- */

void
attempt_drop(struct attempt *a)
{
	const struct verb *v = a->step.verb;

	if (v->cancel)
		v->cancel(&a->step);
	else if (v->forget)
		v->forget(&a->step);
}

static void
on_grace(void *arg)
{
	struct course *c = arg;
	struct step *s = &c->now->step;

	c->deadline = NULL;
	if (s->verb->forget)
		s->verb->forget(s);
	else
		attempt_drop(c->now);
	step_end(s, PHASE_UNKNOWN, "it could not be stopped within 30s: it "
	    "may still go on");
}

void
course_stop(struct course *c)
{
	struct step *s = &c->now->step;

	if (c->stopping)
		return;
	c->stopping = true;
	loop_timer_cancel(c->deadline);
	c->deadline = loop_timer(c->engine->o.world->loop, STOP_MS, on_grace,
	    c);
	if (s->verb->stop) {
		s->verb->stop(s);
		return;
	}
	attempt_drop(c->now);
	step_end(s, PHASE_FAILED, NULL);
}

static void
on_deadline(void *arg)
{
	struct course *c = arg;

	c->deadline = NULL;
	c->late = true;
	course_stop(c);
}

/* --- beginning ------------------------------------------------------------ */

/* Those of an engine that has none. */
static const struct run_services no_services;

static struct attempt *
attempt_new(struct course *c, const char *memory)
{
	struct attempt *a = xcalloc(1, sizeof(*a));
	struct engine *e = c->engine;
	const struct book_step *b = course_book_step(c);

	buf_init(&a->tail, 2 * TAIL_BYTES);
	a->course = c;
	a->step = (struct step){
		.verb = engine_verb(e, b->verb), .book = b,
		.values = c->values, .seen = course_step(c), .run = c->run,
		.w = e->o.world, .conf = e->o.conf,
		.environment = engine_environment(e->o.conf,
		    c->run->environment),
		.observer = e->o.observer ? e->o.observer(e->o.arg,
		    c->run->environment) : NULL,
		.services = e->o.services ? e->o.services : &no_services,
		.memory = xstrdup_or_null(memory), .engine = e,
	};
	SLIST_INSERT_HEAD(&c->attempts, a, link);
	c->now = a;
	return a;
}

static void
begin(struct course *c)
{
	struct attempt *a = attempt_new(c, NULL);
	int64_t limit = course_step(c)->limit_ms;

	c->stage = STAGE_ACTIVE;
	if (limit > 0)
		c->deadline = loop_timer(c->engine->o.world->loop, limit,
		    on_deadline, c);
	a->step.verb->start(&a->step);
}

void
course_probe(struct course *c, const char *memory)
{
	struct run_step *seen = course_step(c);
	int64_t left = seen->started_at + seen->limit_ms - clock_wall();
	struct attempt *a = attempt_new(c, memory);

	c->stage = STAGE_ACTIVE;
	seen->phase = PHASE_RUNNING;
	xstrset(&seen->doing, "the server was away: looks what became of it");
	/* The clock may have been set meanwhile: no wait grows by that. */
	if (left > seen->limit_ms)
		left = seen->limit_ms;
	if (seen->limit_ms > 0)
		c->deadline = loop_timer(c->engine->o.world->loop,
		    left > PROBE_MS ? left : PROBE_MS, on_deadline, c);
	if (a->step.verb->probe)
		a->step.verb->probe(&a->step);
	else
		step_end(&a->step, PHASE_UNKNOWN, "the server ended while it "
		    "was under way: nobody can say what became of it");
	if (c->now && c->abort)
		course_stop(c);
}

static void
intent_failed(struct course *c, const char *error)
{
	struct run_step *s = course_step(c);
	char *text = xasprintf("not started: the journal could not be "
	    "written: %s", error);
	char *clean = text_clean(text, strlen(text));

	s->phase = PHASE_FAILED;
	s->attempts--;
	s->ended_at = clock_wall();
	xstrset(&s->error, clean);
	free(text);
	free(clean);
	course_finish(c, PHASE_FAILED);
}

static void
intent_kept(struct course *c, const char *error)
{
	if (error)
		intent_failed(c, error);
	else
		course_schedule(c, STAGE_BEGIN);
}

static bool
next_step(struct course *c)
{
	const struct run *r = c->run;
	size_t i;

	for (i = 0; i < r->step_count; i++)
		if (r->steps[i].phase == PHASE_PENDING) {
			c->at = i;
			return true;
		}
	return false;
}

static void
pause_here(struct course *c)
{
	c->run->pause_next = false;
	rest(c, PHASE_PAUSED);
	course_keep(c, "run-paused", NULL, course_step(c)->id, NULL);
}

/* Whether its environment is configured still. */
static bool
has_place(const struct course *c)
{
	return engine_environment(c->engine->o.conf, c->run->environment);
}

static void
pause_for_place(struct course *c)
{
	xstrset(&course_step(c)->doing, "the environment is no longer in the "
	    "configuration: put it back and resume, or abort");
	rest(c, PHASE_PAUSED);
}

static void
next(struct course *c)
{
	const struct book_step *b;
	struct run_step *s;
	struct err e;

	if (c->abort) {
		course_finish(c, PHASE_ABORTED);
		return;
	}
	if (!next_step(c)) {
		course_finish(c, PHASE_DONE);
		return;
	}
	if (c->run->pause_next) {
		pause_here(c);
		return;
	}
	if (!has_place(c)) {
		pause_for_place(c);
		return;
	}
	s = course_step(c);
	b = course_book_step(c);
	c->run->phase = PHASE_RUNNING;
	s->attempts++;
	s->started_at = clock_wall();
	if (book_step_ready(b, &engine_verb(c->engine, b->verb)->shape,
	    c->values, &e) == -1) {
		course_result(c, PHASE_FAILED, e.text);
		return;
	}
	s->phase = PHASE_RUNNING;
	c->stage = STAGE_INTENT;
	course_keep(c, "step-begin", s->id, s->title, intent_kept);
	engine_touch(c->engine);
}

/* The intent is durable; somebody may have changed their mind meanwhile. */
static void
begin_or_not(struct course *c)
{
	if (c->abort)
		course_result(c, PHASE_ABORTED, c->abort);
	else if (!has_place(c))
		course_result(c, PHASE_FAILED, "not started: the environment "
		    "is no longer in the configuration");
	else
		begin(c);
}

static void
turn(void *arg)
{
	struct course *c = arg;

	c->turn = NULL;
	if (c->stage == STAGE_NEXT)
		next(c);
	else if (c->stage == STAGE_BEGIN)
		begin_or_not(c);
	else if (c->stage == STAGE_SETTLE)
		course_settle(c);
}
