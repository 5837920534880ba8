#include "ui/details.h"

#include <math.h>

#include "base/i18n.h"
#include "base/text.h"
#include "ui/backups.h"
#include "ui/panel.h"
#include "ui/readiness.h"
#include "ui/words.h"

/* A page of labelled lines: the pen goes down as lines are written. */
struct page {
	struct draw *d;
	const struct area *a;
	int line;
	int label_width;
};

static struct row
labelled(struct page *p, const char *label)
{
	struct row r = row_in(p->d, p->a, p->line++);

	row_cell(&r, INK_DIM, label, p->label_width, false);
	row_skip(&r, 2);
	return r;
}

static void
field(struct page *p, const char *label, const char *value)
{
	struct row r;

	if (!value || !*value)
		return;
	r = labelled(p, label);
	row_text(&r, INK_TEXT, value);
}

/* A text that may take several lines. */
static void
paragraph(struct page *p, enum ink ink, const char *text, int most)
{
	if (text && *text)
		p->line += draw_wrapped(p->d, p->a, p->line, most, ink, text);
}

static int
widest(const char *const *labels)
{
	int width = 0, w;

	for (; *labels; labels++) {
		w = text_width(_(*labels));
		width = w > width ? w : width;
	}
	return width;
}

static void
causes(struct page *p, const struct causes *c, int most)
{
	size_t i;

	for (i = 0; i < c->count && most-- > 0; i++)
		p->line += panel_cause_lines(p->d, p->a, p->line, 3,
		    &c->items[i]);
}

/* Room for "  100% of 512 MiB" stays beside the curve. */
static int
spark_cells(const struct row *r)
{
	int cells = row_left(r) - 18;

	return cells < 10 ? 10 : cells > 30 ? 30 : cells;
}

static void
figures(struct page *p, const struct service *s, const struct past *past)
{
	const struct series *cpu = past_cpu(past, s);
	const struct series *memory = past_memory(past, s);
	struct buf b = BUF_INIT(256);
	struct row r = labelled(p, _("cpu"));
	double full = series_max(cpu);

	words_percent(s->cpu_percent, &b);
	row_cell(&r, INK_TEXT, buf_str(&b), 8, false);
	row_spark(&r, INK_SPARK, cpu, spark_cells(&r),
	    full > 20 ? full : 20);
	buf_clear(&b);
	r = labelled(p, _("memory"));
	words_bytes(s->memory_bytes, &b);
	row_cell(&r, INK_TEXT, buf_str(&b), 8, false);
	full = series_max(memory) * 1.25;
	row_spark(&r, INK_SPARK, memory, spark_cells(&r),
	    full);
	if (s->memory_limit > 0 && s->memory_bytes >= 0) {
		buf_clear(&b);
		buf_adds(&b, "  ");
		words_percent(100.0 * s->memory_bytes / s->memory_limit, &b);
		buf_addf(&b, " %s ", _("of"));
		words_bytes(s->memory_limit, &b);
		row_text(&r, INK_DIM, buf_str(&b));
	}
	buf_release(&b);
}

/* Whether a cause already says it. */
static bool
said(const struct causes *c, const char *text)
{
	size_t i;

	for (i = 0; i < c->count; i++) {
		if (c->items[i].detail && strcmp(c->items[i].detail, text) == 0)
			return true;
	}
	return false;
}

int
details_service(struct draw *d, const struct area *a, const struct service *s,
    const struct past *past)
{
	static const char *const labels[] = {N_("state"), N_("restarts"),
	    N_("container"), N_("image"), N_("digest"), N_("created"),
	    N_("cpu"), N_("memory"), NULL};
	struct page p = {d, a, 0, widest(labels)};
	struct buf b = BUF_INIT(4096);
	char text[CLOCK_TEXT_MAX];

	causes(&p, &s->causes, 3);
	if (s->health_log && !said(&s->causes, s->health_log)) {
		buf_addf(&b, "%s: %s", _("healthcheck"), s->health_log);
		paragraph(&p, s->health == HEALTH_UNHEALTHY ? INK_TEXT :
		    INK_DIM, buf_str(&b), 4);
		buf_clear(&b);
	}
	words_service(s, &b);
	buf_adds(&b, ", ");
	words_age(d->now, s->since, &b);
	if (s->pid > 0)
		buf_addf(&b, ", pid %d", s->pid);
	field(&p, _("state"), buf_str(&b));
	if (s->restarts > 0 || s->oom_killed == TRI_YES) {
		buf_clear(&b);
		buf_addf(&b, "%d", s->restarts);
		if (s->oom_killed == TRI_YES)
			buf_addf(&b, ", %s", _("killed for memory"));
		field(&p, _("restarts"), buf_str(&b));
	}
	figures(&p, s, past);
	buf_clear(&b);
	words_digest(s->container, &b);
	if (s->container_name)
		buf_addf(&b, "  %s", s->container_name);
	field(&p, _("container"), buf_str(&b));
	field(&p, _("image"), s->image);
	field(&p, _("digest"), s->digest);
	if (s->created_at != TIME_UNKNOWN) {
		buf_clear(&b);
		clock_rfc3339(s->created_at, text);
		buf_addf(&b, "%.16sZ, ", text);
		words_age(d->now, s->created_at, &b);
		field(&p, _("created"), buf_str(&b));
	}
	buf_release(&b);
	return p.line;
}

static void
link_lines(struct page *p, const struct environment *env)
{
	static const char *const states[] = {
		[LINK_UNKNOWN] = N_("unknown"),
		[LINK_CONNECTING] = N_("connecting"),
		[LINK_UP] = N_("up"), [LINK_DOWN] = N_("down"),
	};
	const struct link *l = &env->link;
	struct buf b = BUF_INIT(4096);
	struct row r = labelled(p, _("link"));

	row_text(&r, l->state == LINK_UP ? INK_TEXT : INK_WARN,
	    _(states[l->state]));
	buf_addf(&b, ", %s", l->host ? l->host : _("this machine"));
	if (l->transport && l->host)
		buf_addf(&b, " %s %s", _("through"), l->transport);
	if (l->why)
		buf_addf(&b, " (%s)", l->why);
	row_text(&r, INK_DIM, buf_str(&b));
	if (l->error)
		paragraph(p, INK_WARN, l->error, 3);
	if (l->state == LINK_DOWN && l->next_try > p->d->now) {
		char text[CLOCK_TEXT_MAX];

		buf_clear(&b);
		buf_addf(&b, _("next try in %s"),
		    words_duration(l->next_try - p->d->now, text));
		paragraph(p, INK_DIM, buf_str(&b), 1);
	}
	field(p, _("engine"), l->engine);
	buf_release(&b);
}

static void
host_lines(struct page *p, const struct environment *env)
{
	const struct host *h = &env->host;
	struct buf b = BUF_INIT(256);
	char text[CLOCK_TEXT_MAX];
	struct row r = labelled(p, _("host"));

	panel_host(&r, env, 10);
	if (isnan(h->load1))
		return;
	buf_addf(&b, "%.2f %.2f %.2f", h->load1, h->load5, h->load15);
	if (h->cores > 0)
		buf_addf(&b, ngettext(", %d core", ", %d cores", h->cores),
		    h->cores);
	if (h->uptime_ms > 0)
		buf_addf(&b, _(", up for %s"),
		    words_duration(h->uptime_ms, text));
	field(p, _("load"), buf_str(&b));
	buf_release(&b);
}

static void
source_lines(struct page *p, const struct environment *env)
{
	struct buf b = BUF_INIT(1024);
	struct row r = labelled(p, _("seen"));
	int k;

	for (k = 0; k < SOURCE_KINDS; k++) {
		const struct observation *o = &env->sources[k];
		bool stale;

		if (!o->used)
			continue;
		stale = observation_stale(o, p->d->now);
		buf_clear(&b);
		buf_addf(&b, "%s ", words_source(k));
		row_text(&r, INK_DIM, buf_str(&b));
		buf_clear(&b);
		words_age(p->d->now, o->observed_at, &b);
		buf_adds(&b, "  ");
		row_text(&r, stale ? INK_WARN : INK_TEXT, buf_str(&b));
	}
	for (k = 0; k < SOURCE_KINDS; k++) {
		const struct observation *o = &env->sources[k];

		if (!o->used || !o->error)
			continue;
		buf_clear(&b);
		buf_addf(&b, "%s: %s", words_source(k), o->error);
		paragraph(p, INK_WARN, buf_str(&b), 2);
	}
	buf_release(&b);
}

/* Lock, backups, and whether a rollback would work: with every check that says
 * no. */
static void
way_back(struct page *p, const struct environment *env)
{
	struct pen pen = {p->d, p->a, 0};
	struct row r;

	if (env->lock.who) {
		r = row_in(p->d, p->a, p->line++);
		panel_lock(&r, env);
	}
	if (env->backup_count > 0) {
		r = row_in(p->d, p->a, p->line++);
		backups_slot(&r, env);
	}
	if (!env->readiness.used)
		return;
	p->line += readiness_slot(p->d, p->a, p->line, 2, &env->readiness);
	pen.line = p->line;
	readiness_failing(&pen, &env->readiness);
	p->line = pen.line;
}

int
details_environment(struct draw *d, const struct area *a,
    const struct environment *env)
{
	static const char *const labels[] = {N_("version"), N_("deploy"),
	    N_("link"), N_("engine"), N_("host"), N_("load"), N_("seen"), NULL};
	struct page p = {d, a, 0, widest(labels)};
	struct buf b = BUF_INIT(4096);
	int width = 4;
	size_t i;

	causes(&p, &env->causes, a->h == 0 || a->h > 14 ? 4 :
	    a->h > 8 ? 2 : 1);
	words_version(&env->version, &b);
	if (env->version.since != TIME_UNKNOWN) {
		buf_addf(&b, ", %s ", _("since"));
		words_age(d->now, env->version.since, &b);
	}
	if (env->data)
		buf_addf(&b, ", %s", env->data);
	field(&p, _("version"), buf_str(&b));
	buf_clear(&b);
	buf_adds(&b, env->trigger ? env->trigger : "");
	if (env->approval)
		buf_addf(&b, "%s%s", b.len ? ", " : "", env->approval);
	field(&p, _("deploy"), buf_str(&b));
	way_back(&p, env);
	host_lines(&p, env);
	for (i = 0; i < env->probe_count; i++) {
		int w = text_width(env->probes[i].name);

		width = w > width ? w : width;
	}
	width = width > a->w / 2 ? a->w / 2 : width;
	for (i = 0; i < env->probe_count; i++) {
		struct row r = row_in(d, a, p.line++);

		panel_probe(&r, &env->probes[i], width);
	}
	link_lines(&p, env);
	source_lines(&p, env);
	buf_release(&b);
	return p.line;
}
