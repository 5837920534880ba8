#include "source/split.h"

void
split_init(struct split *s, size_t max)
{
	*s = (struct split){0};
	buf_init(&s->line, max);
}

void
split_release(struct split *s)
{
	buf_release(&s->line);
}

static void
keep(struct split *s, const char *data, size_t len)
{
	if (s->skipping || buf_add(&s->line, data, len) == 0)
		return;
	buf_clear(&s->line);
	s->skipping = true;
	s->dropped++;
}

bool
split_feed(struct split *s, const char *data, size_t len, split_fn *fn,
    void *arg)
{
	while (len) {
		const char *end = memchr(data, '\n', len);
		size_t n = end ? (size_t)(end - data) : len;
		const char *line = data;
		size_t line_len = n;

		if (!end) {
			keep(s, data, len);
			return true;
		}
		data += n + 1;
		len -= n + 1;
		if (s->skipping) {
			s->skipping = false;
			continue;
		}
		if (!s->line.len) {
			/* Whole in this piece: no need to copy it. */
			if (line_len > s->line.max)
				s->dropped++;
			else if (!fn(line, line_len, arg))
				return false;
			continue;
		}
		keep(s, line, line_len);
		if (s->skipping) {
			s->skipping = false;
			continue;
		}
		if (!fn(s->line.data, s->line.len, arg))
			return false;
		buf_clear(&s->line);
	}
	return true;
}
