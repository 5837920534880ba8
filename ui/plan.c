#include "ui/plan.h"

#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "model/observation.h"

/* NULL when there is none. */
static char *
text_of(const struct json *v, const char *key)
{
	const char *s = json_text(json_get(v, key), NULL);

	return s && *s ? text_clean(s, strlen(s)) : NULL;
}

/* Texts, or objects with a title each. */
static void
read_list(const struct json *v, const char *key, struct text_lines *out)
{
	const struct json *item;

	for (item = json_first(json_get(v, key)); item; item = json_next(item))
		text_lines_append(out, json_text(json_is_object(item) ?
		    json_get(item, "title") : item, "?"));
}

struct plan *
plan_parse(const struct json *v, struct err *e)
{
	struct plan *p;

	if (!json_is_object(v)) {
		err_set(e, _("the server's answer makes no sense: %s"),
		    "plan");
		return NULL;
	}
	p = xcalloc(1, sizeof(*p));
	p->id = text_of(v, "id");
	p->act = text_of(v, "act");
	p->environment = text_of(v, "environment");
	p->title = text_of(v, "title");
	p->from = text_of(v, "from");
	p->target = text_of(v, "target");
	p->target_commit = text_of(v, "target_commit");
	p->via = text_of(v, "via");
	read_list(v, "steps", &p->steps);
	text_lines_add(&p->commands, json_text(json_get(v, "commands"), ""));
	read_list(v, "effect", &p->effect);
	read_list(v, "warnings", &p->warnings);
	p->blocked = text_of(v, "blocked");
	p->word = text_of(v, "word");
	/* Where nothing is said, more is asked rather than less. */
	p->needs_reason = json_bool(json_get(v, "needs_reason"), true);
	p->expires_at = json_time(json_get(v, "expires_at"));
	p->estimate_ms = json_int(json_get(v, "estimate_ms"), -1);
	if (p->environment && (p->blocked || (p->id && p->word)))
		return p;
	err_set(e, _("the server's answer makes no sense: %s"),
	    !p->environment ? "environment" : !p->id ? "id" : "word");
	plan_free(p);
	return NULL;
}

void
plan_free(struct plan *p)
{
	if (!p)
		return;
	free(p->id);
	free(p->act);
	free(p->environment);
	free(p->title);
	free(p->from);
	free(p->target);
	free(p->target_commit);
	free(p->via);
	text_lines_release(&p->steps);
	text_lines_release(&p->commands);
	text_lines_release(&p->effect);
	text_lines_release(&p->warnings);
	free(p->blocked);
	free(p->word);
	free(p);
}

static void
compare(const char *before, const char *now, const char *what, struct buf *b)
{
	before = before ? before : "?";
	now = now ? now : "?";
	if (strcmp(before, now) != 0)
		buf_addf(b, _("%s was %s, and is %s now\n"), what, before,
		    now);
}

static bool
same(const struct text_lines *a, const struct text_lines *b)
{
	size_t i;

	if (a->count != b->count)
		return false;
	for (i = 0; i < a->count; i++)
		if (strcmp(a->items[i], b->items[i]) != 0)
			return false;
	return true;
}

void
plan_compare(const struct plan *before, const struct plan *now, struct buf *b)
{
	compare(before->from, now->from, _("what is live"), b);
	compare(before->target, now->target, _("what it leads to"), b);
	compare(before->target_commit, now->target_commit, _("its commit"), b);
	compare(before->via, now->via, _("its way"), b);
	if (!same(&before->steps, &now->steps) ||
	    !same(&before->commands, &now->commands))
		buf_addf(b, "%s\n", _("the commands are not the same"));
}

bool
plan_simple(const struct plan *p)
{
	return !p->needs_reason && p->word && strcmp(p->word, "y") == 0;
}
