/* The configuration: what is read, what is refused and in which words. */
#include "unit.h"

#include "base/buf.h"
#include "config/conf.h"

START_TEST(smallest)
{
	static const char text[] = "project: x\nenvironments:\n  local:\n";
	struct buf errors = BUF_INIT(1 << 20);
	struct conf *c = conf_parse(text, strlen(text), "vigie.yaml", &errors);

	ck_assert_str_eq(buf_str(&errors), "");
	ck_assert_ptr_nonnull(c);
	ck_assert_uint_eq(c->environment_count, 1);
	ck_assert_str_eq(c->environments[0].engine, "/var/run/docker.sock");
	ck_assert_str_eq(c->environments[0].compose_project, "x");
	conf_free(c);
	buf_release(&errors);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("config");
	TCase *t = tcase_create("config");

	tcase_add_test(t, smallest);
	suite_add_tcase(s, t);
	return unit_run(s);
}
