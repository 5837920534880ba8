#!/usr/bin/env python3
"""The schema scenario on a real lab: backups restored beside the databases of
prod, swapped, and the old ones kept. Takes a lab (LAB_DIR) or makes one; needs
root. Slow: the project is stopped and started."""

import glob
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import tap

HERE = os.path.dirname(os.path.realpath(__file__))
BUILD = os.environ.get("VIGIE_BUILD", "build")
SOURCE = os.path.abspath(os.environ.get("VIGIE_SOURCE",
    os.path.join(HERE, "..", "..")))
VIGIE = os.path.abspath(os.path.join(BUILD, "vigie"))
LAB = os.path.join(HERE, "lab")
LIVE, TARGET = "v1.4.0", "v1.3.2"
DATABASES = {"docmost": "postgres", "baserow": "postgres-baserow"}
PORT = {"docmost": "POSTGRES_PORT", "baserow": "POSTGRES_BASEROW_PORT"}


@unittest.skipUnless(os.geteuid() == 0, "real engines need root")
class Restore(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.made = None
        cls.lab = os.environ.get("LAB_DIR")
        if not cls.lab:
            cls.made = cls.lab = tempfile.mkdtemp(prefix="vigie-restore.")
            subprocess.run([LAB, "up", "--dir", cls.lab], check=True,
                           stdout=sys.stderr)
        with open(os.path.join(cls.lab, "vigie.yaml"), encoding="utf-8") as f:
            text = f.read()
        cls.own = tempfile.mkdtemp(prefix="vigie-restore-own.")
        for name, value in (("state", "state"), ("socket", "vigie.sock")):
            text = text.replace("%s: \"%s\"" % (name, os.path.join(
                cls.lab, value)), "%s: %s" % (name, os.path.join(cls.own,
                                                                 value)))
        cls.config = os.path.join(cls.own, "vigie.yaml")
        with open(cls.config, "w", encoding="utf-8") as f:
            f.write(text)
        cls.env = dict(os.environ, VIGIE_CONFIG=cls.config, LC_ALL="C",
                       VIGIE_DATADIR=SOURCE)
        cls.server = subprocess.Popen([VIGIE, "server", "--foreground"],
                                      env=cls.env, stderr=subprocess.DEVNULL)

    @classmethod
    def tearDownClass(cls):
        cls.server.send_signal(signal.SIGTERM)
        cls.server.wait()
        shutil.rmtree(cls.own, ignore_errors=True)
        if cls.made:
            subprocess.run([LAB, "down", "--dir", cls.lab], check=True,
                           stdout=sys.stderr)

    def vigie(self, *words):
        return subprocess.run([VIGIE] + list(words), env=self.env, text=True,
                              capture_output=True, check=False)

    def on_host(self, *words):
        return subprocess.run([LAB, "exec", "--dir", self.lab, "prod"]
                              + list(words), text=True, check=True,
                              capture_output=True).stdout

    def sql(self, kind, statement, database=None):
        # The statement's quotes are the host's shell's business.
        return self.on_host("sh", "-c", '. ./.env; docker compose exec -T "$1"'
            ' psql -h /tmp -p "$%s" -U postgres -At -d "$2" -c "$3" </dev/null'
            % PORT[kind], "sh", DATABASES[kind], database or kind,
            statement).strip()

    def until(self, is_so, what, seconds=120):
        end = time.monotonic() + seconds
        while not is_so():
            self.assertLess(time.monotonic(), end, what)
            time.sleep(0.5)

    def kept(self, kind):
        return set(self.sql(kind, "select datname from pg_database where"
                   " datname like '%s\\_before\\_%%'" % kind).split())

    def test_schema(self):
        subprocess.run([LAB, "deploy", "--dir", self.lab, "prod", LIVE],
                       check=True, stdout=sys.stderr)
        there = {kind: self.kept(kind) for kind in DATABASES}
        backups = os.path.join(self.lab, "prod/opt/formation-hub/backups")
        for kind in DATABASES:
            self.until(lambda k=kind: self.vigie("backups", "verify", "prod",
                       k).returncode == 0, "no verified backup of " + kind)
        self.sql("docmost", "insert into pages (slug_id, title) values"
                 " ('late', 'after the backup')")
        self.sql("baserow", "insert into formation (name, heures_rollup)"
                 " values ('late', 1)")
        dry = self.vigie("rollback", "prod", "--scenario", "schema", TARGET, "--dry-run")
        self.assertIn("is lost", dry.stdout + dry.stderr)
        done = self.vigie("rollback", "prod", "--scenario", "schema", TARGET, "--confirm", "prod",
                          "--reason", "the migration broke the rollups")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        new = {kind: self.kept(kind) - there[kind] for kind in DATABASES}
        self.check("docmost", new, "select count(*) from pages where"
                   " slug_id = 'late'")
        self.check("baserow", new, "select count(*) from formation where"
                   " name = 'late'")
        for kind in DATABASES:
            kept = glob.glob(os.path.join(backups, "before-*-%s.dump" % kind))
            self.assertTrue(kept)
            self.assertTrue(os.path.exists(kept[0] + ".sha256"))
        images = self.on_host("docker", "ps", "--format", "{{.Image}}")
        self.assertIn("formation-hub/bridge:" + TARGET, images)

    def check(self, kind, new, late):
        """What came after the backup is gone, and kept."""
        self.assertEqual(len(new[kind]), 1, new)
        self.assertEqual(self.sql(kind, late), "0")
        self.assertEqual(self.sql(kind, late, new[kind].pop()), "1")


if __name__ == "__main__":
    tap.main()
