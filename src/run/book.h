/*
 * Runbooks: the plan's procedures as data. A YAML file is read into a struct
 * book, checked with file:line for every fault; parameters stand in texts as
 * {name}. Pure but for reading the file.
 *
 *	title: Deploy staging over ssh
 *	environments: [staging]
 *	estimate: 5m
 *	parameters:
 *	  version: {title: commit or tag, required: true}
 *	steps:
 *	  - id: checkout
 *	    title: fetch and check out {version}
 *	    job: |
 *	      git fetch --tags
 *	      git checkout {commit}
 *	    timeout: 2m
 *	    when: via=ssh
 *	    on_failure: stop
 *
 * The key that is a verb's name says what a step does, and its value is either
 * the verb's main argument (a text) or a map of arguments. In what a shell will
 * read (verb arguments flagged so) each {name} is quoted as one word.
 */
#ifndef RUN_BOOK_H
#define RUN_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum on_failure { FAIL_STOP, FAIL_GO_ON, FAIL_ASK };

struct book_argument {
	char *name;
	char *value;
};

struct book_step {
	char *id, *title;
	char *verb;
	struct book_argument *arguments;
	size_t argument_count;
	int64_t timeout_ms;
	enum on_failure on_failure;
	char *when;		/* "via=ssh", "production", "!production"; NULL:
				 * always */
	int line;
};

struct book_parameter {
	char *name, *title;
	char *fallback;		/* NULL: must be given when required */
	bool required;
};

struct book {
	char *name;		/* of the file, without .yaml */
	char *path;
	char *title;
	char **environments;	/* names or "*"; NULL-ended */
	int64_t estimate_ms;	/* -1 */
	struct book_parameter *parameters;
	size_t parameter_count;
	struct book_step *steps;
	size_t step_count;
};

/* What a verb takes, as the reader checks it: run/verb.h has the table. */
struct verb_argument {
	const char *name;	/* NULL ends */
	bool required;
	bool shell;		/* a shell reads it */
};

struct verb_shape {
	const char *name;
	const char *main;	/* the argument that a plain text is; or NULL */
	const struct verb_argument *arguments;
};

/* Values of parameters: a list ended by a NULL name. */
struct book_value {
	const char *name, *value;
};

/* NULL with one line per fault, "file:line:column: what, expected what". `shapes`
 * is ended by a NULL name. */
struct book *book_parse(const char *text, size_t len, const char *path,
    const struct verb_shape *shapes, struct buf *errors);
struct book *book_load(const char *path, const struct verb_shape *shapes,
    struct buf *errors);
void book_free(struct book *b);

/* NAME.yaml in the site's directory, else in the shipped one. NULL when neither
 * has it. The caller frees it. */
char *book_find(const char *name, const char *site_dir,
    const char *shipped_dir);

const char *book_argument(const struct book_step *s, const char *name);

/* Replace each {name}; with `shell`, quoted. -1: a name that has no value. "{{"
 * is a brace. */
int book_expand(const char *text, const struct book_value *values, bool shell,
    struct buf *out, struct err *e);
/* Whether the step belongs to a run with these values ("via", "production"). */
bool book_applies(const struct book_step *s, const struct book_value *values);

#endif
