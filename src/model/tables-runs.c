/* Runs, their steps and checklists. */
#include "model/tables.h"

#include "model/tables-macros.h"

#define PHASE(s, m) WORD(s, m, phase, kind_phase)

#define I struct checklist_item
static const struct field item_fields[] = {
	{"id", NAME(I, id)},
	{"title", TEXT(I, title)},
	{"automatic", BOOL(I, automatic)},
	{"status", STATUS(I)},
	{"text", TEXT(I, text)},
	{"evidence_at", TIME(I, evidence_at)},
	{"who", TEXT(I, who)},
	{"reason", TEXT(I, reason)},
	{"at", TIME(I, at)},
	{0},
};
#undef I

const struct list_of checklist_list = {sizeof(struct checklist_item), 100,
	item_fields};

#define S struct run_step
static const struct field run_step_fields[] = {
	{"id", NAME(S, id)},
	{"title", TEXT(S, title)},
	{"verb", TEXT(S, verb)},
	{"phase", PHASE(S, phase)},
	{"doing", TEXT(S, doing)},
	{"error", TEXT(S, error)},
	{"started_at", TIME(S, started_at)},
	{"ended_at", TIME(S, ended_at)},
	{"usual_ms", COUNT(S, usual_ms)},
	{"limit_ms", COUNT(S, limit_ms)},
	{"exit_code", INT(S, exit_code)},
	{"attempts", INT(S, attempts)},
	{"tail", TEXT(S, tail)},
	{"items", LIST(S, items, item_count, checklist_list)},
	{0},
};
#undef S

const struct list_of run_steps_list = {sizeof(struct run_step), 200,
	run_step_fields};

#define R struct run
const struct field model_run_fields[] = {
	{"id", NAME(R, id)},
	{"book", TEXT(R, book)},
	{"title", TEXT(R, title)},
	{"environment", TEXT(R, environment)},
	{"target", TEXT(R, target)},
	{"target_commit", TEXT(R, target_commit)},
	{"from", TEXT(R, from)},
	{"via", TEXT(R, via)},
	{"reason", TEXT(R, reason)},
	{"who", TEXT(R, who)},
	{"tty", TEXT(R, tty)},
	{"phase", PHASE(R, phase)},
	{"started_at", TIME(R, started_at)},
	{"ended_at", TIME(R, ended_at)},
	{"heartbeat_at", TIME(R, heartbeat_at)},
	{"estimate_ms", COUNT(R, estimate_ms)},
	{"pause_next", BOOL(R, pause_next)},
	{"steps", LIST(R, steps, step_count, run_steps_list)},
	{0},
};
#undef R

const struct list_of model_runs_list = {sizeof(struct run), MODEL_RUNS_MAX,
	model_run_fields};
