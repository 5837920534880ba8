#include "source/github-act.h"

#include "base/alloc.h"
#include "io/secret.h"
#include "model/tables.h"
#include "source/github-private.h"

enum { ACTS_MAX = 64, BODY_BYTES_MAX = 64 * 1024, PATHS = 2 };

/* What an act has gathered. */
struct gathered {
	struct github_runs runs;
	struct approval *pending;
	size_t pending_count;
	struct github_reviews reviews;
};

struct github_act {
	struct github_acts *acts;
	char *paths[PATHS];	/* asked one after the other; NULL ends */
	size_t asked;
	char *what;
	char *body;		/* it is a POST; "" without one */
	int pages;
	int64_t created_after;
	/* The answer to paths[asked]; -1: its shape is not known. */
	int (*take)(struct github_act *a, const struct json *page,
	    struct err *e);
	struct gathered got;
	github_act_fn *fn;	/* NULL: nobody waits any more */
	void *arg;
	TAILQ_ENTRY(github_act) link;
};

struct github_acts {
	struct github *github;
	struct github_client *client;
	struct loop_timer *timer;
	struct secret_ask *secret;
	struct github_act *now;	/* under way; no longer in the queue */
	TAILQ_HEAD(, github_act) queue;
	size_t count;
};

static void ask(struct github_acts *acts);

/* --- the end of one ------------------------------------------------------- */

static void
act_free(struct github_act *a)
{
	size_t i;

	for (i = 0; i < PATHS; i++)
		free(a->paths[i]);
	free(a->what);
	free(a->body);
	github_runs_release(&a->got.runs);
	list_release(a->got.pending, a->got.pending_count, &approvals_list);
	github_reviews_release(&a->got.reviews);
	free(a);
}

static void on_turn(void *arg);

static void
schedule(struct github_acts *acts)
{
	if (!acts->timer && !acts->now && !TAILQ_EMPTY(&acts->queue))
		acts->timer = loop_timer(acts->github->w->loop, 0, on_turn,
		    acts);
}

static void
finish(struct github_acts *acts, struct github_told *t)
{
	struct github_act *a = acts->now;

	t->runs = a->got.runs.items;
	t->run_count = a->got.runs.count;
	t->pending = a->got.pending;
	t->pending_count = a->got.pending_count;
	t->reviews = a->got.reviews.items;
	t->review_count = a->got.reviews.count;
	acts->now = NULL;
	acts->count--;
	if (a->body && t->outcome == GITHUB_DONE)
		github_refresh(acts->github);
	if (a->fn)
		a->fn(a->arg, t);
	act_free(a);
	schedule(acts);
}

static void
unsent(struct github_acts *acts, enum api_trouble trouble, const char *error,
    int64_t wait_ms)
{
	finish(acts, &(struct github_told){.outcome = GITHUB_UNSENT,
	    .trouble = trouble, .error = error, .wait_ms = wait_ms});
}

static enum github_outcome
outcome_of(enum api_trouble trouble)
{
	switch (trouble) {
	case API_OK:
		return GITHUB_DONE;
	case API_CREDENTIAL:
	case API_LIMITED:
	case API_SECONDARY_LIMIT:
		return GITHUB_UNSENT;
	case API_DENIED:
	case API_INVALID:
		return GITHUB_REFUSED;
	default:
		return GITHUB_LOST;
	}
}

/* --- asking --------------------------------------------------------------- */

static void
on_answer(const struct github_answer *answer, void *arg)
{
	struct github_acts *acts = arg;
	struct github_act *a = acts->now;
	const struct github_verdict *v = answer->verdict;
	struct github_told t = {.outcome = outcome_of(v->trouble),
	    .trouble = v->trouble, .status = answer->status,
	    .error = v->error,
	    .wait_ms = github_client_limited(acts->client)};
	char *text = NULL;
	struct err e;
	size_t i;

	for (i = 0; a->take && i < answer->page_count && !text; i++)
		if (a->take(a, answer->pages[i], &e) == -1)
			text = xasprintf("GitHub's answer for %s is not as "
			    "expected: %s", a->what, e.text);
	a->asked++;
	if (t.outcome == GITHUB_DONE && !text && a->asked < PATHS &&
	    a->paths[a->asked]) {
		ask(acts);
		return;
	}
	if (text) {
		t.outcome = GITHUB_LOST;
		t.trouble = API_MALFORMED;
		t.error = text;
	}
	github_client_token(acts->client, NULL, true, NULL);
	finish(acts, &t);
	free(text);
}

static void
ask(struct github_acts *acts)
{
	struct github_act *a = acts->now;
	int64_t wait = github_client_limited(acts->client);
	char *text;

	if (wait) {
		text = github_spent_text(-1, clock_wall() + wait);
		unsent(acts, API_LIMITED, text, wait);
		free(text);
	} else if (a->body) {
		github_client_post(acts->client, a->paths[0], a->what, a->body,
		    on_answer, acts);
	} else {
		github_client_get(acts->client, a->paths[a->asked], a->what,
		    a->pages, on_answer, acts);
	}
}

static void
on_secret(const char *token, const char *error, void *arg)
{
	struct github_acts *acts = arg;
	struct err e;

	acts->secret = NULL;
	if (error)
		unsent(acts, API_CREDENTIAL, error, 0);
	else if (!acts->now->fn)
		unsent(acts, API_OK, NULL, 0);
	else if (github_client_token(acts->client, token, false, &e) == -1)
		unsent(acts, API_CREDENTIAL, e.text, 0);
	else
		ask(acts);
}

static void
on_turn(void *arg)
{
	struct github_acts *acts = arg;
	const struct conf_github *c = &acts->github->c->github;
	struct secret_source source = {
		.what = "the token of GitHub",
		.file = c->token.file, .command = c->token.command,
	};

	acts->timer = NULL;
	acts->now = TAILQ_FIRST(&acts->queue);
	TAILQ_REMOVE(&acts->queue, acts->now, link);
	if (acts->count > ACTS_MAX)
		unsent(acts, API_OK, "too many questions to GitHub wait", 0);
	else
		acts->secret = secret_ask(acts->github->w->loop,
		    acts->github->w->children, &source, on_secret, acts);
}

/* --- what is asked for ---------------------------------------------------- */

static struct github_act *
act_new(struct github *g, char *what, github_act_fn *fn, void *arg)
{
	struct github_act *a = xcalloc(1, sizeof(*a));

	*a = (struct github_act){.acts = g->acts, .what = what, .pages = 1,
	    .created_after = TIME_UNKNOWN, .fn = fn, .arg = arg};
	return a;
}

static struct github_act *
enqueue(struct github_act *a)
{
	TAILQ_INSERT_TAIL(&a->acts->queue, a, link);
	a->acts->count++;
	schedule(a->acts);
	return a;
}

static char *
run_path(const struct github *g, int64_t run, const char *tail)
{
	return xasprintf("/repos/%s/actions/runs/%lld%s",
	    g->c->github.repository, (long long)run, tail);
}

/* /repos/…/actions/workflows/FILE and the rest. */
static void
add_workflow(struct buf *b, const struct github *g, const char *workflow,
    const char *tail)
{
	buf_addf(b, "/repos/%s/actions/workflows/", g->c->github.repository);
	github_escape(b, workflow);
	buf_adds(b, tail);
}

/* Takes the object over. */
static char *
printed(struct json *o)
{
	struct buf b = BUF_INIT(BODY_BYTES_MAX);

	json_print(o, &b);
	json_free(o);
	return buf_detach(&b);
}

struct github_act *
github_approve(struct github *g, int64_t run, const int64_t *environments,
    size_t count, bool approve, const char *comment, github_act_fn *fn,
    void *arg)
{
	struct github_act *a = act_new(g, xasprintf("the %s of run %lld",
	    approve ? "approval" : "rejection", (long long)run), fn, arg);
	struct json *o = json_object(), *ids = json_array();
	size_t i;

	for (i = 0; i < count; i++)
		json_append(ids, json_double((double)environments[i]));
	json_add(o, "environment_ids", ids);
	json_set_text(o, "state", approve ? "approved" : "rejected");
	json_set_text(o, "comment", comment);
	a->paths[0] = run_path(g, run, "/pending_deployments");
	a->body = printed(o);
	return enqueue(a);
}

struct github_act *
github_dispatch(struct github *g, const char *workflow, const char *ref,
    const struct github_input *inputs, github_act_fn *fn, void *arg)
{
	struct github_act *a = act_new(g, xasprintf("a start of %s",
	    workflow), fn, arg);
	struct json *o = json_object(), *given = json_object();
	struct buf path = BUF_INIT(4096);

	for (; inputs && inputs->name; inputs++)
		json_set(given, inputs->name, json_string(inputs->value));
	json_set_text(o, "ref", ref);
	json_add(o, "inputs", given);
	add_workflow(&path, g, workflow, "/dispatches");
	a->paths[0] = buf_detach(&path);
	a->body = printed(o);
	return enqueue(a);
}

struct github_act *
github_cancel_run(struct github *g, int64_t run, github_act_fn *fn, void *arg)
{
	struct github_act *a = act_new(g, xasprintf("the end of run %lld",
	    (long long)run), fn, arg);

	a->paths[0] = run_path(g, run, "/cancel");
	a->body = xstrdup("");
	return enqueue(a);
}

struct github_act *
github_rerun(struct github *g, int64_t run, github_act_fn *fn, void *arg)
{
	struct github_act *a = act_new(g, xasprintf("another attempt at run "
	    "%lld", (long long)run), fn, arg);

	a->paths[0] = run_path(g, run, "/rerun");
	a->body = xstrdup("");
	return enqueue(a);
}

/* --- questions ------------------------------------------------------------ */

static int
take_runs(struct github_act *a, const struct json *page, struct err *e)
{
	struct github_runs *all = &a->got.runs;
	size_t i, kept = 0;

	if (github_runs_parse(page, all, e) == -1)
		return -1;
	for (i = 0; i < all->count; i++) {
		struct github_run *r = &all->items[i];

		if (a->created_after == TIME_UNKNOWN ||
		    r->run.created_at >= a->created_after) {
			all->items[kept++] = *r;
			continue;
		}
		free(r->file);
		fields_release(&r->run, runs_list.fields, 0);
	}
	all->count = kept;
	return 0;
}

static int
take_run(struct github_act *a, const struct json *page, struct err *e)
{
	struct github_runs *all = &a->got.runs;

	if (a->asked > 0)
		return github_jobs_parse(page, &all->items[0].run.jobs,
		    &all->items[0].run.job_count, e);
	if (github_runs_parse(page, all, e) == -1)
		return -1;
	return all->count == 1 ? 0 : err_set(e, "it is no run");
}

static int
take_pending(struct github_act *a, const struct json *page, struct err *e)
{
	return github_approvals_parse(page, &a->got.pending,
	    &a->got.pending_count, e);
}

static int
take_reviews(struct github_act *a, const struct json *page, struct err *e)
{
	return github_reviews_parse(page, &a->got.reviews, e);
}

struct github_act *
github_find_runs(struct github *g, const char *workflow, const char *commit,
    const char *event, int64_t created_after, github_act_fn *fn, void *arg)
{
	struct github_act *a = act_new(g, xasprintf("the runs of %s",
	    workflow), fn, arg);
	struct buf path = BUF_INIT(8192);

	add_workflow(&path, g, workflow, "/runs?per_page=50&head_sha=");
	github_escape(&path, commit);
	if (event) {
		buf_adds(&path, "&event=");
		github_escape(&path, event);
	}
	a->paths[0] = buf_detach(&path);
	a->take = take_runs;
	a->created_after = created_after;
	return enqueue(a);
}

struct github_act *
github_read_run(struct github *g, int64_t run, github_act_fn *fn, void *arg)
{
	struct github_act *a = act_new(g, xasprintf("run %lld",
	    (long long)run), fn, arg);

	a->paths[0] = run_path(g, run, "");
	a->paths[1] = run_path(g, run, "/jobs?per_page=100");
	a->pages = 3;
	a->take = take_run;
	return enqueue(a);
}

struct github_act *
github_read_pending(struct github *g, int64_t run, github_act_fn *fn,
    void *arg)
{
	struct github_act *a = act_new(g, xasprintf("who must approve run "
	    "%lld", (long long)run), fn, arg);

	a->paths[0] = run_path(g, run, "/pending_deployments");
	a->take = take_pending;
	return enqueue(a);
}

struct github_act *
github_read_reviews(struct github *g, int64_t run, github_act_fn *fn,
    void *arg)
{
	struct github_act *a = act_new(g, xasprintf("who decided on run %lld",
	    (long long)run), fn, arg);

	a->paths[0] = run_path(g, run, "/approvals");
	a->take = take_reviews;
	return enqueue(a);
}

/* --- life ----------------------------------------------------------------- */

void
github_act_cancel(struct github_act *a)
{
	struct github_acts *acts = a ? a->acts : NULL;

	if (!a)
		return;
	if (acts->now == a) {
		a->fn = NULL;
		return;
	}
	TAILQ_REMOVE(&acts->queue, a, link);
	acts->count--;
	act_free(a);
}

struct github_acts *
github_acts_new(struct github *g)
{
	struct github_acts *acts = xcalloc(1, sizeof(*acts));

	*acts = (struct github_acts){.github = g};
	TAILQ_INIT(&acts->queue);
	acts->client = github_client_new(g->w, &g->c->github,
	    &github_pipelines(g)->api);
	github_client_join(acts->client, g->client);
	return acts;
}

void
github_acts_free(struct github_acts *acts)
{
	struct github_act *a;

	loop_timer_cancel(acts->timer);
	secret_cancel(acts->secret);
	github_client_free(acts->client);
	while ((a = TAILQ_FIRST(&acts->queue))) {
		TAILQ_REMOVE(&acts->queue, a, link);
		act_free(a);
	}
	if (acts->now)
		act_free(acts->now);
	free(acts);
}
