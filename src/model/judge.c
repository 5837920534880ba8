#include "model/judge.h"

#include <math.h>

#include "base/i18n.h"
#include "model/judge-parts.h"
#include "model/streak.h"

/* An environment lists no more causes than anyone reads. */
#define CAUSES_SHOWN 32

/* --- what the parts share ------------------------------------------------ */

enum status
causes_worst(const struct causes *c)
{
	return c->count ? c->items[0].severity : STATUS_OK;
}

bool
verdict_settle(enum status *status, struct causes *causes, enum status word,
    struct causes *next)
{
	bool differ = *status != word || !causes_equal(causes, next);

	if (differ) {
		causes_release(causes);
		*causes = *next;
		*status = word;
	} else {
		causes_release(next);
	}
	return differ;
}

double
age_in_steps(int64_t ms)
{
	int64_t s = ms / 1000, step = 86400;

	if (s < 120)
		step = 5;
	else if (s < 2 * 3600)
		step = 60;
	else if (s < 2 * 86400)
		step = 3600;
	return (double)(s - s % step);
}

/* --- host ---------------------------------------------------------------- */

static const struct {
	enum cause_code code;
	size_t value, streak, warn, crit;
	bool wavers;	/* one reading proves nothing, not even the first */
} figures[] = {
	{CAUSE_CPU_HIGH, offsetof(struct host, cpu_percent),
	 offsetof(struct host, cpu_streak),
	 offsetof(struct limits, cpu_warn), offsetof(struct limits, cpu_crit),
	 true},
	{CAUSE_MEMORY_HIGH, offsetof(struct host, memory_percent),
	 offsetof(struct host, memory_streak),
	 offsetof(struct limits, memory_warn),
	 offsetof(struct limits, memory_crit)},
	{CAUSE_DISK_HIGH, offsetof(struct host, disk_percent),
	 offsetof(struct host, disk_streak),
	 offsetof(struct limits, disk_warn),
	 offsetof(struct limits, disk_crit)},
};

static double
number_at(const void *base, size_t offset)
{
	return *(const double *)((const char *)base + offset);
}

/* One figure's word. A figure that is not known this time is no sample. */
static enum status
judge_figure(struct host *h, size_t i, bool known, int64_t sampled_at,
    const struct limits *l)
{
	struct streak *s = (struct streak *)((char *)h + figures[i].streak);
	double value = number_at(h, figures[i].value);
	enum status word = STATUS_OK;

	if (!known) {
		streak_init(s);
		return STATUS_UNKNOWN;
	}
	if (isnan(value))
		return s->held;
	if (value >= number_at(l, figures[i].crit))
		word = STATUS_CRIT;
	else if (value >= number_at(l, figures[i].warn))
		word = STATUS_WARN;
	if (figures[i].wavers && s->held == STATUS_UNKNOWN)
		streak_feed(s, sampled_at - 1, STATUS_OK, l);
	return streak_feed(s, sampled_at, word, l);
}

static void
judge_host(struct environment *env, bool known, const struct limits *l,
    struct causes *causes)
{
	struct host *h = &env->host;
	enum status status = STATUS_UNKNOWN;
	size_t i;

	for (i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
		enum status word = judge_figure(h, i, known,
		    env->sources[SOURCE_HOST].observed_at, l);

		if (word == STATUS_UNKNOWN)
			continue;
		status = status == STATUS_UNKNOWN ? word :
		    status_worse(status, word);
		if (word > STATUS_OK)
			causes_add(causes, figures[i].code, word, NULL,
			    floor(number_at(h, figures[i].value)), NULL);
	}
	if (h->status != status) {
		h->status = status;
		env->changes |= CHANGE_HOST;
	}
}

/* --- links and sources --------------------------------------------------- */

/* Trying again after a failure is still a failure. */
static bool
unreachable(const struct environment *env)
{
	return env->link.state == LINK_DOWN ||
	    (env->link.state == LINK_CONNECTING && env->link.error);
}

static bool
fresh(const struct environment *env, enum source_kind k, int64_t now)
{
	const struct observation *o = &env->sources[k];

	return o->used && o->observed_at != TIME_UNKNOWN &&
	    !observation_stale(o, now) && !unreachable(env);
}

/* Engine and host are what the status word rests on. */
static bool
vital(enum source_kind k)
{
	return k == SOURCE_ENGINE || k == SOURCE_HOST;
}

static void
judge_source(const struct environment *env, enum source_kind k, int64_t now,
    struct causes *causes)
{
	const struct observation *o = &env->sources[k];
	enum status severity = vital(k) ? STATUS_UNKNOWN : STATUS_WARN;

	if (!o->used)
		return;
	if (o->observed_at == TIME_UNKNOWN) {
		if (vital(k) || o->error)
			causes_add(causes, CAUSE_NEVER_OBSERVED, severity,
			    source_kind_name(k), NAN, o->error);
		return;
	}
	if (!observation_stale(o, now)) {
		if (k != SOURCE_ENGINE || !o->error)
			return;
		severity = STATUS_WARN;
	}
	causes_add(causes, CAUSE_STALE, severity, source_kind_name(k),
	    age_in_steps(now - o->observed_at), o->error);
}

static void
judge_sources(const struct environment *env, int64_t now,
    struct causes *causes)
{
	int k;

	if (unreachable(env)) {
		causes_add(causes, CAUSE_UNREACHABLE, STATUS_UNKNOWN, NULL,
		    NAN, env->link.error);
		return;
	}
	for (k = 0; k < SOURCE_KINDS; k++)
		judge_source(env, k, now, causes);
}

/* --- environments -------------------------------------------------------- */

static int64_t
oldest_success(const struct environment *env)
{
	int64_t oldest = TIME_UNKNOWN;
	int k;

	for (k = 0; k < SOURCE_KINDS; k++) {
		const struct observation *o = &env->sources[k];

		if (vital(k) && o->used && o->observed_at != TIME_UNKNOWN &&
		    (oldest == TIME_UNKNOWN || o->observed_at < oldest))
			oldest = o->observed_at;
	}
	return oldest;
}

static bool
environment_stale(const struct environment *env, int64_t now)
{
	int k;

	if (unreachable(env))
		return oldest_success(env) != TIME_UNKNOWN;
	for (k = 0; k < SOURCE_KINDS; k++)
		if (vital(k) && observation_stale(&env->sources[k], now))
			return true;
	return false;
}

static bool
watched(const struct environment *env)
{
	return env->probe_count > 0 || env->sources[SOURCE_ENGINE].used ||
	    env->sources[SOURCE_HOST].used;
}

/* What lowers no word is no reason; what nobody would read is only counted. */
static void
trim(struct causes *c)
{
	size_t n = c->count;
	enum status severity;

	while (n > 0 && c->items[n - 1].severity == STATUS_OK)
		n--;
	causes_cut(c, n);
	if (n <= CAUSES_SHOWN)
		return;
	severity = c->items[CAUSES_SHOWN - 1].severity;
	causes_cut(c, CAUSES_SHOWN - 1);
	causes_add(c, CAUSE_MORE, severity, NULL, n - c->count, NULL);
}

void
judge_environment(struct environment *env, const struct limits *l,
    int64_t now)
{
	bool stale = environment_stale(env, now);
	int64_t observed_at = oldest_success(env);
	struct causes next = {0};
	size_t i;

	judge_sources(env, now, &next);
	judge_services(env, fresh(env, SOURCE_ENGINE, now), l, now, &next);
	for (i = 0; i < env->probe_count; i++) {
		judge_probe(env, &env->probes[i], l, now);
		causes_add_all(&next, &env->probes[i].causes);
	}
	judge_host(env, fresh(env, SOURCE_HOST, now), l, &next);
	judge_backups(env, !unreachable(env), now, &next);
	if (!watched(env))
		causes_add(&next, CAUSE_NEVER_OBSERVED, STATUS_UNKNOWN,
		    env->name, NAN, NULL);
	trim(&next);
	if (verdict_settle(&env->status, &env->causes, causes_worst(&next), &next) ||
	    env->stale != stale || env->observed_at != observed_at) {
		env->stale = stale;
		env->observed_at = observed_at;
		env->changes |= CHANGE_STATUS;
	}
}

/* --- the observer -------------------------------------------------------- */

static bool
answered(const struct environment *env, int64_t now)
{
	size_t i;

	for (i = 0; i < env->probe_count; i++) {
		const struct probe *p = &env->probes[i];

		if (p->http_code > 0 && p->seen.attempted_at != TIME_UNKNOWN &&
		    !probe_stale(p, now))
			return true;
	}
	return false;
}

static bool
cut_off(const struct model *m, int64_t now)
{
	const char *host = NULL;
	bool several = false;
	size_t i;

	for (i = 0; i < m->environment_count; i++) {
		const struct environment *env = &m->environments[i];

		if (!env->link.host)
			continue;
		if (!unreachable(env) || answered(env, now))
			return false;
		if (host && strcmp(host, env->link.host) != 0)
			several = true;
		host = env->link.host;
	}
	return several;
}

static int64_t
newest_observation(const struct model *m)
{
	int64_t newest = TIME_UNKNOWN;
	size_t i, j;

	for (i = 0; i < m->environment_count; i++) {
		const struct environment *env = &m->environments[i];

		for (j = 0; j < SOURCE_KINDS; j++)
			if (env->sources[j].observed_at > newest)
				newest = env->sources[j].observed_at;
		for (j = 0; j < env->probe_count; j++)
			if (env->probes[j].seen.observed_at > newest)
				newest = env->probes[j].seen.observed_at;
	}
	return newest;
}

bool
judge_observer(struct model *m, int64_t now)
{
	bool was = m->cut_off;
	size_t i;

	m->observed_at = newest_observation(m);
	m->cut_off = cut_off(m, now);
	for (i = 0; i < m->environment_count; i++)
		m->environments[i].cut_off = m->cut_off &&
		    m->environments[i].link.host;
	if (m->cut_off == was)
		return false;
	m->changed = true;
	if (m->cut_off)
		model_notice(m, "cut-off", STATUS_CRIT, N_("this box is cut "
		    "off: it reaches none of the remote environments; look at "
		    "its own network first"));
	else
		model_notice_clear(m, "cut-off");
	return true;
}
