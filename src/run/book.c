#include "run/book.h"

#include <unistd.h>

#include "base/alloc.h"
#include "base/files.h"
#include "base/i18n.h"

const char *
on_failure_name(enum on_failure f)
{
	static const char *const names[] = {
		[FAIL_STOP] = "stop", [FAIL_GO_ON] = "go-on",
		[FAIL_ASK] = "ask",
	};

	return names[f];
}

static void
step_release(struct book_step *s)
{
	size_t i;

	free(s->id);
	free(s->title);
	free(s->verb);
	free(s->when);
	for (i = 0; i < s->argument_count; i++) {
		free(s->arguments[i].name);
		free(s->arguments[i].value);
		json_free(s->arguments[i].tree);
	}
	free(s->arguments);
}

void
book_free(struct book *b)
{
	size_t i;

	if (!b)
		return;
	for (i = 0; i < b->step_count; i++)
		step_release(&b->steps[i]);
	for (i = 0; i < b->parameter_count; i++) {
		free(b->parameters[i].name);
		free(b->parameters[i].title);
		free(b->parameters[i].fallback);
	}
	for (i = 0; b->environments && b->environments[i]; i++)
		free(b->environments[i]);
	free(b->environments);
	free(b->steps);
	free(b->parameters);
	free(b->name);
	free(b->path);
	free(b->text);
	free(b->title);
	free(b);
}

struct book *
book_load(const char *path, const struct verb_shape *shapes,
    struct buf *errors)
{
	struct buf text = BUF_INIT(BOOK_BYTES_MAX + 1);
	struct book *b = NULL;
	struct err e;

	/* One byte more than is allowed, for the reader to complain of. */
	if (files_read(path, &text, &e) == -1 && !text.over)
		buf_addf(errors, "%s: %s\n", path, e.text);
	else if (text.over)
		buf_addf(errors, _("%s: the file is larger than %d KiB\n"),
		    path, BOOK_BYTES_MAX / 1024);
	else
		b = book_parse(buf_str(&text), text.len, path, shapes, errors);
	buf_release(&text);
	return b;
}

static char *
found_in(const char *dir, const char *name)
{
	char *path;

	if (!dir)
		return NULL;
	path = xasprintf("%s/%s.yaml", dir, name);
	if (access(path, F_OK) == 0)
		return path;
	free(path);
	return NULL;
}

char *
book_find(const char *name, const char *site_dir, const char *shipped_dir)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");
	char *path;

	/* It becomes part of a path. */
	if (len == 0 || name[len] || len > BOOK_NAME_MAX)
		return NULL;
	path = found_in(site_dir, name);
	return path ? path : found_in(shipped_dir, name);
}

static const struct book_argument *
argument_find(const struct book_step *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->argument_count; i++)
		if (strcmp(s->arguments[i].name, name) == 0)
			return &s->arguments[i];
	return NULL;
}

const char *
book_argument(const struct book_step *s, const char *name)
{
	const struct book_argument *a = argument_find(s, name);

	return a ? a->value : NULL;
}

const struct json *
book_tree(const struct book_step *s, const char *name)
{
	const struct book_argument *a = argument_find(s, name);

	return a ? a->tree : NULL;
}

const struct book_parameter *
book_parameter(const struct book *b, const char *name)
{
	size_t i;

	for (i = 0; i < b->parameter_count; i++)
		if (strcmp(b->parameters[i].name, name) == 0)
			return &b->parameters[i];
	return NULL;
}

bool
book_for(const struct book *b, const char *environment)
{
	size_t i;

	for (i = 0; b->environments[i]; i++)
		if (strcmp(b->environments[i], "*") == 0 ||
		    strcmp(b->environments[i], environment) == 0)
			return true;
	return false;
}
