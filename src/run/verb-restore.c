/* restore: a backup into a database of its own, verified there, and swapped with
 * the one that is in use, which is kept under another name. */
#include "run/verb-table.h"

#include "base/text.h"
#include "run/database-step.h"
#include "run/verb-script.h"

/* Several databases are all restored before the first one is swapped. */
static const char *const parts[] = {"restore", "swap", "both", NULL};

static const struct verb_argument arguments[] = {
	{"kind", .required = true},
	{"database", .required = true},
	{"backup"},
	{"taken_before"},
	{"owner"},
	{"part", .words = parts},
	{NULL},
};

static bool
does(const struct step *s, const char *part)
{
	const char *text = book_argument(s->book, "part");

	return !text || strcmp(text, "both") == 0 || strcmp(text, part) == 0;
}

static int
read_step(const struct step *s, struct database_step *d, struct err *e)
{
	if (database_step_read(s, d, e) == -1)
		return -1;
	d->plan.restore = does(s, "restore");
	d->plan.swap = does(s, "swap");
	return 0;
}

static int
write_script(struct step *s, struct buf *b, struct err *e)
{
	struct database_step d;
	int result = 0;

	if (read_step(s, &d, e) == -1)
		return -1;
	/* What is swapped was chosen when it was restored. */
	if (d.plan.restore)
		result = database_step_choose(s, &d, e);
	if (result == 0)
		restore_script(b, &d.plan);
	database_step_release(&d);
	return result;
}

static int
write_look(struct step *s, struct buf *b, struct err *e)
{
	struct database_step d;

	if (read_step(s, &d, e) == -1)
		return -1;
	restore_look_script(b, &d.plan);
	database_step_release(&d);
	return 0;
}

static const struct script_kind kind = {
	.here = script_is_here, .write = write_script, .look = write_look,
};

static void
start(struct step *s)
{
	script_start(s, &kind);
}

static void
probe(struct step *s)
{
	script_probe(s, &kind);
}

/* --- paper -------------------------------------------------------------- */

static void
paper_restore(const struct database_plan *p, const char *tools,
    struct buf *b)
{
	char *ready = database_name_of(p, DATABASE_READY);
	const char *taken = p->taken ? p->taken : "the backup";
	const char *file = p->file ? p->file : "\"$backup\"";

	paper_comment(b, "what was written to %s after %s is lost", p->database,
	    taken);
	buf_adds(b, "cd ");
	text_shell_quote(b, p->directory);
	buf_addc(b, '\n');
	if (!p->file)
		buf_adds(b, "backup=  # the newest one that can be trusted\n");
	buf_addf(b, "sha256sum -c %s.sha256\n", file);
	buf_addf(b, "%s pg_restore -f /dev/null <%s\n", tools, file);
	buf_addf(b, "%s createdb -T template0 -O \"$(%s psql -X -d postgres "
	    "-Atc \"select pg_get_userbyid(datdba) from pg_database where "
	    "datname = '%s'\" </dev/null)\" %s\n", tools, tools, p->database,
	    ready);
	buf_addf(b, "%s pg_restore -d %s --exit-on-error%s%s <%s\n", tools,
	    ready, p->owner ? " --no-owner --role=" : "", p->owner ? p->owner :
	    "", file);
	buf_addf(b, "%s psql -X -d %s -Atc ", tools, ready);
	text_shell_quote(b, p->query ? p->query : "\\dt");
	buf_adds(b, "\n# must answer, and not 0\n");
	free(ready);
}

static void
paper_swap(const struct database_plan *p, const char *tools, struct buf *b)
{
	char *before = database_name_of(p, DATABASE_BEFORE);

	buf_addf(b, "%s psql -X -d postgres -c \"select pg_terminate_backend"
	    "(pid) from pg_stat_activity where datname = '%s'\"\n", tools,
	    p->database);
	database_swap_command(b, p);
	paper_comment(b, "what was there is kept as %s; to swap back, while "
	    "nothing uses it:", before);
	buf_adds(b, "# ");
	database_swap_back_command(b, p);
	free(before);
}

static void
paper(const struct step *s, struct buf *b)
{
	struct database_step d;
	struct err e = {""};
	const char *tools;

	if (read_step(s, &d, &e) == -1) {
		paper_comment(b, "cannot be: %s", e.text);
		return;
	}
	if (d.plan.restore && database_step_choose(s, &d, &e) == -1)
		paper_comment(b, "cannot be: %s", e.text);
	tools = d.plan.tools ? d.plan.tools : "env";
	if (d.plan.restore)
		paper_restore(&d.plan, tools, b);
	if (d.plan.swap)
		paper_swap(&d.plan, tools, b);
	database_step_release(&d);
}

const struct verb verb_restore = {
	.shape = {"restore", "kind", arguments, 60 * 60 * 1000},
	.start = start, .stop = script_stop, .forget = script_forget,
	.probe = probe, .paper = paper,
};
