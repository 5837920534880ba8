/*
 * What the files of source/github-parse*.c share. Nobody else includes this.
 */
#ifndef SOURCE_GITHUB_PARSE_PRIVATE_H
#define SOURCE_GITHUB_PARSE_PRIVATE_H

#include "model/tables.h"
#include "source/github-parse.h"

#define GITHUB_TEXT_MAX 512

/* A text, cleaned; NULL when it is none or empty. The caller frees it. */
char *github_text(const struct json *v);
int github_int(const struct json *v);
enum tri github_tri(const struct json *v);
/* From the members status and conclusion. */
enum run_state github_state(const struct json *v);
/* "yan, ops": people and teams, and how many (count NULL: no matter). The
 * caller frees it; NULL: none. */
char *github_reviewers(const struct json *list, int *count);
/* The array that the page is or, with a key, has under that key; NULL with the
 * error when it has not. */
const struct json *github_list(const struct json *page, const char *key,
    struct err *e);
/* One more item of unknowns at the end of the list whose pointer is in *slot;
 * NULL when it is full. */
void *github_grow(void *slot, size_t *count, const struct list_of *list);
/* Append ", " and the text. Full: nothing happens. */
void github_join(char **joined, const char *text);

#endif
