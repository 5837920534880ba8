/*
 * Every verb there is: one file each.
 */
#ifndef RUN_VERB_TABLE_H
#define RUN_VERB_TABLE_H

#include "run/verb.h"

extern const struct verb verb_backup, verb_checklist, verb_git_tag,
    verb_github_approval, verb_github_run, verb_healthy, verb_http, verb_job,
    verb_manual, verb_restore, verb_smoke, verb_version, verb_wait_until;

#endif
