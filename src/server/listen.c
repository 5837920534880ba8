#include "server/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/files.h"

static int
take_lock(struct listener *l, struct err *e)
{
	l->lock_fd = open(l->lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (l->lock_fd == -1)
		return err_errno(e, "cannot open the lock %s", l->lock_path);
	if (flock(l->lock_fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno == EWOULDBLOCK) {
		err_set(e, "another server holds %s", l->lock_path);
		return 1;
	}
	return err_errno(e, "cannot lock %s", l->lock_path);
}

static int
bind_socket(struct listener *l, struct err *e)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};

	if (strlen(l->path) >= sizeof(sa.sun_path))
		return err_set(e, "the socket path %s is longer than %zu "
		    "bytes", l->path, sizeof(sa.sun_path) - 1);
	memcpy(sa.sun_path, l->path, strlen(l->path) + 1);
	l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (l->fd == -1)
		return err_errno(e, "cannot make a socket");
	/* We hold the lock: whoever left a socket here is gone. */
	unlink(l->path);
	if (bind(l->fd, (struct sockaddr *)&sa, sizeof(sa)) == -1)
		return err_errno(e, "cannot bind the socket %s", l->path);
	/* Anybody may knock; SO_PEERCRED and the configuration decide. */
	if (chmod(l->path, 0666) == -1 || listen(l->fd, 64) == -1)
		return err_errno(e, "cannot listen on %s", l->path);
	return 0;
}

int
listener_open(struct listener *l, const char *path, struct err *e)
{
	int result;

	*l = (struct listener){.fd = -1, .lock_fd = -1};
	l->path = xstrdup(path);
	l->lock_path = xasprintf("%s.lock", path);
	result = files_make_parents(path, geteuid() == 0 ? 0755 : 0700, e);
	if (result == 0)
		result = take_lock(l, e);
	if (result == 0)
		result = bind_socket(l, e);
	if (result != 0) {
		if (l->fd != -1)
			close(l->fd);
		l->fd = -1;
		listener_close(l);
	}
	return result;
}

void
listener_close(struct listener *l)
{
	/* The lock file stays: removing it would let two servers lock two
	 * files of the same name. */
	if (l->fd != -1) {
		unlink(l->path);
		close(l->fd);
	}
	if (l->lock_fd != -1)
		close(l->lock_fd);
	free(l->path);
	free(l->lock_path);
	*l = (struct listener){.fd = -1, .lock_fd = -1};
}

int
listener_accept(const struct listener *l)
{
	return accept4(l->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

int
peer_user(int fd, uid_t *uid, char **name)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);
	struct passwd pw, *found = NULL;
	char text[4096];

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == -1 ||
	    len != sizeof(cred))
		return -1;
	*uid = cred.uid;
	getpwuid_r(cred.uid, &pw, text, sizeof(text), &found);
	*name = found ? xstrdup(found->pw_name) : NULL;
	return 0;
}
