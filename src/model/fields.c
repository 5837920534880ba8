#include "model/fields.h"

#include "base/alloc.h"

static size_t
list_count(const struct field *f, const void *base)
{
	return *(const size_t *)(const void *)((const char *)base +
	    f->count_offset);
}

static void
write_list(struct json *object, const struct field *f, const void *base)
{
	const char *items = *(char *const *)(const void *)((const char *)base +
	    f->offset);
	struct json *array = json_array(), *o;
	size_t i, count = list_count(f, base);

	for (i = 0; i < count; i++) {
		o = json_object();
		fields_write(o, f->list->fields, items + i * f->list->size,
		    ~0u);
		json_append(array, o);
	}
	json_add(object, f->key, array);
}

static bool
wanted(const struct field *f, unsigned bits)
{
	return !f->bits || (f->bits & bits);
}

void
fields_write(struct json *object, const struct field *fields,
    const void *base, unsigned bits)
{
	const struct field *f;

	for (f = fields; f->key; f++) {
		const void *at = (const char *)base + f->offset;

		if (!wanted(f, bits))
			continue;
		if (f->list) {
			write_list(object, f, base);
		} else if (f->sub) {
			struct json *o = json_object();

			fields_write(o, f->sub, at, bits);
			json_add(object, f->key, o);
		} else {
			f->kind->write(object, f->key, at);
		}
	}
}

/* Members come in the order of the table, as a rule: look first at the entry
 * after `last`. NULL when the table has none of that name. */
static const struct field *
find(const struct field *fields, const struct field *last, const char *key)
{
	const struct field *f;

	for (f = last ? last + 1 : fields; f->key; f++)
		if (strcmp(f->key, key) == 0)
			return f;
	for (f = fields; last && f <= last; f++)
		if (strcmp(f->key, key) == 0)
			return f;
	return NULL;
}

static int
check_list(const struct json *v, const struct field *f, struct err *e)
{
	const struct field *member;
	const struct json *item;
	size_t i = 0;

	if (!json_is_array(v) || json_count(v) > f->list->max)
		return err_set(e, "%s: expected an array of at most %zu",
		    f->key, f->list->max);
	for (item = json_first(v); item; item = json_next(item), i++) {
		if (fields_check(item, f->list->fields, e) == -1)
			return err_prefix(e, "%s[%zu]", f->key, i);
		/* What has to have a value is not left out either. */
		for (member = f->list->fields; member->key; member++)
			if (member->kind == &kind_name &&
			    !json_get(item, member->key))
				return err_set(e, "%s[%zu]: %s is missing",
				    f->key, i, member->key);
	}
	return 0;
}

int
fields_check(const struct json *object, const struct field *fields,
    struct err *e)
{
	const struct field *f = NULL, *found;
	const struct json *v;

	if (!json_is_object(object))
		return err_set(e, "expected an object");
	for (v = json_first(object); v; v = json_next(v)) {
		found = find(fields, f, json_key(v));
		if (!found)
			continue;
		f = found;
		if (f->list) {
			if (check_list(v, f, e) == -1)
				return -1;
		} else if (f->sub) {
			if (fields_check(v, f->sub, e) == -1)
				return err_prefix(e, "%s", f->key);
		} else if (f->kind->valid && !f->kind->valid(v)) {
			return err_set(e, "%s: expected %s", f->key,
			    f->kind->expected);
		}
	}
	return 0;
}

/* The list is always whole: what it lacks is gone. */
static void
read_list(void *base, const struct field *f, const struct json *v)
{
	void **items = (void *)((char *)base + f->offset);
	size_t *count = (void *)((char *)base + f->count_offset);
	const struct json *item;
	char *made = list_new(json_count(v), f->list);
	size_t n = 0;

	for (item = json_first(v); item; item = json_next(item))
		fields_read(made + n++ * f->list->size, item, f->list->fields);
	list_release(*items, *count, f->list);
	*items = made;
	*count = n;
}

unsigned
fields_read(void *base, const struct json *object,
    const struct field *fields)
{
	const struct field *f = NULL, *found;
	const struct json *v;
	unsigned bits = 0;

	for (v = json_first(object); v; v = json_next(v)) {
		found = find(fields, f, json_key(v));
		if (!found)
			continue;
		f = found;
		bits |= f->bits;
		if (f->list)
			read_list(base, f, v);
		else if (f->sub)
			bits |= fields_read((char *)base + f->offset, v,
			    f->sub);
		else if (f->kind->read)
			f->kind->read((char *)base + f->offset, v);
	}
	return bits;
}

/* --- whole structs ---------------------------------------------------------- */

/* A table within one that was chosen by its bits is taken whole. */
static unsigned
below(unsigned bits, const struct field *f)
{
	return f->bits ? 0 : bits;
}

void
fields_init(void *base, const struct field *fields, unsigned bits)
{
	const struct field *f;

	for (f = fields; f->key; f++) {
		if (bits && !(f->bits & bits))
			continue;
		if (f->sub)
			fields_init((char *)base + f->offset, f->sub,
			    below(bits, f));
		else if (!f->list && f->kind->read)
			f->kind->read((char *)base + f->offset, NULL);
	}
}

void
fields_release(void *base, const struct field *fields, unsigned bits)
{
	const struct field *f;

	for (f = fields; f->key; f++) {
		char *at = (char *)base + f->offset;

		if (bits && !(f->bits & bits))
			continue;
		if (f->list) {
			void **items = (void *)at;
			size_t *count = (void *)((char *)base +
			    f->count_offset);

			list_release(*items, *count, f->list);
			*items = NULL;
			*count = 0;
		} else if (f->sub) {
			fields_release(at, f->sub, below(bits, f));
		} else {
			if (f->kind->release)
				f->kind->release(at);
			if (f->kind->read)
				f->kind->read(at, NULL);
		}
	}
}

void *
list_new(size_t count, const struct list_of *list)
{
	char *items = xcalloc(count + 1, list->size);
	size_t i;

	for (i = 0; i < count; i++)
		fields_init(items + i * list->size, list->fields, 0);
	return items;
}

void
list_release(void *items, size_t count, const struct list_of *list)
{
	size_t i;

	for (i = 0; i < count; i++)
		fields_release((char *)items + i * list->size, list->fields,
		    0);
	free(items);
}

bool
fields_same(const void *a, const void *b, const struct field *fields)
{
	struct json *x = json_object(), *y = json_object();
	struct buf left = BUF_INIT(SIZE_MAX / 4), right = left;
	bool same;

	fields_write(x, fields, a, ~0u);
	fields_write(y, fields, b, ~0u);
	json_print(x, &left);
	json_print(y, &right);
	same = strcmp(buf_str(&left), buf_str(&right)) == 0;
	buf_release(&left);
	buf_release(&right);
	json_free(x);
	json_free(y);
	return same;
}
