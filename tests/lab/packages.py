"""The programs of the lab: the machine's own, or from Debian packages.

Nothing is installed, since installing would start system services: packages
are downloaded by apt and unpacked in the cache, one directory per set of
versions. What the machine has is used as it stands."""

import contextlib
import fcntl
import glob
import hashlib
import os
import platform
import re
import shutil

from util import LabError, read, run, say, write

# program: the package that has it (None: the newest postgresql-NN)
PROGRAMS = {
    "dockerd": "docker.io",
    "docker": "docker.io",
    "containerd": "containerd",
    "containerd-shim-runc-v2": "containerd",
    "runc": "runc",
    "tini": "tini",
    "sshd": "openssh-server",
    "redis-server": "redis-server",
    "redis-cli": "redis-tools",
    "busybox": "busybox-static",
    "postgres": None,
    "curl": "curl",
    "docker-registry": "docker-registry",
    "htpasswd": "apache2-utils",
    "restic": "restic",
}

# Python modules that are no program: the package, and a file it brings
MODULES = {"swift": ("python3-swift", "/swift/common/wsgi.py")}
DIST_PACKAGES = "/usr/lib/python3/dist-packages"

# vigie itself wants these on a machine; they do not work unpacked elsewhere
REQUIRED = {"git": "git", "openssl": "openssl", "ssh": "openssh-client",
    "ssh-keygen": "openssh-client"}

# dependencies that only an installed, running service would use
NEEDLESS = re.compile(r"^(libllvm|perl|libperl|ssl-cert|postgresql-common|"
    r"postgresql-client-common|runit-helper|init-system-helpers|debconf|"
    r"locales|iptables|adduser|passwd|ucf|lsb-base|sysvinit|systemd|"
    r"openssh-client$|libc6|libc-l10n|libjson-perl|procps|libproc2|sensible-utils|"
    r"libz3|dmsetup|dpkg|python3$|python3\.|python3-minimal|netbase|cgroupfs|"
    r"git-man|less$)")

SBIN = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin",
    "/sbin", "/bin", "/usr/lib/postgresql/*/bin"]


def cache_dir():
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.path.join(base, "vigie-lab")


class Programs:
    """Where each program is, and the environment the unpacked ones need."""

    def __init__(self, base, root, paths, compose):
        self.base = base
        self.root = root
        self.paths = paths
        self.compose = compose

    def __getitem__(self, name):
        return self.paths[name]

    def libdirs(self):
        if not self.root:
            return []
        found = []
        for pattern in ("lib", "usr/lib"):
            found += glob.glob("%s/%s/*-linux-gnu*" % (self.root, pattern))
        return found

    def env(self, path=None):
        """Environment for path: library path only for an unpacked program."""
        dirs = sorted({os.path.dirname(p) for p in self.paths.values()})
        env = {"PATH": ":".join(dirs + ["/usr/sbin", "/usr/bin", "/sbin", "/bin"])}
        if self.root and (path is None or path.startswith(self.root)):
            env["LD_LIBRARY_PATH"] = ":".join(self.libdirs())
        return env

    def python_env(self):
        """Environment for a Python that wants MODULES. It may keep the code
        that it compiles: compiling swift takes longer than starting it."""
        env = {"PYTHONDONTWRITEBYTECODE": ""}
        if self.root:
            env.update(PYTHONPATH=self.root + DIST_PACKAGES,
                LD_LIBRARY_PATH=":".join(self.libdirs()))
        return env


def debian_python():
    """The one that Debian's modules are made for."""
    path = "/usr/bin/python3"
    if not os.path.exists(path):
        raise LabError("no %s on this machine (package: python3)" % path)
    return path


@contextlib.contextmanager
def locked(base):
    """Only one lab at a time fills the cache."""
    with open(os.path.join(base, "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def find_on(root, name):
    for pattern in SBIN:
        for directory in sorted(glob.glob(root + pattern), reverse=True):
            path = os.path.join(directory, name)
            if os.path.exists(path) and os.access(path, os.X_OK):
                return path
    return None


def needed():
    """Programs the machine lacks. A dynamic busybox will not do in an image,
    where it must run beside any closure."""
    lack = []
    for name in PROGRAMS:
        path = find_on("", name)
        if path is None or (name == "busybox" and not is_static(path)):
            lack.append(name)
    return lack + [name for name, (_, file) in MODULES.items()
        if not os.path.exists(DIST_PACKAGES + file)]


def is_static(path):
    with open(path, "rb") as f:
        head = f.read(4096)
    return b"/ld-linux" not in head and b"/ld-musl" not in head


def apt_options(base, lists=None, sources=None):
    opts = ["-qq", "-o", "APT::Sandbox::User=root", "-o", "Dir::Cache=" + base,
        "-o", "Acquire::Languages=none", "-o", "Acquire::Retries=2"]
    if lists:
        os.makedirs(lists + "/partial", exist_ok=True)
        opts += ["-o", "Dir::State::Lists=" + lists]
    if sources:
        opts += ["-o", "Dir::Etc::SourceList=" + sources,
            "-o", "Dir::Etc::SourceParts=/dev/null"]
    return opts


def apt_plan(opts, names):
    """[(package, version)] that installing names would bring, per apt."""
    out = run(["apt-get"] + opts + ["-s", "-y", "--no-install-recommends",
        "install"] + names)
    found = []
    for line in out.splitlines():
        # "Inst runc (1.1.5 Debian:12 [amd64])"; an upgrade has "[old]" before
        match = re.match(r"^Inst (\S+) (\[\S+\] )?\((\S+) ", line)
        if match and (match.group(1) in names
                or not NEEDLESS.match(match.group(1))):
            found.append((match.group(1), match.group(3)))
    return found


def package_names(opts, programs):
    names = set()
    for name in programs:
        package = MODULES[name][0] if name in MODULES else PROGRAMS[name]
        if package is None:
            out = run(["apt-cache"] + opts[1:] + ["pkgnames", "postgresql-"])
            versions = [int(v) for v in re.findall(r"^postgresql-(\d+)$", out, re.M)]
            if not versions:
                raise LabError("apt knows no postgresql package")
            package = "postgresql-%d" % max(versions)
        names.add(package)
    # newer releases have the client in a package of its own
    if "docker" in programs:
        out = run(["apt-cache"] + opts[1:] + ["pkgnames", "docker-cli"])
        if "docker-cli" in out.split():
            names.add("docker-cli")
    return sorted(names)


def unpack(opts, packages, root, base):
    """Download packages and unpack them side by side in root, all or none."""
    debs = os.path.join(base, "debs")
    os.makedirs(debs, exist_ok=True)
    os.makedirs(base + "/archives/partial", exist_ok=True)
    say("downloading %d packages: %s" % (len(packages),
        " ".join(name for name, _ in packages)))
    run(["apt-get"] + opts + ["download"]
        + ["%s=%s" % pair for pair in packages], cwd=debs, timeout=600)
    tmp = root + ".new"
    shutil.rmtree(tmp, ignore_errors=True)
    os.makedirs(tmp)
    for name, version in packages:
        pattern = "%s/%s_%s_*.deb" % (debs, name.split(":")[0],
            version.replace(":", "%3a"))
        for deb in glob.glob(pattern):
            run(["dpkg", "-x", deb, tmp])
            os.unlink(deb)
    os.rename(tmp, root)


def fetch_root(programs, base):
    opts = apt_options(base)
    try:
        names = package_names(opts, programs)
        plan = apt_plan(opts, names)
    except LabError:
        # the machine's lists are empty or old: fetch lists of our own
        say("asking apt for its package lists")
        opts = apt_options(base, base + "/lists")
        run(["apt-get"] + opts + ["update"], timeout=300)
        names = package_names(opts, programs)
        plan = apt_plan(opts, names)
    key = hashlib.sha256(repr(sorted(plan)).encode()).hexdigest()[:12]
    root = os.path.join(base, "root-" + key)
    if not os.path.isdir(root):
        try:
            unpack(opts, plan, root, base)
        except LabError:
            if "/lists" in " ".join(opts):
                raise
            # a version that the mirror no longer has: refresh, once
            opts = apt_options(base, base + "/lists")
            run(["apt-get"] + opts + ["update"], timeout=300)
            plan = apt_plan(opts, names)
            unpack(opts, plan, root, base)
    return root


COMPOSE_DIRS = ["~/.docker/cli-plugins", "/usr/local/lib/docker/cli-plugins",
    "/usr/local/libexec/docker/cli-plugins", "/usr/lib/docker/cli-plugins",
    "/usr/libexec/docker/cli-plugins"]


def fetch_compose(base):
    """The Compose v2 plugin: the machine's, or that of Debian 13, whose Go
    binary runs on older releases too."""
    for directory in COMPOSE_DIRS:
        path = os.path.join(os.path.expanduser(directory), "docker-compose")
        if os.access(path, os.X_OK):
            return path
    found = glob.glob(base + "/compose-*/usr/libexec/docker/cli-plugins/docker-compose")
    if found:
        return sorted(found)[-1]
    say("fetching the Compose plugin (docker-compose of Debian 13)")
    sources = os.path.join(base, "trixie.list")
    keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
    signed = "[signed-by=%s] " % keyring if os.path.exists(keyring) else ""
    write(sources, "deb %shttp://deb.debian.org/debian trixie main\n" % signed)
    opts = apt_options(base, base + "/lists-trixie", sources)
    opts += ["-o", "Dir::State::Status=/dev/null"]
    run(["apt-get"] + opts + ["update"], timeout=300)
    out = run(["apt-cache"] + opts[1:] + ["show", "docker-compose"])
    version = re.search(r"^Version: (\S+)", out, re.M).group(1)
    root = os.path.join(base, "compose-" + version.replace(":", "_"))
    unpack(opts, [("docker-compose", version)], root, base)
    return root + "/usr/libexec/docker/cli-plugins/docker-compose"


def locate(root):
    paths = {}
    for name in PROGRAMS:
        path = find_on("", name)
        if path and name == "busybox" and not is_static(path):
            path = None
        path = path or (find_on(root, name) if root else None)
        if path is None:
            raise LabError("no %s on this machine nor in %s" % (name, root))
        paths[name] = path
    return paths


def obtain():
    """Programs for a lab with real engines; downloads what is missing, once."""
    base = cache_dir()
    os.makedirs(base, exist_ok=True)
    required = of_machine(REQUIRED).paths
    with locked(base):
        lack = needed()
        mark = os.path.join(base, "current")
        key = "%s %s %s" % (platform.machine(), " ".join(lack),
            hashlib.sha256(read("/etc/os-release").encode()).hexdigest()[:8])
        known = read(mark).splitlines()
        root = None
        if lack and len(known) == 2 and known[0] == key and os.path.isdir(known[1]):
            root = known[1]
        elif lack:
            if not shutil.which("apt-get"):
                raise LabError("missing: %s; and there is no apt-get to fetch them"
                    % " ".join(lack))
            root = fetch_root(lack, base)
            write(mark, key + "\n" + root + "\n")
        return Programs(base, root, dict(locate(root), **required),
            fetch_compose(base))


def of_machine(names):
    """These programs of the machine, and nothing fetched."""
    paths = {name: find_on("", name) for name in names}
    lack = [name for name in names if not paths[name]]
    if lack:
        raise LabError("missing on this machine: %s (packages: %s)" % (
            " ".join(lack), " ".join(sorted({REQUIRED[name] for name in lack}))))
    return Programs(cache_dir(), None, paths, None)
