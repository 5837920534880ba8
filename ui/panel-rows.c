/* The lines that a panel is made of. See panel.h. */
#include "ui/panel.h"

#include <math.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"
#include "ui/readiness.h"
#include "ui/words.h"

enum frame
panel_frame(const struct environment *env)
{
	return env->production ? FRAME_PRODUCTION : FRAME_PLAIN;
}

void
panel_title(struct row *r, const struct environment *env, int number,
    bool selected)
{
	struct draw *d = r->d;
	enum ink ground = d->ground;
	struct buf b = BUF_INIT(64);

	row_text(r, INK_TEXT, " ");
	if (selected)
		d->ground = INK_SELECTED;
	if (number > 0 && number < 10)
		row_printf(r, INK_KEY, selected ? " %d " : "%d ", number);
	else if (selected)
		row_text(r, INK_TEXT, " ");
	row_text(r, selected ? INK_TITLE : INK_TEXT, words_title(env));
	if (selected)
		row_text(r, INK_TEXT, " ");
	d->ground = ground;
	row_text(r, INK_TEXT, " ");
	/* From the right: the word, its glyph, and how old it is. */
	buf_addf(&b, " %s ", words_status(env->status));
	row_right(r, draw_status_ink(env->status), buf_str(&b));
	row_status_right(r, env->status);
	row_right(r, INK_TEXT, " ");
	if (env->stale) {
		buf_clear(&b);
		buf_addf(&b, " %s ", _("stale"));
		words_age(d->now, env->observed_at, &b);
		row_right(r, INK_UNKNOWN, buf_str(&b));
	}
	if (env->production) {
		row_right(r, INK_TEXT, " ");
		buf_clear(&b);
		buf_addf(&b, " %s ", _("PRODUCTION"));
		row_right(r, INK_PRODUCTION, buf_str(&b));
		row_right(r, INK_TEXT, " ");
	}
	buf_release(&b);
}

void
panel_version(struct row *r, const struct environment *env)
{
	struct buf b = BUF_INIT(256);

	words_version(&env->version, &b);
	if (env->data)
		row_right(r, INK_DIM, env->data);
	row_text(r, INK_TITLE, buf_str(&b));
	if (env->version.since != TIME_UNKNOWN && row_left(r) > 8) {
		buf_clear(&b);
		words_age(r->d->now, env->version.since, &b);
		row_printf(r, INK_DIM, "  %s", buf_str(&b));
	}
	buf_release(&b);
}

void
panel_trigger(struct row *r, const struct environment *env)
{
	row_text(r, INK_DIM, env->trigger ? env->trigger : "");
	if (env->approval)
		row_printf(r, INK_DIM, "%s%s", env->trigger ? ", " : "",
		    env->approval);
}

void
panel_lock(struct row *r, const struct environment *env)
{
	const struct environment_lock *l = &env->lock;
	struct buf b = BUF_INIT(4096);

	if (!l->who)
		return;
	row_status(r, STATUS_WARN);
	buf_addf(&b, _("locked by %s"), l->who);
	if (l->since != TIME_UNKNOWN) {
		buf_addc(&b, ' ');
		words_age(r->d->now, l->since, &b);
	}
	if (l->why)
		buf_addf(&b, ": %s", l->why);
	row_printf(r, INK_WARN, " %s", buf_str(&b));
	buf_release(&b);
}

void
panel_cause(struct row *r, const struct cause *c)
{
	struct buf b = BUF_INIT(4096);

	cause_text(c, &b);
	row_status(r, c->severity);
	row_text(r, INK_TEXT, " ");
	row_text(r, c->severity == STATUS_OK ? INK_TEXT :
	    draw_status_ink(c->severity), buf_str(&b));
	buf_release(&b);
}

int
panel_cause_lines(struct draw *d, const struct area *a, int line, int most,
    const struct cause *c)
{
	struct buf b = BUF_INIT(4096);
	int used;

	buf_addf(&b, "%s ", draw_status_glyph(d, c->severity));
	cause_text(c, &b);
	used = draw_wrapped(d, a, line, most, draw_status_ink(c->severity),
	    buf_str(&b));
	buf_release(&b);
	return used;
}

void
panel_service(struct row *r, const struct service *s, int name_width)
{
	struct buf b = BUF_INIT(512);
	bool wide = row_left(r) >= 52;
	struct row at = *r;
	enum ink ink = s->status == STATUS_OK ? INK_TEXT :
	    draw_status_ink(s->status);

	row_status(r, s->status);
	row_text(r, INK_TEXT, " ");
	words_age(r->d->now, s->since, &b);
	at.x = r->end - 5;
	row_cell(&at, INK_DIM, buf_str(&b), 5, true);
	r->end -= 5;
	if (wide) {
		at = *r;
		at.x = r->end - 16;
		buf_clear(&b);
		words_percent(s->cpu_percent, &b);
		row_cell(&at, INK_DIM, buf_str(&b), 7, true);
		buf_clear(&b);
		words_bytes(s->memory_bytes, &b);
		row_cell(&at, INK_DIM, buf_str(&b), 9, true);
		r->end -= 16;
	}
	if (s->restarts > 0) {
		buf_clear(&b);
		buf_addf(&b, " %s%d", draw_glyph(r->d, GLYPH_RESTARTS),
		    s->restarts);
		row_right(r, INK_WARN, buf_str(&b));
	}
	buf_clear(&b);
	words_service_name(s, &b);
	row_cell(r, INK_TEXT, buf_str(&b), name_width, false);
	row_text(r, INK_TEXT, " ");
	buf_clear(&b);
	words_service(s, &b);
	row_text(r, s->status == STATUS_OK ? INK_DIM : ink, buf_str(&b));
	buf_release(&b);
}

#define FIGURE_CELLS 4

static void
draw_figure(struct row *r, const char *label, double v, enum status s)
{
	struct buf b = BUF_INIT(32);

	words_percent(v, &b);
	row_printf(r, INK_DIM, "%s ", label);
	row_cell(r, s == STATUS_OK ? INK_TEXT : draw_status_ink(s),
	    buf_str(&b), FIGURE_CELLS, true);
	buf_release(&b);
}

void
panel_host(struct row *r, const struct environment *env, int cells)
{
	const struct host *h = &env->host;
	int figures = text_width(_("cpu")) + text_width(_("mem")) +
	    text_width(_("disk")) + 3 * FIGURE_CELLS + 8;

	/* The curve gives way to the figures, whose labels have the width of
	 * their language. */
	if (cells > row_left(r) - figures)
		cells = row_left(r) - figures;
	row_printf(r, INK_DIM, "%s ", _("cpu"));
	if (cells > 0)
		row_spark(r, INK_SPARK, &h->cpu, cells, 100);
	draw_figure(r, "", h->cpu_percent,
	    words_cause_status(env, CAUSE_CPU_HIGH));
	row_text(r, INK_TEXT, "  ");
	draw_figure(r, _("mem"), h->memory_percent,
	    words_cause_status(env, CAUSE_MEMORY_HIGH));
	row_text(r, INK_TEXT, "  ");
	draw_figure(r, _("disk"), h->disk_percent,
	    words_cause_status(env, CAUSE_DISK_HIGH));
}

static enum ink
tls_ink(const struct probe *p)
{
	size_t i;

	for (i = 0; i < p->causes.count; i++) {
		const struct cause *c = &p->causes.items[i];

		if (c->code == CAUSE_TLS_EXPIRES ||
		    c->code == CAUSE_TLS_EXPIRED ||
		    c->code == CAUSE_TLS_UNTRUSTED)
			return draw_status_ink(c->severity);
	}
	return INK_DIM;
}

void
panel_probe(struct row *r, const struct probe *p, int name_width)
{
	struct buf b = BUF_INIT(512);
	int64_t days;

	row_status(r, p->status);
	row_text(r, INK_TEXT, " ");
	row_cell(r, INK_TEXT, p->name ? p->name : "?", name_width, false);
	row_text(r, INK_TEXT, " ");
	if (p->tls_expires != TIME_UNKNOWN) {
		days = (p->tls_expires - r->d->now) / (24 * 3600 * 1000LL);
		buf_addf(&b, "tls %lld%s", (long long)days, _("d"));
		while (text_width(buf_str(&b)) < 8)
			buf_addc(&b, ' ');
		row_right(r, tls_ink(p), buf_str(&b));
	}
	row_right(r, INK_TEXT, " ");
	if (p->failure) {
		row_text(r, draw_status_ink(p->status), p->failure);
	} else if (p->http_code > 0) {
		buf_clear(&b);
		buf_addf(&b, "%d ", p->http_code);
		row_text(r, p->status == STATUS_OK ? INK_DIM :
		    draw_status_ink(p->status), buf_str(&b));
		buf_clear(&b);
		if (!isnan(p->latency_ms))
			buf_addf(&b, "%.0f ms", p->latency_ms);
		row_cell(r, INK_DIM, buf_str(&b), 8, true);
	} else {
		row_text(r, INK_DIM, "?");
	}
	buf_release(&b);
}

void
panel_line(struct row *r, const struct environment *env, int number,
    int title_width)
{
	struct draw *d = r->d;
	struct buf b = BUF_INIT(4096);
	bool grey = d->grey;
	size_t up = 0, i;

	d->grey = grey || env->stale;
	for (i = 0; i < env->service_count; i++)
		up += env->services[i].state == CONTAINER_RUNNING;
	row_skip(r, 1);
	row_status(r, env->status);
	row_text(r, INK_TEXT, " ");
	buf_addf(&b, number < 10 ? "%d" : " ", number);
	row_cell(r, INK_KEY, buf_str(&b), 2, false);
	row_cell(r, env->production ? INK_PRODUCTION : INK_TEXT,
	    words_title(env), title_width, false);
	buf_clear(&b);
	buf_addf(&b, "%zu/%zu", up, env->service_count);
	row_cell(r, up < env->service_count ? INK_WARN : INK_DIM, buf_str(&b),
	    9, true);
	row_text(r, INK_TEXT, "  ");
	if (row_left(r) > 70) {
		struct row host = *r;

		host.x = r->end - 40;
		panel_host(&host, env, 5);
		r->end -= 42;
	}
	if (row_left(r) > 60) {
		struct row version = *r;

		buf_clear(&b);
		words_version(&env->version, &b);
		version.x = r->end - 18;
		row_cell(&version, INK_DIM, buf_str(&b), 16, false);
		r->end -= 20;
	}
	if (env->causes.count > 0 &&
	    env->causes.items[0].severity != STATUS_OK) {
		panel_cause(r, &env->causes.items[0]);
	} else if (env->readiness.used &&
	    readiness_status(&env->readiness) != STATUS_OK) {
		readiness_row(r, &env->readiness);
	} else {
		row_text(r, draw_status_ink(env->status),
		    words_status(env->status));
	}
	d->grey = grey;
	buf_release(&b);
}
