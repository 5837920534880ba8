"""Faults to order, each with its cure. FAULTS is the table of all."""

import os
import signal

import docker_engine
import forge
import host
import packages
import ssh
import stack
import stand_in
import storage_faults
import tls
from layout import ENVS, REMOTE
from util import LabError, kill, say, wait_until, write


def flag(kind, default):
    """A fault that the services read from a file."""
    def path(lab, env, service):
        return lab.path(env, "faults", "%s-%s" % (service or "docmost", kind))

    def set_(lab, env, argument):
        service, value = argument, default
        if argument and argument.replace(".", "").isdigit():
            service, value = None, argument
        write(path(lab, env, service), "%s\n" % value)

    def clear(lab, env, argument):
        for name in os.listdir(lab.path(env, "faults")):
            if name.endswith("-" + kind):
                os.unlink(lab.path(env, "faults", name))
    return set_, clear


def need_real(lab):
    if not lab.real:
        raise LabError("the stand-in engine has no such part; it knows faults"
            " of its own: tests/lab/engine fault --socket %s --list"
            % lab.socket("prod"))


def real_only(act):
    def guarded(lab, env, argument):
        need_real(lab)
        act(lab, env, argument)
    return guarded


def sshd_signal(number):
    def act(lab, env, argument):
        need_real(lab)
        if not ssh.signal_all(lab, env, number):
            raise LabError("no sshd runs on %s" % env)
    return act


def sshd_start(lab, env, argument):
    need_real(lab)
    if host.pid_of(lab, env, "sshd") is None:
        ssh.start(lab, env, packages.obtain())


def engine_process(lab, env):
    pid = host.pid_of(lab, env, "dockerd" if lab.real else "engine")
    if pid is None:
        raise LabError("the engine of %s does not run" % env)
    return pid


def engine_signal(number):
    def act(lab, env, argument):
        kill([engine_process(lab, env)], number)
    return act


def engine_kill(lab, env, argument):
    end_at_once([engine_process(lab, env)])


def end_at_once(pids):
    kill(pids)
    wait_until("end of %s" % pids,
        lambda: all(host.start_time(pid) is None for pid in pids), 10)


def engine_start(lab, env, argument):
    if not lab.real:
        if host.pid_of(lab, env, "engine") is None:
            stand_in.start(lab, env, **lab.record["stand_in"][env])
        return
    if host.pid_of(lab, env, "containerd") is None:
        docker_engine.start_containerd(lab, env, packages.obtain())
    if host.pid_of(lab, env, "dockerd") is None:
        docker_engine.start_dockerd(lab, env, packages.obtain())
        if env not in REMOTE:
            # without live-restore the engine has ended its containers
            stack.compose(lab, env, ["start"])


def container(lab, env, service):
    service = service or "docmost"
    found = docker_engine.containers(lab, env).get((service, "1"))
    if not found:
        raise LabError("%s has no service %s" % (env, service))
    return found[0]


def container_act(verb):
    def act(lab, env, service):
        status, reply = docker_engine.api(lab.socket(env), "POST",
            "/containers/%s/%s" % (container(lab, env, service), verb))
        if status not in (204, 304):
            raise LabError("%s of %s in %s: %s" % (
                verb, service or "docmost", env, reply))
    return act


def unhealthy(lab, env, argument):
    if not lab.real:
        stand_in.fault(lab, env, "unhealthy", "container=" + (argument or "docmost"))
    flag("unhealthy", 1)[0](lab, env, argument)


def healthy(lab, env, argument):
    if not lab.real:
        stand_in.fault(lab, env, "healthy", "container=" + (argument or "docmost"))
    flag("unhealthy", 1)[1](lab, env, argument)


def log_flood(lab, env, argument):
    if not lab.real:
        return stand_in.fault(lab, env, "flood", "container=docmost", "mb=1",
            "seconds=60")
    flag("flood", 300)[0](lab, env, argument)


def certificate(kind):
    def act(lab, env, argument):
        tls.use(lab, env, kind)
    return act


def hostkey(change):
    """Changing back is the same as changing, hence once only."""
    def act(lab, env, argument):
        need_real(lab)
        changed = "hostkey-change " + env in lab.record["faults"]
        if changed == change:
            return
        ssh.swap_host_keys(lab, env)
        ssh.stop(lab, env)
        ssh.start(lab, env, packages.obtain())
    return act


def ballast(lab, env):
    where = lab.path("state") if env == "local" else lab.path(env, "opt")
    return os.path.join(where, "ballast")


def disk_full(lab, env, argument):
    path = ballast(lab, env)
    if not os.path.ismount(os.path.dirname(path)):
        raise LabError("%s is no file system of its own, so it cannot be filled"
            " without filling the machine's" % os.path.dirname(path))
    with open(path, "wb", buffering=0) as f:
        for size in (1 << 20, 4096, 1):
            try:
                while True:
                    f.write(b"\0" * size)
            except OSError:
                pass


def disk_free(lab, env, argument):
    if os.path.exists(ballast(lab, env)):
        os.unlink(ballast(lab, env))


def slow(lab, env, argument):
    need_real(lab)
    flag("slow", 5)[0](lab, env, argument)


_, not_slow = flag("slow", 5)
_, no_flood = flag("flood", 0)

# name: (act, cure, environments, the one without a word, what it does)
FAULTS = {
    "sshd-stop": (sshd_signal(signal.SIGSTOP), sshd_signal(signal.SIGCONT),
        REMOTE, "prod", "SIGSTOP sshd and every session: the link hangs"),
    "sshd-kill": (sshd_signal(signal.SIGKILL), sshd_start,
        REMOTE, "prod", "SIGKILL sshd and every session"),
    "hostkey-change": (hostkey(True), hostkey(False),
        REMOTE, "prod", "sshd shows other host keys"),
    "engine-stop": (engine_signal(signal.SIGSTOP), engine_signal(signal.SIGCONT),
        ENVS, "prod", "SIGSTOP the engine: it accepts and never answers"),
    "engine-kill": (engine_kill, engine_start,
        ENVS, "prod", "SIGKILL the engine; containers go on"),
    "container-kill": (container_act("kill"), container_act("start"),
        ENVS, "prod", "docker kill [SERVICE, docmost]"),
    "container-unhealthy": (unhealthy, healthy,
        ENVS, "prod", "[SERVICE, docmost] answers its healthcheck with 503"),
    "log-flood": (log_flood, no_flood,
        ENVS, "prod", "docmost logs [N, 300] errors every 0.1 s"),
    "slow-http": (slow, not_slow,
        ENVS, "prod", "docmost answers after [SECONDS, 5]"),
    "tls-expired": (certificate("expired"), certificate("current"),
        REMOTE, "prod", "the TLS front shows an expired certificate"),
    "tls-self-signed": (certificate("self-signed"), certificate("current"),
        REMOTE, "prod", "the TLS front shows a self-signed certificate"),
    "disk-full": (disk_full, disk_free,
        ENVS, "local", "fill the console's state (local) or the host's disk"),
}
FAULTS.update((name, (real_only(row[0]), real_only(row[1])) + row[2:])
    for name, row in storage_faults.FAULTS.items())
FAULTS.update(forge.FAULTS)


def entry(name, env):
    if name not in FAULTS:
        raise LabError("no fault %s; there are:\n%s" % (name, listing()))
    act, cure, where, default, _ = FAULTS[name]
    env = env or default
    if env not in where:
        raise LabError("%s: not for %s, but for %s" % (name, env, ", ".join(where)))
    return act, cure, env


def fault(lab, name, env, argument):
    act, _, env = entry(name, env)
    act(lab, env, argument)
    lab.record["faults"]["%s %s" % (name, env)] = argument or ""
    lab.save()
    say("%s on %s" % (name, env))


def heal(lab, name, env, argument):
    if name == "all":
        # the last first: a cure may need what a later fault took away
        for key in reversed(list(lab.record["faults"])):
            heal(lab, key.split()[0], key.split()[1], None)
        return
    _, cure, env = entry(name, env)
    key = "%s %s" % (name, env)
    cure(lab, env, argument or lab.record["faults"].get(key))
    lab.record["faults"].pop(key, None)
    lab.save()
    say("%s on %s healed" % (name, env))


def listing():
    return "\n".join("  %-20s %-20s %s" % (name, "|".join(row[2]), row[4])
        for name, row in FAULTS.items())
