/* ssh -G: what was recorded, and what only OpenSSH can follow. */
#include "unit.h"

#include "data.h"
#include "io/ssh-config.h"

static const struct ssh_local who = {
	.home = "/home/ops",
	.user = "ops",
	.hostname = "box",
	.auth_sock = "/run/user/1000/agent",
};

static struct ssh_target
load(const char *name, const char *alias)
{
	struct buf b = data_load("ssh", name);
	struct ssh_target t;
	struct err e = {""};
	int rc = ssh_target_parse(&t, alias, buf_str(&b), b.len, &who, &e);

	ck_assert_msg(rc == 0, "%s", e.text);
	buf_release(&b);
	return t;
}

START_TEST(defaults_are_read)
{
	struct ssh_target t = load("g-default.txt", "staging");

	ck_assert_str_eq(t.hostname, "staging");
	ck_assert_str_eq(t.user, "ops");
	ck_assert_int_eq(t.port, 22);
	ck_assert_str_eq(t.known_as, "staging");
	ck_assert_str_eq(t.identities[0], "/home/ops/.ssh/id_rsa");
	ck_assert_str_eq(t.identities[3], "/home/ops/.ssh/id_ed25519");
	ck_assert_str_eq(t.agent, "/run/user/1000/agent");
	ck_assert_str_eq(t.known_hosts[0], "/home/ops/.ssh/known_hosts");
	ck_assert_str_eq(t.known_hosts[2], "/etc/ssh/ssh_known_hosts");
	ck_assert_ptr_eq(t.known_hosts[4], NULL);
	ck_assert_ptr_eq(t.proxy_command, NULL);
	ck_assert_ptr_eq(t.proxy_jump, NULL);
	ck_assert_ptr_eq(t.openssh_only, NULL);
	ck_assert(!t.identities_only);
	ck_assert_int_eq(t.connect_timeout, 0);
	ck_assert(strstr(t.ciphers, "aes128-ctr") != NULL);
	ssh_target_release(&t);
}
END_TEST

START_TEST(tokens_are_expanded)
{
	struct ssh_target t = load("g-rich.txt", "prod");

	ck_assert_str_eq(t.hostname, "prod.example");
	ck_assert_int_eq(t.port, 2222);
	ck_assert_str_eq(t.known_as, "prod-key");
	ck_assert_str_eq(t.identities[0],
	    "/home/ops/.ssh/prod.example-deploy-2222");
	ck_assert_str_eq(t.identities[1], "/home/ops/.ssh/second");
	ck_assert_str_eq(t.agent, "/run/agent.sock");
	ck_assert_str_eq(t.proxy_command, "nc -X 5 prod.example 2222 # %");
	ck_assert(t.identities_only);
	ck_assert_int_eq(t.connect_timeout, 5);
	ssh_target_release(&t);
}
END_TEST

START_TEST(jumps_and_certificates_are_seen)
{
	struct ssh_target t = load("g-jump.txt", "jump");

	ck_assert_str_eq(t.proxy_jump, "a,ops@b:2200");
	ssh_target_release(&t);
	t = load("g-cert.txt", "cert");
	ck_assert_str_eq(t.openssh_only, "CertificateFile is set");
	ssh_target_release(&t);
}
END_TEST

static const struct {
	const char *text, *error;
} broken[] = {
	{"", "h: ssh -G gave no host name or no user"},
	{"hostname x\n", "h: ssh -G gave no host name or no user"},
	{"hostname x\nuser y\n", "h: ssh -G gave no port"},
	{"hostname x\nuser y\nport 0\n", "h: ssh -G gave no port"},
	{"hostname x\nuser y\nport 22x\n", "h: ssh -G gave no port"},
};

START_TEST(what_lacks_is_said)
{
	struct ssh_target t;
	struct err e;

	ck_assert_int_eq(ssh_target_parse(&t, "h", broken[_i].text,
	    strlen(broken[_i].text), &who, &e), -1);
	ck_assert_str_eq(e.text, broken[_i].error);
}
END_TEST

START_TEST(an_agent_can_be_switched_off)
{
	static const char text[] = "hostname x\nuser y\nport 2200\n"
	    "identityagent none\nidentityfile none\n"
	    "userknownhostsfile none\nport 22\n";
	struct ssh_target t;

	ck_assert_int_eq(ssh_target_parse(&t, "h", text, strlen(text), &who,
	    NULL), 0);
	ck_assert_ptr_eq(t.agent, NULL);
	ck_assert_ptr_eq(t.identities[0], NULL);
	ck_assert_ptr_eq(t.known_hosts[0], NULL);
	ck_assert_str_eq(t.known_as, "[x]:2200");
	ssh_target_release(&t);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("ssh-config");
	TCase *c = tcase_create("ssh -G");

	tcase_add_test(c, defaults_are_read);
	tcase_add_test(c, tokens_are_expanded);
	tcase_add_test(c, jumps_and_certificates_are_seen);
	tcase_add_loop_test(c, what_lacks_is_said, 0,
	    sizeof(broken) / sizeof(broken[0]));
	tcase_add_test(c, an_agent_can_be_switched_off);
	suite_add_tcase(suite, c);
	return unit_run(suite);
}
