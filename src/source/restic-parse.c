#include "source/restic-parse.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"

/* --- snapshots ------------------------------------------------------------ */

/* Where the array begins: on a line of its own, after what an older restic may
 * say of its cache. */
static const char *
array_start(const char *text, size_t len)
{
	const char *end = text + len, *s = text;

	while (s < end) {
		if (*s == '[' || (end - s >= 4 && !memcmp(s, "null", 4)))
			return s;
		s = memchr(s, '\n', end - s);
		if (!s)
			break;
		s++;
	}
	return NULL;
}

static int
add_snapshot(const struct json *v, struct listing *l, struct err *e)
{
	const char *id = json_text(json_get(v, "id"), "");
	int64_t bytes = json_int(json_path(v,
	    "summary.total_bytes_processed"), -1);
	int64_t at = json_time(json_get(v, "time"));
	char *name;

	if (strlen(id) < 8 || strspn(id, "0123456789abcdef") != strlen(id))
		return err_set(e, "restic's answer has a snapshot without an "
		    "id");
	if (at == TIME_UNKNOWN)
		return err_set(e, "restic's answer has a snapshot without a "
		    "time");
	/* As restic shows it. */
	name = xstrndup(id, 8);
	listing_add(l, &(struct listed){.name = name, .raw = (char *)id,
	    .taken_at = at, .bytes = bytes < 0 ? -1 : bytes});
	free(name);
	return 0;
}

int
restic_snapshots_parse(const char *text, size_t len, struct listing *l,
    struct err *e)
{
	const char *start = array_start(text, len);
	const struct json *v;
	struct json *all;
	int rc = 0;

	if (!start)
		return err_set(e, "restic's answer has no snapshots in it");
	all = json_parse(start, len - (start - text), e);
	if (!all)
		return err_prefix(e, "restic's answer");
	if (!json_is_array(all) && !json_is_null(all))
		rc = err_set(e, "restic's answer has no snapshots in it");
	for (v = json_first(all); v && rc == 0; v = json_next(v))
		rc = add_snapshot(v, l, e);
	json_free(all);
	return rc;
}

/* --- failures ------------------------------------------------------------- */

/* By status (restic 0.17 and later), or by what older ones say. */
static const struct {
	int status;		/* 0: any */
	const char *said;	/* NULL: whatever */
	const char *text;
} failures[] = {
	{0, "dial tcp", "the repository cannot be reached"},
	{0, "subprocess ssh", "the repository cannot be reached"},
	{12, NULL, "the password is wrong"},
	{0, "wrong password", "the password is wrong"},
	{0, "an empty password", "the password is empty"},
	{11, NULL, "the repository is locked"},
	{0, "already locked", "the repository is locked"},
	{10, NULL, "there is no repository there"},
	{0, "Is there a repository", "there is no repository there"},
	{0, "permission denied", "this user may not read the repository"},
	{0, "unknown flag", "this restic is too old"},
	{130, NULL, "restic was interrupted"},
};

/* JSON since restic 0.17; NULL when it is not. The caller frees it. */
static char *
json_message(const char *text)
{
	struct json *v = *text == '{' ?
	    json_parse(text, strcspn(text, "\n"), NULL) : NULL;
	char *message = xstrdup_or_null(json_text(json_get(v, "message"),
	    NULL));

	json_free(v);
	return message;
}

/* The line that says why: the last one with "Fatal: ", else the first. Cleaned;
 * the caller frees it. */
static char *
complaint(const char *text)
{
	const char *fatal = "Fatal: ", *s, *at;
	char *message = json_message(text), *clean, *shown;

	s = at = message ? message : text;
	while ((at = strstr(at, fatal)))
		s = at += strlen(fatal);
	clean = text_clean(s, strcspn(s, "\n"));
	shown = restic_without_secrets(clean);
	free(clean);
	free(message);
	return shown;
}

void
restic_failure(int status, const char *text, size_t len, struct err *e)
{
	char *copy = xstrndup(text, len), *said = complaint(copy);
	const char *why = NULL;
	size_t i;

	for (i = 0; !why && i < sizeof(failures) / sizeof(failures[0]); i++)
		if ((!failures[i].status || failures[i].status == status) &&
		    (!failures[i].said || text_contains(copy,
		    failures[i].said)))
			why = failures[i].text;
	if (why && *said)
		err_set(e, "%s (restic: %s)", why, said);
	else if (why)
		err_set(e, "%s", why);
	else if (*said)
		err_set(e, "restic has failed (%d): %s", status, said);
	else
		err_set(e, "restic has failed (%d) and does not say why",
		    status);
	free(said);
	free(copy);
}

/* --- secrets -------------------------------------------------------------- */

/* The "@" that ends a user's part after "://"; NULL when there is none. */
static const char *
user_end(const char *authority)
{
	const char *at = NULL;
	size_t i;

	for (i = 0; authority[i] && !strchr("/?# \t\n\"'", authority[i]); i++)
		if (authority[i] == '@')
			at = authority + i;
	return at;
}

bool
restic_has_secret(const char *repository)
{
	const char *s = strstr(repository, "://");

	return s && user_end(s + 3);
}

char *
restic_without_secrets(const char *text)
{
	struct buf b = BUF_INIT(1 << 20);
	const char *s, *at;

	while ((s = strstr(text, "://"))) {
		s += 3;
		buf_add(&b, text, s - text);
		at = user_end(s);
		text = at ? at + 1 : s;
	}
	buf_adds(&b, text);
	return buf_detach(&b);
}
