/*
 * Entries of the tables, by the type of the member.
 */
#ifndef MODEL_TABLES_MACROS_H
#define MODEL_TABLES_MACROS_H

#include "model/fields.h"

#define NAME(s, m) FIELD(s, m, char *, kind_name)
#define TEXT(s, m) FIELD(s, m, char *, kind_text)
#define BOOL(s, m) FIELD(s, m, bool, kind_bool)
#define TRI(s, m) FIELD(s, m, enum tri, kind_tri)
#define INT(s, m) FIELD(s, m, int, kind_int)
#define COUNT(s, m) FIELD(s, m, int64_t, kind_count)
#define TIME(s, m) FIELD(s, m, int64_t, kind_time)
#define TENTHS(s, m) FIELD(s, m, double, kind_tenths)
#define CENTS(s, m) FIELD(s, m, double, kind_cents)
#define SERIES(s, m) FIELD(s, m, struct series, kind_series)
#define STATUS(s) FIELD(s, status, enum status, kind_status)
#define REASONS(s) FIELD(s, causes, struct causes, kind_reasons)
#define CAUSES(s) FIELD(s, causes, struct causes, kind_causes)
#define STATE(s, m) FIELD(s, m, enum container_state, kind_state)
#define HEALTH(s, m) FIELD(s, m, enum container_health, kind_health)
#define LINK(s, m) FIELD(s, m, enum link_state, kind_link)
#define OBJECT(s, m, table) .offset = offsetof(s, m), .sub = (table)

#define WORD(s, m, type, kind) FIELD(s, m, enum type, kind)
#define LIST(s, m, count, list_) FIELD_LIST(s, m, count, list_)

#endif
