/*
 * What the console shows of plans and runs, as whole screens against
 * tests/screens/ref, and what it does with their keys. SCREEN_UPDATE=1 writes
 * the references, as in test-screens.c.
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
#define PROGRESS .fixture = "runs-progress"
#define WAITING .fixture = "runs-waiting"
#define FAILED .fixture = "runs-failed"
#define UNKNOWN .fixture = "runs-unknown"
#define PAUSED .fixture = "runs-paused"
#define ENDED .fixture = "runs-ended"
#define HOSTILE .fixture = "hostile-runs"

static const struct picture pictures[] = {
	{"plan-staging-80x24", {CALM, SMALL}, "2d\r", "y starts it"},
	{"plan-staging-120x36", {CALM, MIDDLE}, "2d\r", "y starts it"},
	{"plan-prod-80x24", {CALM, SMALL}, ":deploy prod v1.4.2\r",
	    "then type prod"},
	{"plan-prod-120x36", {CALM, MIDDLE}, ":deploy prod v1.4.2\r",
	    "then type prod"},
	{"plan-prod-200x60", {CALM, LARGE}, ":deploy prod v1.4.2\r",
	    "then type prod"},
	{"plan-ascii-80x24", {CALM, SMALL, .env = {"LANG=C"}},
	    ":deploy prod v1.4.2\r", "then type prod"},
	{"plan-blocked-80x24", {CALM, SMALL}, ":deploy prod v1.4.1\r",
	    "cannot be done"},
	{"plan-warnings-80x24", {CALM, SMALL}, ":deploy prod v1.4.0\r",
	    "and the reason"},
	{"plan-rollback-80x24", {CALM, SMALL}, "3r", "and the reason"},
	{"plan-rollback-120x36", {CALM, MIDDLE}, "3r", "and the reason"},
	{"plan-wrong-word-80x24", {CALM, SMALL},
	    ":deploy prod v1.4.2\r", "then type prod"},
	{"plan-hostile-80x24", {CALM, SMALL}, "1r", "then type"},
	{"act-overview-80x24", {PROGRESS, SMALL}, NULL, "corentin has PROD"},
	{"act-overview-120x36", {PROGRESS, MIDDLE}, NULL, "health_status"},
	{"act-overview-ascii-120x36", {PROGRESS, MIDDLE, .env = {"LANG=C"}},
	    NULL, "health_status"},
	{"act-wall-120x36", {PROGRESS, MIDDLE, .view = "wall"}, NULL, " now "},
	{"act-environment-120x36", {PROGRESS, MIDDLE}, "3\r", "deploying: "},
	{"act-list-80x24", {PROGRESS, SMALL}, "u", "rollback PROD v1.4.0"},
	{"act-progress-80x24", {PROGRESS, SMALL}, "u\r", "at most 5m"},
	{"act-progress-120x36", {PROGRESS, MIDDLE}, "u\r", "at most 5m"},
	{"act-progress-200x60", {PROGRESS, LARGE}, "u\r", "at most 5m"},
	{"act-ascii-80x24", {PROGRESS, SMALL, .env = {"LANG=C"}}, "u\r",
	    "at most 5m"},
	{"act-waiting-80x24", {WAITING, SMALL}, "u\rjjj", "26 h old, fully"},
	{"act-waiting-120x36", {WAITING, MIDDLE}, "u\rjjj",
	    "26 h old, fully"},
	{"act-overridden-120x36", {WAITING, MIDDLE}, "u\rjjjjjjjjj",
	    "overridden by corentin"},
	{"act-failed-80x24", {FAILED, SMALL}, "u\r", "exit code 1"},
	{"act-failed-120x36", {FAILED, MIDDLE}, "u\r", "exit code 1"},
	{"act-failed-overview-120x36", {FAILED, MIDDLE}, NULL,
	    "health_status"},
	{"act-unknown-80x24", {UNKNOWN, SMALL}, "u\r", "nobody knows"},
	{"act-unknown-120x36", {UNKNOWN, MIDDLE}, "u\r", "nobody knows"},
	{"act-unknown-overview-120x36", {UNKNOWN, MIDDLE}, NULL,
	    "health_status"},
	{"act-paused-80x24", {PAUSED, SMALL}, "u\r", "until it is resumed"},
	{"act-paused-overview-120x36", {PAUSED, MIDDLE}, NULL,
	    "health_status"},
	{"act-ended-80x24", {ENDED, SMALL}, "u\r", "nothing comes after"},
	{"act-ended-120x36", {ENDED, MIDDLE}, "u\r", "nothing comes after"},
	{"act-paper-80x24", {PROGRESS, SMALL}, "u\rP", "curl -fsS"},
	{"act-output-80x24", {PROGRESS, SMALL}, "u\ro", "line 120 of"},
	{"act-hostile-80x24", {HOSTILE, SMALL}, "u\r", "waiting for "},
	{"act-hostile-overview-120x36", {HOSTILE, MIDDLE}, NULL,
	    " now "},
};

START_TEST(picture)
{
	const struct picture *p = &pictures[_i];
	struct stage *s = stage_new(&p->options);

	stage_wait(s, "PROD");
	if (p->keys)
		stage_keys(s, p->keys);
	stage_wait(s, p->then);
	if (strstr(p->name, "wrong-word")) {
		stage_keys(s, "\r");
		stage_wait(s, "type prod to deploy PROD:");
		stage_keys(s, "staging\r");
		stage_wait(s, "that is not the word");
	}
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
	static const char *const keys[][2] = {{"", "PROD"},
	    {"jjjjjjjjj", "PROD"}, {"kk", "PROD"}, {"u", " runs "},
	    {"j", " runs "}, {"k\r", "estimated"}, {"G", "estimated"},
	    {"kJJ", "estimated"}, {"o", "wrote"}, {"G", "line 120"},
	    {"qP", "by hand"}, {"qqq", "mem"}, {"1r", "then type"},
	    {"J", ""}, {"G", ""}, {"\r", "type"}, {"\033", "then type"},
	    {"q3r", "and the reason"}, {"\r", "type prod"},
	    {"\033q", "PROD"}};
	static const char *const fixtures[] = {"hostile-runs",
	    "runs-waiting", "runs-progress"};
	struct stage *s = stage_new(&(struct stage_options){
	    .fixture = fixtures[_i]});
	size_t i, k;

	stage_wait(s, "formation-hub");
	for (k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
		stage_keys(s, keys[k][0]);
		stage_wait(s, keys[k][1]);
		for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
			stage_resize(s, sizes[i][0], sizes[i][1]);
		stage_wait(s, "formation-hub");
	}
	stage_free(s);
}
END_TEST

/* Without colours every state has a sign and a word of its own. */
START_TEST(no_color)
{
	struct stage *s = stage_new(&(struct stage_options){FAILED, MIDDLE,
	    .env = {"NO_COLOR=1"}});

	stage_wait(s, "PROD");
	stage_keys(s, "u\r");
	stage_wait(s, "exit code 1");
	stage_expect(s, "act-failed-120x36");
	stage_expect_no_color(s);
	stage_free(s);
}
END_TEST

/* --- plans ------------------------------------------------------------ */

/* r, Enter, the word, Enter, the reason, Enter. */
START_TEST(rolls_back_in_six_keys)
{
	struct stage *s = stage_new(&(struct stage_options){CALM, MIDDLE,
	    .args = {"-e", "prod"}});

	stage_wait(s, "PROD");
	stage_keys(s, "r");
	stage_wait_asked(s, "plan act=rollback environment=prod");
	stage_wait(s, "then type prod and the reason");
	stage_keys(s, "\r");
	stage_wait_line(s, 35, "type prod to rollback PROD:");
	stage_keys(s, "prod\r");
	stage_wait_line(s, 35, "rollback PROD, because:");
	stage_keys(s, "sign-in is broken\r");
	stage_wait_asked(s, "confirm plan=ok/prod/deploy-prod-"
	    "20261125T221501Z word=prod reason=sign-in is broken");
	stage_wait(s, "is not among the runs that are known");
	stage_change(s, "{\"environments\":[],\"runs\":[{\"id\":"
	    "\"deploy-prod-20261125T221501Z\",\"book\":\"rollback-prod\","
	    "\"environment\":\"prod\",\"target\":\"v1.4.0\",\"who\":\"yan\","
	    "\"phase\":\"running\",\"started_at\":\"@-3s\",\"steps\":["
	    "{\"id\":\"tag\",\"title\":\"the tag\",\"phase\":\"running\","
	    "\"started_at\":\"@-3s\"}]}]}");
	stage_wait(s, "rollback PROD v1.4.0");
	stage_wait(s, "yan has PROD (rolling back)");
	stage_free(s);
}
END_TEST

START_TEST(deploys_with_y)
{
	struct stage *s = stage_new(&(struct stage_options){CALM, MIDDLE});

	stage_wait(s, "PROD");
	stage_keys(s, "2d");
	stage_wait_line(s, 35, "deploy which version to staging? (Tab: tags) "
	    "3fa9c1e5");
	/* The head, whole, and not what stands for it. */
	stage_keys(s, "\r");
	stage_wait_asked(s, "plan act=deploy environment=staging "
	    "version=3fa9c1e5d2");
	stage_wait(s, "y starts it");
	stage_keys(s, "q");
	stage_wait_gone(s, "y starts it");
	stage_keys(s, "d\r");
	stage_wait(s, "y starts it");
	stage_keys(s, "\rn\r");
	stage_wait(s, "that is not the word");
	stage_keys(s, "y");
	stage_wait_asked(s, "confirm plan=ok/y/deploy-staging-1 word=y");
	stage_wait(s, "deploy-staging-1 is not among");
	stage_free(s);
}
END_TEST

/* Production does not start on a key, whatever is pressed. */
START_TEST(production_takes_a_word)
{
	struct stage *s = stage_new(&(struct stage_options){CALM, MIDDLE});

	stage_wait(s, "PROD");
	stage_keys(s, "3d");
	stage_wait_line(s, 35, "(Tab: tags) v1.4.1");
	stage_keys(s, "\025v1.4.2\r");
	stage_wait_asked(s, "plan act=deploy environment=prod version=v1.4.2");
	stage_wait(s, "then type prod");
	stage_keys(s, "y");
	stage_wait_line(s, 35, "it takes more than a key: Enter, then prod");
	stage_keys(s, "\r");
	stage_wait_line(s, 35, "type prod to deploy PROD:");
	stage_keys(s, "\033");
	stage_wait_line(s, 35, "not done");
	stage_keys(s, "\r\r");
	stage_wait_line(s, 35, "not done");
	stage_keys(s, "v");
	stage_wait_asked(s, "plan act=deploy environment=prod version=v1.4.2 "
	    "via=ssh");
	stage_wait(s, "then type prod");
	stage_keys(s, "\rprod\r");
	stage_wait_asked(s, "confirm plan=ok/prod/deploy-prod-"
	    "20261125T221501Z word=prod");
	stage_free(s);
}
END_TEST

START_TEST(deploys_the_selected_release)
{
	struct stage *s = stage_new(&(struct stage_options){CALM, MIDDLE});

	stage_wait(s, "PROD");
	stage_keys(s, "vjjj");
	stage_wait(s, "─ v1.4.0 minor");
	stage_keys(s, "d");
	stage_wait_line(s, 35, "deploy v1.4.0 where?");
	stage_keys(s, "nowhere\r");
	stage_wait_line(s, 35, "no environment is called nowhere");
	stage_keys(s, "dpr\t\r");
	stage_wait_asked(s, "plan act=deploy environment=prod version=v1.4.0");
	stage_wait(s, "▲ this goes past GitHub");
	stage_keys(s, "\rprod\r");
	stage_wait_line(s, 35, "because:");
	/* Without a reason nothing is sent. */
	stage_keys(s, " \r");
	stage_wait_line(s, 35, "not done");
	stage_free(s);
}
END_TEST

START_TEST(asks_anew_when_it_moved)
{
	struct stage *s = stage_new(&(struct stage_options){CALM, MIDDLE});

	stage_wait(s, "PROD");
	stage_keys(s, ":deploy prod v1.3.2\r");
	stage_wait(s, "then type prod");
	stage_keys(s, "\rprod\r");
	stage_wait(s, "▲ production has moved: v1.4.2 is live now");
	stage_wait(s, "then type prod");
	stage_wait_asked(s, "plan act=deploy environment=prod version=v1.3.2");
	/* Left: the footer, not the page, tells what became of it. */
	stage_keys(s, "q:deploy prod nightly\r");
	stage_wait(s, "this plan has expired");
	stage_keys(s, "\r");
	stage_wait(s, "asked anew");
	stage_keys(s, "q:deploy prod v1.10.0-rc.1\r");
	stage_wait(s, "then type prod");
	stage_keys(s, "\rprod\r");
	stage_wait(s, "▲ yan is deploying v1.4.2, at step 3/8");
	stage_free(s);
}
END_TEST

START_TEST(blocked_is_blocked)
{
	struct stage *s = stage_new(&(struct stage_options){CALM, MIDDLE});

	stage_wait(s, "PROD");
	stage_keys(s, ":deploy prod v1.4.1\r");
	stage_wait(s, "■ this cannot be done: v1.4.1 is marked bad");
	stage_keys(s, "\r");
	stage_wait_line(s, 35, "this cannot be done");
	stage_keys(s, "y");
	stage_wait_line(s, 35, "this cannot be done");
	stage_keys(s, "\033:rollback staging\r");
	stage_wait(s, "no runbook does that to staging");
	stage_keys(s, "\033:deploy prod v1 v2 v3\r");
	stage_wait_line(s, 35, "v2 is one word too many");
	stage_free(s);
}
END_TEST

START_TEST(the_server_goes_away)
{
	struct stage *s = stage_new(&(struct stage_options){CALM, MIDDLE});

	stage_wait(s, "PROD");
	stage_keys(s, ":deploy prod v1.4.2\r");
	stage_wait(s, "then type prod");
	stage_server_stop(s);
	stage_wait(s, "lost the server");
	stage_keys(s, "\rprod\r");
	stage_wait(s, "waiting for the server");
	stage_server_start(s);
	stage_wait(s, "deploy-prod-20261125T221501Z is not among");
	stage_free(s);
}
END_TEST

/* --- runs ------------------------------------------------------------- */

START_TEST(opens_from_the_now_slot)
{
	struct stage *s = stage_new(&(struct stage_options){PROGRESS, MIDDLE});

	stage_wait(s, "health_status");
	stage_keys(s, "3jjjjjjjjj\r");
	stage_wait(s, "deploy staging 3fa9c1e5");
	stage_wait(s, "recreating bridge");
	stage_keys(s, "hk\r");
	stage_wait(s, "usually 40s, now 1mSSs");
	stage_free(s);
}
END_TEST

START_TEST(acts_on_a_run)
{
	struct stage *s = stage_new(&(struct stage_options){PROGRESS, MIDDLE});
#define OF "act run=deploy-prod-20261125T221501Z act="

	stage_wait(s, "PROD");
	stage_keys(s, "u\r");
	stage_wait(s, "next: the version is what");
	stage_keys(s, "p");
	stage_wait_asked(s, OF "pause");
	stage_keys(s, "c");
	stage_wait_asked(s, OF "resume");
	stage_keys(s, "A");
	stage_wait_line(s, 35, "(y/n)");
	stage_keys(s, "n\r");
	stage_wait(s, "not done");
	stage_keys(s, "Ay\r");
	stage_wait_asked(s, OF "abort");
	stage_keys(s, "ty\r");
	stage_wait_asked(s, OF "retry");
	stage_keys(s, "x\r");
	stage_wait(s, "not done");
	stage_keys(s, "xseen by hand\r");
	stage_wait_asked(s, OF "skip reason=seen by hand");
	stage_keys(s, " ");
	stage_wait(s, "choose an item of a checklist first");
	stage_keys(s, "o");
	stage_wait_asked(s, "output run=deploy-prod-20261125T221501Z "
	    "step=healthy");
	stage_wait(s, "line 120 of what it wrote");
	stage_keys(s, "/line 7\r");
	stage_wait(s, "line 79 of");
	stage_wait_gone(s, "line 120");
	stage_keys(s, "S");
	stage_wait_line(s, 35,
	    "save to: deploy-prod-20261125T221501Z-healthy.txt");
	stage_keys(s, "\025~/o.txt\r");
	stage_wait(s, "11 lines saved in ");
	stage_free(s);
}
END_TEST

START_TEST(ticks)
{
	struct stage *s = stage_new(&(struct stage_options){WAITING, MIDDLE});

	stage_wait(s, "PROD");
	stage_keys(s, "u\rjjj");
	stage_wait(s, "26 h old, fully read");
	stage_keys(s, " ");
	stage_wait_line(s, 35, "go past \"a backup is younger");
	stage_keys(s, "the dump is running\r");
	stage_wait_asked(s, OF "tick item=backup reason=the dump is running");
	stage_keys(s, "j ");
	stage_wait(s, "that is seen to already");
	stage_keys(s, "jj");
	stage_wait(s, "Space: I have seen to it");
	stage_keys(s, " ");
	stage_wait_asked(s, OF "tick item=told");
	stage_free(s);
}
END_TEST

/* What another does shows here. */
START_TEST(follows)
{
	struct stage *s = stage_new(&(struct stage_options){PROGRESS, MIDDLE});
#define CHANGE(a, b, doing) "{\"environments\":[],\"runs\":[{\"id\":\"r\"," \
	"\"book\":\"deploy-prod\",\"environment\":\"prod\",\"target\":" \
	"\"v1.4.2\",\"who\":\"yan\",\"phase\":\"running\",\"started_at\":" \
	"\"@-3s\",\"steps\":[{\"id\":\"one\",\"title\":\"the first\"," \
	"\"phase\":\"" a "\"},{\"id\":\"two\",\"title\":\"the second\"," \
	"\"phase\":\"" b "\",\"doing\":\"" doing "\"}]}]}"

	stage_wait(s, "PROD");
	stage_change(s, CHANGE("running", "pending", ""));
	stage_keys(s, "u");
	stage_wait(s, "step 1/2 the first");
	stage_keys(s, "\r");
	stage_wait(s, "▶ the first running");
	stage_change(s, CHANGE("done", "running", "at it"));
	stage_wait(s, "▶ the second running");
	stage_wait(s, "at it");
	/* Not any more once another is chosen, and again with f. */
	stage_keys(s, "k");
	stage_wait(s, "● the first done");
	stage_change(s, CHANGE("done", "failed", "over"));
	stage_wait(s, "■  2 the second");
	stage_wait(s, "● the first done");
	stage_keys(s, "f");
	stage_wait(s, "■ the second failed");
	stage_free(s);
}
END_TEST

START_TEST(viewers_change_nothing)
{
	struct stage *s = stage_new(&(struct stage_options){PROGRESS, MIDDLE,
	    .role = "viewer"});

	stage_wait(s, "PROD");
	stage_wait_gone(s, "r rollback");
	stage_keys(s, "3r");
	stage_wait(s, "▲ that needs the operator's role");
	stage_keys(s, "qu\r");
	stage_wait(s, "P paper");
	stage_wait_gone(s, "A abort");
	stage_keys(s, "Ay\r");
	stage_wait(s, "that needs the operator's role");
	stage_keys(s, "P");
	stage_wait(s, "curl -fsS");
	stage_free(s);
}
END_TEST

START_TEST(nothing_was_run)
{
	struct stage *s = stage_new(&(struct stage_options){CALM, MIDDLE});

	stage_wait(s, "PROD");
	stage_wait_gone(s, "u runs");
	stage_keys(s, "u");
	stage_wait(s, "nothing was run yet");
	stage_keys(s, "p");
	stage_wait(s, "choose a run first");
	stage_free(s);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("runs");
	TCase *t = tcase_create("pictures");

	tcase_set_timeout(t, 240);
	tcase_add_loop_test(t, picture, 0,
	    sizeof(pictures) / sizeof(pictures[0]));
	tcase_add_loop_test(t, any_size, 0, 3);
	tcase_add_test(t, no_color);
	suite_add_tcase(suite, t);
	t = tcase_create("plans");
	tcase_set_timeout(t, 240);
	tcase_add_test(t, rolls_back_in_six_keys);
	tcase_add_test(t, deploys_with_y);
	tcase_add_test(t, production_takes_a_word);
	tcase_add_test(t, deploys_the_selected_release);
	tcase_add_test(t, asks_anew_when_it_moved);
	tcase_add_test(t, blocked_is_blocked);
	tcase_add_test(t, the_server_goes_away);
	suite_add_tcase(suite, t);
	t = tcase_create("runs");
	tcase_set_timeout(t, 240);
	tcase_add_test(t, opens_from_the_now_slot);
	tcase_add_test(t, acts_on_a_run);
	tcase_add_test(t, ticks);
	tcase_add_test(t, follows);
	tcase_add_test(t, viewers_change_nothing);
	tcase_add_test(t, nothing_was_run);
	suite_add_tcase(suite, t);
	return unit_run(suite);
}
