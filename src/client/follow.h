/*
 * A run followed on the command line: a line as each step begins and ends, the
 * last output of one that failed, and what a person is waited for. Says things
 * once, however often it looks. Belongs to the command that uses it.
 */
#ifndef CLIENT_FOLLOW_H
#define CLIENT_FOLLOW_H

#include "client/cmd.h"

struct follow {
	struct session *session;
	char *run;		/* id */
	bool quiet;		/* only wait for the end */
	bool found;
	enum phase phase;	/* of the run, as last told */
	enum phase *told;	/* by step */
	size_t count;
	char *waits;		/* what was said of a wait */
};

void follow_init(struct follow *f, struct session *s, const char *run,
    bool quiet);
void follow_release(struct follow *f);
/* The model has changed: tell, and at the end of the run end the session with
 * the code of its outcome. */
void follow_look(struct follow *f);
const struct run *follow_run(const struct session *s, const char *id);
/* 0 done, 2 failed or aborted, 3 not known. */
int follow_code(enum phase p);
/* In the operator's language. */
const char *follow_phase_text(enum phase p);

#endif
