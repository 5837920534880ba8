/*
 * The gate's insides: a plan, from what was asked to what may be confirmed.
 *
 *   gate.c         the two messages, and every refusal
 *   gate-target.c  which version, which runbook, which values
 *   gate-plan.c    what speaks against it, and what it rests on
 *   gate-words.c   the plan as its readers see it
 */
#ifndef SERVER_GATE_PRIVATE_H
#define SERVER_GATE_PRIVATE_H

#include <sys/queue.h>

#include "model/model.h"
#include "server/gate.h"
#include "server/journal-hash.h"

#define PLANS_MAX 64		/* of all peers; the oldest go */

/* What a plan rests on: when one of them is another, it is void. */
enum basis {
	BASIS_LIVE,		/* the version that runs */
	BASIS_IMAGES,		/* and its images */
	BASIS_TARGET,
	BASIS_LOCK,
	BASIS_RUN,		/* that holds the environment */
	BASIS_SCHEMAS,
	BASES,
};

const char *basis_name(enum basis b);

struct scenario {
	const char *name;
	const char *book;	/* NULL: by the environment */
	bool returns;		/* to an earlier version */
	bool restores;		/* databases from their backups */
};

struct plan {
	char *id;
	uint64_t peer;
	int64_t expires_at;
	/* As it was asked for. */
	enum gate_act act;
	char *environment, *version, *asked_via, *scenario, *asked_book;
	char *reason;
	/* As it was judged. */
	const struct conf_environment *conf;
	const struct scenario *plot;	/* of a rollback; else NULL */
	struct book *book;
	struct book_value *values;	/* owned; NULL: none */
	char *from, *target, *target_commit;
	const char *via;	/* "ssh", "github" or NULL */
	bool needs_reason;
	bool new_tag;		/* target is a tag to be made */
	bool busy;		/* blocked by a run */
	char *blocked;
	struct json *effect, *warnings;
	char *basis[BASES];
	char fingerprint[JOURNAL_HASH_MAX];
	LIST_ENTRY(plan) link;
};

struct gatekeeper {
	struct gate_options o;
	char *site_books, *shipped_books;
	struct verb_shape *shapes;
	uint64_t serial;	/* of the last plan */
	LIST_HEAD(, plan) plans;	/* the newest first */
	size_t plan_count;
};

/* gate.c */
void plan_free(struct plan *p);

/* gate-target.c: -1 with code and sentence. */
int target_find(const struct gatekeeper *g, const struct environment *env,
    struct plan *p, const char **code, struct err *e);
int target_book(const struct gatekeeper *g, struct plan *p, const char **code,
    struct err *e);
void target_values(const struct gatekeeper *g, const struct environment *env,
    struct plan *p);
/* Tag, else commit, of what runs there; NULL. Borrowed. */
const char *target_live(const struct environment *env);
const char *target_live_commit(const struct environment *env);

/* gate-plan.c */
/* From what was asked, by what is known now. NULL with code and sentence. */
struct plan *plan_judge(const struct gatekeeper *g,
    const struct gate_request *r, int64_t now, const char **code,
    struct err *e);
void plan_warn(struct plan *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void plan_block(struct plan *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* gate-scenario.c */
/* NULL: regression. NULL with the sentence for any other name. */
const struct scenario *scenario_find(const char *name, struct err *e);
/* Whether a run of that runbook leaves a version that is bad. */
bool scenario_leaves_bad(const char *book);
void scenario_backups(const struct environment *env, struct plan *p,
    size_t *count);
void scenario_check_restore(const struct environment *env, struct plan *p);

/* gate-words.c */
const char *plan_word(const struct plan *p);
void plan_effect(struct plan *p);
/* What engine_run() and paper take. */
struct engine_start plan_start(const struct plan *p,
    const struct gate_person *who, const char *reason);
struct json *plan_json(const struct gatekeeper *g, const struct plan *p,
    const struct gate_person *who);
void plan_seal(struct plan *p);
/* Which of what it rested on is another now; b is empty when nothing is. */
void plan_moved(const struct plan *was, const struct plan *is,
    struct buf *b);

#endif
