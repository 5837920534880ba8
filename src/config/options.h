/*
 * The table of options: what the configuration file may hold. Reading, checks,
 * defaults, `config print`, hints and the manual's completeness test all go
 * by it, so a new option is one entry here and one in vigie.yaml(5).
 */
#ifndef CONFIG_OPTIONS_H
#define CONFIG_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum option_type {
	OPTION_TEXT,		/* char * */
	OPTION_PATH,		/* char *, absolute: a file of this machine */
	OPTION_HOST_PATH,	/* char *, on the environment's host */
	OPTION_CHOICE,		/* char *; the first choice is NULL */
	OPTION_BOOL,		/* bool */
	OPTION_INT,		/* int */
	OPTION_DURATION,	/* int64_t, ms */
	OPTION_LATENCY,		/* double, ms */
	OPTION_BYTES,		/* int64_t */
	OPTION_RISING,		/* two doubles, [warn, crit]: more is worse */
	OPTION_FALLING,		/* two doubles: less is worse */
	OPTION_USERS,		/* char ** and a size_t count */
	/* Those below hold options instead of a value. */
	OPTION_MAP,		/* of the same struct */
	OPTION_EACH,		/* a map of structs by name, and a count */
	OPTION_LIST,		/* a list of structs, and a count */
};

struct option {
	const char *path;	/* "environments.*.engine", * for any item */
	enum option_type type;
	size_t offset;		/* in the struct of its scope: conf,
				 * conf_environment, conf_probe, … */
	size_t offset2;		/* of the count, or of crit */
	size_t size;		/* EACH and LIST: of an item */
	size_t name_offset;	/* EACH: of the item's name */
	bool required;
	int64_t min, max;	/* numbers; texts and lists: most bytes, items */
	const char *fallback;	/* default, as in the file; NULL: none here */
	const char *fallback_text;	/* the default when code decides it */
	bool may_be_off;	/* DURATION: "off" is 0 */
	const char *short_for;	/* MAP: the option that a text stands for */
	const char *const *choices;
	bool (*valid)(const char *text);	/* TEXT */
	const char *expected;	/* instead of the type's own words */
	const char *example;
	const char *help;
};

/* All options, group after group; NULL past the last. */
const struct option *option_at(size_t i);
size_t option_count(void);

/* The groups: the general ones (options.c), what is observed beside the
 * environments (options-sources.c), the calendar (options-calendar.c), and the
 * environments (options-environment.c, options-backup.c, options-run.c). Within
 * one scope an option is read after those above it. */
struct option_group {
	const struct option *items;
	size_t count;
};

extern const struct option_group options_general, options_sources,
    options_calendar, options_environment, options_backup, options_run;

#define OPTION_GROUP(table) {(table), sizeof(table) / sizeof((table)[0])}

/* The part of the path below `scope` ("" or "environments.*"), when the option
 * stands directly there; else NULL. Borrowed. */
const char *option_key(const struct option *o, const char *scope);
/* Whether the option is a field of the struct that `scope` names: any number
 * of maps deep, but in no item of a list. */
bool option_in_struct(const struct option *o, const char *scope);

/* Lower-case words that Compose, file names and the command line all take. */
bool option_is_name(const char *text);
/* http:// or https:// without a user's name. */
bool option_is_url(const char *text);

#endif
