#include "model/tables.h"

void
registry_init(struct registry *r)
{
	*r = (struct registry){.changed = false};
	fields_init(r, registry_fields, 0);
}

void
registry_release(struct registry *r)
{
	fields_release(r, registry_fields, 0);
	registry_init(r);
}

const struct registry_image *
registry_find(const struct registry *r, const char *tag)
{
	size_t i;

	for (i = 0; i < r->image_count; i++)
		if (strcmp(r->images[i].tag, tag) == 0)
			return &r->images[i];
	return NULL;
}
