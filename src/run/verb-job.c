/* job: a shell script on the environment's host, in its checkout, that outlives
 * the link and the server. */
#include "run/verb-table.h"

#include "base/text.h"
#include "run/verb-script.h"

static const char *const hosts[] = {"environment", "here", NULL};

static const struct verb_argument arguments[] = {
	{"script", .required = true, .shell = true},
	{"host", .words = hosts},
	{"directory"},
	{"env", .kind = ARGUMENT_ENV},
	{NULL},
};

static bool
is_here(const struct step *s)
{
	const char *host = book_argument(s->book, "host");

	return (host && strcmp(host, "here") == 0) || script_is_here(s);
}

/* A line with something quoted in it. */
static void
add_line(struct buf *b, const char *before, const char *quoted)
{
	buf_adds(b, before);
	text_shell_quote(b, quoted);
	buf_addc(b, '\n');
}

static void
add_place(const struct step *s, struct buf *b)
{
	const char *host = book_argument(s->book, "host");
	char *directory = step_argument(s, "directory");

	if (directory)
		add_line(b, "cd ", directory);
	else if (s->environment->directory &&
	    !(host && strcmp(host, "here") == 0))
		add_line(b, "cd ", s->environment->directory);
	free(directory);
}

static void
add_variables(const struct step *s, struct buf *b)
{
	const struct json *v;

	for (v = json_first(book_tree(s->book, "env")); v; v = json_next(v)) {
		char *value = step_expand(s, json_text(v, ""), NULL, false);

		buf_addf(b, "export %s=", json_key(v));
		add_line(b, "", value ? value : "");
		free(value);
	}
}

/* -1: it has a name without a value, and nothing of it is added. */
static int
add_script(const struct step *s, struct buf *b, struct err *e)
{
	char *script = step_argument(s, "script");

	if (!script)
		return err_set(e, "the script cannot be filled in: one of its "
		    "names has no value");
	add_place(s, b);
	add_variables(s, b);
	buf_adds(b, script);
	if (b->len && b->data[b->len - 1] != '\n')
		buf_addc(b, '\n');
	free(script);
	return 0;
}

static int
write_script(struct step *s, struct buf *b, struct err *e)
{
	buf_adds(b, "set -eu\n");
	return add_script(s, b, e);
}

static const struct script_kind kind = {.here = is_here, .write = write_script};

static void
start(struct step *s)
{
	script_start(s, &kind);
}

static void
probe(struct step *s)
{
	script_probe(s, &kind);
}

static void
paper(const struct step *s, struct buf *b)
{
	struct err e;

	if (is_here(s) && s->environment->ssh_host)
		buf_adds(b, "# on this machine:\n");
	if (add_script(s, b, &e) == -1)
		paper_comment(b, "%s: %s", e.text, book_argument(s->book,
		    "script"));
}

const struct verb verb_job = {
	.shape = {"job", "script", arguments},
	.start = start, .stop = script_stop, .forget = script_forget,
	.probe = probe,
	.paper = paper,
};
