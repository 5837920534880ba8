#include "config/value.h"

#include <math.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "config/units.h"

/* The option's field in base, as a pointer to type. */
#define FIELD(o, base, type) \
	((type *)(void *)((char *)(base) + (o)->offset))
#define FIELD2(o, base, type) \
	((type *)(void *)((char *)(base) + (o)->offset2))

static bool
in_range(const struct option *o, int64_t n)
{
	return n >= o->min && n <= o->max;
}

bool
value_is_clean(const struct node *n)
{
	char *clean;
	bool same;

	if (n->kind != NODE_SCALAR)
		return true;
	clean = text_clean(n->text, strlen(n->text));
	same = strcmp(clean, n->text) == 0;
	free(clean);
	return same;
}

/* The text of a scalar that has a clean one, or NULL. */
static const char *
clean_text(const struct node *n)
{
	if (n->kind != NODE_SCALAR || node_is_null(n) || n->text[0] == '\0')
		return NULL;
	return value_is_clean(n) ? n->text : NULL;
}

static int
read_text(const struct option *o, const struct node *n, void *base)
{
	const char *s = clean_text(n);
	size_t max = o->max ? (size_t)o->max : 4000;

	if (!s || strlen(s) > max || (o->valid && !o->valid(s)))
		return -1;
	xstrset(FIELD(o, base, char *), s);
	return 0;
}

static int
read_choice(const struct option *o, const struct node *n, void *base)
{
	const char *s = clean_text(n);
	size_t i;

	for (i = 0; s && o->choices[i]; i++)
		if (strcmp(s, o->choices[i]) == 0) {
			xstrset(FIELD(o, base, char *), i ? s : NULL);
			return 0;
		}
	return -1;
}

static int
read_bool(const struct option *o, const struct node *n, void *base)
{
	static const char *const words[] = {"false", "true", "no", "yes"};
	const char *s = clean_text(n);
	size_t i;

	for (i = 0; s && i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(s, words[i]) == 0) {
			*FIELD(o, base, bool) = i % 2;
			return 0;
		}
	return -1;
}

static int
read_int(const struct option *o, const struct node *n, void *base)
{
	int64_t v;

	if (text_int(clean_text(n), o->min, o->max, &v) == -1)
		return -1;
	*FIELD(o, base, int) = v;
	return 0;
}

static int
read_duration(const struct option *o, const struct node *n, void *base)
{
	const char *s = clean_text(n);
	int64_t v = 0;

	if (!(o->may_be_off && s && strcmp(s, "off") == 0) &&
	    (clock_parse_duration(s, &v) == -1 || !in_range(o, v)))
		return -1;
	*FIELD(o, base, int64_t) = v;
	return 0;
}

static int
read_latency(const struct option *o, const struct node *n, void *base)
{
	int64_t v;

	if (clock_parse_duration(clean_text(n), &v) == -1 || !in_range(o, v))
		return -1;
	*FIELD(o, base, double) = v;
	return 0;
}

static int
read_bytes(const struct option *o, const struct node *n, void *base)
{
	int64_t v;

	if (units_parse_bytes(clean_text(n), &v) == -1 || !in_range(o, v))
		return -1;
	*FIELD(o, base, int64_t) = v;
	return 0;
}

static int
read_number(const struct option *o, const struct node *n, double *v)
{
	const char *s = clean_text(n);
	char *end;
	double d;

	if (!s || s[strspn(s, "0123456789.")] != '\0')
		return -1;
	d = strtod(s, &end);
	if (*end || !isfinite(d) || d < o->min || d > o->max)
		return -1;
	*v = d;
	return 0;
}

static int
read_pair(const struct option *o, const struct node *n, void *base)
{
	double warn, crit;

	if (n->kind != NODE_LIST || n->count != 2 ||
	    read_number(o, n->first, &warn) == -1 ||
	    read_number(o, n->first->next, &crit) == -1)
		return -1;
	if (o->type == OPTION_RISING ? warn > crit : warn < crit)
		return -1;
	*FIELD(o, base, double) = warn;
	*FIELD2(o, base, double) = crit;
	return 0;
}

bool
value_is_user(const struct node *n)
{
	const char *s = clean_text(n);

	return s && strlen(s) <= 256 && s[0] != '-' &&
	    s[strcspn(s, " :,/")] == '\0';
}

static int
read_users(const struct option *o, const struct node *n, void *base)
{
	const struct node *item;
	char **users;
	size_t i = 0;

	if (n->kind != NODE_LIST && !node_is_null(n))
		return -1;
	if (n->count > (size_t)o->max)
		return -1;
	for (item = n->first; item; item = item->next)
		if (!value_is_user(item))
			return -1;
	value_release(o, base);
	users = xcalloc(n->count + 1, sizeof(*users));
	for (item = n->first; item; item = item->next)
		users[i++] = xstrdup(item->text);
	*FIELD(o, base, char **) = users;
	*FIELD2(o, base, size_t) = n->count;
	return 0;
}

/* A scalar that YAML reads back as the same text: quoted unless it is tame. */
static void
print_quoted(struct buf *b, const char *s)
{
	static const char tame[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-";
	static const char *const words[] = {"~", "null", "true", "false",
					    "yes", "no", NULL};
	size_t i;

	for (i = 0; words[i] && strcmp(words[i], s) != 0; i++)
		;
	if (!words[i] && s[0] && s[0] != '-' && s[strspn(s, tame)] == '\0') {
		buf_adds(b, s);
		return;
	}
	buf_addc(b, '"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			buf_addc(b, '\\');
		buf_addc(b, *s);
	}
	buf_addc(b, '"');
}

static bool
print_text(const struct option *o, const void *base, struct buf *b)
{
	const char *s = *FIELD(o, base, char *);

	if (!s)
		return false;
	print_quoted(b, s);
	return true;
}

static bool
print_choice(const struct option *o, const void *base, struct buf *b)
{
	const char *s = *FIELD(o, base, char *);

	buf_adds(b, s ? s : o->choices[0]);
	return true;
}

static bool
print_bool(const struct option *o, const void *base, struct buf *b)
{
	buf_adds(b, *FIELD(o, base, bool) ? "true" : "false");
	return true;
}

static bool
print_int(const struct option *o, const void *base, struct buf *b)
{
	int v = *FIELD(o, base, int);

	if (v < o->min)
		return false;
	buf_addf(b, "%d", v);
	return true;
}

static bool
print_duration(const struct option *o, const void *base, struct buf *b)
{
	int64_t ms = *FIELD(o, base, int64_t);

	if (o->may_be_off && ms == 0)
		buf_adds(b, "off");
	else
		units_print_duration(b, ms);
	return true;
}

static bool
print_latency(const struct option *o, const void *base, struct buf *b)
{
	units_print_duration(b, (int64_t)*FIELD(o, base, double));
	return true;
}

static bool
print_bytes(const struct option *o, const void *base, struct buf *b)
{
	units_print_bytes(b, *FIELD(o, base, int64_t));
	return true;
}

static bool
print_pair(const struct option *o, const void *base, struct buf *b)
{
	buf_addf(b, "[%.10g, %.10g]", *FIELD(o, base, double),
	    *FIELD2(o, base, double));
	return true;
}

static bool
print_users(const struct option *o, const void *base, struct buf *b)
{
	char *const *users = *FIELD(o, base, char **);
	size_t n = *FIELD2(o, base, size_t), i;

	buf_addc(b, '[');
	for (i = 0; i < n; i++) {
		if (i)
			buf_adds(b, ", ");
		print_quoted(b, users[i]);
	}
	buf_addc(b, ']');
	return true;
}

static void
release_text(const struct option *o, void *base)
{
	free(*FIELD(o, base, char *));
	*FIELD(o, base, char *) = NULL;
}

static void
release_users(const struct option *o, void *base)
{
	char **users = *FIELD(o, base, char **);
	size_t n = *FIELD2(o, base, size_t), i;

	for (i = 0; i < n; i++)
		free(users[i]);
	free(users);
	*FIELD(o, base, char **) = NULL;
	*FIELD2(o, base, size_t) = 0;
}

static const struct {
	const char *expected;
	int (*read)(const struct option *o, const struct node *n, void *base);
	bool (*print)(const struct option *o, const void *base,
	    struct buf *b);
	void (*release)(const struct option *o, void *base);
} types[] = {
	[OPTION_TEXT] = {
		.expected = N_("a line of text"),
		.read = read_text,
		.print = print_text,
		.release = release_text,
	},
	[OPTION_PATH] = {
		.expected = N_("a path"),
		.read = read_text,
		.print = print_text,
		.release = release_text,
	},
	[OPTION_HOST_PATH] = {
		.expected = N_("a path"),
		.read = read_text,
		.print = print_text,
		.release = release_text,
	},
	[OPTION_CHOICE] = {
		.expected = N_("one of"),
		.read = read_choice,
		.print = print_choice,
		.release = release_text,
	},
	[OPTION_BOOL] = {
		.expected = N_("true or false"),
		.read = read_bool,
		.print = print_bool,
	},
	[OPTION_INT] = {
		.expected = N_("a whole number"),
		.read = read_int,
		.print = print_int,
	},
	[OPTION_DURATION] = {
		.expected = N_("a duration (ms, s, m, h, d, w)"),
		.read = read_duration,
		.print = print_duration,
	},
	[OPTION_LATENCY] = {
		.expected = N_("a duration (ms, s, m, h, d, w)"),
		.read = read_latency,
		.print = print_latency,
	},
	[OPTION_BYTES] = {
		.expected = N_("a size (KiB, MiB, GiB, TiB)"),
		.read = read_bytes,
		.print = print_bytes,
	},
	[OPTION_RISING] = {
		.expected = N_("[warn, crit], warn not above crit, each"),
		.read = read_pair,
		.print = print_pair,
	},
	[OPTION_FALLING] = {
		.expected = N_("[warn, crit], warn not below crit, each"),
		.read = read_pair,
		.print = print_pair,
	},
	[OPTION_USERS] = {
		.expected = N_("user names or numbers in a list"),
		.read = read_users,
		.print = print_users,
		.release = release_users,
	},
	[OPTION_MAP] = {.expected = N_("a map of options")},
	[OPTION_EACH] = {.expected = N_("a map of names")},
	[OPTION_LIST] = {.expected = N_("a list of maps")},
};

int
value_read(const struct option *o, const struct node *n, void *base)
{
	return types[o->type].read(o, n, base);
}

static void
describe_range(const struct option *o, struct buf *b)
{
	struct buf lo = BUF_INIT(64), hi = BUF_INIT(64);

	switch (o->type) {
	case OPTION_DURATION:
	case OPTION_LATENCY:
		units_print_duration(&lo, o->min);
		units_print_duration(&hi, o->max);
		break;
	case OPTION_BYTES:
		units_print_bytes(&lo, o->min);
		units_print_bytes(&hi, o->max);
		break;
	default:
		buf_addf(&lo, "%lld", (long long)o->min);
		buf_addf(&hi, "%lld", (long long)o->max);
		break;
	}
	buf_addc(b, ' ');
	buf_addf(b, _("from %s to %s"), buf_str(&lo), buf_str(&hi));
	buf_release(&lo);
	buf_release(&hi);
}

void
value_describe(const struct option *o, struct buf *b)
{
	size_t i;

	buf_adds(b, o->expected ? _(o->expected) : _(types[o->type].expected));
	switch (o->type) {
	case OPTION_CHOICE:
		for (i = 0; o->choices[i]; i++)
			buf_addf(b, "%s %s", i ? "," : "", o->choices[i]);
		break;
	case OPTION_INT:
	case OPTION_DURATION:
	case OPTION_LATENCY:
	case OPTION_BYTES:
	case OPTION_RISING:
	case OPTION_FALLING:
		describe_range(o, b);
		break;
	case OPTION_TEXT:
		if (o->max && !o->expected) {
			buf_addc(b, ' ');
			buf_addf(b, _("of at most %d bytes"), (int)o->max);
		}
		break;
	default:
		break;
	}
}

bool
value_print(const struct option *o, const void *base, struct buf *b)
{
	return types[o->type].print && types[o->type].print(o, base, b);
}

void
value_default(const struct option *o, void *base)
{
	struct node n = {.kind = NODE_SCALAR};

	if (!o->fallback)
		return;
	n.text = xstrdup(o->fallback);
	types[o->type].read(o, &n, base);
	free(n.text);
}

void
value_release(const struct option *o, void *base)
{
	if (types[o->type].release)
		types[o->type].release(o, base);
}

char **
value_text(const struct option *o, void *base)
{
	return FIELD(o, base, char *);
}
