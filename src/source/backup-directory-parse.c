#include "source/backup-directory-parse.h"

#include "base/alloc.h"
#include "base/text.h"

/* How the script fails. */
static const struct {
	int status;
	const char *text;
} failures[] = {
	{3, "there is no such directory, or those above it are closed to this "
	    "user"},
	{4, "this is no directory"},
	{5, "this user may not read the directory"},
	{6, "the host has no find, or no stat that knows -c"},
	{7, "find did not get through the directory"},
};

/* stat fails for a file that has just gone: find tells with 1. */
static const char script[] =
    "[ -e \"$d\" ] || exit 3\n"
    "[ -d \"$d\" ] || exit 4\n"
    "[ -r \"$d\" ] && [ -x \"$d\" ] && cd \"$d\" || exit 5\n"
    "find . -prune >/dev/null 2>&1 && stat -c %Y . >/dev/null 2>&1 || exit 6\n"
    "find . ! -name . -prune -type f -exec stat -c '%s %Y %n/' {} + "
    "2>/dev/null\n"
    "[ $? -le 1 ] || exit 7\n";

void
backup_directory_script(struct buf *b, const char *directory)
{
	/* The shell goes on to live: what is set stays in here. */
	buf_adds(b, "(\nd=");
	text_shell_quote(b, directory);
	buf_addf(b, "\n%s)\n", script);
}

const char *
backup_directory_failure(int status)
{
	size_t i;

	if (status == 0)
		return NULL;
	for (i = 0; i < sizeof(failures) / sizeof(failures[0]); i++)
		if (failures[i].status == status)
			return failures[i].text;
	return "the directory could not be listed";
}

/* --- records -------------------------------------------------------------- */

struct record {
	int64_t bytes, modified;
	char *name;
};

/* A whole number at *s and the space after it; moves *s past them. */
static int
take_number(const char **s, const char *end, int64_t *out)
{
	const char *space = memchr(*s, ' ', end - *s);
	char text[24];

	if (!space || space - *s >= (ptrdiff_t)sizeof(text))
		return -1;
	memcpy(text, *s, space - *s);
	text[space - *s] = '\0';
	*s = space + 1;
	/* Times before 1970, and none so late that milliseconds overflow. */
	return text_int(text, -(INT64_C(1) << 40), INT64_C(1) << 53, out);
}

/* The record at *s, which is moved past it. */
static int
take_record(const char **s, const char *end, struct record *r)
{
	const char *stop;

	if (take_number(s, end, &r->bytes) == -1 ||
	    take_number(s, end, &r->modified) == -1 ||
	    r->modified > INT64_C(1) << 43 ||
	    end - *s < 2 || memcmp(*s, "./", 2) != 0)
		return -1;
	*s += 2;
	stop = memchr(*s, '/', end - *s);
	if (!stop || stop == *s || memchr(*s, '\0', stop - *s) ||
	    stop + 1 == end || stop[1] != '\n')
		return -1;
	r->name = xstrndup(*s, stop - *s);
	*s = stop + 2;
	return 0;
}

int
backup_directory_parse(const char *text, size_t len, const char *pattern,
    struct listing *l, struct err *e)
{
	const char *s = text, *end = text + len;
	struct record r;
	int rc = 0;

	while (s < end && rc == 0) {
		size_t at = s - text;

		rc = take_record(&s, end, &r);
		if (rc == -1) {
			err_set(e, "what stat says is not understood (byte "
			    "%zu)", at);
			break;
		}
		listing_offer(l, &(struct listed){.raw = r.name,
		    .taken_at = backup_taken_at(r.name, r.modified * 1000),
		    .bytes = r.bytes}, pattern);
		free(r.name);
	}
	return rc;
}
