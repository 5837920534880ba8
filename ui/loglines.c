#include "ui/loglines.h"

#include <ctype.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/clock.h"

/* Levels are told early in a line. */
#define LEVEL_WITHIN 256

void
log_lines_release(struct log_lines *l)
{
	size_t i;

	for (i = 0; i < l->count; i++)
		free(l->ring[(l->head + i) % LOGLINES_MAX]);
	for (i = 0; i < l->service_count; i++)
		free(l->services[i]);
	free(l->services);
	free(l->ring);
	memset(l, 0, sizeof(*l));
}

static struct log_entry **
slot(const struct log_lines *l, size_t i)
{
	return &l->ring[(l->head + i) % LOGLINES_MAX];
}

const struct log_entry *
log_lines_at(const struct log_lines *l, size_t i)
{
	return *slot(l, i);
}

bool
log_lines_full(const struct log_lines *l)
{
	return l->count >= LOGLINES_MAX - LOGLINES_MAX / 10 ||
	    l->bytes >= LOGLINES_BYTES_MAX - LOGLINES_BYTES_MAX / 10;
}

static int
service_index(struct log_lines *l, const char *name)
{
	size_t i;

	if (!name)
		return -1;
	for (i = 0; i < l->service_count; i++) {
		if (strcmp(l->services[i], name) == 0)
			return (int)i;
	}
	l->services = xreallocarray(l->services, l->service_count + 1,
	    sizeof(*l->services));
	l->services[l->service_count++] = xstrdup(name);
	return (int)i;
}

static void
drop_oldest(struct log_lines *l)
{
	struct log_entry *e = *slot(l, 0);

	l->bytes -= e->bytes;
	free(e);
	l->head = (l->head + 1) % LOGLINES_MAX;
	l->count--;
	l->first++;
}

/* The lines of a stack trace are as grave as the line above them. */
static enum severity
inherited(const struct log_lines *l, size_t at, int service)
{
	size_t i, back;

	for (back = 1; back <= 50 && back <= at; back++) {
		i = at - back;
		if (log_lines_at(l, i)->service == service)
			return log_lines_at(l, i)->severity;
	}
	return SEVERITY_NONE;
}

void
log_lines_add(struct log_lines *l, int64_t at, const char *service,
    const char *text, bool is_stderr, bool cut)
{
	size_t len = strlen(text), place, i;
	struct log_entry *e = xmalloc(sizeof(*e) + len + 1);

	if (!l->ring)
		l->ring = xcalloc(LOGLINES_MAX, sizeof(*l->ring));
	memcpy(e->text, text, len + 1);
	e->at = at;
	e->service = service_index(l, service);
	e->is_stderr = is_stderr;
	e->cut = cut;
	e->bytes = sizeof(*e) + len + 1;
	e->severity = service ? log_severity(text) : SEVERITY_ERROR;
	while (l->count >= LOGLINES_MAX ||
	    (l->count > 0 && l->bytes + e->bytes > LOGLINES_BYTES_MAX))
		drop_oldest(l);
	/* Nearly always the last place. */
	place = l->count;
	while (at != TIME_UNKNOWN && place > 0 &&
	    log_lines_at(l, place - 1)->at > at)
		place--;
	if (e->severity == SEVERITY_NONE && service &&
	    (text[0] == ' ' || text[0] == '}'))
		e->severity = inherited(l, place, e->service);
	l->count++;
	for (i = l->count - 1; i > place; i--)
		*slot(l, i) = *slot(l, i - 1);
	*slot(l, place) = e;
	l->bytes += e->bytes;
}

bool
log_lines_has(const struct log_lines *l, int64_t at, const char *service,
    const char *text)
{
	size_t i;

	for (i = l->count; i > 0 && log_lines_at(l, i - 1)->at >= at; i--) {
		const struct log_entry *e = log_lines_at(l, i - 1);

		if (e->at == at && e->service >= 0 &&
		    strcmp(l->services[e->service], service) == 0 &&
		    strcmp(e->text, text) == 0)
			return true;
	}
	return false;
}

struct word {
	const char *word;
	enum severity severity;
};

static const struct word words[] = {
	{"trace", SEVERITY_DEBUG}, {"debug", SEVERITY_DEBUG},
	{"info", SEVERITY_INFO}, {"notice", SEVERITY_INFO},
	{"log", SEVERITY_INFO}, {"statement", SEVERITY_INFO},
	{"warning", SEVERITY_WARN}, {"warn", SEVERITY_WARN},
	{"error", SEVERITY_ERROR}, {"err", SEVERITY_ERROR},
	{"fatal", SEVERITY_ERROR}, {"critical", SEVERITY_ERROR},
	{"crit", SEVERITY_ERROR}, {"panic", SEVERITY_ERROR},
	{"emerg", SEVERITY_ERROR}, {"alert", SEVERITY_ERROR},
};

static enum severity
by_word(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strlen(words[i].word) == len &&
		    strncasecmp(words[i].word, s, len) == 0)
			return words[i].severity;
	}
	return SEVERITY_NONE;
}

/* Pino and bunyan count in tens. */
static enum severity
by_number(const char *s)
{
	switch (s[0]) {
	case '1':
	case '2':
		return SEVERITY_DEBUG;
	case '3':
		return SEVERITY_INFO;
	case '4':
		return SEVERITY_WARN;
	case '5':
	case '6':
		return SEVERITY_ERROR;
	default:
		return SEVERITY_NONE;
	}
}

/* After a key "level" or "severity": the value, quoted or not. */
static enum severity
by_value(const char *s)
{
	size_t len;

	s += strspn(s, "\": =");
	if (isdigit((unsigned char)s[0]) && s[1] == '0' &&
	    !isdigit((unsigned char)s[2]))
		return by_number(s);
	for (len = 0; isalpha((unsigned char)s[len]); len++)
		;
	return by_word(s, len);
}

/* A word alone may be part of a sentence: it counts in capitals, in brackets
 * or before a colon. */
static bool
stands_out(const char *text, size_t at, size_t len)
{
	char before = at > 0 ? text[at - 1] : ' ', after = text[at + len];
	bool capitals = true;
	size_t i;

	if (before == '[' || before == '<' || after == ':' ||
	    (before == '(' && after == ')'))
		return true;
	for (i = 0; i < len; i++)
		capitals = capitals && isupper((unsigned char)text[at + i]);
	return capitals && (before == ' ' || before == '|') &&
	    (after == ' ' || after == '\0' || after == ']' || after == '|' ||
	    after == ',');
}

enum severity
log_severity(const char *text)
{
	enum severity found;
	size_t i, len;

	for (i = 0; text[i] && i < LEVEL_WITHIN; i += len ? len : 1) {
		for (len = 0; isalpha((unsigned char)text[i + len]); len++)
			;
		if (len == 0)
			continue;
		if ((len == 5 && strncasecmp(text + i, "level", 5) == 0) ||
		    (len == 8 && strncasecmp(text + i, "severity", 8) == 0) ||
		    (len == 3 && strncmp(text + i, "lvl", 3) == 0)) {
			char next = text[i + len];

			found = next == '"' || next == '=' || next == ':' ?
			    by_value(text + i + len) : SEVERITY_NONE;
		} else {
			found = by_word(text + i, len);
			if (found && !stands_out(text, i, len))
				found = SEVERITY_NONE;
		}
		if (found)
			return found;
	}
	return SEVERITY_NONE;
}
