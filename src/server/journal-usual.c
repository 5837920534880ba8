#include "server/journal-usual.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/json.h"
#include "model/run.h"

/* Books, environments and steps are the site's own: this is far above. */
#define STEPS_MAX 5000

struct usual_step {
	char *book, *environment, *step;
	int64_t ms;
};

void
journal_usual_release(struct journal_usual *u)
{
	size_t i;

	for (i = 0; i < u->count; i++) {
		free(u->steps[i].book);
		free(u->steps[i].environment);
		free(u->steps[i].step);
	}
	free(u->steps);
	*u = (struct journal_usual){0};
}

static struct usual_step *
find(const struct journal_usual *u, const char *book, const char *environment,
    const char *step)
{
	size_t i;

	for (i = 0; i < u->count; i++)
		if (strcmp(u->steps[i].step, step) == 0 &&
		    strcmp(u->steps[i].book, book) == 0 &&
		    strcmp(u->steps[i].environment, environment) == 0)
			return &u->steps[i];
	return NULL;
}

int64_t
journal_usual_find(const struct journal_usual *u, const char *book,
    const char *environment, const char *step)
{
	const struct usual_step *s = find(u, book, environment, step);

	return s ? s->ms : -1;
}

/* How long a step of a state took; -1 when it is not done. */
static int64_t
took(const struct json *step)
{
	int64_t begin = json_time(json_get(step, "started_at"));
	int64_t end = json_time(json_get(step, "ended_at"));

	if (phase_parse(json_text(json_get(step, "phase"), "")) != PHASE_DONE
	    || begin == TIME_UNKNOWN || end == TIME_UNKNOWN || end < begin)
		return -1;
	return end - begin;
}

static void
learn(struct journal_usual *u, const char *book, const char *environment,
    const char *step, int64_t ms, bool newer)
{
	struct usual_step *s = find(u, book, environment, step);

	if (s) {
		if (newer)
			s->ms = ms;
		return;
	}
	if (u->count == STEPS_MAX)
		return;
	u->steps = xreallocarray(u->steps, u->count + 1, sizeof(*u->steps));
	u->steps[u->count++] = (struct usual_step){xstrdup(book),
	    xstrdup(environment), xstrdup(step), ms};
}

void
journal_usual_learn(struct journal_usual *u, const char *state,
    const char *step, bool newer)
{
	struct json *v = json_parse(state, strlen(state), NULL);
	const char *book = json_text(json_get(v, "book"), NULL);
	const char *environment = json_text(json_get(v, "environment"), "");
	const struct json *s;

	for (s = json_first(json_get(v, "steps")); book && s;
	    s = json_next(s)) {
		const char *id = json_text(json_get(s, "id"), "");

		if ((!step || strcmp(step, id) == 0) && took(s) >= 0)
			learn(u, book, environment, id, took(s), newer);
	}
	json_free(v);
}
