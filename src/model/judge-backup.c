#include "model/judge-parts.h"

#include <math.h>

/* For how many rounds a gap is told: until the second backup after it. */
#define GAP_ROUNDS 3

static void
judge_age(const struct backup_series *s, int64_t now, struct causes *causes)
{
	int64_t taken_at = s->items[0].taken_at;
	int64_t age;

	if (taken_at == TIME_UNKNOWN) {
		causes_add(causes, CAUSE_BACKUP_OLD, STATUS_UNKNOWN, s->kind,
		    NAN, NULL);
		return;
	}
	age = now - taken_at;
	if (s->max_age_ms > 0 && age > s->max_age_ms)
		causes_add(causes, CAUSE_BACKUP_OLD,
		    age / 2 >= s->max_age_ms ? STATUS_CRIT : STATUS_WARN,
		    s->kind, age_in_steps(age), NULL);
}

static void
judge_size(const struct backup_series *s, struct causes *causes)
{
	static const enum status severities[SIZE_VERDICTS] = {
		[SIZE_EMPTY] = STATUS_CRIT,
		[SIZE_SMALL] = STATUS_WARN,
		[SIZE_LARGE] = STATUS_WARN,
	};
	const struct backup *b = &s->items[0];

	if (severities[b->size] == STATUS_OK)
		return;
	causes_add(causes, CAUSE_BACKUP_SIZE, severities[b->size], s->kind,
	    b->size == SIZE_EMPTY || s->usual_bytes <= 0 ? NAN :
	    floor(100.0 * b->bytes / s->usual_bytes), NULL);
}

/* The newest one that was verified speaks: what has failed before it was
 * mended since. */
static void
judge_verified(const struct backup_series *s, struct causes *causes)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		if (s->items[i].verified_at != TIME_UNKNOWN)
			break;
	if (i < s->count && s->items[i].failure)
		causes_add(causes, CAUSE_BACKUP_FAILED,
		    i == 0 ? STATUS_CRIT : STATUS_WARN, s->kind, NAN,
		    s->items[i].failure);
}

static void
judge_series(const struct backup_series *s, int64_t now,
    struct causes *causes)
{
	if (s->count == 0) {
		causes_add(causes, CAUSE_BACKUP_NONE, STATUS_CRIT, s->kind,
		    NAN, NULL);
		return;
	}
	judge_age(s, now, causes);
	judge_size(s, causes);
	judge_verified(s, causes);
	if (s->gaps > 0 && now - s->gap_at < GAP_ROUNDS * s->every_ms)
		causes_add(causes, CAUSE_BACKUP_GAP, STATUS_WARN, s->kind,
		    s->gaps, NULL);
	if (s->keep > 0 && s->total >= 0 && s->total < s->keep)
		causes_add(causes, CAUSE_BACKUP_KEEP, STATUS_WARN, s->kind,
		    s->total, NULL);
}

/* Old data prove nothing: a newer backup may be there, or none any more. */
static bool
judge_seen(const struct backup_series *s, int64_t now, struct causes *causes)
{
	const struct observation *o = &s->seen;

	if (o->observed_at != TIME_UNKNOWN && !observation_stale(o, now))
		return true;
	if (o->observed_at != TIME_UNKNOWN)
		causes_add(causes, CAUSE_BACKUP_UNSEEN, STATUS_UNKNOWN,
		    s->kind, age_in_steps(now - o->observed_at), o->error);
	else if (o->error)
		causes_add(causes, CAUSE_BACKUP_UNSEEN, STATUS_UNKNOWN,
		    s->kind, NAN, o->error);
	return false;
}

bool
backup_judge(struct backup_series *s, int64_t now)
{
	struct causes next = {0};
	enum status word = STATUS_UNKNOWN;

	if (judge_seen(s, now, &next)) {
		judge_series(s, now, &next);
		word = causes_worst(&next);
	}
	return verdict_settle(&s->status, &s->causes, word, &next);
}

/* Like any source that the word does not rest on, not to know the backups
 * warns; and not at all where the reason is that the host is out of reach. */
void
judge_backups(struct environment *env, bool reachable, int64_t now,
    struct causes *causes)
{
	size_t i, j;

	for (i = 0; i < env->backup_count; i++) {
		struct backup_series *s = &env->backups[i];

		if (backup_judge(s, now))
			env->changes |= CHANGE_BACKUPS;
		for (j = 0; j < s->causes.count; j++) {
			const struct cause *c = &s->causes.items[j];

			if (c->severity != STATUS_UNKNOWN)
				causes_add(causes, c->code, c->severity,
				    c->subject, c->number, c->detail);
			else if (reachable)
				causes_add(causes, c->code, STATUS_WARN,
				    c->subject, c->number, c->detail);
		}
	}
}
