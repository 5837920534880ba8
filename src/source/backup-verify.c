#include "source/backup-verify.h"

#include <sys/random.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/text.h"
#include "io/job.h"
#include "source/backup-fetch.h"
#include "source/restic-check.h"
#include "source/split.h"
#include "source/verify-script.h"

enum {
	LINE_MAX_BYTES = 2048,
	SAID_MAX = 64 * 1024,		/* of a job's output */
	SWEEP_AGE_MS = 24 * 3600 * 1000,
	QUERY_SHOWN = 40,		/* columns */
};

struct verification {
	struct verify_request r;	/* its texts are NULL: they are here */
	char *environment, *name, *raw;
	enum rung reached;
	bool failed_there;		/* the failure is a rung's own */
	char *failure, *evidence;
	char *path;			/* what was fetched, or NULL */
	char *root;			/* of jobs; NULL: the host's default */
	int64_t until;			/* mono ms */
	struct loop_timer *timer;
	struct backup_fetch *fetch;
	struct restic_check *check;
	struct job *job;
	struct jobs_sweep *sweep;
	struct split lines;
};

/* --- the end ------------------------------------------------------------------ */

static void
verification_free(struct verification *v)
{
	loop_timer_cancel(v->timer);
	backup_fetch_cancel(v->fetch);
	restic_check_cancel(v->check);
	job_forget(v->job);
	jobs_sweep_cancel(v->sweep);
	split_release(&v->lines);
	if (v->path)
		unlink(v->path);
	free(v->environment);
	free(v->name);
	free(v->raw);
	free(v->failure);
	free(v->evidence);
	free(v->path);
	free(v->root);
	free(v);
}

/* Nothing was found out. */
static void
give_up(struct verification *v, const char *why)
{
	v->r.done(v->r.arg, NULL, why);
	verification_free(v);
}

static void
conclude(struct verification *v)
{
	struct backup_verdict found = {
		.environment = v->environment,
		.kind = v->r.c->kind,
		.name = v->name,
		.bytes = v->r.bytes,
		.taken_at = v->r.taken_at,
		.rung = v->reached,
		.at = clock_wall(),
		.failure = v->failure,
		.evidence = v->evidence,
	};

	v->r.done(v->r.arg, &found, NULL);
	verification_free(v);
}

static void
conclude_with(struct verification *v, const char *failure)
{
	xstrset(&v->failure, failure);
	conclude(v);
}

static void
progress(struct verification *v, enum rung rung)
{
	if (v->r.progress)
		v->r.progress(v->r.arg, rung);
}

/* --- what the job says --------------------------------------------------------- */

/* The query and its answer, for a line on the screen. */
static char *
answer_text(const char *query, const char *answer)
{
	char *clean = text_clean(query, strlen(query)), *text;
	size_t fit = text_fit(clean, QUERY_SHOWN, NULL);

	text = xasprintf("%.*s%s: %s", (int)fit, clean,
	    clean[fit] ? "…" : "", answer);
	free(clean);
	return text;
}

static void
take_ok(struct verification *v, const struct verify_line *l)
{
	if (l->rung == RUNG_PLAUSIBLE && v->r.size != SIZE_PLAUSIBLE)
		return;
	v->reached = l->rung;
	free(v->evidence);
	if (l->rung == RUNG_RESTORED)
		v->evidence = answer_text(v->r.c->verify_query, l->text);
	else
		v->evidence = *l->text ? xstrdup(l->text) : NULL;
}

static bool
on_line(const char *line, size_t len, void *arg)
{
	struct verification *v = arg;
	struct verify_line l;

	if (verify_line_parse(line, len, &l) == -1)
		return true;
	switch (l.said) {
	case VERIFY_BEGUN:
		progress(v, l.rung);
		break;
	case VERIFY_OK:
		take_ok(v, &l);
		break;
	case VERIFY_SKIPPED:
		if (*l.text)
			xstrset(&v->evidence, l.text);
		break;
	case VERIFY_FAILED:
		xstrset(&v->failure, *l.text ? l.text : "it failed there");
		break;
	}
	free(l.text);
	return true;
}

static void
on_output(const char *data, size_t len, int64_t offset, void *arg)
{
	struct verification *v = arg;

	(void)offset;
	split_feed(&v->lines, data, len, on_line, v);
}

/* Only what the job said until its own end counts. */
static void
on_job(const struct job_result *r, void *arg)
{
	struct verification *v = arg;
	char *why;

	v->job = NULL;
	if (r->end == JOB_UNKNOWN || r->end == JOB_REFUSED ||
	    r->end == JOB_CANCELLED) {
		why = xasprintf(r->end == JOB_REFUSED ?
		    "it could not be started: %s" :
		    "it is not known how it ended: %s", r->why);
		give_up(v, why);
		free(why);
		return;
	}
	if (!v->failure && r->end != JOB_EXITED)
		v->failure = xasprintf("the verification %s", r->why);
	else if (!v->failure && r->exit_code != 0)
		v->failure = xasprintf("the verification ended with %d",
		    r->exit_code);
	conclude(v);
}

/* Never that of an earlier one, which may still be there. */
static char *
job_id(const struct verification *v)
{
	uint64_t hash = HASH_START, random = 0;
	char text[HASH_TEXT_MAX];
	int64_t now = clock_wall();

	(void)!getrandom(&random, sizeof(random), 0);
	hash = hash_add(hash, v->raw, strlen(v->raw));
	hash = hash_add(hash, &now, sizeof(now));
	hash = hash_add(hash, &random, sizeof(random));
	return xasprintf("verify-%.30s-%.30s-%s", v->environment,
	    v->r.c->kind, hash_text(hash, text));
}

static void
on_swept(int removed, const char *error, void *arg)
{
	struct verification *v = arg;

	(void)removed;
	(void)error;
	v->sweep = NULL;
}

static void
run_job(struct verification *v, struct ssh *ssh, const struct verify_plan *p)
{
	struct world *w = v->r.w;
	struct job_place place = {.children = w->children, .ssh = ssh,
	    .root = ssh ? NULL : v->root};
	struct buf script = BUF_INIT(JOB_SCRIPT_MAX);
	char *id = job_id(v);
	int64_t left = v->until - clock_mono();

	verify_script(&script, p);
	v->sweep = jobs_sweep(&place, "verify-", SWEEP_AGE_MS, on_swept, v);
	v->job = job_start(w->loop, &place, &(struct job_request){
	    .id = id, .script = buf_str(&script),
	    .deadline_ms = left > 1000 ? left : 1000, .output_max = SAID_MAX,
	    .output = on_output, .done = on_job, .arg = v});
	free(id);
	buf_release(&script);
}

/* --- the three places ---------------------------------------------------------- */

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static struct verify_plan
plan(const struct verification *v)
{
	const struct conf_backup *c = v->r.c;

	return (struct verify_plan){
		.name = base_name(v->raw), .format = c->format,
		.bytes = v->r.bytes, .tools = c->verify_tools,
		.database = c->verify_database, .query = c->verify_query,
	};
}

static void
climb_directory(struct verification *v)
{
	struct verify_plan p = plan(v);
	char *file = xasprintf("%s/%s", v->r.c->directory, v->raw);
	char *sums = xasprintf("%s.sha256", file);

	p.file = file;
	p.sums = sums;
	run_job(v, v->r.ssh, &p);
	free(file);
	free(sums);
}

static void
on_fetched(const struct fetched *f, const char *error, void *arg)
{
	struct verification *v = arg;
	struct verify_plan p;

	v->fetch = NULL;
	if (error) {
		give_up(v, error);
		return;
	}
	p = plan(v);
	p.file = v->path;
	p.sha256 = f->sha256;
	p.md5 = f->md5;
	run_job(v, NULL, &p);
}

/* One at a time of each series, so its file is its own. */
static void
climb_s3(struct verification *v)
{
	struct world *w = v->r.w;
	char *directory = xasprintf("%s/verify", w->state_dir);
	struct err e;

	v->path = xasprintf("%s/%s-%s", directory, v->environment,
	    v->r.c->kind);
	if (files_make_directory(directory, 0700, &e) == -1) {
		free(directory);
		give_up(v, e.text);
		return;
	}
	free(directory);
	progress(v, RUNG_PLAUSIBLE);
	v->fetch = backup_fetch_start(&(struct fetch_request){
	    .w = w, .c = v->r.c, .key = v->raw, .bytes = v->r.bytes,
	    .sum = v->r.sum, .path = v->path,
	    .deadline_ms = v->r.c->verify_deadline_ms, .done = on_fetched,
	    .arg = v});
}

static void
on_checked(enum restic_checked found, const char *why, void *arg)
{
	struct verification *v = arg;

	v->check = NULL;
	if (found == RESTIC_NOT_CHECKED) {
		give_up(v, why);
		return;
	}
	if (found == RESTIC_SOUND) {
		v->reached = RUNG_READ;
		xstrset(&v->evidence, "restic check --read-data");
	}
	conclude_with(v, why);
}

static void
climb_restic(struct verification *v)
{
	progress(v, RUNG_READ);
	v->check = restic_check_start(v->r.w, v->r.c, on_checked, v);
}

/* --- the start ------------------------------------------------------------------ */

/* The first rung is the listing's: what is far too small was cut. What is large
 * was not, and may have good reasons. */
static char *
implausible(const struct verify_request *r)
{
	char bytes[TEXT_BYTES_MAX], usual[TEXT_BYTES_MAX];

	if (r->size == SIZE_EMPTY)
		return xasprintf("it is empty: %s",
		    text_bytes(r->bytes, bytes));
	if (r->size == SIZE_SMALL)
		return xasprintf("it is small: %s, where %s is usual",
		    text_bytes(r->bytes, bytes),
		    text_bytes(r->usual_bytes, usual));
	return NULL;
}

static void
on_timer(void *arg)
{
	struct verification *v = arg;

	v->timer = NULL;
	v->failure = implausible(&v->r);
	if (v->failure)
		conclude(v);
	else if (v->r.c->s3_url)
		climb_s3(v);
	else if (v->r.c->restic_repository)
		climb_restic(v);
	else
		climb_directory(v);
}

struct verification *
verification_start(const struct verify_request *r)
{
	struct verification *v = xcalloc(1, sizeof(*v));

	v->r = *r;
	v->environment = xstrdup(r->environment);
	v->name = xstrdup(r->name);
	v->raw = xstrdup(r->raw);
	v->r.environment = v->r.name = v->r.raw = NULL;
	v->reached = r->size == SIZE_PLAUSIBLE ? RUNG_PLAUSIBLE : RUNG_LISTED;
	v->until = clock_mono() + r->c->verify_deadline_ms;
	if (r->w->state_dir)
		v->root = xasprintf("%s/jobs", r->w->state_dir);
	split_init(&v->lines, LINE_MAX_BYTES);
	v->timer = loop_timer(r->w->loop, 0, on_timer, v);
	return v;
}

void
verification_cancel(struct verification *v)
{
	if (v)
		verification_free(v);
}

void
verification_clean(const char *state_dir)
{
	char *directory = xasprintf("%s/verify", state_dir);

	files_empty_directory(directory);
	free(directory);
}
