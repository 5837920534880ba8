"""A host of the lab: namespaces that make one machine look like three.

Each environment has a mount namespace with its own /run, /etc, /root, /tmp
and /opt, so that a Docker engine finds its conventional paths free there and
changes nothing outside. Staging and prod have their own process ids and host
name too: ending the first process ends the host, containers and all. Local
shares the process ids of the machine, as a developer's engine does."""

import os
import shlex

from layout import CHECKOUT, ENVS, REMOTE
from util import (LabError, all_pids, comm, end, kill, read, run,
    spawn, start_time, wait_until, write)

BOOT = r"""set -eu
# nothing mounted here may reach the machine
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/lock /run/sshd /run/keep /run/etc/upper /run/etc/work
mount --rbind {dir} /run/keep
# a private /etc: sshd wants a user of its own there, dockerd writes a key
if ! mount -t overlay overlay \
    -o lowerdir=/etc,upperdir=/run/etc/upper,workdir=/run/etc/work /etc \
    2>/run/etc/why; then
    cp -a /etc/. /run/etc/upper/
    mount --bind /run/etc/upper /etc
fi
for d in /tmp /var/tmp /var/log /opt; do
    mount -t tmpfs -o mode=1777 tmpfs $d
done
# the lab's directory again, in case it was below one of those
mkdir -p {dir}
mount --rbind /run/keep {dir}
{private_home}
grep -q ^sshd: /etc/passwd || echo 'sshd:x:64999:65534::/run/sshd:/usr/sbin/nologin' >>/etc/passwd
sed -i 's/^root:[^:]*:/root:*:/' /etc/shadow
mkdir -p {checkout}
mount --bind {dir}/{env}/opt/formation-hub {checkout}
echo ready >{dir}/{env}/booted
exec {init}
"""

# the programs of the cache stay in reach where the home hides them
HOME = r"""hostname {env}
mkdir -p /run/cache
mount --rbind {cache} /run/cache
mount --bind {dir}/{env}/root /root
mkdir -p {cache}
mount --rbind /run/cache {cache}"""


def make_dirs(lab, env):
    for name in ("log", "opt/formation-hub", "faults", "root", "docker",
            "containerd"):
        os.makedirs(lab.path(env, name), exist_ok=True)
    os.chmod(lab.path(env, "root"), 0o700)


def mount_small_disks(lab):
    """Small file systems that a fault can fill: the console's state, and the
    checkout of each remote host (its backups lie there)."""
    os.makedirs(lab.path("state"), exist_ok=True)
    run(["mount", "-t", "tmpfs", "-o", "size=128m,mode=700", "vigie-lab",
        lab.path("state")])
    for env in REMOTE:
        os.makedirs(lab.path(env, "opt"), exist_ok=True)
        run(["mount", "-t", "tmpfs", "-o", "size=256m,mode=755", "vigie-lab",
            lab.path(env, "opt")])


def unmount_all(lab):
    """Unmount whatever lies below the lab's directory, deepest first."""
    for _ in range(3):
        points = sorted((line.split()[1].replace("\\040", " ")
            for line in read("/proc/mounts").splitlines()), reverse=True)
        points = [p for p in points if p.startswith(lab.dir + "/")]
        if not points:
            return
        for point in points:
            run(["umount", "-l", point], check=False)
    raise LabError("still mounted below %s: %s" % (lab.dir, " ".join(points)))


def boot(lab, env, programs):
    """Make the namespaces of env; the record keeps the pid of its first
    process as the machine sees it."""
    own = env in REMOTE
    text = BOOT.format(dir=shlex.quote(lab.dir), env=env, checkout=CHECKOUT,
        private_home=HOME.format(dir=shlex.quote(lab.dir), env=env,
            cache=shlex.quote(programs.base)) if own else "",
        init="%s -s -- sleep infinity" % shlex.quote(programs["tini"]))
    script = lab.path(env, "boot.sh")
    write(script, text)
    booted = lab.path(env, "booted")
    if os.path.exists(booted):
        os.unlink(booted)
    argv = ["unshare", "--mount", "--uts"]
    if own:
        argv += ["--pid", "--fork", "--kill-child", "--mount-proc"]
    log = lab.path(env, "log", "host.log")
    pid = spawn(argv + ["sh", script], log, mark_env(lab))
    wait_until("host %s" % env, lambda: os.path.exists(booted), 20,
        lambda: start_time(pid) is not None, log)
    if own:
        # unshare waits outside for the first process of the new namespace
        pid = int(read("/proc/%d/task/%d/children" % (pid, pid)).split()[0])
    remember(lab, env, "host", pid)


def remember(lab, env, name, pid):
    lab.record["pids"]["%s/%s" % (env, name)] = [pid, start_time(pid)]
    lab.save()


def mark_env(lab):
    """What tells the processes of this lab from all others, also when the lab
    that started them had no time to write their pids down."""
    return {"VIGIE_LAB_DAEMON_OF": lab.dir}


def marked(lab):
    mark = ("VIGIE_LAB_DAEMON_OF=%s" % lab.dir).encode()
    found = []
    for pid in all_pids():
        try:
            with open("/proc/%d/environ" % pid, "rb") as f:
                if mark in f.read().split(b"\0") and pid != os.getpid():
                    found.append(pid)
        except OSError:
            pass
    return found


def pid_of(lab, env, name):
    """The recorded process, if it is still that one; else None."""
    pid, started = lab.record["pids"].get("%s/%s" % (env, name), (None, None))
    if pid is None or start_time(pid) != started:
        return None
    return pid


def enter(lab, env):
    """The words before a command that make it run on a host of the lab."""
    pid = pid_of(lab, env, "host")
    if pid is None:
        raise LabError("host %s is not there (lab status)" % env)
    argv = ["nsenter", "-t", str(pid), "-m", "-u"]
    if env in REMOTE:
        argv += ["-p"]
    return argv


def start_on(lab, env, name, argv, environ=None):
    """Start a daemon on a host and remember it."""
    log = lab.path(env, "log", name + ".log")
    pid = spawn(enter(lab, env) + argv, log, dict(environ or {}, **mark_env(lab)))
    if env in REMOTE:
        # nsenter -p forks; the daemon is its child
        def child():
            return read("/proc/%d/task/%d/children" % (pid, pid)).split()
        wait_until("%s of %s" % (name, env), child, 10,
            lambda: start_time(pid) is not None, log, 0.01)
        # nsenter would only wait, and stop itself when the daemon is stopped
        wrapper, pid = pid, int(child()[0])
        kill([wrapper])
    remember(lab, env, name, pid)
    return pid


def pids_on(lab, env, name=None):
    """Processes that live in the mount namespace of env, as the machine
    numbers them (containers have their own and are not among them). Newer sshd
    calls its sessions sshd-session, hence names by their beginning."""
    first = pid_of(lab, env, "host")
    if first is None:
        return []
    space = os.readlink("/proc/%d/ns/mnt" % first)
    found = []
    for pid in all_pids():
        try:
            if os.readlink("/proc/%d/ns/mnt" % pid) == space:
                if name is None or comm(pid).startswith(name):
                    found.append(pid)
        except OSError:
            pass
    return found


def cgroup_parent(lab, env):
    return "/%s/%s" % (lab.record["id"], env)


def cgroup_dirs(lab):
    top = "/sys/fs/cgroup"
    name = lab.record["id"]
    roots = [os.path.join(top, name)] + [os.path.join(top, c, name)
        for c in (os.listdir(top) if os.path.isdir(top) else [])]
    return [r for r in roots if os.path.isdir(r)]


def cgroup_pids(lab, env):
    found = set()
    for root in cgroup_dirs(lab):
        for base, _, files in os.walk(os.path.join(root, env)):
            if "cgroup.procs" in files:
                found.update(int(p) for p in read(base + "/cgroup.procs").split())
    found.discard(0)
    return found


def halt(lab, env):
    """End a host: its daemons, its containers, its namespaces."""
    first = pid_of(lab, env, "host")
    if env in REMOTE and first is not None:
        kill([first])
        wait_until("end of host %s" % env, lambda: start_time(first) is None, 20)
    # containers of an engine that is gone still count here
    for _ in range(5):
        left = set(pids_on(lab, env)) | cgroup_pids(lab, env)
        recorded = [pid_of(lab, env, key.split("/")[1])
            for key in lab.record["pids"] if key.startswith(env + "/")]
        left.update(pid for pid in recorded if pid)
        left.discard(os.getpid())
        if not left:
            return
        end(left, 0)


def remove_cgroups(lab):
    for root in cgroup_dirs(lab):
        for base, dirs, _ in os.walk(root, topdown=False):
            try:
                os.rmdir(base)
            except OSError:
                pass


def halt_all(lab):
    # all at once: a host ends only when nobody outside still has to reap one
    # of its processes
    kill(marked(lab))
    for env in reversed(ENVS):
        halt(lab, env)
    end(marked(lab), 0)
    remove_cgroups(lab)
