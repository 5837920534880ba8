#include "base/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"

int
files_make_directory(const char *path, mode_t mode, struct err *e)
{
	struct stat st;

	if (mkdir(path, mode) == 0 || (errno == EEXIST &&
	    stat(path, &st) == 0 && S_ISDIR(st.st_mode)))
		return 0;
	if (errno == ENOENT && files_make_parents(path, mode, e) == -1)
		return -1;
	if (mkdir(path, mode) == 0 || (errno == EEXIST &&
	    stat(path, &st) == 0 && S_ISDIR(st.st_mode)))
		return 0;
	return err_errno(e, "cannot make the directory %s", path);
}

int
files_make_parents(const char *path, mode_t mode, struct err *e)
{
	char *copy = xstrdup(path);
	const char *parent = dirname(copy);
	int result = strcmp(parent, path) == 0 ? 0 :
	    files_make_directory(parent, mode, e);

	free(copy);
	return result;
}

void
files_empty_directory(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir)))
		unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
}

int
files_read(const char *path, struct buf *b, struct err *e)
{
	char chunk[16384];
	int fd = open(path, O_RDONLY | O_CLOEXEC), result = -1;
	ssize_t n;

	if (fd == -1)
		return err_errno(e, "cannot read %s", path);
	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		if (buf_add(b, chunk, n) == -1) {
			err_set(e, "%s is larger than %zu bytes", path,
			    b->max);
			goto out;
		}
	if (n == -1) {
		err_errno(e, "cannot read %s", path);
		goto out;
	}
	result = 0;
out:
	close(fd);
	return result;
}

static int
write_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		data += n;
		len -= n;
	}
	return fsync(fd);
}

/* A rename is durable once its directory is. */
static void
sync_parent(const char *path)
{
	char *copy = xstrdup(path);
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd != -1) {
		fsync(fd);
		close(fd);
	}
	free(copy);
}

int
files_write(const char *path, const char *data, size_t len, mode_t mode,
    struct err *e)
{
	char *aside = xasprintf("%s.XXXXXX", path);
	int fd = mkostemp(aside, O_CLOEXEC), result = -1;

	if (fd == -1) {
		err_errno(e, "cannot write %s", aside);
		goto out;
	}
	if (fchmod(fd, mode) == -1 || write_all(fd, data, len) == -1 ||
	    rename(aside, path) == -1) {
		err_errno(e, "cannot write %s", path);
		unlink(aside);
		goto out;
	}
	sync_parent(path);
	result = 0;
out:
	if (fd != -1)
		close(fd);
	free(aside);
	return result;
}
