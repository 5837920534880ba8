/*
 * One environment as a panel of the overview: version, causes, services (the
 * worst first), host, backup, rollback and probes, as much of each as fits.
 */
#ifndef UI_PANEL_H
#define UI_PANEL_H

#include "ui/draw.h"

struct panel {
	const struct environment *environment;
	int number;		/* the key that chooses it; 0: none */
	bool selected;
	const char *container;	/* the selected service, or NULL */
	const char *filter;	/* or NULL */
	const struct run *run;	/* under way there, or NULL */
};

/* The services that match the filter, the worst first. The caller frees the
 * array; *count gets its length. */
const struct service **panel_services(const struct panel *p, size_t *count);
/* Whether the environment has anything that matches. */
bool panel_matches(const struct panel *p);
/* Rows that would show everything, the frame included. */
int panel_height(const struct panel *p, int64_t now, int width);
/* Draws, and returns which service stands on line `hit` of the screen (NULL:
 * none, or hit < 0). */
const struct service *panel_draw(const struct panel *p, struct draw *d,
    const struct area *a, int hit);

/* Only its services, over the whole area. */
void panel_services_draw(const struct panel *p, struct draw *d,
    const struct area *a);

/* Lines of a panel (panel-rows.c), some of which other views show too. */
void panel_version(struct row *r, const struct environment *env);
void panel_trigger(struct row *r, const struct environment *env);
void panel_service(struct row *r, const struct service *s, int name_width);
void panel_title(struct row *r, const struct environment *env, int number,
    bool selected);
void panel_host(struct row *r, const struct environment *env, int cells);
void panel_probe(struct row *r, const struct probe *p, int name_width);
/* All of an environment in one line, where there are many. */
void panel_line(struct row *r, const struct environment *env, int number,
    int title_width);
/* Cause as a line: glyph and sentence. */
void panel_cause(struct row *r, const struct cause *c);
/* The same over several lines; returns how many it took. */
int panel_cause_lines(struct draw *d, const struct area *a, int line, int most,
    const struct cause *c);
/* "locked by corentin 2h: reason"; nothing when it is not. */
void panel_lock(struct row *r, const struct environment *env);
enum frame panel_frame(const struct environment *env);

#endif
