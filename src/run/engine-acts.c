/* What a person does to a run. Each act either is possible now, and is written
 * down, or is refused with the reason. */
#include "run/engine-private.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "model/tables.h"

#define REASON_MAX 1000

/* An act that was let in. Texts are cleaned. */
struct deed {
	struct course *c;
	const char *item;
	char *who, *reason;	/* reason NULL: none */
	char *text;		/* "by corentin: the reason" */
};

static int
refuse_ended(const struct course *c, struct err *e)
{
	return err_set(e, "the run %s has ended (%s)", c->id,
	    phase_name(c->run->phase));
}

static int
pause_run(struct deed *d, struct err *e)
{
	struct course *c = d->c;

	if (phase_ended(c->run->phase))
		return refuse_ended(c, e);
	if (c->run->pause_next || c->stage == STAGE_REST)
		return err_set(e, "the run %s %s already", c->id,
		    c->run->pause_next ? "stops before its next step" :
		    "stands");
	c->run->pause_next = true;
	course_keep(c, "run-pause", NULL, d->text, NULL);
	return 0;
}

static int
resume_run(struct deed *d, struct err *e)
{
	struct course *c = d->c;
	struct run *r = c->run;

	if (phase_ended(r->phase))
		return refuse_ended(c, e);
	if (c->stage != STAGE_REST && r->pause_next) {
		r->pause_next = false;
		course_keep(c, "run-resume", NULL, d->text, NULL);
		return 0;
	}
	if (r->phase != PHASE_PAUSED)
		return err_set(e, "the run %s is not paused (%s)", c->id,
		    phase_name(r->phase));
	if (c->unkept) {
		r->phase = PHASE_RUNNING;
		xstrset(&course_step(c)->doing, NULL);
		course_keep_result(c);
		return 0;
	}
	if (course_step(c)->phase == PHASE_FAILED)
		return err_set(e, "the step %s has failed: retry it, skip it "
		    "with a reason, or abort the run", course_step(c)->id);
	r->phase = PHASE_RUNNING;
	course_keep(c, "run-resume", NULL, d->text, NULL);
	course_schedule(c, STAGE_NEXT);
	return 0;
}

static int
abort_run(struct deed *d, struct err *e)
{
	struct course *c = d->c;

	if (phase_ended(c->run->phase))
		return refuse_ended(c, e);
	if (c->abort)
		return err_set(e, "the run %s is being %s already", c->id,
		    c->abort);
	if (c->run->phase == PHASE_UNKNOWN && !d->reason)
		return err_set(e, "nobody knows what became of the step %s: "
		    "aborting needs a reason", course_step(c)->id);
	c->abort = xasprintf("aborted %s", d->text);
	course_keep(c, "run-abort", NULL, c->abort, NULL);
	if (c->stage == STAGE_ACTIVE)
		course_stop(c);
	else if (c->stage == STAGE_REST)
		course_finish(c, PHASE_ABORTED);
	return 0;
}

/* Whether an ended run may go on: nothing else has run there since. */
static int
check_newest(const struct course *c, struct err *e)
{
	const struct model *m = c->engine->o.world->model;
	struct buf b = BUF_INIT(ERR_TEXT_MAX);
	size_t i;

	for (i = 0; i < m->run_count; i++) {
		const struct run *r = &m->runs[i];

		if (r == c->run || strcmp(r->environment,
		    c->run->environment) != 0 ||
		    r->started_at < c->run->started_at)
			continue;
		engine_holder_text(r, &b);
		if (phase_ended(r->phase))
			err_set(e, "the run %s is not the newest of %s: %s "
			    "came after it", c->id, r->environment, r->id);
		else
			err_set(e, "%s", buf_str(&b));
		buf_release(&b);
		return -1;
	}
	return 0;
}

/* Whether the step in hand may be left behind or done again. */
static int
check_stuck(const struct deed *d, struct err *e)
{
	const struct course *c = d->c;
	const struct run_step *s = course_step(c);

	if (c->stage != STAGE_REST || (s->phase != PHASE_FAILED &&
	    s->phase != PHASE_UNKNOWN))
		return err_set(e, "the step %s has not failed (%s)", s->id,
		    phase_name(s->phase));
	if (c->unkept)
		return err_set(e, "the result of the step %s is not written "
		    "yet: resume the run first", s->id);
	if (s->phase == PHASE_UNKNOWN && !d->reason)
		return err_set(e, "nobody knows what became of the step %s: "
		    "this needs a reason", s->id);
	if (c->run->phase == PHASE_ABORTED)
		return refuse_ended(c, e);
	return phase_ended(c->run->phase) ? check_newest(c, e) : 0;
}

static void
reopen(struct course *c)
{
	c->run->ended_at = TIME_UNKNOWN;
	c->run->phase = PHASE_RUNNING;
	engine_sort(c->engine);
}

static int
retry_step(struct deed *d, struct err *e)
{
	struct course *c = d->c;
	struct run_step *s = course_step(c);

	if (check_stuck(d, e) == -1)
		return -1;
	if (s->attempts >= ATTEMPTS_MAX)
		return err_set(e, "the step %s was tried %d times: start a "
		    "new run", s->id, s->attempts);
	s->phase = PHASE_PENDING;
	s->started_at = s->ended_at = TIME_UNKNOWN;
	s->exit_code = -1;
	xstrset(&s->error, NULL);
	xstrset(&s->doing, NULL);
	xstrset(&s->tail, NULL);
	list_release(s->items, s->item_count, &checklist_list);
	s->items = NULL;
	s->item_count = 0;
	reopen(c);
	course_keep(c, "step-retry", s->id, d->text, NULL);
	course_schedule(c, STAGE_NEXT);
	return 0;
}

static int
skip_step(struct deed *d, struct err *e)
{
	struct course *c = d->c;
	struct run_step *s = course_step(c);
	bool waits = (c->stage == STAGE_ACTIVE && !c->abort &&
	    s->phase == PHASE_WAITING) || (c->stage == STAGE_REST &&
	    c->run->phase == PHASE_PAUSED && s->phase == PHASE_PENDING);
	char *text;

	if (!d->reason)
		return err_set(e, "skipping a step needs a reason");
	if (!waits && check_stuck(d, e) == -1)
		return -1;
	if (!waits)
		reopen(c);
	text = xasprintf("skipped %s", d->text);
	course_skip(c, text);
	free(text);
	return 0;
}

static int
tick_item(struct deed *d, struct err *e)
{
	struct course *c = d->c;
	struct step *s = c->now ? &c->now->step : NULL;
	char *text;

	if (!s || !s->verb->tick || c->stopping)
		return err_set(e, "the run %s has nothing to tick now", c->id);
	if (!d->item)
		return err_set(e, "which item? name its id");
	if (s->verb->tick(s, d->item, d->who, d->reason, e) == -1)
		return -1;
	text = xasprintf("%s %s", d->item, d->text);
	course_keep(c, "step-tick", course_step(c)->id, text, NULL);
	free(text);
	return 0;
}

static const struct {
	const char *name;
	int (*act)(struct deed *d, struct err *e);
} acts[ENGINE_ACTS] = {
	[ENGINE_PAUSE] = {"pause", pause_run},
	[ENGINE_RESUME] = {"resume", resume_run},
	[ENGINE_ABORT] = {"abort", abort_run},
	[ENGINE_RETRY] = {"retry", retry_step},
	[ENGINE_SKIP] = {"skip", skip_step},
	[ENGINE_TICK] = {"tick", tick_item},
};

const char *
engine_act_name(enum engine_act a)
{
	return acts[a].name;
}

/* A cleaned copy; NULL for what says nothing. */
static char *
words(const char *s)
{
	char *clean = s ? text_clean(s, strnlen(s, REASON_MAX)) : NULL;

	if (clean && clean[strspn(clean, " ")])
		return clean;
	free(clean);
	return NULL;
}

int
engine_act(struct engine *e, const char *run_id, enum engine_act act,
    const char *item, const char *who, const char *reason, struct err *err)
{
	struct deed d = {.c = engine_course(e, run_id), .item = item};
	int result = -1;

	if (!d.c)
		return err_set(err, "there is no run '%s'", run_id);
	if (!d.c->book && act != ENGINE_ABORT)
		return err_set(err, "what was kept of the run %s cannot be "
		    "read: it can only be aborted", run_id);
	d.who = words(who);
	d.reason = words(reason);
	d.text = xasprintf(d.reason ? "by %s: %s" : "by %s", d.who, d.reason);
	if (!d.who)
		err_set(err, "nobody in particular wants to %s the run %s: an "
		    "act needs a name", acts[act].name, run_id);
	else
		result = acts[act].act(&d, err);
	if (result == 0)
		engine_touch(e);
	free(d.who);
	free(d.reason);
	free(d.text);
	return result;
}
