#include "config/place.h"

#include <limits.h>
#include <pwd.h>
#include <unistd.h>

#include "base/alloc.h"

char *
place_home(void)
{
	const char *home = getenv("HOME");
	const struct passwd *pw;

	if (home && home[0] == '/')
		return xstrdup(home);
	pw = getpwuid(geteuid());
	return pw && pw->pw_dir[0] == '/' ? xstrdup(pw->pw_dir) : NULL;
}

char *
place_xdg(const char *variable, const char *fallback)
{
	const char *value = getenv(variable);
	char *home, *path = NULL;

	if (value && value[0] == '/')
		return xstrdup(value);
	home = place_home();
	if (home)
		path = xasprintf("%s/%s", home, fallback);
	free(home);
	return path;
}

char *
place_resolve(const char *path, const char *directory)
{
	char *home, *whole;

	if (path[0] == '/')
		return xstrdup(path);
	if (path[0] != '~') {
		while (strncmp(path, "./", 2) == 0)
			path += 2;
		return xasprintf("%s/%s", strcmp(directory, "/") == 0 ? "" :
		    directory, path);
	}
	if (path[1] != '\0' && path[1] != '/')
		return NULL;
	home = place_home();
	if (!home)
		return NULL;
	whole = xasprintf("%s%s", strcmp(home, "/") == 0 ? "" : home, path + 1);
	free(home);
	return whole;
}

char *
place_absolute(const char *path)
{
	char here[PATH_MAX];

	if (path[0] == '/' || !getcwd(here, sizeof(here)))
		return xstrdup(path);
	return xasprintf("%s/%s", strcmp(here, "/") == 0 ? "" : here, path);
}

char *
place_directory(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return xstrdup(".");
	return slash == path ? xstrdup("/") :
	    xstrndup(path, slash - path);
}
