#include "model/model.h"

#include "base/alloc.h"
#include "model/environment.h"
#include "model/fields.h"
#include "model/release.h"
#include "model/tables.h"
#include "model/words.h"

/* --- the words ----------------------------------------------------------- */

static const char *const states[] = {
	[CONTAINER_UNKNOWN] = "unknown",
	[CONTAINER_CREATED] = "created",
	[CONTAINER_RUNNING] = "running",
	[CONTAINER_PAUSED] = "paused",
	[CONTAINER_RESTARTING] = "restarting",
	[CONTAINER_REMOVING] = "removing",
	[CONTAINER_EXITED] = "exited",
	[CONTAINER_DEAD] = "dead",
};

const char *
container_state_name(enum container_state s)
{
	return states[s];
}

enum container_state
container_state_parse(const char *word)
{
	return word_find(word, states, sizeof(states) / sizeof(states[0]),
	    CONTAINER_UNKNOWN);
}

static const char *const healths[] = {
	[HEALTH_UNKNOWN] = "unknown",
	[HEALTH_NONE] = "none",
	[HEALTH_STARTING] = "starting",
	[HEALTH_HEALTHY] = "healthy",
	[HEALTH_UNHEALTHY] = "unhealthy",
};

const char *
container_health_name(enum container_health h)
{
	return healths[h];
}

enum container_health
container_health_parse(const char *word)
{
	return word_find(word, healths, sizeof(healths) / sizeof(healths[0]),
	    HEALTH_UNKNOWN);
}

static const char *const links[] = {
	[LINK_UNKNOWN] = "unknown",
	[LINK_CONNECTING] = "connecting",
	[LINK_UP] = "up",
	[LINK_DOWN] = "down",
};

const char *
link_state_name(enum link_state s)
{
	return links[s];
}

enum link_state
link_state_parse(const char *word)
{
	return word_find(word, links, sizeof(links) / sizeof(links[0]),
	    LINK_UNKNOWN);
}

const char *
source_kind_name(enum source_kind k)
{
	static const char *const names[SOURCE_KINDS] = {
		[SOURCE_ENGINE] = "engine",
		[SOURCE_STATS] = "stats",
		[SOURCE_HOST] = "host",
		[SOURCE_CHECKOUT] = "checkout",
		[SOURCE_IMAGES] = "images",
		[SOURCE_SCHEMAS] = "schemas",
	};

	return names[k];
}

/* --- the model ----------------------------------------------------------- */

void
model_init(struct model *m)
{
	*m = (struct model){.observed_at = TIME_UNKNOWN};
	releases_init(&m->releases);
	pipelines_init(&m->pipelines);
	registry_init(&m->registry);
	calendar_init(&m->calendar);
}

static void
notice_release(struct notice *n)
{
	free(n->key);
	free(n->text);
}

void
model_release(struct model *m)
{
	size_t i;

	for (i = 0; i < m->environment_count; i++)
		environment_release(&m->environments[i]);
	free(m->environments);
	for (i = 0; i < m->notice_count; i++)
		notice_release(&m->notices[i]);
	free(m->notices);
	releases_release(&m->releases);
	pipelines_release(&m->pipelines);
	registry_release(&m->registry);
	calendar_release(&m->calendar);
	list_release(m->marks, m->mark_count, &marks_list);
	list_release(m->runs, m->run_count, &model_runs_list);
	free(m->project);
	model_init(m);
}

struct environment *
model_environment(struct model *m, const char *name)
{
	size_t i;

	for (i = 0; i < m->environment_count; i++)
		if (strcmp(m->environments[i].name, name) == 0)
			return &m->environments[i];
	return NULL;
}

const struct environment *
model_find(const struct model *m, const char *name)
{
	size_t i;

	for (i = 0; i < m->environment_count; i++)
		if (strcmp(m->environments[i].name, name) == 0)
			return &m->environments[i];
	return NULL;
}

struct environment *
model_add_environment(struct model *m, const char *name)
{
	struct environment *env = model_environment(m, name);

	if (env)
		return env;
	m->environments = array_grown(m->environments, m->environment_count,
	    sizeof(*m->environments));
	env = &m->environments[m->environment_count++];
	environment_init(env, name);
	m->changed = true;
	return env;
}

void
model_remove_environment(struct model *m, const char *name)
{
	struct environment *env = model_environment(m, name);

	if (!env)
		return;
	environment_release(env);
	m->environment_count--;
	memmove(env, env + 1, (m->environments + m->environment_count - env) *
	    sizeof(*env));
	m->changed = true;
}

static struct notice *
find_notice(struct model *m, const char *key)
{
	size_t i;

	for (i = 0; i < m->notice_count; i++)
		if (strcmp(m->notices[i].key, key) == 0)
			return &m->notices[i];
	return NULL;
}

void
model_notice(struct model *m, const char *key, enum status severity,
    const char *text)
{
	struct notice *n = find_notice(m, key);

	if (!n) {
		m->notices = array_grown(m->notices, m->notice_count,
		    sizeof(*m->notices));
		n = &m->notices[m->notice_count++];
		*n = (struct notice){.key = xstrdup(key)};
	} else if (n->severity == severity && strcmp(n->text, text) == 0) {
		return;
	}
	n->severity = severity;
	xstrset(&n->text, text);
	m->changed = true;
}

void
model_notice_clear(struct model *m, const char *key)
{
	struct notice *n = find_notice(m, key);

	if (!n)
		return;
	notice_release(n);
	m->notice_count--;
	memmove(n, n + 1, (m->notices + m->notice_count - n) * sizeof(*n));
	m->changed = true;
}

enum status
model_status(const struct model *m)
{
	enum status worst = STATUS_OK;
	size_t i;

	if (m->environment_count == 0)
		return STATUS_UNKNOWN;
	for (i = 0; i < m->environment_count; i++)
		worst = status_worse(worst, m->environments[i].status);
	return worst;
}

bool
model_has_changes(const struct model *m)
{
	size_t i;

	for (i = 0; i < m->environment_count; i++)
		if (m->environments[i].changes)
			return true;
	return m->changed || m->releases.changed || m->releases.attempted ||
	    m->pipelines.changed || m->pipelines.attempted ||
	    m->registry.changed || m->registry.attempted || m->marked ||
	    m->ran;
}

void
model_changes_clear(struct model *m)
{
	size_t i;

	for (i = 0; i < m->environment_count; i++)
		environment_changes_clear(&m->environments[i]);
	m->releases.changed = m->releases.attempted = false;
	m->pipelines.changed = m->pipelines.attempted = false;
	m->registry.changed = m->registry.attempted = false;
	m->changed = m->marked = m->ran = false;
}

const struct mark *
model_mark(const struct model *m, const char *tag)
{
	size_t i;

	for (i = 0; i < m->mark_count; i++)
		if (strcmp(m->marks[i].tag, tag) == 0)
			return &m->marks[i];
	return NULL;
}
