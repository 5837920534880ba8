/* Items of checklists that look after themselves. */
#include "run/verb.h"

const struct checklist_source checklist_sources[] = {
	{NULL, NULL},
};
