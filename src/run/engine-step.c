/* What a verb says of its step, on its way into the model and the journal. */
#include "run/engine-private.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"

static const struct verb_argument *
shape_of(const struct step *s, const char *name)
{
	const struct verb_argument *a;

	for (a = s->verb->shape.arguments; a && a->name; a++)
		if (strcmp(a->name, name) == 0)
			return a;
	return NULL;
}

static const struct book_value *
either(const struct book_value *a, const struct book_value *b,
    struct book_value **joined)
{
	size_t count = 0;
	const struct book_value *v;

	*joined = NULL;
	if (!a)
		return b;
	for (v = a; v->name; v++)
		count++;
	for (v = b; v && v->name; v++)
		count++;
	*joined = xcalloc(count + 1, sizeof(**joined));
	count = 0;
	for (v = a; v->name; v++)
		(*joined)[count++] = *v;
	for (v = b; v && v->name; v++)
		(*joined)[count++] = *v;
	return *joined;
}

char *
step_expand(const struct step *s, const char *text,
    const struct book_value *more, bool shell)
{
	struct buf b = BUF_INIT(BOOK_TEXT_MAX);
	struct book_value *joined;
	const struct book_value *values = either(more, s->values, &joined);
	char *out = NULL;

	if (book_expand(text, values, shell, &b, NULL) == 0)
		out = buf_detach(&b);
	buf_release(&b);
	free(joined);
	return out;
}

char *
step_argument(const struct step *s, const char *name)
{
	const struct verb_argument *a = shape_of(s, name);
	const char *text = book_argument(s->book, name);

	return a && text ? step_expand(s, text, NULL, a->shell) : NULL;
}

int64_t
step_duration(const struct step *s, const char *name, int64_t fallback)
{
	char *text = step_argument(s, name);
	int64_t ms = fallback;

	if (text && clock_parse_duration(text, &ms) == -1)
		ms = fallback;
	free(text);
	return ms;
}

void
step_changed(struct step *s)
{
	struct attempt *a = (struct attempt *)s;

	if (!a->over)
		engine_touch(a->course->engine);
}

void
step_say(struct step *s, const char *fmt, ...)
{
	struct attempt *a = (struct attempt *)s;
	char *text, *masked, *clean;
	va_list ap;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	masked = course_masked(a->course, text);
	clean = text_clean(masked, strlen(masked));
	if (!a->over && xstrset(&s->seen->doing, clean))
		step_changed(s);
	free(text);
	free(masked);
	free(clean);
}

void
step_wait(struct step *s, bool waits)
{
	struct attempt *a = (struct attempt *)s;
	enum phase phase = waits ? PHASE_WAITING : PHASE_RUNNING;

	if (a->over || s->seen->phase == phase)
		return;
	s->seen->phase = phase;
	a->course->run->phase = phase;
	step_changed(s);
}

/* The last lines, each cleaned by itself. */
static char *
tail_lines(const struct buf *tail)
{
	struct buf b = BUF_INIT(8 * TAIL_BYTES);
	const char *end = tail->data + tail->len, *from = end, *line;
	int lines = 0;
	char *clean;
	size_t len;

	if (from > tail->data && from[-1] == '\n')
		from--;
	while (from > tail->data &&
	    (from[-1] != '\n' || ++lines < TAIL_LINES))
		from--;
	for (line = from; line < end; line += len + 1) {
		len = strcspn(line, "\n");
		clean = text_clean(line, len);
		buf_addf(&b, "%s%s", b.len ? "\n" : "", clean);
		free(clean);
	}
	return buf_detach(&b);
}

void
step_output(struct step *s, const char *data, size_t len)
{
	struct attempt *a = (struct attempt *)s;
	struct course *c = a->course;
	struct engine *e = c->engine;
	char *piece, *masked, *tail;
	size_t kept;

	if (a->over || len == 0)
		return;
	/* A NUL would hide what follows. */
	piece = xmalloc(len + 1);
	for (kept = 0; kept < len; kept++)
		piece[kept] = data[kept] ? data[kept] : '?';
	piece[len] = '\0';
	masked = course_masked(c, piece);
	free(piece);
	if (e->o.keep_output && *masked)
		e->o.keep_output(e->o.arg, c->id, s->book->id, masked,
		    strlen(masked));
	kept = strlen(masked);
	if (kept > TAIL_BYTES)
		memmove(masked, masked + kept - TAIL_BYTES, TAIL_BYTES + 1);
	kept = strlen(masked);
	if (a->tail.len + kept > a->tail.max)
		buf_consume(&a->tail, a->tail.len + kept - a->tail.max);
	buf_add(&a->tail, masked, kept);
	free(masked);
	if (!a->tail.len)
		return;
	tail = tail_lines(&a->tail);
	if (xstrset(&s->seen->tail, tail))
		step_changed(s);
	free(tail);
}

void
step_remember(struct step *s, const char *text, void (*done)(void *arg),
    void *arg)
{
	struct attempt *a = (struct attempt *)s;

	if (a->over)
		return;
	xstrset(&s->memory, text);
	course_keep_memory(a, done, arg);
}
