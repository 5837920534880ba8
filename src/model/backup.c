#include "model/backup.h"

const struct backup *
backup_newest(const struct backup_series *s, enum rung least)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		if (s->items[i].rung >= least)
			return &s->items[i];
	return NULL;
}
