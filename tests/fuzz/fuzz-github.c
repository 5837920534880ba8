/* What GitHub answers: bodies, refusals, links. */
#include "fuzz.h"

#include "base/alloc.h"
#include "model/tables.h"
#include "source/github-parse.h"
#include "source/github-verdict.h"

static bool
counts(void *arg, int64_t run)
{
	(void)arg;
	return run != 7;
}

static void
lists(const struct json *v)
{
	struct pipeline_job *jobs = NULL;
	struct approval *approvals = NULL;
	struct workflow *workflows = NULL;
	struct gate *gates = NULL;
	struct deployment *deployments = NULL;
	struct pull *pulls = NULL;
	struct runner *runners = NULL;
	size_t n[7] = {0};

	github_jobs_parse(v, &jobs, &n[0], NULL);
	list_release(jobs, n[0], &jobs_list);
	github_approvals_parse(v, &approvals, &n[1], NULL);
	list_release(approvals, n[1], &approvals_list);
	github_workflows_parse(v, &workflows, &n[2], NULL);
	list_release(workflows, n[2], &workflows_list);
	github_gates_parse(v, &gates, &n[3], NULL);
	list_release(gates, n[3], &gates_list);
	if (github_deployments_parse(v, &deployments, &n[4], NULL) == 0 &&
	    n[4])
		github_statuses_parse(v, &deployments[0], NULL);
	list_release(deployments, n[4], &deployments_list);
	github_pulls_parse(v, &pulls, &n[5], NULL);
	list_release(pulls, n[5], &pulls_list);
	github_runners_parse(v, &runners, &n[6], NULL);
	list_release(runners, n[6], &runners_list);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = xstrndup((const char *)data, size), *link;
	struct json *v = json_parse((const char *)data, size, NULL);
	struct commit_checks *c = list_new(1, &checks_list);
	struct github_runs runs = {NULL, 0};
	struct github_reviews reviews = {NULL, 0};

	lists(v);
	github_reviews_parse(v, &reviews, NULL);
	github_reviews_release(&reviews);
	github_runs_parse(v, &runs, NULL);
	github_runs_release(&runs);
	github_check_runs_parse(v, c, counts, NULL, NULL);
	github_combined_parse(v, c, NULL);
	github_checks_finish(c);
	list_release(c, 1, &checks_list);
	free(github_policies_parse(v, NULL));
	free(github_login_parse(v));
	json_free(v);
	free(github_complaint((const char *)data, size));
	link = github_link_next(text);
	if (link)
		github_path_within("https://g/api/v3", link);
	free(link);
	github_path_within("https://g/api/v3", text);
	free(text);
	return 0;
}
