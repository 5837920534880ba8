#!/usr/bin/env python3
"""The journal of a real server: killed, asked, meddled with. No engine."""

import json
import os
import pwd
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
import unittest

import tap
from stand import Raw

BUILD = os.environ.get("VIGIE_BUILD", "build")
VIGIE = os.path.abspath(os.path.join(BUILD, "vigie"))
USER = pwd.getpwuid(os.geteuid()).pw_name
DEADLINE = 20
CONFIG = """project: hub
state: %(dir)s/state
socket: %(dir)s/vigie.sock
environments:
  prod: {engine: %(dir)s/none.sock}
"""
UNLOCK = "DROP TRIGGER entry_no_update; DROP TRIGGER entry_no_delete;"


class Journal(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="vigie-jrn.")
        self.socket = self.path("vigie.sock")
        self.db = self.path("state", "journal.db")
        self.env = dict(os.environ, HOME=self.dir, LC_ALL="C",
                        VIGIE_CONFIG=self.path("vigie.yaml"))
        for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "LANGUAGE"):
            self.env.pop(name, None)
        self.write(CONFIG % {"dir": self.dir})
        self.server = None
        self.start()

    def tearDown(self):
        if self.server:
            self.end(signal.SIGTERM)
        shutil.rmtree(self.dir)

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def write(self, text):
        with open(self.path("vigie.yaml"), "w", encoding="utf-8") as f:
            f.write(text)

    def start(self):
        self.server = subprocess.Popen(
            [VIGIE, "server", "--foreground"], env=self.env,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            try:
                Raw(self).close()
                return
            except (OSError, AttributeError, TypeError):
                time.sleep(0.02)
        self.fail("the server does not answer within %d s" % DEADLINE)

    def end(self, signo):
        self.server.send_signal(signo)
        self.server.wait(DEADLINE)
        self.server = None

    def vigie(self, *words):
        done = subprocess.run([VIGIE] + list(words), env=self.env,
                              capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout, done.stderr

    def entries(self):
        code, out, err = self.vigie("journal", "--json", "-n", "100000")
        self.assertEqual(code, 0, err)
        return [json.loads(line) for line in out.splitlines()]

    def until(self, what, holds):
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            found = [e for e in self.entries() if holds(e)]
            if found:
                return found
            time.sleep(0.05)
        self.fail("%s: not within %d s: %s" % (what, DEADLINE,
                                               self.entries()))

    def kind(self, kind):
        return self.until(kind, lambda e: e["kind"] == kind)

    def meddle(self, sql):
        db = sqlite3.connect(self.db)
        db.executescript(sql)
        db.close()

    def notices(self):
        out = self.vigie("status", "--json")[1]
        return {n["key"]: n for n in json.loads(out)["notices"]}

    def test_starts_stops_and_configurations_are_there(self):
        self.assertIn("has started", self.kind("server-start")[0]["text"])
        self.assertEqual(self.vigie("server", "--reload")[0], 0)
        by = self.kind("config")[0]
        self.assertEqual((by["who"], by["uid"]), (USER, os.geteuid()))
        self.write("project: [\n")
        with Raw(self) as raw:
            raw.ask(2, "reload")
            self.assertEqual(raw.take()["code"], "failed")
        self.write(CONFIG % {"dir": self.dir})
        self.assertIn("vigie.yaml:", self.kind("config-refused")[0]["text"])
        self.end(signal.SIGTERM)
        self.start()
        stop = self.kind("server-stop")[0]
        self.assertIn("signal 15", stop["text"])
        self.assertIsNone(stop["who"])
        self.assertEqual(self.vigie("server", "--stop")[0], 0)
        self.server.wait(DEADLINE)
        self.start()
        stops = self.until("the client's stop", lambda e:
                           e["kind"] == "server-stop" and e["who"])
        self.assertEqual(stops[0]["who"], USER)
        self.assertEqual(os.stat(self.db).st_mode & 0o777, 0o600)

    def test_a_refused_act_is_there_with_its_name(self):
        self.assertEqual(self.vigie("--read-only", "refresh")[0], 77)
        entry = self.kind("denied")[0]
        self.assertEqual((entry["who"], entry["uid"]), (USER, os.geteuid()))
        self.assertIn("refresh was refused", entry["text"])
        with Raw(self, hello=False) as raw:
            raw.ask(1, "hello", protocol=1, read_only=True)
            raw.take()
            raw.ask(2, "\x1b]0;evil\x07de\u202eploy\n" + "x" * 5000)
            self.assertEqual(raw.take()["code"], "not_permitted")
        found = self.until("the other", lambda e: "xxx" in e["text"])[0]
        self.assertTrue(found["text"].startswith("deploy x"))
        self.assertLess(len(found["text"]), 200)
        code, out, _ = self.vigie("journal")
        self.assertEqual(code, 0)
        self.assertRegex(out, r"(?m)^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +%s +- +"
                         r"denied +refresh was refused" % USER)
        self.assertNotIn("\x1b", out)

    def test_a_flood_is_counted(self):
        for _ in range(3):
            with Raw(self, hello=False) as raw:
                raw.ask(1, "hello", protocol=1, read_only=True)
                raw.take()
                for i in range(400):
                    raw.ask(i + 2, "deploy")
                    self.assertEqual(raw.take()["code"], "not_permitted")
        # Whoever comes anew for each is held by the count of all.
        for _ in range(80):
            with Raw(self, hello=False) as raw:
                raw.ask(1, "hello", protocol=1, read_only=True)
                raw.take()
                raw.ask(2, "deploy")
                raw.take()
        denied = self.kind("denied")
        self.assertLessEqual(len(denied), 60)
        self.assertTrue(any("refusals before" in e["text"] for e in denied),
                        denied)

    def test_killed_while_writing(self):
        seen = {}
        for i in range(8):
            with Raw(self) as raw:
                for n in range(12):
                    raw.ask(n + 2, "reload")
                # What was answered from the journal was durable.
                raw.ask(50, "journal", limit=1000)
                last = raw.until(lambda m: m.get("id") == 50)
                for n in range(i):
                    raw.ask(n + 100, "reload")
                self.end(signal.SIGKILL)
            seen.update({e["seq"]: e["hash"] for e in last["entries"]})
            self.start()
            now = {e["seq"]: e["hash"] for e in self.entries()}
            self.assertEqual({n: now.get(n) for n in seen}, seen)
            code, out, err = self.vigie("journal", "--verify")
            self.assertEqual(code, 0, err)
            self.assertIn("nothing was changed", out)
        self.assertGreater(len(seen), 50)
        self.assertNotIn("journal", self.notices())
        self.assertFalse([e for e in self.entries()
                          if e["kind"] == "journal-cut"])

    def test_a_change_is_found(self):
        for _ in range(3):
            self.vigie("server", "--reload")
        self.until("three", lambda e: e["seq"] == 4)
        self.meddle(UNLOCK + "UPDATE entry SET line = replace(line, 'was', "
                    "'WAS') WHERE seq = 3")
        code, _, err = self.vigie("journal", "--verify")
        self.assertEqual(code, 2)
        self.assertIn("entry 3:", err)
        code, out, _ = self.vigie("journal", "--verify", "--json")
        self.assertEqual((code, json.loads(out)["broken_at"]), (2, 3))
        # The next server watches, and says that it journals nothing.
        self.end(signal.SIGTERM)
        self.start()
        notice = self.notices()["journal"]
        self.assertEqual(notice["severity"], "crit")
        self.assertIn("entry 3:", notice["text"])
        self.assertIn(self.db, notice["text"])
        self.assertEqual(self.vigie("journal")[0], 3)
        # And no act is begun.
        self.assertEqual(self.vigie("lock", "prod", "--reason", "x")[0], 2)
        out = json.loads(self.vigie("status", "--json")[1])
        self.assertIsNone(out["environments"][0]["lock"]["who"])

    def test_acts_are_there_with_their_reasons(self):
        self.assertEqual(self.vigie("lock", "prod", "--reason",
                                    "hot \x1b[2Jfix")[0], 0)
        self.assertEqual(self.vigie("unlock", "prod")[0], 0)
        self.assertNotEqual(self.vigie("--read-only", "lock", "prod",
                                       "--reason", "x")[0], 0)
        found = [(e["kind"], e["environment"], e["who"], e["reason"])
                 for e in self.until("the refusal",
                                     lambda e: e["who"] == USER)]
        self.assertEqual(found[:2], [("lock", "prod", USER, "hot fix"),
                                     ("unlock", "prod", USER, None)])
        self.assertEqual(self.kind("denied")[0]["who"], USER)
        out = self.vigie("journal", "prod")[1].splitlines()
        self.assertEqual(len(out), 2)
        self.assertTrue(out[0].endswith("locks prod (hot fix)"), out)

    def test_an_end_that_is_missing_is_told(self):
        self.vigie("server", "--reload")
        self.kind("config")
        self.end(signal.SIGTERM)
        self.meddle(UNLOCK + "DELETE FROM entry WHERE seq > 1")
        self.start()
        self.assertIn("entries 2 to 3", self.kind("journal-cut")[0]["text"])
        self.assertEqual(self.notices()["journal-missing"]["severity"],
                         "warn")

    @unittest.skipUnless(shutil.which("sqlite3") and
                         shutil.which("sha256sum"), "no sqlite3 command")
    def test_the_recipe_for_anybody(self):
        self.kind("server-start")
        done = subprocess.run(
            ["sh", "-c", "sqlite3 \"$1\" 'select hash_prev || line from "
             "chain where seq = 1' | sha256sum; sqlite3 \"$1\" 'select hash "
             "from entry where seq = 1'", "-", self.db],
            capture_output=True, text=True, check=True)
        computed, kept = done.stdout.split("\n")[:2]
        self.assertEqual(computed.split()[0], kept)

    def test_pages_and_arguments(self):
        with Raw(self) as raw:
            for n in range(1100):
                raw.ask(n + 2, "reload")
                raw.until(lambda m, n=n: m.get("id") == n + 2)
            raw.ask(2000, "journal", limit=0)
            self.assertEqual(raw.take()["code"], "bad_argument")
            raw.ask(2001, "output", run="x")
            self.assertEqual(raw.take()["code"], "bad_argument")
            raw.ask(2002, "output", run="x", step="y")
            answer = raw.take()
            self.assertEqual((answer["bytes"], answer["text"]), (0, ""))
            raw.ask(2003, "journal", limit=2, before=5)
            self.assertEqual([e["seq"] for e in raw.take()["entries"]],
                             [4, 3])
        seqs = [e["seq"] for e in self.entries()]
        self.assertEqual(seqs, list(range(1, len(seqs) + 1)))
        self.assertGreater(len(seqs), 1100)
        code, out, _ = self.vigie("journal", "-n", "3")
        self.assertEqual((code, len(out.splitlines())), (0, 3))
        self.assertEqual(self.vigie("journal", "-n", "0")[0], 64)
        self.assertEqual(self.vigie("journal", "nowhere")[0], 64)
        self.assertEqual(self.vigie("journal", "prod")[1], "")


if __name__ == "__main__":
    tap.main()
