"""What the fault tests stand on: stand-in engines by the dozen, one
environment each, vigie on them, and terminals and sockets whose every byte
the test sees."""

import fcntl
import json
import os
import pty
import pwd
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import termios
import time

from flows import VIGIE, Flow, World, run
from standin.ctl import ask

HERE = os.path.dirname(os.path.realpath(__file__))
ENGINE = os.path.join(HERE, "engine")
SERVICES = "docmost,baserow,bridge,postgres,redis"
TICKS = os.sysconf("SC_CLK_TCK")
# The ceiling of the server's memory, whatever is done to it; a build with
# sanitizers needs another.
MEMORY_KB = int(os.environ.get("VIGIE_MEMORY_KB", 40 * 1024))


class Stand(World):
    """Engines of their own instead of a lab: up in a second, no root."""

    def __init__(self, names):
        self.names = names
        super().__init__()

    def begin(self):
        os.makedirs(self.dir)
        self.config = os.path.join(self.dir, "vigie.yaml")
        self.socket = os.path.join(self.dir, "vigie.sock")
        self.pid_file = os.path.join(self.dir, "engines.pid")
        done = run(sys.executable, ENGINE, "--engines", str(len(self.names)),
                   "--socket-dir", self.dir, "--services", SERVICES,
                   "--daemon", "--pid-file", self.pid_file, "--settle", "1")
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        self.write_config(self.names)

    def end(self):
        with open(self.pid_file, encoding="ascii") as f:
            os.kill(int(f.read()), signal.SIGTERM)
        end = time.monotonic() + 10
        while os.path.exists(self.pid_file) and time.monotonic() < end:
            time.sleep(0.02)

    def engine(self, name):
        number = self.names.index(name) + 1
        return os.path.join(self.dir, f"engine-{number:02}.sock")

    def configuration(self, names, probes=()):
        """names: of environments, or pairs of a name and its engine's."""
        pairs = [n if isinstance(n, tuple) else (n, n) for n in names]
        user = pwd.getpwuid(os.geteuid()).pw_name
        lines = ["project: formation-hub", f"state: {self.dir}/state",
                 f"socket: {self.socket}", f"operators: [{user}]",
                 "environments:"]
        for name, engine in pairs:
            lines += [f"  {name}:", f"    engine: {self.engine(engine)}"]
            given = [p for p in probes if p[0] == name]
            lines += ["    probes:"] if given else []
            for _, probe, url in given:
                lines += [f"      - name: {probe}", f"        url: {url}",
                          "        interval: 2s", "        deadline: 2s"]
        lines += ["  bare:", f"    engine: {self.engine(self.names[0])}",
                  "    compose_project: nothing"]
        return "\n".join(lines) + "\n"

    def write_config(self, names, probes=()):
        with open(self.config, "w", encoding="utf-8") as f:
            f.write(self.configuration(names, probes))

    def fault(self, env, what, match=".*", times=1, **params):
        code, answer = ask(self.engine(env), "POST", "/_lab/fault", {
            "name": what, "match": match, "times": times, "params": params})
        if code != 200:
            raise RuntimeError(answer["message"])

    def heal(self, env):
        ask(self.engine(env), "POST", "/_lab/reset")

    def flood(self, env, over=False):
        """5 MB of log lines a second, for half a minute or until over."""
        self.fault(env, "flood", container="docmost", mb=5,
                   seconds=0 if over else 30)

    def requests(self, env):
        return ask(self.engine(env), "GET", "/_lab/state")[1]

    def measure(self):
        """The server's memory (kB, now and at its highest) and CPU (s)."""
        pid = self.server_pid()
        return measure(pid) if pid else None


def measure(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as f:
        memory = dict(re.findall(r"^(VmRSS|VmHWM):\s+(\d+)", f.read(), re.M))
    with open(f"/proc/{pid}/stat", encoding="utf-8") as f:
        words = f.read().rsplit(")", 1)[1].split()
    return {"pid": pid, "rss": int(memory["VmRSS"]),
            "top": int(memory["VmHWM"]),
            "cpu": (int(words[11]) + int(words[12])) / TICKS}


class Fault(Flow):
    """A case after which the server is the same, small, idle and healthy.
    .busy is the share of a processor that it may have used meanwhile."""

    busy = 0.5

    def setUp(self):
        self.world.status()
        self.before = self.world.measure()
        self.began = time.monotonic()

    def tearDown(self):
        begin = time.monotonic()
        self.assertIn("environments", self.world.status())
        self.assertLess(time.monotonic() - begin, 2, "status is slow")
        after = self.world.measure()
        self.assertIsNotNone(after, "the server is gone")
        self.assertEqual(after["pid"], self.before["pid"], "another server")
        self.assertLess(after["top"], MEMORY_KB)
        spent = after["cpu"] - self.before["cpu"]
        self.assertLess(spent, 0.3 + self.busy *
                        (time.monotonic() - self.began))


class Raw:
    """One connection to the server, message by message."""

    def __init__(self, world, hello=True, timeout=10):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(world.socket)
        self.sock.settimeout(timeout)
        self.data = b""
        if hello:
            self.ask(1, "hello", protocol=1)
            assert self.take()["type"] == "welcome"

    def close(self):
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, data):
        self.sock.sendall(data)

    def ask(self, ident, op, **arguments):
        self.send(json.dumps({"id": ident, "op": op, **arguments}).encode()
                  + b"\n")

    def take(self):
        """The next message; None when the server has closed."""
        while b"\n" not in self.data:
            try:
                piece = self.sock.recv(1 << 20)
            except ConnectionError:
                return None
            if not piece:
                return None
            self.data += piece
        line, self.data = self.data.split(b"\n", 1)
        return json.loads(line)

    def until(self, predicate, deadline=20):
        end = time.monotonic() + deadline
        while time.monotonic() < end:
            message = self.take()
            if message is None or predicate(message):
                return message
        raise AssertionError("no such message within %d s" % deadline)


class Terminal:
    """A program in a terminal of the test's own: what it writes, raw."""

    def __init__(self, words, rows=36, columns=120, env=None):
        self.master, slave = pty.openpty()
        self.output = b""
        self.resize(rows, columns, tell=False)
        environment = {**os.environ, "TERM": "xterm-256color",
                       "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", **(env or {})}
        for name in [n for n, v in environment.items() if v is None]:
            del environment[name]
        self.program = subprocess.Popen(
            words, stdin=slave, stdout=slave, stderr=slave, env=environment,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(slave)

    def resize(self, rows, columns, tell=True):
        """The kernel tells who has the terminal by SIGWINCH."""
        fcntl.ioctl(self.master, termios.TIOCSWINSZ,
                    struct.pack("HHHH", rows, columns, 0, 0))
        if tell:
            self.read()

    def read(self, wait=0):
        """All that there is to read by now."""
        while self.master is not None and select.select(
                [self.master], [], [], wait)[0]:
            try:
                piece = os.read(self.master, 1 << 16)
            except OSError:
                break
            if not piece:
                break
            self.output += piece
            wait = 0
        return self.output

    def since(self, mark=b""):
        """What came after the last such mark."""
        return self.read(0.02).rpartition(mark)[2]

    def keys(self, text):
        os.write(self.master, text.encode())

    def hang_up(self):
        os.close(self.master)
        self.master = None

    def ended(self):
        self.read()
        return self.program.poll() is not None

    def close(self):
        if self.program.poll() is None:
            self.program.kill()
        self.program.wait()
        if self.master is not None:
            self.read()
            os.close(self.master)
            self.master = None


def console(world, *words, **options):
    return Terminal([VIGIE, "--config", world.config, *words], **options)
