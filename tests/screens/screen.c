#include "screen.h"

#include <check.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vterm.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/files.h"
#include "player.h"

#define DEADLINE_MS 60000

struct stage {
	char dir[64];
	char *socket;
	struct player *player;
	VTerm *vt;
	VTermScreen *screen;
	int rows, columns;
	int pty;		/* -1 once it is gone */
	pid_t pid;		/* 0 once it was reaped */
	int status;
	struct buf sent;	/* all that went to the terminal */
	struct buf text;
};

static char *
source_path(const char *rest, const char *name, const char *end)
{
	const char *top = getenv("VIGIE_SOURCE");

	return xasprintf("%s/tests/screens/%s/%s%s", top ? top : "..", rest,
	    name, end);
}

/* --- the console ------------------------------------------------------ */

/* The catalogue that was built, laid out as gettext looks for it. */
static void
speak_french(const struct stage *s)
{
	const char *build = getenv("VIGIE_BUILD");
	char *from = xasprintf("%s/po/fr.gmo", build ? build : ".");
	char *to = xasprintf("%s/fr/LC_MESSAGES/vigie.mo", s->dir);
	struct err e = {""};

	ck_assert_msg(files_make_parents(to, 0700, &e) == 0, "%s", e.text);
	ck_assert_int_eq(symlink(from, to), 0);
	setenv("VIGIE_LOCALEDIR", s->dir, 1);
	setenv("LANG", "fr_FR.UTF-8", 1);
	free(from);
	free(to);
}

static void
forget_french(const struct stage *s)
{
	static const char *const parts[] = {"fr/LC_MESSAGES/vigie.mo",
	    "fr/LC_MESSAGES", "fr"};
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		char *path = xasprintf("%s/%s", s->dir, parts[i]);

		remove(path);
		free(path);
	}
}

static void
become_console(const struct stage *s, const struct stage_options *o)
{
	const char *build = getenv("VIGIE_BUILD");
	char *program = xasprintf("%s/tests/screens/run-ui",
	    build ? build : ".");
	const char *argv[16] = {program};
	int n = 1, i;

	setenv("TERM", "xterm-256color", 1);
	setenv("LANG", "C.UTF-8", 1);
	setenv("TZ", "UTC", 1);
	setenv("HOME", s->dir, 1);
	unsetenv("LC_ALL");
	unsetenv("LANGUAGE");
	unsetenv("NO_COLOR");
	unsetenv("XDG_CONFIG_HOME");
	if (o->french)
		speak_french(s);
	for (i = 0; i < 8 && o->env[i]; i++)
		putenv(xstrdup(o->env[i]));
	for (i = 0; i < 8 && o->args[i]; i++)
		argv[n++] = o->args[i];
	argv[n++] = s->socket;
	argv[n++] = o->view ? o->view : "console";
	execv(program, (char **)argv);
	_exit(126);
}

struct stage *
stage_new(const struct stage_options *o)
{
	struct stage *s = xcalloc(1, sizeof(*s));
	struct winsize w = {0};
	char *fixture = source_path("data", o->fixture, ".json");

	s->rows = o->rows ? o->rows : 24;
	s->columns = o->columns ? o->columns : 80;
	snprintf(s->dir, sizeof(s->dir), "/tmp/vigie-screen-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(s->dir));
	s->socket = xasprintf("%s/socket", s->dir);
	s->player = player_new(s->socket, fixture, o->role);
	free(fixture);
	if (!o->no_server)
		player_listen(s->player);
	s->vt = vterm_new(s->rows, s->columns);
	vterm_set_utf8(s->vt, 1);
	s->screen = vterm_obtain_screen(s->vt);
	vterm_screen_enable_altscreen(s->screen, 1);
	vterm_screen_reset(s->screen, 1);
	buf_init(&s->sent, 64 << 20);
	buf_init(&s->text, 16 << 20);
	w.ws_row = s->rows;
	w.ws_col = s->columns;
	s->pid = forkpty(&s->pty, NULL, NULL, &w);
	ck_assert_int_ge(s->pid, 0);
	if (s->pid == 0)
		become_console(s, o);
	return s;
}

static void
reap(struct stage *s, int flags)
{
	if (s->pid > 0 && waitpid(s->pid, &s->status, flags) == s->pid)
		s->pid = 0;
}

void
stage_free(struct stage *s)
{
	bool ended = s->pid == 0;

	if (s->pty >= 0)
		close(s->pty);
	if (!ended) {
		kill(s->pid, SIGTERM);
		reap(s, 0);
	}
	ck_assert_msg(WIFEXITED(s->status) && WEXITSTATUS(s->status) == 0,
	    "the console ended with status %#x", (unsigned)s->status);
	player_free(s->player);
	unlink(s->socket);
	forget_french(s);
	rmdir(s->dir);
	vterm_free(s->vt);
	buf_release(&s->sent);
	buf_release(&s->text);
	free(s->socket);
	free(s);
}

/* --- turning ---------------------------------------------------------- */

static void
read_pty(struct stage *s)
{
	char bytes[65536];
	ssize_t n = read(s->pty, bytes, sizeof(bytes));

	if (n > 0) {
		vterm_input_write(s->vt, bytes, n);
		buf_add(&s->sent, bytes, n);
	} else if (n == 0 || errno == EIO) {
		close(s->pty);
		s->pty = -1;
	}
}

/* One step of the console's terminal and of the server. */
static void
turn(struct stage *s)
{
	struct pollfd p[PLAYER_FDS + 1];
	int n = 0, count;

	p[n++] = (struct pollfd){s->pty, POLLIN, 0};
	count = player_polls(s->player, p + n);
	if (poll(p, n + count, 50) > 0) {
		if (s->pty >= 0 && p[0].revents)
			read_pty(s);
		player_turn(s->player, p + n, count);
	}
	reap(s, WNOHANG);
}

typedef bool met_fn(struct stage *s, const void *arg);

static void
wait_for(struct stage *s, met_fn *met, const void *arg, const char *what,
    const char *text)
{
	int64_t deadline = clock_mono() + DEADLINE_MS;

	while (!met(s, arg)) {
		/* Check refuses long messages. */
		ck_assert_msg(clock_mono() < deadline && (s->pid > 0 ||
		    strcmp(what, "end") == 0 || s->pty >= 0),
		    "waited for %s \"%s\"; the screen has:\n%.4000s", what,
		    text, stage_text(s));
		turn(s);
	}
}

static bool
has_text(struct stage *s, const void *arg)
{
	return strstr(stage_text(s), arg) != NULL;
}

static bool
has_no_text(struct stage *s, const void *arg)
{
	return !has_text(s, arg);
}

void
stage_wait(struct stage *s, const char *text)
{
	wait_for(s, has_text, text, "text", text);
}

void
stage_wait_gone(struct stage *s, const char *text)
{
	wait_for(s, has_no_text, text, "the end of", text);
}

struct on_line {
	int line;
	const char *text;
};

static bool
line_has(struct stage *s, const void *arg)
{
	const struct on_line *l = arg;
	const char *p = stage_text(s), *found;
	int i;

	for (i = 0; i < l->line && p; i++) {
		p = strchr(p, '\n');
		p = p ? p + 1 : NULL;
	}
	found = p ? strstr(p, l->text) : NULL;
	return found && found < p + strcspn(p, "\n");
}

void
stage_wait_line(struct stage *s, int line, const char *text)
{
	struct on_line l = {line, text};

	wait_for(s, line_has, &l, "on its line", text);
}

static bool
has_ended(struct stage *s, const void *arg)
{
	return s->pid == 0;
}

int
stage_wait_exit(struct stage *s)
{
	wait_for(s, has_ended, NULL, "end", "");
	return WIFEXITED(s->status) ? WEXITSTATUS(s->status) : -1;
}

static bool
was_sent(struct stage *s, const void *arg)
{
	return s->sent.len > 0 && memmem(s->sent.data, s->sent.len, arg,
	    strlen(arg));
}

void
stage_wait_sent(struct stage *s, const char *bytes)
{
	wait_for(s, was_sent, bytes, "bytes", bytes + (*bytes == '\033'));
}

static bool
was_asked(struct stage *s, const void *arg)
{
	return player_asked(s->player, arg);
}

void
stage_wait_asked(struct stage *s, const char *op)
{
	wait_for(s, was_asked, op, "the request", op);
}

void
stage_keys(struct stage *s, const char *bytes)
{
	ck_assert_int_eq(write(s->pty, bytes, strlen(bytes)),
	    (int)strlen(bytes));
}

void
stage_resize(struct stage *s, int rows, int columns)
{
	struct winsize w = {.ws_row = rows, .ws_col = columns};

	/* What the console drew for the old size must not reach the new. */
	s->rows = rows;
	s->columns = columns;
	vterm_set_size(s->vt, rows, columns);
	ck_assert_int_eq(ioctl(s->pty, TIOCSWINSZ, &w), 0);
}

void
stage_hang_up(struct stage *s)
{
	close(s->pty);
	s->pty = -1;
}

void
stage_server_stop(struct stage *s)
{
	player_stop(s->player);
}

void
stage_server_start(struct stage *s)
{
	player_listen(s->player);
}

void
stage_change(struct stage *s, const char *model)
{
	player_change(s->player, model);
}

void
stage_log(struct stage *s, const char *lines)
{
	player_log(s->player, lines);
}

/* --- looking ---------------------------------------------------------- */

static void
add_code_point(struct buf *b, uint32_t c)
{
	if (c < 0x80) {
		buf_addc(b, (char)c);
	} else if (c < 0x800) {
		buf_addc(b, (char)(0xc0 | c >> 6));
		buf_addc(b, (char)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		buf_addc(b, (char)(0xe0 | c >> 12));
		buf_addc(b, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_addc(b, (char)(0x80 | (c & 0x3f)));
	} else {
		buf_addc(b, (char)(0xf0 | c >> 18));
		buf_addc(b, (char)(0x80 | (c >> 12 & 0x3f)));
		buf_addc(b, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_addc(b, (char)(0x80 | (c & 0x3f)));
	}
}

static bool
like(const char *p, const char *pattern)
{
	for (; *pattern; p++, pattern++) {
		if (*pattern == '9' ? !isdigit((unsigned char)*p) :
		    *p != *pattern)
			return false;
	}
	return true;
}

/* Times that no run shares with another. */
static void
mask(char *p)
{
	static const struct {
		const char *pattern, *mask;
	} masks[] = {
		{"9999-99-99T99:99", "YYYY-MM-DDThh:mm"},
		{"99:99:99", "hh:mm:ss"},
		{"m99s", "mSSs"},
	};
	size_t i;

	for (; *p; p++) {
		for (i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
			if (like(p, masks[i].pattern))
				memcpy(p, masks[i].mask,
				    strlen(masks[i].mask));
		}
	}
}

const char *
stage_text(struct stage *s)
{
	VTermScreenCell cell;
	int y, x, i;

	buf_clear(&s->text);
	buf_adds(&s->text, "");
	for (y = 0; y < s->rows; y++) {
		for (x = 0; x < s->columns; x += cell.width > 1 ? 2 : 1) {
			VTermPos pos = {y, x};

			vterm_screen_get_cell(s->screen, pos, &cell);
			if (!cell.chars[0])
				buf_addc(&s->text, ' ');
			for (i = 0; i < VTERM_MAX_CHARS_PER_CELL &&
			    cell.chars[i] && cell.chars[i] != (uint32_t)-1;
			    i++)
				add_code_point(&s->text, cell.chars[i]);
		}
		while (s->text.len > 0 &&
		    s->text.data[s->text.len - 1] == ' ')
			s->text.data[--s->text.len] = '\0';
		buf_addc(&s->text, '\n');
	}
	mask(s->text.data);
	return buf_str(&s->text);
}

bool
stage_cell(struct stage *s, int row, int column, const char *attribute)
{
	VTermPos pos = {row, column};
	VTermScreenCell cell;

	vterm_screen_get_cell(s->screen, pos, &cell);
	if (strcmp(attribute, "bold") == 0)
		return cell.attrs.bold;
	if (strcmp(attribute, "reverse") == 0)
		return cell.attrs.reverse;
	return !VTERM_COLOR_IS_DEFAULT_FG(&cell.fg) ||
	    !VTERM_COLOR_IS_DEFAULT_BG(&cell.bg);
}

void
stage_expect_no_color(struct stage *s)
{
	int rows, columns, y, x;

	vterm_get_size(s->vt, &rows, &columns);
	for (y = 0; y < rows; y++) {
		for (x = 0; x < columns; x++)
			ck_assert_msg(!stage_cell(s, y, x, "color"),
			    "a colour at line %d, column %d", y, x);
	}
}

struct reference {
	const char *text;
};

static bool
is_as(struct stage *s, const void *arg)
{
	const struct reference *r = arg;

	return strcmp(stage_text(s), r->text) == 0;
}

void
stage_expect(struct stage *s, const char *name)
{
	char *path = source_path("ref", name, ".txt");
	struct buf want = BUF_INIT(1 << 20);
	struct reference r;
	struct err e = {""};
	int64_t until = clock_mono() + 500;

	if (getenv("SCREEN_UPDATE")) {
		/* Whatever is under way may still come. */
		while (clock_mono() < until)
			turn(s);
		ck_assert_msg(files_write(path, stage_text(s),
		    strlen(stage_text(s)), 0644, &e) == 0, "%s", e.text);
	}
	ck_assert_msg(files_read(path, &want, &e) == 0, "%s", e.text);
	r.text = buf_str(&want);
	wait_for(s, is_as, &r, "the picture", name);
	buf_release(&want);
	free(path);
}
