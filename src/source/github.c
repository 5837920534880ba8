#include "source/github.h"

#include "base/alloc.h"
#include "base/log.h"
#include "io/secret.h"
#include "model/tables.h"
#include "source/github-private.h"
#include "source/pace.h"

enum {
	SLOW_EVERY = 10,	/* rounds' time between slow ones */
	LIVELY_MS = 5000,	/* pace while something runs */
	RETRY_MS = 5000,	/* after a failure, doubling */
	RETRY_MAX_MS = 300000,
	ROUND_MS = 60000,	/* a slow one against a slow server */
	QUESTIONS_MAX = 1000,
	WAITS_MAX = 8,
	TOLD_MAX = 64 << 20,
};

static void on_timer(void *arg);
static void next(struct github *g);

struct pipelines *
github_pipelines(struct github *g)
{
	return &g->w->model->pipelines;
}

/* --- questions ------------------------------------------------------------ */

static void
question_release(struct github_question *q)
{
	free(q->name);
	*q = (struct github_question){.name = NULL};
}

void
github_ask(struct github *g, enum github_part_kind part, int64_t id,
    const char *name)
{
	if (g->count >= QUESTIONS_MAX)
		return;
	if ((g->count & (g->count - 1)) == 0)
		g->queue = xreallocarray(g->queue, g->count ? 2 * g->count :
		    1, sizeof(*g->queue));
	g->queue[g->count++] = (struct github_question){part, id,
	    xstrdup_or_null(name)};
}

static void
drop_questions(struct github *g)
{
	while (g->head < g->count)
		question_release(&g->queue[g->head++]);
	g->head = g->count = 0;
	question_release(&g->asked);
}

static char *
path_of(const struct github *g, const struct github_question *q)
{
	const struct conf_github *c = &g->c->github;
	struct buf b = BUF_INIT(16 * 1024);
	const char *s;

	for (s = github_parts[q->part].path; *s; s++) {
		if (*s != '%') {
			buf_addc(&b, *s);
			continue;
		}
		switch (*++s) {
		case 'R':
			buf_adds(&b, c->repository);
			break;
		case 'I':
			buf_addf(&b, "%lld", (long long)q->id);
			break;
		case 'N':
			github_escape(&b, q->name);
			break;
		case 'L':
			github_escape(&b, c->critical_label);
			break;
		default:
			github_escape(&b, github_e2e_file(g));
			break;
		}
	}
	return buf_detach(&b);
}

/* --- those who wait for a run --------------------------------------------- */

static void
tell_waits(struct github *g, int64_t id, const char *error)
{
	struct github_wait **at = &g->waits, *wait;

	while ((wait = *at)) {
		if (id != -1 && wait->id != id) {
			at = &wait->next;
			continue;
		}
		*at = wait->next;
		wait->fn(wait->arg, NULL, error);
		free(wait);
	}
}

/* --- the end of a round --------------------------------------------------- */

/* The round's first trouble is the one that is told. */
static void
note(struct github *g, enum api_trouble trouble, const char *error)
{
	if (g->trouble != API_OK)
		return;
	g->trouble = trouble;
	xstrset(&g->error, error);
}

/* The last answer was the last that is allowed for now. */
static void
note_limit(struct github *g, int64_t limited)
{
	struct github_api *api = &github_pipelines(g)->api;
	char *text = github_spent_text(api->limit, clock_wall() + limited);

	note(g, API_LIMITED, text);
	free(text);
}

static void
judge(struct github *g)
{
	struct pipelines *p = github_pipelines(g);
	size_t i;

	github_judge_checks(g);
	for (i = 0; i < p->workflow_count; i++)
		p->workflows[i].status =
		    github_workflow_status(&p->workflows[i]);
}

/* Whether it is news is seen on what the clients would get. */
static void
publish(struct github *g)
{
	struct pipelines *p = github_pipelines(g);
	struct buf now = BUF_INIT(TOLD_MAX);
	struct json *o = json_object();
	const struct field *f = pipelines_fields;

	/* When it was looked at, and what that cost, travels anyway. */
	while (f->key && !f->bits)
		f++;
	fields_write(o, f, p, PIPELINES);
	json_print(o, &now);
	json_free(o);
	if (now.over || now.len != g->told.len ||
	    memcmp(buf_str(&now), buf_str(&g->told), now.len) != 0) {
		buf_release(&g->told);
		g->told = now;
		p->changed = true;
	} else {
		buf_release(&now);
	}
	p->attempted = true;
	g->w->changed(g->w->arg, NULL);
}

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Until the next round. */
static int64_t
pace(struct github *g, int64_t limited)
{
	int64_t every = g->c->github.interval_ms, wait, most;
	int i;

	if (limited)
		return limited + jittered(1000);
	if (g->trouble == API_OK || g->trouble == API_CREDENTIAL)
		return jittered(g->trouble == API_OK &&
		    github_lively(g, clock_wall()) ?
		    least(every, LIVELY_MS) : every);
	wait = g->trouble == API_SERVER || g->trouble == API_UNREACHABLE ?
	    least(every, RETRY_MS) : every;
	most = every > RETRY_MAX_MS ? every : RETRY_MAX_MS;
	for (i = 1; i < g->failures && wait < most; i++)
		wait *= 2;
	return jittered(least(wait, most));
}

static void
schedule(struct github *g, int64_t ms)
{
	loop_timer_cancel(g->timer);
	g->timer = loop_timer(g->w->loop, ms, on_timer, g);
}

static void
conclude(struct github *g, int64_t limited)
{
	struct pipelines *p = github_pipelines(g);
	int64_t now = clock_wall(), wait;

	g->failures = g->trouble == API_OK ? 0 : g->failures + 1;
	wait = pace(g, limited);
	g->next_at = clock_mono() + wait;
	if (g->trouble != p->api.trouble) {
		if (g->trouble == API_OK)
			log_info("GitHub: all is well again");
		else
			log_warn("%s", g->error);
	}
	p->api.trouble = g->trouble;
	p->api.next_try = g->trouble == API_OK ? TIME_UNKNOWN : now + wait;
	if (g->runs_read)
		observation_ok(&p->seen, now);
	if (g->trouble != API_OK)
		observation_failed(&p->seen, now, g->error);
	else if (g->slow)
		g->slow_at = clock_mono() + SLOW_EVERY *
		    g->c->github.interval_ms;
	judge(g);
	publish(g);
}

static void
finish(struct github *g)
{
	int64_t limited = github_client_limited(g->client), left;

	drop_questions(g);
	github_client_token(g->client, NULL, true, NULL);
	if (limited)
		note_limit(g, limited);
	tell_waits(g, -1, g->error ? g->error :
	    "GitHub was not asked, ask again");
	fields_release(&g->counting, checks_list.fields, 0);
	g->counted = false;
	while (g->touched_count)
		free(g->touched[--g->touched_count]);
	if (!g->small || limited)
		conclude(g, limited);
	g->busy = false;
	left = g->next_at - clock_mono();
	if (g->again && !limited)
		left = 0;
	schedule(g, left > 0 ? left : 0);
}

/* --- asking --------------------------------------------------------------- */

/* That one thing is not there. */
static void
lacking(struct github *g)
{
	if (g->asked.part == PART_RUN || g->asked.part == PART_JOBS)
		github_forget_run(g, g->asked.id);
	else if (g->asked.part == PART_SHOW)
		tell_waits(g, g->asked.id, "GitHub has that run no more");
}

static void
take(struct github *g, const struct github_answer *a)
{
	const struct github_part *part = &github_parts[g->asked.part];
	struct err e;
	char *text;

	github_permitted(g, part->permit, TRI_YES);
	if (part->take(g, &g->asked, a, &e) == 0)
		return;
	text = xasprintf("GitHub's answer for %s is not as expected: %s",
	    part->what, e.text);
	if (g->asked.part == PART_SHOW)
		tell_waits(g, g->asked.id, text);
	else
		note(g, API_MALFORMED, text);
	free(text);
}

/* A part that the token may not see does not fail the others. */
static void
refused(struct github *g, const struct github_verdict *v, int status)
{
	const struct github_part *part = &github_parts[g->asked.part];
	bool lacks = part->may_lack && (status == 404 || status == 422);

	if (lacks) {
		lacking(g);
		return;
	}
	if (v->trouble == API_DENIED)
		github_permitted(g, part->permit, TRI_NO);
	if (g->asked.part == PART_SHOW)
		tell_waits(g, g->asked.id, v->error);
	else if (v->trouble != API_DENIED || g->asked.part == PART_RUNS)
		note(g, v->trouble, v->error);
}

static void
on_answer(const struct github_answer *a, void *arg)
{
	struct github *g = arg;
	const struct github_verdict *v = a->verdict;
	/* Without the repository there is nothing else to ask. */
	bool over = v->general || (g->asked.part == PART_RUNS &&
	    v->trouble == API_DENIED && a->status == 404);

	if (v->trouble == API_OK)
		take(g, a);
	else if (over)
		note(g, v->trouble, v->error);
	else
		refused(g, v, a->status);
	question_release(&g->asked);
	if (over)
		finish(g);
	else
		next(g);
}

static bool
is_skipped(const struct github *g, const struct github_question *q)
{
	enum github_permit p = github_parts[q->part].permit;

	return p != PERMIT_NONE && (g->denied & 1u << p) &&
	    q->part != PART_RUNS && q->part != PART_SHOW;
}

/* What comes next: a question; or, when all are answered, the next plan. */
static bool
choose(struct github *g)
{
	question_release(&g->asked);
	while (g->head == g->count) {
		if (g->small || g->planned == GITHUB_PLANS)
			return false;
		g->head = g->count = 0;
		github_plans[g->planned++](g);
	}
	g->asked = g->queue[g->head++];
	return true;
}

static void
next(struct github *g)
{
	int64_t limited = github_client_limited(g->client);
	const struct github_part *part;
	char *path;

	while (choose(g)) {
		part = &github_parts[g->asked.part];
		if (is_skipped(g, &g->asked))
			continue;
		if (!part->path) {
			part->take(g, &g->asked, NULL, NULL);
			continue;
		}
		if (limited) {
			finish(g);
			return;
		}
		path = path_of(g, &g->asked);
		github_client_get(g->client, path, part->what, part->pages,
		    on_answer, g);
		free(path);
		return;
	}
	finish(g);
}

/* --- a round -------------------------------------------------------------- */

static void
on_secret(const char *token, const char *error, void *arg)
{
	struct github *g = arg;
	struct github_wait *wait;
	struct err e;

	g->secret = NULL;
	if (error) {
		note(g, API_CREDENTIAL, error);
		finish(g);
		return;
	}
	if (github_client_token(g->client, token, g->forced, &e) == -1) {
		note(g, API_CREDENTIAL, e.text);
		finish(g);
		return;
	}
	for (wait = g->waits; wait; wait = wait->next)
		github_ask(g, PART_SHOW, wait->id, NULL);
	next(g);
}

static void
begin(struct github *g)
{
	struct secret_source source = {
		.what = "the token of GitHub",
		.file = g->c->github.token.file,
		.command = g->c->github.token.command,
	};
	int64_t now = clock_mono();

	g->busy = true;
	g->forced = g->again;
	g->again = false;
	g->small = g->waits && now < g->next_at && !g->forced;
	g->slow = !g->small && (now >= g->slow_at || g->forced);
	g->planned = 0;
	g->trouble = API_OK;
	xstrset(&g->error, NULL);
	g->runs_read = false;
	g->stirred = false;
	if (g->slow)
		g->denied = 0;
	g->secret = secret_ask(g->w->loop, g->w->children, &source, on_secret,
	    g);
}

static void
on_timer(void *arg)
{
	struct github *g = arg;
	int64_t limited = github_client_limited(g->client);

	g->timer = NULL;
	if (!limited) {
		begin(g);
		return;
	}
	tell_waits(g, -1, github_pipelines(g)->seen.error);
	schedule(g, limited);
}

void
github_refresh(struct github *g)
{
	if (!g)
		return;
	g->again = true;
	if (!g->busy && !github_client_limited(g->client))
		schedule(g, 0);
}

/* --- a run on demand ------------------------------------------------------ */

bool
github_run_busy(const struct github *g)
{
	const struct github_wait *wait;
	int n = 0;

	for (wait = g->waits; wait; wait = wait->next)
		n++;
	return n >= WAITS_MAX;
}

void
github_run(struct github *g, int64_t id, github_run_fn *fn, void *arg)
{
	struct github_wait *wait = xcalloc(1, sizeof(*wait));

	*wait = (struct github_wait){g->waits, id, fn, arg};
	g->waits = wait;
	if (!g->busy)
		schedule(g, 0);
	else if (!g->secret)
		github_ask(g, PART_SHOW, id, NULL);
}

/* --- life ----------------------------------------------------------------- */

struct github *
github_new(struct world *w, const struct conf *c)
{
	struct pipelines *p = &w->model->pipelines;
	int64_t every = c->github.interval_ms;
	struct github *g;

	p->seen.used = c->github.repository != NULL;
	if (!c->github.repository)
		return NULL;
	g = xcalloc(1, sizeof(*g));
	*g = (struct github){.w = w, .c = c, .told = BUF_INIT(TOLD_MAX)};
	fields_init(&g->counting, checks_list.fields, 0);
	p->seen.stale_after = 3 * every + ROUND_MS;
	xstrset(&p->repository, c->github.repository);
	xstrset(&p->critical_label, c->github.critical_label);
	github_configure(g);
	p->changed = true;
	g->client = github_client_new(w, &c->github, &p->api);
	g->acts = github_acts_new(g);
	g->timer = loop_timer(w->loop, 0, on_timer, g);
	return g;
}

void
github_free(struct github *g)
{
	struct github_wait *wait;

	if (!g)
		return;
	while ((wait = g->waits)) {
		g->waits = wait->next;
		free(wait->arg);
		free(wait);
	}
	loop_timer_cancel(g->timer);
	secret_cancel(g->secret);
	github_acts_free(g->acts);
	github_client_free(g->client);
	drop_questions(g);
	while (g->touched_count)
		free(g->touched[--g->touched_count]);
	free(g->queue);
	fields_release(&g->counting, checks_list.fields, 0);
	buf_release(&g->told);
	free(g->error);
	free(g);
}
