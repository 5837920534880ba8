/* Operations that are put on record: marks, locks, verifications. An answer
 * that all is done means that it is durable. See internal.h. */
#include "server/internal.h"

#include "base/alloc.h"
#include "base/log.h"
#include "base/text.h"
#include "model/release.h"

#define REASON_MAX 500
/* As many as a client accepts. */
#define MARKS_MAX 1000

/* Who waits; the peer may be gone when the answer comes. */
struct record_wait {
	struct server *server;
	uint64_t peer;
	int id;
	char *what;		/* for the log */
};

static void
recorded(void *arg, const char *error)
{
	struct record_wait *w = arg;
	struct peer *p = peer_find(w->server, w->peer);

	if (error) {
		char *text = xasprintf("%s: not put on record: %s", w->what,
		    error);

		log_error("%s", text);
		server_journal(w->server, p, "failed", NULL, text, NULL);
		free(text);
	} else {
		log_info("%s", w->what);
	}
	if (p && error)
		peer_error(p, w->id, "failed", error);
	else if (p)
		peer_send(p, w->id, "done", NULL, true);
	w->server->dirty = true;
	free(w->what);
	free(w);
}

/* Takes over what. */
static struct record_wait *
wait_for(struct peer *p, int id, char *what)
{
	struct record_wait *w = xcalloc(1, sizeof(*w));

	*w = (struct record_wait){peer_server(p), peer_serial(p), id, what};
	peer_server(p)->dirty = true;
	return w;
}

static bool
has_record(struct peer *p, int id)
{
	struct err e;

	if (!peer_server(p)->record)
		peer_error(p, id, "failed", "nothing can be put on record: see "
		    "the server's notice");
	else if (server_may_act(peer_server(p), &e) == -1)
		peer_error(p, id, "failed", e.text);
	else
		return true;
	return false;
}

/* What is about to be done. Takes over text. */
static void
note(struct peer *p, const char *kind, const char *environment, char *text,
    const char *why)
{
	server_journal(peer_server(p), p, kind, environment, text, why);
	free(text);
}

/* The argument, cleaned and without blanks around it; NULL when it is missing
 * or empty. The caller frees it. */
static char *
text_argument(const struct json *m, const char *name)
{
	const char *given = json_text(json_get(m, name), "");
	char *clean = text_clean(given, strlen(given));
	size_t before = strspn(clean, " "), len = strlen(clean);

	while (len > before && clean[len - 1] == ' ')
		len--;
	memmove(clean, clean + before, len - before);
	clean[len - before] = '\0';
	if (*clean)
		return clean;
	free(clean);
	return NULL;
}

/* False, after telling the peer, when there is a reason that is too long, or
 * none where there must be one. */
static bool
check_reason(struct peer *p, int id, const char *why, bool needed)
{
	if (!why && needed)
		peer_error(p, id, "bad_argument", "why? (argument "
		    "\"reason\")");
	else if (why && strlen(why) > REASON_MAX)
		peer_error(p, id, "bad_argument", "the reason is longer than "
		    "500 bytes");
	else
		return true;
	return false;
}

/* --- marks ----------------------------------------------------------------- */

static bool
is_text(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

/* A tag of the repository, or what ran somewhere by its tag or its commit. What
 * is marked already may be marked otherwise. */
static bool
is_version(const struct model *m, const char *name)
{
	size_t i, k;

	if (releases_find(&m->releases, name) || model_mark(m, name))
		return true;
	for (i = 0; i < m->environment_count; i++)
		for (k = 0; k < m->environments[i].tenure_count; k++) {
			const struct tenure *t =
			    &m->environments[i].tenures[k];

			if (is_text(t->tag, name) || is_text(t->commit, name))
				return true;
		}
	return false;
}

static void
mark_version(struct peer *p, int id, char *version, enum mark_word word,
    char *why)
{
	struct server *s = peer_server(p);
	const char *user = peer_user_name(p);
	char *who = text_clean(user, strlen(user));
	struct mark mark = {version, word, who, why, clock_wall()};
	char *what = xasprintf("%s marks %s %s%s%s", who, version,
	    mark_word_name(word), why ? ": " : "", why ? why : "");

	note(p, "mark", NULL, xasprintf("marks %s %s", version,
	    mark_word_name(word)), why);
	record_mark(s->record, &s->model, &mark, recorded, wait_for(p, id,
	    what));
	free(who);
}

void
op_mark(struct peer *p, int id, const struct json *m)
{
	const struct model *model = &peer_server(p)->model;
	const char *mark = json_text(json_get(m, "mark"), "");
	enum mark_word word = mark_word_parse(mark);
	char *version = text_argument(m, "version");
	char *why = text_argument(m, "reason");

	if (strcmp(mark_word_name(word), mark) != 0)
		peer_error(p, id, "bad_argument", "mark is good, bad or none");
	else if (!version || !is_version(model, version))
		peer_error(p, id, "not_found", version ? "there is no such "
		    "version: a tag of the repository, or what ran somewhere" :
		    "which version? (argument \"version\")");
	else if (word != MARK_NONE && !model_mark(model, version) &&
	    model->mark_count >= MARKS_MAX)
		peer_error(p, id, "failed", "1000 versions bear marks: take "
		    "some away");
	else if (check_reason(p, id, why, word == MARK_BAD) &&
	    has_record(p, id))
		mark_version(p, id, version, word, why);
	free(version);
	free(why);
}

/* --- locks ----------------------------------------------------------------- */

static struct environment *
named_environment(struct peer *p, int id, const struct json *m)
{
	const char *name = json_text(json_get(m, "environment"), NULL);
	struct environment *env = name ?
	    model_environment(&peer_server(p)->model, name) : NULL;

	if (!env)
		peer_error(p, id, "not_found", name ?
		    "there is no such environment" :
		    "which environment? (argument \"environment\")");
	return env;
}

static void
tell_held(struct peer *p, int id, const struct environment *env)
{
	char since[CLOCK_TEXT_MAX];
	char *text = xasprintf("%s is locked by %s since %s: %s; unlock it "
	    "first, with a reason", env->name, env->lock.who,
	    clock_rfc3339(env->lock.since, since),
	    env->lock.why ? env->lock.why : "?");

	peer_error(p, id, "failed", text);
	free(text);
}

void
op_lock(struct peer *p, int id, const struct json *m)
{
	struct environment *env = named_environment(p, id, m);
	const char *user = peer_user_name(p);
	char *who, *why;

	if (!env || !has_record(p, id))
		return;
	who = text_clean(user, strlen(user));
	why = text_argument(m, "reason");
	if (env->lock.who && strcmp(env->lock.who, who) != 0) {
		tell_held(p, id, env);
	} else if (check_reason(p, id, why, true)) {
		/* Who has it already only changes the reason. */
		struct environment_lock lock = {who, why, env->lock.who ?
		    env->lock.since : clock_wall()};

		note(p, "lock", env->name, xasprintf("locks %s", env->name),
		    why);
		record_lock(peer_server(p)->record, env, &lock, recorded,
		    wait_for(p, id, xasprintf("%s locks %s: %s", who,
		    env->name, why)));
	}
	free(who);
	free(why);
}

void
op_unlock(struct peer *p, int id, const struct json *m)
{
	static const struct environment_lock none = {.since = TIME_UNKNOWN};
	struct environment *env = named_environment(p, id, m);
	const char *user = peer_user_name(p);
	char *who, *why;

	if (!env || !has_record(p, id))
		return;
	who = text_clean(user, strlen(user));
	why = text_argument(m, "reason");
	if (!env->lock.who) {
		peer_error(p, id, "failed", "it is not locked");
	} else if (check_reason(p, id, why, strcmp(env->lock.who, who) != 0)) {
		note(p, "unlock", env->name, xasprintf("unlocks %s, locked by "
		    "%s: %s", env->name, env->lock.who,
		    env->lock.why ? env->lock.why : "?"), why);
		record_lock(peer_server(p)->record, env, &none, recorded,
		    wait_for(p, id, xasprintf("%s unlocks %s, locked by %s"
		    "%s%s", who, env->name, env->lock.who, why ? ": " : "",
		    why ? why : "")));
	}
	free(who);
	free(why);
}

/* --- verifications --------------------------------------------------------- */

void
op_verify(struct peer *p, int id, const struct json *m)
{
	const char *name = json_text(json_get(m, "environment"), NULL);
	const char *kind = json_text(json_get(m, "kind"), NULL);
	const char *backup = json_text(json_get(m, "name"), NULL);
	struct environment *env = named_environment(p, id, m);
	struct err e;

	if (!env)
		return;
	if (server_may_act(peer_server(p), &e) == -1) {
		peer_error(p, id, "failed", e.text);
	} else if (!kind) {
		peer_error(p, id, "bad_argument", "which backups? (argument "
		    "\"kind\")");
	} else if (watch_verify(peer_server(p), name, kind, backup, &e) ==
	    -1) {
		peer_error(p, id, "failed", e.text);
	} else {
		log_info("%s has a backup of %s (%s) verified",
		    peer_user_name(p), name, kind);
		note(p, "verify", name, xasprintf("has a backup verified (%s)",
		    kind), NULL);
		peer_send(p, id, "done", NULL, true);
	}
}
