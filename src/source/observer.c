#include "source/observer.h"

#include "base/alloc.h"
#include "base/text.h"
#include "source/backups.h"
#include "source/checkout.h"
#include "source/docker.h"
#include "source/images.h"
#include "source/probe.h"
#include "source/sampler.h"
#include "source/schemas.h"
#include "source/host-shell.h"

/* From a created container to a look at the checkout: compose makes several,
 * and the look concerns them all. */
#define DEPLOYED_MS 2000
/* From a started one, and from a query of the schemas: a version is known only
 * when the checkout was looked at after it. */
#define STARTED_MS 3000
/* From a link that is up to a look at the schemas, which needs the containers. */
#define SCHEMAS_MS 2000

struct environment *
observer_environment(const struct observer *o)
{
	struct environment *env = model_environment(o->w->model,
	    o->conf->name);

	if (!env)
		abort();	/* broken promise of source.h */
	return env;
}

bool
observer_remote(const struct observer *o)
{
	return o->conf->ssh_host != NULL;
}

void
observer_changed(struct observer *o, unsigned bits)
{
	observer_environment(o)->changes |= bits;
	o->w->changed(o->w->arg, o->conf->name);
}

void
observer_observed(struct observer *o, enum source_kind k)
{
	observation_ok(&observer_environment(o)->sources[k], clock_wall());
	observer_changed(o, CHANGE_SOURCES);
}

void
observer_failed(struct observer *o, enum source_kind k, const char *error)
{
	observation_failed(&observer_environment(o)->sources[k], clock_wall(),
	    error);
	observer_changed(o, CHANGE_SOURCES);
}

/* --- the link ------------------------------------------------------------ */

static void
link_set(struct observer *o, enum link_state state, const char *transport,
    const char *why, const char *error, int64_t since, int64_t next_try)
{
	struct link *l = &observer_environment(o)->link;
	bool changed = l->state != state || l->next_try != next_try ||
	    l->since != since;

	l->state = state;
	l->since = since;
	l->next_try = next_try;
	changed |= xstrset(&l->transport, transport);
	changed |= xstrset(&l->why, why);
	changed |= xstrset(&l->error, error);
	changed |= xstrset(&l->host, o->conf->ssh_host);
	if (changed)
		observer_changed(o, CHANGE_LINK);
}

void
observer_local_link(struct observer *o, enum link_state state,
    const char *error, int64_t next_try)
{
	const struct link *l = &observer_environment(o)->link;

	if (!observer_remote(o))
		link_set(o, state, "local", NULL, error,
		    l->state == state && l->since != TIME_UNKNOWN ? l->since :
		    clock_wall(), next_try);
	else if (!o->ssh)
		link_set(o, LINK_DOWN, "ssh", NULL, o->ssh_error.text,
		    l->since != TIME_UNKNOWN ? l->since : clock_wall(),
		    TIME_UNKNOWN);
}

static const char *
or_null(const char *s)
{
	return s && *s ? s : NULL;
}

static void
on_ssh_change(struct ssh *s, void *arg)
{
	static const enum link_state states[] = {
		[SSH_IDLE] = LINK_CONNECTING,
		[SSH_CONNECTING] = LINK_CONNECTING,
		[SSH_UP] = LINK_UP,
		[SSH_DOWN] = LINK_DOWN,
	};
	struct observer *o = arg;
	struct ssh_status st = ssh_status(s);

	link_set(o, states[st.state], or_null(st.transport), or_null(st.why),
	    st.state == SSH_UP ? NULL : or_null(st.error), st.since,
	    st.next_try);
	if (st.state != SSH_UP || o->was_up) {
		o->was_up = st.state == SSH_UP;
		return;
	}
	o->was_up = true;
	docker_retry(o->docker);
	host_shell_retry(o->shell);
	sampler_refresh(o->sampler);
	checkout_look(o->checkout, 0);
	schemas_look(o->schemas, SCHEMAS_MS);
	backups_refresh(o->backups);
}

const char *
observer_link_error(const struct observer *o)
{
	struct ssh_status st;

	if (!observer_remote(o))
		return NULL;
	if (!o->ssh)
		return o->ssh_error.text;
	st = ssh_status(o->ssh);
	return st.state == SSH_DOWN ? or_null(st.error) : NULL;
}

static void
ssh_open(struct observer *o)
{
	struct ssh_options options = {
		.host = o->conf->ssh_host, .config = o->conf->ssh_config,
		.run_dir = o->w->run_dir, .force = o->conf->ssh_transport,
		.change = on_ssh_change, .arg = o,
	};

	o->ssh = ssh_new(o->w->loop, o->w->children, o->w->http, &options,
	    &o->ssh_error);
}

/* --- what concerns several sources ---------------------------------------- */

void
observer_containers_changed(struct observer *o)
{
	sampler_containers_changed(o->sampler);
	schemas_services_changed(o->schemas);
	logs_update(o);
}

void
observer_health_changed(struct observer *o)
{
	schemas_services_changed(o->schemas);
}

void
observer_deployed(struct observer *o)
{
	checkout_look(o->checkout, DEPLOYED_MS);
	images_look(o->images, DEPLOYED_MS);
	schemas_look(o->schemas, DEPLOYED_MS);
}

void
observer_started(struct observer *o)
{
	checkout_look(o->checkout, STARTED_MS);
}

void
observer_settled(struct observer *o)
{
	schemas_look(o->schemas, 0);
	checkout_look(o->checkout, STARTED_MS);
}

/* --- life ---------------------------------------------------------------- */

struct observer *
observer_new(struct world *w, const struct conf_environment *c)
{
	struct observer *o = xcalloc(1, sizeof(*o));

	o->w = w;
	o->conf = c;
	LIST_INIT(&o->logs);
	if (observer_remote(o))
		ssh_open(o);
	o->docker = docker_new(o);
	o->shell = host_shell_new(o);
	o->sampler = sampler_new(o);
	o->checkout = checkout_new(o);
	o->prober = prober_new(o);
	o->images = images_new(o);
	o->schemas = schemas_new(o);
	o->backups = backups_new(o);
	if (o->ssh)
		on_ssh_change(o->ssh, o);
	return o;
}

struct backups *
observer_backups(struct observer *o)
{
	return o->backups;
}

void
observer_free(struct observer *o)
{
	if (!o)
		return;
	logs_end(o, "the configuration has changed: ask again");
	schemas_free(o->schemas);
	images_free(o->images);
	backups_free(o->backups);
	prober_free(o->prober);
	checkout_free(o->checkout);
	sampler_free(o->sampler);
	host_shell_free(o->shell);
	docker_free(o->docker);
	ssh_free(o->ssh);
	free(o);
}

void
observer_refresh(struct observer *o)
{
	if (o->ssh)
		ssh_retry(o->ssh);
	host_shell_retry(o->shell);
	docker_refresh(o->docker);
	sampler_refresh(o->sampler);
	checkout_look(o->checkout, 0);
	prober_refresh(o->prober);
	images_look(o->images, 0);
	schemas_look(o->schemas, 0);
	backups_refresh(o->backups);
}

/* --- a shell in a container ---------------------------------------------- */

static const char enter[] = "command -v bash >/dev/null && exec bash || "
    "exec sh";

static const struct service *
service_find(const struct observer *o, const char *container)
{
	const struct environment *env = observer_environment(o);
	size_t i;

	for (i = 0; i < env->service_count; i++) {
		const struct service *s = &env->services[i];

		if (!strcmp(s->container, container) || (s->container_name &&
		    !strcmp(s->container_name, container)))
			return s;
	}
	return NULL;
}

/* One command line for the far user's shell. */
static char *
quoted(char *const *argv)
{
	struct buf line = BUF_INIT(64 * 1024);
	size_t i;

	for (i = 0; argv[i]; i++) {
		if (i)
			buf_addc(&line, ' ');
		text_shell_quote(&line, argv[i]);
	}
	return buf_detach(&line);
}

char **
observer_shell_argv(const struct observer *o, const char *container)
{
	const struct service *s = service_find(o, container);
	const struct conf_environment *c = o->conf;
	char **docker, **ssh;
	size_t n = 0;

	if (!s)
		return NULL;
	docker = xcalloc(10, sizeof(*docker));
	docker[n++] = xstrdup("docker");
	docker[n++] = xstrdup("-H");
	docker[n++] = xasprintf("unix://%s", c->engine);
	docker[n++] = xstrdup("exec");
	docker[n++] = xstrdup("-it");
	docker[n++] = xstrdup(s->container);
	docker[n++] = xstrdup("sh");
	docker[n++] = xstrdup("-c");
	docker[n++] = xstrdup(enter);
	if (!observer_remote(o))
		return docker;
	ssh = xcalloc(8, sizeof(*ssh));
	n = 0;
	ssh[n++] = xstrdup("ssh");
	if (c->ssh_config) {
		ssh[n++] = xstrdup("-F");
		ssh[n++] = xstrdup(c->ssh_config);
	}
	ssh[n++] = xstrdup("-t");
	ssh[n++] = xstrdup("--");
	ssh[n++] = xstrdup(c->ssh_host);
	ssh[n++] = quoted(docker);
	observer_argv_free(docker);
	return ssh;
}

void
observer_argv_free(char **argv)
{
	size_t i;

	for (i = 0; argv && argv[i]; i++)
		free(argv[i]);
	free(argv);
}
