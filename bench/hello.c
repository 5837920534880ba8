/* The least that a screen on curses can cost: the floor under every figure. */
#include <curses.h>
#include <locale.h>

int
main(void)
{
	setlocale(LC_ALL, "");
	initscr();
	raw();
	noecho();
	keypad(stdscr, TRUE);
	start_color();
	use_default_colors();
	init_pair(1, COLOR_GREEN, -1);
	attron(COLOR_PAIR(1));
	mvaddstr(1, 2, "hello, formation-hub");
	refresh();
	getch();
	endwin();
	return 0;
}
