/* See view-text.h. */
#include "ui/view-text.h"

#include <ctype.h>

#include "base/alloc.h"
#include "base/files.h"
#include "base/i18n.h"
#include "base/text.h"
#include "config/place.h"
#include "ui/console.h"
#include "ui/pane.h"
#include "ui/run-words.h"
#include "ui/text-lines.h"

#define SAVED_MAX (16 << 20)
/* Of a line on the screen; the rest of a longer one is not shown. */
#define WRAPPED_MAX 64

struct text_view {
	struct view view;
	const char *op;		/* "output" or "paper": a literal, and the
				 * type of the answer */
	char *run, *step;	/* step NULL: the run */
	char *title;
	char *name;		/* offered for saving */
	int request;		/* 0: none under way */
	bool known;
	char *error;		/* why there is no text, or NULL */
	struct text_lines lines;
	size_t *shown;		/* lines that match the filter */
	size_t count;
	char *filter;
	bool to_end;		/* show the end, once it is there */
	int top, most, height;	/* in lines shown, as last drawn */
};

static void
filter_lines(struct text_view *v)
{
	size_t i;

	free(v->shown);
	v->shown = xcalloc(v->lines.count + 1, sizeof(*v->shown));
	v->count = 0;
	for (i = 0; i < v->lines.count; i++)
		if (!v->filter || text_contains(v->lines.items[i], v->filter))
			v->shown[v->count++] = i;
}

static void
answered(void *arg, const struct json *m, bool final)
{
	struct text_view *v = arg;
	const char *type = json_text(json_get(m, "type"), "");
	const char *text = json_text(json_get(m, "text"), "");

	if (!final)
		return;
	v->request = 0;
	console_dirty(v->view.console);
	xstrset(&v->error, NULL);
	if (strcmp(type, v->op) != 0) {
		v->error = text_clean(text, strlen(text));
		return;
	}
	v->known = true;
	text_lines_release(&v->lines);
	text_lines_add(&v->lines, text);
	filter_lines(v);
}

static void
ask(struct text_view *v)
{
	struct json *arguments = json_object();

	if (v->request)
		client_cancel(v->view.console->client, v->request);
	json_set_text(arguments, "run", v->run);
	if (v->step)
		json_set_text(arguments, "step", v->step);
	v->request = client_request(v->view.console->client, v->op, arguments,
	    answered, v);
}

/* --- drawing ---------------------------------------------------------- */

static int
height_of(const char *text, int width)
{
	int lines = 0;

	do {
		size_t n = draw_wrap_at(text, width);

		lines++;
		if (n == 0)
			break;
		text += n;
		text += strspn(text, " ");
	} while (*text && lines < WRAPPED_MAX);
	return lines;
}

/* The highest top at which the end still fills the area. */
static int
highest_top(const struct text_view *v, const struct area *in)
{
	int top = (int)v->count, left = in->h;

	while (top > 0) {
		left -= height_of(v->lines.items[v->shown[top - 1]], in->w);
		if (left < 0)
			break;
		top--;
	}
	return top < (int)v->count || top == 0 ? top : top - 1;
}

static void
draw_lines(struct text_view *v, struct draw *d, const struct area *in)
{
	int line = 0, i, used;

	for (i = v->top; i < (int)v->count && line < in->h; i++) {
		used = draw_wrapped(d, in, line, WRAPPED_MAX, INK_TEXT,
		    v->lines.items[v->shown[i]]);
		line += used > 0 ? used : 1;
	}
}

static const char *
nothing(const struct text_view *v)
{
	return !v->known ? _("asking the server") : v->lines.count > 0 ?
	    _("no line matches") : v->step ? _("it wrote nothing") :
	    _("nothing is left to do");
}

static void
text_view_draw(struct view *view, struct draw *d, const struct area *a)
{
	struct text_view *v = (struct text_view *)view;
	struct area in = pane_frame(d, a, FRAME_PLAIN);
	struct row title = row_on_frame(d, a);
	char number[64];
	int line = 0;

	v->height = in.h;
	v->most = in.w > 0 ? highest_top(v, &in) : 0;
	if (v->to_end && v->known) {
		v->top = v->most;
		v->to_end = false;
	}
	v->top = v->top > v->most ? v->most : v->top;
	if (v->most > 0) {
		snprintf(number, sizeof(number), " %s%d/%zu%s ", v->top > 0 ?
		    draw_glyph(d, GLYPH_MORE_UP) : "", v->top + 1, v->count,
		    v->top < v->most ? draw_glyph(d, GLYPH_MORE_DOWN) : "");
		row_right(&title, INK_DIM, number);
	}
	row_printf(&title, INK_TITLE, " %s ", v->title);
	if (v->error)
		line = draw_wrapped(d, &in, 0, in.h, INK_WARN, v->error);
	if (v->count > 0 && line == 0)
		draw_lines(v, d, &in);
	else if (v->count == 0 && !v->error)
		draw_wrapped(d, &in, 0, in.h, INK_DIM, nothing(v));
}

/* --- the view --------------------------------------------------------- */

static bool
text_view_move(struct view *view, enum move m)
{
	struct text_view *v = (struct text_view *)view;
	struct list l = {.count = v->most + 1, .selected = v->top,
	    .height = v->height};

	if (m == MOVE_LEFT)
		console_pop(view->console);
	else if (list_move(&l, m))
		v->top = l.selected;
	else
		return false;
	return true;
}

static void
text_view_scroll(struct view *view, int by)
{
	text_view_move(view, by > 0 ? MOVE_PAGE_DOWN : MOVE_PAGE_UP);
}

static void
text_view_selection(struct view *view, struct selection *out)
{
	struct text_view *v = (struct text_view *)view;

	out->run = runs_find(console_model(view->console), v->run);
	if (v->count > 0)
		out->text = v->lines.items[v->shown[v->top]];
}

static const char *
text_view_filter(struct view *view, const char *set)
{
	struct text_view *v = (struct text_view *)view;

	if (set && xstrset(&v->filter, *set ? set : NULL))
		filter_lines(v);
	return v->filter;
}

static void
text_view_close(struct view *view)
{
	struct text_view *v = (struct text_view *)view;

	if (v->request)
		client_cancel(view->console->client, v->request);
	text_lines_release(&v->lines);
	free(v->shown);
	free(v->filter);
	free(v->error);
	free(v->title);
	free(v->name);
	free(v->step);
	free(v->run);
	free(v);
}

static const struct view_ops text_view_ops = {
	.where = WHERE_TEXT,
	.close = text_view_close,
	.draw = text_view_draw,
	.move = text_view_move,
	.scroll = text_view_scroll,
	.selection = text_view_selection,
	.filter = text_view_filter,
};

static struct view *
view_new(struct console *c, const char *op, const char *run, const char *step,
    char *title)
{
	struct text_view *v = xcalloc(1, sizeof(*v));
	char *p;

	v->view.ops = &text_view_ops;
	v->view.console = c;
	v->op = op;
	v->run = xstrdup(run);
	v->step = xstrdup_or_null(step);
	v->title = title;
	v->name = xasprintf("%s%s%s.txt", run, step ? "-" : "",
	    step ? step : "");
	/* What the server calls them must not lead out of the directory. */
	for (p = v->name; *p; p++)
		if (!isalnum((unsigned char)*p) && *p != '.' && *p != '-')
			*p = '_';
	if (*v->name == '.')
		*v->name = '_';
	filter_lines(v);
	ask(v);
	return &v->view;
}

struct view *
view_output_new(struct console *c, const struct run *run,
    const struct run_step *step)
{
	struct view *view = view_new(c, "output", run->id, step->id,
	    xasprintf(_("what %s wrote"), step->title ? step->title :
	    step->id));

	((struct text_view *)view)->to_end = true;
	return view;
}

struct view *
view_paper_new(struct console *c, const struct run *run)
{
	return view_new(c, "paper", run->id, NULL,
	    xasprintf(_("%s, to be finished by hand"), run->id));
}

/* --- commands --------------------------------------------------------- */

static void
save(struct console *c, const char *name)
{
	struct text_view *v = (struct text_view *)c->view;
	struct buf b = BUF_INIT(SAVED_MAX);
	char *path = place_resolve(name, ".");
	struct err e = {""};
	size_t i;

	for (i = 0; i < v->count; i++)
		buf_addf(&b, "%s\n", v->lines.items[v->shown[i]]);
	if (!path)
		console_say(c, STATUS_WARN, _("no such place: %s"), name);
	else if (b.over)
		console_say(c, STATUS_WARN, _("more than can be saved"));
	else if (files_write(path, buf_str(&b), b.len, 0600, &e) < 0)
		console_say(c, STATUS_WARN, "%s", e.text);
	else
		console_say(c, STATUS_OK, ngettext("%zu line saved in %s",
		    "%zu lines saved in %s", v->count), v->count, path);
	free(path);
	buf_release(&b);
}

static void
save_named(void *arg, const char *text, bool done)
{
	struct console *c = arg;

	if (done && text && *text && c->view->ops == &text_view_ops)
		save(c, text);
	console_dirty(c);
}

int
run_text_save(struct console *c, const struct action *self,
    const char *argument, struct err *e)
{
	struct text_view *v = (struct text_view *)c->view;
	struct prompt_request r = {.text = save_named, .arg = c,
	    .label = _("save to: "), .initial = v->name};

	if (argument && *argument)
		save(c, argument);
	else
		prompt_open(&c->prompt, &r);
	console_dirty(c);
	return 0;
}

int
run_text_again(struct console *c, const struct action *self,
    const char *argument, struct err *e)
{
	struct text_view *v = (struct text_view *)c->view;

	v->to_end = v->step && v->top == v->most;
	ask(v);
	console_dirty(c);
	return 0;
}
