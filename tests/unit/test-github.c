/* GitHub asked, round by round, against a server that does as it is told. */
#include "unit.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "data.h"
#include "origin.h"
#include "source/github.h"

#define DEADLINE_MS 20000
#define TOKEN "ghp_s3cret"
#define COMMIT_A "1f0c3a5b7d9e2468ace013579bdf02468ace1357"
#define RUNS "/actions/runs?per_page=50"

static struct loop *l;
static struct children *children;
static struct http *http;
static struct model model;
static struct world world;
static struct origin origin;
static struct conf conf;
static struct conf_environment environments[2];
static struct conf_workflow workflows[5];
static struct github *g;
static char token_path[64], url[64];
static int rounds;		/* calls of `changed` */
static int unchanged;		/* 304s said */
static const char *runs_file;
/* What goes otherwise than well, by part of the target; the reply's text, "" to
 * hang. */
static struct {
	const char *part;
	char *reply;
	int times;		/* -1: always */
} trouble;

/* --- GitHub's words ------------------------------------------------------- */

/* The first that fits. */
static const struct {
	const char *part, *file;
} usual[] = {
	{"/jobs?", "jobs.json"},
	{"/pending_deployments", "pending.json"},
	{"/actions/workflows?", "workflows.json"},
	{"head_sha=", "runs-quiet.json"},
	{"/environments?", "environments.json"},
	{"/deployment-branch-policies", "policies.json"},
	{"/deployments?environment=staging", "deployments.json"},
	{"/statuses?", "statuses.json"},
	{"/check-runs?", "check-runs.json"},
	{"/status?", "status.json"},
	{"/issues?", "issues.json"},
	{"/actions/runners?", "runners.json"},
	{"/user", "user.json"},
};

static void
say_file(const char *name, const char *request, struct buf *reply)
{
	struct buf b = data_load("github", name);
	char headers[300], etag[100];

	snprintf(etag, sizeof(etag), "W/\"%s-%zu\"", name, b.len);
	snprintf(headers, sizeof(headers), "ETag: %s\r\n"
	    "X-RateLimit-Limit: 5000\r\nX-RateLimit-Remaining: 4990\r\n"
	    "X-RateLimit-Reset: 1890000000\r\n", etag);
	if (strstr(request, etag)) {
		unchanged++;
		origin_say(reply, 304, headers, "", 0);
	} else {
		origin_say(reply, 200, headers, b.data, b.len);
	}
	buf_release(&b);
}

static void
on_request(const char *target, const char *request, struct buf *reply,
    void *arg)
{
	(void)arg;
	if (trouble.part && trouble.times && strstr(target, trouble.part)) {
		if (trouble.times > 0)
			trouble.times--;
		buf_adds(reply, trouble.reply);
		return;
	}
	if (strstr(target, RUNS)) {
		say_file(runs_file, request, reply);
		return;
	}
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		if (strstr(target, usual[i].part)) {
			say_file(usual[i].file, request, reply);
			return;
		}
	if (strstr(target, "/deployments?"))
		origin_say(reply, 200, "", "[]", 2);
	else if (strstr(target, "/runs?per_page=10") ||
	    strstr(target, "/runs?status=waiting"))
		origin_say(reply, 200, "", "{\"workflow_runs\":[]}", 20);
	else
		origin_say(reply, 404, "", "{\"message\":\"Not Found\"}", 23);
}

static void
upset(const char *part, int status, const char *headers, const char *body,
    int times)
{
	struct buf b = BUF_INIT(1 << 20);

	origin_say(&b, status, headers, body, strlen(body));
	free(trouble.reply);
	trouble.reply = buf_detach(&b);
	trouble.part = part;
	trouble.times = times;
}

/* --- the bed -------------------------------------------------------------- */

static void
changed(void *arg, const char *environment)
{
	(void)arg;
	ck_assert_ptr_null(environment);
	rounds++;
}

#define WAIT_FOR(predicate) do { \
	int64_t wait_until = clock_mono() + DEADLINE_MS; \
	while (!(predicate)) { \
		ck_assert_msg(clock_mono() < wait_until, \
		    "waited %d ms for " #predicate "; seen:\n%s", \
		    DEADLINE_MS, buf_str(&origin.seen)); \
		loop_turn(l, 100); \
	} \
} while (0)

/* Long enough for what must not be sent to be sent. */
static void
idle(void)
{
	for (int i = 0; i < 30; i++)
		loop_turn(l, 10);
}

static void
write_token(const char *token, mode_t mode)
{
	FILE *f;

	unlink(token_path);
	f = fopen(token_path, "w");
	ck_assert_ptr_nonnull(f);
	fprintf(f, "%s\n", token);
	fclose(f);
	ck_assert_int_eq(chmod(token_path, mode), 0);
}

static void
configure(void)
{
	static const struct conf_workflow all[] = {
		{.file = (char *)"ci.yml", .role = (char *)"ci",
		    .limit_ms = 600000},
		{.file = (char *)"deploy-staging.yml",
		    .role = (char *)"deploy",
		    .environment = (char *)"staging", .limit_ms = 300000},
		{.file = (char *)"deploy-prod.yml", .role = (char *)"deploy",
		    .environment = (char *)"prod", .limit_ms = 300000,
		    .approval = true},
		{.file = (char *)"monthly.yml",
		    .role = (char *)"backup-test", .limit_ms = 1800000},
		{.file = (char *)"e2e.yml", .role = (char *)"e2e",
		    .limit_ms = 900000},
	};

	memcpy(workflows, all, sizeof(all));
	environments[0] = (struct conf_environment){
		.name = (char *)"staging",
		.github_environment = (char *)"staging"};
	environments[1] = (struct conf_environment){
		.name = (char *)"prod",
		.github_environment = (char *)"production"};
	conf = (struct conf){
		.environments = environments, .environment_count = 2,
		.repository.branch = (char *)"main",
		.github = {.repository = (char *)"acadenice/formation-hub",
		    .url = url, .token.file = token_path,
		    .critical_label = (char *)"critical",
		    .interval_ms = 60000, .workflows = workflows,
		    .workflow_count = 5},
	};
}

static void
setup(void)
{
	log_open("/dev/null", LOG_LEVEL_ERROR, NULL);
	l = loop_new(NULL);
	children = children_new(l, NULL);
	http = http_new(l, NULL);
	model_init(&model);
	xstrset(&model.releases.head, COMMIT_A);
	origin_start(&origin, l, on_request, NULL);
	world = (struct world){.loop = l, .http = http, .model = &model,
	    .children = children, .changed = changed};
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/api/v3", origin.port);
	snprintf(token_path, sizeof(token_path), "/tmp/vigie-github-%d",
	    (int)getpid());
	write_token(TOKEN, 0600);
	configure();
	runs_file = "runs.json";
	rounds = unchanged = 0;
}

static void
teardown(void)
{
	github_free(g);
	g = NULL;
	http_free(http);
	children_free(children);
	origin_stop(&origin);
	loop_free(l);
	model_release(&model);
	unlink(token_path);
	free(trouble.reply);
	memset(&trouble, 0, sizeof(trouble));
	log_close();
}

static void
round_done(void)
{
	int before = rounds;

	WAIT_FOR(rounds > before);
}

static void
observe(void)
{
	g = github_new(&world, &conf);
	ck_assert_ptr_nonnull(g);
	round_done();
}

static const struct pipelines *
p(void)
{
	return &model.pipelines;
}

static const struct workflow *
workflow(const char *file)
{
	const struct workflow *w = pipelines_workflow(p(), file);

	ck_assert_ptr_nonnull(w);
	return w;
}

static void
check_error(enum api_trouble t, const char *words)
{
	ck_assert_int_eq(p()->api.trouble, t);
	ck_assert_msg(p()->seen.error && strstr(p()->seen.error, words),
	    "\"%s\" is not in \"%s\"", words, p()->seen.error ?
	    p()->seen.error : "");
	ck_assert_ptr_null(strstr(p()->seen.error, TOKEN));
	ck_assert_int_gt(p()->api.next_try, 0);
}

/* --- what works well ------------------------------------------------------ */

START_TEST(all_is_read)
{
	const struct pipeline_run *r;

	observe();
	ck_assert_ptr_null(p()->seen.error);
	ck_assert(p()->seen.observed_at != TIME_UNKNOWN);
	ck_assert(p()->changed && p()->attempted);
	ck_assert_int_eq(p()->workflow_count, 5);
	ck_assert_int_eq(workflow("ci.yml")->run_count, 2);
	ck_assert_int_eq(workflow("ci.yml")->exists, TRI_YES);
	ck_assert_int_eq(workflow("monthly.yml")->exists, TRI_NO);
	ck_assert_int_eq(workflow("monthly.yml")->status, STATUS_WARN);
	ck_assert_int_eq(workflow("e2e.yml")->status, STATUS_CRIT);
	r = &workflow("deploy-prod.yml")->runs[0];
	ck_assert_int_eq(r->state, RUN_WAITING);
	ck_assert_int_eq(r->job_count, 3);
	ck_assert_int_eq(r->duration_ms, 210000);
	/* Six and a half minutes of a staging that may take five. */
	ck_assert_int_eq(workflow("deploy-staging.yml")->runs[0].job_count,
	    3);
	ck_assert_int_eq(p()->approval_count, 1);
	ck_assert_str_eq(p()->approvals[0].environment, "prod");
	ck_assert_str_eq(p()->approvals[0].ref, "v1.8.0");
	ck_assert_str_eq(p()->approvals[0].reviewers, "yan, ops-team");
	ck_assert_int_eq(p()->approvals[0].mine, TRI_NO);
	ck_assert_int_eq(p()->approvals[0].since, r->updated_at);
	ck_assert_int_eq(p()->gate_count, 2);
	ck_assert_int_eq(pipelines_gate(p(), "staging")->reviewed, TRI_NO);
	ck_assert_str_eq(pipelines_gate(p(), "prod")->branches, "v*, main");
	ck_assert_str_eq(pipelines_deployed(p(), "staging")->commit,
	    COMMIT_A);
	ck_assert_ptr_null(pipelines_deployed(p(), "prod"));
}
END_TEST

START_TEST(the_rest_is_read_too)
{
	const struct commit_checks *c;

	observe();
	c = pipelines_checks(p(), COMMIT_A);
	ck_assert_ptr_nonnull(c);
	/* The job of the deployment that waits is none of its checks. */
	ck_assert_int_eq(c->total, 4);
	ck_assert_int_eq(c->ci, RUN_FAILURE);
	ck_assert_str_eq(c->failing, "unit, ci/sonar");
	ck_assert_int_eq(c->e2e, RUN_FAILURE);
	ck_assert_int_eq(p()->pull_count, 1);
	ck_assert_int_eq(p()->pulls_known, TRI_YES);
	ck_assert_int_eq(p()->runner_count, 1);
	ck_assert_str_eq(p()->api.login, "yan");
	ck_assert_int_eq(p()->api.limit, 5000);
	ck_assert_int_eq(p()->api.remaining, 4990);
	ck_assert_int_eq(p()->api.requests, origin_count(&origin, ""));
	ck_assert_str_eq(p()->permissions[0].name, "Actions: read");
	ck_assert_int_eq(p()->permissions[0].granted, TRI_YES);
	/* What a fine-grained token may write is not told. */
	ck_assert_str_eq(p()->permissions[2].name, "Deployments: write");
	ck_assert_int_eq(p()->permissions[2].granted, TRI_UNKNOWN);
	ck_assert_int_eq(origin_count(&origin, "labels=critical"), 1);
}
END_TEST

START_TEST(the_request_is_as_github_wants_it)
{
	observe();
	ck_assert_ptr_nonnull(strstr(buf_str(&origin.seen),
	    "/api/v3/repos/acadenice/formation-hub" RUNS "\n"));
	ck_assert_ptr_nonnull(strstr(buf_str(&origin.last),
	    "Authorization: Bearer " TOKEN "\r\n"));
	ck_assert_ptr_nonnull(strstr(buf_str(&origin.last),
	    "X-GitHub-Api-Version: 2022-11-28\r\n"));
	ck_assert_ptr_nonnull(strstr(buf_str(&origin.last),
	    "Accept: application/vnd.github+json, application/json\r\n"));
	ck_assert_ptr_nonnull(strstr(buf_str(&origin.last),
	    "User-Agent: "));
}
END_TEST

START_TEST(a_quiet_round_is_one_question)
{
	int first;

	runs_file = "runs-quiet.json";
	conf.github.interval_ms = 1000;
	observe();
	first = origin_count(&origin, "");
	WAIT_FOR(origin_count(&origin, RUNS) == 3);
	WAIT_FOR(p()->api.not_modified == 2);
	ck_assert_int_eq(origin_count(&origin, "") - first, 2);
	ck_assert_int_eq(unchanged, 2);
	/* The answer that was kept still says it all. */
	ck_assert_int_eq(workflow("ci.yml")->run_count, 1);
}
END_TEST

START_TEST(nothing_new_is_no_change)
{
	runs_file = "runs-quiet.json";
	/* When a commit's checks were looked at is part of what is told. */
	xstrset(&model.releases.head, NULL);
	observe();
	model_changes_clear(&model);
	github_refresh(g);
	round_done();
	ck_assert(!p()->changed && p()->attempted);
	runs_file = "runs.json";
	github_refresh(g);
	round_done();
	ck_assert(p()->changed);
}
END_TEST

START_TEST(runs_come_and_go)
{
	observe();
	ck_assert_int_eq(workflow("ci.yml")->run_count, 2);
	/* One was deleted, one has ended, and nothing waits any more. */
	runs_file = "runs-quiet.json";
	github_refresh(g);
	round_done();
	ck_assert_int_eq(workflow("ci.yml")->run_count, 1);
	ck_assert_int_eq(workflow("deploy-prod.yml")->runs[0].state,
	    RUN_SUCCESS);
	ck_assert_int_eq(p()->approval_count, 0);
}
END_TEST

/* Fifty newer runs of something else must not hide one that waits. */
START_TEST(a_run_off_the_page_is_looked_at)
{
	struct buf b = BUF_INIT(1 << 20);

	observe();
	buf_adds(&b, "{\"workflow_runs\":[");
	for (int i = 0; i < 50; i++)
		buf_addf(&b, "%s{\"id\":%d,\"path\":\"other.yml\","
		    "\"created_at\":\"2026-06-16T00:00:00Z\"}", i ? "," : "",
		    20000 + i);
	buf_adds(&b, "]}");
	upset(RUNS, 200, "", b.data, -1);
	github_refresh(g);
	round_done();
	ck_assert_ptr_nonnull(strstr(buf_str(&origin.seen),
	    "/actions/runs/9006\n"));
	ck_assert_ptr_null(strstr(buf_str(&origin.seen),
	    "/actions/runs/9003\n"));
	/* Those that are not there any more are forgotten. */
	ck_assert_int_eq(workflow("ci.yml")->run_count, 1);
	ck_assert_int_eq(workflow("ci.yml")->runs[0].id, 9003);
	buf_release(&b);
}
END_TEST

/* --- pages ---------------------------------------------------------------- */

START_TEST(all_pages_are_read)
{
	char link[200];

	snprintf(link, sizeof(link), "Link: <%s/repos/acadenice/formation-hub"
	    "/actions/runners?page=2>; rel=\"next\"\r\nETag: \"1\"\r\n", url);
	upset("/actions/runners?per", 200, link, "{\"runners\":[{\"name\":"
	    "\"one\",\"status\":\"offline\"}]}", -1);
	observe();
	ck_assert_int_eq(p()->runner_count, 2);
	ck_assert_str_eq(p()->runners[0].name, "one");
	ck_assert_int_eq(p()->runners[0].online, TRI_NO);
	ck_assert_str_eq(p()->runners[1].name, "ops-box");
	/* The first page has not changed: the link to the second is known. */
	upset("/actions/runners?per", 304, "", "", -1);
	github_refresh(g);
	round_done();
	ck_assert_int_eq(p()->runner_count, 2);
	ck_assert_int_eq(origin_count(&origin, "/actions/runners?page=2"), 2);
}
END_TEST

static const char *const elsewhere[] = {"http://127.0.0.1:%d/steal?page=2",
	"http://127.0.0.1:%d/api/v3/../steal?page=2",
	"http://127.0.0.2:%d/api/v3/steal?page=2",
	"https://127.0.0.1:%d/api/v3/steal?page=2"};

START_TEST(no_page_is_read_elsewhere)
{
	char to[100], link[200];
	size_t n = strcspn(elsewhere[_i], "%");

	snprintf(to, sizeof(to), "%.*s%d%s", (int)n, elsewhere[_i],
	    origin.port, elsewhere[_i] + n + 2);
	snprintf(link, sizeof(link), "Link: <%s>; rel=\"next\"\r\n", to);
	upset("/actions/runners", 200, link, "{\"runners\":[]}", -1);
	observe();
	check_error(API_MALFORMED, to);
	ck_assert_int_eq(origin_count(&origin, "steal"), 0);
	/* The rest was read all the same. */
	ck_assert(p()->seen.observed_at != TIME_UNKNOWN);
	ck_assert_int_eq(p()->pull_count, 1);
}
END_TEST

START_TEST(no_redirect_is_followed)
{
	upset(RUNS, 301, "Location: /api/v3/steal\r\n", "", -1);
	observe();
	check_error(API_INVALID, "moved (301) to /api/v3/steal");
	ck_assert_int_eq(origin_count(&origin, "steal"), 0);
}
END_TEST

/* --- limits --------------------------------------------------------------- */

static void
check_silence(void)
{
	int sent = origin_count(&origin, "");

	github_refresh(g);
	idle();
	ck_assert_int_eq(origin_count(&origin, ""), sent);
	/* A reload knows of it, too. */
	github_free(g);
	g = github_new(&world, &conf);
	github_refresh(g);
	idle();
	ck_assert_int_eq(origin_count(&origin, ""), sent);
}

START_TEST(a_spent_allowance_is_respected)
{
	char headers[200];

	snprintf(headers, sizeof(headers), "X-RateLimit-Limit: 5000\r\n"
	    "X-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: %lld\r\n",
	    (long long)clock_wall() / 1000 + 1800);
	upset(RUNS, 403, headers, "{\"message\":\"API rate limit exceeded\"}",
	    -1);
	observe();
	check_error(API_LIMITED, "allowance of 5000 requests an hour");
	ck_assert_int_eq(origin_count(&origin, ""), 1);
	ck_assert(p()->api.next_try > clock_wall() + 1700000);
	check_silence();
}
END_TEST

/* In the middle of a round: what was read is kept, what was to come is not
 * sent. */
START_TEST(a_secondary_limit_ends_the_round)
{
	upset("/environments?", 429, "Retry-After: 90\r\n", "{}", -1);
	observe();
	check_error(API_SECONDARY_LIMIT, "secondary limit");
	ck_assert_int_eq(workflow("ci.yml")->run_count, 2);
	ck_assert_int_eq(origin_count(&origin, "/environments?"), 1);
	ck_assert_int_eq(origin_count(&origin, "/jobs"), 0);
	ck_assert(p()->api.next_try > clock_wall() + 80000);
	check_silence();
}
END_TEST

/* The answer came, but it was the last one allowed. */
START_TEST(the_last_request_is_the_last)
{
	char headers[200];

	snprintf(headers, sizeof(headers), "X-RateLimit-Limit: 60\r\n"
	    "X-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: %lld\r\n",
	    (long long)clock_wall() / 1000 + 1800);
	upset(RUNS, 200, headers, "{\"workflow_runs\":[]}", -1);
	observe();
	check_error(API_LIMITED, "allowance of 60 requests an hour");
	ck_assert_int_eq(origin_count(&origin, ""), 1);
	check_silence();
}
END_TEST

/* --- refusals ------------------------------------------------------------- */

START_TEST(a_denied_part_does_not_fail_the_rest)
{
	upset("/actions/runners", 403, "X-Accepted-GitHub-Permissions: "
	    "administration=read\r\nX-RateLimit-Remaining: 4000\r\n",
	    "{\"message\":\"Resource not accessible by personal access "
	    "token\"}", -1);
	observe();
	ck_assert_int_eq(p()->api.trouble, API_OK);
	ck_assert_ptr_null(p()->seen.error);
	ck_assert_str_eq(p()->permissions[7].name, "Administration: read");
	ck_assert_int_eq(p()->permissions[7].granted, TRI_NO);
	ck_assert_int_eq(p()->runner_count, 0);
	ck_assert_int_eq(p()->pull_count, 1);
}
END_TEST

START_TEST(denied_runs_are_told)
{
	upset("/actions/", 403, "X-Accepted-GitHub-Permissions: actions=read"
	    "\r\n", "{\"message\":\"Resource not accessible\"}", -1);
	observe();
	check_error(API_DENIED, "needs the permission actions=read");
	ck_assert_int_eq(p()->permissions[0].granted, TRI_NO);
	ck_assert_int_eq(workflow("ci.yml")->status, STATUS_UNKNOWN);
	ck_assert_int_eq(p()->seen.observed_at, TIME_UNKNOWN);
	/* Deployments are of another permission. */
	ck_assert_ptr_nonnull(pipelines_deployed(p(), "staging"));
}
END_TEST

START_TEST(without_checks_the_ci_run_speaks)
{
	upset("/check-runs", 403, "", "{\"message\":\"no\"}", -1);
	observe();
	ck_assert_int_eq(pipelines_checks(p(), COMMIT_A)->ci, RUN_SUCCESS);
}
END_TEST

START_TEST(an_unknown_repository_ends_the_round)
{
	upset("/", 404, "", "{\"message\":\"Not Found\"}", -1);
	observe();
	check_error(API_DENIED, "(404): the name is wrong, or the token");
	ck_assert_int_eq(origin_count(&origin, ""), 1);
}
END_TEST

START_TEST(a_refused_token_is_not_sent_again)
{
	int before;

	conf.github.interval_ms = 20;
	upset("/", 401, "", "{\"message\":\"Bad credentials\"}", -1);
	observe();
	check_error(API_CREDENTIAL, "(401): put a valid one in /tmp/vigie-");
	before = rounds;
	WAIT_FOR(rounds > before + 3);
	ck_assert_int_eq(origin_count(&origin, ""), 1);
	check_error(API_CREDENTIAL, "(401): put a valid one in /tmp/vigie-");
	/* Another one is tried at once. */
	write_token("ghp_new", 0600);
	trouble.times = 0;
	WAIT_FOR(p()->api.trouble == API_OK);
	ck_assert_ptr_nonnull(strstr(buf_str(&origin.last),
	    "Bearer ghp_new\r\n"));
}
END_TEST

START_TEST(an_open_token_file_is_refused)
{
	write_token(TOKEN, 0644);
	observe();
	check_error(API_CREDENTIAL, "is open to others");
	ck_assert_int_eq(origin_count(&origin, ""), 0);
}
END_TEST

START_TEST(no_header_comes_from_a_token)
{
	write_token("abc def\xc3\xa9", 0600);
	observe();
	check_error(API_CREDENTIAL, "other characters than tokens have");
	ck_assert_int_eq(origin_count(&origin, ""), 0);
}
END_TEST

/* --- failures ------------------------------------------------------------- */

static const struct {
	const char *reply, *words;
	enum api_trouble trouble;
} failures[] = {
	{"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 6\r\n\r\n<html>",
	    "trouble of its own (502)", API_SERVER},
	{"HTTP/1.1 200 OK\r\nContent-Length: 100\r\nConnection: close\r\n"
	    "\r\n{\"workflow_runs\":[", "in the middle of its answer",
	    API_UNREACHABLE},
	{"HTTP/1.1 200 OK\r\nContent-Length: 18\r\n\r\n{\"workflow_runs\":[",
	    "cannot be read: malformed JSON", API_MALFORMED},
	{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]",
	    "not as expected: expected a list called workflow_runs",
	    API_MALFORMED},
	{"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "cannot be read",
	    API_MALFORMED},
	{"HTTP/1.1 304 Not Modified\r\n\r\n", NULL, API_OK},
	{"HTTP/1.1 422 X\r\nContent-Length: 16\r\n\r\n{\"message\":\"no\"}",
	    "(422): no", API_INVALID},
};

START_TEST(what_was_read_stays)
{
	int64_t observed;

	observe();
	observed = p()->seen.observed_at;
	free(trouble.reply);
	trouble.reply = xstrdup(failures[_i].reply);
	trouble.part = RUNS;
	trouble.times = -1;
	WAIT_FOR(clock_wall() > observed);
	github_refresh(g);
	round_done();
	ck_assert_int_eq(p()->api.trouble, failures[_i].trouble);
	ck_assert_int_eq(workflow("ci.yml")->run_count, 2);
	ck_assert_int_eq(p()->approval_count, 1);
	if (!failures[_i].words)
		return;
	check_error(failures[_i].trouble, failures[_i].words);
	ck_assert_int_eq(p()->seen.observed_at, observed);
	ck_assert(p()->seen.attempted_at > observed);
	trouble.times = 0;
	github_refresh(g);
	round_done();
	ck_assert_int_eq(p()->api.trouble, API_OK);
	ck_assert_ptr_null(p()->seen.error);
	ck_assert_int_eq(p()->api.next_try, TIME_UNKNOWN);
}
END_TEST

START_TEST(without_a_repository_there_is_none)
{
	conf.github.repository = NULL;
	ck_assert_ptr_null(github_new(&world, &conf));
	ck_assert(!p()->seen.used);
	github_refresh(NULL);
	github_free(NULL);
}
END_TEST

/* --- a run on demand ------------------------------------------------------ */

static int answers;
static size_t jobs_told;
static struct buf said;

static void
on_run(void *arg, const struct pipeline_run *run, const char *error)
{
	answers++;
	jobs_told = run ? run->job_count : 0;
	buf_clear(&said);
	buf_adds(&said, error ? error : run->jobs[1].steps[1].name);
	free(arg);
}

START_TEST(jobs_come_on_demand)
{
	buf_init(&said, 1 << 16);
	observe();
	answers = 0;
	github_run(g, 9003, on_run, xstrdup("x"));
	github_run(g, 9003, on_run, xstrdup("x"));
	ck_assert_int_eq(answers, 0);
	WAIT_FOR(answers == 2);
	ck_assert_int_eq(jobs_told, 3);
	ck_assert_str_eq(buf_str(&said), "ssh deploy");
	/* The model has those of the newest only. */
	ck_assert_int_eq(workflow("ci.yml")->runs[1].job_count, 0);
	upset("/actions/runs/9003", 404, "", "{}", -1);
	github_run(g, 9003, on_run, xstrdup("x"));
	WAIT_FOR(answers == 3);
	ck_assert_str_eq(buf_str(&said), "GitHub has that run no more");
	upset("/actions/runs/9003", 502, "", "{}", -1);
	github_run(g, 9003, on_run, xstrdup("x"));
	WAIT_FOR(answers == 4);
	ck_assert_str_eq(buf_str(&said), "GitHub has trouble of its own "
	    "(502)");
	buf_release(&said);
}
END_TEST

START_TEST(a_limit_answers_at_once)
{
	buf_init(&said, 1 << 16);
	observe();
	answers = 0;
	upset(RUNS, 429, "Retry-After: 300\r\n", "{}", -1);
	github_refresh(g);
	round_done();
	github_run(g, 9003, on_run, xstrdup("x"));
	WAIT_FOR(answers == 1);
	ck_assert_ptr_nonnull(strstr(buf_str(&said), "secondary limit"));
	ck_assert_int_eq(origin_count(&origin, "/actions/runs/9003"), 0);
	buf_release(&said);
}
END_TEST

START_TEST(what_is_under_way_can_be_dropped)
{
	free(trouble.reply);
	trouble.reply = xstrdup("");
	trouble.part = "/jobs";
	trouble.times = -1;
	g = github_new(&world, &conf);
	github_run(g, 9003, on_run, xstrdup("x"));
	answers = 0;
	WAIT_FOR(origin_count(&origin, "/jobs") == 1);
	github_free(g);
	g = NULL;
	idle();
	ck_assert_int_eq(answers, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("github");
	TCase *t = tcase_create("rounds");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, all_is_read);
	tcase_add_test(t, the_rest_is_read_too);
	tcase_add_test(t, the_request_is_as_github_wants_it);
	tcase_add_test(t, a_quiet_round_is_one_question);
	tcase_add_test(t, nothing_new_is_no_change);
	tcase_add_test(t, runs_come_and_go);
	tcase_add_test(t, a_run_off_the_page_is_looked_at);
	tcase_add_test(t, all_pages_are_read);
	tcase_add_loop_test(t, no_page_is_read_elsewhere, 0,
	    sizeof(elsewhere) / sizeof(elsewhere[0]));
	tcase_add_test(t, no_redirect_is_followed);
	tcase_add_test(t, a_spent_allowance_is_respected);
	tcase_add_test(t, a_secondary_limit_ends_the_round);
	tcase_add_test(t, the_last_request_is_the_last);
	tcase_add_test(t, a_denied_part_does_not_fail_the_rest);
	tcase_add_test(t, denied_runs_are_told);
	tcase_add_test(t, without_checks_the_ci_run_speaks);
	tcase_add_test(t, an_unknown_repository_ends_the_round);
	tcase_add_test(t, a_refused_token_is_not_sent_again);
	tcase_add_test(t, an_open_token_file_is_refused);
	tcase_add_test(t, no_header_comes_from_a_token);
	tcase_add_loop_test(t, what_was_read_stays, 0,
	    sizeof(failures) / sizeof(failures[0]));
	tcase_add_test(t, without_a_repository_there_is_none);
	tcase_add_test(t, jobs_come_on_demand);
	tcase_add_test(t, a_limit_answers_at_once);
	tcase_add_test(t, what_is_under_way_can_be_dropped);
	suite_add_tcase(s, t);
	return unit_run(s);
}
