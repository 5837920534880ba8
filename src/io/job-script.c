#include "io/job-script.h"

#include <inttypes.h>

#include "base/hash.h"
#include "base/text.h"

/* POSIX sh, as dash and busybox know it. Each program is one function called on
 * its last line, so one that was cut on its way does nothing. */

/* Whether the process of that number is the one that began then. */
#define ALIVE \
"alive() { # START PID\n" \
"	[ -r \"/proc/$2/stat\" ] || return 1\n" \
"	read -r line 2>/dev/null <\"/proc/$2/stat\" || return 1\n" \
"	set -- \"$1\" ${line##*) }\n" \
"	[ \"$2\" != Z ] && [ \"${21}\" = \"$1\" ]\n" \
"}\n" \
"this_boot() {\n" \
"	cat /proc/sys/kernel/random/boot_id 2>/dev/null || echo -\n" \
"}\n"

/* The order matters: who is dead when looked at has written its status before,
 * and its log before that. */
#define LOOK \
"identify() {\n" \
"	[ -r pid ] && read -r pid start runner rstart boot own began <pid\n" \
"}\n" \
"ended() { [ -r status ] && read -r code when <status; }\n" \
"look() { # DIRECTORY OFFSET BYTES\n" \
"	state=starting code=- why=- own=-\n" \
"	if ! cd \"$1\" 2>/dev/null; then\n" \
"		echo 'vigie-job none 0 - - -'\n" \
"		return\n" \
"	fi\n" \
"	if identify; then\n" \
"		state=lost\n" \
"		if [ \"$boot\" != \"$(this_boot)\" ]; then\n" \
"			state=rebooted\n" \
"		elif alive \"$rstart\" \"$runner\" ||\n" \
"		    alive \"$start\" \"$pid\"; then\n" \
"			state=running\n" \
"		fi\n" \
"	fi\n" \
"	case $own in 0 | 1) ;; *) own=- ;; esac\n" \
"	ended && state=ended\n" \
"	[ -s why ] && read -r why <why\n" \
"	size=0\n" \
"	[ -f log ] && size=$(wc -c <log)\n" \
"	echo \"vigie-job $state $((size)) $code $why $own\"\n" \
"	[ \"$2\" -ge \"$size\" ] || tail -c \"+$(($2 + 1))\" log | head -c \"$3\"\n" \
"}\n"

/* What stays beside the job. It survives the SIGTERM that stops the job, whose
 * group is another, and writes the status when all of that group has gone. */
static const char run[] =
"# Runs ./script and keeps its end.\n"
"# Arguments: seconds, 1 with setsid, the umask and LC_ALL of the script.\n"
"deadline=$1 own=$2 mask=$3 lc=$4\n"
"pid='' stopped='' early='' watcher='' killer=''\n"
ALIVE
/* 0: it has ended, and the shell has noticed. */
"since() {\n"
"	line=\n"
"	[ ! -r \"/proc/$1/stat\" ] ||\n"
"	    read -r line 2>/dev/null <\"/proc/$1/stat\"\n"
"	set -- ${line##*) }\n"
"	echo \"${20:-0}\"\n"
"}\n"
"identify() {\n"
"	echo \"$1 $(since \"$1\") $$ $rstart $boot $own $(date +%s)\" >pid.new &&\n"
"	mv pid.new pid\n"
"}\n"
"hit() {\n"
"	if [ \"$own\" = 1 ]; then kill -s \"$1\" -- \"-$pid\"\n"
"	else kill -s \"$1\" \"$pid\"\n"
"	fi 2>/dev/null\n"
"}\n"
"on_term() {\n"
"	again=1\n"
"	[ \"$pid\" ] || early=1\n"
"	[ \"$pid\" ] && [ ! \"$stopped\" ] || return\n"
"	stopped=1\n"
"	hit TERM || kill -s TERM \"$pid\" 2>/dev/null\n"
"	hit CONT\n"
"	(sleep 10; hit KILL) &\n"
"	killer=$!\n"
"}\n"
"watch() {\n"
"	left=$deadline\n"
"	while [ \"$left\" -gt 0 ]; do\n"
"		n=$left\n"
"		[ \"$n\" -le 5 ] || n=5\n"
"		sleep \"$n\"\n"
"		left=$((left - n))\n"
"	done\n"
"	echo deadline >why\n"
"	if alive \"$rstart\" $$; then\n"
"		kill -s TERM $$\n"
"	elif alive \"$1\" \"$pid\"; then\n"
"		hit TERM\n"
"		sleep 10\n"
"		hit KILL\n"
"	fi\n"
"}\n"
"trap on_term TERM\n"
"rstart=$(since $$) boot=$(this_boot)\n"
"identify $$ || exit 1\n"
": >log\n"
"(\n"
"	umask \"$mask\"\n"
"	if [ \"$lc\" ]; then LC_ALL=$lc; else unset LC_ALL; fi\n"
"	[ \"$own\" != 1 ] || exec setsid sh ./script\n"
"	exec sh ./script\n"
") >log 2>&1 </dev/null &\n"
"pid=$!\n"
"identify \"$pid\"\n"
"if [ \"$deadline\" -gt 0 ]; then\n"
"	watch \"$(since \"$pid\")\" &\n"
"	watcher=$!\n"
"fi\n"
"[ ! \"$early\" ] && [ ! -s why ] || on_term\n"
"rc=\n"
"while :; do\n"
"	again=\n"
"	wait \"$pid\"\n"
"	n=$?\n"
	/* Another wait for one that was reaped says 127. */
"	[ \"$n\" = 127 ] && [ \"$rc\" ] || rc=$n\n"
"	[ \"$again\" ] || break\n"
"done\n"
"[ ! \"$watcher\" ] || kill \"$watcher\" 2>/dev/null\n"
"if [ \"$stopped\" ]; then\n"
"	n=0\n"
"	while [ \"$own\" = 1 ] && [ \"$n\" -lt 10 ] && hit 0; do\n"
"		sleep 1\n"
"		n=$((n + 1))\n"
"	done\n"
"	[ \"$own\" != 1 ] || hit KILL\n"
"	kill \"$killer\" 2>/dev/null\n"
"fi\n"
	/* A disk that is full may get room again. */
"n=0\n"
"until echo \"$rc $(date +%s)\" >status.new && mv status.new status; do\n"
"	n=$((n + 1))\n"
"	[ \"$n\" -lt 300 ] && [ -f run ] || exit 1\n"
"	sleep 2\n"
"done 2>/dev/null\n";

/* A hang-up is ignored from here on, by what runs too, as under nohup. */
static const char start[] =
"refuse() {\n"
"	echo 'vigie-job refused 0 - - -'\n"
"	printf '%s\\n' \"$1\"\n"
"	rm -rf \"$new\"\n"
"	exit 0\n"
"}\n"
"launch() {\n"
"	mv \"$new/script\" \"$new/run\" \"$root/$id/\" &&\n"
"	cd \"$root/$id\" || return 1\n"
"	if command -v setsid >/dev/null 2>&1; then\n"
"		setsid sh ./run \"$deadline\" 1 \"$mask\" \"$lc\" \\\n"
"		    </dev/null >/dev/null 2>&1 &\n"
"	else\n"
"		sh ./run \"$deadline\" 0 \"$mask\" \"$lc\" \\\n"
"		    </dev/null >/dev/null 2>&1 &\n"
"	fi\n"
"}\n"
"start() {\n"
"	trap '' HUP\n"
"	mask=$(umask)\n"
"	umask 077\n"
"	new=\n"
"	said=$(mkdir -p \"$root\" 2>&1 && chmod 700 \"$root\" 2>&1) ||\n"
"	    refuse \"$said\"\n"
"	new=$root/.new-$id-$$\n"
"	said=$(mkdir \"$new\" 2>&1) || refuse \"$said\"\n"
"	said=$(write_script 2>&1 && write_run 2>&1) || refuse \"$said\"\n"
"	if said=$(mkdir \"$root/$id\" 2>&1); then\n"
"		said=$(launch 2>&1) || {\n"
"			rm -rf \"${root:?}/$id\"\n"
"			refuse \"$said\"\n"
"		}\n"
"	elif [ ! -d \"$root/$id\" ]; then\n"
"		refuse \"$said\"\n"
"	fi\n"
"	rm -rf \"$new\"\n"
"}\n";

static const char stop[] =
"stop() { # WHY\n"
"	umask 077\n"
	/* In place of a start that is still on its way. */
"	if mkdir -p \"$root\" && mkdir \"$root/$id\" 2>/dev/null; then\n"
"		cd \"$root/$id\" || return\n"
"		echo \"$1\" >why\n"
"		echo \"143 $(date +%s)\" >status\n"
"		return\n"
"	fi\n"
"	cd \"$root/$id\" 2>/dev/null && [ ! -f status ] || return\n"
"	[ -s why ] || echo \"$1\" >why\n"
"	identify && [ \"$boot\" = \"$(this_boot)\" ] || return\n"
"	if alive \"$rstart\" \"$runner\"; then\n"
"		kill -s TERM \"$runner\"\n"
"		return\n"
"	fi\n"
"	alive \"$start\" \"$pid\" || return\n"
"	[ \"$own\" != 1 ] || pid=-$pid\n"
"	kill -s TERM -- \"$pid\"\n"
"	(sleep 10; kill -s KILL -- \"$pid\") </dev/null >/dev/null 2>&1 &\n"
"}\n";

static const char sweep[] =
"old() {\n"
"	when=\n"
"	if ! ended; then\n"
"		if ! identify; then\n"
"			[ \"$(find . -prune -mtime +0)\" ]\n"
"			return\n"
"		fi\n"
"		[ \"$boot\" != \"$(this_boot)\" ] ||\n"
"		    { ! alive \"$rstart\" \"$runner\" &&\n"
"		    ! alive \"$start\" \"$pid\"; } || return 1\n"
"		when=$began\n"
"	fi\n"
"	[ \"$((when + age))\" -le \"$now\" ]\n"
"}\n"
"sweep() {\n"
"	n=0 now=$(date +%s)\n"
"	if cd \"$root\" 2>/dev/null; then\n"
"		for d in \"$prefix\"* .new-\"$prefix\"*; do\n"
"			[ -f \"$d/run\" ] || [ -f \"$d/status\" ] ||\n"
"			    [ -f \"$d/script\" ] || continue\n"
"			(cd \"$d\" && old) && rm -rf \"./$d\" && n=$((n + 1))\n"
"		done\n"
"	fi\n"
"	printf '\\nvigie-swept %d\\n' \"$n\"\n"
"}\n";

#define ID_MAX 100

bool
job_id_is_valid(const char *id)
{
	size_t n = id ? strspn(id, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") : 0;

	return n > 0 && n <= ID_MAX && id[n] == '\0' && id[0] != '.' &&
	    id[0] != '-';
}

/* --- the programs ---------------------------------------------------------- */

static void
begin(struct buf *b, const char *root, const char *id)
{
	buf_adds(b, "lc=${LC_ALL-} LC_ALL=C\nexport LC_ALL\n" ALIVE LOOK "root=");
	if (root)
		text_shell_quote(b, root);
	else
		buf_adds(b, "${XDG_STATE_HOME:-${HOME:?}/.local/state}"
		    "/vigie-jobs");
	buf_adds(b, "\nid=");
	text_shell_quote(b, id);
	buf_adds(b, "\n");
}

/* `call` runs before the look. */
static void
end(struct buf *b, const char *call, struct job_slice s)
{
	buf_addf(b, "main() {\necho\n%slook \"$root/$id\" %" PRId64 " %zu\n}\n"
	    "main\n", call, s.from, s.max);
}

/* A function that writes that text to a file; the delimiter is in none of its
 * lines. */
static void
add_writer(struct buf *b, const char *name, const char *text)
{
	uint64_t hash = hash_add(HASH_START, text, strlen(text));
	char delimiter[HASH_TEXT_MAX];

	do {
		hash = hash_add(hash, "", 1);
		hash_text(hash, delimiter);
	} while (strstr(text, delimiter));
	buf_addf(b, "write_%s() {\ncat >\"$new/%s\" <<'%s'\n%s\n%s\n}\n", name,
	    name, delimiter, text, delimiter);
}

void
job_script_start(struct buf *b, const char *root, const char *id,
    const char *script, int64_t deadline_s, struct job_slice s)
{
	begin(b, root, id);
	buf_addf(b, "deadline=%" PRId64 "\n", deadline_s);
	add_writer(b, "script", script);
	add_writer(b, "run", run);
	buf_adds(b, start);
	end(b, "start\n", s);
}

void
job_script_look(struct buf *b, const char *root, const char *id,
    struct job_slice s)
{
	begin(b, root, id);
	end(b, "", s);
}

static const char *const stops[] = {
	[JOB_STOP_NOT] = "-",
	[JOB_STOP_DEADLINE] = "deadline",
	[JOB_STOP_CANCELLED] = "cancelled",
};

void
job_script_stop(struct buf *b, const char *root, const char *id,
    enum job_stop why, struct job_slice s)
{
	begin(b, root, id);
	buf_adds(b, stop);
	end(b, why == JOB_STOP_DEADLINE ? "stop deadline\n" :
	    "stop cancelled\n", s);
}

void
job_script_sweep(struct buf *b, const char *root, const char *prefix,
    int64_t older_than_s)
{
	begin(b, root, "");
	buf_adds(b, "prefix=");
	text_shell_quote(b, prefix);
	buf_addc(b, '\n');
	buf_adds(b, sweep);
	buf_addf(b, "age=%" PRId64 "\nsweep\n", older_than_s);
}

/* --- the answers ----------------------------------------------------------- */

static const char *const seens[JOB_SEENS] = {
	"none", "refused", "starting", "running", "ended", "rebooted", "lost",
};

static int
word(const char *text, const char *const *words, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (strcmp(text, words[i]) == 0)
			return (int)i;
	return -1;
}

/* The line that begins with `tag`, in or after what a login shell prints;
 * NULL when there is none that ends. */
static const char *
find_line(const char *text, size_t len, const char *tag, size_t *line_len)
{
	const char *at = text, *stop_at = text + len, *nl;

	for (; (nl = memchr(at, '\n', stop_at - at)); at = nl + 1) {
		if ((size_t)(nl - at) < strlen(tag) ||
		    memcmp(at, tag, strlen(tag)) != 0)
			continue;
		*line_len = nl - at;
		return at;
	}
	return NULL;
}

static int
parse_line(const char *line, struct job_answer *a)
{
	char seen[16], size[24], code[24], why[16], own[4], rest;
	int64_t n = -1, c = -1;
	int s, w;

	if (sscanf(line, "vigie-job %15s %23s %23s %15s %3s %c", seen, size,
	    code, why, own, &rest) != 5)
		return -1;
	s = word(seen, seens, JOB_SEENS);
	w = word(why, stops, sizeof(stops) / sizeof(stops[0]));
	if (s == -1 || text_int(size, 0, INT64_MAX, &n) == -1)
		return -1;
	if (strcmp(code, "-") != 0 && text_int(code, 0, 255, &c) == -1)
		return -1;
	if (s == JOB_SEEN_ENDED && c == -1)
		return -1;
	a->seen = s;
	a->size = n;
	a->code = (int)c;
	a->stop = w == -1 ? JOB_STOP_NOT : w;
	a->no_session = strcmp(own, "0") == 0;
	return 0;
}

int
job_answer_parse(const char *text, size_t len, struct job_answer *a,
    struct err *e)
{
	struct job_answer seen = {0};
	char line[128];
	size_t n;
	const char *at = find_line(text, len, "vigie-job ", &n);

	if (at && n < sizeof(line)) {
		memcpy(line, at, n);
		line[n] = '\0';
	}
	if (!at || n >= sizeof(line) || strlen(line) != n ||
	    parse_line(line, &seen) == -1)
		return err_set(e, "the host's answer about the job makes no "
		    "sense");
	seen.data = at + n + 1;
	seen.len = len - (size_t)(seen.data - text);
	*a = seen;
	return 0;
}

int
job_swept_parse(const char *text, size_t len, int *removed)
{
	const char *tag = "vigie-swept ";
	size_t n;
	const char *at = find_line(text, len, tag, &n);
	char number[16];
	int64_t value;

	if (!at || n - strlen(tag) >= sizeof(number))
		return -1;
	n -= strlen(tag);
	memcpy(number, at + strlen(tag), n);
	number[n] = '\0';
	if (text_int(number, 0, INT32_MAX, &value) == -1)
		return -1;
	*removed = (int)value;
	return 0;
}
