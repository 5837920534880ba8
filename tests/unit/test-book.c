/* Runbooks: what is read, every mistake with its place, and texts with values
 * in them. */
#include "unit.h"

#include <sys/stat.h>

#include "base/alloc.h"
#include "base/files.h"
#include "run/verb.h"

static struct verb_shape *shapes;

static void
setup(void)
{
	shapes = verb_shapes(verbs);
}

static void
teardown(void)
{
	free(shapes);
}

static struct book *
parse(const char *text, struct buf *errors)
{
	return book_parse(text, strlen(text), "x.yaml", shapes, errors);
}

static struct book *
good(const char *text)
{
	struct buf errors = BUF_INIT(1 << 16);
	struct book *b = parse(text, &errors);

	ck_assert_msg(b != NULL, "%s", buf_str(&errors));
	ck_assert_uint_eq(errors.len, 0);
	return b;
}

#define TOP "title: t\nenvironments: [staging]\n"
#define STEPS TOP "steps:\n"

static const struct {
	const char *text;
	const char *errors;	/* without "x.yaml:", lines joined by " // " */
} mistakes[] = {
	{"", "1:1: the file is empty, expected 'title', 'environments' and "
	    "'steps'"},
	{"- a\n", "1:1: the file is no map, expected 'title', 'environments' "
	    "and 'steps'"},
	{"a: [\n", "2:1: did not find expected node content while parsing a "
	    "flow node (which began on line 2)"},
	{"environments: [a]\nsteps:\n- {id: a, manual: b}\n",
	    "1:1: the runbook has no 'title', expected one"},
	{"title: t\nsteps:\n- {id: a, manual: b}\n",
	    "1:1: the runbook has no 'environments', expected one"},
	{TOP, "1:1: the runbook has no 'steps', expected one"},
	{"title: ~\nenvironments: a\nsteps:\n- {id: a, manual: b}\n",
	    "1:8: title is empty, expected a text"},
	{"title: [a]\nenvironments: a\nsteps:\n- {id: a, manual: b}\n",
	    "1:8: title is a list, expected a text"},
	{"title: in {whos}\nenvironments: a\nsteps:\n- {id: a, manual: b}\n",
	    "1:8: {whos} is no parameter, did you mean {who}?"},
	{"title: t\nenvironments: []\nsteps:\n- {id: a, manual: b}\n",
	    "2:15: environments is a list, expected a list of environments, "
	    "or *"},
	{"title: t\nenvironments: {a: b}\nsteps:\n- {id: a, manual: b}\n",
	    "2:15: environments is a map, expected a list of environments, or "
	    "*"},
	{"title: t\nenvironments: [a, [b]]\nsteps:\n- {id: a, manual: b}\n",
	    "2:19: environments is a list, expected a text"},
	{TOP "estimate: soon\nsteps:\n- {id: a, manual: b}\n",
	    "3:11: estimate is 'soon', expected a duration such as 5m"},
	{TOP "estimate: 5\nsteps:\n- {id: a, manual: b}\n",
	    "3:11: estimate is '5', expected a duration such as 5m"},
	{TOP "titel: t\nsteps:\n- {id: a, manual: b}\n",
	    "3:1: unknown key 'titel' in the runbook, did you mean 'title'?"},
	{TOP "colour: t\nsteps:\n- {id: a, manual: b}\n",
	    "3:1: unknown key 'colour' in the runbook, expected one of: "
	    "parameters, title, environments, estimate, steps"},
	{TOP "title: u\nsteps:\n- {id: a, manual: b}\n",
	    "3:1: duplicate key 'title', expected it once: it is on line 1 "
	    "already"},
	{TOP "parameters: [a]\nsteps:\n- {id: a, manual: b}\n",
	    "3:13: parameters is a list, expected a map of names, at most "
	    "30"},
	{TOP "parameters: {Big: x}\nsteps:\n- {id: a, manual: b}\n",
	    "3:14: 'Big' is no name of a value, expected at most 32 lower-case "
	    "letters, digits and '_'"},
	{TOP "parameters: {a: {defualt: x}}\nsteps:\n- {id: a, manual: b}\n",
	    "3:18: unknown key 'defualt' in a parameter, did you mean "
	    "'default'?"},
	{TOP "parameters: {a: {required: maybe}}\nsteps:\n"
	    "- {id: a, manual: b}\n",
	    "3:28: required is 'maybe', expected true or false"},
	{TOP "parameters: {a: {default: [x]}}\nsteps:\n- {id: a, manual: b}\n",
	    "3:27: default is a list, expected a text"},
	{TOP "parameters: {a: {required: true, default: x}}\nsteps:\n"
	    "- {id: a, manual: b}\n", "3:14: a parameter that is required and "
	    "has a default, expected one of them"},
	{TOP "steps: []\n",
	    "3:8: steps is a list, expected a list of 1 to 100 steps"},
	{TOP "steps: 3\n",
	    "3:8: steps is '3', expected a list of 1 to 100 steps"},
	{STEPS "- wait\n", "4:3: a step is 'wait', expected a map"},
	{STEPS "- manual: b\n", "4:3: a step without an id, expected one"},
	{STEPS "- id: A b\n  manual: b\n", "4:7: id is 'A b', expected at most "
	    "20 lower-case letters, digits and '-'"},
	{STEPS "- id: abcdefghijklmnopqrstu\n  manual: b\n",
	    "4:7: id is 'abcdefghijklmnopqrstu', expected at most 20 "
	    "lower-case letters, digits and '-'"},
	{STEPS "- id: a\n  manual: b\n- id: a\n  manual: c\n",
	    "6:7: a second step 'a', expected another id: the first is on "
	    "line 4"},
	{STEPS "- id: a\n", "4:3: a step that does nothing, expected a verb: "
	    "backup, checklist, git-tag, github-approval, github-run, "
	    "healthy, http, job, manual, restore, smoke, version, "
	    "wait-until"},
	{STEPS "- id: a\n  manual: b\n  job: c\n",
	    "6:3: a second verb, 'job' after 'manual', expected one in each "
	    "step"},
	{STEPS "- id: a\n  manaul: b\n", "4:3: a step that does nothing, "
	    "expected a verb: backup, checklist, git-tag, github-approval, "
	    "github-run, healthy, http, job, manual, restore, smoke, "
	    "version, wait-until // 5:3: unknown key 'manaul' in a step, did "
	    "you mean 'manual'?"},
	{STEPS "- id: a\n  manual: b\n  timeout: 5\n",
	    "6:12: timeout is '5', expected a duration such as 2m"},
	{STEPS "- id: a\n  manual: b\n  timeout: 0s\n",
	    "6:12: timeout is '0s', expected a duration such as 2m"},
	{STEPS "- id: a\n  manual: b\n  on_failure: panic\n",
	    "6:15: on_failure is 'panic', expected one of: stop, go-on, ask"},
	{STEPS "- id: a\n  manual: b\n  when: =x\n",
	    "6:9: when is '=x', expected conditions such as via=ssh or "
	    "'not production', joined by ' and '"},
	{STEPS "- id: a\n  manual: b\n  when: via=\n",
	    "6:9: when is 'via=', expected conditions such as via=ssh or "
	    "'not production', joined by ' and '"},
	{STEPS "- id: a\n  manual: b\n  when: productoin\n",
	    "6:9: {productoin} is no parameter, did you mean {production}?"},
	{STEPS "- id: a\n  manual: go to {plaice}\n",
	    "5:11: {plaice} is no parameter: name it under 'parameters', or "
	    "write {{ for a brace"},
	{STEPS "- id: a\n  title: to {verson}\n  manual: b\n",
	    "5:10: {verson} is no parameter, did you mean {version}?"},
	{STEPS "- id: a\n  manual:\n",
	    "5:3: manual has no 'text', expected one"},
	{STEPS "- id: a\n  manual: {}\n",
	    "5:11: manual has no 'text', expected one"},
	{STEPS "- id: a\n  manual: [b]\n",
	    "5:11: manual is a list, expected a map of: text"},
	{STEPS "- id: a\n  job: ''\n", "5:8: script is empty, expected a "
	    "text"},
	{STEPS "- id: a\n  job: {script: b, hots: here}\n",
	    "5:20: unknown key 'hots' in job, did you mean 'host'?"},
	{STEPS "- id: a\n  job: {script: b, host: there}\n",
	    "5:26: host is 'there', expected one of: environment, here"},
	{STEPS "- id: a\n  job: {script: b, env: [x]}\n",
	    "5:25: env is a list, expected a map of names and texts, 1 to 50 "
	    "of them"},
	{STEPS "- id: a\n  job: {script: b, env: {1A: x}}\n",
	    "5:26: '1A' is no name of a variable of the shell"},
	{STEPS "- id: a\n  job: {script: b, env: {A: '{imgae}'}}\n",
	    "5:29: {imgae} is no parameter, did you mean {image}?"},
	{STEPS "- id: a\n  http: {method: GET}\n",
	    "5:9: http has no 'url', expected one"},
	{STEPS "- id: a\n  http: {url: x, method: FETCH}\n",
	    "5:26: method is 'FETCH', expected one of: GET, HEAD, POST, PUT, "
	    "PATCH, DELETE"},
	{STEPS "- id: a\n  http: {url: x, status: well}\n",
	    "5:26: status is 'well', expected a whole number"},
	{STEPS "- id: a\n  http: {url: x, capture: {t: token}}\n",
	    "5:31: t is 'token', expected 'cookie NAME' or 'json PATH'"},
	{STEPS "- id: a\n  http: {url: x, secrets: {p: hunter2}}\n",
	    "5:31: p is 'hunter2', expected 'file PATH' or 'command LINE'"},
	{STEPS "- id: a\n  wait-until: {for: ever}\n",
	    "5:21: for is 'ever', expected a duration such as 30s"},
	{STEPS "- id: a\n  smoke: {url: x}\n", "5:10: smoke has no 'requests', "
	    "expected one // 5:11: unknown key 'url' in smoke, expected one "
	    "of: requests, secrets"},
	{STEPS "- id: a\n  smoke: [x]\n", "5:11: an item of requests is 'x', "
	    "expected a map of: title, method, url, headers, json, body, "
	    "status, field, equals, contains, ca, capture"},
	{STEPS "- id: a\n  smoke: [{title: x}]\n",
	    "5:11: an item of requests has no 'url', expected one"},
	{STEPS "- id: a\n  smoke: [{url: x, ulr: y}]\n",
	    "5:20: unknown key 'ulr' in an item of requests, did you mean "
	    "'url'?"},
	{STEPS "- id: a\n  smoke: [{url: '{t}'}, {url: x, capture: {t: json "
	    "a}}]\n", "5:17: {t} is no parameter: name it under 'parameters', "
	    "or write {{ for a brace"},
	{STEPS "- id: a\n  manual: '{t}'\n- id: b\n  http: {url: x, capture: "
	    "{t: json a}}\n", "5:11: {t} is no parameter: name it under "
	    "'parameters', or write {{ for a brace"},
	{STEPS "- id: a\n  http: {url: x, capture: {t: json a}}\n- id: b\n"
	    "  title: '{t}'\n  manual: b\n", "7:10: {t} is no parameter: name "
	    "it under 'parameters', or write {{ for a brace"},
	{STEPS "- id: a\n  checklist: []\n",
	    "5:14: items is a list, expected a list of 1 to 50 items"},
	{STEPS "- id: a\n  manual: *b\n", "5:11: anchors and aliases are not "
	    "supported, expected the value itself"},
};

START_TEST(test_mistake)
{
	struct buf errors = BUF_INIT(1 << 16), told = BUF_INIT(1 << 16);
	const char *line, *s;

	ck_assert_ptr_null(parse(mistakes[_i].text, &errors));
	for (line = buf_str(&errors); *line; line = s + 1) {
		s = strchr(line, '\n');
		ck_assert(strncmp(line, "x.yaml:", 7) == 0);
		buf_addf(&told, "%s%.*s", told.len ? " // " : "",
		    (int)(s - line - 7), line + 7);
	}
	ck_assert_str_eq(buf_str(&told), mistakes[_i].errors);
	buf_release(&errors);
	buf_release(&told);
}
END_TEST

START_TEST(test_file_name)
{
	static const char text[] = STEPS "- {id: a, manual: b}\n";
	struct buf errors = BUF_INIT(1 << 16);

	ck_assert_ptr_null(book_parse(text, strlen(text), "/etc/My Book.yaml",
	    shapes, &errors));
	ck_assert_str_eq(buf_str(&errors), "/etc/My Book.yaml:1:1: the file's "
	    "name is no name of a runbook, expected at most 32 lower-case "
	    "letters, digits and '-', and .yaml\n");
	buf_release(&errors);
}
END_TEST

START_TEST(test_too_large)
{
	struct buf text = BUF_INIT(1 << 20), errors = BUF_INIT(1 << 16);

	buf_adds(&text, STEPS "- {id: a, manual: b}\n");
	while (text.len <= BOOK_BYTES_MAX)
		buf_adds(&text, "# and so on and so on and so on\n");
	ck_assert_ptr_null(book_parse(text.data, text.len, "x.yaml", shapes,
	    &errors));
	ck_assert_ptr_nonnull(strstr(errors.data, "bytes, expected at most "
	    "65536"));
	buf_release(&text);
	buf_release(&errors);
}
END_TEST

/* Cut anywhere, it is a book or there is a reason. */
START_TEST(test_cut_anywhere)
{
	static const char text[] = "title: t {version}\nenvironments: ['*']\n"
	    "parameters:\n  a: {title: x, default: y}\nsteps:\n- id: a\n"
	    "  smoke:\n    secrets: {p: file /x}\n    requests:\n"
	    "    - {url: 'http://{a}', json: {q: '{p}'}}\n  when: a\n";
	size_t i;

	for (i = 0; i <= strlen(text); i++) {
		struct buf errors = BUF_INIT(1 << 16);
		struct book *b = book_parse(text, i, "x.yaml", shapes,
		    &errors);

		ck_assert(!b == (errors.len > 0));
		book_free(b);
		buf_release(&errors);
	}
}
END_TEST

START_TEST(test_whole)
{
	struct book *b = good("title: To {version}\nenvironments: [staging, "
	    "prod]\nestimate: 5m\nparameters:\n"
	    "  branch: {title: what is fetched, default: main}\n"
	    "  version: {required: true}\n  note:\n"
	    "steps:\n"
	    "- id: get\n  title: get {version}\n  job:\n"
	    "    script: git fetch origin {branch}\n    host: here\n"
	    "    env: {IMAGE: '{image}:{commit}'}\n  timeout: 90s\n"
	    "  when: via=ssh and not production\n  on_failure: ask\n"
	    "- id: login\n  http: {url: 'http://x', capture: {t: cookie T}}\n"
	    "- id: use\n  job: echo {t} ${HOME} {{version}\n"
	    "- id: tick\n  manual: look\n");

	ck_assert_str_eq(b->name, "x");
	ck_assert_int_eq(b->estimate_ms, 300000);
	ck_assert(book_for(b, "prod") && !book_for(b, "local"));
	ck_assert_uint_eq(b->parameter_count, 3);
	ck_assert_str_eq(book_parameter(b, "branch")->fallback, "main");
	ck_assert(book_parameter(b, "version")->required);
	ck_assert_str_eq(book_parameter(b, "note")->title, "note");
	ck_assert_uint_eq(b->step_count, 4);
	ck_assert_int_eq(b->steps[0].timeout_ms, 90000);
	ck_assert_int_eq(b->steps[0].on_failure, FAIL_ASK);
	ck_assert_str_eq(book_argument(&b->steps[0], "host"), "here");
	ck_assert_str_eq(json_text(json_get(book_tree(&b->steps[0], "env"),
	    "IMAGE"), ""), "{image}:{commit}");
	ck_assert_ptr_null(book_argument(&b->steps[0], "env"));
	ck_assert_int_eq(b->steps[1].timeout_ms, 120000);
	ck_assert_int_eq(b->steps[2].timeout_ms, BOOK_TIMEOUT_MS);
	ck_assert_str_eq(b->steps[2].title, "use");
	/* A person may take their time. */
	ck_assert_int_eq(b->steps[3].timeout_ms, 0);
	book_free(b);
}
END_TEST

static const struct book_value values[] = {
	{"version", "v1.2.3", false}, {"evil", "x'; rm -rf / #", false},
	{"empty", "", false}, {"via", "ssh", false},
	{"production", "", false}, {"secret", NULL, true},
	{NULL, NULL, false},
};

static const struct {
	const char *text, *plain, *shell;	/* NULL: an error */
} expansions[] = {
	{"a", "a", "a"},
	{"{version}", "v1.2.3", "'v1.2.3'"},
	{"{evil}", "x'; rm -rf / #", "'x'\\''; rm -rf / #'"},
	{"echo {evil}!", "echo x'; rm -rf / #!", "echo 'x'\\''; rm -rf / #'!"},
	{"a{empty}b", "ab", "a''b"},
	{"{{version}", "{version}", "{version}"},
	{"{{{version}", "{v1.2.3", "{'v1.2.3'"},
	{"${HOME} {} { {a b} {A}", "${HOME} {} { {a b} {A}",
	    "${HOME} {} { {a b} {A}"},
	{"awk '{{print}'", "awk '{print}'", "awk '{print}'"},
	{"{secret}", "{secret}", "\"$secret\""},
	{"{version", "{version", "{version"},
	{"{unknown}", NULL, NULL},
};

START_TEST(test_expand)
{
	const char *expected[] = {expansions[_i].plain, expansions[_i].shell};
	int shell;

	for (shell = 0; shell <= 1; shell++) {
		struct buf b = BUF_INIT(1 << 16);
		struct err e;
		int result = book_expand(expansions[_i].text, values, shell,
		    &b, &e);

		if (expected[shell]) {
			ck_assert_int_eq(result, 0);
			ck_assert_str_eq(buf_str(&b), expected[shell]);
		} else {
			ck_assert_int_eq(result, -1);
			ck_assert_str_eq(e.text, "{unknown} has no value");
		}
		buf_release(&b);
	}
}
END_TEST

START_TEST(test_expand_ceiling)
{
	struct buf b = BUF_INIT(4);
	struct err e;

	ck_assert_int_eq(book_expand("{version}", values, false, &b, &e), -1);
	ck_assert_str_eq(e.text, "the text with its values is longer than 4 "
	    "bytes");
	buf_release(&b);
}
END_TEST

static const struct {
	const char *when;
	bool applies;
} conditions[] = {
	{NULL, true}, {"via=ssh", true}, {"via=github", false},
	{"!via=github", true}, {"production", false}, {"!production", true},
	{"via=ssh and !production", true}, {"via=ssh and production", false},
	{"not production", true}, {"not via=github and via=ssh", true},
	{"version", true}, {"empty", false}, {"unknown", false},
	{"!unknown", true}, {"secret", false},
};

START_TEST(test_when)
{
	struct book_step s = {.when = (char *)conditions[_i].when};

	ck_assert(book_applies(&s, values) == conditions[_i].applies);
}
END_TEST

START_TEST(test_ready)
{
	struct book *b = good("title: t\nenvironments: a\nparameters: {evil: "
	    "}\nsteps:\n"
	    "- id: a\n  http: {url: '{evil}', capture: {secret: json x}}\n"
	    "- id: b\n  job: use {secret}\n"
	    "- id: c\n  job: use {commit}\n"
	    "- id: d\n  smoke:\n    secrets: {p: file x}\n    requests:\n"
	    "    - {url: '{p}', capture: {q: json x}}\n"
	    "    - {url: '{q}'}\n"
	    "- id: e\n  job: {script: x, env: {A: '{commit}'}}\n");
	const char *const why[] = {NULL, "{secret} has no value: what a step has "
	    "captured does not outlive the server, so start a new run",
	    "{commit} has no value: give it when the run is started", NULL,
	    "{commit} has no value: give it when the run is started"};
	size_t i;

	for (i = 0; i < b->step_count; i++) {
		const struct book_step *s = &b->steps[i];
		struct err e;
		int result = book_step_ready(s, &verb_find(s->verb)->shape,
		    values, &e);

		ck_assert_int_eq(result, why[i] ? -1 : 0);
		if (why[i])
			ck_assert_str_eq(e.text, why[i]);
	}
	book_free(b);
}
END_TEST

START_TEST(test_find)
{
	char name[] = "/tmp/vigie-test-book-XXXXXX";
	char *site = xasprintf("%s/site", mkdtemp(name));
	char *shipped = xasprintf("%s/shipped", name), *path;

	mkdir(site, 0700);
	mkdir(shipped, 0700);
	path = xasprintf("%s/a.yaml", shipped);
	ck_assert_int_eq(files_write(path, "x", 1, 0600, NULL), 0);
	free(path);
	path = book_find("a", site, shipped);
	ck_assert_ptr_nonnull(strstr(path, "/shipped/a.yaml"));
	free(path);
	path = xasprintf("%s/a.yaml", site);
	ck_assert_int_eq(files_write(path, "x", 1, 0600, NULL), 0);
	free(path);
	path = book_find("a", site, shipped);
	ck_assert_ptr_nonnull(strstr(path, "/site/a.yaml"));
	free(path);
	path = book_find("a", NULL, shipped);
	ck_assert_ptr_nonnull(strstr(path, "/shipped/a.yaml"));
	free(path);
	ck_assert_ptr_null(book_find("b", site, shipped));
	ck_assert_ptr_null(book_find("../site/a", site, shipped));
	ck_assert_ptr_null(book_find("", site, shipped));
	files_empty_directory(site);
	files_empty_directory(shipped);
	rmdir(site);
	rmdir(shipped);
	rmdir(name);
	free(site);
	free(shipped);
}
END_TEST

START_TEST(test_load_missing)
{
	struct buf errors = BUF_INIT(1 << 16);

	ck_assert_ptr_null(book_load("/nowhere/x.yaml", shapes, &errors));
	ck_assert_ptr_nonnull(strstr(buf_str(&errors), "/nowhere/x.yaml"));
	buf_release(&errors);
}
END_TEST

static const char *const shipped[] = {"deploy-local", "deploy-staging",
	"deploy-prod", "deploy-prod-ssh", "hotfix-staging", "rollback",
	"rollback-credentials", "rollback-host-down", "rollback-schema",
	"rollback-ssh", "smoke"};

START_TEST(test_shipped)
{
	const char *top = getenv("VIGIE_SOURCE");
	char *path = xasprintf("%s/runbooks/%s.yaml", top ? top : ".",
	    shipped[_i]);
	struct buf errors = BUF_INIT(1 << 16);
	struct book *b = book_load(path, shapes, &errors);

	ck_assert_msg(b != NULL, "%s", buf_str(&errors));
	ck_assert_str_eq(b->name, shipped[_i]);
	book_free(b);
	buf_release(&errors);
	free(path);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("book");
	TCase *t = tcase_create("reading");

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, test_mistake, 0, COUNT(mistakes));
	tcase_add_test(t, test_file_name);
	tcase_add_test(t, test_too_large);
	tcase_add_test(t, test_cut_anywhere);
	tcase_add_test(t, test_whole);
	tcase_add_loop_test(t, test_expand, 0, COUNT(expansions));
	tcase_add_test(t, test_expand_ceiling);
	tcase_add_loop_test(t, test_when, 0, COUNT(conditions));
	tcase_add_test(t, test_ready);
	tcase_add_test(t, test_find);
	tcase_add_test(t, test_load_missing);
	tcase_add_loop_test(t, test_shipped, 0, COUNT(shipped));
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return unit_run(suite());
}
