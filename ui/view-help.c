/*
 * Help, printed from the command table: what is in force where it was asked
 * for, then what the other views have.
 */
#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"
#include "ui/console.h"
#include "ui/keymap.h"

struct help {
	struct view view;
	enum where where;
	char *filter;
	struct list list;
};

static const struct {
	enum where where;
	const char *title;
} sections[] = {
	{WHERE_OVERVIEW, N_("In the overview")},
	{WHERE_ENVIRONMENT, N_("In an environment")},
	{WHERE_LOG, N_("In logs")},
	{WHERE_EVENTS, N_("In events")},
	{WHERE_RELEASES, N_("In releases")},
	{WHERE_PIPELINES | WHERE_RUNS, N_("In pipelines")},
	{WHERE_BACKUPS, N_("In backups")},
	{WHERE_READINESS, N_("In readiness")},
	{WHERE_PLAN, N_("In a plan")},
	{WHERE_RUN | WHERE_RUN_LIST | WHERE_TEXT, N_("In runs")},
};

/* One line: a title, or a command. */
struct line {
	const char *title;
	const struct action *command;
};

#define LINES_MAX 256

static bool
wanted(const struct help *h, const struct action *cmd)
{
	return !h->filter || text_contains(cmd->name, h->filter) ||
	    text_contains(_(cmd->help), h->filter);
}

static size_t
add_section(const struct help *h, enum where in, enum where not_in,
    const char *title, struct line *out, size_t n)
{
	const struct action *cmd;
	bool first = true;

	for (cmd = actions; cmd->name; cmd++) {
		if (!(cmd->where & in) || cmd->where & not_in ||
		    !wanted(h, cmd) || n + 3 > LINES_MAX)
			continue;
		if (first && n > 0)
			out[n++] = (struct line){NULL, NULL};
		if (first)
			out[n++] = (struct line){title, NULL};
		first = false;
		out[n++] = (struct line){NULL, cmd};
	}
	return n;
}

static size_t
lines_of(const struct help *h, struct line *out)
{
	size_t n, i;

	n = add_section(h, h->where, 0, _("Here"), out, 0);
	for (i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		if (sections[i].where != h->where)
			n = add_section(h, sections[i].where, h->where,
			    _(sections[i].title), out, n);
	}
	return n;
}

/* "C-l" as people know it. */
static void
key_words(const struct draw *d, const char *keys, struct buf *b)
{
	static const struct {
		const char *name, *utf8, *ascii;
	} words[] = {
		{"Up", "↑", "Up"}, {"Down", "↓", "Down"},
		{"Left", "←", "Left"}, {"Right", "→", "Right"},
		{"Enter", "⏎", "Enter"}, {"BSpace", "⌫", "Backspace"},
	};
	char name[KEY_NAME_MAX];
	size_t i, n;

	for (; *keys; keys += strspn(keys, " ")) {
		n = strcspn(keys, " ");
		snprintf(name, sizeof(name), "%.*s", (int)n, keys);
		keys += n;
		for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
			if (strcmp(words[i].name, name) == 0)
				snprintf(name, sizeof(name), "%s", d->utf8 ?
				    words[i].utf8 : words[i].ascii);
		}
		buf_addf(b, "%s%s", b->len ? " " : "", name);
	}
}

static void
draw_command(struct row *r, const struct action *cmd, int keys_width,
    int name_width)
{
	struct buf b = BUF_INIT(256);

	key_words(r->d, cmd->keys, &b);
	row_skip(r, 1);
	row_cell(r, INK_KEY, buf_str(&b), keys_width, false);
	row_skip(r, 2);
	buf_clear(&b);
	if (!(cmd->flags & ACTION_NAMELESS))
		buf_addf(&b, ":%s%s%s", cmd->name, cmd->usage ? " " : "",
		    cmd->usage ? cmd->usage : "");
	if (row_left(r) < name_width + 60) {
		/* No room for what it takes: the name alone. */
		name_width = 11;
		if (b.len > 0)
			b.len = 1 + strlen(cmd->name);
		if (b.len > 0)
			b.data[b.len] = '\0';
	}
	if (row_left(r) > name_width + 30) {
		row_cell(r, INK_DIM, buf_str(&b), name_width, false);
		row_skip(r, 2);
	}
	row_text(r, INK_TEXT, _(cmd->help));
	buf_release(&b);
}

static void
widths(const struct draw *d, const struct line *lines, size_t count,
    int *keys, int *name)
{
	struct buf b = BUF_INIT(256);
	size_t i;
	int w;

	*keys = *name = 4;
	for (i = 0; i < count; i++) {
		const struct action *cmd = lines[i].command;

		if (!cmd)
			continue;
		buf_clear(&b);
		key_words(d, cmd->keys, &b);
		w = text_width(buf_str(&b));
		*keys = w > *keys ? w : *keys;
		w = 2 + text_width(cmd->name) +
		    (cmd->usage ? text_width(cmd->usage) : 0);
		*name = w > *name ? w : *name;
	}
	buf_release(&b);
}

static void
help_draw(struct view *v, struct draw *d, const struct area *a)
{
	struct help *h = (struct help *)v;
	struct line lines[LINES_MAX];
	size_t count = lines_of(h, lines);
	struct area in = draw_frame(d, a, FRAME_PLAIN);
	struct row title = row_on_frame(d, a), r;
	int keys, name, i, row;

	row_printf(&title, INK_TITLE, " %s ", _("keys and commands"));
	row_right(&title, INK_DIM, " " PACKAGE_STRING " ");
	/* A page to read: it scrolls, nothing is selected. */
	h->list.count = (int)count;
	h->list.height = in.h > 0 ? in.h : 0;
	if (h->list.top > h->list.count - h->list.height)
		h->list.top = h->list.count - h->list.height;
	if (h->list.top < 0)
		h->list.top = 0;
	widths(d, lines, count, &keys, &name);
	for (i = 0; (row = list_row_at(&h->list, i)) >= 0; i++) {
		r = row_in(d, &in, i);
		row_skip(&r, 1);
		if (lines[row].command)
			draw_command(&r, lines[row].command, keys, name);
		else if (lines[row].title)
			row_text(&r, INK_TITLE, lines[row].title);
	}
	if (h->list.top + h->list.height < h->list.count) {
		struct area foot = {a->y + a->h - 1, a->x, 3, a->w};

		r = row_on_frame(d, &foot);
		row_printf(&r, INK_DIM, " %s %s ",
		    draw_glyph(d, GLYPH_MORE_DOWN), _("more"));
	}
}

static bool
help_move(struct view *v, enum move m)
{
	struct help *h = (struct help *)v;
	struct list l = h->list;

	/* Move a row that is at the edge in the way of the move. */
	l.selected = m == MOVE_UP || m == MOVE_PAGE_UP || m == MOVE_HALF_UP ||
	    m == MOVE_WHEEL_UP || m == MOVE_TOP ? l.top :
	    l.top + l.height - 1;
	if (!list_move(&l, m))
		return false;
	h->list.top = l.top;
	return true;
}

static const char *
help_filter(struct view *v, const char *set)
{
	struct help *h = (struct help *)v;

	if (set)
		xstrset(&h->filter, *set ? set : NULL);
	return h->filter;
}

static void
help_close(struct view *v)
{
	struct help *h = (struct help *)v;

	free(h->filter);
	free(h);
}

static const struct view_ops help_ops = {
	.where = WHERE_HELP,
	.close = help_close,
	.draw = help_draw,
	.move = help_move,
	.filter = help_filter,
};

struct view *
view_help_new(struct console *c, enum where where)
{
	struct help *h = xcalloc(1, sizeof(*h));

	h->view.ops = &help_ops;
	h->view.console = c;
	h->where = where;
	return &h->view;
}
