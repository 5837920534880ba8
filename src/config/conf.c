#include "config/conf.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/i18n.h"
#include "config/check.h"
#include "config/place.h"
#include "config/problems.h"
#include "config/read.h"
#include "config/yaml.h"

char *
conf_find(const char *given)
{
	const char *named = given ? given : getenv("VIGIE_CONFIG");
	char *directory, *path = NULL;

	if (named && *named)
		return xstrdup(named);
	directory = place_xdg("XDG_CONFIG_HOME", ".config");
	if (directory)
		path = xasprintf("%s/vigie/vigie.yaml", directory);
	free(directory);
	if (path && access(path, F_OK) == 0)
		return path;
	free(path);
	path = xstrdup(SYSCONFDIR "/vigie/vigie.yaml");
	if (access(path, F_OK) == 0)
		return path;
	free(path);
	return NULL;
}

struct conf *
conf_parse(const char *text, size_t len, const char *name, struct buf *errors)
{
	struct problems problems = {.count = 0};
	struct node *root = node_parse(text, len, &problems);
	struct conf *c = xcalloc(1, sizeof(*c));

	c->path = place_absolute(name);
	if (root) {
		conf_read(c, root, &problems);
		conf_check(c, &problems);
	}
	if (problems.count) {
		problems_print(&problems, name, errors);
		conf_free(c);
		c = NULL;
	}
	problems_release(&problems);
	node_free(root);
	return c;
}

/* Whether the file behind fd may be trusted to say what commands act on. */
static int
check_file(int fd, const char *path, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return err_errno(e, _("cannot read %s"), path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, _("%s is not a regular file"), path);
	if (st.st_mode & S_IWOTH)
		return err_set(e, _("anybody may write %s, expected only its "
		    "owner to: chmod o-w %s"), path, path);
	return 0;
}

static int
read_file(int fd, const char *path, struct buf *text, struct err *e)
{
	char chunk[16384];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof(chunk))) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return err_errno(e, _("cannot read %s"), path);
		if (buf_add(text, chunk, n) == -1)
			return err_set(e, _("%s is too large, expected at most "
			    "%d bytes"), path, NODE_BYTES_MAX);
	}
	return 0;
}

struct conf *
conf_load(const char *path, struct buf *errors)
{
	struct buf text = BUF_INIT(NODE_BYTES_MAX);
	/* A FIFO must not hold the server up. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct conf *c = NULL;
	struct err e;

	if (fd == -1) {
		err_errno(&e, _("cannot open %s"), path);
		goto out;
	}
	if (check_file(fd, path, &e) == -1 ||
	    read_file(fd, path, &text, &e) == -1)
		goto out;
	c = conf_parse(buf_str(&text), text.len, path, errors);
	e.text[0] = '\0';
out:
	if (!c && e.text[0])
		buf_addf(errors, "%s\n", e.text);
	if (fd != -1)
		close(fd);
	buf_release(&text);
	return c;
}

void
conf_free(struct conf *c)
{
	if (!c)
		return;
	conf_release(c);
	free(c);
}
