/*
 * Databases saved, restored and swapped on the host that has their backups:
 * programs for sh, which a job runs in a directory of its own. Pure.
 *
 * A restore goes into a database of its own, so that what is there stays as it
 * is until the swap; the names say how far it came, and the comment of the
 * database which run made it:
 *
 *	hub_restoring_RUN	is being filled; dropped when that fails
 *	hub_restored_RUN	restored and verified
 *	hub			after the swap the restored one, and
 *	hub_before_RUN		what was there before; nobody drops it
 *
 * Both renames of the swap are one transaction. Each program may be run again
 * after it was killed anywhere: it goes on from the databases that are there.
 */
#ifndef RUN_RESTORE_SCRIPT_H
#define RUN_RESTORE_SCRIPT_H

#include <stdbool.h>

#include "base/buf.h"

struct database_plan {
	const char *directory;	/* of the backups, on the host */
	const char *file;	/* base name of the backup to restore, or to
				 * make; NULL where none is read */
	const char *tools;	/* shell words before PostgreSQL's; or NULL */
	const char *database;
	const char *run;	/* id: letters, digits, '-' and '_' */
	const char *query;	/* must print something but 0; NULL: rows do */
	const char *owner;	/* role that gets all; NULL: as in the dump */
	const char *taken;	/* when the backup was, in words; NULL */
	bool restore, swap;	/* into the new one; that and the old one */
};

/* A name that may be restored: lower-case, short enough for what is added, and
 * none of PostgreSQL's own. A role's, too. */
bool database_name_ok(const char *s);
/* A base name without anything that a shell or SQL would read. */
bool backup_file_ok(const char *s);

enum database_role { DATABASE_MAKING, DATABASE_READY, DATABASE_BEFORE,
		     DATABASE_UNDONE };

/* The caller frees it. */
char *database_name_of(const struct database_plan *p, enum database_role r);

/* b must have the room: what the plan has, quoted, and 16 KiB. */
void backup_script(struct buf *b, const struct database_plan *p);
void restore_script(struct buf *b, const struct database_plan *p);
/* What is so, after one was cut: status 0 when it is done, 1 when it is not and
 * can be tried again, 2 when nobody can tell. */
void backup_look_script(struct buf *b, const struct database_plan *p);
void restore_look_script(struct buf *b, const struct database_plan *p);

/* One line for a shell. */
void database_swap_command(struct buf *b, const struct database_plan *p);
void database_swap_back_command(struct buf *b, const struct database_plan *p);

#endif
