#include "server/journal.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "server/journal-db.h"
#include "server/journal-job.h"
#include "server/journal-line.h"
#include "server/journal-usual.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)
#define OUTPUT_AGE_MS (180 * DAY_MS)
#define PRUNE_MS (DAY_MS / 4)
#define STATE_MAX (4 * 1024 * 1024)
/* Output that waits for the disk; beyond it is dropped, and that is told. */
#define WAITING_MAX (8 * 1024 * 1024)
#define QUESTIONS_MAX 32
#define LIMIT_MAX 1000
/* Ended runs from which the usual durations are learnt. */
#define LEARNT 200

struct journal {
	struct journal_options o;
	struct loop *loop;
	struct worker *worker;
	struct journal_db *db;	/* the thread's alone */
	struct journal_usual usual;
	struct loop_timer *prune;
	struct journal_job *jobs;	/* all that are not freed */
	size_t waiting;		/* bytes of output that wait */
	size_t questions, verifications;
	bool troubled, flooded, ending;
	char *missing;
};

/* --- the thread ----------------------------------------------------------- */

static struct journal_job *
job_of(struct task *t)
{
	return (struct journal_job *)t;
}

static int
write_jobs(struct journal *j, struct task *t, const struct task *end,
    struct err *e)
{
	if (journal_db_begin(j->db, e) == -1)
		return -1;
	for (; t != end; t = t->next)
		if (!job_of(t)->error &&
		    journal_job_write(j->db, job_of(t), e) == -1)
			return -1;
	return journal_db_commit(j->db, e);
}

/* Writes that follow each other are one transaction: one fsync. Returns the
 * first task after them. */
static struct task *
write_group(struct journal *j, struct task *first)
{
	struct task *end = first, *t;
	struct err e;

	while (end && journal_job_writes(job_of(end)))
		end = end->next;
	if (write_jobs(j, first, end, &e) == -1) {
		for (t = first; t != end; t = t->next)
			xstrset(&job_of(t)->error, e.text);
	} else if (journal_db_witness(j->db, &e) == -1) {
		job_of(first)->warning = xstrdup(e.text);
	}
	return end;
}

static void
work(void *arg, struct tasks *tasks)
{
	struct journal *j = arg;
	struct task *t = tasks->first;

	while (t) {
		if (journal_job_writes(job_of(t))) {
			t = write_group(j, t);
		} else {
			journal_job_ask(j->db, job_of(t));
			t = t->next;
		}
	}
}

/* --- the loop's side ------------------------------------------------------ */

static void
unlink_job(struct journal *j, struct journal_job *job)
{
	if (job->next)
		job->next->previous = job->previous;
	if (job->previous)
		job->previous->next = job->next;
	else
		j->jobs = job->next;
}

static void
set_trouble(struct journal *j, const char *text)
{
	if (text ? j->troubled : !j->troubled || j->flooded)
		return;
	j->troubled = text != NULL;
	if (j->o.trouble)
		j->o.trouble(j->o.arg, text);
}

static void
written(struct journal *j, const struct journal_job *job)
{
	j->waiting -= job->len;
	if (j->waiting < WAITING_MAX / 2)
		j->flooded = false;
	set_trouble(j, job->error ? job->error : job->warning);
	if (!job->error && job->state && job->entry.step)
		journal_usual_learn(&j->usual, job->state, job->entry.step,
		    true);
	if (job->done)
		job->done(job->arg, job->error);
}

static void
answered(struct journal *j, const struct journal_job *job)
{
	struct json *answer = NULL;

	j->questions--;
	if (job->kind == JOB_VERIFY)
		j->verifications--;
	if (!job->answer)
		return;
	if (!job->error)
		answer = journal_job_answer(job);
	job->answer(job->arg, answer, job->error);
	json_free(answer);
}

/* Frees it. */
static void
finish(struct journal *j, struct journal_job *job)
{
	unlink_job(j, job);
	if (journal_job_writes(job))
		written(j, job);
	else
		answered(j, job);
	journal_job_free(job);
}

static void
worked(void *arg, struct tasks *tasks)
{
	struct task *t;

	while ((t = tasks_take(tasks)))
		finish(arg, job_of(t));
}

static void
post(struct journal *j, struct journal_job *job)
{
	job->next = j->jobs;
	if (j->jobs)
		j->jobs->previous = job;
	j->jobs = job;
	if (!j->ending) {
		worker_post(j->worker, &job->task, true);
		return;
	}
	/* The thread is gone. */
	xstrset(&job->error, "the journal is closed: the server is ending");
	finish(j, job);
}

/* --- writing -------------------------------------------------------------- */

static struct journal_job *
entry_job(const struct journal_entry *e, journal_done_fn *done, void *arg)
{
	struct journal_job *job = journal_job_new(JOB_ENTRY);

	job->entry = (struct journal_entry){
		.at = e->at ? e->at : clock_wall(),
		.kind = journal_text(e->kind),
		.environment = journal_text(e->environment),
		.run = journal_text(e->run),
		.step = journal_text(e->step),
		.who = journal_text(e->who),
		.uid = e->uid,
		.tty = journal_text(e->tty),
		.text = journal_text(e->text),
		.reason = journal_text(e->reason),
		.fingerprint = journal_text(e->fingerprint),
		.exit_code = e->exit_code,
		.duration_ms = e->duration_ms,
	};
	job->done = done;
	job->arg = arg;
	return job;
}

void
journal_append(struct journal *j, const struct journal_entry *e,
    journal_done_fn *done, void *arg)
{
	post(j, entry_job(e, done, arg));
}

void
journal_run(struct journal *j, const struct journal_entry *e, const char *run,
    const char *state, bool ended, journal_done_fn *done, void *arg)
{
	struct journal_job *job = entry_job(e, done, arg);

	job->run = xstrdup(run);
	job->ended = ended;
	/* Half a state would be worse than none. */
	if (strlen(state) <= STATE_MAX)
		job->state = xstrdup(state);
	else
		job->error = xasprintf("the state of the run %s is too long to "
		    "be kept: more than %d bytes", run, STATE_MAX);
	post(j, job);
}

void
journal_output(struct journal *j, const char *run, const char *step,
    const char *data, size_t len)
{
	struct journal_job *job;

	if (j->waiting + len > WAITING_MAX) {
		set_trouble(j, "output of a run is lost: the disk of the "
		    "journal is too slow for it");
		j->flooded = true;
		return;
	}
	job = journal_job_new(JOB_OUTPUT);
	job->run = xstrdup(run);
	job->step = xstrdup(step);
	job->data = xmalloc(len + 1);
	memcpy(job->data, data, len);
	job->len = len;
	job->at = clock_wall();
	j->waiting += len;
	post(j, job);
}

static void
prune(void *arg)
{
	struct journal *j = arg;
	struct journal_job *job = journal_job_new(JOB_PRUNE);

	job->at = clock_wall() - OUTPUT_AGE_MS;
	post(j, job);
	j->prune = loop_timer(j->loop, PRUNE_MS, prune, j);
}

/* --- questions ------------------------------------------------------------ */

static void
ask(struct journal *j, struct journal_job *job, journal_answer_fn *fn,
    void *arg)
{
	job->answer = fn;
	job->arg = arg;
	j->questions++;
	post(j, job);
}

void
journal_ask(struct journal *j, const struct journal_query *q,
    journal_answer_fn *fn, void *arg)
{
	struct journal_job *job = journal_job_new(JOB_ASK);

	job->environment = xstrdup_or_null(q->environment);
	job->run = xstrdup_or_null(q->run);
	job->before = q->before;
	job->limit = q->limit < 1 ? 1 :
	    q->limit > LIMIT_MAX ? LIMIT_MAX : q->limit;
	ask(j, job, fn, arg);
}

void
journal_verify(struct journal *j, journal_answer_fn *fn, void *arg)
{
	j->verifications++;
	ask(j, journal_job_new(JOB_VERIFY), fn, arg);
}

void
journal_ask_output(struct journal *j, const char *run, const char *step,
    journal_answer_fn *fn, void *arg)
{
	struct journal_job *job = journal_job_new(JOB_READ_OUTPUT);

	job->run = xstrdup(run);
	job->step = xstrdup(step);
	ask(j, job, fn, arg);
}

bool
journal_busy(const struct journal *j)
{
	return j->questions >= QUESTIONS_MAX || j->verifications > 0;
}

void
journal_forget(struct journal *j, void *arg)
{
	struct journal_job *job;

	for (job = j->jobs; job; job = job->next)
		if (job->arg == arg) {
			job->done = NULL;
			job->answer = NULL;
		}
}

int64_t
journal_usual(const struct journal *j, const char *book,
    const char *environment, const char *step)
{
	return journal_usual_find(&j->usual, book, environment, step);
}

/* --- start and stop ------------------------------------------------------- */

/* Beside the thread, which may have begun to write already. */
int
journal_runs(struct journal *j, int ended,
    void (*fn)(void *arg, const char *run, const char *state), void *arg,
    struct err *e)
{
	struct journal_db *d = journal_db_reader(j->o.path, e);
	int result;

	if (!d)
		return -1;
	result = journal_db_runs(d, ended, fn, arg, e);
	journal_db_close(d);
	return result;
}

static void
learn_run(void *arg, const char *run, const char *state)
{
	struct journal *j = arg;

	(void)run;
	journal_usual_learn(&j->usual, state, NULL, false);
}

const char *
journal_missing(const struct journal *j)
{
	return j->missing;
}

/* What was lost is told in its place: the numbers are given again. */
static void
tell_missing(struct journal *j)
{
	const char *hash;
	int64_t last = journal_db_last(j->db, &hash);
	int64_t lost = journal_db_missing(j->db);

	if (!lost)
		return;
	j->missing = xasprintf("the journal's end is missing: entries %lld to "
	    "%lld were written once and are not there any more",
	    (long long)last + 1, (long long)lost);
	journal_append(j, &(struct journal_entry){.kind = "journal-cut",
	    .uid = -1, .text = j->missing, .exit_code = -1,
	    .duration_ms = -1}, NULL, NULL);
}

struct journal *
journal_new(struct loop *l, const struct journal_options *o, struct err *e)
{
	struct journal *j = xcalloc(1, sizeof(*j));

	j->o = *o;
	j->loop = l;
	j->db = journal_db_open(o->path, e);
	if (!j->db || journal_db_runs(j->db, LEARNT, learn_run, j, e) == -1)
		goto fail;
	j->worker = worker_new(l, "journal", work, worked, j, e);
	if (!j->worker)
		goto fail;
	j->o.path = xstrdup(o->path);
	tell_missing(j);
	prune(j);
	return j;
fail:
	journal_db_close(j->db);
	journal_usual_release(&j->usual);
	free(j);
	return NULL;
}

void
journal_free(struct journal *j)
{
	if (!j)
		return;
	loop_timer_cancel(j->prune);
	j->ending = true;
	/* See worker_free(): the thread still uses all of it. */
	if (!worker_free(j->worker))
		return;
	journal_db_close(j->db);
	journal_usual_release(&j->usual);
	free((char *)j->o.path);
	free(j->missing);
	free(j);
}
