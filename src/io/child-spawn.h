/*
 * The start of a process for io/child.c: a fork whose other half gives up all
 * that it has inherited before it becomes the program. Nobody else needs this.
 */
#ifndef IO_CHILD_SPAWN_H
#define IO_CHILD_SPAWN_H

#include <sys/types.h>

#include "io/child.h"

/* argv, env and directory of r, with fds as its standard descriptors; they
 * stay the caller's and must be above 2. The leader of a new process group, or
 * -1 with errno when it cannot run. Waits for the exec, not for more. */
pid_t child_spawn(const struct child_request *r, const int fds[3]);

#endif
