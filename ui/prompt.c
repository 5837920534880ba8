#include "ui/prompt.h"

#include "base/alloc.h"
#include "base/text.h"

static void
forget_candidates(struct prompt *p)
{
	size_t i;

	for (i = 0; i < p->candidate_count; i++)
		free(p->candidates[i]);
	free(p->candidates);
	p->candidates = NULL;
	p->candidate_count = 0;
}

void
prompt_open(struct prompt *p, const struct prompt_request *r)
{
	if (!p->line.max)
		buf_init(&p->line, PROMPT_MAX);
	p->open = true;
	p->request = *r;
	xstrset(&p->label, r->label);
	p->request.label = p->label;
	buf_clear(&p->line);
	buf_adds(&p->line, r->initial ? r->initial : "");
	p->cursor = p->line.len;
	p->history_at = p->history_count;
	forget_candidates(p);
}

/* Put `text` where bytes [from, to) stand, the cursor after it. */
static void
replace(struct prompt *p, size_t from, size_t to, const char *text)
{
	struct buf b = BUF_INIT(PROMPT_MAX);

	buf_add(&b, buf_str(&p->line), from);
	buf_adds(&b, text);
	p->cursor = b.len;
	buf_adds(&b, buf_str(&p->line) + to);
	if (b.over) {
		buf_release(&b);
		p->cursor = to;
		return;
	}
	buf_release(&p->line);
	p->line = b;
}

static size_t
before(const struct prompt *p, size_t at)
{
	const char *s = buf_str(&p->line);

	if (at == 0)
		return 0;
	do
		at--;
	while (at > 0 && (s[at] & 0xc0) == 0x80);
	return at;
}

static size_t
after(const struct prompt *p, size_t at)
{
	const char *s = buf_str(&p->line);

	if (at >= p->line.len)
		return at;
	do
		at++;
	while (at < p->line.len && (s[at] & 0xc0) == 0x80);
	return at;
}

static size_t
word_before(const struct prompt *p, size_t at)
{
	const char *s = buf_str(&p->line);

	while (at > 0 && s[at - 1] == ' ')
		at--;
	while (at > 0 && s[at - 1] != ' ')
		at--;
	return at;
}

static void
recall(struct prompt *p, int by)
{
	if ((by < 0 && p->history_at == 0) ||
	    (by > 0 && p->history_at >= p->history_count))
		return;
	p->history_at += by;
	replace(p, 0, p->line.len, p->history_at < p->history_count ?
	    p->history[p->history_at] : "");
}

static void
remember(struct prompt *p, const char *line)
{
	if (!*line || (p->history_count > 0 &&
	    strcmp(p->history[p->history_count - 1], line) == 0))
		return;
	if (p->history_count == PROMPT_HISTORY) {
		free(p->history[0]);
		memmove(p->history, p->history + 1,
		    sizeof(p->history[0]) * --p->history_count);
	}
	p->history[p->history_count++] = xstrdup(line);
}

static void
close_prompt(struct prompt *p, bool accepted)
{
	char *line = xstrdup(buf_str(&p->line));

	p->open = false;
	forget_candidates(p);
	if (accepted && p->request.remember)
		remember(p, line);
	/* It may open the next prompt. */
	p->request.text(p->request.arg, accepted ? line : NULL, true);
	free(line);
}

void
prompt_release(struct prompt *p)
{
	size_t i;

	if (p->open)
		close_prompt(p, false);
	forget_candidates(p);
	for (i = 0; i < p->history_count; i++)
		free(p->history[i]);
	buf_release(&p->line);
	free(p->label);
	memset(p, 0, sizeof(*p));
}

#define CANDIDATES_MAX 200

/* Extend the last word by what all candidates share. */
static void
complete(struct prompt *p)
{
	char *line = xstrndup(buf_str(&p->line), p->cursor);
	size_t start = p->cursor, common, i;

	forget_candidates(p);
	p->candidates = xcalloc(CANDIDATES_MAX, sizeof(*p->candidates));
	p->candidate_count = p->request.complete(p->request.arg, line,
	    p->candidates, CANDIDATES_MAX);
	free(line);
	if (p->candidate_count == 0)
		return;
	while (start > 0 && buf_str(&p->line)[start - 1] != ' ')
		start--;
	common = strlen(p->candidates[0]);
	for (i = 1; i < p->candidate_count; i++) {
		size_t n = 0;

		while (n < common && p->candidates[i][n] ==
		    p->candidates[0][n])
			n++;
		common = n;
	}
	if (common >= p->cursor - start) {
		char *text = xasprintf("%.*s%s", (int)common, p->candidates[0],
		    p->candidate_count == 1 ? " " : "");

		replace(p, start, p->cursor, text);
		free(text);
	}
	if (p->candidate_count == 1)
		forget_candidates(p);
}

static void
edit(struct prompt *p, const char *key)
{
	if (strcmp(key, "Left") == 0 || strcmp(key, "C-b") == 0)
		p->cursor = before(p, p->cursor);
	else if (strcmp(key, "Right") == 0 || strcmp(key, "C-f") == 0)
		p->cursor = after(p, p->cursor);
	else if (strcmp(key, "Home") == 0 || strcmp(key, "C-a") == 0)
		p->cursor = 0;
	else if (strcmp(key, "End") == 0 || strcmp(key, "C-e") == 0)
		p->cursor = p->line.len;
	else if (strcmp(key, "BSpace") == 0)
		replace(p, before(p, p->cursor), p->cursor, "");
	else if (strcmp(key, "Del") == 0 || strcmp(key, "C-d") == 0)
		replace(p, p->cursor, after(p, p->cursor), "");
	else if (strcmp(key, "C-w") == 0)
		replace(p, word_before(p, p->cursor), p->cursor, "");
	else if (strcmp(key, "C-u") == 0)
		replace(p, 0, p->cursor, "");
	else if (strcmp(key, "C-k") == 0)
		replace(p, p->cursor, p->line.len, "");
	else if (strcmp(key, "Up") == 0 || strcmp(key, "C-p") == 0)
		recall(p, -1);
	else if (strcmp(key, "Down") == 0 || strcmp(key, "C-n") == 0)
		recall(p, 1);
}

void
prompt_key(struct prompt *p, const struct key *k)
{
	if (k->kind == KEY_IS_PASTE) {
		char *clean = text_clean(k->paste, strlen(k->paste));

		replace(p, p->cursor, p->cursor, clean);
		free(clean);
	} else if (k->kind != KEY_IS_NAMED) {
		return;
	} else if (strcmp(k->name, "Enter") == 0) {
		close_prompt(p, true);
		return;
	} else if (strcmp(k->name, "Esc") == 0 || strcmp(k->name, "C-c") == 0 ||
	    (strcmp(k->name, "BSpace") == 0 && p->line.len == 0)) {
		close_prompt(p, false);
		return;
	} else if (strcmp(k->name, "Tab") == 0) {
		if (p->request.complete)
			complete(p);
		return;
	} else if (k->text) {
		replace(p, p->cursor, p->cursor,
		    strcmp(k->name, "Space") == 0 ? " " : k->name);
	} else {
		edit(p, k->name);
	}
	forget_candidates(p);
	p->request.text(p->request.arg, buf_str(&p->line), false);
}

static void
draw_candidates(struct prompt *p, struct draw *d, const struct area *a)
{
	int width = 0, columns, lines, i;

	for (i = 0; i < (int)p->candidate_count; i++) {
		int w = text_width(p->candidates[i]) + 2;

		width = w > width ? w : width;
	}
	columns = width > 0 && a->w > width ? a->w / width : 1;
	lines = ((int)p->candidate_count + columns - 1) / columns;
	if (lines > a->h - 1)
		lines = a->h - 1;
	d->ground = INK_BAR;
	for (i = 0; i < lines * columns; i++) {
		struct row r = row_in(d, a, a->h - 1 - lines + i / columns);

		if (i % columns == 0) {
			struct area line = {r.y, a->x, 1, a->w};

			draw_fill(d, &line);
		}
		if (i >= (int)p->candidate_count)
			continue;
		row_skip(&r, i % columns * width + 1);
		row_text(&r, INK_TEXT, p->candidates[i]);
	}
	d->ground = INK_NONE;
}

void
prompt_draw(struct prompt *p, struct draw *d, const struct area *a,
    struct screen *s)
{
	struct row r = row_in(d, a, a->h - 1);
	const char *line = buf_str(&p->line), *from = line;
	char *head;
	int room;

	row_text(&r, INK_KEY, p->label);
	head = xstrndup(line, p->cursor);
	room = row_left(&r) - 1;
	/* A long line slides so that the cursor stays in sight. */
	while (*from && from < line + p->cursor && room > 0 &&
	    text_width(head + (from - line)) > room) {
		size_t used;

		text_decode(from, strlen(from), &used);
		from += used;
	}
	screen_cursor(s, r.y, r.x + text_width(head + (from - line)));
	row_text(&r, INK_TEXT, from);
	free(head);
	if (p->candidate_count > 0)
		draw_candidates(p, d, a);
}
