/* vigie deploy, vigie rollback: a plan, its confirmation, and the run. */
#include <errno.h>
#include <stdarg.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "client/attend.h"
#include "model/tables.h"

/* How long a server that was just started may take to know what there is. */
#define KNOW_MS 20000
#define ANSWER_MS 30000
#define INPUT_MAX 4096

struct act {
	struct session session;
	const char *op;		/* "deploy", "rollback" */
	const char *reason, *confirm;
	bool dry, json, detach;
	struct loop_timer *patience, *deadline;
	bool impatient, asked, confirmed;
	struct json *plan;
	/* What is asked on the terminal. */
	struct loop_watch *input;
	struct buf typed;
	char *word, *why;
	struct attend follow;
	bool follows;
};

static void
end(struct act *a, int code)
{
	session_end(&a->session, code);
}

/* --- printing -------------------------------------------------------------- */

static void
print_list(const char *before, const struct json *list)
{
	const struct json *v;

	for (v = json_first(list); v; v = json_next(v))
		printf("%s%s\n", before, json_text(json_is_object(v) ?
		    json_get(v, "title") : v, "?"));
}

static void
print_lines(const char *text)
{
	size_t len;

	for (; *text; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		printf("    %.*s\n", (int)len, text);
	}
}

static void
print_json(const struct json *v)
{
	struct buf b = BUF_INIT(4 << 20);

	json_print(v, &b);
	puts(buf_str(&b));
	buf_release(&b);
}

/* Texts were cleaned by the server, which is ours. */
static void
print_plan(const struct act *a)
{
	const struct json *p = a->plan;
	const char *blocked = json_text(json_get(p, "blocked"), NULL);
	int64_t estimate = json_int(json_get(p, "estimate_ms"), -1);
	char span[CLOCK_TEXT_MAX];

	if (a->json) {
		if (a->dry)
			print_json(p);
		return;
	}
	printf("%s (%s)\n", json_text(json_get(p, "title"), "?"),
	    json_text(json_get(p, "environment"), "?"));
	print_list("  ", json_get(p, "effect"));
	print_list(_("  attention: "), json_get(p, "warnings"));
	if (estimate >= 0)
		printf(_("  takes about %s\n"), clock_span(estimate, span));
	printf("%s\n", _("steps:"));
	print_list("  - ", json_get(p, "steps"));
	printf("%s\n", _("commands:"));
	print_lines(json_text(json_get(p, "commands"), ""));
	if (blocked)
		printf(_("blocked: %s\n"), blocked);
	fflush(stdout);
}

/* --- following ------------------------------------------------------------- */

static int
code_of(const char *code)
{
	static const char *const denied[] = {"not_permitted", "wrong_word",
		"reason_missing"};
	static const char *const usage[] = {"not_found", "bad_argument",
		"malformed"};
	size_t i;

	for (i = 0; i < sizeof(denied) / sizeof(denied[0]); i++)
		if (strcmp(code, denied[i]) == 0)
			return EXIT_DENIED;
	for (i = 0; i < sizeof(usage) / sizeof(usage[0]); i++)
		if (strcmp(code, usage[i]) == 0)
			return EXIT_USAGE;
	return strcmp(code, "lost") == 0 ? EXIT_UNKNOWN : EXIT_CRIT;
}

static bool
is_error(struct act *a, const struct json *m)
{
	if (strcmp(json_text(json_get(m, "type"), ""), "error") != 0)
		return false;
	end(a, cmd_fail(a->session.args, code_of(json_text(json_get(m,
	    "code"), "")), "%s", json_text(json_get(m, "text"), "?")));
	return true;
}

static void
started(void *arg, const struct json *m, bool final)
{
	struct act *a = arg;
	const char *run = json_text(json_get(m, "run"), "");

	if (!final || is_error(a, m))
		return;
	loop_timer_cancel(a->deadline);
	a->deadline = NULL;
	if (a->detach) {
		if (a->json) {
			struct json *o = json_object();

			json_set_text(o, "run", run);
			print_json(o);
			json_free(o);
		} else {
			printf(_("started %s: vigie runs %s -f follows it\n"),
			    run, run);
		}
		end(a, EXIT_OK);
		return;
	}
	if (!a->json)
		printf(_("started %s\n"), run);
	fflush(stdout);
	attend_init(&a->follow, &a->session, run, a->json);
	a->follows = true;
	attend_look(&a->follow);
}

static void
late(void *arg)
{
	struct act *a = arg;

	a->deadline = NULL;
	end(a, cmd_fail(a->session.args, EXIT_UNKNOWN, _("no answer from the "
	    "server within %d s: %s"), ANSWER_MS / 1000,
	    client_text(a->session.client)));
}

static void
expect_answer(struct act *a)
{
	loop_timer_cancel(a->deadline);
	a->deadline = loop_timer(a->session.loop, ANSWER_MS, late, a);
}

/* --- confirming ------------------------------------------------------------ */

static void
confirm(struct act *a)
{
	struct json *m = json_object();

	json_set_text(m, "plan", json_text(json_get(a->plan, "id"), NULL));
	json_set_text(m, "word", a->word);
	json_set_text(m, "reason", a->why ? a->why : a->reason);
	client_request(a->session.client, "confirm", m, started, a);
	a->confirmed = true;
	expect_answer(a);
}

static void
ask(struct act *a)
{
	const char *word = json_text(json_get(a->plan, "word"), "?");

	if (!a->word)
		printf(_("type %s to go on: "), word);
	else
		fputs(_("why? "), stdout);
	fflush(stdout);
}

static bool
needs_reason(const struct act *a)
{
	return json_bool(json_get(a->plan, "needs_reason"), true) &&
	    !a->reason && !a->why;
}

static void
typed_line(struct act *a, const char *line)
{
	if (!a->word)
		a->word = xstrdup(line);
	else
		a->why = xstrdup(line);
	/* A wrong word is the server's to refuse, and to journal. */
	if (needs_reason(a) && strcmp(a->word, json_text(json_get(a->plan,
	    "word"), "")) == 0) {
		ask(a);
		return;
	}
	loop_unwatch(a->input);
	a->input = NULL;
	confirm(a);
}

static void
on_input(int fd, unsigned events, void *arg)
{
	struct act *a = arg;
	char piece[512], *line;
	ssize_t n = read(fd, piece, sizeof(piece));
	size_t len;

	(void)events;
	if (n == -1 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		putchar('\n');
		end(a, cmd_fail(a->session.args, EXIT_DENIED, _("not "
		    "confirmed: nothing was done")));
		return;
	}
	buf_add(&a->typed, piece, (size_t)n);
	while (a->input && (len = strcspn(buf_str(&a->typed), "\n")) <
	    a->typed.len) {
		line = xstrndup(buf_str(&a->typed), len);
		buf_consume(&a->typed, len + 1);
		typed_line(a, line);
		free(line);
	}
}

static void
planned(void *arg, const struct json *m, bool final)
{
	struct act *a = arg;
	const char *word, *blocked;

	if (!final || is_error(a, m))
		return;
	loop_timer_cancel(a->deadline);
	a->deadline = NULL;
	a->plan = json_copy(json_get(m, "plan"));
	word = json_text(json_get(a->plan, "word"), "");
	blocked = json_text(json_get(a->plan, "blocked"), NULL);
	if (a->dry || !a->confirm)
		print_plan(a);
	if (a->dry) {
		end(a, blocked ? EXIT_CRIT : EXIT_OK);
	} else if (a->confirm) {
		/* What is blocked too: the refusal is the gate's, which
		 * journals it. */
		/* On the command line the name confirms everywhere. */
		a->word = xstrdup(strcmp(a->confirm,
		    a->session.args->operands[0]) == 0 ? word : a->confirm);
		confirm(a);
	} else if (blocked) {
		end(a, cmd_fail(a->session.args, EXIT_CRIT, "%s", blocked));
	} else {
		a->input = loop_watch(a->session.loop, STDIN_FILENO,
		    LOOP_READ, on_input, a);
		ask(a);
	}
}

static void
ask_plan(struct act *a)
{
	struct json *m = json_object();
	const struct cmd_args *args = a->session.args;

	a->asked = true;
	json_set_text(m, "act", a->op);
	json_set_text(m, "environment", args->operands[0]);
	json_set_text(m, "version", args->operands[1]);
	json_set_text(m, "via", cmd_value(args, "via"));
	json_set_text(m, "scenario", cmd_value(args, "scenario"));
	json_set_text(m, "reason", a->reason);
	client_request(a->session.client, "plan", m, planned, a);
	expect_answer(a);
}

/* --- the conversation -------------------------------------------------------- */

static bool
attempted(const struct observation *o)
{
	return !o->used || o->observed_at != TIME_UNKNOWN || o->error;
}

/* A server that was just started knows neither versions nor what runs. */
static bool
is_known(const struct act *a)
{
	const struct model *m = client_model(a->session.client);
	const struct environment *env = model_find(m,
	    a->session.args->operands[0]);
	const struct observation *engine = env ? &env->sources[SOURCE_ENGINE] :
	    NULL;
	size_t i;

	if (a->impatient || !env)
		return true;
	if (!attempted(engine) || !attempted(&env->sources[SOURCE_CHECKOUT]) ||
	    !attempted(&m->releases.seen) || !attempted(&m->releases.fetched))
		return false;
	/* The others come after the engine, if it can be reached. */
	for (i = 0; !engine->error && i < SOURCE_KINDS; i++)
		if (!attempted(&env->sources[i]))
			return false;
	return true;
}

static void
look(void *arg)
{
	struct act *a = arg;
	struct client *c = a->session.client;

	if (client_state(c) == CLIENT_REFUSED)
		session_refused(&a->session);
	else if (client_state(c) == CLIENT_LIVE && !a->asked && is_known(a))
		ask_plan(a);
	else if (a->follows)
		attend_look(&a->follow);
}

static void
on_patience(void *arg)
{
	struct act *a = arg;

	a->patience = NULL;
	a->impatient = true;
	if (client_state(a->session.client) == CLIENT_LIVE)
		look(a);
	else
		end(a, cmd_fail(a->session.args, EXIT_UNKNOWN, _("no answer "
		    "from the server within %d s: %s"), KNOW_MS / 1000,
		    client_text(a->session.client)));
}

/* Interrupted: what was started goes on. */
static int
left(struct act *a, int code)
{
	if (!a->confirmed || code <= 128)
		return code;
	if (!a->follows)
		return cmd_fail(a->session.args, EXIT_UNKNOWN, _("it was "
		    "confirmed and may have begun: see vigie runs"));
	fprintf(stderr, _("\nthe run goes on: vigie runs %s -f follows it "
	    "again\n"), a->follow.run);
	return EXIT_UNKNOWN;
}

static void
print_outcome(const struct act *a)
{
	const struct run *r = a->follows ? attend_run(&a->session,
	    a->follow.run) : NULL;
	struct json *o;

	if (!r || !a->json)
		return;
	o = json_object();
	fields_write(o, model_run_fields, r, ~0u);
	print_json(o);
	json_free(o);
}

static int
converse(struct act *a)
{
	int code;

	a->patience = loop_timer(a->session.loop, KNOW_MS, on_patience, a);
	session_run(&a->session, 0);
	code = left(a, a->session.exit_code);
	print_outcome(a);
	loop_timer_cancel(a->patience);
	loop_timer_cancel(a->deadline);
	loop_unwatch(a->input);
	return code;
}

static int
run(const struct cmd_args *args, const char *op)
{
	struct act a = {.op = op, .reason = cmd_value(args, "reason"),
		.confirm = cmd_value(args, "confirm"),
		.dry = cmd_value(args, "dry-run") != NULL,
		.json = cmd_value(args, "json") != NULL,
		.detach = cmd_value(args, "detach") != NULL};
	struct client_handlers h = {.changed = look, .state = look,
				    .arg = &a};
	int code;

	if (!a.dry && !a.confirm && (a.json || !isatty(STDIN_FILENO)))
		return cmd_fail(args, EXIT_USAGE, _("without a terminal this "
		    "needs --confirm NAME, the environment's name; --dry-run "
		    "shows what would be done"));
	buf_init(&a.typed, INPUT_MAX);
	code = session_open(&a.session, args, SESSION_SUBSCRIBE |
	    SESSION_START, &h);
	if (code == 0) {
		code = converse(&a);
		session_close(&a.session);
	}
	if (a.follows)
		attend_release(&a.follow);
	json_free(a.plan);
	buf_release(&a.typed);
	free(a.word);
	free(a.why);
	return code;
}

int
cmd_deploy(const struct cmd_args *a)
{
	return run(a, "deploy");
}

int
cmd_rollback(const struct cmd_args *a)
{
	return run(a, "rollback");
}
