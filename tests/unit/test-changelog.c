/* Keep a Changelog. */
#include "unit.h"

#include "data.h"
#include "model/changelog.h"

static void
load(const char *name, struct buf *text, struct changelog *c)
{
	struct err e;

	*text = data_load("changelog", name);
	ck_assert_msg(changelog_parse(name, buf_str(text), text->len, c,
	    &e) == 0, "%s", e.text);
}

START_TEST(versions_are_read)
{
	const struct changelog_version *v;
	struct changelog c;
	struct buf text;

	load(_i ? "crlf.md" : "links.md", &text, &c);
	ck_assert_uint_eq(c.version_count, 4);
	ck_assert(c.versions[0].unreleased);
	ck_assert_ptr_null(c.versions[0].date);
	ck_assert_uint_eq(c.versions[0].line, 10);
	ck_assert_uint_eq(c.versions[0].category_count, 2);
	ck_assert_uint_eq(c.versions[0].categories[0].item_count, 2);
	ck_assert_str_eq(c.versions[0].categories[0].items[0], "Endpoint "
	    "`/attributions.csv`, with headings that the office's spreadsheet "
	    "knows.");
	ck_assert_str_eq(c.versions[0].categories[1].name, "Security");
	v = changelog_find(&c, "v1.2.0");
	ck_assert_ptr_eq(v, &c.versions[1]);
	ck_assert_str_eq(v->date, "2026-06-15");
	ck_assert(v->yanked);
	ck_assert_str_eq(v->link,
	    "https://git.example/hub/compare/v1.1.0...v1.2.0");
	v = changelog_find(&c, "1.0.0");
	ck_assert_str_eq(v->categories[0].items[0],
	    "Everything: été, naïve, 日本.");
	ck_assert(!v->yanked);
	ck_assert_ptr_eq(changelog_find(&c, "UNRELEASED"), &c.versions[0]);
	ck_assert_ptr_null(changelog_find(&c, "0.0.0"));
	ck_assert_ptr_null(changelog_find(&c, "not"));
	changelog_release(&c);
	buf_release(&text);
}
END_TEST

START_TEST(notes_are_what_stands_below)
{
	struct changelog c;
	struct buf text;
	char *notes;

	load(_i ? "crlf.md" : "links.md", &text, &c);
	notes = changelog_notes(changelog_find(&c, "1.2.0"), buf_str(&text));
	ck_assert_str_eq(notes, "Withdrawn: the timeline lost entries.\n\n"
	    "### Added\n\n- Endpoint /personnes/:id/timeline.");
	free(notes);
	/* The last one ends before the link references. */
	notes = changelog_notes(changelog_find(&c, "1.0.0"), buf_str(&text));
	ck_assert_str_eq(notes, "### Added\n\n* Everything: été, naïve, "
	    "日本.");
	free(notes);
	changelog_release(&c);
	buf_release(&text);
}
END_TEST

START_TEST(hostile_bytes_are_cleaned)
{
	static const char text[] = "## [1.0.0] - 2026-06-15\n### Added\n"
	    "- a\033[31mb\xff\n\xe2\x80\xaeplain\n"
	    "[1.0.0]: http://x/\033]0;t\007y\n";
	struct changelog c;
	struct err e;
	char *notes;

	ck_assert_int_eq(changelog_parse("f", text, sizeof(text) - 1, &c, &e),
	    0);
	ck_assert_str_eq(c.versions[0].categories[0].items[0],
	    "ab\xef\xbf\xbd");
	ck_assert_str_eq(c.versions[0].link, "http://x/y");
	notes = changelog_notes(&c.versions[0], text);
	ck_assert_str_eq(notes, "### Added\n- ab\xef\xbf\xbd\nplain");
	free(notes);
	changelog_release(&c);
}
END_TEST

#define UNRELEASED "## [Unreleased]\n### Added\n- x\n"

static const struct {
	const char *text, *error;
} faults[] = {
	{"", "f:1: the file ends without a version, expected"},
	{"1.0.0\n-----\n* x\n", "f:3: the file ends without a version"},
	{"# C\n\n## Version 1.0\n", "f:3: found \"## Version 1.0\", expected "
	 "\"## [Unreleased]\" or"},
	{"## [1.0] - 2026-06-15\n", "f:1: found"},
	{"## [1.0.0]\n", "f:1: found"},
	{"## [1.0.0] 2026-06-15\n", "f:1: found"},
	{"## [1.0.0\n", "f:1: found"},
	{"## [1.0.0] - 15 June 2026\n", "expected a date as 2026-06-15"},
	{"## [1.0.0] - 2026-02-29\n", "expected a date"},
	{"## [1.0.0] - 2026-13-01\n", "expected a date"},
	{"## [Unreleased] - 2026-06-15\n", "f:1: found"},
	{UNRELEASED "### Ajouts\n", "f:4: found \"### Ajouts\", expected "
	 "Added, Changed"},
	{"### Added\n", "f:1: found \"### Added\", expected a version above"},
	{UNRELEASED "## [1.0.0] - 2026-06-15\n## [v1.0.0] - 2026-06-14\n",
	 "f:5: found \"## [v1.0.0] - 2026-06-14\", expected each version "
	 "once"},
	{"## [1.0.0] - 2026-06-15\n## [Unreleased]\n", "f:2: found \"## "
	 "[Unreleased]\", expected Unreleased once, before all"},
	{UNRELEASED "# 1.0.0\n", "f:4: found \"# 1.0.0\", expected no title"},
};

START_TEST(another_format_is_named_with_its_line)
{
	struct changelog c;
	struct err e;

	ck_assert_int_eq(changelog_parse("f", faults[_i].text,
	    strlen(faults[_i].text), &c, &e), -1);
	ck_assert_msg(strstr(e.text, faults[_i].error) != NULL, "%s", e.text);
}
END_TEST

START_TEST(a_zero_byte_is_refused)
{
	static const char text[] = UNRELEASED "- a\0b\n";
	struct changelog c;
	struct err e;

	ck_assert_int_eq(changelog_parse("f", text, sizeof(text) - 1, &c, &e),
	    -1);
	ck_assert_msg(strncmp(e.text, "f:4:", 4) == 0, "%s", e.text);
}
END_TEST

/* --- cut -------------------------------------------------------------------- */

static const char *const files[] = {"plan", "links", "crlf", "bare", "first"};

START_TEST(unreleased_moves_and_no_other_byte)
{
	struct buf text, expected, made = BUF_INIT(1 << 20);
	struct changelog_cut c;
	char name[32];
	struct err e;

	snprintf(name, sizeof(name), "%s.md", files[_i]);
	text = data_load("changelog", name);
	snprintf(name, sizeof(name), "%s.cut", files[_i]);
	expected = data_load("changelog", name);
	ck_assert_msg(changelog_cut("f", buf_str(&text), text.len, "v1.3.0",
	    "2026-07-01", &c, &e) == 0, "%s", e.text);
	ck_assert_int_eq(changelog_cut_apply(&c, buf_str(&text), text.len,
	    &made), 0);
	ck_assert_str_eq(buf_str(&made), buf_str(&expected));
	ck_assert_uint_eq(made.len, expected.len);
	changelog_cut_release(&c);
	buf_release(&text);
	buf_release(&expected);
	buf_release(&made);
}
END_TEST

static const struct {
	const char *text, *version, *date, *error;
} refusals[] = {
	{UNRELEASED, "1.3", "2026-07-01", "1.3 is no version to release"},
	{UNRELEASED, "v1.3.0-rollback", "2026-07-01", "is no version to"},
	{UNRELEASED, "1.3.0", "2026-7-1", "2026-7-1 is no date"},
	{UNRELEASED "## [1.3.0] - 2026-06-15\n", "v1.3.0", "2026-07-01",
	 "f:4: version 1.3.0 is there already"},
	{UNRELEASED "## [1.10.0] - 2026-06-15\n", "1.9.9", "2026-07-01",
	 "f:4: version 1.10.0 is later than 1.9.9"},
	{"## [Unreleased]\n### Added\n", "1.3.0", "2026-07-01",
	 "f:1: nothing is listed under Unreleased"},
	{"\n## [1.2.0] - 2026-06-15\n", "1.3.0", "2026-07-01",
	 "f:2: found version 1.2.0, expected \"## [Unreleased]\""},
	{UNRELEASED "[unreleased]: https://h/commits\n", "1.3.0", "2026-07-01",
	 "f:4: found a link of Unreleased that compares nothing"},
	{"[unreleased]: https://h/a...b\n" UNRELEASED, "1.3.0", "2026-07-01",
	 "f:1: found the link of Unreleased above"},
	{UNRELEASED "### Neu\n", "1.3.0", "2026-07-01", "f:4: found"},
};

START_TEST(a_cut_may_be_refused)
{
	struct changelog_cut c;
	struct err e;

	ck_assert_int_eq(changelog_cut("f", refusals[_i].text,
	    strlen(refusals[_i].text), refusals[_i].version,
	    refusals[_i].date, &c, &e), -1);
	ck_assert_msg(strstr(e.text, refusals[_i].error) != NULL, "%s",
	    e.text);
}
END_TEST

START_TEST(a_cut_is_a_unified_diff)
{
	struct buf text = data_load("changelog", "links.md");
	struct buf diff = BUF_INIT(1 << 20);
	struct changelog_cut c;

	ck_assert_int_eq(changelog_cut("f", buf_str(&text), text.len, "1.3.0",
	    "2026-07-01", &c, NULL), 0);
	ck_assert_int_eq(changelog_cut_diff(&c, "f", buf_str(&text), text.len,
	    &diff), 0);
	ck_assert_str_eq(buf_str(&diff),
	    "--- f\n+++ f\n"
	    "@@ -8,6 +8,8 @@\n"
	    " -->\n \n ## [Unreleased]\n"
	    "+\n+## [1.3.0] - 2026-07-01\n"
	    " \n ### Added\n \n"
	    "@@ -44,7 +46,8 @@\n"
	    " \n * Everything: été, naïve, 日本.\n \n"
	    "-[unreleased]:  https://git.example/hub/compare/v1.2.0...HEAD\n"
	    "+[unreleased]:  https://git.example/hub/compare/v1.3.0...HEAD\n"
	    "+[1.3.0]:  https://git.example/hub/compare/v1.2.0...v1.3.0\n"
	    " [1.2.0]: https://git.example/hub/compare/v1.1.0...v1.2.0\n"
	    " [1.1.0]: https://git.example/hub/compare/v1.0.0...v1.1.0\n"
	    " [1.0.0]: https://git.example/hub/releases/tag/v1.0.0\n");
	changelog_cut_release(&c);
	buf_release(&diff);
	buf_release(&text);
}
END_TEST

START_TEST(near_edits_share_a_hunk)
{
	static const char text[] = UNRELEASED "\n[unreleased]: h/a...b";
	struct buf diff = BUF_INIT(1 << 20);
	struct changelog_cut c;

	ck_assert_int_eq(changelog_cut("f", text, sizeof(text) - 1, "1.3.0",
	    "2026-07-01", &c, NULL), 0);
	ck_assert_int_eq(changelog_cut_diff(&c, "f", text, sizeof(text) - 1,
	    &diff), 0);
	ck_assert_str_eq(buf_str(&diff),
	    "--- f\n+++ f\n"
	    "@@ -1,5 +1,8 @@\n"
	    " ## [Unreleased]\n"
	    "+\n+## [1.3.0] - 2026-07-01\n"
	    " ### Added\n - x\n \n"
	    "-[unreleased]: h/a...b\n"
	    "\\ No newline at end of file\n"
	    "+[unreleased]: h/1.3.0...b\n"
	    "+[1.3.0]: h/a...1.3.0\n"
	    "\\ No newline at end of file\n");
	changelog_cut_release(&c);
	buf_release(&diff);
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

int
main(void)
{
	Suite *s = suite_create("changelog");
	TCase *t = tcase_create("changelog");

	tcase_add_loop_test(t, versions_are_read, 0, 2);
	tcase_add_loop_test(t, notes_are_what_stands_below, 0, 2);
	tcase_add_test(t, hostile_bytes_are_cleaned);
	tcase_add_loop_test(t, another_format_is_named_with_its_line, 0,
	    COUNT(faults));
	tcase_add_test(t, a_zero_byte_is_refused);
	tcase_add_loop_test(t, unreleased_moves_and_no_other_byte, 0,
	    COUNT(files));
	tcase_add_loop_test(t, a_cut_may_be_refused, 0, COUNT(refusals));
	tcase_add_test(t, a_cut_is_a_unified_diff);
	tcase_add_test(t, near_edits_share_a_hunk);
	suite_add_tcase(s, t);
	return unit_run(s);
}
