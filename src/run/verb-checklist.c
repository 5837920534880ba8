/* manual and checklist: what a person does or confirms, beside items that a
 * source knows. */
#include "run/verb-table.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "model/tables.h"

enum { LOOK_MS = 1000 };

struct waiting {
	struct step *step;
	struct loop_timer *look;
};

static const struct verb_argument item_arguments[] = {
	{"id", .required = true},
	{"title", .required = true},
	{"automatic"},
	{NULL},
};
static const struct verb_argument checklist_arguments[] = {
	{"items", .required = true, .kind = ARGUMENT_LIST,
	    .items = item_arguments},
	{NULL},
};
static const struct verb_argument manual_arguments[] = {
	{"text", .required = true},
	{NULL},
};

/* --- items ---------------------------------------------------------------- */

static const struct checklist_source *
source_find(const char *name)
{
	const struct checklist_source *c;

	for (c = checklist_sources; name && c->name; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

static const struct checklist_source *
source_of(const struct step *s, size_t i)
{
	const struct json *v = json_first(book_tree(s->book, "items"));

	while (v && i--)
		v = json_next(v);
	return source_find(json_text(json_get(v, "automatic"), NULL));
}

static void
set_text(char **to, const struct step *s, const char *text)
{
	char *whole = step_expand(s, text, NULL, false);

	*to = text_clean(whole ? whole : text, strlen(whole ? whole : text));
	free(whole);
}

static void
make_items(struct step *s)
{
	const struct json *list = book_tree(s->book, "items"), *v;
	const char *text = book_argument(s->book, "text");
	size_t count = text ? 1 : json_count(list), i = 0;
	struct checklist_item *items = list_new(count, &checklist_list);

	if (text) {
		items[0].id = xstrdup("done");
		set_text(&items[0].title, s, text);
	}
	for (v = json_first(list); v; v = json_next(v), i++) {
		items[i].id = text_clean(json_text(json_get(v, "id"), ""),
		    strlen(json_text(json_get(v, "id"), "")));
		set_text(&items[i].title, s, json_text(json_get(v, "title"),
		    ""));
		items[i].automatic = source_of(s, i) != NULL;
	}
	list_release(s->seen->items, 0, &checklist_list);
	s->seen->items = items;
	s->seen->item_count = count;
}

/* Whether it no longer holds the step up. */
static bool
settled(const struct checklist_item *i)
{
	return i->who || (i->automatic && i->status == STATUS_OK);
}

/* --- waiting -------------------------------------------------------------- */

static void
cancel(struct step *s)
{
	struct waiting *w = s->state;

	if (w)
		loop_timer_cancel(w->look);
	free(w);
	s->state = NULL;
}

static void
look(void *arg)
{
	struct waiting *w = arg;
	struct step *s = w->step;
	const struct sight sight = {
		.model = s->w->model, .run = s->run, .step = s->seen,
		.env = model_find(s->w->model, s->environment->name),
		.now = clock_wall(),
	};
	size_t open = 0, i;

	w->look = NULL;
	for (i = 0; i < s->seen->item_count; i++) {
		struct checklist_item *item = &s->seen->items[i];
		const struct checklist_source *c = source_of(s, i);

		/* What a person answers for is no longer looked at. */
		if (c && !item->who)
			c->look(&sight, item);
		open += !settled(item);
	}
	if (open == 0) {
		cancel(s);
		step_end(s, PHASE_DONE, NULL);
		return;
	}
	step_say(s, "%zu of %zu to be done by a person", open,
	    s->seen->item_count);
	step_wait(s, true);
	step_changed(s);
	w->look = loop_timer(s->w->loop, LOOK_MS, look, w);
}

static void
start(struct step *s)
{
	struct waiting *w = xcalloc(1, sizeof(*w));

	/* After a restart what was ticked stays so. */
	if (s->seen->item_count == 0)
		make_items(s);
	w->step = s;
	s->state = w;
	w->look = loop_timer(s->w->loop, 0, look, w);
}

static struct checklist_item *
item_find(struct step *s, const char *id)
{
	size_t i;

	for (i = 0; i < s->seen->item_count; i++)
		if (strcmp(s->seen->items[i].id, id) == 0)
			return &s->seen->items[i];
	return NULL;
}

static int
tick(struct step *s, const char *id, const char *who, const char *reason,
    struct err *e)
{
	struct checklist_item *i = item_find(s, id);
	struct waiting *w = s->state;

	if (!i)
		return err_set(e, "the step %s has no item '%s'", s->book->id,
		    id);
	if (i->who)
		return err_set(e, "%s has ticked %s already", i->who, id);
	if (i->automatic && i->status == STATUS_OK)
		return err_set(e, "%s is well already: %s", id, i->text ?
		    i->text : i->title);
	/* What nobody can know is a person's to say; a finding is not. */
	if (i->automatic && i->status != STATUS_UNKNOWN && !reason)
		return err_set(e, "%s is checked by itself and not well%s%s: "
		    "to override it needs a reason", id, i->text ? ", " : "",
		    i->text ? i->text : "");
	xstrset(&i->who, who);
	xstrset(&i->reason, reason);
	i->at = clock_wall();
	if (!i->automatic)
		i->status = STATUS_OK;
	/* Not from in here: the tick is written down first. */
	loop_timer_cancel(w->look);
	w->look = loop_timer(s->w->loop, 0, look, w);
	return 0;
}

static void
paper_line(const struct step *s, const char *text, struct buf *b)
{
	char *title;

	set_text(&title, s, text);
	paper_comment(b, "[ ] %s", title);
	free(title);
}

static void
paper(const struct step *s, struct buf *b)
{
	const char *text = book_argument(s->book, "text");
	const struct json *v;

	if (text)
		paper_line(s, text, b);
	for (v = json_first(book_tree(s->book, "items")); v; v = json_next(v))
		paper_line(s, json_text(json_get(v, "title"), ""), b);
}

const struct verb verb_manual = {
	.shape = {"manual", "text", manual_arguments, -1},
	.start = start, .cancel = cancel, .probe = start, .paper = paper,
	.tick = tick,
};

const struct verb verb_checklist = {
	.shape = {"checklist", "items", checklist_arguments, -1},
	.start = start, .cancel = cancel, .probe = start, .paper = paper,
	.tick = tick,
};
