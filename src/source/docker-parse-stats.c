#include "source/docker-parse-private.h"

#include <math.h>

static void
read_cpu(struct docker_stats *s, const struct json *cpu)
{
	const struct json *per_cpu = json_path(cpu, "cpu_usage.percpu_usage");

	s->cpu_ns = json_number(json_path(cpu, "cpu_usage.total_usage"), NAN);
	s->system_ns = json_number(json_get(cpu, "system_cpu_usage"), NAN);
	s->cores = parse_int(json_get(cpu, "online_cpus"), -1);
	if (s->cores <= 0 && json_is_array(per_cpu))
		s->cores = json_count(per_cpu);
	if (s->cores <= 0)
		s->cores = -1;
}

static int64_t
bytes_of(const struct json *v)
{
	double n = json_number(v, NAN);

	/* An absent limit is near 2^63, which a double rounds up. */
	return n >= 0 && n < 9.2e18 ? (int64_t)n : -1;
}

/* docker/cli stats_helpers.go: usage without the cache that can be given up,
 * total_inactive_file on cgroup v1, inactive_file on v2. */
static void
read_memory(struct docker_stats *s, const struct json *memory)
{
	const struct json *fields = json_get(memory, "stats");
	int64_t usage = bytes_of(json_get(memory, "usage"));
	int64_t cache = bytes_of(json_get(fields, "total_inactive_file"));

	if (cache == -1)
		cache = bytes_of(json_get(fields, "inactive_file"));
	if (usage > 0 && cache > 0 && cache < usage)
		usage -= cache;
	s->memory_bytes = usage;
	s->memory_limit = bytes_of(json_get(memory, "limit"));
	if (s->memory_limit == 0)
		s->memory_limit = -1;
}

static double
when(const struct json *v)
{
	int64_t t = parse_time(v);

	return t == TIME_UNKNOWN ? NAN : (double)t;
}

int
docker_stats_parse(const char *text, size_t len, struct docker_stats *now,
    struct docker_stats *before, struct err *e)
{
	struct json *v = parse_json(text, len, "container figures", e);

	if (!v)
		return -1;
	if (!json_is_object(v)) {
		json_free(v);
		return err_set(e, "the engine's container figures are no "
		    "object");
	}
	read_cpu(now, json_get(v, "cpu_stats"));
	read_memory(now, json_get(v, "memory_stats"));
	now->read_ms = when(json_get(v, "read"));
	read_cpu(before, json_get(v, "precpu_stats"));
	before->memory_bytes = before->memory_limit = -1;
	before->read_ms = when(json_get(v, "preread"));
	json_free(v);
	return 0;
}

double
docker_stats_cpu(const struct docker_stats *now,
    const struct docker_stats *before)
{
	double cpu = now->cpu_ns - before->cpu_ns;
	double system = now->system_ns - before->system_ns;
	double wall = (now->read_ms - before->read_ms) * 1e6;

	/* A counter of zero is one that was never read. */
	if (!(before->cpu_ns > 0) || !(cpu >= 0))
		return NAN;
	if (before->system_ns > 0 && system > 0 && now->cores > 0)
		return cpu / system * now->cores * 100;
	return wall > 0 ? cpu / wall * 100 : NAN;
}
