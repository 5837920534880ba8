/*
 * The options of a struct conf_secret: a file, or a command that prints it.
 */
#ifndef CONFIG_OPTIONS_SECRET_H
#define CONFIG_OPTIONS_SECRET_H

#include "config/options-units.h"

#define SECRET(name, owner, member, text) \
	{ \
		.path = name, \
		.type = OPTION_MAP, \
		.short_for = "file", \
		.expected = N_("a file, or a map with 'file' or 'command'"), \
		.example = "/etc/vigie/secret", \
		.help = text, \
	}, { \
		.path = name ".file", \
		.type = OPTION_PATH, \
		.offset = offsetof(owner, member.file), \
		.example = "/etc/vigie/secret", \
		.help = N_("a file that only its owner may read, with the " \
		    "secret on its first line"), \
	}, { \
		.path = name ".command", \
		.type = OPTION_TEXT, \
		.offset = offsetof(owner, member.command), \
		.max = 2000, \
		.example = "pass show formation-hub/secret", \
		.help = N_("a shell command that prints the secret"), \
	}

#endif
