/*
 * Where things are on this machine: the user's directories, and the paths of a
 * configuration file made absolute.
 */
#ifndef CONFIG_PLACE_H
#define CONFIG_PLACE_H

/* $HOME, else the user database; NULL when neither knows. The caller frees
 * what these return. */
char *place_home(void);
/* $variable when it is absolute, else ~/fallback; NULL without a home. */
char *place_xdg(const char *variable, const char *fallback);
/* "~/x" and relative paths made absolute, the latter from `directory`. NULL
 * for "~user" and when there is no home. */
char *place_resolve(const char *path, const char *directory);
/* The path from the root, by the working directory. */
char *place_absolute(const char *path);
/* All but the last part of an absolute path. */
char *place_directory(const char *path);

#endif
