/* Moving Unreleased to a version: the edits, their result, and as a diff. */
#include "model/changelog.h"

#include <strings.h>

#include "base/alloc.h"
#include "model/version.h"

#define EDIT_BYTES_MAX (64 * 1024)
#define CONTEXT 3

/* The ending of the line that holds `at`: what a new line beside it gets. */
static const char *
line_ending(const char *text, size_t len, size_t at)
{
	const char *end = memchr(text + at, '\n', len - at);

	if (!end)
		end = memchr(text, '\n', len);
	return end && end > text && end[-1] == '\r' ? "\r\n" : "\n";
}

static const struct changelog_version *
newest_version(const struct changelog *c)
{
	const struct changelog_version *newest = NULL;
	size_t i;

	for (i = 0; i < c->version_count; i++)
		if (!c->versions[i].unreleased && (!newest ||
		    version_compare(c->versions[i].name, newest->name) > 0))
			newest = &c->versions[i];
	return newest;
}

static int
check(const char *file, const struct changelog *c, const char *version,
    struct err *e)
{
	const struct changelog_version *u = &c->versions[0];
	const struct changelog_version *found = changelog_find(c, version);
	size_t i, items = 0;

	if (!u->unreleased)
		return err_set(e, "%s:%zu: found version %s, expected \"## "
		    "[Unreleased]\" before it", file, u->line, u->name);
	if (found)
		return err_set(e, "%s:%zu: version %s is there already", file,
		    found->line, found->name);
	found = newest_version(c);
	if (found && version_compare(version, found->name) < 0)
		return err_set(e, "%s:%zu: version %s is later than %s", file,
		    found->line, found->name, version);
	for (i = 0; i < u->category_count; i++)
		items += u->categories[i].item_count;
	if (!items)
		return err_set(e, "%s:%zu: nothing is listed under Unreleased",
		    file, u->line);
	return 0;
}

/* The heading is written as the newest version's is: in brackets, with "v". */
static int
edit_heading(struct changelog_edit *edit, const struct changelog *c,
    const char *file, const char *text, size_t len, const char *name,
    const char *date, struct err *e)
{
	const struct changelog_version *u = &c->versions[0];
	const struct changelog_version *like = newest_version(c);
	const char *ending = line_ending(text, len, u->start);
	bool bracket = memchr(text + (like ? like : u)->start, '[',
	    (like ? like : u)->body - (like ? like : u)->start) != NULL;
	bool v = like && like->name[0] == 'v';

	edit->at = u->body;
	edit->len = 0;
	return buf_addf(&edit->bytes, "%s## %s%s%s%s - %s%s", ending,
	    bracket ? "[" : "", v ? "v" : "", name, bracket ? "]" : "", date,
	    ending) == 0 ? 0 :
	    err_set(e, "%s:%zu: the line is too long", file, u->line);
}

static const struct changelog_link *
unreleased_link(const struct changelog *c)
{
	size_t i;

	for (i = 0; i < c->link_count; i++)
		if (strcasecmp(c->links[i].label, "Unreleased") == 0)
			return &c->links[i];
	return NULL;
}

/* "[unreleased]: …/compare/v1.3.0...HEAD" becomes two lines: from the new
 * version on, and the new version's own. */
static int
edit_links(struct changelog_edit *edit, const struct changelog_link *k,
    const struct changelog *c, const char *file, const char *text, size_t len,
    const char *name, struct err *e)
{
	const struct changelog_version *like = newest_version(c);
	const char *ending = line_ending(text, len, k->start);
	const char *url = text + k->url, *end = text + k->end;
	const char *dots = memmem(url, end - url, "...", 3);
	const char *slash = dots ? memrchr(url, '/', dots - url) : NULL;
	const char *from = slash ? slash + 1 : NULL;
	bool v = from && *from == 'v', heading_v = like && like->name[0] == 'v';

	if (!from || from == dots)
		return err_set(e, "%s:%zu: found a link of Unreleased that "
		    "compares nothing, expected …/compare/v1.2.3...HEAD",
		    file, k->line);
	edit->at = from - text;
	edit->len = k->end - edit->at;
	buf_addf(&edit->bytes, "%s%s", v ? "v" : "", name);
	buf_add(&edit->bytes, dots, end - dots);
	buf_addf(&edit->bytes, "%s[%s%s]:", ending, heading_v ? "v" : "",
	    name);
	/* The spaces as on the line above. */
	buf_add(&edit->bytes, text + k->start + strlen(k->label) + 3,
	    k->url - k->start - strlen(k->label) - 3);
	buf_add(&edit->bytes, url, from - url);
	buf_add(&edit->bytes, from, dots - from);
	buf_addf(&edit->bytes, "...%s%s", v ? "v" : "", name);
	return edit->bytes.over ? err_set(e, "%s:%zu: the line is too long",
	    file, k->line) : 0;
}

int
changelog_cut(const char *file, const char *text, size_t len,
    const char *version, const char *date, struct changelog_cut *out,
    struct err *e)
{
	const char *name = version + (*version == 'v');
	struct changelog_cut made = {.edits = {
	    {.bytes = BUF_INIT(EDIT_BYTES_MAX)},
	    {.bytes = BUF_INIT(EDIT_BYTES_MAX)}}};
	const struct changelog_link *link;
	struct changelog c = {.versions = NULL};
	struct semver parsed;
	int result = -1;

	if (semver_parse(version, &parsed) == -1 || parsed.rollback)
		return err_set(e, "%s is no version to release, expected one "
		    "such as 1.2.3", version);
	if (!changelog_is_date(date, strlen(date)))
		return err_set(e, "%s is no date, expected one such as "
		    "2026-06-15", date);
	if (changelog_parse(file, text, len, &c, e) == -1)
		return -1;
	if (check(file, &c, version, e) == -1 ||
	    edit_heading(&made.edits[0], &c, file, text, len, name, date,
	    e) == -1)
		goto out;
	made.edit_count = 1;
	link = unreleased_link(&c);
	if (link && link->start < made.edits[0].at) {
		err_set(e, "%s:%zu: found the link of Unreleased above its "
		    "heading, expected it below the versions", file,
		    link->line);
		goto out;
	}
	if (link && edit_links(&made.edits[made.edit_count++], link, &c, file,
	    text, len, name, e) == -1)
		goto out;
	*out = made;
	made.edit_count = 0;
	made.edits[0].bytes.data = made.edits[1].bytes.data = NULL;
	result = 0;
out:
	changelog_cut_release(&made);
	changelog_release(&c);
	return result;
}

void
changelog_cut_release(struct changelog_cut *c)
{
	buf_release(&c->edits[0].bytes);
	buf_release(&c->edits[1].bytes);
	c->edit_count = 0;
}

int
changelog_cut_apply(const struct changelog_cut *c, const char *text,
    size_t len, struct buf *out)
{
	size_t i, at = 0;

	for (i = 0; i < c->edit_count; i++) {
		const struct changelog_edit *edit = &c->edits[i];

		buf_add(out, text + at, edit->at - at);
		buf_add(out, buf_str(&edit->bytes), edit->bytes.len);
		at = edit->at + edit->len;
	}
	buf_add(out, text + at, len - at);
	return out->over ? -1 : 0;
}

/* --- as a diff -------------------------------------------------------------- */

/* An edit in whole lines: lines [first, first + removed) of the old file make
 * way for the lines of `bytes`. */
struct change {
	size_t first, removed, added;
	struct buf bytes;
};

static size_t
count_lines(const char *s, size_t len)
{
	size_t n = 0, at;

	for (at = 0; at < len; n++) {
		const char *end = memchr(s + at, '\n', len - at);

		at = end ? (size_t)(end - s) + 1 : len;
	}
	return n;
}

static size_t
line_start(const char *text, size_t at)
{
	while (at && text[at - 1] != '\n')
		at--;
	return at;
}

static void
change_make(struct change *m, const struct changelog_edit *edit,
    const char *text, size_t len)
{
	size_t start = line_start(text, edit->at);
	size_t end = edit->at + edit->len;
	const char *ending;

	*m = (struct change){.bytes = BUF_INIT(2 * EDIT_BYTES_MAX)};
	m->first = count_lines(text, start);
	/* An insertion between two lines touches neither. */
	if (start == edit->at && !edit->len) {
		buf_add(&m->bytes, buf_str(&edit->bytes), edit->bytes.len);
	} else {
		ending = memchr(text + end, '\n', len - end);
		end = ending ? (size_t)(ending - text) + 1 : len;
		m->removed = count_lines(text + start, end - start);
		buf_add(&m->bytes, text + start, edit->at - start);
		buf_add(&m->bytes, buf_str(&edit->bytes), edit->bytes.len);
		buf_add(&m->bytes, text + edit->at + edit->len,
		    end - edit->at - edit->len);
	}
	m->added = count_lines(buf_str(&m->bytes), m->bytes.len);
}

static void
add_lines(struct buf *out, char mark, const char *s, size_t len)
{
	size_t at = 0;

	while (at < len) {
		const char *end = memchr(s + at, '\n', len - at);
		size_t n = end ? (size_t)(end - s) + 1 - at : len - at;

		buf_addc(out, mark);
		buf_add(out, s + at, n);
		if (!end)
			buf_adds(out, "\n\\ No newline at end of file\n");
		at += n;
	}
}

/* Bytes where line number n (from 0) begins; the length beyond the last. */
static size_t
nth_line(const char *text, size_t len, size_t n)
{
	size_t at = 0;

	for (; n && at < len; n--) {
		const char *end = memchr(text + at, '\n', len - at);

		at = end ? (size_t)(end - text) + 1 : len;
	}
	return at;
}

static void
add_hunk(struct buf *out, const struct change *changes, size_t count,
    const char *text, size_t len, size_t lines, long moved)
{
	const struct change *last = &changes[count - 1];
	size_t from = changes[0].first > CONTEXT ? changes[0].first - CONTEXT :
	    0;
	size_t to = last->first + last->removed + CONTEXT, i, at, grown = 0;
	size_t shrunk = 0;

	if (to > lines)
		to = lines;
	for (i = 0; i < count; i++) {
		grown += changes[i].added;
		shrunk += changes[i].removed;
	}
	buf_addf(out, "@@ -%zu,%zu +%ld,%zu @@\n", from + 1, to - from,
	    (long)from + 1 + moved, to - from + grown - shrunk);
	for (at = from, i = 0; i < count; i++) {
		const struct change *m = &changes[i];
		size_t a = nth_line(text, len, at);
		size_t b = nth_line(text, len, m->first);
		size_t c = nth_line(text, len, m->first + m->removed);

		add_lines(out, ' ', text + a, b - a);
		add_lines(out, '-', text + b, c - b);
		add_lines(out, '+', buf_str(&m->bytes), m->bytes.len);
		at = m->first + m->removed;
	}
	add_lines(out, ' ', text + nth_line(text, len, at),
	    nth_line(text, len, to) - nth_line(text, len, at));
}

int
changelog_cut_diff(const struct changelog_cut *c, const char *file,
    const char *text, size_t len, struct buf *out)
{
	struct change changes[2];
	size_t i, lines = count_lines(text, len);

	for (i = 0; i < c->edit_count; i++)
		change_make(&changes[i], &c->edits[i], text, len);
	buf_addf(out, "--- %s\n+++ %s\n", file, file);
	if (c->edit_count == 2 && changes[1].first <= changes[0].first +
	    changes[0].removed + 2 * CONTEXT) {
		add_hunk(out, changes, 2, text, len, lines, 0);
	} else {
		add_hunk(out, changes, 1, text, len, lines, 0);
		if (c->edit_count == 2)
			add_hunk(out, changes + 1, 1, text, len, lines,
			    (long)changes[0].added - (long)changes[0].removed);
	}
	for (i = 0; i < c->edit_count; i++)
		buf_release(&changes[i].bytes);
	return out->over ? -1 : 0;
}
