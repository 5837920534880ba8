#include "base/clock.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>

static int64_t
now(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
clock_mono(void)
{
	return now(CLOCK_BOOTTIME);
}

int64_t
clock_wall(void)
{
	return now(CLOCK_REALTIME);
}

/* Whole seconds, rounded down also before 1970; the rest in *ms. */
static time_t
seconds(int64_t wall_ms, int *ms)
{
	int64_t rest = wall_ms % 1000;

	if (rest < 0)
		rest += 1000;
	if (ms)
		*ms = rest;
	return (wall_ms - rest) / 1000;
}

const char *
clock_rfc3339(int64_t wall_ms, char text[CLOCK_TEXT_MAX])
{
	struct tm tm;
	time_t s;
	int ms;

	text[0] = '\0';
	if (wall_ms == TIME_UNKNOWN)
		return text;
	s = seconds(wall_ms, &ms);
	if (!gmtime_r(&s, &tm) || tm.tm_year < -1900 || tm.tm_year > 8099)
		return text;
	snprintf(text, CLOCK_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
	    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
	    tm.tm_min, tm.tm_sec, ms);
	return text;
}

const char *
clock_time_of_day(int64_t wall_ms, char text[CLOCK_TEXT_MAX])
{
	struct tm tm;
	time_t s;

	text[0] = '\0';
	if (wall_ms == TIME_UNKNOWN)
		return text;
	s = seconds(wall_ms, NULL);
	if (localtime_r(&s, &tm))
		snprintf(text, CLOCK_TEXT_MAX, "%02d:%02d:%02d", tm.tm_hour,
		    tm.tm_min, tm.tm_sec);
	return text;
}

/* Exactly n digits at *s, within [lo, hi]; moves *s past them. */
static int
digits(const char **s, int n, int lo, int hi, int *out)
{
	int v = 0;

	while (n-- > 0) {
		if (!isdigit((unsigned char)**s))
			return -1;
		v = v * 10 + (*(*s)++ - '0');
	}
	if (v < lo || v > hi)
		return -1;
	*out = v;
	return 0;
}

static int
expect(const char **s, const char *any)
{
	if (**s == '\0' || !strchr(any, **s))
		return -1;
	(*s)++;
	return 0;
}

/* ".123456" at *s, if there, as milliseconds. */
static int
fraction(const char **s, int *ms)
{
	int n = 0;

	*ms = 0;
	if (**s != '.')
		return 0;
	for ((*s)++; isdigit((unsigned char)**s); (*s)++, n++)
		if (n < 3)
			*ms = *ms * 10 + (**s - '0');
	if (n == 0)
		return -1;
	for (; n < 3; n++)
		*ms *= 10;
	return 0;
}

/* "Z" or "+02:00" at *s, as minutes east of Greenwich. */
static int
offset(const char **s, int *minutes)
{
	int h, m, sign;

	*minutes = 0;
	if (**s == 'Z' || **s == 'z') {
		(*s)++;
		return 0;
	}
	sign = **s == '-' ? -1 : 1;
	if (expect(s, "+-") == -1 || digits(s, 2, 0, 23, &h) == -1 ||
	    expect(s, ":") == -1 || digits(s, 2, 0, 59, &m) == -1)
		return -1;
	*minutes = sign * (h * 60 + m);
	return 0;
}

int
clock_parse_rfc3339(const char *s, int64_t *wall_ms)
{
	struct tm tm = {0};
	int ms, east;

	if (!s || digits(&s, 4, 2, 9999, &tm.tm_year) == -1 ||
	    expect(&s, "-") == -1 || digits(&s, 2, 1, 12, &tm.tm_mon) == -1 ||
	    expect(&s, "-") == -1 || digits(&s, 2, 1, 31, &tm.tm_mday) == -1 ||
	    expect(&s, "Tt ") == -1 ||
	    digits(&s, 2, 0, 23, &tm.tm_hour) == -1 || expect(&s, ":") == -1 ||
	    digits(&s, 2, 0, 59, &tm.tm_min) == -1 || expect(&s, ":") == -1 ||
	    digits(&s, 2, 0, 60, &tm.tm_sec) == -1 ||
	    fraction(&s, &ms) == -1 || offset(&s, &east) == -1 || *s)
		return -1;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	*wall_ms = ((int64_t)timegm(&tm) - east * 60) * 1000 + ms;
	return 0;
}

static const struct {
	const char *suffix;
	int64_t ms;
} units[] = {
	{"ms", 1},
	{"s", 1000},
	{"m", 60 * 1000},
	{"h", 3600 * 1000},
	{"d", 24 * 3600 * 1000},
	{"w", (int64_t)7 * 24 * 3600 * 1000},
};

const char *
clock_age(int64_t ms, char text[CLOCK_TEXT_MAX])
{
	size_t i = 1;

	if (ms == TIME_UNKNOWN) {
		snprintf(text, CLOCK_TEXT_MAX, "?");
		return text;
	}
	if (ms < 0)
		ms = 0;
	/* Two of the next unit before it takes over: "90m" says more than
	 * "1h". */
	while (i + 1 < sizeof(units) / sizeof(units[0]) &&
	    ms >= 2 * units[i + 1].ms)
		i++;
	snprintf(text, CLOCK_TEXT_MAX, "%lld%s",
	    (long long)(ms / units[i].ms), units[i].suffix);
	return text;
}

const char *
clock_span(int64_t ms, char text[CLOCK_TEXT_MAX])
{
	long long s = (ms + 500) / 1000;

	if (ms < 0)
		snprintf(text, CLOCK_TEXT_MAX, "?");
	else if (s >= 3600)
		snprintf(text, CLOCK_TEXT_MAX, "%lldh%02lldm", s / 3600,
		    s / 60 % 60);
	else if (s >= 60)
		snprintf(text, CLOCK_TEXT_MAX, "%lldm%02llds", s / 60,
		    s % 60);
	else
		snprintf(text, CLOCK_TEXT_MAX, "%llds", s);
	return text;
}

int
clock_parse_duration(const char *s, int64_t *ms)
{
	long long n;
	char *end;
	size_t i;

	if (!s || !isdigit((unsigned char)*s))
		return -1;
	errno = 0;
	n = strtoll(s, &end, 10);
	if (errno || n > INT64_C(1000000000))
		return -1;
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(end, units[i].suffix) == 0) {
			*ms = n * units[i].ms;
			return 0;
		}
	return -1;
}
