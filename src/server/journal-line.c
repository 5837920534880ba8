#include "server/journal-line.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"

#define ELLIPSIS "\xe2\x80\xa6"

char *
journal_text(const char *s)
{
	size_t cut;
	char *clean;

	if (!s)
		return NULL;
	clean = text_clean(s, strlen(s));
	if (strlen(clean) <= JOURNAL_TEXT_MAX)
		return clean;
	cut = JOURNAL_TEXT_MAX - strlen(ELLIPSIS);
	while (cut > 0 && (clean[cut] & 0xc0) == 0x80)
		cut--;
	memcpy(clean + cut, ELLIPSIS, sizeof(ELLIPSIS));
	return clean;
}

static void
add_text(struct buf *b, const char *key, const char *s)
{
	buf_addf(b, ",\"%s\":", key);
	if (!s) {
		buf_adds(b, "null");
		return;
	}
	buf_addc(b, '"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			buf_addc(b, '\\');
		buf_addc(b, *s);
	}
	buf_addc(b, '"');
}

static void
add_number(struct buf *b, const char *key, int64_t n)
{
	if (n < 0)
		buf_addf(b, ",\"%s\":null", key);
	else
		buf_addf(b, ",\"%s\":%lld", key, (long long)n);
}

void
journal_line(const struct journal_entry *e, struct buf *b)
{
	char at[CLOCK_TEXT_MAX];

	clock_rfc3339(e->at, at);
	buf_addf(b, "{\"seq\":%lld", (long long)e->seq);
	add_text(b, "at", *at ? at : NULL);
	add_text(b, "kind", e->kind);
	add_text(b, "environment", e->environment);
	add_text(b, "run", e->run);
	add_text(b, "step", e->step);
	add_text(b, "who", e->who);
	add_number(b, "uid", e->uid);
	add_text(b, "tty", e->tty);
	add_text(b, "text", e->text);
	add_text(b, "reason", e->reason);
	add_text(b, "fingerprint", e->fingerprint);
	add_number(b, "exit_code", e->exit_code);
	add_number(b, "duration_ms", e->duration_ms);
	buf_addc(b, '}');
}
