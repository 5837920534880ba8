/*
 * Verifications, run for real: the programs by this machine's sh on files that
 * are whole, cut and overwritten; PostgreSQL's tools are stand-ins that know
 * one format of their own. And whole verifications, from the request on.
 */
#include "unit.h"

#include "http-server.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/files.h"
#include "source/backup-fetch.h"
#include "source/backup-verify.h"
#include "source/verify-script.h"

static char *dir;	/* everything is below it; the working directory too */
static struct buf said;	/* by the last program */

/* The stand-ins keep databases as files in $BASE and read a dump that begins
 * with PGDMP, ends with END and is text in between. */
static const char tools[] =
"#!/bin/sh\n"
"BASE=${0%/*}/base\n"
"mkdir -p \"$BASE\"\n"
"dump() { sed -n '1{/^PGDMP/!q;};p' | { cat >\"$1\"; }; \\\n"
"	[ \"$(tail -n 1 \"$1\")\" = END ] || {\n"
"	echo 'pg_restore: error: could not read from input file: end of file' >&2\n"
"	exit 1; }; }\n"
"tool=$1; shift\n"
"echo \"$tool $*\" >>\"$BASE/../calls\"\n"
"case $tool in\n"
"pg_restore) case $1 in\n"
"	--version) echo 15 ;;\n"
"	-f) dump \"$BASE/../scrap\" ;;\n"
"	-d) [ -e \"$BASE/$2\" ] || exit 3; dump \"$BASE/$2\" ;;\n"
"	esac ;;\n"
"createdb) shift 2; [ ! -e \"$BASE/$1\" ] || {\n"
"	echo \"database \\\"$1\\\" already exists\" >&2; exit 1; }\n"
"	: >\"$BASE/$1\" ;;\n"
"dropdb) rm -f \"$BASE/$2\" ;;\n"
"psql) grep -c row \"$BASE/$3\" || true ;;\n"
"esac\n";

static int
shell(const char *script)
{
	const char *argv[] = {"/bin/sh", "-ec", script, NULL};
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		execv(argv[0], (char **)argv);
		_exit(127);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
put(const char *path, const char *text)
{
	ck_assert_int_eq(files_write(path, text, strlen(text), 0700, NULL), 0);
}

static void
setup(void)
{
	char name[] = "/tmp/vigie-test-verify-XXXXXX";

	dir = xstrdup(mkdtemp(name));
	ck_assert_int_eq(chdir(dir), 0);
	ck_assert_int_eq(mkdir("spool", 0700), 0);
	ck_assert_int_eq(mkdir("spool/job", 0700), 0);
	put("tools", tools);
	put("good.dump", "PGDMP\nrow\nrow\nEND\n");
	put("cut.dump", "PGDMP\nrow\nro");
	buf_init(&said, 1 << 20);
}

static void
teardown(void)
{
	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_int_eq(setenv("DIR", dir, 1), 0);
	ck_assert_int_eq(shell("rm -rf \"$DIR\""), 0);
	free(dir);
	buf_release(&said);
}

/* --- the program ------------------------------------------------------------- */

static int64_t
size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? (int64_t)st.st_size : -1;
}

/* Run it in a job's directory. */
static int
climb_by(struct verify_plan p, const char *file)
{
	struct buf b = BUF_INIT(1 << 20);
	char *path = xasprintf("%s/%s", dir, file);
	char *sums = xasprintf("%s.sha256", path);
	char *command = xasprintf("'%s/tools'", dir);
	int status;

	p.file = path;
	p.sums = sums;
	if (!p.name)
		p.name = file;
	if (!p.bytes)
		p.bytes = size_of(path);
	if (!p.tools)
		p.tools = command;
	if (!p.database)
		p.database = "my_scratch";
	verify_script(&b, &p);
	ck_assert(!b.over);
	ck_assert_int_eq(files_write("script", b.data, b.len, 0600, NULL), 0);
	status = shell("cd spool/job; sh ../../script >../../out");
	buf_clear(&said);
	ck_assert_int_eq(files_read("out", &said, NULL), 0);
	buf_release(&b);
	free(path);
	free(sums);
	free(command);
	return status;
}

static int
climb(const char *format, const char *file)
{
	return climb_by((struct verify_plan){.format = format}, file);
}

static void
ck_said(const char *line)
{
	char *whole = xasprintf("vigie-rung %s\n", line);

	ck_assert_msg(strstr(buf_str(&said), whole) != NULL,
	    "not \"%s\" but:\n%s", line, buf_str(&said));
	free(whole);
}

static void
ck_fails(const char *format, const char *file, const char *line)
{
	ck_assert_int_eq(climb(format, file), 1);
	ck_said(line);
	ck_assert_ptr_null(strstr(buf_str(&said), "read ok"));
}

START_TEST(a_dump_is_read_whole)
{
	ck_assert_int_eq(climb("pg_dump", "good.dump"), 0);
	ck_assert_str_eq(buf_str(&said),
	    "vigie-rung size begun \nvigie-rung size ok \n"
	    "vigie-rung checksum begun \nvigie-rung checksum skipped \n"
	    "vigie-rung read begun \nvigie-rung read ok read by pg_restore\n");
	ck_fails("pg_dump", "cut.dump", "read failed pg_restore: error: could "
	    "not read from input file: end of file");
}
END_TEST

START_TEST(another_size_than_listed_is_told)
{
	ck_assert_int_eq(climb_by((struct verify_plan){.format = "pg_dump",
	    .bytes = 7}, "good.dump"), 1);
	ck_said("size failed it has 18 bytes, and had 7 when it was listed");
	ck_assert_int_eq(climb("pg_dump", "none.dump"), 1);
	ck_said("size failed the file is not there any more");
	put("nothing", "");
	ck_assert_int_eq(climb("any", "nothing"), 1);
	ck_said("size failed it is empty");
}
END_TEST

START_TEST(a_recorded_checksum_must_be_right)
{
	shell("sha256sum good.dump >good.dump.sha256");
	ck_assert_int_eq(climb("pg_dump", "good.dump"), 0);
	ck_said("checksum ok sha256sum as good.dump.sha256");
	/* Of several, with a path, in capitals, with the line ends of DOS. */
	shell("{ echo junk; sha256sum tools; sha256sum -b \"$PWD/good.dump\" |"
	    " sed 's/^[0-9a-f]*/\\U&/; s/$/\\r/'; } >good.dump.sha256");
	ck_assert_int_eq(climb("pg_dump", "good.dump"), 0);
	/* Nothing but the sum. */
	shell("printf %s \"$(sha256sum <good.dump | cut -c 1-64)\" "
	    ">good.dump.sha256");
	ck_assert_int_eq(climb("pg_dump", "good.dump"), 0);
	shell("sha256sum <tools | cut -c 1-64 >good.dump.sha256");
	ck_fails("pg_dump", "good.dump", "checksum begun ");
	ck_assert_ptr_nonnull(strstr(buf_str(&said),
	    "vigie-rung checksum failed sha256sum gives "));
	put("good.dump.sha256", "nothing of use\n");
	ck_fails("pg_dump", "good.dump",
	    "checksum failed good.dump.sha256 has no SHA-256 of it");
}
END_TEST

START_TEST(a_bucket_s_checksum_must_be_right)
{
	struct verify_plan p = {.format = "pg_dump",
	    .md5 = "00000000000000000000000000000000"};
	char md5[33] = "";

	ck_assert_int_eq(climb_by(p, "good.dump"), 1);
	ck_assert_ptr_nonnull(strstr(buf_str(&said),
	    "checksum failed md5sum gives "));
	ck_assert_ptr_nonnull(strstr(buf_str(&said),
	    "…, and the bucket says 000000000000…\n"));
	shell("md5sum <good.dump | cut -c 1-32 >sum");
	buf_clear(&said);
	ck_assert_int_eq(files_read("sum", &said, NULL), 0);
	memcpy(md5, said.data, 32);
	p.md5 = md5;
	ck_assert_int_eq(climb_by(p, "good.dump"), 0);
	ck_said("checksum ok md5sum as the bucket");
}
END_TEST

START_TEST(packed_archives_are_read_whole)
{
	static const char *const packers[] = {"cat", "gzip", "xz", "zstd -q",
		"bzip2"};
	size_t i;

	shell("mkdir tree; head -c 100000 /dev/urandom >tree/a; "
	    "cp tree/a tree/b; tar -cf tree.tar tree");
	for (i = 0; i < sizeof(packers) / sizeof(packers[0]); i++) {
		char *make = xasprintf("command -v %s >/dev/null || exit 9; "
		    "%s <tree.tar >whole; n=$(wc -c <whole); "
		    "head -c $((n * 99 / 100)) whole >cut",
		    i == 3 ? "zstd" : packers[i], packers[i]);

		if (shell(make) != 9) {
			ck_assert_int_eq(climb("tar", "whole"), 0);
			ck_said("read ok read by tar");
			ck_fails("tar", "cut", "read begun ");
			ck_assert_int_eq(climb("any", "whole"), 0);
			ck_said("read ok read by tar");
			ck_fails("any", "cut", "read begun ");
		}
		free(make);
	}
}
END_TEST

START_TEST(an_archive_cut_between_members_is_told)
{
	shell("mkdir tree; head -c 512 /dev/urandom >tree/a; "
	    "tar -b 1 -cf tree.tar tree; head -c 1536 tree.tar >cut.tar; "
	    "gzip <cut.tar >cut.tar.gz");
	ck_fails("tar", "cut.tar", "read failed the end of the archive is "
	    "missing");
	/* Tar was killed, gzip was not. */
	ck_fails("tar", "cut.tar.gz", "read failed the end of the archive is "
	    "missing");
}
END_TEST

START_TEST(a_gzip_is_read_whole)
{
	shell("head -c 100000 /dev/urandom | gzip >a.gz; "
	    "n=$(wc -c <a.gz); head -c $((n * 99 / 100)) a.gz >cut.gz; "
	    "{ head -c 5000 a.gz; printf AAAAAAAA; tail -c +5009 a.gz; } "
	    ">bad.gz");
	ck_assert_int_eq(climb("gzip", "a.gz"), 0);
	ck_said("read ok read by gzip");
	ck_fails("gzip", "cut.gz", "read failed gzip: stdin: unexpected end "
	    "of file");
	ck_fails("gzip", "bad.gz", "read begun ");
	ck_fails("gzip", "good.dump", "read failed gzip: stdin: not in gzip "
	    "format");
	ck_assert_int_eq(climb("any", "a.gz"), 0);
	ck_said("read ok read by gzip");
}
END_TEST

START_TEST(a_renamed_baserow_archive_is_told)
{
	shell("mkdir baserow_1; echo x >baserow_1/a; "
	    "tar -czf baserow_1.tar.gz baserow_1; "
	    "cp baserow_1.tar.gz monday.tar.gz; "
	    "tar -czf two.tar.gz baserow_1 tools");
	ck_assert_int_eq(climb("baserow", "baserow_1.tar.gz"), 0);
	ck_said("read ok read by tar");
	ck_fails("baserow", "monday.tar.gz", "read failed renamed: the folder "
	    "inside is baserow_1");
	ck_fails("baserow", "two.tar.gz", "read failed renamed: the folder "
	    "inside is baserow_1");
}
END_TEST

START_TEST(any_other_format_is_only_readable)
{
	put("notes.txt", "hello\n");
	ck_assert_int_eq(climb("any", "notes.txt"), 0);
	ck_said("read skipped readable, of a format that is not known");
	/* But a dump is known by its first bytes. */
	ck_assert_int_eq(climb("any", "good.dump"), 0);
	ck_said("read ok read by pg_restore");
}
END_TEST

START_TEST(names_are_only_names)
{
	const char *name = "it's a $(touch ran) `touch ran` -x *.dump";
	char *path = xasprintf("%s/%s", dir, name);

	put(path, "PGDMP\nEND\n");
	ck_assert_int_eq(climb("pg_dump", name), 0);
	ck_assert_int_ne(access("spool/job/ran", F_OK), 0);
	free(path);
}
END_TEST

START_TEST(a_dump_is_restored_and_asked)
{
	struct verify_plan p = {.format = "pg_dump",
	    .query = "select count(*) from \"rows\" where a = 'b'"};
	struct buf calls = BUF_INIT(1 << 16);

	ck_assert_int_eq(climb_by(p, "good.dump"), 0);
	ck_said("restored ok 2");
	ck_assert_int_ne(access("base/my_scratch", F_OK), 0);
	ck_assert_int_ne(access("spool/.my_scratch", F_OK), 0);
	ck_assert_int_eq(files_read("calls", &calls, NULL), 0);
	ck_assert_str_eq(buf_str(&calls),
	    "pg_restore -f /dev/null\n"
	    "dropdb --if-exists my_scratch\n"
	    "createdb -T template0 my_scratch\n"
	    "pg_restore -d my_scratch --exit-on-error --no-owner "
	    "--no-privileges\n"
	    "psql -X -d my_scratch -Atc select count(*) from \"rows\" where "
	    "a = 'b'\n"
	    "dropdb --if-exists my_scratch\n");
	put("empty.dump", "PGDMP\nEND\n");
	ck_assert_int_eq(climb_by(p, "empty.dump"), 1);
	ck_said("restored failed it restores, but the query answers 0");
	ck_assert_int_ne(access("base/my_scratch", F_OK), 0);
	buf_release(&calls);
}
END_TEST

START_TEST(only_a_scratch_database_is_dropped)
{
	struct verify_plan p = {.format = "pg_dump", .query = "select 1",
	    .database = "docmost"};

	ck_assert_int_eq(climb_by(p, "good.dump"), 1);
	ck_said("restored failed docmost is not named scratch: not touched");
	ck_assert_int_eq(shell("! grep -q db calls"), 0);
}
END_TEST

START_TEST(one_at_a_time_uses_a_scratch_database)
{
	struct verify_plan p = {.format = "pg_dump", .query = "select 1"};

	shell("mkdir spool/other spool/.my_scratch; "
	    "echo other >spool/.my_scratch/job");
	ck_assert_int_eq(climb_by(p, "good.dump"), 1);
	ck_said("restored failed another verification uses my_scratch");
	/* Its lock is not ours to take away. */
	ck_assert_int_eq(access("spool/.my_scratch/job", F_OK), 0);
	/* One that has ended holds nothing. */
	put("spool/other/status", "143 1\n");
	ck_assert_int_eq(climb_by(p, "good.dump"), 0);
	ck_assert_int_ne(access("spool/.my_scratch", F_OK), 0);
}
END_TEST

START_TEST(missing_tools_are_named)
{
	ck_assert_int_eq(climb_by((struct verify_plan){.format = "pg_dump",
	    .tools = "no-such-program"}, "good.dump"), 1);
	ck_assert_ptr_nonnull(strstr(buf_str(&said), "read failed "));
	ck_assert_ptr_nonnull(strstr(buf_str(&said), "no-such-program"));
}
END_TEST

/* --- parsers ------------------------------------------------------------------- */

static int
parse(const char *line, struct verify_line *l)
{
	return verify_line_parse(line, strlen(line), l);
}

START_TEST(lines_are_read)
{
	struct verify_line l;

	ck_assert_int_eq(parse("vigie-rung read ok read by tar", &l), 0);
	ck_assert_int_eq(l.rung, RUNG_READ);
	ck_assert_int_eq(l.said, VERIFY_OK);
	ck_assert_str_eq(l.text, "read by tar");
	free(l.text);
	ck_assert_int_eq(parse("vigie-rung size failed \033[31mred\r", &l), 0);
	ck_assert_int_eq(l.rung, RUNG_PLAUSIBLE);
	ck_assert_int_eq(l.said, VERIFY_FAILED);
	ck_assert_ptr_null(strchr(l.text, '\033'));
	free(l.text);
	ck_assert_int_eq(parse("vigie-rung restored begun", &l), 0);
	ck_assert_str_eq(l.text, "");
	free(l.text);
	ck_assert_int_eq(parse("vigie-rung listed ok", &l), -1);
	ck_assert_int_eq(parse("vigie-rung read okay", &l), -1);
	ck_assert_int_eq(parse("vigie-rung read", &l), -1);
	ck_assert_int_eq(parse("vigie-rung", &l), -1);
	ck_assert_int_eq(parse(" vigie-rung read ok", &l), -1);
}
END_TEST

#define SUM \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

START_TEST(checksum_files_are_read)
{
	char sum[VERIFY_SHA256_MAX];
	const char *text = "junk\n" SUM "0  a\n" SUM " *b/a\r\n";

	ck_assert_int_eq(verify_sums_parse(text, strlen(text), "a", sum), 0);
	ck_assert_str_eq(sum, SUM);
	ck_assert_int_eq(verify_sums_parse(text, strlen(text), "b", sum), -1);
	ck_assert_int_eq(verify_sums_parse(SUM, 64, "c", sum), 0);
	ck_assert_int_eq(verify_sums_parse(SUM, 63, "c", sum), -1);
	ck_assert_int_eq(verify_sums_parse("", 0, "c", sum), -1);
}
END_TEST

START_TEST(an_etag_is_not_always_a_checksum)
{
	char md5[FETCH_MD5_MAX];

	ck_assert(fetch_etag_md5("\"D41D8CD98F00B204E9800998ECF8427E\"", NULL,
	    md5));
	ck_assert_str_eq(md5, "d41d8cd98f00b204e9800998ecf8427e");
	ck_assert(fetch_etag_md5("d41d8cd98f00b204e9800998ecf8427e", "AES256",
	    md5));
	ck_assert(!fetch_etag_md5("d41d8cd98f00b204e9800998ecf8427e",
	    "aws:kms", md5));
	ck_assert(!fetch_etag_md5("\"d41d8cd98f00b204e9800998ecf8427e-3\"",
	    NULL, md5));
	ck_assert(!fetch_etag_md5("W/\"d41d8cd98f00b204e9800998ecf8427e\"",
	    NULL, md5));
	ck_assert(!fetch_etag_md5(NULL, NULL, md5));
}
END_TEST

/* --- whole verifications -------------------------------------------------------- */

static struct world w;
static struct conf_backup conf;
static struct {
	int done;
	bool verdict;
	enum rung rung, rungs[16];
	size_t count;
	char *failure, *evidence, *error, *name;
} got;

static void
world_setup(void)
{
	setup();
	memset(&got, 0, sizeof(got));
	w = (struct world){.loop = loop_new(NULL), .state_dir = dir,
	    .run_dir = dir};
	w.http = http_new(w.loop, NULL);
	w.children = children_new(w.loop, NULL);
	conf = (struct conf_backup){
		.kind = (char *)"docmost", .format = (char *)"pg_dump",
		.directory = dir, .verify_deadline_ms = 60000,
		.verify_tools = xasprintf("'%s/tools'", dir),
		.verify_database = (char *)"my_scratch",
	};
}

static void
world_teardown(void)
{
	children_free(w.children);
	http_free(w.http);
	loop_free(w.loop);
	free(conf.verify_tools);
	free(got.failure);
	free(got.evidence);
	free(got.error);
	free(got.name);
	teardown();
}

static void
on_progress(void *arg, enum rung rung)
{
	ck_assert_uint_lt(got.count, 16);
	got.rungs[got.count++] = rung;
	(void)arg;
}

static void
on_done(void *arg, const struct backup_verdict *v, const char *error)
{
	got.done++;
	got.verdict = v != NULL;
	got.rung = v ? v->rung : RUNG_NONE;
	xstrset(&got.failure, v ? v->failure : NULL);
	xstrset(&got.evidence, v ? v->evidence : NULL);
	xstrset(&got.name, v ? v->name : NULL);
	xstrset(&got.error, error);
	(void)arg;
}

static struct verify_request
request(const char *name)
{
	return (struct verify_request){
		.w = &w, .c = &conf, .environment = "prod", .name = name,
		.raw = name, .bytes = size_of(name), .taken_at = 1000,
		.size = SIZE_PLAUSIBLE, .usual_bytes = 20,
		.progress = on_progress, .done = on_done,
	};
}

static void
verify_by(const struct verify_request *r)
{
	int64_t end = clock_mono() + 40000;

	got.count = 0;
	got.done = 0;
	ck_assert_ptr_nonnull(verification_start(r));
	ck_assert_int_eq(got.done, 0);
	while (!got.done && clock_mono() < end)
		loop_turn(w.loop, 20);
	ck_assert_int_eq(got.done, 1);
}

static void
verify(const char *name)
{
	struct verify_request r = request(name);

	verify_by(&r);
}

START_TEST(a_sound_dump_reaches_the_top)
{
	conf.verify_query = (char *)"select count(*) from rows where a > 0 and "
	    "b < 1";
	verify("good.dump");
	ck_assert_ptr_null(got.error);
	ck_assert_ptr_null(got.failure);
	ck_assert_int_eq(got.rung, RUNG_RESTORED);
	ck_assert_str_eq(got.name, "good.dump");
	ck_assert_str_eq(got.evidence,
	    "select count(*) from rows where a > 0 an…: 2");
	ck_assert_uint_eq(got.count, 4);
	ck_assert_int_eq(got.rungs[0], RUNG_PLAUSIBLE);
	ck_assert_int_eq(got.rungs[3], RUNG_RESTORED);
}
END_TEST

START_TEST(a_cut_dump_stays_plausible)
{
	conf.verify_query = (char *)"select 1";
	verify("cut.dump");
	ck_assert(got.verdict);
	ck_assert_int_eq(got.rung, RUNG_PLAUSIBLE);
	ck_assert_ptr_nonnull(strstr(got.failure, "end of file"));
	shell("sha256sum cut.dump >cut.dump.sha256");
	verify("cut.dump");
	ck_assert_int_eq(got.rung, RUNG_CHECKSUM);
}
END_TEST

START_TEST(an_implausible_size_ends_it)
{
	struct verify_request r = request("good.dump");

	r.size = SIZE_SMALL;
	r.usual_bytes = 1 << 20;
	verify_by(&r);
	ck_assert_int_eq(got.rung, RUNG_LISTED);
	ck_assert_str_eq(got.failure, "it is small: 18 B, where 1.0 MiB is "
	    "usual");
	/* With nothing to compare it with, what is read proves it. */
	r.size = SIZE_UNKNOWN;
	verify_by(&r);
	ck_assert_int_eq(got.rung, RUNG_READ);
	r.name = r.raw = "cut.dump";
	r.bytes = -1;
	verify_by(&r);
	ck_assert_int_eq(got.rung, RUNG_LISTED);
}
END_TEST

START_TEST(what_takes_too_long_has_not_climbed)
{
	conf.verify_deadline_ms = 1000;
	free(conf.verify_tools);
	conf.verify_tools = xstrdup("sleep 600;");
	verify("good.dump");
	ck_assert(got.verdict);
	ck_assert_int_eq(got.rung, RUNG_PLAUSIBLE);
	ck_assert_str_eq(got.failure, "the verification took longer than 1 s "
	    "and was stopped");
}
END_TEST

START_TEST(what_was_not_followed_is_no_verdict)
{
	struct verify_request r = request("good.dump");
	int64_t end = clock_mono() + 40000;

	free(conf.verify_tools);
	conf.verify_tools = xstrdup("sleep 600;");
	ck_assert_ptr_nonnull(verification_start(&r));
	while (!(got.count && got.rungs[got.count - 1] == RUNG_READ) &&
	    clock_mono() < end)
		loop_turn(w.loop, 20);
	shell("kill -9 $(cat jobs/*/pid | cut -d ' ' -f 3) "
	    "-$(cat jobs/*/pid | cut -d ' ' -f 1)");
	while (!got.done && clock_mono() < end)
		loop_turn(w.loop, 20);
	ck_assert_int_eq(got.done, 1);
	ck_assert(!got.verdict);
	ck_assert_str_eq(got.error, "it is not known how it ended: its process "
	    "has gone without leaving a status");
}
END_TEST

static void
in_bucket(int port)
{
	put("secret", "s3cret\n");
	ck_assert_int_eq(chmod("secret", 0600), 0);
	conf.directory = NULL;
	conf.s3_url = xasprintf("http://127.0.0.1:%d", port);
	conf.s3_bucket = (char *)"backups";
	conf.s3_region = (char *)"us-east-1";
	conf.s3_access_key = (char *)"key";
	conf.s3_secret.file = xasprintf("%s/secret", dir);
}

static void
verify_object(const char *name, bool sum)
{
	struct verify_request r = request(name);

	r.bytes = 18;
	r.sum = sum;
	verify_by(&r);
	/* What was fetched does not stay. */
	ck_assert_int_ne(access("verify/prod-docmost", F_OK), 0);
}

START_TEST(an_object_is_fetched_and_verified)
{
	struct http_server server = http_server_start(NULL);

	in_bucket(server.port);
	conf.verify_query = (char *)"select 1";
	verify_object("good.dump", false);
	ck_assert_ptr_null(got.error);
	ck_assert_ptr_null(got.failure);
	ck_assert_int_eq(got.rung, RUNG_RESTORED);
	verify_object("parts.dump", true);
	ck_assert_int_eq(got.rung, RUNG_RESTORED);
	verify_object("bad.dump", false);
	ck_assert_int_eq(got.rung, RUNG_PLAUSIBLE);
	ck_assert_ptr_nonnull(strstr(got.failure, "md5sum gives "));
	verify_object("half.dump", false);
	ck_assert(!got.verdict);
	verify_object("gone.dump", false);
	ck_assert(!got.verdict);
	ck_assert_str_eq(got.error, "the object is not in the bucket any more");
	verify_object("denied.dump", false);
	ck_assert(!got.verdict);
	ck_assert_ptr_nonnull(strstr(got.error, "SignatureDoesNotMatch"));
	/* A checksum that is listed but cannot be had. */
	verify_object("gone.dump", true);
	ck_assert(!got.verdict);
	free(conf.s3_url);
	free(conf.s3_secret.file);
	http_server_stop(&server);
}
END_TEST

START_TEST(a_larger_object_than_listed_is_not_taken)
{
	struct http_server server = http_server_start(NULL);
	struct verify_request r = request("good.dump");

	in_bucket(server.port);
	r.bytes = 7;
	verify_by(&r);
	ck_assert(!got.verdict);
	ck_assert_str_eq(got.error, "the object is larger than it was listed");
	free(conf.s3_url);
	free(conf.s3_secret.file);
	http_server_stop(&server);
}
END_TEST

START_TEST(an_object_that_is_not_had_is_no_verdict)
{
	struct verify_request r = request("good.dump");

	in_bucket(1);
	verify_by(&r);
	ck_assert(!got.verdict);
	ck_assert_ptr_nonnull(strstr(got.error, "127.0.0.1"));
	ck_assert_int_eq(access("verify", F_OK), 0);
	ck_assert_int_ne(access("verify/prod-docmost", F_OK), 0);
	/* Nor one for which the disk has no room. */
	r.bytes = INT64_MAX / 2;
	verify_by(&r);
	ck_assert(!got.verdict);
	ck_assert_ptr_nonnull(strstr(got.error, "has room for"));
	free(conf.s3_url);
	free(conf.s3_secret.file);
}
END_TEST

START_TEST(a_cancelled_one_is_silent)
{
	struct verify_request r = request("good.dump");
	struct verification *v = verification_start(&r);

	verification_cancel(v);
	verification_cancel(NULL);
	loop_turn(w.loop, 0);
	ck_assert_int_eq(got.done, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("backup-verify");
	TCase *t = tcase_create("program");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, a_dump_is_read_whole);
	tcase_add_test(t, another_size_than_listed_is_told);
	tcase_add_test(t, a_recorded_checksum_must_be_right);
	tcase_add_test(t, a_bucket_s_checksum_must_be_right);
	tcase_add_test(t, packed_archives_are_read_whole);
	tcase_add_test(t, an_archive_cut_between_members_is_told);
	tcase_add_test(t, a_gzip_is_read_whole);
	tcase_add_test(t, a_renamed_baserow_archive_is_told);
	tcase_add_test(t, any_other_format_is_only_readable);
	tcase_add_test(t, names_are_only_names);
	tcase_add_test(t, a_dump_is_restored_and_asked);
	tcase_add_test(t, only_a_scratch_database_is_dropped);
	tcase_add_test(t, one_at_a_time_uses_a_scratch_database);
	tcase_add_test(t, missing_tools_are_named);
	tcase_add_test(t, lines_are_read);
	tcase_add_test(t, checksum_files_are_read);
	tcase_add_test(t, an_etag_is_not_always_a_checksum);
	suite_add_tcase(s, t);
	t = tcase_create("verification");
	tcase_add_checked_fixture(t, world_setup, world_teardown);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, a_sound_dump_reaches_the_top);
	tcase_add_test(t, a_cut_dump_stays_plausible);
	tcase_add_test(t, an_implausible_size_ends_it);
	tcase_add_test(t, what_takes_too_long_has_not_climbed);
	tcase_add_test(t, what_was_not_followed_is_no_verdict);
	tcase_add_test(t, an_object_is_fetched_and_verified);
	tcase_add_test(t, a_larger_object_than_listed_is_not_taken);
	tcase_add_test(t, an_object_that_is_not_had_is_no_verdict);
	tcase_add_test(t, a_cancelled_one_is_silent);
	suite_add_tcase(s, t);
	return unit_run(s);
}
