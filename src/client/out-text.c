/* For people on a terminal, and for grep and awk. See out.h. */
#include "client/out.h"

#include <math.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *utf8, *ascii, *colour;
} marks[] = {
	[STATUS_OK] = {"●", "o", "\033[32m"},
	[STATUS_WARN] = {"▲", "!", "\033[33m"},
	[STATUS_UNKNOWN] = {"?", "?", "\033[35m"},
	[STATUS_CRIT] = {"■", "X", "\033[31m"},
};

bool
out_wants(const struct out *o, const struct environment *env)
{
	return !o->environment || strcmp(o->environment, env->name) == 0;
}

enum status
out_status(const struct out *o)
{
	enum status worst = STATUS_OK;
	bool any = false;
	size_t i;

	for (i = 0; i < o->model->environment_count; i++) {
		const struct environment *env = &o->model->environments[i];

		if (out_wants(o, env)) {
			worst = status_worse(worst, env->status);
			any = true;
		}
	}
	return any ? worst : STATUS_UNKNOWN;
}

void
out_mark(const struct out *o, struct buf *b, enum status s)
{
	buf_addf(b, "%s%s%s", o->colour ? marks[s].colour : "",
	    o->utf8 ? marks[s].utf8 : marks[s].ascii,
	    o->colour ? "\033[0m" : "");
}

void
out_column(struct buf *b, const char *s, int width)
{
	int used;
	size_t len = text_fit(s, width, &used);

	buf_add(b, s, len);
	buf_addf(b, "%*s", width - used + 1, "");
}

void
out_age(const struct out *o, struct buf *b, int64_t at, int width)
{
	char text[CLOCK_TEXT_MAX];

	out_column(b, at == TIME_UNKNOWN ? "?" : clock_age(o->now - at, text),
	    width);
}

/* "12 %", or nothing when unknown. */
static void
percent(struct buf *b, const char *name, double value)
{
	if (!isnan(value))
		buf_addf(b, "  %s %.0f%%", name, value);
}

static void
version_text(const struct environment *env, struct buf *b)
{
	const struct version *v = &env->version;
	const char *name = v->tag ? v->tag : v->branch;

	if (!name && !v->commit) {
		buf_adds(b, "?");
		return;
	}
	buf_addf(b, "%s%s%.7s%s", name ? name : "", name ? " " : "",
	    v->commit ? v->commit : "?", v->dirty == TRI_YES ? "*" : "");
}

static void
service_line(const struct out *o, const struct service *s, struct buf *b)
{
	char text[CLOCK_TEXT_MAX], bytes[TEXT_BYTES_MAX];
	char *name = s->number > 1 ? xasprintf("%s-%d", s->name, s->number) :
	    xstrdup(s->name);

	buf_adds(b, "    ");
	out_mark(o, b, s->status);
	buf_addc(b, ' ');
	out_column(b, name, 18);
	out_column(b, _(container_state_name(s->state)), 11);
	out_column(b, s->health == HEALTH_NONE ? "-" :
	    _(container_health_name(s->health)), 10);
	out_column(b, s->since == TIME_UNKNOWN ? "?" :
	    clock_age(o->now - s->since, text), 5);
	if (s->restarts > 0)
		buf_addf(b, o->utf8 ? "↻%d  " : "restarts %d  ", s->restarts);
	if (!isnan(s->cpu_percent))
		buf_addf(b, "%5.1f%%", s->cpu_percent);
	if (s->memory_bytes >= 0)
		buf_addf(b, "  %s", text_bytes(s->memory_bytes, bytes));
	buf_addc(b, '\n');
	free(name);
}

static void
probe_line(const struct out *o, const struct probe *p, struct buf *b)
{
	buf_adds(b, "    ");
	out_mark(o, b, p->status);
	buf_addc(b, ' ');
	out_column(b, p->name, 18);
	if (p->http_code > 0)
		buf_addf(b, "%d", p->http_code);
	else
		buf_adds(b, "?");
	if (!isnan(p->latency_ms))
		buf_addf(b, "  %.0f ms", p->latency_ms);
	if (p->tls_expires != TIME_UNKNOWN)
		buf_addf(b, "  tls %lldd",
		    (long long)((p->tls_expires - o->now) / 86400000));
	buf_addc(b, '\n');
}

static void
environment_head(const struct out *o, const struct environment *env,
    struct buf *b)
{
	char text[CLOCK_TEXT_MAX];

	out_mark(o, b, env->status);
	buf_addf(b, " %s%s%s  %s  ", o->colour ? "\033[1m" : "",
	    env->title ? env->title : env->name, o->colour ? "\033[0m" : "",
	    _(status_name(env->status)));
	version_text(env, b);
	if (env->data)
		buf_addf(b, "  %s", env->data);
	percent(b, _("cpu"), env->host.cpu_percent);
	percent(b, _("mem"), env->host.memory_percent);
	percent(b, _("disk"), env->host.disk_percent);
	if (env->stale || env->observed_at == TIME_UNKNOWN)
		buf_addf(b, "  %s", env->observed_at == TIME_UNKNOWN ?
		    _("never observed") : _("stale"));
	if (env->stale && env->observed_at != TIME_UNKNOWN)
		buf_addf(b, " %s", clock_age(o->now - env->observed_at, text));
	buf_addc(b, '\n');
}

/* The worst series by its newest backup. */
static void
backup_line(const struct out *o, const struct environment *env,
    struct buf *b)
{
	const struct backup_series *worst = NULL;
	const struct backup *newest;
	size_t i;

	for (i = 0; i < env->backup_count; i++)
		if (!worst || env->backups[i].status > worst->status)
			worst = &env->backups[i];
	if (!worst)
		return;
	newest = worst->count ? &worst->items[0] : NULL;
	buf_adds(b, "    ");
	out_mark(o, b, worst->status);
	buf_addf(b, " %s ", _("backup"));
	out_column(b, worst->kind, 11);
	out_age(o, b, newest ? newest->taken_at : TIME_UNKNOWN, 5);
	buf_addf(b, "%s\n", newest ? _(rung_name(newest->rung)) : "");
}

static void
environment_text(const struct out *o, const struct environment *env,
    struct buf *b)
{
	size_t i;

	environment_head(o, env, b);
	for (i = 0; i < env->causes.count; i++) {
		buf_adds(b, "    ");
		out_mark(o, b, env->causes.items[i].severity);
		buf_addc(b, ' ');
		cause_text(&env->causes.items[i], b);
		buf_addc(b, '\n');
	}
	for (i = 0; i < env->service_count; i++)
		service_line(o, &env->services[i], b);
	for (i = 0; i < env->probe_count; i++)
		probe_line(o, &env->probes[i], b);
	backup_line(o, env, b);
	if (env->readiness.used) {
		buf_addf(b, "      %s ", _("rollback"));
		readiness_text(&env->readiness, o->now, b);
		buf_addc(b, '\n');
	}
	if (env->lock.who) {
		buf_adds(b, "      ");
		buf_addf(b, _("locked by %s: %s"), env->lock.who,
		    env->lock.why ? env->lock.why : "");
		buf_addc(b, '\n');
	}
}

void
out_text(const struct out *o, struct buf *b)
{
	const struct model *m = o->model;
	size_t i;

	for (i = 0; i < m->notice_count; i++) {
		out_mark(o, b, m->notices[i].severity);
		buf_addf(b, " %s\n", _(m->notices[i].text));
	}
	for (i = 0; i < m->environment_count; i++)
		if (out_wants(o, &m->environments[i]))
			environment_text(o, &m->environments[i], b);
}

/* --- plain: environment, kind, name, status, then key=value, by tabs ------ */

static void
plain_number(struct buf *b, const char *key, double value)
{
	if (isnan(value))
		buf_addf(b, "\t%s=?", key);
	else
		buf_addf(b, "\t%s=%.1f", key, value);
}

static void
plain_environment(const struct out *o, const struct environment *env,
    struct buf *b)
{
	char when[CLOCK_TEXT_MAX];
	size_t i;

	buf_addf(b, "%s\tenvironment\t%s\t%s\tstale=%s\tobserved_at=%s"
	    "\ttag=%s\tcommit=%s\n", env->name, env->name,
	    status_name(env->status), env->stale ? "yes" : "no",
	    clock_rfc3339(env->observed_at, when),
	    env->version.tag ? env->version.tag : "",
	    env->version.commit ? env->version.commit : "");
	for (i = 0; i < env->causes.count; i++) {
		buf_addf(b, "%s\tcause\t%s\t%s\t", env->name,
		    cause_code_name(env->causes.items[i].code),
		    status_name(env->causes.items[i].severity));
		cause_text_english(&env->causes.items[i], b);
		buf_addc(b, '\n');
	}
	for (i = 0; i < env->service_count; i++) {
		const struct service *s = &env->services[i];

		buf_addf(b, "%s\tservice\t%s\t%s\tstate=%s\thealth=%s"
		    "\trestarts=%d\tdigest=%s", env->name, s->name,
		    status_name(s->status), container_state_name(s->state),
		    container_health_name(s->health), s->restarts,
		    s->digest ? s->digest : "");
		plain_number(b, "cpu_percent", s->cpu_percent);
		plain_number(b, "memory_bytes", s->memory_bytes < 0 ? NAN :
		    (double)s->memory_bytes);
		buf_addc(b, '\n');
	}
	for (i = 0; i < env->probe_count; i++) {
		const struct probe *p = &env->probes[i];

		buf_addf(b, "%s\tprobe\t%s\t%s\thttp_code=%d", env->name,
		    p->name, status_name(p->status), p->http_code);
		plain_number(b, "latency_ms", p->latency_ms);
		buf_addc(b, '\n');
	}
}

void
out_plain(const struct out *o, struct buf *b)
{
	size_t i;

	for (i = 0; i < o->model->environment_count; i++)
		if (out_wants(o, &o->model->environments[i]))
			plain_environment(o, &o->model->environments[i], b);
}
