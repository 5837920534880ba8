/*
 * Tags in the clone on this machine and at its remote: an annotated one is
 * made, that one ref is pushed, and the remote is asked what it leads to.
 * Nothing is ever forced, moved or deleted, and no other ref is pushed. Who
 * does not hear how a push ended asks git_remote_tag() before trying again.
 */
#ifndef SOURCE_GIT_ACT_H
#define SOURCE_GIT_ACT_H

#include "source/git.h"

struct git_act;		/* one under way */

/* All borrowed. */
struct git_acted {
	const char *commit;	/* whole, that the tag leads to; NULL: there is
				 * no such tag, or it is not known */
	bool existed;		/* git_tag(): it was there, as is wanted */
	const char *error;	/* NULL: done, or known */
	bool elsewhere;		/* git_tag(): it is there and leads elsewhere */
	bool unsure;		/* with an error: it may have been done */
};

/* Once, never from inside the call; the act is gone afterwards. */
typedef void git_act_fn(void *arg, const struct git_acted *r);

struct git_tag {
	const char *name;	/* "v1.4.0" */
	const char *commit;	/* hexadecimal digits, seven or more */
	const char *message;
	const char *who, *email;	/* the tagger */
};

/* Whether a tag is called so: letters, digits and "._+-", as git allows. */
bool git_tag_name(const char *name);
/* An annotated one. A tag that is there is well when it leads to that commit,
 * and an error that names both commits when it does not. */
struct git_act *git_tag(struct git *g, const struct git_tag *t,
    git_act_fn *fn, void *arg);
/* The one ref. That it is there already, as here, is no error. */
struct git_act *git_push_tag(struct git *g, const char *name, git_act_fn *fn,
    void *arg);
struct git_act *git_remote_tag(struct git *g, const char *name,
    git_act_fn *fn, void *arg);
/* End it; `fn` is not called. What was sent may still take effect. NULL is
 * accepted. git_free() ends all. */
void git_act_cancel(struct git_act *a);

#endif
