#include "io/child-spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"

/* Ours with what is to be added, which wins. The strings are borrowed. */
static char **
environment(const char *const *add)
{
	size_t ours = 0, added = 0, n = 0;
	char **env;

	while (environ && environ[ours])
		ours++;
	while (add && add[added])
		added++;
	env = xcalloc(ours + added + 1, sizeof(*env));
	for (size_t i = 0; i < added; i++)
		env[n++] = (char *)add[i];
	for (size_t i = 0; i < ours; i++) {
		size_t name = strcspn(environ[i], "="), j = 0;

		while (j < added && (strncmp(add[j], environ[i], name) != 0 ||
		    add[j][name] != '='))
			j++;
		if (j == added)
			env[n++] = environ[i];
	}
	return env;
}

/* In the new process: undo all that it has inherited and should not have.
 * Only calls that are safe after fork() beside other threads. */
static void
become(const struct child_request *r, const int fds[3], char **env)
{
	struct sigaction action = {.sa_handler = SIG_DFL};
	sigset_t none;

	setpgid(0, 0);
	for (int i = 1; i < NSIG; i++)
		sigaction(i, &action, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (int i = 0; i < 3; i++)
		if (dup2(fds[i], i) == -1)
			return;
	/* Ours close themselves; those of a library or of who started us may
	 * not. An old kernel does without. */
	close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
	if (r->directory && chdir(r->directory) == -1)
		return;
	execvpe(r->argv[0], (char *const *)r->argv, env);
}

pid_t
child_spawn(const struct child_request *r, const int fds[3])
{
	char **env;
	int report[2], error = 0;
	pid_t pid;
	ssize_t n;

	/* Closed by a successful exec, or else it brings the reason. */
	if (pipe2(report, O_CLOEXEC) == -1)
		return -1;
	env = environment(r->env);
	pid = fork();
	if (pid == 0) {
		become(r, fds, env);
		(void)!write(report[1], &errno, sizeof(errno));
		_exit(127);
	}
	if (pid == -1)
		error = errno;
	free(env);
	close(report[1]);
	if (pid > 0) {
		/* Its own call may come too late for who signals the group. */
		setpgid(pid, pid);
		do
			n = read(report[0], &error, sizeof(error));
		while (n == -1 && errno == EINTR);
		if (error)
			waitpid(pid, NULL, 0);
	}
	close(report[0]);
	errno = error;
	return error ? -1 : pid;
}
