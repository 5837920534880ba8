/* What an engine answers: recorded replies, and replies no engine should
 * give. */
#include "unit.h"

#include <math.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "data.h"
#include "source/docker-parse.h"
#include "source/split.h"

static struct buf
load(const char *name)
{
	return data_load("docker", name);
}

static void
version_of(const char *text, struct docker_version *v)
{
	struct err e;

	ck_assert_msg(docker_version_parse(text, strlen(text), v, &e) == 0,
	    "%s", e.text);
}

START_TEST(version_as_recorded)
{
	struct buf b = load("version.json");
	struct docker_version v;
	char api[16];

	version_of(buf_str(&b), &v);
	ck_assert_str_eq(v.label, "Docker 20.10.24+dfsg1");
	ck_assert(!v.podman);
	ck_assert_int_eq(docker_version_choose(&v, api, NULL), 0);
	ck_assert_str_eq(api, "1.41");
	docker_version_release(&v);
	buf_release(&b);
}
END_TEST

static const struct {
	const char *text, *label, *api;	/* api NULL: refused */
} versions[] = {
	{"{\"ApiVersion\":\"1.41\",\"Version\":\"4.3.1\",\"Components\":"
	 "[{\"Name\":\"Podman Engine\"}]}", "Podman 4.3.1", "1.41"},
	{"{\"ApiVersion\":\"1.60\",\"MinAPIVersion\":\"1.44\"}", "Docker",
	 DOCKER_API_MAX},
	{"{\"ApiVersion\":\"1.60\",\"MinAPIVersion\":\"1.55\"}", "Docker",
	 NULL},
	{"{\"ApiVersion\":\"1.12\"}", "Docker", NULL},
	{"{\"ApiVersion\":\"new\"}", "Docker", NULL},
	{"{\"ApiVersion\":\"1.41\",\"Version\":7,\"Platform\":[1],"
	 "\"Components\":\"x\"}", "Docker", "1.41"},
	{"{\"ApiVersion\":\"1.41\",\"Platform\":{\"Name\":\"stand\\u202ein\"}}",
	 "standin", "1.41"},
};

START_TEST(versions_are_negotiated)
{
	struct docker_version v;
	struct err e = {""};
	char api[16] = "";

	version_of(versions[_i].text, &v);
	ck_assert_str_eq(v.label, versions[_i].label);
	if (versions[_i].api) {
		ck_assert_int_eq(docker_version_choose(&v, api, &e), 0);
		ck_assert_str_eq(api, versions[_i].api);
	} else {
		ck_assert_int_eq(docker_version_choose(&v, api, &e), -1);
		ck_assert_str_ne(e.text, "");
	}
	docker_version_release(&v);
}
END_TEST

static struct docker_container *
find(struct docker_list *l, const char *service)
{
	size_t i;

	for (i = 0; i < l->count; i++)
		if (l->items[i].service &&
		    !strcmp(l->items[i].service, service))
			return &l->items[i];
	ck_abort_msg("no %s in the list", service);
	return NULL;
}

START_TEST(list_as_recorded)
{
	struct buf b = load("list.json");
	struct docker_list l;
	struct docker_container *c;

	ck_assert_int_eq(docker_list_parse(b.data, b.len, &l, NULL), 0);
	ck_assert_int_eq(l.count, 7);
	ck_assert_int_eq(l.refused, 0);
	c = find(&l, "bridge");
	ck_assert_str_eq(c->project, "formation-hub");
	ck_assert_str_eq(c->name, "formation-hub-bridge-1");
	ck_assert_str_eq(c->image,
	    "registry.acadenice.fr/formation-hub/bridge:edge");
	ck_assert_int_eq(strncmp(c->digest, "sha256:", 7), 0);
	ck_assert_str_eq(c->compose_hash, "ec4a6b1295ae9900c3eaacf5142710531"
	    "0abe149eed1367d832404c738e79f91");
	ck_assert_int_eq(c->number, 1);
	ck_assert(!c->oneoff);
	ck_assert_int_eq(c->state, CONTAINER_RUNNING);
	ck_assert_int_eq(c->health, HEALTH_HEALTHY);
	ck_assert(c->created_at > 0);
	docker_list_release(&l);
	buf_release(&b);
}
END_TEST

START_TEST(list_tells_the_exit_code)
{
	struct buf b = load("list-exited.json");
	struct docker_list l;
	struct docker_container *c;

	ck_assert_int_eq(docker_list_parse(b.data, b.len, &l, NULL), 0);
	c = find(&l, "bridge");
	ck_assert_int_eq(c->state, CONTAINER_EXITED);
	ck_assert_int_eq(c->exit_code, 137);
	docker_list_release(&l);
	buf_release(&b);
}
END_TEST

static struct docker_container
inspect(const char *name)
{
	struct buf b = load(name);
	struct docker_container c;
	struct err e;

	ck_assert_msg(docker_inspect_parse(b.data, b.len, &c, &e) == 0, "%s",
	    e.text);
	buf_release(&b);
	return c;
}

START_TEST(inspect_as_recorded)
{
	struct docker_container c = inspect("inspect-running.json");

	ck_assert_str_eq(c.service, "bridge");
	ck_assert_int_eq(strlen(c.compose_hash), 64);
	ck_assert_int_eq(c.state, CONTAINER_RUNNING);
	ck_assert_int_eq(c.health, HEALTH_HEALTHY);
	ck_assert_int_gt(c.pid, 1);
	ck_assert_int_eq(c.exit_code, -1);
	ck_assert_int_eq(c.restarts, 0);
	ck_assert_int_eq(c.oom_killed, TRI_NO);
	ck_assert(c.since > c.created_at);
	ck_assert(!c.tty);
	ck_assert_ptr_null(c.health_log);
	docker_container_release(&c);

	c = inspect("inspect-exited.json");
	ck_assert_int_eq(c.state, CONTAINER_EXITED);
	ck_assert_int_eq(c.exit_code, 137);
	ck_assert_int_eq(c.pid, -1);
	docker_container_release(&c);

	c = inspect("inspect-paused.json");
	ck_assert_int_eq(c.state, CONTAINER_PAUSED);
	docker_container_release(&c);
}
END_TEST

#define ID "f341ba5d9770284a6afc70ed775a2a25b31c2b83eec82396a524d82a60d38c6d"

START_TEST(inspect_keeps_the_last_words_of_a_check)
{
	static const char text[] = "{\"Id\":\"" ID "\",\"State\":{\"Status\":"
	    "\"running\",\"Health\":{\"Status\":\"unhealthy\",\"Log\":["
	    "{\"Output\":\"old\"},{\"Output\":\"trying\\nconnection "
	    "\\u001b[31mrefused\\n\\n\"}]}}}";
	struct docker_container c;

	ck_assert_int_eq(docker_inspect_parse(text, strlen(text), &c, NULL),
	    0);
	ck_assert_str_eq(c.health_log, "connection refused");
	ck_assert_int_eq(c.oom_killed, TRI_UNKNOWN);
	docker_container_release(&c);
}
END_TEST

static const char *const strange[] = {
	"{\"Id\":\"" ID "\"}",
	"{\"Id\":\"" ID "\",\"State\":[],\"Config\":7,\"Name\":{},\"Image\":0,"
	"\"RestartCount\":\"many\",\"Created\":false}",
	"{\"Id\":\"" ID "\",\"State\":{\"Status\":9,\"Pid\":1e300,\"ExitCode\":"
	"0.5,\"OOMKilled\":\"yes\",\"Health\":\"good\",\"StartedAt\":\"x\"}}",
	"{\"Id\":\"" ID "\",\"State\":{\"Status\":\"flying\",\"Pid\":-4,"
	"\"Health\":{\"Status\":\"odd\",\"Log\":{\"a\":1}}},"
	"\"Config\":{\"Labels\":[\"com.docker.compose.service\"]}}",
};

START_TEST(wrong_types_are_unknown)
{
	struct docker_container c;
	struct err e;

	ck_assert_msg(docker_inspect_parse(strange[_i], strlen(strange[_i]),
	    &c, &e) == 0, "%s", e.text);
	ck_assert_int_eq(c.state, CONTAINER_UNKNOWN);
	ck_assert_int_eq(c.pid, -1);
	ck_assert_int_eq(c.restarts, -1);
	ck_assert_int_eq(c.oom_killed, TRI_UNKNOWN);
	ck_assert_ptr_null(c.service);
	docker_container_release(&c);
}
END_TEST

static const char *const refused[] = {
	"", "null", "7", "\"x\"", "[]", "{", "{\"Id\":7}", "{\"Id\":\"\"}",
	"{\"Id\":\"../../../version?\"}", "{\"Id\":\"; rm -rf / #aaaaaaa\"}",
	"<html>502 Bad Gateway</html>", "{\"Id\":\"" ID "\"} trailing",
};

START_TEST(what_is_no_container_is_refused)
{
	struct docker_container c;
	struct err e = {""};

	ck_assert_int_eq(docker_inspect_parse(refused[_i], strlen(refused[_i]),
	    &c, &e), -1);
	ck_assert_str_ne(e.text, "");
}
END_TEST

START_TEST(list_skips_what_is_no_container)
{
	static const char text[] = "[7,null,{\"Id\":[]},{\"Id\":\"" ID "\","
	    "\"Names\":[\"/other/alias\",\"/own\\u202ename\"],"
	    "\"Labels\":{\"com.docker.compose.oneoff\":\"True\","
	    "\"com.docker.compose.container-number\":\"x\"}}]";
	struct docker_list l;

	ck_assert_int_eq(docker_list_parse(text, strlen(text), &l, NULL), 0);
	ck_assert_int_eq(l.count, 1);
	ck_assert_int_eq(l.refused, 3);
	ck_assert_str_eq(l.items[0].name, "ownname");
	ck_assert(l.items[0].oneoff);
	ck_assert_int_eq(l.items[0].number, -1);
	docker_list_release(&l);
	ck_assert_int_eq(docker_list_parse("{}", 2, &l, NULL), -1);
}
END_TEST

struct seen {
	int count, exit_code;
	char actions[512];
	int64_t at_ns;
};

static bool
on_event(const char *line, size_t len, void *arg)
{
	struct seen *s = arg;
	struct docker_event ev;
	struct err e;
	size_t used = strlen(s->actions);

	ck_assert_msg(docker_event_parse(line, len, &ev, &e) == 0, "%s",
	    e.text);
	ck_assert_str_eq(ev.project, "formation-hub");
	ck_assert_int_eq(ev.number, 1);
	if (!strcmp(ev.action, "die"))
		s->exit_code = ev.exit_code;
	if (!s->count++)
		s->at_ns = ev.at_ns;
	if (strncmp(ev.action, "exec", 4))
		snprintf(s->actions + used, sizeof(s->actions) - used, "%s ",
		    ev.action);
	docker_event_release(&ev);
	return true;
}

START_TEST(events_as_recorded)
{
	struct buf b = load("events.ndjson");
	struct split split;
	struct seen whole = {0}, pieces = {0};
	const char *nano = strstr(b.data, "\"timeNano\":");
	char digits[32];
	size_t i;

	split_init(&split, 1 << 16);
	split_feed(&split, b.data, b.len, on_event, &whole);
	for (i = 0; i < b.len; i++)
		split_feed(&split, b.data + i, 1, on_event, &pieces);
	split_release(&split);
	ck_assert_int_eq(whole.exit_code, 137);
	ck_assert_str_eq(whole.actions, pieces.actions);
	ck_assert_ptr_nonnull(strstr(whole.actions,
	    "kill die start pause unpause rename rename "
	    "health_status: healthy "));
	/* All 19 digits, which a double would not keep. */
	snprintf(digits, sizeof(digits), "%lld", (long long)whole.at_ns);
	ck_assert_int_eq(strncmp(nano + 11, digits, 19), 0);
	buf_release(&b);
}
END_TEST

START_TEST(podman_has_states_of_its_own)
{
	static const struct {
		const char *word;
		enum container_state state;
	} words[] = {
		{"stopped", CONTAINER_EXITED}, {"exited", CONTAINER_EXITED},
		{"stopping", CONTAINER_RUNNING},
		{"initialized", CONTAINER_CREATED},
		{"new", CONTAINER_UNKNOWN},
	};
	char text[512];
	struct docker_list l;
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		snprintf(text, sizeof(text), "[{\"Id\":\"" ID "\","
		    "\"State\":\"%s\"}]", words[i].word);
		ck_assert_int_eq(docker_list_parse(text, strlen(text), &l,
		    NULL), 0);
		ck_assert_int_eq(l.items[0].state, words[i].state);
		docker_list_release(&l);
	}
}
END_TEST

static const struct {
	const char *text, *action, *id;	/* action NULL: refused */
	int exit_code;
} events[] = {
	{"{\"Type\":\"container\",\"Action\":\"die\",\"Actor\":{\"ID\":\"" ID
	 "\",\"Attributes\":{\"exitCode\":\"7\"}},\"time\":1700000000}",
	 "die", ID, 7},
	{"{\"Type\":\"container\",\"Action\":\"start\",\"Actor\":{\"ID\":\"" ID
	 "\",\"Attributes\":{\"containerExitCode\":\"0\"}},"
	 "\"time\":1700000000}", "start", ID, -1},
	{"{\"Type\":\"container\",\"Action\":\"died\",\"Actor\":{\"ID\":\"" ID
	 "\",\"Attributes\":{\"containerExitCode\":\"137\"}},"
	 "\"time\":1700000000}", "died", ID, 137},
	{"{\"status\":\"die\",\"id\":\"" ID "\",\"time\":1700000000}",
	 "die", ID, -1},
	{"{\"Type\":\"container\",\"Action\":7,\"Actor\":[]}", NULL, NULL, -1},
	{"{\"Type\":\"network\",\"Action\":\"connect\",\"Actor\":{\"ID\":\"" ID
	 "\"}}", NULL, NULL, -1},
	{"{\"Type\":\"image\",\"Action\":[],\"Actor\":{\"ID\":\"x\"}}", NULL,
	 NULL, -1},
	{"[]", NULL, NULL, -1},
	{"{\"Type\":\"container\",", NULL, NULL, -1},
};

START_TEST(events_of_all_ages)
{
	struct docker_event ev;
	struct err e = {""};
	int r = docker_event_parse(events[_i].text, strlen(events[_i].text),
	    &ev, &e);

	if (!events[_i].action) {
		ck_assert_int_eq(r, -1);
		ck_assert_str_ne(e.text, "");
		return;
	}
	ck_assert_msg(r == 0, "%s", e.text);
	ck_assert_str_eq(ev.action, events[_i].action);
	ck_assert_str_eq(ev.id, events[_i].id);
	ck_assert_int_eq(ev.exit_code, events[_i].exit_code);
	ck_assert(ev.at == 1700000000000);
	docker_event_release(&ev);
}
END_TEST

/* As moby tells them: the actor is a name or an id. */
START_TEST(events_of_images_are_told_apart)
{
	static const char untag[] = "{\"status\":\"untag\",\"id\":\"sha256:"
	    ID "\",\"Type\":\"image\",\"Action\":\"untag\",\"Actor\":{"
	    "\"ID\":\"sha256:" ID "\",\"Attributes\":{\"name\":\"sha256:" ID
	    "\"}},\"scope\":\"local\",\"time\":1700000000,\"timeNano\":"
	    "1700000000000000001}";
	struct docker_event ev;

	ck_assert_int_eq(docker_event_parse(untag, strlen(untag), &ev, NULL),
	    0);
	ck_assert(ev.of_image);
	ck_assert_str_eq(ev.action, "untag");
	ck_assert_ptr_null(ev.id);
	ck_assert(ev.at_ns == 1700000000000000001);
	docker_event_release(&ev);
}
END_TEST

#define HEX "5d0da3dc976460b72c77d94c8a1ad043720b0416bfc16c52c45d4847e53fadb6"

static const struct {
	const char *text, *references;
} image_lists[] = {
	{"[]", ""},
	{"[{\"Id\":\"sha256:" HEX "\",\"Created\":1780000000,\"RepoTags\":["
	 "\"reg:5000/a/b:v1\",\"reg:5000/a/b:v2\"],\"RepoDigests\":["
	 "\"reg:5000/a/b@sha256:" HEX "\"]}]",
	 "reg:5000/a/b:v1 reg:5000/a/b:v2 "},
	/* Without a tag: from its digest; dangling ones have neither. */
	{"[{\"Id\":\"sha256:" HEX "\",\"RepoTags\":null,\"RepoDigests\":["
	 "\"a/b@sha256:1\"]},{\"Id\":\"" HEX "\",\"RepoTags\":["
	 "\"<none>:<none>\"],\"RepoDigests\":[\"<none>@<none>\"]}]",
	 "a/b@sha256:1 "},
	{"[{\"Id\":\"sha256:short\",\"RepoTags\":[\"a:1\"]},7,{\"Id\":\"" HEX
	 "\",\"Created\":\"x\",\"RepoTags\":[7,\"a\\u001b[1m:2\"]}]", "a:2 "},
	{"{\"message\":\"no\"}", NULL},
	{"[{\"Id\":", NULL},
};

START_TEST(images_are_read)
{
	struct buf seen = BUF_INIT(1 << 16);
	struct docker_images l;
	struct err e = {""};
	size_t i;

	if (!image_lists[_i].references) {
		ck_assert_int_eq(docker_images_parse(image_lists[_i].text,
		    strlen(image_lists[_i].text), &l, &e), -1);
		ck_assert_str_ne(e.text, "");
		return;
	}
	ck_assert_msg(docker_images_parse(image_lists[_i].text,
	    strlen(image_lists[_i].text), &l, &e) == 0, "%s", e.text);
	for (i = 0; i < l.count; i++) {
		ck_assert_str_eq(l.items[i].id, "sha256:" HEX);
		buf_addf(&seen, "%s ", l.items[i].reference);
	}
	ck_assert_str_eq(buf_str(&seen), image_lists[_i].references);
	docker_images_release(&l);
	buf_release(&seen);
}
END_TEST

START_TEST(a_reference_has_a_repository)
{
	static const struct {
		const char *reference;
		size_t len;
	} table[] = {
		{"postgres", 8}, {"postgres:16", 8}, {"reg:5000/a/b", 12},
		{"reg:5000/a/b:v1", 12}, {"reg/a@sha256:00", 5},
		{"reg/a:v1@sha256:00", 5}, {"", 0}, {":", 0},
	};
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		ck_assert_int_eq(docker_repository_len(table[i].reference),
		    table[i].len);
}
END_TEST

START_TEST(a_monstrous_line_costs_one_event)
{
	struct buf line = BUF_INIT(64 << 20), good = load("events.ndjson");
	struct split split;
	struct seen seen = {0};
	size_t first = strchr(good.data, '\n') - good.data + 1;

	while (line.len < 10u << 20)
		buf_adds(&line, "{\"Type\":\"container\",\"Action\":");
	buf_addc(&line, '\n');
	split_init(&split, 256 << 10);
	split_feed(&split, line.data, line.len - 7, on_event, &seen);
	split_feed(&split, line.data + line.len - 7, 7, on_event, &seen);
	split_feed(&split, line.data, line.len, on_event, &seen);
	ck_assert_int_eq(seen.count, 0);
	ck_assert_int_eq(split.dropped, 2);
	ck_assert(split.line.cap <= 512 << 10);
	split_feed(&split, good.data, first, on_event, &seen);
	ck_assert_int_eq(seen.count, 1);
	split_release(&split);
	buf_release(&line);
	buf_release(&good);
}
END_TEST

static void
stats(const char *name, struct docker_stats *now, struct docker_stats *before)
{
	struct buf b = load(name);
	struct err e;

	ck_assert_msg(docker_stats_parse(b.data, b.len, now, before, &e) == 0,
	    "%s", e.text);
	buf_release(&b);
}

START_TEST(stats_as_recorded)
{
	struct docker_stats now, before, once;
	double cpu;

	stats("stats-v1.json", &now, &before);
	ck_assert_int_eq(now.cores, 2);
	ck_assert(now.memory_bytes > 0 && now.memory_bytes < now.memory_limit);
	cpu = docker_stats_cpu(&now, &before);
	ck_assert(cpu >= 0 && cpu < 200);

	/* A one-shot sample has no previous one; ours serves. */
	stats("stats-one-shot.json", &once, &before);
	ck_assert(isnan(docker_stats_cpu(&once, &before)));
	ck_assert(docker_stats_cpu(&once, &now) >= 0);
	ck_assert(isnan(docker_stats_cpu(&now, &once)));

	stats("stats-v2.json", &now, &before);
	ck_assert_int_eq(now.memory_bytes, 201641984 - 34852864);
	ck_assert(fabs(docker_stats_cpu(&now, &before) - 1.3379) < 0.001);
}
END_TEST

START_TEST(stats_of_wrong_types_are_unknown)
{
	static const char text[] = "{\"cpu_stats\":[],\"precpu_stats\":null,"
	    "\"memory_stats\":{\"usage\":\"x\",\"limit\":-5,\"stats\":3},"
	    "\"read\":7}";
	struct docker_stats now, before;

	ck_assert_int_eq(docker_stats_parse(text, strlen(text), &now, &before,
	    NULL), 0);
	ck_assert(isnan(docker_stats_cpu(&now, &before)));
	ck_assert_int_eq(now.memory_bytes, -1);
	ck_assert_int_eq(now.memory_limit, -1);
	ck_assert_int_eq(now.cores, -1);
	ck_assert_int_eq(docker_stats_parse("[]", 2, &now, &before, NULL), -1);
}
END_TEST

START_TEST(errors_are_told_in_one_line)
{
	struct buf b = load("error-404.json");
	char *s = docker_error(404, b.data, b.len);

	ck_assert_str_eq(s, "the engine answers 404: No such container: "
	    "nosuch");
	free(s);
	s = docker_error(502, "<html>\033[31mBad\nGateway", 22);
	ck_assert_str_eq(s, "the engine answers 502: <html>Bad Gateway");
	free(s);
	s = docker_error(500, "", 0);
	ck_assert_str_eq(s, "the engine answers 500");
	free(s);
	buf_release(&b);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("docker-parse");
	TCase *t = tcase_create("docker-parse");

	tcase_add_test(t, version_as_recorded);
	tcase_add_loop_test(t, versions_are_negotiated, 0,
	    sizeof(versions) / sizeof(versions[0]));
	tcase_add_test(t, list_as_recorded);
	tcase_add_test(t, list_tells_the_exit_code);
	tcase_add_test(t, inspect_as_recorded);
	tcase_add_test(t, inspect_keeps_the_last_words_of_a_check);
	tcase_add_loop_test(t, wrong_types_are_unknown, 0,
	    sizeof(strange) / sizeof(strange[0]));
	tcase_add_loop_test(t, what_is_no_container_is_refused, 0,
	    sizeof(refused) / sizeof(refused[0]));
	tcase_add_test(t, list_skips_what_is_no_container);
	tcase_add_test(t, events_as_recorded);
	tcase_add_loop_test(t, events_of_all_ages, 0,
	    sizeof(events) / sizeof(events[0]));
	tcase_add_test(t, events_of_images_are_told_apart);
	tcase_add_loop_test(t, images_are_read, 0,
	    sizeof(image_lists) / sizeof(image_lists[0]));
	tcase_add_test(t, a_reference_has_a_repository);
	tcase_add_test(t, a_monstrous_line_costs_one_event);
	tcase_add_test(t, podman_has_states_of_its_own);
	tcase_add_test(t, stats_as_recorded);
	tcase_add_test(t, stats_of_wrong_types_are_unknown);
	tcase_add_test(t, errors_are_told_in_one_line);
	suite_add_tcase(s, t);
	return unit_run(s);
}
