/* vigie completion: bash's completion from the command table. */
#include "client/cmd.h"

#include "base/i18n.h"

static void
print_options(const struct command *c)
{
	size_t i;

	for (i = 0; i < CMD_OPTIONS_MAX && c->options[i].name; i++)
		printf(" --%s", c->options[i].name);
	printf(" --config --read-only --help");
}

static void
print_bash(const struct command *commands)
{
	const struct command *c;
	bool env;

	printf("# bash completion for vigie, made by: vigie completion bash\n"
	    "_vigie() {\n"
	    "\tlocal cur=${COMP_WORDS[COMP_CWORD]} cmd= words= i\n"
	    "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	    "\t\t[[ ${COMP_WORDS[i]} == -* ]] || "
	    "{ cmd=${COMP_WORDS[i]}; break; }\n"
	    "\tdone\n"
	    "\tcase $cmd in\n");
	for (c = commands; c->name; c++) {
		printf("\t%s) words=\"", c->name);
		print_options(c);
		env = c->words && strncmp(c->words, "ENV", 3) == 0;
		if (env)
			printf(" $(vigie completion environments 2>/dev/null)");
		if (c->words)
			printf(" %s", c->words + (env ? 3 : 0));
		printf("\" ;;\n");
	}
	printf("\t'') words=\"");
	for (c = commands; c->name; c++)
		printf("%s ", c->name);
	printf("wall --config --read-only --help --version "
	    "$(vigie completion environments 2>/dev/null)\" ;;\n"
	    "\twall) words=\"--page --config --help\" ;;\n"
	    "\tesac\n"
	    "\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
	    "}\n"
	    "complete -F _vigie vigie\n");
}

int
cmd_completion(const struct cmd_args *a)
{
	struct conf *c;
	size_t i;

	if (strcmp(a->operands[0], "bash") == 0) {
		print_bash(client_commands);
		return EXIT_OK;
	}
	if (strcmp(a->operands[0], "environments") != 0)
		return cmd_fail(a, EXIT_USAGE, _("bash or environments?"));
	c = cmd_conf(a);
	if (!c)
		return EXIT_CRIT;
	for (i = 0; i < c->environment_count; i++)
		printf("%s\n", c->environments[i].name);
	conf_free(c);
	return EXIT_OK;
}
