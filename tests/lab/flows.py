"""What the flow tests stand on: a lab that is up, vigie on it, and screens in
tmux that can be read."""

import contextlib
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.realpath(__file__))
LAB = os.path.join(HERE, "lab")
BUILD = os.environ.get("VIGIE_BUILD", os.path.join(HERE, "..", "..", "build"))
SOURCE = os.environ.get("VIGIE_SOURCE", os.path.join(HERE, "..", ".."))
VIGIE = os.path.join(BUILD, "vigie")
LIGHT = "--light" in sys.argv
DEADLINE = 30


def run(*words, timeout=120, **options):
    """A program's result, its output as text."""
    return subprocess.run(words, stdout=subprocess.PIPE, timeout=timeout,
                          stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
                          text=True, **options)


class World:
    """One lab with the programs that are started on it."""

    def __init__(self):
        self.top = tempfile.mkdtemp(prefix="vigie-flows-", dir="/tmp")
        os.chmod(self.top, 0o755)
        self.dir = os.path.join(self.top, "lab")
        self.tmux_socket = os.path.join(self.top, "tmux")
        try:
            self.begin()
            self.use_build_tree()
        except Exception:
            # Half a world leaves nothing behind either.
            with contextlib.suppress(Exception):
                self.end()
            shutil.rmtree(self.top, ignore_errors=True)
            raise

    def begin(self):
        words = [sys.executable, LAB, "up", "-q", "--dir", self.dir]
        up = run(*words, *(["--light"] if LIGHT else []), timeout=300)
        if up.returncode != 0:
            raise RuntimeError(up.stdout + up.stderr)
        with open(os.path.join(self.dir, "env"), encoding="utf-8") as f:
            self.env = dict(line.split("=", 1) for line in (
                shlex.split(line)[0] for line in f if line.strip()))
        self.config = self.env["LAB_CONFIG"]

    def use_build_tree(self):
        """Themes and catalogues as `make install` would lay them."""
        french = os.path.join(self.top, "locale", "fr", "LC_MESSAGES")
        os.makedirs(french)
        os.symlink(os.path.join(os.path.abspath(BUILD), "po", "fr.gmo"),
                   os.path.join(french, "vigie.mo"))
        os.environ["VIGIE_LOCALEDIR"] = os.path.join(self.top, "locale")
        os.environ["VIGIE_DATADIR"] = os.path.abspath(SOURCE)

    def close(self):
        self.tmux("kill-server")
        self.vigie("server", "--stop")
        self.end()
        shutil.rmtree(self.top)

    def end(self):
        down = run(sys.executable, LAB, "down", "--dir", self.dir,
                   timeout=120)
        if down.returncode != 0:
            raise RuntimeError(down.stdout + down.stderr)

    def vigie(self, *words, config=None, env=None, timeout=120):
        return run(VIGIE, "--config", config or self.config, *words,
                   env={**os.environ, **(env or {})}, timeout=timeout)

    def status(self, *words):
        done = self.vigie("status", "--json", *words)
        if done.returncode > 3 or not done.stdout:
            raise RuntimeError(done.stdout + done.stderr)
        return json.loads(done.stdout)

    def environment(self, name):
        for env in self.status()["environments"]:
            if env["name"] == name:
                return env
        raise KeyError(name)

    def docker(self, env, *words):
        done = run(self.env["LAB_DOCKER"], "-H",
                   self.env["LAB_DOCKER_" + env.upper()], *words)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return done.stdout.strip()

    def lab(self, *words):
        done = run(sys.executable, LAB, words[0], "--dir", self.dir,
                   *words[1:])
        if done.returncode != 0:
            raise RuntimeError(done.stdout + done.stderr)
        return done.stdout

    def server_pid(self):
        """The running server, by the lock that it holds."""
        for pid in os.listdir("/proc"):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as f:
                    words = f.read().split(b"\0")
            except OSError:
                continue
            if b"server" in words and self.config.encode() in words:
                return int(pid)
        return None

    # --- screens ----------------------------------------------------------

    def tmux(self, *words):
        return run("tmux", "-S", self.tmux_socket, "-f", "/dev/null", *words)

    def screen(self, name, *words, width=120, height=36, env=None):
        """A vigie in a terminal of its own."""
        command = shlex.join([VIGIE, "--config", self.config, *words])
        for key, value in (env or {}).items():
            command = f"{key}={shlex.quote(value)} {command}"
        done = self.tmux("new-session", "-d", "-s", name, "-x", str(width),
                         "-y", str(height), f"{command}; sleep 1000")
        if done.returncode != 0:
            raise RuntimeError(done.stderr)

    def look(self, name):
        return self.tmux("capture-pane", "-p", "-t", name).stdout

    def screen_pid(self, name):
        """The vigie in that terminal, below its shell."""
        pane = self.tmux("list-panes", "-t", name, "-F",
                         "#{pane_pid}").stdout.strip()
        with open(f"/proc/{pane}/task/{pane}/children",
                  encoding="ascii") as f:
            return int(f.read().split()[0])

    def keys(self, name, *keys):
        self.tmux("send-keys", "-t", name, *keys)


class Flow(unittest.TestCase):
    """A case on the one lab of the run."""

    world = None
    maxDiff = None

    def until(self, what, predicate, deadline=DEADLINE, step=0.05):
        """The predicate's value once it is true; seconds it took in .took."""
        begin = time.monotonic()
        while True:
            value = predicate()
            self.took = time.monotonic() - begin
            if value:
                return value
            if self.took > deadline:
                self.fail(f"not within {deadline} s: {what}")
            time.sleep(step)

    def well(self, env):
        """Its services are: what else the machine does is no concern."""
        return all(s["status"] == "ok" for s in
                   self.world.environment(env)["services"])

    def until_status(self, env, word, deadline=DEADLINE):
        return self.until(
            f"{env} is {word}", deadline=deadline, step=0.1,
            predicate=lambda: self.world.environment(env)["status"] == word)


def kill(pid, signo=signal.SIGKILL):
    os.kill(pid, signo)
