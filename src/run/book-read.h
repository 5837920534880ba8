/*
 * What the parts of the runbook reader share.
 */
#ifndef RUN_BOOK_READ_H
#define RUN_BOOK_READ_H

#include "config/yaml.h"
#include "run/book.h"

#define PARAMETERS_MAX 30

struct book_reader {
	struct book *book;
	const struct verb_shape *shapes;
	struct problems *problems;
	/* What the steps so far have captured: borrowed from the tree. */
	const char **captures;
	size_t capture_count;
};

/* Add "… expected WHAT" at the node; NODE_BROKEN was complained of already. */
void reader_complain(struct book_reader *r, const struct node *n,
    const char *what, const char *expected);
/* "unknown key 'x' in PLACE, did you mean 'y'?", or what is expected. Ends with
 * NULL. */
void reader_unknown(struct book_reader *r, const struct node *n,
    const char *place, const char *const *keys);
/* A copy of a text; NULL after complaining of what is none, or is empty. */
char *reader_text(struct book_reader *r, const struct node *n,
    const char *what);
/* The same, and each {name} is known. `more` of names are known here beside the
 * book's own. */
char *reader_expandable(struct book_reader *r, const struct node *n,
    const char *what, const char *const *more, size_t more_count);
/* Complain of each {name} that is not known. */
void reader_check_names(struct book_reader *r, const struct node *n,
    const char *const *more, size_t more_count);
bool reader_knows(const struct book_reader *r, const char *name, size_t len);
/* Complain of a key that is no name of a value. */
void reader_check_name(struct book_reader *r, const struct node *n);
bool reader_has(const char *const *names, size_t count, const char *name,
    size_t len);

/* Complain of a name that is not known. */
void reader_unknown_name(struct book_reader *r, const struct node *n,
    const char *name, size_t len);

/* book-steps.c: the list of steps. */
void reader_steps(struct book_reader *r, const struct node *list);
/* book-arguments.c: the value of the verb's key. */
void reader_arguments(struct book_reader *r, struct book_step *s,
    const struct verb_shape *shape, const struct node *n);

#endif
