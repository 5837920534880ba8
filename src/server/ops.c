/*
 * The operations and the gate: one table says what each needs, and what is not
 * in the table is refused. See internal.h and vigie-protocol(7).
 */
#include "server/internal.h"

#include <math.h>

#include "base/alloc.h"
#include "base/log.h"
#include "model/release.h"

struct operation {
	const char *name;
	enum role needs;
	void (*run)(struct peer *p, int id, const struct json *m);
};

static void
op_subscribe(struct peer *p, int id, const struct json *m)
{
	(void)m;
	peer_subscribe(p, id);
}

static void
op_cancel(struct peer *p, int id, const struct json *m)
{
	streams_cancel(p, (int)json_int(json_get(m, "target"), -1));
	peer_send(p, id, "done", NULL, true);
}

/* The observer of the environment that the request names; NULL after telling
 * the peer. */
static struct observer *
named_observer(struct peer *p, int id, const struct json *m)
{
	const char *name = json_text(json_get(m, "environment"), NULL);
	struct observer *o = name ? watch_observer(peer_server(p), name) :
	    NULL;

	if (!o)
		peer_error(p, id, "not_found", name ?
		    "there is no such environment" :
		    "which environment? (argument \"environment\")");
	return o;
}

static void
op_refresh(struct peer *p, int id, const struct json *m)
{
	struct server *s = peer_server(p);
	struct observer *o;
	size_t i;

	if (json_is_null(json_get(m, "environment"))) {
		for (i = 0; i < s->observer_count; i++)
			observer_refresh(s->observers[i]);
		git_refresh(s->git);
		registry_source_refresh(s->registry);
		github_refresh(s->github);
	} else {
		o = named_observer(p, id, m);
		if (!o)
			return;
		observer_refresh(o);
	}
	peer_send(p, id, "done", NULL, true);
}

static void
op_reload(struct peer *p, int id, const struct json *m)
{
	struct err e;

	(void)m;
	if (server_reload(peer_server(p), p, &e) == -1)
		peer_error(p, id, "failed", e.text);
	else
		peer_send(p, id, "done", NULL, true);
}

static void
op_stop(struct peer *p, int id, const struct json *m)
{
	(void)m;
	log_info("stopped by a client");
	server_journal(peer_server(p), p, "server-stop",
	    NULL, "stopped the server", NULL);
	peer_send(p, id, "done", NULL, true);
	loop_stop(peer_server(p)->loop);
}

static void
op_shell(struct peer *p, int id, const struct json *m)
{
	const char *container = json_text(json_get(m, "container"), "");
	struct observer *o = named_observer(p, id, m);
	struct json *answer, *list;
	char **argv;
	size_t i;

	if (!o)
		return;
	argv = observer_shell_argv(o, container);
	if (!argv) {
		peer_error(p, id, "not_found", "there is no such container");
		return;
	}
	answer = json_object();
	list = json_array();
	for (i = 0; argv[i]; i++)
		json_append(list, json_string(argv[i]));
	json_set(answer, "argv", list);
	observer_argv_free(argv);
	peer_send(p, id, "shell", answer, true);
}

/* --- history -------------------------------------------------------------- */

/* Who asked; the peer may be gone when the answer comes. */
struct history_wait {
	struct server *server;
	uint64_t peer;
	int id;
	int64_t from, step_ms;
};

static void
history_answered(void *arg, const double *values, int count,
    const char *error)
{
	struct history_wait *w = arg;
	struct peer *p = peer_find(w->server, w->peer);
	struct json *answer, *list;
	int i;

	if (p && error) {
		peer_error(p, w->id, "failed", error);
	} else if (p) {
		answer = json_object();
		list = json_array();
		for (i = 0; i < count; i++)
			json_append(list, json_double(values[i]));
		json_set_time(answer, "from", w->from);
		json_set_int(answer, "step_ms", w->step_ms);
		json_set(answer, "values", list);
		peer_send(p, w->id, "history", answer, true);
	}
	free(w);
}

static void
op_history(struct peer *p, int id, const struct json *m)
{
	struct history_query q = {
		.environment = json_text(json_get(m, "environment"), NULL),
		.subject = json_text(json_get(m, "subject"), "host"),
		.metric = json_text(json_get(m, "metric"), "cpu"),
		.points = (int)json_int(json_get(m, "points"), 60),
		.to = clock_wall(),
	};
	struct server *s = peer_server(p);
	struct history_wait *w;

	if (clock_parse_rfc3339(json_text(json_get(m, "since"), NULL),
	    &q.from) == -1)
		q.from = q.to - 3600 * 1000;
	if (!q.environment || q.points < 1 || q.points > 1000 ||
	    q.from >= q.to) {
		peer_error(p, id, "bad_argument", "history needs an "
		    "environment, a time `since` in the past and 1 to 1000 "
		    "points");
		return;
	}
	if (!s->history) {
		peer_error(p, id, "failed", "no history is kept");
		return;
	}
	w = xcalloc(1, sizeof(*w));
	*w = (struct history_wait){s, peer_serial(p), id, q.from,
				   (q.to - q.from) / q.points};
	history_ask(s->history, &q, history_answered, w);
}

/* --- commits ---------------------------------------------------------------- */

struct commits_wait {
	struct server *server;
	uint64_t peer;
	int id;
};

static void
commits_answered(void *arg, const struct git_commit *commits, size_t count,
    bool more, const char *error)
{
	struct commits_wait *w = arg;
	struct peer *p = peer_find(w->server, w->peer);
	struct json *answer, *list, *o;
	size_t i;

	if (p && error) {
		peer_error(p, w->id, "failed", error);
	} else if (p) {
		answer = json_object();
		list = json_array();
		for (i = 0; i < count; i++) {
			o = json_object();
			json_set_text(o, "commit", commits[i].commit);
			json_set_text(o, "author", commits[i].author);
			json_set_time(o, "date", commits[i].date);
			json_set_text(o, "subject", commits[i].subject);
			json_append(list, o);
		}
		json_set(answer, "commits", list);
		json_set_bool(answer, "more", more);
		peer_send(p, w->id, "commits", answer, true);
	}
	free(w);
}

/* What git is given are commits of releases that the model has. */
static void
op_commits(struct peer *p, int id, const struct json *m)
{
	struct server *s = peer_server(p);
	const struct releases *all = &s->model.releases;
	const char *from = json_text(json_get(m, "from"), NULL);
	const char *to = json_text(json_get(m, "to"), NULL);
	const struct release *a = from ? releases_find(all, from) : NULL;
	const struct release *b = to ? releases_find(all, to) : NULL;
	struct commits_wait *w;

	if (!s->git) {
		peer_error(p, id, "not_found", "no repository is configured");
	} else if ((from && !a) || (to && !b) || (!to && !all->head)) {
		peer_error(p, id, "not_found", "there is no such release");
	} else if (git_commits_busy(s->git)) {
		peer_error(p, id, "failed", "git is busy with others' "
		    "questions, ask again");
	} else {
		w = xcalloc(1, sizeof(*w));
		*w = (struct commits_wait){s, peer_serial(p), id};
		git_commits(s->git, a ? a->commit : NULL,
		    b ? b->commit : all->head, commits_answered, w);
	}
}

static const struct operation operations[] = {
	{"subscribe", ROLE_VIEWER, op_subscribe},
	{"logs", ROLE_VIEWER, stream_logs},
	{"events", ROLE_VIEWER, stream_events},
	{"history", ROLE_VIEWER, op_history},
	{"commits", ROLE_VIEWER, op_commits},
	{"run", ROLE_VIEWER, op_run},
	{"journal", ROLE_VIEWER, op_journal},
	{"journal_verify", ROLE_VIEWER, op_journal_verify},
	{"output", ROLE_VIEWER, op_output},
	{"cancel", ROLE_VIEWER, op_cancel},
	{"mark", ROLE_OPERATOR, op_mark},
	{"lock", ROLE_OPERATOR, op_lock},
	{"unlock", ROLE_OPERATOR, op_unlock},
	{"verify", ROLE_OPERATOR, op_verify},
	{"plan", ROLE_OPERATOR, op_plan},
	{"confirm", ROLE_OPERATOR, op_confirm},
	{"act", ROLE_OPERATOR, op_act},
	{"runbooks", ROLE_VIEWER, op_runbooks},
	{"paper", ROLE_VIEWER, op_paper},
	{"shell", ROLE_OPERATOR, op_shell},
	{"refresh", ROLE_OPERATOR, op_refresh},
	{"reload", ROLE_OPERATOR, op_reload},
	{"stop", ROLE_OPERATOR, op_stop},
};

void
ops_run(struct peer *p, int id, const char *op, const struct json *m)
{
	const struct operation *found = NULL;
	size_t i;

	for (i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		if (strcmp(operations[i].name, op) == 0)
			found = &operations[i];
	/* A viewer does not learn which acts exist. */
	if (peer_role(p) < (found ? found->needs : ROLE_OPERATOR)) {
		log_warn("refused %s to a viewer", op);
		server_journal_denied(peer_server(p), p, op);
		peer_error(p, id, "not_permitted", "that needs the operator's "
		    "role");
	} else if (!found) {
		peer_error(p, id, "unknown_op", "there is no such operation");
	} else if (streams_has(p, id)) {
		peer_error(p, id, "malformed", "that id is still in use");
	} else {
		found->run(p, id, m);
	}
}
