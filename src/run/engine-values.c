/* What stands for {name} in a run, and what of it must not be seen. */
#include "run/engine-private.h"

#include "base/alloc.h"
#include "io/secret.h"

/* Shorter ones would hide half of every text. */
#define MASK_MIN 4

void
values_add(struct book_value **values, size_t *count, const char *name,
    const char *value, bool secret)
{
	*values = xreallocarray(*values, *count + 2, sizeof(**values));
	(*values)[(*count)++] = (struct book_value){xstrdup(name),
	    xstrdup_or_null(value), secret};
	(*values)[*count] = (struct book_value){.name = NULL};
}

void
values_free(struct book_value *values)
{
	struct book_value *v;

	for (v = values; v && v->name; v++) {
		free((char *)v->name);
		secret_free((char *)v->value);
	}
	free(values);
}

struct gathering {
	struct book_value *values;
	size_t count;
};

/* The first of a name stands. */
static void
add(struct gathering *g, const char *name, const char *value)
{
	if (value && !book_value(g->values, name))
		values_add(&g->values, &g->count, name, value, false);
}

static void
add_known(struct gathering *g, const struct engine_start *s,
    const struct conf_environment *c, const char *run_id)
{
	add(g, "environment", s->environment);
	add(g, "via", s->via ? s->via : "");
	add(g, "production", c->production ? "true" : "");
	add(g, "version", s->target);
	add(g, "target", s->target);
	add(g, "commit", s->target_commit);
	add(g, "from", s->from ? s->from : "");
	add(g, "who", s->who);
	add(g, "reason", s->reason ? s->reason : "");
	add(g, "directory", c->directory);
	add(g, "host", c->ssh_host ? c->ssh_host : "");
	add(g, "project", c->compose_project);
	add(g, "run", run_id);
}

static int
add_given(struct gathering *g, const struct engine_start *s, struct err *e)
{
	const struct book_value *v;
	size_t i;

	for (v = s->values; v && v->name; v++) {
		for (i = 0; book_known_values[i] &&
		    strcmp(book_known_values[i], v->name) != 0; i++)
			;
		if (!book_known_values[i] && !book_parameter(s->book, v->name))
			return err_set(e, "the runbook %s has no parameter "
			    "'%s'", s->book->name, v->name);
		if (v->value && strlen(v->value) > VALUE_MAX)
			return err_set(e, "the value of %s is longer than %d "
			    "bytes", v->name, VALUE_MAX);
		add(g, v->name, v->value);
	}
	return 0;
}

static int
add_parameters(struct gathering *g, const struct book *b, struct err *e)
{
	const struct book_value *v;
	size_t i;

	for (i = 0; i < b->parameter_count; i++) {
		const struct book_parameter *p = &b->parameters[i];

		v = book_value(g->values, p->name);
		if (p->required && (!v || !v->value || !*v->value))
			return err_set(e, "the runbook %s needs %s (%s): "
			    "give %s=…", b->name, p->name, p->title, p->name);
		/* One that is not required may be left out: it is empty. */
		add(g, p->name, p->fallback ? p->fallback : "");
	}
	return 0;
}

struct book_value *
values_of(const struct engine_start *s, const struct conf *conf,
    const char *run_id, size_t *count, struct err *e)
{
	const struct conf_environment *c = engine_environment(conf,
	    s->environment);
	struct gathering g = {NULL, 0};

	if (!c) {
		err_set(e, "there is no environment '%s' in the configuration",
		    s->environment);
		return NULL;
	}
	add_known(&g, s, c, run_id);
	if (add_given(&g, s, e) == -1 || add_parameters(&g, s->book, e) == -1) {
		values_free(g.values);
		return NULL;
	}
	/* A host may know the registry by another name than this machine. */
	add(&g, "image", conf->registry.image);
	*count = g.count;
	return g.values;
}

void
step_hide(struct step *s, const char *secret)
{
	struct course *c = ((struct attempt *)s)->course;
	size_t i;

	if (!secret || strlen(secret) < MASK_MIN)
		return;
	for (i = 0; i < c->mask_count; i++)
		if (strcmp(c->masks[i], secret) == 0)
			return;
	c->masks = xreallocarray(c->masks, c->mask_count + 1,
	    sizeof(*c->masks));
	c->masks[c->mask_count++] = xstrdup(secret);
}

static void
set_value(struct step *s, const char *name, const char *value, bool secret)
{
	struct course *c = ((struct attempt *)s)->course;
	struct book_value *v;

	for (v = c->values; v && v->name; v++)
		if (strcmp(v->name, name) == 0) {
			secret_free((char *)v->value);
			v->value = xstrdup(value);
			v->secret = secret;
			return;
		}
	values_add(&c->values, &c->value_count, name, value, secret);
	s->values = c->values;
}

void
step_capture(struct step *s, const char *name, const char *value)
{
	step_hide(s, value);
	set_value(s, name, value, true);
}

void
step_value(struct step *s, const char *name, const char *value)
{
	set_value(s, name, value, false);
}

/* One secret out of a text; takes the text over. */
static char *
without(char *text, const char *secret)
{
	size_t len = strlen(secret);
	struct buf b = BUF_INIT(STATE_MAX);
	const char *at = text, *found;

	if (!strstr(text, secret))
		return text;
	while ((found = strstr(at, secret))) {
		buf_add(&b, at, found - at);
		buf_adds(&b, "***");
		at = found + len;
	}
	buf_adds(&b, at);
	secret_free(text);
	return buf_detach(&b);
}

char *
course_masked(const struct course *c, const char *text)
{
	char *masked = xstrdup(text);
	size_t i;

	for (i = 0; i < c->mask_count; i++)
		masked = without(masked, c->masks[i]);
	return masked;
}
