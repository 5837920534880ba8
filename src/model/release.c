#include "model/release.h"

#include "base/alloc.h"
#include "base/i18n.h"

void
releases_init(struct releases *r)
{
	*r = (struct releases){
		.seen = {.observed_at = TIME_UNKNOWN,
		    .attempted_at = TIME_UNKNOWN},
		.fetched = {.observed_at = TIME_UNKNOWN,
		    .attempted_at = TIME_UNKNOWN},
		.head_date = TIME_UNKNOWN,
		.commits_since = -1,
		.shallow = TRI_UNKNOWN,
	};
}

void
release_release(struct release *r)
{
	free(r->tag);
	free(r->commit);
	free(r->author);
	free(r->subject);
	free(r->redeploys);
	free(r->previous);
	free(r->notes);
}

static void
free_items(struct release *items, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		release_release(&items[i]);
	free(items);
}

void
releases_release(struct releases *r)
{
	free_items(r->items, r->count);
	free(r->seen.error);
	free(r->fetched.error);
	free(r->branch);
	free(r->head);
	free(r->since);
	free(r->unreleased);
	free(r->changelog_error);
	releases_init(r);
}

/* --- order, and what follows from it --------------------------------------- */

/* Newest version first, then other tags, newest first. */
static int
by_version(const void *a, const void *b)
{
	const struct release *x = a, *y = b;
	int order;

	if (x->version != y->version)
		return x->version ? -1 : 1;
	order = x->version ? version_compare(y->tag, x->tag) :
	    (y->date > x->date) - (y->date < x->date);
	return order ? order : strcmp(x->tag, y->tag);
}

static bool
is_stable(const struct release *r)
{
	return r->version && !r->prerelease && !r->rollback;
}

/* The version that stands before items[i]: a pre-release follows any version,
 * a release only releases. */
static void
derive_previous(const struct releases *r, size_t i)
{
	struct release *item = &r->items[i];
	struct semver from, to;
	size_t j;

	for (j = i + 1; j < r->count; j++)
		if (r->items[j].version && !r->items[j].rollback &&
		    (item->prerelease || is_stable(&r->items[j])))
			break;
	if (j == r->count || item->rollback || !item->version)
		return;
	item->previous = xstrdup(r->items[j].tag);
	if (semver_parse(item->previous, &from) == 0 &&
	    semver_parse(item->tag, &to) == 0)
		item->bump = semver_bump(&from, &to);
}

/* The highest version on the rollback's commit. */
static void
derive_redeployed(const struct releases *r, struct release *item)
{
	size_t i;

	for (i = 0; i < r->count; i++)
		if (r->items[i].version && !r->items[i].rollback &&
		    strcmp(r->items[i].commit, item->commit) == 0) {
			item->redeploys = xstrdup(r->items[i].tag);
			return;
		}
}

static void
classify(struct release *r)
{
	struct semver v;

	r->version = semver_parse(r->tag, &v) == 0;
	r->rollback = r->version && v.rollback;
	r->prerelease = r->version && v.pre && !v.rollback;
}

void
releases_finish(struct releases *r, struct release *items, size_t count)
{
	const struct release *newest;
	size_t i;

	free_items(r->items, r->count);
	for (i = 0; i < count; i++)
		classify(&items[i]);
	if (count)
		qsort(items, count, sizeof(*items), by_version);
	for (i = RELEASES_MAX; i < count; i++)
		release_release(&items[i]);
	r->items = items;
	r->count = count < RELEASES_MAX ? count : RELEASES_MAX;
	for (i = 0; i < r->count; i++) {
		derive_previous(r, i);
		if (r->items[i].rollback)
			derive_redeployed(r, &r->items[i]);
	}
	newest = releases_newest(r);
	xstrset(&r->since, newest ? newest->tag : NULL);
}

/* --- notes ------------------------------------------------------------------ */

static char *
cut_notes(const struct changelog_version *v, const char *text)
{
	char *notes = changelog_notes(v, text), *line;

	if (strlen(notes) > RELEASE_NOTES_MAX) {
		notes[RELEASE_NOTES_MAX] = '\0';
		line = strrchr(notes, '\n');
		/* Cleaned text is cut between lines, or not shown at all. */
		*(line ? line : notes) = '\0';
	}
	if (*notes)
		return notes;
	free(notes);
	return NULL;
}

void
releases_notes(struct releases *r, const struct changelog *c,
    const char *text)
{
	const struct changelog_version *v;
	size_t i;

	v = c ? changelog_find(c, "unreleased") : NULL;
	free(r->unreleased);
	r->unreleased = v ? cut_notes(v, text) : NULL;
	for (i = 0; i < r->count; i++) {
		struct release *item = &r->items[i];

		v = c && item->version && !item->rollback ?
		    changelog_find(c, item->tag) : NULL;
		free(item->notes);
		item->notes = v ? cut_notes(v, text) : NULL;
		item->yanked = v && v->yanked;
	}
}

/* --- asking ------------------------------------------------------------------ */

const struct release *
releases_find(const struct releases *r, const char *tag)
{
	size_t i;

	for (i = 0; i < r->count; i++)
		if (strcmp(r->items[i].tag, tag) == 0)
			return &r->items[i];
	return NULL;
}

const struct release *
releases_newest(const struct releases *r)
{
	size_t i;

	for (i = 0; i < r->count; i++)
		if (is_stable(&r->items[i]))
			return &r->items[i];
	return NULL;
}

bool
release_runs_in(const struct release *r, const struct environment *env)
{
	const struct version *v = &env->version;

	if (v->commit)
		return strcmp(v->commit, r->commit) == 0;
	return v->tag && strcmp(v->tag, r->tag) == 0;
}

const char *
release_kind_text(const struct release *r)
{
	static const char *const bumps[] = {
		[BUMP_NONE] = NULL, [BUMP_PRE] = N_("pre-release"),
		[BUMP_PATCH] = N_("patch"), [BUMP_MINOR] = N_("minor"),
		[BUMP_MAJOR] = N_("major"),
	};

	if (!r->version)
		return _("no version");
	if (r->rollback)
		return _("rollback");
	if (!r->previous)
		return _("first");
	return bumps[r->bump] ? _(bumps[r->bump]) : "";
}
