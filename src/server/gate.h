/*
 * The gate: the one place where it is decided whether something may be done.
 * Default-deny. An act takes two messages: plan() answers what would happen, on
 * what it is based and what has to be typed; confirm() carries the word, and
 * only if what the plan was based on still holds does a run start. A plan lives
 * PLAN_MS, serves once, and only for who asked for it. Every refusal is
 * journalled.
 *
 * Confirmation is graded: an environment that is not production asks y; one that
 * is asks for its name; what cannot be undone, or goes past a red check, asks for
 * a reason as well.
 */
#ifndef SERVER_GATE_H
#define SERVER_GATE_H

#include "base/json.h"
#include "run/engine.h"
#include "server/journal.h"

#define PLAN_MS 60000

struct gatekeeper;	/* model/pipeline.h has another gate */

/* Who asks: by the socket's peer. */
struct gate_person {
	uint64_t peer;		/* serial: only the same one may confirm */
	unsigned uid;
	const char *name;
	const char *tty;	/* or NULL */
	enum role role;
};

enum gate_act { GATE_DEPLOY, GATE_ROLLBACK, GATE_BOOK };

struct gate_request {
	enum gate_act act;
	const char *environment;
	const char *version;	/* tag or commit; NULL: the head, or the target
				 * of the readiness */
	const char *via;	/* "ssh", "github"; NULL: as configured */
	const char *scenario;	/* of a rollback; NULL: what fits */
	const char *book;	/* of GATE_BOOK */
	const char *reason;	/* or NULL: may be given at the confirmation */
};

struct gate_options {
	struct engine *engine;
	struct journal *journal;	/* NULL: nothing may be done */
	struct model *model;
	const struct conf *conf;
	const char *site_books, *shipped_books;
};

struct gatekeeper *gate_new(const struct gate_options *o);
void gate_free(struct gatekeeper *g);
/* Another configuration. What was planned by the old one is void. */
void gate_configure(struct gatekeeper *g, const struct conf *conf,
    const char *site_books);
/* The book of that name, the site's before the one that comes with vigie. NULL
 * with the reason. */
struct book *gate_book(const struct gatekeeper *g, const char *name,
    struct err *e);
/* Values of the book's parameters that the configuration has for there, ended
 * by a NULL name; values_free(). */
struct book_value *gate_values(const struct conf *conf,
    const char *environment, const struct book *b);
/* What a version means there, as far as it is known: "commit" and "image",
 * unless they have a value. May replace *values. */
void gate_resolve(const struct gatekeeper *g, const char *environment,
    const char *version, struct book_value **values);
/* Whether that run brings an earlier version back. */
bool gate_is_rollback(const struct conf *conf, const struct run *r);

/* The plan as JSON: id, act, environment, title, book, from, target,
 * target_commit, via, steps (title each), commands (what paper prints), effect
 * and warnings (sentences), blocked (sentence: it cannot be confirmed) or null,
 * word (what must be typed), needs_reason, fingerprint, expires_at, estimate_ms.
 * NULL with code ("not_found", "bad_argument", "not_permitted", "failed") and
 * sentence. */
struct json *gate_plan(struct gatekeeper *g, const struct gate_person *p,
    const struct gate_request *r, int64_t now, const char **code,
    struct err *e);
/* The run's id (borrowed from the model), or NULL with code ("not_permitted",
 * "expired", "moved", "wrong_word", "reason_missing", "busy", "failed") and
 * sentence. */
const char *gate_confirm(struct gatekeeper *g, const struct gate_person *p,
    const char *plan, const char *word, const char *reason, int64_t now,
    const char **code, struct err *e);
/* Pause, resume, abort, retry, skip, tick: of a run. */
int gate_act(struct gatekeeper *g, const struct gate_person *p, const char *run,
    enum engine_act act, const char *item, const char *reason,
    const char **code, struct err *e);
/* Plans of a peer that has gone are dropped. */
void gate_forget(struct gatekeeper *g, uint64_t peer);

#endif
