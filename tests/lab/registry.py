"""The registry of the bridge's images: Debian's docker-registry on the ops
box, with a password, filled and emptied through its own API."""

import base64
import hashlib
import http.client
import json
import os
import secrets
import subprocess
import tarfile
import zlib

import host
import images
from layout import port_open
from util import LabError, end, read, spawn, wait_until, write

USER = "vigie"
NAME = "formation-hub/bridge"
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG = "application/vnd.docker.container.image.v1+json"
LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"

SERVER = """version: 0.1
log: {{level: warn, accesslog: {{disabled: true}}}}
storage:
  filesystem: {{rootdirectory: {dir}/registry}}
  delete: {{enabled: true}}
http:
  addr: 127.0.0.1:{port}
  secret: {secret}
  relativeurls: true
auth:
  htpasswd: {{realm: formation-hub, path: {dir}/registry.htpasswd}}
"""


def make_password(lab, programs):
    """The registry takes bcrypt only. The word goes by stdin: argv is public."""
    password = secrets.token_hex(16)
    write(lab.path("registry.password"), password + "\n", 0o600)
    path = programs["htpasswd"]
    done = subprocess.run([path, "-niB", USER], input=password.encode(),
        env=dict(os.environ, **programs.env(path)), stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, timeout=30)
    if done.returncode != 0:
        raise LabError("htpasswd: " + done.stderr.decode("utf-8", "replace"))
    write(lab.path("registry.htpasswd"), done.stdout.strip() + b"\n", 0o600)


def prepare(lab, programs):
    os.makedirs(lab.path("box", "log"), exist_ok=True)
    os.makedirs(lab.path("registry"))
    make_password(lab, programs)
    write(lab.path("box", "registry.yml"), SERVER.format(dir=lab.dir,
        port=lab.box_port("registry"), secret=secrets.token_hex(16)), 0o600)


def start(lab, programs):
    path = programs["docker-registry"]
    log = lab.path("box", "log", "registry.log")
    pid = spawn([path, "serve", lab.path("box", "registry.yml")], log,
        dict(programs.env(path), OTEL_TRACES_EXPORTER="none",
            **host.mark_env(lab)))
    host.remember(lab, "box", "registry", pid)
    port = lab.box_port("registry")
    wait_until("registry on port %d" % port, lambda: port_open(port), 20,
        lambda: host.pid_of(lab, "box", "registry"), log)


def stop(lab):
    pid = host.pid_of(lab, "box", "registry")
    if pid is None:
        raise LabError("no registry runs")
    end([pid], 0)


class Client:
    """A connection to the lab's registry, for one repository."""

    def __init__(self, lab, name=NAME):
        self.base = "/v2/" + name
        self.port = lab.box_port("registry")
        word = "%s:%s" % (USER, read(lab.path("registry.password")).strip())
        self.headers = {"Authorization":
            "Basic " + base64.b64encode(word.encode()).decode()}

    def call(self, method, path, body=None, headers=None, good=(200,)):
        """(status, headers, body) of one request; LabError unless good."""
        conn = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            conn.request(method, path, body, dict(self.headers, **(headers or {})))
            reply = conn.getresponse()
            data = reply.read()
        except (OSError, http.client.HTTPException) as e:
            raise LabError("registry: %s %s: %s" % (method, path, e))
        finally:
            conn.close()
        if reply.status not in good:
            raise LabError("registry: %s %s: %d %s" % (method, path, reply.status,
                data[:300].decode("utf-8", "replace")))
        return reply.status, reply.headers, data

    def blob(self, data):
        """Upload unless it is there; its digest."""
        digest = "sha256:" + hashlib.sha256(data).hexdigest()
        status, _, _ = self.call("HEAD", "%s/blobs/%s" % (self.base, digest),
            good=(200, 404))
        if status == 404:
            _, headers, _ = self.call("POST", self.base + "/blobs/uploads/",
                good=(202,))
            where = headers["Location"]
            self.call("PUT", "%s%sdigest=%s" % (where,
                "&" if "?" in where else "?", digest), data,
                {"Content-Type": "application/octet-stream"}, (201,))
        return digest

    def manifest(self, tag):
        """(digest, bytes) of a tag, or None."""
        status, headers, data = self.call("GET", "%s/manifests/%s"
            % (self.base, tag), headers={"Accept": MANIFEST}, good=(200, 404))
        return None if status == 404 else (headers["Docker-Content-Digest"], data)

    def put_manifest(self, tag, data):
        self.call("PUT", "%s/manifests/%s" % (self.base, tag), data,
            {"Content-Type": MANIFEST}, (201,))

    def tags(self):
        status, _, data = self.call("GET", self.base + "/tags/list",
            good=(200, 404))
        return json.loads(data)["tags"] or [] if status == 200 else []

    def delete(self, tag):
        """The API deletes manifests, with all tags that point to one: the
        others are put back."""
        found = self.manifest(tag)
        if found is None:
            raise LabError("the registry has no %s" % tag)
        digest, data = found
        others = [name for name in self.tags() if name != tag
            and (self.manifest(name) or ("",))[0] == digest]
        self.call("DELETE", "%s/manifests/%s" % (self.base, digest), good=(202,))
        for name in others:
            self.put_manifest(name, data)


def packed(data):
    """gzip as a registry holds layers; without the time, so that the same
    layer has the same digest in every lab."""
    squeeze = zlib.compressobj(1, zlib.DEFLATED, 31)
    return squeeze.compress(data) + squeeze.flush()


def push(lab, archive, commits):
    """Every bridge of the archive under its tag, and edge once more under each
    commit that staging runs or has run. A tag that is there is left alone."""
    client = Client(lab)
    wanted = {"%s:%s" % (images.BRIDGE, tag): [tag] for tag in images.BRIDGES}
    wanted["%s:edge" % images.BRIDGE] += commits
    there = set(client.tags())
    layers = {}
    with tarfile.open(archive) as tar:
        def member(name):
            return tar.extractfile(name).read()

        def layer(name):
            if name not in layers:
                data = packed(member(name))
                layers[name] = {"mediaType": LAYER, "size": len(data),
                    "digest": client.blob(data)}
            return layers[name]

        for image in json.loads(member("manifest.json")):
            tags = [t for name in image["RepoTags"] for t in wanted.get(name, ())
                if t not in there]
            if not tags:
                continue
            config = member(image["Config"])
            text = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST,
                "config": {"mediaType": CONFIG, "size": len(config),
                    "digest": client.blob(config)},
                "layers": [layer(name) for name in image["Layers"]]}, indent=3)
            for tag in tags:
                client.put_manifest(tag, text.encode())
