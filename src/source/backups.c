#include "source/backups.h"

#include "base/alloc.h"
#include "base/text.h"
#include "model/tables.h"
#include "source/backup-verify.h"
#include "source/backups-private.h"
#include "source/pace.h"

enum {
	/* After a failure sooner than usual, then ever later, up to usual: a
	 * service that is down, or wants to be left alone, is not helped by
	 * being asked more. */
	RETRY_MS = 5000,
	VERDICTS_MAX = 200,	/* of a series; the oldest go */
};

static const struct lister *const listers[] = {
	&backup_directory, &backup_s3, &backup_restic,
};

/* --- verdicts ------------------------------------------------------------- */

static void
verdict_release(struct series_verdict *v)
{
	free(v->name);
	free(v->failure);
	free(v->evidence);
}

static struct series_verdict *
verdict_find(const struct watched_series *s, const char *name, int64_t bytes)
{
	size_t i;

	for (i = 0; i < s->verdict_count; i++)
		if (s->verdicts[i].bytes == bytes &&
		    strcmp(s->verdicts[i].name, name) == 0)
			return &s->verdicts[i];
	return NULL;
}

/* Room for one more, at the expense of the oldest. */
static struct series_verdict *
verdict_room(struct watched_series *s)
{
	size_t i, oldest = 0;

	if (!s->verdicts)
		s->verdicts = xcalloc(VERDICTS_MAX, sizeof(*s->verdicts));
	if (s->verdict_count < VERDICTS_MAX)
		return &s->verdicts[s->verdict_count++];
	for (i = 1; i < s->verdict_count; i++)
		if (s->verdicts[i].at < s->verdicts[oldest].at)
			oldest = i;
	verdict_release(&s->verdicts[oldest]);
	return &s->verdicts[oldest];
}

/* False: a later one is known. */
static bool
verdict_keep(struct watched_series *s, const struct backup_verdict *v)
{
	struct series_verdict *known = verdict_find(s, v->name, v->bytes);

	if (known && known->at > v->at)
		return false;
	if (known)
		verdict_release(known);
	else
		known = verdict_room(s);
	*known = (struct series_verdict){
		.name = xstrdup(v->name),
		.bytes = v->bytes,
		.taken_at = v->taken_at,
		.rung = v->rung,
		.at = v->at,
		.failure = xstrdup_or_null(v->failure),
		.evidence = xstrdup_or_null(v->evidence),
	};
	return true;
}

/* --- the model ------------------------------------------------------------ */

struct backup_series *
backups_in_model(const struct watched_series *s)
{
	return &observer_environment(s->b->o)->backups[s->index];
}

void
series_changed(struct watched_series *s)
{
	observer_changed(s->b->o, CHANGE_BACKUPS);
}

static void
fill(struct backup *b, const struct watched_series *s, const struct listed *l)
{
	const struct series_verdict *v = verdict_find(s, l->name, l->bytes);

	b->name = xstrdup(l->name);
	b->taken_at = l->taken_at;
	b->bytes = l->bytes;
	b->failure = xstrdup_or_null(l->failure);
	if (!v)
		return;
	b->rung = v->rung;
	b->verified_at = v->at;
	b->evidence = xstrdup_or_null(v->evidence);
	if (v->failure)
		xstrset(&b->failure, v->failure);
}

/* The listing with the verdicts over it becomes the model's. */
static void
show(struct watched_series *s)
{
	struct backup_series *m = backups_in_model(s);
	size_t i;

	list_release(m->items, m->count, &backup_items_list);
	m->count = s->listing.count;
	m->items = list_new(m->count, &backup_items_list);
	for (i = 0; i < m->count; i++)
		fill(&m->items[i], s, &s->listing.items[i]);
	m->total = s->listing.total;
	m->oldest_at = s->listing.oldest_at;
	backup_series_finish(m);
}

void
series_verdict(struct watched_series *s, const struct backup_verdict *v)
{
	if (!verdict_keep(s, v))
		return;
	/* Before the first listing, what is shown is an older observer's. */
	if (s->listed)
		show(s);
	series_changed(s);
}

/* --- the pace ------------------------------------------------------------- */

static void
on_timer(void *arg)
{
	struct watched_series *s = arg;

	s->timer = NULL;
	s->listing_job = s->lister->start(s);
}

static void
look_in(struct watched_series *s, int64_t ms)
{
	if (s->listing_job)
		return;
	loop_timer_cancel(s->timer);
	s->timer = loop_timer(s->b->o->w->loop, ms, on_timer, s);
}

void
series_list_anew(struct watched_series *s)
{
	if (s->listing_job)
		s->lister->cancel(s->listing_job);
	s->listing_job = NULL;
	look_in(s, 0);
}

void
series_listed(struct watched_series *s, struct listing *l)
{
	s->listing_job = NULL;
	s->wait_ms = 0;
	s->listed = true;
	listing_release(&s->listing);
	s->listing = *l;
	listing_init(l);
	listing_match_sums(&s->listing);
	observation_ok(&backups_in_model(s)->seen, clock_wall());
	show(s);
	look_in(s, jittered(s->c->interval_ms));
	series_verify_listed(s, NULL);
	series_changed(s);
}

void
series_failed(struct watched_series *s, const char *error)
{
	char *clean = text_clean(error, strlen(error));

	s->listing_job = NULL;
	s->wait_ms = s->wait_ms ? 2 * s->wait_ms : RETRY_MS;
	if (s->wait_ms > s->c->interval_ms)
		s->wait_ms = s->c->interval_ms;
	observation_failed(&backups_in_model(s)->seen, clock_wall(), clean);
	series_verify_listed(s, clean);
	free(clean);
	look_in(s, jittered(s->wait_ms));
	series_changed(s);
}

void
backups_refresh(struct backups *b)
{
	size_t i;

	for (i = 0; b && i < b->count; i++) {
		b->series[i].wait_ms = 0;
		look_in(&b->series[i], 0);
	}
}

/* --- finding -------------------------------------------------------------- */

struct watched_series *
backups_find(struct backups *b, const char *kind)
{
	size_t i;

	for (i = 0; b && i < b->count; i++)
		if (strcmp(b->series[i].c->kind, kind) == 0)
			return &b->series[i];
	return NULL;
}

void
backups_recall(struct backups *b, const struct backup_verdict *v)
{
	struct watched_series *s = backups_find(b, v->kind);

	if (s)
		series_verdict(s, v);
}

/* --- life ----------------------------------------------------------------- */

/* What the configuration says of a series. */
static void
describe(struct backup_series *m, const struct watched_series *s)
{
	const struct conf_backup *c = s->c;
	char *place = s->lister->place(c);

	xstrset(&m->place, place);
	free(place);
	m->every_ms = c->every_ms;
	m->max_age_ms = c->max_age_ms;
	m->keep = c->keep > 0 ? c->keep : -1;
	m->can_verify = c->format || c->restic_repository;
	m->seen.used = true;
	m->seen.stale_after = 3 * c->interval_ms + s->lister->deadline_ms;
}

/* The configured series in their order; what was known of them stays, of
 * others it goes. */
static void
arrange(struct observer *o)
{
	struct environment *env = observer_environment(o);
	const struct conf_environment *c = o->conf;
	struct backup_series *old = env->backups;
	size_t old_count = env->backup_count, i, j;

	env->backups = list_new(c->backup_count, &backups_list);
	env->backup_count = c->backup_count;
	for (i = 0; i < c->backup_count; i++) {
		for (j = 0; j < old_count; j++)
			if (strcmp(old[j].kind, c->backups[i].kind) == 0)
				break;
		if (j < old_count) {
			struct backup_series none = env->backups[i];

			env->backups[i] = old[j];
			old[j] = none;
			old[j].kind = xstrdup("");
		} else {
			env->backups[i].kind = xstrdup(c->backups[i].kind);
		}
	}
	list_release(old, old_count, &backups_list);
	env->changes |= CHANGE_BACKUPS;
}

/* What an observer before this one has shown. */
static void
remember_verdicts(struct watched_series *s)
{
	const struct backup_series *m = backups_in_model(s);
	size_t i;

	for (i = 0; i < m->count; i++) {
		const struct backup *b = &m->items[i];

		if (b->verified_at != TIME_UNKNOWN)
			verdict_keep(s, &(struct backup_verdict){
			    .name = b->name, .bytes = b->bytes,
			    .taken_at = b->taken_at, .rung = b->rung,
			    .at = b->verified_at, .failure = b->failure,
			    .evidence = b->evidence});
	}
}

static void
series_init(struct watched_series *s, struct backups *b, size_t index)
{
	struct backup_series *m;
	size_t i;

	s->b = b;
	s->index = index;
	s->c = &b->o->conf->backups[index];
	for (i = 0; i < sizeof(listers) / sizeof(listers[0]); i++)
		if (listers[i]->is_for(s->c))
			s->lister = listers[i];
	if (!s->lister)
		abort();	/* the configuration was checked */
	listing_init(&s->listing);
	m = backups_in_model(s);
	describe(m, s);
	/* One that was under way is heard no more. */
	xstrset(&m->verifying, NULL);
	remember_verdicts(s);
	look_in(s, 0);
}

struct backups *
backups_new(struct observer *o)
{
	struct backups *b;
	size_t i;

	arrange(o);
	if (o->conf->backup_count == 0)
		return NULL;
	b = xcalloc(1, sizeof(*b));
	b->o = o;
	b->count = o->conf->backup_count;
	b->series = xcalloc(b->count, sizeof(*b->series));
	for (i = 0; i < b->count; i++)
		series_init(&b->series[i], b, i);
	return b;
}

static void
series_release(struct watched_series *s)
{
	loop_timer_cancel(s->timer);
	verification_cancel(s->verification);
	if (s->listing_job)
		s->lister->cancel(s->listing_job);
	listing_release(&s->listing);
	while (s->verdict_count)
		verdict_release(&s->verdicts[--s->verdict_count]);
	free(s->verdicts);
}

void
backups_free(struct backups *b)
{
	size_t i;

	if (!b)
		return;
	for (i = 0; i < b->count; i++)
		series_release(&b->series[i]);
	free(b->series);
	free(b);
}
