#include "source/probe.h"

#include <math.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "source/pace.h"

enum {
	BODY_MAX = 256 * 1024,
	VALUE_MAX = 80,		/* of an unexpected value, in the failure */
	INTERVAL_MS = 15000,
	DEADLINE_MS = 10000,
};

/* One URL. */
struct probing {
	struct observer *o;
	const struct conf_probe *conf;
	struct http_transfer *transfer;
	struct loop_timer *timer;
	struct buf body;
	bool enough;		/* the body is longer than we want to read */
	char *untrusted;	/* why the certificate was refused, while its
				 * dates are looked at */
	int64_t deadline;
};

struct prober {
	size_t count;
	struct probing *items;
};

/* --- judgement ----------------------------------------------------------- */

/* The value as it would be written in the configuration. */
static char *
value_text(const struct json *v)
{
	struct buf b = BUF_INIT(BODY_MAX);
	char *s;

	if (json_is_string(v))
		return text_clean(json_text(v, ""), strnlen(json_text(v, ""),
		    VALUE_MAX));
	json_print(v, &b);
	s = text_clean(buf_str(&b), b.len < VALUE_MAX ? b.len : VALUE_MAX);
	buf_release(&b);
	return s;
}

static char *
field_judge(const struct conf_probe *c, const char *body, size_t len)
{
	struct err e;
	struct json *v = json_parse(body, len, &e);
	const struct json *field;
	char *value, *failure = NULL;

	if (!v)
		return xasprintf("expected JSON: %s", e.text);
	field = json_path(v, c->expect_field);
	value = field ? value_text(field) : NULL;
	if (!field)
		failure = xasprintf("the answer has no %s", c->expect_field);
	else if (c->expect_value && strcmp(value, c->expect_value))
		failure = xasprintf("%s is %s, expected %s", c->expect_field,
		    value, c->expect_value);
	free(value);
	json_free(v);
	return failure;
}

char *
probe_judge(const struct conf_probe *c, int status, const char *body,
    size_t len)
{
	if (c->expect_status ? status != c->expect_status :
	    status < 200 || status > 299)
		return c->expect_status ?
		    xasprintf("HTTP %d, expected %d", status,
		    c->expect_status) : xasprintf("HTTP %d", status);
	return c->expect_field ? field_judge(c, body, len) : NULL;
}

/* --- one probe ----------------------------------------------------------- */

static struct probe *
in_model(const struct probing *p)
{
	return environment_add_probe(observer_environment(p->o),
	    p->conf->name);
}

static void start(void *arg);

static void
observed(struct probing *p, int status, double latency_ms,
    const char *failure)
{
	struct probe *m = in_model(p);
	int64_t interval = p->conf->interval_ms > 0 ? p->conf->interval_ms :
	    INTERVAL_MS;

	m->http_code = status > 0 ? status : -1;
	m->latency_ms = status > 0 ? latency_ms : NAN;
	series_add(&m->latency, m->latency_ms);
	xstrset(&m->failure, failure);
	observation_ok(&m->seen, clock_wall());
	p->timer = loop_timer(p->o->w->loop, jittered(interval), start, p);
	observer_changed(p->o, CHANGE_PROBES);
}

/* The certificate was refused; these are its dates, or not. */
static void
on_dates(const struct http_reply *r, void *arg)
{
	struct probing *p = arg;
	struct probe *m = in_model(p);
	char *why = p->untrusted;

	p->transfer = NULL;
	p->untrusted = NULL;
	m->tls_untrusted = true;
	if (r->tls_expires != TIME_UNKNOWN)
		m->tls_expires = r->tls_expires;
	observed(p, 0, NAN, why);
	free(why);
}

static void
look_at_dates(struct probing *p, const char *why)
{
	struct http_request r = {
		.url = p->conf->url, .insecure = true, .connect_only = true,
		.deadline_ms = p->deadline, .done = on_dates, .arg = p,
	};

	p->untrusted = xstrdup(why);
	p->transfer = http_start(p->o->w->http, &r);
}

static bool
on_data(const char *data, size_t len, void *arg)
{
	struct probing *p = arg;

	p->enough = buf_add(&p->body, data, len) == -1;
	return !p->enough;
}

/* A page that is longer than we read has answered all the same. */
static char *
verdict(const struct probing *p, const struct http_reply *r)
{
	if (p->enough && p->conf->expect_field)
		return xasprintf("the answer is longer than %d KiB, expected "
		    "JSON", BODY_MAX / 1024);
	if (r->error && !p->enough)
		return xstrdup(r->error);
	/* The body of a refusal, which may be what is expected, is gathered
	 * by the transfer. */
	if (r->body_len)
		return probe_judge(p->conf, r->status, r->body, r->body_len);
	return probe_judge(p->conf, r->status, buf_str(&p->body),
	    p->body.len);
}

static void
on_reply(const struct http_reply *r, void *arg)
{
	struct probing *p = arg;
	struct probe *m = in_model(p);
	bool answered = !r->error || p->enough;
	char *failure;

	p->transfer = NULL;
	if (r->untrusted) {
		look_at_dates(p, r->error ? r->error :
		    "the certificate is not trusted");
		return;
	}
	if (r->tls_expires != TIME_UNKNOWN)
		m->tls_expires = r->tls_expires;
	/* Only a handshake says anything about the certificate. */
	if (r->tls_expires != TIME_UNKNOWN || answered)
		m->tls_untrusted = false;
	failure = verdict(p, r);
	observed(p, answered ? r->status : 0, r->latency_ms, failure);
	free(failure);
}

static void
start(void *arg)
{
	struct probing *p = arg;
	struct http_request r = {
		.url = p->conf->url, .ca_file = p->conf->ca_file,
		.follow = true, .deadline_ms = p->deadline, .data = on_data,
		/* A kept connection would answer for an address that no name
		 * leads to any more, and with a certificate long replaced. */
		.fresh = true, .done = on_reply, .arg = p,
	};

	p->timer = NULL;
	p->enough = false;
	buf_clear(&p->body);
	p->transfer = http_start(p->o->w->http, &r);
}

/* --- for the observer ---------------------------------------------------- */

static void
begin(struct probing *p, struct observer *o, const struct conf_probe *c)
{
	struct probe *m;
	int64_t interval = c->interval_ms > 0 ? c->interval_ms : INTERVAL_MS;

	p->o = o;
	p->conf = c;
	buf_init(&p->body, BODY_MAX);
	p->deadline = c->deadline_ms > 0 ? c->deadline_ms : DEADLINE_MS;
	m = in_model(p);
	xstrset(&m->url, c->url);
	m->seen.used = true;
	m->seen.stale_after = 3 * interval + p->deadline;
	p->timer = loop_timer(o->w->loop, 0, start, p);
}

struct prober *
prober_new(struct observer *o)
{
	struct prober *all = xcalloc(1, sizeof(*all));
	size_t i;

	all->count = o->conf->probe_count;
	all->items = xcalloc(all->count + 1, sizeof(*all->items));
	for (i = 0; i < all->count; i++)
		begin(&all->items[i], o, &o->conf->probes[i]);
	return all;
}

void
prober_free(struct prober *all)
{
	size_t i;

	if (!all)
		return;
	for (i = 0; i < all->count; i++) {
		http_cancel(all->items[i].transfer);
		loop_timer_cancel(all->items[i].timer);
		buf_release(&all->items[i].body);
		free(all->items[i].untrusted);
	}
	free(all->items);
	free(all);
}

void
prober_refresh(struct prober *all)
{
	size_t i;

	for (i = 0; i < all->count; i++) {
		struct probing *p = &all->items[i];

		if (p->transfer)
			continue;
		loop_timer_cancel(p->timer);
		p->timer = loop_timer(p->o->w->loop, 0, start, p);
	}
}
