/*
 * What the two files of readiness share: readiness.c chooses the target and
 * concludes, readiness-checks.c has the single checks.
 */
#ifndef MODEL_READINESS_PARTS_H
#define MODEL_READINESS_PARTS_H

#include "model/model.h"

/* One environment's readiness in the making. */
struct judged {
	const struct model *model;
	const struct environment *env;
	int64_t now;
	const char *live_commit;	/* or NULL */
	const struct tenure *tenure;	/* of the target, or NULL */
	const struct release *release;	/* the target's, or NULL */
	int bad_ones, short_ones;	/* earlier versions passed over */
	struct readiness out;
};

struct readiness_check *readiness_add(struct judged *j,
    enum readiness_code code, enum status status, int64_t evidence_at,
    const char *fmt, ...) __attribute__((format(printf, 5, 6)));

enum schemas_verdict { SCHEMAS_SAME, SCHEMAS_DIFFER, SCHEMAS_UNKNOWN };

/* What is now against what was when the tenure was last seen; *name gets that
 * of the schema in question (borrowed), or NULL. */
enum schemas_verdict readiness_compare_schemas(const struct environment *env,
    const struct tenure *t, const char **name);

void readiness_check_tag(struct judged *j);
void readiness_check_image(struct judged *j);
void readiness_check_schema(struct judged *j);
void readiness_check_backup(struct judged *j);
void readiness_check_lock(struct judged *j);
void readiness_check_approver(struct judged *j);
void readiness_check_drill(struct judged *j);

#endif
