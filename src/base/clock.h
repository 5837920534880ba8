/*
 * Two clocks, and times as text. Durations and deadlines use the monotonic
 * clock; what is shown or stored uses the wall clock. Both in milliseconds.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* An instant nobody knows; also what a parse error leaves. */
#define TIME_UNKNOWN INT64_MIN

/* Milliseconds since an arbitrary start; never goes back, counts suspension
 * (CLOCK_BOOTTIME). */
int64_t clock_mono(void);
/* Milliseconds since 1970-01-01T00:00:00Z. */
int64_t clock_wall(void);

/* Room for any text made here, NUL included. */
#define CLOCK_TEXT_MAX 40

/* RFC 3339 UTC with milliseconds, "2026-06-15T08:01:02.345Z". Years outside
 * 0–9999 give "". Returns text. */
const char *clock_rfc3339(int64_t wall_ms, char text[CLOCK_TEXT_MAX]);
/* Local time of day, "14:02:11". Returns text. */
const char *clock_time_of_day(int64_t wall_ms, char text[CLOCK_TEXT_MAX]);

/* Any RFC 3339 time with any fraction and offset ("…123456789Z", "…+02:00").
 * 0 and *wall_ms, or -1 with *wall_ms untouched. Docker's zero time
 * ("0001-01-01T00:00:00Z") is refused: it means "never". */
int clock_parse_rfc3339(const char *s, int64_t *wall_ms);

/* A duration for people: "0s" "59s" "12m" "3h" "2d" "6w"; negative is "0s",
 * TIME_UNKNOWN "?". Returns text. */
const char *clock_age(int64_t ms, char text[CLOCK_TEXT_MAX]);

/* How long something took, to the second: "8s" "2m40s" "1h05m"; negative is
 * "?". Returns text. */
const char *clock_span(int64_t ms, char text[CLOCK_TEXT_MAX]);

/* Parse "500ms", "15s", "30m", "24h", "7d", "2w" (a bare number is refused)
 * into milliseconds. */
int clock_parse_duration(const char *s, int64_t *ms);

#endif
