/* What the server itself puts in the journal. See internal.h. */
#include "server/internal.h"

#include "base/alloc.h"
#include "base/log.h"
#include "base/text.h"

#define MINUTE_MS 60000
/* Refusals of all peers together: who connects anew for each cannot fill the
 * disk either. */
#define DENIALS_MAX 60
/* Of an operation's name that nobody knows. */
#define NAME_COLUMNS 64

static void
on_trouble(void *arg, const char *text)
{
	server_trouble(arg, "journal", STATUS_CRIT, text);
}

void
server_open_journal(struct server *s)
{
	char *path = xasprintf("%s/journal.db", s->conf->state_dir), *text;
	struct err e;

	s->journal = journal_new(s->loop, &(struct journal_options){
	    .path = path, .trouble = on_trouble, .arg = s}, &e);
	if (!s->journal) {
		text = xasprintf("nothing is journalled, and so no act is "
		    "begun: %s", e.text);
		on_trouble(s, text);
		free(text);
	} else if (journal_missing(s->journal)) {
		server_trouble(s, "journal-missing", STATUS_WARN,
		    journal_missing(s->journal));
	}
	server_journal(s, NULL, "server-start", NULL, "vigie "
	    PACKAGE_VERSION " has started", NULL);
	free(path);
}

int
server_may_act(const struct server *s, struct err *e)
{
	return s->journal ? 0 : err_set(e, "nothing can be journalled, and so "
	    "no act is begun: see the notice of the journal");
}

void
server_journal(struct server *s, struct peer *p, const char *kind,
    const char *env, const char *text, const char *reason)
{
	if (!s->journal)
		return;
	journal_append(s->journal, &(struct journal_entry){
	    .kind = kind,
	    .environment = env,
	    .who = p ? peer_user_name(p) : NULL,
	    .uid = p ? (int64_t)peer_uid(p) : -1,
	    .text = text,
	    .reason = reason,
	    .exit_code = -1,
	    .duration_ms = -1}, NULL, NULL);
}

void
server_journal_verdict(struct server *s, const struct backup_verdict *v)
{
	char *text = xasprintf("backup %s (%s): %s%s%s%s%s", v->name, v->kind,
	    rung_name(v->rung), v->evidence ? ", " : "",
	    v->evidence ? v->evidence : "", v->failure ? "; " : "",
	    v->failure ? v->failure : "");

	server_journal(s, NULL, "verdict", v->environment, text, NULL);
	free(text);
}

/* Whether this one is written; the others are counted. */
static bool
denial_counts(struct server *s, struct peer *p)
{
	int64_t now = clock_mono();

	if (now - s->denials_since >= MINUTE_MS) {
		s->denials_since = now;
		s->denials = 0;
	}
	if (s->denials < DENIALS_MAX && peer_denial_counts(p, now)) {
		s->denials++;
		return true;
	}
	s->denials_silent++;
	return false;
}

void
server_journal_denied(struct server *s, struct peer *p, const char *op)
{
	char *name, *text;

	if (!s->journal || !denial_counts(s, p))
		return;
	name = text_clean(op, strlen(op));
	text = xasprintf("%.*s was refused: that needs the operator's role",
	    (int)text_fit(name, NAME_COLUMNS, NULL), name);
	if (s->denials_silent) {
		char *more = xasprintf("%s (and %d refusals before, too many "
		    "to be written)", text, s->denials_silent);

		free(text);
		text = more;
		s->denials_silent = 0;
	}
	server_journal(s, p, "denied", NULL, text, NULL);
	free(text);
	free(name);
}
