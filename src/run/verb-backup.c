/* backup: what is in a database now, kept beside its backups before it is
 * touched, and read back to its end. */
#include "run/verb-table.h"

#include "base/text.h"
#include "run/database-step.h"
#include "run/verb-script.h"

static const struct verb_argument arguments[] = {
	{"kind", .required = true},
	{"database", .required = true},
	{NULL},
};

static int
make(struct step *s, void (*script)(struct buf *, const struct database_plan *),
    struct buf *b, struct err *e)
{
	struct database_step d;

	if (database_step_read(s, &d, e) == -1)
		return -1;
	database_step_safety(&d);
	script(b, &d.plan);
	database_step_release(&d);
	return 0;
}

static int
write_script(struct step *s, struct buf *b, struct err *e)
{
	return make(s, backup_script, b, e);
}

static int
write_look(struct step *s, struct buf *b, struct err *e)
{
	return make(s, backup_look_script, b, e);
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

static void
paper(const struct step *s, struct buf *b)
{
	struct database_step d;
	struct err e = {""};
	const char *tools;

	if (database_step_read(s, &d, &e) == -1) {
		paper_comment(b, "cannot be: %s", e.text);
		return;
	}
	database_step_safety(&d);
	tools = d.plan.tools ? d.plan.tools : "env";
	buf_adds(b, "cd ");
	text_shell_quote(b, d.plan.directory);
	buf_addf(b, "\n%s pg_dump -Fc %s </dev/null >%s\n", tools,
	    d.plan.database, d.plan.file);
	buf_addf(b, "%s pg_restore -f /dev/null <%s\n", tools, d.plan.file);
	buf_addf(b, "sha256sum %s >%s.sha256\n", d.plan.file, d.plan.file);
	database_step_release(&d);
}

const struct verb verb_backup = {
	.shape = {"backup", "kind", arguments, 60 * 60 * 1000},
	.start = start, .stop = script_stop, .forget = script_forget,
	.probe = probe, .paper = paper,
};
