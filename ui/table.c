#include "ui/table.h"

#include <math.h>

#include "base/i18n.h"
#include "base/text.h"
#include "ui/words.h"

#define SPARK_CELLS 10

struct column {
	const char *title;
	int priority;	/* lower stays longer; 0 always stays */
	int most;	/* columns at most; 0: no limit */
	bool right;
	void (*text)(const struct service *s, int64_t now, struct buf *b);
	const struct series *(*series)(const struct service *s);
	enum ink (*ink)(const struct service *s);
};

static void
text_name(const struct service *s, int64_t now, struct buf *b)
{
	words_service_name(s, b);
}

static void
text_state(const struct service *s, int64_t now, struct buf *b)
{
	buf_adds(b, words_state(s->state));
	if (s->state == CONTAINER_EXITED && s->exit_code >= 0)
		buf_addf(b, " (%d)", s->exit_code);
}

static void
text_health(const struct service *s, int64_t now, struct buf *b)
{
	/* What does not run has no health to speak of. */
	if (s->state == CONTAINER_RUNNING)
		buf_adds(b, words_health(s->health));
}

static void
text_age(const struct service *s, int64_t now, struct buf *b)
{
	words_age(now, s->since, b);
}

static void
text_restarts(const struct service *s, int64_t now, struct buf *b)
{
	if (s->restarts >= 0)
		buf_addf(b, "%d", s->restarts);
	else
		buf_adds(b, "?");
	if (s->oom_killed == TRI_YES)
		buf_addf(b, " %s", _("oom"));
}

static void
text_cpu(const struct service *s, int64_t now, struct buf *b)
{
	words_percent(s->cpu_percent, b);
}

static void
text_memory(const struct service *s, int64_t now, struct buf *b)
{
	words_bytes(s->memory_bytes, b);
}

static void
text_image(const struct service *s, int64_t now, struct buf *b)
{
	buf_adds(b, words_image(s->image));
}

static void
text_digest(const struct service *s, int64_t now, struct buf *b)
{
	words_digest(s->digest, b);
}

static void
text_container(const struct service *s, int64_t now, struct buf *b)
{
	words_digest(s->container, b);
}

static const struct series *
series_cpu(const struct service *s)
{
	return &s->cpu;
}

static const struct series *
series_memory(const struct service *s)
{
	return &s->memory;
}

static enum ink
ink_status(const struct service *s)
{
	return s->status == STATUS_OK ? INK_DIM : draw_status_ink(s->status);
}

static enum ink
ink_health(const struct service *s)
{
	return s->health == HEALTH_UNHEALTHY ? INK_CRIT :
	    s->health == HEALTH_STARTING ? INK_WARN : INK_DIM;
}

static enum ink
ink_restarts(const struct service *s)
{
	return s->restarts > 0 || s->oom_killed == TRI_YES ? INK_WARN :
	    INK_DIM;
}

static const struct column columns[] = {
	{N_("service"), 0, 28, false, text_name, NULL, NULL},
	{N_("state"), 0, 16, false, text_state, NULL, ink_status},
	{N_("health"), 1, 12, false, text_health, NULL, ink_health},
	{N_("age"), 2, 5, true, text_age, NULL, NULL},
	{N_("restarts"), 3, 10, true, text_restarts, NULL, ink_restarts},
	{N_("cpu"), 4, 6, true, text_cpu, NULL, NULL},
	{"", 7, SPARK_CELLS, false, NULL, series_cpu, NULL},
	{N_("memory"), 5, 9, true, text_memory, NULL, NULL},
	{"", 9, SPARK_CELLS, false, NULL, series_memory, NULL},
	{N_("image"), 6, 36, false, text_image, NULL, NULL},
	{N_("digest"), 8, 12, false, text_digest, NULL, NULL},
	{N_("container"), 10, 12, false, text_container, NULL, NULL},
};

#define COLUMNS (int)(sizeof(columns) / sizeof(columns[0]))
#define GAP 2

static int
column_width(const struct column *c, const struct service *const *services,
    size_t count, int64_t now)
{
	struct buf b = BUF_INIT(4096);
	int width = *c->title ? text_width(_(c->title)) : 0, w;
	size_t i;

	if (c->series)
		return SPARK_CELLS;
	for (i = 0; i < count; i++) {
		buf_clear(&b);
		c->text(services[i], now, &b);
		w = text_width(buf_str(&b));
		width = w > width ? w : width;
	}
	buf_release(&b);
	/* Words are never cut for a heading's sake. */
	w = *c->title ? text_width(_(c->title)) : 0;
	return c->most && width > c->most ? (w > c->most ? w : c->most) :
	    width;
}

/* Widths of the columns shown; 0 for those that do not fit. */
static void
choose(const struct service *const *services, size_t count, int64_t now,
    int room, int widths[COLUMNS])
{
	int used = 2, priority, i;

	for (i = 0; i < COLUMNS; i++)
		widths[i] = 0;
	for (priority = 0; priority <= COLUMNS; priority++) {
		for (i = 0; i < COLUMNS; i++) {
			int w;

			if (columns[i].priority != priority)
				continue;
			w = column_width(&columns[i], services, count, now);
			if (priority > 0 && used + w > room)
				return;
			widths[i] = w;
			used += w + GAP;
		}
	}
}

static void
draw_heading(struct draw *d, const struct area *a,
    const int widths[COLUMNS])
{
	struct row r = row_in(d, a, 0);
	int i;

	row_skip(&r, 2);
	for (i = 0; i < COLUMNS; i++) {
		if (widths[i] == 0)
			continue;
		row_cell(&r, INK_DIM, *columns[i].title ?
		    _(columns[i].title) : "", widths[i], columns[i].right);
		row_skip(&r, GAP);
	}
}

static void
draw_service(struct draw *d, struct row *r, const struct service *s,
    const int widths[COLUMNS])
{
	struct buf b = BUF_INIT(4096);
	int i;

	row_status(r, s->status);
	row_text(r, INK_TEXT, " ");
	for (i = 0; i < COLUMNS; i++) {
		const struct column *c = &columns[i];

		if (widths[i] == 0)
			continue;
		if (c->series) {
			const struct series *v = c->series(s);
			double full = series_max(v);

			/* Small figures keep a small shape: below 20 % of a
			 * core the line stays low. */
			if (c->series == series_cpu)
				full = full > 20 ? full : 20;
			else
				full *= 1.25;
			row_spark(r, INK_SPARK, v, SPARK_CELLS, full);
		} else {
			buf_clear(&b);
			c->text(s, d->now, &b);
			row_cell(r, c->ink ? c->ink(s) : i == 0 ? INK_TEXT :
			    INK_DIM, buf_str(&b), widths[i], c->right);
		}
		row_skip(r, GAP);
	}
	buf_release(&b);
}

void
table_draw(struct draw *d, const struct area *a,
    const struct service *const *services, size_t count, struct list *list)
{
	int widths[COLUMNS], i, row;

	choose(services, count, d->now, a->w, widths);
	draw_heading(d, a, widths);
	for (i = 0; (row = list_row_at(list, i)) >= 0; i++) {
		struct area line = {a->y + 1 + i, a->x, 1, a->w};
		struct row r = row_in(d, &line, 0);

		if (row == list->selected) {
			d->ground = INK_SELECTED;
			draw_fill(d, &line);
		}
		draw_service(d, &r, services[row], widths);
		d->ground = INK_NONE;
	}
}
