/* vigie status. */
#include "client/cmd.h"

#include <errno.h>
#include <langinfo.h>
#include <math.h>
#include <unistd.h>

#include "base/i18n.h"
#include "client/out.h"

/* A server just started has seen nothing yet: give it that long to answer, and
 * with --wait to observe everything. */
#define ANSWER_MS 10000
#define WAIT_MS 60000
#define OUTPUT_MAX (256 * 1024 * 1024)

struct status_run {
	struct session session;
	const char *environment;
	bool wait;
};

static const struct {
	const char *option;
	void (*write)(const struct out *o, struct buf *b);
} writers[] = {
	{"json", out_json},
	{"plain", out_plain},
	{"prometheus", out_prometheus},
	{"plugin", out_plugin},
	{NULL, out_text},
};

/* Seen, or tried and failed: either way there is something to say. */
static bool
attempted(const struct observation *o)
{
	return !o->used || o->observed_at != TIME_UNKNOWN || o->error;
}

/* Inspected, and its figures taken while it runs. */
static bool
service_seen(const struct environment *env, const struct service *s)
{
	return s->digest && (s->state != CONTAINER_RUNNING ||
	    !isnan(s->cpu_percent) || env->sources[SOURCE_STATS].error);
}

static bool
environment_attempted(const struct environment *env)
{
	size_t i;

	for (i = 0; i < SOURCE_KINDS; i++)
		if (!attempted(&env->sources[i]))
			return false;
	for (i = 0; i < env->probe_count; i++)
		if (!attempted(&env->probes[i].seen))
			return false;
	for (i = 0; i < env->service_count; i++)
		if (!service_seen(env, &env->services[i]))
			return env->link.state == LINK_DOWN;
	return true;
}

static bool
complete(const struct status_run *r)
{
	const struct model *m = client_model(r->session.client);
	size_t i;

	if (client_state(r->session.client) != CLIENT_LIVE)
		return false;
	for (i = 0; r->wait && i < m->environment_count; i++) {
		const struct environment *env = &m->environments[i];

		if ((!r->environment ||
		    strcmp(r->environment, env->name) == 0) &&
		    !environment_attempted(env))
			return false;
	}
	return true;
}

static void
look(void *arg)
{
	struct status_run *r = arg;
	struct session *s = &r->session;

	if (client_state(s->client) == CLIENT_REFUSED)
		session_refused(s);
	else if (complete(r))
		session_end(s, EXIT_OK);
}

static void
write_out(const struct cmd_args *a, const struct model *m,
    const char *environment, struct buf *b)
{
	const char *no_colour = getenv("NO_COLOR");
	struct out o = {
		.model = m,
		.environment = environment,
		.now = clock_wall(),
		.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
		.colour = isatty(STDOUT_FILENO) && !(no_colour && *no_colour),
	};
	size_t i = 0;

	while (writers[i].option && !cmd_value(a, writers[i].option))
		i++;
	writers[i].write(&o, b);
}

/* What was received, written; and the exit code. */
static int
finish(struct status_run *r)
{
	const struct cmd_args *a = r->session.args;
	const struct model *m = client_model(r->session.client);
	struct out o = {.model = m, .environment = r->environment};
	struct buf b = BUF_INIT(OUTPUT_MAX);
	int code;

	if (client_state(r->session.client) == CLIENT_REFUSED ||
	    r->session.exit_code > 64)
		return r->session.exit_code;
	if (r->session.timed_out &&
	    client_state(r->session.client) != CLIENT_LIVE)
		return cmd_fail(a, EXIT_UNKNOWN, _("no answer from the server "
		    "within %d s: %s"), ANSWER_MS / 1000,
		    client_text(r->session.client));
	write_out(a, m, r->environment, &b);
	code = status_exit_code(out_status(&o));
	/* Who reads only the first lines, as head does, has what it wants. */
	if ((fwrite(buf_str(&b), 1, b.len, stdout) != b.len ||
	    fflush(stdout) != 0) && errno != EPIPE)
		code = cmd_fail(a, EXIT_UNKNOWN, _("cannot write the output"));
	buf_release(&b);
	return code;
}

int
cmd_status(const struct cmd_args *a)
{
	struct status_run r = {.environment = a->operands[0],
			       .wait = cmd_value(a, "wait") != NULL};
	struct client_handlers h = {.changed = look, .state = look,
				    .arg = &r};
	int code = session_open(&r.session, a,
	    SESSION_SUBSCRIBE | SESSION_START, &h);

	if (code != 0)
		return code;
	session_run(&r.session, r.wait ? WAIT_MS : ANSWER_MS);
	code = finish(&r);
	session_close(&r.session);
	return code;
}
