/*
 * Status words and why they were given. A cause is data (code, subject, number,
 * detail), so that each client can say it in its own language; cause_text()
 * makes the sentence.
 */
#ifndef MODEL_CAUSE_H
#define MODEL_CAUSE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* In the order of concern: not knowing weighs more than a warning, since it
 * may hide anything, and less than a known failure. */
enum status { STATUS_OK, STATUS_WARN, STATUS_UNKNOWN, STATUS_CRIT };

const char *status_name(enum status s);		/* "ok" "warn" … */
enum status status_parse(const char *word);	/* unknown for any other */
enum status status_worse(enum status a, enum status b);
/* Exit code of the monitoring-plugins convention: 0, 1, 3, 2. */
int status_exit_code(enum status s);

enum cause_code {
	CAUSE_EXITED,		/* subject exited, number: code */
	CAUSE_DEAD,
	CAUSE_PAUSED,
	CAUSE_CREATED,		/* created and never started */
	CAUSE_REMOVING,
	CAUSE_RESTARTING,	/* number: restarts */
	CAUSE_RESTART_LOOP,	/* number: restarts */
	CAUSE_OOM_KILLED,
	CAUSE_UNHEALTHY,	/* detail: the healthcheck's last words */
	CAUSE_HEALTH_STARTING,
	CAUSE_NO_HEALTHCHECK,
	CAUSE_HEALTH_UNKNOWN,
	CAUSE_CONTAINER_UNKNOWN,
	CAUSE_NO_CONTAINERS,	/* subject: the project that has none */
	CAUSE_CPU_HIGH,		/* number: percent */
	CAUSE_MEMORY_HIGH,
	CAUSE_DISK_HIGH,
	CAUSE_PROBE_STATUS,	/* subject answers, number: HTTP status */
	CAUSE_PROBE_FAILED,	/* detail: why */
	CAUSE_PROBE_SLOW,	/* number: ms */
	CAUSE_TLS_EXPIRES,	/* number: days left */
	CAUSE_TLS_EXPIRED,	/* number: days since */
	CAUSE_TLS_UNTRUSTED,	/* detail: why */
	CAUSE_NEVER_OBSERVED,	/* subject: what was not, detail: why */
	CAUSE_STALE,		/* subject: what, number: age in s, in steps
				 * that the sentence shows, detail: why */
	CAUSE_UNREACHABLE,	/* detail: why and what mends it */
	/* Of backups the subject is their kind. */
	CAUSE_BACKUP_NONE,
	CAUSE_BACKUP_OLD,	/* number: age in s, in steps; NAN unknown */
	CAUSE_BACKUP_SIZE,	/* number: percent of the usual; NAN: empty */
	CAUSE_BACKUP_FAILED,	/* its verification; detail: why */
	CAUSE_BACKUP_GAP,	/* number: how many are missing */
	CAUSE_BACKUP_KEEP,	/* number: how few there are */
	CAUSE_BACKUP_UNSEEN,	/* not listed; number: for how long in s, in
				 * steps; NAN never; detail: why */
	CAUSE_MORE,		/* number: causes that are not listed */
	CAUSE_CODES,
};

struct cause {
	enum cause_code code;
	enum status severity;
	char *subject;		/* service, probe, source; or NULL */
	double number;		/* meaning per code; NAN when none */
	char *detail;		/* or NULL */
};

/* The worst first, then in the order they were added. */
struct causes {
	struct cause *items;
	size_t count;
};

const char *cause_code_name(enum cause_code c);	/* "exited", … */
int cause_code_parse(const char *name);		/* -1 for any other */

void causes_release(struct causes *c);
void causes_clear(struct causes *c);
void causes_cut(struct causes *c, size_t count);	/* keep the first */
void causes_add(struct causes *c, enum cause_code code, enum status severity,
    const char *subject, double number, const char *detail);
/* Copies of all of `from`, in rank. */
void causes_add_all(struct causes *c, const struct causes *from);
bool causes_equal(const struct causes *a, const struct causes *b);

/* The sentence, through gettext: "docmost exited (137)". */
void cause_text(const struct cause *c, struct buf *b);
/* The same in English whatever the locale, for JSON and logs. */
void cause_text_english(const struct cause *c, struct buf *b);

#endif
