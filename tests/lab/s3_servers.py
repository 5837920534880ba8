"""Swift's four servers: a proxy that speaks S3, and the account, container and
object servers behind it, on one device without replicas.

usage: s3_servers.py DIRECTORY, with NAME.conf of each server and swift.conf

The modules are loaded once and shared by fork; when one server ends, all do."""

import ctypes
import logging
import os
import signal
import sys

SERVERS = ("account", "container", "object", "proxy")
PR_SET_PDEATHSIG = 1


def make_rings(directory, ports):
    from swift.common.ring import RingBuilder
    for name, port in ports.items():
        path = os.path.join(directory, name + ".ring.gz")
        builder = RingBuilder(2, 1, 0)
        builder.add_dev({"id": 0, "region": 1, "zone": 1, "ip": "127.0.0.1",
            "port": port, "device": "disk", "weight": 1.0,
            "replication_ip": "127.0.0.1", "replication_port": port})
        builder.rebalance()
        builder.get_ring().save(path)


def ports_of(directory):
    from configparser import ConfigParser
    found = {}
    for name in SERVERS[:3]:
        conf = ConfigParser()
        conf.read(os.path.join(directory, name + ".conf"))
        found[name] = conf.getint("DEFAULT", "bind_port")
    return found


class ToStderr(logging.StreamHandler):
    """In the place of syslog, which is the machine's and not the lab's."""

    def __init__(self, *args, **more):
        super().__init__(os.fdopen(os.dup(2), "w"))


class NoCache:
    """The memcached that the proxy insists on, and does not need."""

    def get(self, *args, **more):
        return None

    set = incr = decr = delete = set_multi = get

    def get_multi(self, keys, *args, **more):
        return [None] * len(keys)


def no_cache(global_conf, **conf):
    def factory(app):
        def filtered(env, start_response):
            env["swift.cache"] = NoCache()
            return app(env, start_response)
        return filtered
    return factory


def backdate(global_conf, **conf):
    """A backup of last night shall have last night's LastModified: behind
    s3api, which would stamp it with the present."""
    def factory(app):
        def filtered(env, start_response):
            when = env.pop("HTTP_X_LAB_STORED", None)
            if when:
                env["HTTP_X_TIMESTAMP"] = when
            return app(env, start_response)
        return filtered
    return factory


def serve(directory, name, parent):
    from swift.common import wsgi
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    os._exit(wsgi.run_wsgi(os.path.join(directory, name + ".conf"),
        name + "-server") or 0)


def main(directory):
    from swift.common import utils
    utils.set_swift_dir(directory)
    utils.ThreadSafeSysLogHandler = ToStderr
    make_rings(directory, ports_of(directory))
    import swift.account.server  # noqa: F401  (loaded before the forks)
    import swift.container.server  # noqa: F401
    import swift.obj.server  # noqa: F401
    import swift.proxy.server  # noqa: F401
    import swift.common.middleware.s3api.s3api  # noqa: F401
    parent = os.getpid()
    for name in SERVERS:
        if os.fork() == 0:
            serve(directory, name, parent)
    os.wait()
    return 1


if __name__ == "__main__":
    # this directory's own modules must not stand in for those of swift
    sys.path.pop(0)
    sys.exit(main(sys.argv[1]))
