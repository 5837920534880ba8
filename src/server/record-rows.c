#include "server/record-rows.h"

#include "base/alloc.h"
#include "model/tables.h"
#include "server/record-db.h"
#include "server/worker.h"

#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)
#define KEEP_MS (2 * 365 * DAY_MS)
#define RETRY_MS 5000
/* More than a tenure with all the images that it may have. */
#define VALUE_MAX (64 * 1024 * 1024)

static const struct {
	const char *name;
	size_t max;	/* of one environment, in memory; 0: no limit */
	bool aged;	/* beyond `max` let go after KEEP_MS */
	bool told;	/* somebody waits for it */
} kinds[] = {
	[ROW_TENURE] = {"tenure", TENURES_MAX, true, false},
	[ROW_MARK] = {"mark", 0, false, true},
	[ROW_LOCK] = {"lock", 0, false, true},
	[ROW_VERDICT] = {"verdict", 500, true, false},
	[ROW_SIGN] = {"sign", 0, false, false},	/* that writing works */
};

struct write {
	struct task task;	/* first */
	struct row *row;	/* the thread reads what it is called */
	int64_t at;
	char *value;
	char *error;
	rows_done_fn *done;
	void *arg;
};

struct rows {
	struct rows_options o;
	struct loop *loop;	/* NULL: closing */
	struct record_db *db;	/* the thread's alone, once it runs */
	int64_t pruned_at;	/* the thread's alone */
	struct worker *worker;
	struct row *first;	/* newest first */
	char *trouble;		/* of the last write */
	struct loop_timer *retry;
};

const struct field *
row_fields(enum row_kind kind)
{
	switch (kind) {
	case ROW_TENURE:
		return tenures_list.fields;
	case ROW_MARK:
		return marks_list.fields;
	case ROW_LOCK:
		return lock_fields;
	default:
		return NULL;
	}
}

static void
row_free(struct row *row)
{
	free(row->environment);
	free(row->key);
	free(row->value);
	free(row->stored);
	free(row);
}

static bool
is_of(const struct row *row, enum row_kind kind, const char *environment)
{
	return row->kind == kind &&
	    strcmp(row->environment, environment) == 0;
}

/* This one or the first after it. */
static const struct row *
find(const struct row *row, enum row_kind kind, const char *environment)
{
	while (row && !(row->value && is_of(row, kind, environment)))
		row = row->next;
	return row;
}

const struct row *
rows_first(const struct rows *r, enum row_kind kind, const char *environment)
{
	return find(r->first, kind, environment);
}

const struct row *
rows_next(const struct row *row)
{
	return find(row->next, row->kind, row->environment);
}

size_t
rows_count(const struct rows *r, enum row_kind kind, const char *environment)
{
	const struct row *row;
	size_t count = 0;

	for (row = rows_first(r, kind, environment); row; row = rows_next(row))
		count++;
	return count;
}

static struct row *
row_new(enum row_kind kind, const char *environment, const char *key)
{
	struct row *row = xcalloc(1, sizeof(*row));

	row->kind = kind;
	row->environment = xstrdup(environment);
	row->key = xstrdup(key);
	return row;
}

static void
drop(struct rows *r, struct row *row)
{
	struct row **at = &r->first;

	while (*at != row)
		at = &(*at)->next;
	*at = row->next;
	row_free(row);
}

static bool
is_written(const struct row *row)
{
	return !row->pending && (row->value == row->stored || (row->value &&
	    row->stored && strcmp(row->value, row->stored) == 0));
}

/* What is beyond the limit stays in the file. */
static void
trim(struct rows *r, enum row_kind kind, const char *environment)
{
	struct row *row, *oldest = NULL;

	if (!kinds[kind].max || rows_count(r, kind, environment) <=
	    kinds[kind].max)
		return;
	for (row = r->first; row; row = row->next)
		if (is_of(row, kind, environment) && is_written(row))
			oldest = row;
	if (oldest)
		drop(r, oldest);
}

static struct row *
get_row(struct rows *r, enum row_kind kind, const char *environment,
    const char *key)
{
	struct row *row;

	for (row = r->first; row; row = row->next)
		if (is_of(row, kind, environment) &&
		    strcmp(row->key, key) == 0)
			return row;
	row = row_new(kind, environment, key);
	row->next = r->first;
	r->first = row;
	return row;
}

/* --- the thread ---------------------------------------------------------- */

static int
prune(struct record_db *db, int64_t now, struct err *e)
{
	size_t i;

	for (i = 0; i < ROW_KINDS; i++)
		if (kinds[i].aged && record_db_prune(db, kinds[i].name,
		    now - KEEP_MS, kinds[i].max, e) == -1)
			return -1;
	return 0;
}

static struct write *
next_write(const struct task *t)
{
	return (struct write *)(void *)t;
}

/* Everything that waits is one transaction. */
static void
work(void *arg, struct tasks *tasks)
{
	struct rows *r = arg;
	struct record_entry *entries = xcalloc(tasks->count, sizeof(*entries));
	int64_t now = clock_wall();
	struct task *t;
	struct err e;
	size_t n = 0;
	bool failed;

	for (t = tasks->first; t; t = t->next) {
		const struct write *w = next_write(t);

		entries[n++] = (struct record_entry){kinds[w->row->kind].name,
		    w->row->environment, w->row->key, w->at, w->value};
	}
	failed = record_db_write(r->db, entries, n, &e) == -1;
	free(entries);
	for (t = tasks->first; failed && t; t = t->next)
		next_write(t)->error = xstrdup(e.text);
	if (!failed && now - r->pruned_at > DAY_MS) {
		r->pruned_at = now;
		prune(r->db, now, NULL);
	}
}

/* --- writing ------------------------------------------------------------- */

static void
post(struct rows *r, struct row *row, rows_done_fn *done, void *arg)
{
	struct write *w = xcalloc(1, sizeof(*w));

	w->row = row;
	w->at = row->at;
	w->value = xstrdup_or_null(row->value);
	w->done = done;
	w->arg = arg;
	row->pending++;
	worker_post(r->worker, &w->task, true);
}

void
rows_put(struct rows *r, enum row_kind kind, const char *environment,
    const char *key, int64_t at, struct json *v, rows_done_fn *done, void *arg)
{
	struct row *row = get_row(r, kind, environment, key);
	struct buf b = BUF_INIT(VALUE_MAX);

	free(row->value);
	row->value = NULL;
	row->at = at;
	if (v) {
		json_print(v, &b);
		row->value = buf_detach(&b);
		json_free(v);
	}
	post(r, row, done, arg);
	trim(r, kind, environment);
}

static bool
has_unwritten(const struct rows *r)
{
	const struct row *row;

	for (row = r->first; row; row = row->next)
		if (!is_written(row))
			return true;
	return false;
}

static void
write_again(void *arg)
{
	struct rows *r = arg;
	struct row *row;

	r->retry = NULL;
	for (row = r->first; row; row = row->next)
		if (!row->pending && !is_written(row))
			post(r, row, NULL, NULL);
	/* With nothing left to write, ask whether it would work. */
	if (r->trouble)
		rows_put(r, ROW_SIGN, "", "", clock_wall(), json_object(),
		    NULL, NULL);
}

/* One write has come back. */
static void
settle(struct rows *r, struct write *w)
{
	struct row *row = w->row;

	row->pending--;
	if (!w->error) {
		xstrset(&row->stored, w->value);
	} else if (kinds[row->kind].told && !row->pending) {
		xstrset(&row->value, row->stored);
		r->o.undone(r->o.arg, row);
	}
	if (xstrset(&r->trouble, w->error))
		r->o.trouble(r->o.arg, r->trouble);
	if (w->done)
		w->done(w->arg, w->error);
	if (!row->pending && !row->value && !row->stored)
		drop(r, row);
}

static void
worked(void *arg, struct tasks *tasks)
{
	struct rows *r = arg;
	struct task *t;

	while ((t = tasks_take(tasks))) {
		struct write *w = next_write(t);

		settle(r, w);
		free(w->value);
		free(w->error);
		free(w);
	}
	if (!r->retry && r->loop && (r->trouble || has_unwritten(r)))
		r->retry = loop_timer(r->loop, RETRY_MS, write_again, r);
}

/* --- opening and closing ------------------------------------------------- */

static int
load_entry(void *arg, const struct record_entry *entry, struct err *e)
{
	struct rows *r = arg;
	struct row *row, **end = &r->first;
	struct json *v;
	int kind = 0, result;

	while (kind < ROW_KINDS && strcmp(kinds[kind].name, entry->kind) != 0)
		kind++;
	if (kind == ROW_KINDS || kind == ROW_SIGN || (kinds[kind].max &&
	    rows_count(r, kind, entry->environment) >= kinds[kind].max))
		return 0;
	v = json_parse(entry->value, strlen(entry->value), e);
	result = !v ? -1 : !json_is_object(v) ? err_set(e, "no object") :
	    row_fields(kind) ? fields_check(v, row_fields(kind), e) : 0;
	json_free(v);
	if (result == -1)
		return -1;
	row = row_new(kind, entry->environment, entry->key);
	row->at = entry->at;
	row->value = xstrdup(entry->value);
	row->stored = xstrdup(entry->value);
	while (*end)
		end = &(*end)->next;
	*end = row;
	return 0;
}

static void
rows_release(struct rows *r)
{
	struct row *row;

	while ((row = r->first)) {
		r->first = row->next;
		row_free(row);
	}
	record_db_close(r->db);
	free(r->trouble);
	free(r);
}

struct rows *
rows_open(struct loop *l, const struct rows_options *o, struct err *e)
{
	struct rows *r = xcalloc(1, sizeof(*r));

	r->o = *o;
	r->loop = l;
	r->pruned_at = clock_wall();
	r->db = record_db_open(o->path, e);
	if (r->db && record_db_load(r->db, load_entry, r, e) == 0 &&
	    prune(r->db, r->pruned_at, e) == 0)
		r->worker = worker_new(l, "record", work, worked, r, e);
	if (r->worker)
		return r;
	rows_release(r);
	return NULL;
}

void
rows_close(struct rows *r)
{
	loop_timer_cancel(r->retry);
	r->retry = NULL;
	r->loop = NULL;
	if (worker_free(r->worker))
		rows_release(r);
}
