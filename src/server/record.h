/*
 * What must not be forgotten: the tenures of versions, marks, locks and
 * verdicts on backups, in a database of its own, each durable (synchronous
 * FULL) before its `done` is called. A thread owns the database, so that a slow
 * disk never holds the loop. Unlike the history it is precious: a damaged file
 * is an error at the start, and nothing of it is thrown away.
 */
#ifndef SERVER_RECORD_H
#define SERVER_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "io/loop.h"
#include "model/model.h"
#include "source/backups.h"

struct record;

struct record_options {
	const char *path;	/* of the database; made with 0600 */
	/* A write failed (text), or writing works again (NULL). From the loop. */
	void (*trouble)(void *arg, const char *text);
	void *arg;
};

/* Opens, checks and reads all of it into memory. */
struct record *record_new(struct loop *l, const struct record_options *o,
    struct err *e);
/* Writes what is pending, waiting at most 2 s. */
void record_free(struct record *r);

/* Fill the model with what is on record: the marks, each environment's lock,
 * and the tenures of those that have none. First of all, and whenever the list
 * of environments has changed; the model must stay where it is. */
void record_recall(struct record *r, struct model *m);
/* Call fn for each verdict on backups that is on record for the environment:
 * one for each backup, the newest of them first. */
void record_verdicts(struct record *r, const char *environment,
    void (*fn)(void *arg, const struct backup_verdict *v), void *arg);

/* The environment has changed, or a second has passed: follow its tenures
 * (model/tenure-follow.h); the first of env->tenures is the live one. Sets
 * CHANGE_TENURES where something differs, and once a minute for its times. True
 * when another version has begun its tenure. */
bool record_follow(struct record *r, struct environment *env, int64_t now);

/* These change the model too, at once; `done` (or NULL) is called from the loop
 * when it is durable (error NULL) or was not written, and then the model is as
 * before. Texts are copied. */
typedef void record_done_fn(void *arg, const char *error);
void record_mark(struct record *r, struct model *m, const struct mark *mark,
    record_done_fn *done, void *arg);
/* lock->who NULL lifts it. */
void record_lock(struct record *r, struct environment *env,
    const struct environment_lock *lock, record_done_fn *done, void *arg);
void record_verdict(struct record *r, const struct backup_verdict *v);

#endif
