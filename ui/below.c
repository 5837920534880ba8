#include "ui/below.h"

#include "ui/now.h"
#include "ui/releases.h"

/* Releases and now stand side by side from this width on. */
#define WIDE 100

static int
least_of(int a, int b)
{
	return a < b ? a : b;
}

/* Rows that releases and now may take: the events find room too. */
static int
share(const struct area *a, bool events)
{
	return events && a->h >= RELEASES_PANE_LEAST + EVENTS_PANE_LEAST ?
	    a->h - EVENTS_PANE_LEAST : a->h;
}

static void
go_below(struct area *left, int rows)
{
	left->y += rows;
	left->h -= rows;
}

/* Both in one strip, as high as the one that has more to say. */
static int
side_by_side(const struct model *m, const struct now *now, struct draw *d,
    const struct area *a, int room, const char *run)
{
	struct area left = *a, right = *a;
	int rows = releases_pane_rows(m), other;

	left.w = a->w * 3 / 5;
	right.x += left.w;
	right.w -= left.w;
	other = now_rows(now, right.w);
	rows = least_of(rows > other ? rows : other, room);
	left.h = right.h = rows;
	releases_pane(m, d, &left);
	now_pane(now, d, &right, run);
	return rows;
}

/* On a narrow screen now comes first, and is left out when it is empty. */
static int
stacked(const struct model *m, const struct now *now, struct draw *d,
    const struct area *a, int room, const char *run)
{
	bool releases = releases_worth_a_pane(m);
	struct area box = *a;
	int used = 0;

	if (now && (now_count(now) > 0 || !releases) && room >= NOW_LEAST) {
		box.h = least_of(now_rows(now, a->w), releases &&
		    room >= RELEASES_PANE_LEAST + NOW_LEAST ?
		    room - RELEASES_PANE_LEAST : room);
		now_pane(now, d, &box, run);
		used = box.h;
		go_below(&box, used);
	}
	if (releases && room - used >= RELEASES_PANE_LEAST) {
		box.h = least_of(releases_pane_rows(m), room - used);
		releases_pane(m, d, &box);
		used += box.h;
	}
	return used;
}

void
below_draw(const struct model *m, const struct events *events,
    struct draw *d, const struct area *a, const char *run)
{
	bool some = events && events_count(events) > 0;
	struct now *now = now_used(m) ? now_new(m, d) : NULL;
	struct area left = *a;
	int room = share(a, some);

	if (now && releases_worth_a_pane(m) && a->w >= WIDE &&
	    a->h >= RELEASES_PANE_LEAST)
		go_below(&left, side_by_side(m, now, d, a, room,
		    run));
	else
		go_below(&left, stacked(m, now, d, a, room, run));
	if (some && left.h >= EVENTS_PANE_LEAST)
		events_pane(events, d, &left, FRAME_PLAIN, true);
	now_free(now);
}
