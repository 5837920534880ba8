/* Series of backups listed into the model: a directory, scripted S3 services,
 * and a restic that tells what it was given. */
#include "unit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/files.h"
#include "base/text.h"
#include "http-server.h"
#include "source/backups-private.h"
#include "source/host-shell.h"

#define DEADLINE_MS 20000
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static char top[64];
static struct loop *l;
static struct world world;
static struct model model;
static struct conf_backup confs[2];
static struct conf_environment conf;
static struct observer o;
static struct backups *b;
static struct http_server server;
static char *url;
static char *old_path;

static void
changed(void *arg, const char *environment)
{
	(void)arg;
	ck_assert_str_eq(environment, "prod");
}

static struct backup_series *
series(size_t i)
{
	struct environment *env = model_environment(&model, "prod");

	ck_assert_uint_gt(env->backup_count, i);
	return &env->backups[i];
}

#define WAIT_FOR(what)							\
	do {								\
		int64_t until_ = clock_mono() + DEADLINE_MS;		\
									\
		while (!(what)) {					\
			ck_assert_msg(clock_mono() < until_,		\
			    "in vain: " #what);				\
			loop_turn(l, 50);				\
		}							\
	} while (0)

static char *
path_of(const char *name)
{
	return xasprintf("%s/%s", top, name);
}

static char *
make_file(const char *name, const char *text, mode_t mode)
{
	char *path = path_of(name);
	struct err e;

	ck_assert_int_eq(files_write(path, text, strlen(text), mode, &e), 0);
	return path;
}

static struct conf_backup
basics(const char *kind)
{
	return (struct conf_backup){.kind = (char *)kind, .files = "*",
	    .every_ms = 24 * 3600000, .max_age_ms = 24 * 3600000,
	    .interval_ms = 60000};
}

static void
begin(size_t count)
{
	conf.backups = confs;
	conf.backup_count = count;
	b = backups_new(&o);
}

static void
setup(void)
{
	struct err e;

	old_path = xstrdup(getenv("PATH"));
	snprintf(top, sizeof(top), "/tmp/vigie-backups-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(top));
	l = loop_new(&e);
	world = (struct world){.loop = l, .http = http_new(l, &e),
	    .children = children_new(l, &e), .model = &model,
	    .run_dir = top, .changed = changed};
	model_init(&model);
	model_add_environment(&model, "prod");
	conf = (struct conf_environment){.name = "prod"};
	o = (struct observer){.w = &world, .conf = &conf};
	o.shell = host_shell_new(&o);
	b = NULL;
}

static void
teardown(void)
{
	pid_t pid;

	backups_free(b);
	host_shell_free(o.shell);
	http_free(world.http);
	children_free(world.children);
	loop_free(l);
	model_release(&model);
	http_server_stop(&server);
	free(url);
	url = NULL;
	setenv("PATH", old_path, 1);
	free(old_path);
	pid = fork();
	if (pid == 0) {
		execlp("rm", "rm", "-rf", top, NULL);
		_exit(99);
	}
	waitpid(pid, NULL, 0);
}

/* --- a directory ---------------------------------------------------------- */

static struct conf_backup
directory(const char *kind, const char *files)
{
	struct conf_backup c = basics(kind);

	c.directory = top;
	c.files = (char *)files;
	return c;
}

START_TEST(a_directory_is_listed)
{
	struct backup_series *s;

	free(make_file("docmost-20260614T030000Z.dump", "12345", 0600));
	free(make_file("docmost-20260615T030000Z.dump", "1234567", 0600));
	free(make_file("docmost-20260615T030000Z.dump.sha256", "x", 0600));
	free(make_file("baserow-20260615T030000Z.zip", "1", 0600));
	confs[0] = directory("docmost", "docmost-*");
	confs[0].keep = 5;
	begin(1);
	s = series(0);
	ck_assert_str_eq(s->kind, "docmost");
	ck_assert_str_eq(s->place, top);
	ck_assert_int_eq(s->keep, 5);
	WAIT_FOR(s->seen.observed_at != TIME_UNKNOWN);
	ck_assert_ptr_null(s->seen.error);
	ck_assert_uint_eq(s->count, 2);
	ck_assert_int_eq(s->total, 2);
	ck_assert_str_eq(s->items[0].name, "docmost-20260615T030000Z.dump");
	ck_assert_int_eq(s->items[0].bytes, 7);
	ck_assert_int_eq(s->items[0].rung, RUNG_LISTED);
	ck_assert_int_eq(s->items[0].size, SIZE_EMPTY);
	ck_assert_int_eq(s->items[0].taken_at - s->items[1].taken_at,
	    24 * 3600000);
	ck_assert_int_eq(s->oldest_at, s->items[1].taken_at);
	ck_assert(backups_find(b, "docmost")->listing.items[0].sum);
	ck_assert(!backups_find(b, "docmost")->listing.items[1].sum);
	/* Another one comes; then all are gone with their directory. */
	free(make_file("docmost-20260616T030000Z.dump", "1", 0600));
	backups_refresh(b);
	WAIT_FOR(s->count == 3);
	confs[0].directory = path_of("gone");
	backups_refresh(b);
	WAIT_FOR(s->seen.error);
	ck_assert_ptr_nonnull(strstr(s->seen.error, "gone: there is no such "
	    "directory"));
	ck_assert_uint_eq(s->count, 3);
	free(confs[0].directory);
}
END_TEST

START_TEST(what_was_known_outlives_a_reload)
{
	free(make_file("a-1.dump", "12345", 0600));
	free(make_file("b-1.dump", "12345", 0600));
	confs[0] = directory("a", "a-*");
	confs[1] = directory("b", "b-*");
	begin(2);
	WAIT_FOR(series(0)->count && series(1)->count);
	backups_recall(b, &(struct backup_verdict){.environment = "prod",
	    .kind = "b", .name = "b-1.dump", .bytes = 5,
	    .rung = RUNG_RESTORED, .at = 1000, .evidence = "500 rows"});
	ck_assert_int_eq(series(1)->items[0].rung, RUNG_RESTORED);
	ck_assert_str_eq(series(1)->items[0].evidence, "500 rows");
	backups_free(b);
	/* Now only the second, and it cannot be listed. */
	confs[0] = directory("b", "b-*");
	confs[0].directory = "/dev/null";
	begin(1);
	ck_assert_uint_eq(model_environment(&model, "prod")->backup_count, 1);
	ck_assert_str_eq(series(0)->kind, "b");
	ck_assert_int_eq(series(0)->items[0].rung, RUNG_RESTORED);
	WAIT_FOR(series(0)->seen.error);
	ck_assert_str_eq(series(0)->seen.error,
	    "/dev/null: this is no directory");
	ck_assert_str_eq(series(0)->items[0].evidence, "500 rows");
	confs[0].directory = top;
	backups_refresh(b);
	WAIT_FOR(!series(0)->seen.error);
	ck_assert_int_eq(series(0)->items[0].rung, RUNG_RESTORED);
	backups_free(b);
	begin(0);
	ck_assert_ptr_null(b);
	ck_assert_uint_eq(model_environment(&model, "prod")->backup_count, 0);
}
END_TEST

START_TEST(verdicts_are_of_a_name_and_a_size)
{
	struct backup_verdict v = {.environment = "prod", .kind = "a",
	    .name = "a-1.dump", .bytes = 4, .rung = RUNG_READ, .at = 1000};

	free(make_file("a-1.dump", "12345", 0600));
	confs[0] = directory("a", "a-*");
	begin(1);
	backups_recall(b, &v);
	v.bytes = 5;
	v.rung = RUNG_LISTED;
	v.at = 3000;
	v.failure = "cut";
	backups_recall(b, &v);
	/* An older one says nothing against it. */
	v.at = 2000;
	v.failure = NULL;
	v.rung = RUNG_RESTORED;
	backups_recall(b, &v);
	v.kind = "other";
	backups_recall(b, &v);
	WAIT_FOR(series(0)->count);
	ck_assert_int_eq(series(0)->items[0].rung, RUNG_LISTED);
	ck_assert_int_eq(series(0)->items[0].verified_at, 3000);
	ck_assert_str_eq(series(0)->items[0].failure, "cut");
}
END_TEST

static struct backup_verdict told;

static void
on_verdict(void *arg, const struct backup_verdict *v)
{
	(void)arg;
	told = *v;
}

/* Of 100 bytes, which a size is plausible with. */
static void
make_dump(int day, const char *sum)
{
	char *name = xasprintf("a-202606%02d.dump", day), text[101], *line;

	memset(text, 'x', 100);
	text[100] = '\0';
	free(make_file(name, text, 0600));
	line = xasprintf("%s  %s\n", sum, name);
	free(name);
	name = xasprintf("a-202606%02d.dump.sha256", day);
	free(make_file(name, line, 0600));
	free(name);
	free(line);
}

START_TEST(a_backup_is_verified)
{
	/* echo -n xxx… | sha256sum */
	const char *good = "09ecb6ebc8bcefc733f6f2ec44f791abeed6a99edf0cc31519"
	    "637898aebd52d8", *bad = "00ecb6ebc8bcefc733f6f2ec44f791abeed6a99e"
	    "df0cc31519637898aebd52d8";
	struct backup_series *s;
	struct err e;
	int i;

	for (i = 10; i < 14; i++)
		make_dump(i, i == 11 ? bad : good);
	world.state_dir = top;
	world.verdict = on_verdict;
	confs[0] = directory("a", "a-*");
	confs[0].verify_deadline_ms = 20000;
	begin(1);
	s = series(0);
	ck_assert_int_eq(backups_verify(b, "a", "a-1", &e), -1);
	ck_assert_str_eq(e.text, "the a backups were not listed yet");
	/* The newest is known once they are listed. */
	ck_assert_int_eq(backups_verify(b, "a", NULL, &e), 0);
	ck_assert_str_eq(s->verifying, "the newest");
	ck_assert_int_eq(backups_verify(b, "a", NULL, &e), -1);
	WAIT_FOR(s->count == 4 && !s->verifying);
	ck_assert_int_eq(s->items[0].rung, RUNG_CHECKSUM);
	ck_assert_int_eq(backups_verify(b, "b", NULL, &e), -1);
	ck_assert_int_eq(backups_verify(b, "a", "a-1", &e), -1);
	ck_assert_str_eq(e.text, "a-1 is not among the newest a backups");
	ck_assert_int_eq(backups_verify(b, "a", NULL, &e), 0);
	WAIT_FOR(strcmp(s->verifying, "a-20260613.dump") == 0);
	ck_assert_int_eq(backups_verify(b, "a", NULL, &e), -1);
	ck_assert_str_eq(e.text,
	    "a-20260613.dump is being verified already");
	/* A listing in between changes nothing of that. */
	backups_refresh(b);
	WAIT_FOR(!s->verifying);
	ck_assert_msg(!s->verify_error, "%s", s->verify_error);
	ck_assert_int_eq(s->items[0].rung, RUNG_CHECKSUM);
	ck_assert_int_gt(s->items[0].verified_at, 0);
	ck_assert_ptr_null(s->items[0].failure);
	ck_assert_int_eq(told.rung, RUNG_CHECKSUM);
	ck_assert_int_eq(told.bytes, 100);
	ck_assert_int_eq(backups_verify(b, "a", "a-20260611.dump", &e), 0);
	WAIT_FOR(!s->verifying);
	ck_assert_str_eq(s->items[2].name, "a-20260611.dump");
	ck_assert_ptr_nonnull(s->items[2].failure);
	ck_assert_int_lt(s->items[2].rung, RUNG_CHECKSUM);
	ck_assert_int_eq(told.at, s->items[2].verified_at);
	/* It outlives the next listing, and being given up does no harm. */
	ck_assert_int_eq(backups_verify(b, "a", NULL, &e), 0);
	backups_refresh(b);
	s->seen.observed_at = TIME_UNKNOWN;
	WAIT_FOR(s->seen.observed_at != TIME_UNKNOWN);
	ck_assert_int_eq(s->items[0].rung, RUNG_CHECKSUM);
}
END_TEST

START_TEST(ten_thousand_files)
{
	int i;

	for (i = 0; i < 10000; i++) {
		char *name = xasprintf("a-%05d.dump", i), *path;

		path = path_of(name);
		close(creat(path, 0600));
		free(path);
		free(name);
	}
	confs[0] = directory("a", "a-*");
	begin(1);
	WAIT_FOR(series(0)->count || series(0)->seen.error);
	ck_assert_ptr_null(series(0)->seen.error);
	ck_assert_int_eq(series(0)->total, 10000);
	ck_assert_uint_eq(series(0)->count, BACKUPS_MAX);
}
END_TEST

/* --- S3 ------------------------------------------------------------------- */

static void
say(struct buf *reply, const char *head, const char *body)
{
	buf_addf(reply, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n%s", head,
	    strlen(body), body);
}

static void
fault(struct buf *reply, const char *head, const char *code)
{
	char *body = xasprintf("<Error><Code>%s</Code></Error>", code);

	say(reply, head, body);
	free(body);
}

/* Objects from..to-1, and then the token of the next page or none. */
static void
page(struct buf *reply, int from, int to, const char *token)
{
	struct buf body = BUF_INIT(1 << 24);

	buf_adds(&body, "<ListBucketResult><EncodingType>url</EncodingType>");
	for (; from < to; from++)
		buf_addf(&body, "<Contents><Key>p/a+%%28%d%%29.dump</Key>"
		    "<LastModified>2026-06-%02dT03:00:00.000Z</LastModified>"
		    "<Size>1000</Size></Contents>", from, from % 28 + 1);
	buf_addf(&body, "<IsTruncated>%s</IsTruncated>",
	    token ? "true" : "false");
	if (token)
		buf_addf(&body, "<NextContinuationToken>%s"
		    "</NextContinuationToken>", token);
	buf_adds(&body, "</ListBucketResult>");
	say(reply, "200 OK", buf_str(&body));
	buf_release(&body);
}

#define QUERY "encoding-type=url&list-type=2&max-keys=1000&prefix=p%2F "

static int
answer_pages(const char *query, struct buf *reply)
{
	if (strncmp(query, QUERY, strlen(QUERY)) == 0)
		page(reply, 0, 1000, "a/b+c=");
	else if (strncmp(query, "continuation-token=a%2Fb%2Bc%3D&" QUERY,
	    strlen(QUERY) + 32) == 0)
		page(reply, 1000, 2000, "second");
	else if (strncmp(query, "continuation-token=second&" QUERY,
	    strlen(QUERY) + 26) == 0)
		page(reply, 2000, 2500, NULL);
	else
		fault(reply, "403 No", "SignatureDoesNotMatch");
	return 0;
}

static int
answer_endless(const char *query, struct buf *reply)
{
	static int n;
	char token[16];

	(void)query;
	snprintf(token, sizeof(token), "t%d", ++n);
	page(reply, n * 1000, n * 1000 + 1000, token);
	return 0;
}

static int
answer_circle(const char *query, struct buf *reply)
{
	(void)query;
	page(reply, 0, 10, "again");
	return 0;
}

static int
answer_half(const char *query, struct buf *reply)
{
	(void)query;
	page(reply, 0, 100, NULL);
	reply->len /= 2;
	return -1;
}

static int
answer_later_half(const char *query, struct buf *reply)
{
	page(reply, 0, 100, "more");
	if (!strstr(query, "continuation"))
		return 0;
	reply->len /= 2;
	return -1;
}

static int
answer_empty(const char *query, struct buf *reply)
{
	(void)query;
	page(reply, 0, 0, NULL);
	return 0;
}

static const struct bucket {
	const char *name;
	int (*answer)(const char *query, struct buf *reply);
	const char *head, *body;	/* or these */
	int total;
	const char *error;		/* contained in it; NULL: none */
} buckets[] = {
	{"pages", answer_pages, .total = 2500},
	{"empty", answer_empty, .total = 0},
	{"endless", answer_endless, .error = "more than 20000 objects"},
	{"circle", answer_circle, .error = "its pages do not go on"},
	{"half", answer_half, .error = "in the middle of its answer"},
	{"later-half", answer_later_half, .error = "in the middle of its"},
	{"denied", .head = "403 No", .body = "<Error><Code>AccessDenied</Code>"
	    "</Error>", .error = "access is denied: the key may not list the "
	    "bucket denied, or it is wrong (AccessDenied, 403)"},
	{"nobody", .head = "403 No", .body = "<Error><Code>InvalidAccessKeyId"
	    "</Code></Error>", .error = "the access key is not known there"},
	{"skewed", .head = "403 No\r\nDate: Mon, 15 Jun 2026 08:00:00 GMT",
	    .body = "<Error><Code>RequestTimeTooSkewed</Code></Error>",
	    .error = "ours is "},
	{"moved", .head = "301 Moved\r\nx-amz-bucket-region: eu-west-3\r\n"
	    "Location: http://elsewhere.invalid/", .body = "",
	    .error = "its region is eu-west-3"},
	{"slow", .head = "503 Slow", .body = "<Error><Code>SlowDown</Code>"
	    "</Error>", .error = "wants to be asked less often (SlowDown, "
	    "503)"},
	{"bad-gateway", .head = "502 Bad Gateway", .body = "<html>",
	    .error = "the service answers 502"},
	{"page", .head = "200 OK", .body = "<html><body>Log in</body></html>",
	    .error = "another document"},
	{"nothing", .head = "200 OK", .body = "", .error = "no whole XML"},
};

/* Every header that is signed is there. */
static bool
signed_are_sent(const char *request)
{
	const char *s = strstr(request, "SignedHeaders=");
	char line[64];
	size_t n;

	if (!s)
		return false;
	for (s += 14; *s != ','; s += n + (s[n] == ';')) {
		n = strcspn(s, ";,");
		snprintf(line, sizeof(line), "\r\n%.*s:", (int)n, s);
		if (!text_contains(request, line))
			return false;
	}
	return true;
}

/* Signed as we mean to, or nothing is told. */
static int
answer_s3(const char *request, struct buf *reply)
{
	const char *path = strchr(request, ' ') + 2;
	const char *query = strchr(path, '?') + 1, *host;
	size_t n = query - path - 1, i;

	/* The bucket may be in the host's name. */
	host = strstr(request, "\r\nHost: ");
	if (n == 0 && host) {
		path = host + 8;
		n = strcspn(path, ".");
	}
	if (!strstr(request, "AWS4-HMAC-SHA256 Credential=test:tester/") ||
	    !strstr(request, "/eu-west-9/s3/aws4_request") ||
	    !text_contains(request, "x-amz-content-sha256: e3b0c44298fc") ||
	    !signed_are_sent(request) ||
	    strstr(request, "hush")) {
		say(reply, "400 Unsigned", "");
		return -1;
	}
	for (i = 0; i < COUNT(buckets); i++) {
		if (strlen(buckets[i].name) != n ||
		    memcmp(buckets[i].name, path, n) != 0)
			continue;
		if (buckets[i].answer)
			return buckets[i].answer(query, reply);
		say(reply, buckets[i].head, buckets[i].body);
		return 0;
	}
	fault(reply, "404 None", "NoSuchBucket");
	return 0;
}

static struct conf_backup
in_bucket(const char *bucket)
{
	struct conf_backup c = basics("offsite");

	server = http_server_script(answer_s3);
	url = xasprintf("http://127.0.0.1:%d", server.port);
	c.s3_url = url;
	c.s3_bucket = (char *)bucket;
	c.s3_prefix = "p/";
	c.s3_region = "eu-west-9";
	c.s3_access_key = "test:tester";
	c.s3_secret.command = "echo hush";
	return c;
}

START_TEST(a_bucket_is_listed)
{
	const struct bucket *x = &buckets[_i];
	struct backup_series *s;

	confs[0] = in_bucket(x->name);
	begin(1);
	s = series(0);
	WAIT_FOR(s->seen.attempted_at != TIME_UNKNOWN);
	if (x->error) {
		ck_assert_ptr_nonnull(s->seen.error);
		ck_assert_msg(strstr(s->seen.error, x->error), "%s",
		    s->seen.error);
		ck_assert_uint_eq(s->count, 0);
		ck_assert_int_eq(s->seen.observed_at, TIME_UNKNOWN);
		return;
	}
	ck_assert_msg(!s->seen.error, "%s", s->seen.error);
	ck_assert_int_eq(s->total, x->total);
	ck_assert_uint_eq(s->count, x->total ? BACKUPS_MAX : 0);
	if (x->total)
		ck_assert_int_eq(strncmp(s->items[0].name, "p/a (", 5), 0);
}
END_TEST

START_TEST(a_bucket_in_the_name_of_its_host)
{
	confs[0] = in_bucket("pages");
	confs[0].s3_style = "virtual";
	free(url);
	url = xasprintf("http://localhost:%d/", server.port);
	confs[0].s3_url = url;
	begin(1);
	WAIT_FOR(series(0)->seen.attempted_at != TIME_UNKNOWN);
	ck_assert_msg(!series(0)->seen.error, "%s", series(0)->seen.error);
	ck_assert_int_eq(series(0)->total, 2500);
}
END_TEST

START_TEST(a_secret_is_kept)
{
	char *file = make_file("secret", "hush\n", 0644);
	struct backup_series *s;

	confs[0] = in_bucket("empty");
	confs[0].s3_secret.command = NULL;
	begin(1);
	s = series(0);
	WAIT_FOR(s->seen.error);
	ck_assert_str_eq(s->seen.error,
	    "no secret is configured (s3.secret)");
	confs[0].s3_secret.file = file;
	xstrset(&s->seen.error, NULL);
	backups_refresh(b);
	WAIT_FOR(s->seen.error);
	ck_assert_ptr_nonnull(strstr(s->seen.error, "open to others"));
	ck_assert_ptr_null(strstr(s->seen.error, "hush"));
	chmod(file, 0600);
	backups_refresh(b);
	WAIT_FOR(s->seen.observed_at != TIME_UNKNOWN);
	ck_assert_ptr_null(s->seen.error);
	ck_assert_str_eq(s->place, "s3://empty/p/");
	free(file);
}
END_TEST

/* Freed in every stage of a listing. */
START_TEST(a_listing_can_be_given_up)
{
	int turns;

	confs[0] = in_bucket("endless");
	confs[1] = directory("a", "*");
	for (turns = 0; turns < 12; turns++) {
		int i;

		begin(2);
		for (i = 0; i < turns; i++)
			loop_turn(l, 5);
		backups_free(b);
		b = NULL;
		host_shell_free(o.shell);
		o.shell = host_shell_new(&o);
	}
}
END_TEST

/* --- restic --------------------------------------------------------------- */

/* Tells what it was given, in files, and answers with `does`. */
static void
fake_restic(const char *does)
{
	char *script = xasprintf("#!/bin/sh\nprintf '%%s\\n' \"$@\" >%s/argv\n"
	    "env >%s/env\ncat >%s/input\n"
	    "for f in \"$@\"; do case $f in */restic-prod-*) cat \"$f\" "
	    ">%s/repository;; esac; done\n%s\n", top, top, top, top, does);
	char *path;

	free(make_file("restic", script, 0700));
	free(script);
	path = xasprintf("%s:%s", top, old_path);
	setenv("PATH", path, 1);
	free(path);
}

static char *
file_text(const char *name)
{
	struct buf text = BUF_INIT(1 << 20);
	char *path = path_of(name);
	struct err e;

	if (files_read(path, &text, &e) == -1)
		buf_adds(&text, e.text);
	free(path);
	return buf_detach(&text);
}

static struct conf_backup
in_restic(void)
{
	struct conf_backup c = basics("files");

	c.restic_repository = "rest:https://vigie:hush1@backup.example/x";
	c.restic_host = "prod";
	c.restic_password.command = "echo hush2";
	return c;
}

START_TEST(a_repository_is_listed)
{
	char *argv, *input, *env, *repository;
	struct backup_series *s;

	setenv("RESTIC_REPOSITORY", "/elsewhere", 1);
	fake_restic("echo '[{\"id\":\"2f6a3bb3e66b\","
	    "\"time\":\"2026-06-15T03:00:00Z\"}]'");
	confs[0] = in_restic();
	begin(1);
	s = series(0);
	WAIT_FOR(s->seen.attempted_at != TIME_UNKNOWN);
	ck_assert_msg(!s->seen.error, "%s", s->seen.error);
	ck_assert_str_eq(s->items[0].name, "2f6a3bb3");
	ck_assert_int_eq(s->items[0].bytes, -1);
	ck_assert_int_eq(s->items[0].size, SIZE_UNKNOWN);
	ck_assert_int_eq(s->items[0].rung, RUNG_LISTED);
	ck_assert_str_eq(s->place, "restic rest:https://backup.example/x");
	argv = file_text("argv");
	input = file_text("input");
	env = file_text("env");
	repository = file_text("repository");
	ck_assert_str_eq(input, "hush2");
	ck_assert_str_eq(repository, confs[0].restic_repository);
	ck_assert_ptr_null(strstr(argv, "hush"));
	ck_assert_ptr_null(strstr(env, "hush"));
	ck_assert_ptr_null(strstr(env, "/elsewhere"));
	ck_assert_ptr_nonnull(strstr(argv, "--no-lock\n"));
	ck_assert_ptr_nonnull(strstr(argv, "--host=prod\n"));
	free(argv);
	free(input);
	free(env);
	free(repository);
	/* Nothing of it is left. */
	repository = file_text("restic-prod-0");
	ck_assert_ptr_nonnull(strstr(repository, "No such file"));
	free(repository);
}
END_TEST

static const struct {
	const char *does, *error;
} failures[] = {
	{"echo 'Fatal: wrong password or no key found' >&2; exit 1",
	    "the password is wrong"},
	{"exit 12", "the password is wrong"},
	{"exit 10", "there is no repository there"},
	{"echo 'at https://vigie:hush1@backup.example/' >&2; exit 1",
	    "restic has failed (1): at https://backup.example/"},
	{"kill -9 $$", "killed by signal 9"},
	{"echo no JSON", "no snapshots in it"},
};

START_TEST(a_repository_fails)
{
	struct backup_series *s;

	fake_restic(failures[_i].does);
	confs[0] = in_restic();
	begin(1);
	s = series(0);
	WAIT_FOR(s->seen.error);
	ck_assert_msg(strstr(s->seen.error, failures[_i].error), "%s",
	    s->seen.error);
	ck_assert_ptr_null(strstr(s->seen.error, "hush"));
}
END_TEST

START_TEST(no_restic)
{
	confs[0] = in_restic();
	confs[0].restic_password.command = "echo hush2";
	setenv("PATH", top, 1);
	begin(1);
	WAIT_FOR(series(0)->seen.error);
	ck_assert_ptr_nonnull(strstr(series(0)->seen.error,
	    "restic cannot be run on this machine"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("backups");
	TCase *tc = tcase_create("backups");

	tcase_set_timeout(tc, 90);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_directory_is_listed);
	tcase_add_test(tc, what_was_known_outlives_a_reload);
	tcase_add_test(tc, verdicts_are_of_a_name_and_a_size);
	tcase_add_test(tc, a_backup_is_verified);
	tcase_add_test(tc, ten_thousand_files);
	tcase_add_loop_test(tc, a_bucket_is_listed, 0, COUNT(buckets));
	tcase_add_test(tc, a_bucket_in_the_name_of_its_host);
	tcase_add_test(tc, a_secret_is_kept);
	tcase_add_test(tc, a_listing_can_be_given_up);
	tcase_add_test(tc, a_repository_is_listed);
	tcase_add_loop_test(tc, a_repository_fails, 0, COUNT(failures));
	tcase_add_test(tc, no_restic);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
