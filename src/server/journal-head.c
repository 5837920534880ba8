#include "server/journal-head.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"

/* Number, space, hash, line feed; always as long, so that writing it in place
 * needs no room on a full disk. */
#define SEQ_DIGITS 19
#define LINE_LEN (SEQ_DIGITS + 1 + 64 + 1)

int
journal_head_open(struct journal_head *h, const char *path, struct err *e)
{
	h->path = xasprintf("%s-head", path);
	h->fd = open(h->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
	    0600);
	if (h->fd != -1)
		return 0;
	err_errno(e, "cannot open %s", h->path);
	free(h->path);
	h->path = NULL;
	return -1;
}

void
journal_head_close(struct journal_head *h)
{
	if (h->path)
		close(h->fd);
	free(h->path);
	h->path = NULL;
}

void
journal_head_read(const struct journal_head *h, int64_t *seq,
    char hash[JOURNAL_HASH_MAX])
{
	char line[LINE_LEN + 1] = "";

	*seq = 0;
	hash[0] = '\0';
	if (pread(h->fd, line, LINE_LEN, 0) != LINE_LEN ||
	    line[SEQ_DIGITS] != ' ' || line[LINE_LEN - 1] != '\n')
		return;
	line[SEQ_DIGITS] = line[LINE_LEN - 1] = '\0';
	if (text_int(line, 1, INT64_MAX, seq) == -1)
		*seq = 0;
	else
		memcpy(hash, line + SEQ_DIGITS + 1, JOURNAL_HASH_MAX);
}

int
journal_head_write(const struct journal_head *h, int64_t seq,
    const char *hash, struct err *e)
{
	char line[LINE_LEN + 1];

	snprintf(line, sizeof(line), "%0*lld %.64s\n", SEQ_DIGITS,
	    (long long)seq, hash);
	if (pwrite(h->fd, line, LINE_LEN, 0) == LINE_LEN &&
	    fdatasync(h->fd) == 0)
		return 0;
	return err_errno(e, "cannot write %s", h->path);
}
