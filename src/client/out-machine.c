/* For programs: JSON, Prometheus, monitoring plugins. See out.h. */
#include "client/out.h"

#include <ctype.h>
#include <math.h>

#include "base/alloc.h"
#include "model/model-json.h"

/* --- JSON ----------------------------------------------------------------- */

void
out_json(const struct out *o, struct buf *b)
{
	struct json *all = model_to_json(o->model, o->now), *kept;
	const struct json *item;

	if (o->environment) {
		kept = json_array();
		for (item = json_first(json_get(all, "environments")); item;
		    item = json_next(item))
			if (strcmp(json_text(json_get(item, "name"), ""),
			    o->environment) == 0)
				json_append(kept, json_copy(item));
		json_set(all, "environments", kept);
	}
	json_print_pretty(all, b);
	buf_addc(b, '\n');
	json_free(all);
}

/* --- Prometheus text format 0.0.4 ----------------------------------------- */

/* A metric is a name, its help, and what it says of one thing; NAN is left
 * out. */
struct service_metric {
	const char *name, *help;
	double (*value)(const struct service *s);
};

struct environment_metric {
	const char *name, *help;
	double (*value)(const struct environment *env, int64_t now);
};

struct probe_metric {
	const char *name, *help;
	double (*value)(const struct probe *p, int64_t now);
};

/* A label's value: backslash, quote and line feed are escaped. */
static void
label(struct buf *b, const char *name, const char *value)
{
	buf_addf(b, "%s=\"", name);
	for (; *value; value++) {
		if (*value == '\\' || *value == '"')
			buf_addc(b, '\\');
		if (*value == '\n')
			buf_adds(b, "\\n");
		else
			buf_addc(b, *value);
	}
	buf_addc(b, '"');
}

static void
head(struct buf *b, const char *name, const char *help)
{
	buf_addf(b, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

static void
end_sample(struct buf *b, double value)
{
	buf_addf(b, "} %.17g\n", value);
}

static double
environment_status(const struct environment *env, int64_t now)
{
	(void)now;
	return status_exit_code(env->status);
}

static double
environment_age(const struct environment *env, int64_t now)
{
	return env->observed_at == TIME_UNKNOWN ? NAN :
	    (now - env->observed_at) / 1000.0;
}

static double
environment_stale(const struct environment *env, int64_t now)
{
	(void)now;
	return env->stale;
}

#define HOST_VALUE(field)						\
	static double							\
	host_##field(const struct environment *env, int64_t now)	\
	{								\
		(void)now;						\
		return env->host.field;					\
	}

HOST_VALUE(cpu_percent)
HOST_VALUE(load1)
HOST_VALUE(memory_percent)
HOST_VALUE(disk_percent)

static double
service_status(const struct service *s)
{
	return status_exit_code(s->status);
}

static double
service_running(const struct service *s)
{
	return s->state == CONTAINER_UNKNOWN ? NAN :
	    s->state == CONTAINER_RUNNING;
}

static double
service_healthy(const struct service *s)
{
	return s->health == HEALTH_UNKNOWN || s->health == HEALTH_NONE ? NAN :
	    s->health == HEALTH_HEALTHY;
}

static double
service_restarts(const struct service *s)
{
	return s->restarts < 0 ? NAN : s->restarts;
}

static double
service_cpu(const struct service *s)
{
	return s->cpu_percent;
}

static double
service_memory(const struct service *s)
{
	return s->memory_bytes < 0 ? NAN : (double)s->memory_bytes;
}

static double
probe_status(const struct probe *p, int64_t now)
{
	(void)now;
	return status_exit_code(p->status);
}

static double
probe_latency(const struct probe *p, int64_t now)
{
	(void)now;
	return p->latency_ms / 1000;
}

static double
probe_tls(const struct probe *p, int64_t now)
{
	return p->tls_expires == TIME_UNKNOWN ? NAN :
	    (p->tls_expires - now) / 1000.0;
}

#define STATUS_HELP "0 ok, 1 warn, 2 crit, 3 unknown"

static const struct environment_metric environment_metrics[] = {
	{"vigie_environment_status", STATUS_HELP, environment_status},
	{"vigie_environment_stale", "1 when the data are too old",
	 environment_stale},
	{"vigie_environment_age_seconds", "since the oldest observation",
	 environment_age},
	{"vigie_host_cpu_percent", "of all cores", host_cpu_percent},
	{"vigie_host_load1", "load average over a minute", host_load1},
	{"vigie_host_memory_percent", "used", host_memory_percent},
	{"vigie_host_disk_percent", "used", host_disk_percent},
};

static const struct service_metric service_metrics[] = {
	{"vigie_service_status", STATUS_HELP, service_status},
	{"vigie_service_running", "1 when the container runs",
	 service_running},
	{"vigie_service_healthy", "1 when its healthcheck passes",
	 service_healthy},
	{"vigie_service_restarts", "since the container was created",
	 service_restarts},
	{"vigie_service_cpu_percent", "100 is one core", service_cpu},
	{"vigie_service_memory_bytes", "without reclaimable cache",
	 service_memory},
};

static const struct probe_metric probe_metrics[] = {
	{"vigie_probe_status", STATUS_HELP, probe_status},
	{"vigie_probe_latency_seconds", "of the last answer", probe_latency},
	{"vigie_probe_tls_seconds_left", "until the certificate expires",
	 probe_tls},
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define EACH_ENVIRONMENT(o, env)					\
	for (env = (o)->model->environments;				\
	    env < (o)->model->environments +				\
	    (o)->model->environment_count; env++)			\
		if (out_wants(o, env))

static void
prometheus_services(const struct out *o, const struct service_metric *m,
    struct buf *b)
{
	const struct environment *env;
	size_t i;

	head(b, m->name, m->help);
	EACH_ENVIRONMENT(o, env)
		for (i = 0; i < env->service_count; i++) {
			const struct service *s = &env->services[i];

			if (isnan(m->value(s)))
				continue;
			buf_addf(b, "%s{", m->name);
			label(b, "environment", env->name);
			buf_addc(b, ',');
			label(b, "service", s->name);
			buf_addc(b, ',');
			label(b, "container", s->container_name ?
			    s->container_name : s->container);
			end_sample(b, m->value(s));
		}
}

static void
prometheus_probes(const struct out *o, const struct probe_metric *m,
    struct buf *b)
{
	const struct environment *env;
	size_t i;

	head(b, m->name, m->help);
	EACH_ENVIRONMENT(o, env)
		for (i = 0; i < env->probe_count; i++) {
			const struct probe *p = &env->probes[i];

			if (isnan(m->value(p, o->now)))
				continue;
			buf_addf(b, "%s{", m->name);
			label(b, "environment", env->name);
			buf_addc(b, ',');
			label(b, "probe", p->name);
			end_sample(b, m->value(p, o->now));
		}
}

void
out_prometheus(const struct out *o, struct buf *b)
{
	const struct environment *env;
	size_t i;

	for (i = 0; i < COUNT(environment_metrics); i++) {
		const struct environment_metric *m = &environment_metrics[i];

		head(b, m->name, m->help);
		EACH_ENVIRONMENT(o, env)
			if (!isnan(m->value(env, o->now))) {
				buf_addf(b, "%s{", m->name);
				label(b, "environment", env->name);
				end_sample(b, m->value(env, o->now));
			}
	}
	for (i = 0; i < COUNT(service_metrics); i++)
		prometheus_services(o, &service_metrics[i], b);
	for (i = 0; i < COUNT(probe_metrics); i++)
		prometheus_probes(o, &probe_metrics[i], b);
}

/* --- monitoring plugin ---------------------------------------------------- */

/* The text of a plugin's line must not hold the bar that begins its figures. */
static void
without_bar(struct buf *b, const char *text)
{
	for (; *text; text++)
		buf_addc(b, *text == '|' ? '/' : *text);
}

static void
plugin_causes(const struct out *o, struct buf *b)
{
	struct buf text = BUF_INIT(16 * 1024);
	const struct environment *env;
	bool first = true;
	size_t i;

	EACH_ENVIRONMENT(o, env)
		for (i = 0; i < env->causes.count; i++) {
			if (env->causes.items[i].severity == STATUS_OK)
				continue;
			buf_clear(&text);
			cause_text_english(&env->causes.items[i], &text);
			buf_addf(b, "%s%s: ", first ? "" : "; ", env->name);
			without_bar(b, buf_str(&text));
			first = false;
		}
	if (first)
		EACH_ENVIRONMENT(o, env) {
			buf_addf(b, "%s%s %s", first ? "" : ", ", env->name,
			    status_name(env->status));
			first = false;
		}
	buf_release(&text);
}

/* Keep letters, digits and what a figure's label may hold. */
static void
figure(struct buf *b, const char *env, const char *name, double value,
    const char *unit)
{
	if (isnan(value))
		return;
	buf_adds(b, " ");
	for (; *env; env++)
		buf_addc(b, isalnum((unsigned char)*env) ? *env : '_');
	buf_addf(b, "_%s=%.1f%s", name, value, unit);
}

void
out_plugin(const struct out *o, struct buf *b)
{
	static const char *const words[] = {"OK", "WARNING", "CRITICAL",
					    "UNKNOWN"};
	const struct environment *env;

	buf_addf(b, "VIGIE %s - ", words[status_exit_code(out_status(o))]);
	plugin_causes(o, b);
	buf_adds(b, " |");
	EACH_ENVIRONMENT(o, env) {
		figure(b, env->name, "cpu", env->host.cpu_percent, "%");
		figure(b, env->name, "memory", env->host.memory_percent, "%");
		figure(b, env->name, "disk", env->host.disk_percent, "%");
	}
	buf_addc(b, '\n');
}
