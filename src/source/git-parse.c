#include "source/git-parse.h"

#include "base/alloc.h"
#include "base/text.h"
#include "model/release.h"

#define TEXT_MAX 512
/* More tags than are shown: the newest versions are chosen among them. */
#define TAGS_MAX 20000

/* One member up to its NUL; moves *s behind it. */
struct member {
	const char *s;
	size_t len;
};

static int
take_member(const char **s, const char *end, struct member *out)
{
	const char *nul = memchr(*s, '\0', end - *s);

	if (!nul)
		return -1;
	*out = (struct member){*s, nul - *s};
	*s = nul + 1;
	return 0;
}

static char *
cleaned(const struct member *m)
{
	return text_clean(m->s, m->len < TEXT_MAX ? m->len : TEXT_MAX);
}

static char *
cleaned_or_null(const struct member *m)
{
	return m->len ? cleaned(m) : NULL;
}

/* Seconds since 1970 as git prints them. */
static int64_t
time_of(const struct member *m)
{
	char digits[16];
	int64_t seconds;

	if (!m->len || m->len >= sizeof(digits))
		return TIME_UNKNOWN;
	memcpy(digits, m->s, m->len);
	digits[m->len] = '\0';
	if (text_int(digits, 0, INT64_C(253402300799), &seconds) == -1)
		return TIME_UNKNOWN;
	return seconds * 1000;
}

static bool
is_oid(const struct member *m)
{
	return m->len >= 40 && m->len <= 64 &&
	    strspn(m->s, "0123456789abcdef") >= m->len;
}

/* --- refs ------------------------------------------------------------------- */

enum { REF_NAME, REF_OBJECT, REF_TARGET, REF_TAGGER, REF_AUTHOR, REF_DATE,
       REF_SUBJECT, REF_MEMBERS };

void
git_refs_release(struct git_refs *r)
{
	size_t i;

	for (i = 0; i < r->tag_count; i++)
		release_release(&r->tags[i]);
	free(r->tags);
	free(r->branch_ref);
	free(r->head);
	*r = (struct git_refs){.head_date = TIME_UNKNOWN};
}

static void
take_tag(struct git_refs *r, const struct member *m)
{
	static const char prefix[] = "refs/tags/";
	size_t n = sizeof(prefix) - 1;
	bool annotated = is_oid(&m[REF_TARGET]);
	struct member name = {m[REF_NAME].s + n, m[REF_NAME].len - n};

	if (r->tag_count >= TAGS_MAX || !name.len)
		return;
	if ((r->tag_count & (r->tag_count - 1)) == 0)
		r->tags = xreallocarray(r->tags, r->tag_count ?
		    2 * r->tag_count : 1, sizeof(*r->tags));
	r->tags[r->tag_count++] = (struct release){
		.tag = cleaned(&name),
		.commit = cleaned(&m[annotated ? REF_TARGET : REF_OBJECT]),
		.date = time_of(&m[REF_DATE]),
		.author = cleaned_or_null(&m[annotated ? REF_TAGGER :
		    REF_AUTHOR]),
		.subject = cleaned_or_null(&m[REF_SUBJECT]),
		.annotated = annotated,
	};
}

static bool
member_is(const struct member *m, const char *text)
{
	return m->len == strlen(text) && memcmp(m->s, text, m->len) == 0;
}

static void
take_branch(struct git_refs *r, const struct member *m, const char *at_remote,
    const char *own)
{
	bool remote = member_is(&m[REF_NAME], at_remote);

	if (!remote && (r->branch_ref || !member_is(&m[REF_NAME], own)))
		return;
	free(r->branch_ref);
	free(r->head);
	r->branch_ref = xstrdup(remote ? at_remote : own);
	r->head = cleaned(&m[REF_OBJECT]);
	r->head_date = time_of(&m[REF_DATE]);
}

int
git_refs_parse(const char *text, size_t len, const char *remote,
    const char *branch, struct git_refs *out, struct err *e)
{
	struct git_refs r = {.head_date = TIME_UNKNOWN};
	char *at_remote = xasprintf("refs/remotes/%s/%s", remote, branch);
	char *own = xasprintf("refs/heads/%s", branch);
	const char *s = text, *end = text + len;
	struct member m[REF_MEMBERS];
	int i, result = -1;

	while (s < end) {
		for (i = 0; i < REF_MEMBERS; i++)
			if (take_member(&s, end, &m[i]) == -1)
				goto bad;
		if (s == end || *s++ != '\n' || !is_oid(&m[REF_OBJECT]))
			goto bad;
		if (m[REF_NAME].len > 10 &&
		    memcmp(m[REF_NAME].s, "refs/tags/", 10) == 0)
			take_tag(&r, m);
		else
			take_branch(&r, m, at_remote, own);
	}
	*out = r;
	result = 0;
	goto out;
bad:
	err_set(e, "git lists its refs in a form that is not known");
	git_refs_release(&r);
out:
	free(at_remote);
	free(own);
	return result;
}

/* --- commits ---------------------------------------------------------------- */

void
git_log_parse(const char *text, size_t len, struct git_commit **out,
    size_t *count)
{
	const char *s = text, *end = text + len;
	struct git_commit *list = NULL;
	struct member m[4];
	size_t n = 0;

	while (take_member(&s, end, &m[0]) == 0 &&
	    take_member(&s, end, &m[1]) == 0 &&
	    take_member(&s, end, &m[2]) == 0 &&
	    take_member(&s, end, &m[3]) == 0) {
		if (!is_oid(&m[0]))
			break;
		if ((n & (n - 1)) == 0)
			list = xreallocarray(list, n ? 2 * n : 1,
			    sizeof(*list));
		list[n++] = (struct git_commit){
			.commit = cleaned(&m[0]), .author = cleaned(&m[1]),
			.date = time_of(&m[2]), .subject = cleaned(&m[3]),
		};
	}
	*out = list;
	*count = n;
}

void
git_commits_free(struct git_commit *commits, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		free(commits[i].commit);
		free(commits[i].author);
		free(commits[i].subject);
	}
	free(commits);
}

/* --- what git complains of -------------------------------------------------- */

static bool
next_line(const char **s, const char *end, struct member *line)
{
	const char *stop;

	if (*s >= end)
		return false;
	stop = memchr(*s, '\n', end - *s);
	*line = (struct member){*s, (stop ? stop : end) - *s};
	*s = stop ? stop + 1 : end;
	return true;
}

/* " ! [rejected]  v1.2.0 -> v1.2.0  (would clobber existing tag)" */
static char *
moved_tag(const struct member *line)
{
	static const char arrow[] = " -> ";
	struct member name;
	const char *at;

	if (!memmem(line->s, line->len, "[rejected]", 10) ||
	    !memmem(line->s, line->len, "clobber existing tag", 20))
		return NULL;
	at = memmem(line->s, line->len, arrow, sizeof(arrow) - 1);
	if (!at)
		return NULL;
	name.s = at + sizeof(arrow) - 1;
	name.len = 0;
	while (name.s + name.len < line->s + line->len &&
	    name.s[name.len] != ' ')
		name.len++;
	return name.len ? cleaned(&name) : NULL;
}

char **
git_moved_parse(const char *text, size_t len)
{
	const char *s = text;
	char **tags = xcalloc(1, sizeof(*tags)), *tag;
	struct member line;
	size_t n = 0;

	while (n < RELEASES_MAX && next_line(&s, text + len, &line)) {
		tag = moved_tag(&line);
		if (!tag)
			continue;
		tags = xreallocarray(tags, n + 2, sizeof(*tags));
		tags[n++] = tag;
		tags[n] = NULL;
	}
	return tags;
}

void
git_moved_free(char **tags)
{
	size_t i;

	for (i = 0; tags && tags[i]; i++)
		free(tags[i]);
	free(tags);
}

static bool
line_begins(const struct member *line, const char *with)
{
	return line->len >= strlen(with) &&
	    memcmp(line->s, with, strlen(with)) == 0;
}

bool
git_gave_up(const char *text, size_t len)
{
	const char *s = text;
	struct member line;

	while (next_line(&s, text + len, &line))
		if (line_begins(&line, "fatal: "))
			return true;
	return false;
}

char *
git_complaint(const char *text, size_t len)
{
	static const char fatal[] = "fatal: ", error[] = "error: ";
	struct member line, best = {NULL, 0};
	const char *s = text;

	while (next_line(&s, text + len, &line)) {
		if (line_begins(&line, fatal)) {
			best = line;
			break;
		}
		if (line.len && (!best.s || (line_begins(&line, error) &&
		    !line_begins(&best, error))))
			best = line;
	}
	if (!best.s)
		return xstrdup("git says nothing");
	if (line_begins(&best, fatal) || line_begins(&best, error)) {
		best.s += sizeof(fatal) - 1;
		best.len -= sizeof(fatal) - 1;
	}
	return cleaned(&best);
}
