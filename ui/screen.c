#include "ui/screen.h"

#include <curses.h>
#include <errno.h>
#include <langinfo.h>
#include <limits.h>
#include <poll.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include "base/alloc.h"
#include "base/i18n.h"

/* Key codes of our own, above those of curses. */
enum { PASTE_BEGIN = KEY_MAX + 1, PASTE_END };

/* A paste larger than this is cut: it goes to a one-line prompt. */
#define PASTE_MAX 4096

/* Clipboards refuse more, and so do most terminals. */
#define COPY_MAX 65536

#define OUT STDOUT_FILENO
#define IN STDIN_FILENO

struct screen {
	SCREEN *curses;
	int rows, columns;
	bool utf8;
	int colors;
	bool suspended;
	int cursor_y, cursor_x;
	struct buf paste;
};

static void
send(const char *s, size_t len)
{
	while (len > 0) {
		ssize_t n = write(OUT, s, len);

		if (n < 0 && errno == EINTR)
			continue;
		/* A terminal that takes nothing is found out by reading. */
		if (n <= 0)
			return;
		s += n;
		len -= n;
	}
}

#define SEND(literal) send(literal, sizeof(literal) - 1)

/* For exits that pass by screen_free(), an exhausted allocator's say. */
static void
leave(void)
{
	if (stdscr && !isendwin()) {
		SEND("\033[?2004l");
		endwin();
	}
}

static void
modes(void)
{
	raw();
	noecho();
	nonl();
	nodelay(stdscr, TRUE);
	keypad(stdscr, TRUE);
	intrflush(stdscr, FALSE);
	leaveok(stdscr, FALSE);
	scrollok(stdscr, FALSE);
	idlok(stdscr, FALSE);
	curs_set(0);
	mousemask(BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
	mouseinterval(0);
	SEND("\033[?2004h");
}

static void
define_keys(void)
{
	static const struct {
		const char *sequence;
		int code;
	} keys[] = {
		/* Terminals that stay in cursor mode whatever smkx asks. */
		{"\033[A", KEY_UP}, {"\033[B", KEY_DOWN},
		{"\033[C", KEY_RIGHT}, {"\033[D", KEY_LEFT},
		{"\033[H", KEY_HOME}, {"\033[F", KEY_END},
		{"\033[200~", PASTE_BEGIN}, {"\033[201~", PASTE_END},
	};
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		define_key(keys[i].sequence, keys[i].code);
}

static int
color_depth(void)
{
	const char *no = getenv("NO_COLOR");

	if ((no && *no) || !has_colors() || start_color() == ERR)
		return 0;
	use_default_colors();
	return COLORS >= 256 ? 256 : 8;
}

struct screen *
screen_new(struct err *e)
{
	const char *term = getenv("TERM");
	const char *cup;
	struct screen *s;

	if (!isatty(IN) || !isatty(OUT)) {
		err_set(e, _("standard input and output must be a terminal"));
		return NULL;
	}
	s = xcalloc(1, sizeof(*s));
	s->utf8 = strcasecmp(nl_langinfo(CODESET), "UTF-8") == 0;
	s->cursor_y = -1;
	buf_init(&s->paste, PASTE_MAX);
	s->curses = newterm(NULL, stdout, stdin);
	if (!s->curses) {
		err_set(e, _("the terminal type %s is not known here; "
		    "try TERM=xterm"), term && *term ? term : "\"\"");
		free(s);
		return NULL;
	}
	cup = tigetstr("cup");
	if (!cup || cup == (char *)-1) {
		endwin();
		delscreen(s->curses);
		err_set(e, _("the terminal type %s cannot place its cursor; "
		    "try TERM=xterm"), term ? term : "\"\"");
		free(s);
		return NULL;
	}
	atexit(leave);
	set_escdelay(25);
	modes();
	define_keys();
	s->colors = color_depth();
	getmaxyx(stdscr, s->rows, s->columns);
	return s;
}

void
screen_free(struct screen *s)
{
	if (!s)
		return;
	if (!s->suspended) {
		SEND("\033[?2004l");
		endwin();
	}
	delscreen(s->curses);
	buf_release(&s->paste);
	free(s);
}

void
screen_suspend(struct screen *s)
{
	if (s->suspended)
		return;
	SEND("\033[?2004l");
	endwin();
	s->suspended = true;
}

void
screen_resume(struct screen *s)
{
	if (!s->suspended)
		return;
	s->suspended = false;
	refresh();
	modes();
	screen_resized(s);
	screen_redraw(s);
}

bool
screen_suspended(const struct screen *s)
{
	return s->suspended;
}

int
screen_fd(const struct screen *s)
{
	return IN;
}

static void
name_key(struct key *k, const char *name)
{
	k->kind = KEY_IS_NAMED;
	snprintf(k->name, sizeof(k->name), "%s", name);
}

static void
function_key(struct key *k, int code)
{
	static const struct {
		int code;
		const char *name;
	} names[] = {
		{KEY_UP, "Up"}, {KEY_DOWN, "Down"}, {KEY_LEFT, "Left"},
		{KEY_RIGHT, "Right"}, {KEY_HOME, "Home"}, {KEY_END, "End"},
		{KEY_PPAGE, "PgUp"}, {KEY_NPAGE, "PgDn"},
		{KEY_ENTER, "Enter"}, {KEY_BACKSPACE, "BSpace"},
		{KEY_DC, "Del"}, {KEY_BTAB, "S-Tab"}, {KEY_F(1), "F1"},
		{KEY_F(5), "F5"},
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].code == code)
			name_key(k, names[i].name);
	}
}

static void
character_key(struct screen *s, struct key *k, wint_t c)
{
	char bytes[MB_LEN_MAX + 1];
	int n;

	if (c == '\r' || c == '\n') {
		name_key(k, "Enter");
	} else if (c == '\t') {
		name_key(k, "Tab");
	} else if (c == 27) {
		name_key(k, "Esc");
	} else if (c == 127 || c == 8) {
		name_key(k, "BSpace");
	} else if (c < 32) {
		k->kind = KEY_IS_NAMED;
		memcpy(k->name, (char[]){'C', '-', (char)(c + 96), 0}, 4);
	} else if (c == ' ') {
		name_key(k, "Space");
		k->text = true;
	} else {
		n = wctomb(bytes, (wchar_t)c);
		if (n <= 0)
			return;
		bytes[n] = '\0';
		name_key(k, bytes);
		k->text = true;
	}
}

static void
mouse_key(struct key *k)
{
	MEVENT m;

	if (getmouse(&m) != OK)
		return;
	k->y = m.y;
	k->x = m.x;
	if (m.bstate & BUTTON1_PRESSED) {
		k->kind = KEY_IS_CLICK;
	} else if (m.bstate & (BUTTON4_PRESSED | BUTTON5_PRESSED)) {
		k->kind = KEY_IS_WHEEL;
		k->amount = m.bstate & BUTTON4_PRESSED ? -1 : 1;
	}
}

/* What stands between the brackets. The closing one may be late or never
 * come: 200 ms without a byte end the paste. */
static void
read_paste(struct screen *s, struct key *k)
{
	char bytes[MB_LEN_MAX];
	wint_t c;
	int rc, n;

	buf_clear(&s->paste);
	timeout(200);
	while ((rc = get_wch(&c)) != ERR) {
		if (rc == KEY_CODE_YES && c == PASTE_END)
			break;
		if (rc == KEY_CODE_YES)
			continue;
		n = wctomb(bytes, (wchar_t)c);
		if (n > 0)
			buf_add(&s->paste, bytes, n);
	}
	nodelay(stdscr, TRUE);
	k->kind = KEY_IS_PASTE;
	k->paste = buf_str(&s->paste);
}

void
screen_key(struct screen *s, struct key *k)
{
	wint_t c;
	int rc;

	do {
		memset(k, 0, sizeof(*k));
		if (s->suspended || (rc = get_wch(&c)) == ERR)
			return;
		if (rc != KEY_CODE_YES)
			character_key(s, k, c);
		else if (c == KEY_MOUSE)
			mouse_key(k);
		else if (c == PASTE_BEGIN)
			read_paste(s, k);
		else
			function_key(k, c);
	} while (k->kind == KEY_IS_NONE);
}

bool
screen_gone(const struct screen *s)
{
	struct pollfd p = {.fd = IN, .events = POLLIN};
	int waiting = 0;

	if (poll(&p, 1, 0) <= 0)
		return false;
	if (p.revents & (POLLHUP | POLLERR | POLLNVAL))
		return true;
	return ioctl(IN, FIONREAD, &waiting) < 0 || waiting == 0;
}

void
screen_resized(struct screen *s)
{
	struct winsize w;

	if (ioctl(OUT, TIOCGWINSZ, &w) == 0 && w.ws_row > 0 && w.ws_col > 0)
		resizeterm(w.ws_row, w.ws_col);
	/* What was on its way for the old size may have come in the new. */
	clearok(curscr, TRUE);
	getmaxyx(stdscr, s->rows, s->columns);
}

void
screen_size(const struct screen *s, int *rows, int *columns)
{
	*rows = s->rows;
	*columns = s->columns;
}

bool
screen_utf8(const struct screen *s)
{
	return s->utf8;
}

int
screen_colors(const struct screen *s)
{
	return s->colors;
}

void
screen_begin(struct screen *s)
{
	s->cursor_y = -1;
	erase();
}

void
screen_show(struct screen *s, bool whole)
{
	if (s->suspended)
		return;
	if (s->cursor_y >= 0 && s->cursor_y < s->rows)
		move(s->cursor_y, s->cursor_x < s->columns ? s->cursor_x :
		    s->columns - 1);
	curs_set(s->cursor_y >= 0 ? 1 : 0);
	/* A cursor that nobody sees need not be brought back. */
	leaveok(stdscr, s->cursor_y < 0);
	/* By write(), as curses does: stdio and putp() would come too late. */
	if (whole)
		SEND("\033[?2026h");
	refresh();
	if (whole)
		SEND("\033[?2026l");
}

void
screen_redraw(struct screen *s)
{
	clearok(curscr, TRUE);
}

void
screen_cursor(struct screen *s, int y, int x)
{
	s->cursor_y = y;
	s->cursor_x = x;
}

void
screen_copy(struct screen *s, const char *text)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *p = (const unsigned char *)text;
	size_t len = strlen(text), i;
	struct buf b = BUF_INIT(COPY_MAX * 2);

	if (len > COPY_MAX)
		len = COPY_MAX;
	buf_adds(&b, "\033]52;c;");
	for (i = 0; i < len; i += 3) {
		uint32_t v = p[i] << 16 | (i + 1 < len ? p[i + 1] << 8 : 0) |
		    (i + 2 < len ? p[i + 2] : 0);

		buf_addc(&b, digits[v >> 18]);
		buf_addc(&b, digits[v >> 12 & 63]);
		buf_addc(&b, i + 1 < len ? digits[v >> 6 & 63] : '=');
		buf_addc(&b, i + 2 < len ? digits[v & 63] : '=');
	}
	buf_adds(&b, "\a");
	send(buf_str(&b), b.len);
	buf_release(&b);
}
