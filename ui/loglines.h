/*
 * The lines of a log view: a bounded ring ordered by time, with the severity
 * that each line says of itself. Each line keeps its serial number for life,
 * so that positions survive the loss of old lines. Bounded by count and by
 * bytes; the oldest lines go first.
 */
#ifndef UI_LOGLINES_H
#define UI_LOGLINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOGLINES_MAX 20000
#define LOGLINES_BYTES_MAX (16 * 1024 * 1024)

enum severity {
	SEVERITY_NONE,		/* it says nothing */
	SEVERITY_DEBUG, SEVERITY_INFO, SEVERITY_WARN, SEVERITY_ERROR,
};

struct log_entry {
	int64_t at;		/* wall ms or TIME_UNKNOWN */
	enum severity severity;
	int service;		/* index in services; -1: a remark of ours */
	bool is_stderr, cut;
	size_t bytes;
	char text[];
};

struct log_lines {
	struct log_entry **ring;
	size_t head, count, bytes;
	uint64_t first;		/* serial of the oldest */
	char **services;
	size_t service_count;
};

void log_lines_release(struct log_lines *l);
/* In its place by time. `service` NULL makes a remark. */
void log_lines_add(struct log_lines *l, int64_t at, const char *service,
    const char *text, bool is_stderr, bool cut);
bool log_lines_full(const struct log_lines *l);
/* i from 0 (oldest). */
const struct log_entry *log_lines_at(const struct log_lines *l, size_t i);
/* Whether one of the newest lines is the same: a stream that was opened again
 * repeats those of its first millisecond. */
bool log_lines_has(const struct log_lines *l, int64_t at, const char *service,
    const char *text);

/* What a line says of its severity: words, levels of JSON and logfmt. */
enum severity log_severity(const char *text);

#endif
