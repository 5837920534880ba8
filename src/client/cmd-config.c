/* vigie config check, vigie config print. */
#include "client/cmd.h"

#include "base/i18n.h"

int
cmd_config(const struct cmd_args *a)
{
	struct buf out = BUF_INIT(1 << 20);
	bool print = strcmp(a->operands[0], "print") == 0;
	struct conf *c;

	if (!print && strcmp(a->operands[0], "check") != 0)
		return cmd_fail(a, EXIT_USAGE, _("check or print?"));
	c = cmd_conf(a);
	if (!c)
		return EXIT_CRIT;
	if (print) {
		conf_print(c, &out);
		fputs(buf_str(&out), stdout);
	} else {
		printf(ngettext("%s: correct, %zu environment\n",
		    "%s: correct, %zu environments\n", c->environment_count),
		    c->path, c->environment_count);
	}
	buf_release(&out);
	conf_free(c);
	return EXIT_OK;
}
