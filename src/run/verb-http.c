/* http and smoke: one request, or several in turn, each judged; what one
 * captures the next may use. Secrets are read when the step begins and are
 * forgotten with it. */
#include "run/verb-table.h"

#include "base/alloc.h"
#include "base/text.h"
#include "io/secret.h"
#include "run/request.h"

struct session {
	struct step *step;
	struct json *one;		/* http's only request, as an item */
	const struct json *secret;	/* being read, or NULL */
	const struct json *item;	/* under way */
	struct secret_ask *ask;
	char *ask_file, *ask_command;
	struct request *request;
	struct loop_timer *next;
	struct book_value *values;	/* secrets and captures: owned */
	size_t value_count, done;
};

static const struct verb_argument http_arguments[] = {
	{"method", .words = request_methods}, {"url", .required = true},
	{"headers", .kind = ARGUMENT_MAP}, {"json", .kind = ARGUMENT_MAP},
	{"body"}, {"status", .kind = ARGUMENT_NUMBER}, {"field"}, {"equals"},
	{"contains"}, {"ca"}, {"capture", .kind = ARGUMENT_CAPTURE},
	{"secrets", .kind = ARGUMENT_SECRET},
	{NULL},
};
static const struct verb_argument smoke_arguments[] = {
	{"requests", .required = true, .kind = ARGUMENT_LIST,
	    .items = request_arguments},
	{"secrets", .kind = ARGUMENT_SECRET},
	{NULL},
};

static void
cancel(struct step *s)
{
	struct session *x = s->state;

	s->state = NULL;
	if (!x)
		return;
	secret_cancel(x->ask);
	request_cancel(x->request);
	loop_timer_cancel(x->next);
	free(x->ask_file);
	free(x->ask_command);
	values_free(x->values);
	json_free(x->one);
	free(x);
}

static void
end(struct session *x, const char *error)
{
	struct step *s = x->step;
	const char *title = json_text(json_get(x->item, "title"), NULL);
	char *text = error && title ? xasprintf("%s: %s", title, error) :
	    xstrdup_or_null(error);

	/* The secrets are masked by what the engine keeps of them. */
	cancel(s);
	step_end(s, error ? PHASE_FAILED : PHASE_DONE, text);
	free(text);
}

/* --- requests ------------------------------------------------------------- */

static void send(void *arg);

static void
on_captured(void *arg, const char *name, const char *value)
{
	struct session *x = arg;

	step_hide(x->step, value);
	values_add(&x->values, &x->value_count, name, value, true);
	/* Only a step of its own has something for the steps after it. */
	if (x->one)
		step_capture(x->step, name, value);
}

static void
tell(struct session *x, const char *words)
{
	const char *title = json_text(json_get(x->item, "title"), "request");
	char *line = xasprintf("%s: %s\n", title, words);

	step_output(x->step, line, strlen(line));
	free(line);
}

static void
on_done(void *arg, const char *error)
{
	struct session *x = arg;

	x->request = NULL;
	tell(x, error ? error : "ok");
	if (error) {
		end(x, error);
		return;
	}
	x->done++;
	x->item = json_next(x->item);
	x->next = loop_timer(x->step->w->loop, 0, send, x);
}

static void
send(void *arg)
{
	struct session *x = arg;
	struct step *s = x->step;
	const struct request_handlers h = {on_captured, on_done, x};
	struct err e;

	x->next = NULL;
	if (!x->item) {
		step_say(s, "%zu as expected", x->done);
		end(x, NULL);
		return;
	}
	step_say(s, "%s", json_text(json_get(x->item, "title"), "request"));
	x->request = request_start(s, x->item, x->values, &h, &e);
	if (!x->request)
		end(x, e.text);
}

/* --- secrets -------------------------------------------------------------- */

static void ask(void *arg);

static void
on_secret(const char *secret, const char *error, void *arg)
{
	struct session *x = arg;

	x->ask = NULL;
	if (!secret) {
		end(x, error ? error : "a secret is empty");
		return;
	}
	step_hide(x->step, secret);
	values_add(&x->values, &x->value_count, json_key(x->secret), secret,
	    true);
	x->secret = json_next(x->secret);
	x->next = loop_timer(x->step->w->loop, 0, ask, x);
}

static void
ask(void *arg)
{
	struct session *x = arg;
	struct step *s = x->step;
	const char *from = json_text(x->secret, "");
	bool file = strncmp(from, "file ", 5) == 0;

	x->next = NULL;
	if (!x->secret) {
		send(x);
		return;
	}
	free(x->ask_file);
	free(x->ask_command);
	x->ask_file = file ? step_expand(s, from + 5, NULL, false) : NULL;
	x->ask_command = file ? NULL : step_expand(s, from + 8, NULL, true);
	step_say(s, "reads %s", json_key(x->secret));
	x->ask = secret_ask(s->w->loop, s->w->children,
	    &(struct secret_source){json_key(x->secret), x->ask_file,
	    x->ask_command}, on_secret, x);
}

static struct session *
session_new(struct step *s)
{
	struct session *x = xcalloc(1, sizeof(*x));

	x->step = s;
	x->secret = json_first(book_tree(s->book, "secrets"));
	s->state = x;
	x->next = loop_timer(s->w->loop, 0, ask, x);
	return x;
}

/* --- the verbs ------------------------------------------------------------ */

static struct json *
as_item(const struct book_step *b)
{
	struct json *o = json_object();
	const struct verb_argument *a;

	for (a = http_arguments; a->name; a++) {
		if (book_tree(b, a->name))
			json_set(o, a->name, json_copy(book_tree(b, a->name)));
		else if (book_argument(b, a->name))
			json_set(o, a->name, json_string(book_argument(b,
			    a->name)));
	}
	return o;
}

static void
start_http(struct step *s)
{
	struct session *x = session_new(s);

	x->one = as_item(s->book);
	x->item = x->one;
}

static void
probe_http(struct step *s)
{
	struct json *one = as_item(s->book);
	bool safe = request_is_safe(one);

	json_free(one);
	if (safe)
		start_http(s);
	else
		step_end(s, PHASE_UNKNOWN, "the server ended while the "
		    "request was under way: nobody can say whether it was "
		    "carried out");
}

static void
paper_secrets(const struct step *s, struct buf *b)
{
	const struct json *v;
	char *from;

	for (v = json_first(book_tree(s->book, "secrets")); v;
	    v = json_next(v)) {
		from = step_expand(s, json_text(v, ""), NULL, false);
		paper_comment(b, "{%s}: %s", json_key(v), from ? from : "");
		free(from);
	}
}

static void
paper_http(const struct step *s, struct buf *b)
{
	struct json *one = as_item(s->book);

	paper_secrets(s, b);
	request_paper(s, one, b);
	json_free(one);
}

static void
start_smoke(struct step *s)
{
	struct session *x = session_new(s);

	x->item = json_first(book_tree(s->book, "requests"));
}

static void
paper_smoke(const struct step *s, struct buf *b)
{
	const struct json *v;

	paper_secrets(s, b);
	for (v = json_first(book_tree(s->book, "requests")); v;
	    v = json_next(v)) {
		if (json_get(v, "title"))
			paper_comment(b, "%s", json_text(json_get(v, "title"),
			    ""));
		request_paper(s, v, b);
	}
}

const struct verb verb_http = {
	.shape = {"http", "url", http_arguments, 2 * 60 * 1000},
	.start = start_http, .cancel = cancel, .probe = probe_http,
	.paper = paper_http,
};

/* Smoke tests read; what they write (a session) may be written twice. */
const struct verb verb_smoke = {
	.shape = {"smoke", "requests", smoke_arguments, 3 * 60 * 1000},
	.start = start_smoke, .cancel = cancel, .probe = start_smoke,
	.paper = paper_smoke,
};
