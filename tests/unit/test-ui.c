/* What the screen is made of, without a terminal: themes, the command table,
 * lists, severities, wrapping. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "ui/keymap.h"
#include "ui/loglines.h"
#include "ui/screen.h"
#include "ui/theme.h"
#include "ui/words.h"
#include "unit.h"

/* --- themes ----------------------------------------------------------- */

START_TEST(styles)
{
	struct style s;

	ck_assert_int_eq(style_parse(&s, "203 on 16 bold underline"), 0);
	ck_assert_int_eq(s.fg, 203);
	ck_assert_int_eq(s.bg, 16);
	ck_assert_uint_eq(s.attributes, STYLE_BOLD | STYLE_UNDERLINE);
	ck_assert_int_eq(style_parse(&s, ""), 0);
	ck_assert_int_eq(s.fg, COLOR_UNSET);
	ck_assert_int_eq(style_parse(&s, "on default reverse"), 0);
	ck_assert_int_eq(s.bg, -1);
	ck_assert_int_eq(style_parse(&s, "256"), -1);
	ck_assert_int_eq(style_parse(&s, "red green"), -1);
	ck_assert_int_eq(style_parse(&s, "red on"), -1);
	ck_assert_int_eq(style_parse(&s, "on bold"), -1);
	ck_assert_int_eq(style_parse(&s, "a-word-longer-than-any-colour"), -1);
	/* A failure changes nothing. */
	ck_assert_uint_eq(s.attributes, STYLE_REVERSE);
}
END_TEST

static const int depths[] = {256, 8, 0};

START_TEST(dark_is_what_is_built_in)
{
	const char *top = getenv("VIGIE_SOURCE");
	char *path = xasprintf("%s/themes/dark.yaml", top ? top : "..");
	struct theme built, read;
	struct err e = {""};
	size_t i;
	int k;

	for (i = 0; i < sizeof(depths) / sizeof(depths[0]); i++) {
		theme_builtin(&built, depths[i]);
		ck_assert_msg(theme_load(&read, path, depths[i], &e) == 0,
		    "%s", e.text);
		ck_assert_str_eq(read.name, "dark");
		for (k = 0; k < INK_COUNT; k++) {
			struct style *a = &built.styles[k];
			struct style *b = &read.styles[k];

			ck_assert_msg(a->fg == b->fg && a->bg == b->bg &&
			    a->attributes == b->attributes, "%s at %d",
			    ink_name(k), depths[i]);
		}
	}
	free(path);
}
END_TEST

START_TEST(themes_load)
{
	static const char *const names[] = {"light", "contrast",
	    "colorblind"};
	const char *top = getenv("VIGIE_SOURCE");
	struct theme t;
	struct err e = {""};
	size_t i, k;

	setenv("VIGIE_DATADIR", top ? top : "..", 1);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		for (k = 0; k < sizeof(depths) / sizeof(depths[0]); k++)
			ck_assert_msg(theme_load(&t, names[i], depths[k],
			    &e) == 0, "%s", e.text);
		ck_assert_str_eq(t.name, names[i]);
	}
	ck_assert_int_eq(theme_load(&t, "nosuch", 256, &e), -1);
	ck_assert(strstr(e.text, "nosuch") != NULL);
}
END_TEST

START_TEST(theme_errors)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{"none:\n  krit: \"bold\"\n",
		    "x.yaml:2:3: unknown role krit, did you mean crit?"},
		{"none:\n  crit: \"blod\"\n", "x.yaml:2:9: crit: not a style"},
		{"16:\n  crit: \"\"\n", "x.yaml:1:1: unknown section"},
		{"none: 3\n", "x.yaml:1:7: expected roles"},
		{"- a\n", "x.yaml:1:1: expected the sections"},
	};
	struct theme t, before;
	struct err e;
	size_t i;

	theme_builtin(&t, 0);
	before = t;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_int_eq(theme_parse(&t, cases[i].text,
		    strlen(cases[i].text), "x.yaml", 0, &e), -1);
		ck_assert_msg(strncmp(e.text, cases[i].error,
		    strlen(cases[i].error)) == 0, "%s", e.text);
		ck_assert(memcmp(&t, &before, sizeof(t)) == 0);
	}
}
END_TEST

/* --- the command table ------------------------------------------------ */

START_TEST(no_key_means_two_things)
{
	const struct action *a, *b;
	char key[KEY_NAME_MAX];
	const char *p;
	int w;

	for (a = actions; a->name; a++) {
		for (p = a->keys; *p; p += strspn(p, " ")) {
			size_t n = strcspn(p, " ");

			ck_assert_uint_lt(n, sizeof(key));
			snprintf(key, sizeof(key), "%.*s", (int)n, p);
			p += n;
			for (w = 1; w <= WHERE_WALL; w *= 2) {
				if (!(a->where & w))
					continue;
				b = action_by_key(w, key);
				ck_assert_msg(a == b, "%s is %s and %s", key,
				    a->name, b->name);
			}
		}
		ck_assert_msg(a->where && a->run && a->help && *a->help,
		    "%s is incomplete", a->name);
		ck_assert_msg(!a->hint || *a->keys, "%s hints at no key",
		    a->name);
	}
}
END_TEST

START_TEST(names_are_found)
{
	struct err e = {""};

	ck_assert_str_eq(action_by_name(WHERE_OVERVIEW, "ev", &e)->name,
	    "events");
	ck_assert_ptr_null(action_by_name(WHERE_OVERVIEW, "re", &e));
	ck_assert(strstr(e.text, "could be") != NULL);
	ck_assert_ptr_null(action_by_name(WHERE_OVERVIEW, "severity", &e));
	ck_assert_ptr_nonnull(action_by_name(WHERE_LOG, "severity", &e));
	ck_assert_ptr_null(action_by_name(WHERE_OVERVIEW, "evnts", &e));
	ck_assert(strstr(e.text, "events") != NULL);
	/* What only a key can mean is no command. */
	ck_assert_ptr_null(action_by_name(WHERE_OVERVIEW, "page-down", &e));
}
END_TEST

/* --- lists ------------------------------------------------------------ */

START_TEST(lists_scroll)
{
	struct list l = {0};

	list_fit(&l, 100, 10);
	ck_assert_int_eq(l.selected, 0);
	ck_assert(list_move(&l, MOVE_PAGE_DOWN));
	ck_assert_int_eq(l.selected, 9);
	ck_assert_int_eq(l.top, 0);
	list_move(&l, MOVE_DOWN);
	ck_assert_int_eq(l.top, 1);
	list_move(&l, MOVE_BOTTOM);
	ck_assert_int_eq(l.selected, 99);
	ck_assert_int_eq(l.top, 90);
	ck_assert_int_eq(list_row_at(&l, 9), 99);
	ck_assert_int_eq(list_row_at(&l, 10), -1);
	/* It gets shorter under the selection. */
	list_fit(&l, 3, 10);
	ck_assert_int_eq(l.selected, 2);
	ck_assert_int_eq(l.top, 0);
	list_fit(&l, 0, 0);
	ck_assert_int_eq(l.selected, 0);
	list_move(&l, MOVE_DOWN);
	ck_assert_int_eq(l.selected, 0);
	ck_assert(!list_move(&l, MOVE_LEFT));
}
END_TEST

/* --- logs ------------------------------------------------------------- */

START_TEST(severities)
{
	static const struct {
		enum severity severity;
		const char *text;
	} cases[] = {
		{SEVERITY_ERROR, "{\"level\":\"error\",\"msg\":\"x\"}"},
		{SEVERITY_ERROR, "{\"time\":1,\"level\":50,\"msg\":\"x\"}"},
		{SEVERITY_INFO, "{\"level\":30,\"msg\":\"an error: none\"}"},
		{SEVERITY_WARN, "level=warn msg=\"x\""},
		{SEVERITY_INFO, "time=x lvl=info msg=y"},
		{SEVERITY_INFO, "2026-01-01 [61] LOG:  checkpoint complete"},
		{SEVERITY_ERROR, "2026-01-01 [61] FATAL:  no such role"},
		{SEVERITY_ERROR, "[error] 30#30: connect() failed"},
		{SEVERITY_WARN, "WARN  slow query"},
		{SEVERITY_WARN, "(node:1) Warning: deprecated"},
		{SEVERITY_INFO, "[Nest] 1 - LOG [App] up"},
		{SEVERITY_DEBUG, "DEBUG cache hit"},
		{SEVERITY_NONE, "0 errors, 3 warnings"},
		{SEVERITY_NONE, "the error page was served"},
		{SEVERITY_NONE, "level 3 reached"},
		{SEVERITY_NONE, ""},
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_msg(log_severity(cases[i].text) ==
		    cases[i].severity, "%s", cases[i].text);
}
END_TEST

START_TEST(lines_in_order_and_bounded)
{
	struct log_lines l = {0};
	size_t i;

	log_lines_add(&l, 20, "a", "second", false, false);
	log_lines_add(&l, 10, "b", "ERROR first", false, false);
	log_lines_add(&l, 15, "b", " at a trace", false, false);
	ck_assert_str_eq(log_lines_at(&l, 0)->text, "ERROR first");
	ck_assert_str_eq(log_lines_at(&l, 2)->text, "second");
	ck_assert_int_eq(log_lines_at(&l, 1)->severity, SEVERITY_ERROR);
	ck_assert(log_lines_has(&l, 20, "a", "second"));
	ck_assert(!log_lines_has(&l, 20, "b", "second"));
	for (i = 0; i < LOGLINES_MAX + 10; i++)
		log_lines_add(&l, 100 + i, "a", "x", false, false);
	ck_assert_uint_eq(l.count, LOGLINES_MAX);
	ck_assert_uint_eq(l.first, 13);
	ck_assert_int_eq(log_lines_at(&l, 0)->at, 110);
	/* Without a time a line comes last. */
	log_lines_add(&l, TIME_UNKNOWN, "a", "untimed", false, false);
	ck_assert_str_eq(log_lines_at(&l, l.count - 1)->text, "untimed");
	log_lines_release(&l);
}
END_TEST

/* --- words ------------------------------------------------------------ */

START_TEST(words)
{
	struct version v = {.tag = "v1.4.0", .commit = "9d20b11aa0ff",
	    .dirty = TRI_YES};
	struct buf b = BUF_INIT(256);

	words_version(&v, &b);
	ck_assert_str_eq(buf_str(&b), "v1.4.0 9d20b11*");
	ck_assert_str_eq(words_image("registry.x.fr/a/b:1"), "a/b:1");
	ck_assert_str_eq(words_image("localhost:5000/b:1"), "b:1");
	ck_assert_str_eq(words_image("docmost/docmost:0.95"),
	    "docmost/docmost:0.95");
	buf_clear(&b);
	words_digest("sha256:0123456789abcdef", &b);
	ck_assert_str_eq(buf_str(&b), "0123456789ab");
	buf_release(&b);
}
END_TEST

START_TEST(wrapping)
{
	ck_assert_uint_eq(draw_wrap_at("one two three", 20), 13);
	ck_assert_uint_eq(draw_wrap_at("one two three", 9), 7);
	ck_assert_uint_eq(draw_wrap_at("onetwothree", 4), 4);
	/* Two columns into one: it must move on. */
	ck_assert_uint_eq(draw_wrap_at("日本", 1), 3);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("ui");
	TCase *t = tcase_create("ui");

	tcase_add_test(t, styles);
	tcase_add_test(t, dark_is_what_is_built_in);
	tcase_add_test(t, themes_load);
	tcase_add_test(t, theme_errors);
	tcase_add_test(t, no_key_means_two_things);
	tcase_add_test(t, names_are_found);
	tcase_add_test(t, lists_scroll);
	tcase_add_test(t, severities);
	tcase_add_test(t, lines_in_order_and_bounded);
	tcase_add_test(t, words);
	tcase_add_test(t, wrapping);
	suite_add_tcase(suite, t);
	return unit_run(suite);
}
