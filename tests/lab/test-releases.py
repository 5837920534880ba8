#!/usr/bin/env python3
"""Releases from a real clone, through a real server: order, news from the
remote, and what can go wrong with a clone."""
import json
import os
import shutil
import subprocess
import tempfile
import time
import unittest

import tap

BUILD = os.environ.get("VIGIE_BUILD", "build")
VIGIE = os.path.abspath(os.path.join(BUILD, "vigie"))
DEADLINE = 20
CHANGELOG = """# Changelog

## [Unreleased]

### Added

- Export as CSV

## [1.10.0] - 2026-06-15

### Added

- Timeline
"""
CONFIG = """project: hub
state: %(dir)s/state
socket: %(dir)s/vigie.sock
repository: {path: clone, fetch: %(fetch)s}
environments:
  prod: {engine: %(dir)s/none.sock, directory: %(dir)s/prod}
"""


@unittest.skipUnless(shutil.which("git"), "git is not installed")
class Releases(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="vigie-rel.")
        self.env = dict(os.environ, HOME=self.dir, LC_ALL="C",
            GIT_CONFIG_NOSYSTEM="1", VIGIE_CONFIG=self.path("vigie.yaml"),
            GIT_AUTHOR_NAME="yan", GIT_AUTHOR_EMAIL="yan@x",
            GIT_COMMITTER_NAME="yan", GIT_COMMITTER_EMAIL="yan@x")
        for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "LANGUAGE"):
            self.env.pop(name, None)
        self.git(".", "init", "-q", "work")
        self.git("work", "checkout", "-q", "-b", "main")
        self.commit("one")
        self.tag("v1.9.9", "-m", "Release v1.9.9")
        self.commit("two")
        self.tag("v1.10.0", "-m", "Release v1.10.0")
        self.git("work", "tag", "v1.10.1-rollback", "v1.9.9^{commit}")
        self.commit("three")
        self.git("work", "tag", "nightly")
        self.git(".", "clone", "-q", "--bare", "work", "origin.git")
        self.git("work", "remote", "add", "origin", self.path("origin.git"))
        self.git(".", "clone", "-q", self.path("origin.git"), "clone")
        self.git(".", "clone", "-q", self.path("origin.git"), "prod")
        self.git("prod", "checkout", "-q", "v1.10.0")
        self.configure("1h")
        self.server = subprocess.Popen([VIGIE, "server", "--foreground"],
            env=self.env, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)

    def tearDown(self):
        self.server.terminate()
        self.server.wait(DEADLINE)
        shutil.rmtree(self.dir)

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def git(self, where, *words):
        subprocess.run(["git", "-C", self.path(where)] + list(words),
            env=self.env, check=True, stdout=subprocess.DEVNULL)

    def commit(self, subject):
        with open(self.path("work", "CHANGELOG.md"), "w") as f:
            f.write(CHANGELOG)
        with open(self.path("work", "file"), "a") as f:
            f.write(subject + "\n")
        self.git("work", "add", "-A")
        self.git("work", "commit", "-q", "-m", subject)

    def tag(self, name, *words):
        self.git("work", "tag", "-a", name, *words)

    def configure(self, fetch):
        with open(self.path("vigie.yaml"), "w") as f:
            f.write(CONFIG % {"dir": self.dir, "fetch": fetch})

    def vigie(self, *words):
        done = subprocess.run([VIGIE] + list(words), env=self.env,
            capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout, done.stderr

    def releases(self):
        code, out, err = self.vigie("releases", "--json")
        self.assertIn(code, (0, 1, 3), err)
        return json.loads(out)

    def until(self, what, holds):
        """The releases as soon as holds(them), asking for news meanwhile."""
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            found = self.releases()
            if holds(found):
                return found
            self.vigie("refresh")
            time.sleep(0.1)
        self.fail("%s: not within %d s: %s" % (what, DEADLINE, found))

    def item(self, found, tag):
        return next((i for i in found["items"] if i["tag"] == tag), None)

    def test_order_and_where_they_run(self):
        found = self.until("prod's commit", lambda f: any(
            i["environments"] for i in f["items"]))
        self.assertEqual([i["tag"] for i in found["items"]],
            ["v1.10.1-rollback", "v1.10.0", "v1.9.9", "nightly"])
        self.assertEqual(self.item(found, "v1.10.0")["environments"],
            ["prod"])
        self.assertEqual(self.item(found, "v1.10.0")["bump"], "minor")
        self.assertEqual(self.item(found, "v1.10.0")["notes"],
            "### Added\n\n- Timeline")
        self.assertEqual(self.item(found, "v1.10.1-rollback")["redeploys"],
            "v1.9.9")
        self.assertFalse(self.item(found, "nightly")["version"])
        self.assertEqual((found["since"], found["commits_since"]),
            ("v1.10.0", 1))
        self.assertEqual(found["unreleased"], "### Added\n\n- Export as CSV")
        code, out, _ = self.vigie("releases", "show", "v1.10.0")
        self.assertEqual(code, 0)
        self.assertIn("- Timeline", out)
        self.assertIn("two\n", out)
        self.assertNotIn("one\n", out)
        code, out, _ = self.vigie("releases", "diff", "v1.9.9", "nightly",
            "--json")
        self.assertEqual([c["subject"] for c in json.loads(out)["commits"]],
            ["three", "two"])
        self.assertEqual(self.vigie("releases", "show", "v9.9.9")[0], 64)

    def test_a_pushed_tag_appears(self):
        self.until("the first look", lambda f: f["items"])
        self.commit("four")
        self.tag("v1.11.0", "-m", "Release v1.11.0")
        self.git("work", "push", "-q", "origin", "main", "v1.11.0")
        found = self.until("the new tag",
            lambda f: self.item(f, "v1.11.0"))
        self.assertEqual(found["items"][0]["tag"], "v1.11.0")
        self.assertEqual(found["commits_since"], 0)
        with open(self.path("clone", "file")) as f:
            self.assertNotIn("four", f.read())

    def test_a_moved_tag_is_told_and_stays(self):
        before = self.until("the first look", lambda f: f["items"])
        self.tag("v1.9.9", "-f", "-m", "moved", "HEAD")
        self.git("work", "push", "-q", "-f", "origin", "v1.9.9")
        found = self.until("the move",
            lambda f: self.item(f, "v1.9.9")["moved"])
        self.assertEqual(self.item(found, "v1.9.9")["commit"],
            self.item(before, "v1.9.9")["commit"])
        self.assertFalse(self.item(found, "v1.10.0")["moved"])

    def test_what_was_seen_stays(self):
        self.until("the first look", lambda f: f["items"])
        os.rename(self.path("origin.git"), self.path("away.git"))
        found = self.until("the failing fetch",
            lambda f: f["fetched"]["error"])
        self.assertIn("does not appear to be a git repository",
            found["fetched"]["error"])
        self.assertIsNone(found["seen"]["error"])
        self.assertEqual(self.vigie("releases")[0], 1)
        os.rename(self.path("clone"), self.path("lost"))
        found = self.until("the vanished clone",
            lambda f: f["seen"]["error"])
        self.assertIn("No such file", found["seen"]["error"])
        self.assertEqual(len(found["items"]), 4)
        os.mkdir(self.path("clone"))
        found = self.until("the empty directory", lambda f: "not a git "
            "repository" in (f["seen"]["error"] or ""))
        self.assertEqual(len(found["items"]), 4)

    def test_a_shallow_clone_is_told(self):
        shutil.rmtree(self.path("clone"))
        self.git(".", "clone", "-q", "--depth", "1",
            "file://" + self.path("origin.git"), "clone")
        self.until("the shallow clone", lambda f: f["shallow"])

    def test_another_changelog_is_told(self):
        self.until("the first look", lambda f: f["items"])
        with open(self.path("work", "CHANGELOG.md"), "w") as f:
            f.write("1.0.0\n-----\n")
        self.git("work", "commit", "-qam", "another form")
        self.git("work", "push", "-q", "origin", "main")
        found = self.until("the error", lambda f: f["changelog_error"])
        self.assertIn("CHANGELOG.md:2:", found["changelog_error"])
        self.assertIsNone(self.item(found, "v1.10.0")["notes"])


if __name__ == "__main__":
    tap.main()
