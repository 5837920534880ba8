/* Whether a host's key is the known one, and the formats around keys. */
#include "unit.h"

#include "data.h"
#include "io/ssh-hostkey.h"
#include "io/ssh-kexinit.h"
#include "io/ssh-key.h"

#define ED "AAAAC3NzaC1lZDI1NTE5AAAAIOyiVNzKsw1TeJhniO0pa16AcGKy7w1r+MVYjmInC" \
    "Mp7"
#define OTHER_ED "AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" \
    "AAAAAAAAA"
#define EC "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBLPRXPKpaYkut" \
    "VaTaN6cN95Pm15GlULBWgu7XLLY4Pl9dQH9Q81AuZNK5vOBL8BZCi3zhP0PxYwruWdCXMJ0j" \
    "ZQ="

static enum ssh_hostkey_verdict
judge(const struct ssh_knowns *k, const char *key)
{
	const struct ssh_known *entry;
	enum ssh_hostkey_verdict verdict;
	unsigned char *blob;
	size_t len;

	blob = ssh_base64_decode(key, strlen(key), &len);
	ck_assert_ptr_ne(blob, NULL);
	verdict = ssh_hostkey_judge(k, blob, len, &entry);
	free(blob);
	return verdict;
}

START_TEST(recorded_entries_are_judged)
{
	struct buf b = data_load("ssh", "keygen-found.txt");
	struct ssh_knowns k = {0};
	char *revoked;

	ssh_knowns_add(&k, "/home/ops/.ssh/known_hosts", buf_str(&b), b.len);
	ck_assert_int_eq(k.count, 4);
	ck_assert(k.entries[1].revoked);
	ck_assert(k.entries[2].authority);
	ck_assert_int_eq(judge(&k, ED), SSH_HOSTKEY_OK);
	ck_assert_int_eq(judge(&k, EC), SSH_HOSTKEY_OK);
	ck_assert_int_eq(judge(&k, OTHER_ED), SSH_HOSTKEY_CHANGED);
	revoked = k.entries[1].key;
	ck_assert_int_eq(judge(&k, revoked), SSH_HOSTKEY_REVOKED);
	ck_assert(!ssh_knowns_certificates_only(&k));
	ssh_knowns_release(&k);
	buf_release(&b);
}
END_TEST

static const struct {
	const char *text;
	enum ssh_hostkey_verdict verdict;	/* of ED */
	const char *algorithms;
	bool certificates;
} files[] = {
	{"", SSH_HOSTKEY_UNKNOWN, "ssh-ed25519,ecdsa-sha2-nistp256", false},
	{"h ssh-ed25519 " ED " me@there\n", SSH_HOSTKEY_OK,
	 "ssh-ed25519,ecdsa-sha2-nistp256", false},
	{"h ssh-ed25519 " ED "\r\n", SSH_HOSTKEY_OK,
	 "ssh-ed25519,ecdsa-sha2-nistp256", false},
	/* another type is known: ask for that one first */
	{"h ecdsa-sha2-nistp256 " EC "\n", SSH_HOSTKEY_UNKNOWN,
	 "ecdsa-sha2-nistp256,ssh-ed25519", false},
	{"h ssh-ed25519 " OTHER_ED "\n", SSH_HOSTKEY_CHANGED,
	 "ssh-ed25519,ecdsa-sha2-nistp256", false},
	/* two keys of one type, the second is it */
	{"h ssh-ed25519 " OTHER_ED "\nh ssh-ed25519 " ED "\n", SSH_HOSTKEY_OK,
	 "ssh-ed25519,ecdsa-sha2-nistp256", false},
	/* revoked wins, in whatever order */
	{"h ssh-ed25519 " ED "\n@revoked h ssh-ed25519 " ED "\n",
	 SSH_HOSTKEY_REVOKED, "ssh-ed25519,ecdsa-sha2-nistp256", false},
	{"@revoked h ssh-ed25519 " ED "\nh ssh-ed25519 " ED "\n",
	 SSH_HOSTKEY_REVOKED, "ssh-ed25519,ecdsa-sha2-nistp256", false},
	/* an authority's own key is nobody's host key */
	{"@cert-authority h ssh-ed25519 " ED "\n", SSH_HOSTKEY_UNKNOWN,
	 "ssh-ed25519,ecdsa-sha2-nistp256", true},
	/* a marker of tomorrow is no trust */
	{"@whatever h ssh-ed25519 " ED "\n", SSH_HOSTKEY_REVOKED,
	 "ssh-ed25519,ecdsa-sha2-nistp256", false},
	{"h ssh-ed25519\n# Host h found: line 3 \n\n", SSH_HOSTKEY_UNKNOWN,
	 "ssh-ed25519,ecdsa-sha2-nistp256", false},
};

START_TEST(rules_of_known_hosts_hold)
{
	struct ssh_knowns k = {0};
	char *algorithms;

	ssh_knowns_add(&k, "f", files[_i].text, strlen(files[_i].text));
	ck_assert_int_eq(judge(&k, ED), files[_i].verdict);
	ck_assert_int_eq(ssh_knowns_certificates_only(&k),
	    files[_i].certificates);
	algorithms = ssh_hostkey_algorithms(&k,
	    "rsa-sha2-512,ecdsa-sha2-nistp256,ssh-ed25519");
	ck_assert_str_eq(algorithms, files[_i].algorithms);
	free(algorithms);
	ssh_knowns_release(&k);
}
END_TEST

START_TEST(malformed_keys_are_never_known)
{
	struct ssh_knowns k = {0};
	static const unsigned char cut[] = {0, 0, 0, 20, 's', 's', 'h'};

	ck_assert_int_eq(ssh_hostkey_judge(&k, cut, sizeof(cut), NULL),
	    SSH_HOSTKEY_UNKNOWN);
	ck_assert_int_eq(ssh_hostkey_judge(&k, cut, 0, NULL),
	    SSH_HOSTKEY_UNKNOWN);
	ck_assert_ptr_eq(ssh_blob_type(cut, sizeof(cut)), NULL);
}
END_TEST

START_TEST(fingerprints_look_like_ssh)
{
	unsigned char digest[32] = {0};
	struct buf b = BUF_INIT(100);

	ssh_fingerprint(&b, digest);
	ck_assert_str_eq(buf_str(&b), "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	    "AAAAAAAAAAAA");
	buf_release(&b);
}
END_TEST

static const struct {
	const char *name;
	bool private, encrypted, blob;
} identities[] = {
	{"key-ed", true, false, true},
	{"key-ed.pub", false, false, true},
	{"key-enc", true, true, true},
	{"key-pem", true, false, false},
	{"key-pemenc", true, true, false},
	{"key-pemenc.pub", false, false, true},
};

START_TEST(identity_files_are_recognised)
{
	struct buf b = data_load("ssh", identities[_i].name);
	struct ssh_identity id;

	ck_assert_int_eq(ssh_identity_parse(&id, buf_str(&b), b.len), 0);
	ck_assert_int_eq(id.private, identities[_i].private);
	ck_assert_int_eq(id.encrypted, identities[_i].encrypted);
	ck_assert_int_eq(id.blob != NULL, identities[_i].blob);
	free(id.blob);
	buf_release(&b);
}
END_TEST

START_TEST(private_and_public_file_hold_the_same_key)
{
	struct buf one = data_load("ssh", "key-enc");
	struct buf two = data_load("ssh", "key-enc.pub");
	struct ssh_identity a, b;

	ck_assert_int_eq(ssh_identity_parse(&a, one.data, one.len), 0);
	ck_assert_int_eq(ssh_identity_parse(&b, two.data, two.len), 0);
	ck_assert_int_eq(a.len, b.len);
	ck_assert_mem_eq(a.blob, b.blob, a.len);
	free(a.blob);
	free(b.blob);
	buf_release(&one);
	buf_release(&two);
	ck_assert_int_eq(ssh_identity_parse(&a, "no key", 6), -1);
}
END_TEST

START_TEST(agents_are_understood)
{
	static const unsigned char list[] =
	    "\x0c\0\0\0\2" "\0\0\0\2ab" "\0\0\0\3one" "\0\0\0\1c" "\0\0\0\0";
	static const unsigned char signature[] =
	    "\x0e\0\0\0\x0d" "\0\0\0\3ssh" "\0\0\0\2xy";
	struct ssh_pubkeys keys = {0};
	unsigned char *bare;
	size_t len;

	ck_assert_int_eq(ssh_agent_parse_list(&keys, list,
	    sizeof(list) - 1), 0);
	ck_assert_int_eq(keys.count, 2);
	ck_assert_str_eq(keys.keys[0].comment, "one");
	ck_assert(ssh_pubkeys_has(&keys, (const unsigned char *)"ab", 2));
	ck_assert(!ssh_pubkeys_has(&keys, (const unsigned char *)"ac", 2));
	ssh_pubkeys_release(&keys);
	for (size_t cut = 0; cut < sizeof(list) - 1; cut++) {
		ck_assert_int_eq(ssh_agent_parse_list(&keys, list, cut), -1);
		ssh_pubkeys_release(&keys);
	}
	bare = ssh_agent_parse_signature(signature, sizeof(signature) - 1,
	    &len);
	ck_assert_int_eq(len, 2);
	ck_assert_mem_eq(bare, "xy", 2);
	free(bare);
	ck_assert_ptr_eq(ssh_agent_parse_signature(
	    (const unsigned char *)"\x05", 1, &len), NULL);
}
END_TEST

START_TEST(base64_goes_both_ways)
{
	static const unsigned char bytes[] = {0xfb, 0xff, 0, 1, 2, 3, 4};
	char *text;
	unsigned char *back;
	size_t len;

	for (size_t n = 0; n <= sizeof(bytes); n++) {
		text = ssh_base64(bytes, n);
		back = ssh_base64_decode(text, strlen(text), &len);
		ck_assert_int_eq(len, n);
		ck_assert_mem_eq(back, bytes, n);
		free(text);
		free(back);
	}
	ck_assert_ptr_eq(ssh_base64_decode("AA$A", 4, &len), NULL);
	ck_assert_ptr_eq(ssh_base64_decode("A", 1, &len), NULL);
	ck_assert_ptr_eq(ssh_base64_decode("AA=A", 4, &len), NULL);
}
END_TEST

static const struct {
	const char *name, *gap;
} greetings[] = {
	{"greeting-rsa", "the host's host key algorithms are only "
	 "rsa-sha2-512,rsa-sha2-256"},
	{"greeting-gcm", "the host's ciphers are only "
	 "aes256-gcm@openssh.com,chacha20-poly1305@openssh.com"},
	{"key-ed.pub", NULL},
};

START_TEST(what_is_not_in_common_is_named)
{
	static const struct ssh_offer ours = {
		.kex = "curve25519-sha256",
		.hostkey = "ssh-ed25519,ecdsa-sha2-nistp256",
		.cipher = "aes128-ctr,aes256-ctr",
		.mac = "hmac-sha2-256",
	};
	struct buf b = data_load("ssh", greetings[_i].name);
	char *gap;

	gap = ssh_kexinit_gap((const unsigned char *)b.data, b.len, &ours);
	if (greetings[_i].gap)
		ck_assert_str_eq(gap, greetings[_i].gap);
	else
		ck_assert_ptr_eq(gap, NULL);
	free(gap);
	for (size_t cut = 0; cut < 200 && cut < b.len; cut++)
		free(ssh_kexinit_gap((const unsigned char *)b.data, cut,
		    &ours));
	buf_release(&b);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("ssh-hostkey");
	TCase *c = tcase_create("known hosts");

	tcase_add_test(c, recorded_entries_are_judged);
	tcase_add_loop_test(c, rules_of_known_hosts_hold, 0,
	    sizeof(files) / sizeof(files[0]));
	tcase_add_test(c, malformed_keys_are_never_known);
	tcase_add_test(c, fingerprints_look_like_ssh);
	suite_add_tcase(suite, c);
	c = tcase_create("keys");
	tcase_add_loop_test(c, identity_files_are_recognised, 0,
	    sizeof(identities) / sizeof(identities[0]));
	tcase_add_test(c, private_and_public_file_hold_the_same_key);
	tcase_add_test(c, agents_are_understood);
	tcase_add_loop_test(c, what_is_not_in_common_is_named, 0,
	    sizeof(greetings) / sizeof(greetings[0]));
	tcase_add_test(c, base64_goes_both_ways);
	suite_add_tcase(suite, c);
	return unit_run(suite);
}
