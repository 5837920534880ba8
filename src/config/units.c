#include "config/units.h"

#include "base/text.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

struct unit {
	const char *suffix;
	int64_t factor;
};

/* From the largest. */
static const struct unit times[] = {
	{"w", INT64_C(7) * 24 * 3600 * 1000}, {"d", 24 * 3600 * 1000},
	{"h", 3600 * 1000}, {"m", 60 * 1000}, {"s", 1000}, {"ms", 1},
};
static const struct unit sizes[] = {
	{"TiB", INT64_C(1) << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20},
	{"KiB", 1 << 10}, {"B", 1},
};

static void
print_exact(struct buf *b, int64_t n, const struct unit *u, size_t count)
{
	size_t i = 0;

	while (i + 1 < count && (n < u[i].factor || n % u[i].factor))
		i++;
	buf_addf(b, "%lld%s", (long long)(n / u[i].factor), u[i].suffix);
}

void
units_print_duration(struct buf *b, int64_t ms)
{
	print_exact(b, ms, times, COUNT(times));
}

void
units_print_bytes(struct buf *b, int64_t bytes)
{
	print_exact(b, bytes, sizes, COUNT(sizes));
}

int
units_parse_bytes(const char *s, int64_t *bytes)
{
	size_t digits = s ? strspn(s, "0123456789") : 0, i;
	char number[20];
	int64_t n;

	if (digits == 0 || digits >= sizeof(number))
		return -1;
	memcpy(number, s, digits);
	number[digits] = '\0';
	for (i = 0; i < COUNT(sizes); i++)
		if (strcmp(s + digits, sizes[i].suffix) == 0 &&
		    text_int(number, 0, INT64_MAX / sizes[i].factor, &n) == 0) {
			*bytes = n * sizes[i].factor;
			return 0;
		}
	return -1;
}
