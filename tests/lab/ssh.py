"""sshd for staging and prod, each on its host with its own keys, and what a
client needs to reach them: a key, known hosts and an ssh_config."""

import os

import host
from layout import REMOTE, port_open, user_name
from util import end, kill, run, wait_until, write

TYPES = ("ed25519", "ecdsa")

SERVER = """ListenAddress 127.0.0.1
Port {port}
HostKey {dir}/{env}/ssh/host_ed25519
HostKey {dir}/{env}/ssh/host_ecdsa
PidFile none
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
AuthorizedKeysFile {dir}/{env}/ssh/authorized_keys
# the keys may lie below a directory that others can write, such as /tmp
StrictModes no
UsePAM no
UseDNS no
PrintMotd no
PrintLastLog no
AllowTcpForwarding yes
AllowStreamLocalForwarding yes
Subsystem sftp internal-sftp
SetEnv PATH={path}
"""

CLIENT = """# ssh -F {dir}/ssh_config staging
{hosts}
Host prod-via-jump
    HostName 127.0.0.1
    Port {prod_port}
    ProxyJump staging

Host *
    User {user}
    IdentityFile {dir}/ssh/id_ed25519
    IdentitiesOnly yes
    UserKnownHostsFile {dir}/ssh/known_hosts
    GlobalKnownHostsFile /dev/null
    StrictHostKeyChecking yes
    PasswordAuthentication no
    LogLevel ERROR
"""


def keygen(programs, kind, path, comment):
    run([programs["ssh-keygen"], "-q", "-t", kind, "-N", "", "-C", comment,
        "-f", path])


def make_keys(lab, programs):
    os.makedirs(lab.path("ssh"), 0o700)
    keygen(programs, "ed25519", lab.path("ssh", "id_ed25519"), "operator@lab")
    with open(lab.path("ssh", "id_ed25519.pub")) as f:
        public = f.read()
    known = ""
    for env in REMOTE:
        where = lab.path(env, "ssh")
        os.makedirs(where, 0o700)
        write(where + "/authorized_keys", public, 0o600)
        for kind in TYPES:
            # the second pair is for the fault hostkey-change
            for name in ("host_", "other_"):
                keygen(programs, kind, "%s/%s%s" % (where, name, kind), "root@" + env)
            with open("%s/host_%s.pub" % (where, kind)) as f:
                words = f.read().split()
            known += "[127.0.0.1]:%d %s %s\n" % (lab.port(env, "ssh"),
                words[0], words[1])
    write(lab.path("ssh", "known_hosts"), known, 0o600)
    write_configs(lab, programs)


def write_configs(lab, programs):
    blocks = ""
    for env in REMOTE:
        path = ":".join([lab.path("bin"), "/usr/local/sbin", "/usr/local/bin",
            "/usr/sbin", "/usr/bin", "/sbin", "/bin"])
        write(lab.path(env, "sshd_config"), SERVER.format(dir=lab.dir, env=env,
            port=lab.port(env, "ssh"), path=path), 0o600)
        blocks += "\nHost %s\n\tHostName 127.0.0.1\n\tPort %d\n" % (
            env, lab.port(env, "ssh"))
    write(lab.path("ssh_config"), CLIENT.format(dir=lab.dir, hosts=blocks,
        prod_port=lab.port("prod", "ssh"), user=user_name()),
        0o600)


def start(lab, env, programs):
    path = programs["sshd"]
    log = lab.path(env, "log", "sshd.log")
    host.start_on(lab, env, "sshd",
        [path, "-D", "-e", "-f", lab.path(env, "sshd_config")], programs.env(path))
    wait_until("sshd of %s on port %d" % (env, lab.port(env, "ssh")),
        lambda: port_open(lab.port(env, "ssh")), 15,
        lambda: host.pid_of(lab, env, "sshd"), log)


def stop(lab, env):
    """End the listener and every session of that host."""
    end(host.pids_on(lab, env, "sshd"), 0.2)


def signal_all(lab, env, number):
    """Signal the listener and every session; the same again for sessions that
    came up meanwhile."""
    seen = set()
    while True:
        pids = set(host.pids_on(lab, env, "sshd")) - seen
        if not pids:
            return len(seen)
        kill(pids, number)
        seen |= pids


def swap_host_keys(lab, env):
    where = lab.path(env, "ssh")
    for kind in TYPES:
        for suffix in ("", ".pub"):
            one = "%s/host_%s%s" % (where, kind, suffix)
            two = "%s/other_%s%s" % (where, kind, suffix)
            os.rename(one, one + ".tmp")
            os.rename(two, one)
            os.rename(one + ".tmp", two)
