/*
 * Logs of one or several services, interleaved by time. While it follows, the
 * newest line is at the bottom; otherwise the picture stays on the selected
 * line. When the operator stays so long that the ring would lose what is being
 * read, the stream is let go, and taken up again from there on following: that
 * holds the server back without holding back the model's changes.
 */
#include "ui/view-log.h"

#include <time.h>

#include "base/alloc.h"
#include "base/files.h"
#include "base/i18n.h"
#include "base/text.h"
#include "config/place.h"
#include "ui/console.h"
#include "ui/loglines.h"
#include "ui/words.h"

/* Lines asked for at first, shared among the services. */
#define TAIL_ALL 2000
#define TAIL_LEAST 20
#define TAIL_MOST 500

struct log_view {
	struct view view;
	char *environment;
	char **services;	/* NULL-ended; empty: all */
	struct log_lines lines;
	int request;		/* 0: none is open */
	bool ended;		/* the far side has nothing more */
	bool let_go;		/* the ring was full while staying */
	bool follow, wrap, times;
	enum severity least;
	char *search;
	uint64_t cursor, top;	/* serials */
	int shift;		/* columns to the left when not wrapped */
	struct area rows;
	char *copy;
};

/* --- what is shown ---------------------------------------------------- */

static bool
shown(const struct log_view *v, size_t i)
{
	const struct log_entry *e = log_lines_at(&v->lines, i);

	/* Lines that say nothing pass for information. */
	return v->least <= SEVERITY_DEBUG ||
	    (e->severity == SEVERITY_NONE ? SEVERITY_INFO : e->severity) >=
	    v->least;
}

static size_t
index_of(const struct log_view *v, uint64_t serial)
{
	uint64_t i = serial < v->lines.first ? 0 : serial - v->lines.first;

	return i < v->lines.count ? i : v->lines.count ? v->lines.count - 1 :
	    0;
}

#define NOWHERE SIZE_MAX

/* The nearest line shown from i on, in that direction; NOWHERE past the
 * ends. */
static size_t
nearest(const struct log_view *v, size_t i, int by)
{
	while (i < v->lines.count && !shown(v, i))
		i = by < 0 && i == 0 ? NOWHERE : i + by;
	return i < v->lines.count ? i : NOWHERE;
}

static size_t
step(const struct log_view *v, size_t i, int by)
{
	return by < 0 && i == 0 ? NOWHERE : nearest(v, i + by, by);
}

/* --- drawing ---------------------------------------------------------- */

struct margins {
	int time, service;
};

static struct margins
margins_of(const struct log_view *v, const struct area *a)
{
	struct margins m = {.time = v->times && a->w >= 30 ? 9 : 0};
	size_t i;

	for (i = 0; i < v->lines.service_count; i++) {
		int w = text_width(v->lines.services[i]);

		m.service = w > m.service ? w : m.service;
	}
	if (v->lines.service_count < 2 && v->services[0])
		m.service = 0;
	if (m.service > a->w / 4)
		m.service = a->w / 4;
	if (m.service > 0)
		m.service += 3;
	return m;
}

static int
height_of(const struct log_view *v, size_t i, int width)
{
	const char *text = log_lines_at(&v->lines, i)->text;
	int lines = 1;

	if (!v->wrap || width < 4)
		return 1;
	while (text_width(text) > width) {
		text += draw_wrap_at(text, width);
		text += strspn(text, " ");
		if (*text)
			lines++;
	}
	return lines;
}

static enum ink
severity_ink(const struct log_entry *e)
{
	switch (e->severity) {
	case SEVERITY_ERROR:
		return INK_CRIT;
	case SEVERITY_WARN:
		return INK_WARN;
	case SEVERITY_DEBUG:
		return INK_DIM;
	default:
		return INK_TEXT;
	}
}

static void
draw_prefix(const struct log_view *v, struct row *r, const struct log_entry *e,
    const struct margins *m)
{
	static const enum ink inks[] = {INK_ACCENT, INK_SPARK, INK_TITLE,
	    INK_DIM};
	char text[CLOCK_TEXT_MAX];

	if (m->time)
		row_cell(r, INK_DIM, clock_time_of_day(e->at, text), m->time,
		    false);
	if (!m->service)
		return;
	row_cell(r, inks[e->service < 0 ? 3 : e->service % 4],
	    e->service < 0 ? "" : v->lines.services[e->service],
	    m->service - 3, false);
	row_printf(r, INK_BORDER, " %s ", draw_glyph(r->d, GLYPH_BAR));
}

/* One entry from `line` on; returns the lines it took. */
static int
draw_entry(const struct log_view *v, struct draw *d, const struct area *a,
    int line, size_t i, const struct margins *m)
{
	const struct log_entry *e = log_lines_at(&v->lines, i);
	bool selected = !v->follow && v->lines.first + i == v->cursor;
	const char *text = e->text;
	int taken = 0;
	struct row r;

	do {
		struct area whole = {a->y + line + taken, a->x, 1, a->w};
		size_t n = strlen(text);
		char *part;

		r = row_in(d, a, line + taken);
		if (selected && line + taken < a->h) {
			d->ground = INK_SELECTED;
			draw_fill(d, &whole);
		}
		if (taken == 0)
			draw_prefix(v, &r, e, m);
		else
			row_skip(&r, m->time + m->service);
		if (v->wrap && row_left(&r) > 3)
			n = draw_wrap_at(text, row_left(&r));
		else
			text += text_fit(text, v->shift, NULL);
		part = xstrndup(text, n);
		row_marked(&r, e->service < 0 ? INK_ACCENT : severity_ink(e),
		    part, v->search);
		free(part);
		d->ground = INK_NONE;
		taken++;
		if (!v->wrap || row_left(&r) < 0)
			break;
		text += n;
		text += strspn(text, " ");
	} while (*text && line + taken < a->h);
	return taken;
}

/* Which entry stands first, so that the cursor, or the end, is in sight. */
static size_t
place_top(struct log_view *v, int height, int width)
{
	size_t last = index_of(v, v->cursor), top, i;
	int used;

	if (v->follow) {
		last = v->lines.count - 1;
		v->cursor = v->lines.first + last;
	}
	last = nearest(v, last, -1);
	if (last == NOWHERE)
		last = nearest(v, 0, 1);
	if (last == NOWHERE)
		return NOWHERE;
	if (!v->follow)
		v->cursor = v->lines.first + last;
	/* The highest place from which the last one still fits. */
	used = height_of(v, last, width);
	for (top = last; (i = step(v, top, -1)) != NOWHERE; top = i) {
		used += height_of(v, i, width);
		if (used > height)
			break;
	}
	if (!v->follow) {
		i = nearest(v, index_of(v, v->top), -1);
		/* Keep the old place where that shows the cursor. */
		if (i != NOWHERE && i >= top && i <= last)
			top = i;
		else if (i != NOWHERE && i > last)
			top = last;
	}
	v->top = v->lines.first + top;
	return top;
}

static void
draw_body(struct log_view *v, struct draw *d, const struct area *a)
{
	struct margins m = margins_of(v, a);
	size_t i = v->lines.count > 0 ?
	    place_top(v, a->h, a->w - m.time - m.service) : NOWHERE;
	struct row r = row_in(d, a, 0);
	int line = 0;

	v->rows = *a;
	if (i == NOWHERE) {
		row_text(&r, INK_DIM, v->lines.count > 0 ?
		    _("no line is that severe") : v->ended ?
		    _("nothing was logged") : _("waiting for lines"));
		return;
	}
	for (; i != NOWHERE && line < a->h; i = step(v, i, 1))
		line += draw_entry(v, d, a, line, i, &m);
}

static void
search_position(const struct log_view *v, struct buf *b)
{
	size_t i, total = 0, at = 0, cursor = index_of(v, v->cursor);

	for (i = 0; i < v->lines.count; i++) {
		if (!shown(v, i) ||
		    !text_contains(log_lines_at(&v->lines, i)->text,
		    v->search))
			continue;
		total++;
		if (i <= cursor)
			at = total;
	}
	buf_addf(b, " %zu/%zu ", at, total);
}

static void
draw_title(struct log_view *v, struct row *r, const struct environment *env)
{
	static const char *const least[] = {
		[SEVERITY_INFO] = N_("info and worse"),
		[SEVERITY_WARN] = N_("warnings and errors"),
		[SEVERITY_ERROR] = N_("errors"),
	};
	struct buf b = BUF_INIT(4096);
	size_t i;

	row_text(r, INK_TEXT, " ");
	row_printf(r, env && env->production ? INK_PRODUCTION : INK_TITLE,
	    env && env->production ? " %s " : "%s",
	    env ? words_title(env) : v->environment);
	row_printf(r, INK_DIM, " %s %s ", draw_glyph(r->d, GLYPH_INTO),
	    _("logs"));
	buf_addf(&b, ngettext(" %zu line ", " %zu lines ", v->lines.count),
	    v->lines.count);
	row_right(r, INK_DIM, buf_str(&b));
	row_right(r, v->follow ? INK_OK : INK_WARN, v->follow ?
	    (v->ended ? _(" ended ") : _(" following ")) :
	    v->let_go ? _(" staying, stream held ") : _(" staying "));
	if (v->least > SEVERITY_DEBUG) {
		buf_clear(&b);
		buf_addf(&b, " %s ", _(least[v->least]));
		row_right(r, INK_WARN, buf_str(&b));
	}
	if (v->search) {
		buf_clear(&b);
		search_position(v, &b);
		row_right(r, INK_MATCH, buf_str(&b));
	}
	buf_clear(&b);
	for (i = 0; v->services[i]; i++)
		buf_addf(&b, "%s%s", i ? ", " : "", v->services[i]);
	row_printf(r, INK_TITLE, "%s ", v->services[0] ? buf_str(&b) :
	    _("all services"));
	buf_release(&b);
}

static void
log_draw(struct view *view, struct draw *d, const struct area *a)
{
	struct log_view *v = (struct log_view *)view;
	const struct environment *env = console_environment(view->console,
	    v->environment);
	struct area in = draw_frame(d, a, env && env->production ?
	    FRAME_PRODUCTION : FRAME_PLAIN);
	struct row title = row_on_frame(d, a);
	bool grey = d->grey;

	/* Lines stay what they are, however old the rest is. */
	d->grey = false;
	draw_title(v, &title, env);
	draw_body(v, d, &in);
	d->grey = grey;
}

/* --- the stream ------------------------------------------------------- */

static void
remark(struct log_view *v, const char *text)
{
	const struct log_entry *last = v->lines.count > 0 ?
	    log_lines_at(&v->lines, v->lines.count - 1) : NULL;

	log_lines_add(&v->lines, last ? last->at : TIME_UNKNOWN, NULL, text,
	    false, false);
}

static void
take_lines(struct log_view *v, const struct json *list)
{
	const struct json *item;

	for (item = json_first(list); item; item = json_next(item)) {
		int64_t at = json_time(json_get(item, "at"));
		const char *service = json_text(json_get(item, "service"),
		    "?");
		const char *text = json_text(json_get(item, "text"), "");

		if (at != TIME_UNKNOWN &&
		    log_lines_has(&v->lines, at, service, text))
			continue;
		log_lines_add(&v->lines, at, service, text,
		    json_bool(json_get(item, "stderr"), false),
		    json_bool(json_get(item, "cut"), false));
	}
}

static void
let_go(struct log_view *v)
{
	if (v->request)
		client_cancel(v->view.console->client, v->request);
	v->request = 0;
	v->let_go = true;
}

static void
answered(void *arg, const struct json *m, bool final)
{
	struct log_view *v = arg;
	const char *type = json_text(json_get(m, "type"), "");
	const char *code = json_text(json_get(m, "code"), "");

	if (strcmp(type, "log") == 0)
		take_lines(v, json_get(m, "lines"));
	if (final)
		v->request = 0;
	if (strcmp(type, "error") == 0 && strcmp(code, "lost") != 0) {
		remark(v, json_text(json_get(m, "text"), "?"));
		v->ended = true;
	} else if (strcmp(type, "end") == 0) {
		const char *why = json_text(json_get(m, "error"), NULL);

		if (why)
			remark(v, why);
		v->ended = true;
	}
	if (!v->follow && log_lines_full(&v->lines))
		let_go(v);
	console_dirty(v->view.console);
}

static void
ask(struct log_view *v)
{
	const struct environment *env = console_environment(
	    v->view.console, v->environment);
	struct json *arguments = json_object(), *services = json_array();
	char since[CLOCK_TEXT_MAX];
	size_t n = 0;
	int tail;

	for (; v->services[n]; n++)
		json_append(services, json_string(v->services[n]));
	if (n == 0)
		n = env && env->service_count > 0 ? env->service_count : 1;
	tail = TAIL_ALL / (int)n;
	tail = tail < TAIL_LEAST ? TAIL_LEAST : tail > TAIL_MOST ? TAIL_MOST :
	    tail;
	json_set_text(arguments, "environment", v->environment);
	json_set(arguments, "services", services);
	json_set_bool(arguments, "follow", true);
	/* Once there are lines, go on where they end. */
	if (v->lines.count > 0 && log_lines_at(&v->lines,
	    v->lines.count - 1)->at != TIME_UNKNOWN) {
		clock_rfc3339(log_lines_at(&v->lines,
		    v->lines.count - 1)->at, since);
		json_set_text(arguments, "since", since);
		json_set_int(arguments, "tail", -1);
	} else {
		json_set_int(arguments, "tail", tail);
	}
	v->ended = v->let_go = false;
	v->request = client_request(v->view.console->client, "logs",
	    arguments, answered, v);
}

static void
log_changed(struct view *view)
{
	struct log_view *v = (struct log_view *)view;

	/* After a lost connection the model comes again, and so do we. */
	if (!v->request && !v->ended && !v->let_go &&
	    client_state(view->console->client) == CLIENT_LIVE)
		ask(v);
}

/* --- moving ----------------------------------------------------------- */

static void
stay(struct log_view *v)
{
	if (v->follow && v->lines.count > 0)
		v->cursor = v->lines.first + v->lines.count - 1;
	v->follow = false;
}

static void
follow(struct log_view *v)
{
	v->follow = true;
	if (v->let_go)
		ask(v);
}

static void
move_by(struct log_view *v, int by)
{
	size_t i = index_of(v, v->cursor), next;
	int dir = by < 0 ? -1 : 1;

	for (; by != 0; by -= dir) {
		next = step(v, i, dir);
		if (next == NOWHERE)
			break;
		i = next;
	}
	v->cursor = v->lines.first + i;
}

/* To the next line that has the text; around the end if need be. */
static void
to_match(struct log_view *v, int by, bool from_here)
{
	size_t n = v->lines.count, at = index_of(v, v->cursor), i, k;

	if (!v->search || n == 0)
		return;
	for (k = from_here ? 0 : 1; k <= n; k++) {
		i = by > 0 ? (at + k) % n : (at + n - k % n) % n;
		if (!shown(v, i) || !text_contains(log_lines_at(&v->lines,
		    i)->text, v->search))
			continue;
		stay(v);
		v->cursor = v->lines.first + i;
		return;
	}
	console_say(v->view.console, STATUS_WARN, _("not found: %s"),
	    v->search);
}

static bool
log_move(struct view *view, enum move m)
{
	struct log_view *v = (struct log_view *)view;
	int page = v->rows.h > 1 ? v->rows.h - 1 : 1;

	if (m == MOVE_LEFT || m == MOVE_RIGHT) {
		v->shift += m == MOVE_LEFT ? -20 : 20;
		v->shift = v->shift < 0 ? 0 : v->shift;
		return true;
	}
	if (m == MOVE_NEXT_TROUBLE || m == MOVE_PREVIOUS_TROUBLE) {
		to_match(v, m == MOVE_NEXT_TROUBLE ? 1 : -1, false);
		return true;
	}
	if (m == MOVE_BOTTOM) {
		follow(v);
		return true;
	}
	/* Down from the end is nowhere: it goes on following. */
	if (v->follow && (m == MOVE_DOWN || m == MOVE_PAGE_DOWN ||
	    m == MOVE_HALF_DOWN || m == MOVE_WHEEL_DOWN))
		return true;
	stay(v);
	switch (m) {
	case MOVE_UP:
		move_by(v, -1);
		break;
	case MOVE_DOWN:
		move_by(v, 1);
		break;
	case MOVE_PAGE_UP:
		move_by(v, -page);
		break;
	case MOVE_PAGE_DOWN:
		move_by(v, page);
		break;
	case MOVE_HALF_UP:
		move_by(v, -(page / 2 + 1));
		break;
	case MOVE_HALF_DOWN:
		move_by(v, page / 2 + 1);
		break;
	case MOVE_WHEEL_UP:
		move_by(v, -3);
		break;
	case MOVE_WHEEL_DOWN:
		move_by(v, 3);
		break;
	case MOVE_TOP:
		v->cursor = v->lines.first;
		break;
	default:
		return false;
	}
	return true;
}

static void
log_click(struct view *view, int y, int x)
{
	struct log_view *v = (struct log_view *)view;
	struct margins m = margins_of(v, &v->rows);
	size_t i = index_of(v, v->top);
	int line = v->rows.y;

	if (v->lines.count == 0)
		return;
	for (; i != NOWHERE; i = step(v, i, 1)) {
		line += height_of(v, i, v->rows.w - m.time - m.service);
		if (y < line)
			break;
	}
	if (i != NOWHERE && y >= v->rows.y) {
		stay(v);
		v->cursor = v->lines.first + i;
	}
}

/* --- the rest of a view ----------------------------------------------- */

static void
log_selection(struct view *view, struct selection *out)
{
	struct log_view *v = (struct log_view *)view;

	out->environment = console_environment(view->console, v->environment);
	if (v->lines.count > 0) {
		xstrset(&v->copy, log_lines_at(&v->lines,
		    index_of(v, v->cursor))->text);
		out->text = v->copy;
	}
}

static const char *
log_search(struct view *view, const char *set)
{
	struct log_view *v = (struct log_view *)view;

	if (set && xstrset(&v->search, *set ? set : NULL))
		to_match(v, -1, true);
	return v->search;
}

static void
log_close(struct view *view)
{
	struct log_view *v = (struct log_view *)view;
	size_t i;

	if (v->request)
		client_cancel(view->console->client, v->request);
	for (i = 0; v->services[i]; i++)
		free(v->services[i]);
	free(v->services);
	log_lines_release(&v->lines);
	free(v->environment);
	free(v->search);
	free(v->copy);
	free(v);
}

static const struct view_ops log_ops = {
	.where = WHERE_LOG,
	.close = log_close,
	.draw = log_draw,
	.changed = log_changed,
	.move = log_move,
	.click = log_click,
	.selection = log_selection,
	.filter = log_search,
};

struct view *
view_log_new(struct console *c, const char *environment,
    const char *const *services)
{
	struct log_view *v = xcalloc(1, sizeof(*v));
	size_t n = 0, i;

	v->view.ops = &log_ops;
	v->view.console = c;
	v->environment = xstrdup(environment);
	while (services[n])
		n++;
	v->services = xcalloc(n + 1, sizeof(*v->services));
	for (i = 0; i < n; i++)
		v->services[i] = xstrdup(services[i]);
	v->follow = v->times = true;
	ask(v);
	return &v->view;
}

/* --- commands --------------------------------------------------------- */

int
run_log_follow(struct console *c, const struct action *self,
    const char *argument, struct err *e)
{
	struct log_view *v = (struct log_view *)c->view;

	if (v->follow)
		stay(v);
	else
		follow(v);
	console_dirty(c);
	return 0;
}

int
run_log_severity(struct console *c, const struct action *self,
    const char *argument, struct err *e)
{
	struct log_view *v = (struct log_view *)c->view;

	v->least = v->least == SEVERITY_NONE ? SEVERITY_INFO :
	    v->least == SEVERITY_ERROR ? SEVERITY_NONE : v->least + 1;
	console_dirty(c);
	return 0;
}

int
run_log_wrap(struct console *c, const struct action *self,
    const char *argument, struct err *e)
{
	struct log_view *v = (struct log_view *)c->view;

	v->wrap = !v->wrap;
	v->shift = 0;
	console_dirty(c);
	return 0;
}

int
run_log_time(struct console *c, const struct action *self,
    const char *argument, struct err *e)
{
	struct log_view *v = (struct log_view *)c->view;

	v->times = !v->times;
	console_dirty(c);
	return 0;
}

static void
save(struct console *c, const char *name)
{
	struct log_view *v = (struct log_view *)c->view;
	struct buf b = BUF_INIT(4 * LOGLINES_BYTES_MAX);
	char at[CLOCK_TEXT_MAX], *path = place_resolve(name, ".");
	struct err e = {""};
	size_t i, n = 0;

	for (i = 0; i < v->lines.count; i++) {
		const struct log_entry *entry = log_lines_at(&v->lines, i);

		if (!shown(v, i) || entry->service < 0)
			continue;
		buf_addf(&b, "%s %s %s\n", clock_rfc3339(entry->at, at),
		    v->lines.services[entry->service], entry->text);
		n++;
	}
	if (!path)
		console_say(c, STATUS_WARN, _("no such place: %s"), name);
	else if (files_write(path, buf_str(&b), b.len, 0600, &e) < 0)
		console_say(c, STATUS_WARN, "%s", e.text);
	else
		console_say(c, STATUS_OK, ngettext("%zu line saved in %s",
		    "%zu lines saved in %s", n), n, path);
	free(path);
	buf_release(&b);
}

static void
save_named(void *arg, const char *text, bool done)
{
	struct console *c = arg;

	if (done && text && *text)
		save(c, text);
	console_dirty(c);
}

int
run_log_save(struct console *c, const struct action *self,
    const char *argument, struct err *e)
{
	struct log_view *v = (struct log_view *)c->view;
	struct prompt_request r = {.text = save_named, .arg = c};
	time_t now = clock_wall() / 1000;
	char stamp[32] = "", *name;
	struct tm tm;

	if (argument && *argument) {
		save(c, argument);
		return 0;
	}
	if (localtime_r(&now, &tm))
		strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", &tm);
	name = xasprintf("%s-%s-%s.log", v->environment,
	    v->services[0] ? v->services[0] : "all", stamp);
	r.label = _("save to: ");
	r.initial = name;
	prompt_open(&c->prompt, &r);
	free(name);
	console_dirty(c);
	return 0;
}
