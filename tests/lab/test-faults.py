#!/usr/bin/env python3
"""Bad input from the far side: engines that answer wrongly, late, too much or
with hostile bytes; names that do not resolve; disks that are full. Each shows
where it happens, and the server stays small, idle and prompt."""

import fcntl
import http.server
import json
import os
import re
import signal
import socket
import subprocess
import sys
import termios
import threading
import time
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

import tap  # noqa: E402
from flows import VIGIE, run  # noqa: E402
from stand import Fault, Raw, Stand, console, measure  # noqa: E402

LIST = "containers/json"
# environment: the fault, the requests it hits, its parameters, and what the
# status says of it (None: it may be taken as it is).
REPLIES = {
    "half": ("half-body", LIST, {}, "closed the connection in the middle"),
    "broken": ("malformed", LIST, {}, "malformed JSON at byte"),
    "deep": ("deep", LIST, {"depth": 10000}, "nested deeper than"),
    "endless": ("deep", LIST, {"depth": 10000, "closed": False},
                "nested deeper than"),
    "binary": ("binary", LIST, {}, "malformed JSON"),
    "empty": ("empty", LIST, {}, "JSON"),
    "error": ("status", LIST, {"code": 500}, "asked to fail"),
    "gateway": ("status", LIST, {"code": 502, "html": True}, "502"),
    "garbage": ("garbage", LIST, {}, "HTTP/0.9"),
    "dropped": ("drop", ".", {}, r"closed the connection"),
    "header": ("big-header", LIST, {}, "header line.*too long"),
    "chunk": ("bad-chunk", "/events", {}, "(?i)chunk|hex|illegal"),
    "huge": ("huge", LIST, {"mb": 100}, "MiB"),
    "hung": ("hang", "(_ping|" + LIST + ")", {}, "within|no answer"),
    "stall": ("stall", LIST, {}, "within|no answer"),
    "slow": ("slow", LIST, {"wait": 0.05}, "within|no answer"),
    "types": ("wrong-types", "(json|version)", {}, None),
    "inspect": ("deep", "containers/[0-9a-f]+/json", {}, None),
    "figures": ("wrong-types", "stats", {}, None),
    "api": ("wrong-version", ".", {"version": "9.99"}, None),
}
HOSTILE = re.compile(
    "[\0-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u2069\ufeff\ud800-\udfff]|\x1b(?!\\[[0-9;]*m)")


def cleaned(data):
    """What a terminal would obey in an output that only has colours."""
    text = data.decode("utf-8", "surrogateescape")
    return HOSTILE.findall(text.replace("\r\n", "\n"))


class Replies(Fault):
    def link_error(self, name, status):
        env = [e for e in status["environments"] if e["name"] == name][0]
        return (env["link"]["error"] or env["sources"]["engine"]["error"]
                or "")

    def missing(self):
        status = self.world.status()
        return {name: self.link_error(name, status)
                for name, (_, _, _, text) in REPLIES.items()
                if text and not re.search(text, self.link_error(
                    name, status))}

    def away(self):
        return {e["name"]: e["reasons"]
                for e in self.world.status()["environments"]
                if e["link"]["state"] != "up" or e["stale"]}

    def test_every_wrong_answer_is_told_where_it_happens(self):
        world = self.world
        for name, (fault, match, params, _) in REPLIES.items():
            world.fault(name, fault, match, 0, **params)
        world.fault("chunk", "close-events")
        world.fault("chunk", "flap", container="redis", times=20)
        world.vigie("refresh")
        try:
            told = dict(REPLIES)
            for _ in self.poll(40):
                for name in set(told) - set(self.missing()):
                    del told[name]
                if not told:
                    break
            self.assertEqual({n: self.missing().get(n) for n in told}, {})
            calm = world.environment("calm")
            self.assertFalse(calm["stale"])
            self.assertEqual(calm["link"]["state"], "up")
            self.screens_are_clean()
        finally:
            for name in REPLIES:
                world.heal(name)
        world.vigie("refresh")
        self.until("all are well again", lambda: not self.away(), 45)

    def poll(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            yield
            time.sleep(0.1)

    def screens_are_clean(self):
        for words in ((), ("--plain",), ("--plugin",), ("--prometheus",)):
            done = self.world.vigie("status", *words)
            self.assertEqual(cleaned(done.stdout.encode()), [], words)

    def test_a_replayed_stream_of_events_tells_nothing_twice(self):
        world = self.world
        world.fault("replay", "die", container="bridge", restart="yes")
        world.fault("replay", "die", container="docmost", restart="yes")
        self.until("both came back", lambda: self.restarts("replay") == 2)
        lines = world.vigie("events", "replay").stdout
        seen = world.requests("replay")
        world.fault("replay", "replay", "/events", 1, last=50)
        world.fault("replay", "close-events")
        self.until("the stream is there again", lambda: world.environment(
            "replay")["link"]["state"] == "up" and world.requests(
                "replay")["requests"] != seen["requests"])
        world.fault("replay", "pause", container="redis")
        self.until("what is new is told", lambda: "pause" in world.vigie(
            "events", "replay").stdout)
        after = world.vigie("events", "replay").stdout
        self.assertEqual([line for line in after.splitlines()
                          if "pause" not in line], lines.splitlines())
        self.assertEqual(self.restarts("replay"), 2)
        world.fault("replay", "unpause", container="redis")

    def restarts(self, name):
        return sum(s["restarts"] or 0
                   for s in self.world.environment(name)["services"]
                   if s["state"] == "running")


class Hostile(Fault):
    """Bytes that a terminal would obey, and lines of 10 MB."""

    OBEYED = (b"\x1b]0;owned", b"owned\x07", "\u202e".encode(),
              "\u2066".encode(), "\u009b".encode(), "\u0085".encode(),
              b"\x9b31", b"cr\rover", b"nul\0tab", "\u200b".encode(),
              "\ufeff".encode(), b"\xc3utf8")

    def setUp(self):
        super().setUp()
        self.world.fault("hostile", "hostile-names", container="*",
                         service="yes")
        self.world.fault("hostile", "hostile-log", container="*")
        self.world.vigie("refresh", "hostile")
        self.until("the names are known", lambda: any(
            "bidi" in s["container_name"]
            for s in self.world.environment("hostile")["services"]))

    def test_nothing_hostile_reaches_pipes(self):
        world = self.world
        world.fault("hostile", "flap", container="*", how="process", times=1)
        self.until("events", lambda: "die" in world.vigie(
            "events", "hostile").stdout)
        for words in (("status",), ("status", "--json"), ("status",
                      "--plain"), ("status", "--prometheus"),
                      ("status", "hostile", "--plugin"),
                      ("events", "hostile"), ("events", "hostile", "--json"),
                      ("logs", "hostile"), ("logs", "hostile", "--json")):
            done = subprocess.run(
                [VIGIE, "--config", world.config, *words], timeout=30,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE)
            self.assertEqual(cleaned(done.stdout + done.stderr), [], words)
        self.assertIn("override", done.stdout.decode())

    def test_nothing_hostile_reaches_terminals(self):
        world = self.world
        for words, mark in ((("status",), b"hostile"),
                            (("logs", "hostile"), b"override"),
                            (("events", "hostile"), b"")):
            terminal = console(world, *words)
            self.until("it ended", terminal.ended)
            terminal.close()
            self.assertIn(mark, terminal.output)
            self.assertEqual(cleaned(terminal.output), [], words)
        terminal = console(world, "hostile")
        try:
            self.until("the services", lambda: b"bidioverride"
                       in terminal.read())
            for key in "iqlqeq?":
                before = len(terminal.read())
                terminal.keys(key)
                self.until(f"the screen of {key}", lambda: len(
                    terminal.read(0.1)) > before + 100)
            for obeyed in self.OBEYED:
                self.assertNotIn(obeyed, terminal.output)
        finally:
            terminal.close()

    def test_a_line_of_10_mb_is_cut(self):
        world = self.world
        world.fault("calm", "big-line", container="redis", mb=10)
        with Raw(world) as raw:
            raw.ask(5, "logs", environment="calm", services=["redis"],
                    tail=5)
            lines = []
            raw.until(lambda m: lines.extend(m.get("lines", ()))
                      or m["type"] == "end")
        longest = max(lines, key=lambda line: len(line["text"]))
        self.assertTrue(longest["cut"])
        self.assertLessEqual(len(longest["text"].encode()), 16 * 1024)


class Slow(Fault):
    """Clients that do not read."""

    busy = 1.2

    def churn(self, name, seconds=6):
        self.world.fault(name, "event-flood", rate=500, seconds=seconds,
                         action="kill")
        self.world.flood(name)

    def test_a_stopped_console_and_a_deaf_socket_hold_nothing(self):
        world = self.world
        for name, env in (("other", "calm"), ("stopped", "flood")):
            world.screen(name, env)
            self.until("it shows", lambda: "bridge" in world.look(name))
        stopped = world.screen_pid("stopped")
        deaf = [Raw(world) for _ in range(4)]
        try:
            os.kill(stopped, signal.SIGSTOP)
            for raw in deaf:
                raw.ask(2, "subscribe")
                raw.ask(3, "events", environment="flood", follow=True)
                raw.ask(4, "logs", environment="flood", follow=True)
            begin = time.monotonic()
            self.churn("flood")
            self.until("the flood is on", lambda: world.vigie(
                "events", "flood").stdout.count("kill") > 50)
            self.ask_without_reading(deaf[0])
            world.fault("flood", "die", container="bridge", restart="no",
                        code=77)
            world.fault("calm", "pause", container="bridge")
            self.until("the others go on", lambda: "bridge is paused"
                       in world.look("other"))
            self.until("the events are over", lambda:
                       time.monotonic() - begin > 6)
            world.flood("flood", over=True)
            self.assertNotIn("(77", world.look("stopped"))
            os.kill(stopped, signal.SIGCONT)
            self.until("it caught up", lambda: "(77" in world.look("stopped"))
            self.assertIsNotNone(deaf[1].until(
                lambda m: "model" in m and any(
                    s.get("exit_code") == 77
                    for e in m["model"].get("environments", ())
                    for s in e.get("services", ()))))
        finally:
            os.kill(stopped, signal.SIGCONT)
            world.fault("calm", "unpause", container="bridge")
            world.fault("flood", "start", container="bridge")
            for name in ("other", "stopped"):
                world.tmux("kill-session", "-t", name)
            for raw in deaf:
                raw.close()

    def ask_without_reading(self, raw):
        """Questions whose answers nobody takes: the server stops to read
        them, rather than to keep what it would answer."""
        raw.sock.setblocking(False)
        line = b'{"id":9,"op":"subscribe"}\n' * 100
        end = time.monotonic() + 2
        while time.monotonic() < end:
            try:
                raw.sock.send(line)
            except BlockingIOError:
                return
        self.fail("the server takes whatever it is asked")

    def test_events_missed_by_a_slow_reader_come_later(self):
        world = self.world
        with Raw(world) as raw:
            raw.ask(2, "logs", environment="flood", follow=True)
            raw.ask(3, "events", environment="calm", follow=True, tail=0)
            world.flood("flood")
            self.until("it is held up", lambda: self.full(raw))
            world.fault("calm", "pause", container="redis")
            self.until("it was told", lambda: "pause" in world.vigie(
                "events", "calm").stdout)
            got = raw.until(lambda m: m["type"] == "events" and any(
                e["action"] == "pause" for e in m["events"]))
            self.assertIsNotNone(got)
        world.flood("flood", over=True)
        world.fault("calm", "unpause", container="redis")

    def full(self, raw):
        """The kernel's buffer takes no more: what is unread stays as it
        is, and the server has begun to queue."""
        size = fcntl.ioctl(raw.sock, termios.FIONREAD, b"\0" * 4)
        time.sleep(0.5)
        return size != b"\0" * 4 and size == fcntl.ioctl(
            raw.sock, termios.FIONREAD, b"\0" * 4)


class Flood(Fault):
    busy = 1.2

    def test_a_flood_of_logs_leaves_the_server_prompt(self):
        world = self.world
        world.flood("flood")
        world.screen("view", "flood")
        follow = subprocess.Popen(
            [VIGIE, "--config", world.config, "logs", "flood", "-f"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            self.until("the services", lambda: "docmost"
                       in world.look("view"))
            world.keys("view", ":", "logs flood docmost", "Enter")
            self.until("the flood is on the screen", lambda: world.look(
                "view").count("flood") > 10)
            for _ in range(5):
                begin = time.monotonic()
                world.status()
                self.assertLess(time.monotonic() - begin, 1)
            for _ in range(10):
                self.assertTrue(follow.stdout.readline())
            follow.stdout.close()
            self.until("head ends it", lambda: follow.poll() is not None)
            self.assertLess(measure(world.screen_pid("view"))["top"],
                            60 * 1024)
            world.keys("view", "q")
            self.until("the view is left", lambda: "digest"
                       in world.look("view"))
        finally:
            follow.kill()
            follow.wait()
            follow.stderr.close()
            world.tmux("kill-session", "-t", "view")
            world.flood("flood", over=True)

    def test_a_cancelled_stream_says_no_more(self):
        world = self.world
        world.flood("flood")
        with Raw(world) as raw:
            raw.ask(5, "logs", environment="flood", follow=True)
            raw.until(lambda m: m["type"] == "log")
            raw.ask(6, "cancel", target=5)
            raw.until(lambda m: m.get("id") == 6)
            raw.ask(7, "cancel", target=5)
            self.assertEqual(raw.take()["id"], 7)
        world.flood("flood", over=True)


class Pages(http.server.BaseHTTPRequestHandler):
    """Bad pages for probes."""

    def do_GET(self):
        self.send_response(200)
        if self.path == "/endless":
            self.end_headers()
            try:
                while True:
                    self.wfile.write(b"x" * 65536)
            except OSError:
                return
        if self.path == "/hostile":
            self.send_header("X", "\x1b]0;owned\x07")
        self.end_headers()
        self.wfile.write(b"[" * 10000 if self.path == "/deep" else b"ok")

    def log_message(self, *_):
        pass


class Probes(Fault):
    def setUp(self):
        super().setUp()
        self.server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), Pages)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()
        self.url = "http://127.0.0.1:%d" % self.server.server_port

    def tearDown(self):
        self.server.shutdown()
        self.server.server_close()
        self.world.write_config(self.world.names)
        self.until("no probes", lambda: not self.probes("calm"))
        super().tearDown()

    def probes(self, env):
        return {p["name"]: p for p in self.world.environment(env)["probes"]}

    def test_endless_and_nested_pages(self):
        self.world.write_config(self.world.names, [
            ("calm", "good", self.url + "/"),
            ("calm", "endless", self.url + "/endless"),
            ("calm", "deep", self.url + "/deep"),
            ("calm", "hostile", self.url + "/hostile"),
            ("calm", "closed", "http://127.0.0.1:1/")])
        self.until("all were tried", lambda: len([
            p for p in self.probes("calm").values()
            if p["status"] != "unknown"]) >= 4)
        self.until("good is ok", lambda: self.probes("calm")["good"][
            "status"] == "ok")
        self.until("closed is told", lambda: self.probes("calm")["closed"][
            "status"] == "crit")


@unittest.skipUnless(os.geteuid() == 0, "mounts need root")
class Machine(Fault):
    """Faults of the machine that vigie runs on, in a mount name space of the
    server's own."""

    def begin(self, script):
        """A server after that script; its mounts are its own."""
        self.world = Stand(["one", "two"])
        world = self.world
        os.makedirs(os.path.join(world.dir, "state"))
        self.log = open(os.path.join(world.dir, "log"), "w+b")
        self.server = subprocess.Popen(
            ["unshare", "-m", "sh", "-ec", script + '; exec "$@"', "sh",
             VIGIE, "--config", world.config, "server", "--foreground"],
            cwd=world.dir, stdin=subprocess.DEVNULL, stdout=self.log,
            stderr=self.log)
        self.until("the server is up", lambda: os.path.exists(world.socket)
                   and world.server_pid())
        super().setUp()

    def setUp(self):
        pass

    def tearDown(self):
        try:
            super().tearDown()
        finally:
            self.world.close()
            self.server.wait(10)
            self.log.close()

    def test_names_that_never_resolve_hold_nothing_up(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind(("127.77.77.77", 53))
            self.begin("echo nameserver 127.77.77.77 >resolv; "
                       "echo hosts: files dns >nss; "
                       "mount --bind resolv /etc/resolv.conf; "
                       "mount --bind nss /etc/nsswitch.conf")
            page = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages)
            threading.Thread(target=page.serve_forever, daemon=True).start()
            world = self.world
            world.write_config(world.names, [
                ("one", f"lost {n}", f"http://n{n}.vigie.example/")
                for n in range(10)] + [
                ("one", "good", "http://127.0.0.1:%d/" % page.server_port),
                ("two", "good", "http://127.0.0.1:%d/" % page.server_port)])
            told = self.until("what it waited for", lambda: [
                r for r in world.environment("one")["reasons"]
                if "n3.vigie.example" in r], 30)
            self.assertRegex(told[0], r"n3\.vigie\.example.*within 2 s")
            for name in world.names:
                env = world.environment(name)
                good = [p for p in env["probes"] if p["name"] == "good"]
                self.assertEqual(good[0]["status"], "ok")
                self.assertFalse(env["stale"])
            page.shutdown()
            page.server_close()

    def test_a_full_disk_costs_the_history_alone(self):
        self.begin("mount -t tmpfs -o size=512k vigie state")
        world = self.world
        world.status("--wait")
        state = "/proc/%d/root%s/state" % (world.server_pid(), world.dir)
        filler = os.path.join(state, "filler")
        try:
            with open(filler, "wb") as f:
                while True:
                    f.write(b"\0" * 4096)
                    f.flush()
        except OSError:
            pass
        with Raw(world) as raw:
            notices = self.until("a notice", lambda: self.notices(raw), 90)
            self.assertRegex(notices[0]["text"], r"history.*(full|space)")
            view = console(world)
            try:
                self.until("the screen says so", lambda: b"history"
                           in view.read())
            finally:
                view.close()
            world.fault("one", "pause", container="bridge")
            self.until("observing goes on", lambda: "paused" in json.dumps(
                world.environment("one")["services"]))
            world.vigie("server", "--reload")
            self.assertTrue(self.notices(raw), "forgotten with a reload")
            os.unlink(filler)
            self.until("it is well again", lambda: not self.notices(raw),
                       90)

    def notices(self, raw):
        """Asking for history makes the server write what waits."""
        raw.ask(8, "history", environment="one")
        raw.until(lambda m: m.get("id") == 8)
        raw.ask(9, "subscribe")
        model = raw.until(lambda m: m["type"] == "snapshot")["model"]
        time.sleep(0.2)
        return [n for n in model["notices"] if n["key"] == "history"]


def main():
    Fault.world = Stand([*REPLIES, "replay", "hostile", "flood", "calm"])
    try:
        Fault.world.status("--wait")
        loader = unittest.defaultTestLoader
        tap.main(unittest.TestSuite(
            loader.loadTestsFromTestCase(case) for case in (
                Replies, Hostile, Slow, Flood, Probes, Machine)
            if len(sys.argv) < 2 or case.__name__ in sys.argv[1:]))
    finally:
        Fault.world.close()


if __name__ == "__main__":
    main()
