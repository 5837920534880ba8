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

static void
on_done(void *arg, const struct backup_verdict *v, const char *error)
{
	struct watched_series *s = arg;
	struct backup_series *m = backups_in_model(s);
	struct world *w = s->b->o->w;

	s->verification = NULL;
	xstrset(&m->verifying, NULL);
	m->verifying_rung = RUNG_NONE;
	m->verifying_since = TIME_UNKNOWN;
	xstrset(&m->verify_error, error);
	if (error)
		log_warn("%s: the %s backup was not verified: %s",
		    s->b->o->conf->name, s->c->kind, error);
	if (v)
		series_verdict(s, v);
	series_changed(s);
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
begin(struct watched_series *s, const struct listed *l)
{
	struct backup_series *m = backups_in_model(s);
	const struct backup *b = shown(m, l->name);

	xstrset(&m->verifying, l->name);
	m->verifying_rung = RUNG_LISTED;
	m->verifying_since = clock_wall();
	xstrset(&m->verify_error, NULL);
	s->verification = verification_start(&(struct verify_request){
	    .w = s->b->o->w, .ssh = s->b->o->ssh, .c = s->c,
	    .environment = s->b->o->conf->name, .name = l->name,
	    .raw = l->raw, .bytes = l->bytes, .taken_at = l->taken_at,
	    .size = b ? b->size : SIZE_UNKNOWN,
	    .usual_bytes = m->usual_bytes, .sum = l->sum,
	    .progress = on_progress, .done = on_done, .arg = s});
	series_changed(s);
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
	if (s->verification)
		return err_set(e, "%s is being verified already",
		    backups_in_model(s)->verifying);
	l = choose(s, name, e);
	if (!l || check_reach(s, e) == -1)
		return -1;
	if (l->failure)
		return err_set(e, "%s is %s", l->name, l->failure);
	begin(s, l);
	return 0;
}
