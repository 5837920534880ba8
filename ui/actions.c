/*
 * The command table.
 */
#include "base/i18n.h"
#include "ui/backups.h"
#include "ui/commands.h"
#include "ui/pipelines.h"
#include "ui/readiness.h"
#include "ui/view-backups.h"
#include "ui/view-environment.h"
#include "ui/view-log.h"
#include "ui/view-releases.h"

#define PANES (WHERE_RELEASES | WHERE_PIPELINES | WHERE_RUNS | WHERE_BACKUPS)
#define LISTS (WHERE_OVERVIEW | WHERE_ENVIRONMENT | WHERE_EVENTS | PANES)
#define INSIDE (WHERE_CONSOLE & ~WHERE_OVERVIEW)
#define SHOWS_ONE (WHERE_OVERVIEW | WHERE_ENVIRONMENT | WHERE_EVENTS | \
	WHERE_READINESS)
#define WITH_ENVIRONMENT (WHERE_OVERVIEW | WHERE_ENVIRONMENT | WHERE_LOG | \
	WHERE_EVENTS)
/* The views of the project, from each of which the others are a key away. */
#define PROJECT (WHERE_OVERVIEW | WHERE_ENVIRONMENT | PANES | WHERE_READINESS)
#define ALL (WHERE_CONSOLE | WHERE_WALL)

#define MOVE(move_name, move_keys, move_help, move_value) { \
	.name = move_name, .keys = move_keys, .help = move_help, \
	.where = WHERE_CONSOLE, .flags = ACTION_NAMELESS, \
	.value = move_value, .run = run_move}

const struct action actions[] = {
	{.name = "open", .keys = "Enter", .hint = N_("open"),
	    .arguments = ARGUMENTS_ENVIRONMENT, .usage = "[environment]",
	    .help = N_("open the selected environment"),
	    .where = WHERE_OVERVIEW, .run = run_open},
	{.name = "logs", .keys = "l", .hint = N_("logs"),
	    .arguments = ARGUMENTS_SERVICES,
	    .usage = "[environment] [service…]",
	    .help = N_("follow the logs of the service, or of all"),
	    .where = WITH_ENVIRONMENT & ~WHERE_LOG, .run = run_logs},
	{.name = "logs", .keys = "", .arguments = ARGUMENTS_SERVICES,
	    .usage = "[environment] [service…]",
	    .help = N_("follow the logs of other services"),
	    .where = WHERE_LOG, .run = run_logs},
	{.name = "events", .keys = "e", .hint = N_("events"),
	    .arguments = ARGUMENTS_ENVIRONMENT, .usage = "[environment]",
	    .help = N_("what containers did, as it happens"),
	    .where = WITH_ENVIRONMENT & ~WHERE_EVENTS, .run = run_events},
	{.name = "releases", .keys = "v",
	    .help = N_("the releases: notes, commits, where they run"),
	    .where = PROJECT & ~WHERE_RELEASES, .run = run_releases},
	{.name = "backups", .keys = "b", .hint = N_("backups"),
	    .arguments = ARGUMENTS_ENVIRONMENT, .usage = "[environment]",
	    .help = N_("the backups: age, size, how far they were verified"),
	    .where = PROJECT & ~WHERE_BACKUPS, .run = run_backups,
	    .worth = backups_used},
	{.name = "backups", .keys = "b", .arguments = ARGUMENTS_ENVIRONMENT,
	    .usage = "[environment]",
	    .help = N_("the backups of all environments, or of one"),
	    .where = WHERE_BACKUPS, .run = run_backups},
	{.name = "shell", .keys = "s", .hint = N_("shell"),
	    .help = N_("a shell in the selected container"),
	    .where = WHERE_OVERVIEW | WHERE_ENVIRONMENT,
	    .flags = ACTION_OPERATOR, .run = run_shell},
	{.name = "details", .keys = "i", .hint = N_("details"),
	    .help = N_("details of the service, or the environment"),
	    .where = WHERE_ENVIRONMENT, .run = run_environment_details},
	{.name = "sort", .keys = "o", .hint = N_("sort"),
	    .help = N_("sort by name, by trouble, by cpu, by memory"),
	    .where = WHERE_ENVIRONMENT, .run = run_environment_sort},

	{.name = "follow", .keys = "f Space", .hint = N_("follow"),
	    .help = N_("follow the end, or stay here"),
	    .where = WHERE_LOG, .run = run_log_follow},
	{.name = "severity", .keys = "v", .hint = N_("severity"),
	    .help = N_("show all, or from info, warnings, errors up"),
	    .where = WHERE_LOG, .run = run_log_severity},
	{.name = "wrap", .keys = "w", .hint = N_("wrap"),
	    .help = N_("wrap long lines, or cut them"),
	    .where = WHERE_LOG, .run = run_log_wrap},
	{.name = "time", .keys = "t", .hint = N_("time"),
	    .help = N_("show or hide the time of each line"),
	    .where = WHERE_LOG, .run = run_log_time},
	{.name = "save", .keys = "S", .hint = N_("save"),
	    .arguments = ARGUMENTS_TEXT, .usage = "[file]",
	    .help = N_("save the lines shown to a file"),
	    .where = WHERE_LOG, .run = run_log_save},

	{.name = "compare", .keys = "=", .hint = N_("compare"),
	    .help = N_("hold the release: others are compared with it"),
	    .where = WHERE_RELEASES, .run = run_releases_compare},
	{.name = "verify", .keys = "V", .hint = N_("verify"),
	    .help = N_("prove the newest backup of the series, as far as can "
	    "be"),
	    .where = WHERE_BACKUPS,
	    .flags = ACTION_OPERATOR | ACTION_CONFIRM, .run = run_verify},
	{.name = "scroll-down", .keys = "J Space", .hint = N_("scroll"),
	    .help = N_("scroll what stands beside the list down"),
	    .where = PANES, .flags = ACTION_NAMELESS, .value = 1,
	    .run = run_scroll},
	{.name = "scroll-up", .keys = "K",
	    .help = N_("scroll what stands beside the list up"),
	    .where = PANES, .flags = ACTION_NAMELESS, .value = -1,
	    .run = run_scroll},

	{.name = "filter", .keys = "/", .hint = N_("filter"),
	    .arguments = ARGUMENTS_TEXT, .usage = "[text]",
	    .help = N_("show only what contains the text"),
	    .where = LISTS | WHERE_HELP, .run = run_filter},
	{.name = "search", .keys = "/", .hint = N_("search"),
	    .arguments = ARGUMENTS_TEXT, .usage = "[text]",
	    .help = N_("mark the text and go to it"),
	    .where = WHERE_LOG, .run = run_filter},
	{.name = "prompt", .keys = ":", .hint = N_("run"),
	    .help = N_("type a command; Tab completes"),
	    .where = WHERE_CONSOLE, .flags = ACTION_NAMELESS,
	    .run = run_prompt},
	{.name = "help", .keys = "? F1", .hint = N_("help"),
	    .help = N_("all keys and commands"),
	    .where = WHERE_CONSOLE & ~WHERE_HELP, .run = run_help},
	{.name = "back", .keys = "q Esc BSpace", .hint = N_("back"),
	    .help = N_("take the filter away, or go back"),
	    .where = INSIDE, .run = run_back},
	{.name = "back", .keys = "Esc",
	    .help = N_("take the filter away"),
	    .where = WHERE_OVERVIEW, .flags = ACTION_NAMELESS,
	    .run = run_back},

	{.name = "choose", .keys = "1 2 3 4 5 6 7 8 9",
	    .help = N_("choose an environment by its number"),
	    .where = SHOWS_ONE,
	    .flags = ACTION_KEY_ARGUMENT | ACTION_NAMELESS,
	    .run = run_choose},
	{.name = "next", .keys = "Tab", .help = N_("the next environment"),
	    .where = SHOWS_ONE, .flags = ACTION_NAMELESS, .value = 1,
	    .run = run_next},
	{.name = "previous", .keys = "S-Tab",
	    .help = N_("the previous environment"),
	    .where = SHOWS_ONE, .flags = ACTION_NAMELESS, .value = -1,
	    .run = run_next},
	MOVE("up", "k Up", N_("one up"), MOVE_UP),
	MOVE("down", "j Down", N_("one down"), MOVE_DOWN),
	MOVE("left", "h Left", N_("left"), MOVE_LEFT),
	MOVE("right", "Right", N_("right"), MOVE_RIGHT),
	MOVE("page-up", "PgUp C-b", N_("a page up"), MOVE_PAGE_UP),
	MOVE("page-down", "PgDn C-f", N_("a page down"), MOVE_PAGE_DOWN),
	MOVE("half-up", "C-u", N_("half a page up"), MOVE_HALF_UP),
	MOVE("half-down", "C-d", N_("half a page down"), MOVE_HALF_DOWN),
	MOVE("top", "g Home", N_("to the first"), MOVE_TOP),
	MOVE("bottom", "G End", N_("to the last"), MOVE_BOTTOM),
	MOVE("next-match", "n", N_("to the next trouble or match"),
	    MOVE_NEXT_TROUBLE),
	MOVE("previous-match", "N", N_("to the previous trouble or match"),
	    MOVE_PREVIOUS_TROUBLE),

	{.name = "copy", .keys = "y",
	    .help = N_("copy what is selected to the clipboard"),
	    .where = WHERE_CONSOLE, .run = run_copy},
	{.name = "refresh", .keys = "R",
	    .arguments = ARGUMENTS_ENVIRONMENT, .usage = "[environment]",
	    .help = N_("observe everything now"),
	    .where = WITH_ENVIRONMENT, .flags = ACTION_OPERATOR,
	    .run = run_request},
	{.name = "reload", .keys = "",
	    .help = N_("make the server read its configuration again"),
	    .where = WHERE_CONSOLE, .flags = ACTION_OPERATOR,
	    .run = run_request},
	{.name = "stop", .keys = "",
	    .help = N_("end the server: nobody watches any more"),
	    .where = WHERE_CONSOLE,
	    .flags = ACTION_OPERATOR | ACTION_CONFIRM, .run = run_request},
	{.name = "theme", .keys = "", .arguments = ARGUMENTS_TEXT,
	    .usage = "[name]", .help = N_("change the colours"),
	    .where = WHERE_CONSOLE, .run = run_theme},
	{.name = "redraw", .keys = "C-l", .help = N_("draw the screen again"),
	    .where = ALL, .run = run_redraw},
	{.name = "suspend", .keys = "C-z",
	    .help = N_("back to the shell; fg returns"),
	    .where = WHERE_CONSOLE, .run = run_suspend},
	{.name = "page", .keys = "Space n Right", .help = N_("the next page"),
	    .where = WHERE_WALL, .flags = ACTION_NAMELESS,
	    .value = MOVE_PAGE_DOWN, .run = run_move},
	{.name = "quit", .keys = "q C-c", .hint = N_("quit"),
	    .help = N_("leave; the server goes on"),
	    .where = WHERE_OVERVIEW | WHERE_WALL, .run = run_quit},
	{.name = "quit", .keys = "C-c",
	    .help = N_("leave; the server goes on"),
	    .where = INSIDE, .run = run_quit},
	{.name = NULL},
};
