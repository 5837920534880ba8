/*
 * Whether a rollback would work right now, and to what: design §3. A pure
 * function of the model; recomputed whenever an input changes.
 */
#ifndef MODEL_READINESS_H
#define MODEL_READINESS_H

#include <stddef.h>

#include "base/buf.h"
#include "model/cause.h"
#include "model/observation.h"

struct model;
struct environment;
struct tenure;

enum readiness_word { READINESS_UNKNOWN, READINESS_READY, READINESS_NOT_READY,
		      READINESS_WORDS };

const char *readiness_word_name(enum readiness_word w);
enum readiness_word readiness_word_parse(const char *word);

enum readiness_code {
	CHECK_TARGET,		/* a version to go back to, not marked bad */
	CHECK_TAG,		/* its tag is there, where it was */
	CHECK_IMAGE,		/* its images are on the host or in the
				 * registry */
	CHECK_SCHEMA,		/* the databases are as when it last ran */
	CHECK_BACKUP,		/* fresh and verified enough for a restore */
	CHECK_LOCK,		/* nobody keeps others out */
	CHECK_APPROVER,		/* somebody can approve the deployment */
	CHECK_DRILL,		/* done lately, and how long it took */
	CHECK_OTHER,		/* a newer peer's */
	READINESS_CODES,
};

const char *readiness_code_name(enum readiness_code c);	/* "target", … */
enum readiness_code readiness_code_parse(const char *name);

/* crit makes the environment not ready, unknown makes the word unknown, warn
 * is only told. */
struct readiness_check {
	enum readiness_code code;
	enum status status;
	char *text;		/* English, whole: "image gone from registry" */
	int64_t evidence_at;	/* when what it rests on was observed */
};

struct readiness {
	bool used;		/* there is enough configured to tell */
	enum readiness_word word;
	char *target;		/* tag, else commit in short; or NULL */
	char *target_commit;
	/* Of the last time that an environment, best this one, was brought back
	 * to an earlier version. */
	int64_t estimate_ms;	/* -1 unknown */
	int64_t drilled_at;
	/* Behind the point of no return: only a restore leads back. */
	bool restore;
	int64_t restores_to;	/* when its oldest backup was taken: what came
				 * later would be lost */
	/* The newest release older than the live one that an image alone cannot
	 * bring back, and why; NULL: none known. */
	char *no_return, *no_return_why;
	char *reason;		/* the first failing check's text, or NULL */
	struct readiness_check *checks;
	size_t check_count;
};

/* Judge all environments' readiness; sets CHANGE_READINESS where it differs
 * from before. */
void readiness_judge(struct model *m, int64_t now);
/* The newest tenure that brought back what had run before: a rollback or its
 * rehearsal, with the time it took. NULL: none is on record. */
const struct tenure *readiness_last_return(const struct environment *env);
/* "READY v1.3.2 ~2m40s, drilled 12 d ago", "NOT READY: image gone from
 * registry", in the operator's language but for the reason. */
void readiness_text(const struct readiness *r, int64_t now, struct buf *b);

#endif
