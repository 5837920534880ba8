#include "io/ssh-master.h"

#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"

enum {
	UP_MS = 30000,
	REQUEST_MS = 10000,
	WORDS_MAX = 16 * 1024,
};

struct ssh_master {
	struct loop *loop;
	struct children *children;
	char *host, *control;
	struct child *child;
	struct loop_timer *deadline;
	struct buf words;	/* what it says on its standard error */
	bool is_up;
	struct ssh_master_handler h;
};

/* --- what ssh -v says ---------------------------------------------------- */

/* Append the lines that are not its chatter, and the key the host showed. */
static void
complaint(const struct buf *words, struct buf *out)
{
	static const char shown[] = "debug1: Server host key: ";
	const char *line = buf_str(words), *eol, *key = NULL;
	size_t key_len = 0;

	for (; *line; line = *eol ? eol + 1 : eol) {
		eol = line + strcspn(line, "\r\n");
		if (strncmp(line, shown, sizeof(shown) - 1) == 0) {
			key = line + sizeof(shown) - 1;
			key_len = eol - key;
		}
		if (eol == line || *line == '@' ||
		    strncmp(line, "debug", 5) == 0 ||
		    strncmp(line, "OpenSSH_", 8) == 0)
			continue;
		buf_addf(out, "%s%.*s", out->len ? " " : "",
		    (int)(eol - line), line);
	}
	if (key && strstr(buf_str(out), "erification failed"))
		buf_addf(out, " The host showed %.*s", (int)key_len, key);
}

static void
end(struct ssh_master *m, const char *fallback)
{
	struct buf b = BUF_INIT(ERR_TEXT_MAX);
	char *text;

	complaint(&m->words, &b);
	text = b.len ? text_clean(b.data, b.len) : xstrdup(fallback);
	buf_release(&b);
	loop_timer_cancel(m->deadline);
	m->deadline = NULL;
	m->h.ended(text, m->h.arg);
	free(text);
}

static void
on_output(int which, const char *data, size_t len, void *arg)
{
	struct ssh_master *m = arg;

	if (which != 2)
		return;
	/* Keep the newest. */
	if (m->words.len + len > WORDS_MAX)
		buf_clear(&m->words);
	buf_add(&m->words, data, len);
	/* Said once authenticated, with the control socket listening. */
	if (m->is_up ||
	    !strstr(buf_str(&m->words), "Entering interactive session"))
		return;
	m->is_up = true;
	buf_clear(&m->words);
	loop_timer_cancel(m->deadline);
	m->deadline = NULL;
	m->h.up(m->h.arg);
}

static void
on_done(const struct child_result *r, void *arg)
{
	struct ssh_master *m = arg;

	m->child = NULL;
	end(m, r->error ? r->error : "ssh has ended");
}

static void
on_deadline(void *arg)
{
	struct ssh_master *m = arg;

	m->deadline = NULL;
	end(m, "ssh did not connect within 30 s");
}

/* --- making one ---------------------------------------------------------- */

struct ssh_master *
ssh_master_new(struct loop *l, struct children *c, const char *host,
    const char *config, const char *run_dir,
    const struct ssh_master_handler *h)
{
	static const char *const options[] = {
		"-oBatchMode=yes", "-oStrictHostKeyChecking=yes",
		"-oUpdateHostKeys=no", "-oConnectTimeout=15",
		"-oServerAliveInterval=5", "-oServerAliveCountMax=2",
		"-oControlMaster=yes", "-oControlPersist=no",
		"-oClearAllForwardings=yes", "-oForwardAgent=no",
		"-oForwardX11=no", "-oPermitLocalCommand=no",
		"-oRemoteCommand=none", "-oRequestTTY=no",
		"-oStreamLocalBindUnlink=yes", "-oForkAfterAuthentication=no",
		"-oStdinNull=no",
	};
	static const char *const env[] = {
		"SSH_ASKPASS=/bin/false", "SSH_ASKPASS_REQUIRE=force", NULL,
	};
	static unsigned serial;
	struct ssh_master *m = xcalloc(1, sizeof(*m));
	const char *argv[sizeof(options) / sizeof(options[0]) + 12];
	size_t n = 0;

	m->loop = l;
	m->children = c;
	m->host = xstrdup(host);
	m->h = *h;
	m->control = xasprintf("%s/c%d.%u", run_dir, (int)getpid(), serial++);
	buf_init(&m->words, WORDS_MAX);
	argv[n++] = "ssh";
	argv[n++] = "-v";
	if (config) {
		argv[n++] = "-F";
		argv[n++] = config;
	}
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		argv[n++] = options[i];
	argv[n++] = "-S";
	argv[n++] = m->control;
	argv[n++] = "-N";
	argv[n++] = "--";
	argv[n++] = host;
	argv[n] = NULL;
	m->deadline = loop_timer(l, UP_MS, on_deadline, m);
	m->child = child_start(c, &(struct child_request){
		.argv = argv,
		.env = env,
		/* Held open: an end of file means that we are gone. */
		.keep_input = true,
		.output = on_output,
		.done = on_done,
		.arg = m,
	});
	return m;
}

void
ssh_master_free(struct ssh_master *m)
{
	if (!m)
		return;
	loop_timer_cancel(m->deadline);
	child_cancel(m->child);
	unlink(m->control);
	buf_release(&m->words);
	free(m->host);
	free(m->control);
	free(m);
}

/* --- clients ------------------------------------------------------------- */

size_t
ssh_master_client(const struct ssh_master *m, const char **argv)
{
	size_t n = 0;

	argv[n++] = "ssh";
	/* The master has read the configuration. */
	argv[n++] = "-F";
	argv[n++] = "/dev/null";
	argv[n++] = "-S";
	argv[n++] = m->control;
	argv[n++] = "-oControlMaster=no";
	/* Without its master a client would connect by itself. */
	argv[n++] = "-oProxyCommand=false";
	argv[n++] = "-oBatchMode=yes";
	argv[n++] = "-T";
	argv[n++] = "--";
	argv[n++] = m->host;
	argv[n] = NULL;
	return n;
}

struct child *
ssh_master_forward(struct ssh_master *m, const char *local,
    const char *remote, child_done_fn *done, void *arg)
{
	char *rule = xasprintf("%s:%s", local, remote);
	const char *argv[] = {
		"ssh", "-F", "/dev/null", "-S", m->control,
		"-oProxyCommand=false", "-O", "forward", "-L", rule, "--",
		m->host, NULL,
	};
	struct child *child = child_start(m->children, &(struct child_request){
		.argv = argv,
		.deadline_ms = REQUEST_MS,
		.done = done,
		.arg = arg,
	});

	free(rule);
	return child;
}
