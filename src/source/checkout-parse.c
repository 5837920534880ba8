#include "source/checkout-parse.h"

#include "base/alloc.h"
#include "base/text.h"
#include "model/version.h"

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

/* Whether tag a says better than b what is here: a version rather than the tag
 * that redeployed it, then the higher one. */
static bool
better_tag(const char *a, const char *b)
{
	struct semver x, y;

	if (semver_parse(a, &x) == 0 && semver_parse(b, &y) == 0 &&
	    x.rollback != y.rollback)
		return y.rollback;
	return version_compare(a, b) > 0;
}

static void
keep_best(char **tag, char *candidate)
{
	if (*tag && !better_tag(candidate, *tag)) {
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
		keep_best(&c->tag, cut(line + 4, len - 4));
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
