/* What names, directories, S3 services and restic tell of backups. */
#include "unit.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "data.h"
#include "source/backup-directory-parse.h"
#include "source/restic-parse.h"
#include "source/s3-parse.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static int64_t
at(const char *text)
{
	int64_t t = TIME_UNKNOWN;

	ck_assert_int_eq(clock_parse_rfc3339(text, &t), 0);
	return t;
}

static void
assert_time(int64_t t, const char *expected)
{
	char text[CLOCK_TEXT_MAX];

	ck_assert_str_eq(clock_rfc3339(t, text), expected);
}

/* --- names ---------------------------------------------------------------- */

/* Modified on 2026-06-15 at 03:10. */
static const struct {
	const char *name, *taken;
} stamps[] = {
	{"docmost-20260615T030000Z.dump", "2026-06-15T03:00:00.000Z"},
	{"docmost-20260615t030059z.dump", "2026-06-15T03:00:59.000Z"},
	{"docmost-20260614-0300.dump", "2026-06-14T03:00:00.000Z"},
	{"docmost_20260614_030001.sql.gz", "2026-06-14T03:00:01.000Z"},
	{"docmost20260614030001", "2026-06-14T03:00:01.000Z"},
	{"docmost-202606140300.dump", "2026-06-14T03:00:00.000Z"},
	{"x-2026-06-14T03-00-07.tar", "2026-06-14T03:00:07.000Z"},
	{"x-2026-06-14T03:00:07+00:00.tar", "2026-06-14T03:00:07.000Z"},
	{"x-2026-06-14_03-00.tar", "2026-06-14T03:00:00.000Z"},
	{"x-2026-06-14 03h00.tar", "2026-06-14T03:00:00.000Z"},
	{"x-2026.06.14-03.00.01.tar", "2026-06-14T03:00:01.000Z"},
	{"2026-06-14", "2026-06-14T00:00:00.000Z"},
	{"docmost-20260614.dump", "2026-06-14T00:00:00.000Z"},
	{"docmost-20260614-1.dump", "2026-06-14T00:00:00.000Z"},
	{"docmost-2026-06-14-v12.dump", "2026-06-14T00:00:00.000Z"},
	{"docmost-20260614-9999.dump", "2026-06-14T00:00:00.000Z"},
	/* The day alone says less than when it was written on that day. */
	{"docmost-20260615.dump", "2026-06-15T03:10:00.000Z"},
	/* The most exact one; the last part before the folders. */
	{"v2024-01-02-20260614T030000Z", "2026-06-14T03:00:00.000Z"},
	{"2024-01-02/docmost-20260614T030000Z", "2026-06-14T03:00:00.000Z"},
	{"2026-06-14/docmost.dump", "2026-06-14T00:00:00.000Z"},
	{"20260614T0300/docmost-1.4.0.dump", "2026-06-14T03:00:00.000Z"},
	/* None of these is one. */
	{"docmost.dump", "2026-06-15T03:10:00.000Z"},
	{"", "2026-06-15T03:10:00.000Z"},
	{"docmost-20261314.dump", "2026-06-15T03:10:00.000Z"},
	{"docmost-20260230.dump", "2026-06-15T03:10:00.000Z"},
	{"docmost-2026061.dump", "2026-06-15T03:10:00.000Z"},
	{"docmost-2026061403.dump", "2026-06-15T03:10:00.000Z"},
	{"docmost-120260614.dump", "2026-06-15T03:10:00.000Z"},
	{"docmost-18000101.dump", "2026-06-15T03:10:00.000Z"},
	/* After it was written? */
	{"docmost-20990101T000000Z.dump", "2026-06-15T03:10:00.000Z"},
	{"docmost-20260616T030000.dump", "2026-06-16T03:00:00.000Z"},
};

START_TEST(test_stamps)
{
	int64_t modified = at("2026-06-15T03:10:00Z");

	assert_time(backup_taken_at(stamps[_i].name, modified),
	    stamps[_i].taken);
}
END_TEST

static const struct {
	const char *name, *pattern;
	bool wanted;
} names[] = {
	{"a.dump", NULL, true},
	{"a.dump", "*", true},
	{"a.dump", "*.dump", true},
	{"a.dump", "b*", false},
	{"-rf", "*", true},
	{"a b\n.dump", "a*.dump", true},
	{"\xff\xfe", "*", true},
	{"prod/a.dump", "a*", true},
	{"prod/a.dump", "prod*", false},
	{"prod/", "*", false},
	{"", "*", false},
	{".a.dump", "*", false},
	{"a.dump.sha256", "*", false},
	{"a.dump.part", "*", false},
	{"a.dump.tmp", "*", false},
	{"part", "*", true},
};

START_TEST(test_names)
{
	ck_assert_int_eq(backup_wanted(names[_i].name, names[_i].pattern),
	    names[_i].wanted);
}
END_TEST

START_TEST(test_listing)
{
	struct listing l;
	char name[16];
	int i;

	listing_init(&l);
	/* Neither in the one order nor in the other. */
	for (i = 0; i < 20000; i++) {
		snprintf(name, sizeof(name), "%d", i * 7919 % 20000);
		listing_add(&l, &(struct listed){.raw = name,
		    .taken_at = i * 7919 % 20000, .bytes = i});
	}
	ck_assert_int_eq(l.total, 20000);
	ck_assert_int_eq(l.oldest_at, 0);
	ck_assert_uint_eq(l.count, LISTING_MAX);
	for (i = 0; i < LISTING_MAX; i++)
		ck_assert_int_eq(l.items[i].taken_at, 19999 - i);
	ck_assert_ptr_eq(listing_find(&l, "19998"), &l.items[1]);
	ck_assert_ptr_null(listing_find(&l, "1"));
	listing_release(&l);
	ck_assert_int_eq(l.total, 0);
}
END_TEST

/* --- a directory ---------------------------------------------------------- */

static char tools[64];		/* with busybox under its other names */

static void
make_tools(const char *busybox)
{
	static const char *const called[] = {"busybox", "find", "stat"};
	size_t i;

	snprintf(tools, sizeof(tools), "/tmp/vigie-tools-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(tools));
	for (i = 0; i < COUNT(called); i++) {
		char *path = xasprintf("%s/%s", tools, called[i]);

		ck_assert_int_eq(symlink(busybox, path), 0);
		free(path);
	}
}

static void
remove_all(const char *path)
{
	pid_t pid = fork();

	if (pid == 0) {
		execlp("rm", "rm", "-r", path, NULL);
		_exit(99);
	}
	waitpid(pid, NULL, 0);
}

/* What a shell prints for the script. */
static struct buf
run_script(const char *shell, const char *directory, int *status)
{
	struct buf script = BUF_INIT(64 * 1024), out = BUF_INIT(1 << 20);
	char path[] = "/tmp/vigie-script-XXXXXX", data[4096];
	int fd = mkstemp(path), ends[2];
	pid_t pid;
	ssize_t n;

	backup_directory_script(&script, directory);
	ck_assert_int_eq(write(fd, script.data, script.len), script.len);
	close(fd);
	buf_release(&script);
	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		dup2(ends[1], 1);
		close(ends[0]);
		if (strcmp(shell, "busybox") == 0)
			setenv("PATH", tools, 1);
		execlp(shell, shell, strcmp(shell, "busybox") ? path : "sh",
		    path, NULL);
		_exit(99);
	}
	close(ends[1]);
	while ((n = read(ends[0], data, sizeof(data))) > 0)
		buf_add(&out, data, n);
	close(ends[0]);
	waitpid(pid, status, 0);
	*status = WEXITSTATUS(*status);
	unlink(path);
	return out;
}

static const char *const odd[] = {
	"plain.dump", "-n.dump", "two words.dump", "new\nline ..x.dump",
	"quote'\".dump", "\xc3\xa9t\xc3\xa9.dump", "\xff.dump",
	"12 34 .dump", "*.dump", "$(id).dump",
};

static void
make_file(const char *directory, const char *name, size_t size)
{
	char *path = xasprintf("%s/%s", directory, name);
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	while (size--)
		fputc('x', f);
	fclose(f);
	free(path);
}

static void
try_shell(const char *shell)
{
	char top[] = "/tmp/vigie it's-XXXXXX", *sub, *command;
	struct listing l;
	struct buf out;
	struct err e;
	size_t i;
	int status;

	ck_assert_ptr_nonnull(mkdtemp(top));
	for (i = 0; i < COUNT(odd); i++)
		make_file(top, odd[i], i);
	make_file(top, ".hidden.dump", 1);
	make_file(top, "plain.dump.sha256", 1);
	sub = xasprintf("%s/sub.dump", top);
	ck_assert_int_eq(mkdir(sub, 0700), 0);
	make_file(sub, "below.dump", 1);
	out = run_script(shell, top, &status);
	ck_assert_int_eq(status, 0);
	listing_init(&l);
	ck_assert_msg(backup_directory_parse(out.data, out.len, "*.dump", &l,
	    &e) == 0, "%s", e.text);
	listing_match_sums(&l);
	ck_assert_int_eq(l.total, COUNT(odd));
	for (i = 0; i < l.count; i++) {
		const struct listed *x = &l.items[i];

		ck_assert_str_eq(x->raw, odd[x->bytes]);
		ck_assert_ptr_null(strchr(x->name, '\n'));
		ck_assert_int_eq(x->sum, x->bytes == 0);
		ck_assert_int_lt(llabs(clock_wall() - x->taken_at), 3600000);
	}
	listing_release(&l);
	buf_release(&out);
	command = xasprintf("%s/none", top);
	out = run_script(shell, command, &status);
	ck_assert_int_eq(status, 3);
	buf_release(&out);
	free(command);
	command = xasprintf("%s/plain.dump", top);
	out = run_script(shell, command, &status);
	ck_assert_str_eq(backup_directory_failure(status),
	    "this is no directory");
	buf_release(&out);
	free(command);
	free(sub);
	remove_all(top);
}

START_TEST(test_directory)
{
	static const char *const places[] = {"/bin/busybox",
	    "/usr/bin/busybox"};
	size_t i;

	try_shell("sh");
	for (i = 0; i < COUNT(places); i++)
		if (access(places[i], X_OK) == 0) {
			make_tools(places[i]);
			try_shell("busybox");
			remove_all(tools);
			break;
		}
}
END_TEST

static const char *const no_records[] = {
	"x", "1 2", "1 2 ./a", "1 2 ./a/", "1 2 a/\n", "1 2 .//\n",
	"x 2 ./a/\n", "1 x ./a/\n", "1  2 ./a/\n", "1 2 ./a/b",
	"99999999999999999999999 2 ./a/\n", "1 99999999999999999 ./a/\n",
	"1 2 ./a/\n\n", "1 2 ./a/\n1", "\n",
};

START_TEST(test_no_records)
{
	const char *text = no_records[_i];
	struct listing l;
	struct err e;

	listing_init(&l);
	ck_assert_int_eq(backup_directory_parse(text, strlen(text), "*", &l,
	    &e), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "byte"));
	listing_release(&l);
}
END_TEST

/* --- S3: requests --------------------------------------------------------- */

START_TEST(test_query)
{
	struct buf b = BUF_INIT(10000);

	s3_list_query(&b, NULL, NULL);
	ck_assert_str_eq(buf_str(&b),
	    "encoding-type=url&list-type=2&max-keys=1000&prefix=");
	buf_clear(&b);
	s3_list_query(&b, "prod/caf\xc3\xa9 +(1)!~-._", "a/b+c==");
	ck_assert_str_eq(buf_str(&b), "continuation-token=a%2Fb%2Bc%3D%3D&"
	    "encoding-type=url&list-type=2&max-keys=1000&"
	    "prefix=prod%2Fcaf%C3%A9%20%2B%281%29%21~-._");
	buf_release(&b);
}
END_TEST

static const struct {
	const char *service, *bucket;
	bool in_name;
	const char *key, *url;
} urls[] = {
	{"https://s3.example", "b", false, NULL, "https://s3.example/b"},
	{"https://s3.example/", "b", false, "a/(\xc3\xa9 +).x",
	    "https://s3.example/b/a/%28%C3%A9%20%2B%29.x"},
	{"http://127.0.0.1:9000/s3//", "b", false, NULL,
	    "http://127.0.0.1:9000/s3/b"},
	{"https://s3.gra.io.cloud.ovh.net", "b.c", true, NULL,
	    "https://b.c.s3.gra.io.cloud.ovh.net/"},
	{"https://s3.example/", "b", true, "k", "https://b.s3.example/k"},
};

START_TEST(test_urls)
{
	struct buf b = BUF_INIT(10000);

	s3_url(&b, urls[_i].service, urls[_i].bucket, urls[_i].in_name,
	    urls[_i].key);
	ck_assert_str_eq(buf_str(&b), urls[_i].url);
	buf_release(&b);
}
END_TEST

/* --- S3: pages ------------------------------------------------------------ */

static struct s3_page
load_page(const char *name)
{
	struct buf b = data_load("backup", name);
	struct s3_page page;
	struct err e;

	ck_assert_msg(s3_page_parse(b.data, b.len, &page, &e) == 0, "%s",
	    e.text);
	buf_release(&b);
	return page;
}

START_TEST(test_page_aws)
{
	struct s3_page p = load_page("s3-page-aws.xml");

	ck_assert(p.truncated);
	ck_assert_str_eq(p.token,
	    "1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=");
	ck_assert_uint_eq(p.count, 4);
	ck_assert_str_eq(p.objects[0].key, "prod/");
	ck_assert_str_eq(p.objects[1].key,
	    "prod/caf\xc3\xa9 du 15 (1)!.dump");
	ck_assert_int_eq(p.objects[1].bytes, 142863);
	assert_time(p.objects[1].modified, "2026-06-15T03:04:05.000Z");
	ck_assert_str_eq(p.objects[2].key, "prod/a+b&c<d>\x01.dump");
	ck_assert_int_eq(p.objects[2].bytes, 5368709120000);
	ck_assert(s3_storage_is_cold(p.objects[2].storage));
	ck_assert(!s3_storage_is_cold(p.objects[3].storage));
	ck_assert(!s3_storage_is_cold("STANDARD"));
	ck_assert(!s3_storage_is_cold(NULL));
	ck_assert(s3_storage_is_cold("DEEP_ARCHIVE"));
	s3_page_release(&p);
}
END_TEST

START_TEST(test_page_plain)
{
	struct s3_page p = load_page("s3-page-minio.xml");

	/* Not encoded unless it says so. */
	ck_assert(!p.truncated);
	ck_assert_str_eq(p.objects[0].key, "a & b + c.dump");
	ck_assert_str_eq(p.objects[1].key, "100%25.dump");
	ck_assert_ptr_null(p.objects[1].storage);
	s3_page_release(&p);
}
END_TEST

START_TEST(test_page_swift)
{
	struct s3_page p = load_page("s3-page-swift.xml");

	ck_assert(p.truncated);
	ck_assert_uint_eq(p.count, 3);
	ck_assert_str_eq(p.token,
	    "cHJvZC9iYXNlcm93LTIwMjYxMTE3VDE3NTg0N1ouZHVtcA==");
	s3_page_release(&p);
	p = load_page("s3-all-swift.xml");
	ck_assert_uint_eq(p.count, 37);
	s3_page_release(&p);
}
END_TEST

/* A page cut anywhere is an error, never a shorter listing. */
START_TEST(test_page_cut)
{
	struct buf b = data_load("backup", "s3-page-aws.xml");
	struct s3_page p;
	struct err e;
	size_t len;

	while (b.len && b.data[b.len - 1] == '\n')
		b.len--;
	for (len = 0; len < b.len; len += unit_stride()) {
		ck_assert_int_eq(s3_page_parse(b.data, len, &p, &e), -1);
		ck_assert_ptr_null(p.objects);
	}
	buf_release(&b);
}
END_TEST

#define PAGE(inner) "<ListBucketResult>" inner "</ListBucketResult>"
#define DEEP "<a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a>"

static const struct {
	const char *text, *expected;
} bad_pages[] = {
	{"", "no whole XML"},
	{"{}", "no whole XML"},
	{"<html><body>hello</body></html>", "another document"},
	{"<html/>", "another document"},
	{"<Error><Code>SlowDown</Code></Error>", "another document"},
	{PAGE("<IsTruncated>true</IsTruncated>"), "not where"},
	{PAGE("<IsTruncated>perhaps</IsTruncated>"), "neither true"},
	{PAGE("<Contents><Size>1</Size></Contents>"), "no key"},
	{PAGE("<Contents><Key></Key></Contents>"), "no key"},
	{PAGE("<Contents><Key>a</Key><Size>-1</Size></Contents>"), "number"},
	{PAGE("<Contents><Key>a</Key><Size>1e3</Size></Contents>"), "number"},
	{PAGE("<Contents><Key>&#1;</Key></Contents>"), "no whole XML"},
	{PAGE("<Contents><Key>\xff</Key></Contents>"), "no whole XML"},
	{PAGE(DEEP), "too deep"},
};

START_TEST(test_bad_pages)
{
	const char *text = bad_pages[_i].text;
	struct s3_page p;
	struct err e;

	ck_assert_int_eq(s3_page_parse(text, strlen(text), &p, &e), -1);
	ck_assert_msg(strstr(e.text, bad_pages[_i].expected), "%s", e.text);
}
END_TEST

START_TEST(test_doctype)
{
	struct buf b = data_load("backup", "s3-doctype.xml");
	struct s3_page p;
	struct err e;

	ck_assert_int_eq(s3_page_parse(b.data, b.len, &p, &e), -1);
	ck_assert_str_eq(e.text, "a document type is not expected here");
	buf_release(&b);
}
END_TEST

START_TEST(test_long_names)
{
	struct buf b = BUF_INIT(1 << 20);
	struct s3_page p;
	struct err e;
	int i;

	/* An element whose path is longer than any that we know. */
	buf_adds(&b, "<ListBucketResult><Contents><");
	for (i = 0; i < 200; i++)
		buf_addc(&b, 'x');
	buf_adds(&b, "><Key>no</Key></");
	for (i = 0; i < 200; i++)
		buf_addc(&b, 'x');
	buf_adds(&b, "><Key>yes</Key></Contents></ListBucketResult>");
	ck_assert_int_eq(s3_page_parse(b.data, b.len, &p, &e), 0);
	ck_assert_uint_eq(p.count, 1);
	ck_assert_str_eq(p.objects[0].key, "yes");
	s3_page_release(&p);
	buf_clear(&b);
	buf_adds(&b, "<ListBucketResult><Contents><Key>");
	for (i = 0; i < 20000; i++)
		buf_addc(&b, 'x');
	buf_adds(&b, "</Key></Contents></ListBucketResult>");
	ck_assert_int_eq(s3_page_parse(b.data, b.len, &p, &e), -1);
	ck_assert_str_eq(e.text, "a text is too long");
	buf_release(&b);
}
END_TEST

/* --- S3: refusals --------------------------------------------------------- */

static const struct {
	const char *file;	/* or NULL: no document */
	int status;
	const char *date, *region;
	const char *expected;
} refusals[] = {
	{"s3-wrong-secret-swift.xml", 403, NULL, NULL, "the secret or the "
	    "access key is wrong (SignatureDoesNotMatch, 403)"},
	{"s3-no-bucket-swift.xml", 404, NULL, NULL,
	    "there is no bucket hub (NoSuchBucket, 404)"},
	{"s3-wrong-region-swift.xml", 400, NULL, NULL, "the region is wrong "
	    "for the bucket hub: its region is us-east-1 "
	    "(AuthorizationHeaderMalformed, 400)"},
	{"s3-skewed-swift.xml", 403, "Mon, 15 Jun 2026 02:30:00 GMT", NULL,
	    "this machine's clock and the service's differ: ours is 30m "
	    "ahead (RequestTimeTooSkewed, 403)"},
	{"s3-skewed-swift.xml", 403, "Mon, 15 Jun 2026 05:00:00 GMT", NULL,
	    "this machine's clock and the service's differ: ours is 2h "
	    "behind (RequestTimeTooSkewed, 403)"},
	{"s3-skewed-swift.xml", 403, "yesterday", NULL, "this machine's clock "
	    "and the service's differ by more than is let pass "
	    "(RequestTimeTooSkewed, 403)"},
	{"s3-error-moved.xml", 301, NULL, "eu-west-3", "the bucket hub is "
	    "elsewhere: its region is eu-west-3 (PermanentRedirect, 301)"},
	{"s3-error-moved.xml", 301, NULL, NULL,
	    "the bucket hub is elsewhere (PermanentRedirect, 301)"},
	{"s3-error-hostile.xml", 418, NULL, NULL,
	    "the service says: no luck today (Weird, 418)"},
	{NULL, 301, NULL, "eu-west-3", "the bucket hub is elsewhere: its "
	    "region is eu-west-3 (301)"},
	{NULL, 403, NULL, NULL, "access is denied: the key, its secret or its "
	    "rights are wrong (403)"},
	{NULL, 503, NULL, NULL, "the service is overloaded for now (503)"},
	{NULL, 500, NULL, NULL, "the service answers 500"},
	{"s3-page-aws.xml", 500, NULL, NULL, "the service answers 500"},
};

START_TEST(test_refusals)
{
	struct buf b = BUF_INIT(1);
	struct s3_fault fault;
	bool told = false;
	struct err e;

	if (refusals[_i].file) {
		b = data_load("backup", refusals[_i].file);
		told = s3_fault_parse(b.data, b.len, &fault) == 0;
	}
	s3_refusal_text(&(struct s3_refusal){
	    .status = refusals[_i].status, .fault = told ? &fault : NULL,
	    .date = refusals[_i].date, .region = refusals[_i].region,
	    .bucket = "hub", .now = at("2026-06-15T03:00:00Z")}, &e);
	ck_assert_str_eq(e.text, refusals[_i].expected);
	if (told)
		s3_fault_release(&fault);
	buf_release(&b);
}
END_TEST

START_TEST(test_dates)
{
	assert_time(s3_date("Mon, 15 Jun 2026 08:01:02 GMT"),
	    "2026-06-15T08:01:02.000Z");
	ck_assert_int_eq(s3_date(NULL), TIME_UNKNOWN);
	ck_assert_int_eq(s3_date(""), TIME_UNKNOWN);
	ck_assert_int_eq(s3_date("Mon, 15 anF 2026 08:01:02 GMT"),
	    TIME_UNKNOWN);
	ck_assert_int_eq(s3_date("Mon, 99 Jun 2026 08:01:02 GMT"),
	    TIME_UNKNOWN);
}
END_TEST

/* --- restic --------------------------------------------------------------- */

static struct listing
load_snapshots(const char *name)
{
	struct buf b = data_load("backup", name);
	struct listing l;
	struct err e;

	listing_init(&l);
	ck_assert_msg(restic_snapshots_parse(b.data, b.len, &l, &e) == 0,
	    "%s", e.text);
	buf_release(&b);
	return l;
}

START_TEST(test_snapshots)
{
	struct listing l = load_snapshots("restic-0.14.json");

	ck_assert_int_eq(l.total, 3);
	ck_assert_str_eq(l.items[0].name, "3d53d04c");
	ck_assert_uint_eq(strlen(l.items[0].raw), 64);
	ck_assert_int_eq(l.items[0].bytes, -1);
	listing_release(&l);
	l = load_snapshots("restic-0.17.json");
	ck_assert_str_eq(l.items[0].name, "4ac6f4a2");
	ck_assert_int_eq(l.items[0].bytes, 2097152);
	assert_time(l.items[1].taken_at, "2026-06-14T01:00:02.120Z");
	listing_release(&l);
}
END_TEST

static const struct {
	const char *text;
	int total;		/* -1: refused */
} snapshots[] = {
	{"[]", 0},
	{"null\n", 0},
	{"found 3 old cache directories\n[]\n", 0},
	{"", -1},
	{"nothing", -1},
	{"{}", -1},
	{"[{}]", -1},
	{"[{\"id\":\"2f6a3bb3e66b\"}]", -1},
	{"[{\"id\":\"2f6a3bb3e66b\",\"time\":\"today\"}]", -1},
	{"[{\"id\":\"--delete\",\"time\":\"2026-06-15T03:00:00Z\"}]", -1},
	{"[{\"id\":\"2f6a3bb3e66b\",\"time\":\"2026-06-15T03:00:00Z\"}", -1},
	{"[{\"id\":\"2f6a3bb3e66b\",\"time\":\"2026-06-15T03:00:00Z\","
	    "\"summary\":{\"total_bytes_processed\":-7}}]", 1},
};

START_TEST(test_more_snapshots)
{
	const char *text = snapshots[_i].text;
	struct listing l;
	struct err e;
	int rc;

	listing_init(&l);
	rc = restic_snapshots_parse(text, strlen(text), &l, &e);
	ck_assert_int_eq(rc, snapshots[_i].total < 0 ? -1 : 0);
	if (rc == 0)
		ck_assert_int_eq(l.total, snapshots[_i].total);
	if (l.count)
		ck_assert_int_ge(l.items[0].bytes, -1);
	listing_release(&l);
}
END_TEST

static const struct {
	int status;
	const char *said, *expected;
} failures[] = {
	{1, "Fatal: wrong password or no key found\n", "the password is wrong "
	    "(restic: wrong password or no key found)"},
	{12, "{\"message_type\":\"exit_error\",\"code\":12,\"message\":"
	    "\"Fatal: wrong password or no key found\"}\n", "the password is "
	    "wrong (restic: wrong password or no key found)"},
	{10, "", "there is no repository there"},
	{11, "", "the repository is locked"},
	{1, "Fatal: unable to open config file: stat /srv/none/config: no "
	    "such file or directory\nIs there a repository at the following "
	    "location?\n/srv/none\n", "there is no repository there (restic: "
	    "unable to open config file: stat /srv/none/config: no such file "
	    "or directory)"},
	{1, "Fatal: unable to open config file: client.Head: Head "
	    "\"http://u:hush@127.0.0.1:1/x/config\": dial tcp 127.0.0.1:1: "
	    "connect: connection refused\nIs there a repository at the "
	    "following location?\nrest:http://u:hush@127.0.0.1:1/x/\n",
	    "the repository cannot be reached (restic: unable to open config "
	    "file: client.Head: Head \"http://127.0.0.1:1/x/config\": dial "
	    "tcp 127.0.0.1:1: connect: connection refused)"},
	{3, "", "restic has failed (3) and does not say why"},
	{77, "what\033[31m is\nthis", "restic has failed (77): what is"},
};

START_TEST(test_failures)
{
	struct err e;

	restic_failure(failures[_i].status, failures[_i].said,
	    strlen(failures[_i].said), &e);
	ck_assert_str_eq(e.text, failures[_i].expected);
}
END_TEST

static const struct {
	const char *repository, *shown;
} repositories[] = {
	{"/srv/restic", "/srv/restic"},
	{"sftp:user@host:/srv", "sftp:user@host:/srv"},
	{"rest:https://u:p@host:8000/x", "rest:https://host:8000/x"},
	{"rest:https://u:p%40@x@host/x@y", "rest:https://host/x@y"},
	{"s3:https://s3.example/b", "s3:https://s3.example/b"},
	{"s3:https://s3.example/b@c", "s3:https://s3.example/b@c"},
	{"a http://u:p@h/ and http://v:q@i/", "a http://h/ and http://i/"},
};

START_TEST(test_repositories)
{
	char *shown = restic_without_secrets(repositories[_i].repository);

	ck_assert_str_eq(shown, repositories[_i].shown);
	ck_assert_int_eq(restic_has_secret(repositories[_i].repository),
	    strcmp(shown, repositories[_i].repository) != 0);
	free(shown);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("backup-parse");
	TCase *tc = tcase_create("backup-parse");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, test_stamps, 0, COUNT(stamps));
	tcase_add_loop_test(tc, test_names, 0, COUNT(names));
	tcase_add_test(tc, test_listing);
	tcase_add_test(tc, test_directory);
	tcase_add_loop_test(tc, test_no_records, 0, COUNT(no_records));
	tcase_add_test(tc, test_query);
	tcase_add_loop_test(tc, test_urls, 0, COUNT(urls));
	tcase_add_test(tc, test_page_aws);
	tcase_add_test(tc, test_page_plain);
	tcase_add_test(tc, test_page_swift);
	tcase_add_test(tc, test_page_cut);
	tcase_add_loop_test(tc, test_bad_pages, 0, COUNT(bad_pages));
	tcase_add_test(tc, test_doctype);
	tcase_add_test(tc, test_long_names);
	tcase_add_loop_test(tc, test_refusals, 0, COUNT(refusals));
	tcase_add_test(tc, test_dates);
	tcase_add_test(tc, test_snapshots);
	tcase_add_loop_test(tc, test_more_snapshots, 0, COUNT(snapshots));
	tcase_add_loop_test(tc, test_failures, 0, COUNT(failures));
	tcase_add_loop_test(tc, test_repositories, 0, COUNT(repositories));
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
