/* The model: series, observations, containers in order, notices, causes. */
#include "unit.h"

#include <math.h>

#include "base/alloc.h"
#include "model/model.h"

START_TEST(series_keep_the_newest)
{
	struct series s = {0};
	int i;

	ck_assert(isnan(series_last(&s)));
	ck_assert(isnan(series_max(&s)));
	series_add(&s, NAN);
	ck_assert(isnan(series_max(&s)));
	for (i = 0; i < 2 * SERIES_MAX; i++)
		series_add(&s, i);
	ck_assert_int_eq(s.count, SERIES_MAX);
	ck_assert_double_eq(series_at(&s, 0), SERIES_MAX);
	ck_assert_double_eq(series_last(&s), 2 * SERIES_MAX - 1);
	ck_assert_double_eq(series_max(&s), 2 * SERIES_MAX - 1);
	ck_assert(isnan(series_at(&s, SERIES_MAX)));
}
END_TEST

START_TEST(observations_age)
{
	struct observation o = {.used = true, .observed_at = TIME_UNKNOWN,
		.attempted_at = TIME_UNKNOWN, .stale_after = 100};

	ck_assert(!observation_stale(&o, 5000));
	observation_failed(&o, 10, "no route");
	ck_assert_str_eq(o.error, "no route");
	ck_assert_int_eq(o.observed_at, TIME_UNKNOWN);
	ck_assert(!observation_stale(&o, 5000));
	observation_ok(&o, 20);
	ck_assert_ptr_null(o.error);
	ck_assert(!observation_stale(&o, 120));
	ck_assert(observation_stale(&o, 121));
	ck_assert(!observation_stale(&o, 0));	/* the clock went back */
	observation_failed(&o, 130, NULL);
	ck_assert_int_eq(o.attempted_at, 130);
	ck_assert_int_eq(o.observed_at, 20);
	o.used = false;
	ck_assert(!observation_stale(&o, 500));
}
END_TEST

START_TEST(services_stay_in_order)
{
	static const struct {
		const char *id, *name;
		int number;
	} in[] = {
		{"5", "redis", 1}, {"1", "bridge", 2}, {"9", "bridge", 10},
		{"4", "docmost", -1}, {"2", "bridge", 1}, {"3", "bridge", 1},
	};
	static const char order[] = "231945";
	struct model m;
	struct environment *env;
	struct service *s;
	size_t i;

	model_init(&m);
	env = model_add_environment(&m, "prod");
	for (i = 0; i < 6; i++)
		environment_add_service(env, in[i].id, in[i].name,
		    in[i].number);
	for (i = 0; i < 6; i++)
		ck_assert_int_eq(env->services[i].container[0], order[i]);
	s = environment_add_service(env, "9", "other", 7);
	ck_assert_uint_eq(env->service_count, 6);
	ck_assert_str_eq(s->name, "bridge");
	ck_assert_int_eq(s->restarts, -1);
	ck_assert(isnan(s->cpu_percent));
	model_changes_clear(&m);
	ck_assert(!model_has_changes(&m));
	environment_remove_service(env, "1");
	environment_remove_service(env, "nobody");
	ck_assert_uint_eq(env->service_count, 5);
	ck_assert_uint_eq(env->gone_count, 1);
	ck_assert_str_eq(env->gone[0], "1");
	ck_assert_ptr_null(environment_service(env, "1"));
	ck_assert_uint_eq(env->changes, CHANGE_SERVICES);
	environment_add_service(env, "1", "bridge", 2);
	ck_assert_uint_eq(env->gone_count, 0);
	model_release(&m);
}
END_TEST

START_TEST(thousands_of_services)
{
	struct model m;
	struct environment *env;
	struct service *s;
	char id[20];
	int i;

	model_init(&m);
	env = model_add_environment(&m, "prod");
	for (i = 0; i < 2000; i++) {
		snprintf(id, sizeof(id), "%d", (i * 7919) % 2000);
		environment_add_service(env, id, id, 1);
	}
	for (i = 0; i < 2000; i++) {
		snprintf(id, sizeof(id), "%d", i);
		s = environment_service(env, id);
		ck_assert_ptr_nonnull(s);
		service_sample(env, s, 5, 1, 2);
		if (i % 2)
			environment_remove_service(env, id);
	}
	ck_assert_uint_eq(env->service_count, 1000);
	model_release(&m);
}
END_TEST

START_TEST(environments_and_notices)
{
	struct model m;

	model_init(&m);
	ck_assert_int_eq(model_status(&m), STATUS_UNKNOWN);
	model_add_environment(&m, "a")->status = STATUS_WARN;
	model_add_environment(&m, "b")->status = STATUS_OK;
	model_add_environment(&m, "c")->status = STATUS_UNKNOWN;
	ck_assert_uint_eq(m.environment_count, 3);
	ck_assert_ptr_eq(model_add_environment(&m, "b"), &m.environments[1]);
	ck_assert_int_eq(model_status(&m), STATUS_UNKNOWN);
	ck_assert_ptr_null(model_find(&m, "d"));
	model_changes_clear(&m);
	model_remove_environment(&m, "b");
	ck_assert(m.changed);
	ck_assert_str_eq(m.environments[1].name, "c");
	model_changes_clear(&m);

	model_notice(&m, "k", STATUS_WARN, "one");
	ck_assert(m.changed);
	model_changes_clear(&m);
	model_notice(&m, "k", STATUS_WARN, "one");
	ck_assert(!m.changed);
	model_notice(&m, "k", STATUS_CRIT, "two");
	ck_assert(m.changed);
	ck_assert_uint_eq(m.notice_count, 1);
	model_notice(&m, "l", STATUS_CRIT, "three");
	model_notice_clear(&m, "k");
	ck_assert_uint_eq(m.notice_count, 1);
	ck_assert_str_eq(m.notices[0].key, "l");
	model_changes_clear(&m);
	model_notice_clear(&m, "k");
	ck_assert(!m.changed);
	model_release(&m);
}
END_TEST

START_TEST(words_go_both_ways)
{
	int i;

	for (i = STATUS_OK; i <= STATUS_CRIT; i++)
		ck_assert_int_eq(status_parse(status_name(i)), i);
	for (i = CONTAINER_UNKNOWN; i <= CONTAINER_DEAD; i++)
		ck_assert_int_eq(container_state_parse(
		    container_state_name(i)), i);
	for (i = HEALTH_UNKNOWN; i <= HEALTH_UNHEALTHY; i++)
		ck_assert_int_eq(container_health_parse(
		    container_health_name(i)), i);
	for (i = LINK_UNKNOWN; i <= LINK_DOWN; i++)
		ck_assert_int_eq(link_state_parse(link_state_name(i)), i);
	for (i = 0; i < CAUSE_CODES; i++)
		ck_assert_int_eq(cause_code_parse(cause_code_name(i)), i);
	ck_assert_int_eq(status_parse("purple"), STATUS_UNKNOWN);
	ck_assert_int_eq(status_parse(NULL), STATUS_UNKNOWN);
	ck_assert_int_eq(container_state_parse(NULL), CONTAINER_UNKNOWN);
	ck_assert_int_eq(cause_code_parse("no such"), -1);
	ck_assert_int_eq(status_exit_code(STATUS_UNKNOWN), 3);
	ck_assert_int_eq(status_exit_code(STATUS_CRIT), 2);
	ck_assert_int_eq(status_worse(STATUS_UNKNOWN, STATUS_WARN),
	    STATUS_UNKNOWN);
	ck_assert_int_eq(status_worse(STATUS_UNKNOWN, STATUS_CRIT),
	    STATUS_CRIT);
}
END_TEST

static const struct {
	enum cause_code code;
	const char *subject;
	double number;
	const char *detail;
	const char *text;
} sentences[] = {
	{CAUSE_EXITED, "docmost", 137, NULL, "docmost exited (137: killed)"},
	{CAUSE_EXITED, "docmost", 0, NULL, "docmost exited (0)"},
	{CAUSE_EXITED, "docmost", NAN, NULL, "docmost exited"},
	{CAUSE_DEAD, "redis", NAN, NULL, "redis is dead"},
	{CAUSE_PAUSED, "redis", NAN, NULL, "redis is paused"},
	{CAUSE_CREATED, "redis", NAN, NULL,
	 "redis was created and never started"},
	{CAUSE_REMOVING, "redis", NAN, NULL, "redis is being removed"},
	{CAUSE_RESTARTING, "bridge", 4, NULL,
	 "bridge is restarting, 4 restarts"},
	{CAUSE_RESTARTING, "bridge", 1, NULL,
	 "bridge is restarting, 1 restart"},
	{CAUSE_RESTARTING, "bridge", 0, NULL, "bridge is restarting"},
	{CAUSE_RESTART_LOOP, "bridge", 4, NULL,
	 "bridge is unstable, 4 restarts"},
	{CAUSE_OOM_KILLED, "postgres", NAN, NULL,
	 "postgres was killed for lack of memory (oom)"},
	{CAUSE_UNHEALTHY, "baserow", NAN, "wget: 503",
	 "baserow is unhealthy: wget: 503"},
	{CAUSE_UNHEALTHY, "{number}", NAN, "{subject}",
	 "{number} is unhealthy: {subject}"},
	{CAUSE_HEALTH_STARTING, "a", NAN, NULL, "a is starting"},
	{CAUSE_NO_HEALTHCHECK, "docmost", NAN, NULL,
	 "docmost has no healthcheck"},
	{CAUSE_NO_CONTAINERS, "hub", NAN, NULL, "no container of project hub"},
	{CAUSE_CPU_HIGH, NULL, 96, NULL, "cpu 96 %"},
	{CAUSE_MEMORY_HIGH, NULL, NAN, NULL, "memory high"},
	{CAUSE_DISK_HIGH, NULL, 93, NULL, "disk 93 %"},
	{CAUSE_PROBE_STATUS, "wiki", 503, NULL, "wiki answers 503"},
	{CAUSE_PROBE_FAILED, "wiki", NAN, "no answer within 10 s",
	 "wiki: no answer within 10 s"},
	{CAUSE_PROBE_FAILED, "wiki", NAN, NULL, "wiki fails"},
	{CAUSE_PROBE_SLOW, "wiki", 2100, NULL, "wiki is slow, 2100 ms"},
	{CAUSE_TLS_EXPIRES, "wiki", 6, NULL,
	 "certificate of wiki: 6 d left"},
	{CAUSE_TLS_EXPIRES, "wiki", 0, NULL,
	 "certificate of wiki expires within a day"},
	{CAUSE_TLS_EXPIRED, "wiki", 0, NULL,
	 "certificate of wiki has expired"},
	{CAUSE_TLS_EXPIRED, "wiki", 3, NULL,
	 "certificate of wiki expired 3 d ago"},
	{CAUSE_TLS_UNTRUSTED, "wiki", NAN, "self-signed",
	 "certificate of wiki is not trusted: self-signed"},
	{CAUSE_NEVER_OBSERVED, "engine", NAN, "no socket",
	 "no data from the engine yet: no socket"},
	{CAUSE_STALE, "engine", 45, "no route to host",
	 "no data from the engine for 45 s: no route to host"},
	{CAUSE_STALE, "wiki", 7200, NULL, "no data from wiki for 2 h"},
	{CAUSE_STALE, "host", 119, NULL, "no data from the host for 119 s"},
	{CAUSE_STALE, "host", 86400 * 3, NULL,
	 "no data from the host for 3 d"},
	{CAUSE_UNREACHABLE, NULL, NAN, "ssh: no route to host",
	 "unreachable: ssh: no route to host"},
	{CAUSE_MORE, NULL, 7, NULL, "and 7 more"},
};

START_TEST(causes_are_sentences)
{
	struct cause c = {
		.code = sentences[_i].code,
		.subject = (char *)sentences[_i].subject,
		.number = sentences[_i].number,
		.detail = (char *)sentences[_i].detail,
	};
	struct buf b = BUF_INIT(1000);

	cause_text_english(&c, &b);
	ck_assert_str_eq(buf_str(&b), sentences[_i].text);
	buf_clear(&b);
	cause_text(&c, &b);	/* no catalogue here */
	ck_assert_str_eq(buf_str(&b), sentences[_i].text);
	buf_release(&b);
}
END_TEST

START_TEST(causes_are_ranked)
{
	struct causes a = {0}, b = {0};

	causes_add(&a, CAUSE_DISK_HIGH, STATUS_WARN, NULL, 85, NULL);
	causes_add(&a, CAUSE_EXITED, STATUS_CRIT, "x", 1, NULL);
	causes_add(&a, CAUSE_STALE, STATUS_UNKNOWN, "host", 60, NULL);
	causes_add(&a, CAUSE_EXITED, STATUS_CRIT, "y", 1, NULL);
	ck_assert_str_eq(a.items[0].subject, "x");
	ck_assert_str_eq(a.items[1].subject, "y");
	ck_assert_int_eq(a.items[2].code, CAUSE_STALE);
	ck_assert_int_eq(a.items[3].code, CAUSE_DISK_HIGH);
	causes_add_all(&b, &a);
	ck_assert(causes_equal(&a, &b));
	causes_clear(&b);
	ck_assert(!causes_equal(&a, &b));
	causes_release(&a);
	causes_release(&b);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("model");
	TCase *t = tcase_create("model");

	tcase_set_timeout(t, 60);	/* valgrind */
	tcase_add_test(t, series_keep_the_newest);
	tcase_add_test(t, observations_age);
	tcase_add_test(t, services_stay_in_order);
	tcase_add_test(t, thousands_of_services);
	tcase_add_test(t, environments_and_notices);
	tcase_add_test(t, words_go_both_ways);
	tcase_add_loop_test(t, causes_are_sentences, 0,
	    sizeof(sentences) / sizeof(sentences[0]));
	tcase_add_test(t, causes_are_ranked);
	suite_add_tcase(s, t);
	return unit_run(s);
}
