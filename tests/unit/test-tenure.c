/* Tenures: what is made of scripted deployments, accidents and gaps. */
#include "unit.h"

#include <ctype.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "model/tables.h"
#include "model/tenure-follow.h"

#define T0 INT64_C(1750000000000)
#define SECOND INT64_C(1000)
#define CHECKOUT_EVERY 30

/* One environment, played second by second. */
struct play {
	struct model m;
	struct environment *env;
	struct tenure_watch watch;
	int64_t now;
	int64_t looked;		/* the checkout, last */
	bool away;		/* the engine does not answer */
	unsigned happened;
};

static void
setup_play(struct play *p)
{
	static const char *const names[] = {"bridge", "docmost", "postgres"};
	size_t i;

	*p = (struct play){.now = T0, .looked = T0};
	model_init(&p->m);
	p->env = model_add_environment(&p->m, "prod");
	tenure_watch_init(&p->watch);
	for (i = 0; i < 3; i++) {
		struct service *s = environment_add_service(p->env, names[i],
		    names[i], 1);

		s->digest = xstrdup("1");
		s->state = CONTAINER_RUNNING;
		s->health = HEALTH_HEALTHY;
		s->status = STATUS_OK;
	}
	p->env->version.commit = xstrdup("A");
	p->env->version.since = T0 - 1000 * SECOND;
	for (i = 0; i < SOURCE_KINDS; i++) {
		p->env->sources[i].used = i == SOURCE_ENGINE ||
		    i == SOURCE_CHECKOUT;
		p->env->sources[i].stale_after = i == SOURCE_CHECKOUT ?
		    100 * SECOND : 15 * SECOND;
		observation_ok(&p->env->sources[i], T0);
	}
}

static void
look(struct play *p)
{
	p->looked = p->now;
	observation_ok(&p->env->sources[SOURCE_CHECKOUT], p->now);
}

static void
seconds(struct play *p, int64_t n)
{
	while (n-- > 0) {
		p->now += SECOND;
		if (!p->away) {
			observation_ok(&p->env->sources[SOURCE_ENGINE],
			    p->now);
			if (p->now - p->looked >= CHECKOUT_EVERY * SECOND)
				look(p);
		}
		p->happened |= tenure_follow(&p->watch, p->env, p->now);
	}
}

static struct service *
named(struct play *p, const char *name)
{
	size_t i;

	for (i = 0; i < p->env->service_count; i++)
		if (strcmp(p->env->services[i].name, name) == 0)
			return &p->env->services[i];
	return NULL;
}

/* SERVICE=DIGEST: made anew with that image ("?": not known yet). */
static void
recreate(struct play *p, const char *name, const char *digest)
{
	struct service *s = named(p, name);

	if (s)
		environment_remove_service(p->env, s->container);
	s = environment_add_service(p->env, name, name, 1);
	s->state = CONTAINER_RUNNING;
	s->health = HEALTH_HEALTHY;
	s->status = STATUS_OK;
	xstrset(&s->digest, strcmp(digest, "?") == 0 ? NULL : digest);
	p->env->version.since = p->now;
}

static void
set_health(struct play *p, const char *name, const char *word)
{
	struct service *s = named(p, name);

	s->health = container_health_parse(word);
	if (s->health == HEALTH_UNKNOWN)
		s->state = container_state_parse(word);
	s->status = s->health == HEALTH_HEALTHY ? STATUS_OK : STATUS_CRIT;
}

static void
see_schema(struct play *p, const char *fingerprint)
{
	struct environment *env = p->env;

	if (!env->schemas) {
		env->schemas = list_new(1, &schemas_list);
		env->schema_count = 1;
		env->schemas[0].name = xstrdup("docmost");
	}
	xstrset(&env->schemas[0].fingerprint, fingerprint);
	env->schemas[0].observed_at = p->now;
}

static void
restart_server(struct play *p)
{
	tenure_watch_release(&p->watch);
	tenure_watch_init(&p->watch);
}

static void
step(struct play *p, char *word)
{
	char *value = strpbrk(word, "=!+-");
	char sign = value ? *value : '\0';

	if (value)
		*value++ = '\0';
	if (isdigit((unsigned char)*word)) {
		seconds(p, strtol(word, NULL, 10));
	} else if (strcmp(word, "commit") == 0) {
		xstrset(&p->env->version.commit, value);
		look(p);
	} else if (strcmp(word, "tag") == 0) {
		xstrset(&p->env->version.tag, value);
	} else if (strcmp(word, "look") == 0) {
		look(p);
	} else if (strcmp(word, "dirty") == 0) {
		p->env->version.dirty = TRI_YES;
	} else if (strcmp(word, "nocheckout") == 0) {
		p->env->sources[SOURCE_CHECKOUT].used = false;
		xstrset(&p->env->version.commit, NULL);
	} else if (strcmp(word, "lost") == 0) {
		observation_failed(&p->env->sources[SOURCE_CHECKOUT], p->now,
		    "no such directory");
		p->looked = p->now;
	} else if (strcmp(word, "away") == 0) {
		p->away = true;
	} else if (strcmp(word, "fails") == 0) {
		p->away = true;
		observation_failed(&p->env->sources[SOURCE_ENGINE], p->now,
		    "no answer");
	} else if (strcmp(word, "back") == 0) {
		p->away = false;
	} else if (strcmp(word, "gap") == 0) {
		p->now += strtol(value, NULL, 10) * SECOND;
	} else if (strcmp(word, "clock") == 0) {
		p->now -= strtol(value, NULL, 10) * SECOND;
	} else if (strcmp(word, "server") == 0) {
		restart_server(p);
	} else if (strcmp(word, "schema") == 0) {
		see_schema(p, value);
	} else if (strcmp(word, "config") == 0) {
		xstrset(&named(p, "bridge")->compose_hash, value);
		xstrset(&named(p, "docmost")->compose_hash, "d");
		xstrset(&named(p, "postgres")->compose_hash, "p");
	} else if (sign == '=') {
		recreate(p, word, value);
	} else if (sign == '!') {
		set_health(p, word, value);
	} else if (sign == '-') {
		environment_remove_service(p->env, named(p, word)->container);
	} else if (sign == '+') {
		struct service *s = environment_add_service(p->env, "second",
		    word, 2);

		s->state = CONTAINER_RUNNING;
		s->status = STATUS_OK;
		xstrset(&s->digest, value);
	} else {
		ck_abort_msg("what is %s?", word);
	}
}

/* "B/2 10s (8s well) x; A/1 60s": commit, bridge's image, how long it was
 * watched, and well if that is less; tag and schema if known. */
static char *
told(const struct play *p)
{
	struct buf b = BUF_INIT(10000);
	size_t i, k;

	for (i = 0; i < p->env->tenure_count; i++) {
		const struct tenure *t = &p->env->tenures[i];
		const char *bridge = "-";

		for (k = 0; k < t->image_count; k++)
			if (strcmp(t->images[k].service, "bridge") == 0)
				bridge = t->images[k].digest;
		buf_addf(&b, "%s%s/%s %llds", i ? "; " : "",
		    t->commit ? t->commit : "-", bridge,
		    (long long)t->observed_ms / 1000);
		if (t->healthy_ms != t->observed_ms)
			buf_addf(&b, " (%llds well)",
			    (long long)t->healthy_ms / 1000);
		if (t->took_ms >= 0)
			buf_addf(&b, " in %llds",
			    (long long)t->took_ms / 1000);
		if (t->tag)
			buf_addf(&b, " %s", t->tag);
		for (k = 0; k < t->schema_count; k++)
			buf_addf(&b, " {%s}", t->schemas[k].fingerprint);
	}
	return buf_detach(&b);
}

static const struct {
	const char *what, *script, *expected;
} plays[] = {
	{"what is there begins after it was seen to stay", "5", ""},
	{"and not before", "6", "A/1 0s"},
	{"it is watched", "66", "A/1 60s"},
	{"a deployment in good order", "66 commit=B bridge=2 2 look 40",
	 "B/2 35s in 2s; A/1 60s"},
	{"images before the checkout is looked at",
	 "66 bridge=2 10 commit=B 36", "B/2 30s in 10s; A/1 60s"},
	{"the mixture of a slow one is no version",
	 "66 commit=B bridge=2 bridge!created 60 docmost=2 docmost!created "
	 "60 bridge!running bridge!healthy docmost!running docmost!healthy 36",
	 "B/2 31s in 120s; A/1 60s"},
	{"nor is one whose services are still starting",
	 "66 commit=B bridge=2 bridge!starting 60 look bridge!healthy 36",
	 "B/2 31s in 60s; A/1 60s"},
	{"nor is a service with two images",
	 "66 commit=B bridge+2 60 bridge- second=2 0", "A/1 60s"},
	{"two containers of one image are as good as one",
	 "66 bridge+1 20", "A/1 80s"},
	{"nor is a service without a name", "66 =3 60 commit=B 20", "A/1 60s"},
	{"an image not known yet is none", "66 commit=B bridge=? 60",
	 "A/1 60s"},
	{"a container between two is missing, not gone",
	 "66 bridge- 60 bridge=1 10", "A/1 69s"},
	{"what is missing is broken, however long",
	 "66 bridge- 2000", "A/1 60s"},
	{"a service that a release removes", "66 commit=B bridge- docmost=2 "
	 "1000", "B/- 99s; A/1 60s"},
	{"a service that a release adds", "66 commit=B worker=1 bridge=2 2 "
	 "look 14", "B/2 9s in 2s; A/1 60s"},
	{"the same image made anew", "66 bridge=1 60", "A/1 120s"},
	{"a restart that takes its time", "66 bridge!restarting 30 "
	 "bridge!running bridge!healthy 30", "A/1 120s (90s well)"},
	{"a rollback is a tenure of its own", "66 commit=B bridge=2 2 look 60 "
	 "commit=A bridge=1 2 look 40",
	 "A/1 35s in 2s; B/2 55s in 2s; A/1 60s"},
	{"one that is taken back before it settles never was",
	 "66 commit=B bridge=2 2 commit=A bridge=1 40", "A/1 99s"},
	{"a checkout that moved alone waits for its containers",
	 "66 commit=B 600 bridge=2 2 look 40", "B/2 35s in 602s; A/1 60s"},
	{"one that comes back was a look around",
	 "66 commit=B 600 commit=A 10", "A/1 69s"},
	{"one that stays changed nothing that runs",
	 "66 commit=B 1000", "B/1 99s; A/1 60s"},
	{"a dirty checkout is the same version", "66 dirty 34", "A/1 94s"},
	{"a configuration that changes is another version",
	 "config=a 66 bridge=1 config=b 2 look 40", "A/1 35s in 2s; A/1 60s"},
	{"one that becomes known is not", "66 config=a 34", "A/1 94s"},
	{"an engine that does not answer", "66 away 60 back 10", "A/1 84s"},
	{"an engine that fails", "66 fails 60 back 10", "A/1 69s"},
	{"a change while it is away counts once it is back",
	 "66 fails 60 commit=B bridge=2 5 back 2 look 20",
	 "B/2 15s in 2s; A/1 60s"},
	{"a checkout that cannot be read", "66 lost 20 look 10", "A/1 69s"},
	{"a machine that slept", "66 gap=3600 look 10", "A/1 69s"},
	{"a clock set back", "66 clock=3600 look 10", "A/1 69s"},
	{"a server that starts again", "66 server gap=3600 look 10",
	 "A/1 69s"},
	{"and finds another version", "66 server commit=B bridge=2 gap=3600 "
	 "look 10", "B/2 4s; A/1 60s"},
	{"a sick version is a version", "bridge!unhealthy 66",
	 "A/1 60s (0s well)"},
	{"a sick time", "66 bridge!unhealthy 10 bridge!healthy 20",
	 "A/1 90s (80s well)"},
	{"a change that ends sick has no duration yet",
	 "66 commit=B bridge=2 bridge!unhealthy 2 look 10",
	 "B/2 5s (0s well); A/1 60s"},
	{"and then has", "66 commit=B bridge=2 bridge!unhealthy 2 look 18 "
	 "bridge!healthy 10", "B/2 23s (10s well) in 20s; A/1 60s"},
	{"one that never starts is what is live, in the end",
	 "66 commit=B bridge=2 bridge!restarting 1000",
	 "B/2 99s (0s well); A/1 60s"},
	{"a tag that comes later", "66 tag=v1 10", "A/1 70s v1"},
	{"a tag that goes stays said", "tag=v1 66 tag= 10", "A/1 70s "},
	{"without a checkout", "nocheckout 66 bridge=2 40",
	 "-/2 34s in 0s; -/1 60s"},
	{"a schema is its version's", "66 schema=x 40", "A/1 100s {x}"},
	{"not before it has settled", "3 schema=x 63", "A/1 60s"},
	{"not until the checkout says the same", "66 schema=x 10", "A/1 70s"},
	{"a migration before the deployment is the next one's",
	 "66 schema=x 40 schema=y 100 commit=B bridge=2 2 look 10 schema=y "
	 "40", "B/2 45s in 2s {y}; A/1 200s {x}"},
	{"a migration during the deployment too",
	 "66 schema=x 40 commit=B bridge=2 bridge!starting 20 schema=y 20 "
	 "bridge!healthy look 10 schema=y 40",
	 "B/2 45s in 40s {y}; A/1 100s {x}"},
	{"one that nothing follows is its own", "66 schema=x 40 schema=y 1000",
	 "A/1 1100s {y}"},
	{"one that is taken back", "66 schema=x 40 schema=y 600 schema=x 40 "
	 "schema=y 600", "A/1 1340s {x}"},
	{"after a rollback the first one keeps its schema",
	 "66 schema=x 40 commit=B bridge=2 2 look 10 schema=y 40 commit=A "
	 "bridge=1 2 look 10 schema=y 40",
	 "A/1 45s in 2s {y}; B/2 45s in 2s {y}; A/1 100s {x}"},
};

START_TEST(a_play)
{
	char *script = xstrdup(plays[_i].script), *rest = script, *text;
	struct play p;

	setup_play(&p);
	while (rest)
		step(&p, strsep(&rest, " "));
	text = told(&p);
	ck_assert_msg(strcmp(text, plays[_i].expected) == 0,
	    "%s: \"%s\", expected \"%s\"", plays[_i].what, text,
	    plays[_i].expected);
	free(text);
	free(script);
	tenure_watch_release(&p.watch);
	model_release(&p.m);
}
END_TEST

START_TEST(they_are_bounded_and_in_order)
{
	struct play p;
	char digest[32];
	size_t i;

	setup_play(&p);
	for (i = 0; i < TENURES_MAX + 10; i++) {
		snprintf(digest, sizeof(digest), "%zu", i);
		recreate(&p, "bridge", digest);
		seconds(&p, 2);
		look(&p);
		seconds(&p, 10);
		/* Whatever the clock does. */
		if (i % 7 == 0)
			p.now -= 3600 * SECOND;
	}
	ck_assert_uint_eq(p.env->tenure_count, TENURES_MAX);
	for (i = 1; i < TENURES_MAX; i++)
		ck_assert_int_gt(p.env->tenures[i - 1].first_seen,
		    p.env->tenures[i].first_seen);
	tenure_watch_release(&p.watch);
	model_release(&p.m);
}
END_TEST

START_TEST(what_happened_is_told)
{
	struct play p;

	setup_play(&p);
	seconds(&p, 5);
	ck_assert_uint_eq(p.happened, 0);
	seconds(&p, 1);
	ck_assert_uint_eq(p.happened, TENURE_BEGUN);
	p.happened = 0;
	seconds(&p, 10);
	ck_assert_uint_eq(p.happened, TENURE_COUNTED);
	xstrset(&p.env->version.tag, "v1");
	seconds(&p, 1);
	ck_assert_uint_eq(p.happened, TENURE_COUNTED | TENURE_ALTERED);
	tenure_watch_release(&p.watch);
	model_release(&p.m);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("tenure");
	TCase *t = tcase_create("tenure");

	tcase_add_loop_test(t, a_play, 0, sizeof(plays) / sizeof(plays[0]));
	tcase_add_test(t, they_are_bounded_and_in_order);
	tcase_add_test(t, what_happened_is_told);
	suite_add_tcase(s, t);
	return unit_run(s);
}
