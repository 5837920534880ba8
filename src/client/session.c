/* A command that talks to the server. See cmd.h. */
#include "client/cmd.h"

#include <signal.h>

#include "base/i18n.h"

static void
interrupted(int signo, void *arg)
{
	session_end(arg, 128 + signo);
}

int
session_open(struct session *s, const struct cmd_args *a, unsigned flags,
    const struct client_handlers *h)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	struct err e;

	*s = (struct session){.args = a, .exit_code = EXIT_UNKNOWN};
	s->conf = cmd_conf(a);
	if (!s->conf)
		return EXIT_UNKNOWN;
	if (!(flags & SESSION_NO_ENV) && !cmd_has_environment(a, s->conf, 0)) {
		session_close(s);
		return EXIT_USAGE;
	}
	s->loop = loop_new(&e);
	if (!s->loop || loop_signals(s->loop, signals, 3, interrupted, s, &e)
	    == -1) {
		cmd_fail(a, 0, "%s", e.text);
		session_close(s);
		return EXIT_UNKNOWN;
	}
	s->client = client_new(s->loop, &(struct client_options){
	    .socket = s->conf->socket, .config = s->conf->path,
	    .start_server = flags & SESSION_START, .read_only = a->read_only,
	    .subscribe = flags & SESSION_SUBSCRIBE, .handlers = *h});
	return 0;
}

static void
out_of_time(void *arg)
{
	struct session *s = arg;

	s->deadline = NULL;
	s->timed_out = true;
	loop_stop(s->loop);
}

void
session_run(struct session *s, int64_t deadline_ms)
{
	if (deadline_ms > 0)
		s->deadline = loop_timer(s->loop, deadline_ms, out_of_time, s);
	loop_run(s->loop);
	loop_timer_cancel(s->deadline);
	s->deadline = NULL;
}

void
session_end(struct session *s, int exit_code)
{
	s->exit_code = exit_code;
	loop_stop(s->loop);
}

void
session_close(struct session *s)
{
	client_free(s->client);
	loop_free(s->loop);
	conf_free(s->conf);
	*s = (struct session){0};
}

void
session_refused(struct session *s)
{
	session_end(s, cmd_fail(s->args, client_denied(s->client) ?
	    EXIT_DENIED : EXIT_UNKNOWN, "%s", client_text(s->client)));
}

int
session_error(struct session *s, const struct json *message)
{
	const char *code = json_text(json_get(message, "code"), "");
	const char *text = json_text(json_get(message, "text"), "?");

	cmd_fail(s->args, 0, "%s", text);
	if (strcmp(code, "not_permitted") == 0)
		return EXIT_DENIED;
	if (strcmp(code, "not_found") == 0 ||
	    strcmp(code, "bad_argument") == 0)
		return EXIT_USAGE;
	return EXIT_UNKNOWN;
}
