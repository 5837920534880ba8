#include "run/verb-script.h"

#include <inttypes.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "io/job.h"
#include "source/split.h"

enum {
	LOOK_MS = 1000,
	OUTPUT_MAX = 16 << 20,
	WORDS_MAX = 8192,		/* of a line that is understood */
	WHAT_IS_MS = 60 * 1000,		/* for the program that only looks */
};

struct script {
	struct step *step;
	const struct script_kind *kind;
	struct job_place place;
	struct job *job;
	struct loop_timer *look;
	struct split lines;
	char *said;		/* what it does, in its own words */
	char *failed;		/* why it ends, in its own words */
	char *first;		/* why the first program ended; then the second
				 * one looks what is so */
};

bool
script_is_here(const struct step *s)
{
	return !s->environment->ssh_host;
}

static bool
is_here(const struct script *j)
{
	return !j->place.ssh;
}

/* Without the job, which its owner ends. */
static void
release(struct step *s)
{
	struct script *j = s->state;

	s->state = NULL;
	loop_timer_cancel(j->look);
	split_release(&j->lines);
	free(j->said);
	free(j->failed);
	free(j->first);
	free(j);
}

void
script_forget(struct step *s)
{
	struct script *j = s->state;

	if (!j)
		return;
	job_forget(j->job);
	release(s);
}

static void
on_look(void *arg)
{
	struct script *j = arg;
	struct step *s = j->step;
	char age[CLOCK_TEXT_MAX];
	const char *where = is_here(j) ? "this machine" :
	    s->environment->ssh_host;
	struct job_status now;

	j->look = loop_timer(s->w->loop, LOOK_MS, on_look, j);
	if (!j->job)
		return;
	now = job_status(j->job);
	if (now.error)
		step_say(s, "nothing heard from %s for %s: %s", where,
		    clock_age(now.heard_at == TIME_UNKNOWN ? TIME_UNKNOWN :
		    clock_wall() - now.heard_at, age), now.error);
	else if (j->said)
		step_say(s, "%s", j->said);
	else if (now.running)
		step_say(s, now.note ? "runs on %s (%s)" : "runs on %s", where,
		    now.note);
}

/* --- what it says ------------------------------------------------------- */

static const char *
after(const char *line, const char *word)
{
	size_t n = strlen(word);

	return strncmp(line, word, n) == 0 ? line + n : NULL;
}

static bool
on_line(const char *data, size_t len, void *arg)
{
	struct script *j = arg;
	char *line = xstrndup(data, len);
	const char *doing = after(line, "vigie: ");
	const char *failed = after(line, "vigie-failed: ");

	if (doing) {
		xstrset(&j->said, doing);
		step_say(j->step, "%s", doing);
	}
	if (failed)
		xstrset(&j->failed, failed);
	if (failed || doing) {
		xstrset(&line, failed ? failed : doing);
		len = strlen(line);
	}
	step_output(j->step, line, len);
	step_output(j->step, "\n", 1);
	free(line);
	return true;
}

static void
on_output(const char *data, size_t len, int64_t offset, void *arg)
{
	struct script *j = arg;

	(void)offset;
	if (j->kind->look)
		split_feed(&j->lines, data, len, on_line, j);
	else
		step_output(j->step, data, len);
}

/* --- the end ------------------------------------------------------------ */

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

static char *
end_text(const struct script *j, const struct job_result *r)
{
	if (j->failed)
		return xstrdup(j->failed);
	if (r->end == JOB_EXITED)
		return xasprintf("exit code %d", r->exit_code);
	if (r->end == JOB_SIGNALED)
		return xasprintf("killed by signal %d", r->signal);
	return xasprintf("%s%s", ends[r->end].before, r->why ? r->why :
	    "the host gives no reason");
}

/* What was told of how things stand is believed, and nothing else is. */
static bool
is_told(const struct script *j, const struct job_result *r)
{
	return !j->kind->look || r->end == JOB_REFUSED ||
	    (r->end == JOB_EXITED && j->failed && r->exit_code == 1);
}

static void on_seen(const struct job_result *r, void *arg);

/* -1 when it cannot even be looked for. */
static int
look_what_is(struct script *j, const char *why)
{
	struct step *s = j->step;
	struct buf b = BUF_INIT(JOB_SCRIPT_MAX);
	/* Another each time: what an earlier one saw was then. */
	char *id = xasprintf("%s-%d-what-is-%" PRIx64, s->run->id,
	    s->seen->attempts, (uint64_t)clock_wall());
	struct err e = {""};
	int result = j->kind->look(s, &b, &e);

	xstrset(&j->first, why);
	xstrset(&j->failed, NULL);
	if (result == 0)
		j->job = job_start(s->w->loop, &j->place, &(struct job_request){
			.id = id, .script = buf_str(&b),
			.deadline_ms = WHAT_IS_MS, .output_max = OUTPUT_MAX,
			.output = on_output, .done = on_seen, .arg = j,
		});
	free(id);
	buf_release(&b);
	return result;
}

static void
end(struct step *s, enum phase phase, char *error)
{
	release(s);
	step_end(s, phase, error);
	free(error);
}

static void
on_seen(const struct job_result *r, void *arg)
{
	struct script *j = arg;
	struct step *s = j->step;
	char *text;

	j->job = NULL;
	if (r->end == JOB_EXITED && r->exit_code == 0) {
		end(s, PHASE_DONE, NULL);
		return;
	}
	text = end_text(j, r);
	end(s, is_told(j, r) && r->end == JOB_EXITED ? PHASE_FAILED :
	    PHASE_UNKNOWN, xasprintf("%s; %s", j->first, text));
	free(text);
}

static void
on_done(const struct job_result *r, void *arg)
{
	struct script *j = arg;
	struct step *s = j->step;
	char *error;

	j->job = NULL;
	s->seen->exit_code = r->exit_code;
	if (r->end == JOB_EXITED && r->exit_code == 0) {
		end(s, PHASE_DONE, NULL);
		return;
	}
	error = end_text(j, r);
	if (!is_told(j, r) && look_what_is(j, error) == 0) {
		free(error);
		return;
	}
	end(s, ends[r->end].phase, error);
}

/* --- the start ---------------------------------------------------------- */

static struct script *
prepare(struct step *s, const struct script_kind *k)
{
	struct observer *o = s->observer;
	bool here = k->here(s);
	struct script *j;

	if (!here && (!o || !o->ssh)) {
		step_end(s, PHASE_FAILED, o ? o->ssh_error.text :
		    "there is no connection to its host");
		return NULL;
	}
	j = xcalloc(1, sizeof(*j));
	j->step = s;
	j->kind = k;
	j->place = (struct job_place){
		.children = s->w->children, .ssh = here ? NULL : o->ssh,
	};
	j->look = loop_timer(s->w->loop, LOOK_MS, on_look, j);
	split_init(&j->lines, WORDS_MAX);
	s->state = j;
	return j;
}

static char *
job_id(const struct step *s)
{
	return xasprintf("%s-%s-%d", s->run->id, s->book->id,
	    s->seen->attempts);
}

void
script_start(struct step *s, const struct script_kind *k)
{
	struct buf b = BUF_INIT(JOB_SCRIPT_MAX);
	struct err e = {""};
	struct script *j = NULL;
	char *id = job_id(s);

	if (k->write(s, &b, &e) == -1)
		step_end(s, PHASE_FAILED, e.text);
	else
		j = prepare(s, k);
	if (j)
		j->job = job_start(s->w->loop, &j->place, &(struct job_request){
			.id = id, .script = buf_str(&b),
			.output_max = OUTPUT_MAX,
			.deadline_ms = s->seen->limit_ms > 0 ?
			    s->seen->limit_ms : 0,
			.output = on_output, .done = on_done, .arg = j,
		});
	buf_release(&b);
	free(id);
}

void
script_probe(struct step *s, const struct script_kind *k)
{
	static const char again[] = "[the server was away: the output again, "
	    "from its start]\n";
	struct script *j = prepare(s, k);
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

void
script_stop(struct step *s)
{
	struct script *j = s->state;

	step_say(s, "is being stopped");
	/* What only looks ends by itself, and is what we want to hear. */
	if (!j->first)
		job_cancel(j->job);
}
