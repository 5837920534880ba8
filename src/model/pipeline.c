#include "model/pipeline.h"

#include <string.h>

#include "model/tables.h"

/* --- states ---------------------------------------------------------------- */

enum run_state
run_state_of(const char *status, const char *conclusion)
{
	if (status && strcmp(status, "completed") == 0)
		return run_state_parse(conclusion);
	if (status && (strcmp(status, "requested") == 0 ||
	    strcmp(status, "pending") == 0))
		return RUN_QUEUED;
	return run_state_parse(status);
}

bool
run_state_ended(enum run_state s)
{
	return s > RUN_WAITING;
}

enum status
run_state_status(enum run_state s)
{
	switch (s) {
	case RUN_QUEUED:
	case RUN_IN_PROGRESS:
	case RUN_SUCCESS:
	case RUN_NEUTRAL:
	case RUN_SKIPPED:
		return STATUS_OK;
	case RUN_WAITING:
	case RUN_CANCELLED:
	case RUN_STALE:
	case RUN_ACTION_REQUIRED:
		return STATUS_WARN;
	case RUN_FAILURE:
	case RUN_TIMED_OUT:
	case RUN_STARTUP_FAILURE:
		return STATUS_CRIT;
	case RUN_UNKNOWN:
	case RUN_STATES:
		break;
	}
	return STATUS_UNKNOWN;
}

/* --- the whole -------------------------------------------------------------- */

void
pipelines_init(struct pipelines *p)
{
	*p = (struct pipelines){.changed = false};
	fields_init(p, pipelines_fields, 0);
}

void
pipelines_release(struct pipelines *p)
{
	fields_release(p, pipelines_fields, 0);
	pipelines_init(p);
}

const struct workflow *
pipelines_workflow(const struct pipelines *p, const char *file)
{
	size_t i;

	for (i = 0; i < p->workflow_count; i++)
		if (strcmp(p->workflows[i].file, file) == 0)
			return &p->workflows[i];
	return NULL;
}

const struct gate *
pipelines_gate(const struct pipelines *p, const char *environment)
{
	size_t i;

	for (i = 0; i < p->gate_count; i++)
		if (strcmp(p->gates[i].environment, environment) == 0)
			return &p->gates[i];
	return NULL;
}

const struct commit_checks *
pipelines_checks(const struct pipelines *p, const char *commit)
{
	size_t i;

	for (i = 0; i < p->check_count; i++)
		if (strcmp(p->checks[i].commit, commit) == 0)
			return &p->checks[i];
	return NULL;
}

const struct deployment *
pipelines_deployed(const struct pipelines *p, const char *environment)
{
	size_t i;

	for (i = 0; i < p->deployment_count; i++) {
		const struct deployment *d = &p->deployments[i];

		if (d->environment && d->state &&
		    strcmp(d->environment, environment) == 0 &&
		    strcmp(d->state, "success") == 0)
			return d;
	}
	return NULL;
}
