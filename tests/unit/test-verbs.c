/* The verbs in real runs: real processes, a real HTTP server, and a model that
 * the test fills. */
#include "unit.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/files.h"
#include "http-server.h"
#include "model/tables.h"
#include "run/engine.h"
#include "run/verb-table.h"

static struct loop *loop;
static struct children *children;
static struct http *http;
static struct model model;
static struct world world;
static struct engine *engine;
static struct http_server server;
static char *top;		/* of what the tests write */
static char *kept;		/* the last state */
static struct buf output, rows;

static struct conf_environment places[] = {
	{.name = "staging", .compose_project = "hub"},
	{.name = "prod", .production = true, .ssh_host = "prod-host",
	    .compose_project = "hub", .directory = "/srv/hub"},
};
static struct conf conf = {
	.environments = places, .environment_count = 2,
	.registry = {.image = "registry.example/bridge"},
};

static void
keep(void *arg, const struct run *run, const char *kind, const char *step,
    const char *text, const char *state, engine_kept_fn *done, void *done_arg)
{
	(void)arg;
	(void)run;
	(void)step;
	xstrset(&kept, state);
	buf_addf(&rows, "%s %s %s\n", kind, text, state);
	done(done_arg, NULL);
}

static void
keep_output(void *arg, const char *run_id, const char *step, const char *data,
    size_t len)
{
	(void)arg;
	(void)run_id;
	(void)step;
	buf_add(&output, data, len);
}

static void
changed(void *arg)
{
	(void)arg;
}

static void
shell(const char *script, const char *arg)
{
	const char *argv[] = {"/bin/sh", "-c", script, "sh", arg, NULL};
	pid_t pid = fork();

	if (pid == 0) {
		execv(argv[0], (char **)argv);
		_exit(127);
	}
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

static void
engine_begin(void)
{
	engine = engine_new(&(struct engine_options){
		.world = &world, .conf = &conf, .keep = keep,
		.keep_output = keep_output, .changed = changed,
	});
}

static void
setup(void)
{
	char name[] = "/tmp/vigie-test-verbs-XXXXXX";

	server = http_server_start(NULL);
	loop = loop_new(NULL);
	children = children_new(loop, NULL);
	http = http_new(loop, NULL);
	top = xasprintf("%s/it's here", mkdtemp(name));
	ck_assert_int_eq(files_make_directory(top, 0700, NULL), 0);
	setenv("XDG_STATE_HOME", top, 1);
	places[0].directory = top;
	model_init(&model);
	world = (struct world){.loop = loop, .http = http,
	    .children = children, .model = &model, .run_dir = top};
	buf_init(&output, 1 << 20);
	buf_init(&rows, 4 << 20);
	engine_begin();
}

static void
teardown(void)
{
	engine_free(engine);
	model_release(&model);
	http_free(http);
	children_free(children);
	loop_free(loop);
	http_server_stop(&server);
	shell("rm -rf \"$(dirname \"$1\")\"", top);
	free(top);
	xstrset(&kept, NULL);
	buf_release(&output);
	buf_release(&rows);
}

static struct book *
book(const char *steps)
{
	struct verb_shape *shapes = verb_shapes(verbs);
	struct buf errors = BUF_INIT(1 << 16);
	char *text = xasprintf("title: t\nenvironments: ['*']\nparameters: "
	    "{port: x, dir: x}\nsteps:\n%s", steps);
	struct book *b = book_parse(text, strlen(text), "/x/go.yaml", shapes,
	    &errors);

	ck_assert_msg(b != NULL, "%s", buf_str(&errors));
	free(text);
	free(shapes);
	buf_release(&errors);
	return b;
}

static void
begin_in(const char *environment, const char *steps)
{
	char port[16];
	const struct book_value values[] = {{"port", port, false},
	    {"dir", top, false}, {0}};
	struct err e = {""};

	snprintf(port, sizeof(port), "%d", server.port);
	ck_assert_msg(engine_run(engine, &(struct engine_start){
		.book = book(steps), .environment = environment, .who = "yan",
		.target = "v1.2'; echo owned '", .values = values,
		.target_commit = "0123456789abcdef",
	    }, &e) != NULL, "%s", e.text);
}

static void
begin(const char *steps)
{
	begin_in("staging", steps);
}

static void
late(void *arg)
{
	*(bool *)arg = true;
}

/* Turn until `is` holds, at most 20 s. */
static void
until(bool (*is)(void), const char *what)
{
	bool over = false;
	struct loop_timer *t = loop_timer(loop, 20000, late, &over);

	while (!is() && !over)
		loop_turn(loop, -1);
	ck_assert_msg(!over, "%s; run %s, step %s: %s %s", what,
	    phase_name(model.runs[0].phase),
	    phase_name(model.runs[0].steps[0].phase),
	    model.runs[0].steps[0].doing ? model.runs[0].steps[0].doing : "",
	    model.runs[0].steps[0].error ? model.runs[0].steps[0].error : "");
	loop_timer_cancel(t);
}

static bool
rests(void)
{
	enum phase p = model.runs[0].phase;

	return phase_ended(p) || p == PHASE_UNKNOWN || p == PHASE_PAUSED;
}

static bool
has_output(void)
{
	return strstr(buf_str(&output), "\n") != NULL;
}

static struct run_step *
step(void)
{
	return &model.runs[0].steps[0];
}

/* Run it to its end. */
static void
finish(const char *steps, enum phase phase, const char *error)
{
	begin(steps);
	until(rests, "the end of a run");
	ck_assert_msg(step()->phase == phase, "%s: %s, expected %s",
	    phase_name(step()->phase), step()->error ? step()->error : "",
	    phase_name(phase));
	if (error)
		ck_assert_str_eq(step()->error, error);
}

static void
act(enum engine_act a, const char *reason)
{
	struct err e = {""};

	ck_assert_msg(engine_act(engine, model.runs[0].id, a, NULL, "yan",
	    reason, &e) == 0, "%s", e.text);
}

/* --- job ------------------------------------------------------------------ */

START_TEST(test_job)
{
	char *expected = xasprintf("%s\nv1.2'; echo owned '\n"
	    "registry.example/bridge:v1.2'; echo owned '\n${HOME}\n", top);

	finish("- id: a\n  job:\n    script: |\n      pwd\n"
	    "      printf '%s\\n' {version}\n      printf '%s\\n' \"$IMAGE\"\n"
	    "      echo '${HOME}'\n"
	    "    env: {IMAGE: '{image}:{version}'}\n", PHASE_DONE, NULL);
	ck_assert_str_eq(buf_str(&output), expected);
	ck_assert_int_eq(step()->exit_code, 0);
	ck_assert_ptr_nonnull(strstr(step()->tail, "${HOME}"));
	free(expected);
}
END_TEST

static const struct {
	const char *script;
	int exit_code;
	const char *error;
} job_ends[] = {
	{"exit 3", 3, "exit code 3"},
	{"false; echo not here", 1, "exit code 1"},
	{"echo $unset_variable", 2, "exit code 2"},
	{"kill -KILL $$", -1, "killed by signal 9"},
};

START_TEST(test_job_fails)
{
	char *steps = xasprintf("- id: a\n  job: %s\n", job_ends[_i].script);

	finish(steps, PHASE_FAILED, job_ends[_i].error);
	ck_assert_int_eq(step()->exit_code, job_ends[_i].exit_code);
	ck_assert_ptr_null(strstr(buf_str(&output), "not here"));
	free(steps);
}
END_TEST

START_TEST(test_job_timeout)
{
	finish("- {id: a, job: sleep 300, timeout: 1s}\n", PHASE_FAILED, NULL);
	ck_assert_ptr_nonnull(strstr(step()->error, "too"));
}
END_TEST

/* The process group goes with it. */
START_TEST(test_job_abort)
{
	pid_t pid;

	begin("- id: a\n  job: |\n    sleep 300 &\n    echo $!\n    wait\n");
	until(has_output, "output");
	pid = strtol(output.data, NULL, 10);
	ck_assert_int_gt(pid, 1);
	ck_assert_int_eq(kill(pid, 0), 0);
	act(ENGINE_ABORT, "wrong one");
	until(rests, "the end of a run");
	ck_assert_int_eq(model.runs[0].phase, PHASE_ABORTED);
	ck_assert_str_eq(step()->error, "aborted by yan: wrong one");
	ck_assert(kill(pid, 0) == -1 && errno == ESRCH);
}
END_TEST

static void
restart(void)
{
	struct err e = {""};

	engine_free(engine);
	model_release(&model);
	model_init(&model);
	buf_clear(&output);
	engine_begin();
	ck_assert_msg(engine_recall(engine, kept, &e) == 0, "%s", e.text);
}

/* The server goes and comes; the job has run once. */
START_TEST(test_job_recall)
{
	char *path;
	struct buf b = BUF_INIT(1000);

	begin("- id: a\n  job: |\n    echo once >>log\n    echo begun\n"
	    "    while [ ! -e go ]; do sleep 0.05; done\n    echo ended\n"
	    "- {id: b, job: echo two >>log}\n");
	until(has_output, "output");
	restart();
	until(has_output, "output again");
	path = xasprintf("%s/go", top);
	ck_assert_int_eq(files_write(path, "", 0, 0600, NULL), 0);
	free(path);
	until(rests, "the end of a run");
	ck_assert_int_eq(model.runs[0].phase, PHASE_DONE);
	ck_assert_str_eq(buf_str(&output), "[the server was away: the output "
	    "again, from its start]\nbegun\nended\n");
	path = xasprintf("%s/log", top);
	ck_assert_int_eq(files_read(path, &b, NULL), 0);
	ck_assert_str_eq(buf_str(&b), "once\ntwo\n");
	free(path);
	buf_release(&b);
}
END_TEST

/* It ended while nobody looked. */
START_TEST(test_job_recall_ended)
{
	begin("- {id: a, job: 'echo begun; sleep 0.2; exit 4'}\n");
	until(has_output, "output");
	engine_free(engine);
	shell("sleep 0.5", NULL);
	engine = NULL;
	restart();
	until(rests, "the end of a run");
	ck_assert_int_eq(model.runs[0].phase, PHASE_FAILED);
	ck_assert_str_eq(step()->error, "exit code 4");
}
END_TEST

START_TEST(test_job_recall_gone)
{
	begin("- {id: a, job: 'echo begun; sleep 300'}\n");
	until(has_output, "output");
	engine_free(engine);
	engine = NULL;
	shell("kill -KILL -$(cut -d' ' -f1 \"$1\"/vigie-jobs/*/pid); "
	    "until [ -e \"$1\"/vigie-jobs/*/status ]; do sleep 0.05; done; "
	    "sleep 0.2; rm -rf \"$1\"/vigie-jobs/*", top);
	restart();
	until(rests, "the end of a run");
	ck_assert_int_eq(model.runs[0].phase, PHASE_UNKNOWN);
	ck_assert_str_eq(step()->error, "its spool directory is not there");
}
END_TEST

START_TEST(test_job_no_host)
{
	begin_in("prod", "- {id: a, job: 'true'}\n");
	until(rests, "the end of a run");
	ck_assert_str_eq(step()->error, "there is no connection to its host");
}
END_TEST

START_TEST(test_job_here)
{
	begin_in("prod", "- {id: a, job: {script: pwd, host: here, directory: "
	    "'{dir}'}}\n");
	until(rests, "the end of a run");
	ck_assert_int_eq(model.runs[0].phase, PHASE_DONE);
	ck_assert(strncmp(buf_str(&output), top, strlen(top)) == 0);
}
END_TEST

/* --- http and smoke ------------------------------------------------------- */

#define URL "url: 'http://127.0.0.1:{port}"

static const struct {
	const char *request;
	enum phase phase;
	const char *error;
} replies[] = {
	{URL "/hello'", PHASE_DONE, NULL},
	{URL "/hello', contains: hell", PHASE_DONE, NULL},
	{URL "/hello', contains: heaven", PHASE_FAILED,
	    "the reply does not contain 'heaven'"},
	{URL "/missing'", PHASE_FAILED, "HTTP 404"},
	{URL "/missing', status: 404", PHASE_DONE, NULL},
	{URL "/hello', status: 204", PHASE_FAILED, "HTTP 200, expected 204"},
	{URL "/login', field: status, equals: ok", PHASE_DONE, NULL},
	{URL "/login', field: n, equals: '3'", PHASE_DONE, NULL},
	{URL "/login', field: data.items.0.id", PHASE_DONE, NULL},
	{URL "/login', field: data.items.1.id", PHASE_FAILED,
	    "the reply has no data.items.1.id"},
	{URL "/login', field: status, equals: error", PHASE_FAILED,
	    "status is ok, expected error"},
	{URL "/hello', field: status", PHASE_FAILED, "the reply is no JSON"},
	{URL "/login', capture: {tok: cookie authToken}", PHASE_DONE, NULL},
	{URL "/hello', capture: {tok: cookie authToken}", PHASE_FAILED,
	    "the reply sets no cookie authToken"},
	{URL "/login', capture: {tok: json data.none}", PHASE_FAILED,
	    "the reply has no text data.none"},
	{URL "/echo', method: PUT, body: 'a \"{version}\"', contains: "
	    "'PUT /echo'", PHASE_DONE, NULL},
	{URL "/echo', json: {a: '{version}'}, contains: '{{\"a\":\"v1.2'",
	    PHASE_DONE, NULL},
	{URL "/echo', headers: {X-One: 'is {commit}'}, contains: 'X-One: is "
	    "0123456789abcdef'", PHASE_DONE, NULL},
	{"url: 'file:///etc/passwd'", PHASE_FAILED,
	    "not sent: the url is neither http:// nor https://"},
	{URL "/echo', headers: {A: \"x\\ny\"}", PHASE_FAILED, "not sent: a "
	    "header or the url has no value that can be sent"},
};

START_TEST(test_http)
{
	char *steps = xasprintf("- id: a\n  http: {%s}\n",
	    replies[_i].request);

	finish(steps, replies[_i].phase, replies[_i].error);
	free(steps);
}
END_TEST

START_TEST(test_http_refused)
{
	finish("- {id: a, http: 'http://127.0.0.1:1/'}\n", PHASE_FAILED, NULL);
	ck_assert_ptr_nonnull(step()->error);
}
END_TEST

/* A capture serves later steps, and is seen nowhere. */
START_TEST(test_capture)
{
	finish("- id: a\n  http: {" URL "/login', capture: {tok: cookie "
	    "authToken, item: json data.items.0.id}}\n"
	    "- id: b\n  http: {" URL "/echo', headers: {Cookie: "
	    "'authToken={tok}'}, contains: 'authToken={tok}'}\n"
	    "- id: c\n  job: printf '%s\\n' {item} {tok}\n", PHASE_DONE, NULL);
	ck_assert_int_eq(model.runs[0].phase, PHASE_DONE);
	ck_assert_ptr_nonnull(strstr(buf_str(&output), "***\n***\n"));
	ck_assert_ptr_null(strstr(buf_str(&output), "-secret"));
	ck_assert_ptr_null(strstr(buf_str(&rows), "-secret"));
}
END_TEST

#define SMOKE "- id: smoke\n  smoke:\n    secrets: {word: 'file {dir}/word'}\n" \
	"    requests:\n" \
	"    - {title: log in, " URL "/login', json: {p: '{word}'}, capture: " \
	"{tok: cookie authToken}}\n" \
	"    - {title: echo, " URL "/echo', method: POST, body: '{tok} {word}', " \
	"contains: 'cookie-secret pass-secret'}\n"

static void
write_word(mode_t mode)
{
	char *path = xasprintf("%s/word", top);

	ck_assert_int_eq(files_write(path, "pass-secret\n", 12, mode, NULL),
	    0);
	free(path);
}

START_TEST(test_smoke)
{
	write_word(0600);
	finish(SMOKE, PHASE_DONE, NULL);
	ck_assert_str_eq(buf_str(&output), "log in: ok\necho: ok\n");
	ck_assert_str_eq(step()->doing, "2 as expected");
	ck_assert_ptr_null(strstr(buf_str(&rows), "cookie-secret\""));
	ck_assert_ptr_null(strstr(buf_str(&rows), "word\":\"pass-secret"));
}
END_TEST

/* The first that is not as expected ends it. */
START_TEST(test_smoke_fails)
{
	write_word(0600);
	finish("- id: a\n  smoke:\n  - {title: one, " URL "/hello'}\n"
	    "  - {title: two, " URL "/missing'}\n"
	    "  - {title: three, " URL "/hello'}\n", PHASE_FAILED,
	    "two: HTTP 404");
	ck_assert_str_eq(buf_str(&output), "one: ok\ntwo: HTTP 404\n");
}
END_TEST

START_TEST(test_smoke_no_secret)
{
	write_word(0644);
	finish(SMOKE, PHASE_FAILED, NULL);
	ck_assert_ptr_nonnull(strstr(step()->error, "word"));
	ck_assert_ptr_null(strstr(buf_str(&rows), "pass-secret\\n"));
	ck_assert_uint_eq(output.len, 0);
}
END_TEST

/* A read is done again after a restart; what may have changed something is
 * not. */
START_TEST(test_http_recall)
{
	begin(_i == 0 ? "- {id: a, http: {" URL "/hang'}}\n" :
	    "- {id: a, http: {" URL "/hang', method: POST}}\n");
	while (step()->phase != PHASE_RUNNING || !step()->doing)
		loop_turn(loop, -1);
	restart();
	if (_i == 0) {
		loop_turn(loop, 100);
		ck_assert_int_eq(step()->phase, PHASE_RUNNING);
		return;
	}
	until(rests, "the end of a run");
	ck_assert_int_eq(model.runs[0].phase, PHASE_UNKNOWN);
}
END_TEST

START_TEST(test_http_abort)
{
	begin("- {id: a, http: {" URL "/hang'}}\n");
	while (!step()->doing)
		loop_turn(loop, -1);
	act(ENGINE_ABORT, NULL);
	until(rests, "the end of a run");
	ck_assert_int_eq(step()->phase, PHASE_ABORTED);
}
END_TEST

/* --- healthy and version -------------------------------------------------- */

static struct environment *
see_at(int64_t at)
{
	struct environment *env = model_add_environment(&model, "staging");

	observation_ok(&env->sources[SOURCE_ENGINE], at);
	observation_ok(&env->sources[SOURCE_CHECKOUT], at);
	return env;
}

static struct environment *
see(void)
{
	return see_at(clock_wall());
}

static struct service *
serve(const char *name, enum container_state state,
    enum container_health health)
{
	struct service *v = environment_add_service(
	    see_at(clock_wall() - 1000), name, name, 1);

	v->state = state;
	v->health = health;
	v->since = clock_wall();
	v->restarts = 0;
	v->exit_code = -1;
	return v;
}

static struct service *
service(const char *name)
{
	return environment_service(model_environment(&model, "staging"),
	    name);
}

static bool
says_starting(void)
{
	return step()->doing && strstr(step()->doing, "docmost is starting");
}

static bool
says_not_seen(void)
{
	return step()->doing && strstr(step()->doing, "seen");
}

START_TEST(test_healthy)
{
	serve("postgres", CONTAINER_RUNNING, HEALTH_HEALTHY);
	serve("docmost", CONTAINER_RUNNING, HEALTH_STARTING);
	begin("- {id: a, healthy: }\n");
	/* What was seen before the step began says nothing. */
	until(says_not_seen, "old news");
	see();
	until(says_starting, "docmost");
	ck_assert_str_eq(step()->doing, "1 of 2 services are well; docmost is "
	    "starting");
	service("docmost")->health = HEALTH_HEALTHY;
	until(rests, "the end of a run");
	ck_assert_int_eq(model.runs[0].phase, PHASE_DONE);
	ck_assert_str_eq(step()->doing, "2 services are well");
}
END_TEST

static void
break_health(struct service *v)
{
	v->health = HEALTH_UNHEALTHY;
	xstrset(&v->health_log, "connection refused");
}

static void
break_exit(struct service *v)
{
	v->state = CONTAINER_EXITED;
	v->exit_code = 137;
}

static void
break_restarts(struct service *v)
{
	v->restarts = 2;
}

static const struct {
	void (*spoil)(struct service *v);
	const char *error;
} spoilings[] = {
	{break_health, "docmost is unhealthy: connection refused"},
	{break_exit, "docmost has exited (137)"},
	{break_restarts, "docmost has restarted 2 times"},
};

START_TEST(test_healthy_fails)
{
	serve("docmost", CONTAINER_RUNNING, HEALTH_STARTING);
	begin("- {id: a, healthy: }\n");
	until(says_not_seen, "old news");
	see();
	until(says_starting, "docmost");
	spoilings[_i].spoil(service("docmost"));
	until(rests, "the end of a run");
	ck_assert_int_eq(model.runs[0].phase, PHASE_FAILED);
	ck_assert_str_eq(step()->error, spoilings[_i].error);
}
END_TEST

static bool
says_no_check(void)
{
	return step()->doing && strstr(step()->doing, "without a healthcheck");
}

/* Without a healthcheck it has to run for a while. Others are not asked. */
START_TEST(test_healthy_settles)
{
	serve("redis", CONTAINER_RUNNING, HEALTH_NONE);
	serve("other", CONTAINER_EXITED, HEALTH_NONE);
	begin("- {id: a, healthy: {services: 'redis, x'}}\n");
	until(says_not_seen, "old news");
	see();
	until(says_no_check, "redis");
	service("redis")->since = clock_wall() - 11000;
	until(rests, "the end of a run");
	ck_assert_int_eq(model.runs[0].phase, PHASE_DONE);
}
END_TEST

START_TEST(test_healthy_late)
{
	serve("docmost", CONTAINER_RUNNING, HEALTH_STARTING);
	begin("- {id: a, healthy: , timeout: 2s}\n");
	until(says_not_seen, "old news");
	see();
	until(rests, "the end of a run");
	ck_assert_str_eq(step()->error, "took longer than 2s: 0 of 1 services "
	    "are well; docmost is starting");
}
END_TEST

static bool
says_expected(void)
{
	return step()->doing && strstr(step()->doing, "expected");
}

START_TEST(test_version)
{
	struct service *v = serve("bridge", CONTAINER_RUNNING, HEALTH_HEALTHY);

	xstrset(&v->image, "registry.example/bridge:v1");
	begin("- id: a\n  version: {commit: '{commit}', service: bridge, "
	    "image: '{image}:v2'}\n");
	until(says_not_seen, "old news");
	xstrset(&see()->version.commit, "fedcba9876543210");
	until(says_expected, "what is missing");
	ck_assert_str_eq(step()->doing, "the checkout is at fedcba987654, "
	    "expected 0123456789ab; bridge runs registry.example/bridge:v1 "
	    "(no digest), expected registry.example/bridge:v2");
	xstrset(&see()->version.commit, "0123456789abcdef");
	xstrset(&service("bridge")->image, "registry.example/bridge:v2");
	until(rests, "the end of a run");
	ck_assert_int_eq(model.runs[0].phase, PHASE_DONE);
	ck_assert_str_eq(step()->doing, "commit 0123456789ab, "
	    "registry.example/bridge:v2");
}
END_TEST

START_TEST(test_version_late)
{
	see_at(clock_wall() - 1000);
	begin("- {id: a, version: '{commit}', timeout: 1s}\n");
	until(says_not_seen, "old news");
	xstrset(&see()->version.commit, "fedcba9876543210");
	until(rests, "the end of a run");
	ck_assert_str_eq(step()->error, "took longer than 1s: the checkout is "
	    "at fedcba987654, expected 0123456789ab");
}
END_TEST

START_TEST(test_version_nothing)
{
	finish("- {id: a, version: {service: bridge}}\n", PHASE_FAILED,
	    "nothing to compare with: a commit, or a service and its image, is "
	    "needed");
}
END_TEST

/* --- people and time ------------------------------------------------------ */

static bool
waits(void)
{
	return step()->phase == PHASE_WAITING;
}

START_TEST(test_checklist)
{
	struct err e;

	begin("- id: a\n  checklist:\n  - {id: one, title: 'ask {who}'}\n"
	    "  - {id: two, title: look, automatic: unheard-of}\n");
	until(waits, "a person");
	ck_assert_uint_eq(step()->item_count, 2);
	ck_assert_str_eq(step()->items[0].title, "ask yan");
	ck_assert_int_eq(engine_act(engine, model.runs[0].id, ENGINE_TICK,
	    "one", "yan", NULL, &e), 0);
	/* What was ticked outlives the server. */
	restart();
	until(waits, "a person");
	ck_assert_str_eq(step()->items[0].who, "yan");
	ck_assert_ptr_null(step()->items[1].who);
	ck_assert_int_eq(engine_act(engine, model.runs[0].id, ENGINE_TICK,
	    "two", "eve", NULL, &e), 0);
	until(rests, "the end of a run");
	ck_assert_int_eq(model.runs[0].phase, PHASE_DONE);
}
END_TEST

static bool
is_red(void)
{
	return step()->item_count > 0 &&
	    step()->items[0].status == STATUS_CRIT;
}

static bool
is_well(void)
{
	return step()->item_count > 0 && step()->items[0].status == STATUS_OK;
}

static void
see_pulls(size_t count)
{
	struct pipelines *p = &model.pipelines;

	p->seen.used = true;
	observation_ok(&p->seen, clock_wall());
	p->pulls_known = TRI_YES;
	p->pulls = list_new(1, &pulls_list);
	p->pulls[0].number = 12;
	p->pulls[0].title = xstrdup("data is lost");
	p->pull_count = count;
}

#define RED "- id: a\n  checklist:\n" \
	"  - {id: pulls, title: none open, automatic: pulls}\n"

/* What a source has found holds the run up, and takes a reason to pass. */
START_TEST(test_checklist_red)
{
	const struct checklist_item *i;
	const char *id;
	struct err e;

	see_pulls(1);
	begin(RED);
	until(is_red, "a red item");
	id = model.runs[0].id;
	i = &step()->items[0];
	ck_assert_int_eq(step()->phase, PHASE_WAITING);
	ck_assert_str_eq(i->text, "1 open with the label critical: #12 data is "
	    "lost");
	ck_assert_int_eq(engine_act(engine, id, ENGINE_TICK, "pulls", "yan",
	    NULL, &e), -1);
	ck_assert_str_eq(e.text, "pulls is checked by itself and not well, 1 "
	    "open with the label critical: #12 data is lost: to override it "
	    "needs a reason");
	ck_assert_int_eq(engine_act(engine, id, ENGINE_TICK, "pulls", "yan",
	    "it is the mend itself", &e), 0);
	until(rests, "the end of a run");
	ck_assert_int_eq(model.runs[0].phase, PHASE_DONE);
	i = &step()->items[0];
	/* Overridden is not well. */
	ck_assert_int_eq(i->status, STATUS_CRIT);
	ck_assert_str_eq(i->who, "yan");
	ck_assert_str_eq(i->reason, "it is the mend itself");
	ck_assert_ptr_nonnull(strstr(buf_str(&rows), "step-tick pulls by yan: it is "
	    "the mend itself"));
}
END_TEST

/* The model changes while the step waits. */
START_TEST(test_checklist_follows)
{
	see_pulls(1);
	begin(RED "  - {id: two, title: look}\n");
	until(is_red, "a red item");
	model.pipelines.pull_count = 0;
	until(is_well, "a green item");
	ck_assert_int_eq(step()->phase, PHASE_WAITING);
	model.pipelines.pull_count = 1;
	until(is_red, "a red item");
}
END_TEST

/* What nobody knows a person answers for, by name. */
START_TEST(test_checklist_unknown)
{
	struct err e = {""};

	begin(RED);
	until(waits, "a person");
	ck_assert_int_eq(step()->items[0].status, STATUS_UNKNOWN);
	ck_assert_str_eq(step()->items[0].text,
	    "GitHub: none is configured");
	ck_assert_msg(engine_act(engine, model.runs[0].id, ENGINE_TICK,
	    "pulls", "yan", NULL, &e) == 0, "%s", e.text);
	until(rests, "the end of a run");
	ck_assert_int_eq(model.runs[0].phase, PHASE_DONE);
	ck_assert_str_eq(step()->items[0].who, "yan");
}
END_TEST

START_TEST(test_wait_until)
{
	finish("- {id: a, wait-until: {for: 300ms}}\n", PHASE_DONE, NULL);
	ck_assert_int_ge(step()->ended_at - step()->started_at, 300);
}
END_TEST

START_TEST(test_wait_until_when)
{
	finish("- {id: a, wait-until: '2020-01-01T00:00:00Z'}\n", PHASE_DONE,
	    NULL);
	finish("- {id: a, wait-until: noon}\n", PHASE_FAILED, "'noon' is no "
	    "time, expected 06:30 or 2026-06-15T06:30:00Z");
}
END_TEST

/* --- paper ---------------------------------------------------------------- */

START_TEST(test_paper)
{
	struct buf paper = BUF_INIT(1 << 16);
	const struct book_value values[] = {{"port", "80", false},
	    {"dir", "/d\n; echo x", false}, {0}};
	struct book *b = book("- {id: a, job: 'git checkout {commit}'}\n"
	    "- {id: h, healthy: }\n"
	    "- {id: v, version: {commit: '{commit}', service: bridge, image: "
	    "'{image}:{version}'}}\n"
	    "- {id: w, wait-until: '06:30'}\n"
	    "- {id: m, manual: 'look in {dir}'}\n" SMOKE);
	struct err e = {""};

	ck_assert_msg(engine_paper_start(&conf, &(struct engine_start){
		.book = b, .environment = "prod", .who = "yan",
		.target = "v1.2", .target_commit = "abcdef0", .values = values,
	    }, &paper, &e) == 0, "%s", e.text);
	ck_assert_str_eq(buf_str(&paper),
	    "# t (prod)\n# on the host: ssh prod-host\n"
	    "\n# 1. a\n# (job, at most 10m00s)\ncd '/srv/hub'\n"
	    "git checkout 'abcdef0'\n"
	    "\n# 2. h\n# (healthy, at most 10m00s)\n"
	    "docker ps --all --filter label=com.docker.compose.project='hub'\n"
	    "# go on when every service is up and healthy; otherwise look at: "
	    "docker logs --tail 20 CONTAINER\n"
	    "\n# 3. v\n# (version, at most 2m00s)\n"
	    "git -C '/srv/hub' rev-parse HEAD\n# must be abcdef0\n"
	    "docker ps --filter label=com.docker.compose.project='hub' "
	    "--filter label=com.docker.compose.service='bridge' --format "
	    "'{{.Image}} {{.Status}}'\n"
	    "# must be registry.example/bridge:v1.2\n"
	    "\n# 4. w\n# wait until 06:30\n"
	    "\n# 5. m\n# [ ] look in /d ; echo x\n"
	    "\n# 6. smoke\n# (smoke, at most 3m00s)\n# {word}: "
	    "file /d ; echo x/word\n# log in\n"
	    "curl -fsS -X POST -H 'Content-Type: application/json' -d "
	    "'{\"p\":\"{word}\"}' 'http://127.0.0.1:80/login'\n"
	    "# put its cookie authToken in place of {tok} below\n# echo\n"
	    "curl -fsS -X POST -d '{tok} {word}' 'http://127.0.0.1:80/echo'\n");
	book_free(b);
	buf_release(&paper);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("verbs");
	TCase *t = tcase_create("steps");

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, test_job);
	tcase_add_loop_test(t, test_job_fails, 0, COUNT(job_ends));
	tcase_add_test(t, test_job_timeout);
	tcase_add_test(t, test_job_abort);
	tcase_add_test(t, test_job_recall);
	tcase_add_test(t, test_job_recall_ended);
	tcase_add_test(t, test_job_recall_gone);
	tcase_add_test(t, test_job_no_host);
	tcase_add_test(t, test_job_here);
	tcase_add_loop_test(t, test_http, 0, COUNT(replies));
	tcase_add_test(t, test_http_refused);
	tcase_add_test(t, test_capture);
	tcase_add_test(t, test_smoke);
	tcase_add_test(t, test_smoke_fails);
	tcase_add_test(t, test_smoke_no_secret);
	tcase_add_loop_test(t, test_http_recall, 0, 2);
	tcase_add_test(t, test_http_abort);
	tcase_add_test(t, test_healthy);
	tcase_add_loop_test(t, test_healthy_fails, 0, COUNT(spoilings));
	tcase_add_test(t, test_healthy_settles);
	tcase_add_test(t, test_healthy_late);
	tcase_add_test(t, test_version);
	tcase_add_test(t, test_version_late);
	tcase_add_test(t, test_version_nothing);
	tcase_add_test(t, test_checklist);
	tcase_add_test(t, test_checklist_red);
	tcase_add_test(t, test_checklist_follows);
	tcase_add_test(t, test_checklist_unknown);
	tcase_add_test(t, test_wait_until);
	tcase_add_test(t, test_wait_until_when);
	tcase_add_test(t, test_paper);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return unit_run(suite());
}
