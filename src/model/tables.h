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
/* All of the releases but when they were looked at. */
#define RELEASES (WHOLE << 4)

extern const struct field model_fields[];
extern const struct field notice_fields[];
extern const struct field releases_fields[];
extern const struct field release_fields[];
extern const struct field environment_fields[];
extern const struct field service_fields[];
extern const struct field probe_fields[];

#endif
