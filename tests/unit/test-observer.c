/* An environment observed, against an engine that does as it is told. */
#include "unit.h"

#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/log.h"
#include "engine.h"
#include "source/probe.h"
#include "source/source.h"

#define ID_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define ID_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define ID_C "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
#define DEADLINE_MS 10000

/* A container of the scripted engine. */
struct box {
	const char *id, *service, *state;
	int exit_code;
	bool oom, gone;
};

static struct loop *l;
static struct children *children;
static struct http *http;
static struct model model;
static struct engine engine;
static struct observer *o;
static struct world world;
static struct conf_environment conf;
static struct box boxes[3];
static const char *images;		/* what the engine has */
static int changes;			/* calls of `changed` */
static struct buf told;			/* actions told to `event` */
/* What goes otherwise than well, by part of the target. */
static struct {
	const char *part;
	enum engine_act act;
	int status;
	const char *body;		/* NULL: the usual one */
	int times;
} trouble;
/* Called first thing in `changed`, when set. */
static void (*on_change)(void);

/* --- the engine's words -------------------------------------------------- */

static void
labels(struct buf *b, const struct box *x)
{
	buf_addf(b, "\"com.docker.compose.project\":\"shop\","
	    "\"com.docker.compose.service\":\"%s\","
	    "\"com.docker.compose.container-number\":\"1\","
	    "\"com.docker.compose.oneoff\":\"False\"", x->service);
}

static void
say_list(struct buf *b)
{
	const char *comma = "";

	buf_addc(b, '[');
	for (int i = 0; i < 3; i++) {
		if (!boxes[i].id || boxes[i].gone)
			continue;
		buf_addf(b, "%s{\"Id\":\"%s\",\"Names\":[\"/shop-%s-1\"],"
		    "\"Image\":\"img\",\"ImageID\":\"sha256:1\",\"Created\":"
		    "1780000000,\"State\":\"%s\",\"Status\":\"x\",\"Labels\":{",
		    comma, boxes[i].id, boxes[i].service, boxes[i].state);
		labels(b, &boxes[i]);
		buf_adds(b, "}}");
		comma = ",";
	}
	buf_addc(b, ']');
}

static void
say_inspect(struct buf *b, const struct box *x)
{
	/* A pid that no Linux gives: its control group is not found. */
	buf_addf(b, "{\"Id\":\"%s\",\"Name\":\"/shop-%s-1\",\"Image\":"
	    "\"sha256:1\",\"Created\":\"2026-06-01T00:00:00.5Z\","
	    "\"RestartCount\":2,\"State\":{\"Status\":\"%s\",\"Pid\":%d,"
	    "\"ExitCode\":%d,\"OOMKilled\":%s,\"StartedAt\":"
	    "\"2026-06-15T08:00:00Z\",\"FinishedAt\":\"2026-06-15T08:05:00Z\""
	    "},\"Config\":{\"Image\":\"img\",\"Tty\":false,\"Labels\":{",
	    x->id, x->service, x->state,
	    strcmp(x->state, "running") ? 0 : 5000000, x->exit_code,
	    x->oom ? "true" : "false");
	labels(b, x);
	buf_adds(b, "}}}");
}

static void
say_stats(struct buf *b)
{
	buf_adds(b, "{\"read\":\"2026-06-15T08:00:02Z\",\"preread\":"
	    "\"2026-06-15T08:00:01Z\",\"cpu_stats\":{\"cpu_usage\":"
	    "{\"total_usage\":1500000000},\"system_cpu_usage\":4000000000,"
	    "\"online_cpus\":2},\"precpu_stats\":{\"cpu_usage\":"
	    "{\"total_usage\":1000000000},\"system_cpu_usage\":2000000000},"
	    "\"memory_stats\":{\"usage\":1000,\"limit\":5000,\"stats\":"
	    "{\"inactive_file\":200}}}");
}

static void
say_log(struct buf *b)
{
	static const char line[] = "2026-06-15T08:00:00.000000001Z hello\n";

	buf_add(b, "\1\0\0\0\0\0\0", 7);
	buf_addc(b, sizeof(line) - 1);
	buf_adds(b, line);
}

static int
usual(const char *target, struct engine_reply *r)
{
	const char *id = strstr(target, "/containers/");

	if (strstr(target, "/version"))
		buf_adds(&r->body, "{\"ApiVersion\":\"1.41\",\"Version\":"
		    "\"20.10\",\"MinAPIVersion\":\"1.12\"}");
	else if (strstr(target, "/_ping"))
		buf_adds(&r->body, "OK");
	else if (strstr(target, "/events"))
		r->act = ENGINE_STREAM;
	else if (strstr(target, "/images/json"))
		buf_adds(&r->body, images);
	else if (strstr(target, "/containers/json"))
		say_list(&r->body);
	else if (strstr(target, "/stats"))
		say_stats(&r->body);
	else if (strstr(target, "/logs")) {
		r->act = strstr(target, "follow=true") ? ENGINE_STREAM :
		    ENGINE_ANSWER;
		if (!strstr(target, "since="))
			say_log(&r->body);
	} else {
		for (int i = 0; id && i < 3; i++)
			if (boxes[i].id && !boxes[i].gone && !strncmp(id + 12,
			    boxes[i].id, 64)) {
				say_inspect(&r->body, &boxes[i]);
				return 0;
			}
		return -1;
	}
	return 0;
}

static int
on_request(const char *target, struct engine_reply *r, void *arg)
{
	int result = usual(target, r);

	(void)arg;
	if (!trouble.times || !strstr(target, trouble.part))
		return result;
	trouble.times--;
	r->act = trouble.act;
	if (trouble.status)
		r->status = trouble.status;
	if (trouble.body) {
		buf_clear(&r->body);
		buf_adds(&r->body, trouble.body);
	}
	return 0;
}

static void
event_of(const struct box *x, const char *action, const char *more)
{
	struct buf b = BUF_INIT(1 << 16);
	static int n;

	buf_addf(&b, "{\"Type\":\"container\",\"Action\":\"%s\",\"Actor\":"
	    "{\"ID\":\"%s\",\"Attributes\":{%s\"name\":\"shop-%s-1\",", action,
	    x->id, more, x->service);
	labels(&b, x);
	buf_addf(&b, "}},\"time\":1781510462,\"timeNano\":%lld}\n",
	    1781510462000000000LL + ++n);
	ck_assert_int_eq(engine_send(&engine, "/events", b.data, b.len), 1);
	buf_release(&b);
}

/* --- the observer's surroundings ----------------------------------------- */

static void
changed(void *arg, const char *environment)
{
	(void)arg;
	ck_assert_str_eq(environment, "test");
	changes++;
	if (on_change)
		on_change();
}

static void
event(void *arg, const char *environment, const struct container_event *ev)
{
	(void)arg;
	(void)environment;
	buf_addf(&told, "%s:%s:%d ", ev->service, ev->action, ev->exit_code);
}

static struct environment *
env(void)
{
	return &model.environments[0];
}

static const struct service *
service(const char *id)
{
	return environment_service(env(), id);
}

#define WAIT_FOR(predicate) do { \
	int64_t wait_until = clock_mono() + DEADLINE_MS; \
	while (!(predicate)) { \
		ck_assert_msg(clock_mono() < wait_until, \
		    "waited %d ms for " #predicate "; seen:\n%s", \
		    DEADLINE_MS, buf_str(&engine.seen)); \
		loop_turn(l, 100); \
	} \
} while (0)

static bool
is_state(const char *id, enum container_state state)
{
	const struct service *s = service(id);

	return s && s->state == state;
}

/* Listed and inspected. */
static bool
is_known(const char *id)
{
	const struct service *s = service(id);

	return s && s->restarts == 2;
}

static void
setup(void)
{
	log_open("/dev/null", LOG_LEVEL_ERROR, NULL);
	l = loop_new(NULL);
	children = children_new(l, NULL);
	http = http_new(l, NULL);
	model_init(&model);
	model_add_environment(&model, "test");
	memset(&trouble, 0, sizeof(trouble));
	boxes[0] = (struct box){ID_A, "api", "running", 0, false, false};
	boxes[1] = (struct box){ID_B, "web", "running", 0, false, false};
	boxes[2] = (struct box){0};
	images = "[]";
	engine_start(&engine, l, on_request, NULL);
	buf_init(&told, 1 << 16);
	changes = 0;
	on_change = NULL;
	world = (struct world){
		.loop = l, .http = http, .children = children,
		.model = &model, .run_dir = "/tmp", .changed = changed,
		.event = event,
	};
	conf = (struct conf_environment){
		.name = (char *)"test", .engine = engine.path,
		.compose_project = (char *)"shop", .disk = (char *)"/",
		.interval_ms = 5000,
	};
}

static void
observe(void)
{
	o = observer_new(&world, &conf);
	WAIT_FOR(is_known(ID_A) && is_known(ID_B));
}

static void
teardown(void)
{
	observer_free(o);
	o = NULL;
	http_free(http);
	children_free(children);
	engine_stop(&engine);
	loop_free(l);
	model_release(&model);
	buf_release(&told);
	log_close();
}

/* --- the engine ---------------------------------------------------------- */

START_TEST(events_come_before_the_list)
{
	const char *events, *list, *inspect;

	observe();
	events = strstr(buf_str(&engine.seen), "/events?");
	list = strstr(buf_str(&engine.seen), "/containers/json");
	inspect = strstr(buf_str(&engine.seen), ID_A "/json");
	ck_assert(events && list && inspect);
	ck_assert(events < list && list < inspect);
	/* From the engine's own time on, so that none falls in between. */
	ck_assert_ptr_nonnull(strstr(events, "since=1781510462.000000000&"));
	ck_assert_int_eq(service(ID_A)->state, CONTAINER_RUNNING);
	ck_assert_int_eq(service(ID_A)->health, HEALTH_NONE);
	ck_assert_str_eq(service(ID_A)->digest, "sha256:1");
	ck_assert_str_eq(env()->link.engine, "Docker 20.10, API 1.41");
	ck_assert_int_eq(env()->link.state, LINK_UP);
	ck_assert_str_eq(env()->link.transport, "local");
	ck_assert(env()->sources[SOURCE_ENGINE].observed_at != TIME_UNKNOWN);
	ck_assert(env()->version.since != TIME_UNKNOWN);
}
END_TEST

static int64_t died_at;

static void
note_death(void)
{
	if (!died_at && service(ID_A)->state == CONTAINER_EXITED)
		died_at = clock_mono();
}

START_TEST(a_death_is_told_before_it_is_inspected)
{
	int inspected;

	observe();
	inspected = engine_count(&engine, ID_A "/json");
	trouble.part = ID_A "/json";
	trouble.act = ENGINE_HANG;
	trouble.times = 1;
	on_change = note_death;
	died_at = 0;
	event_of(&boxes[0], "kill", "\"signal\":\"9\",");
	event_of(&boxes[0], "die", "\"exitCode\":\"137\",");
	WAIT_FOR(died_at);
	ck_assert_int_eq(engine_count(&engine, ID_A "/json"), inspected);
	ck_assert_int_eq(service(ID_A)->exit_code, 137);
	ck_assert(service(ID_A)->since == 1781510462000);
	ck_assert_str_eq(buf_str(&told), "api:kill:-1 api:die:137 ");
	/* The inspection that hangs holds nothing else up. */
	WAIT_FOR(engine_count(&engine, ID_A "/json") > inspected);
	event_of(&boxes[1], "pause", "");
	WAIT_FOR(is_state(ID_B, CONTAINER_PAUSED));
}
END_TEST

START_TEST(an_oom_is_kept_until_the_next_create)
{
	observe();
	event_of(&boxes[0], "oom", "");
	event_of(&boxes[0], "die", "\"exitCode\":\"137\",");
	event_of(&boxes[0], "start", "");
	WAIT_FOR(is_state(ID_A, CONTAINER_RUNNING) &&
	    service(ID_A)->oom_killed == TRI_YES && service(ID_A)->pid > 0);
	ck_assert_int_eq(service(ID_A)->oom_killed, TRI_YES);
	/* A new container in its place has not been killed. */
	event_of(&boxes[0], "destroy", "");
	boxes[0].id = ID_C;
	event_of(&boxes[0], "create", "");
	WAIT_FOR(!service(ID_A) && is_known(ID_C));
	ck_assert_int_eq(service(ID_C)->oom_killed, TRI_NO);
}
END_TEST

START_TEST(health_and_names_follow_events)
{
	observe();
	trouble.part = ID_A "/json";
	trouble.act = ENGINE_HANG;
	trouble.times = 1;
	event_of(&boxes[0], "health_status: unhealthy", "");
	WAIT_FOR(service(ID_A)->health == HEALTH_UNHEALTHY);
	event_of(&boxes[0], "exec_create: sh -c check", "");
	event_of(&boxes[0], "exec_die", "");
	event_of(&boxes[1], "rename", "");
	WAIT_FOR(strstr(buf_str(&told), "rename"));
	ck_assert_ptr_null(strstr(buf_str(&told), "exec"));
}
END_TEST

START_TEST(a_lost_stream_begins_all_again)
{
	observe();
	event_of(&boxes[0], "pause", "");
	WAIT_FOR(is_state(ID_A, CONTAINER_PAUSED));
	boxes[0].state = "paused";
	boxes[1].gone = true;
	boxes[2] = (struct box){ID_C, "new", "exited", 3, false, false};
	engine_close(&engine, "/events");
	WAIT_FOR(env()->link.state == LINK_DOWN);
	ck_assert_ptr_nonnull(env()->sources[SOURCE_ENGINE].error);
	WAIT_FOR(is_known(ID_C));
	ck_assert_int_eq(engine_count(&engine, "/version"), 2);
	ck_assert_int_eq(engine_count(&engine, "/containers/json"), 2);
	/* What happened meanwhile is asked for. */
	ck_assert_int_eq(engine_count(&engine, "since=1781510462.0000000"), 2);
	ck_assert(!service(ID_B));
	ck_assert_int_eq(service(ID_C)->exit_code, 3);
	ck_assert_int_eq(env()->link.state, LINK_UP);
	ck_assert_ptr_null(env()->sources[SOURCE_ENGINE].error);
}
END_TEST

/* Each is met once; then the engine is well again. */
static const struct {
	const char *part;
	enum engine_act act;
	int status;
	const char *body;
	const char *error;	/* contained in what is shown; NULL: nothing */
} troubles[] = {
	{"/version", ENGINE_DROP, 0, NULL, ""},
	{"/version", ENGINE_ANSWER, 0, "{}", "is this socket a Docker engine"},
	{"/version", ENGINE_ANSWER, 502, "<html>bad \033[31mgateway</html>",
	 "the engine answers 502: <html>bad gateway"},
	{"/version", ENGINE_ANSWER, 0, "{\"ApiVersion\":\"1.2\"}", "too old"},
	{"/containers/json", ENGINE_HALF, 0, NULL, ""},
	{"/containers/json", ENGINE_ANSWER, 500, "{\"message\":\"no space\"}",
	 "the engine answers 500: no space"},
	{"/containers/json", ENGINE_ANSWER, 0, "{\"a\":1}", "no array"},
	{"/containers/json", ENGINE_ANSWER, 0, "[{", "malformed JSON"},
	{"/containers/json", ENGINE_ANSWER, 0,
	 "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
	 "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "nested deeper"},
	{"/events", ENGINE_ANSWER, 400, "{\"message\":\"bad filter\"}\n",
	 "the engine answers 400: bad filter"},
	{ID_A "/json", ENGINE_HALF, 0, NULL, NULL},
	{ID_A "/json", ENGINE_ANSWER, 500, "{}", NULL},
	{ID_A "/json", ENGINE_ANSWER, 0, "[]", NULL},
	{ID_A "/json", ENGINE_ANSWER, 0, "{\"Id\":\"" ID_B "\"}", NULL},
};

static char *first_error;

static void
note_error(void)
{
	if (!first_error && env()->sources[SOURCE_ENGINE].error)
		first_error = xstrdup(env()->sources[SOURCE_ENGINE].error);
}

START_TEST(troubles_are_told_and_overcome)
{
	trouble.part = troubles[_i].part;
	trouble.act = troubles[_i].act;
	trouble.status = troubles[_i].status;
	trouble.body = troubles[_i].body;
	trouble.times = 1;
	first_error = NULL;
	on_change = note_error;
	observe();
	ck_assert_int_eq(trouble.times, 0);
	if (troubles[_i].error) {
		ck_assert_ptr_nonnull(first_error);
		ck_assert_msg(strstr(first_error, troubles[_i].error) != NULL,
		    "%s", first_error);
	} else {
		ck_assert_pstr_eq(first_error, NULL);
	}
	free(first_error);
}
END_TEST

START_TEST(rubbish_among_events_asks_for_the_list)
{
	int lists;
	char *big = xmalloc(10 << 20);

	observe();
	lists = engine_count(&engine, "/containers/json");
	engine_send(&engine, "/events", "{\"Type\":7}\n\x1b[2Jnonsense\n", 24);
	WAIT_FOR(engine_count(&engine, "/containers/json") > lists);
	lists++;
	/* A line of 10 MB costs one event, and no more memory than a line
	 * may have. */
	memset(big, '[', 10 << 20);
	engine_send(&engine, "/events", big, 10 << 20);
	engine_send(&engine, "/events", "\n", 1);
	event_of(&boxes[0], "die", "\"exitCode\":\"1\",");
	WAIT_FOR(is_state(ID_A, CONTAINER_EXITED));
	WAIT_FOR(engine_count(&engine, "/containers/json") > lists);
	ck_assert_int_eq(env()->link.state, LINK_UP);
	free(big);
}
END_TEST

START_TEST(a_list_does_not_undo_a_newer_event)
{
	observe();
	/* The stop falls between the list's making and its arrival: the box
	 * still says "running". */
	trouble.part = "/containers/json";
	trouble.act = ENGINE_HANG;
	trouble.times = 1;
	observer_refresh(o);
	WAIT_FOR(!trouble.times);
	event_of(&boxes[1], "die", "\"exitCode\":\"2\",");
	WAIT_FOR(is_state(ID_B, CONTAINER_EXITED));
	ck_assert_int_eq(service(ID_B)->exit_code, 2);
}
END_TEST

START_TEST(hostile_names_are_cleaned)
{
	boxes[0].service = "api\\u001b[31m\\u202e";
	observe();
	ck_assert_str_eq(service(ID_A)->name, "api");
	ck_assert_str_eq(service(ID_A)->container_name, "shop-api-1");
}
END_TEST

/* --- figures ------------------------------------------------------------- */

START_TEST(what_the_shell_cannot_see_the_engine_tells)
{
	observe();
	WAIT_FOR(service(ID_A)->memory_bytes == 800 &&
	    service(ID_B)->memory_bytes == 800);
	ck_assert(fabs(service(ID_A)->cpu_percent - 50) < 1e-6);
	ck_assert_int_eq(service(ID_A)->memory_limit, 5000);
	ck_assert_int_eq(engine_count(&engine, "/stats?"), 2);
	WAIT_FOR(!isnan(env()->host.memory_percent) &&
	    !isnan(env()->host.disk_percent) && !isnan(env()->host.load1));
	ck_assert_int_gt(env()->host.cores, 0);
	ck_assert(env()->sources[SOURCE_HOST].observed_at != TIME_UNKNOWN);
	ck_assert(env()->sources[SOURCE_STATS].observed_at != TIME_UNKNOWN);
	/* And what has stopped uses nothing. */
	event_of(&boxes[0], "die", "\"exitCode\":\"0\",");
	WAIT_FOR(is_state(ID_A, CONTAINER_EXITED));
	ck_assert(isnan(service(ID_A)->cpu_percent));
	ck_assert_int_eq(service(ID_A)->memory_bytes, -1);
}
END_TEST

static int children_done;

static void
on_child(const struct child_result *r, void *arg)
{
	(void)arg;
	ck_assert_msg(r->exit_code == 0, "%s", r->err);
	children_done++;
}

START_TEST(the_checkout_is_read)
{
	char dir[] = "/tmp/vigie-checkout-XXXXXX";
	struct child_request r = {
		.deadline_ms = DEADLINE_MS, .done = on_child,
	};
	const char *argv[] = {"sh", "-c",
	    "git init -q . && git -c user.name=x -c user.email=x@y commit -q "
	    "--allow-empty -m x && git tag v1.9.0 && git tag v1.10.0",
	    NULL};
	const char *clean[] = {"rm", "-rf", dir, NULL};

	ck_assert_ptr_nonnull(mkdtemp(dir));
	children_done = 0;
	r.argv = argv;
	r.directory = dir;
	child_start(children, &r);
	WAIT_FOR(children_done == 1);
	conf.directory = dir;
	observe();
	WAIT_FOR(env()->version.commit);
	ck_assert_int_eq(strlen(env()->version.commit), 40);
	ck_assert_str_eq(env()->version.tag, "v1.10.0");
	ck_assert_int_eq(env()->version.dirty, TRI_NO);
	r.argv = clean;
	r.directory = NULL;
	child_start(children, &r);
	WAIT_FOR(children_done == 2);
	conf.directory = NULL;
}
END_TEST

START_TEST(no_checkout_says_why)
{
	conf.directory = (char *)"/nonexistent/it's";
	observe();
	WAIT_FOR(env()->sources[SOURCE_CHECKOUT].error);
	ck_assert_ptr_nonnull(strstr(env()->sources[SOURCE_CHECKOUT].error,
	    "cannot change to '/nonexistent/it's'"));
	conf.directory = NULL;
}
END_TEST

/* --- images -------------------------------------------------------------- */

#define IMAGE(tag, digit) "{\"Id\":\"sha256:" \
	"000000000000000000000000000000000000000000000000000000000000000" digit \
	"\",\"Created\":1780000000,\"RepoTags\":[\"" tag "\"]}"

static void
image_event(const char *action)
{
	struct buf b = BUF_INIT(4096);
	static int n;

	buf_addf(&b, "{\"Type\":\"image\",\"Action\":\"%s\",\"Actor\":{\"ID\":"
	    "\"x:1\",\"Attributes\":{\"name\":\"x\"}},\"time\":1781510462,"
	    "\"timeNano\":%lld}\n", action, 1781510462000000500LL + ++n);
	ck_assert_int_eq(engine_send(&engine, "/events", b.data, b.len), 1);
	buf_release(&b);
}

static bool
has_images(const char *first, size_t count)
{
	return env()->image_count == count && (!count ||
	    !strcmp(env()->images[0].reference, first));
}

START_TEST(the_images_of_the_project_are_listed)
{
	int64_t before;

	/* The services' image is "img"; the registry's is known to the world;
	 * others' do not concern us. */
	world.image = "reg.example:5000/hub/bridge";
	images = "[" IMAGE("reg.example:5000/hub/bridge:v2", "2") ","
	    IMAGE("img:latest", "1") "," IMAGE("other:1", "3") ","
	    IMAGE("reg.example:5000/hub/bridge2:v2", "4") ","
	    IMAGE("reg.example:5000/hub/bridge:v1", "5") "]";
	observe();
	WAIT_FOR(has_images("img:latest", 3));
	ck_assert_str_eq(env()->images[1].reference,
	    "reg.example:5000/hub/bridge:v1");
	ck_assert_str_eq(env()->images[2].reference,
	    "reg.example:5000/hub/bridge:v2");
	ck_assert(env()->images[0].created_at == 1780000000000);
	ck_assert_int_eq(env()->sources[SOURCE_IMAGES].used, 1);
	ck_assert(env()->sources[SOURCE_IMAGES].observed_at != TIME_UNKNOWN);
	ck_assert(env()->changes & CHANGE_IMAGES);
	/* The same again is no news. */
	model_changes_clear(&model);
	before = env()->sources[SOURCE_IMAGES].observed_at;
	WAIT_FOR(clock_wall() > before);
	observer_refresh(o);
	WAIT_FOR(env()->sources[SOURCE_IMAGES].observed_at > before);
	ck_assert(!(env()->changes & CHANGE_IMAGES));
	/* One goes. */
	images = "[" IMAGE("img:latest", "1") "]";
	image_event("delete");
	WAIT_FOR(has_images("img:latest", 1));
	ck_assert(env()->changes & CHANGE_IMAGES);
	ck_assert_ptr_null(strstr(buf_str(&told), "delete"));
}
END_TEST

START_TEST(images_stay_when_the_engine_says_nonsense)
{
	images = "[" IMAGE("img:latest", "1") "]";
	observe();
	WAIT_FOR(has_images("img:latest", 1));
	images = "{";
	image_event("pull");
	WAIT_FOR(env()->sources[SOURCE_IMAGES].error);
	ck_assert(has_images("img:latest", 1));
	ck_assert_ptr_nonnull(strstr(env()->sources[SOURCE_IMAGES].error,
	    "image list"));
	images = "[]";
	/* A new container looks for images too. */
	event_of(&boxes[0], "create", "");
	WAIT_FOR(has_images(NULL, 0));
	ck_assert_ptr_null(env()->sources[SOURCE_IMAGES].error);
}
END_TEST

/* --- schemas ------------------------------------------------------------- */

static void
write_file(const char *dir, const char *name, const char *text)
{
	char *path = xasprintf("%s/%s", dir, name);
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
	ck_assert_int_eq(chmod(path, 0700), 0);
	free(path);
}

static void
remove_file(const char *dir, const char *name)
{
	char *path = xasprintf("%s/%s", dir, name);

	ck_assert_int_eq(unlink(path), 0);
	free(path);
}

static bool
schema_error(size_t n, const char *part)
{
	const char *error = n < env()->schema_count ?
	    env()->schemas[n].error : NULL;

	return part ? error && strstr(error, part) : !error;
}

START_TEST(schemas_are_asked_for_and_kept)
{
	char dir[] = "/tmp/vigie-schemas-XXXXXX", *path, *query, *first;
	struct conf_schema schemas[2] = {
		{.name = (char *)"docmost", .service = (char *)"api"},
		{.name = (char *)"host", .command = (char *)"echo 7"},
	};

	ck_assert_ptr_nonnull(mkdtemp(dir));
	write_file(dir, "docker", "#!/bin/sh\n[ \"$4\" = " ID_A " ] || exit 9\n"
	    "shift 4\nexec \"$@\"\n");
	write_file(dir, "schema", "001_first\n");
	path = xasprintf("%s:%s", dir, getenv("PATH"));
	setenv("PATH", path, 1);
	query = xasprintf("cat %s/schema", dir);
	schemas[0].command = query;
	conf.schemas = schemas;
	conf.schema_count = 2;
	observe();
	ck_assert_int_eq(env()->schema_count, 2);
	ck_assert_str_eq(env()->schemas[0].name, "docmost");
	WAIT_FOR(env()->sources[SOURCE_SCHEMAS].observed_at != TIME_UNKNOWN);
	first = xstrdup(env()->schemas[0].fingerprint);
	ck_assert_str_ne(first, env()->schemas[1].fingerprint);
	ck_assert(env()->schemas[0].observed_at != TIME_UNKNOWN);
	/* A migration has run once the service is healthy. */
	write_file(dir, "schema", "001_first\n002_second\n");
	model_changes_clear(&model);
	event_of(&boxes[0], "health_status: healthy", "");
	WAIT_FOR(strcmp(first, env()->schemas[0].fingerprint));
	ck_assert(env()->changes & CHANGE_SCHEMAS);
	xstrset(&first, env()->schemas[0].fingerprint);
	/* So it may have when another service is. */
	write_file(dir, "schema", "001_first\n002_second\n003_third\n");
	event_of(&boxes[1], "health_status: healthy", "");
	WAIT_FOR(strcmp(first, env()->schemas[0].fingerprint));
	xstrset(&first, env()->schemas[0].fingerprint);
	/* What cannot be asked keeps its last answer. */
	remove_file(dir, "schema");
	event_of(&boxes[0], "create", "");
	WAIT_FOR(schema_error(0, "the query ended with 1: cat: "));
	ck_assert_str_eq(env()->schemas[0].fingerprint, first);
	ck_assert(schema_error(1, NULL));
	WAIT_FOR(env()->sources[SOURCE_SCHEMAS].error);
	ck_assert_int_eq(strncmp(env()->sources[SOURCE_SCHEMAS].error,
	    "docmost: the query", 18), 0);
	boxes[0].state = "exited";
	event_of(&boxes[0], "die", "\"exitCode\":\"1\",");
	WAIT_FOR(schema_error(0, "no container of api runs"));
	write_file(dir, "schema", "001_first\n002_second\n003_third\n");
	boxes[0].state = "running";
	event_of(&boxes[0], "start", "");
	WAIT_FOR(schema_error(0, NULL));
	ck_assert_str_eq(env()->schemas[0].fingerprint, first);
	remove_file(dir, "schema");
	remove_file(dir, "docker");
	rmdir(dir);
	free(path);
	free(query);
	free(first);
	conf.schema_count = 0;
}
END_TEST

/* --- logs ---------------------------------------------------------------- */

static struct buf lines;
static int ends;
static char *end_error;

static void
on_log_line(void *arg, const struct log_line *line)
{
	(void)arg;
	buf_addf(&lines, "%s %s|", line->service, line->text);
}

static void
on_log_end(void *arg, const char *error)
{
	(void)arg;
	ends++;
	xstrset(&end_error, error);
}

static struct log_stream *
read_logs(const char *const *services, bool follow)
{
	struct log_request r = {
		.services = services, .follow = follow, .tail = 5,
		.since = TIME_UNKNOWN, .line = on_log_line, .end = on_log_end,
	};

	buf_release(&lines);
	buf_init(&lines, 1 << 20);
	ends = 0;
	xstrset(&end_error, NULL);
	return observer_logs(o, &r);
}

START_TEST(logs_are_read_and_end)
{
	static const char *const one[] = {"web", NULL};
	static const char *const none[] = {"nosuch", NULL};

	observe();
	read_logs(NULL, false);
	WAIT_FOR(ends);
	ck_assert_pstr_eq(end_error, NULL);
	ck_assert_ptr_nonnull(strstr(buf_str(&lines), "api hello|"));
	ck_assert_ptr_nonnull(strstr(buf_str(&lines), "web hello|"));
	read_logs(one, false);
	WAIT_FOR(ends);
	ck_assert_str_eq(buf_str(&lines), "web hello|");
	read_logs(none, true);
	WAIT_FOR(ends);
	ck_assert_str_eq(end_error, "test has no service named nosuch");
	trouble.part = "/logs";
	trouble.act = ENGINE_ANSWER;
	trouble.status = 501;
	trouble.body = "{\"message\":\"driver cannot read\"}";
	trouble.times = 1;
	read_logs(one, false);
	WAIT_FOR(ends);
	ck_assert_str_eq(end_error, "web: the engine answers 501: driver "
	    "cannot read");
	buf_release(&lines);
	xstrset(&end_error, NULL);
}
END_TEST

START_TEST(logs_follow_over_a_restart)
{
	static const char *const one[] = {"api", NULL};
	struct log_stream *s;

	observe();
	s = read_logs(one, true);
	WAIT_FOR(lines.len);
	log_stream_pause(s, true);
	log_stream_pause(s, false);
	engine_close(&engine, "/logs");
	event_of(&boxes[0], "die", "\"exitCode\":\"0\",");
	event_of(&boxes[0], "start", "");
	WAIT_FOR(engine_count(&engine, ID_A "/logs") == 2);
	/* From the last line on. */
	ck_assert_int_eq(engine_count(&engine, "since=1781510400.000000002"),
	    1);
	engine_send(&engine, "/logs", "\1\0\0\0\0\0\0\x25"
	    "2026-06-15T08:00:00.000000005Z again\n", 45);
	WAIT_FOR(strstr(buf_str(&lines), "again"));
	ck_assert_str_eq(buf_str(&lines), "api hello|api again|");
	/* The engine goes and comes back. */
	engine_close(&engine, "/");
	WAIT_FOR(engine_count(&engine, "since=1781510400.000000006") == 1);
	log_stream_cancel(s);
	loop_turn(l, 10);
	ck_assert_int_eq(ends, 0);
	buf_release(&lines);
}
END_TEST

/* --- the rest ------------------------------------------------------------ */

START_TEST(a_shell_has_its_words)
{
	char **argv;

	observe();
	argv = observer_shell_argv(o, ID_A);
	ck_assert_str_eq(argv[0], "docker");
	ck_assert_str_eq(argv[4], "-it");
	ck_assert_str_eq(argv[5], ID_A);
	observer_argv_free(argv);
	ck_assert_ptr_null(observer_shell_argv(o, "; rm -rf /"));
	conf.ssh_host = (char *)"prod";
	conf.ssh_config = (char *)"/cfg";
	argv = observer_shell_argv(o, "shop-api-1");
	ck_assert_str_eq(argv[0], "ssh");
	ck_assert_str_eq(argv[2], "/cfg");
	ck_assert_str_eq(argv[5], "prod");
	ck_assert_ptr_nonnull(strstr(argv[6], "'exec' '-it' '" ID_A "' 'sh' "
	    "'-c' 'command -v bash >/dev/null && exec bash || exec sh'"));
	ck_assert_ptr_null(argv[7]);
	observer_argv_free(argv);
	conf.ssh_host = conf.ssh_config = NULL;
}
END_TEST

static const struct {
	int expect_status;
	const char *field, *value;
	int status;
	const char *body;
	const char *failure;	/* NULL: as it should be */
} judgements[] = {
	{0, NULL, NULL, 200, "", NULL},
	{0, NULL, NULL, 204, "", NULL},
	{0, NULL, NULL, 302, "", "HTTP 302"},
	{0, NULL, NULL, 503, "", "HTTP 503"},
	{401, NULL, NULL, 401, "", NULL},
	{401, NULL, NULL, 200, "", "HTTP 200, expected 401"},
	{0, "status", "ok", 200, "{\"status\":\"ok\"}", NULL},
	{0, "status", "ok", 200, "{\"status\":\"e\\u001b[1mrr\"}",
	 "status is err, expected ok"},
	{0, "a.b", "7", 200, "{\"a\":{\"b\":7}}", NULL},
	{0, "a.b", "true", 200, "{\"a\":{\"b\":true}}", NULL},
	{0, "a.b", NULL, 200, "{\"a\":{}}", "the answer has no a.b"},
	{0, "status", "ok", 200, "<html>",
	 "expected JSON: malformed JSON at byte 0 of 6"},
};

START_TEST(probes_are_judged)
{
	struct conf_probe c = {
		.expect_status = judgements[_i].expect_status,
		.expect_field = (char *)judgements[_i].field,
		.expect_value = (char *)judgements[_i].value,
	};
	char *failure = probe_judge(&c, judgements[_i].status,
	    judgements[_i].body, strlen(judgements[_i].body));

	ck_assert_pstr_eq(failure, judgements[_i].failure);
	free(failure);
}
END_TEST

START_TEST(a_refused_probe_is_evidence)
{
	struct conf_probe probe = {
		.name = (char *)"wiki", .url = (char *)"http://127.0.0.1:1/",
		.interval_ms = 1000, .deadline_ms = 1000,
	};

	conf.probes = &probe;
	conf.probe_count = 1;
	observe();
	WAIT_FOR(env()->probe_count && env()->probes[0].failure);
	ck_assert_int_eq(env()->probes[0].http_code, -1);
	ck_assert(isnan(env()->probes[0].latency_ms));
	ck_assert(env()->probes[0].seen.observed_at != TIME_UNKNOWN);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("observer");
	TCase *t = tcase_create("observer");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, events_come_before_the_list);
	tcase_add_test(t, a_death_is_told_before_it_is_inspected);
	tcase_add_test(t, an_oom_is_kept_until_the_next_create);
	tcase_add_test(t, health_and_names_follow_events);
	tcase_add_test(t, a_lost_stream_begins_all_again);
	tcase_add_loop_test(t, troubles_are_told_and_overcome, 0,
	    sizeof(troubles) / sizeof(troubles[0]));
	tcase_add_test(t, rubbish_among_events_asks_for_the_list);
	tcase_add_test(t, a_list_does_not_undo_a_newer_event);
	tcase_add_test(t, hostile_names_are_cleaned);
	tcase_add_test(t, what_the_shell_cannot_see_the_engine_tells);
	tcase_add_test(t, the_checkout_is_read);
	tcase_add_test(t, no_checkout_says_why);
	tcase_add_test(t, the_images_of_the_project_are_listed);
	tcase_add_test(t, images_stay_when_the_engine_says_nonsense);
	tcase_add_test(t, schemas_are_asked_for_and_kept);
	tcase_add_test(t, logs_are_read_and_end);
	tcase_add_test(t, logs_follow_over_a_restart);
	tcase_add_test(t, a_shell_has_its_words);
	tcase_add_loop_test(t, probes_are_judged, 0,
	    sizeof(judgements) / sizeof(judgements[0]));
	tcase_add_test(t, a_refused_probe_is_evidence);
	suite_add_tcase(s, t);
	return unit_run(s);
}
