#include "io/job.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "io/job-script.h"

enum {
	ERRAND_MS = 20000,	/* one question to the host */
	SLICE = 256 * 1024,	/* bytes of the log in one answer */
	TALK_MAX = 16 * 1024,	/* beside it: the answer's line, a greeting */
	OUTPUT_MAX = 1 << 20,	/* told, unless the request says */
	PACE_MIN = 300,
	PACE_MAX = 2000,
	BACKOFF_MIN = 500,
	BACKOFF_MAX = 30000,
	STILLBORN_MS = 15000,	/* a directory without a process */
	PATIENCE_MS = 60000,	/* beyond the deadline */
};

struct job {
	struct loop *loop;
	struct children *children;
	struct ssh *ssh;
	char *root, *id, *script;	/* script NULL: only attached */
	int64_t deadline_ms, begun;	/* mono */
	size_t output_max, told;
	job_output_fn *output;
	job_done_fn *done;
	void *arg;

	struct child *child;		/* an errand on its way: one of them */
	struct ssh_exec *exec;
	struct loop_timer *timer;	/* until the next */
	int64_t pace, backoff;
	bool known;			/* the host has it */
	enum job_stop stop;		/* to be said to the host */
	bool stop_heard;
	int64_t stillborn_since;	/* mono; 0: it has a process */
	int64_t offset;			/* next byte of the log */
	int64_t end_at;			/* of the log, once it has ended; -1 */
	bool truncated;
	bool busy, forgotten;		/* inside a callback; free after it */

	struct job_answer last;		/* without its data */
	int64_t heard_at, next_try;
	char *error;
};

static void on_timer(void *arg);

/* --- errands: a program for the host's shell -------------------------------- */

static void
errand_cancel(struct job *j)
{
	child_cancel(j->child);
	if (j->exec)
		ssh_exec_cancel(j->exec);
	j->child = NULL;
	j->exec = NULL;
}

/* "exec sh" means the same in every login shell. */
static void
errand(struct children *c, struct ssh *ssh, const struct buf *program,
    size_t output_max, child_done_fn *done, void *arg, struct child **child,
    struct ssh_exec **exec)
{
	static const char *const argv[] = {"sh", NULL};
	struct child_request r = {
		.argv = argv, .input = program->data,
		.input_len = program->len, .output_max = output_max,
		.deadline_ms = ERRAND_MS, .done = done, .arg = arg,
	};

	if (ssh)
		*exec = ssh_exec(ssh, "exec sh", &r);
	else
		*child = child_start(c, &r);
}

/* Why there is no answer; the caller frees it. */
static char *
errand_failure(const struct child_result *r, const char *nonsense)
{
	char *said = text_clean(r->err, r->err_len < 300 ? r->err_len : 300);
	char *why;

	if (r->error)
		why = xstrdup(r->error);
	else if (r->timed_out)
		why = xasprintf("no answer within %d s", ERRAND_MS / 1000);
	else if (r->signal)
		why = xasprintf("the host's shell was killed by signal %d",
		    r->signal);
	else
		why = xasprintf("%s%s%s", nonsense, *said ? ": " : "", said);
	free(said);
	return why;
}

/* --- the end ----------------------------------------------------------------- */

static void
job_free(struct job *j)
{
	errand_cancel(j);
	loop_timer_cancel(j->timer);
	if (j->script)
		explicit_bzero(j->script, strlen(j->script));
	free(j->script);
	free(j->root);
	free(j->id);
	free(j->error);
	free(j);
}

static void
finish(struct job *j, enum job_end end, const char *why)
{
	struct job_result r = {
		.end = end, .exit_code = -1, .why = why,
		.log_bytes = j->last.size, .truncated = j->truncated,
	};

	if (end == JOB_EXITED)
		r.exit_code = j->last.code;
	if (end == JOB_SIGNALED)
		r.signal = j->last.code - 128;
	j->busy = true;
	j->done(&r, j->arg);
	job_free(j);
}

static void
finish_ended(struct job *j)
{
	char *why = NULL;
	int signal = j->last.code - 128;

	if (j->last.stop == JOB_STOP_DEADLINE) {
		why = j->deadline_ms ? xasprintf("took longer than %lld s and "
		    "was stopped", (long long)(j->deadline_ms + 999) / 1000) :
		    xstrdup("took longer than it may and was stopped");
		finish(j, JOB_DEADLINE, why);
	} else if (j->last.stop == JOB_STOP_CANCELLED) {
		finish(j, JOB_CANCELLED, "was cancelled");
	} else if (signal > 0 && signal <= 64) {
		why = xasprintf("was killed by signal %d", signal);
		finish(j, JOB_SIGNALED, why);
	} else {
		finish(j, JOB_EXITED, NULL);
	}
	free(why);
}

static void
finish_unknown(struct job *j, enum job_seen seen)
{
	static const char *const whys[JOB_SEENS] = {
		[JOB_SEEN_NONE] = "its spool directory is not there",
		[JOB_SEEN_STARTING] = "it was prepared, but was never seen to "
		    "run",
		[JOB_SEEN_REBOOTED] = "the host has rebooted while it ran",
		[JOB_SEEN_LOST] = "its process has gone without leaving a "
		    "status",
	};

	finish(j, JOB_UNKNOWN, whys[seen]);
}

/* --- what the host answers ---------------------------------------------------- */

static void
again(struct job *j, int64_t ms)
{
	loop_timer_cancel(j->timer);
	j->timer = loop_timer(j->loop, ms, on_timer, j);
}

/* Past its deadline the host should have stopped it. */
static bool
overdue(const struct job *j)
{
	return j->deadline_ms && clock_mono() - j->begun >
	    j->deadline_ms + PATIENCE_MS;
}

static void
unheard(struct job *j, const char *why)
{
	char since[CLOCK_TEXT_MAX], *text;

	xstrset(&j->error, why);
	if (!overdue(j)) {
		j->backoff = j->backoff ? j->backoff * 2 : BACKOFF_MIN;
		if (j->backoff > BACKOFF_MAX)
			j->backoff = BACKOFF_MAX;
		j->next_try = clock_wall() + j->backoff;
		again(j, j->backoff);
		return;
	}
	clock_rfc3339(j->heard_at, since);
	text = xasprintf("nothing was heard of it %s%s, and its deadline has "
	    "passed: %s", j->heard_at == TIME_UNKNOWN ? "at all" : "since ",
	    j->heard_at == TIME_UNKNOWN ? "" : since, why);
	finish(j, JOB_UNKNOWN, text);
	free(text);
}

/* Says false when the receiver has forgotten the job, which is gone then. */
static bool
tell(struct job *j, const char *data, size_t len)
{
	size_t room = j->output_max - j->told;
	int64_t offset = j->offset;

	if (len > room) {
		len = room;
		j->truncated = true;
	}
	j->offset += (int64_t)len;
	j->told += len;
	if (j->output && len) {
		j->busy = true;
		j->output(data, len, offset, j->arg);
		j->busy = false;
	}
	if (j->forgotten)
		job_free(j);
	else
		return true;
	return false;
}

/* What is left of the log has come, or is not wanted. */
static bool
is_drained(const struct job *j, int64_t size)
{
	return j->offset >= size || j->truncated;
}

static void
on_running(struct job *j, bool news)
{
	if (overdue(j) && j->stop == JOB_STOP_NOT)
		j->stop = JOB_STOP_DEADLINE;
	j->pace = news ? PACE_MIN : j->pace + j->pace / 2;
	if (j->pace > PACE_MAX)
		j->pace = PACE_MAX;
	if (!is_drained(j, j->last.size) ||
	    (j->stop != JOB_STOP_NOT && !j->stop_heard))
		again(j, 0);
	else
		again(j, j->pace);
}

static void
on_starting(struct job *j)
{
	int64_t now = clock_mono();

	if (!j->stillborn_since)
		j->stillborn_since = now;
	if (now - j->stillborn_since > STILLBORN_MS)
		finish_unknown(j, JOB_SEEN_STARTING);
	else
		again(j, PACE_MIN / 3);
}

/* The log may still grow by what has outlived the job: that is not its. */
static void
on_end(struct job *j)
{
	if (j->end_at == -1)
		j->end_at = j->last.size;
	if (!is_drained(j, j->end_at))
		again(j, 0);
	else if (j->last.seen == JOB_SEEN_ENDED)
		finish_ended(j);
	else
		finish_unknown(j, j->last.seen);
}

static void
on_refused(struct job *j, const struct job_answer *a)
{
	char *why = text_clean(a->data, a->len < 500 ? a->len : 500);

	finish(j, JOB_REFUSED, *why ? why : "the host gives no reason");
	free(why);
}

static void
act(struct job *j, const struct job_answer *a)
{
	bool has_log = a->seen != JOB_SEEN_NONE && a->seen != JOB_SEEN_REFUSED;
	bool news = has_log && a->len > 0;

	if (has_log) {
		j->known = true;
		if (!tell(j, a->data, a->len))
			return;
	}
	if (a->seen != JOB_SEEN_STARTING)
		j->stillborn_since = 0;
	switch (a->seen) {
	case JOB_SEEN_REFUSED:
		on_refused(j, a);
		break;
	case JOB_SEEN_STARTING:
		on_starting(j);
		break;
	case JOB_SEEN_RUNNING:
		on_running(j, news);
		break;
	case JOB_SEEN_NONE:
		finish_unknown(j, JOB_SEEN_NONE);
		break;
	default:
		on_end(j);
		break;
	}
}

static void
on_answer(const struct child_result *r, void *arg)
{
	struct job *j = arg;
	struct job_answer a;
	struct err e;
	char *why;

	j->child = NULL;
	j->exec = NULL;
	if (r->error || r->timed_out || r->truncated ||
	    job_answer_parse(r->out, r->out_len, &a, &e) == -1) {
		why = errand_failure(r, "the host's answer about the job "
		    "makes no sense");
		unheard(j, why);
		free(why);
		return;
	}
	j->heard_at = clock_wall();
	j->next_try = TIME_UNKNOWN;
	j->backoff = 0;
	xstrset(&j->error, NULL);
	if (a.stop != JOB_STOP_NOT)
		j->stop_heard = true;
	j->last = a;
	j->last.data = NULL;
	act(j, &a);
}

/* --- what it is asked ---------------------------------------------------------- */

static void
ask(struct job *j)
{
	struct buf b = BUF_INIT(JOB_SCRIPT_MAX + 64 * 1024);
	struct job_slice slice = {.from = j->offset, .max = SLICE};

	if (j->truncated)
		slice.from = INT64_MAX - 1;
	if (j->stop != JOB_STOP_NOT && !j->stop_heard)
		job_script_stop(&b, j->root, j->id, j->stop, slice);
	else if (j->script && !j->known)
		job_script_start(&b, j->root, j->id, j->script,
		    (j->deadline_ms + 999) / 1000, slice);
	else
		job_script_look(&b, j->root, j->id, slice);
	errand(j->children, j->ssh, &b, SLICE + TALK_MAX, on_answer, j,
	    &j->child, &j->exec);
	explicit_bzero(b.data, b.len);
	buf_release(&b);
}

static void
on_timer(void *arg)
{
	struct job *j = arg;

	j->timer = NULL;
	if (!job_id_is_valid(j->id))
		finish(j, JOB_REFUSED, "its id is not a name for a directory");
	else if (j->script && strlen(j->script) > JOB_SCRIPT_MAX)
		finish(j, JOB_REFUSED, "its script is too long");
	else
		ask(j);
}

/* --- the interface ------------------------------------------------------------- */

struct job *
job_attach(struct loop *l, const struct job_place *p,
    const struct job_request *r)
{
	struct job *j = xcalloc(1, sizeof(*j));

	j->loop = l;
	j->children = p->children;
	j->ssh = p->ssh;
	j->root = xstrdup_or_null(p->root);
	j->id = xstrdup(r->id);
	j->begun = clock_mono();
	j->offset = r->from;
	j->output_max = r->output_max ? r->output_max : OUTPUT_MAX;
	j->output = r->output;
	j->done = r->done;
	j->arg = r->arg;
	j->pace = PACE_MIN;
	j->end_at = -1;
	j->heard_at = TIME_UNKNOWN;
	j->next_try = TIME_UNKNOWN;
	again(j, 0);
	return j;
}

struct job *
job_start(struct loop *l, const struct job_place *p,
    const struct job_request *r)
{
	struct job *j = job_attach(l, p, r);

	j->script = xstrdup(r->script);
	j->deadline_ms = r->deadline_ms;
	return j;
}

void
job_cancel(struct job *j)
{
	if (j->stop != JOB_STOP_NOT)
		return;
	j->stop = JOB_STOP_CANCELLED;
	/* The errand on its way is heard first: it may be the start. */
	if (!j->child && !j->exec && !j->busy)
		again(j, 0);
}

void
job_forget(struct job *j)
{
	if (!j)
		return;
	j->forgotten = true;
	if (!j->busy)
		job_free(j);
}

struct job_status
job_status(const struct job *j)
{
	return (struct job_status){
		.running = j->last.seen == JOB_SEEN_RUNNING,
		.heard_at = j->heard_at,
		.error = j->error,
		.next_try = j->next_try,
		.log_bytes = j->last.size,
		.note = j->last.no_session ? "the host has no setsid: what the "
		    "job starts may outlive its end" : NULL,
	};
}

/* --- sweeping ------------------------------------------------------------------ */

struct jobs_sweep {
	struct child *child;
	struct ssh_exec *exec;
	jobs_sweep_fn *done;
	void *arg;
};

static void
on_swept(const struct child_result *r, void *arg)
{
	struct jobs_sweep *s = arg;
	int removed = 0;
	char *why = NULL;

	if (r->error || r->timed_out ||
	    job_swept_parse(r->out, r->out_len, &removed) == -1)
		why = errand_failure(r, "the host's answer about old jobs "
		    "makes no sense");
	if (s->done)
		s->done(removed, why, s->arg);
	free(why);
	free(s);
}

struct jobs_sweep *
jobs_sweep(const struct job_place *p, const char *prefix,
    int64_t older_than_ms, jobs_sweep_fn *done, void *arg)
{
	struct jobs_sweep *s = xcalloc(1, sizeof(*s));
	struct buf b = BUF_INIT(64 * 1024);

	s->done = done;
	s->arg = arg;
	job_script_sweep(&b, p->root, prefix, older_than_ms / 1000);
	errand(p->children, p->ssh, &b, TALK_MAX, on_swept, s, &s->child,
	    &s->exec);
	buf_release(&b);
	return s;
}

void
jobs_sweep_cancel(struct jobs_sweep *s)
{
	if (!s)
		return;
	child_cancel(s->child);
	if (s->exec)
		ssh_exec_cancel(s->exec);
	free(s);
}
