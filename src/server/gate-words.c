/* A plan as its readers see it: effect, word, fingerprint, JSON. */
#include "server/gate-private.h"

#include <stdarg.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"

#define PAPER_MAX (256 * 1024)

static const char *const basis_names[BASES] = {
	[BASIS_LIVE] = N_("the version that runs"),
	[BASIS_IMAGES] = N_("the images that run"),
	[BASIS_TARGET] = N_("the version that it leads to"),
	[BASIS_LOCK] = N_("the lock"),
	[BASIS_RUN] = N_("the run that holds it"),
	[BASIS_SCHEMAS] = N_("the schemas of the databases"),
};

const char *
basis_name(enum basis b)
{
	return basis_names[b];
}

const char *
plan_word(const struct plan *p)
{
	return p->conf->production ? p->environment : "y";
}

/* --- effect -------------------------------------------------------------- */

static void
tell(struct plan *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
tell(struct plan *p, const char *fmt, ...)
{
	va_list ap;
	char *raw, *clean;

	va_start(ap, fmt);
	raw = xvasprintf(fmt, ap);
	va_end(ap);
	clean = text_clean(raw, strlen(raw));
	json_append(p->effect, json_string(clean));
	free(clean);
	free(raw);
}

void
plan_effect(struct plan *p)
{
	const char *from = p->from ? p->from : "an unknown version";
	const char *target = p->target ? p->target :
	    p->act == GATE_DEPLOY ? "what is checked out" :
	    "a version that is not known";

	if (p->act == GATE_BOOK)
		tell(p, "the runbook %s runs on %s", p->book->name,
		    p->environment);
	else
		tell(p, p->act == GATE_DEPLOY ? "%s gets %s; it runs %s now" :
		    "%s goes back to %s; it runs %s now", p->environment,
		    target, from);
	if (p->via && strcmp(p->via, "github") == 0)
		tell(p, "GitHub's workflow does it, and asks for the "
		    "approval");
	else if (p->conf->ssh_host)
		tell(p, "its commands run on the host %s",
		    p->conf->ssh_host);
	else
		tell(p, "its commands run on this machine");
	if (p->act != GATE_ROLLBACK)
		return;
	if (p->plot->restores)
		tell(p, "databases are restored from their backups beside the "
		    "old ones, which are kept");
	else if (p->plot->returns)
		tell(p, "the databases stay as they are");
	if (p->plot->returns)
		tell(p, "afterwards %s is locked and %s is marked bad",
		    p->environment, from);
}

/* --- fingerprint --------------------------------------------------------- */

void
plan_seal(struct plan *p)
{
	struct buf b = BUF_INIT(256 * 1024);
	int i;

	for (i = 0; i < BASES; i++)
		buf_addf(&b, "%d %s\n", i, p->basis[i] ? p->basis[i] : "");
	journal_hash(JOURNAL_HASH_NONE, buf_str(&b), b.len, p->fingerprint);
	buf_release(&b);
}

void
plan_moved(const struct plan *was, const struct plan *is, struct buf *b)
{
	int i;

	for (i = 0; i < BASES; i++) {
		const char *old = was->basis[i] ? was->basis[i] : "none";
		const char *now = is->basis[i] ? is->basis[i] : "none";

		if (strcmp(old, now) == 0)
			continue;
		buf_addf(b, "%s%s changed from %.200s to %.200s",
		    b->len ? "; " : "", basis_name((enum basis)i), old, now);
	}
}

/* --- JSON ---------------------------------------------------------------- */

struct engine_start
plan_start(const struct plan *p, const struct gate_person *who,
    const char *reason)
{
	return (struct engine_start){
		.book = p->book, .environment = p->environment,
		.who = who->name, .tty = who->tty, .reason = reason,
		.values = p->values, .from = p->from, .target = p->target,
		.target_commit = p->target_commit, .via = p->via,
	};
}

/* The values that the titles show. */
static void
add_title(struct json *o, const char *text, const struct plan *p)
{
	struct book_value known[] = {
		{.name = "environment", .value = p->environment},
		{.name = "version", .value = p->target},
		{.name = "target", .value = p->target},
		{.name = "commit", .value = p->target_commit},
		{.name = "from", .value = p->from ? p->from : "?"},
		{.name = "via", .value = p->via ? p->via : ""},
		{.name = NULL},
	};
	struct buf b = BUF_INIT(BOOK_TEXT_MAX);
	char *clean;

	/* What has no value yet stays as it is written. */
	if (book_expand(text, known, false, &b, NULL) == -1) {
		buf_clear(&b);
		buf_adds(&b, text);
	}
	clean = text_clean(buf_str(&b), b.len);
	json_set_text(o, "title", clean);
	free(clean);
	buf_release(&b);
}

/* What "when" asks for, as engine_run() has it. */
static struct book_value *
all_values(const struct plan *p)
{
	const struct book_value *v;
	struct book_value *all = NULL;
	size_t count = 0, i;

	values_add(&all, &count, "environment", p->environment, false);
	values_add(&all, &count, "via", p->via ? p->via : "", false);
	values_add(&all, &count, "production", p->conf->production ? "true" :
	    "", false);
	values_add(&all, &count, "version", p->target ? p->target : "",
	    false);
	values_add(&all, &count, "target", p->target ? p->target : "", false);
	values_add(&all, &count, "commit", p->target_commit ?
	    p->target_commit : "", false);
	values_add(&all, &count, "from", p->from ? p->from : "", false);
	for (v = p->values; v && v->name; v++)
		values_add(&all, &count, v->name, v->value, false);
	for (i = 0; i < p->book->parameter_count; i++) {
		const struct book_parameter *a = &p->book->parameters[i];

		if (!book_value(all, a->name))
			values_add(&all, &count, a->name, a->fallback ?
			    a->fallback : "", false);
	}
	return all;
}

static struct json *
steps_json(const struct plan *p)
{
	struct book_value *values = all_values(p);
	struct json *list = json_array(), *o;
	size_t i;

	for (i = 0; i < p->book->step_count; i++) {
		const struct book_step *s = &p->book->steps[i];

		if (!book_applies(s, values))
			continue;
		o = json_object();
		json_set_text(o, "id", s->id);
		add_title(o, s->title, p);
		json_set_text(o, "verb", s->verb);
		json_append(list, o);
	}
	values_free(values);
	return list;
}

/* What paper prints. A reason that is still to come has its place. */
static char *
commands(const struct gatekeeper *g, const struct plan *p,
    const struct gate_person *who, struct err *e)
{
	struct engine_start s = plan_start(p, who, p->reason ? p->reason :
	    "(the reason)");
	struct buf b = BUF_INIT(PAPER_MAX);

	if (engine_paper_start(g->o.conf, &s, &b, e) == 0)
		return buf_detach(&b);
	buf_release(&b);
	return NULL;
}

static const char *const act_names[] = {
	[GATE_DEPLOY] = "deploy",
	[GATE_ROLLBACK] = "rollback",
	[GATE_BOOK] = "book",
};

struct json *
plan_json(const struct gatekeeper *g, const struct plan *p,
    const struct gate_person *who)
{
	struct json *o = json_object();
	struct err e;
	char *paper = commands(g, p, who, &e);

	json_set_text(o, "id", p->id);
	json_set_text(o, "act", act_names[p->act]);
	json_set_text(o, "environment", p->environment);
	add_title(o, p->book->title, p);
	json_set_text(o, "book", p->book->name);
	json_set_text(o, "from", p->from);
	json_set_text(o, "target", p->target);
	json_set_text(o, "target_commit", p->target_commit);
	json_set_text(o, "via", p->via);
	json_set(o, "steps", steps_json(p));
	json_set_text(o, "commands", paper ? paper : "");
	json_set(o, "effect", json_copy(p->effect));
	json_set(o, "warnings", json_copy(p->warnings));
	json_set_text(o, "blocked", p->blocked ? p->blocked : paper ? NULL :
	    e.text);
	json_set_text(o, "word", plan_word(p));
	json_set_bool(o, "needs_reason", p->needs_reason);
	json_set_text(o, "fingerprint", p->fingerprint);
	json_set_time(o, "expires_at", p->expires_at);
	if (p->book->estimate_ms >= 0)
		json_set_int(o, "estimate_ms", p->book->estimate_ms);
	else
		json_set_null(o, "estimate_ms");
	free(paper);
	return o;
}
