#include "source/sampler-private.h"

#include <math.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/text.h"
#include "source/docker.h"
#include "source/pace.h"
#include "source/host-shell.h"

enum {
	DEADLINE_MIN_MS = 3000,
	DEADLINE_MAX_MS = 10000,
	SOON_MS = 1000,		/* from the first sample to the second */
	SETTLE_MS = 200,	/* changes come in bursts */
	SLOW_MS = 30000,	/* limits and disks move slowly */
	DISK_DEADLINE_MS = 10000,
	DISK_PENALTY_MS = 300000,	/* after a dead mount held us up */
	OUTPUT_MAX_BYTES = 16 << 20,
	MISSES_MAX = 3,
	FAILURES_MAX = 2,
};

/* Over less than that a percentage is noise. */
#define ELAPSED_MIN 0.8	/* s */

static void on_timer(void *arg);

static void
arm(struct sampler *s, int64_t ms)
{
	loop_timer_cancel(s->timer);
	s->timer = loop_timer(s->o->w->loop, ms, on_timer, s);
}

/* --- the containers ------------------------------------------------------ */

static void
sampled_release(struct sampled *c)
{
	free(c->id);
	cgroup_paths_release(&c->paths);
}

/* The last found is where the next one is looked for: both lists have the
 * same order. */
static struct sampled *
find_from(struct sampler *s, const char *id, size_t *cursor)
{
	size_t i;

	for (i = 0; i < s->sampled_count; i++) {
		size_t at = (*cursor + i) % s->sampled_count;

		if (s->sampled[at].id && !strcmp(s->sampled[at].id, id)) {
			*cursor = at + 1;
			return &s->sampled[at];
		}
	}
	return NULL;
}

struct sampled *
sampler_find(struct sampler *s, const char *id)
{
	size_t cursor = 0;

	return find_from(s, id, &cursor);
}

static bool
runs(const struct service *v)
{
	return v->pid > 0 && (v->state == CONTAINER_RUNNING ||
	    v->state == CONTAINER_PAUSED);
}

/* Take over what is known of the containers that still run. */
static void
sync_containers(struct sampler *s)
{
	struct environment *env = observer_environment(s->o);
	struct sampled *list = xcalloc(env->service_count + 1, sizeof(*list));
	size_t i, count = 0, cursor = 0;
	bool same = true;

	for (i = 0; i < env->service_count; i++) {
		const struct service *v = &env->services[i];
		struct sampled *old, *c = &list[count];

		if (!runs(v))
			continue;
		old = find_from(s, v->container, &cursor);
		if (old) {
			*c = *old;
			old->id = NULL;
			old->paths = (struct cgroup_paths){0};
		} else {
			c->id = xstrdup(v->container);
			same = false;
		}
		if (c->pid != v->pid) {
			c->pid = v->pid;
			c->has_before = false;
		}
		count++;
	}
	same = same && count == s->sampled_count;
	for (i = 0; i < s->sampled_count; i++)
		sampled_release(&s->sampled[i]);
	free(s->sampled);
	s->sampled = list;
	s->sampled_count = count;
	if (!same)
		s->defined = false;
}

bool
sampler_needs_stats(const struct sampler *s, const struct sampled *c)
{
	if (s->shell_failures >= FAILURES_MAX)
		return true;
	return !c->known && c->tried_pid == c->pid;
}

void
sampler_store(struct sampler *s, const char *id, double cpu, int64_t memory,
    int64_t limit)
{
	struct environment *env = observer_environment(s->o);
	struct service *v = environment_service(env, id);

	if (!v || !runs(v))
		return;
	/* As docker stats: without a limit of its own, the host's memory. */
	if (env->host.memory_total > 0 &&
	    (limit <= 0 || limit > env->host.memory_total))
		limit = env->host.memory_total;
	if (limit > 0 && limit != v->memory_limit) {
		v->memory_limit = limit;
		service_touch(env, v);
	}
	service_sample(env, v, clock_wall(), cpu, memory);
}

void
sampler_set_staleness(struct sampler *s)
{
	struct environment *env = observer_environment(s->o);
	size_t i, by_engine = 0;

	for (i = 0; i < s->sampled_count; i++)
		by_engine += sampler_needs_stats(s, &s->sampled[i]);
	env->sources[SOURCE_STATS].stale_after = 3 * s->interval + s->deadline;
	if (by_engine && docker_up(s->o->docker))
		env->sources[SOURCE_STATS].stale_after =
		    2 * stats_round_ms(by_engine) + s->deadline;
}

void
sampler_ask(struct sampler *s, const char *what, const char *script,
    int64_t deadline_ms, host_shell_done_fn *done)
{
	struct host_shell_request r = {
		.what = what, .script = script,
		.output_max = OUTPUT_MAX_BYTES, .deadline_ms = deadline_ms,
		.done = done, .arg = s,
	};

	host_shell_run(s->o->shell, &r);
}

/* --- the end of a look --------------------------------------------------- */

static void
rest(struct sampler *s, int64_t ms)
{
	s->busy = false;
	if (s->again) {
		s->again = false;
		ms = SETTLE_MS;
	}
	arm(s, ms);
	sampler_set_staleness(s);
	stats_plan(s);
}

bool
sampler_failed(struct sampler *s, const struct host_shell_reply *r)
{
	if (!r->error)
		return false;
	s->shell_failures++;
	s->has_host = false;
	s->defined = false;
	observer_failed(s->o, SOURCE_HOST, r->error);
	/* Then it is the engine's turn to tell of containers. */
	if (s->shell_failures < FAILURES_MAX)
		observer_failed(s->o, SOURCE_STATS, r->error);
	rest(s, jittered(s->interval));
	return true;
}

/* --- answers ------------------------------------------------------------- */

/* "path:line" as grep prints it; the path has no colon that we know of, so
 * the known directory is matched instead of looking for one. */
static bool
below(const char *line, size_t len, const char *directory, const char **file,
    size_t *file_len)
{
	size_t n = directory ? strlen(directory) : 0;
	const char *colon;

	if (!n || len <= n + 1 || line[n] != '/' ||
	    memcmp(line, directory, n))
		return false;
	colon = memchr(line + n + 1, ':', len - n - 1);
	if (!colon)
		return false;
	*file = line + n + 1;
	*file_len = colon - *file;
	return true;
}

/* The containers' lines come in the order in which they were asked for. */
static void
counter_line(struct sampler *s, const char *line, size_t len, size_t *cursor)
{
	const char *file;
	size_t i, file_len;

	for (i = 0; i < s->sampled_count; i++) {
		size_t at = (*cursor + i) % s->sampled_count;
		struct sampled *c = &s->sampled[at];

		if (!below(line, len, c->paths.cpu, &file, &file_len) &&
		    !below(line, len, c->paths.memory, &file, &file_len))
			continue;
		cgroup_usage_line(&c->now, file, file_len,
		    file + file_len + 1, line + len - file - file_len - 1);
		*cursor = at;
		return;
	}
}

static void
each_line(struct sampler *s, const struct host_shell_reply *r)
{
	const char *p = r->out, *end = r->out + r->len;
	size_t cursor = 0;

	while (p < end) {
		const char *stop = memchr(p, '\n', end - p);
		const char *colon;
		size_t n = (stop ? stop : end) - p;

		if (n > 6 && !memcmp(p, "/proc/", 6)) {
			colon = memchr(p, ':', n);
			if (colon)
				host_sample_line(&s->host, p, colon - p,
				    colon + 1, p + n - colon - 1);
		} else if (n) {
			counter_line(s, p, n, &cursor);
		}
		p += n + 1;
	}
}

static void
store_host(struct sampler *s)
{
	struct environment *env = observer_environment(s->o);
	struct host *h = &env->host;
	double elapsed = s->host.uptime_s - s->host_before.uptime_s;

	if (!s->has_host || !(elapsed < ELAPSED_MIN)) {
		if (s->has_host) {
			h->cpu_percent = host_cpu_percent(&s->host,
			    &s->host_before);
			series_add(&h->cpu, h->cpu_percent);
		}
		s->host_before = s->host;
		s->has_host = true;
	}
	h->load1 = s->host.load1;
	h->load5 = s->host.load5;
	h->load15 = s->host.load15;
	h->cores = s->cores;
	h->memory_percent = host_memory_percent(&s->host);
	h->memory_total = s->host.memory_total;
	h->uptime_ms = isnan(s->host.uptime_s) ? -1 :
	    (int64_t)(s->host.uptime_s * 1000);
	series_add(&h->memory, h->memory_percent);
	env->changes |= CHANGE_HOST;
}

static void
store_container(struct sampler *s, struct sampled *c)
{
	double elapsed = s->host.uptime_s - c->before_at;

	if (isnan(c->now.cpu_seconds) && c->now.memory < 0) {
		/* Its group has gone, perhaps to another place. */
		if (++c->misses >= MISSES_MAX) {
			c->known = false;
			c->tried_pid = 0;
			s->defined = false;
		}
		return;
	}
	c->misses = 0;
	if (!c->has_before || !(elapsed < ELAPSED_MIN)) {
		c->cpu_percent = c->has_before ? cgroup_cpu_percent(&c->now,
		    &c->before, elapsed) : NAN;
		c->before = c->now;
		c->before_at = s->host.uptime_s;
		c->has_before = true;
	}
	sampler_store(s, c->id, c->cpu_percent, cgroup_memory(&c->now),
	    c->now.limit);
}

/* Says whether one of them waits for a second sample to have a percentage. */
static bool
store_containers(struct sampler *s)
{
	bool waiting = false;
	size_t i;

	for (i = 0; i < s->sampled_count; i++) {
		struct sampled *c = &s->sampled[i];

		if (!c->known)
			continue;
		store_container(s, c);
		waiting |= c->has_before && isnan(c->cpu_percent);
	}
	return waiting;
}

/* Whether all that runs was read that way. */
static bool
all_known(const struct sampler *s)
{
	size_t i;

	for (i = 0; i < s->sampled_count; i++)
		if (!s->sampled[i].known)
			return false;
	return true;
}

static void
on_sample(const struct host_shell_reply *r, void *arg)
{
	struct sampler *s = arg;
	bool waiting;
	size_t i;

	if (sampler_failed(s, r))
		return;
	host_sample_init(&s->host);
	for (i = 0; i < s->sampled_count; i++) {
		int64_t limit = s->sampled[i].now.limit;

		cgroup_usage_init(&s->sampled[i].now);
		s->sampled[i].now.limit = limit;
	}
	each_line(s, r);
	if (isnan(s->host.uptime_s) && isnan(s->host.total)) {
		struct host_shell_reply none = {.error = "the host shows no /proc "
		    "to read its figures from"};

		/* A shell begun anew does not know what to do. */
		if (s->generation != host_shell_generation(s->o->shell))
			rest(s, SETTLE_MS);
		else
			sampler_failed(s, &none);
		return;
	}
	s->shell_failures = 0;
	store_host(s);
	waiting = store_containers(s) ||
	    isnan(observer_environment(s->o)->host.cpu_percent);
	observer_observed(s->o, SOURCE_HOST);
	if (all_known(s))
		observer_observed(s->o, SOURCE_STATS);
	rest(s, waiting ? SOON_MS : jittered(s->interval));
}

static void
sample(struct sampler *s)
{
	struct buf b = BUF_INIT(2 << 20);

	if (!s->defined)
		sampler_define(s, &b);
	buf_adds(&b, s->slow || !s->defined ? "s\nl" : "s");
	s->defined = true;
	s->slow = false;
	sampler_ask(s, "reading the host's figures", buf_str(&b), s->deadline,
	    on_sample);
	buf_release(&b);
}

/* --- the disk ------------------------------------------------------------ */

static void
on_disk(const struct host_shell_reply *r, void *arg)
{
	struct sampler *s = arg;
	struct environment *env = observer_environment(s->o);
	struct disk_sample d = {.total = -1, .percent = NAN};
	char *said;

	if (r->timed_out) {
		/* A dead mount holds up df, and would hold up all the rest. */
		s->disk_not_before = clock_mono() + DISK_PENALTY_MS;
	} else if (!r->error && disk_parse(r->out, r->len, &d) == -1) {
		said = text_clean(r->out, r->len < 200 ? r->len : 200);
		log_info("%s: df %s: %s", s->o->conf->name, s->o->conf->disk,
		    said);
		free(said);
	}
	env->host.disk_percent = d.percent;
	env->host.disk_total = d.total;
	observer_changed(s->o, CHANGE_HOST);
	sample(s);
}

/* --- the interval -------------------------------------------------------- */

/* The next question to the shell, in the order in which they depend on each
 * other. Each answer leads back here or to rest(). */
void
sampler_look(struct sampler *s)
{
	struct buf b = BUF_INIT(8192);
	int64_t now = clock_mono();

	s->busy = true;
	sync_containers(s);
	if (sampler_learn(s))
		return;
	s->slow = now >= s->slow_at;
	if (s->slow)
		s->slow_at = now + jittered(SLOW_MS);
	if (s->slow && s->o->conf->disk && now >= s->disk_not_before) {
		buf_adds(&b, "df -Pk -- ");
		text_shell_quote(&b, s->o->conf->disk);
		buf_adds(&b, " 2>&1");
		sampler_ask(s, "asking how full the disk is (df)", buf_str(&b),
		    DISK_DEADLINE_MS, on_disk);
	} else {
		sample(s);
	}
	buf_release(&b);
}

static void
on_timer(void *arg)
{
	struct sampler *s = arg;

	s->timer = NULL;
	sampler_look(s);
}

struct sampler *
sampler_new(struct observer *o)
{
	struct sampler *s = xcalloc(1, sizeof(*s));
	struct environment *env = observer_environment(o);

	s->o = o;
	s->cores = -1;
	s->interval = o->conf->interval_ms > 0 ? o->conf->interval_ms : 5000;
	s->deadline = 2 * s->interval;
	if (s->deadline > DEADLINE_MAX_MS)
		s->deadline = DEADLINE_MAX_MS;
	if (s->deadline < DEADLINE_MIN_MS)
		s->deadline = DEADLINE_MIN_MS;
	host_sample_init(&s->host);
	host_sample_init(&s->host_before);
	env->sources[SOURCE_STATS].used = true;
	env->sources[SOURCE_HOST].used = true;
	env->sources[SOURCE_HOST].stale_after = 3 * s->interval + s->deadline;
	sampler_set_staleness(s);
	s->timer = loop_timer(o->w->loop, 0, on_timer, s);
	return s;
}

void
sampler_free(struct sampler *s)
{
	size_t i;

	if (!s)
		return;
	stats_stop(s);
	loop_timer_cancel(s->timer);
	for (i = 0; i < s->sampled_count; i++)
		sampled_release(&s->sampled[i]);
	free(s->sampled);
	cgroup_mounts_release(&s->mounts);
	free(s);
}

void
sampler_refresh(struct sampler *s)
{
	s->slow_at = s->disk_not_before = s->retry_at = 0;
	if (s->busy)
		s->again = true;
	else
		arm(s, 0);
}

void
sampler_containers_changed(struct sampler *s)
{
	if (s->busy)
		s->again = true;
	else
		arm(s, SETTLE_MS);
}
