#include "source/docker-private.h"

#include "base/alloc.h"
#include "source/images.h"

/* kill, die, stop and start come in a burst: one inspection serves them. */
#define SETTLE_MS 30
/* Tags come and go in bursts too. */
#define IMAGES_MS 1000

struct action {
	const char *name;
	enum container_state state;	/* CONTAINER_UNKNOWN: unchanged */
	bool inspect;			/* tells less than there is to know */
	void (*apply)(struct service *s, const struct docker_event *ev);
};

static void
apply_start(struct service *s, const struct docker_event *ev)
{
	(void)ev;
	s->since = ev->at;
	if (s->health != HEALTH_NONE && s->health != HEALTH_UNKNOWN)
		s->health = HEALTH_STARTING;
	xstrset(&s->health_log, NULL);
}

static void
apply_die(struct service *s, const struct docker_event *ev)
{
	s->since = ev->at;
	s->exit_code = ev->exit_code;
}

static void
apply_oom(struct service *s, const struct docker_event *ev)
{
	(void)ev;
	s->oom_killed = TRI_YES;
}

static void
apply_health(struct service *s, const struct docker_event *ev)
{
	const char *word = strchr(ev->action, ':');
	enum container_health h;

	if (!word)
		return;
	h = container_health_parse(word + 1 + strspn(word + 1, " "));
	if (h != HEALTH_UNKNOWN)
		s->health = h;
}

static void
apply_create(struct service *s, const struct docker_event *ev)
{
	s->created_at = ev->at;
	s->since = ev->at;
	s->oom_killed = TRI_NO;
}

/* docker's words, then those that podman has of its own. */
static const struct action actions[] = {
	{"create", CONTAINER_CREATED, true, apply_create},
	{"start", CONTAINER_RUNNING, true, apply_start},
	{"die", CONTAINER_EXITED, true, apply_die},
	{"oom", CONTAINER_UNKNOWN, false, apply_oom},
	{"health_status", CONTAINER_UNKNOWN, true, apply_health},
	{"pause", CONTAINER_PAUSED, false, NULL},
	{"unpause", CONTAINER_RUNNING, true, NULL},
	{"rename", CONTAINER_UNKNOWN, true, NULL},
	{"update", CONTAINER_UNKNOWN, true, NULL},
	{"kill", CONTAINER_UNKNOWN, false, NULL},
	{"stop", CONTAINER_UNKNOWN, false, NULL},
	{"restart", CONTAINER_UNKNOWN, false, NULL},
	{"died", CONTAINER_EXITED, true, apply_die},
};

static bool
is_removal(const char *action)
{
	return !strcmp(action, "destroy") || !strcmp(action, "remove");
}

/* "health_status: healthy" is health_status. Execs and the like are none of
 * ours. */
static const struct action *
action_find(const char *name)
{
	size_t i, n = strcspn(name, ":");

	for (i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (strlen(actions[i].name) == n &&
		    !strncmp(actions[i].name, name, n))
			return &actions[i];
	return NULL;
}

static void
tell(struct docker *d, const struct docker_event *ev, const struct service *s)
{
	struct container_event told = {
		.at = ev->at != TIME_UNKNOWN ? ev->at : clock_wall(),
		.service = s->name, .container = ev->id,
		.container_name = s->container_name ? s->container_name : "",
		.action = ev->action, .exit_code = ev->exit_code,
	};

	if (d->o->w->event)
		d->o->w->event(d->o->w->arg, d->o->conf->name, &told);
}

static void
remove_one(struct docker *d, const struct docker_event *ev)
{
	struct service *s = environment_service(observer_environment(d->o),
	    ev->id);

	if (!s)
		return;
	tell(d, ev, s);
	containers_drop(d, ev->id);
	d->removed_at = d->events_seen;
	containers_update_version(d);
	observer_changed(d->o, 0);
	observer_containers_changed(d->o);
}

/* The container that an event is about; one that is new to us when the event
 * names its service, as the list may still be on its way. */
static struct service *
subject(struct docker *d, const struct docker_event *ev)
{
	struct environment *env = observer_environment(d->o);
	struct service *s = environment_service(env, ev->id);

	if (s || !ev->service || ev->oneoff || !ev->project)
		return s;
	return environment_add_service(env, ev->id, ev->service, ev->number);
}

static void
on_settled(void *arg)
{
	struct docker *d = arg;

	d->inspect_timer = NULL;
	containers_pump(d);
}

void
containers_event(struct docker *d, const struct docker_event *ev)
{
	const struct action *a = action_find(ev->action);
	struct environment *env = observer_environment(d->o);
	struct watched *w;
	struct service *s;
	bool moved;

	if (ev->project && strcmp(ev->project, d->o->conf->compose_project))
		return;
	d->events_seen++;
	if (is_removal(ev->action)) {
		remove_one(d, ev);
		return;
	}
	s = a ? subject(d, ev) : NULL;
	if (!s)
		return;
	w = containers_watch(d, ev->id);
	w->last_event = d->events_seen;
	moved = a->state != CONTAINER_UNKNOWN && a->state != s->state;
	if (a->state != CONTAINER_UNKNOWN)
		containers_set_state(s, a->state, ev->at);
	if (a->apply)
		a->apply(s, ev);
	if (ev->name)
		xstrset(&s->container_name, ev->name);
	if (ev->image)
		xstrset(&s->image, ev->image);
	service_touch(env, s);
	observer_changed(d->o, 0);
	tell(d, ev, s);

	if (a->apply == apply_create) {
		containers_update_version(d);
		observer_deployed(d->o);
	}
	if (a->inspect || !w->inspected) {
		w->wanted = true;
		if (!d->inspect_timer)
			d->inspect_timer = loop_timer(d->o->w->loop,
			    SETTLE_MS, on_settled, d);
	}
	if (moved && a->state == CONTAINER_RUNNING)
		observer_started(d->o);
	if (moved)
		observer_containers_changed(d->o);
	else if (a->apply == apply_health)
		observer_health_changed(d->o);
}

/* docker's words, then those that podman has of its own. It is not told which
 * events to leave away, so mounts come too. */
void
images_event(struct docker *d, const struct docker_event *ev)
{
	static const char *const moves[] = {"tag", "untag", "delete", "pull",
		"load", "import", "remove", "loadfromarchive", "build"};
	size_t i;

	for (i = 0; i < sizeof(moves) / sizeof(moves[0]); i++)
		if (!strcmp(ev->action, moves[i]))
			images_look(d->o->images, IMAGES_MS);
}
