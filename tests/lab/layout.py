"""What a lab is made of and where it lies: names, files, ports.

Everything is under one directory. lab.json there records what this lab took
(ports, kind of engine, process ids), so that a later command finds it."""

import json
import os
import pwd
import re
import socket
import stat
import threading

from util import LabError, write

ENVS = ("local", "staging", "prod")
REMOTE = ("staging", "prod")
PROJECT = "formation-hub"
REPOSITORY = "acadenice/formation-hub"
CHECKOUT = "/opt/formation-hub"

# one block of ports per environment
PORTS = ("docmost", "baserow", "bridge", "postgres", "postgres_baserow",
    "redis", "minio", "ssh", "tls_docmost", "tls_baserow", "tls_bridge")
BLOCK = 16
# and one for what runs on the ops box
BOX_PORTS = ("github", "registry", "s3", "s3_account", "s3_container",
    "s3_object")
FIRST_PORT, LAST_PORT = 17000, 31900

# "wiki" is docmost's name in the plan
SITES = {
    "docmost": ("wiki", "/api/health"),
    "baserow": ("baserow", "/api/_health/"),
    "bridge": ("bridge", "/health"),
}


def user_name():
    """The user as vigie.yaml and ssh name one; the number has to do for a user
    without a name."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def default_dir():
    return "/tmp/vigie-lab-%d" % os.getuid()


class Lab:
    """An open lab directory and its record."""

    def __init__(self, directory):
        self.dir = os.path.realpath(directory)
        self.record = {}
        # engines are started in parallel
        self.saving = threading.Lock()
        # it stands in shell scripts, ssh_config, sshd_config and mount options
        if not re.match(r"^[A-Za-z0-9_./+-]+$", self.dir):
            raise LabError("%s: choose a directory of letters, digits and _./+-"
                " with --dir" % self.dir)
        # a unix socket's path holds 107 bytes; the longest here is this
        if len(self.path("staging", "docker.sock")) > 100:
            raise LabError("%s: too long for the sockets in it; choose a shorter"
                " directory with --dir" % self.dir)

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    @property
    def mark(self):
        return self.path("lab.json")

    def exists(self):
        return os.path.exists(self.mark)

    def load(self):
        try:
            with open(self.mark) as f:
                self.record = json.load(f)
        except FileNotFoundError:
            raise LabError("no lab in %s (make one: lab up --dir %s)"
                % (self.dir, self.dir))
        except ValueError as e:
            raise LabError("%s: %s" % (self.mark, e))
        return self

    def save(self):
        with self.saving:
            write(self.mark, json.dumps(self.record, indent=1) + "\n", 0o600)

    def create(self, real, health):
        """Claim the directory and its ports. It must be new or empty."""
        if self.exists():
            raise LabError("a lab stands in %s already (lab status; lab down)"
                % self.dir)
        try:
            os.makedirs(self.dir, 0o755)
        except FileExistsError:
            there = os.stat(self.dir)
            if (not stat.S_ISDIR(there.st_mode) or there.st_uid != os.getuid()
                    or os.listdir(self.dir)):
                raise LabError("%s is not an empty directory of yours" % self.dir)
        base, claim = claim_ports()
        self.record = {"engine": "real" if real else "stand-in", "base": base,
            "id": "vigie-lab-%d" % base, "health": health,
            "pids": {}, "faults": {}}
        self.save()
        # held until this process ends, by when the ports are in use
        self.claim = claim
        return self

    @property
    def real(self):
        return self.record["engine"] == "real"

    def port(self, env, name):
        return (self.record["base"] + ENVS.index(env) * BLOCK + PORTS.index(name))

    def box_port(self, name):
        return (self.record["base"] + len(ENVS) * BLOCK + BOX_PORTS.index(name))

    def checkout(self, env):
        return self.path(env, "opt", "formation-hub")

    def socket(self, env):
        return self.path(env, "docker.sock")

    def url(self, env, service):
        """What an operator would open: TLS where the plan has TLS."""
        if env in REMOTE:
            return "https://127.0.0.1:%d" % self.port(env, "tls_" + service)
        return "http://127.0.0.1:%d" % self.port(env, service)


def claim_ports():
    """A block of free ports, and the lock that keeps a second lab off it while
    this one starts (an abstract socket: it leaves nothing behind)."""
    span = BLOCK * (len(ENVS) + 1)
    for base in range(FIRST_PORT, LAST_PORT - span, span):
        claim = socket.socket(socket.AF_UNIX)
        try:
            claim.bind("\0vigie-lab-ports-%d" % base)
        except OSError:
            claim.close()
            continue
        if all(port_free(base + i) for i in range(span)):
            return base, claim
        claim.close()
    raise LabError("no block of %d free ports between %d and %d"
        % (span, FIRST_PORT, LAST_PORT))


def port_free(port):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def port_open(port):
    with socket.socket() as s:
        s.settimeout(1)
        return s.connect_ex(("127.0.0.1", port)) == 0
