#include "source/github-parse.h"

#include <limits.h>

#include "base/alloc.h"
#include "base/text.h"
#include "source/github-parse-private.h"

/* --- what the parsers share ----------------------------------------------- */

char *
github_text(const struct json *v)
{
	const char *s = json_text(v, NULL);
	char *text;

	if (!s || !*s)
		return NULL;
	text = text_clean(s, strnlen(s, GITHUB_TEXT_MAX));
	if (*text)
		return text;
	free(text);
	return NULL;
}

int
github_int(const struct json *v)
{
	int64_t n = json_int(v, -1);

	return n < 0 || n > INT_MAX ? -1 : (int)n;
}

enum tri
github_tri(const struct json *v)
{
	bool yes = json_bool(v, false);

	if (yes != json_bool(v, true))
		return TRI_UNKNOWN;
	return yes ? TRI_YES : TRI_NO;
}

enum run_state
github_state(const struct json *v)
{
	return run_state_of(json_text(json_get(v, "status"), NULL),
	    json_text(json_get(v, "conclusion"), NULL));
}

char *
github_reviewers(const struct json *list, int *count)
{
	char *names = NULL, *name;
	const struct json *v;
	int n = 0;

	if (!json_is_array(list))
		return NULL;
	for (v = json_first(list); v; v = json_next(v)) {
		name = github_text(json_path(v, "reviewer.login"));
		if (!name)
			name = github_text(json_path(v, "reviewer.slug"));
		if (!name)
			name = github_text(json_path(v, "reviewer.name"));
		github_join(&names, name);
		free(name);
		n++;
	}
	if (count)
		*count = n;
	return names;
}

const struct json *
github_list(const struct json *page, const char *key, struct err *e)
{
	const struct json *list = key ? json_get(page, key) : page;

	if (json_is_array(list))
		return list;
	err_set(e, "expected a list%s%s", key ? " called " : "",
	    key ? key : "");
	return NULL;
}

void *
github_grow(void *slot, size_t *count, const struct list_of *list)
{
	size_t n = *count;
	char *all;

	if (n >= list->max)
		return NULL;
	memcpy(&all, slot, sizeof(all));
	if ((n & (n - 1)) == 0)
		all = xreallocarray(all, n ? 2 * n : 1, list->size);
	memcpy(slot, &all, sizeof(all));
	memset(all + n * list->size, 0, list->size);
	fields_init(all + n * list->size, list->fields, 0);
	*count = n + 1;
	return all + n * list->size;
}

void
github_join(char **joined, const char *text)
{
	char *longer;

	if (!text)
		return;
	if (!*joined) {
		*joined = xstrdup(text);
	} else if (strlen(*joined) < 2 * GITHUB_TEXT_MAX) {
		longer = xasprintf("%s, %s", *joined, text);
		free(*joined);
		*joined = longer;
	}
}

/* --- runs ----------------------------------------------------------------- */

/* ".github/workflows/ci.yml@refs/heads/main" is of ci.yml. */
static char *
file_of(const struct json *path)
{
	char *whole = github_text(path), *base, *file;

	if (!whole)
		return NULL;
	whole[strcspn(whole, "@")] = '\0';
	base = strrchr(whole, '/');
	base = base ? base + 1 : whole;
	file = *base ? xstrdup(base) : NULL;
	free(whole);
	return file;
}

static void
take_run(const struct json *v, struct github_run *out)
{
	struct pipeline_run *r = &out->run;

	*out = (struct github_run){.file = file_of(json_get(v, "path"))};
	fields_init(r, runs_list.fields, 0);
	r->id = json_int(json_get(v, "id"), -1);
	r->attempt = github_int(json_get(v, "run_attempt"));
	r->number = github_int(json_get(v, "run_number"));
	r->state = github_state(v);
	r->title = github_text(json_get(v, "display_title"));
	r->branch = github_text(json_get(v, "head_branch"));
	r->commit = github_text(json_get(v, "head_sha"));
	r->event = github_text(json_get(v, "event"));
	r->actor = github_text(json_path(v, "triggering_actor.login"));
	if (!r->actor)
		r->actor = github_text(json_path(v, "actor.login"));
	r->url = github_text(json_get(v, "html_url"));
	r->created_at = json_time(json_get(v, "created_at"));
	r->started_at = json_time(json_get(v, "run_started_at"));
	r->updated_at = json_time(json_get(v, "updated_at"));
}

static void
add_run(const struct json *v, struct github_runs *out)
{
	size_t n = out->count;

	if (json_int(json_get(v, "id"), -1) < 0 || n >= runs_list.max)
		return;
	if ((n & (n - 1)) == 0)
		out->items = xreallocarray(out->items, n ? 2 * n : 1,
		    sizeof(*out->items));
	take_run(v, &out->items[out->count++]);
}

int
github_runs_parse(const struct json *page, struct github_runs *out,
    struct err *e)
{
	const struct json *list, *v;

	if (json_get(page, "id")) {
		add_run(page, out);
		return 0;
	}
	list = github_list(page, "workflow_runs", e);
	if (!list)
		return -1;
	for (v = json_first(list); v; v = json_next(v))
		add_run(v, out);
	return 0;
}

void
github_runs_release(struct github_runs *runs)
{
	size_t i;

	for (i = 0; i < runs->count; i++) {
		free(runs->items[i].file);
		fields_release(&runs->items[i].run, runs_list.fields, 0);
	}
	free(runs->items);
	*runs = (struct github_runs){NULL, 0};
}

/* --- jobs ----------------------------------------------------------------- */

static void
take_steps(const struct json *list, struct pipeline_job *j)
{
	struct pipeline_step *s;
	const struct json *v;

	if (!json_is_array(list))
		return;
	for (v = json_first(list); v; v = json_next(v)) {
		s = github_grow(&j->steps, &j->step_count, &steps_list);
		if (!s)
			return;
		s->number = github_int(json_get(v, "number"));
		s->name = github_text(json_get(v, "name"));
		s->state = github_state(v);
		s->started_at = json_time(json_get(v, "started_at"));
		s->completed_at = json_time(json_get(v, "completed_at"));
	}
}

int
github_jobs_parse(const struct json *page, struct pipeline_job **jobs,
    size_t *count, struct err *e)
{
	const struct json *list = github_list(page, "jobs", e), *v;
	struct pipeline_job *j;

	if (!list)
		return -1;
	for (v = json_first(list); v; v = json_next(v)) {
		j = github_grow(jobs, count, &jobs_list);
		if (!j)
			break;
		j->id = json_int(json_get(v, "id"), -1);
		j->name = github_text(json_get(v, "name"));
		j->state = github_state(v);
		j->started_at = json_time(json_get(v, "started_at"));
		j->completed_at = json_time(json_get(v, "completed_at"));
		j->runner = github_text(json_get(v, "runner_name"));
		take_steps(json_get(v, "steps"), j);
	}
	return 0;
}

/* --- approvals ------------------------------------------------------------ */

int
github_approvals_parse(const struct json *page, struct approval **list,
    size_t *count, struct err *e)
{
	const struct json *all = github_list(page, NULL, e), *v;
	struct approval *a;

	if (!all)
		return -1;
	for (v = json_first(all); v; v = json_next(v)) {
		a = github_grow(list, count, &approvals_list);
		if (!a)
			break;
		a->github_environment = github_text(json_path(v,
		    "environment.name"));
		a->environment_id = json_int(json_path(v, "environment.id"),
		    -1);
		a->reviewers = github_reviewers(json_get(v, "reviewers"),
		    NULL);
		a->mine = github_tri(json_get(v, "current_user_can_approve"));
		a->since = json_time(json_get(v, "wait_timer_started_at"));
	}
	return 0;
}

/* --- workflows ------------------------------------------------------------ */

int
github_workflows_parse(const struct json *page, struct workflow **list,
    size_t *count, struct err *e)
{
	const struct json *all = github_list(page, "workflows", e), *v;
	struct workflow *w;
	char *file;

	if (!all)
		return -1;
	for (v = json_first(all); v; v = json_next(v)) {
		file = file_of(json_get(v, "path"));
		w = file ? github_grow(list, count, &workflows_list) : NULL;
		if (!w) {
			free(file);
			continue;
		}
		w->file = file;
		w->name = github_text(json_get(v, "name"));
		w->exists = strcmp(json_text(json_get(v, "state"), ""),
		    "deleted") == 0 ? TRI_NO : TRI_YES;
	}
	return 0;
}

/* --- who, and what a refusal says ----------------------------------------- */

char *
github_login_parse(const struct json *page)
{
	return github_text(json_get(page, "login"));
}

static void
add_fault(char **text, const struct json *fault)
{
	char *said = github_text(json_is_string(fault) ? fault :
	    json_get(fault, "message")), *field, *code;

	if (!said) {
		field = github_text(json_get(fault, "field"));
		code = github_text(json_get(fault, "code"));
		if (field || code)
			said = xasprintf("%s is %s", field ? field : "it",
			    code ? code : "wrong");
		free(field);
		free(code);
	}
	github_join(text, said);
	free(said);
}

char *
github_complaint(const char *body, size_t len)
{
	struct json *v = json_parse(body, len, NULL);
	const struct json *faults = json_get(v, "errors"), *fault;
	char *text = github_text(json_get(v, "message")), *more = NULL, *whole;

	if (json_is_array(faults))
		for (fault = json_first(faults); fault;
		    fault = json_next(fault))
			add_fault(&more, fault);
	else if (json_is_string(faults))
		add_fault(&more, faults);
	if (text && more) {
		whole = xasprintf("%s: %s", text, more);
		free(text);
		text = whole;
	}
	free(more);
	json_free(v);
	return text;
}
