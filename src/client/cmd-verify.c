/* vigie backups verify: ask for it, follow it, tell how far it came. */
#include "client/cmd.h"

#include "base/alloc.h"
#include "base/i18n.h"

#define KINDS_MAX 64

/* One series on its way. */
struct one {
	char *kind;
	char *name;		/* seen under way, or NULL */
	char *told;		/* the last line printed */
	bool done;
};

struct verify_run {
	struct session session;
	const char *environment, *kind;	/* kind NULL: all that can be */
	bool detach, asked;
	struct one kinds[KINDS_MAX];
	size_t count, answers;
	int64_t asked_at;
	int code;
};

static const struct environment *
environment(const struct verify_run *r)
{
	return model_find(client_model(r->session.client), r->environment);
}

static const struct backup_series *
find_series(const struct environment *env, const char *kind)
{
	size_t i;

	for (i = 0; env && i < env->backup_count; i++)
		if (strcmp(env->backups[i].kind, kind) == 0)
			return &env->backups[i];
	return NULL;
}

static void
end_when_done(struct verify_run *r)
{
	size_t i;

	for (i = 0; i < r->count; i++)
		if (!r->kinds[i].done)
			return;
	session_end(&r->session, r->code);
}

static void
tell(struct one *k, const char *text)
{
	if (k->told && strcmp(k->told, text) == 0)
		return;
	printf("%s: %s\n", k->kind, text);
	fflush(stdout);
	xstrset(&k->told, text);
}

/* The one that was verified: by its name, when it was seen under way, else the
 * newest one with a verdict of now. */
static const struct backup *
verified(const struct verify_run *r, const struct backup_series *s,
    const struct one *k)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		if (k->name ? strcmp(s->items[i].name, k->name) == 0 :
		    s->items[i].verified_at != TIME_UNKNOWN &&
		    s->items[i].verified_at >= r->asked_at)
			return &s->items[i];
	return NULL;
}

/* The last line about a series. */
static char *
outcome(struct verify_run *r, const struct backup_series *s,
    const struct one *k)
{
	const struct backup *b = verified(r, s, k);

	if (s->verify_error) {
		r->code = EXIT_UNKNOWN;
		return xasprintf(_("not verified: %s"), s->verify_error);
	}
	if (!b) {
		r->code = EXIT_UNKNOWN;
		return xasprintf(_("not verified: %s"), _("it is no longer "
		    "listed"));
	}
	if (b->failure && r->code == EXIT_OK)
		r->code = EXIT_CRIT;
	return xasprintf("%s %s%s%s%s%s", b->name, _(rung_name(b->rung)),
	    b->evidence ? ", " : "", b->evidence ? b->evidence : "",
	    b->failure ? "; " : "", b->failure ? b->failure : "");
}

static void
follow(struct verify_run *r, struct one *k)
{
	const struct backup_series *s = find_series(environment(r), k->kind);
	char *text;

	if (!s || k->done)
		return;
	if (s->verifying) {
		xstrset(&k->name, s->verifying);
		text = xasprintf("%s: %s…", s->verifying,
		    _(rung_name(s->verifying_rung)));
	} else if (k->name || s->verify_error || verified(r, s, k)) {
		text = outcome(r, s, k);
		k->done = true;
	} else {
		return;
	}
	tell(k, text);
	free(text);
}

static void
answered(void *arg, const struct json *m, bool final)
{
	struct verify_run *r = arg;
	const char *type = json_text(json_get(m, "type"), "");

	if (!final)
		return;
	if (strcmp(type, "error") == 0) {
		r->code = session_error(&r->session, m);
		session_end(&r->session, r->code);
		return;
	}
	if (++r->answers == r->count && r->detach)
		session_end(&r->session, EXIT_OK);
}

static void
ask(struct verify_run *r)
{
	const struct environment *env = environment(r);
	struct json *m;
	size_t i;

	for (i = 0; env && i < env->backup_count && r->count < KINDS_MAX; i++)
		if (r->kind ? strcmp(env->backups[i].kind, r->kind) == 0 :
		    env->backups[i].can_verify)
			r->kinds[r->count++].kind =
			    xstrdup(env->backups[i].kind);
	if (r->count == 0) {
		session_end(&r->session, cmd_fail(r->session.args, EXIT_USAGE,
		    r->kind ? _("%s has no backups of kind \"%s\"") :
		    _("%s has no backups that can be verified"),
		    r->environment, r->kind));
		return;
	}
	r->asked_at = clock_wall();
	for (i = 0; i < r->count; i++) {
		m = json_object();
		json_set_text(m, "environment", r->environment);
		json_set_text(m, "kind", r->kinds[i].kind);
		client_request(r->session.client, "verify", m, answered, r);
	}
}

static bool
listed(const struct environment *env)
{
	size_t i;

	for (i = 0; i < env->backup_count; i++)
		if (env->backups[i].seen.observed_at == TIME_UNKNOWN &&
		    !env->backups[i].seen.error)
			return false;
	return true;
}

static void
look(void *arg)
{
	struct verify_run *r = arg;
	struct session *s = &r->session;
	size_t i;

	if (client_state(s->client) == CLIENT_REFUSED) {
		session_refused(s);
	} else if (client_state(s->client) == CLIENT_LIVE && !r->asked) {
		if (environment(r) && !listed(environment(r)))
			return;
		r->asked = true;
		ask(r);
	} else if (r->asked && !r->detach && r->answers == r->count) {
		for (i = 0; i < r->count; i++)
			follow(r, &r->kinds[i]);
		end_when_done(r);
	}
}

int
cmd_backups_verify(const struct cmd_args *a)
{
	struct verify_run r = {.environment = a->operands[1],
		.kind = a->operand_count > 2 ? a->operands[2] : NULL,
		.detach = cmd_value(a, "detach") != NULL};
	struct client_handlers h = {.changed = look, .state = look,
				    .arg = &r};
	int code;
	size_t i;

	if (a->operand_count < 2)
		return cmd_fail(a, EXIT_USAGE, _("verify which "
		    "environment?"));
	code = session_open(&r.session, a, SESSION_SUBSCRIBE | SESSION_START |
	    SESSION_NO_ENV, &h);
	if (code != 0)
		return code;
	if (cmd_has_environment(a, r.session.conf, 1)) {
		session_run(&r.session, 0);
		code = r.session.exit_code;
	} else {
		code = EXIT_USAGE;
	}
	for (i = 0; i < r.count; i++) {
		free(r.kinds[i].kind);
		free(r.kinds[i].name);
		free(r.kinds[i].told);
	}
	session_close(&r.session);
	return code;
}
