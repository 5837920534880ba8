#include "ui/panel.h"

#include <math.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"
#include "ui/words.h"

enum frame
panel_frame(const struct environment *env)
{
	return env->production ? FRAME_PRODUCTION : FRAME_PLAIN;
}

static bool
matches(const struct panel *p, const struct service *s)
{
	if (!p->filter || !*p->filter)
		return true;
	return text_contains(p->environment->name, p->filter) ||
	    (s->name && text_contains(s->name, p->filter)) ||
	    (s->image && text_contains(s->image, p->filter));
}

static int
rank(enum status s)
{
	return -(int)s;
}

const struct service **
panel_services(const struct panel *p, size_t *count)
{
	const struct environment *env = p->environment;
	const struct service **out;
	size_t n = 0, i;
	int s;

	out = xcalloc(env->service_count + 1, sizeof(*out));
	for (s = STATUS_CRIT; s >= STATUS_OK; s--) {
		for (i = 0; i < env->service_count; i++) {
			const struct service *svc = &env->services[i];

			if (svc->status == (enum status)s && matches(p, svc))
				out[n++] = svc;
		}
	}
	*count = n;
	return out;
}

bool
panel_matches(const struct panel *p)
{
	size_t i;

	if (!p->filter || !*p->filter ||
	    text_contains(p->environment->name, p->filter))
		return true;
	for (i = 0; i < p->environment->service_count; i++) {
		if (matches(p, &p->environment->services[i]))
			return true;
	}
	return false;
}

/* How many lines each part gets. */
struct layout {
	int version, trigger, services, host, probes, gaps;
	int causes;	/* how many */
	int more;	/* one line more for the first of them */
};

/* A line of causes is worth showing where the reason stands nowhere else. */
static int
cause_lines(const struct environment *env)
{
	int n = 0;
	size_t i;

	for (i = 0; i < env->causes.count; i++)
		n += env->causes.items[i].severity != STATUS_OK;
	return n < 6 ? n : 6;
}

/* Whether the first cause takes two lines. */
static int
long_cause(const struct environment *env, int width)
{
	struct buf b = BUF_INIT(4096);
	int more;

	if (cause_lines(env) == 0)
		return 0;
	cause_text(&env->causes.items[0], &b);
	more = text_width(buf_str(&b)) + 2 > width;
	buf_release(&b);
	return more;
}

static int
wanted(const struct layout *l)
{
	return l->version + l->trigger + l->causes + l->more + l->services +
	    l->host + l->probes + l->gaps;
}

static struct layout
whole(const struct panel *p, size_t services, int width)
{
	const struct environment *env = p->environment;
	struct layout l = {
		.version = 1,
		.trigger = env->trigger || env->approval,
		.causes = cause_lines(env),
		.more = long_cause(env, width),
		.services = services > 0 ? (int)services : 1,
		.host = 1,
		.probes = (int)env->probe_count,
		.gaps = 2,
	};

	return l;
}

static void
cut(int *part, int least, int *excess)
{
	int by = *part - least;

	if (by > *excess)
		by = *excess;
	if (by > 0) {
		*part -= by;
		*excess -= by;
	}
}

/* Take lines away, the least missed first, until the rest fits. */
static void
fit(struct layout *l, int height)
{
	int excess = wanted(l) - height;

	cut(&l->gaps, 0, &excess);
	cut(&l->more, 0, &excess);
	cut(&l->causes, 2, &excess);
	cut(&l->services, 6, &excess);
	cut(&l->trigger, 0, &excess);
	cut(&l->causes, 1, &excess);
	cut(&l->probes, 2, &excess);
	cut(&l->services, 3, &excess);
	cut(&l->probes, 0, &excess);
	cut(&l->host, 0, &excess);
	cut(&l->services, 1, &excess);
	cut(&l->version, 0, &excess);
	cut(&l->causes, 0, &excess);
	cut(&l->services, 0, &excess);
}

int
panel_height(const struct panel *p, int width)
{
	size_t services;
	struct layout l;

	free(panel_services(p, &services));
	l = whole(p, services, width - 4);
	return wanted(&l) + 2;
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

static void
draw_version(struct row *r, const struct environment *env)
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

static void
draw_trigger(struct row *r, const struct environment *env)
{
	row_text(r, INK_DIM, env->trigger ? env->trigger : "");
	if (env->approval)
		row_printf(r, INK_DIM, "%s%s", env->trigger ? ", " : "",
		    env->approval);
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

static void
draw_service(struct row *r, const struct service *s, int name_width)
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

static const struct probe **
worst_probes(const struct environment *env)
{
	const struct probe **out = xcalloc(env->probe_count + 1, sizeof(*out));
	size_t n = 0, i;
	int s;

	for (s = STATUS_CRIT; s >= STATUS_OK; s--) {
		for (i = 0; i < env->probe_count; i++) {
			if (env->probes[i].status == (enum status)s)
				out[n++] = &env->probes[i];
		}
	}
	return out;
}

static int
name_width(const struct service **services, size_t count, int most)
{
	struct buf b = BUF_INIT(512);
	int width = 4;
	size_t i;

	for (i = 0; i < count; i++) {
		buf_clear(&b);
		words_service_name(services[i], &b);
		if (text_width(buf_str(&b)) > width)
			width = text_width(buf_str(&b));
	}
	buf_release(&b);
	return width < most ? width : most;
}

/* The services on `lines` lines from `line`; the last line counts those that
 * do not fit. Scrolled so that the selected one is seen. */
static const struct service *
draw_services(const struct panel *p, struct draw *d, const struct area *a,
    int line, int lines, int hit)
{
	const struct service **all, *found = NULL;
	struct buf b = BUF_INIT(128);
	struct row r;
	size_t count;
	int shown, top = 0, width, i;

	all = panel_services(p, &count);
	width = name_width(all, count, a->w * 2 / 5);
	shown = (int)count > lines && lines > 1 ? lines - 1 : lines;
	for (i = shown; p->container && i < (int)count; i++) {
		if (strcmp(all[i]->container, p->container) == 0)
			top = i - shown + 1;
	}
	for (i = 0; i < shown && top + i < (int)count; i++) {
		const struct service *s = all[top + i];

		r = row_in(d, a, line + i);
		if (p->selected && p->container &&
		    strcmp(s->container, p->container) == 0) {
			struct area whole_line = {r.y, a->x, 1, a->w};

			d->ground = INK_SELECTED;
			draw_fill(d, &whole_line);
		}
		draw_service(&r, s, width);
		d->ground = INK_NONE;
		if (r.y == hit)
			found = s;
	}
	r = row_in(d, a, line + i);
	if (count == 0 && lines > 0) {
		row_text(&r, INK_DIM, p->environment->service_count > 0 ?
		    _("no service matches") : _("no containers"));
	} else if ((int)count > shown && lines > 1) {
		buf_addf(&b, ngettext("%s %d more, %s", "%s %d more, %s",
		    (int)count - shown), draw_glyph(d, GLYPH_ELLIPSIS),
		    (int)count - shown, top > 0 ? _("above and below") :
		    rank(all[shown]->status) == rank(STATUS_OK) ?
		    _("all ok") : _("the worst first"));
		row_text(&r, INK_DIM, buf_str(&b));
	}
	buf_release(&b);
	free(all);
	return found;
}

void
panel_services_draw(const struct panel *p, struct draw *d,
    const struct area *a)
{
	draw_services(p, d, a, 0, a->h, -1);
}

static int
draw_head(const struct panel *p, struct draw *d, const struct area *a,
    const struct layout *l)
{
	const struct environment *env = p->environment;
	struct row r;
	int line = 0, i;

	if (l->version) {
		r = row_in(d, a, line++);
		draw_version(&r, env);
	}
	if (l->trigger) {
		r = row_in(d, a, line++);
		draw_trigger(&r, env);
	}
	for (i = 0; i < l->causes; i++) {
		if (i == 0 && l->more) {
			line += panel_cause_lines(d, a, line, 2,
			    &env->causes.items[0]);
			continue;
		}
		r = row_in(d, a, line++);
		panel_cause(&r, &env->causes.items[i]);
	}
	return line;
}

static int
draw_tail(const struct panel *p, struct draw *d, const struct area *a,
    const struct layout *l, int line)
{
	const struct environment *env = p->environment;
	const struct probe **probes = worst_probes(env);
	int width = 4, i;
	struct row r;

	for (i = 0; i < (int)env->probe_count; i++) {
		int w = text_width(probes[i]->name ? probes[i]->name : "?");

		width = w > width ? w : width;
	}
	if (width > a->w * 2 / 5)
		width = a->w * 2 / 5;
	if (l->host) {
		r = row_in(d, a, line++);
		panel_host(&r, env, a->w >= 60 ? 20 : a->w >= 42 ? 10 : 5);
	}
	if (l->gaps > 1 && l->probes)
		line++;
	for (i = 0; i < l->probes; i++) {
		r = row_in(d, a, line++);
		panel_probe(&r, probes[i], width);
	}
	free(probes);
	return line;
}

const struct service *
panel_draw(const struct panel *p, struct draw *d, const struct area *a,
    int hit)
{
	struct area in = draw_frame(d, a, panel_frame(p->environment));
	struct row title = row_on_frame(d, a);
	const struct service *found;
	bool grey = d->grey;
	struct layout l;
	size_t services;
	int line;

	d->grey = grey || p->environment->stale;
	free(panel_services(p, &services));
	if (in.h == a->h) {
		/* No room for a frame: its title becomes the first line. */
		title = row_in(d, a, 0);
		in.y++;
		in.h--;
	} else if (in.w > 34) {
		in.x++;
		in.w -= 2;
	}
	l = whole(p, services, in.w);
	panel_title(&title, p->environment, p->number, p->selected);
	if (wanted(&l) > in.h && in.w >= 66) {
		/* Side by side: services on the left, the rest right. */
		struct area left = in, right = in;

		left.w = in.w / 2 - 1;
		right.x += in.w / 2 + 1;
		right.w = in.w - in.w / 2 - 1;
		found = draw_services(p, d, &left, 0, in.h, hit);
		l = whole(p, 0, right.w);
		l.services = 0;
		fit(&l, in.h);
		line = draw_head(p, d, &right, &l);
		draw_tail(p, d, &right, &l, line + (l.gaps > 0));
	} else {
		fit(&l, in.h);
		line = draw_head(p, d, &in, &l);
		found = draw_services(p, d, &in, line, l.services, hit);
		line += l.services + (l.gaps > 0);
		draw_tail(p, d, &in, &l, line);
	}
	d->grey = grey;
	return found;
}
