/* vigie server, vigie refresh: requests with a plain answer. */
#include "client/cmd.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/i18n.h"

#define ANSWER_MS 15000

struct ask {
	struct session session;
	bool stopping;		/* losing the server is what we want */
};

static void
answered(void *arg, const struct json *m, bool final)
{
	struct ask *ask = arg;
	const char *type = json_text(json_get(m, "type"), "");
	const char *code = json_text(json_get(m, "code"), "");

	if (!final)
		return;
	if (strcmp(type, "error") != 0 ||
	    (ask->stopping && strcmp(code, "lost") == 0))
		session_end(&ask->session, EXIT_OK);
	else
		session_end(&ask->session, session_error(&ask->session, m));
}

static void
state_changed(void *arg)
{
	struct ask *ask = arg;
	struct session *s = &ask->session;

	if (client_state(s->client) == CLIENT_REFUSED)
		session_refused(s);
}

/* Ask the server for op; takes over arguments. */
static int
ask_server(const struct cmd_args *a, const char *op, struct json *arguments,
    unsigned flags)
{
	struct ask ask = {.stopping = strcmp(op, "stop") == 0};
	struct client_handlers h = {.state = state_changed, .arg = &ask};
	struct session *s = &ask.session;
	int code = session_open(s, a, flags, &h);

	if (code != 0) {
		json_free(arguments);
		return code;
	}
	if (!(flags & SESSION_START) && !client_connected(s->client)) {
		/* Nothing to stop is as good as stopped. */
		code = cmd_fail(a, ask.stopping ? EXIT_OK : EXIT_UNKNOWN, "%s",
		    client_text(s->client));
		json_free(arguments);
		session_close(s);
		return code;
	}
	client_request(s->client, op, arguments, answered, &ask);
	session_run(s, ANSWER_MS);
	code = s->exit_code;
	if (s->timed_out)
		code = cmd_fail(a, EXIT_UNKNOWN, _("no answer to %s within "
		    "%d s: %s"), op, ANSWER_MS / 1000, client_text(s->client));
	session_close(s);
	return code;
}

int
cmd_refresh(const struct cmd_args *a)
{
	struct json *arguments = json_object();

	json_set_text(arguments, "environment", a->operands[0]);
	return ask_server(a, "refresh", arguments, SESSION_START);
}

/* The server is a program of its own, so that a console does not load the
 * libraries that only a server needs: they take longer than all else that it
 * does before its first screen. From the build directory the one beside this
 * program is meant. Returns only when it cannot be run. */
static void
become_server(const char *const *argv)
{
	char self[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash, *beside;

	if (len > 0) {
		self[len] = '\0';
		slash = strrchr(self, '/');
		*slash = '\0';
		beside = xasprintf("%s/vigie-server", self);
		execv(beside, (char *const *)argv);
		free(beside);
	}
	execv(PKGLIBEXECDIR "/vigie-server", (char *const *)argv);
}

int
cmd_server(const struct cmd_args *a)
{
	/* A list of processes shows the command that was given. */
	const char *argv[7] = {"vigie", "server", "--config"};
	char *path;
	int n = 3, code;

	if (cmd_value(a, "stop"))
		return ask_server(a, "stop", NULL, 0);
	if (cmd_value(a, "reload"))
		return ask_server(a, "reload", NULL, 0);
	path = conf_find(a->config);
	if (!path)
		return cmd_fail(a, EXIT_CRIT, _("no configuration: name one "
		    "with --config, see vigie.yaml(5)"));
	argv[n++] = path;
	if (cmd_value(a, "foreground"))
		argv[n++] = "--foreground";
	if (cmd_value(a, "debug"))
		argv[n++] = "--debug";
	become_server(argv);
	code = cmd_fail(a, EXIT_CRIT, _("cannot run %s: %s"),
	    PKGLIBEXECDIR "/vigie-server", strerror(errno));
	free(path);
	return code;
}
