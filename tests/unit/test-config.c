/* The configuration: what is read, what is refused and in which words. */
#include "unit.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/files.h"
#include "config/conf.h"
#include "config/options.h"

#define TOP "project: x\nenvironments:\n  a: {}\n"
/* One environment on line 3; its options start in column 7. */
#define ENV(options) "project: x\nenvironments:\n  a: {" options "}\n"
/* One probe on line 3, its options start in column 41. */
#define PROBE(options) \
	ENV("probes: [{name: p, url: http://h" options "}]")

static struct conf *
parse_good(const char *text)
{
	struct buf errors = BUF_INIT(1 << 20);
	struct conf *c = conf_parse(text, strlen(text), "/etc/t/x.yaml",
	    &errors);

	ck_assert_str_eq(buf_str(&errors), "");
	ck_assert_ptr_nonnull(c);
	buf_release(&errors);
	return c;
}

static const struct {
	const char *text, *errors;
} mistakes[] = {
	/* YAML */
	{"", "1:1: the file is empty, expected 'project' and "
	    "'environments'\n"},
	{"# nothing\n", "1:1: the file is empty, expected 'project' and "
	    "'environments'\n"},
	{"x", "1:1: the file is no map, expected 'project' and "
	    "'environments'\n"},
	{"- x", "1:1: the file is no map, expected 'project' and "
	    "'environments'\n"},
	{"a: [1, 2", "2:1: did not find expected ',' or ']' while parsing a "
	    "flow sequence (which began on line 1)\n"},
	{"a: 1\n b: 2\n", "2:3: mapping values are not allowed in this "
	    "context\n"},
	{"project: \"x\n", "2:1: found unexpected end of stream while scanning "
	    "a quoted scalar (which began on line 1)\n"},
	{"a: \xff\n", "1:4: byte 0xff is not valid UTF-8, expected a file in "
	    "UTF-8\n"},
	{"\xc3\xa9: \xc3", "1:4: byte 0xc3 is not valid UTF-8, expected a file "
	    "in UTF-8\n"},
	{"a: \033[31m\n", "1:4: control character 0x1b, expected text\n"},
	{"a: b\n---\nc: d\n", "2:1: a second document, expected only one\n"},
	{"? [a]\n: b\n", "1:3: a key that is no plain text, expected a "
	    "word\n"},
	{TOP "theme: &t dark\nstate: *t\n",
	    "4:8: anchors and aliases are not supported, expected the value "
	    "itself\n"
	    "5:8: anchors and aliases are not supported, expected the value "
	    "itself\n"},
	{TOP "theme: !!str dark\n",
	    "4:8: tags are not supported, expected the value alone\n"},
	{TOP "theme: \"a\\0b\"\n", "4:8: a NUL character, expected text\n"},
	{TOP "theme: a\nproject: y\ntheme: b\n",
	    "5:1: duplicate key 'project', expected it once: it is on line 1 "
	    "already\n"
	    "6:1: duplicate key 'theme', expected it once: it is on line 4 "
	    "already\n"},
	{"project: x\nenvironments:\n  a:\n  b:\n  a:\n",
	    "5:3: duplicate key 'a', expected it once: it is on line 3 "
	    "already\n"},

	/* keys */
	{"{}", "1:1: the file has no 'environments', expected a map of names\n"
	    "1:1: the file has no 'project', expected a line of text of at "
	    "most 100 bytes\n"},
	{"project: x\nenviroments:\n  a:\n",
	    "1:1: the file has no 'environments', expected a map of names\n"
	    "2:1: unknown key 'enviroments', did you mean 'environments'?\n"},
	{TOP "zebra: 1\n",
	    "4:1: unknown key 'zebra', expected one of: project, state, "
	    "socket, runbooks, theme, operators, viewers, history, limits, "
	    "repository, github, registry, calendar, "
	    "environments\n"},
	{TOP "history: {agee: 1d}\n",
	    "4:11: unknown key 'agee' in history, did you mean 'age'?\n"},
	{ENV("engin: /x"), "3:7: unknown key 'engin' in environments.a, did "
	    "you mean 'engine'?\n"},
	{PROBE(", expct: {}"), "3:41: unknown key 'expct' in "
	    "environments.a.probes[0], did you mean 'expect'?\n"},
	{TOP "\"\\e[31mred\\u202e\": 1\n",
	    "4:1: unknown key 'red', expected one of: project, state, "
	    "socket, runbooks, theme, operators, viewers, history, limits, "
	    "repository, github, registry, calendar, "
	    "environments\n"},

	/* types and ranges */
	{TOP "theme:\n", "4:7: theme is empty, expected a line of text of at "
	    "most 4096 bytes\n"},
	{TOP "theme: [a, b]\n", "4:8: theme is [a, b], expected a line of text "
	    "of at most 4096 bytes\n"},
	{TOP "theme: {}\n", "4:8: theme is a map, expected a line of text of "
	    "at most 4096 bytes\n"},
	{TOP "theme: \"da\\x1b[1mrk\"\n", "4:8: theme is 'dark' with "
	    "characters that cannot be shown, expected a line of text of at "
	    "most 4096 bytes\n"},
	{TOP "history: 30d\n", "4:10: history is '30d', expected a map of "
	    "options\n"},
	{TOP "history: {age: 30}\n", "4:16: history.age is '30', expected a "
	    "duration (ms, s, m, h, d, w) from 1h to 3650d\n"},
	{TOP "history: {age: 59m}\n", "4:16: history.age is '59m', expected a "
	    "duration (ms, s, m, h, d, w) from 1h to 3650d\n"},
	{TOP "history: {size: 1MB}\n", "4:17: history.size is '1MB', expected "
	    "a size (KiB, MiB, GiB, TiB) from 1MiB to 1TiB\n"},
	{TOP "history: {size: 99999999999999999999TiB}\n", "4:17: "
	    "history.size is '99999999999999999999TiB', expected a size (KiB, "
	    "MiB, GiB, TiB) from 1MiB to 1TiB\n"},
	{TOP "history: {size: 9000000TiB}\n", "4:17: history.size is "
	    "'9000000TiB', expected a size (KiB, MiB, GiB, TiB) from 1MiB to "
	    "1TiB\n"},
	{TOP "limits: {cpu: [95, 80]}\n", "4:15: limits.cpu is [95, 80], "
	    "expected [warn, crit], warn not above crit, each from 0 to "
	    "100\n"},
	{TOP "limits: {memory: [80]}\n", "4:18: limits.memory is [80], "
	    "expected [warn, crit], warn not above crit, each from 0 to "
	    "100\n"},
	{TOP "limits: {disk: 80}\n", "4:16: limits.disk is '80', expected "
	    "[warn, crit], warn not above crit, each from 0 to 100\n"},
	{TOP "limits: {disk: [nan, 0x5]}\n", "4:16: limits.disk is "
	    "[nan, 0x5], expected [warn, crit], warn not above crit, each from "
	    "0 to 100\n"},
	{TOP "limits: {tls_days: [7, 25]}\n", "4:20: limits.tls_days is "
	    "[7, 25], expected [warn, crit], warn not below crit, each from 0 "
	    "to 3650\n"},
	{TOP "limits: {latency: 1500}\n", "4:19: limits.latency is '1500', "
	    "expected a duration (ms, s, m, h, d, w) from 1ms to 10m\n"},
	{TOP "limits: {restarts: 0}\n", "4:20: limits.restarts is '0', "
	    "expected a whole number from 1 to 1000000\n"},
	{TOP "limits: {warn_no_healthcheck: maybe}\n", "4:31: "
	    "limits.warn_no_healthcheck is 'maybe', expected true or false\n"},
	{TOP "operators: corentin\n", "4:12: operators is 'corentin', expected "
	    "user names or numbers in a list\n"},
	{TOP "operators: [a b, ok, {}, -x]\n",
	    "4:13: operators[0] is 'a b', expected user names or numbers in a "
	    "list\n"
	    "4:22: operators[2] is a map, expected user names or numbers in a "
	    "list\n"
	    "4:26: operators[3] is '-x', expected user names or numbers in a "
	    "list\n"},
	{TOP "operators: [a, b, a]\nviewers: [b]\n",
	    "4:1: operators names 'a' twice, expected once\n"
	    "5:1: 'b' is an operator and a viewer, expected one role\n"},

	/* environments */
	{"project: x\nenvironments:\n", "2:14: environments is empty, expected "
	    "at least one environment\n"},
	{"project: x\nenvironments: {}\n", "2:1: environments is empty, "
	    "expected at least one environment\n"},
	{"project: x\nenvironments: [a]\n", "2:15: environments is [a], "
	    "expected a map of names\n"},
	{"project: x\nenvironments: {a: 1}\n", "2:19: environments.a is '1', "
	    "expected a map of options\n"},
	{"project: x\nenvironments: {Prod: {}, -x: {}, b c: {}}\n",
	    "2:16: 'Prod' cannot name an environment, expected at most 63 of "
	    "a-z, 0-9, _ and -\n"
	    "2:26: '-x' cannot name an environment, expected at most 63 of "
	    "a-z, 0-9, _ and -\n"
	    "2:34: 'b c' cannot name an environment, expected at most 63 of "
	    "a-z, 0-9, _ and -\n"},
	{"project: My Hub\nenvironments:\n  a:\n  b: {compose_project: hub}\n",
	    "3:5: environments.a has no 'compose_project', expected one: the "
	    "project's name 'My Hub' is no Compose project name\n"},
	{ENV("compose_project: Hub"), "3:24: environments.a.compose_project is "
	    "'Hub', expected a Compose project name: a-z, 0-9, _ and -\n"},
	{ENV("ssh: -oProxyCommand=x"), "3:12: environments.a.ssh.host is "
	    "'-oProxyCommand=x', expected a host or an alias of "
	    "~/.ssh/config\n"},
	{ENV("ssh: {host: a b}"), "3:19: environments.a.ssh.host is 'a b', "
	    "expected a host or an alias of ~/.ssh/config\n"},
	{ENV("ssh: {transport: telnet}"), "3:12: environments.a.ssh has no "
	    "'host', expected a host or an alias of ~/.ssh/config\n"
	    "3:24: environments.a.ssh.transport is 'telnet', expected one of "
	    "auto, libssh2, openssh\n"},
	{ENV("ssh: [h]"), "3:12: environments.a.ssh is [h], expected a host, or "
	    "a map with 'host'\n"},
	{ENV("ssh: "), "3:12: environments.a.ssh is empty, expected a host, or "
	    "a map with 'host'\n"},
	{ENV("engine: tcp://h:2375"), "3:15: environments.a.engine is "
	    "'tcp://h:2375', expected the path of a Unix socket\n"},
	{ENV("ssh: h, engine: run/docker.sock, directory: ~/x, disk: y"),
	    "3:23: environments.a.engine is 'run/docker.sock', expected an "
	    "absolute path, for it is on another host\n"
	    "3:51: environments.a.directory is '~/x', expected an absolute "
	    "path, for it is on another host\n"
	    "3:62: environments.a.disk is 'y', expected an absolute path, for "
	    "it is on another host\n"},
	{ENV("directory: ~yan/x"), "3:18: environments.a.directory is "
	    "'~yan/x', expected an absolute path, ~/path, or one relative to "
	    "the file's directory\n"},
	{ENV("interval: 0s"), "3:17: environments.a.interval is '0s', expected "
	    "a duration (ms, s, m, h, d, w) from 1s to 1h\n"},

	/* probes */
	{ENV("probes: {}"), "3:15: environments.a.probes is a map, expected a "
	    "list of maps\n"},
	{ENV("probes: [x]"), "3:16: environments.a.probes[0] is 'x', expected "
	    "a map of options\n"},
	{ENV("probes: [{url: http://h}, {name: y}]"),
	    "3:16: environments.a.probes[0] has no 'name', expected a line of "
	    "text of at most 100 bytes\n"
	    "3:33: environments.a.probes[1] has no 'url', expected http://… "
	    "or https://… without a user name\n"},
	{ENV("probes: [{name: y, url: http://h}, {name: y, url: http://i}]"),
	    "3:49: environments.a.probes[1].name is 'y', expected a name of "
	    "its own: a probe above has it\n"},
	{ENV("probes: [{name: y, url: \"ftp://h\"}]"), "3:31: "
	    "environments.a.probes[0].url is 'ftp://h', expected http://… or "
	    "https://… without a user name\n"},
	{ENV("probes: [{name: y, url: \"http://u:secret@h/\"}]"), "3:31: "
	    "environments.a.probes[0].url is 'http://*@h/', expected http://… "
	    "or https://… without a user name\n"},
	{PROBE(", interval: 5s, deadline: 6s"),
	    "3:65: environments.a.probes[0].deadline is longer than the "
	    "interval, expected at most that\n"},
	{PROBE(", expect: {equals: ok}"), "3:58: "
	    "environments.a.probes[0].expect.equals without a field, expected "
	    "'json' beside it\n"},
	{PROBE(", expect: {status: 99}"), "3:58: "
	    "environments.a.probes[0].expect.status is '99', expected a whole "
	    "number from 100 to 599\n"},
};

/* The file's name before each line. */
static char *
with_name(const char *name, const char *lines)
{
	struct buf b = BUF_INIT(1 << 20);
	const char *end;

	for (; (end = strchr(lines, '\n')); lines = end + 1)
		buf_addf(&b, "%s:%.*s\n", name, (int)(end - lines), lines);
	return buf_detach(&b);
}

START_TEST(mistakes_are_told)
{
	struct buf errors = BUF_INIT(1 << 20);
	const char *text = mistakes[_i].text;
	char *expected = with_name("vigie.yaml", mistakes[_i].errors);

	ck_assert_ptr_null(conf_parse(text, strlen(text), "vigie.yaml",
	    &errors));
	ck_assert_str_eq(buf_str(&errors), expected);
	free(expected);
	buf_release(&errors);
}
END_TEST

static const struct {
	const char *url;
	bool good;
} urls[] = {
	{"http://h", true}, {"HTTPS://h:443/a?b=c#d", true},
	{"http://[::1]:8080/", true}, {"https://[::1]", true},
	{"http://h?q", true}, {"http://", false}, {"http:///x", false},
	{"http://:80", false}, {"http://h:", false}, {"http://h:0", false},
	{"http://h:65536", false}, {"http://h:12345678", false},
	{"http://h:8a", false}, {"http://[::1", false}, {"http://a]", false},
	{"http://a b", false}, {"http://u@h", false}, {"h", false},
	{"file:///etc/passwd", false}, {"https:/h", false},
};

START_TEST(addresses)
{
	struct buf errors = BUF_INIT(1 << 20);
	char *text = xasprintf(ENV("probes: [{name: p, url: \"%s\"}]"),
	    urls[_i].url);
	struct conf *c = conf_parse(text, strlen(text), "x", &errors);

	ck_assert_msg((c != NULL) == urls[_i].good, "%s: %s", urls[_i].url,
	    buf_str(&errors));
	conf_free(c);
	free(text);
	buf_release(&errors);
}
END_TEST

/* Both stand before any test forks: a user other than root, no surprises. */
static void
set_home(void)
{
	setenv("HOME", "/home/op", 1);
	setenv("XDG_STATE_HOME", "relative-is-ignored", 1);
	setenv("XDG_RUNTIME_DIR", "/run/user/7", 1);
}

START_TEST(smallest)
{
	struct conf *c = parse_good("project: x\nenvironments:\n  local:\n");
	const struct conf_environment *env = &c->environments[0];
	struct limits l;

	ck_assert_str_eq(c->path, "/etc/t/x.yaml");
	ck_assert_str_eq(c->theme, "dark");
	ck_assert_int_eq(c->history_age_ms, INT64_C(30) * 86400 * 1000);
	ck_assert_int_eq(c->history_max_bytes, 64 << 20);
	ck_assert_uint_eq(c->operator_count, 0);
	ck_assert_uint_eq(c->environment_count, 1);
	ck_assert_str_eq(env->name, "local");
	ck_assert_ptr_null(env->title);
	ck_assert(!env->production);
	ck_assert_ptr_null(env->ssh_host);
	ck_assert_str_eq(env->engine, "/var/run/docker.sock");
	ck_assert_str_eq(env->compose_project, "x");
	ck_assert_ptr_null(env->directory);
	ck_assert_str_eq(env->disk, "/");
	ck_assert_int_eq(env->interval_ms, 5000);
	ck_assert_uint_eq(env->probe_count, 0);
	limits_defaults(&l);
	ck_assert(env->limits.cpu_warn == l.cpu_warn);
	ck_assert_int_eq(env->limits.good_samples, l.good_samples);
	conf_free(c);
}
END_TEST

START_TEST(everything)
{
	struct conf *c = parse_good("\xef\xbb\xbfproject: x\n"
	    "state: ~/s\nsocket: ./v.sock\ntheme: themes/own.yaml\n"
	    "operators: [corentin, 1000]\nviewers: [wall]\n"
	    "history: {age: 1d, size: 1GiB}\n"
	    "environments:\n"
	    "  a:\n"
	    "    title: \"Caf\xc3\xa9\"\n"
	    "    production: yes\n"
	    "    data: seed\n"
	    "    trigger: tag v*\n"
	    "    approval: Yan\n"
	    "    ssh: {host: h, config: ~/c, transport: openssh}\n"
	    "    engine: unix:///run/d.sock\n"
	    "    compose_project: y\n"
	    "    directory: /d\n"
	    "    disk: /e\n"
	    "    interval: 7s\n"
	    "    limits: {restarts: 9}\n"
	    "    probes:\n"
	    "      - {name: w, url: \"http://h/\", interval: 4s}\n"
	    "      - {name: v, url: \"http://h/\", interval: 1m, ca: ca.pem,\n"
	    "         deadline: 500ms,\n"
	    "         expect: {status: 204, json: a.b, equals: 1}}\n"
	    "  b: {ssh: h, engine: /x}\n"
	    "  c: {engine: rel.sock}\n"
	    "limits: {restarts: 5, cpu: [10.5, 20], latency: 2s}\n");
	const struct conf_environment *env = &c->environments[0];
	const struct conf_probe *p = env->probes;

	ck_assert_str_eq(c->state_dir, "/home/op/s");
	ck_assert_str_eq(c->socket, "/etc/t/v.sock");
	ck_assert_str_eq(c->theme, "/etc/t/themes/own.yaml");
	ck_assert_str_eq(c->operators[1], "1000");
	ck_assert_str_eq(c->viewers[0], "wall");
	ck_assert_int_eq(c->history_age_ms, 86400 * 1000);
	ck_assert_int_eq(c->history_max_bytes, 1 << 30);
	ck_assert_uint_eq(c->environment_count, 3);
	ck_assert_str_eq(env->title, "Caf\xc3\xa9");
	ck_assert(env->production);
	ck_assert_str_eq(env->trigger, "tag v*");
	ck_assert_str_eq(env->ssh_host, "h");
	ck_assert_str_eq(env->ssh_config, "/home/op/c");
	ck_assert_str_eq(env->ssh_transport, "openssh");
	ck_assert_str_eq(env->engine, "/run/d.sock");
	ck_assert_str_eq(env->compose_project, "y");
	ck_assert_str_eq(env->disk, "/e");
	ck_assert_int_eq(env->interval_ms, 7000);
	ck_assert_int_eq(env->limits.restarts_warn, 9);
	ck_assert(env->limits.cpu_warn == 10.5 && env->limits.cpu_crit == 20);
	ck_assert(env->limits.latency_warn == 2000);
	ck_assert_uint_eq(env->probe_count, 2);
	ck_assert_int_eq(p[0].deadline_ms, 4000);
	ck_assert_int_eq(p[0].expect_status, 0);
	ck_assert_ptr_null(p[0].ca_file);
	ck_assert_int_eq(p[1].deadline_ms, 500);
	ck_assert_str_eq(p[1].ca_file, "/etc/t/ca.pem");
	ck_assert_int_eq(p[1].expect_status, 204);
	ck_assert_str_eq(p[1].expect_field, "a.b");
	ck_assert_str_eq(p[1].expect_value, "1");
	ck_assert_str_eq(env[1].ssh_host, "h");
	ck_assert_ptr_null(env[1].ssh_transport);
	ck_assert_int_eq(env[1].limits.restarts_warn, 5);
	ck_assert_str_eq(env[2].engine, "/etc/t/rel.sock");
	conf_free(c);
}
END_TEST

START_TEST(printing_says_where_from)
{
	static const char *const lines[] = {
		"# /etc/t/x.yaml\n",
		"\nproject: x  # x.yaml:1\n",
		"\ntheme: dark  # default\n",
		"\noperators: [a, \"1\\\\2\"]  # x.yaml:2\n",
		"\nhistory.age: 90d  # x.yaml:3\n",
		"\nlimits.restarts: 7  # x.yaml:4\n",
		"\nlimits.latency: 1500ms  # default\n",
		"\nenvironments.p.title:  # not set\n",
		"\nenvironments.p.ssh.host: h  # x.yaml:7\n",
		"\nenvironments.p.ssh.transport: auto  # default\n",
		"\nenvironments.p.compose_project: x  # default\n",
		"\nenvironments.p.limits.restarts: 7  # x.yaml:4\n",
		"\nenvironments.p.limits.cpu: [1, 2.5]  # x.yaml:8\n",
		"\nenvironments.p.probes[0].url: \"http://h\"  # x.yaml:10\n",
		"\nenvironments.p.probes[0].expect.status:  # not set\n",
	};
	struct conf *c = parse_good("project: x\noperators: [a, '1\\2']\n"
	    "history: {age: 90d}\nlimits: {restarts: 7}\nenvironments:\n"
	    "  p:\n    ssh: h\n    limits: {cpu: [1, 2.5]}\n    probes:\n"
	    "      - {url: http://h, name: w}\n");
	struct buf b = BUF_INIT(1 << 20);
	size_t i;

	conf_print(c, &b);
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		ck_assert_msg(strstr(buf_str(&b), lines[i]), "no%sin:\n%s",
		    lines[i], buf_str(&b));
	conf_free(c);
	buf_release(&b);
}
END_TEST

START_TEST(places_by_user)
{
	struct conf *c = parse_good(TOP);

	if (geteuid() == 0) {
		ck_assert_str_eq(c->state_dir, "/var/lib/vigie");
		ck_assert_str_eq(c->socket, "/run/vigie/vigie.sock");
	} else {
		ck_assert_str_eq(c->state_dir, "/home/op/.local/state/vigie");
		ck_assert_str_eq(c->socket, "/run/user/7/vigie/vigie.sock");
	}
	conf_free(c);
	c = parse_good(TOP "state: /s\n");
	ck_assert_str_eq(c->socket, "/s/vigie.sock");
	conf_free(c);
}
END_TEST

START_TEST(system_wide_places)
{
	struct buf errors = BUF_INIT(1 << 20);
	struct conf *c = conf_parse(TOP, strlen(TOP),
	    SYSCONFDIR "/vigie/vigie.yaml", &errors);

	ck_assert_ptr_nonnull(c);
	ck_assert_str_eq(c->state_dir, "/var/lib/vigie");
	ck_assert_str_eq(c->socket, "/run/vigie/vigie.sock");
	conf_free(c);
}
END_TEST

START_TEST(a_socket_fits_its_address)
{
	struct buf errors = BUF_INIT(1 << 20);
	char name[120], *text;

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	text = xasprintf(ENV("engine: /%s") "socket: /%s\n", name, name);
	ck_assert_ptr_null(conf_parse(text, strlen(text), "x", &errors));
	ck_assert_str_eq(buf_str(&errors),
	    "x:3:15: environments.a.engine is a path of 120 bytes, expected at "
	    "most 107 for a socket\n"
	    "x:4:9: socket is a path of 120 bytes, expected at most 107 for a "
	    "socket\n");
	free(text);
	buf_release(&errors);
}
END_TEST

/* `head`, then n items with their number in place of @, then `tail`. */
static char *
many(const char *head, const char *item, int n, const char *tail)
{
	struct buf b = BUF_INIT(4 << 20);
	const char *at = strchr(item, '@');

	buf_adds(&b, head);
	while (n-- > 0)
		buf_addf(&b, "%.*s%d%s", (int)(at - item), item, n, at + 1);
	buf_adds(&b, tail);
	return buf_detach(&b);
}

START_TEST(too_much_is_refused)
{
	static const struct {
		const char *head, *item;
		int n;
		const char *tail, *error;
	} cases[] = {
		{"", "# @ 1234567890123456789012345678901234567890\n",
		    30000, "", "x:1:1: the file has 1458890 bytes, expected at "
		    "most 1048576\n"},
		{"a:\n", "- @\n", 30000, "", "x:19999:3: too many values, "
		    "expected at most 20000\n"},
		{"project: x\nenvironments: {", "e@: {},", 101, "}",
		    "x:2:15: environments has 101 items, expected at most "
		    "100\n"},
		{"project: x\nenvironments: {a: {probes: [",
		    "{name: p@, url: http://h},", 101, "]}}",
		    "x:2:28: environments.a.probes has 101 items, expected at "
		    "most 100\n"},
	};
	struct buf errors = BUF_INIT(1 << 20);
	char *text;

	text = many(cases[_i].head, cases[_i].item, cases[_i].n,
	    cases[_i].tail);
	ck_assert_ptr_null(conf_parse(text, strlen(text), "x", &errors));
	ck_assert_msg(strncmp(buf_str(&errors), cases[_i].error,
	    strlen(cases[_i].error)) == 0, "%s", buf_str(&errors));
	free(text);
	buf_release(&errors);
}
END_TEST

START_TEST(depth_is_bounded)
{
	struct buf errors = BUF_INIT(1 << 20), text = BUF_INIT(1 << 20);
	int i;

	for (i = 0; i < 10000; i++)
		buf_addc(&text, '[');
	ck_assert_ptr_null(conf_parse(text.data, text.len, "x", &errors));
	ck_assert_str_eq(buf_str(&errors),
	    "x:1:34: nested too deep, expected at most 32 levels\n");
	buf_release(&text);
	buf_release(&errors);
}
END_TEST

START_TEST(endless_mistakes_are_counted)
{
	struct buf errors = BUF_INIT(1 << 20);
	char *text = many(TOP, "x@: 1\n", 150, "");
	const char *last = "x: and 50 more\n";

	ck_assert_ptr_null(conf_parse(text, strlen(text), "x", &errors));
	ck_assert_str_eq(buf_str(&errors) + errors.len - strlen(last), last);
	free(text);
	buf_release(&errors);
}
END_TEST

/* A file of the source tree. */
static char *
source_file(const char *name)
{
	const char *top = getenv("VIGIE_SOURCE");
	char *path = xasprintf("%s/%s", top ? top : "..", name);
	struct buf b = BUF_INIT(1 << 20);
	struct err e = {""};

	ck_assert_msg(files_read(path, &b, &e) == 0, "%s", e.text);
	free(path);
	return buf_detach(&b);
}

START_TEST(example_is_good)
{
	char *text = source_file("etc/vigie.yaml.example");
	struct conf *c = parse_good(text);

	ck_assert_uint_eq(c->environment_count, 3);
	ck_assert_str_eq(c->environments[2].name, "prod");
	ck_assert(c->environments[2].production);
	conf_free(c);
	free(text);
}
END_TEST

/* Cut anywhere it is a configuration or a list of mistakes, never a crash. */
START_TEST(example_cut_anywhere)
{
	char *text = source_file("etc/vigie.yaml.example"), *copy;
	size_t len = strlen(text), i;

	for (i = 0; i < len; i += unit_stride()) {
		struct buf errors = BUF_INIT(1 << 20);
		struct conf *c;

		copy = xstrndup(text, i);
		c = conf_parse(copy, i, "x", &errors);
		ck_assert((c == NULL) == (errors.len > 0));
		conf_free(c);
		free(copy);
		buf_release(&errors);
	}
	free(text);
}
END_TEST

/* The manual's text without the backslashes of its minus signs. */
static char *
manual(void)
{
	char *text = source_file("man/vigie.yaml.5"), *from, *to;

	for (from = to = text; *from; from++)
		if (from[0] != '\\' || from[1] != '-')
			*to++ = *from;
	*to = '\0';
	return text;
}

/* Each option has an entry that gives its default and an example of it. */
START_TEST(manual_has_every_option)
{
	const struct option *o = option_at(_i);
	char *text = manual(), *tag = xasprintf("\n.B %s\n", o->path);
	char *entry = strstr(text, tag), *end;

	ck_assert_msg(entry != NULL, "no entry for %s", o->path);
	end = strstr(entry, "\n.TP");
	if (end)
		*end = '\0';
	ck_assert_msg(!o->fallback || strstr(entry, o->fallback),
	    "%s: no default %s", o->path, o->fallback);
	ck_assert_msg(!o->fallback_text || strstr(entry, o->fallback_text),
	    "%s: no default %s", o->path, o->fallback_text);
	ck_assert_msg(!o->example || strstr(entry, o->example),
	    "%s: no example %s", o->path, o->example);
	free(tag);
	free(text);
}
END_TEST

/* The thresholds' defaults come from the judge's side. */
START_TEST(manual_has_the_limits)
{
	char *text = manual(), *value, *line, *end, *entry;
	struct buf b = BUF_INIT(1 << 20);
	struct conf *c = parse_good(TOP);

	conf_print(c, &b);
	for (line = b.data; (line = strstr(line, "\nlimits.")); line = end) {
		value = strstr(line, ": ");
		end = strstr(line, "  # default\n");
		*value = *end = '\0';
		entry = xasprintf("\n.B %s\n", line + 1);
		ck_assert_ptr_nonnull(strstr(text, entry));
		free(entry);
		entry = xasprintf("\nDefault: \\fB%s\\fR.\n", value + 2);
		ck_assert_msg(strstr(strstr(text, line + 1), entry),
		    "%s: no %s", line + 1, entry);
		free(entry);
		end++;
	}
	conf_free(c);
	free(text);
	buf_release(&b);
}
END_TEST

START_TEST(table_is_sound)
{
	const struct option *o = option_at(_i);

	ck_assert_ptr_nonnull(o->help);
	ck_assert(o->type >= OPTION_MAP || o->example);
	ck_assert(o->type != OPTION_CHOICE || o->choices);
	ck_assert(o->min <= o->max || o->max == 0);
	if (o->short_for) {
		char *path = xasprintf("%s.%s", o->path, o->short_for);
		size_t i;

		for (i = 0; i < option_count(); i++)
			if (strcmp(option_at(i)->path, path) == 0)
				break;
		ck_assert_uint_lt(i, option_count());
		free(path);
	}
}
END_TEST

START_TEST(roles)
{
	struct conf *c = parse_good(TOP
	    "operators: [corentin, '1001']\nviewers: [wall, 1002]\n");

	ck_assert_int_eq(conf_role(c, 7, "corentin", 0), ROLE_OPERATOR);
	ck_assert_int_eq(conf_role(c, 1001, NULL, 0), ROLE_OPERATOR);
	ck_assert_int_eq(conf_role(c, 1001, "yan", 0), ROLE_OPERATOR);
	ck_assert_int_eq(conf_role(c, 8, "wall", 0), ROLE_VIEWER);
	ck_assert_int_eq(conf_role(c, 1002, NULL, 0), ROLE_VIEWER);
	ck_assert_int_eq(conf_role(c, 9, "eve", 0), ROLE_NONE);
	ck_assert_int_eq(conf_role(c, 9, "1002", 0), ROLE_NONE);
	ck_assert_int_eq(conf_role(c, 9, NULL, 0), ROLE_NONE);
	ck_assert_int_eq(conf_role(c, 0, "root", 5), ROLE_NONE);
	ck_assert_int_eq(conf_role(c, 5, "eve", 5), ROLE_OPERATOR);
	conf_free(c);
}
END_TEST

/* A directory for one test, removed with its files by leave(). */
struct yard {
	char path[32];
};

static void
enter(struct yard *y)
{
	snprintf(y->path, sizeof(y->path), "/tmp/vigie-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(y->path));
}

static char *
put(const struct yard *y, const char *name, const char *text, mode_t mode)
{
	char *path = xasprintf("%s/%s", y->path, name);
	struct err e = {""};

	ck_assert_msg(files_write(path, text, strlen(text), mode, &e) == 0,
	    "%s", e.text);
	ck_assert_int_eq(chmod(path, mode), 0);
	return path;
}

static void
drop(char *path)
{
	unlink(path);
	free(path);
}

START_TEST(files_are_read)
{
	struct buf errors = BUF_INIT(1 << 20);
	struct yard y;
	struct conf *c;
	char *path;

	enter(&y);
	path = put(&y, "vigie.yaml", TOP "state: s\n", 0640);
	c = conf_load(path, &errors);
	ck_assert_str_eq(buf_str(&errors), "");
	ck_assert_str_eq(c->path, path);
	ck_assert_int_eq(strncmp(c->state_dir, y.path, strlen(y.path)), 0);
	conf_free(c);
	drop(path);
	rmdir(y.path);
}
END_TEST

START_TEST(files_are_refused)
{
	struct buf errors = BUF_INIT(1 << 20);
	struct yard y;
	char *path, *expected;

	enter(&y);
	path = put(&y, "open.yaml", TOP, 0646);
	expected = xasprintf("anybody may write %s, expected only its owner "
	    "to: chmod o-w %s\n", path, path);
	ck_assert_ptr_null(conf_load(path, &errors));
	ck_assert_str_eq(buf_str(&errors), expected);
	free(expected);
	drop(path);

	buf_clear(&errors);
	path = xasprintf("%s/fifo", y.path);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_ptr_null(conf_load(path, &errors));
	ck_assert_ptr_nonnull(strstr(buf_str(&errors), "not a regular file"));
	drop(path);

	buf_clear(&errors);
	path = xasprintf("%s/none.yaml", y.path);
	ck_assert_ptr_null(conf_load(path, &errors));
	ck_assert_ptr_nonnull(strstr(buf_str(&errors), "cannot open"));
	free(path);
	rmdir(y.path);
	buf_release(&errors);
}
END_TEST

START_TEST(the_file_is_found)
{
	struct yard y;
	char *path, *directory, *found;

	enter(&y);
	directory = xasprintf("%s/vigie", y.path);
	ck_assert_int_eq(mkdir(directory, 0700), 0);
	path = put(&y, "vigie/vigie.yaml", TOP, 0600);
	unsetenv("VIGIE_CONFIG");
	setenv("XDG_CONFIG_HOME", y.path, 1);
	found = conf_find(NULL);
	ck_assert_str_eq(found, path);
	free(found);
	setenv("VIGIE_CONFIG", "/not/there", 1);
	found = conf_find(NULL);
	ck_assert_str_eq(found, "/not/there");
	free(found);
	found = conf_find("given");
	ck_assert_str_eq(found, "given");
	free(found);
	drop(path);
	rmdir(directory);
	free(directory);
	rmdir(y.path);
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

int
main(void)
{
	Suite *s = suite_create("config");
	TCase *t = tcase_create("config");

	set_home();
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, mistakes_are_told, 0, COUNT(mistakes));
	tcase_add_loop_test(t, addresses, 0, COUNT(urls));
	tcase_add_test(t, smallest);
	tcase_add_test(t, everything);
	tcase_add_test(t, printing_says_where_from);
	tcase_add_test(t, places_by_user);
	tcase_add_test(t, system_wide_places);
	tcase_add_test(t, a_socket_fits_its_address);
	tcase_add_loop_test(t, too_much_is_refused, 0, 4);
	tcase_add_test(t, depth_is_bounded);
	tcase_add_test(t, endless_mistakes_are_counted);
	tcase_add_test(t, example_is_good);
	tcase_add_test(t, example_cut_anywhere);
	tcase_add_loop_test(t, manual_has_every_option, 0, option_count());
	tcase_add_test(t, manual_has_the_limits);
	tcase_add_loop_test(t, table_is_sound, 0, option_count());
	tcase_add_test(t, roles);
	tcase_add_test(t, files_are_read);
	tcase_add_test(t, files_are_refused);
	tcase_add_test(t, the_file_is_found);
	suite_add_tcase(s, t);
	return unit_run(s);
}
