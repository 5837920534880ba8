"""The files of prod's wiki as a restic repository with a snapshot per night.

restic derives a slow key each time it opens a repository, so it is made in the
cache, twice a day at most, and copied into the lab."""

import glob
import os
import secrets
import shutil
import time

import packages
from util import run, write

NIGHTS = 7
BLOCK = 12 * 3600
DAY = 86400
TREE = {
    "files/logo.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>\n",
    "files/charte d'accueil.txt": "Bienvenue à l'académie.\n".encode() * 200,
    "avatars/yan.txt": b"yan\n",
    "avatars/corentin.txt": b"corentin\n",
}


def start_of_block():
    """Snapshots are told from here, so that the newest is 3 to 15 h old."""
    return int(time.time()) // BLOCK * BLOCK


# a host's path rather than one of the cache stands in the snapshots
SOURCE = "/srv/docmost/storage"
BACKUP = """set -eu
mount --make-rprivate /
mount -t tmpfs tmpfs /srv
mkdir -p "$1"
mount --bind "$0" "$1"
shift
exec "$@"
"""


def build(programs, where, block):
    path = programs["restic"]
    tree = os.path.join(where, "storage")
    for name, data in TREE.items():
        os.makedirs(os.path.dirname(os.path.join(tree, name)), exist_ok=True)
        write(os.path.join(tree, name), data)
    write(where + "/password", secrets.token_hex(16) + "\n", 0o600)

    def restic(*words):
        run(["unshare", "--mount", "sh", "-c", BACKUP, tree, SOURCE, path, "-q",
            "--no-cache", "-r", where + "/repository", "--password-file",
            where + "/password"] + list(words),
            env=dict(programs.env(path), TZ="UTC"))

    restic("init")
    for night in range(NIGHTS - 1, -1, -1):
        write(os.path.join(tree, "files", "page-%d.txt" % night),
            os.urandom(20000))
        restic("backup", "--host", "prod", "--tag", "files", "--time",
            time.strftime("%Y-%m-%d %H:%M:%S",
            time.gmtime(block - 3 * 3600 - night * DAY)), SOURCE)


def obtain(programs):
    """Where this half day's is; the cache is locked."""
    block = start_of_block()
    path = os.path.join(programs.base, "restic-%d" % block)
    if not os.path.isdir(path):
        new = path + ".new"
        shutil.rmtree(new, ignore_errors=True)
        os.makedirs(new, 0o700)
        build(programs, new, block)
        for old in glob.glob(programs.base + "/restic-*[0-9]"):
            shutil.rmtree(old)
        os.rename(new, path)
    return path


def make(lab, programs):
    with packages.locked(programs.base):
        made = obtain(programs)
        shutil.copytree(made + "/repository", lab.path("restic"))
        shutil.copy(made + "/password", lab.path("restic.password"))
    os.symlink(programs["restic"], lab.path("bin", "restic"))


def snapshots(lab):
    where = lab.path("restic", "snapshots")
    return len(os.listdir(where)) if os.path.isdir(where) else 0
