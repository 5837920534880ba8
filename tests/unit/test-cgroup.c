/* Control groups: where a container's counters are, and what they say. */
#include "unit.h"

#include <math.h>

#include "data.h"
#include "source/cgroup-parse.h"

#define ID "f341ba5d9770284a6afc70ed775a2a25b31c2b83eec82396a524d82a60d38c6d"

static const struct {
	const char *mounts, *group;
	const char *cpu, *memory;	/* both NULL: not found */
} paths[] = {
	/* docker, cgroupfs driver, v1 with cpu and cpuacct apart */
	{"mountinfo-v1", "9:name=systemd:/docker/" ID "\n4:memory:/docker/" ID
	 "\n2:cpuacct:/docker/" ID "\n1:cpu:/docker/" ID "\n0::/docker/" ID
	 "\n", "/sys/fs/cgroup/cpuacct/docker/" ID,
	 "/sys/fs/cgroup/memory/docker/" ID},
	/* a cgroup parent of its own */
	{"mountinfo-v1", "4:memory:/lab/local/" ID "\n2:cpuacct:/lab/local/" ID
	 "\n", "/sys/fs/cgroup/cpuacct/lab/local/" ID,
	 "/sys/fs/cgroup/memory/lab/local/" ID},
	/* docker, systemd driver, hybrid */
	{"mountinfo-systemd-v1", "5:cpu,cpuacct:/system.slice/docker-" ID
	 ".scope\n4:memory:/system.slice/docker-" ID ".scope\n0::/system.slice/"
	 "docker-" ID ".scope\n",
	 "/sys/fs/cgroup/cpu,cpuacct/system.slice/docker-" ID ".scope",
	 "/sys/fs/cgroup/memory/system.slice/docker-" ID ".scope"},
	/* docker, v2, a process that put itself deeper */
	{"mountinfo-v2", "0::/system.slice/docker-" ID ".scope/init.scope\n",
	 "/sys/fs/cgroup/system.slice/docker-" ID ".scope",
	 "/sys/fs/cgroup/system.slice/docker-" ID ".scope"},
	/* podman, v2 */
	{"mountinfo-v2", "0::/machine.slice/libpod-" ID ".scope/container\n",
	 "/sys/fs/cgroup/machine.slice/libpod-" ID ".scope",
	 "/sys/fs/cgroup/machine.slice/libpod-" ID ".scope"},
	/* a pid of another world: some process of this host */
	{"mountinfo-v2", "0::/user.slice/user-0.slice/session-1.scope\n",
	 NULL, NULL},
	/* outside the reader's namespace */
	{"mountinfo-v2", "0::/../docker-" ID ".scope\n", NULL, NULL},
	{"mountinfo-v2", "", NULL, NULL},
	{"mountinfo-v2", "rubbish\n0:\n::\n", NULL, NULL},
};

START_TEST(paths_are_found_by_the_id)
{
	struct buf b = data_load("host", paths[_i].mounts);
	struct cgroup_mounts m;
	struct cgroup_paths p;
	int r;

	cgroup_mounts_parse(&m, b.data, b.len);
	r = cgroup_paths_parse(&m, paths[_i].group, strlen(paths[_i].group),
	    ID, &p);
	if (paths[_i].cpu) {
		ck_assert_int_eq(r, 0);
		ck_assert_str_eq(p.cpu, paths[_i].cpu);
		ck_assert_str_eq(p.memory, paths[_i].memory);
		cgroup_paths_release(&p);
	} else {
		ck_assert_int_eq(r, -1);
	}
	cgroup_mounts_release(&m);
	buf_release(&b);
}
END_TEST

START_TEST(a_mounted_part_is_followed)
{
	static const char mounts[] = "34 31 0:29 /outer /sys/fs/cgroup ro - "
	    "cgroup2 cgroup rw\n";
	static const char group[] = "0::/outer/docker/" ID "\n";
	struct cgroup_mounts m;
	struct cgroup_paths p;

	cgroup_mounts_parse(&m, mounts, strlen(mounts));
	ck_assert_int_eq(cgroup_paths_parse(&m, group, strlen(group), ID, &p),
	    0);
	ck_assert_str_eq(p.cpu, "/sys/fs/cgroup/docker/" ID);
	cgroup_paths_release(&p);
	cgroup_mounts_release(&m);
}
END_TEST

static void
line(struct cgroup_usage *u, const char *file, const char *text)
{
	cgroup_usage_line(u, file, strlen(file), text, strlen(text));
}

START_TEST(figures_of_v2)
{
	struct cgroup_usage a, b;

	cgroup_usage_init(&a);
	line(&a, "cpu.stat", "usage_usec 5000000");
	line(&a, "cpu.stat", "user_usec 4000000");
	line(&a, "memory.current", "104857600");
	line(&a, "memory.max", "max");
	line(&a, "memory.stat", "inactive_file 4857600");
	ck_assert(cgroup_memory(&a) == 100000000);
	ck_assert(a.limit == -1);
	b = a;
	line(&b, "cpu.stat", "usage_usec 7500000");
	line(&b, "memory.max", "536870912");
	ck_assert(b.limit == 536870912);
	/* 2.5 s of CPU within 5 s: half a core. */
	ck_assert(fabs(cgroup_cpu_percent(&b, &a, 5) - 50) < 1e-6);
	ck_assert(isnan(cgroup_cpu_percent(&a, &b, 5)));
	ck_assert(isnan(cgroup_cpu_percent(&b, &a, 0)));
}
END_TEST

START_TEST(figures_of_v1)
{
	struct cgroup_usage a;

	cgroup_usage_init(&a);
	line(&a, "cpuacct.usage", "2500000000");
	line(&a, "memory.usage_in_bytes", "1000");
	line(&a, "memory.limit_in_bytes", "9223372036854771712");
	line(&a, "memory.stat", "total_inactive_file 400");
	line(&a, "memory.stat", "inactive_file 100");
	ck_assert(fabs(a.cpu_seconds - 2.5) < 1e-9);
	ck_assert(cgroup_memory(&a) == 600);
	ck_assert(a.limit == -1);
}
END_TEST

START_TEST(rubbish_is_unknown)
{
	struct cgroup_usage a;

	cgroup_usage_init(&a);
	line(&a, "cpu.stat", "usage_usec");
	line(&a, "cpu.stat", "usage_usec -5");
	line(&a, "cpuacct.usage", "99999999999999999999999999");
	line(&a, "memory.current", "12x");
	line(&a, "", "");
	ck_assert(isnan(a.cpu_seconds));
	ck_assert(cgroup_memory(&a) == -1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("cgroup");
	TCase *t = tcase_create("cgroup");

	tcase_add_loop_test(t, paths_are_found_by_the_id, 0,
	    sizeof(paths) / sizeof(paths[0]));
	tcase_add_test(t, a_mounted_part_is_followed);
	tcase_add_test(t, figures_of_v2);
	tcase_add_test(t, figures_of_v1);
	tcase_add_test(t, rubbish_is_unknown);
	suite_add_tcase(s, t);
	return unit_run(s);
}
