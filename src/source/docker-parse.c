#include "source/docker-parse-private.h"

#include "base/alloc.h"
#include "base/text.h"

/* What a failing check said last is cut there. */
#define WORDS_MAX 512

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
	char *platform = parse_word(json_path(v, "Platform.Name"));

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
	struct json *v = parse_json(text, len, "version", e);
	struct docker_version d = {0};
	char *name, *version;

	if (!v)
		return -1;
	d.api = parse_word(json_get(v, "ApiVersion"));
	if (!d.api) {
		json_free(v);
		return err_set(e, "the engine's version has no ApiVersion: is "
		    "this socket a Docker engine?");
	}
	d.api_min = parse_word(json_get(v, "MinAPIVersion"));
	name = engine_name(v, &d.podman);
	version = parse_word(json_get(v, "Version"));
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

/* podman has words of its own for some states. */
static enum container_state
state_parse(const char *word)
{
	if (!strcmp(word, "stopped"))
		return CONTAINER_EXITED;
	if (!strcmp(word, "stopping"))
		return CONTAINER_RUNNING;
	if (!strcmp(word, "initialized"))
		return CONTAINER_CREATED;
	return container_state_parse(word);
}

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
	free(c->compose_hash);
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

static void
read_labels(struct docker_container *c, const struct json *labels)
{
	char *number = parse_label(labels, LABEL "container-number");
	char *oneoff = parse_label(labels, LABEL "oneoff");

	c->project = parse_label(labels, LABEL "project");
	c->service = parse_label(labels, LABEL "service");
	c->compose_hash = parse_label(labels, LABEL "config-hash");
	c->number = parse_number(number);
	c->oneoff = parse_is_true(oneoff);
	free(number);
	free(oneoff);
}

/* A linked container has "/other/alias" too; its own name has one slash. */
static char *
own_name(const struct json *names)
{
	const struct json *n;

	for (n = json_first(names); n; n = json_next(n)) {
		const char *s = json_text(n, "");

		if (*s && !strchr(s + 1, '/'))
			return parse_name(s);
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

		c->exit_code = parse_number(code);
		free(code);
	}
}

static int
read_item(struct docker_container *c, const struct json *item)
{
	int64_t created = json_int(json_get(item, "Created"), -1);

	container_init(c);
	c->id = parse_id(json_get(item, "Id"));
	if (!c->id)
		return -1;
	read_labels(c, json_get(item, "Labels"));
	c->name = own_name(json_get(item, "Names"));
	c->image = parse_word(json_get(item, "Image"));
	c->digest = parse_word(json_get(item, "ImageID"));
	if (created > 0 && created < INT64_MAX / 1000)
		c->created_at = created * 1000;
	c->state = state_parse(json_text(json_get(item, "State"), ""));
	read_status_words(c, item);
	return 0;
}

int
docker_list_parse(const char *text, size_t len, struct docker_list *out,
    struct err *e)
{
	struct json *v = parse_json(text, len, "container list", e);
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
	    end - start < WORDS_MAX ? end - start : WORDS_MAX) : NULL;
}

static void
read_state(struct docker_container *c, const struct json *state)
{
	const struct json *health = json_get(state, "Health");
	const struct json *oom = json_get(state, "OOMKilled");
	const char *word_ = json_text(json_get(health, "Status"), "");
	bool ended;

	c->state = state_parse(json_text(json_get(state, "Status"), ""));
	c->health = *word_ ? container_health_parse(word_) : HEALTH_NONE;
	if (c->health == HEALTH_UNHEALTHY ||
	    parse_int(json_get(health, "FailingStreak"), 0) > 0)
		c->health_log = last_words(json_get(health, "Log"));
	if (json_bool(oom, false) == json_bool(oom, true))
		c->oom_killed = json_bool(oom, false) ? TRI_YES : TRI_NO;
	ended = c->state == CONTAINER_EXITED || c->state == CONTAINER_DEAD ||
	    c->state == CONTAINER_RESTARTING;
	if (ended)
		c->exit_code = parse_int(json_get(state, "ExitCode"), -1);
	else
		c->pid = parse_int(json_get(state, "Pid"), -1);
	if (c->pid <= 0)
		c->pid = -1;
	if (c->state == CONTAINER_CREATED)
		c->since = c->created_at;
	else
		c->since = parse_time(json_get(state,
		    ended ? "FinishedAt" : "StartedAt"));
}

int
docker_inspect_parse(const char *text, size_t len,
    struct docker_container *out, struct err *e)
{
	struct json *v = parse_json(text, len, "answer about a container", e);
	struct docker_container c;

	if (!v)
		return -1;
	container_init(&c);
	c.id = parse_id(json_get(v, "Id"));
	if (!c.id) {
		json_free(v);
		return err_set(e, "the engine's answer about a container has "
		    "no Id");
	}
	read_labels(&c, json_path(v, "Config.Labels"));
	c.name = parse_name(json_text(json_get(v, "Name"), NULL));
	c.image = parse_word(json_path(v, "Config.Image"));
	c.digest = parse_word(json_get(v, "Image"));
	c.created_at = parse_time(json_get(v, "Created"));
	c.restarts = parse_int(json_get(v, "RestartCount"), -1);
	c.tty = json_bool(json_path(v, "Config.Tty"), false);
	read_state(&c, json_get(v, "State"));
	json_free(v);
	*out = c;
	return 0;
}

/* --- errors ----------------------------------------------------------- */

char *
docker_error(int status, const char *body, size_t len)
{
	struct json *v = json_parse(body, len, NULL);
	char *said = parse_word(json_get(v, "message")), *text;

	json_free(v);
	if (!said)
		said = text_clean(body, len < 160 ? len : 160);
	text = xasprintf("the engine answers %d%s%s", status,
	    *said ? ": " : "", said);
	free(said);
	return text;
}
