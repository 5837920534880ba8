#include "source/docker-private.h"

#include <math.h>

#include "base/alloc.h"
#include "base/log.h"

enum {
	/* A connection each; over ssh each is a channel, of which a server
	 * allows ten by default, and streams need some too. */
	INSPECT_LOCAL = 8,
	INSPECT_REMOTE = 4,
	INSPECT_MS = 10000,
	INSPECT_BODY = 4 << 20,
	RELIST_MS = 2000,
	REMOVED_MS = 200,
};

/* --- the containers that are followed ------------------------------------ */

/* Where the id stands or belongs. */
static size_t
place_of(const struct docker *d, const char *id, bool *found)
{
	size_t lo = 0, hi = d->watched_count;

	*found = false;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int order = strcmp(d->watched[mid]->id, id);

		if (order == 0) {
			*found = true;
			return mid;
		}
		if (order < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct watched *
containers_watch(struct docker *d, const char *id)
{
	bool found;
	size_t at = place_of(d, id, &found);
	struct watched *w;

	if (found)
		return d->watched[at];
	w = xcalloc(1, sizeof(*w));
	w->docker = d;
	w->id = xstrdup(id);
	d->watched = xreallocarray(d->watched, d->watched_count + 1,
	    sizeof(*d->watched));
	memmove(d->watched + at + 1, d->watched + at,
	    (d->watched_count - at) * sizeof(*d->watched));
	d->watched[at] = w;
	d->watched_count++;
	return w;
}

static void
watched_free(struct watched *w)
{
	if (w->inspect)
		w->docker->inspecting--;
	http_cancel(w->inspect);
	free(w->id);
	free(w);
}

void
containers_drop(struct docker *d, const char *id)
{
	bool found;
	size_t at = place_of(d, id, &found);

	environment_remove_service(observer_environment(d->o), id);
	if (!found)
		return;
	watched_free(d->watched[at]);
	d->watched_count--;
	memmove(d->watched + at, d->watched + at + 1,
	    (d->watched_count - at) * sizeof(*d->watched));
}

void
containers_hold(struct docker *d)
{
	size_t i;

	loop_timer_cancel(d->inspect_timer);
	d->inspect_timer = NULL;
	for (i = 0; i < d->watched_count; i++) {
		struct watched *w = d->watched[i];

		if (w->inspect)
			w->wanted = true;
		http_cancel(w->inspect);
		w->inspect = NULL;
	}
	d->inspecting = 0;
}

void
containers_release(struct docker *d)
{
	size_t i;

	for (i = 0; i < d->watched_count; i++)
		watched_free(d->watched[i]);
	free(d->watched);
	d->watched = NULL;
	d->watched_count = 0;
}

/* --- into the model ------------------------------------------------------ */

static bool
is_up(enum container_state s)
{
	return s == CONTAINER_RUNNING || s == CONTAINER_PAUSED;
}

/* What no longer runs uses nothing that we know of. */
static void
forget_figures(struct service *s)
{
	s->cpu_percent = NAN;
	s->memory_bytes = -1;
	s->pid = -1;
}

void
containers_set_state(struct service *s, enum container_state state,
    int64_t since)
{
	if (s->state != state)
		s->since = since;
	s->state = state;
	if (is_up(state))
		s->exit_code = -1;
	else
		forget_figures(s);
}

/* The tag of a deployment is as old as its newest container. */
void
containers_update_version(struct docker *d)
{
	struct environment *env = observer_environment(d->o);
	int64_t newest = TIME_UNKNOWN;
	size_t i;

	for (i = 0; i < env->service_count; i++)
		if (env->services[i].created_at > newest)
			newest = env->services[i].created_at;
	if (newest == env->version.since)
		return;
	env->version.since = newest;
	env->changes |= CHANGE_VERSION;
}

static void
set_texts(struct service *s, const struct docker_container *c)
{
	if (c->name)
		xstrset(&s->container_name, c->name);
	if (c->image)
		xstrset(&s->image, c->image);
	if (c->digest)
		xstrset(&s->digest, c->digest);
	if (c->compose_hash)
		xstrset(&s->compose_hash, c->compose_hash);
	if (c->created_at != TIME_UNKNOWN &&
	    c->created_at / 1000 != s->created_at / 1000)
		s->created_at = c->created_at;
}

static bool
is_ours(const struct docker *d, const struct docker_container *c)
{
	return c->service && !c->oneoff && (!c->project ||
	    !strcmp(c->project, d->o->conf->compose_project));
}

static bool
same(const char *a, const char *b)
{
	return a && b && !strcmp(a, b);
}

/* Whether the list says something that the model does not know. */
static bool
differs(const struct service *s, const struct docker_container *c)
{
	return s->state != c->state ||
	    (c->health != HEALTH_UNKNOWN && s->health != c->health) ||
	    (c->exit_code != -1 && s->exit_code != c->exit_code) ||
	    !same(s->container_name, c->name) || !same(s->image, c->image) ||
	    !same(s->digest, c->digest);
}

static void
list_one(struct docker *d, const struct docker_container *c)
{
	struct environment *env = observer_environment(d->o);
	struct watched *w = containers_watch(d, c->id);
	struct service *s = environment_add_service(env, c->id, c->service,
	    c->number);

	w->listed = true;
	if (w->last_event > d->events_at_list) {
		/* An event is newer than this list. */
		w->wanted = true;
		return;
	}
	if (w->inspected && !d->inspect_all && !differs(s, c))
		return;
	w->wanted = true;
	containers_set_state(s, c->state, TIME_UNKNOWN);
	if (c->health != HEALTH_UNKNOWN)
		s->health = c->health;
	if (c->exit_code != -1)
		s->exit_code = c->exit_code;
	set_texts(s, c);
	service_touch(env, s);
}

void
containers_list(struct docker *d, struct docker_list *l)
{
	size_t i;

	for (i = 0; i < d->watched_count; i++)
		d->watched[i]->listed = false;
	for (i = 0; i < l->count; i++)
		if (is_ours(d, &l->items[i]))
			list_one(d, &l->items[i]);
	for (i = d->watched_count; i-- > 0; ) {
		struct watched *w = d->watched[i];

		/* What could not be read may have been this one. */
		if (!w->listed && !l->refused && w->last_event <= d->events_at_list)
			containers_drop(d, w->id);
	}
	d->inspect_all = false;
	/* This list is older than a removal and may have brought it back. */
	if (d->removed_at > d->events_at_list)
		docker_list_within(d, REMOVED_MS);
	containers_update_version(d);
	observer_changed(d->o, 0);
	observer_containers_changed(d->o);
	containers_pump(d);
}

/* --- inspection ---------------------------------------------------------- */

static void
inspected(struct watched *w, const struct docker_container *c)
{
	struct docker *d = w->docker;
	struct environment *env = observer_environment(d->o);
	struct service *s = environment_service(env, w->id);
	enum container_health health;
	bool was_up;

	if (!s)
		return;
	health = s->health;
	was_up = is_up(s->state) && s->pid > 0;
	w->inspected = true;
	if (w->last_event > w->asked_at) {
		w->wanted = true;
	} else {
		bool kept = c->state == CONTAINER_PAUSED &&
		    s->state == c->state && s->since != TIME_UNKNOWN;

		containers_set_state(s, c->state, c->since);
		if (c->since != TIME_UNKNOWN && !kept)
			s->since = c->since;
		s->health = c->health;
		s->exit_code = c->exit_code;
		s->pid = c->pid;
		xstrset(&s->health_log, c->health_log);
	}
	set_texts(s, c);
	s->restarts = c->restarts;
	s->tty = c->tty;
	/* Engines forget it with the next start; we do not. */
	if (s->oom_killed != TRI_YES)
		s->oom_killed = c->oom_killed;
	service_touch(env, s);
	containers_update_version(d);
	observer_changed(d->o, 0);
	if (was_up != (is_up(s->state) && s->pid > 0))
		observer_containers_changed(d->o);
	else if (health != s->health)
		observer_health_changed(d->o);
}

static void
on_inspect(const struct http_reply *r, void *arg)
{
	struct watched *w = arg;
	struct docker *d = w->docker;
	struct docker_container c;
	struct err e = {""};

	w->inspect = NULL;
	d->inspecting--;
	if (r->error) {
		err_set(&e, "%s", r->error);
	} else if (r->status == 404) {
		/* Gone since; the list will say so when no event does. */
		docker_list_within(d, RELIST_MS);
	} else if (r->status != 200) {
		char *said = docker_error(r->status, r->body, r->body_len);

		err_set(&e, "%s", said);
		free(said);
	} else if (docker_inspect_parse(r->body, r->body_len, &c, &e) == 0) {
		if (!strcmp(c.id, w->id))
			inspected(w, &c);
		else
			err_set(&e, "the engine answers about another one");
		docker_container_release(&c);
	}
	if (*e.text) {
		log_info("%s: inspect %.12s: %s", d->o->conf->name, w->id,
		    e.text);
		w->inspected = false;
		docker_list_within(d, RELIST_MS);
	}
	containers_pump(d);
}

/* Start what is wanted, as far as the limit goes. */
void
containers_pump(struct docker *d)
{
	int limit = d->o->ssh ? INSPECT_REMOTE : INSPECT_LOCAL;
	size_t i;

	if (d->state != DOCKER_UP)
		return;
	for (i = 0; i < d->watched_count && d->inspecting < limit; i++) {
		struct watched *w = d->watched[i];
		struct http_request r = {
			.deadline_ms = INSPECT_MS, .body_max = INSPECT_BODY,
			.done = on_inspect, .arg = w,
		};
		char *path;

		if (!w->wanted || w->inspect)
			continue;
		w->wanted = false;
		w->asked_at = d->events_seen;
		path = xasprintf("/containers/%s/json", w->id);
		w->inspect = docker_get(d, path, &r);
		d->inspecting++;
		free(path);
	}
}
