"""An S3 service that verifies signatures: OpenStack Swift with s3api, from
Debian's packages, as four processes on loopback."""

import os
import secrets

import host
import packages
from layout import port_open, user_name
from sigv4 import Bucket
from util import LabError, end, read, run, spawn, wait_until, write

HERE = os.path.dirname(os.path.abspath(__file__))
BUCKET = "acadenice-formation-hub-backup"
REGION = "us-east-1"
# a key with a colon: a client that joins key and secret with one gets it wrong
ACCOUNT, USER = "test", "tester"
ACCESS_KEY = ACCOUNT + ":" + USER

COMMON = """[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
workers = 0
user = {user}
swift_dir = {dir}
devices = {dir}/devices
mount_check = false
disable_fallocate = true
fallocate_reserve = 0
log_level = WARNING
"""
BACKEND = COMMON + """[pipeline:main]
pipeline = {name}-server
[app:{name}-server]
use = egg:swift#{name}
"""
PROXY = COMMON + """[pipeline:main]
pipeline = catch_errors gatekeeper cache s3api backdate tempauth slo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:cache]
paste.filter_factory = __main__:no_cache
[filter:backdate]
paste.filter_factory = __main__:backdate
[filter:s3api]
use = egg:swift#s3api
location = {region}
[filter:tempauth]
use = egg:swift#tempauth
user_{account}_{tester} = {secret} .admin
[filter:slo]
use = egg:swift#slo
"""
SWIFT = "[swift-hash]\nswift_hash_path_prefix = %s\nswift_hash_path_suffix = lab\n"


def has_attributes(directory):
    """Swift keeps what it knows of an object in extended attributes."""
    path = os.path.join(directory, "probe")
    write(path, "")
    try:
        os.setxattr(path, "user.swift.metadata", b"x" * 2048)
        return True
    except OSError:
        return False
    finally:
        os.unlink(path)


def make_device(lab):
    """Where the objects lie: a disk of its own only where the lab's directory
    is on a file system without extended attributes."""
    where = lab.path("s3", "devices")
    os.makedirs(where)
    if not has_attributes(where):
        disk = lab.path("s3", "disk")
        with open(disk, "wb") as f:
            f.truncate(256 << 20)
        run(["mkfs.ext4", "-q", "-I", "1024", disk])
        run(["mount", "-o", "loop", disk, where])
    os.makedirs(os.path.join(where, "disk"))


def prepare(lab):
    os.makedirs(lab.path("box", "log"), exist_ok=True)
    make_device(lab)
    secret = secrets.token_hex(20)
    write(lab.path("s3.secret"), secret + "\n", 0o600)
    write(lab.path("s3-wrong.secret"), secrets.token_hex(20) + "\n", 0o600)
    write(lab.path("s3", "swift.conf"), SWIFT % secrets.token_hex(8), 0o600)
    common = {"dir": lab.path("s3"), "user": user_name(), "region": REGION,
        "account": ACCOUNT, "tester": USER, "secret": secret}
    for name in ("account", "container", "object"):
        write(lab.path("s3", name + ".conf"), BACKEND.format(name=name,
            port=lab.box_port("s3_" + name), **common))
    write(lab.path("s3", "proxy.conf"), PROXY.format(port=lab.box_port("s3"),
        **common), 0o600)


def start(lab, programs):
    log = lab.path("box", "log", "s3.log")
    pid = spawn([packages.debian_python(), os.path.join(HERE, "s3_servers.py"),
        lab.path("s3")], log, dict(programs.python_env(), **host.mark_env(lab)))
    host.remember(lab, "box", "s3", pid)
    for name in ("s3_account", "s3_container", "s3_object", "s3"):
        port = lab.box_port(name)
        wait_until("S3 on port %d" % port, lambda: port_open(port), 60,
            lambda: host.pid_of(lab, "box", "s3"), log)


def stop(lab):
    """Its servers end with the process that started them."""
    pid = host.pid_of(lab, "box", "s3")
    if pid is None:
        raise LabError("no S3 service runs")
    end([pid], 0)
    port = lab.box_port("s3")
    wait_until("end of S3 on port %d" % port, lambda: not port_open(port), 10)


def url(lab):
    return "http://127.0.0.1:%d" % lab.box_port("s3")


def bucket(lab):
    return Bucket(url(lab), BUCKET, REGION, ACCESS_KEY,
        read(lab.path("s3.secret")).strip())
