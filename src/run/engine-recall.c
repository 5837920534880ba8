/* Runs of an earlier server, from what was kept of them. Nothing is started: the
 * step that had begun is asked after, and the rest waits for what is known. */
#include "run/engine-private.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "model/tables.h"

static void
read_values(struct course *c, const struct json *state)
{
	const struct json *v;

	for (v = json_first(json_get(state, "values")); v; v = json_next(v)) {
		const char *name = json_text(json_get(v, "name"), NULL);

		if (name)
			values_add(&c->values, &c->value_count, name,
			    json_text(json_get(v, "value"), NULL),
			    json_bool(json_get(v, "secret"), false));
	}
}

/* The book as it was when the run began, whatever the file says now. */
static void
read_book(struct course *c, const struct json *state)
{
	const char *text = json_text(json_get(state, "text"), NULL);
	const char *path = json_text(json_get(state, "path"), NULL);
	struct verb_shape *shapes = verb_shapes(c->engine->o.verbs);
	struct buf errors = BUF_INIT(1 << 16);

	if (text && path)
		c->book = book_parse(text, strlen(text), path, shapes,
		    &errors);
	buf_release(&errors);
	free(shapes);
}

static bool
steps_known(struct course *c)
{
	size_t at = c->at;
	bool known = c->book != NULL;

	for (c->at = 0; known && c->at < c->run->step_count; c->at++)
		known = course_book_step(c) != NULL;
	c->at = at;
	return known;
}

/* No step can be asked after. */
void
course_give_up(struct course *c, const char *why)
{
	struct run_step *s = course_step(c);

	if (s->phase == PHASE_RUNNING || s->phase == PHASE_WAITING) {
		s->phase = PHASE_UNKNOWN;
		xstrset(&s->error, why);
	}
	xstrset(&s->doing, why);
	c->stage = STAGE_REST;
	c->run->phase = PHASE_UNKNOWN;
}

/* The last step that had begun; false when none had. */
static bool
find_last(struct course *c)
{
	size_t i = c->run->step_count;

	while (i-- > 0)
		if (c->run->steps[i].phase != PHASE_PENDING) {
			c->at = i;
			return true;
		}
	c->at = 0;
	return false;
}

/* Steps that have not begun wait for a person: what the world looks like after
 * an absence, nobody has seen yet. */
static void
stand_before_next(struct course *c)
{
	size_t i;

	for (i = 0; i < c->run->step_count; i++)
		if (c->run->steps[i].phase == PHASE_PENDING) {
			c->at = i;
			xstrset(&course_step(c)->doing,
			    "the server was away: resume to go on");
			c->run->phase = PHASE_PAUSED;
			return;
		}
	course_schedule(c, STAGE_NEXT);
}

static void
go_on(struct course *c, const char *memory)
{
	enum phase phase;

	if (!find_last(c)) {
		if (c->abort)
			course_schedule(c, STAGE_NEXT);
		else
			stand_before_next(c);
		return;
	}
	phase = course_step(c)->phase;
	if (phase == PHASE_RUNNING || phase == PHASE_WAITING)
		course_probe(c, memory);
	else if (c->abort || phase == PHASE_UNKNOWN || phase == PHASE_ABORTED ||
	    (phase == PHASE_FAILED &&
	    course_book_step(c)->on_failure != FAIL_GO_ON))
		course_settle(c);
	else
		stand_before_next(c);
}

static int
check_run(const struct engine *e, const struct json *run, struct err *err)
{
	const char *id = json_text(json_get(run, "id"), NULL);

	if (fields_check(run, model_run_fields, err) == -1)
		return -1;
	if (!id || !json_text(json_get(run, "environment"), NULL) ||
	    !json_text(json_get(run, "book"), NULL) ||
	    !json_text(json_get(run, "who"), NULL) ||
	    json_count(json_get(run, "steps")) == 0)
		return err_set(err, "what was kept is no run");
	if (engine_find(e, id))
		return err_set(err, "the run %s is there already", id);
	if (!engine_room(e))
		return err_set(err, "%d runs are under way", MODEL_RUNS_MAX);
	return 0;
}

static void
recall(struct engine *e, const struct json *state)
{
	struct run r = {.id = NULL}, *shown;
	struct course *c;
	int64_t at = json_int(json_get(state, "at"), 0);

	fields_init(&r, model_run_fields, 0);
	r.steps = NULL;
	r.step_count = 0;
	fields_read(&r, json_get(state, "run"), model_run_fields);
	c = course_new(e, r.id);
	read_values(c, state);
	read_book(c, state);
	c->abort = xstrdup_or_null(json_text(json_get(state, "abort"), NULL));
	c->at = at >= 0 && (size_t)at < r.step_count ? (size_t)at : 0;
	/* NULL, and its course gone: older than all that are shown. */
	shown = engine_show(e, &r);
	if (!shown)
		return;
	c->run = shown;
	if (!steps_known(c)) {
		book_free(c->book);
		c->book = NULL;
	}
	if (phase_ended(c->run->phase))
		return;
	c->run->heartbeat_at = clock_wall();
	if (!c->book)
		course_give_up(c, "what was kept of its runbook cannot be read");
	else if (!engine_environment(e->o.conf, c->run->environment))
		course_give_up(c, "the environment is no longer in the "
		    "configuration");
	else
		go_on(c, json_text(json_get(state, "memory"), NULL));
	engine_touch(e);
}

int
engine_recall(struct engine *e, const char *state, struct err *err)
{
	struct json *v = json_parse(state, strlen(state), err);
	int result;

	if (!v)
		return -1;
	result = check_run(e, json_get(v, "run"), err);
	if (result == 0)
		recall(e, v);
	json_free(v);
	return result;
}
