/* Acts at GitHub: what is sent, how often, and what an answer means. */
#include "unit.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "origin.h"
#include "source/github-act.h"

#define DEADLINE_MS 20000

static struct loop *loop;
static struct children *children;
static struct http *http;
static struct model model;
static struct world world;
static struct origin origin;
static struct conf conf;
static struct github *g;
static char url[64];
static int posts;
static char target_seen[300], request_seen[3000];
/* To a POST; "" to close without an answer. */
static struct {
	int status;
	const char *headers, *body;
} answer;

static struct {
	bool told;
	enum github_outcome outcome;
	int64_t wait_ms;
	char *error;
	size_t runs;
	int64_t run;
} last;

static void
on_request(const char *target, const char *request, struct buf *reply,
    void *arg)
{
	static const char runs[] = "{\"workflow_runs\":["
	    "{\"id\":2,\"created_at\":\"2026-06-15T08:00:00Z\"},"
	    "{\"id\":1,\"created_at\":\"2026-06-15T07:00:00Z\"}]}";

	(void)arg;
	if (strstr(target, "head_sha=")) {
		origin_say(reply, 200, "", runs, strlen(runs));
	} else if (strncmp(request, "POST", 4) != 0) {
		origin_say(reply, 404, "", "{}", 2);
	} else {
		posts++;
		snprintf(target_seen, sizeof(target_seen), "%s", target);
		snprintf(request_seen, sizeof(request_seen), "%s", request);
		if (answer.status)
			origin_say(reply, answer.status, answer.headers,
			    answer.body, strlen(answer.body));
		else
			buf_adds(reply, "HTTP/1.1 200 X\r\n"
			    "Connection: close\r\nContent-Length: 9\r\n\r\n");
	}
}

static void
changed(void *arg, const char *environment)
{
	(void)arg;
	(void)environment;
}

static void
setup(void)
{
	loop = loop_new(NULL);
	children = children_new(loop, NULL);
	http = http_new(loop, NULL);
	model_init(&model);
	world = (struct world){.loop = loop, .http = http,
	    .children = children, .model = &model, .changed = changed};
	origin_start(&origin, loop, on_request, NULL);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d", origin.port);
	conf = (struct conf){.github = {.repository = "o/r", .url = url,
	    .critical_label = "critical", .interval_ms = 600000}};
	posts = 0;
	answer.status = 204;
	answer.headers = answer.body = "";
	g = github_new(&world, &conf);
}

static void
teardown(void)
{
	github_free(g);
	origin_stop(&origin);
	model_release(&model);
	http_free(http);
	children_free(children);
	loop_free(loop);
	xstrset(&last.error, NULL);
	last.told = false;
}

static void
told(void *arg, const struct github_told *t)
{
	(void)arg;
	ck_assert(!last.told);
	last.told = true;
	last.outcome = t->outcome;
	last.wait_ms = t->wait_ms;
	last.runs = t->run_count;
	last.run = t->run_count ? t->runs[0].run.id : -1;
	xstrset(&last.error, t->error);
}

static void
wait_told(struct github_act *a)
{
	int64_t until = clock_mono() + DEADLINE_MS;

	ck_assert_ptr_nonnull(a);
	ck_assert(!last.told);
	while (!last.told) {
		ck_assert_msg(clock_mono() < until, "waited for GitHub");
		loop_turn(loop, 100);
	}
	last.told = false;
}

START_TEST(a_start)
{
	const struct github_input inputs[] = {{"why", "it's \"so\""}, {0}};

	wait_told(github_dispatch(g, "a b.yml", "main", inputs, told, NULL));
	ck_assert_int_eq(last.outcome, GITHUB_DONE);
	ck_assert_ptr_null(last.error);
	ck_assert_str_eq(target_seen,
	    "/repos/o/r/actions/workflows/a%20b.yml/dispatches");
	ck_assert_ptr_nonnull(strstr(request_seen, "{\"ref\":\"main\","
	    "\"inputs\":{\"why\":\"it's \\\"so\\\"\"}}"));
	ck_assert_ptr_nonnull(strstr(request_seen,
	    "Content-Type: application/json\r\n"));
}
END_TEST

static const struct {
	int status;
	const char *headers, *body;
	enum github_outcome outcome;
	const char *error;
} answers[] = {
	{202, "", "{}", GITHUB_DONE, NULL},
	{200, "", "no JSON", GITHUB_DONE, NULL},
	{409, "", "{\"message\":\"Cannot cancel\"}", GITHUB_REFUSED,
	    "Cannot cancel"},
	{403, "", "{\"message\":\"Resource not accessible\"}", GITHUB_REFUSED,
	    "Resource not accessible"},
	{404, "", "{}", GITHUB_REFUSED, "(404)"},
	{401, "", "{}", GITHUB_UNSENT, "(401)"},
	{502, "", "", GITHUB_LOST, "trouble of its own (502)"},
	{0, "", "", GITHUB_LOST, "GitHub does not answer"},
};

START_TEST(an_answer)
{
	answer.status = answers[_i].status;
	answer.headers = answers[_i].headers;
	answer.body = answers[_i].body;
	wait_told(github_cancel_run(g, 7, told, NULL));
	ck_assert_str_eq(target_seen, "/repos/o/r/actions/runs/7/cancel");
	ck_assert_int_eq(last.outcome, answers[_i].outcome);
	ck_assert(answers[_i].error ? last.error && strstr(last.error,
	    answers[_i].error) : !last.error);
	ck_assert_int_eq(posts, 1);
}
END_TEST

/* Nothing more is sent before its time. */
START_TEST(a_limit)
{
	answer.status = 429;
	answer.headers = "Retry-After: 60\r\n";
	wait_told(github_rerun(g, 7, told, NULL));
	ck_assert_int_eq(last.outcome, GITHUB_UNSENT);
	ck_assert_int_gt(last.wait_ms, 1000);
	wait_told(github_rerun(g, 7, told, NULL));
	ck_assert_int_eq(last.outcome, GITHUB_UNSENT);
	ck_assert_int_gt(last.wait_ms, 1000);
	ck_assert_int_eq(posts, 1);
}
END_TEST

START_TEST(found_by_time)
{
	int64_t at;

	ck_assert_int_eq(clock_parse_rfc3339("2026-06-15T07:30:00Z", &at), 0);
	wait_told(github_find_runs(g, "d.yml", "abc", NULL, TIME_UNKNOWN, told,
	    NULL));
	ck_assert_uint_eq(last.runs, 2);
	wait_told(github_find_runs(g, "d.yml", "abc", "push", at, told, NULL));
	ck_assert_uint_eq(last.runs, 1);
	ck_assert_int_eq(last.run, 2);
	ck_assert_int_eq(origin_count(&origin, "&event=push"), 1);
}
END_TEST

/* Nobody is told; what had not been sent is not. */
START_TEST(a_cancel)
{
	struct github_act *a = github_rerun(g, 7, told, NULL);

	github_act_cancel(github_rerun(g, 8, told, NULL));
	github_act_cancel(NULL);
	github_act_cancel(a);
	wait_told(github_rerun(g, 9, told, NULL));
	ck_assert_int_eq(posts, 1);
	github_rerun(g, 10, told, NULL);
	ck_assert(!last.told);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("github-act");
	TCase *t = tcase_create("acts");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_start);
	tcase_add_loop_test(t, an_answer, 0,
	    sizeof(answers) / sizeof(answers[0]));
	tcase_add_test(t, a_limit);
	tcase_add_test(t, found_by_time);
	tcase_add_test(t, a_cancel);
	suite_add_tcase(s, t);
	return unit_run(s);
}
