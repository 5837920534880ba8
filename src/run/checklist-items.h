/*
 * What the files of checklist items share. Each item is a pure function of a
 * sight (run/verb.h); checklist-sources.c has the table of them.
 */
#ifndef RUN_CHECKLIST_ITEMS_H
#define RUN_CHECKLIST_ITEMS_H

#include "model/model.h"
#include "run/verb.h"

/* Say what was found. evidence_at: when what it rests on was observed. */
void item_say(struct checklist_item *i, enum status status,
    int64_t evidence_at, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* Whether it was seen, and lately; else says that `what` was not. */
bool item_seen(struct checklist_item *i, const struct sight *s,
    const struct observation *o, const char *what);
/* The commit that the run leads to; NULL when it is not known. */
const char *item_commit(const struct sight *s);
/* The environment; else says that it is not observed. */
const struct environment *item_environment(struct checklist_item *i,
    const struct sight *s);

/* checklist-release.c: the version, before it is deployed (the plan, §8). */
void item_ci(const struct sight *s, struct checklist_item *i);
void item_e2e(const struct sight *s, struct checklist_item *i);
void item_changelog(const struct sight *s, struct checklist_item *i);
void item_migration(const struct sight *s, struct checklist_item *i);
void item_pulls(const struct sight *s, struct checklist_item *i);
/* checklist-place.c: where and when it is deployed (§8). */
void item_rollback_test(const struct sight *s, struct checklist_item *i);
void item_backup(const struct sight *s, struct checklist_item *i);
void item_approver(const struct sight *s, struct checklist_item *i);
void item_calendar(const struct sight *s, struct checklist_item *i);
/* checklist-after.c: what came of it (§9.2). */
void item_smoke(const struct sight *s, struct checklist_item *i);
void item_docmost_login(const struct sight *s, struct checklist_item *i);
void item_baserow_login(const struct sight *s, struct checklist_item *i);
void item_pages(const struct sight *s, struct checklist_item *i);
void item_logs(const struct sight *s, struct checklist_item *i);
void item_metrics(const struct sight *s, struct checklist_item *i);

#endif
