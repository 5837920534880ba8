#include "ui/panel.h"

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"
#include "ui/backups.h"
#include "ui/readiness.h"
#include "ui/run-words.h"
#include "ui/words.h"

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
	int version, trigger, run, lock, services, host, probes, gaps;
	int backup, rollback;
	bool calm;	/* backup and rollback are well: others matter more */
	int reason;	/* one line more for why there is no rollback */
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
	return l->version + l->trigger + l->run + l->lock + l->causes +
	    l->more +
	    l->services + l->host + l->probes + l->gaps + l->backup +
	    l->rollback + l->reason;
}

/* The lines about going back. */
static void
way_back(const struct environment *env, int64_t now, int width,
    struct layout *l)
{
	const struct backup_series *s = backups_worst(env);
	const struct readiness *r = &env->readiness;

	l->backup = s != NULL;
	l->rollback = r->used;
	l->reason = r->used && readiness_slot_lines(r, now, width) > 1;
	l->calm = (!s || s->status == STATUS_OK) &&
	    (!r->used || readiness_status(r) == STATUS_OK);
}

static struct layout
whole(const struct panel *p, int64_t now, size_t services, int width)
{
	const struct environment *env = p->environment;
	struct layout l = {
		.version = 1,
		.trigger = env->trigger || env->approval,
		.run = p->run != NULL,
		.lock = env->lock.who != NULL,
		.causes = cause_lines(env),
		.more = long_cause(env, width),
		.services = services > 0 ? (int)services : 1,
		.host = 1,
		.probes = (int)env->probe_count,
		.gaps = 2,
	};

	way_back(env, now, width, &l);
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
	cut(&l->reason, 0, &excess);
	cut(&l->causes, 1, &excess);
	cut(&l->probes, 2, &excess);
	cut(&l->services, 4, &excess);
	cut(&l->probes, 1, &excess);
	cut(&l->services, 3, &excess);
	cut(&l->probes, 0, &excess);
	if (l->calm)
		cut(&l->backup, 0, &excess);
	cut(&l->host, 0, &excess);
	cut(&l->services, 1, &excess);
	if (l->calm)
		cut(&l->rollback, 0, &excess);
	cut(&l->version, 0, &excess);
	cut(&l->lock, 0, &excess);
	cut(&l->backup, 0, &excess);
	cut(&l->rollback, 0, &excess);
	cut(&l->causes, 0, &excess);
	cut(&l->services, 0, &excess);
	cut(&l->run, 0, &excess);
}

int
panel_height(const struct panel *p, int64_t now, int width)
{
	size_t services;
	struct layout l;

	free(panel_services(p, &services));
	l = whole(p, now, services, width - 4);
	return wanted(&l) + 2;
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

	/* A panel lower than its own headings leaves less than none. */
	if (lines < 0)
		lines = 0;
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
		panel_service(&r, s, width);
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

	if (l->run) {
		r = row_in(d, a, line++);
		runs_row(&r, p->run);
	}
	if (l->version) {
		r = row_in(d, a, line++);
		panel_version(&r, env);
	}
	if (l->trigger) {
		r = row_in(d, a, line++);
		panel_trigger(&r, env);
	}
	if (l->lock) {
		r = row_in(d, a, line++);
		panel_lock(&r, env);
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
	if (l->backup) {
		r = row_in(d, a, line++);
		backups_slot(&r, env);
	}
	if (l->rollback)
		line += readiness_slot(d, a, line, 1 + l->reason,
		    &env->readiness);
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
	l = whole(p, d->now, services, in.w);
	panel_title(&title, p->environment, p->number, p->selected);
	if (wanted(&l) > in.h && in.w >= 66) {
		/* Side by side: services on the left, the rest right. */
		struct area left = in, right = in;

		left.w = in.w / 2 - 1;
		right.x += in.w / 2 + 1;
		right.w = in.w - in.w / 2 - 1;
		found = draw_services(p, d, &left, 0, in.h, hit);
		l = whole(p, d->now, 0, right.w);
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
