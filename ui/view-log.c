/*
 * Logs of one or several services, interleaved by time. While it follows, the
 * newest line is at the bottom; otherwise the picture stays on the selected
 * line. When the operator stays so long that the ring would lose what is being
 * read, the stream is let go, and taken up again from there on following: that
 * holds the server back without holding back the model's changes.
 */
#include "ui/view-log.h"

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"
#include "ui/view-log-private.h"

/* Lines asked for at first, shared among the services. */
#define TAIL_ALL 2000
#define TAIL_LEAST 20
#define TAIL_MOST 500

/* --- what is shown ---------------------------------------------------- */

bool
log_shown(const struct log_view *v, size_t i)
{
	const struct log_entry *e = log_lines_at(&v->lines, i);

	/* Lines that say nothing pass for information. */
	return v->least <= SEVERITY_DEBUG ||
	    (e->severity == SEVERITY_NONE ? SEVERITY_INFO : e->severity) >=
	    v->least;
}

size_t
log_index(const struct log_view *v, uint64_t serial)
{
	uint64_t i = serial < v->lines.first ? 0 : serial - v->lines.first;

	return i < v->lines.count ? i : v->lines.count ? v->lines.count - 1 :
	    0;
}

size_t
log_nearest(const struct log_view *v, size_t i, int by)
{
	while (i < v->lines.count && !log_shown(v, i))
		i = by < 0 && i == 0 ? NOWHERE : i + by;
	return i < v->lines.count ? i : NOWHERE;
}

size_t
log_step(const struct log_view *v, size_t i, int by)
{
	return by < 0 && i == 0 ? NOWHERE : log_nearest(v, i + by, by);
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

void
log_stay(struct log_view *v)
{
	if (v->follow && v->lines.count > 0)
		v->cursor = v->lines.first + v->lines.count - 1;
	v->follow = false;
}

void
log_follow(struct log_view *v)
{
	v->follow = true;
	if (v->let_go)
		ask(v);
}

static void
move_by(struct log_view *v, int by)
{
	size_t i = log_index(v, v->cursor), next;
	int dir = by < 0 ? -1 : 1;

	for (; by != 0; by -= dir) {
		next = log_step(v, i, dir);
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
	size_t n = v->lines.count, at = log_index(v, v->cursor), i, k;

	if (!v->search || n == 0)
		return;
	for (k = from_here ? 0 : 1; k <= n; k++) {
		i = by > 0 ? (at + k) % n : (at + n - k % n) % n;
		if (!log_shown(v, i) || !text_contains(log_lines_at(&v->lines,
		    i)->text, v->search))
			continue;
		log_stay(v);
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
		log_follow(v);
		return true;
	}
	/* Down from the end is nowhere: it goes on following. */
	if (v->follow && (m == MOVE_DOWN || m == MOVE_PAGE_DOWN ||
	    m == MOVE_HALF_DOWN || m == MOVE_WHEEL_DOWN))
		return true;
	log_stay(v);
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
	size_t i = log_at_row(v, y);

	if (i != NOWHERE) {
		log_stay(v);
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
		    log_index(v, v->cursor))->text);
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
