#include "source/git-private.h"

#include "base/alloc.h"
#include "base/text.h"
#include "model/changelog.h"
#include "model/release.h"
#include "source/pace.h"

enum {
	EVERY_MS = 30000,
	READ_MS = 15000,	/* a large clone on a slow disk */
	FETCH_MS = 120000,
	REFS_BYTES_MAX = 16 * 1024 * 1024,
	WAITS_MAX = 8,		/* git logs at once */
};

/* --- the steps -------------------------------------------------------------- */

static struct releases *
releases(struct git *g)
{
	return &g->w->model->releases;
}

static bool
same_tags(char **a, char **b)
{
	size_t i;

	for (i = 0; a && b && a[i] && b[i]; i++)
		if (strcmp(a[i], b[i]) != 0)
			return false;
	return (a ? a[i] : NULL) == NULL && (b ? b[i] : NULL) == NULL;
}

static enum git_step
take_fetch(struct git *g, const struct child_result *r)
{
	struct observation *seen = &releases(g)->fetched;
	int64_t now = clock_wall();
	char **moved, *text;

	if (r->error || r->timed_out || (r->exit_code != 0 &&
	    (git_gave_up(r->err, r->err_len) || !r->err_len))) {
		text = git_why(r, "git fetch");
		observation_failed(seen, now, text);
		free(text);
		return STEP_SHALLOW;
	}
	moved = git_moved_parse(r->err, r->err_len);
	if (r->exit_code != 0 && !moved[0]) {
		text = git_why(r, "git fetch");
		observation_failed(seen, now, text);
		free(text);
	} else {
		observation_ok(seen, now);
	}
	if (same_tags(moved, g->moved)) {
		git_moved_free(moved);
	} else {
		git_moved_free(g->moved);
		g->moved = moved;
		g->news = true;
	}
	return STEP_SHALLOW;
}

static enum git_step
take_shallow(struct git *g, const struct child_result *r)
{
	enum tri shallow = strncmp(r->out, "true", 4) == 0 ? TRI_YES : TRI_NO;

	if (releases(g)->shallow != shallow)
		g->news = true;
	releases(g)->shallow = shallow;
	return STEP_REFS;
}

static void
mark_moved(struct git *g, struct release *items, size_t count)
{
	size_t i, j;

	for (i = 0; i < count; i++)
		for (j = 0; g->moved && g->moved[j]; j++)
			if (strcmp(items[i].tag, g->moved[j]) == 0)
				items[i].moved = true;
}

static enum git_step
failed(struct git *g, const char *text)
{
	observation_failed(&releases(g)->seen, clock_wall(), text);
	return STEP_END;
}

/* Nobody sees a list without its notes. */
static void
publish(struct git *g)
{
	struct releases *all = releases(g), old = *all;

	*all = g->fresh;
	all->seen = old.seen;
	all->fetched = old.fetched;
	all->shallow = old.shallow;
	all->changed = true;
	old.seen.error = NULL;
	old.fetched.error = NULL;
	releases_release(&old);
	releases_init(&g->fresh);
}

static enum git_step
take_refs(struct git *g, const struct child_result *r)
{
	struct releases *fresh = &g->fresh;
	struct git_refs refs;
	struct err e;

	if (!g->news && g->refs.len == r->out_len &&
	    memcmp(buf_str(&g->refs), r->out, r->out_len) == 0) {
		observation_ok(&releases(g)->seen, clock_wall());
		return STEP_END;
	}
	if (git_refs_parse(r->out, r->out_len, g->c->remote, g->c->branch,
	    &refs, &e) == -1)
		return failed(g, e.text);
	buf_clear(&g->refs);
	buf_add(&g->refs, r->out, r->out_len);
	mark_moved(g, refs.tags, refs.tag_count);
	releases_release(fresh);
	releases_finish(fresh, refs.tags, refs.tag_count);
	refs.tags = NULL;
	refs.tag_count = 0;
	xstrset(&g->branch_ref, refs.branch_ref);
	xstrset(&fresh->branch, g->c->branch);
	xstrset(&fresh->head, refs.head);
	fresh->head_date = refs.head_date;
	git_refs_release(&refs);
	g->news = true;
	if (g->branch_ref)
		return STEP_CHANGELOG;
	publish(g);
	return failed(g, "the repository has no such branch");
}

static enum git_step
take_changelog(struct git *g, const struct child_result *r)
{
	struct releases *fresh = &g->fresh;
	struct changelog c;
	char *text = NULL;
	struct err e;

	if (!git_succeeded(r)) {
		text = git_why(r, g->c->changelog);
		err_set(&e, "%s", text);
		free(text);
	} else if (changelog_parse(g->c->changelog, r->out, r->out_len, &c,
	    &e) == 0) {
		releases_notes(fresh, &c, r->out);
		changelog_release(&c);
		return STEP_COUNT;
	}
	xstrset(&fresh->changelog_error, e.text);
	return STEP_COUNT;
}

static enum git_step
take_count(struct git *g, const struct child_result *r)
{
	int64_t n = -1;
	char *digits;

	if (git_succeeded(r)) {
		digits = xstrndup(r->out, strcspn(r->out, "\n"));
		if (text_int(digits, 0, INT32_MAX, &n) == -1)
			n = -1;
		free(digits);
	}
	g->fresh.commits_since = (int)n;
	g->news = false;
	publish(g);
	observation_ok(&releases(g)->seen, clock_wall());
	return STEP_END;
}

/* --- the walk ---------------------------------------------------------------- */

/* "%R" remote, "%B" branch, "%O" the branch's ref, "%F" the changelog's path,
 * "%T" the newest version's tag. */
static char *
expand(struct git *g, const char *word)
{
	struct buf b = BUF_INIT(16 * 1024);
	const char *since = g->fresh.since;

	for (; *word; word++) {
		if (*word != '%' || !strchr("RBOFT", word[1])) {
			buf_addc(&b, *word);
			continue;
		}
		switch (*++word) {
		case 'R':
			buf_adds(&b, g->c->remote);
			break;
		case 'B':
			buf_adds(&b, g->c->branch);
			break;
		case 'O':
			buf_adds(&b, g->branch_ref ? g->branch_ref : "");
			break;
		case 'F':
			buf_adds(&b, g->c->changelog);
			break;
		default:
			buf_adds(&b, since ? since : "");
			break;
		}
	}
	return buf_detach(&b);
}

static const struct {
	const char *what;
	const char *words[10];
	int64_t deadline_ms;
	size_t output_max;
	bool may_fail;		/* `take` looks at failures too */
	enum git_step (*take)(struct git *g, const struct child_result *r);
} steps[] = {
	/* No "+" before tags: one that is there stays where it is. */
	[STEP_FETCH] = {"git fetch", {"fetch", "--prune", "--tags",
	    "--no-recurse-submodules", "--no-write-fetch-head", "--", "%R",
	    "+refs/heads/*:refs/remotes/%R/*"}, FETCH_MS, 0, true,
	    take_fetch},
	[STEP_SHALLOW] = {"git rev-parse", {"rev-parse",
	    "--is-shallow-repository"}, READ_MS, 0, false, take_shallow},
	[STEP_REFS] = {"git for-each-ref", {"for-each-ref",
	    "--format=" GIT_REFS_FORMAT, "refs/tags", "refs/remotes/%R/%B",
	    "refs/heads/%B"}, READ_MS, REFS_BYTES_MAX, false, take_refs},
	[STEP_CHANGELOG] = {"git cat-file", {"cat-file", "blob", "%O:%F"},
	    READ_MS, CHANGELOG_BYTES_MAX, true, take_changelog},
	[STEP_COUNT] = {"git rev-list", {"rev-list", "--count", "%O",
	    "--not", "refs/tags/%T", "--"}, READ_MS, 0, true, take_count},
};

static void on_timer(void *arg);
static void on_done(const struct child_result *r, void *arg);

static void
run_step(struct git *g)
{
	char *owned[sizeof(steps[0].words) / sizeof(steps[0].words[0])];
	struct git_args a;
	size_t i, n;

	/* Without a version, all commits of the branch are new. */
	git_begin(g, &a);
	for (n = 0; n < sizeof(owned) / sizeof(owned[0]) &&
	    steps[g->step].words[n]; n++) {
		if (g->step == STEP_COUNT && !g->fresh.since && n == 3)
			break;
		/* git's own format has the same sign. */
		owned[n] = g->step == STEP_REFS && n == 1 ?
		    xstrdup(steps[g->step].words[n]) :
		    expand(g, steps[g->step].words[n]);
		git_add(&a, owned[n]);
	}
	g->child = git_start(g, &a, steps[g->step].deadline_ms,
	    steps[g->step].output_max, on_done, g);
	for (i = 0; i < n; i++)
		free(owned[i]);
}

static void
finish(struct git *g)
{
	releases(g)->attempted = true;
	g->timer = loop_timer(g->w->loop, jittered(g->c->fetch_ms &&
	    g->c->fetch_ms < EVERY_MS ? g->c->fetch_ms : EVERY_MS), on_timer,
	    g);
	g->w->changed(g->w->arg, NULL);
}

static void
on_done(const struct child_result *r, void *arg)
{
	struct git *g = arg;
	enum git_step next;
	char *text;

	g->child = NULL;
	if (!git_succeeded(r) && !steps[g->step].may_fail) {
		text = git_why(r, g->c->path);
		next = failed(g, text);
		free(text);
	} else {
		next = steps[g->step].take(g, r);
	}
	g->step = next;
	if (next == STEP_END)
		finish(g);
	else
		run_step(g);
}

static void
on_timer(void *arg)
{
	struct git *g = arg;
	int64_t now = clock_mono();

	g->timer = NULL;
	g->step = STEP_SHALLOW;
	if (g->c->fetch_ms && now >= g->fetch_at) {
		g->fetch_at = now + jittered(g->c->fetch_ms);
		g->step = STEP_FETCH;
	}
	run_step(g);
}

void
git_refresh(struct git *g)
{
	if (!g)
		return;
	g->fetch_at = 0;
	/* What is under way may have asked before the news. */
	if (g->child)
		return;
	loop_timer_cancel(g->timer);
	g->timer = loop_timer(g->w->loop, 0, on_timer, g);
}

/* --- commits between two ----------------------------------------------------- */

static void
wait_unlink(struct log_wait *wait)
{
	struct log_wait **at = &wait->git->waits;

	while (*at != wait)
		at = &(*at)->next;
	*at = wait->next;
}

static void
on_log(const struct child_result *r, void *arg)
{
	struct log_wait *wait = arg;
	struct git_commit *commits = NULL;
	size_t count = 0, shown;
	char *text = NULL;

	wait_unlink(wait);
	if (git_succeeded(r))
		git_log_parse(r->out, r->out_len, &commits, &count);
	else
		text = git_why(r, "git log");
	shown = count < GIT_COMMITS_MAX ? count : GIT_COMMITS_MAX;
	wait->fn(wait->arg, commits, shown, count > shown, text);
	git_commits_free(commits, count);
	free(text);
	free(wait);
}

bool
git_commits_busy(const struct git *g)
{
	const struct log_wait *wait;
	int n = 0;

	for (wait = g->waits; wait; wait = wait->next)
		n++;
	return n >= WAITS_MAX;
}

void
git_commits(struct git *g, const char *from, const char *to,
    git_commits_fn *fn, void *arg)
{
	struct log_wait *wait = xcalloc(1, sizeof(*wait));
	char *limit = xasprintf("--max-count=%d", GIT_COMMITS_MAX + 1);
	struct git_args a;

	git_begin(g, &a);
	git_add(&a, "log");
	git_add(&a, "-z");
	git_add(&a, "--no-color");
	git_add(&a, "--no-show-signature");
	git_add(&a, limit);
	git_add(&a, "--format=" GIT_LOG_FORMAT);
	git_add(&a, to);
	if (from) {
		git_add(&a, "--not");
		git_add(&a, from);
	}
	git_add(&a, "--");
	*wait = (struct log_wait){g->waits, g, NULL, fn, arg};
	g->waits = wait;
	wait->child = git_start(g, &a, READ_MS, 0, on_log, wait);
	free(limit);
}

/* --- life -------------------------------------------------------------------- */

struct git *
git_new(struct world *w, const struct conf_repository *c)
{
	struct releases *all = &w->model->releases;
	const char *slash;
	struct git *g;

	all->seen.used = c->path != NULL;
	all->fetched.used = c->path && c->fetch_ms;
	if (!c->path)
		return NULL;
	g = xcalloc(1, sizeof(*g));
	*g = (struct git){.w = w, .c = c, .refs = BUF_INIT(REFS_BYTES_MAX),
			  .news = true};
	releases_init(&g->fresh);
	g->safe = xasprintf("safe.directory=%s", c->path);
	/* A vanished clone must not be taken for one that surrounds it. */
	slash = strrchr(c->path, '/');
	g->ceiling = xasprintf("GIT_CEILING_DIRECTORIES=%.*s",
	    slash ? (int)(slash - c->path) : 0, c->path);
	all->seen.stale_after = 3 * EVERY_MS + FETCH_MS;
	all->fetched.stale_after = 3 * c->fetch_ms + FETCH_MS;
	g->timer = loop_timer(w->loop, 0, on_timer, g);
	return g;
}

void
git_free(struct git *g)
{
	struct log_wait *wait;

	if (!g)
		return;
	while ((wait = g->waits)) {
		g->waits = wait->next;
		child_cancel(wait->child);
		free(wait->arg);
		free(wait);
	}
	git_acts_free(g);
	child_cancel(g->child);
	loop_timer_cancel(g->timer);
	git_moved_free(g->moved);
	releases_release(&g->fresh);
	buf_release(&g->refs);
	free(g->branch_ref);
	free(g->safe);
	free(g->ceiling);
	free(g);
}
