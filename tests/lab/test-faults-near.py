#!/usr/bin/env python3
"""Bad input from the near side: terminals that hang up, shrink or are none,
peers that do not keep to the protocol, configurations that come and go."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import types
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

import tap  # noqa: E402
from flows import VIGIE, run  # noqa: E402
from stand import Fault, Raw, Stand, Terminal, console  # noqa: E402

NAMES = ["one", "two", "long"]
SIZES = ((1, 1), (1, 300), (300, 1), (2, 2), (3, 20), (24, 80), (5, 5),
         (1, 1), (60, 200), (10, 59), (16, 60), (2, 400), (1, 2), (36, 120))


class Terminals(Fault):
    def open(self, *words, mark=b"bridge", **options):
        terminal = console(self.world, *words, **options)
        self.addCleanup(terminal.close)
        self.until("it shows", lambda: mark in terminal.read())
        return terminal

    def test_a_terminal_that_hangs_up_ends_its_console(self):
        for words in (("one",), ("wall",), ("logs", "one", "-f")):
            terminal = self.open(*words, mark=b"")
            self.until("it says something", lambda: len(
                terminal.read()) > 100)
            terminal.hang_up()
            self.until("it ended", lambda: terminal.program.poll()
                       is not None, 5)

    def test_what_is_no_terminal_is_told(self):
        for term in (None, "", "no-such-terminal", "dumb"):
            for words in ((), ("wall",)):
                terminal = console(self.world, *words, env={"TERM": term})
                self.until("it ended", terminal.ended)
                terminal.close()
                self.assertEqual(terminal.program.returncode, 3, term)
                self.assertIn(b"TERM=xterm", terminal.output)
                self.assertNotIn(b"\x1b", terminal.output)
        done = self.world.vigie("wall")
        self.assertEqual(done.returncode, 3)
        self.assertIn("terminal", done.stderr)

    def test_sizes_from_one_cell_up_in_every_view(self):
        for keys in ("", "\r", "\rl", "\ri", "e", "?", ":", "/", "\rl/"):
            terminal = self.open()
            for key in keys:
                size = len(terminal.read())
                terminal.keys(key)
                self.until("it took the key", lambda: len(
                    terminal.read()) > size)
            for rows, columns in SIZES:
                terminal.resize(rows, columns)
                terminal.keys("j")
            self.assertFalse(terminal.ended(), (
                keys, terminal.program.returncode, terminal.output[-400:]))
            mark = len(terminal.read(0.1))
            terminal.keys("\x0c" if keys[-1:] not in (":", "/") else "\x1b")
            self.until("it draws again", lambda: len(
                terminal.read()[mark:]) > 50)
            terminal.close()
        wall = self.open("wall", mark=b"one")
        for rows, columns in SIZES:
            wall.resize(rows, columns)
        self.assertFalse(wall.ended())

    def test_no_locale_and_hostile_names_make_ascii(self):
        world = self.world
        world.fault("two", "hostile-names", container="*", service="yes")
        world.vigie("refresh", "two")
        self.until("the names are known", lambda: any(
            "bidi" in s["container_name"] for s in world.environment(
                "two")["services"]))
        terminal = self.open("two", mark=b"override",
                             env={"LC_ALL": "C", "LANG": "C"})
        terminal.keys("jjjji")
        terminal.read(0.3)
        self.assertTrue(terminal.output.isascii())

    def test_names_of_thousands_of_letters_and_projects_without_any(self):
        world = self.world
        world.fault("long", "rename", container="bridge",
                    name="é" * 3000)
        world.vigie("refresh", "long")
        self.until("the name is known", lambda: any(
            "éééé" in s["container_name"] for s in world.environment(
                "long")["services"]))
        bare = world.environment("bare")
        self.assertEqual(bare["services"], [])
        for env in ("long", "bare"):
            for rows, columns in ((36, 120), (8, 30)):
                terminal = self.open(env, mark=env.encode(), rows=rows,
                                     columns=columns)
                for key in "ilqe":
                    terminal.keys(key)
                    terminal.read(0.1)
                self.assertFalse(terminal.ended())
                terminal.close()
            for words in ((), ("--plain",), ("--plugin",)):
                self.assertIn(world.vigie("status", env, *words).returncode,
                              (0, 1, 2, 3))
        done = world.vigie("logs", "bare")
        self.assertEqual((done.returncode, done.stdout), (0, ""))


class Protocol(Fault):
    def refused(self, data, code, closed=True):
        with Raw(self.world, hello=False) as raw:
            raw.send(data)
            answer = raw.take()
            self.assertEqual((answer["type"], answer["code"]),
                             ("error", code), data[:60])
            if closed:
                self.assertIsNone(raw.take())
            return answer["text"]

    def test_bad_beginnings(self):
        self.refused(b'{"id":1,"op":"subscribe"}\n', "malformed")
        text = self.refused(b'{"id":1,"op":"hello","protocol":2}\n',
                            "version")
        self.assertRegex(text, r"vigie .* speaks protocol 1, not 2")
        self.refused(b'{"id":1,"op":"hello"}\n', "version")
        self.refused(b'{"id":1,"op":"hello","protocol":"1"}\n', "version")
        for rubbish in (b"\0\n", b"\xff\xfe\x80\n", b"GET / HTTP/1.1\r\n",
                        b"\n", b"[]\n", b"1\n", b'"hello"\n', b"{}\n",
                        b'{"id":0,"op":"hello"}\n',
                        b'{"id":-1,"op":"hello"}\n',
                        b'{"id":2147483648,"op":"hello"}\n',
                        b'{"id":"1","op":"hello"}\n',
                        b'{"id":1.5,"op":"hello"}\n',
                        b'{"id":1,"op":["hello"]}\n',
                        b"[" * 10000 + b"\n",
                        b'{"a":' * 10000 + b"\n"):
            self.refused(rubbish, "malformed", closed=False)

    def test_a_half_line_is_waited_for_and_not_for_ever(self):
        with Raw(self.world, hello=False) as raw:
            for byte in b'{"id":1,"op":"hello","protocol":1}\n':
                raw.send(bytes([byte]))
            self.assertEqual(raw.take()["type"], "welcome")
        begin = time.monotonic()
        self.assertIn("5 s", self.refused(b'{"id":1,"op":"hel',
                                          "malformed"))
        self.assertLess(time.monotonic() - begin, 9)

    def test_lines_that_are_too_long_end_the_connection(self):
        request = b'{"id":2,"op":"nonsense","x":"%s"}\n'
        with Raw(self.world) as raw:
            raw.send(request % (b"x" * 60000))
            self.assertEqual(raw.take()["code"], "unknown_op")
        for size in (65 * 1024, 300 * 1024, 5 << 20):
            with Raw(self.world) as raw:
                try:
                    raw.send(request % (b"x" * size))
                except ConnectionError:
                    pass
                self.assertIsNone(raw.take(), size)

    def test_wrong_arguments_are_told_and_ids_are_kept_apart(self):
        wrong = (None, True, -1, 1e300, "", "x" * 1000, [], [[]], {}, "\x1b[m")
        names = ("environment", "services", "follow", "tail", "since",
                 "points", "subject", "metric", "container", "target")
        with Raw(self.world) as raw:
            number = 10
            for op in ("logs", "events", "history", "cancel", "shell",
                       "refresh"):
                for value in wrong:
                    number += 1
                    raw.ask(number, op, **{
                        **{n: value for n in names},
                        # one that follows may have nothing to say
                        **({"follow": False} if value is True else {}),
                        **({"environment": "one"} if number % 2 else {})})
                    answer = raw.until(lambda m: m.get("id") == number)
                    self.assertIsNotNone(answer, (op, value))
                    raw.ask(9, "cancel", target=number)
                    raw.until(lambda m: m.get("id") == 9)
            raw.ask(5, "logs", environment="one", follow=True)
            raw.until(lambda m: m.get("id") == 5)
            raw.ask(5, "events", environment="one")
            self.assertEqual(raw.until(lambda m: m["type"] == "error")[
                "code"], "malformed")
            for n in range(100, 130):
                raw.ask(n, "events", follow=True)
            self.assertEqual(raw.until(lambda m: m["type"] == "error")[
                "code"], "too_many")
            raw.ask(200, "launch")
            self.assertEqual(raw.until(lambda m: m.get("id") == 200)["code"],
                             "unknown_op")

    def test_questions_without_end_are_bounded(self):
        with Raw(self.world) as raw:
            raw.sock.setblocking(False)
            lines = b"".join(
                b'{"id":%d,"op":"history","environment":"one","points":1000}'
                b"\n" % n for n in range(10, 60))
            end = time.monotonic() + 3
            while time.monotonic() < end:
                try:
                    raw.sock.send(lines)
                except BlockingIOError:
                    break
            begin = time.monotonic()
            self.world.status()
            self.assertLess(time.monotonic() - begin, 2)

    def test_a_hundred_mute_connections_keep_nobody_out(self):
        mute = [Raw(self.world, hello=False) for _ in range(100)]
        try:
            begin = time.monotonic()
            for _ in range(5):
                self.assertIn("environments", self.world.status())
            self.assertLess(time.monotonic() - begin, 4)
        finally:
            for raw in mute:
                raw.close()

    def test_a_server_of_another_version_is_told(self):
        path = os.path.join(self.world.top, "other.sock")
        config = os.path.join(self.world.top, "other.yaml")
        with open(config, "w", encoding="utf-8") as f:
            f.write(self.world.configuration(NAMES).replace(
                self.world.socket, path))
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path)
            listener.listen(16)
            listener.settimeout(30)
            other = threading.Thread(target=self.other_version,
                                     args=(listener, 6))
            other.start()
            for words in (("status",), ("status", "--plugin"),
                          ("logs", "one"), ("events", "one"),
                          ("server", "--stop")):
                done = self.world.vigie(*words, config=config)
                self.assertEqual(done.returncode, 3, words)
                self.assertRegex(done.stderr, r"protocol 2, not 1.*kill "
                                 + str(os.getpid()))
            terminal = Terminal([VIGIE, "--config", config])
            self.addCleanup(terminal.close)
            self.until("the console says so", lambda: b"protocol 2"
                       in terminal.read())
            other.join(30)

    def other_version(self, listener, times):
        for _ in range(times):
            peer, _ = listener.accept()
            with peer:
                peer.recv(4096)
                peer.sendall(b'{"type":"error","id":1,"code":"version",'
                             b'"text":"the server is vigie 9.9 and speaks '
                             b'protocol 2, not 1","final":true}\n')

    def test_two_servers_on_one_socket(self):
        config = os.path.join(self.world.top, "race.yaml")
        path = os.path.join(self.world.top, "race.sock")
        with open(config, "w", encoding="utf-8") as f:
            f.write(self.world.configuration(["one"]).replace(
                self.world.socket, path).replace(
                    self.world.dir + "/state", self.world.top + "/race"))
        words = [VIGIE, "--config", config, "server", "--foreground"]
        racers = [subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
                  for _ in range(4)]
        try:
            self.until("three have gone", lambda: sum(
                r.poll() is not None for r in racers) == 3)
            for racer in racers:
                if racer.poll() is None:
                    continue
                self.assertEqual(racer.returncode, 2)
                self.assertIn("another server holds", racer.stderr.read())
            self.until("one serves", lambda: self.world.vigie(
                "status", config=config).returncode <= 3)
            late = self.world.vigie("server", config=config)
            self.assertEqual(late.returncode, 0)
            self.assertIn("another server holds", late.stderr)
            with Raw(types.SimpleNamespace(socket=path)) as raw:
                raw.ask(2, "stop")
                self.assertEqual(raw.take()["type"], "done")
                self.assertIsNone(raw.take())
        finally:
            for racer in racers:
                racer.terminate()
                racer.wait(10)
                racer.stderr.close()


class Configurations(Fault):
    def tearDown(self):
        self.world.write_config(NAMES)
        self.until("all is as before", lambda: self.names() == [
            *NAMES, "bare"])
        super().tearDown()

    def names(self):
        with Raw(self.world) as raw:
            raw.ask(2, "subscribe")
            self.model = raw.take()["model"]
            return [e["name"] for e in self.model["environments"]]

    def test_environments_come_go_and_change_names_under_open_screens(self):
        world = self.world
        for name, words in (("over", ()), ("in", ("two",)),
                            ("wall", ("wall",))):
            world.screen(name, *words)
            self.until("it shows", lambda: "two" in world.look(name))
        world.screen("log", "one")
        self.until("it shows", lambda: "bridge" in world.look("log"))
        world.keys("log", "l")
        self.until("the log", lambda: "following" in world.look("log"))
        follow = subprocess.Popen(
            [VIGIE, "--config", world.config, "logs", "two", "-f", "--tail", "1"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if not follow.stdout.readline():
            self.fail(follow.stderr.read())
        pid = world.server_pid()
        steps = ([("renamed", "two"), "one"], ["one"], ["one", "two", "long",
                 ("more", "one"), ("again", "two")])
        for step, names in enumerate(steps):
            world.write_config(names)
            if step % 2:
                os.kill(pid, signal.SIGHUP)
            wanted = [n if isinstance(n, str) else n[0] for n in names]
            self.until("it is in force", lambda: self.names() == [
                *wanted, "bare"])
            self.until("the screen follows", lambda: all(
                name in world.look("over") for name in wanted[:3]))
            for name in ("over", "in", "wall", "log"):
                self.assertTrue(world.look(name).strip(), name)
                world.screen_pid(name)
        self.until("the follower is told", lambda: follow.poll()
                   is not None)
        self.assertNotEqual(follow.returncode, 0)
        self.assertTrue(follow.stderr.read().strip())
        follow.stdout.close()
        follow.stderr.close()
        self.until("two is shown again", lambda: "bridge"
                   in world.look("in"))
        for name in ("over", "in", "wall", "log"):
            world.tmux("kill-session", "-t", name)

    def notices(self):
        self.names()
        return [n["text"] for n in self.model["notices"]
                if n["key"] == "config"]

    def test_a_file_that_is_gone_or_cannot_be_read(self):
        world = self.world
        aside = world.config + ".aside"
        view = console(world)
        self.addCleanup(view.close)
        self.until("it shows", lambda: b"bridge" in view.read())
        os.rename(world.config, aside)
        gone = self.until("a notice", self.notices)
        self.assertRegex(gone[0], "refused.*vigie.yaml")
        self.until("the screen says so", lambda: b"refused" in view.read())
        done = run(VIGIE, "--config", world.config, "status")
        self.assertEqual(done.returncode, 3)
        self.assertIn(world.config, done.stderr)
        os.mkdir(world.config)
        self.until("another notice", lambda: self.notices() != gone)
        os.rmdir(world.config)
        for rubbish in (b"\0\1\2\xff", b"- " * 20000, b"[" * 20000,
                        b"a: &a [*a]\n", b"project: \"\\e[2J\\u202e\"\n",
                        b"x" * (20 << 20), b""):
            with open(world.config, "wb") as f:
                f.write(rubbish)
            done = run(VIGIE, "--config", world.config, "config", "check")
            self.assertNotEqual(done.returncode, 0, rubbish[:20])
            self.assertNotIn("\x1b", done.stderr + done.stdout)
            self.assertNotIn("\u202e", done.stderr + done.stdout)
        self.assertTrue(self.notices())
        os.rename(aside, world.config)
        self.until("the notice is gone", lambda: not self.notices())


def main():
    Fault.world = world = Stand(NAMES)
    try:
        world.status("--wait")
        loader = unittest.defaultTestLoader
        tap.main(unittest.TestSuite(
            loader.loadTestsFromTestCase(case) for case in (
                Terminals, Protocol, Configurations)
            if len(sys.argv) < 2 or case.__name__ in sys.argv[1:]))
    finally:
        world.close()


if __name__ == "__main__":
    main()
