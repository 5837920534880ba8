/*
 * What the console shows of releases, pipelines, backups and the way back, as
 * whole screens against tests/screens/ref, and what it does with their keys.
 * SCREEN_UPDATE=1 writes the references, as in test-screens.c.
 */
#include "screen.h"
#include "unit/unit.h"

/* --- pictures --------------------------------------------------------- */

struct picture {
	const char *name;
	struct stage_options options;
	const char *keys;	/* pressed on the overview, or NULL */
	const char *then;	/* text waited for */
};

#define SMALL .rows = 24, .columns = 80
#define MIDDLE .rows = 36, .columns = 120
#define LARGE .rows = 60, .columns = 200
#define CALM .fixture = "delivery"
#define NIGHT .fixture = "delivery-trouble"
#define HOSTILE .fixture = "hostile-delivery"

static const struct picture pictures[] = {
	{"delivery-80x24", {CALM, SMALL}, NULL, "rollback READY"},
	{"delivery-100x34", {CALM, .rows = 34, .columns = 100}, NULL, " now "},
	{"delivery-90x60", {CALM, .rows = 60, .columns = 90}, NULL, " now "},
	{"delivery-120x36", {CALM, MIDDLE}, NULL, "health_status"},
	{"delivery-200x60", {CALM, LARGE}, NULL, "health_status"},
	{"delivery-trouble-80x24", {NIGHT, SMALL}, NULL, "NOT READY"},
	{"delivery-trouble-120x36", {NIGHT, MIDDLE}, NULL, "health_status"},
	{"delivery-ascii-120x36", {NIGHT, MIDDLE, .env = {"LANG=C"}}, NULL,
	    "health_status"},
	{"delivery-hostile-120x36", {HOSTILE, MIDDLE}, NULL, "health_status"},
	{"delivery-environment-120x36", {NIGHT, MIDDLE}, "3\r",
	    "image gone from registry  "},
	{"delivery-wall-120x36", {NIGHT, MIDDLE, .view = "wall"}, NULL,
	    " now "},
	{"delivery-wall-80x24", {NIGHT, SMALL, .view = "wall"}, NULL,
	    "page 1"},
	{"delivery-releases-80x24", {CALM, SMALL}, "vjj", "marked bad"},
	{"delivery-releases-120x36", {CALM, MIDDLE}, "vjj", "marked bad"},
	{"delivery-releases-200x60", {CALM, LARGE}, "vjj", "marked bad"},
	{"pipelines-80x24", {CALM, SMALL}, "p", "deploy-prod.yml"},
	{"pipelines-120x36", {CALM, MIDDLE}, "p", "requests left"},
	{"pipelines-200x60", {CALM, LARGE}, "p", "requests left"},
	{"pipelines-trouble-120x36", {NIGHT, MIDDLE}, "pj", "requests left"},
	{"pipelines-hostile-120x36", {HOSTILE, MIDDLE}, "p", "GitHub cannot"},
	{"runs-80x24", {CALM, SMALL}, "pjj\rj", "healthcheck.sh"},
	{"runs-120x36", {CALM, MIDDLE}, "pjj\rj", "healthcheck.sh"},
	{"runs-hostile-80x24", {HOSTILE, SMALL}, "p\r", "cannot tell"},
	{"backups-80x24", {CALM, SMALL}, "bj", "restored 36h"},
	{"backups-120x36", {CALM, MIDDLE}, "bj", "docmost-24"},
	{"backups-200x60", {CALM, LARGE}, "bj", "docmost-24"},
	{"backups-ascii-120x36", {CALM, MIDDLE, .env = {"LANG=C"}}, "bj",
	    "docmost-24"},
	{"backups-trouble-120x36", {NIGHT, MIDDLE}, "bj", "too small, "},
	{"backups-hostile-120x36", {HOSTILE, MIDDLE}, "bj", "verifying"},
	{"readiness-80x24", {CALM, SMALL}, "3R", "drilled 12 days ago"},
	{"readiness-120x36", {CALM, MIDDLE}, "3R", "what ran here"},
	{"readiness-trouble-80x24", {NIGHT, SMALL}, "3R", "Build the image"},
	{"readiness-trouble-120x36", {NIGHT, MIDDLE}, "3R", "what ran here"},
	{"readiness-hostile-80x24", {HOSTILE, SMALL}, "3R", "point of no"},
};

START_TEST(picture)
{
	const struct picture *p = &pictures[_i];
	struct stage *s = stage_new(&p->options);

	stage_wait(s, "PROD");
	if (p->keys)
		stage_keys(s, p->keys);
	stage_wait(s, p->then);
	stage_expect(s, p->name);
	stage_free(s);
}
END_TEST

/* From nothing to everything, no size may hurt. */
START_TEST(any_size)
{
	static const int sizes[][2] = {{1, 1}, {1, 120}, {24, 1}, {2, 2},
	    {3, 3}, {5, 9}, {10, 40}, {4, 100}, {12, 40}, {24, 99}, {24, 100},
	    {14, 160}, {400, 500}, {24, 80}};
	static const char *const keys[] = {"", "p", "J", "\r", "J", "qqb", "G",
	    "JJ", "q3R", "G", "q3\r", "qv", "jj+", "\033q"};
	static const char *const fixtures[] = {"hostile-delivery",
	    "delivery-trouble"};
	struct stage *s = stage_new(&(struct stage_options){
	    .fixture = fixtures[_i]});
	size_t i, k;

	stage_wait(s, "formation-hub");
	for (k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
		stage_keys(s, keys[k]);
		for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
			stage_resize(s, sizes[i][0], sizes[i][1]);
		stage_wait(s, "formation-hub");
	}
	stage_free(s);
}
END_TEST

START_TEST(wall_any_size)
{
	static const int sizes[][2] = {{1, 1}, {2, 200}, {12, 30}, {24, 100},
	    {19, 80}, {20, 120}, {80, 300}, {24, 80}};
	struct stage *s = stage_new(&(struct stage_options){
	    .fixture = "hostile-delivery", .view = "wall"});
	size_t i;

	stage_wait(s, "formation-hub");
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		stage_resize(s, sizes[i][0], sizes[i][1]);
	stage_wait(s, "formation-hub");
	stage_free(s);
}
END_TEST

/* Without colours every state has a sign and a word of its own. */
START_TEST(no_color)
{
	struct stage *s = stage_new(&(struct stage_options){NIGHT, MIDDLE,
	    .env = {"NO_COLOR=1"}});

	stage_wait(s, "health_status");
	stage_expect(s, "delivery-trouble-120x36");
	stage_expect_no_color(s);
	stage_free(s);
}
END_TEST

/* --- keys ------------------------------------------------------------- */

START_TEST(opens_runs)
{
	struct stage *s = stage_new(&(struct stage_options){CALM, MIDDLE});

	stage_wait(s, "PROD");
	stage_keys(s, "p");
	stage_wait(s, "blocks merging");
	stage_keys(s, "\033[C");	/* Right */
	stage_wait(s, "on GitHub Actions 3");
	/* The jobs of an older run come from the server. */
	stage_keys(s, "j");
	stage_wait_asked(s, "run");
	stage_wait(s, "on GitHub Actions 7");
	stage_wait(s, "■ lint");
	stage_keys(s, "j");
	stage_wait(s, "? this server cannot tell the jobs of");
	stage_keys(s, "/failed\r");
	stage_wait(s, " 1/1 ");
	stage_wait(s, "■ #811 failed");
	stage_keys(s, "\033");
	stage_wait(s, " 2/3 ");
	stage_keys(s, "hn");
	stage_wait(s, "deploys prod, waits for an approval");
	stage_keys(s, "hq");
	ck_assert_int_eq(stage_wait_exit(s), 0);
	stage_free(s);
}
END_TEST

START_TEST(says_who_is_waited_for)
{
	struct stage *s = stage_new(&(struct stage_options){CALM, MIDDLE});

	stage_wait(s, "‖ deploy-prod #413 waits for yan or");
	stage_wait(s, "you may approve it");
	stage_change(s, "{\"pipelines\":{\"approvals\":[],\"workflows\":[],"
	    "\"pulls\":[]},\"environments\":[{\"name\":\"prod\","
	    "\"backups\":[]}]}");
	stage_wait(s, "nothing runs, nobody is waited for");
	stage_wait_gone(s, "● backup 9h");
	stage_free(s);
}
END_TEST

START_TEST(verifies)
{
	struct stage *s = stage_new(&(struct stage_options){CALM, MIDDLE});

	stage_wait(s, "PROD");
	stage_keys(s, "3b");
	stage_wait(s, "PROD docmost ● ok");
	stage_keys(s, "V");
	stage_wait_line(s, 35, "(y/n)");
	stage_keys(s, "n\r");
	stage_wait(s, "not done");
	stage_keys(s, "Vy\r");
	stage_wait_asked(s, "verify environment=prod kind=docmost");
	stage_wait(s, "asked for");
	/* Once is enough. */
	stage_keys(s, "jj");
	stage_wait(s, "▶ verifying files: fully read, for 3m");
	stage_keys(s, "Vy\r");
	stage_wait(s, "it is being verified already");
	stage_free(s);
}
END_TEST

START_TEST(shows_one_environments_backups)
{
	struct stage *s = stage_new(&(struct stage_options){CALM, MIDDLE});

	stage_wait(s, "PROD");
	stage_keys(s, ":backups staging\r");
	stage_wait(s, "of staging");
	stage_wait(s, " 1/1 ");
	stage_keys(s, "b");
	stage_wait(s, " 1/4 ");
	stage_keys(s, "/files\r");
	stage_wait(s, " 1/1 ");
	stage_wait(s, "files-11.t");
	stage_keys(s, "\033:backups local\r");
	stage_wait(s, "of local");
	stage_keys(s, ":backups nosuch\r");
	stage_wait(s, "no environment is called nosuch");
	stage_free(s);
}
END_TEST

START_TEST(marks)
{
	struct stage *s = stage_new(&(struct stage_options){CALM, MIDDLE});

	stage_wait(s, "PROD");
	stage_keys(s, "vjjj");
	stage_wait(s, "─ v1.4.0 minor");
	stage_keys(s, "-");
	stage_wait_line(s, 35, "v1.4.0 is bad, because:");
	stage_keys(s, "\033");
	stage_wait(s, "not done");
	stage_keys(s, "- \r");
	stage_wait(s, "not done");
	stage_keys(s, "-loses mail\r");
	stage_wait_asked(s, "mark version=v1.4.0 mark=bad reason=loses mail");
	stage_keys(s, "+ran well\r");
	stage_wait_asked(s, "mark version=v1.4.0 mark=good reason=ran well");
	stage_keys(s, ":unmark a mistake\r");
	stage_wait_asked(s, "mark version=v1.4.0 mark=none reason=a mistake");
	stage_change(s, "{\"environments\":[],\"marks\":[{\"tag\":"
	    "\"v1.4.0\",\"mark\":\"bad\",\"who\":\"yan\",\"why\":"
	    "\"loses mail\",\"at\":\"@-3m\"}]}");
	stage_wait(s, "marked bad by yan 3m ago: loses mail");
	stage_free(s);
}
END_TEST

START_TEST(locks)
{
	struct stage *s = stage_new(&(struct stage_options){CALM, MIDDLE});

	stage_wait(s, "PROD");
	stage_keys(s, ":lock prod restoring docmost\r");
	stage_wait_asked(s, "lock environment=prod reason=restoring docmost");
	stage_keys(s, "2:lock\r");
	stage_wait_line(s, 35, "lock staging, because:");
	stage_keys(s, "a test\r");
	stage_wait_asked(s, "lock environment=staging reason=a test");
	stage_change(s, "{\"environments\":[{\"name\":\"prod\",\"lock\":{"
	    "\"who\":\"corentin\",\"why\":\"restoring\",\"since\":"
	    "\"@-3m\"}}]}");
	stage_wait(s, "▲ locked by corentin 3m: restoring");
	stage_keys(s, "3:unlock\r");
	stage_wait_line(s, 35, "unlock PROD, because:");
	stage_keys(s, "done\r");
	stage_wait_asked(s, "unlock environment=prod reason=done");
	stage_free(s);
}
END_TEST

START_TEST(viewers_change_nothing)
{
	struct stage *s = stage_new(&(struct stage_options){CALM, MIDDLE,
	    .role = "viewer"});

	stage_wait(s, "PROD");
	stage_keys(s, "v");
	stage_wait(s, "= compare");
	stage_wait_gone(s, "- bad");
	stage_keys(s, "-why\r");
	stage_wait(s, "that needs the operator's role");
	stage_free(s);
}
END_TEST

START_TEST(readiness_changes)
{
	struct stage *s = stage_new(&(struct stage_options){CALM, MIDDLE});

	stage_wait(s, "rollback READY v1.4.0 ~2mSSs");
	stage_change(s, "{\"environments\":[{\"name\":\"prod\",\"readiness\":{"
	    "\"used\":true,\"word\":\"not ready\",\"target\":\"v1.4.0\","
	    "\"reason\":\"image gone from registry\",\"checks\":[{\"check\":"
	    "\"image\",\"status\":\"crit\",\"text\":\"image gone from "
	    "registry\",\"evidence_at\":\"@-3m\"}]}}]}");
	stage_wait(s, "■ rollback NOT READY: image gone");
	stage_wait_gone(s, "READY v1.4.0");
	/* From where nothing is selected: production. */
	stage_keys(s, "vR");
	stage_wait(s, "3 PROD · would a rollback work?");
	stage_wait(s, "› Build the image again");
	stage_keys(s, "2");
	stage_wait(s, "? rollback NOT KNOWN: the schema of docmost");
	stage_keys(s, "1");
	stage_wait(s, "nothing is configured that tells");
	stage_free(s);
}
END_TEST

START_TEST(point_of_no_return_moves)
{
	struct stage *s = stage_new(&(struct stage_options){CALM, MIDDLE});

	stage_wait(s, "PROD");
	stage_keys(s, "v");
	stage_wait_line(s, 6, "── point of no return: docmost schema changed");
	stage_change(s, "{\"environments\":[{\"name\":\"prod\",\"readiness\":{"
	    "\"used\":true,\"word\":\"ready\",\"no_return\":\"v1.4.1\","
	    "\"no_return_why\":\"baserow schema changed\"}}]}");
	stage_wait_line(s, 4, "── point of no return: baserow schema changed");
	/* It is no release: it cannot be selected. */
	stage_keys(s, "jj");
	stage_wait(s, "─ v1.4.1 patch");
	stage_keys(s, "\033[<0;6;5M\033[<0;6;5m");
	stage_wait(s, "─ v1.4.1 patch");
	stage_keys(s, "\033[<0;6;7M\033[<0;6;7m");
	stage_wait(s, "─ v1.4.0 minor");
	stage_keys(s, "\033[<0;6;3M\033[<0;6;3m");
	stage_wait(s, "─ v1.10.0-rc.1 minor");
	stage_free(s);
}
END_TEST

START_TEST(nothing_configured)
{
	struct stage *s = stage_new(&(struct stage_options){
	    .fixture = "trouble", MIDDLE});

	stage_wait(s, "PROD");
	stage_keys(s, "p");
	stage_wait(s, "no GitHub repository is configured");
	stage_keys(s, "b");
	stage_wait(s, "no backups are configured");
	stage_keys(s, "V");
	stage_keys(s, "y\r");
	stage_wait(s, "choose a series first");
	stage_keys(s, "qR");
	stage_wait(s, "nothing is configured that tells");
	stage_free(s);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("delivery");
	TCase *t = tcase_create("pictures");

	tcase_set_timeout(t, 240);
	tcase_add_loop_test(t, picture, 0,
	    sizeof(pictures) / sizeof(pictures[0]));
	tcase_add_loop_test(t, any_size, 0, 2);
	tcase_add_test(t, wall_any_size);
	tcase_add_test(t, no_color);
	suite_add_tcase(suite, t);
	t = tcase_create("keys");
	tcase_set_timeout(t, 240);
	tcase_add_test(t, opens_runs);
	tcase_add_test(t, says_who_is_waited_for);
	tcase_add_test(t, verifies);
	tcase_add_test(t, shows_one_environments_backups);
	tcase_add_test(t, marks);
	tcase_add_test(t, locks);
	tcase_add_test(t, viewers_change_nothing);
	tcase_add_test(t, readiness_changes);
	tcase_add_test(t, point_of_no_return_moves);
	tcase_add_test(t, nothing_configured);
	suite_add_tcase(suite, t);
	return unit_run(suite);
}
