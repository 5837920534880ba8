/* Verifications on demand, one at a time of each series. See backups.h. */
#include "source/backups-private.h"

#include "base/alloc.h"
#include "base/log.h"
#include "source/backup-verify.h"

static void
on_progress(void *arg, enum rung rung)
{
	struct watched_series *s = arg;

	backups_in_model(s)->verifying_rung = rung;
	series_changed(s);
}

/* It is over; without a verdict, why. */
static void
end(struct watched_series *s, const char *error)
{
	struct backup_series *m = backups_in_model(s);

	s->verification = NULL;
	s->verify_wanted = false;
	xstrset(&m->verifying, NULL);
	m->verifying_rung = RUNG_NONE;
	m->verifying_since = TIME_UNKNOWN;
	xstrset(&m->verify_error, error);
	if (error)
		log_warn("%s: the %s backup was not verified: %s",
		    s->b->o->conf->name, s->c->kind, error);
	series_changed(s);
}

static void
on_done(void *arg, const struct backup_verdict *v, const char *error)
{
	struct watched_series *s = arg;
	struct world *w = s->b->o->w;

	if (v)
		series_verdict(s, v);
	end(s, error);
	if (v && w->verdict)
		w->verdict(w->arg, v);
}

/* The backup of that name, the newest without one. */
static const struct listed *
choose(const struct watched_series *s, const char *name, struct err *e)
{
	const struct backup_series *m = backups_in_model(s);
	const struct listed *l;

	if (!s->listed) {
		err_set(e, "the %s backups were not listed yet%s%s",
		    s->c->kind, m->seen.error ? ": " : "",
		    m->seen.error ? m->seen.error : "");
		return NULL;
	}
	if (s->listing.count == 0) {
		err_set(e, "there is no %s backup", s->c->kind);
		return NULL;
	}
	if (!name)
		return &s->listing.items[0];
	l = listing_find(&s->listing, name);
	if (!l)
		err_set(e, "%s is not among the newest %s backups", name,
		    s->c->kind);
	return l;
}

/* A directory is read on its host, which must be there. */
static int
check_reach(const struct watched_series *s, struct err *e)
{
	const char *why = s->c->directory ? observer_link_error(s->b->o) :
	    NULL;

	return why ? err_set(e, "%s", why) : 0;
}

static const struct backup *
shown(const struct backup_series *m, const char *name)
{
	size_t i;

	for (i = 0; i < m->count; i++)
		if (strcmp(m->items[i].name, name) == 0)
			return &m->items[i];
	return NULL;
}

static void
show_begin(struct watched_series *s, const char *name)
{
	struct backup_series *m = backups_in_model(s);

	xstrset(&m->verifying, name);
	m->verifying_rung = RUNG_LISTED;
	m->verifying_since = clock_wall();
	xstrset(&m->verify_error, NULL);
	series_changed(s);
}

static void
begin(struct watched_series *s, const struct listed *l)
{
	const struct backup_series *m = backups_in_model(s);
	const struct backup *b = shown(m, l->name);

	show_begin(s, l->name);
	s->verification = verification_start(&(struct verify_request){
	    .w = s->b->o->w, .ssh = s->b->o->ssh, .c = s->c,
	    .environment = s->b->o->conf->name, .name = l->name,
	    .raw = l->raw, .bytes = l->bytes, .taken_at = l->taken_at,
	    .size = b ? b->size : SIZE_UNKNOWN,
	    .usual_bytes = m->usual_bytes, .sum = l->sum,
	    .progress = on_progress, .done = on_done, .arg = s});
}

/* Whether that one can be verified now; NULL with the reason. */
static const struct listed *
ready(const struct watched_series *s, const char *name, struct err *e)
{
	const struct listed *l = choose(s, name, e);

	if (!l || check_reach(s, e) == -1)
		return NULL;
	if (l->failure) {
		err_set(e, "%s is %s", l->name, l->failure);
		return NULL;
	}
	return l;
}

void
series_verify_listed(struct watched_series *s, const char *error)
{
	const struct listed *l;
	struct err e;

	if (!s->verify_wanted)
		return;
	s->verify_wanted = false;
	l = error ? NULL : ready(s, NULL, &e);
	if (l)
		begin(s, l);
	else
		end(s, error ? error : e.text);
}

int
backups_verify(struct backups *b, const char *kind, const char *name,
    struct err *e)
{
	struct watched_series *s = backups_find(b, kind);
	const struct listed *l;

	if (!s)
		return err_set(e, "no backups called %s are configured there",
		    kind);
	if (s->verification || s->verify_wanted)
		return err_set(e, "%s is being verified already",
		    backups_in_model(s)->verifying);
	if (name) {
		l = ready(s, name, e);
		if (!l)
			return -1;
		begin(s, l);
		return 0;
	}
	if (check_reach(s, e) == -1)
		return -1;
	/* The newest there is now, as it is now: a verdict holds for the size
	 * that was listed. */
	s->verify_wanted = true;
	show_begin(s, "the newest");
	series_list_anew(s);
	return 0;
}
