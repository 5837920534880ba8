#include "source/restic-check.h"

#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/files.h"
#include "io/secret.h"
#include "source/restic-parse.h"

enum { OUTPUT_MAX_BYTES = 64 * 1024 };

/* What restic ends with when it was not the data that failed (domain facts e):
 * no repository, locked, wrong password. */
enum { NO_REPOSITORY = 10, LOCKED = 11, WRONG_PASSWORD = 12 };

struct restic_check {
	struct world *w;
	const struct conf_backup *c;
	struct secret_ask *ask;
	struct child *child;
	char *repository_file;	/* where it has a password in it, or NULL */
	restic_check_fn *done;
	void *arg;
};

static void
check_free(struct restic_check *r)
{
	secret_cancel(r->ask);
	child_cancel(r->child);
	if (r->repository_file)
		unlink(r->repository_file);
	free(r->repository_file);
	free(r);
}

static void
finish(struct restic_check *r, enum restic_checked found, const char *why)
{
	r->done(found, why, r->arg);
	check_free(r);
}

static bool
could_not_begin(const struct child_result *r)
{
	return r->exit_code == NO_REPOSITORY || r->exit_code == LOCKED ||
	    r->exit_code == WRONG_PASSWORD ||
	    (r->exit_code == 1 && (strstr(r->err, "wrong password") ||
	    strstr(r->err, "unable to open config file")));
}

static void
on_child(const struct child_result *result, void *arg)
{
	struct restic_check *r = arg;
	struct err e;

	r->child = NULL;
	if (result->error) {
		err_set(&e, "restic cannot be run on this machine: %s",
		    result->error);
		finish(r, RESTIC_NOT_CHECKED, e.text);
	} else if (result->timed_out) {
		err_set(&e, "restic check took longer than %lld s",
		    (long long)r->c->verify_deadline_ms / 1000);
		finish(r, RESTIC_DAMAGED, e.text);
	} else if (result->signal) {
		err_set(&e, "restic was killed by signal %d", result->signal);
		finish(r, RESTIC_NOT_CHECKED, e.text);
	} else if (result->exit_code != 0) {
		restic_failure(result->exit_code, result->err,
		    result->err_len, &e);
		finish(r, could_not_begin(result) ? RESTIC_NOT_CHECKED :
		    RESTIC_DAMAGED, e.text);
	} else {
		finish(r, RESTIC_SOUND, NULL);
	}
}

static int
hide_repository(struct restic_check *r, struct err *e)
{
	const char *repository = r->c->restic_repository;

	if (!restic_has_secret(repository))
		return 0;
	r->repository_file = xasprintf("%s/restic-check-%s-%lld",
	    r->w->run_dir, r->c->kind, (long long)clock_mono());
	return files_write(r->repository_file, repository, strlen(repository),
	    0600, e);
}

/* As backup-restic.c runs it. */
static void
run(struct restic_check *r, const char *password)
{
	static const char *const env[] = {"LC_ALL=C", "RESTIC_PASSWORD=",
	    "RESTIC_PASSWORD_FILE=", "RESTIC_PASSWORD_COMMAND=",
	    "RESTIC_REPOSITORY=", "RESTIC_REPOSITORY_FILE=", NULL};
	const char *argv[] = {"restic", "--no-lock", "-q", "--password-file",
	    "/dev/stdin", r->repository_file ? "--repository-file" : "-r",
	    r->repository_file ? r->repository_file : r->c->restic_repository,
	    "check", "--read-data", NULL};

	r->child = child_start(r->w->children, &(struct child_request){
	    .argv = argv, .env = env, .directory = "/", .input = password,
	    .input_len = strlen(password), .output_max = OUTPUT_MAX_BYTES,
	    .deadline_ms = r->c->verify_deadline_ms, .done = on_child,
	    .arg = r});
}

static void
on_secret(const char *secret, const char *error, void *arg)
{
	struct restic_check *r = arg;
	struct err e;

	r->ask = NULL;
	if (!secret)
		finish(r, RESTIC_NOT_CHECKED, error ? error :
		    "no password is configured (restic.password)");
	else if (hide_repository(r, &e) == -1)
		finish(r, RESTIC_NOT_CHECKED, e.text);
	else
		run(r, secret);
}

struct restic_check *
restic_check_start(struct world *w, const struct conf_backup *c,
    restic_check_fn *done, void *arg)
{
	struct restic_check *r = xcalloc(1, sizeof(*r));

	r->w = w;
	r->c = c;
	r->done = done;
	r->arg = arg;
	r->ask = secret_ask(w->loop, w->children, &(struct secret_source){
	    .what = "the repository's password",
	    .file = c->restic_password.file,
	    .command = c->restic_password.command}, on_secret, r);
	return r;
}

void
restic_check_cancel(struct restic_check *r)
{
	if (r)
		check_free(r);
}
