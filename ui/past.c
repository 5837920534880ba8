#include "ui/past.h"

#include <math.h>

#include "base/alloc.h"
#include "ui/console.h"
#include "ui/words.h"

#define HOUR_MS (3600 * 1000)
#define AGAIN_MS (60 * 1000)

struct metric {
	struct past *past;
	int request;		/* 0: none is open */
	struct series series;
};

struct past {
	struct console *console;
	char *container;	/* looked at, or NULL */
	int64_t asked_at;	/* monotonic */
	struct metric cpu, memory;
};

static void
answered(void *arg, const struct json *m, bool final)
{
	struct metric *metric = arg;
	const struct json *values = json_get(m, "values"), *v;

	if (values) {
		metric->series = (struct series){.count = 0};
		for (v = json_first(values); v; v = json_next(v))
			series_add(&metric->series, json_number(v, NAN));
		console_dirty(metric->past->console);
	}
	if (final)
		metric->request = 0;
}

static void
ask(struct metric *metric, const struct environment *env,
    const char *subject, const char *name)
{
	struct json *arguments = json_object();
	char since[CLOCK_TEXT_MAX];

	json_set_text(arguments, "environment", env->name);
	json_set_text(arguments, "subject", subject);
	json_set_text(arguments, "metric", name);
	json_set_text(arguments, "since",
	    clock_rfc3339(clock_wall() - HOUR_MS, since));
	json_set_int(arguments, "points", SERIES_MAX);
	metric->request = client_request(metric->past->console->client,
	    "history", arguments, answered, metric);
}

static void
forget(struct past *p)
{
	if (p->cpu.request)
		client_cancel(p->console->client, p->cpu.request);
	if (p->memory.request)
		client_cancel(p->console->client, p->memory.request);
	p->cpu.request = p->memory.request = 0;
}

struct past *
past_new(struct console *c)
{
	struct past *p = xcalloc(1, sizeof(*p));

	p->console = c;
	p->cpu.past = p->memory.past = p;
	return p;
}

void
past_free(struct past *p)
{
	if (!p)
		return;
	forget(p);
	free(p->container);
	free(p);
}

void
past_look(struct past *p, const struct environment *env,
    const struct service *s)
{
	struct buf b = BUF_INIT(1024);

	if (xstrset(&p->container, s ? s->container : NULL)) {
		forget(p);
		p->cpu.series.count = p->memory.series.count = 0;
	} else if (clock_mono() - p->asked_at < AGAIN_MS || p->cpu.request) {
		return;
	}
	if (!s)
		return;
	p->asked_at = clock_mono();
	buf_adds(&b, "service:");
	words_service_name(s, &b);
	ask(&p->cpu, env, buf_str(&b), "cpu");
	ask(&p->memory, env, buf_str(&b), "memory");
	buf_release(&b);
}

/* An answer without a single value is none. */
static const struct series *
known(const struct series *past, const struct series *own)
{
	return past->count > 0 && !isnan(series_max(past)) ? past : own;
}

const struct series *
past_cpu(const struct past *p, const struct service *s)
{
	return known(&p->cpu.series, &s->cpu);
}

const struct series *
past_memory(const struct past *p, const struct service *s)
{
	return known(&p->memory.series, &s->memory);
}
