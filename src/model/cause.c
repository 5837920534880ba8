#include "model/cause.h"

#include <math.h>

#include "base/alloc.h"
#include "base/i18n.h"

static const struct {
	const char *name;
	int exit_code;
} statuses[] = {
	[STATUS_OK] = {"ok", 0},
	[STATUS_WARN] = {"warn", 1},
	[STATUS_UNKNOWN] = {"unknown", 3},
	[STATUS_CRIT] = {"crit", 2},
};

#define STATUSES (sizeof(statuses) / sizeof(statuses[0]))

const char *
status_name(enum status s)
{
	return statuses[s].name;
}

enum status
status_parse(const char *word)
{
	size_t i;

	for (i = 0; word && i < STATUSES; i++)
		if (strcmp(word, statuses[i].name) == 0)
			return (enum status)i;
	return STATUS_UNKNOWN;
}

enum status
status_worse(enum status a, enum status b)
{
	return a > b ? a : b;
}

int
status_exit_code(enum status s)
{
	return statuses[s].exit_code;
}

/* --- the sentences ------------------------------------------------------- */

static const char *
translated(const char *text, bool local)
{
	return local ? _(text) : text;
}

static void
number_plain(double n, bool local, struct buf *b)
{
	buf_addf(b, "%.0f", n);
}

static void
number_restarts(double n, bool local, struct buf *b)
{
	unsigned long count = (unsigned long)fmin(fmax(n, 0), 1e9);

	buf_addf(b, local ? ngettext("%lu restart", "%lu restarts", count) :
	    count == 1 ? "%lu restart" : "%lu restarts", count);
}

/* What a shell or the engine means by an exit code. */
static const struct {
	int code;
	const char *word;
} exits[] = {
	{125, N_("could not be started")},
	{126, N_("command cannot be executed")},
	{127, N_("command not found")},
	{129, N_("hung up")},
	{130, N_("interrupted")},
	{134, N_("aborted")},
	{137, N_("killed")},
	{139, N_("segmentation fault")},
	{143, N_("terminated")},
};

static void
number_exit(double n, bool local, struct buf *b)
{
	size_t i;

	buf_addf(b, "%.0f", n);
	for (i = 0; i < sizeof(exits) / sizeof(exits[0]); i++)
		if (exits[i].code == n)
			buf_addf(b, ": %s", translated(exits[i].word, local));
}

static const struct {
	double seconds;
	const char *unit;
} units[] = {
	{1, N_("s")},
	{60, N_("min")},
	{3600, N_("h")},
	{86400, N_("d")},
};

/* Two of a unit before it takes over, as clock_age() does. */
static void
number_age(double n, bool local, struct buf *b)
{
	size_t i = 0;

	while (i + 1 < sizeof(units) / sizeof(units[0]) &&
	    n >= 2 * units[i + 1].seconds)
		i++;
	buf_addf(b, "%.0f %s", floor(n / units[i].seconds),
	    translated(units[i].unit, local));
}

/*
 * One entry per code. In the texts {subject} and {number} stand for the
 * cause's own, in whatever order a language wants them; a detail follows the
 * sentence. `bare` is said when the number is not known or below `least`.
 */
static const struct {
	const char *name;
	const char *text;
	const char *bare;	/* NULL: text, whatever the number */
	void (*number)(double n, bool local, struct buf *b);
	double least;
} codes[CAUSE_CODES] = {
	[CAUSE_EXITED] = {
		.name = "exited",
		.text = N_("{subject} exited ({number})"),
		.bare = N_("{subject} exited"),
		.number = number_exit,
	},
	[CAUSE_DEAD] = {
		.name = "dead",
		.text = N_("{subject} is dead"),
	},
	[CAUSE_PAUSED] = {
		.name = "paused",
		.text = N_("{subject} is paused"),
	},
	[CAUSE_CREATED] = {
		.name = "created",
		.text = N_("{subject} was created and never started"),
	},
	[CAUSE_REMOVING] = {
		.name = "removing",
		.text = N_("{subject} is being removed"),
	},
	[CAUSE_RESTARTING] = {
		.name = "restarting",
		.text = N_("{subject} is restarting, {number}"),
		.bare = N_("{subject} is restarting"),
		.number = number_restarts,
		.least = 1,
	},
	[CAUSE_RESTART_LOOP] = {
		.name = "restart_loop",
		.text = N_("{subject} is unstable, {number}"),
		.bare = N_("{subject} is unstable"),
		.number = number_restarts,
		.least = 1,
	},
	[CAUSE_OOM_KILLED] = {
		.name = "oom_killed",
		.text = N_("{subject} was killed for lack of memory (oom)"),
	},
	[CAUSE_UNHEALTHY] = {
		.name = "unhealthy",
		.text = N_("{subject} is unhealthy"),
	},
	[CAUSE_HEALTH_STARTING] = {
		.name = "health_starting",
		.text = N_("{subject} is starting"),
	},
	[CAUSE_NO_HEALTHCHECK] = {
		.name = "no_healthcheck",
		.text = N_("{subject} has no healthcheck"),
	},
	[CAUSE_HEALTH_UNKNOWN] = {
		.name = "health_unknown",
		.text = N_("health of {subject} is not known"),
	},
	[CAUSE_CONTAINER_UNKNOWN] = {
		.name = "container_unknown",
		.text = N_("state of {subject} is not known"),
	},
	[CAUSE_NO_CONTAINERS] = {
		.name = "no_containers",
		.text = N_("no container of project {subject}"),
	},
	[CAUSE_CPU_HIGH] = {
		.name = "cpu_high",
		.text = N_("cpu {number} %"),
		.bare = N_("cpu high"),
		.number = number_plain,
	},
	[CAUSE_MEMORY_HIGH] = {
		.name = "memory_high",
		.text = N_("memory {number} %"),
		.bare = N_("memory high"),
		.number = number_plain,
	},
	[CAUSE_DISK_HIGH] = {
		.name = "disk_high",
		.text = N_("disk {number} %"),
		.bare = N_("disk high"),
		.number = number_plain,
	},
	[CAUSE_PROBE_STATUS] = {
		.name = "probe_status",
		.text = N_("{subject} answers {number}"),
		.number = number_plain,
	},
	[CAUSE_PROBE_FAILED] = {
		.name = "probe_failed",
		.text = N_("{subject} fails"),
	},
	[CAUSE_PROBE_SLOW] = {
		.name = "probe_slow",
		.text = N_("{subject} is slow, {number} ms"),
		.bare = N_("{subject} is slow"),
		.number = number_plain,
	},
	[CAUSE_TLS_EXPIRES] = {
		.name = "tls_expires",
		.text = N_("certificate of {subject}: {number} d left"),
		.bare = N_("certificate of {subject} expires within a day"),
		.number = number_plain,
		.least = 1,
	},
	[CAUSE_TLS_EXPIRED] = {
		.name = "tls_expired",
		.text = N_("certificate of {subject} expired {number} d ago"),
		.bare = N_("certificate of {subject} has expired"),
		.number = number_plain,
		.least = 1,
	},
	[CAUSE_TLS_UNTRUSTED] = {
		.name = "tls_untrusted",
		.text = N_("certificate of {subject} is not trusted"),
	},
	[CAUSE_NEVER_OBSERVED] = {
		.name = "never_observed",
		.text = N_("no data from {subject} yet"),
	},
	[CAUSE_STALE] = {
		.name = "stale",
		.text = N_("no data from {subject} for {number}"),
		.bare = N_("no data from {subject}"),
		.number = number_age,
	},
	[CAUSE_UNREACHABLE] = {
		.name = "unreachable",
		.text = N_("unreachable"),
	},
	[CAUSE_BACKUP_NONE] = {
		.name = "backup_none",
		.text = N_("no backup of {subject}"),
	},
	[CAUSE_BACKUP_OLD] = {
		.name = "backup_old",
		.text = N_("{subject} backup {number} old"),
		.bare = N_("age of the {subject} backup is not known"),
		.number = number_age,
	},
	[CAUSE_BACKUP_SIZE] = {
		.name = "backup_size",
		/* xgettext:no-c-format */
		.text = N_("{subject} backup has {number} % of its usual size"),
		.bare = N_("{subject} backup is empty"),
		.number = number_plain,
	},
	[CAUSE_BACKUP_FAILED] = {
		.name = "backup_failed",
		.text = N_("{subject} backup fails its verification"),
	},
	[CAUSE_BACKUP_GAP] = {
		.name = "backup_gap",
		.text = N_("{number} missing among the {subject} backups"),
		.number = number_plain,
	},
	[CAUSE_BACKUP_KEEP] = {
		.name = "backup_keep",
		.text = N_("only {number} of the {subject} backups are kept"),
		.number = number_plain,
	},
	[CAUSE_BACKUP_UNSEEN] = {
		.name = "backup_unseen",
		.text = N_("{subject} backups not listed for {number}"),
		.bare = N_("{subject} backups cannot be listed"),
		.number = number_age,
	},
	[CAUSE_MORE] = {
		.name = "more",
		.text = N_("and {number} more"),
		.number = number_plain,
	},
};

/* Subjects that are words of ours, not names from the configuration. */
static const struct {
	const char *subject, *text;
} words[] = {
	{"engine", N_("the engine")},
	{"stats", N_("the containers' figures")},
	{"host", N_("the host")},
	{"checkout", N_("the checkout")},
};

static const char *
subject_text(const struct cause *c, bool local)
{
	size_t i;

	if (!c->subject)
		return "?";
	if (c->code != CAUSE_STALE && c->code != CAUSE_NEVER_OBSERVED)
		return c->subject;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(c->subject, words[i].subject) == 0)
			return translated(words[i].text, local);
	return c->subject;
}

static void
expand(const struct cause *c, const char *text, bool local, struct buf *b)
{
	static const char subject[] = "{subject}", number[] = "{number}";

	while (*text) {
		size_t n = strcspn(text, "{");

		buf_add(b, text, n);
		text += n;
		if (strncmp(text, subject, sizeof(subject) - 1) == 0) {
			buf_adds(b, subject_text(c, local));
			text += sizeof(subject) - 1;
		} else if (strncmp(text, number, sizeof(number) - 1) == 0) {
			if (codes[c->code].number && isfinite(c->number))
				codes[c->code].number(c->number, local, b);
			else
				buf_addc(b, '?');
			text += sizeof(number) - 1;
		} else if (*text) {
			buf_addc(b, *text++);
		}
	}
}

static void
sentence(const struct cause *c, bool local, struct buf *b)
{
	const char *text = codes[c->code].text;

	/* Why a probe failed says it all; "fails" is for want of that. */
	if (c->code == CAUSE_PROBE_FAILED && c->detail)
		text = "{subject}";
	else if (codes[c->code].bare && !(c->number >= codes[c->code].least))
		text = codes[c->code].bare;
	expand(c, translated(text, local), local, b);
	if (c->detail && *c->detail) {
		buf_adds(b, translated(N_(": "), local));
		buf_adds(b, c->detail);
	}
}

void
cause_text(const struct cause *c, struct buf *b)
{
	sentence(c, true, b);
}

void
cause_text_english(const struct cause *c, struct buf *b)
{
	sentence(c, false, b);
}

const char *
cause_code_name(enum cause_code c)
{
	return codes[c].name;
}

int
cause_code_parse(const char *name)
{
	int i;

	for (i = 0; name && i < CAUSE_CODES; i++)
		if (strcmp(name, codes[i].name) == 0)
			return i;
	return -1;
}

/* --- lists of causes ----------------------------------------------------- */

void
causes_cut(struct causes *c, size_t count)
{
	while (c->count > count) {
		c->count--;
		free(c->items[c->count].subject);
		free(c->items[c->count].detail);
	}
}

void
causes_clear(struct causes *c)
{
	causes_cut(c, 0);
}

void
causes_release(struct causes *c)
{
	causes_clear(c);
	free(c->items);
	*c = (struct causes){0};
}

void
causes_add(struct causes *c, enum cause_code code, enum status severity,
    const char *subject, double number, const char *detail)
{
	size_t at = c->count;

	while (at > 0 && c->items[at - 1].severity < severity)
		at--;
	c->items = xreallocarray(c->items, c->count + 1, sizeof(*c->items));
	memmove(c->items + at + 1, c->items + at,
	    (c->count - at) * sizeof(*c->items));
	c->items[at] = (struct cause){
		.code = code,
		.severity = severity,
		.subject = xstrdup_or_null(subject),
		.number = number,
		.detail = xstrdup_or_null(detail),
	};
	c->count++;
}

void
causes_add_all(struct causes *c, const struct causes *from)
{
	size_t i;

	for (i = 0; i < from->count; i++)
		causes_add(c, from->items[i].code, from->items[i].severity,
		    from->items[i].subject, from->items[i].number,
		    from->items[i].detail);
}

static bool
same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool
same_number(double a, double b)
{
	return a == b || (isnan(a) && isnan(b));
}

bool
causes_equal(const struct causes *a, const struct causes *b)
{
	size_t i;

	if (a->count != b->count)
		return false;
	for (i = 0; i < a->count; i++) {
		const struct cause *x = &a->items[i], *y = &b->items[i];

		if (x->code != y->code || x->severity != y->severity ||
		    !same_number(x->number, y->number) ||
		    !same_text(x->subject, y->subject) ||
		    !same_text(x->detail, y->detail))
			return false;
	}
	return true;
}
