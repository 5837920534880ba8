/*
 * Which members of the model are in its JSON, under which names, and with which
 * changes they travel. One entry here makes a member be written and read.
 */
#ifndef MODEL_TABLES_H
#define MODEL_TABLES_H

#include "model/fields.h"

/* Bits beside enum change: what only the whole has, what the model itself has,
 * and the two parts of a service. */
#define WHOLE (CHANGE_ALL + 1)
#define MODEL (WHOLE << 1)
#define SERVICE_FIGURES (WHOLE << 2)
#define SERVICE_REST (WHOLE << 3)
/* All of the releases, the pipelines and the registry but when they were looked
 * at. */
#define RELEASES (WHOLE << 4)
#define PIPELINES (WHOLE << 5)
#define REGISTRY (WHOLE << 6)
#define MARKS (WHOLE << 7)
#define RUNS (WHOLE << 8)
/* What of an environment fields_init() and fields_release() take care of. */
#define ENVIRONMENT_LISTS (CHANGE_BACKUPS | CHANGE_TENURES | CHANGE_SCHEMAS | \
	CHANGE_IMAGES | CHANGE_LOCK | CHANGE_READINESS)

extern const struct field model_fields[];
extern const struct field notice_fields[];
extern const struct field releases_fields[];
extern const struct field release_fields[];
extern const struct field environment_fields[];
extern const struct field service_fields[];
extern const struct field probe_fields[];
extern const struct field observation_fields[];

/* tables-history.c: backups, tenures, readiness, marks, the registry */
extern const struct field lock_fields[];
extern const struct field readiness_fields[];
extern const struct field registry_fields[];
extern const struct list_of backups_list;	/* struct backup_series */
extern const struct list_of backup_items_list;	/* struct backup */
extern const struct list_of tenures_list;
extern const struct list_of tenure_images_list;
extern const struct list_of schemas_list;
extern const struct list_of host_images_list;
extern const struct list_of readiness_checks_list;
extern const struct list_of marks_list;
extern const struct list_of registry_images_list;

/* tables-runs.c */
extern const struct field model_run_fields[];
extern const struct list_of model_runs_list;
extern const struct list_of run_steps_list;
extern const struct list_of checklist_list;

/* tables-pipelines.c */
extern const struct field pipelines_fields[];
extern const struct list_of workflows_list;
extern const struct list_of runs_list;
extern const struct list_of jobs_list;
extern const struct list_of steps_list;
extern const struct list_of approvals_list;
extern const struct list_of gates_list;
extern const struct list_of deployments_list;
extern const struct list_of checks_list;
extern const struct list_of pulls_list;
extern const struct list_of runners_list;
extern const struct list_of permissions_list;

#endif
