/*
 * What stands on every screen: the header with the environments' status words
 * and the clock, what is wrong with the picture itself (connection, notices),
 * and the footer.
 */
#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"
#include "ui/console.h"
#include "ui/keymap.h"
#include "ui/now.h"
#include "ui/run-words.h"
#include "ui/words.h"

static int
statuses_width(const struct model *m)
{
	int width = 0;
	size_t i;

	for (i = 0; i < m->environment_count; i++)
		width += 4 + text_width(words_title(&m->environments[i]));
	return width;
}

/* "corentin has PROD (deploying)": who is at production comes before all that
 * has its place elsewhere. False: nobody is. */
static bool
draw_holder(struct row *r, const struct model *m)
{
	const struct run *run = runs_production(m);
	struct buf b = BUF_INIT(4096);
	bool aside;

	if (!run || row_left(r) < 16)
		return false;
	buf_addf(&b, "%s ", runs_glyph(r->d, run->phase));
	runs_holder(m, run, false, &b);
	if (text_width(buf_str(&b)) + 3 > row_left(r)) {
		buf_clear(&b);
		buf_addf(&b, "%s ", runs_glyph(r->d, run->phase));
		runs_holder(m, run, true, &b);
	}
	aside = row_left(r) > text_width(buf_str(&b)) + 20;
	if (aside) {
		row_right(r, runs_ink(run->phase), buf_str(&b));
		row_right(r, INK_TEXT, "   ");
	} else {
		row_text(r, INK_TEXT, "   ");
		row_text(r, runs_ink(run->phase), buf_str(&b));
	}
	buf_release(&b);
	return true;
}

/* "● local   ▲ PROD docmost unhealthy": each by name while there is room; where
 * none is in trouble, who is waited for. */
static void
draw_names(struct row *r, const struct model *m)
{
	const struct environment *worst = NULL;
	struct buf b = BUF_INIT(4096);
	bool held;
	size_t i;

	for (i = 0; i < m->environment_count; i++) {
		const struct environment *env = &m->environments[i];

		row_text(r, INK_TEXT, "  ");
		row_status(r, env->status);
		row_printf(r, env->production ? INK_TITLE : INK_TEXT, " %s",
		    words_title(env));
		if (env->status != STATUS_OK && env->causes.count > 0 &&
		    (!worst || env->status > worst->status))
			worst = env;
	}
	held = draw_holder(r, m);
	if (worst && row_left(r) > 16) {
		cause_text(&worst->causes.items[0], &b);
		row_text(r, INK_TEXT, "   ");
		if (m->environment_count > 1)
			row_printf(r, INK_DIM, "%s: ", words_title(worst));
		row_text(r, draw_status_ink(worst->status), buf_str(&b));
	} else if (!worst && !held && row_left(r) > 16 && now_used(m)) {
		struct now *now = now_new(m, r->d);

		now_headline(now, r);
		now_free(now);
	}
	buf_release(&b);
}

/* "■ 1  ▲ 2  ● 17": how many of each. */
static void
draw_counts(struct row *r, const struct model *m)
{
	size_t counts[4] = {0}, i;
	int s;

	for (i = 0; i < m->environment_count; i++)
		counts[m->environments[i].status]++;
	for (s = STATUS_CRIT; s >= STATUS_OK; s--) {
		if (counts[s] == 0)
			continue;
		row_text(r, INK_TEXT, "  ");
		row_status(r, s);
		row_printf(r, INK_TEXT, " %zu", counts[s]);
	}
}

static void
draw_header(struct console *c, struct draw *d, const struct area *a)
{
	const struct model *m = console_model(c);
	char text[CLOCK_TEXT_MAX];
	struct selection sel;
	struct row r = row_in(d, a, 0);
	const char *project = m->project ? m->project : "vigie";
	enum ink ground;

	console_selection(c, &sel);
	d->ground = c->view->below && sel.environment &&
	    sel.environment->production ? INK_BAR_PRODUCTION : INK_BAR;
	draw_fill(d, a);
	/* Beside the bar: without colours a second costs the terminal's line 9
	 * bytes instead of 45, and nothing else changes on an idle screen. */
	ground = d->ground;
	d->ground = INK_NONE;
	row_right(&r, INK_TEXT, " ");
	row_right(&r, INK_TEXT, clock_time_of_day(d->now, text));
	d->ground = ground;
	if (client_state(c->client) == CLIENT_LIVE &&
	    (c->read_only || client_role(c->client) == ROLE_VIEWER)) {
		row_right(&r, INK_TEXT, "  ");
		row_right(&r, INK_ACCENT, c->read_only ? _("read-only") :
		    _("viewer"));
	}
	if (a->w >= 50) {
		row_text(&r, INK_TEXT, " ");
		row_text(&r, INK_TITLE, project);
		row_text(&r, INK_TEXT, " ");
	}
	row_right(&r, INK_TEXT, "  ");
	if (statuses_width(m) <= row_left(&r))
		draw_names(&r, m);
	else
		draw_counts(&r, m);
	d->ground = INK_NONE;
}

/* A line across the screen that says what is wrong with what it shows. */
static void
draw_banner(struct draw *d, const struct area *a, int line, enum status s,
    const char *text)
{
	struct row r = row_in(d, a, line);
	struct area whole = {r.y, a->x, 1, a->w};

	d->ground = s == STATUS_CRIT || s == STATUS_UNKNOWN ? INK_ALARM :
	    INK_BAR;
	if (row_left(&r) > 0)
		draw_fill(d, &whole);
	row_text(&r, INK_TEXT, " ");
	row_status(&r, s);
	row_text(&r, INK_TEXT, " ");
	row_text(&r, d->ground == INK_ALARM ? INK_TEXT : draw_status_ink(s),
	    text);
	d->ground = INK_NONE;
}

static int
draw_connection(struct console *c, struct draw *d, const struct area *a,
    int line)
{
	const char *text = client_text(c->client);
	int64_t heard = client_heard_at(c->client);
	struct buf b = BUF_INIT(4096);
	enum client_state state = client_state(c->client);

	if (state == CLIENT_LIVE)
		return line;
	buf_adds(&b, text && *text ? text : _("connecting to the server"));
	if (heard != TIME_UNKNOWN && console_model(c)->environment_count > 0) {
		char age[CLOCK_TEXT_MAX];

		buf_addf(&b, " %s ", draw_glyph(d, GLYPH_SEPARATOR));
		buf_addf(&b, _("this picture is %s old"),
		    words_duration(d->now - heard, age));
	}
	/* The first moments of a start are no alarm. */
	draw_banner(d, a, line, heard == TIME_UNKNOWN &&
	    state == CLIENT_CONNECTING ? STATUS_WARN : STATUS_CRIT,
	    buf_str(&b));
	buf_release(&b);
	return line + 1;
}

static int
draw_notices(struct console *c, struct draw *d, const struct area *a, int line)
{
	const struct model *m = console_model(c);
	int most = a->h >= 24 ? 4 : a->h >= 10 ? 2 : 1;
	size_t i;

	line = draw_connection(c, d, a, line);
	if (m->cut_off && line <= most)
		draw_banner(d, a, line++, STATUS_CRIT, _("this machine is cut "
		    "off: no remote environment can be reached"));
	for (i = 0; i < m->notice_count && line <= most; i++)
		draw_banner(d, a, line++, m->notices[i].severity,
		    m->notices[i].text);
	return line;
}

static void
draw_hint(struct row *r, const struct action *cmd)
{
	char key[KEY_NAME_MAX];

	snprintf(key, sizeof(key), "%.*s", (int)strcspn(cmd->keys, " "),
	    cmd->keys);
	if (strcmp(key, "Enter") == 0)
		snprintf(key, sizeof(key), "%s",
		    draw_glyph(r->d, GLYPH_ENTER));
	if (text_width(key) + text_width(_(cmd->hint)) + 3 > row_left(r))
		return;
	row_text(r, INK_TEXT, " ");
	row_text(r, INK_KEY, key);
	row_printf(r, INK_DIM, " %s ", _(cmd->hint));
}

/* The hints of the commands in force, while there is room; help is always
 * the last of them. */
static void
draw_hints(struct console *c, struct row *r)
{
	const struct action *cmd, *help = NULL;
	enum where w = c->view->ops->where;
	struct row last = *r;
	int width;

	for (cmd = actions; cmd->name; cmd++) {
		if (cmd->where & w && cmd->hint &&
		    strcmp(cmd->name, "help") == 0)
			help = cmd;
	}
	if (help) {
		width = text_width(_(help->hint)) + 4;
		last.x = r->end > width ? r->end - width : 0;
		draw_hint(&last, help);
		r->end -= width;
	}
	for (cmd = actions; cmd->name; cmd++) {
		if (!cmd->hint || !(cmd->where & w) || cmd == help ||
		    (cmd->worth && !cmd->worth(console_model(c))))
			continue;
		if (cmd->flags & ACTION_OPERATOR &&
		    client_role(c->client) != ROLE_OPERATOR)
			continue;
		draw_hint(r, cmd);
	}
}

static void
draw_footer(struct console *c, struct draw *d, const struct area *a)
{
	struct row r = row_in(d, a, a->h - 1);
	const char *filter = c->view->ops->filter ?
	    c->view->ops->filter(c->view, NULL) : NULL;

	if (c->prompt.open) {
		prompt_draw(&c->prompt, d, a, c->screen);
		return;
	}
	if (filter && *filter) {
		struct buf b = BUF_INIT(1024);

		buf_addf(&b, " /%s ", filter);
		row_right(&r, INK_MATCH, buf_str(&b));
		buf_release(&b);
	}
	if (c->message) {
		row_text(&r, INK_TEXT, " ");
		row_text(&r, draw_status_ink(c->message_status), c->message);
		return;
	}
	draw_hints(c, &r);
}

struct area
frame_draw(struct console *c, struct draw *d)
{
	struct area all = {0, 0, d->rows, d->columns}, body = all, top = all;
	bool wall = c->view->ops->where == WHERE_WALL;
	int line = 1;

	top.h = 1;
	draw_header(c, d, &top);
	line = draw_notices(c, d, &all, line);
	body.y = line < d->rows ? line : d->rows;
	body.h = d->rows - body.y;
	if (body.h > 1 && !wall)
		body.h--;
	return body;
}

void
frame_footer(struct console *c, struct draw *d)
{
	struct area all = {0, 0, d->rows, d->columns};

	if ((d->rows > 1 && c->view->ops->where != WHERE_WALL) ||
	    c->prompt.open)
		draw_footer(c, d, &all);
}
