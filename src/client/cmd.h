/*
 * The command line: one table of commands with their options, from which
 * parsing, usage texts and shell completion are made. A command gets parsed
 * arguments and returns an exit code: 0 ok, 1 warn, 2 crit or failed, 3
 * unknown, 64 usage, 77 not permitted.
 */
#ifndef CLIENT_CMD_H
#define CLIENT_CMD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "client/client.h"

enum { EXIT_OK = 0, EXIT_WARN = 1, EXIT_CRIT = 2, EXIT_UNKNOWN = 3,
       EXIT_USAGE = 64, EXIT_DENIED = 77 };

#define CMD_OPTIONS_MAX 12
#define CMD_OPERANDS_MAX 64

struct cmd_option {
	const char *name;	/* long, without the dashes; NULL ends */
	char letter;		/* or 0 */
	const char *arg;	/* what it takes ("SECONDS"), or NULL */
	const char *help;	/* N_() */
	const char *words;	/* values to complete, space-separated, or
				 * NULL */
};

/* What was given on the command line, parsed by the command's table. */
struct cmd_args {
	const struct command *command;
	const char *given[CMD_OPTIONS_MAX];	/* per option: its value, ""
						 * for a flag, or NULL */
	const char *operands[CMD_OPERANDS_MAX + 1];
	size_t operand_count;
	/* Global options. */
	const char *config;	/* --config, or NULL */
	bool read_only;
};

struct command {
	const char *name;
	const char *operands;	/* "[ENV]", for the usage line */
	size_t operands_min, operands_max;
	const char *summary;	/* N_() */
	const char *words;	/* first operand: words to complete; "ENV"
				 * at their start stands for the environments'
				 * names */
	int (*run)(const struct cmd_args *a);
	struct cmd_option options[CMD_OPTIONS_MAX];
};

/* The value of an option by name, "" for a flag, NULL when not given. */
const char *cmd_value(const struct cmd_args *a, const char *name);

/* The commands that need no screen, ended by a NULL name. The last parameter
 * of cmd_main() brings those that do. */
extern const struct command client_commands[];

/* Parse and run. `screen` is ended by a NULL name; its first entry is run when
 * no command is named. */
int cmd_main(int argc, char **argv, const struct command *screen);

/* The configuration in force for this invocation, or NULL after telling what
 * is wrong with it. The caller frees it. */
struct conf *cmd_conf(const struct cmd_args *a);

/* Whether the configuration has the environment that the operand names, if
 * there is one; tells which it may have meant when it has not. */
bool cmd_has_environment(const struct cmd_args *a, const struct conf *c,
    size_t operand);

/* Print an error line "vigie NAME: text" and return code. */
int cmd_fail(const struct cmd_args *a, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The commands' functions, each in its own file. */
int cmd_status(const struct cmd_args *a);
int cmd_logs(const struct cmd_args *a);
int cmd_events(const struct cmd_args *a);
int cmd_releases(const struct cmd_args *a);
int cmd_workflows(const struct cmd_args *a);
int cmd_backups(const struct cmd_args *a);
int cmd_backups_verify(const struct cmd_args *a);
int cmd_readiness(const struct cmd_args *a);
int cmd_mark(const struct cmd_args *a);
int cmd_lock(const struct cmd_args *a);
int cmd_unlock(const struct cmd_args *a);
int cmd_deploy(const struct cmd_args *a);
int cmd_rollback(const struct cmd_args *a);
int cmd_runs(const struct cmd_args *a);
int cmd_hold(const struct cmd_args *a);
int cmd_resume(const struct cmd_args *a);
int cmd_abort(const struct cmd_args *a);
int cmd_retry(const struct cmd_args *a);
int cmd_skip(const struct cmd_args *a);
int cmd_tick(const struct cmd_args *a);
int cmd_runbook(const struct cmd_args *a);
int cmd_journal(const struct cmd_args *a);
int cmd_refresh(const struct cmd_args *a);
int cmd_changelog(const struct cmd_args *a);
int cmd_config(const struct cmd_args *a);
int cmd_server(const struct cmd_args *a);
int cmd_completion(const struct cmd_args *a);

/* --- a command that talks to the server ----------------------------------- */

struct session {
	const struct cmd_args *args;
	struct conf *conf;
	struct loop *loop;
	struct client *client;
	struct loop_timer *deadline;
	bool timed_out;
	int exit_code;
};

enum {
	SESSION_SUBSCRIBE = 1, SESSION_START = 2,
	SESSION_NO_ENV = 4,	/* the first operand is no environment */
};

/* Connect; flags: follow the model, start a server when none runs. Returns 0,
 * or an exit code after telling why. */
int session_open(struct session *s, const struct cmd_args *a, unsigned flags,
    const struct client_handlers *h);
/* Run the loop until session_end() or, when deadline_ms > 0, so long. */
void session_run(struct session *s, int64_t deadline_ms);
void session_end(struct session *s, int exit_code);
void session_close(struct session *s);
/* The server refused us, in hello or by not starting: tell it and end. */
void session_refused(struct session *s);
/* The exit code for an error message of the server, after telling it. */
int session_error(struct session *s, const struct json *message);

#endif
