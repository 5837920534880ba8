/*
 * Durations and sizes as the file writes them: a whole number and a unit.
 * Durations are read by clock_parse_duration() (base/clock.h).
 */
#ifndef CONFIG_UNITS_H
#define CONFIG_UNITS_H

#include <stdint.h>

#include "base/buf.h"

/* In the largest unit that says it exactly: "90d", "1500ms"; "64MiB". */
void units_print_duration(struct buf *b, int64_t ms);
void units_print_bytes(struct buf *b, int64_t bytes);

/* "64MiB" "1GiB" "512B"; -1 for anything else, NULL among it, with *bytes
 * untouched. */
int units_parse_bytes(const char *s, int64_t *bytes);

#endif
