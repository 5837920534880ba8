/* A runbook, and its texts with values in them. */
#include "fuzz.h"

#include "run/verb.h"

static void
expand(const struct book *b)
{
	const struct book_value values[] = {
		{"version", "v1; reboot", false},
		{"commit", NULL, true},
		{NULL, NULL, false},
	};
	struct buf out = BUF_INIT(1 << 16);
	size_t i, j;

	for (i = 0; i < b->step_count; i++) {
		const struct book_step *s = &b->steps[i];

		book_applies(s, values);
		book_step_ready(s, &verb_find(s->verb)->shape, values, NULL);
		for (j = 0; j < s->argument_count; j++)
			if (s->arguments[j].value)
				book_expand(s->arguments[j].value, values,
				    true, &out, NULL);
	}
	buf_release(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf errors = BUF_INIT(1 << 20);
	struct verb_shape *shapes = verb_shapes(verbs);
	struct book *b = book_parse((const char *)data, size, "/etc/x.yaml",
	    shapes, &errors);

	/* Either a book or a reason. */
	if (!b == (errors.len == 0))
		abort();
	if (b)
		expand(b);
	book_free(b);
	free(shapes);
	buf_release(&errors);
	return 0;
}
