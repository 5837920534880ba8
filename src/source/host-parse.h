/*
 * A Linux host's figures from /proc and df. Pure: one line at a time, so that
 * a reader of many files can hand over what grep printed.
 */
#ifndef SOURCE_HOST_PARSE_H
#define SOURCE_HOST_PARSE_H

#include <stddef.h>
#include <stdint.h>

struct host_sample {
	double busy, total;	/* jiffies of all cores since boot; NAN */
	double load1, load5, load15;	/* NAN */
	double uptime_s;	/* NAN */
	int64_t memory_total, memory_available;	/* bytes; -1 */
	int64_t memory_free, memory_cache;	/* for kernels before 3.14 */
};

void host_sample_init(struct host_sample *h);
/* One line of "/proc/stat", "/proc/loadavg", "/proc/meminfo" or
 * "/proc/uptime"; those of other files and keys are ignored. */
void host_sample_line(struct host_sample *h, const char *file,
    size_t file_len, const char *line, size_t len);
/* Percent; NAN when unknown. */
double host_cpu_percent(const struct host_sample *now,
    const struct host_sample *before);
double host_memory_percent(const struct host_sample *h);

struct disk_sample {
	int64_t total;		/* bytes */
	double percent;		/* as df: of what users may fill */
};

/* The last line of `df -Pk PATH`. 0, or -1 with *out untouched. */
int disk_parse(const char *text, size_t len, struct disk_sample *out);

#endif
