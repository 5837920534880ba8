"""The images of formation-hub: which there are and what is in them. Built once
into the cache, since they depend only on the programs and on service/."""

import glob
import hashlib
import os
import platform
import re
import sys
import tempfile

import image
import packages
from util import LabError, run, say

HERE = os.path.dirname(os.path.abspath(__file__))
SERVICE = os.path.join(HERE, "service")
POSTGRES_UID = 999
BRIDGE = "registry.acadenice.fr/formation-hub/bridge"

# the migrations each docmost brings: 0.95 changed the schema
MIGRATIONS = ["20240324T085500-workspaces", "20240324T085600-users",
    "20250715T070817-mfa", "20250901T184612-page-permissions"]
DOCMOST = {"0.93.0": 3, "0.94.1": 3, "0.95.0": 4}
BRIDGES = ("v1.2.0", "v1.3.0", "v1.3.1", "v1.3.2", "v1.4.0", "edge")
BASEROW = "1.35.3"
MINIO = "minio/minio:RELEASE.2025-09-07T16-13-09Z"

APP_MODULES = "http.server, json, socket, struct, threading, urllib.parse, random"
PASSWD = "root:x:0:0:root:/root:/bin/sh\npostgres:x:%d:%d::/var/lib/postgresql:/bin/sh\n" \
    "redis:x:998:998::/data:/bin/sh\n" % (POSTGRES_UID, POSTGRES_UID)


def base_layer(programs):
    """busybox and the few directories every program expects."""
    layer = image.Layer()
    layer.file(programs["busybox"], "/bin/busybox", mode=0o755)
    for applet in run([programs["busybox"], "--list"]).split():
        if applet != "busybox":
            layer.link("/bin/" + applet, "busybox")
    layer.directory("/tmp", 0o1777)
    for name in ("/run", "/root", "/var", "/usr", "/faults", "/data", "/home"):
        layer.directory(name)
    layer.data("/etc/passwd", PASSWD)
    layer.data("/etc/group", "root:x:0:\npostgres:x:%d:\nredis:x:998:\n" % POSTGRES_UID)
    layer.data("/etc/hosts", "127.0.0.1 localhost\n")
    return layer


def python_program():
    return "/usr/bin/python3" if os.path.exists("/usr/bin/python3") \
        else sys.executable


def python_layer(programs):
    """The interpreter and those modules that the services load."""
    python = os.path.realpath(python_program())
    out = run([python, "-I", "-S", "-c",
        "import sys, encodings.idna, encodings.latin_1, %s\n"
        "print(sys.prefix)\n"
        "for m in list(sys.modules.values()):\n"
        " f = getattr(m, '__file__', None)\n"
        " if f: print(f)" % APP_MODULES])
    prefix, *files = out.split("\n")
    layer = image.Layer()
    image.add_closure(layer, {python: python}, None)
    layer.link("/usr/local/bin/python3", python)
    packages = set()
    for path in sorted(filter(None, files)):
        layer.file(path)
        if path.endswith(".so"):
            for name, where in image.libraries([path], None).items():
                layer.file(os.path.realpath(where), name, mode=0o755)
        cached = cached_code(path)
        if os.path.exists(cached):
            layer.file(cached)
        if os.path.basename(path) == "__init__.py":
            packages.add(os.path.dirname(path))
    # landmark that tells Python where its library is
    lib = os.path.dirname(os.path.dirname(
        next(p for p in packages if p.endswith("/encodings"))) + "/x")
    for landmark in ("os.py", "lib-dynload"):
        if os.path.isfile(os.path.join(lib, landmark)):
            layer.file(os.path.join(lib, landmark))
        elif os.path.isdir(os.path.join(lib, landmark)):
            layer.parents(os.path.join(lib, landmark, "x"))
    return layer


def cached_code(path):
    head, tail = os.path.split(path)
    return os.path.join(head, "__pycache__", "%s.%s.pyc" % (
        tail[:-3], run_tag()))


_tag = []


def run_tag():
    if not _tag:
        _tag.append(run([python_program(), "-I", "-S", "-c",
            "import sys; print(sys.implementation.cache_tag)"]).strip())
    return _tag[0]


def app_layer():
    layer = image.Layer()
    layer.file(os.path.join(SERVICE, "app.py"), "/app/app.py")
    return layer


def redis_layer(programs):
    layer = image.Layer()
    env = programs.env()
    image.add_closure(layer, {"/usr/bin/redis-server": programs["redis-server"],
        "/usr/bin/redis-cli": programs["redis-cli"]}, env)
    return layer


POSTGRES_TOOLS = ("postgres", "pg_dump", "pg_restore", "pg_dumpall", "psql",
    "pg_isready", "createdb", "dropdb")


def postgres_layer(programs):
    """The server, its tools and a cluster as initdb makes it."""
    layer = image.Layer()
    bindir = os.path.dirname(os.path.realpath(programs["postgres"]))
    prefix = programs.root if programs.root and bindir.startswith(programs.root) \
        else ""
    inside = bindir[len(prefix):]
    env = programs.env(bindir)
    found = {}
    for tool in POSTGRES_TOOLS:
        path = os.path.join(bindir, tool)
        if not os.path.exists(path):
            raise LabError("no %s beside %s" % (tool, programs["postgres"]))
        found[inside + "/" + tool] = path
    image.add_closure(layer, found, env)
    for tool in POSTGRES_TOOLS:
        layer.link("/usr/bin/" + tool, inside + "/" + tool)
    # the JIT would bring LLVM along
    skip = re.compile(r"llvmjit|bitcode|pgxs|\.a$")
    libdir = os.path.join(os.path.dirname(bindir), "lib")
    layer.tree(libdir, libdir[len(prefix):], skip=skip)
    version = os.path.basename(os.path.dirname(bindir))
    share = "/usr/share/postgresql/" + version
    layer.tree(prefix + share, share, skip=re.compile(r"^(man|extension/.*--.*--)"))
    layer.file(os.path.join(SERVICE, "postgres.sh"), "/entrypoint.sh", mode=0o755)
    for name in ("docmost.sql", "baserow.sql"):
        layer.file(os.path.join(SERVICE, name), "/schema/" + name)
    add_cluster(layer, programs, bindir)
    return layer, version


# A user who may not look into root's cache sees the programs bound elsewhere.
INITDB = """set -eu
[ "$1" = / ] || mount --bind "$1" "$2/programs"
cd "$2"
shift 2
exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@" \\
    -D data -U postgres -E UTF8 --locale=C --wal-segsize=1 -N -A trust
"""


def add_cluster(layer, programs, bindir):
    """PostgreSQL refuses to run as root, also to make its cluster."""
    with tempfile.TemporaryDirectory(prefix="vigie-lab-pg-") as tmp:
        os.chmod(tmp, 0o755)
        os.mkdir(tmp + "/programs")
        data = tmp + "/data"
        os.mkdir(data, 0o700)
        os.chown(data, 65534, 65534)
        unpacked = programs.root and bindir.startswith(programs.root)
        # GMT is the one zone that needs no file
        env = {"LC_ALL": "C", "TZ": "GMT"}
        if unpacked:
            bindir = tmp + "/programs" + bindir[len(programs.root):]
            env["LD_LIBRARY_PATH"] = ":".join(tmp + "/programs"
                + path[len(programs.root):] for path in programs.libdirs())
        run(["unshare", "--mount", "sh", "-c", INITDB, "initdb",
            programs.root if unpacked else "/", tmp, bindir + "/initdb"], env=env)
        # the password travels in clear: the services speak the protocol themselves
        with open(os.path.join(data, "pg_hba.conf"), "w") as f:
            f.write("local all all trust\nhost all all 127.0.0.1/32 password\n")
        layer.directory("/var/lib/postgresql", 0o755, POSTGRES_UID)
        layer.tree(data, "/var/lib/postgresql/data", POSTGRES_UID,
            exact_modes=True)


def architecture():
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(
        platform.machine(), platform.machine())


def build(programs, path):
    archive = image.Archive()
    base = archive.layer(base_layer(programs))
    python = archive.layer(python_layer(programs))
    app = archive.layer(app_layer())
    redis = archive.layer(redis_layer(programs))
    layer, version = postgres_layer(programs)
    postgres = archive.layer(layer)
    env = ["PATH=/usr/local/bin:/usr/bin:/bin:/sbin",
        "PYTHONDONTWRITEBYTECODE=1", "PYTHONUNBUFFERED=1"]
    arch = architecture()

    def image_of(tags, layers, cmd, created, **more):
        config = {"Env": env + more.pop("Env", []), "Cmd": cmd}
        config.update(more)
        archive.image(tags, layers, config, created, arch)

    def service(name, tag, release, created, *more):
        image_of([tag], [base, python, app],
            ["/usr/local/bin/python3", "-I", "-S", "/app/app.py", name], created,
            Env=["APP_VERSION=" + release] + list(more),
            Labels={"org.opencontainers.image.version": release})

    for release, count in DOCMOST.items():
        service("docmost", "docmost/docmost:" + release, release,
            "2026-05-0%dT08:00:00Z" % count,
            "MIGRATIONS=" + " ".join(MIGRATIONS[:count]), "NODE_ENV=production")
    for at, release in enumerate(BRIDGES):
        service("bridge", "%s:%s" % (BRIDGE, release), release.lstrip("v"),
            "2026-06-%02dT08:00:00Z" % (at + 1))
    service("baserow", "baserow/baserow:" + BASEROW, BASEROW,
        "2026-04-01T08:00:00Z")
    service("minio", MINIO, MINIO.rpartition(":")[2], "2025-09-07T16:13:09Z")
    image_of(["redis:7-alpine"], [base, redis],
        ["/usr/bin/redis-server", "--save", "", "--bind", "127.0.0.1"],
        "2026-03-01T08:00:00Z", User="redis")
    image_of(["postgres:15"], [base, postgres], ["/entrypoint.sh"],
        "2026-03-02T08:00:00Z", User="postgres", StopSignal="SIGINT",
        Labels={"org.opencontainers.image.version": version},
        Volumes={"/var/lib/postgresql/data": {}})
    image_of(["formation-hub/worker:1"], [base], ["/bin/sleep", "2000000000"],
        "2026-03-03T08:00:00Z")
    archive.write(path)


def obtain(programs):
    """The archive of all images, built when there is none for these inputs."""
    digest = hashlib.sha256()
    for path in sorted(glob.glob(SERVICE + "/*.*")
            + glob.glob(HERE + "/image*.py")):
        with open(path, "rb") as f:
            digest.update(f.read())
    for name in ("busybox", "redis-server", "redis-cli", "postgres"):
        real = os.path.realpath(programs[name])
        digest.update(("%s %d" % (real, os.stat(real).st_mtime)).encode())
    python = os.path.realpath(python_program())
    digest.update(("%s %d" % (python, os.stat(python).st_mtime)).encode())
    path = os.path.join(programs.base, "images-%s.tar" % digest.hexdigest()[:16])
    with packages.locked(programs.base):
        if os.path.exists(path):
            return path
        say("building the images")
        build(programs, path)
        for old in glob.glob(programs.base + "/images-*.tar"):
            if old != path and os.stat(old).st_mtime < os.stat(path).st_mtime - 86400:
                os.unlink(old)
    return path
