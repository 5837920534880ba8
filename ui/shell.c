/*
 * A program in the foreground: the terminal is lent to it, its process group
 * is the terminal's, and the loop goes on meanwhile, so that the server does
 * not wait for a client that types in a shell.
 */
#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"
#include "ui/console.h"

struct shell {
	pid_t pid;
	int pidfd;
	struct loop_watch *watch;
};

static void
lend_terminal(pid_t group)
{
	sigset_t ttou, old;

	/* Who is in the background may set this only with SIGTTOU blocked. */
	sigemptyset(&ttou);
	sigaddset(&ttou, SIGTTOU);
	sigprocmask(SIG_BLOCK, &ttou, &old);
	tcsetpgrp(STDIN_FILENO, group);
	sigprocmask(SIG_SETMASK, &old, NULL);
}

static void
come_back(struct console *c)
{
	struct shell *sh = c->shell;

	c->shell = NULL;
	loop_unwatch(sh->watch);
	if (sh->pidfd >= 0)
		close(sh->pidfd);
	free(sh);
	lend_terminal(getpgrp());
	screen_resume(c->screen);
	console_dirty(c);
}

static void
ended(int fd, unsigned events, void *arg)
{
	struct console *c = arg;
	int status = 0;
	pid_t rc = waitpid(c->shell->pid, &status, WNOHANG);

	if (rc == 0 || (rc < 0 && errno == EINTR))
		return;
	come_back(c);
	if (rc > 0 && WIFEXITED(status) && WEXITSTATUS(status) != 0)
		console_say(c, STATUS_WARN, _("the shell ended with code %d"),
		    WEXITSTATUS(status));
	else if (rc > 0 && WIFSIGNALED(status))
		console_say(c, STATUS_WARN, _("the shell was killed: %s"),
		    strsignal(WTERMSIG(status)));
}

static void
become(char **argv)
{
	sigset_t none;
	int i;

	setpgid(0, 0);
	lend_terminal(getpid());
	sigemptyset(&none);
	for (i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execvp(argv[0], argv);
	fprintf(stderr, "vigie: %s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

/* So that the operator sees what was run, and for whom. */
static void
announce(char **argv)
{
	size_t i;

	for (i = 0; argv[i]; i++) {
		char *clean = text_clean(argv[i], strlen(argv[i]));

		printf("%s%s", i ? " " : "", clean);
		free(clean);
	}
	printf("\n");
	fflush(stdout);
}

void
shell_start(struct console *c, char **argv)
{
	struct shell *sh;
	pid_t pid;
	size_t i;

	if (c->shell)
		goto out;
	screen_suspend(c->screen);
	announce(argv);
	pid = fork();
	if (pid == 0)
		become(argv);
	if (pid < 0) {
		screen_resume(c->screen);
		console_say(c, STATUS_WARN, _("cannot start %s: %s"), argv[0],
		    strerror(errno));
		goto out;
	}
	/* Both sides do it: whoever is first, it is done in time. */
	setpgid(pid, pid);
	lend_terminal(pid);
	sh = xcalloc(1, sizeof(*sh));
	sh->pid = pid;
	sh->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	c->shell = sh;
	if (sh->pidfd >= 0)
		sh->watch = loop_watch(c->loop, sh->pidfd, LOOP_READ, ended, c);
out:
	for (i = 0; argv[i]; i++)
		free(argv[i]);
	free(argv);
}

void
shell_tick(struct console *c)
{
	siginfo_t info = {.si_pid = 0};

	/* Stopped, nobody could wake it: there is no shell above it here. */
	if (waitid(P_PID, c->shell->pid, &info, WSTOPPED | WNOHANG) == 0 &&
	    info.si_pid != 0) {
		lend_terminal(c->shell->pid);
		kill(-c->shell->pid, SIGCONT);
	}
	/* A kernel without pidfd: ask. */
	if (c->shell->pidfd < 0)
		ended(-1, 0, c);
}

void
shell_release(struct console *c)
{
	if (!c->shell)
		return;
	kill(-c->shell->pid, SIGHUP);
	come_back(c);
}
