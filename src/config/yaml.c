#include "config/yaml.h"

#include <yaml.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"

struct builder {
	yaml_parser_t parser;
	struct problems *problems;
	size_t nodes;
};

static struct node *build(struct builder *b, const yaml_event_t *e, int depth);

void
node_free(struct node *n)
{
	struct node *child, *next;

	if (!n)
		return;
	for (child = n->first; child; child = next) {
		next = child->next;
		node_free(child);
	}
	free(n->text);
	free(n->key);
	free(n);
}

const struct node *
node_get(const struct node *map, const char *key)
{
	const struct node *n;

	for (n = map->first; n; n = n->next)
		if (n->key && strcmp(n->key, key) == 0)
			return n;
	return NULL;
}

bool
node_is_null(const struct node *n)
{
	return n->kind == NODE_SCALAR && n->plain &&
	    (strcmp(n->text, "") == 0 || strcmp(n->text, "~") == 0 ||
	    strcmp(n->text, "null") == 0);
}

/* libyaml's own words for a character that it refuses carry no place, so
 * look for them first. */
static int
check_characters(const char *text, size_t len, struct problems *p)
{
	int line = 1, column = 1;
	size_t i, used;

	for (i = 0; i < len; i += used) {
		uint32_t c = text_decode(text + i, len - i, &used);

		if (c == 0xfffd && used == 1) {
			problems_add(p, line, column, _("byte 0x%02x is not "
			    "valid UTF-8, expected a file in UTF-8"),
			    (unsigned char)text[i]);
			return -1;
		}
		if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') ||
		    (c >= 0x7f && c < 0xa0 && c != 0x85)) {
			problems_add(p, line, column, _("control character "
			    "0x%02x, expected text"), c);
			return -1;
		}
		column++;
		if (c == '\n') {
			line++;
			column = 1;
		}
	}
	return 0;
}

static void
syntax_error(struct builder *b)
{
	const yaml_parser_t *y = &b->parser;
	int line = y->problem_mark.line + 1;
	int column = y->problem_mark.column + 1;
	const char *what = y->problem ? y->problem : _("not valid YAML");

	if (y->context)
		problems_add(b->problems, line, column, _("%s %s (which began "
		    "on line %d)"), what, y->context,
		    (int)y->context_mark.line + 1);
	else
		problems_add(b->problems, line, column, "%s", what);
}

static int
next_event(struct builder *b, yaml_event_t *e)
{
	if (yaml_parser_parse(&b->parser, e))
		return 0;
	syntax_error(b);
	return -1;
}

static struct node *
node_new(enum node_kind kind, const yaml_event_t *e)
{
	struct node *n = xcalloc(1, sizeof(*n));

	n->kind = kind;
	n->line = e->start_mark.line + 1;
	n->column = e->start_mark.column + 1;
	return n;
}

/* Add what an event carries beyond plain YAML to the problems. */
static int
check_plain(struct builder *b, const yaml_event_t *e)
{
	const yaml_char_t *anchor = NULL, *tag = NULL;
	const char *what;

	switch (e->type) {
	case YAML_ALIAS_EVENT:
		anchor = e->data.alias.anchor;
		break;
	case YAML_SCALAR_EVENT:
		anchor = e->data.scalar.anchor;
		tag = e->data.scalar.tag;
		break;
	case YAML_SEQUENCE_START_EVENT:
		anchor = e->data.sequence_start.anchor;
		tag = e->data.sequence_start.tag;
		break;
	case YAML_MAPPING_START_EVENT:
		anchor = e->data.mapping_start.anchor;
		tag = e->data.mapping_start.tag;
		break;
	default:
		break;
	}
	if (!anchor && !tag)
		return 0;
	what = anchor ? _("anchors and aliases are not supported, expected "
	    "the value itself") : _("tags are not supported, expected the "
	    "value alone");
	problems_add(b->problems, e->start_mark.line + 1,
	    e->start_mark.column + 1, "%s", what);
	return -1;
}

static struct node *
build_scalar(struct builder *b, const yaml_event_t *e)
{
	const char *value = (const char *)e->data.scalar.value;
	size_t len = e->data.scalar.length;
	struct node *n = node_new(NODE_SCALAR, e);

	if (memchr(value, '\0', len)) {
		problems_add(b->problems, n->line, n->column,
		    _("a NUL character, expected text"));
		n->kind = NODE_BROKEN;
	}
	n->text = xstrndup(value, len);
	n->plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	return n;
}

static void
append(struct node *parent, struct node ***tail, struct node *child)
{
	**tail = child;
	*tail = &child->next;
	parent->count++;
}

static struct node *
build_list(struct builder *b, const yaml_event_t *start, int depth)
{
	struct node *list = node_new(NODE_LIST, start);
	struct node **tail = &list->first, *child;
	yaml_event_t e;

	for (;;) {
		if (next_event(b, &e) == -1)
			goto fail;
		if (e.type == YAML_SEQUENCE_END_EVENT)
			break;
		child = build(b, &e, depth + 1);
		yaml_event_delete(&e);
		if (!child)
			goto fail;
		append(list, &tail, child);
	}
	yaml_event_delete(&e);
	return list;
fail:
	node_free(list);
	return NULL;
}

/* One key and its value; `key` was read. */
static struct node *
build_pair(struct builder *b, const yaml_event_t *key, int depth)
{
	struct node *child, *name = NULL;
	yaml_event_t e;

	if (key->type != YAML_SCALAR_EVENT) {
		problems_add(b->problems, key->start_mark.line + 1,
		    key->start_mark.column + 1,
		    _("a key that is no plain text, expected a word"));
		return NULL;
	}
	name = build(b, key, depth);
	if (!name)
		return NULL;
	if (next_event(b, &e) == -1) {
		node_free(name);
		return NULL;
	}
	child = build(b, &e, depth);
	yaml_event_delete(&e);
	if (child) {
		child->key = name->text;
		child->key_line = name->line;
		child->key_column = name->column;
		name->text = NULL;
	}
	node_free(name);
	return child;
}

static int
by_key(const void *a, const void *b)
{
	const struct node *x = *(struct node *const *)a;
	const struct node *y = *(struct node *const *)b;
	int order = strcmp(x->key, y->key);

	if (order)
		return order;
	if (x->key_line != y->key_line)
		return x->key_line < y->key_line ? -1 : 1;
	return x->key_column < y->key_column ? -1 : 1;
}

static void
check_duplicates(struct builder *b, const struct node *map)
{
	struct node **sorted, *n;
	size_t i = 0;
	char *key;

	if (map->count < 2)
		return;
	sorted = xcalloc(map->count, sizeof(struct node *));
	for (n = map->first; n; n = n->next)
		sorted[i++] = n;
	qsort(sorted, map->count, sizeof(struct node *), by_key);
	for (i = 1; i < map->count; i++) {
		n = sorted[i];
		if (strcmp(n->key, sorted[i - 1]->key) != 0)
			continue;
		key = problems_quote(n->key);
		problems_add(b->problems, n->key_line, n->key_column,
		    _("duplicate key '%s', expected it once: it is on line %d "
		    "already"), key, sorted[i - 1]->key_line);
		free(key);
		n->kind = NODE_BROKEN;
	}
	free(sorted);
}

static struct node *
build_map(struct builder *b, const yaml_event_t *start, int depth)
{
	struct node *map = node_new(NODE_MAP, start);
	struct node **tail = &map->first, *child;
	yaml_event_t e;

	for (;;) {
		if (next_event(b, &e) == -1)
			goto fail;
		if (e.type == YAML_MAPPING_END_EVENT)
			break;
		child = build_pair(b, &e, depth + 1);
		yaml_event_delete(&e);
		if (!child)
			goto fail;
		append(map, &tail, child);
	}
	yaml_event_delete(&e);
	check_duplicates(b, map);
	return map;
fail:
	node_free(map);
	return NULL;
}

/* The node that starts with event e; NULL when reading cannot go on. */
static struct node *
build(struct builder *b, const yaml_event_t *e, int depth)
{
	int line = e->start_mark.line + 1, column = e->start_mark.column + 1;
	struct node *n = NULL;
	bool plain;

	if (depth > NODE_DEPTH_MAX) {
		problems_add(b->problems, line, column, _("nested too deep, "
		    "expected at most %d levels"), NODE_DEPTH_MAX);
		return NULL;
	}
	if (++b->nodes > NODE_COUNT_MAX) {
		problems_add(b->problems, line, column, _("too many values, "
		    "expected at most %d"), NODE_COUNT_MAX);
		return NULL;
	}
	plain = check_plain(b, e) == 0;
	switch (e->type) {
	case YAML_SCALAR_EVENT:
		n = build_scalar(b, e);
		break;
	case YAML_SEQUENCE_START_EVENT:
		n = build_list(b, e, depth);
		break;
	case YAML_MAPPING_START_EVENT:
		n = build_map(b, e, depth);
		break;
	default:
		n = node_new(NODE_BROKEN, e);
		break;
	}
	if (n && !plain)
		n->kind = NODE_BROKEN;
	return n;
}

static void
empty_file(struct problems *p)
{
	if (p->expected)
		problems_add(p, 1, 1, _("the file is empty, expected %s"),
		    p->expected);
	else
		problems_add(p, 1, 1, _("the file is empty, expected "
		    "'project' and 'environments'"));
}

/* From the start of the stream to its end. */
static struct node *
build_document(struct builder *b)
{
	struct node *root = NULL;
	yaml_event_t e;
	bool done = false;

	while (!done) {
		if (next_event(b, &e) == -1)
			goto fail;
		switch (e.type) {
		case YAML_STREAM_START_EVENT:
		case YAML_DOCUMENT_END_EVENT:
			break;
		case YAML_STREAM_END_EVENT:
			done = true;
			break;
		case YAML_DOCUMENT_START_EVENT:
			if (!root)
				break;
			problems_add(b->problems, e.start_mark.line + 1,
			    e.start_mark.column + 1,
			    _("a second document, expected only one"));
			yaml_event_delete(&e);
			goto fail;
		default:
			root = build(b, &e, 0);
			if (!root) {
				yaml_event_delete(&e);
				goto fail;
			}
			break;
		}
		yaml_event_delete(&e);
	}
	if (!root)
		empty_file(b->problems);
	return root;
fail:
	node_free(root);
	return NULL;
}

struct node *
node_parse(const char *text, size_t len, struct problems *p)
{
	static const char byte_order_mark[] = "\xef\xbb\xbf";
	struct builder b = {.problems = p};
	struct node *root;

	/* Some editors leave one; libyaml would count it as an indent. */
	if (len >= 3 && memcmp(text, byte_order_mark, 3) == 0) {
		text += 3;
		len -= 3;
	}
	if (len > NODE_BYTES_MAX) {
		problems_add(p, 1, 1, _("the file has %zu bytes, expected at "
		    "most %d"), len, NODE_BYTES_MAX);
		return NULL;
	}
	if (check_characters(text, len, p) == -1)
		return NULL;
	if (!yaml_parser_initialize(&b.parser)) {
		problems_add(p, 1, 1, _("out of memory"));
		return NULL;
	}
	yaml_parser_set_encoding(&b.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&b.parser, (const unsigned char *)text,
	    len);
	root = build_document(&b);
	yaml_parser_delete(&b.parser);
	return root;
}
