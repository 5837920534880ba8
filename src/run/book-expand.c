/* {name} in texts, and "when" conditions. */
#include "run/book.h"

#include "base/alloc.h"
#include "base/text.h"

const char *const book_known_values[] = {
	"environment", "via", "production", "version", "commit", "target",
	"from", "who", "reason", "directory", "host", "project", "image",
	"run", NULL
};

static size_t
name_length(const char *s)
{
	if (*s < 'a' || *s > 'z')
		return 0;
	return strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_");
}

/* The length of the name when s is at "{name}"; else 0. */
static size_t
name_at(const char *s)
{
	size_t len = name_length(s + 1);

	return len && s[1 + len] == '}' ? len : 0;
}

bool
book_next_name(const char **at, const char **name, size_t *len)
{
	const char *s = *at;

	while ((s = strchr(s, '{'))) {
		if (s[1] == '{') {
			s += 2;
			continue;
		}
		*len = name_at(s);
		if (*len) {
			*name = s + 1;
			*at = s + *len + 2;
			return true;
		}
		s++;
	}
	return false;
}

static const struct book_value *
value_find(const struct book_value *values, const char *name, size_t len)
{
	const struct book_value *v;

	for (v = values; v && v->name; v++)
		if (strlen(v->name) == len && memcmp(v->name, name, len) == 0)
			return v;
	return NULL;
}

const struct book_value *
book_value(const struct book_value *values, const char *name)
{
	return value_find(values, name, strlen(name));
}

/* A value that is not to be shown is a variable, for whoever types it in. */
static void
add_value(const struct book_value *v, bool shell, struct buf *out)
{
	if (!v->value)
		buf_addf(out, shell ? "\"$%s\"" : "{%s}", v->name);
	else if (shell)
		text_shell_quote(out, v->value);
	else
		buf_adds(out, v->value);
}

int
book_expand(const char *text, const struct book_value *values, bool shell,
    struct buf *out, struct err *e)
{
	const struct book_value *v;
	const char *s = text;
	size_t len;

	while (*s) {
		len = strcspn(s, "{");
		buf_add(out, s, len);
		s += len;
		if (!*s)
			break;
		len = name_at(s);
		if (!len) {
			buf_addc(out, '{');
			s += s[1] == '{' ? 2 : 1;
			continue;
		}
		v = value_find(values, s + 1, len);
		if (!v)
			return err_set(e, "{%.*s} has no value", (int)len,
			    s + 1);
		add_value(v, shell, out);
		s += len + 2;
	}
	if (out->over)
		return err_set(e, "the text with its values is longer than "
		    "%zu bytes", out->max);
	return 0;
}

/* --- whether a step can be begun ----------------------------------------- */

struct readiness {
	const struct book_value *values;
	const struct book_step *step;
	const struct verb_shape *shape;
	struct err *err;
};

/* A step's own secrets and captures are there by the time it needs them. */
static bool
made_by_itself(const struct readiness *r, const char *name, size_t len)
{
	const struct verb_argument *a;
	const struct json *v;

	for (a = r->shape->arguments; a && a->name; a++) {
		const struct json *tree = book_tree(r->step, a->name), *item;

		if (a->kind == ARGUMENT_LIST)
			for (item = json_first(tree); item;
			    item = json_next(item))
				for (v = json_first(json_get(item, "capture"));
				    v; v = json_next(v))
					if (strlen(json_key(v)) == len &&
					    !memcmp(json_key(v), name, len))
						return true;
		if (a->kind != ARGUMENT_SECRET)
			continue;
		for (v = json_first(tree); v; v = json_next(v))
			if (strlen(json_key(v)) == len &&
			    !memcmp(json_key(v), name, len))
				return true;
	}
	return false;
}

static int
text_ready(const struct readiness *r, const char *text)
{
	const struct book_value *v;
	const char *name;
	size_t len;

	while (book_next_name(&text, &name, &len)) {
		v = value_find(r->values, name, len);
		if ((!v || !v->value) && !made_by_itself(r, name, len))
			return err_set(r->err, "{%.*s} has no value: %s",
			    (int)len, name, v ? "what a step has captured "
			    "does not outlive the server, so start a new run" :
			    "give it when the run is started");
	}
	return 0;
}

static int
tree_ready(const struct readiness *r, const struct json *v)
{
	const struct json *child;

	if (json_is_string(v))
		return text_ready(r, json_text(v, ""));
	for (child = json_first(v); child; child = json_next(child))
		if (tree_ready(r, child) == -1)
			return -1;
	return 0;
}

int
book_step_ready(const struct book_step *s, const struct verb_shape *shape,
    const struct book_value *values, struct err *e)
{
	struct readiness r = {values, s, shape, e};
	size_t i;

	for (i = 0; i < s->argument_count; i++) {
		const struct book_argument *a = &s->arguments[i];

		if (a->value ? text_ready(&r, a->value) == -1 :
		    tree_ready(&r, a->tree) == -1)
			return -1;
	}
	return 0;
}

/* --- conditions ---------------------------------------------------------- */

bool
book_next_condition(const char **at, struct book_condition *c)
{
	const char *s = *at, *end;
	size_t len;

	if (!*s)
		return false;
	end = strstr(s, " and ");
	len = end ? (size_t)(end - s) : strlen(s);
	*at = end ? end + 5 : s + len;
	c->negated = *s == '!' || strncmp(s, "not ", 4) == 0;
	if (c->negated) {
		len -= *s == '!' ? 1 : 4;
		s += *s == '!' ? 1 : 4;
	}
	end = memchr(s, '=', len);
	c->name = s;
	c->name_len = end ? (size_t)(end - s) : len;
	c->value = end ? end + 1 : NULL;
	c->value_len = end ? len - c->name_len - 1 : 0;
	return true;
}

static bool
condition_holds(const struct book_condition *c,
    const struct book_value *values)
{
	const struct book_value *v = value_find(values, c->name, c->name_len);
	const char *value = v && v->value ? v->value : "";

	if (!c->value)
		return (*value && strcmp(value, "false") != 0) != c->negated;
	return (strlen(value) == c->value_len &&
	    memcmp(value, c->value, c->value_len) == 0) != c->negated;
}

bool
book_applies(const struct book_step *s, const struct book_value *values)
{
	const char *at = s->when;
	struct book_condition c;

	while (at && book_next_condition(&at, &c))
		if (!condition_holds(&c, values))
			return false;
	return true;
}
