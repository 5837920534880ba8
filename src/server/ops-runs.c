/* The operations that act on runs: what may be done is the gate's to say. See
 * internal.h. */
#include "server/internal.h"

#include <dirent.h>

#include "base/alloc.h"
#include "base/text.h"
#include "run/engine.h"

#define PAPER_MAX (256 * 1024)
#define VALUES_MAX 50
#define BOOKS_MAX 200

static struct gate_person
person(struct peer *p)
{
	return (struct gate_person){
		.peer = peer_serial(p), .uid = peer_uid(p),
		.name = peer_user_name(p), .tty = peer_tty(p),
		.role = peer_role(p),
	};
}

static const char *
argument(const struct json *m, const char *name)
{
	return json_text(json_get(m, name), NULL);
}

/* --- plan, confirm, act -------------------------------------------------- */

static const char *const act_names[] = {
	[GATE_DEPLOY] = "deploy",
	[GATE_ROLLBACK] = "rollback",
	[GATE_BOOK] = "book",
};

void
op_plan(struct peer *p, int id, const struct json *m)
{
	const char *act = argument(m, "act"), *code = "failed";
	struct gate_person who = person(p);
	struct gate_request r = {
		.environment = argument(m, "environment"),
		.version = argument(m, "version"),
		.via = argument(m, "via"),
		.scenario = argument(m, "scenario"),
		.book = argument(m, "book"),
		.reason = argument(m, "reason"),
	};
	struct json *plan, *answer;
	struct err e;
	size_t i;

	for (i = 0; i < sizeof(act_names) / sizeof(act_names[0]); i++)
		if (act && strcmp(act_names[i], act) == 0)
			break;
	if (i == sizeof(act_names) / sizeof(act_names[0])) {
		peer_error(p, id, "bad_argument", "act is deploy, rollback or "
		    "book");
		return;
	}
	r.act = (enum gate_act)i;
	plan = gate_plan(peer_server(p)->gate, &who, &r, clock_wall(), &code,
	    &e);
	if (!plan) {
		peer_error(p, id, code, e.text);
		return;
	}
	answer = json_object();
	json_set(answer, "plan", plan);
	peer_send(p, id, "plan", answer, true);
}

void
op_confirm(struct peer *p, int id, const struct json *m)
{
	struct gate_person who = person(p);
	const char *code = "failed", *run;
	struct json *answer;
	struct err e;

	run = gate_confirm(peer_server(p)->gate, &who, argument(m, "plan"),
	    argument(m, "word"), argument(m, "reason"), clock_wall(), &code,
	    &e);
	if (!run) {
		peer_error(p, id, code, e.text);
		return;
	}
	answer = json_object();
	json_set_text(answer, "run", run);
	peer_send(p, id, "started", answer, true);
}

void
op_act(struct peer *p, int id, const struct json *m)
{
	struct gate_person who = person(p);
	const char *name = argument(m, "act"), *code = "failed";
	struct err e;
	int act;

	for (act = 0; act < ENGINE_ACTS; act++)
		if (name && strcmp(engine_act_name(act), name) == 0)
			break;
	if (act == ENGINE_ACTS)
		peer_error(p, id, "bad_argument", "act is pause, resume, "
		    "abort, retry, skip or tick");
	else if (gate_act(peer_server(p)->gate, &who, argument(m, "run"),
	    (enum engine_act)act, argument(m, "item"), argument(m, "reason"),
	    &code, &e) == -1)
		peer_error(p, id, code, e.text);
	else
		peer_send(p, id, "done", NULL, true);
}

/* --- runbooks ------------------------------------------------------------ */

struct names {
	char *list[BOOKS_MAX];
	size_t count;
};

static void
add_name(struct names *n, const char *file)
{
	size_t len = strlen(file), i;
	char *name;

	if (len < 6 || strcmp(file + len - 5, ".yaml") != 0 ||
	    n->count == BOOKS_MAX)
		return;
	name = xstrndup(file, len - 5);
	for (i = 0; i < n->count; i++)
		if (strcmp(n->list[i], name) == 0) {
			free(name);
			return;
		}
	n->list[n->count++] = name;
}

static void
add_names(struct names *n, const char *directory)
{
	DIR *d = directory ? opendir(directory) : NULL;
	struct dirent *f;

	while (d && (f = readdir(d)))
		add_name(n, f->d_name);
	if (d)
		closedir(d);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static struct json *
texts(char *const *list)
{
	struct json *array = json_array();

	for (; list && *list; list++)
		json_append(array, json_string(*list));
	return array;
}

static struct json *
parameters(const struct book *b)
{
	struct json *array = json_array(), *o;
	size_t i;

	for (i = 0; i < b->parameter_count; i++) {
		o = json_object();
		json_set_text(o, "name", b->parameters[i].name);
		json_set_text(o, "title", b->parameters[i].title);
		json_set_text(o, "default", b->parameters[i].fallback);
		json_set_bool(o, "required", b->parameters[i].required);
		json_append(array, o);
	}
	return array;
}

/* One that cannot be used is listed with the reason. */
static struct json *
describe(const struct server *s, const char *name)
{
	struct json *o = json_object();
	struct err e;
	struct book *b = gate_book(s->gate, name, &e);
	char *clean = text_clean(name, strlen(name));

	json_set_text(o, "name", clean);
	json_set_text(o, "title", b ? b->title : NULL);
	json_set_text(o, "path", b ? b->path : NULL);
	json_set(o, "environments", b ? texts(b->environments) :
	    json_array());
	json_set(o, "parameters", b ? parameters(b) : json_array());
	json_set_text(o, "error", b ? NULL : e.text);
	book_free(b);
	free(clean);
	return o;
}

void
op_runbooks(struct peer *p, int id, const struct json *m)
{
	struct server *s = peer_server(p);
	struct json *answer = json_object(), *list = json_array();
	struct names n = {.count = 0};
	size_t i;

	(void)m;
	add_names(&n, s->conf->runbooks);
	add_names(&n, s->shipped_books);
	qsort(n.list, n.count, sizeof(n.list[0]), by_name);
	for (i = 0; i < n.count; i++) {
		json_append(list, describe(s, n.list[i]));
		free(n.list[i]);
	}
	json_set(answer, "runbooks", list);
	peer_send(p, id, "runbooks", answer, true);
}

/* --- paper --------------------------------------------------------------- */

static struct book_value *
given_values(const struct server *s, const char *environment,
    const struct book *b, const struct json *m)
{
	struct book_value *all = xcalloc(1, sizeof(*all)), *own, *o;
	const struct json *v;
	size_t count = 0;

	for (v = json_first(json_get(m, "values")); v && count < VALUES_MAX;
	    v = json_next(v))
		values_add(&all, &count, json_key(v), json_text(v, ""),
		    false);
	own = gate_values(s->conf, environment, b);
	for (o = own; o->name; o++)
		if (!book_value(all, o->name))
			values_add(&all, &count, o->name, o->value, false);
	values_free(own);
	return all;
}

static const char *
value_of(const struct book_value *values, const char *name)
{
	const struct book_value *v = book_value(values, name);

	return v ? v->value : NULL;
}

/* What the environment would be given stands where nothing else is. */
static int
paper_book(struct peer *p, const struct json *m, struct buf *out,
    struct err *e)
{
	struct server *s = peer_server(p);
	const char *name = argument(m, "book");
	const char *environment = argument(m, "environment");
	struct book *b = name && environment ? gate_book(s->gate, name, e) :
	    NULL;
	struct book_value *values;
	const char *reason;
	int result;

	if (!name || !environment)
		return err_set(e, "paper of which run, or of which book and "
		    "environment?");
	if (!b)
		return -1;
	values = given_values(s, environment, b, m);
	gate_resolve(s->gate, environment, value_of(values, "version"),
	    &values);
	reason = value_of(values, "reason");
	result = engine_paper_start(s->conf, &(struct engine_start){
	    .book = b, .environment = environment,
	    .who = peer_user_name(p), .reason = reason ? reason :
	    "(the reason)", .values = values,
	    .target = value_of(values, "version"),
	    .target_commit = value_of(values, "commit"),
	    .from = value_of(values, "from"),
	    .via = value_of(values, "via")}, out, e);
	values_free(values);
	book_free(b);
	return result;
}

void
op_paper(struct peer *p, int id, const struct json *m)
{
	struct server *s = peer_server(p);
	const char *run = argument(m, "run");
	struct buf b = BUF_INIT(PAPER_MAX);
	struct json *answer;
	struct err e;
	int result;

	if (run && !s->engine)
		result = err_set(&e, "there is no run '%s'", run);
	else if (run)
		result = engine_paper(s->engine, run, &b, &e);
	else
		result = paper_book(p, m, &b, &e);
	if (result == -1) {
		peer_error(p, id, "not_found", e.text);
	} else {
		answer = json_object();
		json_set_text(answer, "text", buf_str(&b));
		peer_send(p, id, "paper", answer, true);
	}
	buf_release(&b);
}
