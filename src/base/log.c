#include "base/log.h"

#include <fcntl.h>
#include <stdarg.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"

static struct {
	int fd;
	enum log_level level;
} the_log = {STDERR_FILENO, LOG_LEVEL_WARN};

int
log_open(const char *path, enum log_level level, struct err *e)
{
	int fd = STDERR_FILENO;

	if (path) {
		fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
		    0600);
		if (fd == -1)
			return err_errno(e, "cannot open the log %s", path);
	}
	log_close();
	the_log.fd = fd;
	the_log.level = level;
	return 0;
}

void
log_close(void)
{
	if (the_log.fd != STDERR_FILENO)
		close(the_log.fd);
	the_log.fd = STDERR_FILENO;
}

static void __attribute__((format(printf, 3, 0)))
entry(enum log_level level, const char *word, const char *fmt, va_list ap)
{
	char when[CLOCK_TEXT_MAX], *raw, *clean, *line;

	if (level > the_log.level)
		return;
	raw = xvasprintf(fmt, ap);
	clean = text_clean(raw, strlen(raw));
	line = xasprintf("%s %s %s\n", clock_rfc3339(clock_wall(), when), word,
	    clean);
	/* A log that cannot be written must not stop what it reports. */
	(void)!write(the_log.fd, line, strlen(line));
	free(line);
	free(clean);
	free(raw);
}

#define LOG_FUNCTION(name, level, word)					\
	void								\
	name(const char *fmt, ...)					\
	{								\
		va_list ap;						\
									\
		va_start(ap, fmt);					\
		entry(level, word, fmt, ap);				\
		va_end(ap);						\
	}

LOG_FUNCTION(log_error, LOG_LEVEL_ERROR, "error")
LOG_FUNCTION(log_warn, LOG_LEVEL_WARN, "warn")
LOG_FUNCTION(log_info, LOG_LEVEL_INFO, "info")
LOG_FUNCTION(log_debug, LOG_LEVEL_DEBUG, "debug")
