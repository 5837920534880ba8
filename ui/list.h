/*
 * Position in a list that is longer than its window: which row is selected and
 * which is the first shown. Knows no rows; whoever draws asks.
 */
#ifndef UI_LIST_H
#define UI_LIST_H

#include <stdbool.h>

enum move {
	MOVE_UP, MOVE_DOWN, MOVE_LEFT, MOVE_RIGHT,
	MOVE_PAGE_UP, MOVE_PAGE_DOWN, MOVE_HALF_UP, MOVE_HALF_DOWN,
	MOVE_TOP, MOVE_BOTTOM,
	MOVE_NEXT_TROUBLE, MOVE_PREVIOUS_TROUBLE,
	MOVE_WHEEL_UP, MOVE_WHEEL_DOWN,
};

struct list {
	int count;
	int selected;	/* 0 … count - 1; 0 when empty */
	int top;	/* first row shown */
	int height;	/* rows of the window, as last drawn */
};

/* Set how many rows there are and how many fit, keep the selection within
 * them and in sight. */
void list_fit(struct list *l, int count, int height);
void list_select(struct list *l, int row);
/* False for moves that are not up or down. */
bool list_move(struct list *l, enum move m);
/* The row at that line of the window, -1 when there is none. */
int list_row_at(const struct list *l, int line);

#endif
