#include "run/database-step.h"

#include <time.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "source/backup-listing.h"

#define SAFETY "before-"

void
database_step_release(struct database_step *d)
{
	free(d->kind);
	free(d->database);
	free(d->file);
	free(d->owner);
	free(d->taken);
	*d = (struct database_step){0};
}

/* NULL when it is empty too. */
static char *
given(const struct step *s, const char *name)
{
	char *text = step_argument(s, name);

	if (text && *text)
		return text;
	free(text);
	return NULL;
}

static const struct conf_backup *
find_series(const struct conf_environment *c, const char *kind)
{
	size_t i;

	for (i = 0; i < c->backup_count; i++)
		if (strcmp(c->backups[i].kind, kind) == 0)
			return &c->backups[i];
	return NULL;
}

static int
check(const struct step *s, const struct database_step *d, struct err *e)
{
	const struct conf_backup *c = d->series;

	if (!c)
		return err_set(e, "%s has no backups of the kind '%s' in the "
		    "configuration", s->environment->name, d->kind);
	if (!c->directory)
		return err_set(e, "the backups %s lie in no directory of the "
		    "host: fetch one there first", d->kind);
	if (!c->format || strcmp(c->format, "pg_dump") != 0)
		return err_set(e, "the backups %s are not said to be "
		    "pg_dump's: format is %s", d->kind, c->format ? c->format :
		    "any");
	if (!database_name_ok(d->database))
		return err_set(e, "'%s' is no name of a database that can be "
		    "swapped: lower-case letters, digits and '_', at most 32",
		    d->database);
	if (d->owner && !database_name_ok(d->owner))
		return err_set(e, "'%s' is no name of a role", d->owner);
	return 0;
}

int
database_step_read(const struct step *s, struct database_step *d,
    struct err *e)
{
	struct database_step n = {.kind = given(s, "kind"),
	    .database = given(s, "database"), .owner = given(s, "owner")};

	if (!n.kind || !n.database) {
		err_set(e, "%s is not given", n.kind ? "the database" :
		    "the kind of backup");
		database_step_release(&n);
		return -1;
	}
	n.series = find_series(s->environment, n.kind);
	if (check(s, &n, e) == -1) {
		database_step_release(&n);
		return -1;
	}
	n.plan = (struct database_plan){
		.directory = n.series->directory,
		.tools = n.series->verify_tools,
		.query = n.series->verify_query,
		.database = n.database,
		.owner = n.owner,
		.run = book_value(s->values, "run")->value,
	};
	*d = n;
	return 0;
}

void
database_step_safety(struct database_step *d)
{
	d->file = xasprintf(SAFETY "%s-%s.dump", d->plan.run, d->kind);
	d->plan.file = d->file;
}

/* --- which backup ------------------------------------------------------- */

static const struct backup_series *
observed(const struct step *s, const char *kind)
{
	const struct environment *env = s->w ? model_find(s->w->model,
	    s->environment->name) : NULL;
	size_t i;

	for (i = 0; env && i < env->backup_count; i++)
		if (strcmp(env->backups[i].kind, kind) == 0)
			return &env->backups[i];
	return NULL;
}

static const struct backup *
newest_read(const struct backup_series *b, int64_t before)
{
	size_t i;

	for (i = 0; b && i < b->count; i++)
		if (b->items[i].rung >= RUNG_READ &&
		    strncmp(b->items[i].name, SAFETY, strlen(SAFETY)) != 0 &&
		    (before == TIME_UNKNOWN || b->items[i].taken_at < before))
			return &b->items[i];
	return NULL;
}

static int64_t
taken_at(const struct backup_series *b, const char *name)
{
	size_t i;

	for (i = 0; b && i < b->count; i++)
		if (strcmp(b->items[i].name, name) == 0)
			return b->items[i].taken_at;
	return backup_taken_at(name, TIME_UNKNOWN);
}

/* "2026-11-25 18:28", by this machine's clock. */
static char *
time_text(int64_t at)
{
	time_t t = at / 1000;
	char text[64];
	struct tm tm;

	if (at == TIME_UNKNOWN || !localtime_r(&t, &tm) ||
	    strftime(text, sizeof(text), "%Y-%m-%d %H:%M", &tm) == 0)
		return NULL;
	return xstrdup(text);
}

static int
choose_newest(const struct step *s, struct database_step *d,
    const struct backup_series *seen, struct err *e)
{
	char *text = given(s, "taken_before");
	int64_t before = TIME_UNKNOWN;
	const struct backup *b;
	int result = 0;

	if (text && clock_parse_rfc3339(text, &before) == -1)
		result = err_set(e, "'%s' is no time, expected "
		    "2026-06-15T06:30:00Z", text);
	b = newest_read(seen, before);
	if (result == 0 && b)
		d->file = xstrdup(b->name);
	else if (result == 0 && s->w)
		result = err_set(e, "no backup of %s%s%s is known to be "
		    "readable to its end: verify one, or name one", d->kind,
		    text ? " before " : "", text ? text : "");
	free(text);
	return result;
}

int
database_step_choose(const struct step *s, struct database_step *d,
    struct err *e)
{
	const struct backup_series *seen = observed(s, d->kind);

	d->file = given(s, "backup");
	if (!d->file && choose_newest(s, d, seen, e) == -1)
		return -1;
	if (d->file && !backup_file_ok(d->file))
		return err_set(e, "'%s' is no name of a backup that is "
		    "restored: letters, digits and ._+:@=,-", d->file);
	d->plan.file = d->file;
	if (d->file)
		d->taken = time_text(taken_at(seen, d->file));
	d->plan.taken = d->taken;
	return 0;
}
