/* Backups in a restic repository: restic is run on this machine. */
#include "source/backups-private.h"

#include <unistd.h>

#include "base/alloc.h"
#include "base/files.h"
#include "io/secret.h"
#include "source/restic-parse.h"

enum {
	DEADLINE_MS = 120000,	/* a large repository over a slow line */
	OUTPUT_MAX_BYTES = 16 * 1024 * 1024,
	ARGS_MAX = 16,
};

struct restic_job {
	struct watched_series *s;
	struct secret_ask *ask;
	struct child *child;
	char *repository_file;	/* where it has a password in it, or NULL */
};

static void
job_free(struct restic_job *j)
{
	secret_cancel(j->ask);
	child_cancel(j->child);
	if (j->repository_file)
		unlink(j->repository_file);
	free(j->repository_file);
	free(j);
}

static void
failed(struct restic_job *j, const char *error)
{
	struct watched_series *s = j->s;
	char *copy = xstrdup(error);

	job_free(j);
	series_failed(s, copy);
	free(copy);
}

static int
take(const struct child_result *r, struct listing *l, struct err *e)
{
	if (r->error)
		return err_set(e, "restic cannot be run on this machine: %s",
		    r->error);
	if (r->timed_out)
		return err_set(e, "restic took longer than %d s",
		    DEADLINE_MS / 1000);
	if (r->truncated)
		return err_set(e, "restic says more than is read");
	if (r->signal)
		return err_set(e, "restic was killed by signal %d", r->signal);
	if (r->exit_code != 0) {
		restic_failure(r->exit_code, r->err, r->err_len, e);
		return -1;
	}
	return restic_snapshots_parse(r->out, r->out_len, l, e);
}

static void
on_child(const struct child_result *r, void *arg)
{
	struct restic_job *j = arg;
	struct watched_series *s = j->s;
	struct listing l;
	struct err e;

	j->child = NULL;
	listing_init(&l);
	if (take(r, &l, &e) == -1) {
		failed(j, e.text);
	} else {
		job_free(j);
		series_listed(s, &l);
	}
	listing_release(&l);
}

/* A repository with a password in it is kept out of the list of processes. */
static int
hide_repository(struct restic_job *j, struct err *e)
{
	const struct conf_backup *c = j->s->c;

	if (!restic_has_secret(c->restic_repository))
		return 0;
	j->repository_file = xasprintf("%s/restic-%s-%zu",
	    j->s->b->o->w->run_dir, j->s->b->o->conf->name, j->s->index);
	return files_write(j->repository_file, c->restic_repository,
	    strlen(c->restic_repository), 0600, e);
}

/* The password goes over a pipe. What our own environment says of restic is of
 * another repository, or names a file that was not checked. */
static void
run(struct restic_job *j, const char *password)
{
	static const char *const env[] = {"LC_ALL=C", "RESTIC_PASSWORD=",
	    "RESTIC_PASSWORD_FILE=", "RESTIC_PASSWORD_COMMAND=",
	    "RESTIC_REPOSITORY=", "RESTIC_REPOSITORY_FILE=", NULL};
	const struct conf_backup *c = j->s->c;
	char *host = xasprintf("--host=%s", c->restic_host ? c->restic_host : "");
	char *tag = xasprintf("--tag=%s", c->restic_tag ? c->restic_tag : "");
	const char *argv[ARGS_MAX] = {"restic", "--no-lock", "--json", "-q",
	    "--password-file", "/dev/stdin"};
	size_t n = 6;

	argv[n++] = j->repository_file ? "--repository-file" : "-r";
	argv[n++] = j->repository_file ? j->repository_file :
	    c->restic_repository;
	argv[n++] = "snapshots";
	if (c->restic_host)
		argv[n++] = host;
	if (c->restic_tag)
		argv[n++] = tag;
	argv[n] = NULL;
	j->child = child_start(j->s->b->o->w->children,
	    &(struct child_request){
	    .argv = argv, .env = env, .directory = "/", .input = password,
	    .input_len = strlen(password), .output_max = OUTPUT_MAX_BYTES,
	    .deadline_ms = DEADLINE_MS, .done = on_child, .arg = j});
	free(host);
	free(tag);
}

static void
on_secret(const char *secret, const char *error, void *arg)
{
	struct restic_job *j = arg;
	struct err e;

	j->ask = NULL;
	if (!secret)
		failed(j, error ? error :
		    "no password is configured (restic.password)");
	else if (hide_repository(j, &e) == -1)
		failed(j, e.text);
	else
		run(j, secret);
}

static void *
start(struct watched_series *s)
{
	struct restic_job *j = xcalloc(1, sizeof(*j));
	struct world *w = s->b->o->w;

	j->s = s;
	j->ask = secret_ask(w->loop, w->children, &(struct secret_source){
	    .what = "the repository's password",
	    .file = s->c->restic_password.file,
	    .command = s->c->restic_password.command}, on_secret, j);
	return j;
}

static void
cancel(void *job)
{
	job_free(job);
}

static bool
is_for(const struct conf_backup *c)
{
	return c->restic_repository != NULL;
}

static char *
place(const struct conf_backup *c)
{
	char *repository = restic_without_secrets(c->restic_repository);
	char *text = xasprintf("restic %s", repository);

	free(repository);
	return text;
}

const struct lister backup_restic = {is_for, place, start, cancel,
	DEADLINE_MS};
