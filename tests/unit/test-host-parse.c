/* A host's figures from /proc and df. */
#include "unit.h"

#include <math.h>

#include "data.h"
#include "source/host-parse.h"

static void
lines(struct host_sample *h, const char *file, const char *s)
{
	while (*s) {
		size_t n = strcspn(s, "\n");

		host_sample_line(h, file, strlen(file), s, n);
		s += n + (s[n] == '\n');
	}
}

START_TEST(host_as_recorded)
{
	static const char *const files[] = {"stat", "meminfo", "loadavg",
	    "uptime"};
	struct host_sample h;
	size_t i;

	host_sample_init(&h);
	for (i = 0; i < 4; i++) {
		struct buf b = data_load("host", files[i]);
		char path[32];

		snprintf(path, sizeof(path), "/proc/%s", files[i]);
		lines(&h, path, b.data);
		buf_release(&b);
	}
	ck_assert(h.busy > 0 && h.busy < h.total);
	ck_assert(h.load1 >= 0 && h.load15 >= 0);
	ck_assert(h.uptime_s > 1);
	ck_assert(host_memory_percent(&h) > 0 && host_memory_percent(&h) < 100);
}
END_TEST

START_TEST(cpu_is_what_was_busy_between)
{
	struct host_sample a, b;

	host_sample_init(&a);
	host_sample_init(&b);
	lines(&a, "/proc/stat", "cpu  100 0 100 800 0 0 0 0 50 0\ncpu0 1 2 3 4");
	lines(&b, "/proc/stat", "cpu  150 0 125 1575 50 0 0 100 90 0");
	/* 1000 more in all, of which 775 idle and 50 waiting for a disk. */
	ck_assert(fabs(host_cpu_percent(&b, &a) - 17.5) < 1e-6);
	ck_assert(isnan(host_cpu_percent(&a, &b)));
	ck_assert(isnan(host_cpu_percent(&a, &a)));
}
END_TEST

START_TEST(old_kernels_have_no_available)
{
	struct host_sample h;

	host_sample_init(&h);
	lines(&h, "/proc/meminfo", "MemTotal:  1000 kB\nMemFree: 300 kB\n"
	    "Buffers: 10 kB\nCached:  200 kB\n");
	ck_assert(fabs(host_memory_percent(&h) - 50) < 1e-6);
	lines(&h, "/proc/meminfo", "MemAvailable: 600 kB");
	ck_assert(fabs(host_memory_percent(&h) - 40) < 1e-6);
}
END_TEST

START_TEST(rubbish_is_unknown)
{
	struct host_sample h;

	host_sample_init(&h);
	lines(&h, "/proc/stat", "cpu  x y\ncpu \n\ncpu  1 2\n");
	lines(&h, "/proc/meminfo", "MemTotal\nMemTotal: many\n:\n"
	    "MemTotal: 99999999999999999999999999999999 kB");
	lines(&h, "/proc/loadavg", "0.1 nan inf");
	lines(&h, "/proc/uptime", "");
	ck_assert(isnan(h.busy) && isnan(h.load1) && isnan(h.uptime_s));
	ck_assert(isnan(host_memory_percent(&h)));
}
END_TEST

static const struct {
	const char *text;
	double percent;		/* NAN: refused */
	int64_t total;
} disks[] = {
	{"Filesystem 1024-blocks Used Available Capacity Mounted on\n"
	 "/dev/vda1 1000 300 600 34% /\n", 100.0 / 3, 1024000},
	{"Filesystem 1024-blocks Used Available Capacity Mounted on\n"
	 "//nas/a share 100% full 1000 250 750 25% /mnt/with 50% in it\n", 25,
	 1024000},
	{"/dev/vda1 1000 1000 0 100% /", 100, 1024000},
	{"df: /nosuch: No such file or directory\n", NAN, 0},
	{"", NAN, 0},
	{"Filesystem 1024-blocks Used Available Capacity Mounted on\n", NAN,
	 0},
	{"none 0 0 0 - /x\n", NAN, 0},
	{"none 0 0 0 0% /x\n", NAN, 0},
	{"% % % %", NAN, 0},
};

START_TEST(df_is_read_from_its_percent)
{
	struct disk_sample d = {0};
	int r = disk_parse(disks[_i].text, strlen(disks[_i].text), &d);

	ck_assert_int_eq(r, isnan(disks[_i].percent) ? -1 : 0);
	if (r == 0) {
		ck_assert(fabs(d.percent - disks[_i].percent) < 1e-6);
		ck_assert(d.total == disks[_i].total);
	}
}
END_TEST

START_TEST(df_as_recorded)
{
	struct buf b = data_load("host", "df");
	struct disk_sample d;

	ck_assert_int_eq(disk_parse(b.data, b.len, &d), 0);
	ck_assert(d.percent > 0 && d.percent < 100 && d.total > 0);
	buf_release(&b);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("host-parse");
	TCase *t = tcase_create("host-parse");

	tcase_add_test(t, host_as_recorded);
	tcase_add_test(t, cpu_is_what_was_busy_between);
	tcase_add_test(t, old_kernels_have_no_available);
	tcase_add_test(t, rubbish_is_unknown);
	tcase_add_loop_test(t, df_is_read_from_its_percent, 0,
	    sizeof(disks) / sizeof(disks[0]));
	tcase_add_test(t, df_as_recorded);
	suite_add_tcase(s, t);
	return unit_run(s);
}
