"""Bringing the whole lab up and down."""

import os
import shutil
import socket
import struct

import backups
import config
import docker_engine
import forge
import front
import host
import images
import packages
import registry
import repo
import restic
import s3
import ssh
import stack
import stand_in
import tls
from layout import ENVS, REMOTE, Lab
from util import LabError, end, say, together, wait_until, warn


class NoEngine(LabError):
    """A real engine cannot run here; the text says why."""


def up(directory, light, containers, health):
    lab = Lab(directory)
    if lab.exists():
        raise LabError("a lab stands in %s already (lab status --dir %s;"
            " lab down --dir %s)" % (lab.dir, lab.dir, lab.dir))
    if not light:
        try:
            return up_real(lab, containers, health)
        except NoEngine as e:
            warn("no real engine: %s" % e)
            warn("using the stand-in engine instead, which runs no containers")
    return up_light(lab, containers, health)


def guarded_up(lab, real, health, build):
    """Claim the directory and build; whatever stops the build undoes it."""
    lab.create(real, health)
    try:
        build()
    except BaseException:
        say("undoing")
        take_down(lab)
        raise


def spread(containers, fixed):
    """Workers per environment that make up a total over all."""
    lack = max(0, containers - fixed * len(ENVS))
    return [lack // len(ENVS) + (i < lack % len(ENVS)) for i in range(len(ENVS))]


def obtain_programs():
    if os.geteuid() != 0:
        raise NoEngine("this needs root")
    packages.of_machine(packages.REQUIRED)
    try:
        return packages.obtain()
    except LabError as e:
        raise NoEngine(str(e))


def up_real(lab, containers, health):
    programs = obtain_programs()
    workers = dict(zip(ENVS, spread(containers, len(stack.SERVICES))))
    heads = {}
    archive = []

    def engine(env):
        try:
            host.boot(lab, env, programs)
            docker_engine.start(lab, env, programs)
        except LabError as e:
            raise NoEngine(str(e))

    def disks():
        try:
            host.mount_small_disks(lab)
        except LabError as e:
            raise NoEngine(str(e))

    def build_images():
        try:
            archive.append(images.obtain(programs))
        except LabError as e:
            raise NoEngine("no images: %s" % e)

    def containers_of(env):
        try:
            stack.up(lab, env, archive[0], heads[env], workers[env])
        except LabError as e:
            raise NoEngine("containers do not start: %s" % e)

    def files():
        git = repo.Git(programs["git"])
        repo.make_origin(lab, git)
        forge.start(lab)
        for env in ENVS:
            heads[env] = repo.checkout(lab, env, git)
        ssh.make_keys(lab, programs)
        tls.make(lab, programs)

    def healthy(env):
        stack.wait_healthy(lab, env, 60 + 3 * health)
        if env in REMOTE:
            backups.make(lab, env)

    def registry_of_box():
        registry.prepare(lab, programs)
        registry.start(lab, programs)
        registry.push(lab, archive[0], repo.commits(lab,
            repo.Git(programs["git"])))

    def s3_of_box():
        s3.prepare(lab)
        s3.start(lab, programs)

    def build():
        say("three hosts, three engines; repository, keys and certificates")
        disks()
        for env in ENVS:
            host.make_dirs(lab, env)
        stack.make_cli(lab, programs)
        together(files, build_images,
            *[lambda env=env: engine(env) for env in ENVS])
        say("sshd of staging and prod, TLS fronts; images and containers")
        together(*([lambda env=env: containers_of(env) for env in ENVS]
            + [lambda env=env: (ssh.start(lab, env, programs),
                front.start(lab, env)) for env in REMOTE]))
        say("registry and S3; waiting for the services to be healthy")
        lab.record.update(images=archive[0], commits=repo.commits(lab,
            repo.Git(programs["git"])))
        together(registry_of_box, s3_of_box, lambda: restic.make(lab, programs),
            *[lambda env=env: healthy(env) for env in ENVS])
        say("backups off site")
        together(lambda: backups.upload(lab), lambda: backups.make_samples(lab))
        finish(lab, lab.path("bin", "docker"))

    guarded_up(lab, True, health, build)
    return lab


def up_light(lab, containers, health):
    workers = dict(zip(ENVS, spread(containers, stand_in.SERVICES.count(",") + 1)))
    programs = packages.of_machine(("git", "openssl"))

    def build():
        say("repository, certificates and three stand-in engines")
        os.makedirs(lab.path("state"), 0o700)
        git = repo.Git(programs["git"])
        repo.make_origin(lab, git)
        forge.start(lab)
        tls.make(lab, programs)
        for env in ENVS:
            for name in ("log", "faults"):
                os.makedirs(lab.path(env, name))
            head = repo.checkout(lab, env, git)
            stand_in.start(lab, env, workers[env], head)
        for env in REMOTE:
            front.start(lab, env)
        finish(lab, shutil.which("docker") or "")

    guarded_up(lab, False, health, build)
    return lab


def finish(lab, docker):
    config.write_vigie(lab)
    config.write_env(lab, docker)
    lab.record["complete"] = True
    lab.save()


def end_server(lab):
    """A vigie server that watches this lab has nothing left to watch."""
    path = lab.path("vigie.sock")
    if not os.path.exists(path):
        return
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(2)
        try:
            s.connect(path)
            pid = struct.unpack("3i", s.getsockopt(socket.SOL_SOCKET,
                socket.SO_PEERCRED, 12))[0]
        except OSError:
            return
    if pid != os.getpid():
        end([pid], 3)


def take_down(lab):
    end_server(lab)
    host.halt_all(lab)
    host.unmount_all(lab)
    shutil.rmtree(lab.dir, ignore_errors=True)
    # what a process wrote while it was ending
    wait_until("removal of " + lab.dir, lambda: removed(lab.dir), 10)


def removed(directory):
    if not os.path.lexists(directory):
        return True
    shutil.rmtree(directory, ignore_errors=True)
    return not os.path.lexists(directory)


def down(directory):
    lab = Lab(directory)
    if not lab.exists():
        raise LabError("no lab in %s" % lab.dir)
    try:
        lab.load()
    except LabError as e:
        # half written by a lab that was killed: its processes bear a mark
        warn("%s; taking down what is found" % e)
        lab.record = {"engine": "real", "id": "vigie-lab-none", "pids": {}}
    take_down(lab)
    return lab
