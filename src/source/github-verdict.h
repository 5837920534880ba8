/*
 * What a reply of GitHub means: which trouble it is, in words that say what
 * mends it, and when to ask again. Pure.
 */
#ifndef SOURCE_GITHUB_VERDICT_H
#define SOURCE_GITHUB_VERDICT_H

#include "config/conf.h"
#include "io/http.h"
#include "model/pipeline.h"

struct github_verdict {
	enum api_trouble trouble;
	bool general;		/* it concerns whatever else would be asked */
	int64_t wait_ms;	/* a limit: send nothing for so long; else 0 */
	char *error;		/* a sentence; NULL when all is well */
	char *needs;		/* "administration=read": the permissions that
				 * would do, as GitHub names them; or NULL */
};

/* `what` is what was asked for: "the runs". */
void github_judge(const struct http_reply *r, const struct conf_github *c,
    const char *what, int64_t now_wall, struct github_verdict *out);
void github_verdict_release(struct github_verdict *v);

/* Limits are lifted after this long at the latest, whatever a header says. */
#define GITHUB_WAIT_MAX_MS (65 * 60000)
/* Without a time in the reply, a secondary limit lasts that long at least. */
#define GITHUB_SECONDARY_MS 60000

/* How long to wait for the allowance to be whole again, and the words for it.
 * The caller frees the text. */
int64_t github_reset_wait(int64_t reset_at, int64_t now_wall);
char *github_spent_text(int limit, int64_t until);

/* The URL of the next page in a Link header, or NULL; the caller frees it. */
char *github_link_next(const char *header);
/* What stands behind `base` in url, from its slash; NULL when url leads
 * anywhere else. Borrowed from url. */
const char *github_path_within(const char *base, const char *url);
/* Append s for a path or a query. */
void github_escape(struct buf *b, const char *s);

#endif
