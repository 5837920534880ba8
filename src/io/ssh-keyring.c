#include "io/ssh-keyring.h"

#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"

/* Long enough for one authentication. */
#define LIFETIME "60"
enum { ADD_DEADLINE_MS = 10000 };

struct ssh_keyring {
	struct children *children;
	/* The agent stays as long as this program, which stays as long as
	 * its standard input. */
	struct child *agent;
	struct child *add;
	char *path;
	const char **argv;	/* of ssh-add; borrows the files */
	ssh_keyring_fn *fn;
	void *arg;
};

static void
on_added(const struct child_result *r, void *arg)
{
	struct ssh_keyring *k = arg;
	char *remark = text_clean(r->err, r->err_len);

	k->add = NULL;
	k->fn(r->error ? NULL : k->path, r->error ? r->error : remark, k->arg);
	free(remark);
}

/* cat has said what it was told: the socket is there. */
static void
on_ready(int which, const char *data, size_t len, void *arg)
{
	struct ssh_keyring *k = arg;
	char *sock;
	/* No terminal may be asked, and nobody else either. */
	const char *env[] = {
		"SSH_ASKPASS=/bin/false", "SSH_ASKPASS_REQUIRE=force", NULL,
		NULL,
	};

	if (which != 1 || k->add)
		return;
	env[2] = sock = xasprintf("SSH_AUTH_SOCK=%s", k->path);
	k->add = child_start(k->children, &(struct child_request){
		.argv = k->argv,
		.env = env,
		.output_max = 16 * 1024,
		.deadline_ms = ADD_DEADLINE_MS,
		.done = on_added,
		.arg = k,
	});
	free(sock);
}

static void
on_agent_gone(const struct child_result *r, void *arg)
{
	struct ssh_keyring *k = arg;

	k->agent = NULL;
	if (!k->add)
		k->fn(NULL, r->error ? r->error : "ssh-agent has ended",
		    k->arg);
}

struct ssh_keyring *
ssh_keyring_start(struct children *c, const char *run_dir, char *const *files,
    ssh_keyring_fn *fn, void *arg)
{
	static unsigned serial;
	struct ssh_keyring *k = xcalloc(1, sizeof(*k));
	size_t n = 0, at = 0;

	while (files[n])
		n++;
	k->children = c;
	k->fn = fn;
	k->arg = arg;
	k->path = xasprintf("%s/k%d.%u", run_dir, (int)getpid(), serial++);
	k->argv = xcalloc(n + 6, sizeof(*k->argv));
	k->argv[at++] = "ssh-add";
	k->argv[at++] = "-q";
	k->argv[at++] = "-t";
	k->argv[at++] = LIFETIME;
	k->argv[at++] = "--";
	for (size_t i = 0; i < n; i++)
		k->argv[at++] = files[i];
	k->agent = child_start(c, &(struct child_request){
		.argv = (const char *[]){"ssh-agent", "-a", k->path, "cat",
		    NULL},
		.input = "\n",
		.input_len = 1,
		.keep_input = true,
		.output = on_ready,
		.done = on_agent_gone,
		.arg = k,
	});
	return k;
}

void
ssh_keyring_free(struct ssh_keyring *k)
{
	if (!k)
		return;
	child_cancel(k->add);
	child_cancel(k->agent);
	unlink(k->path);
	free(k->path);
	free(k->argv);
	free(k);
}
