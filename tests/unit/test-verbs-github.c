/* The verbs of git and GitHub in real runs: a GitHub that keeps state as far as
 * these look, and a real git origin. */
#include "unit.h"

#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "origin.h"
#include "run/engine.h"
#include "run/verb-table.h"
#include "source/git.h"
#include "source/github-act.h"

#define DEADLINE_MS 30000
#define APPROVAL "- github-approval: {workflow: d.yml, commit: '{commit}', " \
    "ref: '{version}', comment: go}\n  id: gate\n"
#define RUN "- github-run: {workflow: d.yml, commit: '{commit}', " \
    "ref: '{version}', event: push}\n  id: run\n"

static struct loop *loop;
static struct children *children;
static struct http *http;
static struct model model;
static struct world world;
static struct origin origin;
static struct engine *engine;
static struct run_services services;
static char *top, *kept, *commit, *old;
static char url[64];
static struct conf_environment places[] = {{.name = "prod",
    .production = true, .github_environment = "production"}};
static struct conf conf;

/* What GitHub has. */
static struct {
	const char *status, *conclusion;	/* of the run; NULL: no run */
	const char *branch;
	int attempt;
	bool stale;		/* it ended long ago */
	const char *can;	/* current_user_can_approve */
	const char *decided;	/* "approved" "rejected" */
	const char *by;
	const char *after;	/* status once it is approved */
	int approvals, reruns, cancels;	/* POSTs that took effect */
	int posts;
	/* Of the next POSTs: how many are applied and then answered so; or,
	 * unapplied, are answered so. */
	int lose, status_lost;
	bool apply;
	int refuse;		/* "No pending …", nothing happens */
	char body[1000];	/* of the last POST */
} hub;

/* --- GitHub --------------------------------------------------------------- */

static void
add_run(struct buf *b)
{
	char now[CLOCK_TEXT_MAX];

	clock_rfc3339(clock_wall() - (hub.stale ? 86400000 : 0), now);
	buf_addf(b, "{\"id\":412,\"run_number\":7,\"run_attempt\":%d,"
	    "\"path\":\".github/workflows/d.yml\",\"head_sha\":\"%s\","
	    "\"head_branch\":\"%s\",\"event\":\"push\",\"status\":\"%s\","
	    "\"conclusion\":%s%s%s,\"created_at\":\"%s\","
	    "\"updated_at\":\"%s\",\"html_url\":\"https://gh/412\"}",
	    hub.attempt, commit, hub.branch ? hub.branch : "v1.4.0",
	    hub.status, hub.conclusion ? "\"" : "",
	    hub.conclusion ? hub.conclusion : "null",
	    hub.conclusion ? "\"" : "", now, now);
}

static void
decide(const char *state, const char *by)
{
	hub.approvals++;
	hub.decided = state;
	hub.by = by;
	hub.status = "completed";
	hub.conclusion = strcmp(state, "approved") == 0 ? "success" :
	    "failure";
}

static void
apply(const char *target, const char *body)
{
	if (strstr(target, "/pending_deployments")) {
		decide(strstr(body, "\"approved\"") ? "approved" : "rejected",
		    "corentin");
	} else if (strstr(target, "/rerun")) {
		hub.reruns++;
		hub.attempt++;
		hub.stale = false;
		hub.conclusion = "success";
	} else {
		hub.cancels++;
		hub.status = "completed";
		hub.conclusion = "cancelled";
	}
}

static void
post(const char *target, const char *request, struct buf *b)
{
	static const char none[] = "{\"message\":\"No pending deployment "
	    "requests to approve or reject\"}";
	const char *body = strstr(request, "\r\n\r\n") + 4;

	hub.posts++;
	snprintf(hub.body, sizeof(hub.body), "%s", body);
	if (hub.lose-- > 0) {
		if (hub.apply)
			apply(target, body);
		if (hub.status_lost)
			origin_say(b, hub.status_lost, "", "oops", 4);
		else
			buf_adds(b, "HTTP/1.1 200 X\r\nConnection: close\r\n"
			    "Content-Length: 10\r\n\r\nhalf");
	} else if (hub.refuse-- > 0) {
		origin_say(b, 422, "", none, strlen(none));
	} else {
		apply(target, body);
		origin_say(b, 201, "", "{}", 2);
	}
}

static void
on_request(const char *target, const char *request, struct buf *reply,
    void *arg)
{
	struct buf b = BUF_INIT(1 << 20);

	(void)arg;
	if (strncmp(request, "POST", 4) == 0) {
		post(target, request, reply);
		return;
	}
	if (strstr(target, "/jobs?")) {
		buf_addf(&b, "{\"jobs\":[{\"id\":1,\"name\":\"deploy\","
		    "\"status\":\"%s\",\"conclusion\":%s,\"steps\":[{"
		    "\"number\":1,\"name\":\"Deploy via SSH\","
		    "\"status\":\"%s\","
		    "\"conclusion\":%s,\"started_at\":\"2026-01-01T00:00:00Z\""
		    "}]}]}", hub.status, hub.conclusion &&
		    !strcmp(hub.conclusion, "failure") ? "\"failure\"" :
		    "null", hub.status, hub.conclusion &&
		    !strcmp(hub.conclusion, "failure") ? "\"failure\"" :
		    "null");
	} else if (strstr(target, "/pending_deployments")) {
		buf_addf(&b, "[%s%s%s", strcmp(hub.status, "waiting") ? "" :
		    "{\"environment\":{\"id\":9,\"name\":\"production\"},"
		    "\"current_user_can_approve\":",
		    strcmp(hub.status, "waiting") ? "" : hub.can,
		    strcmp(hub.status, "waiting") ? "]" : ",\"reviewers\":[{"
		    "\"type\":\"User\",\"reviewer\":{\"login\":\"yan\"}},{"
		    "\"type\":\"User\",\"reviewer\":{\"login\":\"corentin\"}}"
		    "]}]");
	} else if (strstr(target, "/approvals")) {
		buf_addf(&b, hub.decided ? "[{\"state\":\"%s\",\"user\":{"
		    "\"login\":\"%s\"},\"comment\":\"as said\","
		    "\"environments\":[{\"name\":\"production\"}]}]" : "[]",
		    hub.decided, hub.by);
	} else if (strstr(target, "/actions/runs/412")) {
		add_run(&b);
	} else if (strstr(target, "/workflows/d.yml/runs?")) {
		buf_adds(&b, "{\"workflow_runs\":[");
		if (hub.status && strstr(target, commit))
			add_run(&b);
		buf_adds(&b, "]}");
	} else {
		origin_say(reply, 404, "", "{}", 2);
		return;
	}
	origin_say(reply, 200, "", buf_str(&b), b.len);
	buf_release(&b);
}

/* --- the bed -------------------------------------------------------------- */

static char *
shell(const char *script)
{
	char *whole = xasprintf("cd %s && { %s; } >out 2>err", top, script);
	char *line = NULL, *path = xasprintf("%s/out", top);
	size_t size = 0;
	int status;
	pid_t pid = fork();
	FILE *f;

	if (pid == 0) {
		execl("/bin/sh", "sh", "-ec", whole, (char *)NULL);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	ck_assert_msg(status == 0, "%s", whole);
	f = fopen(path, "r");
	if (getline(&line, &size, f) == -1) {
		free(line);
		line = xstrdup("");
	}
	fclose(f);
	line[strcspn(line, "\n")] = '\0';
	free(whole);
	free(path);
	return line;
}

static void
check_shell(const char *script, const char *expected)
{
	char *is = shell(script);

	ck_assert_str_eq(is, expected);
	free(is);
}

static void
keep(void *arg, const struct run *run, const char *kind, const char *step,
    const char *text, const char *state, engine_kept_fn *done, void *done_arg)
{
	(void)arg;
	(void)run;
	(void)kind;
	(void)step;
	(void)text;
	xstrset(&kept, state);
	done(done_arg, NULL);
}

static void
changed(void *arg)
{
	(void)arg;
}

static void
world_changed(void *arg, const char *environment)
{
	(void)arg;
	(void)environment;
}

static void
begin_services(void)
{
	services.github = github_new(&world, &conf);
	services.git = git_new(&world, &conf.repository);
	engine = engine_new(&(struct engine_options){
		.world = &world, .conf = &conf, .keep = keep,
		.changed = changed, .services = &services,
	});
}

static void
end_services(void)
{
	engine_free(engine);
	github_free(services.github);
	git_free(services.git);
}

static void
setup(void)
{
	char name[] = "/tmp/vigie-test-verbs-XXXXXX";

	top = xstrdup(mkdtemp(name));
	free(shell("git init -q --bare -b main origin.git;"
	    "git init -q -b main clone; cd clone;"
	    "git config user.name t; git config user.email t@example.net;"
	    "git remote add origin ../origin.git;"
	    "git commit -q --allow-empty -m one;"
	    "git commit -q --allow-empty -m two; git push -q origin main"));
	commit = shell("git -C clone rev-parse HEAD");
	old = shell("git -C clone rev-parse HEAD~1");
	loop = loop_new(NULL);
	children = children_new(loop, NULL);
	http = http_new(loop, NULL);
	model_init(&model);
	world = (struct world){.loop = loop, .http = http,
	    .children = children, .model = &model, .run_dir = top,
	    .changed = world_changed};
	origin_start(&origin, loop, on_request, NULL);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d", origin.port);
	conf = (struct conf){
		.environments = places, .environment_count = 1,
		.github = {.repository = "o/r", .url = url,
		    .critical_label = "critical", .interval_ms = 50},
		.repository = {.remote = "origin", .branch = "main",
		    .changelog = "CHANGELOG.md"},
	};
	conf.repository.path = xasprintf("%s/clone", top);
	memset(&hub, 0, sizeof(hub));
	hub.attempt = 1;
	hub.can = "true";
	begin_services();
}

static void
teardown(void)
{
	end_services();
	origin_stop(&origin);
	model_release(&model);
	http_free(http);
	children_free(children);
	loop_free(loop);
	free(shell("rm -rf clone origin.git"));
	free(conf.repository.path);
	free(top);
	free(commit);
	free(old);
	xstrset(&kept, NULL);
}

static void
begin_at(const char *steps, const char *at, const char *from)
{
	struct verb_shape *shapes = verb_shapes(verbs);
	struct buf errors = BUF_INIT(1 << 16);
	char *text = xasprintf("title: t\nenvironments: ['*']\nsteps:\n%s",
	    steps);
	struct book *b = book_parse(text, strlen(text), "/x/go.yaml", shapes,
	    &errors);
	struct err e = {""};

	ck_assert_msg(b != NULL, "%s", buf_str(&errors));
	ck_assert_msg(engine_run(engine, &(struct engine_start){
		.book = b, .environment = "prod", .who = "yan",
		.target = "v1.4.0", .target_commit = at, .from = from,
	    }, &e) != NULL, "%s", e.text);
	free(text);
	free(shapes);
	buf_release(&errors);
}

static void
begin(const char *steps)
{
	begin_at(steps, commit, NULL);
}

static const struct run_step *
step(size_t i)
{
	return &model.runs[0].steps[i];
}

static const char *
said(size_t i)
{
	return step(i)->error ? step(i)->error : step(i)->doing ?
	    step(i)->doing : "";
}

#define UNTIL(predicate) do { \
	int64_t until = clock_mono() + DEADLINE_MS; \
	while (!(predicate)) { \
		ck_assert_msg(clock_mono() < until, \
		    "waited for " #predicate "; step 0 %s: %s\n%s", \
		    phase_name(step(0)->phase), said(0), \
		    buf_str(&origin.seen)); \
		loop_turn(loop, 100); \
	} \
} while (0)

static bool
rests(void)
{
	enum phase p = model.runs[0].phase;

	return phase_ended(p) || p == PHASE_UNKNOWN || p == PHASE_PAUSED;
}

static void
finish(enum phase phase, const char *part)
{
	UNTIL(rests());
	ck_assert_msg(model.runs[0].phase == phase && strstr(said(0), part),
	    "%s: %s; expected %s: %s", phase_name(model.runs[0].phase),
	    said(0), phase_name(phase), part);
}

static void
tick(const char *item)
{
	struct err e = {""};

	ck_assert_msg(engine_act(engine, model.runs[0].id, ENGINE_TICK, item,
	    "yan", NULL, &e) == 0, "%s", e.text);
}

static void
restart(void)
{
	struct err e = {""};

	end_services();
	model_release(&model);
	model_init(&model);
	begin_services();
	ck_assert_msg(engine_recall(engine, kept, &e) == 0, "%s", e.text);
}

static void
to_gate(void)
{
	hub.status = "waiting";
	begin(APPROVAL);
	UNTIL(step(0)->phase == PHASE_WAITING);
}

/* --- github-approval ------------------------------------------------------ */

START_TEST(an_approval)
{
	to_gate();
	UNTIL(step(0)->item_count == 2);
	ck_assert_str_eq(step(0)->doing,
	    "d.yml #7 waits for yan or corentin, here or at GitHub");
	tick("approve");
	finish(PHASE_DONE, "approved by corentin");
	ck_assert_int_eq(hub.posts, 1);
	ck_assert_ptr_nonnull(strstr(hub.body, "\"environment_ids\":[9]"));
	ck_assert_ptr_nonnull(strstr(hub.body, "go (yan, with vigie)"));
}
END_TEST

START_TEST(a_rejection)
{
	to_gate();
	UNTIL(step(0)->item_count == 2);
	tick("reject");
	finish(PHASE_FAILED, "rejected by corentin: as said");
	ck_assert_int_eq(hub.posts, 1);
}
END_TEST

START_TEST(decided_elsewhere)
{
	hub.can = "false";
	to_gate();
	ck_assert_int_eq(step(0)->item_count, 0);
	ck_assert_str_eq(step(0)->doing, "d.yml #7 waits for yan or corentin");
	decide(_i ? "rejected" : "approved", "yan");
	finish(_i ? PHASE_FAILED : PHASE_DONE, _i ? "rejected by yan" :
	    "approved by yan");
	ck_assert_int_eq(hub.posts, 0);
}
END_TEST

/* Applied, then a 502 or a torn answer: it is not sent again. */
START_TEST(an_answer_is_lost)
{
	to_gate();
	UNTIL(step(0)->item_count == 2);
	hub.lose = 1;
	hub.apply = true;
	hub.status_lost = _i ? 502 : 0;
	tick("approve");
	finish(PHASE_DONE, "approved by corentin");
	ck_assert_int_eq(hub.posts, 1);
	ck_assert_int_eq(hub.approvals, 1);
}
END_TEST

/* Not applied: that it still waits is read before it is sent again. */
START_TEST(a_request_is_lost)
{
	to_gate();
	UNTIL(step(0)->item_count == 2);
	hub.lose = 1;
	hub.status_lost = 502;
	tick("approve");
	finish(PHASE_DONE, "approved by corentin");
	ck_assert_int_eq(hub.posts, 2);
	ck_assert_int_eq(hub.approvals, 1);
}
END_TEST

START_TEST(requests_are_lost_for_ever)
{
	to_gate();
	UNTIL(step(0)->item_count == 2);
	hub.lose = 100;
	hub.status_lost = 502;
	tick("approve");
	finish(PHASE_UNKNOWN, "GitHub was told 3 times to approve d.yml #7");
	ck_assert_int_eq(hub.posts, 3);
}
END_TEST

START_TEST(not_eligible)
{
	struct err e;

	to_gate();
	UNTIL(step(0)->item_count == 2);
	hub.refuse = 1;
	tick("approve");
	UNTIL(strstr(said(0), "GitHub does not let the token's owner"));
	ck_assert_int_eq(step(0)->item_count, 0);
	ck_assert_int_eq(engine_act(engine, model.runs[0].id, ENGINE_TICK,
	    "approve", "yan", NULL, &e), -1);
	decide("approved", "yan");
	finish(PHASE_DONE, "approved by yan");
	ck_assert_int_eq(hub.posts, 1);
}
END_TEST

/* The same words: somebody else was faster. */
START_TEST(somebody_was_faster)
{
	to_gate();
	UNTIL(step(0)->item_count == 2);
	hub.refuse = 1;
	decide(_i ? "rejected" : "approved", "yan");
	tick("approve");
	finish(_i ? PHASE_FAILED : PHASE_DONE, _i ? "rejected by yan" :
	    "approved by yan");
	ck_assert_int_eq(hub.approvals, 1);
}
END_TEST

START_TEST(no_gate)
{
	hub.status = "completed";
	hub.conclusion = "success";
	begin(APPROVAL);
	finish(PHASE_DONE, "asked nobody: there is no gate");
}
END_TEST

/* The server goes once the decision is durable: it is sent, once. */
START_TEST(a_restart_at_the_gate)
{
	to_gate();
	UNTIL(step(0)->item_count == 2);
	hub.lose = 1;
	hub.status_lost = 502;
	hub.apply = _i;
	tick("approve");
	UNTIL(hub.posts == 1);
	restart();
	finish(PHASE_DONE, "approved by corentin");
	ck_assert_int_eq(hub.approvals, 1);
	ck_assert_int_eq(hub.posts, _i ? 1 : 2);
}
END_TEST

/* Before a decision is sent an abort is one; afterwards nobody knows. */
START_TEST(an_abort_at_the_gate)
{
	struct err e;

	to_gate();
	UNTIL(step(0)->item_count == 2);
	hub.lose = 100;
	hub.status_lost = 502;
	if (_i) {
		tick("approve");
		UNTIL(hub.posts == 1);
	}
	ck_assert_int_eq(engine_act(engine, model.runs[0].id, ENGINE_ABORT,
	    NULL, "yan", "wrong one", &e), 0);
	finish(_i ? PHASE_UNKNOWN : PHASE_ABORTED, _i ? "stopped after it was "
	    "sent to approve d.yml #7" : "aborted by yan: wrong one");
}
END_TEST

/* --- github-run ----------------------------------------------------------- */

START_TEST(a_run)
{
	begin(RUN);
	UNTIL(strstr(said(0), "waits for d.yml to begin"));
	hub.status = "waiting";
	UNTIL(step(0)->phase == PHASE_WAITING);
	UNTIL(strstr(said(0), "waits for yan or corentin to approve"));
	hub.status = "in_progress";
	UNTIL(strstr(said(0), "deploy: Deploy via SSH "));
	ck_assert_int_eq(step(0)->phase, PHASE_RUNNING);
	hub.status = "completed";
	hub.conclusion = _i ? "failure" : "success";
	if (_i)
		finish(PHASE_FAILED, "d.yml #7 ended at GitHub: failure in job "
		    "deploy, step Deploy via SSH, see https://gh/412");
	else
		finish(PHASE_DONE, "d.yml #7: success");
}
END_TEST

START_TEST(a_restart_of_a_run)
{
	int before;

	hub.status = "in_progress";
	begin(RUN);
	UNTIL(strstr(said(0), "Deploy via SSH"));
	before = origin_count(&origin, "/workflows/d.yml/runs?");
	restart();
	hub.status = "completed";
	hub.conclusion = "success";
	finish(PHASE_DONE, "success");
	ck_assert_int_eq(origin_count(&origin, "/workflows/d.yml/runs?"),
	    before);
}
END_TEST

START_TEST(none_appears)
{
	hub.branch = "v1.3.9";
	hub.status = "in_progress";
	begin("- github-run: {workflow: d.yml, commit: '{commit}', "
	    "ref: '{version}', appear: 300ms}\n  id: run\n");
	finish(PHASE_FAILED, "no run of d.yml for v1.4.0 at ");
}
END_TEST

START_TEST(an_abort)
{
	struct err e;

	hub.status = "in_progress";
	begin(RUN);
	UNTIL(strstr(said(0), "Deploy via SSH"));
	ck_assert_int_eq(engine_act(engine, model.runs[0].id, ENGINE_ABORT,
	    NULL, "yan", "wrong one", &e), 0);
	finish(PHASE_ABORTED, "aborted by yan: wrong one");
	ck_assert_int_eq(hub.cancels, 1);
}
END_TEST

START_TEST(one_that_ended_before)
{
	hub.status = "completed";
	hub.conclusion = "success";
	hub.stale = true;
	begin(RUN);
	finish(PHASE_FAILED, "ended before this (success, 24h ago)");
	ck_assert_int_eq(hub.posts, 0);
}
END_TEST

/* 0: at once; 1: the answer is lost; 2: the request is. */
START_TEST(run_again)
{
	hub.status = "completed";
	hub.conclusion = "failure";
	hub.stale = true;
	hub.lose = _i ? 1 : 0;
	hub.status_lost = 502;
	hub.apply = _i == 1;
	begin("- github-run: {workflow: d.yml, commit: '{commit}', "
	    "ref: '{version}', ended: rerun}\n  id: run\n");
	finish(PHASE_DONE, "d.yml #7: success");
	ck_assert_int_eq(hub.reruns, 1);
}
END_TEST

START_TEST(without_github)
{
	github_free(services.github);
	services.github = NULL;
	begin(RUN);
	finish(PHASE_FAILED, "no repository at GitHub is configured");
}
END_TEST

/* --- git-tag -------------------------------------------------------------- */

#define TAG "- git-tag: {name: '{version}', commit: '{commit}'}\n  id: tag\n"
#define BACK "- id: tag\n  git-tag: {name: '{from}-rollback', " \
    "commit: '{commit}', called: tag}\n- id: then\n  manual: 'see {tag}'\n"

START_TEST(a_tag)
{
	begin(TAG);
	finish(PHASE_DONE, "v1.4.0 was pushed to origin, at ");
	check_shell("git -C origin.git rev-parse v1.4.0^{commit}", commit);
	begin(TAG);
	UNTIL(model.run_count == 2 && rests());
	ck_assert_int_eq(model.runs[0].phase, PHASE_DONE);
}
END_TEST

START_TEST(a_tag_elsewhere)
{
	const char *where = _i ? "origin.git" : "clone";
	char *script = xasprintf("git -C %s tag v1.4.0 %s", where, old);

	free(shell(script));
	free(script);
	begin(TAG);
	finish(PHASE_FAILED, "never moved");
	ck_assert_ptr_nonnull(strstr(said(0), old));
	ck_assert_ptr_nonnull(strstr(said(0), commit));
	check_shell("git -C clone tag | wc -l", _i ? "0" : "1");
}
END_TEST

START_TEST(a_push_that_is_refused)
{
	free(shell("printf '#!/bin/sh\\nexit 1\\n' "
	    ">origin.git/hooks/pre-receive;"
	    "chmod +x origin.git/hooks/pre-receive"));
	begin(TAG);
	finish(PHASE_FAILED, "git push");
}
END_TEST

START_TEST(no_origin)
{
	free(shell("mv origin.git gone"));
	begin(TAG);
	finish(PHASE_FAILED, "nothing was done, as origin does not say");
	check_shell("git -C clone tag | wc -l", "0");
	free(shell("mv gone origin.git"));
}
END_TEST

/* A new one each time, and later steps know which. */
START_TEST(a_tag_to_go_back)
{
	free(shell("git -C clone tag v1.4.0-rollback; git -C clone push -q "
	    "origin v1.4.0-rollback; git -C clone tag v1.4.0-rollback.2 "
	    "HEAD~1"));
	begin_at(BACK, commit, "v1.4.0");
	UNTIL(step(1)->item_count == 1);
	ck_assert_str_eq(step(1)->items[0].title, "see v1.4.0-rollback.3");
	restart();
	UNTIL(step(1)->item_count == 1 && step(1)->phase == PHASE_WAITING);
	ck_assert_str_eq(step(1)->items[0].title, "see v1.4.0-rollback.3");
	tick("done");
	finish(PHASE_DONE, "v1.4.0-rollback.3 was pushed");
	check_shell("git -C origin.git tag | wc -l", "2");
}
END_TEST

/* --- paper ---------------------------------------------------------------- */

static const struct {
	const char *book, *says;
} papers[] = {
	{"deploy-prod", " tag -a -m 'Release v1.4.1' 'v1.4.1' '"},
	{"deploy-prod", "refs/tags/v1.4.1\n"},
	{"deploy-prod", "# approve (who may: see there) the run of "
	    "deploy-prod.yml for v1.4.1\n"},
	{"deploy-prod", "# must be reg/bridge:v1.4.1\n"},
	{"rollback", "tag='v1.4.0-rollback'\n"},
	{"rollback", " push 'origin' \"refs/tags/$tag\"\n"},
	{"rollback", "# follow to its end the run of deploy-prod.yml for "},
};

START_TEST(on_paper)
{
	struct verb_shape *shapes = verb_shapes(verbs);
	const char *source = getenv("VIGIE_SOURCE");
	char *path = xasprintf("%s/runbooks/%s.yaml", source ? source : ".",
	    papers[_i].book);
	struct buf out = BUF_INIT(1 << 20), errors = BUF_INIT(1 << 16);
	struct book *b = book_load(path, shapes, &errors);
	struct err e = {""};

	ck_assert_msg(b != NULL, "%s", buf_str(&errors));
	conf.registry.image = "reg/bridge";
	ck_assert_msg(engine_paper_start(&conf, &(struct engine_start){
		.book = b, .environment = "prod", .who = "yan",
		.target = "v1.4.1", .target_commit = commit, .from = "v1.4.0",
		.reason = "broken",
	    }, &out, &e) == 0, "%s", e.text);
	ck_assert_msg(strstr(buf_str(&out), papers[_i].says) != NULL,
	    "%s\nlacks %s", buf_str(&out), papers[_i].says);
	book_free(b);
	free(shapes);
	free(path);
	buf_release(&out);
	buf_release(&errors);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("verbs-github");
	TCase *t = tcase_create("verbs");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 90);
	tcase_add_test(t, an_approval);
	tcase_add_test(t, a_rejection);
	tcase_add_loop_test(t, decided_elsewhere, 0, 2);
	tcase_add_loop_test(t, an_answer_is_lost, 0, 2);
	tcase_add_test(t, a_request_is_lost);
	tcase_add_test(t, requests_are_lost_for_ever);
	tcase_add_test(t, not_eligible);
	tcase_add_loop_test(t, somebody_was_faster, 0, 2);
	tcase_add_test(t, no_gate);
	tcase_add_loop_test(t, a_restart_at_the_gate, 0, 2);
	tcase_add_loop_test(t, an_abort_at_the_gate, 0, 2);
	tcase_add_loop_test(t, a_run, 0, 2);
	tcase_add_test(t, a_restart_of_a_run);
	tcase_add_test(t, none_appears);
	tcase_add_test(t, an_abort);
	tcase_add_test(t, one_that_ended_before);
	tcase_add_loop_test(t, run_again, 0, 3);
	tcase_add_test(t, without_github);
	tcase_add_test(t, a_tag);
	tcase_add_loop_test(t, a_tag_elsewhere, 0, 2);
	tcase_add_test(t, a_push_that_is_refused);
	tcase_add_test(t, no_origin);
	tcase_add_test(t, a_tag_to_go_back);
	tcase_add_loop_test(t, on_paper, 0, sizeof(papers) /
	    sizeof(papers[0]));
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return unit_run(suite());
}
