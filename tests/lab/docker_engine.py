"""A real Docker engine on a host of the lab: containerd and dockerd.

It starts no bridge, touches no packet filter and no sysctl: containers use the
host's network on loopback ports of their own. Staging and prod run with
live-restore, as a production engine should: killing dockerd leaves the
containers alone. Local does not, as a developer's does not: there, a restart
of the engine takes the containers down with it."""

import http.client
import json
import os
import shutil
import socket

import host
from layout import REMOTE
from util import LabError, run, wait_until, write

CONTAINERD = """version = 2
root = "{dir}/{env}/containerd"
state = "/run/containerd"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt",
  "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]
[grpc]
  address = "/run/containerd/containerd.sock"
"""


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("docker", timeout=timeout)
        self.unix = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.unix)


def api(path, method, url, body=None, timeout=30):
    """One call to an engine. Returns (status, decoded JSON or bytes)."""
    conn = UnixConnection(path, timeout)
    try:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        conn.request(method, url, json.dumps(body) if body is not None else None,
            headers)
        reply = conn.getresponse()
        data = reply.read()
    finally:
        conn.close()
    try:
        return reply.status, json.loads(data)
    except ValueError:
        return reply.status, data


def answers(path):
    try:
        return api(path, "GET", "/_ping", timeout=2)[0] == 200
    except (OSError, http.client.HTTPException):
        return False


def storage_driver(lab, env):
    """overlay2 where the kernel can lay one over the lab's directory."""
    probe = lab.path(env, "overlay-probe")
    for name in ("lower", "upper", "work", "merged"):
        os.makedirs(os.path.join(probe, name))
    script = ("mount -t overlay overlay -o lowerdir={0}/lower,upperdir={0}/upper,"
        "workdir={0}/work {0}/merged && umount {0}/merged").format(probe)
    try:
        run(host.enter(lab, env) + ["sh", "-c", script])
        return "overlay2"
    except LabError:
        return "vfs"
    finally:
        shutil.rmtree(probe, ignore_errors=True)


def prepare(lab, env):
    write(lab.path(env, "containerd.toml"),
        CONTAINERD.format(dir=lab.dir, env=env))
    conf = {
        "data-root": lab.path(env, "docker"),
        "exec-root": "/run/docker",
        "pidfile": "/run/docker.pid",
        "hosts": ["unix://" + lab.socket(env), "unix:///run/docker.sock"],
        "containerd": "/run/containerd/containerd.sock",
        "storage-driver": storage_driver(lab, env),
        "cgroup-parent": host.cgroup_parent(lab, env),
        "exec-opts": ["native.cgroupdriver=cgroupfs"],
        "bridge": "none", "iptables": False, "ip-forward": False,
        "ip-masq": False, "userland-proxy": False,
        "live-restore": env in REMOTE,
        "log-driver": "json-file",
        "log-opts": {"max-size": "20m", "max-file": "2"},
        "shutdown-timeout": 3,
    }
    write(lab.path(env, "daemon.json"), json.dumps(conf, indent=1) + "\n")


def start_containerd(lab, env, programs):
    path = programs["containerd"]
    host.start_on(lab, env, "containerd",
        [path, "--config", lab.path(env, "containerd.toml"), "--log-level", "warn"],
        programs.env(path))
    sock = "/proc/%d/root/run/containerd/containerd.sock" \
        % host.pid_of(lab, env, "host")
    wait_until("containerd of %s" % env, lambda: os.path.exists(sock), 30,
        lambda: host.pid_of(lab, env, "containerd"),
        lab.path(env, "log", "containerd.log"))


def start_dockerd(lab, env, programs):
    # a killed engine leaves its pid file, and its pid may be another's by now
    run(host.enter(lab, env) + ["rm", "-f", "/run/docker.pid"])
    path = programs["dockerd"]
    host.start_on(lab, env, "dockerd",
        [path, "--config-file", lab.path(env, "daemon.json"),
            "--log-level", "warn"], programs.env(path))
    wait_until("engine of %s" % env, lambda: answers(lab.socket(env)), 40,
        lambda: host.pid_of(lab, env, "dockerd"),
        lab.path(env, "log", "dockerd.log"))


def start(lab, env, programs):
    prepare(lab, env)
    start_containerd(lab, env, programs)
    start_dockerd(lab, env, programs)


def load(lab, env, archive):
    """docker load, without the CLI."""
    conn = UnixConnection(lab.socket(env), 120)
    try:
        with open(archive, "rb") as f:
            conn.request("POST", "/images/load?quiet=1", f, {
                "Content-Type": "application/x-tar",
                "Content-Length": str(os.fstat(f.fileno()).st_size)})
            reply = conn.getresponse()
            text = reply.read().decode("utf-8", "replace")
    finally:
        conn.close()
    if reply.status != 200 or '"error"' in text:
        raise LabError("loading images in %s: %s" % (env, text.strip()))


def tag(lab, env, image, name):
    repo, _, version = name.rpartition(":")
    status, reply = api(lab.socket(env), "POST",
        "/images/%s/tag?repo=%s&tag=%s" % (image, repo, version))
    if status != 201:
        raise LabError("tagging %s in %s: %s" % (name, env, reply))


def containers(lab, env):
    """{service: (id, state, status text)} of the project on env."""
    filters = json.dumps({"label": ["com.docker.compose.project=formation-hub"]})
    status, reply = api(lab.socket(env), "GET",
        "/containers/json?all=1&filters=" + filters.replace(" ", "")
            .replace('"', "%22").replace("{", "%7B").replace("}", "%7D")
            .replace("[", "%5B").replace("]", "%5D"), timeout=10)
    if status != 200:
        raise LabError("%s: listing containers: %s" % (env, reply))
    return {(c["Labels"]["com.docker.compose.service"],
            c["Labels"].get("com.docker.compose.container-number", "1")):
        (c["Id"], c["State"], c["Status"], c["Names"][0].lstrip("/"))
        for c in reply}
