#include "source/schemas-parse.h"

#include "base/alloc.h"
#include "base/text.h"

/* What a failed command said is cut there. */
#define WORDS_MAX 300

/*
 * The command's output goes straight through and is followed by a line feed,
 * its status and one line of its error output, so that warnings are no part of
 * the fingerprint, and nothing that it prints can be taken for the end. Error
 * output without end is read, but not kept.
 */
static void
add_run(struct buf *b, const char *line)
{
	buf_addf(b, "{ said=$( { %s 2>&1 >&3 3>&-; printf '\\n%%d\\n' $? >&3; } "
	    "| { head -c 2000; cat >/dev/null; } "
	    "| sed -n '/[^[:space:]]/{p;q;}' ); } 3>&1\n"
	    "printf '%%s\\n' \"$said\"\n", line);
}

void
schemas_script(struct buf *b, const char *engine, const char *container,
    const char *command)
{
	struct buf line = BUF_INIT(64 * 1024), address = BUF_INIT(64 * 1024);

	if (container) {
		buf_addf(&address, "unix://%s", engine);
		buf_adds(&line, "docker -H ");
		text_shell_quote(&line, buf_str(&address));
		buf_adds(&line, " exec ");
		text_shell_quote(&line, container);
		buf_addc(&line, ' ');
	}
	buf_adds(&line, "sh -c ");
	text_shell_quote(&line, command);
	if (container)
		buf_adds(b, "if command -v docker >/dev/null 2>&1; then\n");
	add_run(b, buf_str(&line));
	if (container)
		buf_adds(b, "else printf '\\n127\\n%s\\n' 'there is no docker "
		    "program on the host'\nfi\n");
	buf_release(&line);
	buf_release(&address);
}

/* The first line that says something. */
static char *
first_words(const char *text, size_t len)
{
	size_t n;

	while (len && strchr(" \t\r\n", *text)) {
		text++;
		len--;
	}
	for (n = 0; n < len && n < WORDS_MAX && text[n] != '\n'; n++)
		;
	return text_clean(text, n);
}

/* Where the line that ends before `end` begins. */
static size_t
line_start(const char *text, size_t end)
{
	while (end > 0 && text[end - 1] != '\n')
		end--;
	return end;
}

static int
complain(const char *text, size_t len, const char *said, size_t said_len,
    int64_t status, struct err *e)
{
	char *words = first_words(said, said_len);

	if (!*words) {
		free(words);
		words = first_words(text, len);
	}
	if (status)
		err_set(e, "the query ended with %d%s%s", (int)status,
		    *words ? ": " : "", words);
	else
		err_set(e, "the query answers nothing%s%s",
		    *words ? ": " : "", words);
	free(words);
	return -1;
}

int
schemas_parse(const char *text, size_t len, char fingerprint[HASH_TEXT_MAX],
    struct err *e)
{
	size_t said, status, end;
	int64_t code = -1;
	char *digits;

	if (len < 4 || text[len - 1] != '\n')
		return err_set(e, "the host's answer has no end");
	said = line_start(text, len - 1);
	status = said > 0 ? line_start(text, said - 1) : 0;
	if (status > 0) {
		digits = xstrndup(text + status, said - 1 - status);
		text_int(digits, 0, 255, &code);
		free(digits);
	}
	if (code < 0)
		return err_set(e, "the host's answer has no end");
	end = status - 1;
	if (code || strspn(text, " \t\r\n") >= end)
		return complain(text, end, text + said, len - 1 - said, code,
		    e);
	hash_text(hash_add(HASH_START, text, end), fingerprint);
	return 0;
}
