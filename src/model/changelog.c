#include "model/changelog.h"

#include <ctype.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/text.h"
#include "model/environment.h"
#include "model/version.h"

#define UNRELEASED "Unreleased"
#define VERSIONS_MAX 2000
/* Bytes of what an error quotes. */
#define QUOTED_MAX 80

static const char *const categories[] = {
	"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security",
};

struct parser {
	const char *file;
	const char *text;
	size_t len;
	size_t line;		/* of the line at hand */
	char fence;		/* '`' or '~' within a block of code, or 0 */
	bool comment;		/* within <!-- --> */
	struct changelog c;
	struct err *e;
};

/* A line without its ending, and where the next begins. */
struct line {
	const char *s;
	size_t len;
	size_t start, next;
};

static struct line
line_at(const char *text, size_t len, size_t at)
{
	const char *end = memchr(text + at, '\n', len - at);
	size_t n = end ? (size_t)(end - text) - at : len - at;
	struct line l = {text + at, n, at, at + n + (end != NULL)};

	if (end && l.len && l.s[l.len - 1] == '\r')
		l.len--;
	return l;
}

static void
trim(const char **s, size_t *len)
{
	while (*len && (**s == ' ' || **s == '\t')) {
		(*s)++;
		(*len)--;
	}
	while (*len && ((*s)[*len - 1] == ' ' || (*s)[*len - 1] == '\t'))
		(*len)--;
}

static int
fault(struct parser *p, const struct line *l, const char *expected)
{
	char *shown = text_clean(l->s, l->len < QUOTED_MAX ? l->len :
	    QUOTED_MAX);

	err_set(p->e, "%s:%zu: found \"%s\", expected %s", p->file, p->line,
	    shown, expected);
	free(shown);
	return -1;
}

/* --- releasing ------------------------------------------------------------ */

static void
version_release(struct changelog_version *v)
{
	size_t i, j;

	for (i = 0; i < v->category_count; i++) {
		for (j = 0; j < v->categories[i].item_count; j++)
			free(v->categories[i].items[j]);
		free(v->categories[i].items);
		free(v->categories[i].name);
	}
	free(v->categories);
	free(v->name);
	free(v->date);
	free(v->link);
}

void
changelog_release(struct changelog *c)
{
	size_t i;

	for (i = 0; i < c->version_count; i++)
		version_release(&c->versions[i]);
	free(c->versions);
	for (i = 0; i < c->link_count; i++)
		free(c->links[i].label);
	free(c->links);
	*c = (struct changelog){.versions = NULL};
}

/* --- the heading of a version --------------------------------------------- */

bool
changelog_is_date(const char *s, size_t len)
{
	static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30,
				   31};
	int year, month, day, i;

	if (len != 10 || s[4] != '-' || s[7] != '-')
		return false;
	for (i = 0; i < 10; i++)
		if (i != 4 && i != 7 && !isdigit((unsigned char)s[i]))
			return false;
	year = (s[0] - '0') * 1000 + (s[1] - '0') * 100 + (s[2] - '0') * 10 +
	    s[3] - '0';
	month = (s[5] - '0') * 10 + s[6] - '0';
	day = (s[8] - '0') * 10 + s[9] - '0';
	if (month < 1 || month > 12 || day < 1 || day > days[month - 1])
		return false;
	return month != 2 || day < 29 || (year % 4 == 0 &&
	    (year % 100 != 0 || year % 400 == 0));
}

/* "[1.2.3]", "[1.2.3](https://…)" or "1.2.3" at *s; its name, or NULL. */
static char *
take_name(const char **s, size_t *len)
{
	bool bracket = *len && **s == '[';
	const char *begin = *s + bracket, *end;
	char *name;
	size_t used;

	if (bracket)
		end = memchr(*s, ']', *len);
	else
		end = memchr(*s, ' ', *len);
	if (!end && bracket)
		return NULL;
	if (!end)
		end = *s + *len;
	name = xstrndup(begin, end - begin);
	used = end - *s + bracket;
	if (bracket && used < *len && (*s)[used] == '(') {
		end = memchr(*s + used, ')', *len - used);
		if (end)
			used = end - *s + 1;
	}
	*s += used;
	*len -= used;
	trim(s, len);
	return name;
}

static bool
ends_yanked(const char **s, size_t *len)
{
	static const char word[] = "[YANKED]";
	size_t n = sizeof(word) - 1;

	if (*len < n || strncasecmp(*s + *len - n, word, n) != 0)
		return false;
	*len -= n;
	trim(s, len);
	return true;
}

static bool
has_version(const struct changelog *c, const char *name)
{
	return changelog_find(c, name) != NULL;
}

/* After "## ". */
static int
read_version(struct parser *p, const struct line *l)
{
	static const char form[] = "\"## [Unreleased]\" or \"## [1.2.3] - "
	    "2026-06-15\"";
	const char *s = l->s + 2;
	size_t len = l->len - 2;
	struct changelog_version v = {.line = p->line, .start = l->start,
				      .body = l->next};
	struct semver parsed;

	trim(&s, &len);
	v.name = take_name(&s, &len);
	if (!v.name)
		return fault(p, l, form);
	v.unreleased = strcasecmp(v.name, UNRELEASED) == 0;
	v.yanked = ends_yanked(&s, &len);
	if (v.unreleased ? len || v.yanked :
	    semver_parse(v.name, &parsed) == -1 || len < 2 || *s != '-') {
		free(v.name);
		return fault(p, l, form);
	}
	if (!v.unreleased) {
		s++;
		len--;
		trim(&s, &len);
		if (!changelog_is_date(s, len)) {
			free(v.name);
			return fault(p, l, "a date as 2026-06-15");
		}
		v.date = xstrndup(s, len);
	}
	if (has_version(&p->c, v.name) ||
	    (v.unreleased && p->c.version_count) ||
	    p->c.version_count >= VERSIONS_MAX) {
		free(v.name);
		free(v.date);
		return fault(p, l, v.unreleased ? "Unreleased once, before all "
		    "versions" : "each version once");
	}
	p->c.versions = array_grown(p->c.versions, p->c.version_count,
	    sizeof(v));
	p->c.versions[p->c.version_count++] = v;
	return 0;
}

/* --- what is below it ----------------------------------------------------- */

static struct changelog_version *
last_version(struct parser *p)
{
	return p->c.version_count ? &p->c.versions[p->c.version_count - 1] :
	    NULL;
}

/* After "### ". */
static int
read_category(struct parser *p, const struct line *l)
{
	struct changelog_version *v = last_version(p);
	const char *s = l->s + 3;
	size_t len = l->len - 3, i;

	if (!v)
		return fault(p, l, "a version above it");
	trim(&s, &len);
	for (i = 0; i < sizeof(categories) / sizeof(categories[0]); i++)
		if (strlen(categories[i]) == len &&
		    memcmp(categories[i], s, len) == 0)
			break;
	if (i == sizeof(categories) / sizeof(categories[0]))
		return fault(p, l, "Added, Changed, Deprecated, Removed, "
		    "Fixed or Security");
	v->categories = array_grown(v->categories, v->category_count,
	    sizeof(*v->categories));
	v->categories[v->category_count++] = (struct changelog_category){
		.name = xstrdup(categories[i])};
	return 0;
}

/* "- text" begins an item; an indented line goes on with it. */
static void
read_item(struct parser *p, const struct line *l)
{
	struct changelog_version *v = last_version(p);
	struct changelog_category *c;
	const char *s = l->s;
	size_t len = l->len;
	char *clean, *joined;

	if (!v || !v->category_count || !len)
		return;
	c = &v->categories[v->category_count - 1];
	if (len >= 2 && strchr("-*+", s[0]) && s[1] == ' ') {
		s += 2;
		len -= 2;
		trim(&s, &len);
		c->items = array_grown(c->items, c->item_count,
		    sizeof(*c->items));
		c->items[c->item_count++] = text_clean(s, len);
		return;
	}
	trim(&s, &len);
	if (!c->item_count || !len || (*l->s != ' ' && *l->s != '\t'))
		return;
	clean = text_clean(s, len);
	joined = xasprintf("%s %s", c->items[c->item_count - 1], clean);
	free(clean);
	free(c->items[c->item_count - 1]);
	c->items[c->item_count - 1] = joined;
}

/* "[label]: target" */
static bool
is_link(const struct line *l, const char **label_end, const char **url)
{
	const char *end = l->len && l->s[0] == '[' ?
	    memchr(l->s, ']', l->len) : NULL;
	size_t at;

	if (!end || end == l->s + 1 || end + 1 >= l->s + l->len ||
	    end[1] != ':')
		return false;
	for (at = end - l->s + 2; at < l->len && l->s[at] == ' '; at++)
		;
	*label_end = end;
	*url = l->s + at;
	return at < l->len;
}

static bool
read_link(struct parser *p, const struct line *l)
{
	const char *label_end, *url;
	struct changelog_link *k;

	if (!is_link(l, &label_end, &url))
		return false;
	p->c.links = array_grown(p->c.links, p->c.link_count, sizeof(*k));
	k = &p->c.links[p->c.link_count++];
	*k = (struct changelog_link){
		.label = xstrndup(l->s + 1, label_end - l->s - 1),
		.line = p->line, .start = l->start,
		.url = l->start + (url - l->s), .end = l->start + l->len,
	};
	return true;
}

/* Whether the line belongs to a block of code or a comment, whose headings are
 * none. */
static bool
is_hidden(struct parser *p, const struct line *l)
{
	size_t n = 0, i = 0;
	char c;

	if (p->comment) {
		p->comment = !memmem(l->s, l->len, "-->", 3);
		return true;
	}
	while (i < l->len && l->s[i] == ' ')
		i++;
	if (i < 4 && i < l->len && (l->s[i] == '`' || l->s[i] == '~')) {
		c = l->s[i];
		while (i + n < l->len && l->s[i + n] == c)
			n++;
		if (n >= 3 && (!p->fence || p->fence == c)) {
			p->fence = p->fence ? 0 : c;
			return true;
		}
	}
	if (p->fence)
		return true;
	if (l->len >= 4 && memcmp(l->s, "<!--", 4) == 0) {
		p->comment = !memmem(l->s + 4, l->len - 4, "-->", 3);
		return true;
	}
	return false;
}

static int
read_line(struct parser *p, const struct line *l)
{
	size_t level = 0;

	if (is_hidden(p, l))
		return 0;
	while (level < l->len && l->s[level] == '#')
		level++;
	if (level && level < l->len && l->s[level] == ' ') {
		if (level == 2)
			return read_version(p, l);
		if (level == 3)
			return read_category(p, l);
		if (level == 1 && last_version(p))
			return fault(p, l, "no title below a version");
		return 0;
	}
	if (!read_link(p, l))
		read_item(p, l);
	return 0;
}

/* Where each version ends, and its link. */
static void
finish(struct parser *p)
{
	struct changelog *c = &p->c;
	size_t i, j;

	for (i = 0; i < c->version_count; i++) {
		struct changelog_version *v = &c->versions[i];

		v->end = i + 1 < c->version_count ? c->versions[i + 1].start :
		    p->len;
		for (j = 0; j < c->link_count; j++)
			if (!v->link &&
			    strcasecmp(c->links[j].label, v->name) == 0)
				v->link = text_clean(p->text + c->links[j].url,
				    c->links[j].end - c->links[j].url);
	}
}

int
changelog_parse(const char *file, const char *text, size_t len,
    struct changelog *out, struct err *e)
{
	struct parser p = {.file = file, .text = text, .len = len, .e = e};
	size_t at = len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

	while (at < len) {
		struct line l = line_at(text, len, at);

		p.line++;
		if (memchr(l.s, '\0', l.len)) {
			fault(&p, &l, "a text, not a byte that is zero");
			goto fail;
		}
		if (read_line(&p, &l) == -1)
			goto fail;
		at = l.next;
	}
	if (p.c.version_count == 0) {
		err_set(e, "%s:%zu: the file ends without a version, expected "
		    "\"## [Unreleased]\" or \"## [1.2.3] - 2026-06-15\"",
		    file, p.line ? p.line : 1);
		goto fail;
	}
	finish(&p);
	*out = p.c;
	return 0;
fail:
	changelog_release(&p.c);
	return -1;
}

/* --- asking ---------------------------------------------------------------- */

const struct changelog_version *
changelog_find(const struct changelog *c, const char *version)
{
	struct semver wanted, found;
	bool unreleased = strcasecmp(version, UNRELEASED) == 0;
	size_t i;

	if (!unreleased && semver_parse(version, &wanted) == -1)
		return NULL;
	for (i = 0; i < c->version_count; i++) {
		if (unreleased ? c->versions[i].unreleased :
		    semver_parse(c->versions[i].name, &found) == 0 &&
		    semver_compare(&wanted, &found) == 0)
			return &c->versions[i];
	}
	return NULL;
}

char *
changelog_notes(const struct changelog_version *v, const char *text)
{
	struct buf b = BUF_INIT(CHANGELOG_BYTES_MAX);
	size_t at, blank = 0;

	for (at = v->body; at < v->end;) {
		struct line l = line_at(text, v->end, at);
		const char *label_end, *url;
		char *clean;

		at = l.next;
		if (is_link(&l, &label_end, &url))
			continue;
		clean = text_clean(l.s, l.len);
		if (clean[strspn(clean, " ")] == '\0') {
			blank++;
		} else {
			/* One blank line is as good as several. */
			if (b.len)
				buf_adds(&b, blank ? "\n\n" : "\n");
			buf_adds(&b, clean);
			blank = 0;
		}
		free(clean);
	}
	return buf_detach(&b);
}
