/*
 * Runbooks: the plan's procedures as data. A YAML file is read into a struct
 * book, checked with file:line for every fault; parameters stand in texts as
 * {name}. Pure but for reading the file.
 *
 *	title: Deploy staging over ssh
 *	environments: [staging]
 *	estimate: 5m
 *	parameters:
 *	  branch: {title: what is fetched, default: main}
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
 * the verb's main argument (a text, or a list where that takes one) or a map of
 * arguments. In what a shell will read (verb arguments flagged so) each {name}
 * is quoted as one word.
 *
 * {name} is a parameter of the book, one of book_known_values, or what an
 * earlier step captures; "{{" is a brace, and a brace that begins no {name}
 * (lower-case letters, digits and '_') stands for itself.
 */
#ifndef RUN_BOOK_H
#define RUN_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"

#define BOOK_BYTES_MAX (64 * 1024)
#define BOOK_STEPS_MAX 100
#define BOOK_ITEMS_MAX 50	/* of a list or a map of arguments */
/* Names of books, steps and values: ids of jobs are made of them. */
#define BOOK_NAME_MAX 32
#define BOOK_ID_MAX 20
/* What one text may become when its values are put in. */
#define BOOK_TEXT_MAX (128 * 1024)

enum on_failure { FAIL_STOP, FAIL_GO_ON, FAIL_ASK };

const char *on_failure_name(enum on_failure f);	/* "stop" "go-on" "ask" */

struct book_argument {
	char *name;
	char *value;		/* a text; NULL: */
	struct json *tree;	/* a map of texts, or a list of such maps */
};

struct book_step {
	char *id, *title;
	char *verb;
	struct book_argument *arguments;
	size_t argument_count;
	int64_t timeout_ms;	/* 0: none, where a person is waited for */
	enum on_failure on_failure;
	char *when;		/* "via=ssh", "production", "not production"
				 * (or "!production", which YAML wants quoted),
				 * several joined by " and "; NULL: always */
	int line;
};

struct book_parameter {
	char *name, *title;
	char *fallback;		/* NULL: must be given when required */
	bool required;
	int line, column;
};

struct book {
	char *name;		/* of the file, without .yaml */
	char *path;
	char *text;		/* the whole file: a run goes on by what it
				 * said when it began */
	char *title;
	char **environments;	/* names or "*"; NULL-ended */
	int64_t estimate_ms;	/* -1 */
	struct book_parameter *parameters;
	size_t parameter_count;
	struct book_step *steps;
	size_t step_count;
};

/* What a verb takes, as the reader checks it: run/verb.h has the table. */
enum argument_kind {
	ARGUMENT_TEXT,
	ARGUMENT_DURATION,	/* "30s" */
	ARGUMENT_NUMBER,	/* a whole one */
	ARGUMENT_MAP,		/* names and texts */
	ARGUMENT_ENV,		/* the same; names of shell variables */
	ARGUMENT_LIST,		/* of maps, whose keys are `items` */
	ARGUMENT_CAPTURE,	/* a map of names of values for later steps,
				 * and where each is found */
	ARGUMENT_SECRET,	/* the same, for this step: "file PATH" or
				 * "command LINE" */
	ARGUMENT_NAME,		/* a text: what later steps call a value that
				 * this one finds, and that is no secret */
};

struct verb_argument {
	const char *name;	/* NULL ends */
	bool required;
	bool shell;		/* a shell reads it */
	enum argument_kind kind;
	const char *const *words;	/* it is one of these; or NULL */
	const struct verb_argument *items;	/* of a list */
};

struct verb_shape {
	const char *name;
	const char *main;	/* the argument that a plain text is; or NULL */
	const struct verb_argument *arguments;
	/* When a step gives none; 0: BOOK_TIMEOUT_MS; -1: no deadline, where a
	 * person is waited for. */
	int64_t timeout_ms;
};

#define BOOK_TIMEOUT_MS (10 * 60 * 1000)

/* Values of parameters: a list ended by a NULL name. */
struct book_value {
	const char *name;
	const char *value;	/* NULL: not known yet, or not to be shown; on
				 * paper a shell variable of its name */
	bool secret;		/* never kept, never shown */
};

/* What every run has, beside the book's own parameters: "environment", "via",
 * "production" ("true" or ""), "version", "commit", "target", "from", "who",
 * "reason", "directory", "host", "project", "image", "run". Ended by NULL. */
extern const char *const book_known_values[];

/* NULL with one line per fault, "file:line:column: what, expected what". `shapes`
 * is ended by a NULL name. */
struct book *book_parse(const char *text, size_t len, const char *path,
    const struct verb_shape *shapes, struct buf *errors);
struct book *book_load(const char *path, const struct verb_shape *shapes,
    struct buf *errors);
void book_free(struct book *b);

/* NAME.yaml in the site's directory, else in the shipped one (either may be
 * NULL). NULL when neither has it, or it is no name of a book. The caller frees
 * it. */
char *book_find(const char *name, const char *site_dir,
    const char *shipped_dir);

/* A text argument, as it is written; NULL when it is not given. */
const char *book_argument(const struct book_step *s, const char *name);
/* A map or a list; NULL when it is not given. */
const struct json *book_tree(const struct book_step *s, const char *name);
const struct book_parameter *book_parameter(const struct book *b,
    const char *name);
/* Whether it may be run there. */
bool book_for(const struct book *b, const char *environment);

const struct book_value *book_value(const struct book_value *values,
    const char *name);
/* Replace each {name}; with `shell`, quoted. -1: a name that has no value, or
 * the whole is too long. */
int book_expand(const char *text, const struct book_value *values, bool shell,
    struct buf *out, struct err *e);
/* The next {name} in a text, from *at on; false at its end. *name has `len`
 * bytes. */
bool book_next_name(const char **at, const char **name, size_t *len);
/* Whether every text of the step can be expanded but for those names that it
 * makes itself. */
int book_step_ready(const struct book_step *s, const struct verb_shape *shape,
    const struct book_value *values, struct err *e);
/* Whether the step belongs to a run with these values. A name alone asks for a
 * value that is there and neither empty nor "false". */
bool book_applies(const struct book_step *s, const struct book_value *values);

/* For the reader and book_applies(): the next condition of a "when"; false at
 * its end. value NULL: the name alone. */
struct book_condition {
	bool negated;
	const char *name, *value;
	size_t name_len, value_len;
};

bool book_next_condition(const char **at, struct book_condition *c);

#endif
