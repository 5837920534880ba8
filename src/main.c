#include "base/i18n.h"

int
main(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	i18n_init();
	printf("%s\n", PACKAGE_STRING);
	return 0;
}
