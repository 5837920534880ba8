/* vigie: the console by default, and one command table for all else. */
#include <signal.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/text.h"
#include "client/cmd.h"
#include "ui/ui.h"

#define PAGE_SECONDS 15

/* Fill o for this invocation. The configuration is returned and must outlive
 * the screen; NULL after telling why. */
static struct conf *
screen_options(const struct cmd_args *a, struct ui_options *o)
{
	struct conf *c = cmd_conf(a);

	if (!c)
		return NULL;
	*o = (struct ui_options){
		.client = {.socket = c->socket, .config = c->path,
			   .start_server = true, .read_only = a->read_only,
			   .subscribe = true},
		.environment = a->operands[0],
		.theme = c->theme,
	};
	return c;
}

static int
run_console(const struct cmd_args *a)
{
	struct ui_options o;
	struct conf *c;
	int code;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return cmd_status(a);
	c = screen_options(a, &o);
	if (!c)
		return EXIT_UNKNOWN;
	code = cmd_has_environment(a, c, 0) ? ui_console(&o) : EXIT_USAGE;
	conf_free(c);
	return code;
}

static int
run_wall(const struct cmd_args *a)
{
	const char *given = cmd_value(a, "page");
	int64_t seconds = PAGE_SECONDS;
	struct ui_options o;
	struct conf *c;
	int code;

	if (given && text_int(given, 1, 3600, &seconds) == -1)
		return cmd_fail(a, EXIT_USAGE, _("--page takes 1 to 3600 "
		    "seconds, not \"%s\""), given);
	c = screen_options(a, &o);
	if (!c)
		return EXIT_UNKNOWN;
	o.client.read_only = true;
	code = ui_wall(&o, (int)seconds);
	conf_free(c);
	return code;
}

/* The first one is what `vigie` alone does. */
static const struct command screen_commands[] = {
	{.name = "console", .operands = "[ENV]", .operands_max = 1,
	 .words = "ENV", .run = run_console,
	 .summary = N_("the console (also without a command)")},
	{.name = "wall", .operands = "", .run = run_wall,
	 .summary = N_("the wall screen: read-only, never exits by itself"),
	 .options = {{"page", 'p', N_("SECONDS"), N_("turn pages that often "
	 "(15)"), NULL}}},
	{.name = NULL},
};

int
main(int argc, char **argv)
{
	i18n_init();
	/* A peer that went away is seen by write(), not by dying. */
	signal(SIGPIPE, SIG_IGN);
	return cmd_main(argc, argv, screen_commands);
}
