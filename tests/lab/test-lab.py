#!/usr/bin/env python3
"""The lab tested by itself: it comes up, two stand side by side, every fault
shows and heals, and nothing is left when it is gone.

usage: test-lab.py [--light]
Without --light it makes real engines (root) and fails where it cannot."""

import glob
import json
import os
import shlex
import shutil
import ssl
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

import docker_engine  # noqa: E402
import tap  # noqa: E402
from layout import Lab  # noqa: E402

LAB = os.path.join(HERE, "lab")
LIGHT = "--light" in sys.argv
DEADLINE = 30


def lab(directory, *words, timeout=240):
    return subprocess.run([sys.executable, LAB, words[0], "--dir", directory]
        + list(words[1:]), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL, text=True, timeout=timeout)


def environment(directory):
    """D/env as a shell reads it."""
    with open(os.path.join(directory, "env")) as f:
        return dict(line.split("=", 1) for line in
            (shlex.split(line)[0] for line in f if line.strip()))


# what a careless engine or sshd would leave or change on the machine
MACHINE = ("/run/docker", "/run/docker.sock", "/run/docker.pid",
    "/run/containerd", "/run/sshd", "/run/netns", "/run/runc", "/etc/docker",
    "/var/lib/docker", "/var/lib/containerd", "/opt/formation-hub",
    "/opt/containerd", "/var/log/docker")


def machine():
    found = {path: os.path.lexists(path) for path in MACHINE}
    found["passwd"] = os.stat("/etc/passwd").st_mtime_ns
    for name in ("net/ipv4/ip_forward", "kernel/hostname"):
        with open("/proc/sys/" + name) as f:
            found[name] = f.read()
    found["links"] = sorted(os.listdir("/sys/class/net"))
    return found


def remains(directory, ident):
    """Whatever still bears a lab's name."""
    found = [directory] if os.path.lexists(directory) else []
    with open("/proc/mounts") as f:
        found += [line for line in f if directory in line]
    found += glob.glob("/sys/fs/cgroup/" + ident) \
        + glob.glob("/sys/fs/cgroup/*/" + ident)
    for pid in os.listdir("/proc"):
        if not pid.isdigit() or int(pid) == os.getpid():
            continue
        try:
            with open("/proc/%s/cmdline" % pid, "rb") as f:
                words = f.read()
            with open("/proc/%s/environ" % pid, "rb") as f:
                words += f.read()
            with open("/proc/%s/cgroup" % pid, "rb") as f:
                words += f.read()
        except OSError:
            continue
        if directory.encode() + b"/" in words or ident.encode() in words:
            found.append("process %s" % pid)
    return found


class Base(unittest.TestCase):
    maxDiff = None

    def good(self, done):
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def until(self, what, ready):
        end = time.monotonic() + DEADLINE
        while not ready():
            self.assertLess(time.monotonic(), end, what)
            time.sleep(0.1)


class TwoLabs(Base):
    @classmethod
    def setUpClass(cls):
        cls.before = machine()
        cls.top = tempfile.mkdtemp(prefix="vlt-", dir="/tmp")
        cls.dirs = [os.path.join(cls.top, name) for name in "ab"]
        cls.idents = []
        for directory in cls.dirs:
            done = lab(directory, "up", *(["--light"] if LIGHT else []))
            if done.returncode:
                cls.tearDownClass()
                raise AssertionError("lab up: " + done.stdout + done.stderr)
            cls.idents.append(Lab(directory).load().record["id"])
        cls.a = cls.dirs[0]
        cls.env = environment(cls.a)

    @classmethod
    def tearDownClass(cls):
        for directory in cls.dirs:
            if os.path.exists(directory):
                lab(directory, "down")
        shutil.rmtree(cls.top, ignore_errors=True)

    def test_1_both_run(self):
        for directory in self.dirs:
            out = self.good(lab(directory, "status"))
            self.assertIn("engine: " + ("stand-in" if LIGHT else "real"), out)
        self.assertEqual(self.env["LAB_ENGINE"], "stand-in" if LIGHT else "real")

    def test_2_a_second_up_is_refused(self):
        done = lab(self.a, "up")
        self.assertEqual(done.returncode, 1)
        self.assertIn("stands in", done.stderr)
        self.good(lab(self.a, "status"))

    def test_2_a_foreign_directory_is_refused(self):
        done = lab("/usr", "up", "--light")
        self.assertEqual(done.returncode, 1)
        self.assertIn("not an empty directory of yours", done.stderr)

    def test_3_checkouts(self):
        def git(env, *words):
            return subprocess.run(["git", "-c", "safe.directory=*", "-C",
                self.env["LAB_CHECKOUT_" + env]] + list(words),
                stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
        self.assertEqual(git("PROD", "describe", "--tags", "--exact-match"), "v1.4.0")
        self.assertEqual(git("PROD", "status", "--porcelain"), "")
        self.assertEqual(git("STAGING", "rev-parse", "HEAD"),
            git("LOCAL", "rev-parse", "origin/main"))
        self.assertEqual(git("LOCAL", "status", "--porcelain"), "M README.md")
        self.assertEqual(git("PROD", "cat-file", "-t", "v1.3.2"), "tag")
        self.assertIn("## [1.4.0] - ", git("PROD", "show", "v1.4.0:CHANGELOG.md"))

    def fetch(self, url):
        context = ssl.create_default_context(cafile=self.env["LAB_CA"])
        try:
            with urllib.request.urlopen(url, timeout=15, context=context) as reply:
                return reply.status, reply.read()
        except urllib.error.HTTPError as e:
            return e.code, e.read()
        except urllib.error.URLError as e:
            return 0, str(e).encode()
        except OSError as e:
            return 0, str(e).encode()

    def wiki(self, env="PROD"):
        return self.fetch(self.env["LAB_%s_WIKI_URL" % env] + "/api/health")

    def test_3_health_pages(self):
        for env in ("LOCAL", "STAGING", "PROD"):
            status, body = self.wiki(env)
            self.assertEqual((status, json.loads(body)["status"]), (200, "ok"))
            status, _ = self.fetch(self.env["LAB_%s_BASEROW_URL" % env]
                + "/api/_health/")
            self.assertEqual(status, 200)
            status, _ = self.fetch(self.env["LAB_%s_BRIDGE_URL" % env] + "/health")
            self.assertEqual(status, 200)

    def docker(self, env, *words, check=True):
        return subprocess.run([self.env["LAB_DOCKER"], "-H",
            self.env["LAB_DOCKER_" + env]] + list(words), stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, check=check, timeout=60)

    def containers(self, env="prod"):
        found = docker_engine.containers(Lab(self.a), env)
        return {service: c[1:3] for (service, _), c in found.items()}

    def fault(self, *words):
        self.good(lab(self.a, "fault", *words))

    def heal(self, *words):
        self.good(lab(self.a, "heal", *words))

    def test_4_container_kill(self):
        self.fault("container-kill", "prod")
        self.until("docmost exits",
            lambda: self.containers()["docmost"][0] == "exited")
        self.assertEqual(lab(self.a, "status").returncode, 1)
        self.assertEqual(self.wiki()[0], 502)
        self.heal("container-kill", "prod")
        self.until("docmost answers", lambda: self.wiki()[0] == 200)

    def test_4_container_unhealthy(self):
        self.fault("container-unhealthy", "prod")
        self.assertEqual(self.wiki()[0], 503)
        self.until("docmost unhealthy",
            lambda: "unhealthy" in self.containers()["docmost"][1])
        self.heal("container-unhealthy", "prod")
        self.until("docmost healthy",
            lambda: "(healthy)" in self.containers()["docmost"][1])

    def test_4_tls(self):
        for name, word in (("tls-expired", b"expired"),
                ("tls-self-signed", b"self-signed")):
            self.fault(name, "prod")
            self.assertIn(word, self.wiki()[1])
            self.assertEqual(self.wiki("STAGING")[0], 200)
            self.heal(name, "prod")
            self.assertEqual(self.wiki()[0], 200)

    def test_4_engine_kill_and_stop(self):
        path = Lab(self.a).socket("prod")
        for name in ("engine-kill", "engine-stop"):
            self.fault(name, "prod")
            self.assertFalse(docker_engine.answers(path))
            self.assertTrue(docker_engine.answers(Lab(self.a).socket("staging")))
            self.heal(name, "prod")
            self.until("engine answers", lambda: docker_engine.answers(path))
        self.until("docmost runs",
            lambda: self.containers()["docmost"][0] == "running")

    def test_4_log_flood(self):
        self.fault("log-flood", "staging")
        self.heal("log-flood", "staging")

    def github(self, path, value=None):
        """(status, answer); status 0 when nothing answers."""
        with open(self.env["LAB_GITHUB_TOKEN"]) as f:
            token = f.read().strip()
        ask = urllib.request.Request(self.env["LAB_GITHUB"]
            + "/repos/acadenice/formation-hub" + path,
            None if value is None else json.dumps(value).encode(),
            {"Authorization": "Bearer " + token})
        status, body = self.fetch(ask)
        return status, json.loads(body) if status and body[:1] in b"[{" else body

    def test_4_github(self):
        self.assertEqual(os.stat(self.env["LAB_GITHUB_TOKEN"]).st_mode & 0o777,
            0o600)
        self.assertEqual(self.github("/tags")[1][0]["name"], "v1.4.0")
        for name, status in (("github-down", 0), ("github-502", 502),
                ("github-limited", 403), ("github-401", 401)):
            self.fault(name)
            self.assertEqual(self.github("/tags")[0], status)
            self.heal(name)
            self.assertEqual(self.github("/tags")[0], 200)

    def test_4_unknown_fault(self):
        done = lab(self.a, "fault", "earthquake")
        self.assertEqual(done.returncode, 1)
        self.assertIn("container-kill", done.stderr)

    def test_9_down_leaves_nothing(self):
        self.good(lab(self.a, "down"))
        self.assertEqual(remains(self.a, self.idents[0]), [])
        # the other goes on as if nothing had happened
        self.good(lab(self.dirs[1], "status"))
        self.good(lab(self.dirs[1], "down"))
        self.assertEqual(remains(self.dirs[1], self.idents[1]), [])
        self.assertEqual(os.listdir(self.top), [])
        self.assertEqual(machine(), self.before)
        self.assertEqual(lab(self.a, "status").returncode, 1)


class RealParts(TwoLabs):
    """What only real engines and sshd have."""

    def ssh(self, target, *words, check=True):
        return subprocess.run(["ssh", "-F", self.env["LAB_SSH_CONFIG"],
            "-o", "ConnectTimeout=2", target] + list(words),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, timeout=60, check=check)

    def test_5_ssh(self):
        for target, name in (("staging", "staging"), ("prod", "prod"),
                ("prod-via-jump", "prod")):
            out = self.ssh(target, "hostname; docker ps -q | wc -l; "
                "ls -d /opt/formation-hub; [ -S /var/run/docker.sock ] && echo sock").stdout
            self.assertEqual(out.split(), [name, "7", "/opt/formation-hub", "sock"])

    def test_5_sshd_faults(self):
        for name in ("sshd-stop", "sshd-kill", "hostkey-change"):
            self.fault(name, "prod")
            self.assertEqual(self.ssh("prod", "true", check=False).returncode, 255)
            self.ssh("staging", "true")
            self.heal(name, "prod")
            self.ssh("prod", "true")

    def test_5_compose_and_scripts(self):
        out = self.ssh("prod", "cd /opt/formation-hub && docker compose ps -q && "
            "./scripts/healthcheck.sh && ./scripts/backup.sh && "
            "./scripts/verify-rollups.sh && ls backups").stdout
        self.assertIn("rollups OK", out)
        self.assertRegex(out, r"docmost-\d+T\d+Z\.dump")

    def test_5_migrations_are_applied(self):
        out = self.ssh("prod", "docker exec %s psql -h /tmp -p $(sed -n "
            "s/^POSTGRES_PORT=//p /opt/formation-hub/.env) -U postgres -At docmost"
            " -c 'select count(*) from kysely_migration'"
            % self.env["LAB_PROD_POSTGRES"]).stdout
        self.assertEqual(out.strip(), "4")

    def runs_of(self, tag):
        return self.github("/actions/workflows/deploy-prod.yml/runs?branch="
            + tag)[1]["workflow_runs"]

    def bridge_of(self, env):
        return self.docker(env, "inspect", "-f", "{{.Config.Image}}",
            "formation-hub-bridge-1").stdout.strip().rpartition(":")[2]

    def test_5_a_pushed_tag_is_approved_and_deployed(self):
        self.good(lab(self.a, "github", "speed", '{"speed": 500}'))
        where = ["git", "-c", "safe.directory=*", "-c", "user.name=yan", "-c",
            "user.email=yan@acadenice.fr", "-C", self.env["LAB_CHECKOUT_LOCAL"]]
        for words in (["tag", "-a", "v1.4.1", "-m", "Release", "origin/main"],
                ["push", "-q", "origin", "v1.4.1"]):
            subprocess.run(where + words, check=True, stderr=subprocess.PIPE)
        self.until("the run waits",
            lambda: [r["status"] for r in self.runs_of("v1.4.1")] == ["waiting"])
        self.assertEqual(self.bridge_of("PROD"), "v1.4.0")
        path = "/actions/runs/%d/pending_deployments" % (
            self.runs_of("v1.4.1")[0]["id"])
        gate = self.github(path)[1][0]["environment"]["id"]
        status, _ = self.github(path, {"environment_ids": [gate],
            "state": "approved", "comment": "go"})
        self.assertEqual(status, 200)
        self.until("the run passes", lambda: self.runs_of("v1.4.1")
            [0]["conclusion"] == "success")
        self.assertEqual(self.bridge_of("PROD"), "v1.4.1")
        self.good(lab(self.a, "deploy", "prod", "v1.3.2"))
        self.assertEqual(self.bridge_of("PROD"), "v1.3.2")
        self.assertIn("origin has no v9", lab(self.a, "deploy", "prod",
            "v9").stderr)
        self.good(lab(self.a, "deploy", "prod", "v1.4.0"))

    def test_5_slow_http(self):
        self.fault("slow-http", "prod", "1.5")
        start = time.monotonic()
        self.assertEqual(self.wiki()[0], 200)
        self.assertGreater(time.monotonic() - start, 1.4)
        self.heal("slow-http", "prod")

    def test_5_disk_full(self):
        for env, path in (("local", self.a + "/state"),
                ("prod", self.env["LAB_CHECKOUT_PROD"])):
            self.fault("disk-full", env)
            self.assertEqual(os.statvfs(path).f_bavail, 0)
            self.heal("disk-full", env)
            self.assertGreater(os.statvfs(path).f_bavail, 1000)

    def test_5_engine_kill_local(self):
        self.fault("engine-kill", "local")
        self.heal("engine-kill", "local")
        self.until("docmost of local runs",
            lambda: self.containers("local")["docmost"][0] == "running")

    def test_5_containers_survive_the_engine(self):
        def process():
            return self.ssh("prod", "docker inspect -f '{{.State.Pid}}' "
                + self.env["LAB_PROD_DOCMOST"]).stdout
        before = process()
        self.fault("engine-kill", "prod")
        self.assertEqual(self.wiki()[0], 200)
        self.heal("engine-kill", "prod")
        self.assertEqual(process(), before)

    def test_6_down_in_spite_of_faults(self):
        for name, env in (("sshd-stop", "prod"), ("engine-stop", "staging"),
                ("engine-kill", "prod"), ("disk-full", "local")):
            self.good(lab(self.dirs[1], "fault", name, env))
        self.good(lab(self.dirs[1], "down"))
        self.assertEqual(remains(self.dirs[1], self.idents[1]), [])
        self.good(lab(self.dirs[1], "up"))
        RealParts.idents[1] = Lab(self.dirs[1]).load().record["id"]


class CutShort(Base):
    def test_a_killed_up_can_be_taken_down(self):
        top = tempfile.mkdtemp(prefix="vlt-", dir="/tmp")
        directory = os.path.join(top, "c")
        up = subprocess.Popen([sys.executable, LAB, "up", "-q", "--dir", directory]
            + (["--light"] if LIGHT else []))
        self.until("something stands", lambda: glob.glob(directory + "/*/docker.sock"))
        up.kill()
        up.wait()
        ident = Lab(directory).load().record["id"]
        self.good(lab(directory, "down"))
        self.assertEqual(remains(directory, ident), [])
        os.rmdir(top)

    def test_an_interrupted_up_undoes_itself(self):
        top = tempfile.mkdtemp(prefix="vlt-", dir="/tmp")
        directory = os.path.join(top, "d")
        up = subprocess.Popen([sys.executable, LAB, "up", "-q", "--dir", directory]
            + (["--light"] if LIGHT else []), stderr=subprocess.DEVNULL)
        self.until("something stands", lambda: glob.glob(directory + "/*/docker.sock"))
        ident = Lab(directory).load().record["id"]
        up.terminate()
        self.assertNotEqual(up.wait(60), 0)
        self.assertEqual(remains(directory, ident), [])
        os.rmdir(top)


def suite():
    loader = unittest.TestLoader()
    cases = [TwoLabs if LIGHT else RealParts, CutShort]
    return unittest.TestSuite(loader.loadTestsFromTestCase(c) for c in cases)


if __name__ == "__main__":
    tap.main(suite())
