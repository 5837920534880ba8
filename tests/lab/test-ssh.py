#!/usr/bin/env python3
"""io/ssh against real sshds on loopback: keys, host keys, transports, streams,
and peers that die. tests/lab/ssh-probe does the talking."""

import http.server
import os
import re
import select
import shutil
import signal
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, HERE)

import packages  # noqa: E402
import tap  # noqa: E402
from layout import port_open  # noqa: E402
from util import LabError, all_pids, run, wait_until, write  # noqa: E402

PROBE = os.environ.get("VIGIE_SSH_PROBE", "tests/lab/ssh-probe")

# what a sshd wants of its machine, in a mount namespace
BOOT = r"""set -eu
mount --make-rprivate /
mount -t tmpfs tmpfs /run
mkdir /run/sshd
# a home and a shell that run nobody's start-up files
awk -F: -v OFS=: -v home="$1" '$3 == 0 { $6 = home; $7 = "/bin/sh" } 1' \
    /etc/passwd >/run/passwd
shift
grep -q ^sshd: /run/passwd ||
    echo 'sshd:x:64999:65534::/run/sshd:/usr/sbin/nologin' >>/run/passwd
mount --bind /run/passwd /etc/passwd
exec "$@"
"""

SERVER = """ListenAddress 127.0.0.1
Port {port}
PidFile none
AuthorizedKeysFile {dir}/authorized_keys
PasswordAuthentication no
KbdInteractiveAuthentication no
StrictModes no
UsePAM no
UseDNS no
PrintMotd no
PrintLastLog no
SetEnv PATH={dir}/bin:/usr/bin:/bin
{extra}
"""

CLIENT = """Host rsa-key
    IdentityFile {dir}/user_rsa
Host ecdsa-key
    IdentityFile {dir}/user_ecdsa
Host refused
    IdentityFile {dir}/other_ed25519
Host encrypted
    IdentityFile {dir}/locked_ed25519
Host agent
    IdentityFile none
    IdentitiesOnly no
Host unknown
    UserKnownHostsFile {dir}/nobody
Host changed
    UserKnownHostsFile {dir}/known_changed
Host revoked
    UserKnownHostsFile {dir}/known_revoked
Host hardened
    Port {hardened}
Host rsa-host
    Port {rsa}
Host no-sockets
    Port {nosockets}
Host jump
    ProxyJump no-sockets
Host closed
    Port 1
Host plain unknown changed revoked hardened rsa-host no-sockets jump closed
    IdentityFile {dir}/user_ed25519
Host *
    HostName 127.0.0.1
    Port {plain}
    IdentitiesOnly yes
    UserKnownHostsFile {dir}/known_hosts
    GlobalKnownHostsFile /dev/null
"""

# stands for docker system dial-stdio: argv is -H unix://PATH system dial-stdio
DOCKER = """#!/usr/bin/python3
import os, select, socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[2][len("unix://"):])
while True:
    for fd in select.select([0, s], [], [])[0]:
        data = os.read(0, 65536) if fd == 0 else s.recv(65536)
        if not data:
            sys.exit(0)
        s.sendall(data) if fd == 0 else os.write(1, data)
"""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def address_string(self):
        return "unix"

    def log_message(self, *args):
        pass

    def do_GET(self):
        if self.path == "/flood":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.flood()
            return
        body = b"x" * int(self.path[1:])
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def flood(self):
        piece = b"10000\r\n" + b"y" * 65536 + b"\r\n"
        try:
            while True:
                self.wfile.write(piece)
                self.server.flooded += 65536
        except OSError:
            self.close_connection = True


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 128
    flooded = 0


class World:
    """Keys, sshds and a Unix-socket server in one directory."""

    PORTS = {"plain": 0, "rsa": 1, "hardened": 2, "nosockets": 3}

    def __init__(self):
        self.programs = packages.obtain()
        self.dir = tempfile.mkdtemp(prefix="vssh")
        self.children = {}
        base = 20000 + os.getpid() % 10000
        while any(port_open(base + i) for i in self.PORTS.values()):
            base += 7
        self.ports = {name: base + i for name, i in self.PORTS.items()}
        self.make_keys()
        self.make_files()
        self.socket = self.path("http.sock")
        self.http = Server(self.socket, Handler)
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        for name in self.ports:
            self.start(name)

    def path(self, name):
        return os.path.join(self.dir, name)

    def make_keys(self):
        for name in ("host", "user", "other"):
            for kind in ("ed25519", "ecdsa", "rsa"):
                run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", name, "-f",
                    self.path("%s_%s" % (name, kind))])
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-f",
            self.path("locked_ed25519")])

    def public(self, name):
        with open(self.path(name + ".pub")) as f:
            return " ".join(f.read().split()[:2])

    def fingerprint(self, name):
        return run(["ssh-keygen", "-lf", self.path(name + ".pub")]).split()[1]

    def make_files(self):
        keys = [self.public("user_" + k) for k in ("ed25519", "ecdsa", "rsa")]
        write(self.path("authorized_keys"), "\n".join(keys) + "\n")
        write(self.path("known_hosts"), "".join("[127.0.0.1]:%d %s\n" % (port,
            self.public("host_rsa" if name == "rsa" else "host_ed25519"))
            for name, port in self.ports.items()))
        here = "[127.0.0.1]:%d " % self.ports["plain"]
        write(self.path("known_changed"), here + self.public("other_ed25519") + "\n")
        write(self.path("known_revoked"), here + self.public("host_ed25519")
            + "\n@revoked " + here + self.public("host_ed25519") + "\n")
        write(self.path("config"), CLIENT.format(dir=self.dir, **self.ports), 0o600)
        os.mkdir(self.path("bin"))
        os.mkdir(self.path("run"), 0o700)
        write(self.path("bin/docker"), DOCKER, 0o755)

    def start(self, name):
        extra = {
            "plain": "HostKey {0}/host_ed25519\nHostKey {0}/host_ecdsa\n",
            "rsa": "HostKey {0}/host_rsa\n",
            "hardened": "HostKey {0}/host_ed25519\n"
                "Ciphers aes256-gcm@openssh.com\n",
            "nosockets": "HostKey {0}/host_ed25519\n"
                "AllowStreamLocalForwarding no\n",
        }[name].format(self.dir)
        config = self.path("sshd_" + name)
        write(config, SERVER.format(dir=self.dir, port=self.ports[name],
            extra=extra), 0o600)
        sshd = self.programs["sshd"]
        argv = [sshd, "-D", "-e", "-f", config]
        if os.geteuid() == 0:
            argv = ["unshare", "-m", "sh", "-c", BOOT, "sh",
                self.dir] + argv
        with open(self.path("log_" + name), "ab") as log:
            self.children[name] = subprocess.Popen(argv, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, env=self.programs.env(sshd))
        wait_until("sshd " + name, lambda: port_open(self.ports[name]), 20)

    def family(self, name):
        """The listener's pid and those of its sessions."""
        parents = {}
        for pid in all_pids():
            try:
                with open("/proc/%d/stat" % pid) as f:
                    parents[pid] = int(f.read().rsplit(")", 1)[1].split()[1])
            except OSError:
                pass
        found = [self.children[name].pid]
        for pid in found:
            found += [p for p, parent in parents.items() if parent == pid]
        return found

    def signal(self, pids, number):
        for pid in pids:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def remove(self):
        for name, child in self.children.items():
            self.signal(self.family(name), signal.SIGKILL)
            child.wait()
        self.http.shutdown()
        self.http.server_close()
        shutil.rmtree(self.dir)


class Probe:
    def __init__(self, world, host, agent=""):
        self.buffer = b""
        self.lines = []
        self.child = subprocess.Popen([PROBE, "-F", world.path("config"), "-d",
            world.path("run"), host], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, env=dict(os.environ, SSH_AUTH_SOCK=agent))

    def say(self, *words):
        self.child.stdin.write((" ".join(words) + "\n").encode())
        self.child.stdin.flush()

    def wait(self, pattern, seconds=40):
        """The first line, old or new, that matches; it is used up."""
        deadline = time.monotonic() + seconds
        while True:
            for i, line in enumerate(self.lines):
                if re.search(pattern, line):
                    return self.lines.pop(i)
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.child.stdout], [], [], left)[0]:
                raise AssertionError("no %r within %s s; but: %s" % (pattern,
                    seconds, self.lines[-8:]))
            data = os.read(self.child.stdout.fileno(), 65536)
            if not data:
                raise AssertionError("the probe has ended: %s" % self.lines[-8:])
            *whole, self.buffer = (self.buffer + data).split(b"\n")
            self.lines += [line.decode(errors="replace") for line in whole]

    def memory(self):
        with open("/proc/%d/statm" % self.child.pid) as f:
            return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def close(self):
        self.say("quit")
        self.child.stdin.close()
        code = self.child.wait(20)
        self.child.stdout.close()
        if code:
            raise AssertionError("the probe ended with %d" % code)


class SshTest(unittest.TestCase):
    def probe(self, host, agent=""):
        probe = Probe(WORLD, host, agent)
        self.addCleanup(probe.close)
        return probe

    def up(self, host, agent=""):
        probe = self.probe(host, agent)
        probe.say("exec", "hello", "30000", "echo it works")
        self.assertIn("exit=0", probe.wait("^done hello"))
        return probe

    def refused(self, host):
        probe = self.probe(host)
        probe.say("exec", "hello", "30000", "true")
        return probe.wait("^done hello.*error: ")

    def transport(self, probe):
        probe.say("status")
        return probe.wait("^state up .*error=$")


class Keys(SshTest):
    def test_files(self):
        for host in ("plain", "rsa-key", "ecdsa-key"):
            self.assertIn("transport=libssh2", self.transport(self.up(host)))

    def test_agent(self):
        sock = WORLD.path("agent")
        agent = subprocess.Popen(["ssh-agent", "-D", "-a", sock],
            stdout=subprocess.DEVNULL)
        self.addCleanup(agent.wait)
        self.addCleanup(agent.terminate)
        wait_until("the agent", lambda: os.path.exists(sock), 10)
        run(["ssh-add", "-q", WORLD.path("user_rsa")],
            env=dict(os.environ, SSH_AUTH_SOCK=sock))
        self.up("agent", sock)

    def test_refusals_say_what_to_do(self):
        self.assertIn("authorized_keys", self.refused("refused"))
        self.assertIn("has a passphrase: ssh-add", self.refused("encrypted"))

    def test_nobody_there(self):
        self.assertIn("Connection refused", self.refused("closed"))


class HostKeys(SshTest):
    def test_unknown(self):
        line = self.refused("unknown")
        self.assertIn(WORLD.fingerprint("host_ed25519"), line)
        self.assertRegex(line, r"is not known.*ssh -F \S+ \S+ true")

    def test_changed(self):
        line = self.refused("changed")
        self.assertIn(WORLD.fingerprint("host_ed25519"), line)
        self.assertRegex(line, r"HAS CHANGED.*ssh-keygen -R ")

    def test_revoked(self):
        self.assertIn("is revoked in", self.refused("revoked"))


class Transports(SshTest):
    def check(self, host, *words):
        probe = self.up(host)
        status = self.transport(probe)
        for word in words:
            self.assertIn(word, status)
        probe.say("get", "g", WORLD.socket, "http://docker/1000")
        self.assertIn("status=200", probe.wait("^reply g .*bytes=1000"))
        probe.say("exec", "e", "30000", "echo oops >&2; exit 7")
        self.assertRegex(probe.wait("^done e "), "exit=7 .*stderr: oops")

    def test_rsa_only_host(self):
        self.check("rsa-host", "transport=openssh", "rsa-sha2-512")

    def test_hardened_ciphers(self):
        self.check("hardened", "transport=openssh", "aes256-gcm")

    def test_jump_host(self):
        self.check("jump", "transport=libssh2")

    def test_dial_stdio_where_sockets_are_not_allowed(self):
        self.check("no-sockets", "transport=libssh2")

    def test_dead_socket(self):
        probe = self.up("plain")
        probe.say("get", "g", "/nonexistent.sock", "http://docker/1")
        self.assertIn("cannot reach /nonexistent.sock",
            probe.wait("^state up .*error=."))


class Commands(SshTest):
    def test_results(self):
        probe = self.up("plain")
        probe.say("exec", "k", "30000", "kill -9 $$")
        self.assertIn("signal=9", probe.wait("^done k "))
        probe.say("exec", "big", "30000", "head -c 3000000 /dev/zero")
        self.assertIn("truncated=1", probe.wait("^done big "))
        probe.say("exec", "late", "1500", "sleep 60")
        self.assertIn("timed_out=1", probe.wait("^done late "))

    def test_standard_input_stays_open(self):
        for host in ("plain", "rsa-host"):
            probe = self.up(host)
            probe.say("open", "sh", "sh")
            for word in ("one", "two"):
                probe.say("write", "sh", "echo", word)
                probe.wait("^output sh which=1 text=" + word)
            probe.say("eof", "sh")
            self.assertIn("exit=0", probe.wait("^done sh "))

    def test_more_than_the_host_has_room_for(self):
        probe = self.up("plain")
        for i in range(25):
            probe.say("exec", "c%d" % i, "60000", "echo", str(i))
        for i in range(25):
            self.assertIn("exit=0", probe.wait("^done c%d " % i, 70))


class Streams(SshTest):
    def test_fifty_at_once(self):
        probe = self.up("plain")
        for i in range(50):
            probe.say("get", "g%d" % i, WORLD.socket, "http://docker/100000")
        for i in range(50):
            self.assertIn("status=200", probe.wait("^reply g%d .*bytes=100000" % i))

    def test_a_paused_stream_holds_nobody_up(self):
        probe = self.up("plain")
        WORLD.http.flooded = 0
        probe.say("stream", "f", WORLD.socket, "http://docker/flood")
        probe.wait("^data f")
        probe.say("pause", "f", "1")
        def still():
            before = WORLD.http.flooded
            time.sleep(0.5)
            return WORLD.http.flooded == before
        wait_until("the far side to wait", still, 30)
        for i in range(10):
            probe.say("get", "g%d" % i, WORLD.socket, "http://docker/1000")
            probe.wait("^reply g%d status=200" % i)
        probe.lines.clear()
        probe.say("pause", "f", "0")
        probe.wait("^data f")
        probe.say("stop", "f")
        if "VIGIE_SSH_PROBE" not in os.environ:	# under valgrind, say
            self.assertLess(probe.memory(), 24 << 20)


class Deaths(SshTest):
    def test_killed_sessions_come_back(self):
        probe = self.up("plain")
        probe.say("open", "sh", "sh")
        probe.say("write", "sh", "echo ready")
        probe.wait("^output sh")
        WORLD.signal(WORLD.family("plain")[1:], signal.SIGKILL)
        self.assertIn("connection lost", probe.wait("^done sh .*error: "))
        probe.wait("^state down")
        probe.lines.clear()
        probe.wait("^state up", 30)
        probe.say("exec", "again", "30000", "echo back")
        self.assertIn("exit=0", probe.wait("^done again"))

    def silent(self, host, name):
        probe = self.up(host)
        probe.lines.clear()
        stopped = WORLD.family(name)
        WORLD.signal(stopped, signal.SIGSTOP)
        try:
            probe.wait("^state down", 20)
        finally:
            WORLD.signal(stopped + WORLD.family(name), signal.SIGCONT)
        probe.lines.clear()
        probe.wait("^state up", 60)
        probe.say("exec", "again", "30000", "echo back")
        self.assertIn("exit=0", probe.wait("^done again"))

    def test_silence_is_noticed_and_mended(self):
        self.silent("plain", "plain")

    def test_silence_over_openssh(self):
        self.silent("rsa-host", "rsa")


if __name__ == "__main__":
    try:
        WORLD = World()
    except LabError as e:
        print("1..0 # SKIP no sshd: %s" % " ".join(str(e).split()))
        sys.exit(0)
    try:
        tap.main()
    finally:
        WORLD.remove()
