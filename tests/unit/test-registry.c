/* A registry that answers as it is told: tags, every way of asking who asks,
 * and what can go wrong. */
#include "unit.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/text.h"
#include "io/secret.h"
#include "model/release.h"
#include "source/registry.h"
#include "source/registry-parse.h"
#include "web.h"

#define DEADLINE_MS 20000
#define DIGEST \
	"sha256:5d0da3dc976460b72c77d94c8a1ad043720b0416bfc16c52c45d4847e53fadb6"
/* "vigie:word" */
#define BASIC "Basic dmlnaWU6d29yZA=="

static struct loop *l;
static struct http *http;
static struct children *children;
static struct model model;
static struct world world;
static struct conf_registry conf;
static struct registry_source *source;
static struct web web, other;
static char secret_file[32];
static int changes;

/* What the server does. */
static struct {
	const char *tags;	/* " v1 v2 " are there */
	const char *want;	/* Authorization, else 401 with */
	const char *challenge;	/* header lines; %s: the server's URL */
	const char *token_want;	/* Authorization for /token; "": none */
	const char *token;	/* the answer of /token */
	int token_status;
	int ping, tag;		/* statuses, when not usual */
	const char *header;	/* more lines, with any answer */
	const char *body;	/* with any error */
	bool no_digest;		/* with HEAD */
	bool hang;		/* tags are not answered */
	int wrong;		/* requests refused */
} script;

/* --- the registry ----------------------------------------------------------- */

static void
challenge(struct web_reply *r)
{
	const char *at = strstr(script.challenge, "%s");

	r->status = 401;
	script.wrong++;
	if (at)
		buf_addf(&r->headers, "%.*s%s%s",
		    (int)(at - script.challenge), script.challenge, web.url,
		    at + 2);
	else
		buf_adds(&r->headers, script.challenge);
	buf_adds(&r->body, "{\"errors\":[{\"code\":\"UNAUTHORIZED\",\"message\":"
	    "\"authentication\\u001b[1m required\"}]}");
}

static void
answer_token(const struct web_request *q, struct web_reply *r)
{
	char value[256];

	web_header(q, "Authorization", value);
	if (script.token_want && strcmp(value, script.token_want)) {
		r->status = 401;
		buf_adds(&r->body, "{\"details\":\"incorrect username or "
		    "password\"}");
		return;
	}
	r->status = script.token_status ? script.token_status : 200;
	buf_adds(&r->body, script.token ? script.token :
	    "{\"token\":\"T1\",\"expires_in\":300}");
}

static void
answer_tag(const struct web_request *q, struct web_reply *r)
{
	char name[300];

	snprintf(name, sizeof(name), " %s ", strrchr(q->target, '/') + 1);
	r->status = script.tag;
	if (script.hang)
		r->status = -1;
	else if (!script.tag)
		r->status = strstr(script.tags, name) ? 200 : 404;
	if (r->status == 405 && !strcmp(q->method, "GET"))
		r->status = 200;
	if (r->status == 200 &&
	    (!script.no_digest || !strcmp(q->method, "GET")))
		buf_adds(&r->headers, "Docker-Content-Digest: " DIGEST "\r\n");
	if (r->status != 200 && script.body)
		buf_adds(&r->body, script.body);
}

static void
on_request(const struct web_request *q, struct web_reply *r, void *arg)
{
	char value[256];

	(void)arg;
	if (script.header)
		buf_adds(&r->headers, script.header);
	if (!strncmp(q->target, "/token", 6)) {
		answer_token(q, r);
		return;
	}
	web_header(q, "Authorization", value);
	if (script.want && strcmp(value, script.want)) {
		challenge(r);
	} else if (!strcmp(q->target, "/v2/")) {
		r->status = script.ping ? script.ping : 200;
		if (r->status != 200 && script.body)
			buf_adds(&r->body, script.body);
	} else {
		web_header(q, "Accept", value);
		ck_assert_ptr_nonnull(strstr(value, "image.index.v1+json"));
		ck_assert_int_eq(strncmp(q->target,
		    "/v2/hub/bridge/manifests/", 25), 0);
		answer_tag(q, r);
	}
}

/* --- surroundings ----------------------------------------------------------- */

#define WAIT_FOR(predicate) do { \
	int64_t wait_until = clock_mono() + DEADLINE_MS; \
	while (!(predicate)) { \
		ck_assert_msg(clock_mono() < wait_until, \
		    "waited %d ms for " #predicate "; error %s; seen:\n%s", \
		    DEADLINE_MS, model.registry.seen.error ? \
		    model.registry.seen.error : "none", buf_str(&web.seen)); \
		loop_turn(l, 100); \
	} \
} while (0)

static void
changed(void *arg, const char *environment)
{
	(void)arg;
	ck_assert_ptr_null(environment);
	changes++;
}

static void
set_releases(const char *const *tags, size_t count)
{
	struct release *items = xcalloc(count + 1, sizeof(*items));
	size_t i;

	for (i = 0; i < count; i++)
		items[i] = (struct release){.tag = xstrdup(tags[i]),
		    .commit = xstrdup("c"), .date = 1000 + (int64_t)i};
	releases_finish(&model.releases, items, count);
}

static void
setup(void)
{
	int fd;

	log_open("/dev/null", LOG_LEVEL_ERROR, NULL);
	l = loop_new(NULL);
	http = http_new(l, NULL);
	children = children_new(l, NULL);
	model_init(&model);
	memset(&script, 0, sizeof(script));
	script.tags = " v1.0.0 ";
	web_start(&web, l, on_request, NULL);
	web_start(&other, l, on_request, NULL);
	snprintf(secret_file, sizeof(secret_file),
	    "/tmp/vigie-registry-XXXXXX");
	fd = mkstemp(secret_file);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, "word\n", 5), 5);
	close(fd);
	world = (struct world){.loop = l, .http = http, .children = children,
	    .model = &model, .changed = changed};
	conf = (struct conf_registry){
		.image = (char *)"reg.example/hub/bridge", .url = web.url,
		.interval_ms = 60000,
	};
	changes = 0;
	set_releases((const char *[]){"v1.0.0", "v1.1.0"}, 2);
}

static void
teardown(void)
{
	registry_source_free(source);
	source = NULL;
	http_free(http);
	children_free(children);
	web_stop(&web);
	web_stop(&other);
	loop_free(l);
	model_release(&model);
	unlink(secret_file);
	log_close();
}

static void
with_user(void)
{
	conf.user = (char *)"vigie";
	conf.password.file = secret_file;
}

static void
begin(void)
{
	source = registry_source_new(&world, &conf);
	WAIT_FOR(changes > 0);
}

static enum tri
present(const char *tag)
{
	const struct registry_image *i = registry_find(&model.registry, tag);

	return i ? i->present : TRI_UNKNOWN;
}

static const char *
failure(void)
{
	return model.registry.seen.error ? model.registry.seen.error : "";
}

/* --- tags ------------------------------------------------------------------- */

START_TEST(tags_are_there_or_not)
{
	begin();
	ck_assert_str_eq(failure(), "");
	ck_assert(model.registry.seen.used && model.registry.changed);
	ck_assert_str_eq(model.registry.image, "reg.example/hub/bridge");
	ck_assert(model.registry.seen.observed_at != TIME_UNKNOWN);
	ck_assert_int_eq(present("v1.0.0"), TRI_YES);
	ck_assert_int_eq(present("v1.1.0"), TRI_NO);
	ck_assert_str_eq(registry_find(&model.registry, "v1.0.0")->digest,
	    DIGEST);
	ck_assert_ptr_null(registry_find(&model.registry, "v1.1.0")->digest);
	ck_assert_int_eq(web_count(&web, "HEAD"), 2);
	ck_assert_int_eq(web_count(&web, "GET"), 1);
	/* One goes, one comes. */
	script.tags = " v1.1.0 ";
	registry_source_refresh(source);
	WAIT_FOR(changes == 2);
	ck_assert_int_eq(present("v1.0.0"), TRI_NO);
	ck_assert_int_eq(present("v1.1.0"), TRI_YES);
}
END_TEST

START_TEST(what_runs_and_what_leads_back_is_asked_for_too)
{
	struct environment *env = model_add_environment(&model, "prod");
	char tags[40][16];
	const char *list[41];
	size_t i;

	for (i = 0; i < 40; i++) {
		snprintf(tags[i], sizeof(tags[i]), "v2.%d.0", (int)i);
		list[i] = tags[i];
	}
	list[40] = "nightly";
	set_releases(list, 41);
	xstrset(&env->version.tag, "v2.1.0");
	xstrset(&env->readiness.target, "v2.0.0");
	env = model_add_environment(&model, "dev");
	xstrset(&env->version.tag, "feature/x");
	xstrset(&env->readiness.target, "abc");
	xstrset(&env->readiness.target_commit, "abc");
	begin();
	ck_assert_str_eq(failure(), "");
	ck_assert_int_eq(model.registry.image_count, REGISTRY_TAGS_MAX + 4);
	ck_assert_int_eq(present("v2.39.0"), TRI_NO);
	ck_assert_int_eq(present("v2.1.0"), TRI_NO);
	ck_assert_int_eq(present("v2.0.0"), TRI_NO);
	ck_assert_ptr_null(registry_find(&model.registry, "v2.5.0"));
	ck_assert_ptr_null(registry_find(&model.registry, "nightly"));
	/* What no release has is tagged with its commit. */
	ck_assert_int_eq(present("abc"), TRI_NO);
	/* That no registry can have; it is not asked. */
	ck_assert_int_eq(present("feature/x"), TRI_NO);
	ck_assert_int_eq(web_count(&web, "HEAD"), REGISTRY_TAGS_MAX + 3);
}
END_TEST

START_TEST(a_new_release_is_asked_for_soon)
{
	int64_t seen_at;

	begin();
	seen_at = model.registry.seen.observed_at;
	set_releases((const char *[]){"v1.0.0", "v1.2.0"}, 2);
	WAIT_FOR(present("v1.2.0") == TRI_NO);
	/* That was no whole round, and what is gone is forgotten. */
	ck_assert(model.registry.seen.observed_at == seen_at);
	ck_assert_int_eq(web_count(&web, "v1.0.0"), 1);
	ck_assert_ptr_null(registry_find(&model.registry, "v1.1.0"));
}
END_TEST

START_TEST(few_questions_at_a_time)
{
	const char *tags[] = {"v1.0.0", "v1.1.0", "v1.2.0", "v1.3.0",
		"v1.4.0", "v1.5.0", "v1.6.0"};

	set_releases(tags, 7);
	script.hang = true;
	source = registry_source_new(&world, &conf);
	WAIT_FOR(web_count(&web, "HEAD") == 4);
	loop_turn(l, 100);
	loop_turn(l, 100);
	ck_assert_int_eq(web_count(&web, "HEAD"), 4);
}
END_TEST

START_TEST(a_head_that_says_too_little_is_followed_by_a_get)
{
	if (_i)
		script.no_digest = true;
	else
		script.tag = 405;
	set_releases((const char *[]){"v1.0.0"}, 1);
	begin();
	ck_assert_str_eq(failure(), "");
	ck_assert_str_eq(registry_find(&model.registry, "v1.0.0")->digest,
	    DIGEST);
	ck_assert_int_eq(web_count(&web, "HEAD /v2/hub"), 1);
	ck_assert_int_eq(web_count(&web, "GET /v2/hub"), 1);
}
END_TEST

START_TEST(another_image_forgets_the_first)
{
	begin();
	registry_source_free(source);
	source = NULL;
	changes = 0;
	/* The same again keeps what is known, until it is asked anew. */
	source = registry_source_new(&world, &conf);
	ck_assert_int_eq(present("v1.0.0"), TRI_YES);
	registry_source_free(source);
	conf.image = (char *)"reg.example/hub/other";
	source = registry_source_new(&world, &conf);
	ck_assert_int_eq(model.registry.image_count, 0);
	ck_assert(model.registry.seen.observed_at == TIME_UNKNOWN);
	registry_source_free(source);
	conf.image = NULL;
	source = registry_source_new(&world, &conf);
	ck_assert_ptr_null(source);
	ck_assert(!model.registry.seen.used);
	registry_source_refresh(source);
}
END_TEST

/* --- who asks --------------------------------------------------------------- */

#define BEARER "WWW-Authenticate: Bearer realm=\"%s/token\",service=\"reg " \
	"one\"\r\n"

START_TEST(a_password_is_sent_when_asked_for)
{
	with_user();
	script.want = BASIC;
	script.challenge = "WWW-Authenticate: Basic realm=\"hub\"\r\n";
	begin();
	ck_assert_str_eq(failure(), "");
	ck_assert_int_eq(present("v1.0.0"), TRI_YES);
	ck_assert_int_eq(script.wrong, 1);
	/* Then it is known. */
	registry_source_refresh(source);
	WAIT_FOR(changes == 2);
	ck_assert_int_eq(script.wrong, 1);
	ck_assert_str_eq(failure(), "");
}
END_TEST

START_TEST(a_token_is_got_and_kept)
{
	if (_i) {
		with_user();
		script.token_want = BASIC;
	} else {
		script.token_want = "";
	}
	script.want = "Bearer T1";
	script.challenge = BEARER;
	begin();
	ck_assert_str_eq(failure(), "");
	ck_assert_int_eq(present("v1.0.0"), TRI_YES);
	ck_assert_int_eq(web_count(&web, "GET /token?service=reg%20one&"
	    "scope=repository%3Ahub%2Fbridge%3Apull"), 1);
	registry_source_refresh(source);
	WAIT_FOR(changes == 2);
	ck_assert_int_eq(web_count(&web, "/token"), 1);
	ck_assert_int_eq(script.wrong, 1);
	/* Revoked: the next one is got. */
	script.want = "Bearer T2";
	script.token = "{\"access_token\":\"T2\"}";
	registry_source_refresh(source);
	WAIT_FOR(changes == 3);
	ck_assert_str_eq(failure(), "");
	ck_assert_int_eq(web_count(&web, "/token"), 2);
}
END_TEST

START_TEST(a_registry_may_change_its_mind)
{
	with_user();
	script.want = BASIC;
	script.challenge = "WWW-Authenticate: Basic realm=\"hub\"\r\n";
	begin();
	ck_assert_str_eq(failure(), "");
	script.want = "Bearer T1";
	script.challenge = "WWW-Authenticate: Basic realm=\"hub\"\r\n" BEARER;
	script.token_want = BASIC;
	registry_source_refresh(source);
	WAIT_FOR(changes == 2);
	ck_assert_str_eq(failure(), "");
	ck_assert_int_eq(web_count(&web, "/token"), 1);
}
END_TEST

static const struct {
	const char *challenge, *want;
	bool user;
	const char *token;
	int token_status;
	const char *token_want;
	const char *error;
} refusals[] = {
	{"WWW-Authenticate: Basic realm=\"hub\"\r\n", "never", false, NULL, 0,
	 NULL, "it wants a user and a password: set registry.user"},
	{"WWW-Authenticate: Basic realm=\"hub\"\r\n", "never", true, NULL, 0,
	 NULL, "it refuses vigie: look at registry.user and "
	 "registry.password"},
	{BEARER, "Bearer T1", true, NULL, 0, "Basic other",
	 "/token refuses vigie (incorrect username or password): look at"},
	{BEARER, "Bearer T1", false, NULL, 0, BASIC,
	 "/token gives no token without a user (incorrect username or "
	 "password): set registry.user"},
	{BEARER, "Bearer other", true, NULL, 0, BASIC,
	 "it answers 401: may vigie read hub/bridge?"},
	{BEARER, "Bearer T1", false, "{\"token\":\"\"}", 0, NULL,
	 "its answer has no token"},
	{BEARER, "Bearer T1", false, "{\"token\":\"a\\r\\nX: y\"}", 0, NULL,
	 "its answer has no token"},
	{BEARER, "Bearer T1", false, "<html>", 0, NULL, "malformed JSON"},
	{BEARER, "Bearer T1", false, "{}", 500, NULL, "/token answers 500"},
	{"WWW-Authenticate: Bearer realm=\"http://127.0.0.1:9/token\"\r\n",
	 "Bearer T1", true, NULL, 0, NULL,
	 "it names http://127.0.0.1:9/token as its token service, elsewhere "
	 "and without TLS: nothing is sent there"},
	{"WWW-Authenticate: Bearer realm=\"ftp://x/\"\r\n", "Bearer T1", true,
	 NULL, 0, NULL, "it names \"ftp://x/\" as its token service, which is "
	 "no address"},
	{"WWW-Authenticate: Bearer realm=\"x\r\n", "Bearer T1", true,
	 NULL, 0, NULL, "its WWW-Authenticate is malformed: \"Bearer realm="},
	{"WWW-Authenticate: Negotiate\r\n", "x", true, NULL, 0, NULL,
	 "wants neither a password nor a token"},
	{"", "x", true, NULL, 0, NULL, "wants neither a password nor a token"},
};

START_TEST(who_may_not_ask_is_told_why)
{
	if (refusals[_i].user)
		with_user();
	script.challenge = refusals[_i].challenge;
	script.want = refusals[_i].want;
	script.token = refusals[_i].token;
	script.token_status = refusals[_i].token_status;
	script.token_want = refusals[_i].token_want;
	begin();
	ck_assert_msg(strstr(failure(), refusals[_i].error) != NULL, "%s",
	    failure());
	ck_assert_ptr_null(strstr(failure(), "word\""));
	ck_assert_int_eq(strncmp(failure(), web.url + 7, strlen(web.url) - 7),
	    0);
	ck_assert_int_eq(model.registry.image_count, 0);
	ck_assert(model.registry.seen.observed_at == TIME_UNKNOWN);
}
END_TEST

START_TEST(a_password_goes_nowhere_else)
{
	char realm[256];

	with_user();
	snprintf(realm, sizeof(realm), "WWW-Authenticate: Bearer realm="
	    "\"%s/token\"\r\n", other.url);
	script.want = "Bearer T1";
	script.challenge = realm;
	begin();
	ck_assert_ptr_nonnull(strstr(failure(), "nothing is sent there"));
	ck_assert_int_eq(web_count(&other, "/"), 0);
}
END_TEST

START_TEST(a_password_that_is_not_closed_is_not_sent)
{
	with_user();
	chmod(secret_file, 0644);
	script.want = BASIC;
	script.challenge = "WWW-Authenticate: Basic realm=\"hub\"\r\n";
	begin();
	ck_assert_ptr_nonnull(strstr(failure(), "the password of the registry: "
	    "/tmp/vigie-registry-"));
	ck_assert_ptr_nonnull(strstr(failure(), "chmod 600"));
	ck_assert_int_eq(web_count(&web, "HEAD"), 0);
}
END_TEST

/* --- what goes wrong -------------------------------------------------------- */

static const struct {
	int ping, tag;
	const char *header, *body, *error;
} faults[] = {
	{404, 0, NULL, NULL, "it answers 404 to /v2/: is that a registry?"},
	{502, 0, NULL, "<html>", "it answers 502 to /v2/"},
	{0, 500, NULL, NULL, "it answers 500 to the question for v1."},
	{403, 0, NULL, "{\"errors\":[{\"code\":\"DENIED\",\"message\":\"no\"}]}",
	 "it answers 403 (DENIED: no): may somebody without a user read "
	 "hub/bridge?"},
	{429, 0, "Retry-After: 1200\r\n", NULL,
	 "it takes no more requests for 1200 s (429)"},
	{0, 429, NULL, NULL, "it takes no more requests for 60 s (429)"},
	{0, 307, "Location: http://127.0.0.1:9/x\r\n", NULL,
	 "it answers 307 to the question for v1."},
};

START_TEST(faults_have_words)
{
	script.ping = faults[_i].ping;
	script.tag = faults[_i].tag;
	script.header = faults[_i].header;
	script.body = faults[_i].body;
	begin();
	ck_assert_msg(strstr(failure(), faults[_i].error) != NULL, "%s",
	    failure());
	ck_assert_int_eq(present("v1.0.0"), TRI_UNKNOWN);
}
END_TEST

START_TEST(what_was_known_stays)
{
	begin();
	script.tag = 500;
	registry_source_refresh(source);
	WAIT_FOR(changes == 2);
	ck_assert_str_ne(failure(), "");
	ck_assert_int_eq(present("v1.0.0"), TRI_YES);
	ck_assert_int_eq(present("v1.1.0"), TRI_NO);
	ck_assert(model.registry.seen.observed_at != TIME_UNKNOWN);
	script.tag = 0;
	registry_source_refresh(source);
	WAIT_FOR(changes == 3);
	ck_assert_str_eq(failure(), "");
}
END_TEST

START_TEST(a_limit_is_obeyed)
{
	int asked;

	script.ping = 429;
	script.header = "Retry-After: 3600\r\n";
	begin();
	asked = web_count(&web, "/");
	registry_source_refresh(source);
	loop_turn(l, 100);
	loop_turn(l, 100);
	ck_assert_int_eq(web_count(&web, "/"), asked);
}
END_TEST

START_TEST(a_registry_that_is_not_there_is_told)
{
	char url[] = "http://127.0.0.1:1";

	conf.url = url;
	begin();
	ck_assert_ptr_nonnull(strstr(failure(), "cannot connect to "
	    "127.0.0.1:1"));
}
END_TEST

START_TEST(a_registry_is_left_in_the_middle)
{
	script.hang = true;
	with_user();
	source = registry_source_new(&world, &conf);
	WAIT_FOR(web_count(&web, "HEAD") == 2);
	/* teardown() frees it: nothing may be called back. */
}
END_TEST

/* --- parsing ---------------------------------------------------------------- */

static const struct {
	const char *value;
	int scheme;		/* -1: malformed */
	const char *realm, *service, *scope;
} challenges[] = {
	{"Basic realm=\"x\"", REGISTRY_BASIC, NULL, NULL, NULL},
	{"basic", REGISTRY_BASIC, NULL, NULL, NULL},
	{"Bearer realm=\"https://auth/token\",service=\"reg\",scope=\""
	 "repository:a/b:pull\"", REGISTRY_BEARER, "https://auth/token", "reg",
	 "repository:a/b:pull"},
	{"BEARER  realm = \"https://a/\\\"q\\\"\" , error=\"invalid_token\"",
	 REGISTRY_BEARER, "https://a/\"q\"", NULL, NULL},
	{"Bearer realm=https://a/t,service=reg", REGISTRY_BEARER,
	 "https://a/t", "reg", NULL},
	{"Basic realm=\"x, y\", Bearer realm=\"https://a/t\"",
	 REGISTRY_BEARER, "https://a/t", NULL, NULL},
	{"Bearer realm=\"https://a/t\", Basic realm=\"x\"",
	 REGISTRY_BEARER, "https://a/t", NULL, NULL},
	{"Negotiate dG9rZW4=, Basic realm=\"x\"", REGISTRY_BASIC, NULL, NULL,
	 NULL},
	{"Negotiate, NTLM", REGISTRY_ANONYMOUS, NULL, NULL, NULL},
	{"Bearer service=\"reg\"", REGISTRY_ANONYMOUS, NULL, NULL, NULL},
	{"", -1, NULL, NULL, NULL},
	{"Bearer realm=\"x", -1, NULL, NULL, NULL},
	{"Bearer realm=\"x\\", -1, NULL, NULL, NULL},
	{"Bearer realm=\"x\" \"", -1, NULL, NULL, NULL},
	{"Basic\x01", -1, NULL, NULL, NULL},
	{"=\"x\"", -1, NULL, NULL, NULL},
};

START_TEST(challenges_are_read)
{
	struct registry_challenge c = {.scheme = REGISTRY_ANONYMOUS};
	struct err e = {""};
	int result = registry_challenge_parse(challenges[_i].value, &c, &e);

	ck_assert_int_eq(result, challenges[_i].scheme == -1 ? -1 : 0);
	ck_assert_int_eq(*e.text != '\0', result == -1);
	if (result == 0)
		ck_assert_int_eq(c.scheme, challenges[_i].scheme);
	if (c.scheme == REGISTRY_BEARER) {
		ck_assert_pstr_eq(c.realm, challenges[_i].realm);
		ck_assert_pstr_eq(c.service, challenges[_i].service);
		ck_assert_pstr_eq(c.scope, challenges[_i].scope);
	}
	registry_challenge_release(&c);
}
END_TEST

START_TEST(a_parameter_has_a_ceiling)
{
	struct registry_challenge c = {.scheme = REGISTRY_ANONYMOUS};
	struct buf b = BUF_INIT(1 << 20);
	int i;

	buf_adds(&b, "Bearer realm=\"");
	for (i = 0; i < 10000; i++)
		buf_addc(&b, 'a');
	buf_addc(&b, '"');
	ck_assert_int_eq(registry_challenge_parse(buf_str(&b), &c, NULL), -1);
	ck_assert_int_eq(c.scheme, REGISTRY_ANONYMOUS);
	buf_release(&b);
}
END_TEST

static const struct {
	const char *realm, *url;	/* NULL: refused */
} realms[] = {
	{"https://auth.example/token",
	 "https://auth.example/token?service=a%26b&scope=s"},
	{"https://auth.example/token?x=1",
	 "https://auth.example/token?x=1&service=a%26b&scope=s"},
	{"HTTP://[::1]:5000/t", "HTTP://[::1]:5000/t?service=a%26b&scope=s"},
	{"https://user:word@auth.example/", NULL},
	{"https:///token", NULL},
	{"file:///etc/passwd", NULL},
	{"/token", NULL},
	{"https://a/\x1b[1m", NULL},
	{"https://a/ b", NULL},
	{"https://a/#x", NULL},
	{"", NULL},
};

START_TEST(realms_become_urls)
{
	struct registry_challenge c = {.realm = (char *)realms[_i].realm,
	    .service = (char *)"a&b"};
	struct buf url = BUF_INIT(4096);
	struct err e = {""};
	int result = registry_token_url(&c, "s", &url, &e);

	ck_assert_int_eq(result, realms[_i].url ? 0 : -1);
	if (realms[_i].url)
		ck_assert_str_eq(buf_str(&url), realms[_i].url);
	else
		ck_assert_ptr_nonnull(strstr(e.text, "which is no address"));
	ck_assert_ptr_null(strchr(e.text, '\x1b'));
	buf_release(&url);
}
END_TEST

START_TEST(tokens_are_read)
{
	static const struct {
		const char *text;
		int64_t lifetime_ms;
	} good[] = {
		{"{\"token\":\"abc\",\"expires_in\":300}", 300000},
		{"{\"access_token\":\"abc\"}", 60000},
		{"{\"token\":\"abc\",\"access_token\":\"x\",\"expires_in\":-5}",
		 60000},
		{"{\"token\":\"abc\",\"expires_in\":9e15}", 24 * 3600000},
		{"{\"token\":\"abc\",\"expires_in\":\"soon\"}", 60000},
	};
	static const char *const bad[] = {"", "[]", "{}", "{\"token\":7}",
		"{\"token\":\"a b\"}", "{\"token\":\"\\u00e9\"}",
		"{\"token\":\"a\\nb\"}"};
	char *token = NULL;
	int64_t ms = -1;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ck_assert_int_eq(registry_token_parse(good[i].text,
		    strlen(good[i].text), &token, &ms, NULL), 0);
		ck_assert_str_eq(token, "abc");
		ck_assert_int_eq(ms, good[i].lifetime_ms);
		secret_free(token);
	}
	token = NULL;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_int_eq(registry_token_parse(bad[i], strlen(bad[i]),
		    &token, &ms, NULL), -1);
	ck_assert_ptr_null(token);
}
END_TEST

START_TEST(waits_are_read)
{
	/* 2026-06-15T08:01:02Z */
	const int64_t now = 1781510462000;
	static const struct {
		const char *value;
		int64_t ms;
	} table[] = {
		{NULL, 60000}, {"", 60000}, {"soon", 60000}, {"30", 30000},
		{"0", 1000}, {"-3", 60000}, {"999999", 3600000},
		{"99999999999999999999", 60000},
		{"Mon, 15 Jun 2026 08:01:32 GMT", 31000},
		{"Mon, 15 Jun 2026 07:00:00 GMT", 1000},
		{"Mon, 15 Jun 2099 07:00:00 GMT", 3600000},
	};
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		ck_assert_int_eq(registry_retry_after(table[i].value, now),
		    table[i].ms);
}
END_TEST

START_TEST(names_tags_and_digests_are_checked)
{
	ck_assert(registry_name_valid("hub/bridge-x_1.y"));
	ck_assert(!registry_name_valid(""));
	ck_assert(!registry_name_valid("a//b"));
	ck_assert(!registry_name_valid("a/../b"));
	ck_assert(!registry_name_valid("a/b/"));
	ck_assert(!registry_name_valid("A/b"));
	ck_assert(!registry_name_valid("a/b?c"));
	ck_assert(registry_tag_valid("v1.2.3-rc.1"));
	ck_assert(registry_tag_valid("_x"));
	ck_assert(!registry_tag_valid(""));
	ck_assert(!registry_tag_valid(".."));
	ck_assert(!registry_tag_valid("a/b"));
	ck_assert(!registry_tag_valid("v1+build"));
	ck_assert(!registry_tag_valid("\xc3\xa9"));
	ck_assert(registry_digest_valid(DIGEST));
	ck_assert(!registry_digest_valid("sha256:"));
	ck_assert(!registry_digest_valid("sha256:5d0d"));
	ck_assert(!registry_digest_valid(DIGEST "\x1b"));
	ck_assert(!registry_digest_valid("5d0da3dc976460b72c77d94c8a1ad043"));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("registry");
	TCase *t = tcase_create("source"), *p = tcase_create("parse");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, tags_are_there_or_not);
	tcase_add_test(t, what_runs_and_what_leads_back_is_asked_for_too);
	tcase_add_test(t, a_new_release_is_asked_for_soon);
	tcase_add_test(t, few_questions_at_a_time);
	tcase_add_loop_test(t, a_head_that_says_too_little_is_followed_by_a_get,
	    0, 2);
	tcase_add_test(t, another_image_forgets_the_first);
	tcase_add_test(t, a_password_is_sent_when_asked_for);
	tcase_add_loop_test(t, a_token_is_got_and_kept, 0, 2);
	tcase_add_test(t, a_registry_may_change_its_mind);
	tcase_add_loop_test(t, who_may_not_ask_is_told_why, 0,
	    sizeof(refusals) / sizeof(refusals[0]));
	tcase_add_test(t, a_password_goes_nowhere_else);
	tcase_add_test(t, a_password_that_is_not_closed_is_not_sent);
	tcase_add_loop_test(t, faults_have_words, 0,
	    sizeof(faults) / sizeof(faults[0]));
	tcase_add_test(t, what_was_known_stays);
	tcase_add_test(t, a_limit_is_obeyed);
	tcase_add_test(t, a_registry_that_is_not_there_is_told);
	tcase_add_test(t, a_registry_is_left_in_the_middle);
	suite_add_tcase(s, t);
	tcase_add_loop_test(p, challenges_are_read, 0,
	    sizeof(challenges) / sizeof(challenges[0]));
	tcase_add_test(p, a_parameter_has_a_ceiling);
	tcase_add_loop_test(p, realms_become_urls, 0,
	    sizeof(realms) / sizeof(realms[0]));
	tcase_add_test(p, tokens_are_read);
	tcase_add_test(p, waits_are_read);
	tcase_add_test(p, names_tags_and_digests_are_checked);
	suite_add_tcase(s, p);
	return unit_run(s);
}
