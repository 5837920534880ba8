/* job: a shell script on the environment's host, in its checkout, that outlives
 * the link and the server. */
#include "run/verb-table.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "io/job.h"

enum { LOOK_MS = 1000, OUTPUT_MAX = 16 << 20 };

struct script {
	struct step *step;
	struct job_place place;
	struct job *job;
	struct loop_timer *look;
	bool here;
};

static const char *const hosts[] = {"environment", "here", NULL};

static const struct verb_argument arguments[] = {
	{"script", .required = true, .shell = true},
	{"host", .words = hosts},
	{"directory"},
	{"env", .kind = ARGUMENT_ENV},
	{NULL},
};

static bool
is_here(const struct step *s)
{
	const char *host = book_argument(s->book, "host");

	return (host && strcmp(host, "here") == 0) ||
	    !s->environment->ssh_host;
}

/* A line with something quoted in it. */
static void
add_line(struct buf *b, const char *before, const char *quoted)
{
	buf_adds(b, before);
	text_shell_quote(b, quoted);
	buf_addc(b, '\n');
}

static void
add_place(const struct step *s, struct buf *b)
{
	const char *host = book_argument(s->book, "host");
	char *directory = step_argument(s, "directory");

	if (directory)
		add_line(b, "cd ", directory);
	else if (s->environment->directory &&
	    !(host && strcmp(host, "here") == 0))
		add_line(b, "cd ", s->environment->directory);
	free(directory);
}

static void
add_variables(const struct step *s, struct buf *b)
{
	const struct json *v;

	for (v = json_first(book_tree(s->book, "env")); v; v = json_next(v)) {
		char *value = step_expand(s, json_text(v, ""), NULL, false);

		buf_addf(b, "export %s=", json_key(v));
		add_line(b, "", value ? value : "");
		free(value);
	}
}

static void
add_script(const struct step *s, struct buf *b)
{
	char *script = step_argument(s, "script");

	add_place(s, b);
	add_variables(s, b);
	buf_adds(b, script ? script : "");
	if (b->len && b->data[b->len - 1] != '\n')
		buf_addc(b, '\n');
	free(script);
}

/* --- following ------------------------------------------------------------ */

static struct script *
release(struct step *s)
{
	struct script *j = s->state;

	s->state = NULL;
	if (j)
		loop_timer_cancel(j->look);
	return j;
}

static void
forget(struct step *s)
{
	struct script *j = release(s);

	if (j)
		job_forget(j->job);
	free(j);
}

static void
on_look(void *arg)
{
	struct script *j = arg;
	struct step *s = j->step;
	struct job_status now = job_status(j->job);
	char age[CLOCK_TEXT_MAX];
	const char *where = j->here ? "this machine" :
	    s->environment->ssh_host;

	if (now.error)
		step_say(s, "nothing heard from %s for %s: %s", where,
		    clock_age(now.heard_at == TIME_UNKNOWN ? TIME_UNKNOWN :
		    clock_wall() - now.heard_at, age), now.error);
	else if (now.running)
		step_say(s, now.note ? "runs on %s (%s)" : "runs on %s", where,
		    now.note);
	j->look = loop_timer(s->w->loop, LOOK_MS, on_look, j);
}

static void
on_output(const char *data, size_t len, int64_t offset, void *arg)
{
	struct script *j = arg;

	(void)offset;
	step_output(j->step, data, len);
}

static const struct {
	enum phase phase;
	const char *before;
} ends[] = {
	[JOB_UNKNOWN] = {PHASE_UNKNOWN, ""},
	[JOB_EXITED] = {PHASE_FAILED, ""},
	[JOB_SIGNALED] = {PHASE_FAILED, ""},
	[JOB_DEADLINE] = {PHASE_FAILED, "took too long: "},
	[JOB_CANCELLED] = {PHASE_FAILED, "stopped: "},
	[JOB_REFUSED] = {PHASE_FAILED, "not started: "},
};

static void
on_done(const struct job_result *r, void *arg)
{
	struct script *j = arg;
	struct step *s = j->step;
	char *error;

	free(release(s));
	s->seen->exit_code = r->exit_code;
	if (r->end == JOB_EXITED && r->exit_code == 0) {
		step_end(s, PHASE_DONE, NULL);
		return;
	}
	if (r->end == JOB_EXITED)
		error = xasprintf("exit code %d", r->exit_code);
	else if (r->end == JOB_SIGNALED)
		error = xasprintf("killed by signal %d", r->signal);
	else
		error = xasprintf("%s%s", ends[r->end].before, r->why ?
		    r->why : "the host gives no reason");
	step_end(s, ends[r->end].phase, error);
	free(error);
}

static struct script *
prepare(struct step *s)
{
	struct observer *o = s->observer;
	struct script *j;

	if (!is_here(s) && (!o || !o->ssh)) {
		step_end(s, PHASE_FAILED, o ? o->ssh_error.text :
		    "there is no connection to its host");
		return NULL;
	}
	j = xcalloc(1, sizeof(*j));
	j->step = s;
	j->here = is_here(s);
	j->place = (struct job_place){
		.children = s->w->children, .ssh = j->here ? NULL : o->ssh,
	};
	j->look = loop_timer(s->w->loop, LOOK_MS, on_look, j);
	s->state = j;
	return j;
}

static char *
job_id(const struct step *s)
{
	return xasprintf("%s-%s-%d", s->run->id, s->book->id,
	    s->seen->attempts);
}

static void
start(struct step *s)
{
	struct buf b = BUF_INIT(JOB_SCRIPT_MAX);
	struct script *j = prepare(s);
	char *id;

	if (!j)
		return;
	id = job_id(s);
	buf_adds(&b, "set -eu\n");
	add_script(s, &b);
	j->job = job_start(s->w->loop, &j->place, &(struct job_request){
		.id = id, .script = buf_str(&b), .output_max = OUTPUT_MAX,
		.deadline_ms = s->seen->limit_ms > 0 ? s->seen->limit_ms : 0,
		.output = on_output, .done = on_done, .arg = j,
	});
	buf_release(&b);
	free(id);
}

static void
probe(struct step *s)
{
	static const char again[] = "[the server was away: the output again, "
	    "from its start]\n";
	struct script *j = prepare(s);
	char *id;

	if (!j)
		return;
	id = job_id(s);
	step_output(s, again, strlen(again));
	j->job = job_attach(s->w->loop, &j->place, &(struct job_request){
		.id = id, .output_max = OUTPUT_MAX, .output = on_output,
		.done = on_done, .arg = j,
	});
	free(id);
}

static void
stop(struct step *s)
{
	struct script *j = s->state;

	step_say(s, "is being stopped");
	job_cancel(j->job);
}

static void
paper(const struct step *s, struct buf *b)
{
	if (is_here(s) && s->environment->ssh_host)
		buf_adds(b, "# on this machine:\n");
	add_script(s, b);
}

const struct verb verb_job = {
	.shape = {"job", "script", arguments},
	.start = start, .stop = stop, .forget = forget, .probe = probe,
	.paper = paper,
};
