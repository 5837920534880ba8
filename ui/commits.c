#include "ui/commits.h"

#include "base/alloc.h"
#include "base/text.h"

/* How long a selection rests before it is asked for. */
#define REST_MS 150

struct commits {
	struct console *console;
	char *key;		/* what is looked at, or NULL */
	char *from, *to;	/* its tags */
	struct loop_timer *rest;	/* until it is asked for */
	int request;		/* 0: none is open */
	bool known, more;
	char *error;
	struct commit *items;	/* newest first */
	size_t count;
};

static void
forget(struct commits *c)
{
	size_t i;

	for (i = 0; i < c->count; i++) {
		free(c->items[i].commit);
		free(c->items[i].author);
		free(c->items[i].subject);
	}
	free(c->items);
	c->items = NULL;
	c->count = 0;
	c->known = c->more = false;
	xstrset(&c->error, NULL);
}

static void
stop(struct commits *c)
{
	loop_timer_cancel(c->rest);
	c->rest = NULL;
	if (c->request)
		client_cancel(c->console->client, c->request);
	c->request = 0;
}

static char *
cleaned(const struct json *v, const char *member)
{
	const char *text = json_text(json_get(v, member), "");

	return text_clean(text, strlen(text));
}

static void
take(struct commits *c, const struct json *m)
{
	const struct json *list = json_get(m, "commits"), *v;

	c->items = xcalloc(json_count(list) + 1, sizeof(*c->items));
	for (v = json_first(list); v; v = json_next(v))
		c->items[c->count++] = (struct commit){
			.commit = cleaned(v, "commit"),
			.author = cleaned(v, "author"),
			.subject = cleaned(v, "subject"),
		};
	c->more = json_bool(json_get(m, "more"), false);
}

static void
answered(void *arg, const struct json *m, bool final)
{
	struct commits *c = arg;

	if (!final)
		return;
	c->request = 0;
	console_dirty(c->console);
	if (strcmp(json_text(json_get(m, "type"), ""), "error") != 0) {
		take(c, m);
	} else if (strcmp(json_text(json_get(m, "code"), ""), "lost") == 0) {
		/* The next look asks again, and waits for the server. */
		xstrset(&c->key, NULL);
		return;
	} else {
		c->error = cleaned(m, "text");
	}
	c->known = true;
}

static void
rested(void *arg)
{
	struct commits *c = arg;
	struct json *arguments = json_object();

	c->rest = NULL;
	json_set_text(arguments, "from", c->from);
	json_set_text(arguments, "to", c->to);
	c->request = client_request(c->console->client, "commits", arguments,
	    answered, c);
}

struct commits *
commits_new(struct console *console)
{
	struct commits *c = xcalloc(1, sizeof(*c));

	c->console = console;
	return c;
}

void
commits_free(struct commits *c)
{
	if (!c)
		return;
	stop(c);
	forget(c);
	free(c->key);
	free(c->from);
	free(c->to);
	free(c);
}

void
commits_look(struct commits *c, const struct release *from,
    const struct release *to)
{
	/* With the commits: a tag may move. */
	char *key = to ? xasprintf("%s %s %s %s", from ? from->tag : "",
	    from ? from->commit : "", to->tag, to->commit) : NULL;

	if (xstrset(&c->key, key)) {
		stop(c);
		forget(c);
		xstrset(&c->from, from ? from->tag : NULL);
		xstrset(&c->to, to ? to->tag : NULL);
		if (to)
			c->rest = loop_timer(c->console->loop, REST_MS,
			    rested, c);
	}
	free(key);
}

bool
commits_known(const struct commits *c)
{
	return c->known;
}

const char *
commits_error(const struct commits *c)
{
	return c->error;
}

size_t
commits_count(const struct commits *c)
{
	return c->count;
}

const struct commit *
commits_at(const struct commits *c, size_t i)
{
	return &c->items[i];
}

bool
commits_more(const struct commits *c)
{
	return c->more;
}
