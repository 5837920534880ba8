/*
 * A run followed on the command line: a line as each step begins and ends, the
 * last output of one that failed, and what a person is waited for. Says things
 * once, however often it looks. Belongs to the command that uses it.
 */
#ifndef CLIENT_ATTEND_H
#define CLIENT_ATTEND_H

#include "client/cmd.h"

struct attend {
	struct session *session;
	char *run;		/* id */
	bool quiet;		/* only wait for the end */
	bool found;
	enum phase phase;	/* of the run, as last told */
	enum phase *told;	/* by step */
	size_t count;
	char *waits;		/* what was said of a wait */
};

void attend_init(struct attend *f, struct session *s, const char *run,
    bool quiet);
void attend_release(struct attend *f);
/* The model has changed: tell, and at the end of the run end the session with
 * the code of its outcome. */
void attend_look(struct attend *f);
const struct run *attend_run(const struct session *s, const char *id);
/* 0 done, 2 failed or aborted, 3 not known. */
int attend_code(enum phase p);
/* In the operator's language. */
const char *attend_phase_text(enum phase p);

#endif
