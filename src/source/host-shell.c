#include "source/host-shell.h"

#include <sys/random.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/text.h"
#include "source/pace.h"
#include "source/split.h"

enum {
	LINE_MAX_BYTES = 64 * 1024,
	COMPLAINT_MAX = 512,
};

struct job {
	TAILQ_ENTRY(job) link;
	char *what, *script;
	size_t output_max;
	int64_t deadline_ms;
	host_shell_done_fn *done;
	void *arg;
};

struct host_shell {
	struct observer *o;
	struct child *child;	/* one of the two */
	struct ssh_exec *exec;
	unsigned generation;
	TAILQ_HEAD(, job) jobs;	/* the first one is running when `busy` */
	bool busy;
	unsigned sequence;
	char marker[40];	/* the line that ends an answer begins so; not
				 * to be guessed by what prints the answer */
	struct split split;
	struct buf out;
	struct buf complaint;	/* the beginning of its standard error */
	struct loop_timer *deadline, *turn;
	struct backoff backoff;
	int64_t not_before;	/* mono ms: the next start */
	char *why;		/* the last end */
};

static void turn_soon(struct host_shell *s);

static void
job_free(struct job *j)
{
	free(j->what);
	free(j->script);
	free(j);
}

static void
job_end(struct host_shell *s, const struct host_shell_reply *r)
{
	struct job *j = TAILQ_FIRST(&s->jobs);

	TAILQ_REMOVE(&s->jobs, j, link);
	s->busy = false;
	loop_timer_cancel(s->deadline);
	s->deadline = NULL;
	j->done(r, j->arg);
	job_free(j);
}

static bool
is_open(const struct host_shell *s)
{
	return s->child || s->exec;
}

static void
shut(struct host_shell *s)
{
	child_cancel(s->child);
	if (s->exec)
		ssh_exec_cancel(s->exec);
	s->child = NULL;
	s->exec = NULL;
}

/* --- answers ------------------------------------------------------------- */

static bool
on_line(const char *line, size_t len, void *arg)
{
	struct host_shell *s = arg;
	size_t n = strlen(s->marker);
	struct host_shell_reply r = {0};
	unsigned sequence;
	char tail[64];

	if (len < n || memcmp(line, s->marker, n)) {
		buf_add(&s->out, line, len);
		buf_addc(&s->out, '\n');
		return true;
	}
	snprintf(tail, sizeof(tail), "%.*s", (int)(len - n), line + n);
	if (sscanf(tail, " %u %d", &sequence, &r.status) != 2 ||
	    sequence != s->sequence || !s->busy)
		return true;
	/* The line feed before the marker is ours. */
	if (s->out.len)
		s->out.data[--s->out.len] = '\0';
	r.out = buf_str(&s->out);
	r.len = s->out.len;
	if (s->out.over || s->split.dropped)
		r.error = "the host's answer is too long";
	/* A shell that answers is worth being started again at once. */
	backoff_reset(&s->backoff);
	job_end(s, &r);
	turn_soon(s);
	return true;
}

static void
on_output(int which, const char *data, size_t len, void *arg)
{
	struct host_shell *s = arg;
	size_t room = s->complaint.max - s->complaint.len;

	if (which == 1)
		split_feed(&s->split, data, len, on_line, s);
	else
		buf_add(&s->complaint, data, len < room ? len : room);
}

/* --- its end ------------------------------------------------------------- */

/* All that waits fails for that reason: the next look starts a new shell. */
static void
ended(struct host_shell *s, const char *why, bool timed_out)
{
	struct host_shell_reply r = {
		.timed_out = timed_out, .status = -1, .out = "",
	};

	const char *link = observer_link_error(s->o);

	s->not_before = clock_mono() + backoff_next(&s->backoff);
	xstrset(&s->why, link ? link : why);
	r.error = s->why;
	log_info("%s: shell: %s", s->o->conf->name, s->why);
	if (s->busy)
		job_end(s, &r);
	turn_soon(s);
}

static void
on_done(const struct child_result *r, void *arg)
{
	struct host_shell *s = arg;
	char *said = text_clean(buf_str(&s->complaint), s->complaint.len);
	char *why;

	s->child = NULL;
	s->exec = NULL;
	if (r->error)
		why = xstrdup(r->error);
	else if (r->signal)
		why = xasprintf("the shell on the host was killed by signal %d",
		    r->signal);
	else
		why = xasprintf("the shell on the host has ended (%d)%s%s",
		    r->exit_code, *said ? ": " : "", said);
	ended(s, why, false);
	free(said);
	free(why);
}

static void
on_deadline(void *arg)
{
	struct host_shell *s = arg;
	struct job *j = TAILQ_FIRST(&s->jobs);
	char *why = xasprintf("%s took longer than %lld s", j->what,
	    (long long)(j->deadline_ms + 999) / 1000);

	s->deadline = NULL;
	shut(s);
	ended(s, why, true);
	free(why);
}

/* --- work ---------------------------------------------------------------- */

static void
begin(struct host_shell *s)
{
	static const char *const argv[] = {"sh", NULL};
	struct child_request r = {
		.argv = argv, .keep_input = true, .output = on_output,
		.done = on_done, .arg = s,
	};
	uint64_t secret[2] = {0};

	if (getrandom(secret, sizeof(secret), 0) == -1)
		secret[0] = (uintptr_t)s ^ (uint64_t)clock_wall();
	snprintf(s->marker, sizeof(s->marker), "-%016llx%016llx",
	    (unsigned long long)secret[0], (unsigned long long)secret[1]);
	s->generation++;
	split_release(&s->split);
	split_init(&s->split, LINE_MAX_BYTES);
	buf_clear(&s->complaint);
	/* "exec" leaves one process on the host instead of two, in every
	 * login shell that there is. */
	if (s->o->ssh)
		s->exec = ssh_exec(s->o->ssh, "exec sh", &r);
	else
		s->child = child_start(s->o->w->children, &r);
}

static int
say(struct host_shell *s, const char *text, size_t len)
{
	return s->exec ? ssh_exec_write(s->exec, text, len) :
	    child_write(s->child, text, len);
}

static void
run_first(struct host_shell *s)
{
	struct job *j = TAILQ_FIRST(&s->jobs);
	struct buf b = BUF_INIT(2 << 20);
	bool fresh = !is_open(s);

	if (fresh)
		begin(s);
	s->busy = true;
	s->sequence++;
	buf_clear(&s->out);
	s->out.max = j->output_max;
	s->split.dropped = 0;
	if (fresh)
		buf_adds(&b, "LC_ALL=C; export LC_ALL\n");
	buf_addf(&b, "{\n%s\n} </dev/null\n"
	    "printf '\\n%s %%d %%d\\n' %u $?\n", j->script, s->marker,
	    s->sequence);
	s->deadline = loop_timer(s->o->w->loop, j->deadline_ms, on_deadline,
	    s);
	if (b.over || say(s, b.data, b.len) == -1) {
		shut(s);
		ended(s, "the host's shell does not read what it is sent",
		    false);
	}
	buf_release(&b);
}

static void
on_turn(void *arg)
{
	struct host_shell *s = arg;
	struct host_shell_reply r = {.status = -1, .out = ""};

	s->turn = NULL;
	if (s->busy || TAILQ_EMPTY(&s->jobs))
		return;
	if (s->o->conf->ssh_host && !s->o->ssh)
		r.error = s->o->ssh_error.text;
	else if (!is_open(s) && clock_mono() < s->not_before)
		r.error = s->why;
	if (!r.error) {
		run_first(s);
		return;
	}
	job_end(s, &r);
	turn_soon(s);
}

static void
turn_soon(struct host_shell *s)
{
	if (!s->turn && !s->busy && !TAILQ_EMPTY(&s->jobs))
		s->turn = loop_timer(s->o->w->loop, 0, on_turn, s);
}

void
host_shell_run(struct host_shell *s, const struct host_shell_request *r)
{
	struct job *j = xcalloc(1, sizeof(*j));

	j->what = xstrdup(r->what);
	j->script = xstrdup(r->script);
	j->output_max = r->output_max;
	j->deadline_ms = r->deadline_ms;
	j->done = r->done;
	j->arg = r->arg;
	TAILQ_INSERT_TAIL(&s->jobs, j, link);
	turn_soon(s);
}

/* --- for the observer ---------------------------------------------------- */

struct host_shell *
host_shell_new(struct observer *o)
{
	struct host_shell *s = xcalloc(1, sizeof(*s));

	s->o = o;
	TAILQ_INIT(&s->jobs);
	buf_init(&s->out, 0);
	buf_init(&s->complaint, COMPLAINT_MAX);
	return s;
}

void
host_shell_free(struct host_shell *s)
{
	struct job *j;

	if (!s)
		return;
	shut(s);
	loop_timer_cancel(s->deadline);
	loop_timer_cancel(s->turn);
	while ((j = TAILQ_FIRST(&s->jobs))) {
		TAILQ_REMOVE(&s->jobs, j, link);
		job_free(j);
	}
	split_release(&s->split);
	buf_release(&s->out);
	buf_release(&s->complaint);
	free(s->why);
	free(s);
}

unsigned
host_shell_generation(const struct host_shell *s)
{
	return s->generation;
}

void
host_shell_retry(struct host_shell *s)
{
	backoff_reset(&s->backoff);
	s->not_before = 0;
}
