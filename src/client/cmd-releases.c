/* vigie releases. */
#include "client/cmd.h"

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"
#include "model/model-json.h"
#include "model/release.h"

#define ANSWER_MS 30000
#define LISTED 20
#define OUTPUT_MAX (64 * 1024 * 1024)

struct releases_run {
	struct session session;
	const char *environment;	/* NULL: where any runs */
	const char *from, *to;		/* of show (to) and diff (both) */
	int64_t limit;
	bool json, asked;
	struct json *commits;		/* the answer; NULL before it */
};

static const struct releases *
known(const struct releases_run *r)
{
	return &client_model(r->session.client)->releases;
}

/* --- the list --------------------------------------------------------------- */

/* "prod, staging"; the caller frees it. */
static char *
where(const struct releases_run *r, const struct release *item)
{
	const struct model *m = client_model(r->session.client);
	struct buf b = BUF_INIT(64 * 1024);
	size_t i;

	for (i = 0; i < m->environment_count; i++) {
		const struct environment *env = &m->environments[i];

		if ((!r->environment ||
		    strcmp(r->environment, env->name) == 0) &&
		    release_runs_in(item, env))
			buf_addf(&b, "%s%s", b.len ? ", " : "", env->name);
	}
	return buf_detach(&b);
}

/* A word about what is out of the ordinary, or "". */
static const char *
mark(const struct release *r)
{
	if (r->moved)
		return _("moved at the remote");
	if (r->yanked)
		return _("yanked");
	return r->annotated ? "" : _("light tag");
}

static void
print_padded(const char *s, int width)
{
	int pad = width - text_width(s);

	printf("%s%*s", s, pad > 0 ? pad : 0, "");
}

static void
print_line(const struct releases_run *r, const struct release *item)
{
	char age[CLOCK_TEXT_MAX], *runs = where(r, item);
	const char *word = mark(item);

	print_padded(item->tag, 20);
	printf(" %.8s ", item->commit);
	printf("%5s  ", clock_age(item->date == TIME_UNKNOWN ? TIME_UNKNOWN :
	    clock_wall() - item->date, age));
	print_padded(release_kind_text(item), 11);
	printf(" ");
	print_padded(item->author ? item->author : "", 12);
	printf(" %s%s%s", runs, *runs && *word ? "  " : "", word);
	if (item->redeploys) {
		printf(*runs || *word ? "  " : "");
		printf(_("redeploys %s"), item->redeploys);
	}
	printf("\n");
	free(runs);
}

/* What stands in the way of good data. */
static void
print_troubles(const struct releases *all)
{
	char age[CLOCK_TEXT_MAX];
	int64_t now = clock_wall();

	if (all->seen.error)
		printf(_("the clone cannot be read, this is %s old: %s\n"),
		    clock_age(all->seen.observed_at == TIME_UNKNOWN ?
		    TIME_UNKNOWN : now - all->seen.observed_at, age),
		    all->seen.error);
	if (all->fetched.error)
		printf(_("the last fetch that worked is %s old: %s\n"),
		    clock_age(all->fetched.observed_at == TIME_UNKNOWN ?
		    TIME_UNKNOWN : now - all->fetched.observed_at, age),
		    all->fetched.error);
	if (all->shallow == TRI_YES)
		printf(_("the clone is shallow: older commits are missing\n"));
	if (all->changelog_error)
		printf(_("no notes: %s\n"), all->changelog_error);
}

static void
print_list(const struct releases_run *r)
{
	const struct releases *all = known(r);
	size_t i;

	if (all->head && all->commits_since >= 0)
		printf(ngettext("%s %.8s, %d commit after %s\n",
		    "%s %.8s, %d commits after %s\n", all->commits_since),
		    all->branch, all->head, all->commits_since,
		    all->since ? all->since : "-");
	for (i = 0; i < all->count && i < (size_t)r->limit; i++)
		print_line(r, &all->items[i]);
	if (i < all->count)
		printf(ngettext("and %zu more\n", "and %zu more\n",
		    all->count - i), all->count - i);
	print_troubles(all);
}

/* --- one, and two ------------------------------------------------------------ */

static void
print_commits(const struct json *commits)
{
	const struct json *c;

	for (c = json_first(json_get(commits, "commits")); c;
	    c = json_next(c)) {
		printf("%.8s ", json_text(json_get(c, "commit"), ""));
		print_padded(json_text(json_get(c, "author"), ""), 12);
		printf(" %s\n", json_text(json_get(c, "subject"), ""));
	}
	if (json_bool(json_get(commits, "more"), false))
		printf(_("and more\n"));
}

static void
print_release(const struct releases_run *r, const struct release *item)
{
	char time[CLOCK_TEXT_MAX];

	print_line(r, item);
	printf("%s  %s\n", clock_rfc3339(item->date, time), item->commit);
	if (item->subject)
		printf("%s\n", item->subject);
	if (item->notes)
		printf("\n%s\n", item->notes);
	if (item->previous)
		printf(_("\nCommits since %s:\n"), item->previous);
	else
		printf(_("\nCommits:\n"));
	print_commits(r->commits);
}

/* The notes of what lies between the two, newest first. */
static void
print_notes_between(const struct releases *all, const struct release *a,
    const struct release *b)
{
	size_t i;

	for (i = 0; i < all->count; i++) {
		const struct release *item = &all->items[i];

		if (item->version && item->notes &&
		    version_compare(item->tag, a->tag) > 0 &&
		    version_compare(item->tag, b->tag) <= 0)
			printf("%s\n%s\n\n", item->tag, item->notes);
	}
}

static void
print_diff(const struct releases_run *r, const struct release *a,
    const struct release *b)
{
	print_line(r, a);
	print_line(r, b);
	printf("\n");
	print_notes_between(known(r), a, b);
	printf(_("Commits that %s has and %s has not:\n"), b->tag, a->tag);
	print_commits(r->commits);
}

/* --- JSON -------------------------------------------------------------------- */

/* The member "releases" of the model, its list cut; or one of the list with the
 * commits. */
static int
print_json(const struct releases_run *r)
{
	struct json *whole = model_to_json(client_model(r->session.client),
	    clock_wall()), *o = NULL, *cut = json_array();
	const struct json *all = json_get(whole, "releases"), *item;
	struct buf b = BUF_INIT(OUTPUT_MAX);
	int64_t n = 0;
	int code = 0;

	for (item = json_first(json_get(all, "items")); item;
	    item = json_next(item)) {
		if (r->to && strcmp(json_text(json_get(item, "tag"), ""),
		    r->to) == 0)
			o = json_copy(item);
		if (n++ < r->limit)
			json_append(cut, json_copy(item));
	}
	if (o) {
		json_set_text(o, "since", r->from ? r->from :
		    json_text(json_get(o, "previous"), NULL));
		json_set(o, "commits", json_copy(json_get(r->commits,
		    "commits")));
		json_set_bool(o, "more", json_bool(json_get(r->commits,
		    "more"), false));
		json_free(cut);
	} else {
		o = json_copy(all);
		json_set(o, "items", cut);
	}
	if (json_print_pretty(o, &b) == -1 || printf("%s\n", buf_str(&b)) < 0)
		code = -1;
	buf_release(&b);
	json_free(o);
	json_free(whole);
	return code;
}

/* --- the conversation -------------------------------------------------------- */

static void
answered(void *arg, const struct json *m, bool final)
{
	struct releases_run *r = arg;

	if (!final)
		return;
	if (strcmp(json_text(json_get(m, "type"), ""), "error") == 0) {
		session_end(&r->session, session_error(&r->session, m));
		return;
	}
	r->commits = json_copy(m);
	session_end(&r->session, EXIT_OK);
}

/* Ask for the commits of show and diff, once the releases are known. */
static void
ask(struct releases_run *r)
{
	const struct releases *all = known(r);
	const struct release *b = releases_find(all, r->to);
	struct json *m;

	if (!b || (r->from && !releases_find(all, r->from))) {
		session_end(&r->session, cmd_fail(r->session.args,
		    EXIT_USAGE, _("there is no release \"%s\""),
		    b ? r->from : r->to));
		return;
	}
	m = json_object();
	json_set_text(m, "from", r->from ? r->from : b->previous);
	json_set_text(m, "to", r->to);
	client_request(r->session.client, "commits", m, answered, r);
}

static void
look(void *arg)
{
	struct releases_run *r = arg;
	struct session *s = &r->session;
	const struct model *m = client_model(s->client);

	if (client_state(s->client) == CLIENT_REFUSED) {
		session_end(s, cmd_fail(s->args, EXIT_DENIED, "%s",
		    client_text(s->client)));
	} else if (client_state(s->client) != CLIENT_LIVE || r->asked) {
		return;
	} else if (!m->releases.seen.used) {
		session_end(s, cmd_fail(s->args, EXIT_CRIT, _("no repository "
		    "is configured: see \"repository\" in vigie.yaml(5)")));
	} else if (m->releases.seen.attempted_at == TIME_UNKNOWN) {
		return;
	} else if (r->to) {
		r->asked = true;
		ask(r);
	} else {
		session_end(s, EXIT_OK);
	}
}

static int
finish(struct releases_run *r)
{
	const struct cmd_args *a = r->session.args;
	const struct releases *all = known(r);

	if (r->session.timed_out)
		return cmd_fail(a, EXIT_UNKNOWN, _("no answer from the server "
		    "within %d s: %s"), ANSWER_MS / 1000,
		    client_text(r->session.client));
	if (r->session.exit_code != EXIT_OK)
		return r->session.exit_code;
	if (r->json) {
		if (print_json(r) == -1)
			return cmd_fail(a, EXIT_UNKNOWN,
			    _("cannot write the output"));
	} else if (r->from) {
		print_diff(r, releases_find(all, r->from),
		    releases_find(all, r->to));
	} else if (r->to) {
		print_release(r, releases_find(all, r->to));
	} else {
		print_list(r);
	}
	if (all->seen.observed_at == TIME_UNKNOWN)
		return EXIT_UNKNOWN;
	return all->seen.error || all->fetched.error ? EXIT_WARN : EXIT_OK;
}

/* "[ENV]", "show TAG" or "diff A B". */
static int
parse(struct releases_run *r, const struct cmd_args *a)
{
	const char *word = a->operands[0], *n = cmd_value(a, "number");

	r->json = cmd_value(a, "json") != NULL;
	r->limit = r->json ? RELEASES_MAX : LISTED;
	if (n && text_int(n, 1, RELEASES_MAX, &r->limit) == -1)
		return cmd_fail(a, EXIT_USAGE, _("--number takes a number "
		    "from 1 to %d, not \"%s\""), RELEASES_MAX, n);
	if (word && strcmp(word, "show") == 0 && a->operand_count == 2) {
		r->to = a->operands[1];
	} else if (word && strcmp(word, "diff") == 0 &&
	    a->operand_count == 3) {
		r->from = a->operands[1];
		r->to = a->operands[2];
	} else if (a->operand_count <= 1) {
		r->environment = word;
	} else {
		return cmd_fail(a, EXIT_USAGE, _("an environment, \"show TAG\" "
		    "or \"diff TAG TAG\"?"));
	}
	return 0;
}

int
cmd_releases(const struct cmd_args *a)
{
	struct releases_run r = {.json = false};
	struct client_handlers h = {.changed = look, .state = look,
				    .arg = &r};
	int code = parse(&r, a);

	if (code == 0)
		code = session_open(&r.session, a,
		    SESSION_SUBSCRIBE | SESSION_START |
		    (r.to ? SESSION_NO_ENV : 0), &h);
	if (code != 0)
		return code;
	session_run(&r.session, ANSWER_MS);
	code = finish(&r);
	session_close(&r.session);
	json_free(r.commits);
	return code;
}
