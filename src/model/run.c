#include "model/run.h"

bool
phase_ended(enum phase p)
{
	return p == PHASE_DONE || p == PHASE_FAILED || p == PHASE_SKIPPED ||
	    p == PHASE_ABORTED;
}

enum status
phase_status(enum phase p)
{
	switch (p) {
	case PHASE_PENDING:
	case PHASE_RUNNING:
	case PHASE_PAUSED:
	case PHASE_DONE:
	case PHASE_SKIPPED:
		return STATUS_OK;
	case PHASE_WAITING:
		return STATUS_WARN;
	case PHASE_FAILED:
	case PHASE_ABORTED:
		return STATUS_CRIT;
	case PHASE_UNKNOWN:
	case PHASES:
		break;
	}
	return STATUS_UNKNOWN;
}

const struct run_step *
run_current(const struct run *r)
{
	size_t i;

	for (i = 0; i < r->step_count; i++)
		if (!phase_ended(r->steps[i].phase))
			return &r->steps[i];
	return NULL;
}
