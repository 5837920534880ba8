/* Backups in a directory of the environment's host. */
#include "source/backups-private.h"

#include "base/alloc.h"
#include "source/backup-directory-parse.h"
#include "source/host-shell.h"

enum {
	DEADLINE_MS = 20000,
	OUTPUT_MAX_BYTES = 4 * 1024 * 1024,	/* some 50,000 names */
};

static void
on_answer(const struct host_shell_reply *r, void *arg)
{
	struct watched_series *s = arg;
	const char *why = r->error ? NULL :
	    backup_directory_failure(r->status);
	struct listing l;
	struct err e;

	if (r->error) {
		series_failed(s, r->error);
		return;
	}
	listing_init(&l);
	if (why)
		err_set(&e, "%s", why);
	if (!why && backup_directory_parse(r->out, r->len, s->c->files, &l,
	    &e) == 0) {
		series_listed(s, &l);
	} else {
		err_prefix(&e, "%s", s->c->directory);
		series_failed(s, e.text);
	}
	listing_release(&l);
}

static void *
start(struct watched_series *s)
{
	struct buf script = BUF_INIT(64 * 1024);

	backup_directory_script(&script, s->c->directory);
	host_shell_run(s->b->o->shell, &(struct host_shell_request){
	    .what = "listing the backups", .script = buf_str(&script),
	    .output_max = OUTPUT_MAX_BYTES, .deadline_ms = DEADLINE_MS,
	    .done = on_answer, .arg = s});
	buf_release(&script);
	return s;
}

/* The shell is freed next, which forgets the request. */
static void
cancel(void *job)
{
	(void)job;
}

static bool
is_for(const struct conf_backup *c)
{
	return c->directory != NULL;
}

static char *
place(const struct conf_backup *c)
{
	return xstrdup(c->directory);
}

const struct lister backup_directory = {is_for, place, start, cancel,
	DEADLINE_MS};
