#!/usr/bin/env python3
"""What is put on record through a real server: marks, locks and what ran where
outlive it; who may, and what a damaged file does."""
import json
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest

import tap
from standin.ctl import ask

BUILD = os.environ.get("VIGIE_BUILD", "build")
VIGIE = os.path.abspath(os.path.join(BUILD, "vigie"))
ENGINE = os.path.join(os.path.dirname(os.path.realpath(__file__)), "engine")
IMAGE = "registry.test/formation-hub/bridge:"
DEADLINE = 60
ME = pwd.getpwuid(os.geteuid()).pw_name
CONFIG = """project: hub
state: %(dir)s/state
socket: %(dir)s/vigie.sock
operators: [%(me)s, nobody]
repository: {path: work, fetch: 1h}
environments:
  prod:
    engine: %(dir)s/prod.sock
    compose_project: formation-hub
    directory: %(dir)s/prod
"""


@unittest.skipUnless(shutil.which("git"), "git is not installed")
class Record(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="vigie-rec.")
        os.chmod(self.dir, 0o755)
        self.env = dict(os.environ, HOME=self.dir, LC_ALL="C",
            GIT_CONFIG_NOSYSTEM="1", VIGIE_CONFIG=self.path("vigie.yaml"),
            GIT_AUTHOR_NAME="yan", GIT_AUTHOR_EMAIL="yan@x",
            GIT_COMMITTER_NAME="yan", GIT_COMMITTER_EMAIL="yan@x")
        for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "LANGUAGE"):
            self.env.pop(name, None)
        self.git(".", "init", "-q", "work")
        for tag in ("v1.3.2", "v1.4.0"):
            self.git("work", "commit", "-q", "--allow-empty", "-m", tag)
            self.git("work", "tag", "-a", tag, "-m", tag)
        self.git(".", "clone", "-q", "work", "prod")
        self.git("prod", "checkout", "-q", "v1.3.2")
        with open(self.path("vigie.yaml"), "w") as f:
            f.write(CONFIG % {"dir": self.dir, "me": ME})
        subprocess.run([sys.executable, ENGINE, "--socket",
            self.path("prod.sock"), "--services", "bridge,postgres",
            "--image", "bridge=" + IMAGE + "v1.3.2", "--settle", "1",
            "--daemon", "--pid-file", self.path("engine.pid")], check=True,
            stdout=subprocess.DEVNULL)
        self.log = open(self.path("log"), "ab")
        self.start()

    def tearDown(self):
        with open(self.path("engine.pid")) as f:
            os.kill(int(f.read()), 15)
        try:
            self.stop()
            self.until("the end of the engine", lambda: os.path.exists(
                self.path("engine.pid")), lambda there: not there)
        finally:
            self.log.close()
            shutil.rmtree(self.dir)

    def start(self):
        self.server = subprocess.Popen([VIGIE, "server", "--foreground"],
            env=self.env, stdout=subprocess.DEVNULL,
            stderr=self.log)
        # Or the first client would start another.
        self.until("the server", self.accepts, bool)

    def accepts(self):
        with socket.socket(socket.AF_UNIX) as s:
            return s.connect_ex(self.path("vigie.sock")) == 0

    def stop(self):
        self.server.terminate()
        self.assertEqual(self.server.wait(DEADLINE), 0)

    def another_server(self):
        self.stop()
        self.start()

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def git(self, where, *words):
        subprocess.run(["git", "-C", self.path(where)] + list(words),
            env=self.env, check=True, stdout=subprocess.DEVNULL)

    def vigie(self, *words, user=None):
        program = VIGIE
        if user:
            # the build may lie where only its owner looks
            program = os.path.join(self.dir, "vigie")
            shutil.copy(VIGIE, program)
        done = subprocess.run([program] + list(words), env=self.env, user=user,
            capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout, done.stderr

    def expect(self, code, *words, user=None):
        got, out, err = self.vigie(*words, user=user)
        self.assertEqual(got, code, (words, out, err))
        return err

    def model(self):
        code, out, err = self.vigie("status", "--json")
        self.assertTrue(out, err)
        return json.loads(out)

    def prod(self):
        return self.model()["environments"][0]

    def until(self, what, look, holds):
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            found = look()
            if holds(found):
                return found
            time.sleep(0.2)
        self.fail("%s: not within %d s: %s" % (what, DEADLINE, found))

    def deploy(self, tag):
        self.git("prod", "checkout", "-q", tag)
        code, _ = ask(self.path("prod.sock"), "POST", "/_lab/fault", {
            "name": "recreate", "match": ".*", "times": 1,
            "params": {"container": "bridge", "image": IMAGE + tag}})
        self.assertEqual(code, 200)

    def test_marks_outlive_the_server(self):
        self.expect(0, "mark", "v1.3.2", "good")
        self.expect(0, "mark", "v1.4.0", "bad", "--reason",
            " loses \x1b[31mroll\nups ")
        self.another_server()
        marks = {m["tag"]: m for m in self.model()["marks"]}
        self.assertEqual({t: m["mark"] for t, m in marks.items()},
            {"v1.3.2": "good", "v1.4.0": "bad"})
        self.assertEqual((marks["v1.4.0"]["who"], marks["v1.4.0"]["why"]),
            (ME, "loses roll ups"))
        self.expect(0, "mark", "v1.4.0", "none")
        self.another_server()
        self.assertEqual([m["tag"] for m in self.model()["marks"]],
            ["v1.3.2"])
        with open(self.path("log")) as f:
            log = f.read()
        self.assertIn("%s marks v1.4.0 bad: loses roll ups\n" % ME, log)
        self.assertNotIn("\x1b", log)

    def test_what_is_no_mark(self):
        self.assertIn("no such version", self.expect(64, "mark", "v9.9.9",
            "good"))
        self.assertIn("--reason", self.expect(64, "mark", "v1.4.0", "bad"))
        self.expect(64, "mark", "v1.4.0", "bad", "--reason", " \x01 ")
        self.assertIn("500 bytes", self.expect(64, "mark", "v1.4.0", "bad",
            "--reason", "x" * 501))
        self.expect(64, "mark", "v1.4.0", "splendid")
        self.expect(64, "mark", "v1.4.0")
        self.assertEqual(self.model()["marks"], [])

    def test_a_lock_outlives_the_server(self):
        self.expect(0, "lock", "prod", "--reason", "deploying v1.4.0")
        self.another_server()
        lock = self.prod()["lock"]
        self.assertEqual((lock["who"], lock["why"]),
            (ME, "deploying v1.4.0"))
        # Who has it may say something else, and remains since when.
        self.expect(0, "lock", "prod", "--reason", "watching")
        again = self.prod()["lock"]
        self.assertEqual((again["why"], again["since"]),
            ("watching", lock["since"]))
        self.expect(0, "unlock", "prod")
        self.assertIsNone(self.prod()["lock"]["who"])
        self.assertIn("not locked", self.expect(2, "unlock", "prod"))
        self.another_server()
        self.assertIsNone(self.prod()["lock"]["who"])
        self.assertIn("--reason", self.expect(64, "lock", "prod"))
        self.expect(64, "lock", "prdo", "--reason", "x")

    @unittest.skipUnless(os.geteuid() == 0, "only root can be two users")
    def test_somebody_elses_lock(self):
        self.expect(0, "lock", "prod", "--reason", "mine", user="nobody")
        err = self.expect(2, "lock", "prod", "--reason", "now I")
        self.assertIn("locked by nobody since 20", err)
        self.assertIn("mine", err)
        self.expect(64, "unlock", "prod")
        self.assertEqual(self.prod()["lock"]["who"], "nobody")
        self.expect(0, "unlock", "prod", "--reason", "gone home")
        self.expect(0, "lock", "prod", "--reason", "now I")
        self.assertEqual(self.prod()["lock"]["who"], ME)

    def test_a_viewer_may_not(self):
        for words in (("mark", "v1.3.2", "good"), ("unlock", "prod"),
                ("lock", "prod", "--reason", "x")):
            self.expect(77, "--read-only", *words)
        self.assertEqual(self.model()["marks"], [])
        self.assertIsNone(self.prod()["lock"]["who"])

    def test_what_ran_where_outlives_the_server(self):
        self.until("the first tenure", self.prod,
            lambda p: len(p["tenures"]) == 1)
        self.deploy("v1.4.0")
        tenures = self.until("the second tenure", self.prod,
            lambda p: len(p["tenures"]) == 2)["tenures"]
        self.assertEqual([t["tag"] for t in tenures], ["v1.4.0", "v1.3.2"])
        image = next(i for i in tenures[0]["images"]
            if i["service"] == "bridge")
        self.assertEqual(image["image"], IMAGE + "v1.4.0")
        self.assertTrue(image["digest"].startswith("sha256:"))
        self.another_server()
        self.until("the same again", self.prod, lambda p:
            [t["first_seen"] for t in p["tenures"]] ==
            [t["first_seen"] for t in tenures])
        # A commit that ran is a version, too.
        self.expect(0, "mark", tenures[1]["commit"], "good")
        self.deploy("v1.3.2")
        back = self.until("the rollback", self.prod,
            lambda p: len(p["tenures"]) == 3)["tenures"]
        self.assertEqual([t["tag"] for t in back],
            ["v1.3.2", "v1.4.0", "v1.3.2"])

    def test_a_damaged_file_is_kept_and_told(self):
        self.expect(0, "mark", "v1.3.2", "good")
        self.stop()
        file = self.path("state", "record.db")
        with open(file, "r+b") as f:
            f.truncate(5000)
        with open(file, "rb") as f:
            damaged = f.read()
        self.start()
        model = self.until("prod", self.model,
            lambda m: m["environments"][0]["services"])
        notice = next(n for n in model["notices"] if n["key"] == "record")
        self.assertEqual(notice["severity"], "crit")
        self.assertIn(file, notice["text"])
        self.expect(2, "mark", "v1.3.2", "bad", "--reason", "x")
        self.expect(2, "lock", "prod", "--reason", "x")
        with open(file, "rb") as f:
            self.assertEqual(f.read(), damaged)


if __name__ == "__main__":
    tap.main()
