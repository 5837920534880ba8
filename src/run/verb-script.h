/*
 * A step that is a program for sh on a host: started as a job, so that it
 * outlives the link and the server; followed, stopped, found again.
 */
#ifndef RUN_VERB_SCRIPT_H
#define RUN_VERB_SCRIPT_H

#include "run/verb.h"

/* s->state belongs to it from the start on. */
struct script_kind {
	/* On this machine, and not on the environment's host. */
	bool (*here)(const struct step *s);
	/* Append the program; -1: it cannot be, and the step fails. */
	int (*write)(struct step *s, struct buf *b, struct err *e);
	/* Append one that only looks what is so: status 0 when it is done, 1
	 * when it is not; run when nobody knows how the first one ended. NULL:
	 * the end of the job is all there is.
	 *
	 * With it, lines of both that begin with "vigie: " say what is being
	 * done, and one with "vigie-failed: " why it ends. */
	int (*look)(struct step *s, struct buf *b, struct err *e);
};

bool script_is_here(const struct step *s);	/* it has no other host */
void script_start(struct step *s, const struct script_kind *k);
void script_probe(struct step *s, const struct script_kind *k);
void script_stop(struct step *s);
void script_forget(struct step *s);

#endif
