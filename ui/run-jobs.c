#include "ui/run-jobs.h"

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"
#include "model/tables.h"

/* How long a selection rests before it is asked for. */
#define REST_MS 150

struct run_jobs {
	struct console *console;
	int64_t id;		/* what is looked at; 0: nothing */
	int64_t updated_at;	/* as it was asked for */
	struct loop_timer *rest;	/* until it is asked for */
	int request;		/* 0: none is open */
	struct pipeline_run *run;	/* the answer, a list of one, or NULL */
	char *error;
};

static void
forget(struct run_jobs *j)
{
	loop_timer_cancel(j->rest);
	j->rest = NULL;
	if (j->request)
		client_cancel(j->console->client, j->request);
	j->request = 0;
	if (j->run)
		list_release(j->run, 1, &runs_list);
	j->run = NULL;
	xstrset(&j->error, NULL);
}

static void
take(struct run_jobs *j, const struct json *run)
{
	struct err e = {""};

	if (!json_is_object(run) ||
	    fields_check(run, runs_list.fields, &e) < 0) {
		j->error = xasprintf(_("the server's answer makes no sense: "
		    "%s"), e.text);
		return;
	}
	j->run = list_new(1, &runs_list);
	fields_read(j->run, run, runs_list.fields);
}

static void
answered(void *arg, const struct json *m, bool final)
{
	struct run_jobs *j = arg;
	const char *text = json_text(json_get(m, "text"), "");
	const char *code = json_text(json_get(m, "code"), "");

	if (!final)
		return;
	j->request = 0;
	console_dirty(j->console);
	if (strcmp(json_text(json_get(m, "type"), ""), "error") != 0)
		take(j, json_get(m, "run"));
	else if (strcmp(code, "lost") == 0)
		j->id = 0;	/* the next look asks again */
	else if (strcmp(code, "unknown_op") == 0)
		j->error = xstrdup(_("this server cannot tell the jobs of "
		    "this run"));
	else
		j->error = text_clean(text, strlen(text));
}

static void
rested(void *arg)
{
	struct run_jobs *j = arg;
	struct json *arguments = json_object();

	j->rest = NULL;
	json_set_int(arguments, "run", j->id);
	j->request = client_request(j->console->client, "run", arguments,
	    answered, j);
}

struct run_jobs *
run_jobs_new(struct console *c)
{
	struct run_jobs *j = xcalloc(1, sizeof(*j));

	j->console = c;
	return j;
}

void
run_jobs_free(struct run_jobs *j)
{
	if (!j)
		return;
	forget(j);
	free(j);
}

void
run_jobs_look(struct run_jobs *j, const struct pipeline_run *run)
{
	int64_t id = run ? run->id : 0;

	if (id == j->id && (!run || run->updated_at == j->updated_at))
		return;
	forget(j);
	j->id = id;
	j->updated_at = run ? run->updated_at : TIME_UNKNOWN;
	if (run && run->job_count == 0)
		j->rest = loop_timer(j->console->loop, REST_MS, rested, j);
}

const struct pipeline_run *
run_jobs_get(const struct run_jobs *j, const struct pipeline_run *run)
{
	return run->job_count > 0 ? run : j->run;
}

const char *
run_jobs_error(const struct run_jobs *j)
{
	return j->error;
}
