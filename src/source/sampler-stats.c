#include "source/sampler-private.h"

#include <math.h>

#include "base/alloc.h"
#include "base/log.h"
#include "source/docker.h"

enum {
	ROUND_MS = 30000,	/* each container once in that time */
	ONE_MS = 1500,		/* what one answer takes, at most usually */
	STATS_MS = 10000,
	STATS_BODY = 1 << 20,
};

int64_t
stats_round_ms(size_t n)
{
	int64_t all = (int64_t)n * ONE_MS;

	return all > ROUND_MS ? all : ROUND_MS;
}

static void
on_plan(void *arg)
{
	struct sampler *s = arg;

	s->stats_timer = NULL;
	stats_plan(s);
}

static void
take(struct sampler *s, struct sampled *c, const struct http_reply *r)
{
	struct docker_stats now, before;
	struct err e = {""};
	char *said = NULL;

	if (r->error)
		err_set(&e, "%s", r->error);
	else if (r->status != 200)
		said = docker_error(r->status, r->body, r->body_len);
	else
		docker_stats_parse(r->body, r->body_len, &now, &before, &e);
	if (said)
		err_set(&e, "%s", said);
	free(said);
	if (*e.text) {
		/* One that has just gone is no failure of the source. */
		if (r->status != 404 && r->status != 409)
			observer_failed(s->o, SOURCE_STATS, e.text);
		return;
	}
	sampler_store(s, c->id,
	    docker_stats_cpu(&now, c->has_stats ? &c->stats : &before),
	    now.memory_bytes, now.memory_limit);
	c->stats = now;
	c->has_stats = true;
	observer_observed(s->o, SOURCE_STATS);
}

static void
on_stats(const struct http_reply *r, void *arg)
{
	struct sampler *s = arg;
	struct sampled *c = sampler_find(s, s->stats_id);

	s->stats = NULL;
	if (c)
		take(s, c, r);
	stats_plan(s);
}

static void
start(struct sampler *s, struct sampled *c)
{
	struct http_request r = {
		.deadline_ms = STATS_MS, .body_max = STATS_BODY,
		.done = on_stats, .arg = s,
	};
	/* A sample with its predecessor takes the engine a second; later the
	 * predecessor is ours. */
	char *path = xasprintf("/containers/%s/stats?stream=false%s", c->id,
	    c->has_stats ? "&one-shot=true" : "");

	c->stats_at = clock_mono();
	snprintf(s->stats_id, sizeof(s->stats_id), "%s", c->id);
	s->stats = docker_get(s->o->docker, path, &r);
	free(path);
}

/* The one that has waited longest, when its time has come: one at a time, and
 * evenly over the round. */
void
stats_plan(struct sampler *s)
{
	struct sampled *next = NULL;
	int64_t wait;
	size_t i;

	if (s->stats || !docker_up(s->o->docker))
		return;
	for (i = 0; i < s->sampled_count; i++) {
		struct sampled *c = &s->sampled[i];

		if (sampler_needs_stats(s, c) &&
		    (!next || c->stats_at < next->stats_at))
			next = c;
	}
	loop_timer_cancel(s->stats_timer);
	s->stats_timer = NULL;
	if (!next)
		return;
	wait = next->stats_at ? next->stats_at + ROUND_MS - clock_mono() : 0;
	if (wait > 0)
		s->stats_timer = loop_timer(s->o->w->loop, wait, on_plan, s);
	else
		start(s, next);
}

void
stats_stop(struct sampler *s)
{
	http_cancel(s->stats);
	s->stats = NULL;
	loop_timer_cancel(s->stats_timer);
	s->stats_timer = NULL;
}
