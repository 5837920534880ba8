/* What git says of a checkout. */
#include "unit.h"

#include "base/buf.h"
#include "source/checkout-parse.h"

#define COMMIT "3fa9c1e0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6"
#define OID "# branch.oid " COMMIT "\n"

static const struct {
	const char *text;
	const char *commit, *branch, *tag;
	enum tri dirty;
} checkouts[] = {
	{OID "# branch.head main\n# branch.upstream origin/main\n"
	 "# branch.ab +0 -0\n", COMMIT, "main", NULL, TRI_NO},
	{OID "# branch.head (detached)\ntag v1.9.0\ntag v1.10.0-rc.1\n"
	 "tag v1.10.0\ntag nightly\n", COMMIT, NULL, "v1.10.0", TRI_NO},
	{OID "# branch.head main\n1 .M N... 100644 100644 100644 a b README\n"
	 "tag v1.4.0-rollback\ntag v1.3.2\n", COMMIT, "main", "v1.3.2",
	 TRI_YES},
	{"# branch.oid (initial)\n# branch.head main\n", NULL, "main", NULL,
	 TRI_NO},
	{"warning: slow disk\n" OID "# branch.head fix\xe2\x80\xae\033[1mx\n",
	 COMMIT, "fixx", NULL, TRI_NO},
};

START_TEST(checkouts_are_read)
{
	struct checkout_sample c;
	struct err e;

	ck_assert_msg(checkout_parse(checkouts[_i].text,
	    strlen(checkouts[_i].text), &c, &e) == 0, "%s", e.text);
	ck_assert_pstr_eq(c.commit, checkouts[_i].commit);
	ck_assert_pstr_eq(c.branch, checkouts[_i].branch);
	ck_assert_pstr_eq(c.tag, checkouts[_i].tag);
	ck_assert_int_eq(c.dirty, checkouts[_i].dirty);
	checkout_sample_release(&c);
}
END_TEST

static const struct {
	const char *text, *error;
} complaints[] = {
	{"fatal: not a git repository (or any of the parent directories): "
	 ".git\n", "fatal: not a git repository (or any of the parent "
	 "directories): .git"},
	{"sh: 1: git: not found\n", "sh: 1: git: not found"},
	{"", "git says nothing about the checkout"},
	{"\n\033[31mred\n", "red"},
};

START_TEST(what_is_no_checkout_says_why)
{
	struct checkout_sample c;
	struct err e;

	ck_assert_int_eq(checkout_parse(complaints[_i].text,
	    strlen(complaints[_i].text), &c, &e), -1);
	ck_assert_str_eq(e.text, complaints[_i].error);
}
END_TEST

START_TEST(directories_are_quoted)
{
	struct buf b = BUF_INIT(1 << 16);

	checkout_script(&b, "/opt/it's; rm -rf /");
	ck_assert_ptr_nonnull(strstr(buf_str(&b), "'/opt/it'\\''s; rm -rf /'"));
	buf_release(&b);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("checkout");
	TCase *t = tcase_create("checkout");

	tcase_add_loop_test(t, checkouts_are_read, 0,
	    sizeof(checkouts) / sizeof(checkouts[0]));
	tcase_add_loop_test(t, what_is_no_checkout_says_why, 0,
	    sizeof(complaints) / sizeof(complaints[0]));
	tcase_add_test(t, directories_are_quoted);
	suite_add_tcase(s, t);
	return unit_run(s);
}
