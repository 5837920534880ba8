"""Faults of the registry, the S3 service and the backups."""

import os
import re
import time

import backups
import docker_engine
import host
import images
import packages
import registry
import s3
from layout import REMOTE
from util import LabError, write

OLD = 30 * 3600
DUMP = re.compile(r"^(\w+)-\d{8}T\d{6}Z\.dump$")


def registry_down(lab, env, argument):
    registry.stop(lab)


def registry_up(lab, env, argument):
    if host.pid_of(lab, "box", "registry") is None:
        registry.start(lab, packages.obtain())


def s3_down(lab, env, argument):
    s3.stop(lab)


def s3_up(lab, env, argument):
    if host.pid_of(lab, "box", "s3") is None:
        s3.start(lab, packages.obtain())


def image_gone(lab, env, argument):
    tag = argument or "v1.3.2"
    if tag not in images.BRIDGES:
        raise LabError("no bridge %s; there are: %s" % (tag,
            " ".join(images.BRIDGES)))
    client = registry.Client(lab)
    if client.manifest(tag) is not None:
        client.delete(tag)
    # what a container runs loses its name only
    status, reply = docker_engine.api(lab.socket(env), "DELETE",
        "/images/%s:%s?force=1" % (images.BRIDGE, tag))
    if status not in (200, 404):
        raise LabError("removing bridge %s in %s: %s" % (tag, env, reply))


def image_back(lab, env, argument):
    """Every tag that lacks, so that one cure does for several."""
    archive = lab.record["images"]
    registry.push(lab, archive, lab.record["commits"])
    docker_engine.load(lab, env, archive)


def kept(lab, env, kind):
    return lab.path(env, kind + ".whole")


def dumps(lab, env, kind=None):
    """Paths of the dumps of a kind or all, the newest last."""
    where = backups.directory(lab, env)
    found = [(DUMP.match(name), name) for name in sorted(os.listdir(where))]
    return [os.path.join(where, name) for match, name in found
        if match and kind in (None, match.group(1))]


def truncate(lab, env, argument):
    kind = argument or "docmost"
    if kind not in backups.KINDS:
        raise LabError("no backups of %s; there are: %s" % (kind,
            " ".join(backups.KINDS)))
    if os.path.exists(kept(lab, env, kind)):
        raise LabError("the newest backup of %s in %s is truncated already"
            % (kind, env))
    path = backups.newest(lab, env, kind)
    there = os.stat(path)
    with open(path, "rb") as f:
        data = f.read()
    write(kept(lab, env, kind), data)
    write(path, data[:len(data) * 99 // 100])
    os.utime(path, ns=(there.st_atime_ns, there.st_mtime_ns))


def untruncate(lab, env, argument):
    """Known by what is in it, since backup-old may have renamed it."""
    for kind in backups.KINDS:
        if not os.path.exists(kept(lab, env, kind)):
            continue
        with open(kept(lab, env, kind), "rb") as f:
            whole = f.read()
        for path in dumps(lab, env, kind):
            there = os.stat(path)
            with open(path, "rb") as f:
                data = f.read()
            if len(data) < len(whole) and whole.startswith(data):
                write(path, whole)
                os.utime(path, ns=(there.st_atime_ns, there.st_mtime_ns))
        os.unlink(kept(lab, env, kind))


def rename(path, name, when):
    """A dump and its sum under another name and of another time."""
    new = os.path.join(os.path.dirname(path), name)
    os.rename(path, new)
    with open(path + ".sha256") as f:
        digest = f.read().split()[0]
    write(new + ".sha256", "%s  %s\n" % (digest, name))
    os.unlink(path + ".sha256")
    for each in (new, new + ".sha256"):
        os.utime(each, (when, when))


def age(lab, env, argument):
    """Shift all dumps into the past, so that the series stays as it is."""
    if env in lab.record.setdefault("aged", {}):
        raise LabError("the backups of %s are old already" % env)
    moved = []
    for kind in backups.KINDS:
        there = dumps(lab, env, kind)
        shift = OLD - (time.time() - os.stat(there[-1]).st_mtime)
        # the oldest first: no name is taken by one that is still to be moved
        for path in there:
            before = int(os.stat(path).st_mtime)
            when = int(before - shift)
            name = "%s-%s.dump" % (kind, backups.stamp(when))
            rename(path, name, when)
            moved.append([name, os.path.basename(path), before])
    lab.record["aged"][env] = moved


def rejuvenate(lab, env, argument):
    where = backups.directory(lab, env)
    # the newest first, for the same reason
    for name, old, when in reversed(lab.record.get("aged", {}).pop(env, [])):
        if os.path.exists(os.path.join(where, name)):
            rename(os.path.join(where, name), old, when)


# as faults.FAULTS
FAULTS = {
    "registry-down": (registry_down, registry_up,
        ("box",), "box", "the registry is killed"),
    "image-gone": (image_gone, image_back,
        REMOTE, "prod", "bridge [TAG, v1.3.2] leaves the registry and the host"),
    "s3-down": (s3_down, s3_up, ("box",), "box", "the S3 service is killed"),
    "backup-truncated": (truncate, untruncate,
        REMOTE, "prod", "the newest dump of [KIND, docmost] loses its last 1 %"),
    "backup-old": (age, rejuvenate,
        REMOTE, "prod", "the newest dumps are 30 h old"),
}
