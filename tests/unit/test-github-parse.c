/* GitHub's answers and refusals, read. */
#include "unit.h"

#include "base/alloc.h"
#include "base/text.h"
#include "data.h"
#include "model/tables.h"
#include "source/github-cache.h"
#include "source/github-parse.h"
#include "source/github-private.h"

static struct json *
load(const char *name)
{
	struct buf b = data_load("github", name);
	struct json *v = json_parse(b.data, b.len, NULL);

	ck_assert_msg(v != NULL, "%s is no JSON", name);
	buf_release(&b);
	return v;
}

static int64_t
at(const char *text)
{
	int64_t t;

	ck_assert_int_eq(clock_parse_rfc3339(text, &t), 0);
	return t;
}

/* --- what works well ------------------------------------------------------ */

START_TEST(runs_have_their_file_and_state)
{
	struct json *v = load("runs.json");
	struct github_runs runs = {NULL, 0};
	const struct pipeline_run *r;

	ck_assert_int_eq(github_runs_parse(v, &runs, NULL), 0);
	ck_assert_int_eq(runs.count, 6);
	ck_assert_str_eq(runs.items[0].file, "deploy-prod.yml");
	r = &runs.items[0].run;
	ck_assert_int_eq(r->id, 9007);
	ck_assert_int_eq(r->number, 31);
	ck_assert_int_eq(r->state, RUN_WAITING);
	ck_assert_str_eq(r->branch, "v1.8.0");
	ck_assert_str_eq(r->actor, "yan");
	ck_assert_str_eq(r->event, "push");
	ck_assert_int_eq(r->created_at, at("2026-06-15T08:20:00Z"));
	ck_assert_int_eq(r->duration_ms, -1);
	/* Neither colours nor a turned direction. */
	ck_assert_int_eq(runs.items[1].run.state, RUN_IN_PROGRESS);
	ck_assert_str_eq(runs.items[1].run.title, "feat: red and gnol");
	r = &runs.items[2].run;
	ck_assert_int_eq(r->attempt, 2);
	ck_assert_int_eq(r->state, RUN_FAILURE);
	ck_assert_int_eq(r->started_at, at("2026-06-15T08:00:00Z"));
	github_runs_release(&runs);
	json_free(v);
}
END_TEST

START_TEST(one_run_is_a_page_too)
{
	static const char text[] = "{\"id\":7,\"path\":\".github/workflows/"
	    "ci.yml@refs/heads/main\",\"status\":\"pending\",\"actor\":"
	    "{\"login\":\"yan\"}}";
	struct json *v = json_parse(text, sizeof(text) - 1, NULL);
	struct github_runs runs = {NULL, 0};

	ck_assert_int_eq(github_runs_parse(v, &runs, NULL), 0);
	ck_assert_int_eq(runs.count, 1);
	ck_assert_str_eq(runs.items[0].file, "ci.yml");
	ck_assert_int_eq(runs.items[0].run.state, RUN_QUEUED);
	ck_assert_str_eq(runs.items[0].run.actor, "yan");
	ck_assert_ptr_null(runs.items[0].run.title);
	ck_assert_int_eq(runs.items[0].run.attempt, -1);
	github_runs_release(&runs);
	json_free(v);
}
END_TEST

START_TEST(jobs_have_their_steps)
{
	struct json *v = load("jobs.json");
	struct pipeline_job *jobs = NULL;
	size_t count = 0;

	ck_assert_int_eq(github_jobs_parse(v, &jobs, &count, NULL), 0);
	ck_assert_int_eq(count, 3);
	ck_assert_str_eq(jobs[1].name, "deploy");
	ck_assert_str_eq(jobs[1].runner, "ops-runner-1");
	ck_assert_int_eq(jobs[1].state, RUN_FAILURE);
	ck_assert_int_eq(jobs[1].step_count, 3);
	ck_assert_str_eq(jobs[1].steps[1].name, "ssh deploy");
	ck_assert_int_eq(jobs[1].steps[1].number, 2);
	ck_assert_int_eq(jobs[1].steps[1].state, RUN_FAILURE);
	ck_assert_int_eq(jobs[1].steps[2].state, RUN_SKIPPED);
	ck_assert_int_eq(jobs[1].completed_at, at("2026-06-15T09:31:30Z"));
	ck_assert_ptr_null(jobs[2].runner);
	list_release(jobs, count, &jobs_list);
	json_free(v);
}
END_TEST

START_TEST(approvals_say_who_and_whether_i_may)
{
	struct json *v = load("pending.json");
	struct approval *list = NULL;
	size_t count = 0;

	ck_assert_int_eq(github_approvals_parse(v, &list, &count, NULL), 0);
	ck_assert_int_eq(count, 1);
	ck_assert_str_eq(list[0].github_environment, "production");
	ck_assert_int_eq(list[0].environment_id, 902);
	ck_assert_str_eq(list[0].reviewers, "yan, ops-team");
	ck_assert_int_eq(list[0].mine, TRI_NO);
	ck_assert_int_eq(list[0].since, TIME_UNKNOWN);
	list_release(list, count, &approvals_list);
	json_free(v);
}
END_TEST

START_TEST(a_gate_is_its_rules)
{
	struct json *v = load("environments.json"), *p = load("policies.json");
	struct gate *list = NULL;
	size_t count = 0;
	char *names;

	ck_assert_int_eq(github_gates_parse(v, &list, &count, NULL), 0);
	ck_assert_int_eq(count, 2);
	ck_assert_str_eq(list[0].github_environment, "staging");
	ck_assert_int_eq(list[0].reviewed, TRI_NO);
	ck_assert_int_eq(list[0].reviewer_count, 0);
	ck_assert_int_eq(list[0].wait_minutes, 0);
	ck_assert_int_eq(list[0].prevents_self_review, TRI_UNKNOWN);
	ck_assert_ptr_null(list[0].branches);
	ck_assert_int_eq(list[1].reviewed, TRI_YES);
	ck_assert_int_eq(list[1].reviewer_count, 2);
	ck_assert_str_eq(list[1].reviewers, "yan, ops-team");
	ck_assert_int_eq(list[1].prevents_self_review, TRI_YES);
	ck_assert_int_eq(list[1].admins_bypass, TRI_YES);
	ck_assert_int_eq(list[1].wait_minutes, 10);
	ck_assert_str_eq(list[1].branches, GITHUB_CHOSEN_REFS);
	names = github_policies_parse(p, NULL);
	ck_assert_str_eq(names, "v*, main");
	free(names);
	list_release(list, count, &gates_list);
	json_free(v);
	json_free(p);
}
END_TEST

/* An answer without rules is no proof that there is no gate. */
START_TEST(a_gate_without_rules_is_unknown)
{
	static const char text[] = "{\"environments\":[{\"name\":\"x\"}]}";
	struct json *v = json_parse(text, sizeof(text) - 1, NULL);
	struct gate *list = NULL;
	size_t count = 0;

	ck_assert_int_eq(github_gates_parse(v, &list, &count, NULL), 0);
	ck_assert_int_eq(list[0].reviewed, TRI_UNKNOWN);
	ck_assert_int_eq(list[0].admins_bypass, TRI_UNKNOWN);
	ck_assert_int_eq(list[0].wait_minutes, -1);
	list_release(list, count, &gates_list);
	json_free(v);
}
END_TEST

START_TEST(a_deployment_has_its_newest_status)
{
	struct json *v = load("deployments.json"), *s = load("statuses.json");
	struct deployment *list = NULL;
	size_t count = 0;

	ck_assert_int_eq(github_deployments_parse(v, &list, &count, NULL), 0);
	ck_assert_int_eq(count, 2);
	ck_assert_int_eq(list[0].id, 701);
	ck_assert_str_eq(list[0].creator, "corentin");
	ck_assert_ptr_null(list[0].state);
	ck_assert_int_eq(github_statuses_parse(s, &list[0], NULL), 0);
	ck_assert_str_eq(list[0].state, "success");
	ck_assert_int_eq(list[0].state_at, at("2026-06-15T07:46:50Z"));
	list_release(list, count, &deployments_list);
	json_free(v);
	json_free(s);
}
END_TEST

static bool
not_the_deployment(void *arg, int64_t run)
{
	++*(int *)arg;
	return run != 9007;
}

START_TEST(checks_are_put_together)
{
	struct json *v = load("check-runs.json"), *s = load("status.json");
	struct json *none = load("status-none.json");
	struct commit_checks *c = list_new(1, &checks_list);
	int asked = 0;

	/* "pending", without any status: nothing is known. */
	ck_assert_int_eq(github_combined_parse(none, c, NULL), 0);
	github_checks_finish(c);
	ck_assert_int_eq(c->total, 0);
	ck_assert_int_eq(c->ci, RUN_UNKNOWN);
	ck_assert_int_eq(github_check_runs_parse(v, c, not_the_deployment,
	    &asked, NULL), 0);
	ck_assert_int_eq(asked, 4);
	ck_assert_int_eq(github_combined_parse(s, c, NULL), 0);
	ck_assert_int_eq(c->total, 4);
	ck_assert_int_eq(c->failed, 2);
	ck_assert_int_eq(c->pending, 1);
	ck_assert_str_eq(c->failing, "unit, ci/sonar");
	github_checks_finish(c);
	ck_assert_int_eq(c->ci, RUN_FAILURE);
	c->failed = 0;
	github_checks_finish(c);
	ck_assert_int_eq(c->ci, RUN_IN_PROGRESS);
	c->pending = 0;
	github_checks_finish(c);
	ck_assert_int_eq(c->ci, RUN_SUCCESS);
	list_release(c, 1, &checks_list);
	json_free(v);
	json_free(s);
	json_free(none);
}
END_TEST

START_TEST(the_rest_is_read)
{
	struct json *issues = load("issues.json"), *all = load("runners.json");
	struct json *user = load("user.json"), *w = load("workflows.json");
	struct workflow *workflows = NULL;
	struct runner *runners = NULL;
	struct pull *pulls = NULL;
	size_t p = 0, r = 0, n = 0;
	char *login;

	/* The other one is an issue. */
	ck_assert_int_eq(github_pulls_parse(issues, &pulls, &p, NULL), 0);
	ck_assert_int_eq(p, 1);
	ck_assert_str_eq(pulls[0].title, "Fix the login");
	ck_assert_int_eq(pulls[0].number, 42);
	ck_assert_int_eq(pulls[0].draft, TRI_NO);
	ck_assert_int_eq(github_runners_parse(all, &runners, &r, NULL), 0);
	ck_assert_int_eq(r, 1);
	ck_assert_str_eq(runners[0].name, "ops-box");
	ck_assert_int_eq(runners[0].online, TRI_YES);
	ck_assert_int_eq(runners[0].busy, TRI_NO);
	login = github_login_parse(user);
	ck_assert_str_eq(login, "yan");
	ck_assert_int_eq(github_workflows_parse(w, &workflows, &n, NULL), 0);
	ck_assert_int_eq(n, 5);
	ck_assert_str_eq(workflows[0].file, "ci.yml");
	ck_assert_int_eq(workflows[0].exists, TRI_YES);
	free(login);
	list_release(pulls, p, &pulls_list);
	list_release(runners, r, &runners_list);
	list_release(workflows, n, &workflows_list);
	json_free(issues);
	json_free(all);
	json_free(user);
	json_free(w);
}
END_TEST

START_TEST(another_shape_is_an_error)
{
	static const char text[] = "{\"workflow_runs\":{\"id\":\"x\"},"
	    "\"jobs\":7,\"statuses\":null}";
	struct json *v = json_parse(text, sizeof(text) - 1, NULL);
	struct github_runs runs = {NULL, 0};
	struct pipeline_job *jobs = NULL;
	struct commit_checks *c = list_new(1, &checks_list);
	struct approval *list = NULL;
	size_t count = 0;
	struct err e;

	ck_assert_int_eq(github_runs_parse(v, &runs, &e), -1);
	ck_assert_str_eq(e.text, "expected a list called workflow_runs");
	ck_assert_int_eq(github_jobs_parse(v, &jobs, &count, NULL), -1);
	ck_assert_int_eq(github_approvals_parse(v, &list, &count, &e), -1);
	ck_assert_str_eq(e.text, "expected a list");
	ck_assert_int_eq(github_combined_parse(v, c, NULL), -1);
	/* Nothing was counted, not even that there is none. */
	ck_assert_int_eq(c->total, -1);
	ck_assert_int_eq(runs.count + count, 0);
	list_release(c, 1, &checks_list);
	json_free(v);
}
END_TEST

START_TEST(a_refusal_says_why)
{
	struct buf b = data_load("github", "invalid.json");
	char *text = github_complaint(b.data, b.len);

	ck_assert_str_eq(text, "Validation Failed: q is missing, Something "
	    "else, No pending deployment requests");
	free(text);
	buf_release(&b);
	ck_assert_ptr_null(github_complaint("<html>", 6));
}
END_TEST

/* --- durations and the word for a workflow -------------------------------- */

static struct pipeline_job *
job(struct pipeline_run *r, enum run_state s, int64_t from, int64_t to)
{
	struct pipeline_job *j;

	r->jobs = xreallocarray(r->jobs, r->job_count + 1, sizeof(*j));
	j = &r->jobs[r->job_count++];
	*j = (struct pipeline_job){.state = s, .started_at = from,
				   .completed_at = to};
	return j;
}

START_TEST(waiting_for_approval_does_not_count)
{
	struct workflow w = {.approval = true};
	struct pipeline_run r = {.state = RUN_SUCCESS, .started_at = 1000,
				 .updated_at = 9000000};

	ck_assert_int_eq(github_duration(&w, &r, 0), -1);
	job(&r, RUN_SUCCESS, 8000000, 8090000);	/* after the approval */
	job(&r, RUN_SUCCESS, 2000, 62000);
	job(&r, RUN_SUCCESS, 2000, 32000);		/* beside the other */
	job(&r, RUN_SKIPPED, 9000000, 9000000);
	job(&r, RUN_SUCCESS, 10, 900);		/* of an earlier attempt */
	ck_assert_int_eq(github_duration(&w, &r, 0), 150000);
	/* Without approval, all from the first to the last is work. */
	w.approval = false;
	ck_assert_int_eq(github_duration(&w, &r, 0), 8088000);
	free(r.jobs);
	r.jobs = NULL;
	r.job_count = 0;
	ck_assert_int_eq(github_duration(&w, &r, 0), 8999000);
	r.state = RUN_IN_PROGRESS;
	ck_assert_int_eq(github_duration(&w, &r, 5000), -1);
	job(&r, RUN_IN_PROGRESS, 2000, TIME_UNKNOWN);
	ck_assert_int_eq(github_duration(&w, &r, 5000), 3000);
	free(r.jobs);
}
END_TEST

START_TEST(a_workflow_is_as_its_newest_run)
{
	struct pipeline_run runs[] = {
		{.state = RUN_SKIPPED, .duration_ms = -1},
		{.state = RUN_SUCCESS, .duration_ms = 61000},
	};
	struct workflow w = {.exists = TRI_YES, .limit_ms = 60000};

	ck_assert_int_eq(github_workflow_status(&w), STATUS_UNKNOWN);
	w.runs = runs;
	w.run_count = 2;
	ck_assert_int_eq(github_workflow_status(&w), STATUS_WARN);
	runs[1].duration_ms = 60000;
	ck_assert_int_eq(github_workflow_status(&w), STATUS_OK);
	runs[0].state = RUN_FAILURE;
	ck_assert_int_eq(github_workflow_status(&w), STATUS_CRIT);
	w.exists = TRI_NO;
	ck_assert_int_eq(github_workflow_status(&w), STATUS_WARN);
}
END_TEST

/* --- verdicts ------------------------------------------------------------- */

#define NOW INT64_C(1780000000000)

/* Headers as http.h has them: name, NUL, value, NUL, … */
static const struct {
	int status;
	const char *headers, *body, *error;
	enum api_trouble trouble;
	bool general;
	int64_t wait_ms;
	const char *words;	/* in the error */
} verdicts[] = {
	{200, "", "{}", NULL, API_OK, false, 0, NULL},
	{304, "", "", NULL, API_OK, false, 0, NULL},
	{401, "", "{\"message\":\"Bad credentials\"}", NULL, API_CREDENTIAL,
	    true, 0, "put a valid one in /secret/token"},
	{403, "X-Accepted-GitHub-Permissions\0administration=read\0"
	    "X-RateLimit-Remaining\0" "4000\0", "{\"message\":\"Resource not "
	    "accessible\"}", NULL, API_DENIED, false, 0,
	    "denies the runs (403): the token needs the permission "
	    "administration=read"},
	{403, "", "{\"message\":\"Must have admin rights\"}", NULL,
	    API_DENIED, false, 0, "(403): Must have admin rights"},
	{404, "", "{\"message\":\"Not Found\"}", NULL, API_DENIED, false, 0,
	    "the runs of o/r (404): the name is wrong, or the token"},
	{403, "X-RateLimit-Remaining\0" "0\0X-RateLimit-Limit\0" "5000\0"
	    "X-RateLimit-Reset\0" "1780000090\0", "{}", NULL, API_LIMITED,
	    true, 91000, "allowance of 5000 requests"},
	{429, "X-RateLimit-Remaining\0" "0\0X-RateLimit-Reset\0"
	    "1780000090\0", "{}", NULL, API_LIMITED, true, 91000,
	    "nothing is asked before"},
	/* A reset in the past, and one a year away. */
	{403, "X-RateLimit-Remaining\0" "0\0X-RateLimit-Reset\0"
	    "1700000000\0", "{}", NULL, API_LIMITED, true, 1000, "spent"},
	{403, "X-RateLimit-Remaining\0" "0\0X-RateLimit-Reset\0"
	    "1890000000\0", "{}", NULL, API_LIMITED, true,
	    GITHUB_WAIT_MAX_MS, "spent"},
	{403, "Retry-After\0" "120\0", "{}", NULL, API_SECONDARY_LIMIT, true,
	    120000, "secondary limit"},
	{429, "", "{}", NULL, API_SECONDARY_LIMIT, true, 60000, "(429"},
	{403, "X-RateLimit-Remaining\0" "4000\0", "{\"message\":\"You have "
	    "exceeded a secondary rate limit.\"}", NULL, API_SECONDARY_LIMIT,
	    true, 60000, "fewer requests"},
	{422, "", "{\"message\":\"Validation Failed\"}", NULL, API_INVALID,
	    false, 0, "(422): Validation Failed"},
	{301, "Location\0https://elsewhere/\033[1m\0", "", NULL, API_INVALID,
	    false, 0, "moved (301) to https://elsewhere/: correct"},
	{502, "", "<html>", NULL, API_SERVER, true, 0,
	    "trouble of its own (502)"},
	{200, "", "", "no answer from x within 10 s", API_UNREACHABLE, true,
	    0, "no answer from x within 10 s"},
};

START_TEST(each_trouble_has_its_words)
{
	const struct conf_github c = {
		.repository = (char *)"o/r",
		.token.file = (char *)"/secret/token",
	};
	const struct http_reply r = {
		.status = verdicts[_i].status, .error = verdicts[_i].error,
		.headers = verdicts[_i].headers, .body = verdicts[_i].body,
		.body_len = strlen(verdicts[_i].body),
	};
	struct github_verdict v;

	github_judge(&r, &c, "the runs", NOW, &v);
	ck_assert_int_eq(v.trouble, verdicts[_i].trouble);
	ck_assert_int_eq(v.general, verdicts[_i].general);
	ck_assert_int_eq(v.wait_ms, verdicts[_i].wait_ms);
	if (verdicts[_i].words)
		ck_assert_msg(v.error && strstr(v.error, verdicts[_i].words),
		    "\"%s\" is not in \"%s\"", verdicts[_i].words,
		    v.error ? v.error : "");
	else
		ck_assert_ptr_null(v.error);
	github_verdict_release(&v);
}
END_TEST

/* --- links ---------------------------------------------------------------- */

START_TEST(the_next_page_is_found)
{
	char *next = github_link_next("<https://h/a?page=1>; rel=\"prev\", "
	    "<https://h/a?page=3&x=1,2>; rel=\"next\", <https://h/a?page=9>; "
	    "rel=\"last\"");

	ck_assert_str_eq(next, "https://h/a?page=3&x=1,2");
	free(next);
	ck_assert_ptr_null(github_link_next("<https://h/a>; rel=\"last\""));
	ck_assert_ptr_null(github_link_next("<https://h/a"));
	ck_assert_ptr_null(github_link_next(NULL));
}
END_TEST

static const struct {
	const char *base, *url, *path;
} links[] = {
	{"https://api.github.com", "https://api.github.com/repos/a?page=2",
	    "/repos/a?page=2"},
	{"https://api.github.com", "https://API.github.com/x", "/x"},
	{"https://api.github.com", "http://api.github.com/x", NULL},
	{"https://api.github.com", "https://api.github.com.evil/x", NULL},
	{"https://api.github.com", "https://api.github.com@evil/x", NULL},
	{"https://api.github.com", "https://api.github.com:444/x", NULL},
	{"https://api.github.com", "https://api.github.com", NULL},
	{"https://api.github.com", "/repos/a", NULL},
	{"https://api.github.com", "https://api.github.com/a b", NULL},
	{"https://api.github.com", "https://api.github.com/a\\b", NULL},
	{"https://g/api/v3", "https://g/api/v3/x/.y/..z?q=../..",
	    "/x/.y/..z?q=../.."},
	{"https://g/api/v3", "https://g/API/v3/x", NULL},
	{"https://g/api/v3", "https://g/api/v3", NULL},
	{"https://g/api/v3", "https://g/api/v33/x", NULL},
	{"https://g/api/v3", "https://g/api/v3/../x", NULL},
	{"https://g/api/v3", "https://g/api/v3/%2e%2E/x", NULL},
	{"https://g/api/v3", "https://g/api/v3/x/.%2e", NULL},
	{"https://g/api/v3", "https://g/steal", NULL},
};

START_TEST(no_link_leaves_the_base)
{
	const char *path = github_path_within(links[_i].base, links[_i].url);

	if (links[_i].path)
		ck_assert_str_eq(path, links[_i].path);
	else
		ck_assert_msg(path == NULL, "%s leads within %s",
		    links[_i].url, links[_i].base);
}
END_TEST

START_TEST(names_are_escaped)
{
	struct buf b = BUF_INIT(1000);

	github_escape(&b, "très/a b&c?#%~");
	ck_assert_str_eq(buf_str(&b), "tr%C3%A8s%2Fa%20b%26c%3F%23%25~");
	buf_release(&b);
}
END_TEST

/* --- the cache ------------------------------------------------------------ */

START_TEST(the_cache_has_a_ceiling)
{
	struct github_cache *c = github_cache_new();
	size_t len = 1 << 20, i;
	char *body = xcalloc(1, GITHUB_CACHE_BODY_MAX + 2), path[32];
	const struct github_cached *found;

	memset(body, 'x', GITHUB_CACHE_BODY_MAX + 1);
	for (i = 0; i < 40; i++) {
		snprintf(path, sizeof(path), "/%zu", i);
		github_cache_put(c, path, &(struct github_cached){"\"e\"",
		    body, len, NULL});
		/* The first is asked for again and again. */
		ck_assert_ptr_nonnull(github_cache_find(c, "/0"));
		ck_assert(github_cache_bytes(c) <= GITHUB_CACHE_BYTES);
	}
	ck_assert_ptr_null(github_cache_find(c, "/1"));
	ck_assert_ptr_nonnull(github_cache_find(c, "/39"));
	/* Replaced; and forgotten, when the new one is too long. */
	github_cache_put(c, "/0", &(struct github_cached){"\"f\"", "{}", 2,
	    "next"});
	found = github_cache_find(c, "/0");
	ck_assert_str_eq(found->etag, "\"f\"");
	ck_assert_str_eq(found->body, "{}");
	ck_assert_str_eq(found->next, "next");
	github_cache_put(c, "/0", &(struct github_cached){"\"g\"", body,
	    GITHUB_CACHE_BODY_MAX + 1, NULL});
	ck_assert_ptr_null(github_cache_find(c, "/0"));
	for (i = 0; i < 2 * GITHUB_CACHE_ITEMS; i++) {
		snprintf(path, sizeof(path), "/s%zu", i);
		github_cache_put(c, path, &(struct github_cached){"\"e\"",
		    "{}", 2, NULL});
	}
	ck_assert(github_cache_bytes(c) <= 2 * GITHUB_CACHE_ITEMS);
	github_cache_free(c);
	free(body);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("github-parse");
	TCase *t = tcase_create("answers");

	tcase_add_test(t, runs_have_their_file_and_state);
	tcase_add_test(t, one_run_is_a_page_too);
	tcase_add_test(t, jobs_have_their_steps);
	tcase_add_test(t, approvals_say_who_and_whether_i_may);
	tcase_add_test(t, a_gate_is_its_rules);
	tcase_add_test(t, a_gate_without_rules_is_unknown);
	tcase_add_test(t, a_deployment_has_its_newest_status);
	tcase_add_test(t, checks_are_put_together);
	tcase_add_test(t, the_rest_is_read);
	tcase_add_test(t, another_shape_is_an_error);
	tcase_add_test(t, a_refusal_says_why);
	suite_add_tcase(s, t);
	t = tcase_create("judging");
	tcase_add_test(t, waiting_for_approval_does_not_count);
	tcase_add_test(t, a_workflow_is_as_its_newest_run);
	tcase_add_loop_test(t, each_trouble_has_its_words, 0,
	    sizeof(verdicts) / sizeof(verdicts[0]));
	suite_add_tcase(s, t);
	t = tcase_create("links");
	tcase_add_test(t, the_next_page_is_found);
	tcase_add_loop_test(t, no_link_leaves_the_base, 0,
	    sizeof(links) / sizeof(links[0]));
	tcase_add_test(t, names_are_escaped);
	suite_add_tcase(s, t);
	t = tcase_create("cache");
	tcase_add_test(t, the_cache_has_a_ceiling);
	suite_add_tcase(s, t);
	return unit_run(s);
}
