/* Runs in the model: those under way first, then the newest. */
#include "run/engine-private.h"

#include "base/alloc.h"
#include "model/tables.h"

struct course *
engine_course(const struct engine *e, const char *run_id)
{
	struct course *c;

	LIST_FOREACH(c, &e->courses, link)
		if (strcmp(c->id, run_id) == 0)
			return c;
	return NULL;
}

struct run *
engine_find(const struct engine *e, const char *run_id)
{
	struct model *m = e->o.world->model;
	size_t i;

	for (i = 0; i < m->run_count; i++)
		if (strcmp(m->runs[i].id, run_id) == 0)
			return &m->runs[i];
	return NULL;
}

void
engine_touch(struct engine *e)
{
	e->o.world->model->ran = true;
	e->o.changed(e->o.arg);
}

/* The runs have moved; their steps have not. */
static void
locate(struct engine *e)
{
	struct course *c;
	struct attempt *a;

	LIST_FOREACH(c, &e->courses, link) {
		c->run = engine_find(e, c->id);
		SLIST_FOREACH(a, &c->attempts, link)
			a->step.run = c->run;
	}
}

static bool
before(const struct run *a, const struct run *b)
{
	if (phase_ended(a->phase) != phase_ended(b->phase))
		return !phase_ended(a->phase);
	return a->started_at > b->started_at;
}

void
engine_sort(struct engine *e)
{
	struct model *m = e->o.world->model;
	struct run moved;
	size_t i, j;

	for (i = 1; i < m->run_count; i++) {
		moved = m->runs[i];
		for (j = i; j > 0 && before(&moved, &m->runs[j - 1]); j--)
			m->runs[j] = m->runs[j - 1];
		m->runs[j] = moved;
	}
	locate(e);
}

bool
engine_room(const struct engine *e)
{
	const struct model *m = e->o.world->model;

	return m->run_count < MODEL_RUNS_MAX ||
	    phase_ended(m->runs[m->run_count - 1].phase);
}

static void
drop_last(struct engine *e)
{
	struct model *m = e->o.world->model;
	struct run *r = &m->runs[m->run_count - 1];
	struct course *c = engine_course(e, r->id);

	if (c)
		course_free(c);
	fields_release(r, model_run_fields, 0);
	m->run_count--;
}

struct run *
engine_show(struct engine *e, struct run *r)
{
	struct model *m = e->o.world->model;
	char *id = xstrdup(r->id);
	struct run *shown;

	m->runs = xreallocarray(m->runs, m->run_count + 1, sizeof(*m->runs));
	m->runs[m->run_count++] = *r;
	engine_sort(e);
	if (m->run_count > MODEL_RUNS_MAX)
		drop_last(e);
	shown = engine_find(e, id);
	free(id);
	engine_touch(e);
	return shown;
}
