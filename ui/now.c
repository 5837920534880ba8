#include "ui/now.h"

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"
#include "ui/backups.h"
#include "ui/panel.h"
#include "ui/pipelines.h"
#include "ui/run-words.h"
#include "ui/words.h"

/* An attempt that went wrong is told for so long. */
#define FAILED_FOR_MS (24 * 3600 * (int64_t)1000)

/* In the order of urgency: what is being done here, what waits for us, what
 * makes the rest doubtful, then what runs, then what should be looked after. */
enum rank {
	RANK_ACT, RANK_MINE, RANK_DOUBT, RANK_WAITS, RANK_OVER, RANK_RUNS,
	RANK_VERIFIES, RANK_FAILED, RANK_LOCK, RANK_PULL, RANK_GATE,
};

struct item {
	enum rank rank;
	const char *glyph;
	enum ink ink;
	char *text;
	char *when;		/* stands at the right, or NULL */
	const char *run;	/* its id (of the model), or NULL */
};

struct now {
	const struct model *model;
	const struct draw *draw;
	struct item *items;
	size_t count, room;
};

/* Takes text and when over. */
static void
add(struct now *n, enum rank rank, const char *glyph, enum ink ink,
    char *text, char *when)
{
	if (n->count == n->room) {
		n->room = n->room ? n->room * 2 : 16;
		n->items = xreallocarray(n->items, n->room, sizeof(*n->items));
	}
	n->items[n->count++] = (struct item){rank, glyph, ink, text, when,
	    NULL};
}

static char *
age(const struct now *n, int64_t then)
{
	struct buf b = BUF_INIT(64);

	words_age(n->draw->now, then, &b);
	return buf_detach(&b);
}

static void
add_approvals(struct now *n)
{
	const struct pipelines *p = &n->model->pipelines;
	size_t i;

	for (i = 0; i < p->approval_count; i++) {
		const struct approval *a = &p->approvals[i];
		bool mine = a->mine == TRI_YES;
		struct buf b = BUF_INIT(4096);

		pipelines_approval(n->model, a, &b);
		add(n, mine ? RANK_MINE : RANK_WAITS,
		    draw_glyph(n->draw, GLYPH_WAITS), INK_WARN,
		    buf_detach(&b), age(n, a->since));
		if (mine)
			add(n, RANK_MINE, " ", INK_ACCENT,
			    xstrdup(_("you may approve it")), NULL);
	}
}

static void
add_run(struct now *n, const struct workflow *w,
    const struct pipeline_run *run)
{
	bool over = pipelines_over(w, run, n->draw->now);
	struct buf b = BUF_INIT(4096), took = BUF_INIT(128);
	char *name = pipelines_name(w->file);

	buf_adds(&b, name);
	if (run->number >= 0)
		buf_addf(&b, " #%d", run->number);
	if (run->branch)
		buf_addf(&b, _(" at %s"), run->branch);
	if (run->state == RUN_QUEUED)
		buf_addf(&b, ", %s", words_run_state(run->state));
	if (over)
		buf_addf(&b, ", %s", _("too long"));
	pipelines_took(w, run, n->draw->now, &took);
	add(n, over ? RANK_OVER : RANK_RUNS, pipelines_glyph(n->draw,
	    run->state), over ? INK_CRIT : pipelines_ink(run->state),
	    buf_detach(&b), buf_detach(&took));
	buf_release(&took);
	buf_release(&b);
	free(name);
}

/* A wait for an approval is told with the approvals, if those are known. */
static bool
has_approval(const struct pipelines *p, int64_t run)
{
	size_t i;

	for (i = 0; i < p->approval_count; i++)
		if (p->approvals[i].run_id == run)
			return true;
	return false;
}

static void
add_workflow(struct now *n, const struct workflow *w)
{
	const struct pipelines *p = &n->model->pipelines;
	const struct pipeline_run *newest = w->run_count > 0 ? &w->runs[0] :
	    NULL;
	char *name;
	size_t i;

	for (i = 0; i < w->run_count; i++) {
		const struct pipeline_run *run = &w->runs[i];

		if (run->state == RUN_QUEUED || run->state == RUN_IN_PROGRESS ||
		    (run->state == RUN_WAITING && !has_approval(p, run->id)))
			add_run(n, w, run);
	}
	if (!newest || run_state_status(newest->state) != STATUS_CRIT)
		return;
	name = pipelines_name(w->file);
	add(n, RANK_FAILED, draw_status_glyph(n->draw, STATUS_CRIT), INK_CRIT,
	    xasprintf(w->blocks ? "%s %s: %s %s" : "%s %s", name,
	    words_run_state(newest->state), _("blocks"), w->blocks),
	    age(n, newest->updated_at));
	free(name);
}

static void
add_pipelines(struct now *n)
{
	const struct pipelines *p = &n->model->pipelines;
	struct buf b = BUF_INIT(4096);
	size_t i;

	add_approvals(n);
	if (pipelines_doubt(n->model, n->draw->now, &b))
		add(n, RANK_DOUBT, draw_glyph(n->draw, GLYPH_UNKNOWN),
		    INK_UNKNOWN, xstrdup(buf_str(&b)), NULL);
	buf_release(&b);
	for (i = 0; i < p->workflow_count; i++)
		add_workflow(n, &p->workflows[i]);
	for (i = 0; i < p->pull_count; i++)
		add(n, RANK_PULL, draw_glyph(n->draw, GLYPH_WARN), INK_WARN,
		    xasprintf(_("critical #%d open: %s"), p->pulls[i].number,
		    p->pulls[i].title ? p->pulls[i].title : "?"),
		    age(n, p->pulls[i].created_at));
	for (i = 0; i < p->gate_count; i++) {
		const struct environment *env = model_find(n->model,
		    p->gates[i].environment);

		if (env && env->production && (p->gates[i].reviewed == TRI_NO ||
		    p->gates[i].exists == TRI_NO))
			add(n, RANK_GATE, draw_glyph(n->draw, GLYPH_WARN),
			    INK_WARN, xasprintf(_("%s has no gate: nobody has "
			    "to approve"), words_title(env)), NULL);
	}
}

/* "▶ deploy staging  step 3/7 compose up  12s". */
static void
add_act(struct now *n, const struct run *r)
{
	bool over = phase_ended(r->phase);
	struct buf b = BUF_INIT(8192);
	char took[CLOCK_TEXT_MAX];

	buf_addf(&b, "%s %s  ", runs_act(r), r->environment &&
	    model_find(n->model, r->environment) ? words_title(
	    model_find(n->model, r->environment)) : "?");
	runs_where(r, &b);
	add(n, over ? RANK_FAILED : RANK_ACT, runs_glyph(n->draw, r->phase),
	    runs_ink(r->phase), buf_detach(&b), over ? age(n, r->ended_at) :
	    xstrdup(words_span(runs_took(r, n->draw->now), took)));
	n->items[n->count - 1].run = r->id;
}

/* Whether there is a newer one in that environment. */
static bool
followed(const struct model *m, const struct run *r)
{
	size_t i;

	for (i = 0; i < m->run_count; i++)
		if (m->runs[i].environment && r->environment &&
		    strcmp(m->runs[i].environment, r->environment) == 0 &&
		    m->runs[i].started_at > r->started_at)
			return true;
	return false;
}

/* Those under way, and the last of an environment when it went wrong. */
static void
add_acts(struct now *n)
{
	size_t i;

	for (i = 0; i < n->model->run_count; i++) {
		const struct run *r = &n->model->runs[i];

		if (!phase_ended(r->phase) || ((r->phase == PHASE_FAILED ||
		    r->phase == PHASE_ABORTED) && !followed(n->model, r) &&
		    n->draw->now - r->ended_at < FAILED_FOR_MS))
			add_act(n, r);
	}
}

const char *
now_run(const struct model *m, const char *selected, int by)
{
	const char *before = NULL;
	bool met = !selected && by > 0;
	size_t i;

	for (i = 0; i < m->run_count; i++) {
		const struct run *r = &m->runs[i];

		if (phase_ended(r->phase))
			continue;
		if (met && by > 0)
			return r->id;
		if (selected && strcmp(r->id, selected) == 0) {
			if (by < 0)
				return before;
			met = true;
		}
		before = r->id;
	}
	return by < 0 && !selected ? before : NULL;
}

static void
add_environment(struct now *n, const struct environment *env)
{
	const struct draw *d = n->draw;
	struct buf b = BUF_INIT(4096);
	size_t i;

	for (i = 0; i < env->backup_count; i++) {
		const struct backup_series *s = &env->backups[i];

		if (!s->verifying)
			continue;
		buf_clear(&b);
		buf_addf(&b, "%s %s %s", _("verifying"), words_title(env),
		    s->kind);
		add(n, RANK_VERIFIES, draw_glyph(d, GLYPH_RUNS), INK_ACCENT,
		    xstrdup(buf_str(&b)), age(n, s->verifying_since));
	}
	if (env->lock.who)
		add(n, RANK_LOCK, draw_glyph(d, GLYPH_WARN), INK_WARN,
		    xasprintf(env->lock.why ? _("%s has %s locked: %s") :
		    _("%s has %s locked"), env->lock.who, words_title(env),
		    env->lock.why), age(n, env->lock.since));
	buf_release(&b);
}

/* Stable, and there are few. */
static void
sort(struct now *n)
{
	size_t i, k;

	for (i = 1; i < n->count; i++) {
		struct item item = n->items[i];

		for (k = i; k > 0 && n->items[k - 1].rank > item.rank; k--)
			n->items[k] = n->items[k - 1];
		n->items[k] = item;
	}
}

bool
now_used(const struct model *m)
{
	size_t i, k;

	if (pipelines_used(m) || runs_used(m))
		return true;
	for (i = 0; i < m->environment_count; i++) {
		const struct environment *env = &m->environments[i];

		if (env->lock.who)
			return true;
		for (k = 0; k < env->backup_count; k++)
			if (env->backups[k].verifying)
				return true;
	}
	return false;
}

struct now *
now_new(const struct model *m, const struct draw *d)
{
	struct now *n = xcalloc(1, sizeof(*n));
	size_t i;

	n->model = m;
	n->draw = d;
	add_acts(n);
	if (pipelines_used(m))
		add_pipelines(n);
	for (i = 0; i < m->environment_count; i++)
		add_environment(n, &m->environments[i]);
	sort(n);
	return n;
}

void
now_free(struct now *n)
{
	size_t i;

	if (!n)
		return;
	for (i = 0; i < n->count; i++) {
		free(n->items[i].text);
		free(n->items[i].when);
	}
	free(n->items);
	free(n);
}

int
now_count(const struct now *n)
{
	return (int)n->count;
}

/* Columns for the text beside glyph and time. */
static int
text_room(const struct item *item, int width)
{
	return width - 2 - (item->when ? text_width(item->when) + 1 : 0);
}

/* What waits for somebody is told whole, the rest is cut. */
static int
item_lines(const struct item *item, int width)
{
	return item->rank <= RANK_WAITS &&
	    text_width(item->text) > text_room(item, width) ? 2 : 1;
}

static void
draw_item(struct draw *d, const struct area *a, int line, int most,
    const struct item *item)
{
	struct row r = row_in(d, a, line);
	struct area beside = *a;

	if (item->when)
		row_right(&r, INK_DIM, item->when);
	row_text(&r, item->ink, item->glyph);
	beside.x += 2;
	beside.w = text_room(item, a->w);
	draw_wrapped(d, &beside, line, most, item->rank <= RANK_OVER ||
	    item->ink == INK_CRIT ? item->ink : INK_TEXT, item->text);
}

int
now_rows(const struct now *n, int width)
{
	int lines = 0;
	size_t i;

	for (i = 0; i < n->count; i++)
		lines += item_lines(&n->items[i], width - 4);
	lines = lines < 1 ? 1 : lines > NOW_SHOWN ? NOW_SHOWN : lines;
	return lines + 2;
}

void
now_headline(const struct now *n, struct row *r)
{
	const struct item *first = n->count > 0 ? &n->items[0] : NULL;

	if (!first || first->rank > RANK_OVER)
		return;
	row_printf(r, first->ink, "   %s ", first->glyph);
	row_text(r, first->ink, first->text);
}

void
now_pane(const struct now *n, struct draw *d, const struct area *a,
    const char *selected)
{
	struct area in = draw_frame(d, a, FRAME_PLAIN);
	struct row title = row_on_frame(d, a), r;
	struct buf more = BUF_INIT(128);
	int line = 0, lines;
	size_t i;

	if (in.w > 34) {
		in.x++;
		in.w -= 2;
	}
	for (i = 0; i < n->count; i++) {
		lines = item_lines(&n->items[i], in.w);
		if (line + lines > in.h && line > 0)
			break;
		if (selected && n->items[i].run &&
		    strcmp(n->items[i].run, selected) == 0) {
			struct area whole = {in.y + line, in.x, lines, in.w};

			d->ground = INK_SELECTED;
			draw_fill(d, &whole);
		}
		draw_item(d, &in, line, lines, &n->items[i]);
		d->ground = INK_NONE;
		line += lines;
	}
	row_printf(&title, INK_TITLE, " %s ", _("now"));
	if (i < n->count)
		buf_addf(&more, ngettext(" %s %d more ", " %s %d more ",
		    (int)(n->count - i)), draw_glyph(d, GLYPH_ELLIPSIS),
		    (int)(n->count - i));
	row_right(&title, INK_DIM, buf_str(&more));
	buf_release(&more);
	r = row_in(d, &in, 0);
	if (n->count == 0)
		row_text(&r, INK_DIM, _("nothing runs, nobody is waited for"));
}
