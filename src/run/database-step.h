/* What a step about a database and its backups is about: the series that the
 * configuration has, and one backup of it. */
#ifndef RUN_DATABASE_STEP_H
#define RUN_DATABASE_STEP_H

#include "run/restore-script.h"
#include "run/verb.h"

struct database_step {
	const struct conf_backup *series;
	struct database_plan plan;
	/* What the plan points to. */
	char *kind, *database, *file, *owner, *taken;
};

/* By the arguments "kind" and "database". 0, or -1 with nothing to release. */
int database_step_read(const struct step *s, struct database_step *d,
    struct err *e);
void database_step_release(struct database_step *d);
/* The file that keeps what is there before the run changes it. It begins with
 * "before-", which keeps it out of what is restored by default. */
void database_step_safety(struct database_step *d);
/* The backup by the arguments "backup", a file's name, or "taken_before", a time:
 * else the newest one of the model that was read to its end. On paper, where
 * there is no model, plan.file may stay NULL. */
int database_step_choose(const struct step *s, struct database_step *d,
    struct err *e);

#endif
