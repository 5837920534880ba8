#include "server/record.h"

#include "base/alloc.h"
#include "model/tables.h"
#include "model/tenure-follow.h"
#include "server/record-rows.h"

#define MINUTE_MS INT64_C(60000)

/* One environment's tenures on their way. */
struct follower {
	char *environment;
	struct tenure_watch watch;
	int64_t saved_at;
	bool unsaved;
};

struct record {
	struct record_options o;
	struct rows *rows;
	struct model *model;	/* as of the last record_recall() */
	struct follower *followers;
	size_t follower_count;
};

/* --- the model ----------------------------------------------------------- */

/* Fill zeroed memory; a value that was checked once is good. */
static void
read_row(const struct row *row, void *base)
{
	struct json *v = json_parse(row->value, strlen(row->value), NULL);

	fields_init(base, row_fields(row->kind), 0);
	fields_read(base, v, row_fields(row->kind));
	json_free(v);
}

static void
recall_marks(const struct record *r, struct model *m)
{
	const struct row *row = rows_first(r->rows, ROW_MARK, "");

	list_release(m->marks, m->mark_count, &marks_list);
	m->mark_count = 0;
	m->marks = list_new(rows_count(r->rows, ROW_MARK, ""), &marks_list);
	for (; row; row = rows_next(row))
		read_row(row, &m->marks[m->mark_count++]);
	m->marked = true;
}

static void
recall_lock(const struct record *r, struct environment *env)
{
	const struct row *row = rows_first(r->rows, ROW_LOCK, env->name);

	fields_release(&env->lock, lock_fields, 0);
	if (row)
		read_row(row, &env->lock);
	env->changes |= CHANGE_LOCK;
}

static int
newest_first(const void *a, const void *b)
{
	const struct tenure *x = a, *y = b;

	return (x->first_seen < y->first_seen) -
	    (x->first_seen > y->first_seen);
}

/* Those that the environment has are newer. */
static void
recall_tenures(const struct record *r, struct environment *env)
{
	const struct row *row = rows_first(r->rows, ROW_TENURE, env->name);

	if (env->tenure_count)
		return;
	free(env->tenures);
	env->tenures = list_new(rows_count(r->rows, ROW_TENURE,
	    env->name), &tenures_list);
	for (; row && env->tenure_count < TENURES_MAX; row = rows_next(row))
		read_row(row, &env->tenures[env->tenure_count++]);
	qsort(env->tenures, env->tenure_count, sizeof(*env->tenures),
	    newest_first);
	env->changes |= CHANGE_TENURES;
}

void
record_recall(struct record *r, struct model *m)
{
	size_t i;

	r->model = m;
	recall_marks(r, m);
	for (i = 0; i < m->environment_count; i++) {
		recall_lock(r, &m->environments[i]);
		recall_tenures(r, &m->environments[i]);
	}
}

/* What the row said before is so again. */
static void
undone(void *arg, const struct row *row)
{
	const struct record *r = arg;
	struct environment *env;

	if (row->kind == ROW_MARK) {
		recall_marks(r, r->model);
	} else if (row->kind == ROW_LOCK) {
		env = model_environment(r->model, row->environment);
		if (env)
			recall_lock(r, env);
	}
}

static void
trouble(void *arg, const char *text)
{
	const struct record *r = arg;

	r->o.trouble(r->o.arg, text);
}

/* --- tenures ------------------------------------------------------------- */

static struct follower *
get_follower(struct record *r, const char *environment)
{
	struct follower *f;
	size_t i;

	for (i = 0; i < r->follower_count; i++)
		if (strcmp(r->followers[i].environment, environment) == 0)
			return &r->followers[i];
	r->followers = xreallocarray(r->followers, r->follower_count + 1,
	    sizeof(*r->followers));
	f = &r->followers[r->follower_count++];
	*f = (struct follower){.environment = xstrdup(environment)};
	tenure_watch_init(&f->watch);
	return f;
}

static void
save(struct record *r, const struct environment *env, size_t i)
{
	const struct tenure *t = &env->tenures[i];
	struct json *v;
	char key[32];

	if (i >= env->tenure_count)
		return;
	v = json_object();
	snprintf(key, sizeof(key), "%lld", (long long)t->first_seen);
	fields_write(v, tenures_list.fields, t, ~0u);
	rows_put(r->rows, ROW_TENURE, env->name, key, t->last_seen, v, NULL,
	    NULL);
}

static void
save_all(struct record *r)
{
	const struct environment *env;
	size_t i;

	for (i = 0; i < r->follower_count; i++) {
		env = r->model && r->followers[i].unsaved ? model_find(r->model,
		    r->followers[i].environment) : NULL;
		if (env)
			save(r, env, 0);
	}
}

bool
record_follow(struct record *r, struct environment *env, int64_t now)
{
	struct follower *f = get_follower(r, env->name);
	unsigned happened = tenure_follow(&f->watch, env, now);
	bool told = happened & (TENURE_BEGUN | TENURE_ALTERED);

	f->unsaved |= happened != 0;
	/* Times go on each second: tell and write them each minute. */
	if (!told && (!f->unsaved || (now >= f->saved_at &&
	    now - f->saved_at < MINUTE_MS)))
		return false;
	f->saved_at = now;
	f->unsaved = false;
	env->changes |= CHANGE_TENURES;
	save(r, env, 0);
	if (happened & TENURE_BEGUN)
		save(r, env, 1);
	return happened & TENURE_BEGUN;
}

/* --- what people and verifications say ----------------------------------- */

void
record_mark(struct record *r, struct model *m, const struct mark *mark,
    record_done_fn *done, void *arg)
{
	struct json *v = mark->word == MARK_NONE ? NULL : json_object();

	if (v)
		fields_write(v, marks_list.fields, mark, ~0u);
	rows_put(r->rows, ROW_MARK, "", mark->tag, mark->at, v, done, arg);
	recall_marks(r, m);
}

void
record_lock(struct record *r, struct environment *env,
    const struct environment_lock *lock, record_done_fn *done, void *arg)
{
	struct json *v = lock->who ? json_object() : NULL;

	if (v)
		fields_write(v, lock_fields, lock, ~0u);
	rows_put(r->rows, ROW_LOCK, env->name, "", lock->since, v, done, arg);
	recall_lock(r, env);
}

void
record_verdict(struct record *r, const struct backup_verdict *v)
{
	struct json *o = json_object();
	char *key = xasprintf("%s/%s", v->kind, v->name);

	json_set_text(o, "kind", v->kind);
	json_set_text(o, "name", v->name);
	json_set_int(o, "bytes", v->bytes);
	json_set_time(o, "taken_at", v->taken_at);
	json_set_text(o, "rung", rung_name(v->rung));
	json_set_time(o, "at", v->at);
	json_set_text(o, "failure", v->failure);
	json_set_text(o, "evidence", v->evidence);
	rows_put(r->rows, ROW_VERDICT, v->environment, key, v->at, o, NULL,
	    NULL);
	free(key);
}

void
record_verdicts(struct record *r, const char *environment,
    void (*fn)(void *arg, const struct backup_verdict *v), void *arg)
{
	const struct row *row = rows_first(r->rows, ROW_VERDICT, environment);

	for (; row; row = rows_next(row)) {
		struct json *o = json_parse(row->value, strlen(row->value),
		    NULL);

		fn(arg, &(struct backup_verdict){
		    .environment = environment,
		    .kind = json_text(json_get(o, "kind"), ""),
		    .name = json_text(json_get(o, "name"), ""),
		    .bytes = json_int(json_get(o, "bytes"), -1),
		    .taken_at = json_time(json_get(o, "taken_at")),
		    .rung = rung_parse(json_text(json_get(o, "rung"), NULL)),
		    .at = json_time(json_get(o, "at")),
		    .failure = json_text(json_get(o, "failure"), NULL),
		    .evidence = json_text(json_get(o, "evidence"), NULL)});
		json_free(o);
	}
}

/* --- start and stop ------------------------------------------------------ */

struct record *
record_new(struct loop *l, const struct record_options *o, struct err *e)
{
	struct record *r = xcalloc(1, sizeof(*r));

	r->o = *o;
	r->rows = rows_open(l, &(struct rows_options){.path = o->path,
	    .trouble = trouble, .undone = undone, .arg = r}, e);
	if (r->rows)
		return r;
	free(r);
	return NULL;
}

void
record_free(struct record *r)
{
	size_t i;

	if (!r)
		return;
	save_all(r);
	rows_close(r->rows);
	for (i = 0; i < r->follower_count; i++) {
		tenure_watch_release(&r->followers[i].watch);
		free(r->followers[i].environment);
	}
	free(r->followers);
	free(r);
}
