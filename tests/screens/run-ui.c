/*
 * The console or the wall alone, on a socket given on the command line: what
 * the screen tests look at.
 *
 *	run-ui SOCKET console|wall|actions [-r] [-e ENVIRONMENT] [-t THEME]
 */
#include <unistd.h>

#include "base/i18n.h"
#include "ui/keymap.h"
#include "ui/ui.h"

int
main(int argc, char **argv)
{
	struct ui_options o = {.client = {.start_server = false}};
	int c;

	i18n_init();
	while ((c = getopt(argc, argv, "re:t:")) != -1) {
		if (c == 'r')
			o.client.read_only = true;
		else if (c == 'e')
			o.environment = optarg;
		else if (c == 't')
			o.theme = optarg;
		else
			return 64;
	}
	if (argc - optind < 2)
		return 64;
	o.client.socket = argv[optind];
	if (strcmp(argv[optind + 1], "actions") == 0) {
		struct buf b = BUF_INIT(1 << 16);

		actions_print(&b);
		fputs(buf_str(&b), stdout);
		buf_release(&b);
		return 0;
	}
	if (strcmp(argv[optind + 1], "wall") == 0)
		return ui_wall(&o, 15);
	return ui_console(&o);
}
