/*
 * Control groups: where a container's counters are and what they say. Pure.
 *
 * Works for v1, v2 and the hybrid of both, for the cgroupfs and the systemd
 * driver, for docker and podman: the path is not guessed but read from
 * /proc/PID/cgroup, and believed only when it names the container's id. A pid
 * of another namespace (an engine in a virtual machine) thus finds nothing.
 */
#ifndef SOURCE_CGROUP_PARSE_H
#define SOURCE_CGROUP_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One mounted hierarchy. */
struct cgroup_mount {
	char *root;		/* the group that is mounted; "/" in general */
	char *path;		/* where, "/sys/fs/cgroup/memory" */
};

struct cgroup_mounts {
	struct cgroup_mount unified, cpuacct, memory;
};

/* From /proc/self/mountinfo. */
void cgroup_mounts_parse(struct cgroup_mounts *m, const char *text,
    size_t len);
void cgroup_mounts_release(struct cgroup_mounts *m);

/* Directories of one container's counters; NULL: none. */
struct cgroup_paths {
	char *cpu, *memory;
	bool cpu_v2, memory_v2;
};

/* From /proc/PID/cgroup. -1 when neither was found. */
int cgroup_paths_parse(const struct cgroup_mounts *m, const char *text,
    size_t len, const char *id, struct cgroup_paths *out);
void cgroup_paths_release(struct cgroup_paths *p);

struct cgroup_usage {
	double cpu_seconds;	/* since its start; NAN */
	int64_t memory, inactive_file;	/* bytes; -1 */
	int64_t limit;		/* -1: none or unknown */
};

void cgroup_usage_init(struct cgroup_usage *u);
/* One line of one of the files below a container's directories. Others are
 * ignored. */
void cgroup_usage_line(struct cgroup_usage *u, const char *file,
    size_t file_len, const char *line, size_t len);
/* As docker stats: memory without the cache that can be given up; -1. */
int64_t cgroup_memory(const struct cgroup_usage *u);
/* As docker stats: 100 is one core. NAN when the counter went back (the
 * container restarted) or no time has passed. */
double cgroup_cpu_percent(const struct cgroup_usage *now,
    const struct cgroup_usage *before, double seconds);

#endif
