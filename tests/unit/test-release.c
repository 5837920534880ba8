/* Releases: their order, what follows from it, and what git says of them. */
#include "unit.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "model/release.h"
#include "source/git-parse.h"

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define C "cccccccccccccccccccccccccccccccccccccccc"
#define D "dddddddddddddddddddddddddddddddddddddddd"

static void
fill(struct releases *r, const char *const *tags, const char *const *commits,
    size_t n)
{
	struct release *items = xcalloc(n, sizeof(*items));
	size_t i;

	releases_init(r);
	for (i = 0; i < n; i++)
		items[i] = (struct release){.tag = xstrdup(tags[i]),
			.commit = xstrdup(commits[i]), .date = (int64_t)i};
	releases_finish(r, items, n);
}

static const char *const tags[] = {"v1.9.9", "nightly", "v1.10.0",
	"v2.0.0-rc.1", "v1.10.1-rollback", "v1.10.1", "backup-1", "1.2.0"};
static const char *const commits[] = {A, A, B, C, B, C, D, D};

START_TEST(releases_have_the_order_of_versions)
{
	static const char *const expected[] = {"v2.0.0-rc.1", "v1.10.1",
		"v1.10.1-rollback", "v1.10.0", "v1.9.9", "1.2.0", "backup-1",
		"nightly"};
	struct releases r;
	size_t i;

	fill(&r, tags, commits, 8);
	ck_assert_uint_eq(r.count, 8);
	for (i = 0; i < 8; i++)
		ck_assert_str_eq(r.items[i].tag, expected[i]);
	ck_assert_str_eq(releases_newest(&r)->tag, "v1.10.1");
	ck_assert_str_eq(r.since, "v1.10.1");
	ck_assert(!releases_find(&r, "nightly")->version);
	ck_assert_ptr_null(releases_find(&r, "v9.9.9"));
	releases_release(&r);
}
END_TEST

static const struct {
	const char *tag, *previous;
	enum bump bump;
	const char *redeploys;
} derived[] = {
	{"v2.0.0-rc.1", "v1.10.1", BUMP_MAJOR, NULL},
	{"v1.10.1", "v1.10.0", BUMP_PATCH, NULL},
	{"v1.10.0", "v1.9.9", BUMP_MINOR, NULL},
	{"1.2.0", NULL, BUMP_NONE, NULL},
	{"v1.10.1-rollback", NULL, BUMP_NONE, "v1.10.0"},
	{"nightly", NULL, BUMP_NONE, NULL},
};

START_TEST(releases_follow_each_other)
{
	const struct release *item;
	struct releases r;

	fill(&r, tags, commits, 8);
	item = releases_find(&r, derived[_i].tag);
	ck_assert_pstr_eq(item->previous, derived[_i].previous);
	ck_assert_pstr_eq(item->redeploys, derived[_i].redeploys);
	ck_assert_int_eq(item->bump, derived[_i].bump);
	ck_assert_int_eq(item->rollback, derived[_i].redeploys != NULL);
	releases_release(&r);
}
END_TEST

START_TEST(a_release_runs_where_its_commit_is)
{
	struct environment env = {.name = NULL};
	struct releases r;

	fill(&r, tags, commits, 8);
	ck_assert(!release_runs_in(releases_find(&r, "v1.9.9"), &env));
	env.version.tag = xstrdup("v1.9.9");
	ck_assert(release_runs_in(releases_find(&r, "v1.9.9"), &env));
	/* The commit is the stronger evidence. */
	env.version.commit = xstrdup(B);
	ck_assert(!release_runs_in(releases_find(&r, "v1.9.9"), &env));
	ck_assert(release_runs_in(releases_find(&r, "v1.10.0"), &env));
	ck_assert(release_runs_in(releases_find(&r, "v1.10.1-rollback"),
	    &env));
	free(env.version.tag);
	free(env.version.commit);
	releases_release(&r);
}
END_TEST

START_TEST(notes_come_from_the_changelog)
{
	static const char text[] = "## [Unreleased]\n### Added\n- new\n"
	    "## [1.10.1] - 2026-06-15 [YANKED]\n### Fixed\n- it\n";
	struct changelog c;
	struct releases r;

	fill(&r, tags, commits, 8);
	ck_assert_int_eq(changelog_parse("f", text, sizeof(text) - 1, &c,
	    NULL), 0);
	releases_notes(&r, &c, text);
	ck_assert_str_eq(releases_find(&r, "v1.10.1")->notes,
	    "### Fixed\n- it");
	ck_assert(releases_find(&r, "v1.10.1")->yanked);
	ck_assert_ptr_null(releases_find(&r, "v1.10.1-rollback")->notes);
	ck_assert_str_eq(r.unreleased, "### Added\n- new");
	releases_notes(&r, NULL, NULL);
	ck_assert_ptr_null(releases_find(&r, "v1.10.1")->notes);
	ck_assert_ptr_null(r.unreleased);
	changelog_release(&c);
	releases_release(&r);
}
END_TEST

START_TEST(notes_and_tags_are_bounded)
{
	struct release *items = xcalloc(2 * RELEASES_MAX, sizeof(*items));
	struct buf text = BUF_INIT(1 << 20);
	struct changelog c;
	struct releases r;
	int i;

	for (i = 0; i < 2 * RELEASES_MAX; i++)
		items[i] = (struct release){.tag = xasprintf("v0.0.%d", i),
			.commit = xstrdup(A)};
	releases_init(&r);
	releases_finish(&r, items, 2 * RELEASES_MAX);
	ck_assert_uint_eq(r.count, RELEASES_MAX);
	ck_assert_str_eq(r.items[0].tag, "v0.0.999");
	buf_adds(&text, "## [0.0.999] - 2026-06-15\n### Added\n");
	for (i = 0; i < 1000; i++)
		buf_adds(&text, "- an entry\n");
	ck_assert_int_eq(changelog_parse("f", buf_str(&text), text.len, &c,
	    NULL), 0);
	releases_notes(&r, &c, buf_str(&text));
	ck_assert_uint_le(strlen(r.items[0].notes), RELEASE_NOTES_MAX);
	ck_assert_str_eq(r.items[0].notes + strlen(r.items[0].notes) - 5,
	    "entry");
	changelog_release(&c);
	buf_release(&text);
	releases_release(&r);
}
END_TEST

/* --- what git says ----------------------------------------------------------- */

#define REF(name, object, target, tagger, author, date, subject) \
	name "\0" object "\0" target "\0" tagger "\0" author "\0" date "\0" \
	subject "\0\n"

START_TEST(refs_are_read)
{
	static const char text[] =
	    REF("refs/heads/main", A, "", "", "yan", "1780000000", "old")
	    REF("refs/remotes/origin/main", B, "", "", "yan", "1780000100",
		"new")
	    REF("refs/tags/v1.0.0", C, D, "corentin", "", "1780000200",
		"Release\033[31m v1.0.0")
	    REF("refs/tags/light", A, "", "", "yan", "x", "");
	struct git_refs r;
	struct err e;

	ck_assert_msg(git_refs_parse(text, sizeof(text) - 1, "origin", "main",
	    &r, &e) == 0, "%s", e.text);
	ck_assert_str_eq(r.branch_ref, "refs/remotes/origin/main");
	ck_assert_str_eq(r.head, B);
	ck_assert_int_eq(r.head_date, INT64_C(1780000100000));
	ck_assert_uint_eq(r.tag_count, 2);
	ck_assert_str_eq(r.tags[0].tag, "v1.0.0");
	ck_assert_str_eq(r.tags[0].commit, D);
	ck_assert_str_eq(r.tags[0].author, "corentin");
	ck_assert_str_eq(r.tags[0].subject, "Release v1.0.0");
	ck_assert(r.tags[0].annotated);
	ck_assert_str_eq(r.tags[1].commit, A);
	ck_assert_str_eq(r.tags[1].author, "yan");
	ck_assert_ptr_null(r.tags[1].subject);
	ck_assert(!r.tags[1].annotated);
	ck_assert(r.tags[1].date == TIME_UNKNOWN);
	git_refs_release(&r);
	/* A mirror has the branch as its own. */
	ck_assert_int_eq(git_refs_parse(text, sizeof(text) - 1, "upstream",
	    "main", &r, &e), 0);
	ck_assert_str_eq(r.branch_ref, "refs/heads/main");
	git_refs_release(&r);
	ck_assert_int_eq(git_refs_parse("", 0, "origin", "main", &r, &e), 0);
	ck_assert_ptr_null(r.branch_ref);
	git_refs_release(&r);
}
END_TEST

START_TEST(other_refs_are_refused)
{
	static const char cut[] = "refs/tags/v1\0" A "\0";
	static const char odd[] = REF("refs/tags/v1", "zz", "", "", "", "", "");
	struct git_refs r;
	struct err e;

	ck_assert_int_eq(git_refs_parse(cut, sizeof(cut) - 1, "o", "m", &r,
	    &e), -1);
	ck_assert_int_eq(git_refs_parse(odd, sizeof(odd) - 1, "o", "m", &r,
	    &e), -1);
}
END_TEST

START_TEST(commits_are_read)
{
	static const char text[] = A "\0yan\0" "1780000000\0one\0"
	    B "\0cor\033]0;x\007entin\0" "1780000001\0\xff two\0" C "\0ya";
	struct git_commit *c;
	size_t n;

	git_log_parse(text, sizeof(text) - 1, &c, &n);
	ck_assert_uint_eq(n, 2);
	ck_assert_str_eq(c[0].commit, A);
	ck_assert_str_eq(c[0].subject, "one");
	ck_assert_str_eq(c[1].author, "corentin");
	ck_assert_str_eq(c[1].subject, "\xef\xbf\xbd two");
	ck_assert_int_eq(c[1].date, INT64_C(1780000001000));
	git_commits_free(c, n);
}
END_TEST

START_TEST(moved_tags_are_named)
{
	static const char text[] = "From /srv/origin\n"
	    " * [new tag]         v1.4.0     -> v1.4.0\n"
	    " ! [rejected]        v1.2.0     -> v1.2.0  (would clobber "
	    "existing tag)\n"
	    " ! [rejected]        main       -> origin/main  "
	    "(non-fast-forward)\n";
	char **moved = git_moved_parse(text, sizeof(text) - 1);

	ck_assert_str_eq(moved[0], "v1.2.0");
	ck_assert_ptr_null(moved[1]);
	git_moved_free(moved);
	ck_assert(!git_gave_up(text, sizeof(text) - 1));
	ck_assert(git_gave_up("x\nfatal: no\n", 12));
}
END_TEST

static const struct {
	const char *text, *complaint;
} complaints[] = {
	{"", "git says nothing"},
	{"warning: x\nfatal: not a git repository\nmore\n",
	 "not a git repository"},
	{"hint: y\nerror: pathspec\n", "pathspec"},
	{"\nssh: \033[1mno route\n", "ssh: no route"},
};

START_TEST(complaints_are_one_line)
{
	char *text = git_complaint(complaints[_i].text,
	    strlen(complaints[_i].text));

	ck_assert_str_eq(text, complaints[_i].complaint);
	free(text);
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

int
main(void)
{
	Suite *s = suite_create("release");
	TCase *t = tcase_create("release");

	tcase_add_test(t, releases_have_the_order_of_versions);
	tcase_add_loop_test(t, releases_follow_each_other, 0, COUNT(derived));
	tcase_add_test(t, a_release_runs_where_its_commit_is);
	tcase_add_test(t, notes_come_from_the_changelog);
	tcase_add_test(t, notes_and_tags_are_bounded);
	tcase_add_test(t, refs_are_read);
	tcase_add_test(t, other_refs_are_refused);
	tcase_add_test(t, commits_are_read);
	tcase_add_test(t, moved_tags_are_named);
	tcase_add_loop_test(t, complaints_are_one_line, 0, COUNT(complaints));
	suite_add_tcase(s, t);
	return unit_run(s);
}
