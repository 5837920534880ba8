#include "ui/list.h"

static int
clamp(int v, int lo, int hi)
{
	return v > hi ? (hi < lo ? lo : hi) : v < lo ? lo : v;
}

static void
show_selected(struct list *l)
{
	l->selected = clamp(l->selected, 0, l->count - 1);
	if (l->selected < l->top)
		l->top = l->selected;
	if (l->height > 0 && l->selected >= l->top + l->height)
		l->top = l->selected - l->height + 1;
	l->top = clamp(l->top, 0, l->count - l->height);
}

void
list_fit(struct list *l, int count, int height)
{
	l->count = count;
	l->height = height > 0 ? height : 0;
	show_selected(l);
}

void
list_select(struct list *l, int row)
{
	l->selected = row;
	show_selected(l);
}

bool
list_move(struct list *l, enum move m)
{
	int page = l->height > 1 ? l->height - 1 : 1, half = (page + 1) / 2;
	int by;

	switch (m) {
	case MOVE_UP:
		by = -1;
		break;
	case MOVE_DOWN:
		by = 1;
		break;
	case MOVE_WHEEL_UP:
		by = -3;
		break;
	case MOVE_WHEEL_DOWN:
		by = 3;
		break;
	case MOVE_PAGE_UP:
		by = -page;
		break;
	case MOVE_PAGE_DOWN:
		by = page;
		break;
	case MOVE_HALF_UP:
		by = -half;
		break;
	case MOVE_HALF_DOWN:
		by = half;
		break;
	case MOVE_TOP:
		by = -l->count;
		break;
	case MOVE_BOTTOM:
		by = l->count;
		break;
	default:
		return false;
	}
	list_select(l, clamp(l->selected + by, 0, l->count - 1));
	return true;
}

int
list_row_at(const struct list *l, int line)
{
	int row = l->top + line;

	return line >= 0 && line < l->height && row < l->count ? row : -1;
}
