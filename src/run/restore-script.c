#include "run/restore-script.h"

#include <ctype.h>

#include "base/alloc.h"
#include "base/text.h"

enum {
	/* PostgreSQL cuts longer ones. */
	NAME_MAX_BYTES = 63,
	SUFFIX_MAX = 20,
	DATABASE_MAX = NAME_MAX_BYTES - SUFFIX_MAX - 11,	/* _restoring_ */
};

/* POSIX sh. A line "vigie: …" says what is being done or came out,
 * "vigie-failed: …" why it ends. Status 1: it is known how things stand; 2: it
 * is not. */
static const char common[] =
"LC_ALL=C; export LC_ALL\n"
"doing() {\n"
"	printf 'vigie: %s\\n' \"$*\"\n"
"}\n"
"end() { # STATUS TEXT\n"
"	status=$1\n"
"	shift\n"
"	printf 'vigie-failed: %s\\n' \"$*\"\n"
"	exit \"$status\"\n"
"}\n"
"fail() {\n"
"	end 1 \"$@\"\n"
"}\n"
"words() {\n"
"	line=$(grep -Ei 'error|fatal' said | head -n 1 | cut -c 1-300)\n"
"	[ \"$line\" ] || line=$(grep . said | head -n 1 | cut -c 1-300)\n"
"	printf '%s\\n' \"${line:-no reason is given}\"\n"
"}\n"
"read_whole() { # FILE NAME\n"
"	[ \"$(head -c 5 \"$1\" 2>said)\" = PGDMP ] ||\n"
"	    fail \"$2 is no dump in pg_dump's custom format\"\n"
"	tools pg_restore -f /dev/null <\"$1\" >/dev/null 2>said ||\n"
"	    fail \"$2 cannot be read to its end: $(words)\"\n"
"}\n"
"sum_of() { # FILE\n"
"	sum=$(sha256sum <\"$1\") && printf '%s\\n' \"${sum%% *}\"\n"
"}\n"
"recorded() { # FILE\n"
"	read -r sum rest <\"$1.sha256\" || [ \"$sum\" ] || return\n"
"	printf '%s\\n' \"$sum\" | tr A-F a-f\n"
"}\n"
"same_sum() { # FILE\n"
"	got=$(sum_of \"$1\") && [ \"$got\" = \"$(recorded \"$1\")\" ]\n"
"}\n";

static const char backup[] =
"there() {\n"
"	[ -f \"$file\" ] && [ -f \"$file.sha256\" ] && same_sum \"$file\"\n"
"}\n"
"keep() {\n"
"	part=$directory/.$name.part\n"
"	if there; then\n"
"		doing \"reads $name, which is there already, to its end\"\n"
"		read_whole \"$file\" \"$name\"\n"
"		doing \"$database is kept as it is in $file\"\n"
"		return\n"
"	fi\n"
"	[ -d \"$directory\" ] || fail \"there is no directory $directory\"\n"
"	trap 'rm -f \"$part\"' EXIT\n"
"	trap 'exit 143' HUP INT TERM\n"
"	umask 077\n"
"	doing \"dumps $database as it is now\"\n"
"	: 2>said >\"$part\" || fail \"$directory cannot be written: $(words)\"\n"
"	tools pg_dump -Fc \"$database\" </dev/null >\"$part\" 2>said ||\n"
"	    fail \"$database cannot be dumped: $(words)\"\n"
"	doing \"reads what was dumped to its end\"\n"
"	read_whole \"$part\" \"the dump of $database\"\n"
"	got=$(sum_of \"$part\" 2>said) || fail \"$part: $(words)\"\n"
"	sync\n"
"	{ echo \"$got  $name\" >\"$file.sha256\" &&\n"
"	    mv \"$part\" \"$file\"; } 2>said ||\n"
"	    fail \"$file cannot be written: $(words)\"\n"
"	sync\n"
"	bytes=$(wc -c <\"$file\")\n"
"	doing \"$database is kept as it is in $file, $((bytes)) bytes\"\n"
"}\n";

static const char look_backup[] =
"look_backup() {\n"
"	[ -d \"$directory\" ] || fail \"there is no directory $directory\"\n"
"	there ||\n"
"	    fail \"there is no whole $name: nothing else was touched\"\n"
"	doing \"$database is kept as it was in $file\"\n"
"}\n";

static const char state[] =
"sql() { # DATABASE STATEMENT\n"
"	tools psql -X -d \"$1\" -Atq -v ON_ERROR_STOP=1 -c \"$2\" </dev/null 2>said\n"
"}\n"
"look() {\n"
"	have=$(sql postgres \"select case datname\n"
" when '$making' then 'making' when '$ready' then 'ready'\n"
" when '$before' then 'before' else case when\n"
" split_part(shobj_description(oid, 'pg_database'), ' ', 1) = '$run'\n"
" then 'new' else 'old' end end from pg_database\n"
" where datname in ('$database', '$making', '$ready', '$before')\") ||\n"
"	    end 2 \"nobody knows what $database is: $(words)\"\n"
"	have=\" $(echo $have) \"\n"
"}\n"
"has() {\n"
"	case $have in\n"
"	*\" $1 \"*) ;;\n"
"	*) return 1 ;;\n"
"	esac\n"
"}\n"
"origin() { # DATABASE\n"
"	sql postgres \"select coalesce(split_part(shobj_description(oid,\n"
" 'pg_database'), ' ', 2), '?') from pg_database where datname = '$1'\" ||\n"
"	    echo '?'\n"
"}\n"
"swapped() {\n"
"	if has before; then\n"
"		doing \"$database has what $(origin \"$database\") had;\" \\\n"
"		    \"what was there is kept as $before\"\n"
"		echo \"to swap back, while nothing uses it:\"\n"
"		printf '%s' \"$back\"\n"
"	else\n"
"		doing \"$database has what $(origin \"$database\") had;\" \\\n"
"		    \"$before, what was there, is gone\"\n"
"	fi\n"
"}\n";

static const char restore[] =
"check() {\n"
"	[ -f \"$file\" ] || fail \"$name is not in $directory any more\"\n"
"	[ -r \"$file\" ] || fail \"$file may not be read\"\n"
"	doing \"reads $name to its end$lost\"\n"
"	[ ! -f \"$file.sha256\" ] || same_sum \"$file\" ||\n"
"	    fail \"$name is not what its checksum $name.sha256 says\"\n"
"	read_whole \"$file\" \"$name\"\n"
"}\n"
"end_sessions() {\n"
"	sql postgres \"select pg_terminate_backend(pid) from pg_stat_activity\n"
" where datname in ('$making', '$ready'${1:+, '$1'})\n"
" and pid <> pg_backend_pid()\" >/dev/null\n"
"}\n"
"rename() { # STATEMENTS [DATABASE]\n"
"	tries=0\n"
"	until sql postgres \"$1\"; do\n"
"		tries=$((tries + 1))\n"
"		[ \"$tries\" -lt 5 ] || return 1\n"
"		end_sessions \"${2-}\"\n"
"	done\n"
"}\n"
"drop_making() {\n"
"	[ \"${making#\"${database}\"_restoring_}\" != \"$making\" ] || return\n"
"	end_sessions\n"
"	sql postgres \"drop database if exists \\\"$making\\\"\" >/dev/null\n"
"}\n"
"like_old() {\n"
"	sql postgres \"select format('create database %I template template0\n"
" owner %I encoding %L lc_collate %L lc_ctype %L connection limit %s',\n"
" '$making', coalesce(nullif('$owner', ''), pg_get_userbyid(datdba)),\n"
" pg_encoding_to_char(encoding), datcollate, datctype, datconnlimit) ||\n"
" case j->>'datlocprovider'\n"
" when 'i' then format(' locale_provider icu icu_locale %L',\n"
" coalesce(j->>'datlocale', j->>'daticulocale'))\n"
" when 'b' then format(' locale_provider builtin builtin_locale %L',\n"
" j->>'datlocale') else '' end\n"
" from (select *, to_jsonb(d) as j from pg_database d) d\n"
" where datname = '$database'\"\n"
"}\n"
"granted() {\n"
"	sql postgres \"with d as (select * from pg_database\n"
" where datname = '$database'), c as (select r.setrole,\n"
" split_part(u, '=', 1) as n, substr(u, strpos(u, '=') + 1) as v\n"
" from pg_db_role_setting r join d on r.setdatabase = d.oid,\n"
" unnest(r.setconfig) u)\n"
"select 'revoke all on database \\\"$making\\\" from public;' from d\n"
" where datacl is not null\n"
"union all select format('grant %s on database %I to %s%s;',\n"
" a.privilege_type, '$making', case a.grantee when 0 then 'public'\n"
" else quote_ident(pg_get_userbyid(a.grantee)) end,\n"
" case when a.is_grantable and a.grantee <> datdba\n"
" then ' with grant option' else '' end)\n"
" from d, aclexplode(d.datacl) a\n"
"union all select format('alter %s \\\"$making\\\" set %I to %s;',\n"
" case setrole when 0 then 'database' else format('role %I in database',\n"
" pg_get_userbyid(setrole)) end, n, case when n in ('search_path',\n"
" 'temp_tablespaces', 'local_preload_libraries',\n"
" 'session_preload_libraries') then v else quote_literal(v) end) from c\"\n"
"}\n"
"count() { # DATABASE\n"
"	tools psql -X -d \"$1\" -Atq -v ON_ERROR_STOP=1 <<'END' >rows 2>said ||\n"
"select format('select count(*) from %s', c.oid::regclass)\n"
"from pg_class c join pg_namespace n on n.oid = c.relnamespace\n"
"where c.relkind = 'r' and n.nspname !~ '^pg_'\n"
"and n.nspname <> 'information_schema' \\gexec\n"
"END\n"
"	    return 1\n"
"	awk '{ n++; s += $1 }\n"
"	END { printf \"%d tables, %.0f rows\\n\", n, s }' rows\n"
"}\n"
"ask() {\n"
"	[ \"$query\" ] || return 0\n"
"	sql \"$making\" \"$query\" >answer ||\n"
"	    fail \"$making does not answer: $(words)\"\n"
"	answer=$(head -n 1 answer | cut -c 1-200)\n"
"	case $answer in\n"
"	'' | 0) fail \"it restores, but $query: ${answer:-nothing}\" ;;\n"
"	esac\n"
"	echo \"$query: $answer\"\n"
"}\n"
"restore() {\n"
"	has old || fail \"there is no database $database\"\n"
"	check\n"
"	drop_making || fail \"$making cannot be dropped: $(words)\"\n"
"	was=$(count \"$database\") || was='?'\n"
"	trap 'drop_making' EXIT\n"
"	trap 'exit 143' HUP INT TERM\n"
"	doing \"restores $name into $making$lost\"\n"
"	as=$(like_old) && sql postgres \"$as\" >/dev/null ||\n"
"	    fail \"$making cannot be created: $(words)\"\n"
"	set -- -d \"$making\" --exit-on-error\n"
"	[ ! \"$owner\" ] || set -- \"$@\" --no-owner \"--role=$owner\"\n"
"	tools pg_restore \"$@\" <\"$file\" >/dev/null 2>said ||\n"
"	    fail \"$name cannot be restored: $(words)\"\n"
"	as=$(granted) && { [ ! \"$as\" ] || sql postgres \"$as\" >/dev/null; } ||\n"
"	    fail \"$making does not get what $database grants: $(words)\"\n"
"	doing \"verifies $making\"\n"
"	sql \"$making\" analyze >/dev/null || fail \"$making: $(words)\"\n"
"	is=$(count \"$making\") || fail \"$making cannot be counted: $(words)\"\n"
"	echo \"$database now: $was\"\n"
"	echo \"$name: $is\"\n"
"	case $is in\n"
"	*', 0 rows') fail \"it restores, but has no rows\" ;;\n"
"	esac\n"
"	ask\n"
"	rename \"alter database \\\"$making\\\" rename to \\\"$ready\\\";\n"
" comment on database \\\"$ready\\\" is '$run $name'\" ||\n"
"	    fail \"$making cannot be renamed: $(words)\"\n"
"	trap - EXIT\n"
"	doing \"$ready has what $name had: $is (now $was)$lost\"\n"
"}\n"
"swap() {\n"
"	doing \"swaps $ready and $database$lost\"\n"
"	if has old; then\n"
"		end_sessions \"$database\" ||\n"
"		    fail \"its sessions cannot be ended: $(words)\"\n"
"		rename \"alter database \\\"$database\\\" rename to \\\"$before\\\";\n"
" alter database \\\"$ready\\\" rename to \\\"$database\\\"\" \"$database\" || :\n"
"	else\n"
"		rename \"alter database \\\"$ready\\\" rename to \\\"$database\\\"\" || :\n"
"	fi\n"
"	why=$(words)\n"
"	look\n"
"	has new || fail \"no swap, $database is as it was: $why\"\n"
"	swapped\n"
"}\n"
"bring_back() {\n"
"	look\n"
"	if has new; then\n"
"		swapped\n"
"		return\n"
"	fi\n"
"	if [ \"$restores\" ]; then\n"
"		if has ready; then\n"
"			doing \"$ready is there already,\" \\\n"
"			    \"with what $(origin \"$ready\") had\"\n"
"		else\n"
"			restore\n"
"			look\n"
"		fi\n"
"	fi\n"
"	[ \"$swaps\" ] || return 0\n"
"	has ready || fail \"there is no $ready: restore it first\"\n"
"	swap\n"
"}\n";

static const char look_restore[] =
"look_restore() {\n"
"	look\n"
"	if has new; then\n"
"		swapped\n"
"	elif has ready && [ ! \"$swaps\" ]; then\n"
"		doing \"$ready has what $(origin \"$ready\") had\"\n"
"	elif has ready && has old; then\n"
"		fail \"$database is as it was; $ready is restored and not\" \\\n"
"		    \"swapped: a retry swaps it\"\n"
"	elif has ready; then\n"
"		fail \"there is no $database now: a retry gives $ready that name\"\n"
"	elif has making; then\n"
"		fail \"$database is as it was; $making has a part of $name:\" \\\n"
"		    \"a retry begins anew\"\n"
"	elif has old; then\n"
"		fail \"$database is as it was, and nothing is restored\"\n"
"	else\n"
"		fail \"there is no $database${have:+, only$have}\"\n"
"	fi\n"
"}\n";

/* --- names -------------------------------------------------------------- */

static bool
is_made_of(const char *s, const char *more)
{
	for (; *s; s++)
		if (!islower((unsigned char)*s) &&
		    !isdigit((unsigned char)*s) && !strchr(more, *s))
			return false;
	return true;
}

bool
database_name_ok(const char *s)
{
	static const char *const theirs[] = {"postgres", "template0",
	    "template1"};
	size_t i;

	for (i = 0; i < sizeof(theirs) / sizeof(theirs[0]); i++)
		if (strcmp(s, theirs[i]) == 0)
			return false;
	return islower((unsigned char)*s) && strlen(s) <= DATABASE_MAX &&
	    is_made_of(s, "_");
}

bool
backup_file_ok(const char *s)
{
	return *s && *s != '.' && *s != '-' && strlen(s) <= 200 &&
	    is_made_of(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ._+:@=,-");
}

/* "20261125t221501z" of "rollback-schema-prod-20261125T221501Z". */
static void
suffix(const char *run, char text[SUFFIX_MAX + 1])
{
	size_t len = strlen(run), i = 0;
	const char *from = len > SUFFIX_MAX ? run + len - SUFFIX_MAX : run, *s;

	for (s = from; *s; s++)
		if (strspn(s, "0123456789") == 8 && s[8] == 'T')
			from = s;
	for (s = from; *s; s++)
		text[i++] = isalnum((unsigned char)*s) ?
		    (char)tolower((unsigned char)*s) : '_';
	text[i] = '\0';
}

char *
database_name_of(const struct database_plan *p, enum database_role role)
{
	static const char *const words[] = {
		[DATABASE_MAKING] = "restoring",
		[DATABASE_READY] = "restored",
		[DATABASE_BEFORE] = "before",
		[DATABASE_UNDONE] = "undone",
	};
	char text[SUFFIX_MAX + 1];

	suffix(p->run, text);
	return xasprintf("%s_%s_%s", p->database, words[role], text);
}

/* --- the programs ------------------------------------------------------- */

static void
set(struct buf *b, const char *name, const char *value)
{
	buf_addf(b, "%s=", name);
	text_shell_quote(b, value ? value : "");
	buf_addc(b, '\n');
}

static void
set_role(struct buf *b, const char *name, const struct database_plan *p,
    enum database_role role)
{
	char *text = database_name_of(p, role);

	set(b, name, text);
	free(text);
}

static void
add_rename(struct buf *b, const struct database_plan *p, const char *from,
    enum database_role to, enum database_role then)
{
	char *first = database_name_of(p, to), *second = database_name_of(p,
	    then);

	buf_addf(b, "%s%spsql -X -d postgres -c 'alter database \"%s\" rename "
	    "to \"%s\"; alter database \"%s\" rename to \"%s\"'\n",
	    p->tools ? p->tools : "", p->tools ? " " : "", from, first, second,
	    from);
	free(first);
	free(second);
}

void
database_swap_command(struct buf *b, const struct database_plan *p)
{
	add_rename(b, p, p->database, DATABASE_BEFORE, DATABASE_READY);
}

void
database_swap_back_command(struct buf *b, const struct database_plan *p)
{
	add_rename(b, p, p->database, DATABASE_UNDONE, DATABASE_BEFORE);
}

/* What the programs share. */
static void
begin(struct buf *b, const struct database_plan *p)
{
	struct buf back = BUF_INIT(16 * 1024);
	const char *name = p->file ? p->file : "";
	char *file = xasprintf("%s/%s", p->directory, name);
	char *lost = p->taken ? xasprintf("; what was written after %s is lost",
	    p->taken) : NULL;

	database_swap_back_command(&back, p);
	set(b, "directory", p->directory);
	set(b, "name", name);
	set(b, "file", file);
	set(b, "database", p->database);
	set(b, "run", p->run);
	set(b, "query", p->query);
	set(b, "owner", p->owner);
	set(b, "lost", lost);
	set(b, "back", buf_str(&back));
	set(b, "restores", p->restore ? "1" : "");
	set(b, "swaps", p->swap ? "1" : "");
	set_role(b, "making", p, DATABASE_MAKING);
	set_role(b, "ready", p, DATABASE_READY);
	set_role(b, "before", p, DATABASE_BEFORE);
	buf_addf(b, "tools() {\n\t%s \"$@\"\n}\n", p->tools ? p->tools : "");
	buf_adds(b, common);
	buf_release(&back);
	free(file);
	free(lost);
}

void
backup_script(struct buf *b, const struct database_plan *p)
{
	begin(b, p);
	buf_adds(b, backup);
	buf_adds(b, "keep\n");
}

void
backup_look_script(struct buf *b, const struct database_plan *p)
{
	begin(b, p);
	buf_adds(b, backup);
	buf_adds(b, look_backup);
	buf_adds(b, "look_backup\n");
}

void
restore_script(struct buf *b, const struct database_plan *p)
{
	begin(b, p);
	buf_adds(b, state);
	buf_adds(b, restore);
	buf_adds(b, "bring_back\n");
}

void
restore_look_script(struct buf *b, const struct database_plan *p)
{
	begin(b, p);
	buf_adds(b, state);
	buf_adds(b, look_restore);
	buf_adds(b, "look_restore\n");
}
