#include "io/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"

enum {
	BYTES_MAX = 8192,
	COMMAND_MS = 15000,
};

struct secret_ask {
	char *what;
	char *file;
	struct loop_timer *timer;	/* a file is read from here */
	struct child *child;
	secret_done_fn *done;
	void *arg;
};

void
secret_free(char *secret)
{
	if (!secret)
		return;
	explicit_bzero(secret, strlen(secret));
	free(secret);
}

static void
release(struct secret_ask *a)
{
	free(a->what);
	free(a->file);
	free(a);
}

static void
finish(struct secret_ask *a, const char *secret, const char *error)
{
	a->done(secret, error, a->arg);
	release(a);
}

/* The first line, which must be all that there is but white space. */
static int
first_line(char *text, size_t len, struct err *e)
{
	size_t n;

	if (memchr(text, '\0', len))
		return err_set(e, "has a NUL byte");
	n = strcspn(text, "\r\n");
	if (n == 0)
		return err_set(e, "is empty");
	text[n] = '\0';
	return 0;
}

/* --- a file ------------------------------------------------------------------ */

static int
open_closed(const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0)
		return err_errno(e, "cannot open %s", path);
	if (fstat(fd, &st) < 0) {
		err_errno(e, "cannot look at %s", path);
	} else if (!S_ISREG(st.st_mode)) {
		err_set(e, "%s is no regular file", path);
	} else if (st.st_mode & 077) {
		err_set(e, "%s is open to others, who could read it: "
		    "chmod 600 %s", path, path);
	} else if (st.st_uid != geteuid() && st.st_uid != 0) {
		err_set(e, "%s belongs to another user", path);
	} else {
		return fd;
	}
	close(fd);
	return -1;
}

static int
read_file(const char *path, char text[BYTES_MAX], struct err *e)
{
	int fd = open_closed(path, e), rc = -1;
	ssize_t n;

	if (fd < 0)
		return -1;
	n = read(fd, text, BYTES_MAX - 1);
	if (n < 0) {
		err_errno(e, "cannot read %s", path);
	} else {
		text[n] = '\0';
		rc = first_line(text, (size_t)n, e);
		if (rc == -1)
			err_prefix(e, "%s", path);
	}
	close(fd);
	return rc;
}

/* A local file of one line: no wait worth a thread. */
static void
on_timer(void *arg)
{
	struct secret_ask *a = arg;
	char text[BYTES_MAX];
	struct err e;

	a->timer = NULL;
	if (!a->file) {
		finish(a, NULL, NULL);
	} else if (read_file(a->file, text, &e) == -1) {
		err_prefix(&e, "%s", a->what);
		finish(a, NULL, e.text);
	} else {
		finish(a, text, NULL);
	}
	explicit_bzero(text, sizeof(text));
}

/* --- a command --------------------------------------------------------------- */

/* Its error output is not told: it may hold what it was to print. */
static void
on_child(const struct child_result *r, void *arg)
{
	struct secret_ask *a = arg;
	char text[BYTES_MAX];
	struct err e;

	a->child = NULL;
	if (r->error)
		err_set(&e, "%s: %s", a->what, r->error);
	else if (r->timed_out)
		err_set(&e, "%s: its command took longer than %d s", a->what,
		    COMMAND_MS / 1000);
	else if (r->exit_code != 0)
		err_set(&e, "%s: its command ended with %d", a->what,
		    r->exit_code);
	else if (r->truncated || r->out_len >= sizeof(text))
		err_set(&e, "%s: its command prints too much", a->what);
	else {
		memcpy(text, r->out, r->out_len + 1);
		if (first_line(text, r->out_len, &e) == 0) {
			finish(a, text, NULL);
			explicit_bzero(text, sizeof(text));
			return;
		}
		err_prefix(&e, "%s: what its command prints", a->what);
	}
	finish(a, NULL, e.text);
}

/* --- asking ------------------------------------------------------------------ */

struct secret_ask *
secret_ask(struct loop *l, struct children *c, const struct secret_source *s,
    secret_done_fn *done, void *arg)
{
	struct secret_ask *a = xcalloc(1, sizeof(*a));
	const char *argv[] = {"/bin/sh", "-c", s->command, NULL};

	a->what = xstrdup(s->what);
	a->file = xstrdup_or_null(s->file);
	a->done = done;
	a->arg = arg;
	if (s->command)
		a->child = child_start(c, &(struct child_request){
		    .argv = argv, .output_max = BYTES_MAX,
		    .deadline_ms = COMMAND_MS, .done = on_child, .arg = a});
	else
		a->timer = loop_timer(l, 0, on_timer, a);
	return a;
}

void
secret_cancel(struct secret_ask *a)
{
	if (!a)
		return;
	loop_timer_cancel(a->timer);
	child_cancel(a->child);
	release(a);
}
