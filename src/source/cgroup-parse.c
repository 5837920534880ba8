#include "source/cgroup-parse.h"

#include <math.h>

#include "base/alloc.h"
#include "base/text.h"

struct span {
	const char *s;
	size_t len;
};

/* The part up to the next `stop`, which is skipped; false at the end. */
static bool
next(struct span *rest, char stop, struct span *part)
{
	const char *end;

	if (!rest->len)
		return false;
	end = memchr(rest->s, stop, rest->len);
	part->s = rest->s;
	part->len = end ? (size_t)(end - rest->s) : rest->len;
	rest->s += part->len + (end != NULL);
	rest->len -= part->len + (end != NULL);
	return true;
}

static bool
is(struct span p, const char *s)
{
	return p.len == strlen(s) && !memcmp(p.s, s, p.len);
}

static bool
has_word(struct span list, const char *name)
{
	struct span part;

	while (next(&list, ',', &part))
		if (is(part, name))
			return true;
	return false;
}

/* --- mounts ----------------------------------------------------------- */

static void
mount_release(struct cgroup_mount *m)
{
	free(m->root);
	free(m->path);
	*m = (struct cgroup_mount){0};
}

void
cgroup_mounts_release(struct cgroup_mounts *m)
{
	mount_release(&m->unified);
	mount_release(&m->cpuacct);
	mount_release(&m->memory);
}

/* The first mount of a kind wins: later ones are bind mounts in chroots. */
static void
mount_set(struct cgroup_mount *m, struct span root, struct span path)
{
	if (m->path)
		return;
	m->root = xstrndup(root.s, root.len);
	m->path = xstrndup(path.s, path.len);
}

/* "34 31 0:29 /root /path rw,… shared:9 - cgroup cgroup rw,memory" */
static void
mount_line(struct cgroup_mounts *m, struct span line)
{
	struct span f, root = {0}, path = {0}, type, options = {0};
	int i;

	for (i = 0; i < 6; i++) {
		if (!next(&line, ' ', &f))
			return;
		if (i == 3)
			root = f;
		else if (i == 4)
			path = f;
	}
	do {
		if (!next(&line, ' ', &f))
			return;
	} while (!is(f, "-"));
	if (!next(&line, ' ', &type) || !next(&line, ' ', &f))
		return;
	next(&line, ' ', &options);
	/* Octal escapes are for odd paths, where no system mounts these; the
	 * kernel writes no way up. */
	if (memchr(path.s, '\\', path.len) || !path.len || *path.s != '/' ||
	    memmem(path.s, path.len, "..", 2))
		return;
	if (is(type, "cgroup2"))
		mount_set(&m->unified, root, path);
	if (!is(type, "cgroup"))
		return;
	if (has_word(options, "cpuacct"))
		mount_set(&m->cpuacct, root, path);
	if (has_word(options, "memory"))
		mount_set(&m->memory, root, path);
}

void
cgroup_mounts_parse(struct cgroup_mounts *m, const char *text, size_t len)
{
	struct span rest = {text, len}, line;

	*m = (struct cgroup_mounts){0};
	while (next(&rest, '\n', &line))
		mount_line(m, line);
}

/* --- paths ------------------------------------------------------------ */

void
cgroup_paths_release(struct cgroup_paths *p)
{
	free(p->cpu);
	free(p->memory);
	*p = (struct cgroup_paths){0};
}

/* The end of the component that names the container: a process may sit in a
 * group below it (systemd inside, crun's "/container"). 0: none does. */
static size_t
own_length(struct span path, const char *id)
{
	const char *at = memmem(path.s, path.len, id, strlen(id));
	const char *slash;

	if (!at)
		return 0;
	slash = memchr(at, '/', path.len - (at - path.s));
	return slash ? (size_t)(slash - path.s) : path.len;
}

/* A path in the file system, when the mounted part holds it. */
static char *
below_mount(const struct cgroup_mount *m, struct span path)
{
	size_t root = m->root ? strlen(m->root) : 0;

	if (!m->path || !path.len || *path.s != '/')
		return NULL;
	/* A group outside the reader's namespace, or an odd name. */
	if (memmem(path.s, path.len, "..", 2) ||
	    memmem(path.s, path.len, "//", 2))
		return NULL;
	if (root > 1 && path.len > root && !memcmp(path.s, m->root, root) &&
	    path.s[root] == '/') {
		path.s += root;
		path.len -= root;
	}
	return xasprintf("%s%.*s", strcmp(m->path, "/") ? m->path : "",
	    (int)path.len, path.s);
}

static void
path_line(const struct cgroup_mounts *m, struct span line, const char *id,
    struct cgroup_paths *v1, char **v2)
{
	struct span hierarchy, controllers = {0};

	if (!next(&line, ':', &hierarchy))
		return;
	/* "0::/path" has an empty second field. */
	if (!next(&line, ':', &controllers))
		return;
	line.len = own_length(line, id);
	if (!line.len || line.len > 4096)
		return;
	if (!controllers.len && is(hierarchy, "0") && !*v2)
		*v2 = below_mount(&m->unified, line);
	if (has_word(controllers, "cpuacct") && !v1->cpu)
		v1->cpu = below_mount(&m->cpuacct, line);
	if (has_word(controllers, "memory") && !v1->memory)
		v1->memory = below_mount(&m->memory, line);
}

int
cgroup_paths_parse(const struct cgroup_mounts *m, const char *text, size_t len,
    const char *id, struct cgroup_paths *out)
{
	struct span rest = {text, len}, line;
	struct cgroup_paths p = {0};
	char *v2 = NULL;

	if (!*id)
		return -1;
	while (next(&rest, '\n', &line))
		path_line(m, line, id, &p, &v2);
	if (v2 && !p.cpu && !m->cpuacct.path) {
		p.cpu = xstrdup(v2);
		p.cpu_v2 = true;
	}
	if (v2 && !p.memory && !m->memory.path) {
		p.memory = xstrdup(v2);
		p.memory_v2 = true;
	}
	free(v2);
	if (!p.cpu && !p.memory)
		return -1;
	*out = p;
	return 0;
}

/* --- usage ------------------------------------------------------------ */

void
cgroup_usage_init(struct cgroup_usage *u)
{
	*u = (struct cgroup_usage){
		.cpu_seconds = NAN, .memory = -1, .inactive_file = -1,
		.limit = -1,
	};
}

/* Digits and nothing else; -1. */
static int64_t
whole(const char *s, size_t len)
{
	int64_t n = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9' || n > INT64_MAX / 10 - 1)
			return -1;
		n = n * 10 + (s[i] - '0');
	}
	return len ? n : -1;
}

static int64_t
field(const char *line, size_t len, const char *key)
{
	size_t n = strlen(key);

	if (len <= n + 1 || memcmp(line, key, n) || line[n] != ' ')
		return -1;
	return whole(line + n + 1, len - n - 1);
}

static void
set_cpu(struct cgroup_usage *u, int64_t n, double unit)
{
	if (n >= 0)
		u->cpu_seconds = n * unit;
}

static void
set_limit(struct cgroup_usage *u, int64_t n)
{
	/* v1 says "no limit" with the largest multiple of a page. */
	u->limit = n > 0 && n < INT64_C(1) << 62 ? n : -1;
}

void
cgroup_usage_line(struct cgroup_usage *u, const char *file, size_t file_len,
    const char *line, size_t len)
{
	struct span f = {file, file_len};
	int64_t n;

	if (is(f, "cpu.stat")) {
		set_cpu(u, field(line, len, "usage_usec"), 1e-6);
	} else if (is(f, "cpuacct.usage")) {
		set_cpu(u, whole(line, len), 1e-9);
	} else if (is(f, "memory.current") ||
	    is(f, "memory.usage_in_bytes")) {
		u->memory = whole(line, len);
	} else if (is(f, "memory.max") || is(f, "memory.limit_in_bytes")) {
		set_limit(u, whole(line, len));
	} else if (is(f, "memory.stat")) {
		/* v1 has both: the total counts groups below too. */
		n = field(line, len, "total_inactive_file");
		if (n >= 0)
			u->inactive_file = n;
		else if ((n = field(line, len, "inactive_file")) >= 0 &&
		    u->inactive_file < 0)
			u->inactive_file = n;
	}
}

int64_t
cgroup_memory(const struct cgroup_usage *u)
{
	if (u->memory > 0 && u->inactive_file > 0 &&
	    u->inactive_file < u->memory)
		return u->memory - u->inactive_file;
	return u->memory;
}

double
cgroup_cpu_percent(const struct cgroup_usage *now,
    const struct cgroup_usage *before, double seconds)
{
	double used = now->cpu_seconds - before->cpu_seconds;

	return used >= 0 && seconds > 0 ? used / seconds * 100 : NAN;
}
