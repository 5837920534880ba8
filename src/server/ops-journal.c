/* The operations that read the journal. See internal.h. */
#include "server/internal.h"

#include "base/alloc.h"

#define LIMIT_DEFAULT 100
#define LIMIT_MAX 1000

/* Who asked; the peer may be gone when the answer comes. */
struct journal_wait {
	struct server *server;
	uint64_t peer;
	int id;
	const char *type;
};

static struct journal_wait *
wait_for(struct peer *p, int id, const char *type)
{
	struct journal_wait *w = xcalloc(1, sizeof(*w));

	*w = (struct journal_wait){peer_server(p), peer_serial(p), id, type};
	return w;
}

static void
answered(void *arg, const struct json *answer, const char *error)
{
	struct journal_wait *w = arg;
	struct peer *p = peer_find(w->server, w->peer);
	struct json *body;

	if (p && error) {
		peer_error(p, w->id, "failed", error);
	} else if (p) {
		if (json_is_array(answer)) {
			body = json_object();
			json_set(body, "entries", json_copy(answer));
		} else {
			body = json_copy(answer);
		}
		peer_send(p, w->id, w->type, body, true);
	}
	free(w);
}

/* The journal, or NULL after telling the peer why it cannot be asked. */
static struct journal *
the_journal(struct peer *p, int id)
{
	struct server *s = peer_server(p);
	struct err e;

	if (server_may_act(s, &e) == -1) {
		peer_error(p, id, "failed", e.text);
		return NULL;
	}
	if (journal_busy(s->journal)) {
		peer_error(p, id, "failed", "the journal is busy with others' "
		    "questions, ask again");
		return NULL;
	}
	return s->journal;
}

void
op_journal(struct peer *p, int id, const struct json *m)
{
	const struct json *before = json_get(m, "before");
	const struct json *number = json_get(m, "limit");
	int64_t limit = json_is_null(number) ? LIMIT_DEFAULT :
	    json_int(number, -1);
	struct journal_query q = {
		.environment = json_text(json_get(m, "environment"), NULL),
		.run = json_text(json_get(m, "run"), NULL),
		.before = json_is_null(before) ? 0 : json_int(before, -1),
	};
	struct journal *j;

	if (q.before < 0 || limit < 1 || limit > LIMIT_MAX) {
		peer_error(p, id, "bad_argument", "journal takes a `before` "
		    "that is an entry's number, and a limit from 1 to 1000");
		return;
	}
	q.limit = (int)limit;
	j = the_journal(p, id);
	if (j)
		journal_ask(j, &q, answered, wait_for(p, id, "journal"));
}

void
op_journal_verify(struct peer *p, int id, const struct json *m)
{
	struct journal *j = the_journal(p, id);

	(void)m;
	if (j)
		journal_verify(j, answered, wait_for(p, id,
		    "journal_verify"));
}

void
op_output(struct peer *p, int id, const struct json *m)
{
	const char *run = json_text(json_get(m, "run"), NULL);
	const char *step = json_text(json_get(m, "step"), NULL);
	struct journal *j;

	if (!run || !step) {
		peer_error(p, id, "bad_argument", "output of which run and "
		    "step? (arguments \"run\" and \"step\")");
		return;
	}
	j = the_journal(p, id);
	if (j)
		journal_ask_output(j, run, step, answered,
		    wait_for(p, id, "output"));
}
