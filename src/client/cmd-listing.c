/* vigie workflows, backups, readiness: one part of the model, listed. */
#include "client/cmd.h"

#include <errno.h>
#include <langinfo.h>
#include <math.h>
#include <unistd.h>

#include "base/i18n.h"
#include "client/out.h"
#include "model/model-json.h"

/* How long a server that has just started may take to look. */
#define ANSWER_MS 30000
#define OUTPUT_MAX (64 * 1024 * 1024)

/* What the commands differ in. */
struct listing {
	/* Whether there is something to tell, good or bad. */
	bool (*ready)(const struct out *o);
	void (*text)(const struct out *o, struct buf *b);
	/* Takes the whole model's JSON, returns what is printed of it. */
	struct json *(*json)(const struct out *o, const struct json *whole);
	enum status (*status)(const struct out *o);
	/* Not NULL: why there is nothing to list. */
	const char *(*absent)(const struct out *o);
};

struct listing_run {
	struct session session;
	const struct listing *listing;
	const char *environment;
};

static struct out
out_of(const struct listing_run *r)
{
	const char *no_colour = getenv("NO_COLOR");

	return (struct out){
		.model = client_model(r->session.client),
		.environment = r->environment,
		.now = clock_wall(),
		.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
		.colour = isatty(STDOUT_FILENO) && !(no_colour && *no_colour),
	};
}

static bool
attempted(const struct observation *o)
{
	return o->observed_at != TIME_UNKNOWN || o->error;
}

static bool
wanted(const struct out *o, const struct json *env)
{
	return !o->environment || strcmp(o->environment,
	    json_text(json_get(env, "name"), "")) == 0;
}

/* The objects of the environments, with only these members. */
static struct json *
environments_with(const struct out *o, const struct json *whole,
    const char *const *members)
{
	const struct json *env, *v;
	struct json *list = json_array(), *kept, *top = json_object();
	size_t i;

	for (env = json_first(json_get(whole, "environments")); env;
	    env = json_next(env)) {
		if (!wanted(o, env))
			continue;
		kept = json_object();
		for (i = 0; members[i]; i++) {
			v = json_get(env, members[i]);
			json_set(kept, members[i], v ? json_copy(v) :
			    json_string(NULL));
		}
		json_append(list, kept);
	}
	json_set(top, "environments", list);
	return top;
}

/* --- workflows ------------------------------------------------------------- */

static bool
workflows_ready(const struct out *o)
{
	return attempted(&o->model->pipelines.seen);
}

static struct json *
workflows_json(const struct out *o, const struct json *whole)
{
	(void)o;
	return json_copy(json_get(whole, "pipelines"));
}

static enum status
workflows_status(const struct out *o)
{
	const struct pipelines *p = &o->model->pipelines;
	enum status worst = p->seen.error ||
	    p->seen.observed_at == TIME_UNKNOWN ? STATUS_UNKNOWN : STATUS_OK;
	size_t i;

	for (i = 0; i < p->workflow_count; i++)
		worst = status_worse(worst, p->workflows[i].status);
	return worst;
}

static const char *
workflows_absent(const struct out *o)
{
	return o->model->pipelines.seen.used ? NULL :
	    _("no repository at GitHub is configured: see \"github\" in "
	    "vigie.yaml(5)");
}

static const struct listing workflows = {workflows_ready, out_pipelines,
	workflows_json, workflows_status, workflows_absent};

/* --- backups ----------------------------------------------------------------- */

static bool
backups_ready(const struct out *o)
{
	size_t i, k;

	for (i = 0; i < o->model->environment_count; i++) {
		const struct environment *env = &o->model->environments[i];

		for (k = 0; out_wants(o, env) && k < env->backup_count; k++)
			if (!attempted(&env->backups[k].seen))
				return false;
	}
	return true;
}

/* The two clocks of a series as ages, for who does not reckon with times. */
static void
add_ages(struct json *series, int64_t now)
{
	const struct json *newest = json_first(json_get(series, "items"));
	int64_t taken = json_time(json_get(newest, "taken_at"));
	int64_t verified = json_time(json_get(newest, "verified_at"));

	json_set(series, "newest", newest ? json_copy(newest) :
	    json_string(NULL));
	json_set_number(series, "age_s", taken == TIME_UNKNOWN ? NAN :
	    floor((now - taken) / 1000.0));
	json_set_number(series, "verified_age_s", verified == TIME_UNKNOWN ?
	    NAN : floor((now - verified) / 1000.0));
}

static struct json *
backups_json(const struct out *o, const struct json *whole)
{
	struct json *top = json_object(), *list = json_array(), *kept, *all,
	    *series;
	const struct json *env, *item;

	for (env = json_first(json_get(whole, "environments")); env;
	    env = json_next(env)) {
		if (!wanted(o, env))
			continue;
		all = json_array();
		for (item = json_first(json_get(env, "backups")); item;
		    item = json_next(item)) {
			series = json_copy(item);
			add_ages(series, o->now);
			json_append(all, series);
		}
		kept = json_object();
		json_set_text(kept, "name", json_text(json_get(env, "name"),
		    ""));
		json_set(kept, "backups", all);
		json_append(list, kept);
	}
	json_set(top, "environments", list);
	return top;
}

static enum status
backups_status(const struct out *o)
{
	enum status worst = STATUS_OK;
	size_t i, k;

	for (i = 0; i < o->model->environment_count; i++) {
		const struct environment *env = &o->model->environments[i];

		for (k = 0; out_wants(o, env) && k < env->backup_count; k++)
			worst = status_worse(worst, env->backups[k].status);
	}
	return worst;
}

static const struct listing backups = {backups_ready, out_backups,
	backups_json, backups_status, NULL};

/* --- readiness --------------------------------------------------------------- */

static bool
readiness_ready(const struct out *o)
{
	const struct model *m = o->model;
	size_t i;

	if (m->releases.seen.used && !attempted(&m->releases.seen))
		return false;
	if (m->pipelines.seen.used && !attempted(&m->pipelines.seen))
		return false;
	if (m->registry.seen.used && !attempted(&m->registry.seen))
		return false;
	for (i = 0; i < m->environment_count; i++) {
		const struct environment *env = &m->environments[i];

		if (out_wants(o, env) && env->readiness.used &&
		    env->link.state != LINK_DOWN &&
		    (!attempted(&env->sources[SOURCE_CHECKOUT]) ||
		    (env->sources[SOURCE_SCHEMAS].used &&
		    !attempted(&env->sources[SOURCE_SCHEMAS]))))
			return false;
	}
	return backups_ready(o);
}

static struct json *
readiness_json(const struct out *o, const struct json *whole)
{
	static const char *const members[] = {"name", "release", "readiness",
		"lock", "schemas", "tenures", NULL};

	return environments_with(o, whole, members);
}

static enum status
readiness_status(const struct out *o)
{
	enum status worst = STATUS_OK;
	size_t i;

	for (i = 0; i < o->model->environment_count; i++) {
		const struct environment *env = &o->model->environments[i];

		if (!out_wants(o, env) || !env->readiness.used)
			continue;
		worst = status_worse(worst,
		    env->readiness.word == READINESS_READY ? STATUS_OK :
		    env->readiness.word == READINESS_NOT_READY ? STATUS_CRIT :
		    STATUS_UNKNOWN);
	}
	return worst;
}

static const struct listing readiness = {readiness_ready, out_readiness,
	readiness_json, readiness_status, NULL};

/* --- the conversation -------------------------------------------------------- */

static void
look(void *arg)
{
	struct listing_run *r = arg;
	struct session *s = &r->session;
	struct out o = out_of(r);
	const char *absent;

	if (client_state(s->client) == CLIENT_REFUSED) {
		session_refused(s);
		return;
	}
	if (client_state(s->client) != CLIENT_LIVE)
		return;
	absent = r->listing->absent ? r->listing->absent(&o) : NULL;
	if (absent)
		session_end(s, cmd_fail(s->args, EXIT_CRIT, "%s", absent));
	else if (r->listing->ready(&o))
		session_end(s, EXIT_OK);
}

static int
print(const struct listing_run *r)
{
	const struct cmd_args *a = r->session.args;
	struct out o = out_of(r);
	struct buf b = BUF_INIT(OUTPUT_MAX);
	struct json *whole, *part;
	int code = status_exit_code(r->listing->status(&o));

	if (cmd_value(a, "json")) {
		whole = model_to_json(o.model, o.now);
		part = r->listing->json(&o, whole);
		json_print_pretty(part, &b);
		buf_addc(&b, '\n');
		json_free(part);
		json_free(whole);
	} else {
		r->listing->text(&o, &b);
	}
	/* Who reads only the first lines, as head does, has what it wants. */
	if ((fwrite(buf_str(&b), 1, b.len, stdout) != b.len ||
	    fflush(stdout) != 0) && errno != EPIPE)
		code = cmd_fail(a, EXIT_UNKNOWN, _("cannot write the output"));
	buf_release(&b);
	return code;
}

static int
list(const struct cmd_args *a, const struct listing *listing,
    const char *environment)
{
	struct listing_run r = {.listing = listing,
				.environment = environment};
	struct client_handlers h = {.changed = look, .state = look,
				    .arg = &r};
	int code = session_open(&r.session, a,
	    SESSION_SUBSCRIBE | SESSION_START, &h);

	if (code != 0)
		return code;
	session_run(&r.session, ANSWER_MS);
	if (client_state(r.session.client) != CLIENT_LIVE)
		code = r.session.timed_out ? cmd_fail(a, EXIT_UNKNOWN,
		    _("no answer from the server within %d s: %s"),
		    ANSWER_MS / 1000, client_text(r.session.client)) :
		    r.session.exit_code;
	else if (r.session.exit_code != EXIT_OK && !r.session.timed_out)
		code = r.session.exit_code;
	else
		code = print(&r);	/* what there is, when time is up */
	session_close(&r.session);
	return code;
}

int
cmd_workflows(const struct cmd_args *a)
{
	return list(a, &workflows, NULL);
}

int
cmd_backups(const struct cmd_args *a)
{
	if (a->operand_count > 0 && strcmp(a->operands[0], "verify") == 0)
		return cmd_backups_verify(a);
	if (a->operand_count > 1)
		return cmd_fail(a, EXIT_USAGE, _("an environment, or \"verify "
		    "ENV [KIND]\"?"));
	return list(a, &backups, a->operands[0]);
}

int
cmd_readiness(const struct cmd_args *a)
{
	return list(a, &readiness, a->operands[0]);
}
