/*
 * What a host's shell may print: mounts and control groups, counters, /proc,
 * df, git.
 */
#include "fuzz.h"

#include <math.h>

#include "base/alloc.h"
#include "model/version.h"
#include "source/cgroup-parse.h"
#include "source/checkout-parse.h"
#include "source/host-parse.h"

static const char *const files[] = {
	"/proc/stat", "/proc/meminfo", "/proc/loadavg", "/proc/uptime",
	"cpu.stat", "cpuacct.usage", "memory.current", "memory.max",
	"memory.stat", "memory.usage_in_bytes", "memory.limit_in_bytes",
};

static void
lines(const char *p, const char *end)
{
	struct host_sample host;
	struct cgroup_usage usage;
	double percent;
	size_t i;

	host_sample_init(&host);
	cgroup_usage_init(&usage);
	while (p < end) {
		const char *stop = memchr(p, '\n', end - p);
		size_t n = (stop ? stop : end) - p;

		for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
			size_t len = strlen(files[i]);

			host_sample_line(&host, files[i], len, p, n);
			cgroup_usage_line(&usage, files[i], len, p, n);
		}
		p += n + 1;
	}
	percent = host_memory_percent(&host);
	if (percent < 0 || percent > 100)
		abort();
	host_cpu_percent(&host, &host);
	if (cgroup_memory(&usage) < -1)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* A copy of the exact size: nothing may look behind it. */
	char *text = xmalloc(size + !size);
	struct cgroup_mounts mounts;
	struct cgroup_paths paths;
	struct checkout_sample checkout;
	struct disk_sample disk;
	char *half, *rest;

	memcpy(text, data, size);
	cgroup_mounts_parse(&mounts, text, size);
	if (cgroup_paths_parse(&mounts, text, size, "abc", &paths) == 0) {
		if ((paths.cpu && strstr(paths.cpu, "/../")) ||
		    (paths.memory && strstr(paths.memory, "/../")))
			abort();
		cgroup_paths_release(&paths);
	}
	cgroup_mounts_release(&mounts);
	lines(text, text + size);
	if (disk_parse(text, size, &disk) == 0 &&
	    (!(disk.percent >= 0) || disk.percent > 100 || disk.total <= 0))
		abort();
	if (checkout_parse(text, size, &checkout, NULL) == 0)
		checkout_sample_release(&checkout);
	half = xstrndup(text, size / 2);
	rest = xstrndup(text + size / 2, size - size / 2);
	if ((version_compare(half, rest) < 0) !=
	    (version_compare(rest, half) > 0))
		abort();
	free(half);
	free(rest);
	free(text);
	return 0;
}
