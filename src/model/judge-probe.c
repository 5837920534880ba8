#include "model/judge-parts.h"

#include <math.h>

#include "model/streak.h"

#define DAY (INT64_C(24) * 3600 * 1000)

/* A failed attempt is an observation too: a probe is stale only when it is not
 * tried at all. */
bool
probe_stale(const struct probe *p, int64_t now)
{
	return p->seen.stale_after > 0 &&
	    now - p->seen.attempted_at > p->seen.stale_after;
}

/* What the last attempt says; the cause in *c borrows from the probe. */
static enum status
probe_word(const struct probe *p, const struct limits *l, struct cause *c)
{
	*c = (struct cause){.subject = p->name, .number = NAN};
	if (p->failure || p->seen.error) {
		c->code = CAUSE_PROBE_FAILED;
		c->detail = p->failure ? p->failure : p->seen.error;
		/* A 2xx that fails for what it says is told in words. */
		if (p->http_code > 0 && p->http_code / 100 != 2) {
			c->code = CAUSE_PROBE_STATUS;
			c->number = p->http_code;
			c->detail = NULL;
		}
		return STATUS_CRIT;
	}
	if (l->latency_warn > 0 && p->latency_ms >= l->latency_warn) {
		c->code = CAUSE_PROBE_SLOW;
		c->number = round(p->latency_ms);
		return STATUS_WARN;
	}
	return STATUS_OK;
}

static void
judge_samples(struct probe *p, bool cut_off, const struct limits *l,
    struct causes *next)
{
	struct cause c;
	enum status word = probe_word(p, l, &c);
	enum status held = streak_feed(&p->streak, p->seen.attempted_at, word,
	    l);
	bool counts = word >= held;
	size_t i;

	if (held == STATUS_OK)
		return;
	/* Cut off ourselves, we cannot tell whose fault it is. */
	if (cut_off && held == STATUS_CRIT)
		held = STATUS_UNKNOWN;
	if (counts) {
		causes_add(next, c.code, held, c.subject, c.number, c.detail);
		return;
	}
	/* On its way back: the reason is still what brought it down. */
	for (i = 0; i < p->causes.count; i++) {
		const struct cause *was = &p->causes.items[i];

		if (was->code == CAUSE_PROBE_STATUS ||
		    was->code == CAUSE_PROBE_FAILED ||
		    was->code == CAUSE_PROBE_SLOW)
			causes_add(next, was->code, held, was->subject,
			    was->number, was->detail);
	}
}

static void
judge_certificate(const struct probe *p, const struct limits *l, int64_t now,
    struct causes *next)
{
	double left;

	if (p->tls_expires != TIME_UNKNOWN) {
		left = (double)(p->tls_expires - now) / DAY;
		if (left <= 0)
			causes_add(next, CAUSE_TLS_EXPIRED, STATUS_CRIT,
			    p->name, floor(-left), NULL);
		else if (floor(left) < l->tls_crit_days)
			causes_add(next, CAUSE_TLS_EXPIRES, STATUS_CRIT,
			    p->name, floor(left), NULL);
		else if (floor(left) < l->tls_warn_days)
			causes_add(next, CAUSE_TLS_EXPIRES, STATUS_WARN,
			    p->name, floor(left), NULL);
	}
	if (p->tls_untrusted)
		causes_add(next, CAUSE_TLS_UNTRUSTED, STATUS_WARN, p->name,
		    NAN, NULL);
}

void
judge_probe(struct environment *env, struct probe *p, const struct limits *l,
    int64_t now)
{
	struct causes next = {0};

	if (p->seen.attempted_at == TIME_UNKNOWN) {
		causes_add(&next, CAUSE_NEVER_OBSERVED, STATUS_UNKNOWN,
		    p->name, NAN, p->seen.error);
	} else if (probe_stale(p, now)) {
		streak_init(&p->streak);
		causes_add(&next, CAUSE_STALE, STATUS_UNKNOWN, p->name,
		    age_in_steps(now - p->seen.attempted_at), p->seen.error);
	} else {
		judge_samples(p, env->cut_off, l, &next);
		judge_certificate(p, l, now, &next);
	}
	if (verdict_settle(&p->status, &p->causes, causes_worst(&next), &next))
		env->changes |= CHANGE_PROBES;
}
