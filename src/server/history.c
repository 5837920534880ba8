#include "server/history.h"

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "server/history-db.h"

#define MINUTE_MS INT64_C(60000)
/* Work that waits for the thread. 100 containers make about 250 rows a minute,
 * 2,000 about 4,000. */
#define QUEUE_MAX 50000
#define CLOSE_WAIT_S 2
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

enum task_kind { TASK_SAMPLE, TASK_PRUNE, TASK_QUERY };

/* One thing for the thread to do, and afterwards its answer. */
struct task {
	enum task_kind kind;
	struct task *next;
	const struct figure *figure;	/* of a sample; lives as long as h */
	enum history_table table;
	int64_t at;
	double value;
	struct query *query;
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

struct queue {
	struct task *first, **last;
	size_t count;
};

struct history {
	struct history_options o;
	struct history_db *db;		/* the thread's alone */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t work_waits, thread_ended;
	struct queue work, answers;	/* under the lock */
	bool stop, ended;		/* under the lock */
	char *trouble;			/* under the lock: of the last write */
	bool trouble_changed;		/* under the lock */
	int event_fd;
	struct loop_watch *watch;
	struct figure *chains[CHAINS];
	int next_id;
	int *wanted;		/* ids whose answers are still wanted */
	size_t wanted_count;
};

static void
queue_add(struct queue *q, struct task *t)
{
	if (!q->first)
		q->last = &q->first;
	*q->last = t;
	q->last = &t->next;
	q->count++;
}

static struct task *
queue_take(struct queue *q)
{
	struct task *t = q->first;

	if (t) {
		q->first = t->next;
		t->next = NULL;
		q->count--;
	}
	return t;
}

static void
task_free(struct task *t)
{
	if (t->query) {
		free(t->query->environment);
		free(t->query->subject);
		free(t->query->metric);
		free(t->query->values);
		free(t->query->error);
		free(t->query);
	}
	free(t);
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
		const struct figure *f = t->figure;
		struct history_key k = {f->environment, f->subject, f->metric};

		if (history_db_write(h->db, t->table, &k, t->at, t->value, e)
		    == -1)
			return -1;
	}
	return history_db_commit(h->db, e);
}

static void
report(struct history *h, const char *trouble)
{
	pthread_mutex_lock(&h->lock);
	if (xstrset(&h->trouble, trouble))
		h->trouble_changed = true;
	pthread_mutex_unlock(&h->lock);
}

static void
answer(struct history *h, struct task *t)
{
	struct query *q = t->query;
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
	pthread_mutex_lock(&h->lock);
	queue_add(&h->answers, t);
	pthread_mutex_unlock(&h->lock);
}

/* Everything that waits, sorted by kind. False when it is time to go. */
static bool
next_work(struct history *h, struct queue *samples, struct queue *others)
{
	struct task *t;

	pthread_mutex_lock(&h->lock);
	while (!h->work.first && !h->stop)
		pthread_cond_wait(&h->work_waits, &h->lock);
	while ((t = queue_take(&h->work)))
		queue_add(t->kind == TASK_SAMPLE ? samples : others, t);
	pthread_mutex_unlock(&h->lock);
	return samples->first || others->first;
}

static void
do_work(struct history *h, struct queue *samples, struct queue *others)
{
	struct task *t;
	struct err e;
	uint64_t one = 1;
	bool failed, wrote = samples->first;

	failed = write_samples(h, samples->first, &e) == -1;
	while ((t = queue_take(samples)))
		task_free(t);
	while ((t = queue_take(others))) {
		if (t->kind == TASK_QUERY) {
			answer(h, t);
			continue;
		}
		if (!failed)
			failed = history_db_prune(h->db, t->at, &e) == -1;
		wrote = true;
		task_free(t);
	}
	if (wrote)
		report(h, failed ? e.text : NULL);
	(void)!write(h->event_fd, &one, sizeof(one));
}

static void *
thread_main(void *arg)
{
	struct history *h = arg;

	for (;;) {
		struct queue samples = {0}, others = {0};

		if (!next_work(h, &samples, &others))
			break;
		do_work(h, &samples, &others);
	}
	pthread_mutex_lock(&h->lock);
	h->ended = true;
	pthread_cond_signal(&h->thread_ended);
	pthread_mutex_unlock(&h->lock);
	return NULL;
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
answers_ready(int fd, unsigned events, void *arg)
{
	struct history *h = arg;
	struct queue answers;
	struct task *t;
	char *trouble = NULL;
	bool changed;
	uint64_t n;

	(void)events;
	(void)!read(fd, &n, sizeof(n));
	pthread_mutex_lock(&h->lock);
	answers = h->answers;
	h->answers = (struct queue){0};
	changed = h->trouble_changed;
	h->trouble_changed = false;
	if (changed)
		trouble = xstrdup_or_null(h->trouble);
	pthread_mutex_unlock(&h->lock);
	if (changed)
		h->o.trouble(h->o.arg, trouble);
	free(trouble);
	while ((t = queue_take(&answers))) {
		struct query *q = t->query;

		if (take_wanted(h, q->id))
			q->fn(q->arg, q->values, q->points, q->error);
		task_free(t);
	}
}

static int
start_thread(struct history *h, struct err *e)
{
	pthread_condattr_t attr;
	sigset_t all, old;
	int code;

	pthread_mutex_init(&h->lock, NULL);
	pthread_cond_init(&h->work_waits, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&h->thread_ended, &attr);
	pthread_condattr_destroy(&attr);
	/* Signals belong to the loop. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	code = pthread_create(&h->thread, NULL, thread_main, h);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return code ? err_set(e, "cannot start the history's thread: %s",
	    strerror(code)) : 0;
}

struct history *
history_new(struct loop *l, const struct history_options *o, struct err *e)
{
	struct history *h = xcalloc(1, sizeof(*h));

	h->o = *o;
	h->db = history_db_new(o->path, o->age_ms, o->max_bytes);
	h->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (h->event_fd == -1) {
		err_errno(e, "cannot make an eventfd");
		goto fail;
	}
	if (start_thread(h, e) == -1) {
		close(h->event_fd);
		goto fail;
	}
	h->watch = loop_watch(l, h->event_fd, LOOP_READ, answers_ready, h);
	return h;
fail:
	history_db_free(h->db);
	free(h);
	return NULL;
}

/* Ask the thread to end; false when the disk holds it longer than that. */
static bool
end_thread(struct history *h)
{
	struct timespec until;
	bool ended;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += CLOSE_WAIT_S;
	pthread_mutex_lock(&h->lock);
	h->stop = true;
	pthread_cond_signal(&h->work_waits);
	while (!h->ended && pthread_cond_timedwait(&h->thread_ended, &h->lock,
	    &until) == 0)
		continue;
	ended = h->ended;
	pthread_mutex_unlock(&h->lock);
	if (ended)
		pthread_join(h->thread, NULL);
	else
		pthread_detach(h->thread);
	return ended;
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
	struct task *t;

	if (!h)
		return;
	history_flush(h, INT64_MAX);
	loop_unwatch(h->watch);
	/* A thread that hangs in the disk still uses all of it; the process
	 * is about to end anyway. */
	if (!end_thread(h))
		return;
	while ((t = queue_take(&h->answers)))
		task_free(t);
	free_figures(h);
	history_db_free(h->db);
	pthread_mutex_destroy(&h->lock);
	pthread_cond_destroy(&h->work_waits);
	pthread_cond_destroy(&h->thread_ended);
	close(h->event_fd);
	free(h->wanted);
	free(h->trouble);
	free(h);
}

static void
enqueue(struct history *h, struct task *t)
{
	bool full;

	pthread_mutex_lock(&h->lock);
	full = t->kind == TASK_SAMPLE && h->work.count >= QUEUE_MAX;
	if (!full) {
		queue_add(&h->work, t);
		/* Samples wait for the minute's batch: one transaction. */
		if (t->kind != TASK_SAMPLE)
			pthread_cond_signal(&h->work_waits);
	}
	pthread_mutex_unlock(&h->lock);
	if (full)
		task_free(t);
}

static void
enqueue_sample(struct history *h, enum history_table table,
    const struct figure *f, int64_t at, double value)
{
	struct task *t = xcalloc(1, sizeof(*t));

	t->kind = TASK_SAMPLE;
	t->figure = f;
	t->table = table;
	t->at = at;
	t->value = value;
	enqueue(h, t);
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
	struct task *t = xcalloc(1, sizeof(*t));
	struct figure *f;
	size_t i;

	for (i = 0; i < CHAINS; i++)
		for (f = h->chains[i]; f; f = f->next)
			if (f->start + MINUTE_MS <= now)
				close_minute(h, f);
	t->kind = TASK_PRUNE;
	t->at = now == INT64_MAX ? clock_wall() : now;
	enqueue(h, t);
}

int
history_ask(struct history *h, const struct history_query *q,
    history_answer_fn *fn, void *arg)
{
	struct task *t = xcalloc(1, sizeof(*t));

	t->kind = TASK_QUERY;
	t->query = xcalloc(1, sizeof(*t->query));
	*t->query = (struct query){
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
	h->wanted[h->wanted_count++] = t->query->id;
	enqueue(h, t);
	return h->next_id;
}

void
history_forget(struct history *h, int id)
{
	take_wanted(h, id);
}
