"""The backups of staging and prod: dumps that the real pg_dump made, on the
hosts and in the S3 bucket; samples of sound and broken ones for the tests."""

import gzip
import hashlib
import io
import os
import shutil
import tarfile
import time

import docker_engine
import s3
from layout import CHECKOUT
from util import LabError, run, write

HOUR, DAY = 3600, 86400
# name of the dump: the service that has the database
KINDS = {"docmost": "postgres", "baserow": "postgres-baserow"}
# environment: (age of the newest, nights back of each dump). The nights are
# counted from the newest and not from a time of day, so that how fresh it is
# does not hang on when the lab is made. Prod misses a night.
SERIES = {
    "staging": (9 * HOUR, (0, 1, 2, 3)),
    "prod": (5 * HOUR, (0, 1, 2, 3, 5, 6, 7, 8, 9)),
}
# what needs care in a signed request
ODD_KEY = "prod/été 2026/notes (1)+.txt"


def directory(lab, env):
    return os.path.join(lab.checkout(env), "backups")


def stamp(when):
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(when))


def container(lab, env, service):
    return docker_engine.containers(lab, env)[(service, "1")][3]


def client_words(lab, env, kind):
    """The words before a PostgreSQL tool that make it run beside the server,
    as its superuser."""
    service = KINDS[kind]
    return ["exec", "-i", "-e", "PGHOST=/tmp",
        "-e", "PGPORT=%d" % lab.port(env, service.replace("-", "_")),
        "-e", "PGUSER=postgres", container(lab, env, service)]


def into(path, lab, env, kind, command):
    """Run a command in the container of a kind's database, its output to path."""
    run(["sh", "-c", 'out=$1; shift; exec "$@" >"$out"', "sh", path,
        lab.path("bin", "docker"), "-H", "unix://" + lab.socket(env)]
        + client_words(lab, env, kind) + command)


def write_sum(path, data):
    """As sha256sum writes it, for `sha256sum -c` in that directory."""
    write(path + ".sha256", "%s  %s\n" % (hashlib.sha256(data).hexdigest(),
        os.path.basename(path)))


def place(path, data, when):
    write(path, data)
    write_sum(path, data)
    for name in (path, path + ".sha256"):
        os.utime(name, (when, when))


def make(lab, env):
    """Dump each database of env once; that is the dump of every night."""
    age, nights = SERIES[env]
    newest = int(time.time()) - age
    where = directory(lab, env)
    os.makedirs(where, exist_ok=True)
    os.makedirs(lab.path("samples"), exist_ok=True)
    for kind in KINDS:
        dump = os.path.join(lab.path(env), kind + ".dump")
        into(dump, lab, env, kind, ["pg_dump", "-Fc", kind])
        with open(dump, "rb") as f:
            data = f.read()
        os.unlink(dump)
        for night in nights:
            when = newest - night * DAY
            place(os.path.join(where, "%s-%s.dump" % (kind, stamp(when))),
                data, when)


def upload(lab):
    """The backups of prod once more, off site."""
    bucket = s3.bucket(lab)
    bucket.create()
    where = directory(lab, "prod")
    for name in sorted(os.listdir(where)):
        with open(os.path.join(where, name), "rb") as f:
            bucket.put("prod/" + name, f.read(), os.fstat(f.fileno()).st_mtime)
    bucket.put(ODD_KEY, "des notes, et un nom difficile\n".encode())


# ---- samples

def newest(lab, env, kind):
    where = directory(lab, env)
    found = sorted(name for name in os.listdir(where)
        if name.startswith(kind + "-") and name.endswith(".dump"))
    if not found:
        raise LabError("no backup of %s in %s of %s" % (kind, CHECKOUT, env))
    return os.path.join(where, found[-1])


def baserow_archive(lab, name):
    """As Baserow's own backup command makes it: directory dumps, in a folder
    that is named like the file."""
    plain = lab.path("samples", "directory.tar")
    into(plain, lab, "prod", "baserow", ["sh", "-c", "rm -rf /tmp/lab-dump &&"
        " pg_dump -Fd -f /tmp/lab-dump baserow && tar -cf - -C /tmp/lab-dump . &&"
        " rm -rf /tmp/lab-dump"])
    path = lab.path("samples", name + ".tar.gz")
    with tarfile.open(plain) as source, tarfile.open(path, "w:gz") as target:
        for member in source.getmembers():
            data = source.extractfile(member) if member.isfile() else None
            member.name = os.path.normpath("%s/everything_but_user_tables/%s"
                % (name, member.name))
            target.addfile(member, data)
    os.unlink(plain)
    shutil.copyfile(path, lab.path("samples", "renamed.tar.gz"))


def make_samples(lab):
    with open(newest(lab, "prod", "docmost"), "rb") as f:
        data = f.read()
    half = len(data) // 2
    plain = lab.path("samples", "docmost.sql")
    into(plain, lab, "prod", "docmost", ["pg_dump", "docmost"])
    packed = io.BytesIO()
    with open(plain, "rb") as f, gzip.GzipFile("docmost.sql", "wb",
            fileobj=packed) as g:
        shutil.copyfileobj(f, g)
    os.unlink(plain)
    sql = packed.getvalue()
    for name, content in (
            ("sound.dump", data),
            ("truncated.dump", data[:len(data) * 99 // 100]),
            ("overwritten.dump", data[:half] + b"\xa5" * 512 + data[half + 512:]),
            ("empty.dump", b""),
            ("sound.sql.gz", sql),
            ("cut.sql.gz", sql[:len(sql) * 99 // 100])):
        write(lab.path("samples", name), content)
    baserow_archive(lab, "baserow_backup_%s"
        % time.strftime("%Y-%m-%d_%H-%M-%S", time.gmtime()))
