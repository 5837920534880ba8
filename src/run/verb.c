#include "run/verb-table.h"

#include "base/alloc.h"

const struct verb *const verbs[] = {
	&verb_backup, &verb_checklist, &verb_git_tag, &verb_github_approval,
	&verb_github_run, &verb_healthy, &verb_http, &verb_job, &verb_manual,
	&verb_restore, &verb_smoke, &verb_version, &verb_wait_until,
	NULL
};

const struct verb *
verb_find(const char *name)
{
	size_t i;

	for (i = 0; verbs[i]; i++)
		if (strcmp(verbs[i]->shape.name, name) == 0)
			return verbs[i];
	return NULL;
}

struct verb_shape *
verb_shapes(const struct verb *const *table)
{
	struct verb_shape *shapes;
	size_t count = 0, i;

	while (table[count])
		count++;
	shapes = xcalloc(count + 1, sizeof(*shapes));
	for (i = 0; i < count; i++)
		shapes[i] = table[i]->shape;
	return shapes;
}
