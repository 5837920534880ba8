/* Environments at GitHub: their gates, and what was deployed there. */
#include "source/github-private.h"

#include "base/alloc.h"
#include "model/tables.h"

/* --- environments --------------------------------------------------------- */

static struct gate *
find_gate(struct gate *list, size_t count, const char *theirs)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (list[i].github_environment &&
		    strcmp(list[i].github_environment, theirs) == 0)
			return &list[i];
	return NULL;
}

/* One for each environment of ours that GitHub has, or that a workflow
 * deploys. */
static void
choose_gates(struct github *g, struct gate *all, size_t count)
{
	struct pipelines *p = github_pipelines(g);
	struct gate *list = list_new(g->c->environment_count, &gates_list);
	struct gate *found, *old;
	size_t n = 0, i;

	for (i = 0; i < g->c->environment_count && n < gates_list.max; i++) {
		const struct conf_environment *e = &g->c->environments[i];

		found = find_gate(all, count, e->github_environment);
		if (!found && !github_is_deployed(g, e->name))
			continue;
		old = find_gate(p->gates, p->gate_count,
		    e->github_environment);
		if (found) {
			list[n] = *found;
			memset(found, 0, sizeof(*found));
		} else {
			list[n].exists = TRI_NO;
			xstrset(&list[n].github_environment,
			    e->github_environment);
		}
		xstrset(&list[n].environment, e->name);
		if (list[n].branches && strcmp(list[n].branches,
		    GITHUB_CHOSEN_REFS) == 0) {
			if (old && old->branches)
				xstrset(&list[n].branches, old->branches);
			github_ask(g, PART_POLICIES, 0, e->github_environment);
		}
		n++;
	}
	list_release(p->gates, p->gate_count, &gates_list);
	p->gates = list;
	p->gate_count = n;
}

int
github_take_environments(struct github *g, const struct github_question *q,
    const struct github_answer *a, struct err *e)
{
	struct gate *all = NULL;
	size_t count = 0, i;
	int result = 0;

	(void)q;
	for (i = 0; i < a->page_count && result == 0; i++)
		result = github_gates_parse(a->pages[i], &all, &count, e);
	if (result == 0)
		choose_gates(g, all, count);
	list_release(all, count, &gates_list);
	return result;
}

int
github_take_policies(struct github *g, const struct github_question *q,
    const struct github_answer *a, struct err *e)
{
	struct pipelines *p = github_pipelines(g);
	struct gate *gate = find_gate(p->gates, p->gate_count, q->name);
	char *names = github_policies_parse(a->pages[0], e);

	if (!names)
		return -1;
	if (gate)
		xstrset(&gate->branches, names);
	free(names);
	return 0;
}

/* --- deployments ---------------------------------------------------------- */

static int
newest_first(const void *a, const void *b)
{
	const struct deployment *x = a, *y = b;

	if (x->created_at != y->created_at)
		return (x->created_at < y->created_at) -
		    (x->created_at > y->created_at);
	return (x->id < y->id) - (x->id > y->id);
}

static struct deployment *
find_deployment(struct pipelines *p, int64_t id)
{
	size_t i;

	for (i = 0; i < p->deployment_count; i++)
		if (p->deployments[i].id == id)
			return &p->deployments[i];
	return NULL;
}

static bool
is_final(const char *state)
{
	static const char *const words[] = {"success", "failure", "error",
	    "inactive"};
	size_t i;

	for (i = 0; state && i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(state, words[i]) == 0)
			return true;
	return false;
}

/* Those of other environments stay; those of this one are as listed. */
static void
merge_deployments(struct github *g, const char *theirs,
    struct deployment *fresh, size_t count)
{
	struct pipelines *p = github_pipelines(g);
	struct deployment *list, *old;
	size_t n = 0, i;

	list = list_new(count + p->deployment_count, &deployments_list);
	for (i = 0; i < count; i++, n++) {
		list[n] = fresh[i];
		memset(&fresh[i], 0, sizeof(fresh[i]));
		xstrset(&list[n].environment, github_our_environment(g,
		    theirs));
		old = find_deployment(p, list[n].id);
		if (old) {
			xstrset(&list[n].state, old->state);
			list[n].state_at = old->state_at;
		}
		if (!is_final(list[n].state) || (n == 0 && g->slow))
			github_ask(g, PART_STATUSES, list[n].id, NULL);
	}
	for (i = 0; i < p->deployment_count; i++) {
		old = &p->deployments[i];
		if (old->github_environment &&
		    strcmp(old->github_environment, theirs) != 0) {
			list[n++] = *old;
			memset(old, 0, sizeof(*old));
		}
	}
	qsort(list, n, sizeof(*list), newest_first);
	list_release(p->deployments, p->deployment_count, &deployments_list);
	p->deployments = list;
	p->deployment_count = n;
}

int
github_take_deployments(struct github *g, const struct github_question *q,
    const struct github_answer *a, struct err *e)
{
	struct deployment *list = NULL;
	size_t count = 0, i;
	int result = 0;

	for (i = 0; i < a->page_count && result == 0; i++)
		result = github_deployments_parse(a->pages[i], &list, &count,
		    e);
	if (result == 0)
		merge_deployments(g, q->name, list, count);
	list_release(list, count, &deployments_list);
	return result;
}

int
github_take_statuses(struct github *g, const struct github_question *q,
    const struct github_answer *a, struct err *e)
{
	struct deployment *d = find_deployment(github_pipelines(g), q->id);

	return d ? github_statuses_parse(a->pages[0], d, e) : 0;
}
