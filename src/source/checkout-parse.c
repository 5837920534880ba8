#include "source/checkout-parse.h"

#include "base/alloc.h"
#include "base/text.h"

#define NAME_MAX_BYTES 256

/* Two programs and no more: this runs on the watched host. Hooks and file
 * system monitors that the repository names are not run; the directory may
 * belong to another user (safe.directory); nothing is locked or written. */
void
checkout_script(struct buf *b, const char *directory)
{
	struct buf git = BUF_INIT(16 * 1024);

	buf_adds(&git, "git --no-optional-locks -c core.fsmonitor=false "
	    "-c core.hooksPath=/dev/null -c safe.directory=");
	text_shell_quote(&git, directory);
	buf_adds(&git, " -C ");
	text_shell_quote(&git, directory);
	buf_addf(b, "%s status --porcelain=v2 --branch --untracked-files=no "
	    "2>&1 | head -n 12\n", buf_str(&git));
	buf_addf(b, "%s tag --points-at HEAD 2>/dev/null | head -n 200 | "
	    "sed 's/^/tag /'\n", buf_str(&git));
	buf_release(&git);
}

void
checkout_sample_release(struct checkout_sample *c)
{
	free(c->commit);
	free(c->branch);
	free(c->tag);
	*c = (struct checkout_sample){.dirty = TRI_UNKNOWN};
}

/* --- versions ----------------------------------------------------------- */

struct version_parts {
	int64_t part[3];
	const char *pre;	/* after the "-", or NULL */
	size_t pre_len;
};

static int
version_parse(const char *s, struct version_parts *v)
{
	int i;

	if (*s == 'v')
		s++;
	for (i = 0; i < 3; i++) {
		size_t n = strspn(s, "0123456789");

		if (!n || n > 15)
			return -1;
		for (v->part[i] = 0; n; n--)
			v->part[i] = v->part[i] * 10 + (*s++ - '0');
		if (i < 2 && *s++ != '.')
			return -1;
	}
	v->pre = *s == '-' ? s + 1 : NULL;
	v->pre_len = v->pre ? strcspn(v->pre, "+") : 0;
	return *s == '\0' || *s == '-' || *s == '+' ? 0 : -1;
}

/* One identifier of a pre-release; numbers come before words. */
static int
identifier_compare(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t a_digits = strspn(a, "0123456789");
	size_t b_digits = strspn(b, "0123456789");
	bool a_number = a_digits >= a_len, b_number = b_digits >= b_len;
	int order;

	if (a_number != b_number)
		return a_number ? -1 : 1;
	if (a_number && a_len != b_len)
		return a_len < b_len ? -1 : 1;
	order = memcmp(a, b, a_len < b_len ? a_len : b_len);
	return order ? order : (a_len > b_len) - (a_len < b_len);
}

static int
pre_compare(const struct version_parts *a, const struct version_parts *b)
{
	const char *p = a->pre, *q = b->pre;
	const char *p_end = p ? p + a->pre_len : p;
	const char *q_end = q ? q + b->pre_len : q;

	if (!p || !q)
		return !p - !q;
	while (p < p_end && q < q_end) {
		const char *p_dot = memchr(p, '.', p_end - p);
		const char *q_dot = memchr(q, '.', q_end - q);
		size_t n = (p_dot ? p_dot : p_end) - p;
		size_t m = (q_dot ? q_dot : q_end) - q;
		int order = identifier_compare(p, n, q, m);

		if (order)
			return order;
		p += n + (p_dot != NULL);
		q += m + (q_dot != NULL);
	}
	return (p < p_end) - (q < q_end);
}

int
version_compare(const char *a, const char *b)
{
	struct version_parts x, y;
	bool a_bad = version_parse(a, &x) == -1;
	bool b_bad = version_parse(b, &y) == -1;
	int i;

	if (a_bad || b_bad)
		return a_bad && b_bad ? strcmp(a, b) : b_bad - a_bad;
	for (i = 0; i < 3; i++)
		if (x.part[i] != y.part[i])
			return x.part[i] < y.part[i] ? -1 : 1;
	return pre_compare(&x, &y);
}

/* --- git status --porcelain=v2 --branch ---------------------------------- */

static char *
cut(const char *s, size_t len)
{
	return text_clean(s, len < NAME_MAX_BYTES ? len : NAME_MAX_BYTES);
}

static bool
begins(const char *line, size_t len, const char *with)
{
	size_t n = strlen(with);

	return len >= n && !memcmp(line, with, n);
}

static void
keep_highest(char **tag, char *candidate)
{
	if (*tag && version_compare(*tag, candidate) >= 0) {
		free(candidate);
		return;
	}
	free(*tag);
	*tag = candidate;
}

static void
line_parse(struct checkout_sample *c, const char *line, size_t len,
    char **complaint)
{
	static const char oid[] = "# branch.oid ", head[] = "# branch.head ";
	size_t n;

	if (begins(line, len, oid)) {
		n = sizeof(oid) - 1;
		c->dirty = TRI_NO;
		if (line[n < len ? n : 0] != '(') {
			free(c->commit);
			c->commit = cut(line + n, len - n);
		}
	} else if (begins(line, len, head)) {
		n = sizeof(head) - 1;
		if (!begins(line + n, len - n, "(detached)")) {
			free(c->branch);
			c->branch = cut(line + n, len - n);
		}
	} else if (begins(line, len, "tag ")) {
		keep_highest(&c->tag, cut(line + 4, len - 4));
	} else if (c->dirty != TRI_UNKNOWN && len && *line != '#') {
		c->dirty = TRI_YES;
	} else if (len && c->dirty == TRI_UNKNOWN && !*complaint) {
		*complaint = cut(line, len);
	}
}

int
checkout_parse(const char *text, size_t len, struct checkout_sample *out,
    struct err *e)
{
	struct checkout_sample c = {.dirty = TRI_UNKNOWN};
	char *complaint = NULL;

	while (len) {
		const char *end = memchr(text, '\n', len);
		size_t n = end ? (size_t)(end - text) : len;

		line_parse(&c, text, n, &complaint);
		text += n + (end != NULL);
		len -= n + (end != NULL);
	}
	if (c.dirty == TRI_UNKNOWN) {
		err_set(e, "%s", complaint ? complaint :
		    "git says nothing about the checkout");
		checkout_sample_release(&c);
		free(complaint);
		return -1;
	}
	free(complaint);
	*out = c;
	return 0;
}
