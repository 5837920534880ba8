/* vigie-server: what "vigie server" becomes. Not meant to be run by hand. */
#include <getopt.h>
#include <signal.h>

#include "base/i18n.h"
#include "server/server.h"

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'},
		{"foreground", no_argument, NULL, 'F'},
		{"debug", no_argument, NULL, 'd'},
		{NULL, 0, NULL, 0},
	};
	struct server_options o = {0};
	int c;

	i18n_init();
	/* A peer that went away is seen by write(), not by dying. */
	signal(SIGPIPE, SIG_IGN);
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'c')
			o.config = optarg;
		else if (c == 'F')
			o.foreground = true;
		else if (c == 'd')
			o.debug = true;
	}
	if (!o.config) {
		fputs(_("usage: vigie server\n"), stderr);
		return 64;
	}
	return server_run(&o);
}
