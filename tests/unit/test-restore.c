/*
 * Safety backups, restores and swaps, by this machine's sh on a PostgreSQL of
 * the test's own: killed after every one of its tools, and looked at then. Without PostgreSQL's server on the machine there is nothing to see.
 */
#include "unit.h"

#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/files.h"
#include "run/restore-script.h"

#define RUN "rollback-schema-prod-20261125T221501Z"
#define READY "hub_restored_20261125t221501z"
#define MAKING "hub_restoring_20261125t221501z"
#define BEFORE "hub_before_20261125t221501z"

static char *top;		/* the server's and the tests' directory */
static char *tools;		/* the words before PostgreSQL's programs */
static struct buf said;		/* by the last program */

static const char server[] =
"set -e\n"
"bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -n 1)\n"
"[ -x \"$bin/initdb\" ] || bin=$(dirname \"$(command -v initdb)\")\n"
"[ -x \"$bin/postgres\" ]\n"
"as() { \"$@\"; }\n"
/* PostgreSQL refuses to run as root. */
"[ \"$(id -u)\" != 0 ] || as() {\n"
"	setpriv --reuid=65534 --regid=65534 --clear-groups \"$@\"; }\n"
"cd \"$TOP\"\n"
"chmod 711 .\n"
"mkdir pg spool backups\n"
"[ \"$(id -u)\" != 0 ] || chown 65534:65534 pg\n"
"cd pg\n"
"as \"$bin/initdb\" -D data -U postgres -A trust --no-sync -E UTF8 \\\n"
"    --locale C.UTF-8 >log.init 2>&1 || { cat log.init; exit 1; }\n"
"as \"$bin/pg_ctl\" -D data -w -l log -o \"-c listen_addresses= -c fsync=off\\\n"
" -c unix_socket_directories=$TOP/pg -c autovacuum=off\" start >/dev/null\n"
"echo \"$bin\" >bin\n"
"cat >\"$TOP/tool\" <<'END'\n"
"read -r bin <\"$TOP/pg/bin\"\n"
"PATH=$bin:$PATH PGHOST=$TOP/pg PGUSER=postgres\n"
"export PATH PGHOST PGUSER\n"
"read -r n <\"$TOP/calls\"\n"
"n=$((n + 1))\n"
"echo \"$n\" >\"$TOP/calls\"\n"
"read -r when which <\"$TOP/kill\"\n"
"[ \"$when $which\" != \"before $n\" ] || kill -s KILL 0\n"
"\"$@\"\n"
"rc=$?\n"
"[ \"$when $which\" != \"after $n\" ] || kill -s KILL 0\n"
"exit $rc\n"
"END\n";

/* 500 rows, then a dump, then 30 rows more. */
static const char fill[] =
"set -e\n"
"cd \"$TOP\"\n"
"echo 0 >calls; echo never 0 >kill\n"
"sql() { sh tool psql -X -d \"$1\" -Atq -v ON_ERROR_STOP=1; }\n"
"sql postgres <<'END'\n"
"select format('drop database %I with (force)', datname) from pg_database\n"
" where datname like 'hub%' \\gexec\n"
"drop role if exists hub;\n"
"drop role if exists reader;\n"
"create role hub login;\n"
"create role reader;\n"
"create database hub owner hub;\n"
"revoke all on database hub from public;\n"
"grant connect on database hub to reader;\n"
"alter database hub set search_path = public, other;\n"
"alter role reader in database hub set work_mem = '8MB';\n"
"END\n"
"sql hub <<'END'\n"
"set role hub;\n"
"create schema other;\n"
"create table other.pages (id serial primary key, title text);\n"
"grant usage on schema other to reader;\n"
"grant select on other.pages to reader;\n"
"insert into other.pages (title) select 'page ' || n\n"
" from generate_series(1, 500) n;\n"
"END\n"
"[ -f hub.dump ] || sh tool pg_dump -Fc hub >hub.dump\n"
"sql hub <<'END'\n"
"insert into other.pages (title) select 'late ' || n\n"
" from generate_series(1, 30) n;\n"
"END\n"
"rm -rf backups spool; mkdir backups spool\n"
"cp hub.dump backups/hub-20261125T182800Z.dump\n"
"(cd backups && sha256sum hub-*.dump >hub-20261125T182800Z.dump.sha256)\n"
"echo 0 >calls\n";

static int
shell(const char *script)
{
	const char *argv[] = {"setsid", "--wait", "/bin/sh", "-c", script,
	    NULL};
	pid_t pid;
	int status = -1, fds[2];
	char data[4096];
	ssize_t n;

	ck_assert_int_eq(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		dup2(fds[1], 1);
		dup2(fds[1], 2);
		close(fds[0]);
		close(fds[1]);
		execvp(argv[0], (char **)argv);
		_exit(127);
	}
	close(fds[1]);
	buf_clear(&said);
	while ((n = read(fds[0], data, sizeof(data))) > 0)
		buf_add(&said, data, n);
	close(fds[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The server has no business with our pipe: it would keep it open. */
static bool
server_start(void)
{
	char *script = xasprintf("{ %s\n} >$TOP/said 2>&1 </dev/null", server);
	bool up;

	up = shell(script) == 0;
	free(script);
	return up;
}

static void
begin(void)
{
	char name[] = "/tmp/vigie-test-restore-XXXXXX";

	buf_init(&said, 1 << 20);
	top = xstrdup(mkdtemp(name));
	setenv("TOP", top, 1);
	tools = server_start() ? xasprintf("sh %s/tool", top) : NULL;
	if (!tools)
		fprintf(stderr, "# no PostgreSQL: nothing is tried\n");
}

static void
end(void)
{
	shell("[ ! -f \"$TOP/pg/data/postmaster.pid\" ] ||\n"
	    "kill -s QUIT \"$(head -n 1 \"$TOP/pg/data/postmaster.pid\")\"\n"
	    "while [ -f \"$TOP/pg/data/postmaster.pid\" ]; do sleep 0.1; done\n"
	    "rm -rf \"$TOP\"");
	free(top);
	free(tools);
	buf_release(&said);
}

static void
setup(void)
{
	if (tools)
		ck_assert_msg(shell(fill) == 0, "%s", buf_str(&said));
}

/* One answer of a database. */
static const char *
ask(const char *database, const char *query)
{
	char *script = xasprintf("cd \"$TOP\" && sh tool psql -X -d %s -Atq "
	    "-c \"%s\" </dev/null", database, query);

	shell(script);
	free(script);
	if (said.len && said.data[said.len - 1] == '\n')
		said.data[--said.len] = '\0';
	return buf_str(&said);
}

static void
has(const char *database, const char *rows)
{
	const char *is = ask(database, "select count(*) from other.pages");

	ck_assert_msg(strcmp(is, rows) == 0, "%s has %s, expected %s",
	    database, is, rows);
}

static const char *
databases(void)
{
	return ask("postgres", "select string_agg(datname, ' ' order by "
	    "datname) from pg_database where datname like 'hub%'");
}

static void
untouched(void)
{
	ck_assert_str_eq(databases(), "hub");
	has("hub", "530");
}

static void
kill_at(const char *when, int which)
{
	char *script = xasprintf("echo 0 >\"$TOP/calls\"; echo %s %d "
	    ">\"$TOP/kill\"", when, which);

	ck_assert_int_eq(shell(script), 0);
	free(script);
}

static struct database_plan
plan(void)
{
	static char directory[200];

	snprintf(directory, sizeof(directory), "%s/backups", top);
	return (struct database_plan){
		.directory = directory, .file = "hub-20261125T182800Z.dump",
		.tools = tools, .database = "hub", .run = RUN,
		.query = "select count(*) from other.pages",
		.taken = "2026-11-25 18:28", .restore = true, .swap = true,
	};
}

static int
run(void (*script)(struct buf *b, const struct database_plan *p),
    const struct database_plan *p)
{
	struct buf b = BUF_INIT(1 << 20);
	int status;

	buf_adds(&b, "cd \"$TOP/spool\" || exit 99\n");
	script(&b, p);
	status = shell(buf_str(&b));
	buf_release(&b);
	return status;
}

static void
says(const char *text)
{
	ck_assert_msg(strstr(buf_str(&said), text) != NULL, "no '%s' in:\n%s",
	    text, buf_str(&said));
}

static void
expect(int is, int wanted)
{
	ck_assert_msg(is == wanted, "status %d, expected %d:\n%s", is, wanted,
	    buf_str(&said));
}

/* --- whole -------------------------------------------------------------- */

#define SETTINGS \
"select pg_get_userbyid(datdba), datacl, datcollate, (select string_agg(" \
"setrole::regrole || ' ' || setconfig::text, ' ' order by setrole) from " \
"pg_db_role_setting where setdatabase = d.oid) from pg_database d where " \
"datname = "

START_TEST(test_restore)
{
	struct database_plan p = plan();
	char *was;

	if (!tools)
		return;
	was = xstrdup(ask("postgres", SETTINGS "'hub'"));
	ck_assert_ptr_nonnull(strstr(was, "work_mem=8MB"));
	ck_assert_ptr_nonnull(strstr(was, "search_path=public, other"));
	expect(run(restore_script, &p), 0);
	says("hub now: 1 tables, 530 rows");
	says("hub-20261125T182800Z.dump: 1 tables, 500 rows");
	says("; what was written after 2026-11-25 18:28 is lost\n");
	says("alter database \"hub\" rename to "
	    "\"hub_undone_20261125t221501z\"; alter database \"" BEFORE
	    "\" rename to \"hub\"");
	ck_assert_str_eq(databases(), "hub " BEFORE);
	has("hub", "500");
	has(BEFORE, "530");
	ck_assert_str_eq(ask("postgres", SETTINGS "'hub'"), was);
	ck_assert_str_eq(ask("hub", "select tableowner from pg_tables where "
	    "tablename = 'pages'"), "hub");
	ck_assert_str_eq(ask("hub", "select has_table_privilege('reader', "
	    "'other.pages', 'select')"), "t");
	/* Exactly what came after the backup is lost. */
	ck_assert_str_eq(ask(BEFORE, "select count(*), min(title) from "
	    "other.pages where id > 500"), "30|late 1");
	expect(run(restore_look_script, &p), 0);
	says("hub has what hub-20261125T182800Z.dump had");
	/* Again: nothing happens, also when the program is another run's. */
	expect(run(restore_script, &p), 0);
	has(BEFORE, "530");
	free(was);
}
END_TEST

START_TEST(test_swap_back)
{
	struct database_plan p = plan();
	struct buf b = BUF_INIT(1 << 16);

	if (!tools)
		return;
	expect(run(restore_script, &p), 0);
	database_swap_back_command(&b, &p);
	expect(shell(buf_str(&b)), 0);
	has("hub", "530");
	has("hub_undone_20261125t221501z", "500");
	buf_release(&b);
}
END_TEST

/* Several are restored first, and swapped then. */
START_TEST(test_parts)
{
	struct database_plan p = plan();

	if (!tools)
		return;
	p.restore = false;
	expect(run(restore_script, &p), 1);
	says("there is no " READY ": restore it first");
	untouched();
	p.restore = true;
	p.swap = false;
	expect(run(restore_script, &p), 0);
	has("hub", "530");
	has(READY, "500");
	expect(run(restore_look_script, &p), 0);
	p.restore = false;
	p.swap = true;
	p.file = NULL;
	expect(run(restore_look_script, &p), 1);
	says("hub is as it was; " READY " is restored and not swapped");
	expect(run(restore_script, &p), 0);
	has("hub", "500");
	has(BEFORE, "530");
}
END_TEST

/* Who is connected is sent away. */
START_TEST(test_sessions)
{
	struct database_plan p = plan();

	if (!tools)
		return;
	expect(shell("cd \"$TOP\"\nfor i in 1 2 3; do\nsh tool psql -X -d hub "
	    "-c 'select pg_sleep(300)' >/dev/null 2>&1 </dev/null &\ndone\n"
	    "until [ \"$(sh tool psql -X -d postgres -Atc \"select count(*) "
	    "from pg_stat_activity where datname = 'hub' and state = "
	    "'active'\" </dev/null)\" = 3 ]; do sleep 0.1; done"), 0);
	expect(run(restore_script, &p), 0);
	has("hub", "500");
}
END_TEST

START_TEST(test_owner)
{
	struct database_plan p = plan();

	if (!tools)
		return;
	p.owner = "reader";
	expect(run(restore_script, &p), 0);
	ck_assert_str_eq(ask("hub", "select tableowner from pg_tables where "
	    "tablename = 'pages'"), "reader");
}
END_TEST

/* --- refused ------------------------------------------------------------ */

static const struct {
	const char *spoil, *query, *words;
} refusals[] = {
	{"rm backups/*.dump", NULL, "is not in "},
	{"truncate -s -100 backups/*.dump", NULL, "is not what its checksum"},
	{"truncate -s -100 backups/*.dump; rm backups/*.sha256", NULL,
	    "cannot be read to its end: pg_restore: error: "},
	{": >backups/hub-20261125T182800Z.dump; rm backups/*.sha256", NULL,
	    "no dump in pg_dump's custom format"},
	{"sh tool pg_dump hub >backups/hub-20261125T182800Z.dump; "
	    "rm backups/*.sha256", NULL, "no dump in pg_dump's custom format"},
	{"sh tool psql -q -d hub -c 'reassign owned by hub to postgres' -c "
	    "'alter database hub owner to postgres' -c 'drop role hub'", NULL,
	    "cannot be restored: pg_restore: error: "},
	{":", "select 0", "select 0: 0"},
	{":", "select 1 where false", "select 1 where false: nothing"},
	{":", "select nothing", "does not answer: ERROR"},
	{"sh tool psql -q -d hub -c 'delete from other.pages'; "
	    "sh tool pg_dump -Fc hub >backups/hub-20261125T182800Z.dump; "
	    "sh tool psql -q -d hub -c \"insert into other.pages (title) "
	    "select 'late' from generate_series(1, 530)\"; "
	    "rm backups/*.sha256", NULL, "has no rows"},
};

/* The old one stays as it is, and no other is left. */
START_TEST(test_refused)
{
	struct database_plan p = plan();
	char *script = xasprintf("cd \"$TOP\"; %s", refusals[_i].spoil);

	if (tools) {
		expect(shell(script), 0);
		if (refusals[_i].query)
			p.query = refusals[_i].query;
		expect(run(restore_script, &p), 1);
		says("vigie-failed: ");
		says(refusals[_i].words);
		untouched();
		expect(run(restore_look_script, &p), 1);
		says("hub is as it was, and nothing is restored");
	}
	free(script);
}
END_TEST

START_TEST(test_no_database)
{
	struct database_plan p = plan();

	if (!tools)
		return;
	p.database = "hubble";
	expect(run(restore_script, &p), 1);
	says("there is no database hubble");
	expect(run(restore_look_script, &p), 1);
	untouched();
}
END_TEST

START_TEST(test_no_server)
{
	struct database_plan p = plan();

	p.tools = "false";
	expect(run(restore_script, &p), 2);
	expect(run(restore_look_script, &p), 2);
	says("nobody knows what hub is");
}
END_TEST

/* --- killed ------------------------------------------------------------- */

/* What the names say is what the program that looks says. */
static void
look_is_right(const struct database_plan *p)
{
	char *names = xstrdup(databases());
	int status = run(restore_look_script, p);
	char *words = xstrdup(buf_str(&said));
	const char *expected = "?";

	if (strcmp(names, "hub") == 0)
		expected = "hub is as it was, and nothing is restored";
	else if (strcmp(names, "hub " MAKING) == 0)
		expected = "hub is as it was; " MAKING " has a part";
	else if (strcmp(names, "hub " READY) == 0)
		expected = "hub is as it was; " READY " is restored";
	else if (strcmp(names, "hub " BEFORE) == 0)
		expected = "hub has what hub-20261125T182800Z.dump had";
	ck_assert_msg(strstr(words, expected) != NULL, "%s: %s", names, words);
	ck_assert_int_eq(status, strstr(names, BEFORE) ? 0 : 1);
	has("hub", status == 0 ? "500" : "530");
	free(names);
	free(words);
}

/* After each of its tools; before the next one is the same. */
START_TEST(test_killed)
{
	struct database_plan p = plan();
	int at, status = -1;

	for (at = 1; tools && at < 100; at++) {
		ck_assert_msg(shell(fill) == 0, "%s", buf_str(&said));
		kill_at("after", at);
		status = run(restore_script, &p);
		kill_at("never", 0);
		if (status == 0)
			break;
		look_is_right(&p);
		/* Once more, to its end. */
		expect(run(restore_script, &p), 0);
		ck_assert_str_eq(databases(), "hub " BEFORE);
		has("hub", "500");
		has(BEFORE, "530");
	}
	if (tools) {
		expect(status, 0);
		ck_assert_int_ge(at, 14);
	}
}
END_TEST

/* The second half of the swap alone, should a server ever leave it so. */
START_TEST(test_half_swap)
{
	struct database_plan p = plan();

	if (!tools)
		return;
	p.swap = false;
	expect(run(restore_script, &p), 0);
	ask("postgres", "alter database hub rename to " BEFORE);
	p.swap = true;
	expect(run(restore_look_script, &p), 1);
	says("there is no hub now: a retry gives " READY " that name");
	expect(run(restore_script, &p), 0);
	has("hub", "500");
	has(BEFORE, "530");
}
END_TEST

/* --- the safety backup -------------------------------------------------- */

START_TEST(test_backup)
{
	struct database_plan p = plan();

	if (!tools)
		return;
	p.file = "before-" RUN "-hub.dump";
	expect(run(backup_look_script, &p), 1);
	says("there is no whole before-");
	expect(run(backup_script, &p), 0);
	says("hub is kept as it is in ");
	expect(shell("cd \"$TOP/backups\" && sha256sum -c before-*.sha256 && "
	    "[ \"$(ls -A | wc -l)\" = 4 ] && [ \"$(stat -c %a before-*.dump)\""
	    " = 600 ]"), 0);
	expect(run(backup_look_script, &p), 0);
	expect(run(backup_script, &p), 0);
	says("which is there already");
	/* It has what there was. */
	p.run = "another-20261126T000000Z";
	expect(run(restore_script, &p), 0);
	has("hub", "530");
}
END_TEST

START_TEST(test_backup_killed)
{
	static const char *const when[] = {"before", "after"};
	struct database_plan p = plan();
	int at, status = -1;

	if (!tools)
		return;
	p.file = "before-" RUN "-hub.dump";
	for (at = 1; at < 10; at++) {
		shell("rm -f \"$TOP\"/backups/before-*");
		kill_at(when[_i], at);
		status = run(backup_script, &p);
		kill_at("never", 0);
		if (status == 0)
			break;
		expect(run(backup_look_script, &p), 1);
		expect(run(backup_script, &p), 0);
		expect(run(backup_look_script, &p), 0);
	}
	expect(status, 0);
	ck_assert_int_ge(at, 3);
}
END_TEST

START_TEST(test_backup_fails)
{
	struct database_plan p = plan();

	if (!tools)
		return;
	p.file = "before-" RUN "-hub.dump";
	p.database = "hubble";
	expect(run(backup_script, &p), 1);
	says("hubble cannot be dumped: pg_dump: error: ");
	p.database = "hub";
	p.directory = "/nowhere/at/all";
	expect(run(backup_script, &p), 1);
	says("there is no directory /nowhere/at/all");
	expect(shell("[ \"$(ls -A \"$TOP/backups\" | wc -l)\" = 2 ]"), 0);
}
END_TEST

/* --- names -------------------------------------------------------------- */

static const struct {
	const char *run, *name;
} runs[] = {
	{RUN, BEFORE},
	{"go-staging-20261125T221501Z-2", "hub_before_20261125t221501z_2"},
	{"paper", "hub_before_paper"},
	{"a-rather-long-name-of-something",
	    "hub_before_ng_name_of_something"},
};

START_TEST(test_names)
{
	struct database_plan p = {.database = "hub", .run = runs[_i].run};
	char *name = database_name_of(&p, DATABASE_BEFORE);

	ck_assert_str_eq(name, runs[_i].name);
	free(name);
}
END_TEST

START_TEST(test_names_ok)
{
	ck_assert(database_name_ok("docmost"));
	ck_assert(database_name_ok("a23456789_123456789_123456789_12"));
	ck_assert(!database_name_ok("a23456789_123456789_123456789_123"));
	ck_assert(!database_name_ok("postgres"));
	ck_assert(!database_name_ok("template1"));
	ck_assert(!database_name_ok("Docmost"));
	ck_assert(!database_name_ok("d'; drop"));
	ck_assert(!database_name_ok(""));
	ck_assert(backup_file_ok("docmost-20261125T182800Z.dump"));
	ck_assert(!backup_file_ok("../docmost.dump"));
	ck_assert(!backup_file_ok("-f"));
	ck_assert(!backup_file_ok(".part"));
	ck_assert(!backup_file_ok("a'b"));
	ck_assert(!backup_file_ok(""));
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("restore");
	TCase *t = tcase_create("restore");

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))
	tcase_add_unchecked_fixture(t, begin, end);
	tcase_add_checked_fixture(t, setup, NULL);
	tcase_set_timeout(t, 300);
	tcase_add_test(t, test_restore);
	tcase_add_test(t, test_swap_back);
	tcase_add_test(t, test_parts);
	tcase_add_test(t, test_sessions);
	tcase_add_test(t, test_owner);
	tcase_add_loop_test(t, test_refused, 0, COUNT(refusals));
	tcase_add_test(t, test_no_database);
	tcase_add_test(t, test_no_server);
	tcase_add_test(t, test_killed);
	tcase_add_test(t, test_half_swap);
	tcase_add_test(t, test_backup);
	tcase_add_loop_test(t, test_backup_killed, 0, 2);
	tcase_add_test(t, test_backup_fails);
	suite_add_tcase(s, t);
	t = tcase_create("names");
	tcase_add_loop_test(t, test_names, 0, COUNT(runs));
	tcase_add_test(t, test_names_ok);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return unit_run(suite());
}
