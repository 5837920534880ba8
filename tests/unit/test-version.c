/* Semantic versions. */
#include "unit.h"

#include <string.h>

#include "model/version.h"

static const struct {
	const char *text;
	int64_t major, minor, patch;
	const char *pre;	/* NULL: none */
	bool rollback;
} versions[] = {
	{"v1.2.3", 1, 2, 3, NULL, false},
	{"1.2.3", 1, 2, 3, NULL, false},
	{"0.0.0", 0, 0, 0, NULL, false},
	{"v1.10.0", 1, 10, 0, NULL, false},
	{"v2.0.0-rc.1", 2, 0, 0, "rc.1", false},
	{"v2.0.0-rc.1+build.007", 2, 0, 0, "rc.1", false},
	{"v2.0.0+20260615", 2, 0, 0, NULL, false},
	{"1.0.0-0a.-.x-y", 1, 0, 0, "0a.-.x-y", false},
	{"v1.4.0-rollback", 1, 4, 0, "rollback", true},
	{"v1.4.0-rollback.2", 1, 4, 0, "rollback.2", true},
	{"v1.4.0-rc.1-rollback", 1, 4, 0, "rc.1-rollback", true},
	{"v1.4.0-rollbacks", 1, 4, 0, "rollbacks", false},
	{"v1.4.0-norollback", 1, 4, 0, "norollback", false},
	{"999999999999999.0.0", INT64_C(999999999999999), 0, 0, NULL, false},
};

START_TEST(versions_are_parsed)
{
	struct semver v;

	ck_assert_int_eq(semver_parse(versions[_i].text, &v), 0);
	ck_assert_int_eq(v.part[0], versions[_i].major);
	ck_assert_int_eq(v.part[1], versions[_i].minor);
	ck_assert_int_eq(v.part[2], versions[_i].patch);
	ck_assert_int_eq(v.pre != NULL, versions[_i].pre != NULL);
	if (v.pre) {
		ck_assert_uint_eq(v.pre_len, strlen(versions[_i].pre));
		ck_assert_mem_eq(v.pre, versions[_i].pre, v.pre_len);
	}
	ck_assert_int_eq(v.rollback, versions[_i].rollback);
}
END_TEST

static const char *const others[] = {
	"", "v", "nightly", "v1", "v1.2", "1.2.", "1.2.3.4", "V1.2.3", "vv1.2.3",
	"01.2.3", "1.02.3", "1.2.03", "1.2.3-", "1.2.3-01", "1.2.3-a..b",
	"1.2.3-a.", "1.2.3+", "1.2.3+a+b", "1.2.3-\xc3\xa9", " 1.2.3", "1.2.3 ",
	"-1.2.3", "1000000000000000.0.0", "release-1.2.3",
};

START_TEST(other_tags_are_no_versions)
{
	struct semver v = {.part = {7, 7, 7}};

	ck_assert_int_eq(semver_parse(others[_i], &v), -1);
	ck_assert_int_eq(v.part[0], 7);
}
END_TEST

/* In ascending order. */
static const char *const ascending[] = {
	"", "nightly", "v1", "v1.2", "0.9.9", "v1.0.0-alpha", "1.0.0-alpha.1",
	"v1.0.0-alpha.beta", "v1.0.0-beta.2", "v1.0.0-beta.11", "v1.0.0-rc.1",
	"v1.0.0", "v1.0.1-rollback", "v1.0.1", "v1.9.9", "v1.10.0", "v2.0.0",
};

START_TEST(versions_have_an_order)
{
	int i, n = sizeof(ascending) / sizeof(ascending[0]);

	for (i = 0; i < n; i++) {
		int order = version_compare(ascending[i], ascending[_i]);

		ck_assert_msg(i < _i ? order < 0 : i > _i ? order > 0 :
		    order == 0, "%s %s: %d", ascending[i], ascending[_i],
		    order);
	}
}
END_TEST

START_TEST(a_build_does_not_count)
{
	ck_assert_int_eq(version_compare("1.0.0+a", "v1.0.0+b"), 0);
	ck_assert_int_eq(version_compare("1.0.0-rc.1+a", "1.0.0-rc.1"), 0);
}
END_TEST

static const struct {
	const char *from, *to;
	enum bump bump;
} bumps[] = {
	{"v1.2.3", "v1.2.4", BUMP_PATCH},
	{"v1.2.3", "v1.3.0", BUMP_MINOR},
	{"v1.9.9", "v1.10.0", BUMP_MINOR},
	{"v1.2.3", "v2.0.0", BUMP_MAJOR},
	{"v2.0.0-rc.1", "v2.0.0", BUMP_PRE},
	{"v2.0.0-rc.1", "v2.0.0-rc.2", BUMP_PRE},
	{"v1.9.0", "v2.0.0-rc.1", BUMP_MAJOR},
	{"v1.2.3", "v1.2.3+b", BUMP_NONE},
	{"v1.3.0", "v1.2.0", BUMP_MINOR},
};

START_TEST(bumps_have_a_kind)
{
	struct semver from, to;
	enum bump b = bumps[_i].bump;

	ck_assert_int_eq(semver_parse(bumps[_i].from, &from), 0);
	ck_assert_int_eq(semver_parse(bumps[_i].to, &to), 0);
	ck_assert_int_eq(semver_bump(&from, &to), b);
	ck_assert_int_eq(bump_parse(bump_name(b)), b);
}
END_TEST

START_TEST(unknown_bumps_are_none)
{
	ck_assert_int_eq(bump_parse("gigantic"), BUMP_NONE);
	ck_assert_int_eq(bump_parse(NULL), BUMP_NONE);
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

int
main(void)
{
	Suite *s = suite_create("version");
	TCase *t = tcase_create("version");

	tcase_add_loop_test(t, versions_are_parsed, 0, COUNT(versions));
	tcase_add_loop_test(t, other_tags_are_no_versions, 0, COUNT(others));
	tcase_add_loop_test(t, versions_have_an_order, 0, COUNT(ascending));
	tcase_add_test(t, a_build_does_not_count);
	tcase_add_loop_test(t, bumps_have_a_kind, 0, COUNT(bumps));
	tcase_add_test(t, unknown_bumps_are_none);
	suite_add_tcase(s, t);
	return unit_run(s);
}
