#include "server/history.h"

#include <math.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "server/history-db.h"
#include "server/worker.h"

#define MINUTE_MS INT64_C(60000)
/* Work that waits for the thread. 100 containers make about 250 rows a minute,
 * 2,000 about 4,000. */
#define QUEUE_MAX 50000
/* Figures followed at once are found through a table of this many chains. */
#define CHAINS 1024

/* The minute that one figure is in. */
struct figure {
	struct figure *next;	/* in its chain */
	char *environment, *subject, *metric;
	int64_t start;
	int64_t last_at;	/* a sample is counted once */
	double sum;
	int count;
};

enum job_kind { JOB_SAMPLE, JOB_PRUNE, JOB_QUERY, JOB_REPORT };

/* One thing for the thread to do, and afterwards its answer. */
struct job {
	struct task task;	/* first */
	enum job_kind kind;
	const struct figure *figure;	/* of a sample; lives as long as h */
	enum history_table table;
	int64_t at;
	double value;
	struct query *query;
	char *trouble;		/* of a report: NULL when all was written */
};

struct query {
	int id;
	char *environment, *subject, *metric;
	int64_t from, to;
	int points;
	bool raw;
	double *values;
	char *error;
	history_answer_fn *fn;
	void *arg;
};

struct history {
	struct history_options o;
	struct history_db *db;		/* the thread's alone */
	struct worker *worker;
	char *trouble;			/* of the last write */
	struct figure *chains[CHAINS];
	int next_id;
	int *wanted;		/* ids whose answers are still wanted */
	size_t wanted_count;
};

static void
job_free(struct job *j)
{
	if (j->query) {
		free(j->query->environment);
		free(j->query->subject);
		free(j->query->metric);
		free(j->query->values);
		free(j->query->error);
		free(j->query);
	}
	free(j->trouble);
	free(j);
}

static struct job *
take_job(struct tasks *q)
{
	return (struct job *)(void *)tasks_take(q);
}

/* --- the thread ----------------------------------------------------------- */

/* All samples that wait, as one transaction: one fsync at the most. */
static int
write_samples(struct history *h, const struct task *t, struct err *e)
{
	if (!t)
		return 0;
	if (history_db_begin(h->db, e) == -1)
		return -1;
	for (; t; t = t->next) {
		const struct job *j = (const struct job *)(const void *)t;
		const struct figure *f = j->figure;
		struct history_key k = {f->environment, f->subject, f->metric};

		if (history_db_write(h->db, j->table, &k, j->at, j->value, e)
		    == -1)
			return -1;
	}
	return history_db_commit(h->db, e);
}

static void
answer(struct history *h, struct job *j)
{
	struct query *q = j->query;
	struct history_key k = {q->environment, q->subject, q->metric};
	struct err e;
	int result;

	q->values = xcalloc(q->points, sizeof(*q->values));
	result = q->raw ?
	    history_db_recent(h->db, &k, q->from, q->to, q->values, &q->points,
	    &e) : history_db_averages(h->db, &k, q->from, q->to, q->values,
	    q->points, &e);
	if (result == -1) {
		q->error = xstrdup(e.text);
		q->points = 0;
	}
}

static struct job *
new_report(const char *trouble)
{
	struct job *j = xcalloc(1, sizeof(*j));

	j->kind = JOB_REPORT;
	j->trouble = xstrdup_or_null(trouble);
	return j;
}

static void
work(void *arg, struct tasks *tasks)
{
	struct history *h = arg;
	struct tasks samples = {0}, others = {0};
	struct job *j;
	struct err e;
	bool failed, wrote;

	while ((j = take_job(tasks)))
		tasks_add(j->kind == JOB_SAMPLE ? &samples : &others, &j->task);
	wrote = samples.first;
	failed = write_samples(h, samples.first, &e) == -1;
	while ((j = take_job(&samples)))
		job_free(j);
	while ((j = take_job(&others))) {
		if (j->kind == JOB_QUERY) {
			answer(h, j);
			tasks_add(tasks, &j->task);
			continue;
		}
		if (!failed)
			failed = history_db_prune(h->db, j->at, &e) == -1;
		wrote = true;
		job_free(j);
	}
	if (wrote)
		tasks_add(tasks, &new_report(failed ? e.text : NULL)->task);
}

/* --- the loop's side ------------------------------------------------------ */

static bool
take_wanted(struct history *h, int id)
{
	size_t i;

	for (i = 0; i < h->wanted_count; i++)
		if (h->wanted[i] == id) {
			h->wanted[i] = h->wanted[--h->wanted_count];
			return true;
		}
	return false;
}

static void
done(void *arg, struct tasks *tasks)
{
	struct history *h = arg;
	struct job *j;

	while ((j = take_job(tasks))) {
		struct query *q = j->query;

		if (j->kind == JOB_REPORT) {
			if (xstrset(&h->trouble, j->trouble))
				h->o.trouble(h->o.arg, h->trouble);
		} else if (take_wanted(h, q->id)) {
			q->fn(q->arg, q->values, q->points, q->error);
		}
		job_free(j);
	}
}

struct history *
history_new(struct loop *l, const struct history_options *o, struct err *e)
{
	struct history *h = xcalloc(1, sizeof(*h));

	h->o = *o;
	h->db = history_db_new(o->path, o->age_ms, o->max_bytes);
	h->worker = worker_new(l, "history", work, done, h, e);
	if (h->worker)
		return h;
	history_db_free(h->db);
	free(h);
	return NULL;
}

static void
free_figures(struct history *h)
{
	struct figure *f, *next;
	size_t i;

	for (i = 0; i < CHAINS; i++)
		for (f = h->chains[i]; f; f = next) {
			next = f->next;
			free(f->environment);
			free(f->subject);
			free(f->metric);
			free(f);
		}
}

void
history_free(struct history *h)
{
	if (!h)
		return;
	history_flush(h, INT64_MAX);
	h->wanted_count = 0;	/* who asked is gone */
	if (!worker_free(h->worker))
		return;
	free_figures(h);
	history_db_free(h->db);
	free(h->wanted);
	free(h->trouble);
	free(h);
}

/* Samples wait for the minute's batch: one transaction. */
static void
enqueue_sample(struct history *h, enum history_table table,
    const struct figure *f, int64_t at, double value)
{
	struct job *j;

	if (worker_waiting(h->worker) >= QUEUE_MAX)
		return;
	j = xcalloc(1, sizeof(*j));
	j->kind = JOB_SAMPLE;
	j->figure = f;
	j->table = table;
	j->at = at;
	j->value = value;
	worker_post(h->worker, &j->task, false);
}

/* FNV-1a over a text and its NUL. */
static uint32_t
mix(uint32_t hash, const char *s)
{
	do
		hash = (hash ^ (unsigned char)*s) * 16777619u;
	while (*s++);
	return hash;
}

static struct figure *
find_figure(struct history *h, const char *environment, const char *subject,
    const char *metric)
{
	uint32_t hash = mix(mix(mix(2166136261u, environment), subject),
	    metric);
	struct figure **chain = &h->chains[hash % CHAINS], *f;

	for (f = *chain; f; f = f->next)
		if (strcmp(f->subject, subject) == 0 &&
		    strcmp(f->metric, metric) == 0 &&
		    strcmp(f->environment, environment) == 0)
			return f;
	f = xcalloc(1, sizeof(*f));
	f->environment = xstrdup(environment);
	f->subject = xstrdup(subject);
	f->metric = xstrdup(metric);
	f->next = *chain;
	*chain = f;
	return f;
}

static void
close_minute(struct history *h, struct figure *f)
{
	if (f->count)
		enqueue_sample(h, HISTORY_MINUTE, f, f->start,
		    f->sum / f->count);
	f->sum = 0;
	f->count = 0;
}

void
history_add(struct history *h, const char *environment, const char *subject,
    const char *metric, int64_t at, double value)
{
	struct figure *f;
	int64_t start = at - at % MINUTE_MS;

	if (!isfinite(value))
		return;
	f = find_figure(h, environment, subject, metric);
	if (f->last_at == at)
		return;
	f->last_at = at;
	if (f->start != start)
		close_minute(h, f);
	f->start = start;
	f->sum += value;
	f->count++;
	if (strncmp(subject, "service:", 8) != 0)
		enqueue_sample(h, HISTORY_RECENT, f, at, value);
}

void
history_flush(struct history *h, int64_t now)
{
	struct job *j = xcalloc(1, sizeof(*j));
	struct figure *f;
	size_t i;

	for (i = 0; i < CHAINS; i++)
		for (f = h->chains[i]; f; f = f->next)
			if (f->start + MINUTE_MS <= now)
				close_minute(h, f);
	j->kind = JOB_PRUNE;
	j->at = now == INT64_MAX ? clock_wall() : now;
	worker_post(h->worker, &j->task, true);
}

int
history_ask(struct history *h, const struct history_query *q,
    history_answer_fn *fn, void *arg)
{
	struct job *j = xcalloc(1, sizeof(*j));

	j->kind = JOB_QUERY;
	j->query = xcalloc(1, sizeof(*j->query));
	*j->query = (struct query){
		.id = ++h->next_id,
		.environment = xstrdup(q->environment),
		.subject = xstrdup(q->subject),
		.metric = xstrdup(q->metric),
		.from = q->from,
		.to = q->to,
		.points = q->points < 1 ? 1 :
		    q->points > 1000 ? 1000 : q->points,
		.raw = q->raw,
		.fn = fn,
		.arg = arg,
	};
	h->wanted = xreallocarray(h->wanted, h->wanted_count + 1,
	    sizeof(*h->wanted));
	h->wanted[h->wanted_count++] = j->query->id;
	worker_post(h->worker, &j->task, true);
	return h->next_id;
}

void
history_forget(struct history *h, int id)
{
	take_wanted(h, id);
}
