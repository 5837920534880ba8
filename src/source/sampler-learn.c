#include "source/sampler-private.h"

#include "base/text.h"

enum {
	RETRY_MS = 300000,	/* groups that were not found */
	GREP_FILES = 1000,	/* below any limit of arguments */
	SCRIPT_MAX = 800 * 1024,	/* what a shell is sent at once */
};

/* --- scripts ------------------------------------------------------------- */

static const char pattern[] = "^([0-9]|max|cpu |usage_usec |inactive_file "
    "|total_inactive_file |MemTotal|MemAvailable|MemFree|Cached)";
static const char host_files[] = " /proc/uptime /proc/stat /proc/loadavg "
    "/proc/meminfo";

struct files {
	struct buf *b;
	int count;		/* of the present grep */
};

static void
files_add(struct files *f, const char *directory, const char *name)
{
	struct buf path = BUF_INIT(8192);

	if (!directory)
		return;
	if (f->count == GREP_FILES) {
		buf_addf(f->b, "\ngrep -sHE '%s'", pattern);
		f->count = 0;
	}
	buf_addf(&path, "%s/%s", directory, name);
	buf_addc(f->b, ' ');
	text_shell_quote(f->b, buf_str(&path));
	buf_release(&path);
	f->count++;
}

/* "s" prints all counters, "l" the limits. */
void
sampler_define(struct sampler *s, struct buf *b)
{
	struct files f = {.b = b};
	size_t i;

	buf_addf(b, "s() {\ngrep -sHE '%s'%s", pattern, host_files);
	for (i = 0; i < s->sampled_count; i++) {
		const struct cgroup_paths *p = &s->sampled[i].paths;

		/* Thousands: the engine may tell of those beyond. */
		if (b->len > SCRIPT_MAX * 3 / 4)
			s->sampled[i].known = false;
		if (!s->sampled[i].known)
			continue;
		files_add(&f, p->cpu, p->cpu_v2 ? "cpu.stat" :
		    "cpuacct.usage");
		files_add(&f, p->memory, p->memory_v2 ? "memory.current" :
		    "memory.usage_in_bytes");
		files_add(&f, p->memory, "memory.stat");
	}
	f.count = 0;
	buf_addf(b, "\n}\nl() {\ngrep -sHE '%s' /dev/null", pattern);
	for (i = 0; i < s->sampled_count; i++) {
		const struct cgroup_paths *p = &s->sampled[i].paths;

		if (!s->sampled[i].known)
			continue;
		files_add(&f, p->memory, p->memory_v2 ? "memory.max" :
		    "memory.limit_in_bytes");
	}
	buf_adds(b, "\n}\n");
}

/* --- what a shell has to be told first ----------------------------------- */

static void
learn_group(struct sampler *s, const char *text, size_t len, int pid)
{
	size_t i;

	for (i = 0; i < s->sampled_count; i++) {
		struct sampled *c = &s->sampled[i];

		if (c->pid != pid || c->tried_pid == pid)
			continue;
		c->tried_pid = pid;
		cgroup_paths_release(&c->paths);
		c->known = cgroup_paths_parse(&s->mounts, text, len, c->id,
		    &c->paths) == 0;
		c->misses = 0;
		s->defined = false;
	}
}

/* Runs of lines "/proc/PID/cgroup:…", and below each its lines without that. */
static void
on_groups(const struct host_shell_reply *r, void *arg)
{
	struct sampler *s = arg;
	const char *p = r->out, *end = r->out + r->len;
	struct buf group = BUF_INIT(64 * 1024);
	int pid = 0;
	size_t i;

	if (sampler_failed(s, r))
		return;
	while (p < end) {
		const char *stop = memchr(p, '\n', end - p), *colon;
		size_t n = (stop ? stop : end) - p;
		int this_pid = n > 6 && !memcmp(p, "/proc/", 6) ?
		    (int)strtol(p + 6, NULL, 10) : 0;

		colon = memchr(p, ':', n);
		if (this_pid && colon) {
			if (this_pid != pid) {
				learn_group(s, buf_str(&group), group.len,
				    pid);
				buf_clear(&group);
			}
			pid = this_pid;
			buf_add(&group, colon + 1, p + n - colon - 1);
			buf_addc(&group, '\n');
		}
		p += n + 1;
	}
	learn_group(s, buf_str(&group), group.len, pid);
	buf_release(&group);
	/* Those that nothing was said about have no group that we can see. */
	for (i = 0; i < s->sampled_count; i++)
		s->sampled[i].tried_pid = s->sampled[i].pid;
	sampler_look(s);
}

static bool
learn_groups(struct sampler *s)
{
	struct buf b = BUF_INIT(2 << 20);
	size_t i, count = 0;

	for (i = 0; i < s->sampled_count; i++) {
		struct sampled *c = &s->sampled[i];

		if (c->tried_pid == c->pid)
			continue;
		if (count++ % GREP_FILES == 0)
			buf_adds(&b, "\ngrep -sH . /dev/null");
		buf_addf(&b, " /proc/%d/cgroup", c->pid);
	}
	if (count)
		sampler_ask(s, "looking for the containers' control groups",
		    buf_str(&b), s->deadline, on_groups);
	buf_release(&b);
	return count > 0;
}

static void
on_mounts(const struct host_shell_reply *r, void *arg)
{
	struct sampler *s = arg;
	int cores;
	size_t i;

	if (sampler_failed(s, r))
		return;
	cgroup_mounts_release(&s->mounts);
	cgroup_mounts_parse(&s->mounts, r->out, r->len);
	s->cores = -1;
	if (sscanf(r->out, "cores %d", &cores) == 1 && cores > 0)
		s->cores = cores;
	s->generation = host_shell_generation(s->o->shell);
	s->defined = false;
	for (i = 0; i < s->sampled_count; i++)
		s->sampled[i].tried_pid = 0;
	sampler_look(s);
}

/* Groups that were not found are looked for again. */
static void
forget_unknown(struct sampler *s)
{
	size_t i;

	for (i = 0; i < s->sampled_count; i++)
		if (!s->sampled[i].known)
			s->sampled[i].tried_pid = 0;
}

bool
sampler_learn(struct sampler *s)
{
	int64_t now = clock_mono();

	if (now >= s->retry_at) {
		s->retry_at = now + RETRY_MS;
		forget_unknown(s);
	}
	if (s->generation &&
	    s->generation == host_shell_generation(s->o->shell))
		return learn_groups(s);
	sampler_ask(s, "looking for the control groups",
	    "printf 'cores %s\\n' \"$(grep -c '^cpu[0-9]' /proc/stat)\"\n"
	    "grep cgroup /proc/self/mountinfo", s->deadline, on_mounts);
	return true;
}
