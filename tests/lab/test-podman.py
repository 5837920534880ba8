#!/usr/bin/env python3
"""vigie on a real podman's Docker-compatible socket. podman and its helpers
are unpacked in the lab's cache, nothing is installed; all that it writes lies
in one directory."""

import contextlib
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import time
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

import packages  # noqa: E402
import tap  # noqa: E402
from flows import VIGIE, Flow, World, run  # noqa: E402
from standin.ctl import UnixConnection  # noqa: E402
from util import LabError  # noqa: E402

PROGRAMS = {"podman": "podman", "conmon": "conmon", "runc": "runc",
            "busybox": "busybox-static"}
CONTAINERS_CONF = """\
[containers]
default_ulimits = []
log_driver = "k8s-file"
seccomp_profile = "unconfined"
apparmor_profile = "unconfined"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
conmon_path = ["{conmon}"]
tmp_dir = "{dir}/libpod"
static_dir = "{dir}/static"
volume_path = "{dir}/volumes"
[engine.runtimes]
runc = ["{runc}"]
[network]
network_config_dir = "{dir}/net"
"""
STORAGE_CONF = """\
[storage]
driver = "vfs"
graphroot = "{dir}/graph"
runroot = "{dir}/root"
"""
POLICY = '{"default": [{"type": "insecureAcceptAnything"}]}'
TALK = ("i=0; while true; do i=$((i+1)); echo said $i; "
        "echo warned $i >&2; sleep 0.2; done")


class Podman(World):
    """One podman with its service on a socket, and vigie on that."""

    def begin(self):
        os.makedirs(self.dir)
        self.config = os.path.join(self.dir, "vigie.yaml")
        self.socket = os.path.join(self.dir, "podman.sock")
        self.service = None
        self.fetch()
        self.write("vigie.yaml", "project: formation-hub\nstate: {dir}/state\n"
                   "socket: {dir}/vigie.sock\noperators: [root]\n"
                   "environments:\n  pod:\n    engine: {dir}/podman.sock\n")
        self.write("containers.conf", CONTAINERS_CONF)
        self.write("storage.conf", STORAGE_CONF)
        os.makedirs(os.path.join(self.dir, ".config", "containers"))
        with open(os.path.join(self.dir, ".config", "containers",
                               "policy.json"), "w", encoding="ascii") as f:
            f.write(POLICY)
        image = os.path.join(self.dir, "image.tar")
        with tarfile.open(image, "w") as tar:
            tar.add(self.programs["busybox"], "bin/busybox")
        self.podman("import", image, "localhost/talker:v1")
        self.serve()
        for service in ("web", "db"):
            self.create(service)

    def fetch(self):
        """Its programs, and what it wants to know of its surroundings."""
        packages.PROGRAMS.update(PROGRAMS)
        base = packages.cache_dir()
        os.makedirs(base, exist_ok=True)
        with packages.locked(base):
            root = packages.fetch_root(PROGRAMS, base)
        self.programs = {name: packages.find_on(root, name)
                         for name in PROGRAMS}
        tools = packages.Programs(base, root, self.programs, None)
        self.podman_env = {
            **os.environ, **tools.env(), "HOME": self.dir,
            "XDG_RUNTIME_DIR": self.dir,
            "CONTAINERS_CONF": os.path.join(self.dir, "containers.conf"),
            "CONTAINERS_STORAGE_CONF": os.path.join(self.dir,
                                                    "storage.conf")}

    def write(self, name, text):
        with open(os.path.join(self.dir, name), "w", encoding="ascii") as f:
            f.write(text.format(dir=self.dir, **self.programs))

    def end(self):
        run(self.programs["podman"], "rm", "--all", "--force", "--time", "0",
            env=self.podman_env)
        self.unserve()
        # podman leaves the group of its groups; another's is not empty
        for parent in glob.glob("/sys/fs/cgroup/*/libpod_parent") + [
                "/sys/fs/cgroup/libpod_parent"]:
            for path, _, _ in os.walk(parent, topdown=False):
                with contextlib.suppress(OSError):
                    os.rmdir(path)

    def podman(self, *words):
        done = run(self.programs["podman"], *words, env=self.podman_env)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return done.stdout

    def serve(self):
        self.log = open(os.path.join(self.dir, "service.log"), "ab")
        self.service = subprocess.Popen(
            [self.programs["podman"], "system", "service", "--time=0",
             "unix://" + self.socket], env=self.podman_env,
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        end = time.monotonic() + 20
        while not self.answers():
            if time.monotonic() > end:
                raise RuntimeError("podman's service does not answer")
            time.sleep(0.05)

    def answers(self):
        try:
            return self.ask("GET", "/_ping")[0] == 200
        except OSError:
            return False

    def unserve(self):
        if self.service:
            self.service.kill()
            self.service.wait()
            self.log.close()
        self.service = None
        if os.path.exists(self.socket):
            os.unlink(self.socket)

    def ask(self, method, path, value=None):
        connection = UnixConnection(self.socket)
        try:
            connection.request(
                method, path, None if value is None else json.dumps(value),
                {"Content-Type": "application/json"})
            reply = connection.getresponse()
            return reply.status, reply.read()
        finally:
            connection.close()

    def create(self, service):
        """As Compose would, through the API that it speaks."""
        label = "com.docker.compose."
        code, text = self.ask(
            "POST", f"/v1.41/containers/create?name=hub-{service}-1", {
                "Image": "localhost/talker:v1", "Env": ["PATH=/bin"],
                "Cmd": ["/bin/busybox", "sh", "-c", TALK],
                "Labels": {label + "project": "formation-hub",
                           label + "service": service,
                           label + "container-number": "1",
                           label + "oneoff": "False"},
                "HostConfig": {"NetworkMode": "none"}})
        if code != 201:
            raise RuntimeError(text)
        ident = json.loads(text)["Id"]
        code, text = self.ask("POST", f"/v1.41/containers/{ident}/start")
        if code != 204:
            raise RuntimeError(text)


class Engine(Flow):
    def services(self):
        return {s["name"]: s
                for s in self.world.environment("pod")["services"]}

    def until_state(self, service, state):
        return self.until(f"{service} is {state}", lambda: self.services()
                          .get(service, {}).get("state") == state)

    def test_1_services_and_figures(self):
        env = self.world.status("--wait")["environments"][0]
        self.assertRegex(env["link"]["engine"], r"^Podman \d.*API 1\.")
        self.assertEqual({s["name"]: s["state"] for s in env["services"]},
                         {"web": "running", "db": "running"})
        self.until("memory", lambda: all(
            s["memory_bytes"] for s in self.services().values()))
        for service in self.services().values():
            self.assertRegex(service["digest"], r"^sha256:[0-9a-f]{64}$")
            self.assertIn("talker:v1", service["image"])

    def test_2_a_death_and_a_new_start(self):
        self.world.podman("kill", "hub-web-1")
        self.until_state("web", "exited")
        self.assertEqual(self.services()["web"]["exit_code"], 137)
        self.assertEqual(self.services()["web"]["status"], "crit")
        self.world.podman("start", "hub-web-1")
        self.until_state("web", "running")
        events = self.world.vigie("events", "pod").stdout
        self.assertRegex(events, r"web +die (\(137\))?")
        self.assertNotIn("start (", events)

    def test_3_a_pause(self):
        try:
            self.world.podman("pause", "hub-db-1")
            self.until_state("db", "paused")
        finally:
            self.world.podman("unpause", "hub-db-1")
        self.until_state("db", "running")

    def test_4_logs(self):
        lines = self.world.vigie("logs", "pod", "web", "--json").stdout
        lines = [json.loads(line) for line in lines.splitlines()]
        self.assertTrue(any(re.match(r"said \d+$", line["text"])
                            and not line["stderr"] for line in lines))
        self.assertTrue(any(re.match(r"warned \d+$", line["text"])
                            and line["stderr"] for line in lines))
        self.assertEqual({line["service"] for line in lines}, {"web"})
        follow = subprocess.Popen(
            [VIGIE, "--config", self.world.config, "logs", "pod", "-f",
             "--tail", "1"], stdout=subprocess.PIPE, text=True)
        try:
            for _ in range(20):
                self.assertRegex(follow.stdout.readline(),
                                 r"^(web|db) *\| (said|warned) \d+$")
        finally:
            follow.kill()
            follow.wait()
            follow.stdout.close()

    def test_5_the_service_gone_and_back(self):
        self.world.unserve()
        self.until("it is told", lambda: self.world.environment("pod")[
            "link"]["state"] == "down")
        self.world.podman("kill", "hub-db-1")
        self.world.serve()
        self.until_state("db", "exited")
        self.assertEqual(self.services()["web"]["state"], "running")

    def test_6_a_removal(self):
        self.world.podman("rm", "--force", "--time", "0", "hub-db-1")
        self.until("it is gone", lambda: "db" not in self.services())


def main():
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        print("1..0 # SKIP a podman of its own needs root and apt")
        return
    try:
        Flow.world = Podman()
    except (LabError, RuntimeError) as e:
        print("1..0 # SKIP no podman: %s" % str(e).splitlines()[0])
        return
    try:
        tap.main()
    finally:
        Flow.world.close()


if __name__ == "__main__":
    main()
