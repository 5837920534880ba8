/* A workflow that restores a nightly backup is evidence for a series, though it
 * does not say of which backup. See backup.h. */
#include "model/backup.h"

#include "base/alloc.h"
#include "model/model.h"

static const struct pipeline_run *
last_passed(const struct workflow *w)
{
	size_t i;

	for (i = 0; i < w->run_count; i++)
		if (w->runs[i].state == RUN_SUCCESS)
			return &w->runs[i];
	return NULL;
}

static bool
concerns(const struct workflow *w, const struct environment *env)
{
	if (w->role != WORKFLOW_BACKUP_TEST)
		return false;
	return w->environment ? strcmp(w->environment, env->name) == 0 :
	    env->production;
}

static void
credit(struct environment *env, int64_t at, const char *by)
{
	size_t i;

	for (i = 0; i < env->backup_count; i++) {
		struct backup_series *s = &env->backups[i];

		if (xstrset(&s->tested_by, by) | (s->tested_at != at))
			env->changes |= CHANGE_BACKUPS;
		s->tested_at = at;
	}
}

void
backups_credit(struct model *m)
{
	const struct pipelines *p = &m->pipelines;
	const struct pipeline_run *run;
	size_t i, k;
	char *by;

	for (i = 0; i < m->environment_count; i++)
		for (k = 0; k < p->workflow_count; k++) {
			const struct workflow *w = &p->workflows[k];

			run = concerns(w, &m->environments[i]) ?
			    last_passed(w) : NULL;
			if (!run)
				continue;
			by = xasprintf("%s #%d", w->file, run->number);
			credit(&m->environments[i], run->updated_at, by);
			free(by);
		}
}
