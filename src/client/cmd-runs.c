/* vigie runs, vigie runbook, and what is done to a run that goes on. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "client/attend.h"
#include "model/tables.h"

#define ANSWER_MS 30000

struct runs {
	struct session session;
	const char *id;		/* or NULL */
	bool json, wants_follow, follows;
	struct attend follow;
	/* Of one request. */
	const char *op;
	struct json *arguments;
	void (*answer)(struct runs *r, const struct json *m);
};

static void
print_json(const struct json *v)
{
	struct buf b = BUF_INIT(4 << 20);

	json_print(v, &b);
	puts(buf_str(&b));
	buf_release(&b);
}

static void
print_run_json(const struct run *r)
{
	struct json *o = json_object();

	fields_write(o, model_run_fields, r, ~0u);
	print_json(o);
	json_free(o);
}

/* --- vigie runs -------------------------------------------------------------- */

static void
print_run(const struct run *r)
{
	const struct run_step *s = run_current(r);
	char since[CLOCK_TEXT_MAX];

	printf("%s  %s  %s", clock_rfc3339(r->started_at, since), r->id,
	    attend_phase_text(r->phase));
	if (s && !phase_ended(r->phase))
		printf(" (%s)", s->title);
	printf("  %s  %s\n", r->target ? r->target : "-", r->who);
}

static void
print_steps(const struct run *r)
{
	char span[CLOCK_TEXT_MAX];
	size_t i;

	for (i = 0; i < r->step_count; i++) {
		const struct run_step *s = &r->steps[i];
		bool timed = s->started_at != TIME_UNKNOWN &&
		    s->ended_at != TIME_UNKNOWN;

		printf("  %-14s  %-10s %6s  %s%s%s\n", s->id,
		    attend_phase_text(s->phase), timed ? clock_span(
		    s->ended_at - s->started_at, span) : "", s->title,
		    s->error ? ": " : "", s->error ? s->error : "");
	}
}

/* The one named, else the newest that goes on. */
static const struct run *
chosen(const struct runs *r)
{
	const struct model *m = client_model(r->session.client);

	if (r->id)
		return attend_run(&r->session, r->id);
	return m->run_count && !phase_ended(m->runs[0].phase) ? &m->runs[0] :
	    NULL;
}

static int
print_all(const struct runs *r)
{
	const struct model *m = client_model(r->session.client);
	size_t i;

	for (i = 0; i < m->run_count; i++)
		if (r->json)
			print_run_json(&m->runs[i]);
		else
			print_run(&m->runs[i]);
	return EXIT_OK;
}

static int
print_one(const struct runs *r, const struct run *run)
{
	if (r->json) {
		print_run_json(run);
	} else {
		print_run(run);
		print_steps(run);
	}
	return phase_ended(run->phase) || run->phase == PHASE_UNKNOWN ?
	    attend_code(run->phase) : EXIT_OK;
}

static void
list(struct runs *r)
{
	const struct run *run = chosen(r);

	if (r->wants_follow && run) {
		if (!r->json)
			print_run(run);
		attend_init(&r->follow, &r->session, run->id, r->json);
		r->follows = true;
		attend_look(&r->follow);
	} else if ((r->id || r->wants_follow) && !run) {
		session_end(&r->session, cmd_fail(r->session.args,
		    EXIT_USAGE, r->id ? _("there is no run %s among the last "
		    "ones: see vigie journal --run") :
		    _("no run is under way%s"), r->id ? r->id : ""));
	} else {
		session_end(&r->session, r->id ? print_one(r, run) :
		    print_all(r));
	}
}

static void
look(void *arg)
{
	struct runs *r = arg;

	if (client_state(r->session.client) == CLIENT_REFUSED)
		session_refused(&r->session);
	else if (client_state(r->session.client) != CLIENT_LIVE)
		return;
	else if (r->follows)
		attend_look(&r->follow);
	else
		list(r);
}

static int
no_answer(const struct runs *r)
{
	return cmd_fail(r->session.args, EXIT_UNKNOWN, _("no answer from the "
	    "server within %d s: %s"), ANSWER_MS / 1000,
	    client_text(r->session.client));
}

int
cmd_runs(const struct cmd_args *a)
{
	struct runs r = {.id = a->operands[0],
		.json = cmd_value(a, "json") != NULL,
		.wants_follow = cmd_value(a, "follow") != NULL};
	struct client_handlers h = {.changed = look, .state = look,
				    .arg = &r};
	const struct run *run;
	int code = session_open(&r.session, a, SESSION_SUBSCRIBE |
	    SESSION_START | SESSION_NO_ENV, &h);

	if (code != 0)
		return code;
	session_run(&r.session, r.wants_follow ? 0 : ANSWER_MS);
	code = r.session.timed_out ? no_answer(&r) : r.session.exit_code;
	run = r.follows ? attend_run(&r.session, r.follow.run) : NULL;
	if (run && r.json)
		print_run_json(run);
	session_close(&r.session);
	if (r.follows)
		attend_release(&r.follow);
	return code;
}

/* --- one request -------------------------------------------------------------- */

static void
answered(void *arg, const struct json *m, bool final)
{
	struct runs *r = arg;
	const char *code = json_text(json_get(m, "code"), "");

	if (!final)
		return;
	if (strcmp(json_text(json_get(m, "type"), ""), "error") == 0) {
		int told = session_error(&r->session, m);

		session_end(&r->session, strcmp(code, "failed") == 0 ?
		    EXIT_CRIT : told);
		return;
	}
	if (r->answer)
		r->answer(r, m);
	session_end(&r->session, EXIT_OK);
}

static void
on_state(void *arg)
{
	struct runs *r = arg;

	if (client_state(r->session.client) == CLIENT_REFUSED)
		session_refused(&r->session);
}

/* Takes over arguments. */
static int
request(const struct cmd_args *a, const char *op, struct json *arguments,
    void (*answer)(struct runs *r, const struct json *m))
{
	struct runs r = {.answer = answer,
			 .json = cmd_value(a, "json") != NULL};
	struct client_handlers h = {.state = on_state, .arg = &r};
	int code = session_open(&r.session, a, SESSION_START |
	    SESSION_NO_ENV, &h);

	if (code != 0) {
		json_free(arguments);
		return code;
	}
	r.id = a->operands[0];
	client_request(r.session.client, op, arguments, answered, &r);
	session_run(&r.session, ANSWER_MS);
	code = r.session.timed_out ? no_answer(&r) : r.session.exit_code;
	session_close(&r.session);
	return code;
}

static int
act(const struct cmd_args *a, const char *name, bool reason_needed)
{
	struct json *m;

	if (reason_needed && !cmd_value(a, "reason"))
		return cmd_fail(a, EXIT_USAGE, _("this needs a reason, which "
		    "is journalled: --reason TEXT"));
	m = json_object();
	json_set_text(m, "act", name);
	json_set_text(m, "run", a->operands[0]);
	json_set_text(m, "item", a->operands[1]);
	json_set_text(m, "reason", cmd_value(a, "reason"));
	return request(a, "act", m, NULL);
}

int
cmd_hold(const struct cmd_args *a)
{
	return act(a, "pause", false);
}

int
cmd_resume(const struct cmd_args *a)
{
	return act(a, "resume", false);
}

int
cmd_abort(const struct cmd_args *a)
{
	return act(a, "abort", false);
}

int
cmd_retry(const struct cmd_args *a)
{
	return act(a, "retry", true);
}

int
cmd_skip(const struct cmd_args *a)
{
	return act(a, "skip", true);
}

int
cmd_tick(const struct cmd_args *a)
{
	return act(a, "tick", false);
}

/* --- vigie runbook ------------------------------------------------------------- */

static void
print_book(const struct json *b, bool whole)
{
	const struct json *p;

	printf("%-20s  %s\n", json_text(json_get(b, "name"), "?"),
	    json_text(json_get(b, "title"), json_text(json_get(b, "error"),
	    "?")));
	if (!whole)
		return;
	printf("  %s\n", json_text(json_get(b, "path"), "?"));
	for (p = json_first(json_get(b, "parameters")); p; p = json_next(p))
		printf("  %-20s  %s%s%s%s\n", json_text(json_get(p, "name"),
		    "?"), json_text(json_get(p, "title"), ""),
		    json_bool(json_get(p, "required"), false) ?
		    _(" (must be given)") : "",
		    json_text(json_get(p, "default"), NULL) ? " = " : "",
		    json_text(json_get(p, "default"), ""));
}

static void
print_books(struct runs *r, const struct json *m)
{
	const struct json *b;
	bool any = false;

	for (b = json_first(json_get(m, "runbooks")); b; b = json_next(b)) {
		if (r->id && strcmp(json_text(json_get(b, "name"), ""),
		    r->id) != 0)
			continue;
		any = true;
		if (r->json)
			print_json(b);
		else
			print_book(b, r->id != NULL);
	}
	if (r->id && !any)
		cmd_fail(r->session.args, 0, _("there is no runbook %s"),
		    r->id);
}

static void
print_paper(struct runs *r, const struct json *m)
{
	(void)r;
	fputs(json_text(json_get(m, "text"), ""), stdout);
}

/* name=value, each. NULL after telling what is wrong. */
static struct json *
values(const struct cmd_args *a)
{
	struct json *o = json_object();
	size_t i;

	for (i = 1; i < a->operand_count; i++) {
		const char *equals = strchr(a->operands[i], '=');
		char *name;

		if (!equals || equals == a->operands[i]) {
			cmd_fail(a, 0, _("\"%s\" is not name=value"),
			    a->operands[i]);
			json_free(o);
			return NULL;
		}
		name = xstrndup(a->operands[i], equals - a->operands[i]);
		json_set(o, name, json_string(equals + 1));
		free(name);
	}
	return o;
}

int
cmd_runbook(const struct cmd_args *a)
{
	const char *environment = cmd_value(a, "paper");
	struct json *given, *m;

	if (!environment && a->operand_count <= 1)
		return request(a, "runbooks", NULL, print_books);
	if (!environment || !a->operands[0])
		return cmd_fail(a, EXIT_USAGE, _("paper needs a runbook and "
		    "an environment: vigie runbook NAME --paper ENV"));
	given = values(a);
	if (!given)
		return EXIT_USAGE;
	m = json_object();
	json_set_text(m, "book", a->operands[0]);
	json_set_text(m, "environment", environment);
	json_set(m, "values", given);
	return request(a, "paper", m, print_paper);
}
