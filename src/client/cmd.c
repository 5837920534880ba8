#include "client/cmd.h"

#include <getopt.h>
#include <stdarg.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"

#define ENV_WORDS "ENV"
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* What deploy and rollback ask alike. */
#define PLAN_OPTIONS \
		{"dry-run", 0, NULL, N_("show what would be done, and do " \
		 "nothing"), NULL}, \
		{"confirm", 0, N_("NAME"), N_("the environment's name: do not " \
		 "ask"), NULL}, \
		{"reason", 0, N_("TEXT"), N_("why, for the journal"), NULL}, \
		{"via", 0, N_("WAY"), N_("github or ssh"), "github ssh"}

const struct command client_commands[] = {
	{.name = "status", .operands = "[ENV]", .operands_max = 1,
	 .words = ENV_WORDS, .run = cmd_status,
	 .summary = N_("how the environments are"),
	 .options = {
		{"json", 'j', NULL, N_("JSON, as in vigie-protocol(7)"),
		 NULL},
		{"plain", 0, NULL, N_("one line per fact, tab-separated"),
		 NULL},
		{"prometheus", 0, NULL, N_("metrics in Prometheus' text "
		 "format"), NULL},
		{"plugin", 0, NULL, N_("one line for a monitoring system"),
		 NULL},
		{"wait", 'w', NULL, N_("wait until everything was observed "
		 "once (at most 60 s)"), NULL}}},
	{.name = "logs", .operands = "ENV [SERVICE...]", .operands_min = 1,
	 .operands_max = CMD_OPERANDS_MAX, .words = ENV_WORDS,
	 .run = cmd_logs,
	 .summary = N_("the services' logs, interleaved by time"),
	 .options = {
		{"follow", 'f', NULL, N_("go on as lines come"), NULL},
		{"since", 0, N_("TIME"), N_("from that time (RFC 3339) or "
		 "age (10m) on"), NULL},
		{"tail", 'n', N_("LINES"), N_("the last lines of each service "
		 "(200)"), NULL},
		{"grep", 'g', N_("TEXT"), N_("only lines that contain TEXT, "
		 "in any case"), NULL},
		{"timestamps", 't', NULL, N_("begin lines with their time"),
		 NULL},
		{"json", 'j', NULL, N_("one JSON object per line"), NULL}}},
	{.name = "events", .operands = "[ENV]", .operands_max = 1,
	 .words = ENV_WORDS, .run = cmd_events,
	 .summary = N_("what the containers did"),
	 .options = {
		{"follow", 'f', NULL, N_("go on as events come"), NULL},
		{"tail", 'n', N_("EVENTS"), N_("the last events (100)"), NULL},
		{"json", 'j', NULL, N_("one JSON object per line"), NULL}}},
	{.name = "releases", .operands = "[ENV | show TAG | diff TAG TAG]",
	 .operands_max = 3, .words = ENV_WORDS " show diff",
	 .run = cmd_releases,
	 .summary = N_("the repository's versions, and where they run"),
	 .options = {
		{"number", 'n', N_("RELEASES"), N_("at most that many (20; "
		 "with --json all)"), NULL},
		{"json", 'j', NULL, N_("JSON, as in vigie-protocol(7)"),
		 NULL}}},
	{.name = "workflows", .operands = "", .run = cmd_workflows,
	 .summary = N_("GitHub's workflows: last runs, approvals, limits"),
	 .options = {
		{"json", 'j', NULL, N_("JSON, as in vigie-protocol(7)"),
		 NULL}}},
	{.name = "backups", .operands = "[ENV | verify ENV [KIND]]",
	 .operands_max = 3, .words = ENV_WORDS " verify",
	 .run = cmd_backups,
	 .summary = N_("backups: age, size, how far verified; or verify the "
	 "newest"),
	 .options = {
		{"json", 'j', NULL, N_("JSON, as in vigie-protocol(7)"),
		 NULL},
		{"detach", 'd', NULL, N_("verify: do not wait for the "
		 "verdict"), NULL}}},
	{.name = "readiness", .operands = "[ENV]", .operands_max = 1,
	 .words = ENV_WORDS, .run = cmd_readiness,
	 .summary = N_("whether a rollback would work, and to what"),
	 .options = {
		{"json", 'j', NULL, N_("JSON, as in vigie-protocol(7)"),
		 NULL}}},
	{.name = "mark", .operands = "VERSION good|bad|none",
	 .operands_min = 2, .operands_max = 2, .run = cmd_mark,
	 .summary = N_("say of a version that it is good or bad"),
	 .options = {
		{"reason", 0, N_("TEXT"), N_("why; a bad one needs it"),
		 NULL}}},
	{.name = "lock", .operands = "ENV", .operands_min = 1,
	 .operands_max = 1, .words = ENV_WORDS, .run = cmd_lock,
	 .summary = N_("keep others from deploying to an environment"),
	 .options = {
		{"reason", 0, N_("TEXT"), N_("why; it must be given"),
		 NULL}}},
	{.name = "unlock", .operands = "ENV", .operands_min = 1,
	 .operands_max = 1, .words = ENV_WORDS, .run = cmd_unlock,
	 .summary = N_("lift the lock of an environment"),
	 .options = {
		{"reason", 0, N_("TEXT"), N_("why; somebody else's lock needs "
		 "it"), NULL}}},
	{.name = "deploy", .operands = "ENV [VERSION]", .operands_min = 1,
	 .operands_max = 2, .words = ENV_WORDS, .run = cmd_deploy,
	 .summary = N_("deploy a version to an environment"),
	 .options = {
		PLAN_OPTIONS,
		{"detach", 'd', NULL, N_("do not wait for its end"), NULL},
		{"json", 'j', NULL, N_("JSON, as in vigie-protocol(7)"),
		 NULL}}},
	{.name = "rollback", .operands = "ENV [VERSION]", .operands_min = 1,
	 .operands_max = 2, .words = ENV_WORDS, .run = cmd_rollback,
	 .summary = N_("bring an earlier version back"),
	 .options = {
		PLAN_OPTIONS,
		{"scenario", 's', N_("NAME"), N_("what went wrong (regression)"),
		 "regression schema credentials host-down hotfix"},
		{"detach", 'd', NULL, N_("do not wait for its end"), NULL},
		{"json", 'j', NULL, N_("JSON, as in vigie-protocol(7)"),
		 NULL}}},
	{.name = "runs", .operands = "[ID]", .operands_max = 1,
	 .run = cmd_runs,
	 .summary = N_("what is done to the environments, and was"),
	 .options = {
		{"follow", 'f', NULL, N_("go on until its end"), NULL},
		{"json", 'j', NULL, N_("one JSON object per line"), NULL}}},
	{.name = "hold", .operands = "RUN", .operands_min = 1,
	 .operands_max = 1, .run = cmd_hold,
	 .summary = N_("stop a run before its next step"),
	 .options = {
		{"reason", 0, N_("TEXT"), N_("why, for the journal"), NULL}}},
	{.name = "resume", .operands = "RUN", .operands_min = 1,
	 .operands_max = 1, .run = cmd_resume,
	 .summary = N_("go on with a run that stands"),
	 .options = {
		{"reason", 0, N_("TEXT"), N_("why, for the journal"), NULL}}},
	{.name = "abort", .operands = "RUN", .operands_min = 1,
	 .operands_max = 1, .run = cmd_abort,
	 .summary = N_("end a run, and the step that is under way"),
	 .options = {
		{"reason", 0, N_("TEXT"), N_("why, for the journal"), NULL}}},
	{.name = "retry", .operands = "RUN", .operands_min = 1,
	 .operands_max = 1, .run = cmd_retry,
	 .summary = N_("try the failed step of a run again"),
	 .options = {
		{"reason", 0, N_("TEXT"), N_("why; it must be given"), NULL}}},
	{.name = "skip", .operands = "RUN", .operands_min = 1,
	 .operands_max = 1, .run = cmd_skip,
	 .summary = N_("pass over the step that a run stands at"),
	 .options = {
		{"reason", 0, N_("TEXT"), N_("why; it must be given"), NULL}}},
	{.name = "tick", .operands = "RUN ITEM", .operands_min = 2,
	 .operands_max = 2, .run = cmd_tick,
	 .summary = N_("tick an item of a checklist"),
	 .options = {
		{"reason", 0, N_("TEXT"), N_("why; overriding a red one needs it"), NULL}}},
	{.name = "runbook", .operands = "[NAME [PARAMETER=VALUE...]]",
	 .operands_max = CMD_OPERANDS_MAX, .run = cmd_runbook,
	 .summary = N_("the runbooks, or one on paper"),
	 .options = {
		{"paper", 'p', N_("ENV"), N_("its commands, filled in for ENV"),
		 ENV_WORDS},
		{"json", 'j', NULL, N_("one JSON object per line"), NULL}}},
	{.name = "journal", .operands = "[ENV]", .operands_max = 1,
	 .words = ENV_WORDS, .run = cmd_journal,
	 .summary = N_("who did what, when and why"),
	 .options = {
		{"number", 'n', N_("ENTRIES"), N_("the last entries (100)"),
		 NULL},
		{"run", 0, N_("ID"), N_("only what belongs to that run"),
		 NULL},
		{"verify", 0, NULL, N_("check that nothing in it was changed"),
		 NULL},
		{"json", 'j', NULL, N_("one JSON object per line"), NULL}}},
	{.name = "refresh", .operands = "[ENV]", .operands_max = 1,
	 .words = ENV_WORDS, .run = cmd_refresh,
	 .summary = N_("observe everything now, reconnect what is down")},
	{.name = "changelog", .operands = "show|cut [VERSION]",
	 .operands_min = 1, .operands_max = 2, .words = "show cut",
	 .run = cmd_changelog,
	 .summary = N_("what CHANGELOG.md says, or move its Unreleased to a "
	 "version"),
	 .options = {
		{"file", 0, N_("FILE"), N_("the changelog (CHANGELOG.md)"),
		 NULL},
		{"date", 0, N_("DATE"), N_("the version's day, as 2026-06-15 "
		 "(today)"), NULL},
		{"dry-run", 0, NULL, N_("show what cut would change (what it "
		 "does by default)"), NULL},
		{"write", 0, NULL, N_("change the file"), NULL},
		{"json", 'j', NULL, N_("show as JSON"), NULL}}},
	{.name = "config", .operands = "check|print", .operands_min = 1,
	 .operands_max = 1, .words = "check print", .run = cmd_config,
	 .summary = N_("check the configuration, or show it with its "
	 "origins")},
	{.name = "server", .operands = "", .run = cmd_server,
	 .summary = N_("run the server (the first client starts one by "
	 "itself)"),
	 .options = {
		{"foreground", 'F', NULL, N_("stay, and log to standard "
		 "error"), NULL},
		{"debug", 0, NULL, N_("log more"), NULL},
		{"stop", 0, NULL, N_("end the running server"), NULL},
		{"reload", 0, NULL, N_("have it read its configuration "
		 "again"), NULL}}},
	{.name = "completion", .operands = "bash|environments",
	 .operands_min = 1, .operands_max = 1, .words = "bash environments",
	 .run = cmd_completion,
	 .summary = N_("print the completion script for bash, or the words it "
	 "asks for")},
	{.name = NULL},
};

static const struct cmd_option global_options[] = {
	{"config", 'c', N_("FILE"), N_("use this configuration"), NULL},
	{"read-only", 'r', NULL, N_("ask for the viewer's role"), NULL},
	{"help", 'h', NULL, N_("say how to use it, and exit"), NULL},
	{"version", 'V', NULL, N_("say the version, and exit"), NULL},
};

enum { GLOBAL_CONFIG, GLOBAL_READ_ONLY, GLOBAL_HELP, GLOBAL_VERSION };
/* getopt's values: own options count from 0, global ones from here. */
#define GLOBAL_BASE 100
#define OPTION_BASE 1000

const char *
cmd_value(const struct cmd_args *a, const char *name)
{
	const struct cmd_option *o = a->command->options;
	size_t i;

	for (i = 0; i < CMD_OPTIONS_MAX && o[i].name; i++)
		if (strcmp(o[i].name, name) == 0)
			return a->given[i];
	return NULL;
}

int
cmd_fail(const struct cmd_args *a, int code, const char *fmt, ...)
{
	va_list ap;
	char *raw, *clean;

	va_start(ap, fmt);
	raw = xvasprintf(fmt, ap);
	va_end(ap);
	clean = text_clean(raw, strlen(raw));
	fprintf(stderr, "vigie %s: %s\n", a->command->name, clean);
	free(clean);
	free(raw);
	return code;
}

struct conf *
cmd_conf(const struct cmd_args *a)
{
	struct buf errors = BUF_INIT(64 * 1024);
	char *path = conf_find(a->config);
	struct conf *c;

	if (!path) {
		cmd_fail(a, 0, _("no configuration: make %s from the example "
		    "in vigie.yaml(5), or name one with --config"),
		    SYSCONFDIR "/vigie/vigie.yaml");
		return NULL;
	}
	c = conf_load(path, &errors);
	if (!c)
		fputs(buf_str(&errors), stderr);
	buf_release(&errors);
	free(path);
	return c;
}

bool
cmd_has_environment(const struct cmd_args *a, const struct conf *c,
    size_t operand)
{
	const char *name = a->operands[operand], *near;
	const char **names;
	size_t i;

	if (!name)
		return true;
	names = xcalloc(c->environment_count + 1, sizeof(*names));
	for (i = 0; i < c->environment_count; i++) {
		names[i] = c->environments[i].name;
		if (strcmp(names[i], name) == 0)
			break;
	}
	if (i == c->environment_count) {
		near = text_nearest(name, names);
		if (near)
			cmd_fail(a, 0, _("there is no environment \"%s\", did "
			    "you mean \"%s\"?"), name, near);
		else
			cmd_fail(a, 0, _("there is no environment \"%s\""),
			    name);
	}
	free(names);
	return i < c->environment_count;
}

/* --- usage ---------------------------------------------------------------- */

static void
print_options(FILE *f, const struct cmd_option *o, size_t n)
{
	size_t i;

	for (i = 0; i < n && o[i].name; i++) {
		char *left = xasprintf("--%s%s%s", o[i].name,
		    o[i].arg ? " " : "", o[i].arg ? _(o[i].arg) : "");

		if (o[i].letter)
			fprintf(f, "  -%c, %-20s %s\n", o[i].letter, left,
			    _(o[i].help));
		else
			fprintf(f, "      %-20s %s\n", left, _(o[i].help));
		free(left);
	}
}

static void
print_commands(FILE *f, const struct command *c)
{
	for (; c->name; c++)
		fprintf(f, "  %-10s %s\n", c->name, _(c->summary));
}

static void
print_help(FILE *f, const struct command *screen)
{
	fprintf(f, _("usage: vigie [ENV]            the console (without a "
	    "terminal: status)\n"
	    "       vigie COMMAND ...     vigie COMMAND --help says more\n\n"));
	print_commands(f, screen);
	print_commands(f, client_commands);
	fputc('\n', f);
	print_options(f, global_options, COUNT(global_options));
	fprintf(f, _("\nExit codes: 0 ok, 1 warn, 2 crit or failed, 3 unknown, "
	    "64 usage, 77 not permitted.\n"));
}

static void
print_usage(FILE *f, const struct command *c)
{
	fprintf(f, _("usage: vigie %s%s%s\n"), c->name,
	    *c->operands ? " " : "", c->operands);
	fprintf(f, "%s\n\n", _(c->summary));
	print_options(f, c->options, CMD_OPTIONS_MAX);
	print_options(f, global_options, COUNT(global_options));
}

/* --- parsing -------------------------------------------------------------- */

/* getopt's tables from ours. */
static void
make_tables(const struct cmd_option *o, size_t n, int base, struct option *lo,
    size_t *count, char *letters)
{
	size_t i, used = strlen(letters);

	for (i = 0; i < n && o[i].name; i++) {
		lo[(*count)++] = (struct option){o[i].name, o[i].arg ?
		    required_argument : no_argument, NULL, base + (int)i};
		if (o[i].letter) {
			letters[used++] = o[i].letter;
			if (o[i].arg)
				letters[used++] = ':';
		}
	}
	letters[used] = '\0';
}

static int
by_letter(const struct cmd_option *o, size_t n, int letter)
{
	size_t i;

	for (i = 0; i < n && o[i].name; i++)
		if (o[i].letter && o[i].letter == letter)
			return (int)i;
	return -1;
}

/* Index in the command's own options, or GLOBAL_BASE + index, or -1. */
static int
which_option(const struct command *c, int got)
{
	int i;

	if (got >= OPTION_BASE)
		return got - OPTION_BASE;
	if (got == '?')
		return -1;
	i = by_letter(c->options, CMD_OPTIONS_MAX, got);
	if (i >= 0)
		return i;
	i = by_letter(global_options, COUNT(global_options), got);
	return i >= 0 ? GLOBAL_BASE + i : -1;
}

enum parsed { PARSED, PARSED_HELP, PARSED_VERSION, PARSED_WRONG };

static enum parsed
take_option(struct cmd_args *a, int which)
{
	if (which < 0)
		return PARSED_WRONG;
	if (which < GLOBAL_BASE)
		a->given[which] = optarg ? optarg : "";
	switch (which - GLOBAL_BASE) {
	case GLOBAL_CONFIG:
		a->config = optarg;
		break;
	case GLOBAL_READ_ONLY:
		a->read_only = true;
		break;
	case GLOBAL_HELP:
		return PARSED_HELP;
	case GLOBAL_VERSION:
		return PARSED_VERSION;
	default:
		break;
	}
	return PARSED;
}

static enum parsed
parse(struct cmd_args *a, int argc, char **argv)
{
	struct option lo[CMD_OPTIONS_MAX + COUNT(global_options) + 1] = {0};
	char letters[2 * COUNT(lo) + 1] = "";
	const struct command *c = a->command;
	size_t count = 0;
	int got;

	make_tables(c->options, CMD_OPTIONS_MAX, OPTION_BASE, lo, &count,
	    letters);
	make_tables(global_options, COUNT(global_options),
	    OPTION_BASE + GLOBAL_BASE, lo, &count, letters);
	optind = 0;
	while ((got = getopt_long(argc, argv, letters, lo, NULL)) != -1) {
		enum parsed p = take_option(a, which_option(c, got));

		if (p != PARSED)
			return p;
	}
	for (; optind < argc; optind++) {
		if (a->operand_count == CMD_OPERANDS_MAX)
			return PARSED_WRONG;
		a->operands[a->operand_count++] = argv[optind];
	}
	if (a->operand_count < c->operands_min ||
	    a->operand_count > c->operands_max)
		return PARSED_WRONG;
	return PARSED;
}

static const struct command *
find_command(const struct command *c, const char *name)
{
	for (; c->name; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

/* Index of the first word that is not an option, or argc. Global options may
 * stand before the command. */
static int
first_word(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--config") == 0 ||
		    strcmp(argv[i], "-c") == 0)
			i++;
		else if (argv[i][0] != '-')
			break;
	}
	return i < argc ? i : argc;
}

int
cmd_main(int argc, char **argv, const struct command *screen)
{
	struct cmd_args a = {0};
	const struct command *c = NULL;
	int at = first_word(argc, argv), i;

	if (at < argc) {
		c = find_command(client_commands, argv[at]);
		if (!c)
			c = find_command(screen, argv[at]);
	}
	if (c) {
		/* Take the command's name out; the rest is options and
		 * operands in any order. */
		for (i = at; i + 1 < argc; i++)
			argv[i] = argv[i + 1];
		argv[--argc] = NULL;
	}
	a.command = c ? c : &screen[0];
	switch (parse(&a, argc, argv)) {
	case PARSED_HELP:
		if (c)
			print_usage(stdout, c);
		else
			print_help(stdout, screen);
		return EXIT_OK;
	case PARSED_VERSION:
		printf("%s\n", PACKAGE_STRING);
		return EXIT_OK;
	case PARSED_WRONG:
		print_usage(stderr, a.command);
		return EXIT_USAGE;
	case PARSED:
		break;
	}
	return a.command->run(&a);
}
