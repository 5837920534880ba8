#!/usr/bin/env python3
"""What the lab stores: images in a registry, dumps on hosts and in S3, files
with restic. Each is the real thing, and what is broken is broken.

usage: test-storage.py
Makes a lab with real engines (root) and fails where it cannot."""

import base64
import glob
import hashlib
import json
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, HERE)

import backups  # noqa: E402
import config_storage  # noqa: E402
import docker_engine  # noqa: E402
import images  # noqa: E402
import registry  # noqa: E402
import tap  # noqa: E402
from layout import Lab  # noqa: E402
from sigv4 import Bucket  # noqa: E402

LAB = os.path.join(HERE, "lab")


def lab(directory, *words, timeout=240):
    return subprocess.run([sys.executable, LAB, words[0], "--dir", directory]
        + list(words[1:]), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL, text=True, timeout=timeout)


def contents(path):
    with open(path, "rb") as f:
        return f.read()


class Storage(unittest.TestCase):
    maxDiff = None

    @classmethod
    def begin(cls):
        cls.top = tempfile.mkdtemp(prefix="vls-", dir="/tmp")
        cls.dir = os.path.join(cls.top, "lab")
        done = lab(cls.dir, "up")
        if done.returncode or Lab(cls.dir).load().record["engine"] != "real":
            cls.end()
            raise AssertionError("lab up: " + done.stdout + done.stderr)
        cls.lab = Lab(cls.dir).load()
        with open(cls.dir + "/env") as f:
            cls.env = dict(shlex.split(line)[0].split("=", 1) for line in f)

    @classmethod
    def end(cls):
        if os.path.exists(cls.dir):
            lab(cls.dir, "down")
        shutil.rmtree(cls.top, ignore_errors=True)

    def act(self, *words):
        done = lab(self.dir, *words)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def secret(self, name):
        path = self.env[name]
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        return contents(path).decode().strip()


class Registry(Storage):
    def ask(self, tag, password=None):
        """(status, digest) of a manifest, by another client than the lab's."""
        request = urllib.request.Request("http://%s/v2/formation-hub/bridge/"
            "manifests/%s" % (self.env["LAB_REGISTRY"], tag), method="HEAD",
            headers={"Accept": registry.MANIFEST})
        if password is not None:
            request.add_header("Authorization", "Basic "
                + base64.b64encode(b"vigie:" + password.encode()).decode())
        try:
            with urllib.request.urlopen(request, timeout=10) as reply:
                return reply.status, reply.headers["Docker-Content-Digest"]
        except urllib.error.HTTPError as e:
            return e.code, None
        except urllib.error.URLError:
            return 0, None

    def on_host(self, env, tag):
        """The image's id in the engine, or None."""
        status, reply = docker_engine.api(self.lab.socket(env), "GET",
            "/images/%s:%s/json" % (images.BRIDGE, tag))
        return reply["Id"] if status == 200 else None

    def test_a_password_is_needed(self):
        self.assertEqual(self.ask("v1.4.0")[0], 401)
        self.assertEqual(self.ask("v1.4.0", "wrong")[0], 401)
        status, digest = self.ask("v1.4.0", self.secret("LAB_REGISTRY_PASSWORD"))
        self.assertEqual(status, 200)
        self.assertRegex(digest, r"^sha256:[0-9a-f]{64}$")

    def test_images_are_those_of_the_engines(self):
        client = registry.Client(self.lab)
        self.assertEqual(set(client.tags()),
            set(images.BRIDGES) | set(self.lab.record["commits"]))
        for tag in client.tags():
            digest, data = client.manifest(tag)
            self.assertEqual(digest, "sha256:" + hashlib.sha256(data).hexdigest())
            manifest = json.loads(data)
            for env in ("staging", "prod"):
                if tag in images.BRIDGES or (env == "staging" and
                        tag == self.lab.record["commits"][0]):
                    self.assertEqual(manifest["config"]["digest"],
                        self.on_host(env, tag))
            for part in [manifest["config"]] + manifest["layers"]:
                _, _, blob = client.call("GET", "%s/blobs/%s"
                    % (client.base, part["digest"]))
                self.assertEqual((len(blob), "sha256:"
                    + hashlib.sha256(blob).hexdigest()),
                    (part["size"], part["digest"]))

    def test_image_gone(self):
        password = self.secret("LAB_REGISTRY_PASSWORD")
        before = {tag: (self.ask(tag, password), self.on_host("prod", tag))
            for tag in ("v1.3.2", "edge", self.lab.record["commits"][0])}
        self.assertIsNotNone(before["v1.3.2"][1])
        self.act("fault", "image-gone", "prod", "v1.3.2")
        self.act("fault", "image-gone", "prod", "edge")
        self.assertEqual(self.ask("v1.3.2", password)[0], 404)
        self.assertEqual(self.ask("edge", password)[0], 404)
        self.assertIsNone(self.on_host("prod", "v1.3.2"))
        # what shares a manifest with edge stays, and so does another host's
        self.assertEqual(self.ask(self.lab.record["commits"][0], password),
            before[self.lab.record["commits"][0]][0])
        self.assertIsNotNone(self.on_host("staging", "v1.3.2"))
        self.act("heal", "image-gone", "prod")
        self.assertEqual({tag: (self.ask(tag, password), self.on_host("prod", tag))
            for tag in before}, before)

    def test_image_gone_while_it_runs(self):
        self.act("fault", "image-gone", "prod", "v1.4.0")
        self.assertIsNone(self.on_host("prod", "v1.4.0"))
        found = docker_engine.containers(self.lab, "prod")[("bridge", "1")]
        self.assertEqual(found[1], "running")
        self.act("heal", "image-gone", "prod")
        self.assertIsNotNone(self.on_host("prod", "v1.4.0"))

    def test_registry_down(self):
        self.act("fault", "registry-down")
        self.assertEqual(self.ask("v1.4.0", "x")[0], 0)
        self.assertEqual(lab(self.dir, "status").returncode, 1)
        self.act("heal", "all")
        self.assertEqual(self.ask("v1.4.0",
            self.secret("LAB_REGISTRY_PASSWORD"))[0], 200)


class Backups(Storage):
    def host(self, command, stdin=None):
        """A shell command on prod, in the project's directory."""
        return subprocess.run(["ssh", "-F", self.env["LAB_SSH_CONFIG"], "prod",
            "cd /opt/formation-hub && " + command], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, stdin=stdin or subprocess.DEVNULL,
            timeout=60)

    def good(self, command):
        done = self.host(command)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.decode()

    def dumps(self, kind, env="PROD"):
        return sorted(glob.glob("%s/backups/%s-*.dump"
            % (self.env["LAB_CHECKOUT_" + env], kind)))

    def test_a_series_with_one_night_missing(self):
        for env, nights, age in (("PROD", (0, 1, 2, 3, 5, 6, 7, 8, 9), 5),
                ("STAGING", (0, 1, 2, 3), 9)):
            for kind in backups.KINDS:
                there = self.dumps(kind, env)
                times = [os.stat(path).st_mtime for path in there]
                self.assertEqual([round((times[-1] - t) / 86400, 3)
                    for t in reversed(times)], list(nights))
                # the lab may have stood for a while
                self.assertLess(abs(time.time() - times[-1] - age * 3600), 1800)
                for path, when in zip(there, times):
                    self.assertEqual(os.path.basename(path), "%s-%s.dump"
                        % (kind, backups.stamp(when)))

    def test_sums(self):
        self.assertEqual(self.good("cd backups && sha256sum -c *.sha256 | "
            "grep -c ': OK$'").strip(), "18")

    def test_dumps_restore_through_the_words_of_the_configuration(self):
        for kind, rows in (("docmost", "501"), ("baserow", "40")):
            words = config_storage.tools(self.lab, "prod", kind)
            name = os.path.basename(self.dumps(kind)[-1])
            self.good("%s pg_restore -f /dev/null <backups/%s" % (words, name))
            self.good("%s createdb vigie_scratch" % words)
            try:
                self.good("%s pg_restore --exit-on-error -d vigie_scratch"
                    " <backups/%s" % (words, name))
                self.assertEqual(self.good("%s psql -At -d vigie_scratch -c '%s'"
                    % (words, config_storage.QUERY[kind])).strip(), rows)
            finally:
                self.good("%s dropdb vigie_scratch" % words)

    def test_schema_commands(self):
        for kind, last in (("docmost", "20250901T184612-page-permissions"),
                ("baserow", "database|0199_rollup_fields")):
            out = self.good("docker exec %s %s" % (
                self.env["LAB_PROD_" + backups.KINDS[kind].upper()
                    .replace("-", "_")],
                config_storage.schema_command(self.lab, "prod", kind)))
            self.assertEqual(len(out.splitlines()), 4)
            self.assertEqual(out.splitlines()[-1], last)

    def local(self, words, sample):
        with open(os.path.join(self.env["LAB_SAMPLES"], sample), "rb") as f:
            return subprocess.run(words, stdin=f, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, timeout=60).returncode

    def test_samples(self):
        words = config_storage.offsite_words(self.lab).split()
        # whether its contents can be listed, and whether it can be read
        for sample, listed, whole in (("sound", True, True),
                ("truncated", True, False), ("overwritten", True, False),
                ("empty", False, False)):
            sample += ".dump"
            self.assertEqual(self.local(words + ["pg_restore", "--list"],
                sample) == 0, listed, sample)
            self.assertEqual(self.local(words + ["pg_restore", "-f", "/dev/null"],
                sample) == 0, whole, sample)
        self.assertEqual(self.local(["gzip", "-t"], "sound.sql.gz"), 0)
        self.assertNotEqual(self.local(["gzip", "-t"], "cut.sql.gz"), 0)
        path, = glob.glob(self.env["LAB_SAMPLES"] + "/baserow_backup_*.tar.gz")
        name = os.path.basename(path)[:-len(".tar.gz")]
        out = subprocess.check_output(["tar", "-tzf", path], text=True)
        self.assertEqual({line.split("/")[0] for line in out.split()}, {name})
        self.assertIn("%s/everything_but_user_tables/toc.dat" % name, out.split())
        self.assertEqual(contents(self.env["LAB_SAMPLES"] + "/renamed.tar.gz"),
            contents(path))

    def test_backup_truncated(self):
        path = self.dumps("docmost")[-1]
        before, when = contents(path), os.stat(path).st_mtime_ns
        self.act("fault", "backup-truncated", "prod")
        self.assertEqual(contents(path), before[:len(before) * 99 // 100])
        self.assertEqual(os.stat(path).st_mtime_ns, when)
        words = config_storage.tools(self.lab, "prod", "docmost")
        name = "backups/" + os.path.basename(path)
        self.good("%s pg_restore --list <%s" % (words, name))
        self.assertNotEqual(self.host("%s pg_restore -f /dev/null <%s"
            % (words, name)).returncode, 0)
        self.act("heal", "backup-truncated", "prod")
        self.assertEqual(contents(path), before)
        self.assertEqual(os.stat(path).st_mtime_ns, when)

    def test_backup_old(self):
        def all_of():
            return {os.path.basename(path): (os.stat(path).st_mtime, contents(path))
                for path in glob.glob(self.env["LAB_CHECKOUT_PROD"]
                    + "/backups/*")}
        before = all_of()
        self.act("fault", "backup-truncated", "prod", "baserow")
        self.act("fault", "backup-old", "prod")
        for kind in backups.KINDS:
            age = time.time() - os.stat(self.dumps(kind)[-1]).st_mtime
            self.assertLess(abs(age - 30 * 3600), 60)
        # in the order that does not undo the last first
        self.act("heal", "backup-truncated", "prod")
        self.act("heal", "backup-old", "prod")
        self.assertEqual(all_of(), before)

    def test_lab_backup(self):
        out = self.act("backup", "staging")
        made = re.findall(r"^backups/(\S+\.dump)$", out, re.M)
        self.assertEqual(len(made), 2, out)
        where = self.env["LAB_CHECKOUT_STAGING"] + "/backups"
        for name in made:
            self.assertEqual(subprocess.run(["sha256sum", "-c", "--quiet",
                name + ".sha256"], cwd=where).returncode, 0)
            for end in ("", ".sha256"):
                os.unlink("%s/%s%s" % (where, name, end))

    def test_restic(self):
        self.secret("LAB_RESTIC_PASSWORD")
        out = subprocess.check_output([self.dir + "/bin/restic", "--no-cache",
            "-r", self.env["LAB_RESTIC"], "--password-file",
            self.env["LAB_RESTIC_PASSWORD"], "snapshots", "--json",
            "--host", "prod", "--tag", "files"])
        times = sorted(each["time"] for each in json.loads(out))
        self.assertEqual(len(times), 7)
        self.assertGreater(times[-1][:19], time.strftime("%Y-%m-%dT%H:%M:%S",
            time.gmtime(time.time() - 86400)))


class S3(Storage):
    def bucket(self, **more):
        words = {"url": self.env["LAB_S3"], "name": self.env["LAB_S3_BUCKET"],
            "region": "us-east-1", "access_key": self.env["LAB_S3_ACCESS_KEY"],
            "secret": self.secret("LAB_S3_SECRET")}
        words.update(more)
        return Bucket(**words)

    def test_the_signature_counts(self):
        self.assertEqual(self.bucket().call("GET")[0], 200)
        wrong = contents(self.dir + "/s3-wrong.secret").decode().strip()
        status, body = self.bucket(secret=wrong).call("GET")
        self.assertEqual(status, 403)
        self.assertIn(b"<Code>SignatureDoesNotMatch</Code>", body)
        self.assertEqual(
            self.bucket(access_key="test:nobody").call("GET")[0], 403)
        self.assertEqual(self.bucket(region="eu-west-3").call("GET")[0], 400)

    def test_what_is_kept(self):
        here = self.env["LAB_CHECKOUT_PROD"] + "/backups/"
        keys = self.bucket().keys("prod/")
        self.assertEqual(sorted(keys), sorted(["prod/" + name
            for name in os.listdir(here)] + [backups.ODD_KEY]))
        for key in keys:
            if key != backups.ODD_KEY:
                self.assertEqual(self.bucket().get(key),
                    contents(here + key[len("prod/"):]))
        self.assertIn("difficile", self.bucket().get(backups.ODD_KEY).decode())

    def test_times_are_those_of_the_nights(self):
        body = self.bucket().good("GET", query={"list-type": "2",
            "prefix": "prod/docmost-"}).decode()
        found = re.findall(r"<Key>prod/docmost-(\d+)T(\d+)Z\.dump</Key>"
            r"<LastModified>([^<]*)\.000Z<", body)
        self.assertEqual(len(found), 9)
        for day, hour, modified in found:
            self.assertEqual(re.sub("[-:]", "", modified), day + "T" + hour)

    def test_pages(self):
        bucket = self.bucket()
        query = {"list-type": "2", "prefix": "prod/", "max-keys": "5"}
        body = bucket.good("GET", query=query)
        self.assertIn(b"<IsTruncated>true</IsTruncated>", body)
        self.assertEqual(body.count(b"<Key>"), 5)

    def test_s3_down(self):
        self.act("fault", "s3-down")
        with self.assertRaises(OSError):
            self.bucket().call("GET")
        self.assertEqual(lab(self.dir, "status").returncode, 1)
        self.act("heal", "s3-down")
        self.assertEqual(len(self.bucket().keys("prod/")), 37)


# one lab for all of them
def setUpModule():
    Storage.begin()


def tearDownModule():
    Storage.end()


if __name__ == "__main__":
    tap.main()
