/*
 * Runs: what is done to an environment, step by step, as every console sees it.
 * Filled by run/engine; texts were cleaned there. Unknown values as in model.h.
 */
#ifndef MODEL_RUN_H
#define MODEL_RUN_H

#include <stddef.h>

#include "model/cause.h"
#include "model/observation.h"

/* Of a run and of a step. */
enum phase {
	PHASE_PENDING, PHASE_RUNNING,
	PHASE_WAITING,		/* for a person: a tick, an approval */
	PHASE_PAUSED,		/* before the next step, until resumed */
	PHASE_DONE, PHASE_FAILED, PHASE_SKIPPED, PHASE_ABORTED,
	PHASE_UNKNOWN,		/* nobody knows whether it happened: never
				 * done, never tried again blindly */
	PHASES,
};

const char *phase_name(enum phase p);	/* "pending" "running" … */
enum phase phase_parse(const char *word);	/* unknown for any other */
bool phase_ended(enum phase p);		/* done, failed, skipped, aborted */
/* done, skipped, pending, running, paused: ok; waiting: warn; failed, aborted:
 * crit; unknown: unknown. */
enum status phase_status(enum phase p);

/* One item of a checklist (the plan, §5.2, §8, §9.2). */
struct checklist_item {
	char *id;
	char *title;
	bool automatic;		/* a source knows; else a person ticks it */
	enum status status;	/* unknown until known or ticked */
	char *text;		/* the evidence, or NULL */
	int64_t evidence_at;
	char *who;		/* ticked or overrode it */
	char *reason;		/* of an override; NULL: none */
	int64_t at;
};

struct run_step {
	char *id;
	char *title;
	char *verb;
	enum phase phase;
	char *doing;		/* what it does at the moment, or what came out
				 * of it: "waits for yan or corentin" */
	char *error;
	int64_t started_at, ended_at;
	int64_t usual_ms;	/* what it took last time; -1 */
	int64_t limit_ms;	/* its deadline */
	int exit_code;		/* of its command; -1 */
	int attempts;
	char *tail;		/* the last lines of its output */
	struct checklist_item *items;
	size_t item_count;
};

struct run {
	char *id;		/* "deploy-prod-20261125T221501Z" */
	char *book;		/* "deploy-prod" */
	char *title;
	char *environment;
	char *target, *target_commit;	/* version it leads to */
	char *from;		/* version that was live when it began */
	char *via;		/* "ssh", "github", or NULL */
	char *reason;		/* or NULL */
	char *who, *tty;
	enum phase phase;
	int64_t started_at, ended_at;
	int64_t heartbeat_at;
	int64_t estimate_ms;	/* -1 */
	bool pause_next;	/* stops before the next step */
	struct run_step *steps;
	size_t step_count;
};

/* Kept in the model: those under way, and the last ended. */
#define MODEL_RUNS_MAX 20

/* The step that is under way or comes next; NULL at the end. */
const struct run_step *run_current(const struct run *r);

#endif
