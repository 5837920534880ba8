/*
 * What every unit test program shares: run one suite and say how it went.
 */
#ifndef TESTS_UNIT_UNIT_H
#define TESTS_UNIT_UNIT_H

#include <check.h>

/* The body of main(). CK_FORK=no in the environment helps a debugger. */
static inline int
unit_run(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	/* TAP for automake's driver: every case counts by itself. */
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* The step of loops over every byte of an input: 1, or what UNIT_STRIDE says
 * where each round is dear (under valgrind). */
static inline size_t
unit_stride(void)
{
	const char *s = getenv("UNIT_STRIDE");

	return s && strtoul(s, NULL, 10) > 0 ? strtoul(s, NULL, 10) : 1;
}

#endif
