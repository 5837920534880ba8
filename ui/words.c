#include "ui/words.h"

#include <math.h>

#include "base/i18n.h"
#include "base/text.h"

const char *
words_status(enum status s)
{
	static const char *const words[] = {
		[STATUS_OK] = N_("ok"), [STATUS_WARN] = N_("warn"),
		[STATUS_UNKNOWN] = N_("unknown"), [STATUS_CRIT] = N_("crit"),
	};

	return _(words[s]);
}

const char *
words_title(const struct environment *env)
{
	return env->title ? env->title : env->name;
}

void
words_service_name(const struct service *s, struct buf *b)
{
	buf_adds(b, s->name ? s->name : "?");
	if (s->number > 1)
		buf_addf(b, "-%d", s->number);
}

const char *
words_state(enum container_state s)
{
	static const char *const words[] = {
		[CONTAINER_UNKNOWN] = N_("unknown"),
		[CONTAINER_CREATED] = N_("created"),
		[CONTAINER_RUNNING] = N_("running"),
		[CONTAINER_PAUSED] = N_("paused"),
		[CONTAINER_RESTARTING] = N_("restarting"),
		[CONTAINER_REMOVING] = N_("removing"),
		[CONTAINER_EXITED] = N_("exited"),
		[CONTAINER_DEAD] = N_("dead"),
	};

	return _(words[s]);
}

const char *
words_health(enum container_health h)
{
	static const char *const words[] = {
		[HEALTH_UNKNOWN] = N_("unknown"),
		[HEALTH_NONE] = N_("no check"),
		[HEALTH_STARTING] = N_("starting"),
		[HEALTH_HEALTHY] = N_("healthy"),
		[HEALTH_UNHEALTHY] = N_("unhealthy"),
	};

	return _(words[h]);
}

const char *
words_source(enum source_kind k)
{
	static const char *const words[] = {
		[SOURCE_ENGINE] = N_("engine"),
		[SOURCE_STATS] = N_("stats"),
		[SOURCE_HOST] = N_("host"),
		[SOURCE_CHECKOUT] = N_("checkout"),
		[SOURCE_IMAGES] = N_("images"),
		[SOURCE_SCHEMAS] = N_("schemas"),
	};

	return k < SOURCE_KINDS ? _(words[k]) : "";
}

void
words_service(const struct service *s, struct buf *b)
{
	if (s->state == CONTAINER_RUNNING && s->health != HEALTH_NONE &&
	    s->health != HEALTH_UNKNOWN) {
		buf_adds(b, words_health(s->health));
		return;
	}
	buf_adds(b, words_state(s->state));
	if (s->oom_killed == TRI_YES)
		buf_addf(b, " (%s)", _("oom"));
	else if (s->state == CONTAINER_EXITED && s->exit_code >= 0)
		buf_addf(b, " (%d)", s->exit_code);
}

void
words_version(const struct version *v, struct buf *b)
{
	const char *name = v->tag ? v->tag : v->branch;

	if (!name && !v->commit) {
		buf_adds(b, "?");
		return;
	}
	if (name)
		buf_adds(b, name);
	if (name && v->commit)
		buf_addc(b, ' ');
	if (v->commit)
		buf_addf(b, "%.7s", v->commit);
	if (v->dirty == TRI_YES)
		buf_addc(b, '*');
}

const char *
words_image(const char *image)
{
	const char *slash;

	if (!image)
		return "?";
	/* The first part is a registry when it could be a host. */
	slash = strchr(image, '/');
	if (slash && (memchr(image, '.', slash - image) ||
	    memchr(image, ':', slash - image) ||
	    strncmp(image, "localhost/", 10) == 0))
		return slash + 1;
	return image;
}

void
words_digest(const char *digest, struct buf *b)
{
	if (!digest) {
		buf_adds(b, "?");
		return;
	}
	if (strncmp(digest, "sha256:", 7) == 0)
		digest += 7;
	buf_add(b, digest, text_fit(digest, 12, NULL));
}

const char *
words_duration(int64_t ms, char text[CLOCK_TEXT_MAX])
{
	size_t n;

	clock_age(ms, text);
	n = strspn(text, "0123456789");
	if (text[n]) {
		const char *unit = _(text + n);

		/* Without a translation it is the same memory. */
		if (unit != text + n)
			snprintf(text + n, CLOCK_TEXT_MAX - n, "%s", unit);
	}
	return text;
}

void
words_age(int64_t now, int64_t then, struct buf *b)
{
	char text[CLOCK_TEXT_MAX];

	buf_adds(b, then == TIME_UNKNOWN ? "?" :
	    words_duration(now - then, text));
}

void
words_percent(double v, struct buf *b)
{
	if (isnan(v))
		buf_adds(b, "?");
	else
		buf_addf(b, v < 9.95 && v > 0 ? "%.1f%%" : "%.0f%%", v);
}

void
words_bytes(int64_t bytes, struct buf *b)
{
	char text[TEXT_BYTES_MAX];

	buf_adds(b, text_bytes(bytes, text));
}

enum status
words_cause_status(const struct environment *env, enum cause_code code)
{
	enum status worst = STATUS_OK;
	size_t i;

	for (i = 0; i < env->causes.count; i++) {
		if (env->causes.items[i].code == code)
			worst = status_worse(worst,
			    env->causes.items[i].severity);
	}
	return worst;
}
