/* vigie changelog show, vigie changelog cut. */
#include "client/cmd.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/files.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/text.h"
#include "model/changelog.h"

#define FILE_NAME "CHANGELOG.md"

struct work {
	const struct cmd_args *args;
	const char *file;
	struct buf text;
};

/* --- show ------------------------------------------------------------------- */

static struct json *
version_to_json(const struct changelog_version *v)
{
	struct json *o = json_object(), *list = json_array();
	size_t i, j;

	json_set_text(o, "version", v->unreleased ? NULL : v->name);
	json_set_text(o, "date", v->date);
	json_set_bool(o, "unreleased", v->unreleased);
	json_set_bool(o, "yanked", v->yanked);
	json_set_text(o, "link", v->link);
	json_set_int(o, "line", (int64_t)v->line);
	for (i = 0; i < v->category_count; i++) {
		const struct changelog_category *c = &v->categories[i];
		struct json *category = json_object(), *items = json_array();

		for (j = 0; j < c->item_count; j++)
			json_append(items, json_string(c->items[j]));
		json_set_text(category, "name", c->name);
		json_set(category, "items", items);
		json_append(list, category);
	}
	json_set(o, "categories", list);
	return o;
}

static int
show_json(const struct changelog *c, const struct changelog_version *only)
{
	struct buf out = BUF_INIT(4 * CHANGELOG_BYTES_MAX);
	struct json *list = json_array();
	size_t i;

	for (i = 0; i < c->version_count; i++)
		if (!only || only == &c->versions[i])
			json_append(list, version_to_json(&c->versions[i]));
	json_print_pretty(list, &out);
	printf("%s\n", buf_str(&out));
	json_free(list);
	buf_release(&out);
	return EXIT_OK;
}

/* "1.4.0  2026-06-15  2 Added, 1 Fixed  [YANKED]" */
static void
show_line(const struct changelog_version *v)
{
	size_t i;

	printf("%-14s %-10s ", v->name, v->date ? v->date : "");
	for (i = 0; i < v->category_count; i++)
		printf("%s%zu %s", i ? ", " : " ",
		    v->categories[i].item_count, v->categories[i].name);
	printf("%s\n", v->yanked ? " [YANKED]" : "");
}

static void
show_notes(const struct changelog_version *v, const char *text)
{
	char *notes = changelog_notes(v, text);

	printf("%s%s%s%s\n", v->name, v->date ? "  " : "",
	    v->date ? v->date : "", v->yanked ? "  [YANKED]" : "");
	if (v->link)
		printf("%s\n", v->link);
	if (*notes)
		printf("\n%s\n", notes);
	free(notes);
}

static int
show(const struct work *w)
{
	const char *version = w->args->operands[1];
	const struct changelog_version *only = NULL;
	struct changelog c;
	struct err e;
	size_t i;
	int code = EXIT_OK;

	if (changelog_parse(w->file, buf_str(&w->text), w->text.len, &c,
	    &e) == -1)
		return cmd_fail(w->args, EXIT_CRIT, "%s", e.text);
	if (version)
		only = changelog_find(&c, version);
	if (version && !only)
		code = cmd_fail(w->args, EXIT_CRIT, _("%s has no version %s"),
		    w->file, version);
	else if (cmd_value(w->args, "json"))
		code = show_json(&c, only);
	else if (only)
		show_notes(only, buf_str(&w->text));
	else
		for (i = 0; i < c.version_count; i++)
			show_line(&c.versions[i]);
	changelog_release(&c);
	return code;
}

/* --- cut -------------------------------------------------------------------- */

/* The operator's day: what the calendar on their wall says. */
static char *
today(void)
{
	time_t now = time(NULL);
	char text[16] = "";
	struct tm tm;

	if (localtime_r(&now, &tm))
		strftime(text, sizeof(text), "%Y-%m-%d", &tm);
	return xstrdup(text);
}

/* Line by line: the file's own bytes may be anything. */
static void
print_diff(const struct buf *diff)
{
	const char *s = buf_str(diff), *end;
	char *clean;

	for (; *s; s = end + 1) {
		end = strchrnul(s, '\n');
		clean = text_clean(s, end - s);
		printf("%s\n", clean);
		free(clean);
		if (!*end)
			break;
	}
}

/* The file itself is replaced, not a symbolic link to it. */
static int
write_file(const struct work *w, const struct buf *made, struct err *e)
{
	char *path = realpath(w->file, NULL);
	struct stat st;
	int result;

	if (!path || stat(path, &st) == -1)
		result = err_errno(e, _("cannot write %s"), w->file);
	else
		result = files_write(path, buf_str(made), made->len,
		    st.st_mode & 07777, e);
	free(path);
	return result;
}

static int
cut(const struct work *w)
{
	const struct cmd_args *a = w->args;
	const char *version = a->operands[1];
	const char *given = cmd_value(a, "date");
	char *date = given ? xstrdup(given) : today();
	struct buf out = BUF_INIT(2 * CHANGELOG_BYTES_MAX);
	struct buf made = BUF_INIT(2 * CHANGELOG_BYTES_MAX);
	struct changelog_cut c;
	struct err e;
	int code = EXIT_CRIT;

	if (changelog_cut(w->file, buf_str(&w->text), w->text.len, version,
	    date, &c, &e) == -1) {
		cmd_fail(a, code, "%s", e.text);
		goto out;
	}
	if (changelog_cut_diff(&c, w->file, buf_str(&w->text), w->text.len,
	    &out) == -1 || changelog_cut_apply(&c, buf_str(&w->text),
	    w->text.len, &made) == -1)
		cmd_fail(a, code, _("%s becomes too large"), w->file);
	else if (cmd_value(a, "write") && write_file(w, &made, &e) == -1)
		cmd_fail(a, code, "%s", e.text);
	else
		code = EXIT_OK;
	if (code == EXIT_OK)
		print_diff(&out);
	if (code == EXIT_OK && cmd_value(a, "write"))
		printf(_("%s is written.\n"), w->file);
	changelog_cut_release(&c);
out:
	buf_release(&out);
	buf_release(&made);
	free(date);
	return code;
}

/* --- both ------------------------------------------------------------------- */

int
cmd_changelog(const struct cmd_args *a)
{
	const char *file = cmd_value(a, "file");
	struct work w = {.args = a, .file = file ? file : FILE_NAME,
			 .text = BUF_INIT(CHANGELOG_BYTES_MAX)};
	bool cutting = strcmp(a->operands[0], "cut") == 0;
	struct err e;
	int code;

	if (!cutting && strcmp(a->operands[0], "show") != 0)
		return cmd_fail(a, EXIT_USAGE, _("show or cut?"));
	if (cutting && a->operand_count < 2)
		return cmd_fail(a, EXIT_USAGE, _("cut needs the version"));
	if (cmd_value(a, "write") && cmd_value(a, "dry-run"))
		return cmd_fail(a, EXIT_USAGE, _("--dry-run or --write?"));
	if (!cutting && (cmd_value(a, "write") || cmd_value(a, "dry-run") ||
	    cmd_value(a, "date")))
		return cmd_fail(a, EXIT_USAGE, _("show writes nothing"));
	if (cutting && cmd_value(a, "json"))
		return cmd_fail(a, EXIT_USAGE, _("cut answers with a diff"));
	if (files_read(w.file, &w.text, &e) == -1)
		code = cmd_fail(a, EXIT_CRIT, "%s", e.text);
	else
		code = cutting ? cut(&w) : show(&w);
	buf_release(&w.text);
	return code;
}
