#include "source/verify-script.h"

#include <ctype.h>
#include <inttypes.h>

#include "base/alloc.h"
#include "base/text.h"

/* POSIX sh. The scripts of one rung end in `say … ok`, or leave through fail. */
static const char common[] =
"say() {\n"
"	printf 'vigie-rung %s %s %s\\n' \"$1\" \"$2\" \"$3\" >&3\n"
"}\n"
"fail() {\n"
"	say \"$1\" failed \"$2\"\n"
"	exit 1\n"
"}\n"
/* What the tool said first, whose error output is in ./said; warnings may have
 * come before the error. */
"words() {\n"
"	line=$(grep -Ei 'error|fatal' said | head -n 1 | cut -c 1-300)\n"
"	[ \"$line\" ] || line=$(grep . said | head -n 1 | cut -c 1-300)\n"
"	printf '%s\\n' \"${line:-$1}\"\n"
"}\n"
"need() {\n"
"	command -v \"$2\" >/dev/null 2>&1 ||\n"
"	    fail \"$1\" \"the program $2 is not on this host\"\n"
"}\n";

static const char size[] =
"climb_size() {\n"
"	say size begun\n"
"	[ -f \"$file\" ] || fail size 'the file is not there any more'\n"
"	[ -r \"$file\" ] || fail size 'the file may not be read'\n"
"	n=$(($(wc -c <\"$file\")))\n"
"	[ \"$bytes\" -lt 0 ] || [ \"$n\" -eq \"$bytes\" ] ||\n"
"	    fail size \"it has $n bytes, and had $bytes when it was listed\"\n"
"	[ \"$n\" -gt 0 ] || fail size 'it is empty'\n"
"	say size ok\n"
"}\n";

static const char checksum[] =
"recorded() {\n"
"	while read -r sum path || [ \"$sum\" ]; do\n"
"		path=${path%\"$cr\"} sum=${sum%\"$cr\"}\n"
"		path=${path#\\*} sum=${sum#\\\\}\n"
"		[ ${#sum} = 64 ] || continue\n"
"		case ${path##*/} in\n"
"		\"$name\" | '')\n"
"			printf '%s\\n' \"$sum\" | tr A-F a-f\n"
"			return ;;\n"
"		esac\n"
"	done <\"$sums\"\n"
"}\n"
"compare() { # TOOL WANTED WHO\n"
"	need checksum \"$1\"\n"
"	got=$(\"$1\" <\"$file\" 2>said) ||\n"
"	    fail checksum \"$(words 'the file cannot be read')\"\n"
"	got=${got%% *}\n"
"	[ \"$got\" = \"$2\" ] || fail checksum \"$1 gives\\\n"
" $(printf %.12s \"$got\")…, and $3 says $(printf %.12s \"$2\")…\"\n"
"	say checksum ok \"$1 as $3\"\n"
"}\n"
"climb_checksum() {\n"
"	say checksum begun\n"
"	cr=$(printf '\\r')\n"
"	if [ \"$sha256\" ]; then\n"
"		compare sha256sum \"$sha256\" \"$who\"\n"
"	elif [ \"$sums\" ] && [ -f \"$sums\" ]; then\n"
"		sum=$(recorded 2>/dev/null)\n"
"		case $sum in\n"
"		'' | *[!0-9a-f]*)\n"
"			fail checksum \"${sums##*/} has no SHA-256 of it\" ;;\n"
"		esac\n"
"		compare sha256sum \"$sum\" \"${sums##*/}\"\n"
"	elif [ \"$md5\" ]; then\n"
"		compare md5sum \"$md5\" \"$who\"\n"
"	else\n"
"		say checksum skipped\n"
"	fi\n"
"}\n";

/* A packed file is read twice: for the packer's own word and the end of what is
 * in it, then by tar, which takes an archive that was cut between two members
 * for a whole one. */
static const char packed[] =
"unpack() {\n"
"	case $packer in\n"
"	cat) cat <\"$file\" ;;\n"
"	*) \"$packer\" -dc <\"$file\" ;;\n"
"	esac\n"
"}\n"
"find_packer() {\n"
"	magic=$(head -c 6 \"$file\" | od -An -tx1 | tr -d ' \\n')\n"
"	case $magic in\n"
"	1f8b*) packer=gzip ;;\n"
"	28b52ffd*) packer=zstd ;;\n"
"	fd377a585a00) packer=xz ;;\n"
"	425a68*) packer=bzip2 ;;\n"
"	*) packer=cat ;;\n"
"	esac\n"
"	need read \"$packer\"\n"
"}\n"
"unpack_whole() {\n"
"	rest=$({ unpack 2>said; echo $? >code; } | tail -c 1024 |\n"
"	    tr -d '\\000' | wc -c)\n"
"	read -r code <code\n"
"	[ \"$code\" = 0 ] || fail read \"$(words \"$packer ends with $code\")\"\n"
"}\n"
"holds_tar() {\n"
"	[ \"$(unpack 2>/dev/null | head -c 262 | tail -c 5 |\n"
"	    tr -d '\\000')\" = ustar ]\n"
"}\n"
"untar_whole() {\n"
"	unpack_whole\n"
"	[ $((rest)) = 0 ] || fail read 'the end of the archive is missing'\n"
"	unpack 2>/dev/null | { tar -tf - 2>said; echo $? >code; } |\n"
"	    sed 's|^\\./||; s|/.*||' | sort -u >top\n"
"	read -r code <code\n"
"	[ \"$code\" = 0 ] || fail read \"$(words \"tar ends with $code\")\"\n"
"	[ -s top ] || fail read 'the archive is empty'\n"
"}\n";

static const char readers[] =
"read_pg_dump() {\n"
"	tools pg_restore -f /dev/null <\"$file\" >/dev/null 2>said ||\n"
"	    fail read \"$(words \"pg_restore ends with $?\")\"\n"
"	say read ok 'read by pg_restore'\n"
"}\n"
"read_tar() {\n"
"	find_packer\n"
"	untar_whole\n"
"	say read ok 'read by tar'\n"
"}\n"
"read_gzip() {\n"
"	need read gzip\n"
"	packer=gzip\n"
"	unpack_whole\n"
"	say read ok 'read by gzip'\n"
"}\n"
/* Its restore looks for a folder named like the file. */
"read_baserow() {\n"
"	find_packer\n"
"	untar_whole\n"
"	folder=$(head -n 1 top)\n"
"	[ \"$(cat top)\" = \"${name%.tar.gz}\" ] ||\n"
"	    fail read \"renamed: the folder inside is $folder\"\n"
"	say read ok 'read by tar'\n"
"}\n"
"read_any() {\n"
"	find_packer\n"
"	if [ \"${magic#5047444d50}\" != \"$magic\" ] &&\n"
"	    tools pg_restore --version >/dev/null 2>&1; then\n"
"		read_pg_dump\n"
"	elif holds_tar; then\n"
"		read_tar\n"
"	elif [ \"$packer\" != cat ]; then\n"
"		unpack_whole\n"
"		say read ok \"read by $packer\"\n"
"	else\n"
"		unpack 2>said >/dev/null ||\n"
"		    fail read \"$(words 'the file cannot be read')\"\n"
"		say read skipped 'readable, of a format that is not known'\n"
"	fi\n"
"}\n"
"climb_read() {\n"
"	say read begun\n"
"	\"read_$format\"\n"
"}\n";

/* The lock is one job's, named in it, and void when that job has ended. */
static const char restore[] =
"lock() {\n"
"	lock=../.$database\n"
"	if ! mkdir \"$lock\" 2>said; then\n"
"		read -r holder 2>/dev/null <\"$lock/job\" || holder=\n"
"		[ -d \"$lock\" ] ||\n"
"		    fail restored \"$(words 'no lock can be made')\"\n"
"		[ ! \"$holder\" ] || [ ! -d \"../$holder\" ] ||\n"
"		    [ -f \"../$holder/status\" ] ||\n"
"		    fail restored \"another verification uses $database\"\n"
"	fi\n"
"	echo \"${PWD##*/}\" >\"$lock/job\"\n"
"}\n"
"drop() {\n"
"	tools dropdb --if-exists \"$database\" </dev/null >/dev/null 2>&1\n"
"	rm -rf \"$lock\"\n"
"}\n"
"try() {\n"
"	tools \"$@\" 2>said || fail restored \"$(words \"$1 ends with $?\")\"\n"
"}\n"
"climb_restored() {\n"
"	say restored begun\n"
"	case $database in\n"
"	*scratch*) ;;\n"
"	*) fail restored \"$database is not named scratch: not touched\" ;;\n"
"	esac\n"
"	lock\n"
"	trap drop EXIT\n"
"	trap 'exit 143' HUP INT TERM\n"
"	try dropdb --if-exists \"$database\" </dev/null >/dev/null\n"
"	try createdb -T template0 \"$database\" </dev/null >/dev/null\n"
"	try pg_restore -d \"$database\" --exit-on-error --no-owner \\\n"
"	    --no-privileges <\"$file\" >/dev/null\n"
"	try psql -X -d \"$database\" -Atc \"$query\" </dev/null >answer\n"
"	answer=$(head -n 1 answer | cut -c 1-200)\n"
"	case $answer in\n"
"	'' | 0) fail restored \"it restores, but the query answers\\\n"
" ${answer:-nothing}\" ;;\n"
"	esac\n"
"	say restored ok \"$answer\"\n"
"}\n";

static void
set(struct buf *b, const char *name, const char *value)
{
	buf_addf(b, "%s=", name);
	text_shell_quote(b, value ? value : "");
	buf_addc(b, '\n');
}

/* A relative path is not taken for an option, nor a name for a pattern. */
void
verify_script(struct buf *b, const struct verify_plan *p)
{
	buf_adds(b, "LC_ALL=C; export LC_ALL\nexec 3>&1\n");
	set(b, "file", p->file);
	set(b, "name", p->name);
	set(b, "format", p->format ? p->format : "any");
	set(b, "sums", p->sums);
	set(b, "sha256", p->sha256);
	set(b, "md5", p->md5);
	set(b, "who", "the bucket");
	set(b, "database", p->database);
	set(b, "query", p->query);
	buf_addf(b, "bytes=%" PRId64 "\ntools() {\n\t%s \"$@\"\n}\n", p->bytes,
	    p->tools ? p->tools : "");
	buf_adds(b, common);
	buf_adds(b, size);
	buf_adds(b, checksum);
	buf_adds(b, packed);
	buf_adds(b, readers);
	buf_adds(b, restore);
	buf_adds(b, "climb_size\nclimb_checksum\nclimb_read\n"
	    "[ ! \"$query\" ] || climb_restored\n");
}

/* --- what it says ------------------------------------------------------------ */

static const struct {
	const char *word;
	enum rung rung;
} rungs[] = {
	{"size", RUNG_PLAUSIBLE},
	{"checksum", RUNG_CHECKSUM},
	{"read", RUNG_READ},
	{"restored", RUNG_RESTORED},
};

static const char *const saids[] = {
	[VERIFY_BEGUN] = "begun",
	[VERIFY_OK] = "ok",
	[VERIFY_SKIPPED] = "skipped",
	[VERIFY_FAILED] = "failed",
};

/* Takes the word at *at with the space after it. */
static bool
take(const char **at, const char *end, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(end - *at) < n || memcmp(*at, word, n) != 0 ||
	    (*at + n != end && (*at)[n] != ' '))
		return false;
	*at += n + (*at + n != end);
	return true;
}

int
verify_line_parse(const char *line, size_t len, struct verify_line *l)
{
	const char *at = line, *end = line + len;
	size_t i, j;

	if (!take(&at, end, "vigie-rung"))
		return -1;
	for (i = 0; i < sizeof(rungs) / sizeof(rungs[0]); i++)
		if (take(&at, end, rungs[i].word))
			break;
	if (i == sizeof(rungs) / sizeof(rungs[0]))
		return -1;
	for (j = 0; j < sizeof(saids) / sizeof(saids[0]); j++)
		if (take(&at, end, saids[j]))
			break;
	if (j == sizeof(saids) / sizeof(saids[0]))
		return -1;
	len = (size_t)(end - at);
	l->rung = rungs[i].rung;
	l->said = j;
	l->text = text_clean(at, len < 300 ? len : 300);
	return 0;
}

/* --- checksums beside an object ---------------------------------------------- */

static bool
is_for(const char *path, const char *name)
{
	const char *last = strrchr(path, '/');

	if (*path == '*')
		path++;
	return *path == '\0' || strcmp(last ? last + 1 : path, name) == 0;
}

static int
take_sum(const char *line, char sum[VERIFY_SHA256_MAX])
{
	char got[VERIFY_SHA256_MAX];
	int i;

	for (i = 0; i < VERIFY_SHA256_MAX - 1; i++) {
		if (!isxdigit((unsigned char)line[i]))
			return -1;
		got[i] = (char)tolower((unsigned char)line[i]);
	}
	if (line[i] != '\0' && line[i] != ' ')
		return -1;
	got[i] = '\0';
	memcpy(sum, got, sizeof(got));
	return 0;
}

int
verify_sums_parse(const char *text, size_t len, const char *name,
    char sum[VERIFY_SHA256_MAX])
{
	const char *end = text + len;
	int found = -1;

	while (text < end && found == -1) {
		const char *nl = memchr(text, '\n', end - text);
		char *line = xstrndup(text, (nl ? nl : end) - text);
		char *path = line;

		line[strcspn(line, "\r")] = '\0';
		if (*path == '\\')
			path++;
		path += strcspn(path, " ");
		path += strspn(path, " ");
		if (is_for(path, name))
			found = take_sum(*line == '\\' ? line + 1 : line,
			    sum);
		free(line);
		text = nl ? nl + 1 : end;
	}
	return found;
}
