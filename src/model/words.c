/* The words of the model's enumerations. See words.h. */
#include "model/words.h"

#include "model/model.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

int
word_find(const char *word, const char *const *names, size_t count, int other)
{
	size_t i;

	for (i = 0; word && i < count; i++)
		if (strcmp(word, names[i]) == 0)
			return (int)i;
	return other;
}

/* The pair of functions that an enumeration has: NAME_name(), NAME_parse(). */
#define WORDS(name, type, table, other)					\
	const char *							\
	name##_name(type w)						\
	{								\
		return table[w];					\
	}								\
									\
	type								\
	name##_parse(const char *word)					\
	{								\
		return (type)word_find(word, table, COUNT(table), other); \
	}								\
	struct swallow_semicolon

static const char *const run_states[RUN_STATES] = {
	[RUN_UNKNOWN] = "unknown",
	[RUN_QUEUED] = "queued",
	[RUN_IN_PROGRESS] = "in_progress",
	[RUN_WAITING] = "waiting",
	[RUN_SUCCESS] = "success",
	[RUN_FAILURE] = "failure",
	[RUN_CANCELLED] = "cancelled",
	[RUN_TIMED_OUT] = "timed_out",
	[RUN_SKIPPED] = "skipped",
	[RUN_NEUTRAL] = "neutral",
	[RUN_ACTION_REQUIRED] = "action_required",
	[RUN_STALE] = "stale",
	[RUN_STARTUP_FAILURE] = "startup_failure",
};

WORDS(run_state, enum run_state, run_states, RUN_UNKNOWN);

static const char *const workflow_roles[WORKFLOW_ROLES] = {
	[WORKFLOW_OTHER] = "other",
	[WORKFLOW_CI] = "ci",
	[WORKFLOW_DEPLOY] = "deploy",
	[WORKFLOW_E2E] = "e2e",
	[WORKFLOW_BACKUP_TEST] = "backup-test",
};

WORDS(workflow_role, enum workflow_role, workflow_roles, WORKFLOW_OTHER);

static const char *const api_troubles[API_TROUBLES] = {
	[API_OK] = "ok",
	[API_CREDENTIAL] = "credential",
	[API_DENIED] = "denied",
	[API_LIMITED] = "limited",
	[API_SECONDARY_LIMIT] = "secondary-limit",
	[API_INVALID] = "invalid",
	[API_SERVER] = "server",
	[API_UNREACHABLE] = "unreachable",
	[API_MALFORMED] = "malformed",
};

WORDS(api_trouble, enum api_trouble, api_troubles, API_OK);

static const char *const rungs[RUNGS] = {
	[RUNG_NONE] = "none",
	[RUNG_LISTED] = "listed",
	[RUNG_PLAUSIBLE] = "plausible size",
	[RUNG_CHECKSUM] = "checksum",
	[RUNG_READ] = "fully read",
	[RUNG_RESTORED] = "restored",
};

WORDS(rung, enum rung, rungs, RUNG_NONE);

static const char *const size_verdicts[SIZE_VERDICTS] = {
	[SIZE_UNKNOWN] = "unknown",
	[SIZE_PLAUSIBLE] = "plausible",
	[SIZE_EMPTY] = "empty",
	[SIZE_SMALL] = "small",
	[SIZE_LARGE] = "large",
};

WORDS(size_verdict, enum size_verdict, size_verdicts, SIZE_UNKNOWN);

static const char *const mark_words[MARK_WORDS] = {
	[MARK_NONE] = "none",
	[MARK_GOOD] = "good",
	[MARK_BAD] = "bad",
};

WORDS(mark_word, enum mark_word, mark_words, MARK_NONE);

static const char *const readiness_words[READINESS_WORDS] = {
	[READINESS_UNKNOWN] = "unknown",
	[READINESS_READY] = "ready",
	[READINESS_NOT_READY] = "not ready",
};

WORDS(readiness_word, enum readiness_word, readiness_words,
    READINESS_UNKNOWN);

static const char *const phases[PHASES] = {
	[PHASE_PENDING] = "pending",
	[PHASE_RUNNING] = "running",
	[PHASE_WAITING] = "waiting",
	[PHASE_PAUSED] = "paused",
	[PHASE_DONE] = "done",
	[PHASE_FAILED] = "failed",
	[PHASE_SKIPPED] = "skipped",
	[PHASE_ABORTED] = "aborted",
	[PHASE_UNKNOWN] = "unknown",
};

WORDS(phase, enum phase, phases, PHASE_UNKNOWN);

static const char *const readiness_codes[READINESS_CODES] = {
	[CHECK_TARGET] = "target",
	[CHECK_TAG] = "tag",
	[CHECK_IMAGE] = "image",
	[CHECK_SCHEMA] = "schema",
	[CHECK_BACKUP] = "backup",
	[CHECK_LOCK] = "lock",
	[CHECK_APPROVER] = "approver",
	[CHECK_DRILL] = "drill",
	[CHECK_OTHER] = "other",
};

WORDS(readiness_code, enum readiness_code, readiness_codes, CHECK_OTHER);
