/* Words of pipelines, backups and readiness. See words.h. */
#include "ui/words.h"

#include "base/i18n.h"

const char *
words_span(int64_t ms, char text[CLOCK_TEXT_MAX])
{
	int64_t s = ms / 1000;

	if (ms == TIME_UNKNOWN || ms < 0)
		snprintf(text, CLOCK_TEXT_MAX, "?");
	else if (s < 60)
		snprintf(text, CLOCK_TEXT_MAX, "%d%s", (int)s, _("s"));
	else if (s < 3600)
		snprintf(text, CLOCK_TEXT_MAX, s % 60 ? "%d%s%02d%s" : "%d%s",
		    (int)(s / 60), _("m"), (int)(s % 60), _("s"));
	else if (s < 48 * 3600)
		snprintf(text, CLOCK_TEXT_MAX, s % 3600 / 60 ? "%d%s%02d%s" :
		    "%d%s", (int)(s / 3600), _("h"), (int)(s % 3600 / 60),
		    _("m"));
	else
		return words_duration(ms, text);
	return text;
}

void
words_ago(int64_t now, int64_t then, struct buf *b)
{
	char text[CLOCK_TEXT_MAX];

	if (then == TIME_UNKNOWN)
		buf_adds(b, _("at an unknown time"));
	else
		buf_addf(b, _("%s ago"), words_duration(now - then, text));
}

void
words_share(int64_t part, int64_t whole, struct buf *b)
{
	/* Both are far below 2^53, as milliseconds of any real time are. */
	int tenths = whole > 0 && part >= 0 ?
	    (int)(1000.0 * part / whole) : -1;

	if (tenths < 0)
		buf_addc(b, '?');
	else if (part >= whole)
		buf_adds(b, "100%");
	else
		buf_addf(b, "%d.%d%%", tenths / 10, tenths % 10);
}

const char *
words_rung(enum rung r)
{
	static const char *const words[RUNGS] = {
		[RUNG_NONE] = N_("not seen"),
		[RUNG_LISTED] = N_("only listed"),
		[RUNG_PLAUSIBLE] = N_("plausible size"),
		[RUNG_CHECKSUM] = N_("checksum right"),
		[RUNG_READ] = N_("fully read"),
		[RUNG_RESTORED] = N_("restored"),
	};

	return r < RUNGS ? _(words[r]) : "?";
}

const char *
words_size(enum size_verdict v)
{
	static const char *const words[SIZE_VERDICTS] = {
		[SIZE_UNKNOWN] = N_("nothing to compare with"),
		[SIZE_PLAUSIBLE] = N_("as usual"),
		[SIZE_EMPTY] = N_("empty"),
		[SIZE_SMALL] = N_("too small"),
		[SIZE_LARGE] = N_("too large"),
	};

	return v < SIZE_VERDICTS ? _(words[v]) : "?";
}

const char *
words_run_state(enum run_state s)
{
	static const char *const words[RUN_STATES] = {
		[RUN_UNKNOWN] = N_("unknown"),
		[RUN_QUEUED] = N_("queued"),
		[RUN_IN_PROGRESS] = N_("running"),
		[RUN_WAITING] = N_("waits"),
		[RUN_SUCCESS] = N_("passed"),
		[RUN_FAILURE] = N_("failed"),
		[RUN_CANCELLED] = N_("cancelled"),
		[RUN_TIMED_OUT] = N_("timed out"),
		[RUN_SKIPPED] = N_("skipped"),
		[RUN_NEUTRAL] = N_("neutral"),
		[RUN_ACTION_REQUIRED] = N_("needs somebody"),
		[RUN_STALE] = N_("given up"),
		[RUN_STARTUP_FAILURE] = N_("did not start"),
	};

	return s < RUN_STATES ? _(words[s]) : "?";
}

const char *
words_trouble(enum api_trouble t)
{
	static const char *const words[API_TROUBLES] = {
		[API_OK] = "",
		[API_CREDENTIAL] = N_("GitHub refuses the token"),
		[API_DENIED] = N_("the token may not see this"),
		[API_LIMITED] = N_("GitHub's rate limit is used up"),
		[API_SECONDARY_LIMIT] = N_("GitHub asks us to slow down"),
		[API_INVALID] = N_("GitHub did not accept what we asked"),
		[API_SERVER] = N_("GitHub has trouble of its own"),
		[API_UNREACHABLE] = N_("GitHub cannot be reached"),
		[API_MALFORMED] = N_("GitHub's answer makes no sense"),
	};

	return t < API_TROUBLES && *words[t] ? _(words[t]) : "";
}

const char *
words_mark(enum mark_word w)
{
	static const char *const words[MARK_WORDS] = {
		[MARK_NONE] = "", [MARK_GOOD] = N_("good"),
		[MARK_BAD] = N_("bad"),
	};

	return w < MARK_WORDS && *words[w] ? _(words[w]) : "";
}

const char *
words_check(enum readiness_code c)
{
	static const char *const words[READINESS_CODES] = {
		[CHECK_TARGET] = N_("target"), [CHECK_TAG] = N_("tag"),
		[CHECK_IMAGE] = N_("image"), [CHECK_SCHEMA] = N_("schema"),
		[CHECK_BACKUP] = N_("backup"), [CHECK_LOCK] = N_("lock"),
		[CHECK_APPROVER] = N_("approver"), [CHECK_DRILL] = N_("drill"),
		[CHECK_OTHER] = N_("other"),
	};

	return c < READINESS_CODES ? _(words[c]) : "?";
}
