/* The scenarios of a rollback (the plan, §6): which runbook each is, and what it
 * asks of the gate. */
#include "server/gate-private.h"

#include "base/alloc.h"

static const struct scenario scenarios[] = {
	{.name = "regression", .returns = true},
	{.name = "schema", .book = "rollback-schema", .returns = true,
	    .restores = true},
	{.name = "credentials", .book = "rollback-credentials"},
	{.name = "host-down", .book = "rollback-host-down"},
	{.name = "hotfix", .book = "hotfix-staging"},
};

#define SCENARIOS (sizeof(scenarios) / sizeof(scenarios[0]))

const struct scenario *
scenario_find(const char *name, struct err *e)
{
	struct buf all = BUF_INIT(1024);
	size_t i;

	if (!name)
		return &scenarios[0];
	for (i = 0; i < SCENARIOS; i++) {
		if (strcmp(scenarios[i].name, name) == 0)
			return &scenarios[i];
		buf_addf(&all, "%s%s", i ? ", " : "", scenarios[i].name);
	}
	err_set(e, "there is no scenario '%s': %s", name, buf_str(&all));
	buf_release(&all);
	return NULL;
}

bool
scenario_leaves_bad(const char *book)
{
	size_t i;

	for (i = 0; i < SCENARIOS; i++)
		if (scenarios[i].book && strcmp(scenarios[i].book, book) == 0)
			return scenarios[i].returns;
	return strncmp(book, "rollback", 8) == 0;
}

/* The names that the runbook's parameters KIND_backup get, so that the plan can
 * say what would be lost. */
void
scenario_backups(const struct environment *env, struct plan *p, size_t *count)
{
	const struct backup *b;
	char *name;
	size_t i;

	for (i = 0; i < env->backup_count; i++) {
		name = xasprintf("%s_backup", env->backups[i].kind);
		b = backup_newest(&env->backups[i], RUNG_READ);
		if (b && book_parameter(p->book, name) &&
		    !book_value(p->values, name))
			values_add(&p->values, count, name, b->name, false);
		free(name);
	}
}

/* When the oldest of the backups that a restore would take was taken. */
static int64_t
restores_to(const struct environment *env)
{
	int64_t at = TIME_UNKNOWN;
	const struct backup *b;
	size_t i;

	for (i = 0; i < env->backup_count; i++) {
		b = backup_newest(&env->backups[i], RUNG_READ);
		if (b && b->taken_at != TIME_UNKNOWN &&
		    (at == TIME_UNKNOWN || b->taken_at < at))
			at = b->taken_at;
	}
	return at;
}

void
scenario_check_restore(const struct environment *env, struct plan *p)
{
	int64_t at = restores_to(env);
	char text[CLOCK_TEXT_MAX];

	p->needs_reason = true;
	if (at == TIME_UNKNOWN)
		plan_block(p, "no backup of %s was fully read: verify them "
		    "first (vigie backups verify %s)", p->environment,
		    p->environment);
	else
		plan_warn(p, "what was written after %s is lost",
		    clock_rfc3339(at, text));
}
