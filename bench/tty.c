/*
 * A terminal that keeps time. It runs a command on a pty of its own, shows
 * what comes to libvterm, and says at which nanosecond of CLOCK_MONOTONIC a
 * text stood on the screen. Driven by lines on standard input, fields
 * separated by tabs; answers are lines on standard output:
 *
 *	arm MS N TEXT [N TEXT]...  "at NS" once each TEXT is seen at least N
 *				   times, or "late" after MS. Watching begins
 *				   with the line; only one at a time.
 *	start			   "started NS PID": NS is just before exec.
 *	bytes			   "bytes N": so many came from the command.
 *	rows			   "row TEXT", 40 times or as -r says.
 *	send TEXT		   typed; "sent".
 *
 * At the end of its input it hangs up. "gone" is said once when the command
 * closes its terminal.
 *
 * What came is read first, each piece with its time, and interpreted after:
 * what a screen costs libvterm is not in the figures.
 */
#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <vterm.h>

#define TEXTS_MAX 100
#define FIELDS_MAX (2 * TEXTS_MAX + 2)
#define PIECES_MAX 64
#define PIECE_SIZE 4096
#define LINE_MAX_BYTES 65536
#define HANGUP_MS 2000

struct wanted {
	char *text;
	size_t times;
};

struct piece {
	int64_t at;
	size_t len;
	char data[PIECE_SIZE];
};

struct tty {
	int rows, columns;
	char **argv;
	int fd;			/* the pty; -1 before start and after "gone" */
	pid_t pid;
	int64_t bytes;
	VTerm *vt;
	VTermScreen *screen;
	char *text;		/* the screen, a line feed after each row */
	struct wanted wanted[TEXTS_MAX];
	size_t wanted_count;	/* 0: nothing is armed */
	int64_t deadline;
	struct buf input;
	struct piece *pieces;
};

static int64_t
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* --- the screen ----------------------------------------------------------- */

/* The whole screen as text; an empty cell is a space. Borrowed. */
static const char *
screen_text(struct tty *t)
{
	char *to = t->text;
	int y;

	for (y = 0; y < t->rows; y++) {
		VTermRect row = {.start_row = y, .end_row = y + 1,
				 .end_col = t->columns};

		to += vterm_screen_get_text(t->screen, to,
		    (size_t)t->columns * 6 * VTERM_MAX_CHARS_PER_CELL, row);
		*to++ = '\n';
	}
	*to = '\0';
	return t->text;
}

static size_t
count_text(const char *in, const char *text)
{
	size_t n = 0;

	for (; (in = strstr(in, text)); in += strlen(text))
		n++;
	return n;
}

static bool
all_there(struct tty *t)
{
	const char *text = screen_text(t);
	size_t i;

	for (i = 0; i < t->wanted_count; i++)
		if (count_text(text, t->wanted[i].text) < t->wanted[i].times)
			return false;
	return true;
}

static void
disarm(struct tty *t)
{
	while (t->wanted_count > 0)
		free(t->wanted[--t->wanted_count].text);
}

static void
check_armed(struct tty *t, int64_t at)
{
	if (t->wanted_count == 0)
		return;
	if (all_there(t))
		printf("at %lld\n", (long long)at);
	else if (now() > t->deadline)
		puts("late");
	else
		return;
	disarm(t);
}

/* --- the command ---------------------------------------------------------- */

/* In the child: tell the time of exec through a pipe that exec closes. */
static void
run_child(struct tty *t, int pipe_fd)
{
	int64_t at;

	fcntl(pipe_fd, F_SETFD, FD_CLOEXEC);
	at = now();
	if (write(pipe_fd, &at, sizeof(at)) == sizeof(at))
		execvp(t->argv[0], t->argv);
	fprintf(stderr, "%s: %s\n", t->argv[0], strerror(errno));
	_exit(127);
}

static int
start(struct tty *t)
{
	struct winsize size = {.ws_row = (unsigned short)t->rows,
			       .ws_col = (unsigned short)t->columns};
	int64_t at = 0;
	int ends[2];

	if (t->pid > 0 || pipe(ends) == -1)
		return -1;
	t->pid = forkpty(&t->fd, NULL, NULL, &size);
	if (t->pid == 0) {
		close(ends[0]);
		run_child(t, ends[1]);
	}
	close(ends[1]);
	if (t->pid == -1 || read(ends[0], &at, sizeof(at)) != sizeof(at)) {
		close(ends[0]);
		return -1;
	}
	close(ends[0]);
	fcntl(t->fd, F_SETFL, fcntl(t->fd, F_GETFL) | O_NONBLOCK);
	fcntl(t->fd, F_SETFD, FD_CLOEXEC);
	printf("started %lld %d\n", (long long)at, (int)t->pid);
	return 0;
}

/* What the terminal answers to the command's questions. */
static void
reply(struct tty *t)
{
	char answer[256];
	size_t len = vterm_output_read(t->vt, answer, sizeof(answer));

	if (len > 0 && write(t->fd, answer, len) == -1 && errno != EAGAIN)
		perror("tty: answering");
}

static void
take_output(struct tty *t)
{
	size_t n = 0, i;
	bool gone = false;

	while (n < PIECES_MAX) {
		struct piece *p = &t->pieces[n];
		ssize_t got = read(t->fd, p->data, sizeof(p->data));

		if (got <= 0) {
			gone = got == 0 || (errno != EAGAIN && errno != EINTR);
			break;
		}
		p->at = now();
		p->len = (size_t)got;
		n++;
	}
	for (i = 0; i < n; i++) {
		t->bytes += (int64_t)t->pieces[i].len;
		vterm_input_write(t->vt, t->pieces[i].data, t->pieces[i].len);
		check_armed(t, t->pieces[i].at);
	}
	reply(t);
	if (gone) {
		puts("gone");
		close(t->fd);
		t->fd = -1;
	}
}

static void
hang_up(struct tty *t)
{
	int64_t end = now() + HANGUP_MS * (int64_t)1000000;

	if (t->fd >= 0)
		close(t->fd);
	if (t->pid <= 0)
		return;
	kill(t->pid, SIGHUP);
	while (waitpid(t->pid, NULL, WNOHANG) == 0) {
		if (now() > end) {
			kill(t->pid, SIGKILL);
			waitpid(t->pid, NULL, 0);
			return;
		}
		poll(NULL, 0, 1);
	}
}

/* --- orders --------------------------------------------------------------- */

static int
arm(struct tty *t, char **field, size_t n)
{
	int64_t ms, times;
	size_t i;

	if (n < 4 || n % 2 != 0 || t->wanted_count > 0 ||
	    text_int(field[1], 1, 3600000, &ms) == -1)
		return -1;
	for (i = 2; i < n; i += 2) {
		struct wanted *w = &t->wanted[t->wanted_count];

		if (text_int(field[i], 1, 10000, &times) == -1) {
			disarm(t);
			return -1;
		}
		w->times = (size_t)times;
		w->text = xstrdup(field[i + 1]);
		t->wanted_count++;
	}
	t->deadline = now() + ms * 1000000;
	check_armed(t, now());
	return 0;
}

static int
order_start(struct tty *t, char **field, size_t n)
{
	return start(t);
}

static int
order_bytes(struct tty *t, char **field, size_t n)
{
	printf("bytes %lld\n", (long long)t->bytes);
	return 0;
}

static int
order_rows(struct tty *t, char **field, size_t n)
{
	const char *text = screen_text(t);

	for (; *text; text += strcspn(text, "\n") + 1)
		printf("row %.*s\n", (int)strcspn(text, "\n"), text);
	return 0;
}

static int
order_send(struct tty *t, char **field, size_t n)
{
	size_t len = n == 2 ? strlen(field[1]) : 0;

	if (len == 0 || write(t->fd, field[1], len) != (ssize_t)len)
		return -1;
	puts("sent");
	return 0;
}

static const struct order {
	const char *name;
	int (*act)(struct tty *t, char **field, size_t n);
} orders[] = {
	{"arm", arm},
	{"start", order_start},
	{"bytes", order_bytes},
	{"rows", order_rows},
	{"send", order_send},
};

static void
obey(struct tty *t, char *line)
{
	char *field[FIELDS_MAX];
	size_t n = 0, i;

	while (line && n < FIELDS_MAX) {
		char *tab = strchr(line, '\t');

		if (tab)
			*tab++ = '\0';
		field[n++] = line;
		line = tab;
	}
	for (i = 0; i < sizeof(orders) / sizeof(orders[0]); i++)
		if (strcmp(orders[i].name, field[0]) == 0 &&
		    orders[i].act(t, field, n) == 0)
			return;
	printf("wrong %s\n", field[0]);
}

/* Returns -1 at the end of the input. */
static int
take_orders(struct tty *t)
{
	char data[4096], *end;
	ssize_t got = read(STDIN_FILENO, data, sizeof(data));

	if (got <= 0 || buf_add(&t->input, data, (size_t)got) == -1)
		return -1;
	while ((end = memchr(buf_str(&t->input), '\n', t->input.len))) {
		*end = '\0';
		obey(t, t->input.data);
		buf_consume(&t->input, (size_t)(end - t->input.data) + 1);
	}
	return 0;
}

static int
wait_ms(const struct tty *t)
{
	int64_t left = (t->deadline - now()) / 1000000 + 1;

	if (t->wanted_count == 0)
		return -1;
	return left < 0 ? 0 : (int)left;
}

static void
serve(struct tty *t)
{
	for (;;) {
		struct pollfd p[2] = {{.fd = STDIN_FILENO, .events = POLLIN},
				      {.fd = t->fd, .events = POLLIN}};

		if (poll(p, 2, wait_ms(t)) == -1 && errno != EINTR)
			break;
		if (t->fd >= 0 && p[1].revents)
			take_output(t);
		else
			check_armed(t, now());
		if (p[0].revents && take_orders(t) == -1)
			break;
		fflush(stdout);
	}
}

static void
open_screen(struct tty *t)
{
	t->vt = vterm_new(t->rows, t->columns);
	vterm_set_utf8(t->vt, 1);
	t->screen = vterm_obtain_screen(t->vt);
	vterm_screen_enable_altscreen(t->screen, 1);
	vterm_screen_reset(t->screen, 1);
	t->text = xcalloc((size_t)t->rows, (size_t)t->columns * 6 *
	    VTERM_MAX_CHARS_PER_CELL + 1);
}

int
main(int argc, char **argv)
{
	struct tty t = {.rows = 40, .columns = 120, .fd = -1};
	int64_t value;
	int c;

	buf_init(&t.input, LINE_MAX_BYTES);
	while ((c = getopt(argc, argv, "+r:c:")) != -1) {
		if (c == '?' || text_int(optarg, 1, 1000, &value) == -1)
			goto usage;
		*(c == 'r' ? &t.rows : &t.columns) = (int)value;
	}
	if (optind == argc)
		goto usage;
	t.argv = argv + optind;
	signal(SIGPIPE, SIG_IGN);
	t.pieces = xcalloc(PIECES_MAX, sizeof(*t.pieces));
	open_screen(&t);
	serve(&t);
	hang_up(&t);
	disarm(&t);
	vterm_free(t.vt);
	buf_release(&t.input);
	free(t.pieces);
	free(t.text);
	return 0;
usage:
	fprintf(stderr, "usage: tty [-r ROWS] [-c COLUMNS] COMMAND...\n");
	return 64;
}
