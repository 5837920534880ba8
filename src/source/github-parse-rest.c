/* Environments, deployments, checks, pull requests and runners. */
#include "base/alloc.h"
#include "base/text.h"
#include "source/github-parse-private.h"

/* --- reviews -------------------------------------------------------------- */

int
github_reviews_parse(const struct json *page, struct github_reviews *out,
    struct err *e)
{
	const struct json *all = github_list(page, NULL, e), *v, *env;
	struct github_review *r;

	if (!all)
		return -1;
	out->items = xreallocarray(out->items, GITHUB_REVIEWS_MAX,
	    sizeof(*out->items));
	for (v = json_first(all); v && out->count < GITHUB_REVIEWS_MAX;
	    v = json_next(v)) {
		r = &out->items[out->count++];
		*r = (struct github_review){
			.state = github_text(json_get(v, "state")),
			.who = github_text(json_path(v, "user.login")),
			.comment = github_text(json_get(v, "comment")),
		};
		for (env = json_first(json_get(v, "environments")); env;
		    env = json_next(env)) {
			char *name = github_text(json_get(env, "name"));

			github_join(&r->environments, name);
			free(name);
		}
	}
	return 0;
}

void
github_reviews_release(struct github_reviews *r)
{
	while (r->count) {
		struct github_review *last = &r->items[--r->count];

		free(last->state);
		free(last->who);
		free(last->comment);
		free(last->environments);
	}
	free(r->items);
	r->items = NULL;
}

/* --- environments --------------------------------------------------------- */

static void
take_rule(const struct json *rule, struct gate *g)
{
	const char *type = json_text(json_get(rule, "type"), "");

	if (strcmp(type, "required_reviewers") == 0) {
		xstrset(&g->reviewers, NULL);
		g->reviewers = github_reviewers(json_get(rule, "reviewers"),
		    &g->reviewer_count);
		g->reviewed = g->reviewer_count > 0 ? TRI_YES : TRI_NO;
		g->prevents_self_review = github_tri(json_get(rule,
		    "prevent_self_review"));
	} else if (strcmp(type, "wait_timer") == 0) {
		g->wait_minutes = github_int(json_get(rule, "wait_timer"));
	}
}

/* Without a list of rules nothing is known; with one, what it lacks is not
 * there. */
static void
take_rules(const struct json *rules, struct gate *g)
{
	const struct json *rule;

	if (!json_is_array(rules))
		return;
	g->reviewed = TRI_NO;
	g->reviewer_count = 0;
	g->wait_minutes = 0;
	for (rule = json_first(rules); rule; rule = json_next(rule))
		take_rule(rule, g);
}

int
github_gates_parse(const struct json *page, struct gate **list,
    size_t *count, struct err *e)
{
	const struct json *all = github_list(page, "environments", e), *v;
	const struct json *policy;
	struct gate *g;

	if (!all)
		return -1;
	for (v = json_first(all); v; v = json_next(v)) {
		g = github_grow(list, count, &gates_list);
		if (!g)
			break;
		g->github_environment = github_text(json_get(v, "name"));
		g->exists = TRI_YES;
		g->admins_bypass = github_tri(json_get(v,
		    "can_admins_bypass"));
		take_rules(json_get(v, "protection_rules"), g);
		policy = json_get(v, "deployment_branch_policy");
		if (json_bool(json_get(policy, "protected_branches"), false))
			g->branches = xstrdup("protected branches");
		else if (json_bool(json_get(policy, "custom_branch_policies"),
		    false))
			g->branches = xstrdup(GITHUB_CHOSEN_REFS);
	}
	return 0;
}

char *
github_policies_parse(const struct json *page, struct err *e)
{
	const struct json *all = github_list(page, "branch_policies", e), *v;
	char *names = NULL, *name;

	if (!all)
		return NULL;
	for (v = json_first(all); v; v = json_next(v)) {
		name = github_text(json_get(v, "name"));
		github_join(&names, name);
		free(name);
	}
	return names ? names : xstrdup("no ref");
}

/* --- deployments ---------------------------------------------------------- */

int
github_deployments_parse(const struct json *page, struct deployment **list,
    size_t *count, struct err *e)
{
	const struct json *all = github_list(page, NULL, e), *v;
	struct deployment *d;

	if (!all)
		return -1;
	for (v = json_first(all); v; v = json_next(v)) {
		if (json_int(json_get(v, "id"), -1) < 0)
			continue;
		d = github_grow(list, count, &deployments_list);
		if (!d)
			break;
		d->id = json_int(json_get(v, "id"), -1);
		d->github_environment = github_text(json_get(v,
		    "environment"));
		d->ref = github_text(json_get(v, "ref"));
		d->commit = github_text(json_get(v, "sha"));
		d->creator = github_text(json_path(v, "creator.login"));
		d->created_at = json_time(json_get(v, "created_at"));
	}
	return 0;
}

/* GitHub lists the newest first, but says so nowhere: the highest id counts. */
int
github_statuses_parse(const struct json *page, struct deployment *d,
    struct err *e)
{
	const struct json *all = github_list(page, NULL, e), *v, *newest = NULL;
	int64_t id, highest = -1;

	if (!all)
		return -1;
	for (v = json_first(all); v; v = json_next(v)) {
		id = json_int(json_get(v, "id"), -1);
		if (id > highest) {
			highest = id;
			newest = v;
		}
	}
	xstrset(&d->state, NULL);
	d->state = github_text(json_get(newest, "state"));
	d->state_at = json_time(json_get(newest, "created_at"));
	return 0;
}

/* --- checks --------------------------------------------------------------- */

static void
count_check(struct commit_checks *c, enum status how, bool ended,
    const struct json *name)
{
	char *text;

	c->total++;
	if (!ended) {
		c->pending++;
	} else if (how != STATUS_OK) {
		text = github_text(name);
		github_join(&c->failing, text);
		free(text);
		c->failed++;
	}
}

static void
begin_counting(struct commit_checks *c)
{
	if (c->total >= 0)
		return;
	c->total = 0;
	c->failed = 0;
	c->pending = 0;
}

/* "https://…/actions/runs/30433642/job/399444496": the run of a job, which is
 * a check run, too. -1: it is another program's. */
static int64_t
run_of(const struct json *check)
{
	static const char mark[] = "/actions/runs/";
	const char *s = json_text(json_get(check, "details_url"), "");
	int64_t id = -1;
	char *digits;

	s = strstr(s, mark);
	if (!s)
		return -1;
	s += sizeof(mark) - 1;
	digits = xstrndup(s, strspn(s, "0123456789"));
	if (text_int(digits, 0, INT64_MAX, &id) == -1)
		id = -1;
	free(digits);
	return id;
}

int
github_check_runs_parse(const struct json *page, struct commit_checks *c,
    github_counts_fn *counts, void *arg, struct err *e)
{
	const struct json *all = github_list(page, "check_runs", e), *v;
	enum run_state state;

	if (!all)
		return -1;
	begin_counting(c);
	for (v = json_first(all); v; v = json_next(v)) {
		if (!counts(arg, run_of(v)))
			continue;
		state = github_state(v);
		count_check(c, run_state_status(state),
		    run_state_ended(state), json_get(v, "name"));
	}
	return 0;
}

/* The state of the whole is "pending" without any status: only the list
 * counts. */
int
github_combined_parse(const struct json *page, struct commit_checks *c,
    struct err *e)
{
	const struct json *all = github_list(page, "statuses", e), *v;
	const char *state;

	if (!all)
		return -1;
	begin_counting(c);
	for (v = json_first(all); v; v = json_next(v)) {
		state = json_text(json_get(v, "state"), "");
		count_check(c, strcmp(state, "success") == 0 ? STATUS_OK :
		    STATUS_CRIT, strcmp(state, "pending") != 0,
		    json_get(v, "context"));
	}
	return 0;
}

void
github_checks_finish(struct commit_checks *c)
{
	if (c->total <= 0)
		c->ci = RUN_UNKNOWN;
	else if (c->failed)
		c->ci = RUN_FAILURE;
	else if (c->pending)
		c->ci = RUN_IN_PROGRESS;
	else
		c->ci = RUN_SUCCESS;
}

/* --- pull requests and runners -------------------------------------------- */

int
github_pulls_parse(const struct json *page, struct pull **list,
    size_t *count, struct err *e)
{
	const struct json *all = github_list(page, NULL, e), *v;
	struct pull *p;

	if (!all)
		return -1;
	for (v = json_first(all); v; v = json_next(v)) {
		if (!json_is_object(json_get(v, "pull_request")))
			continue;
		p = github_grow(list, count, &pulls_list);
		if (!p)
			break;
		p->number = github_int(json_get(v, "number"));
		p->title = github_text(json_get(v, "title"));
		p->author = github_text(json_path(v, "user.login"));
		p->created_at = json_time(json_get(v, "created_at"));
		p->draft = github_tri(json_get(v, "draft"));
	}
	return 0;
}

int
github_runners_parse(const struct json *page, struct runner **list,
    size_t *count, struct err *e)
{
	const struct json *all = github_list(page, "runners", e), *v, *status;
	struct runner *r;

	if (!all)
		return -1;
	for (v = json_first(all); v; v = json_next(v)) {
		r = github_grow(list, count, &runners_list);
		if (!r)
			break;
		status = json_get(v, "status");
		r->name = github_text(json_get(v, "name"));
		r->os = github_text(json_get(v, "os"));
		if (json_is_string(status))
			r->online = strcmp(json_text(status, ""), "online") ==
			    0 ? TRI_YES : TRI_NO;
		r->busy = github_tri(json_get(v, "busy"));
	}
	return 0;
}
