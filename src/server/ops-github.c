/* The operations that ask GitHub. */
#include "server/internal.h"

#include "base/alloc.h"
#include "model/tables.h"

/* Who asked; the peer may be gone when the answer comes. */
struct run_wait {
	struct server *server;
	uint64_t peer;
	int id;
};

static void
run_answered(void *arg, const struct pipeline_run *run, const char *error)
{
	struct run_wait *w = arg;
	struct peer *p = peer_find(w->server, w->peer);
	struct json *answer, *o;

	if (p && !run) {
		peer_error(p, w->id, "failed", error);
	} else if (p) {
		answer = json_object();
		o = json_object();
		fields_write(o, runs_list.fields, run, ~0u);
		json_set(answer, "run", o);
		peer_send(p, w->id, "run", answer, true);
	}
	free(w);
}

static bool
is_listed(const struct pipelines *all, int64_t run)
{
	size_t i, j;

	for (i = 0; i < all->workflow_count; i++)
		for (j = 0; j < all->workflows[i].run_count; j++)
			if (all->workflows[i].runs[j].id == run)
				return true;
	return false;
}

void
op_run(struct peer *p, int id, const struct json *m)
{
	struct server *s = peer_server(p);
	int64_t run = json_int(json_get(m, "run"), -1);
	struct run_wait *w;

	if (!s->github) {
		peer_error(p, id, "not_found", "no repository at GitHub is "
		    "configured");
	} else if (run < 0) {
		peer_error(p, id, "bad_argument", "which run? (argument "
		    "\"run\", its number)");
	} else if (!is_listed(&s->model.pipelines, run)) {
		peer_error(p, id, "not_found", "there is no such run");
	} else if (github_run_busy(s->github)) {
		peer_error(p, id, "failed", "GitHub is busy with others' "
		    "questions, ask again");
	} else {
		w = xcalloc(1, sizeof(*w));
		*w = (struct run_wait){s, peer_serial(p), id};
		github_run(s->github, run, run_answered, w);
	}
}
