/*
 * Questions to GitHub, one at a time: GETs with the token, conditional where an
 * answer is known, page by page, never to another place than the configured
 * one; and POSTs, sent once. It counts in a struct github_api of the model and remembers the limits:
 * while one is in force nothing is sent.
 */
#ifndef SOURCE_GITHUB_API_H
#define SOURCE_GITHUB_API_H

#include "base/json.h"
#include "source/github-verdict.h"
#include "source/source.h"

struct github_client;

struct github_answer {
	int status;		/* of the last page; 0: none */
	const struct github_verdict *verdict;
	struct json *const *pages;	/* borrowed; none unless all is well */
	size_t page_count;
	const char *scopes;	/* a classic token's, or NULL; borrowed */
};

/* Called once, never from inside github_client_get(); may ask again. */
typedef void github_answer_fn(const struct github_answer *a, void *arg);

/* All borrowed; `figures` outlives it. A limit that `figures` speak of is
 * still in force. */
struct github_client *github_client_new(struct world *w,
    const struct conf_github *c, struct github_api *figures);
void github_client_free(struct github_client *g);

/* For the questions to come; kept until it is NULL, then wiped. -1: no token
 * can look like that, or GitHub has refused it a short while ago, and who sends
 * it over and over is shut out for longer (`again`: send it all the same). */
int github_client_token(struct github_client *g, const char *token, bool again,
    struct err *e);
/* How long nothing may be sent, ms; 0 when free to ask. */
int64_t github_client_limited(const struct github_client *g);

/* `path` from the base on, with its query; `what` names it in errors. At most
 * `pages` pages are read. Not while another question is under way, nor while a
 * limit is in force. */
void github_client_get(struct github_client *g, const char *path,
    const char *what, int pages, github_answer_fn *fn, void *arg);

/* The same with a POST of that JSON (or NULL): sent once, never kept, no pages
 * but the answer, when it has one that can be read. */
void github_client_post(struct github_client *g, const char *path,
    const char *what, const char *json, github_answer_fn *fn, void *arg);
/* Each obeys the other's limits from now on. Both are freed together. */
void github_client_join(struct github_client *a, struct github_client *b);

#endif
