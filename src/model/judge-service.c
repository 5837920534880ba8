#include "model/judge-parts.h"

#include <math.h>

#include "base/alloc.h"

#define MINUTE (INT64_C(60) * 1000)

/* A created container waits for those it depends on. */
#define CREATED_GRACE (2 * MINUTE)
/* A run that long without a restart is no loop. */
#define LOOP_WINDOW (24 * 60 * MINUTE)

static const struct {
	enum cause_code code;
	enum status severity;
} states[] = {
	[CONTAINER_UNKNOWN] = {CAUSE_CONTAINER_UNKNOWN, STATUS_UNKNOWN},
	[CONTAINER_CREATED] = {CAUSE_CREATED, STATUS_CRIT},
	[CONTAINER_PAUSED] = {CAUSE_PAUSED, STATUS_CRIT},
	[CONTAINER_RESTARTING] = {CAUSE_RESTARTING, STATUS_CRIT},
	[CONTAINER_REMOVING] = {CAUSE_REMOVING, STATUS_WARN},
	[CONTAINER_EXITED] = {CAUSE_EXITED, STATUS_CRIT},
	[CONTAINER_DEAD] = {CAUSE_DEAD, STATUS_CRIT},
}, healths[] = {
	[HEALTH_UNKNOWN] = {CAUSE_HEALTH_UNKNOWN, STATUS_UNKNOWN},
	[HEALTH_NONE] = {CAUSE_NO_HEALTHCHECK, STATUS_WARN},
	[HEALTH_STARTING] = {CAUSE_HEALTH_STARTING, STATUS_WARN},
	[HEALTH_UNHEALTHY] = {CAUSE_UNHEALTHY, STATUS_CRIT},
};

static void
judge_stopped(const struct service *s, const char *label, int64_t now,
    struct causes *causes)
{
	enum status severity = states[s->state].severity;
	double number = NAN;

	if (s->state == CONTAINER_CREATED && s->created_at != TIME_UNKNOWN &&
	    now - s->created_at < CREATED_GRACE)
		severity = STATUS_WARN;
	if (s->state == CONTAINER_EXITED && s->exit_code >= 0)
		number = s->exit_code;
	if (s->state == CONTAINER_RESTARTING && s->restarts >= 0)
		number = s->restarts;
	causes_add(causes, states[s->state].code, severity, label, number,
	    NULL);
}

static void
judge_running(const struct service *s, const char *label,
    const struct limits *l, int64_t now, struct causes *causes)
{
	enum status severity = healths[s->health].severity;

	if (s->health == HEALTH_NONE && !l->warn_no_healthcheck)
		severity = STATUS_OK;
	if (s->health != HEALTH_HEALTHY)
		causes_add(causes, healths[s->health].code, severity, label,
		    NAN, s->health == HEALTH_UNHEALTHY ? s->health_log : NULL);
	if (l->restarts_warn > 0 && s->restarts >= l->restarts_warn &&
	    (s->since == TIME_UNKNOWN || now - s->since < LOOP_WINDOW))
		causes_add(causes, CAUSE_RESTART_LOOP, STATUS_WARN, label,
		    s->restarts, NULL);
}

static void
judge_service(struct environment *env, struct service *s, bool known,
    const struct limits *l, int64_t now)
{
	bool running = s->state == CONTAINER_RUNNING;
	struct causes next = {0};
	char *label;

	if (known && (!running || s->health != HEALTH_HEALTHY ||
	    s->restarts > 0 || s->oom_killed == TRI_YES)) {
		label = s->number > 1 ?
		    xasprintf("%s-%d", s->name, s->number) : xstrdup(s->name);
		if (s->oom_killed == TRI_YES)
			causes_add(&next, CAUSE_OOM_KILLED,
			    running ? STATUS_WARN : STATUS_CRIT, label, NAN,
			    NULL);
		if (running)
			judge_running(s, label, l, now, &next);
		else
			judge_stopped(s, label, now, &next);
		free(label);
	}
	if (verdict_settle(&s->status, &s->causes,
	    known ? causes_worst(&next) : STATUS_UNKNOWN, &next))
		service_touch(env, s);
}

void
judge_services(struct environment *env, bool known, const struct limits *l,
    int64_t now, struct causes *causes)
{
	size_t i;

	for (i = 0; i < env->service_count; i++) {
		judge_service(env, &env->services[i], known, l, now);
		causes_add_all(causes, &env->services[i].causes);
	}
	if (known && env->service_count == 0)
		causes_add(causes, CAUSE_NO_CONTAINERS, STATUS_CRIT,
		    env->compose_project ? env->compose_project : env->name,
		    NAN, NULL);
}
