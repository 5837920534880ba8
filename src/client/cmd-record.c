/* vigie mark, vigie lock, vigie unlock: one request each, put on record. */
#include "client/cmd.h"

#include "base/i18n.h"

#define ANSWER_MS 30000

struct record_run {
	struct session session;
	const char *op;
	struct json *arguments;	/* until it is asked */
	/* A server that was just started knows no version yet. */
	bool needs_versions;
};

static void
answered(void *arg, const struct json *m, bool final)
{
	struct record_run *r = arg;
	const char *type = json_text(json_get(m, "type"), "");
	const char *code = json_text(json_get(m, "code"), "");
	int told;

	if (!final)
		return;
	if (strcmp(type, "error") != 0) {
		session_end(&r->session, EXIT_OK);
		return;
	}
	told = session_error(&r->session, m);
	session_end(&r->session, strcmp(code, "failed") == 0 ? EXIT_CRIT :
	    told);
}

static bool
knows_versions(const struct record_run *r)
{
	const struct observation *seen =
	    &client_model(r->session.client)->releases.seen;

	return !seen->used || seen->attempted_at != TIME_UNKNOWN;
}

static void
look(void *arg)
{
	struct record_run *r = arg;
	struct client *c = r->session.client;

	if (client_state(c) == CLIENT_REFUSED) {
		session_refused(&r->session);
	} else if (client_state(c) == CLIENT_LIVE && r->arguments &&
	    (!r->needs_versions || knows_versions(r))) {
		client_request(c, r->op, r->arguments, answered, r);
		r->arguments = NULL;
	}
}

/* Takes over arguments. */
static int
run(const struct cmd_args *a, const char *op, struct json *arguments,
    unsigned flags)
{
	struct record_run r = {.op = op, .arguments = arguments,
			       .needs_versions = flags & SESSION_NO_ENV};
	struct client_handlers h = {.changed = look, .state = look,
				    .arg = &r};
	struct session *s = &r.session;
	int code;

	json_set_text(arguments, "reason", cmd_value(a, "reason"));
	code = session_open(s, a, SESSION_SUBSCRIBE | SESSION_START | flags,
	    &h);
	if (code == 0) {
		session_run(s, ANSWER_MS);
		code = s->exit_code;
		if (s->timed_out)
			code = cmd_fail(a, EXIT_UNKNOWN, _("no answer to %s "
			    "within %d s: %s"), op, ANSWER_MS / 1000,
			    client_text(s->client));
		session_close(s);
	}
	json_free(r.arguments);
	return code;
}

int
cmd_mark(const struct cmd_args *a)
{
	const char *word = a->operands[1];
	struct json *arguments;

	if (strcmp(mark_word_name(mark_word_parse(word)), word) != 0)
		return cmd_fail(a, EXIT_USAGE, _("a version is marked good, "
		    "bad or none, not \"%s\""), word);
	if (mark_word_parse(word) == MARK_BAD && !cmd_value(a, "reason"))
		return cmd_fail(a, EXIT_USAGE, _("what is bad about it? Say "
		    "so with --reason"));
	arguments = json_object();
	json_set_text(arguments, "version", a->operands[0]);
	json_set_text(arguments, "mark", word);
	return run(a, "mark", arguments, SESSION_NO_ENV);
}

int
cmd_lock(const struct cmd_args *a)
{
	struct json *arguments;

	if (!cmd_value(a, "reason"))
		return cmd_fail(a, EXIT_USAGE, _("why should others keep out? "
		    "Say so with --reason"));
	arguments = json_object();
	json_set_text(arguments, "environment", a->operands[0]);
	return run(a, "lock", arguments, 0);
}

int
cmd_unlock(const struct cmd_args *a)
{
	struct json *arguments = json_object();

	json_set_text(arguments, "environment", a->operands[0]);
	return run(a, "unlock", arguments, 0);
}
