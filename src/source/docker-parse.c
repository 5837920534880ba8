#include "source/docker-parse.h"

#include <math.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"

/* Names and words are cut there; the longest that Docker allows is 255. */
#define WORD_MAX 512
#define LABEL "com.docker.compose."

static char *
clean_cut(const char *s, size_t max)
{
	size_t len = s ? strnlen(s, max) : 0;

	return len ? text_clean(s, len) : NULL;
}

static char *
word(const struct json *v)
{
	return clean_cut(json_text(v, NULL), WORD_MAX);
}

static char *
label(const struct json *labels, const char *name)
{
	return word(json_get(labels, name));
}

/* Ids go into URLs and command lines: nothing but what an engine makes. */
static char *
id_of(const struct json *v)
{
	const char *s = json_text(v, "");
	size_t n = strspn(s, "0123456789abcdef");

	return n >= 12 && n <= 128 && !s[n] ? xstrdup(s) : NULL;
}

static int
int_of(const struct json *v, int fallback)
{
	int64_t n = json_int(v, INT64_MIN);

	return n >= INT32_MIN && n <= INT32_MAX ? (int)n : fallback;
}

static int
number_of(const char *s)
{
	int64_t n;

	return s && text_int(s, 0, INT32_MAX, &n) == 0 ? (int)n : -1;
}

static int64_t
time_of(const struct json *v)
{
	int64_t t = TIME_UNKNOWN;

	clock_parse_rfc3339(json_text(v, ""), &t);
	return t;
}

static struct json *
parse(const char *text, size_t len, const char *what, struct err *e)
{
	struct json *v = json_parse(text, len, e);

	if (!v)
		err_prefix(e, "the engine's %s", what);
	return v;
}

/* --- version ---------------------------------------------------------- */

void
docker_version_release(struct docker_version *v)
{
	free(v->label);
	free(v->api);
	free(v->api_min);
	*v = (struct docker_version){0};
}

/* What it calls itself: podman names itself among the components, others in
 * the platform's name, which Debian leaves empty. */
static char *
engine_name(const struct json *v, bool *podman)
{
	const struct json *c = json_first(json_get(v, "Components"));
	char *platform = word(json_path(v, "Platform.Name"));

	for (; c; c = json_next(c))
		if (text_contains(json_text(json_get(c, "Name"), ""), "podman"))
			*podman = true;
	if (*podman || !platform || !strncmp(platform, "Docker", 6)) {
		free(platform);
		return xstrdup(*podman ? "Podman" : "Docker");
	}
	return platform;
}

int
docker_version_parse(const char *text, size_t len, struct docker_version *out,
    struct err *e)
{
	struct json *v = parse(text, len, "version", e);
	struct docker_version d = {0};
	char *name, *version;

	if (!v)
		return -1;
	d.api = word(json_get(v, "ApiVersion"));
	if (!d.api) {
		json_free(v);
		return err_set(e, "the engine's version has no ApiVersion: is "
		    "this socket a Docker engine?");
	}
	d.api_min = word(json_get(v, "MinAPIVersion"));
	name = engine_name(v, &d.podman);
	version = word(json_get(v, "Version"));
	d.label = xasprintf("%s%s%s", name, version ? " " : "",
	    version ? version : "");
	free(name);
	free(version);
	json_free(v);
	*out = d;
	return 0;
}

/* "1.41" as 1041; -1 for anything else. */
static int
api_number(const char *s)
{
	const char *dot = s ? strchr(s, '.') : NULL;
	int64_t major, minor;
	char *front;
	int bad;

	if (!dot)
		return -1;
	front = xstrndup(s, dot - s);
	bad = text_int(front, 1, 1000, &major) == -1 ||
	    text_int(dot + 1, 0, 999, &minor) == -1;
	free(front);
	return bad ? -1 : (int)(major * 1000 + minor);
}

int
docker_version_choose(const struct docker_version *v, char api[16],
    struct err *e)
{
	int theirs = api_number(v->api), least = api_number(v->api_min);
	int min = api_number(DOCKER_API_MIN), max = api_number(DOCKER_API_MAX);

	if (theirs == -1)
		return err_set(e, "%s names its API \"%s\", which is no "
		    "version", v->label, v->api);
	if (theirs < min || least > max)
		return err_set(e, "%s speaks API %s to %s, vigie %s to %s: "
		    "%s is too old", v->label, v->api_min ? v->api_min : "?",
		    v->api, DOCKER_API_MIN, DOCKER_API_MAX,
		    theirs < min ? "the engine" : "vigie");
	if (theirs > max)
		theirs = max;
	snprintf(api, 16, "%d.%d", theirs / 1000, theirs % 1000);
	return 0;
}

/* Not strptime(): its names of months follow the locale. */
int
docker_date_parse(const char *s, int64_t *wall_ms)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	char month[4] = "", text[32];
	const char *at;

	if (strlen(s) < 29 || s[3] != ',' || s[7] != ' ')
		return -1;
	memcpy(month, s + 8, 3);
	at = strstr(months, month);
	if (!at || (at - months) % 3)
		return -1;
	snprintf(text, sizeof(text), "%.4s-%02d-%.2sT%.8sZ", s + 12,
	    (int)(at - months) / 3 + 1, s + 5, s + 17);
	return clock_parse_rfc3339(text, wall_ms);
}

/* --- containers ------------------------------------------------------- */

static void
container_init(struct docker_container *c)
{
	*c = (struct docker_container){
		.number = -1, .created_at = TIME_UNKNOWN,
		.since = TIME_UNKNOWN, .exit_code = -1, .restarts = -1,
		.oom_killed = TRI_UNKNOWN, .pid = -1,
	};
}

void
docker_container_release(struct docker_container *c)
{
	free(c->id);
	free(c->project);
	free(c->service);
	free(c->name);
	free(c->image);
	free(c->digest);
	free(c->health_log);
	container_init(c);
}

void
docker_list_release(struct docker_list *l)
{
	size_t i;

	for (i = 0; i < l->count; i++)
		docker_container_release(&l->items[i]);
	free(l->items);
	*l = (struct docker_list){0};
}

static bool
is_true(const char *s)
{
	return s && (!strcmp(s, "True") || !strcmp(s, "true"));
}

static void
read_labels(struct docker_container *c, const struct json *labels)
{
	char *number = label(labels, LABEL "container-number");
	char *oneoff = label(labels, LABEL "oneoff");

	c->project = label(labels, LABEL "project");
	c->service = label(labels, LABEL "service");
	c->number = number_of(number);
	c->oneoff = is_true(oneoff);
	free(number);
	free(oneoff);
}

static char *
bare_name(const char *s)
{
	return clean_cut(s && *s == '/' ? s + 1 : s, WORD_MAX);
}

/* A linked container has "/other/alias" too; its own name has one slash. */
static char *
own_name(const struct json *names)
{
	const struct json *n;

	for (n = json_first(names); n; n = json_next(n)) {
		const char *s = json_text(n, "");

		if (*s && !strchr(s + 1, '/'))
			return bare_name(s);
	}
	return NULL;
}

/* "Up 3 hours (healthy)", "Exited (137) 2 days ago". Lists say so in words
 * only; API 1.52 has a Health of its own. */
static void
read_status_words(struct docker_container *c, const struct json *item)
{
	static const struct {
		const char *words;
		enum container_health health;
	} table[] = {
		{"(healthy)", HEALTH_HEALTHY},
		{"(unhealthy)", HEALTH_UNHEALTHY},
		{"(health: starting)", HEALTH_STARTING},
	};
	const char *s = json_text(json_get(item, "Status"), "");
	const char *close;
	size_t i;

	c->health = container_health_parse(
	    json_text(json_path(item, "Health.Status"), ""));
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (c->health == HEALTH_UNKNOWN && strstr(s, table[i].words))
			c->health = table[i].health;
	if (c->state == CONTAINER_EXITED && !strncmp(s, "Exited (", 8) &&
	    (close = strchr(s + 8, ')'))) {
		char *code = xstrndup(s + 8, close - s - 8);

		c->exit_code = number_of(code);
		free(code);
	}
}

static int
read_item(struct docker_container *c, const struct json *item)
{
	int64_t created = json_int(json_get(item, "Created"), -1);

	container_init(c);
	c->id = id_of(json_get(item, "Id"));
	if (!c->id)
		return -1;
	read_labels(c, json_get(item, "Labels"));
	c->name = own_name(json_get(item, "Names"));
	c->image = word(json_get(item, "Image"));
	c->digest = word(json_get(item, "ImageID"));
	if (created > 0 && created < INT64_MAX / 1000)
		c->created_at = created * 1000;
	c->state = container_state_parse(
	    json_text(json_get(item, "State"), ""));
	read_status_words(c, item);
	return 0;
}

int
docker_list_parse(const char *text, size_t len, struct docker_list *out,
    struct err *e)
{
	struct json *v = parse(text, len, "container list", e);
	struct docker_list l = {0};
	const struct json *item;

	if (!v)
		return -1;
	if (!json_is_array(v)) {
		json_free(v);
		return err_set(e, "the engine's container list is no array");
	}
	l.items = xcalloc(json_count(v) + 1, sizeof(*l.items));
	for (item = json_first(v); item; item = json_next(item)) {
		if (read_item(&l.items[l.count], item) == 0)
			l.count++;
		else
			l.refused++;
	}
	json_free(v);
	*out = l;
	return 0;
}

/* The last line that says something of the last check. */
static char *
last_words(const struct json *log)
{
	const struct json *entry, *last = NULL;
	const char *s, *start, *end;

	for (entry = json_first(log); entry; entry = json_next(entry))
		last = entry;
	s = json_text(json_get(last, "Output"), "");
	end = s + strlen(s);
	while (end > s && strchr(" \t\r\n", end[-1]))
		end--;
	for (start = end; start > s && start[-1] != '\n'; start--)
		;
	return end > start ? text_clean(start,
	    end - start < WORD_MAX ? end - start : WORD_MAX) : NULL;
}

static void
read_state(struct docker_container *c, const struct json *state)
{
	const struct json *health = json_get(state, "Health");
	const struct json *oom = json_get(state, "OOMKilled");
	const char *word_ = json_text(json_get(health, "Status"), "");
	bool ended;

	c->state = container_state_parse(
	    json_text(json_get(state, "Status"), ""));
	c->health = *word_ ? container_health_parse(word_) : HEALTH_NONE;
	if (c->health == HEALTH_UNHEALTHY ||
	    int_of(json_get(health, "FailingStreak"), 0) > 0)
		c->health_log = last_words(json_get(health, "Log"));
	if (json_bool(oom, false) == json_bool(oom, true))
		c->oom_killed = json_bool(oom, false) ? TRI_YES : TRI_NO;
	ended = c->state == CONTAINER_EXITED || c->state == CONTAINER_DEAD ||
	    c->state == CONTAINER_RESTARTING;
	if (ended)
		c->exit_code = int_of(json_get(state, "ExitCode"), -1);
	else
		c->pid = int_of(json_get(state, "Pid"), -1);
	if (c->pid <= 0)
		c->pid = -1;
	if (c->state == CONTAINER_CREATED)
		c->since = c->created_at;
	else
		c->since = time_of(json_get(state,
		    ended ? "FinishedAt" : "StartedAt"));
}

int
docker_inspect_parse(const char *text, size_t len,
    struct docker_container *out, struct err *e)
{
	struct json *v = parse(text, len, "answer about a container", e);
	struct docker_container c;

	if (!v)
		return -1;
	container_init(&c);
	c.id = id_of(json_get(v, "Id"));
	if (!c.id) {
		json_free(v);
		return err_set(e, "the engine's answer about a container has "
		    "no Id");
	}
	read_labels(&c, json_path(v, "Config.Labels"));
	c.name = bare_name(json_text(json_get(v, "Name"), NULL));
	c.image = word(json_path(v, "Config.Image"));
	c.digest = word(json_get(v, "Image"));
	c.created_at = time_of(json_get(v, "Created"));
	c.restarts = int_of(json_get(v, "RestartCount"), -1);
	c.tty = json_bool(json_path(v, "Config.Tty"), false);
	read_state(&c, json_get(v, "State"));
	json_free(v);
	*out = c;
	return 0;
}

/* --- events ----------------------------------------------------------- */

void
docker_event_release(struct docker_event *ev)
{
	free(ev->id);
	free(ev->action);
	free(ev->project);
	free(ev->service);
	free(ev->name);
	free(ev->image);
	*ev = (struct docker_event){0};
}

/* Nanoseconds since 1970 do not fit in a double: the digits are read from the
 * text. Only a number at the top level counts, which the key's place tells. */
static int64_t
nanoseconds(const struct json *v, const char *text, size_t len)
{
	static const char key[] = "\"timeNano\":";
	double about = json_number(json_get(v, "timeNano"), NAN);
	const char *p, *end = text + len;
	int64_t n = 0;

	if (!(about > 0 && about < 9e18))
		return TIME_UNKNOWN;
	for (p = text; (p = memmem(p, end - p, key, sizeof(key) - 1)); ) {
		p += sizeof(key) - 1;
		while (p < end && *p == ' ')
			p++;
		for (n = 0; p < end && *p >= '0' && *p <= '9'; p++) {
			if (n > INT64_MAX / 10 - 10)
				return (int64_t)about;
			n = n * 10 + (*p - '0');
		}
		if (fabs((double)n - about) < 4096)
			return n;
	}
	return (int64_t)about;
}

static void
read_event_time(struct docker_event *ev, const struct json *v,
    const char *text, size_t len)
{
	int64_t s = json_int(json_get(v, "time"), -1);

	ev->at_ns = nanoseconds(v, text, len);
	ev->at = TIME_UNKNOWN;
	if (ev->at_ns != TIME_UNKNOWN)
		ev->at = ev->at_ns / 1000000;
	else if (s > 0 && s < INT64_MAX / 1000000000) {
		ev->at = s * 1000;
		ev->at_ns = s * 1000000000;
	}
}

int
docker_event_parse(const char *text, size_t len, struct docker_event *out,
    struct err *e)
{
	struct json *v = parse(text, len, "event", e);
	struct docker_event ev = {.number = -1, .exit_code = -1};
	const struct json *attributes;
	char *s;

	if (!v)
		return -1;
	attributes = json_path(v, "Actor.Attributes");
	/* Before API 1.22 and after 1.51 the one or the other is missing. */
	ev.id = id_of(json_path(v, "Actor.ID"));
	if (!ev.id)
		ev.id = id_of(json_get(v, "id"));
	ev.action = word(json_get(v, "Action"));
	if (!ev.action)
		ev.action = word(json_get(v, "status"));
	if (!ev.id || !ev.action ||
	    strcmp(json_text(json_get(v, "Type"), "container"), "container")) {
		docker_event_release(&ev);
		json_free(v);
		return err_set(e, "the engine's event is not of a container");
	}
	read_event_time(&ev, v, text, len);
	ev.project = label(attributes, LABEL "project");
	ev.service = label(attributes, LABEL "service");
	ev.name = bare_name(json_text(json_get(attributes, "name"), NULL));
	ev.image = label(attributes, "image");
	s = label(attributes, LABEL "container-number");
	ev.number = number_of(s);
	free(s);
	s = label(attributes, LABEL "oneoff");
	ev.oneoff = is_true(s);
	free(s);
	/* podman says "containerExitCode". */
	s = label(attributes, "exitCode");
	if (!s)
		s = label(attributes, "containerExitCode");
	ev.exit_code = number_of(s);
	free(s);
	json_free(v);
	*out = ev;
	return 0;
}

/* --- stats ------------------------------------------------------------ */

static void
read_cpu(struct docker_stats *s, const struct json *cpu)
{
	const struct json *per_cpu = json_path(cpu, "cpu_usage.percpu_usage");

	s->cpu_ns = json_number(json_path(cpu, "cpu_usage.total_usage"), NAN);
	s->system_ns = json_number(json_get(cpu, "system_cpu_usage"), NAN);
	s->cores = int_of(json_get(cpu, "online_cpus"), -1);
	if (s->cores <= 0 && json_is_array(per_cpu))
		s->cores = json_count(per_cpu);
	if (s->cores <= 0)
		s->cores = -1;
}

static int64_t
bytes_of(const struct json *v)
{
	double n = json_number(v, NAN);

	/* An absent limit is near 2^63, which a double rounds up. */
	return n >= 0 && n < 9.2e18 ? (int64_t)n : -1;
}

/* docker/cli stats_helpers.go: usage without the cache that can be given up,
 * total_inactive_file on cgroup v1, inactive_file on v2. */
static void
read_memory(struct docker_stats *s, const struct json *memory)
{
	const struct json *fields = json_get(memory, "stats");
	int64_t usage = bytes_of(json_get(memory, "usage"));
	int64_t cache = bytes_of(json_get(fields, "total_inactive_file"));

	if (cache == -1)
		cache = bytes_of(json_get(fields, "inactive_file"));
	if (usage > 0 && cache > 0 && cache < usage)
		usage -= cache;
	s->memory_bytes = usage;
	s->memory_limit = bytes_of(json_get(memory, "limit"));
	if (s->memory_limit == 0)
		s->memory_limit = -1;
}

static double
when(const struct json *v)
{
	int64_t t = time_of(v);

	return t == TIME_UNKNOWN ? NAN : (double)t;
}

int
docker_stats_parse(const char *text, size_t len, struct docker_stats *now,
    struct docker_stats *before, struct err *e)
{
	struct json *v = parse(text, len, "container figures", e);

	if (!v)
		return -1;
	if (!json_is_object(v)) {
		json_free(v);
		return err_set(e, "the engine's container figures are no "
		    "object");
	}
	read_cpu(now, json_get(v, "cpu_stats"));
	read_memory(now, json_get(v, "memory_stats"));
	now->read_ms = when(json_get(v, "read"));
	read_cpu(before, json_get(v, "precpu_stats"));
	before->memory_bytes = before->memory_limit = -1;
	before->read_ms = when(json_get(v, "preread"));
	json_free(v);
	return 0;
}

double
docker_stats_cpu(const struct docker_stats *now,
    const struct docker_stats *before)
{
	double cpu = now->cpu_ns - before->cpu_ns;
	double system = now->system_ns - before->system_ns;
	double wall = (now->read_ms - before->read_ms) * 1e6;

	/* A counter of zero is one that was never read. */
	if (!(before->cpu_ns > 0) || !(cpu >= 0))
		return NAN;
	if (before->system_ns > 0 && system > 0 && now->cores > 0)
		return cpu / system * now->cores * 100;
	return wall > 0 ? cpu / wall * 100 : NAN;
}

/* --- errors ----------------------------------------------------------- */

char *
docker_error(int status, const char *body, size_t len)
{
	struct json *v = json_parse(body, len, NULL);
	char *said = word(json_get(v, "message")), *text;

	json_free(v);
	if (!said)
		said = text_clean(body, len < 160 ? len : 160);
	text = xasprintf("the engine answers %d%s%s", status,
	    *said ? ": " : "", said);
	free(said);
	return text;
}
