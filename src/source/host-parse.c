#include "source/host-parse.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>

#include "base/alloc.h"

/* Numbers of one line, at most; /proc/stat has ten after "cpu". */
#define NUMBERS_MAX 10

void
host_sample_init(struct host_sample *h)
{
	*h = (struct host_sample){
		.busy = NAN, .total = NAN, .load1 = NAN, .load5 = NAN,
		.load15 = NAN, .uptime_s = NAN, .memory_total = -1,
		.memory_available = -1, .memory_free = -1, .memory_cache = -1,
	};
}

static bool
is(const char *s, size_t len, const char *what)
{
	return len == strlen(what) && !memcmp(s, what, len);
}

/* Decimal numbers separated by spaces, up to what is none. strtod() would
 * follow the locale and accept "nan". */
static size_t
numbers(const char *s, size_t len, double *out, size_t max)
{
	const char *end = s + len;
	size_t count = 0;

	while (count < max) {
		double n = 0, unit = 1;
		const char *start;

		while (s < end && *s == ' ')
			s++;
		for (start = s; s < end && isdigit((unsigned char)*s); s++)
			n = n * 10 + (*s - '0');
		if (s == start)
			break;
		if (s < end && *s == '.')
			for (s++; s < end && isdigit((unsigned char)*s); s++)
				n += (*s - '0') * (unit /= 10);
		if (s < end && *s != ' ' && *s != '\t')
			break;
		out[count++] = n;
	}
	return count;
}

/* user nice system idle iowait irq softirq steal guest guest_nice; the guest
 * columns are counted in user and nice already (proc(5)). */
static void
stat_line(struct host_sample *h, const char *s, size_t len)
{
	double n[NUMBERS_MAX];
	size_t count, i;

	if (len < 4 || memcmp(s, "cpu ", 4))
		return;
	count = numbers(s + 4, len - 4, n, NUMBERS_MAX);
	if (count < 4)
		return;
	h->total = 0;
	for (i = 0; i < count && i < 8; i++)
		h->total += n[i];
	h->busy = h->total - n[3] - (count > 4 ? n[4] : 0);
}

static void
meminfo_line(struct host_sample *h, const char *s, size_t len)
{
	static const struct {
		const char *key;
		size_t at;
	} table[] = {
		{"MemTotal", offsetof(struct host_sample, memory_total)},
		{"MemAvailable",
		 offsetof(struct host_sample, memory_available)},
		{"MemFree", offsetof(struct host_sample, memory_free)},
		{"Cached", offsetof(struct host_sample, memory_cache)},
	};
	const char *colon = memchr(s, ':', len);
	double n;
	size_t i;

	if (!colon || numbers(colon + 1, len - (colon + 1 - s), &n, 1) != 1 ||
	    n > 9e15)
		return;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (is(s, colon - s, table[i].key))
			*(int64_t *)((char *)h + table[i].at) =
			    (int64_t)n * 1024;
}

void
host_sample_line(struct host_sample *h, const char *file, size_t file_len,
    const char *line, size_t len)
{
	double n[3];

	if (is(file, file_len, "/proc/stat")) {
		stat_line(h, line, len);
	} else if (is(file, file_len, "/proc/meminfo")) {
		meminfo_line(h, line, len);
	} else if (is(file, file_len, "/proc/loadavg")) {
		if (numbers(line, len, n, 3) < 3)
			return;
		h->load1 = n[0];
		h->load5 = n[1];
		h->load15 = n[2];
	} else if (is(file, file_len, "/proc/uptime")) {
		if (numbers(line, len, n, 1) == 1)
			h->uptime_s = n[0];
	}
}

double
host_cpu_percent(const struct host_sample *now,
    const struct host_sample *before)
{
	double busy = now->busy - before->busy;
	double total = now->total - before->total;

	if (!(busy >= 0) || !(total > 0))
		return NAN;
	return busy > total ? 100 : busy / total * 100;
}

double
host_memory_percent(const struct host_sample *h)
{
	int64_t free_ = h->memory_available;

	if (free_ < 0 && h->memory_free >= 0)
		free_ = h->memory_free +
		    (h->memory_cache > 0 ? h->memory_cache : 0);
	if (h->memory_total <= 0 || free_ < 0 || free_ > h->memory_total)
		return NAN;
	return (double)(h->memory_total - free_) / h->memory_total * 100;
}

/* "Filesystem 1024-blocks Used Available Capacity Mounted on": the device may
 * hold spaces, so the numbers are found from the percent sign. */
int
disk_parse(const char *text, size_t len, struct disk_sample *out)
{
	const char *s = text, *line = text, *end = text + len, *p;
	double n[3], room;

	while (end > text && end[-1] == '\n')
		end--;
	for (; (s = memchr(s, '\n', end - s)); s++)
		line = s + 1;
	for (p = line; (p = memchr(p, '%', end - p)); p++) {
		const char *q = p;
		int field = 0;

		/* Back over "Capacity" and the three numbers before it. */
		while (field < 4 && q > line) {
			while (q > line && q[-1] != ' ')
				q--;
			if (++field < 4)
				while (q > line && q[-1] == ' ')
					q--;
		}
		if (field == 4 && numbers(q, end - q, n, 3) == 3)
			break;
	}
	if (!p)
		return -1;
	room = n[1] + n[2];
	if (!(n[0] >= 1) || n[0] > 9e15 || !(room > 0))
		return -1;
	out->total = (int64_t)n[0] * 1024;
	out->percent = n[1] / room * 100;
	return 0;
}
