"""The Engine API's paths. Each handler takes the daemon, the request and
what the path's pattern caught, and gives a Reply."""
import asyncio
import json
import re

from . import container as state
from . import events, logs, services, shapes, stats
from .container import SECOND
from .daemon import SIGNALS, Refused
from .wire import Reply, json_reply, message

LIST_FILTERS = ("ancestor before exited expose health id is-task isolation "
                "label name network publish since status volume").split()
DONE = 204


async def answer(daemon, request):
    low, high = daemon.options.api
    version = request.version or high
    if version > high:
        return message(400, "client version %s is too new. Maximum supported "
                       "API version is %s" % (shapes.dotted(version),
                                              shapes.dotted(high)))
    if version < low:
        text = "client version %s is too old. Minimum supported API " \
            "version is %s, please upgrade your client to a newer " \
            "version" % (shapes.dotted(version), shapes.dotted(low))
        if version < (1, 24):
            return Reply(400, text.encode() + b"\n",
                         "text/plain; charset=utf-8")
        return message(400, text)
    request.version = version
    for method, pattern, handler in ROUTES:
        if request.method != method and not (
                request.method == "HEAD" and handler is ping):
            continue
        found = pattern.fullmatch(request.path)
        if not found:
            continue
        try:
            result = handler(daemon, request, *found.groups())
            if asyncio.iscoroutine(result):
                result = await result
            return result
        except Refused as refused:
            return message(refused.status, str(refused))
    nothing = message(404, "page not found")
    nothing.common = False
    return nothing


def headers(daemon, reply):
    if not reply.common:
        return {}
    return {"Api-Version": shapes.dotted(daemon.options.api[1]),
            "Docker-Experimental": "false", "Ostype": "linux",
            "Server": "Docker/%s (linux)" % shapes.release(daemon.options)}


# --- parameters -----------------------------------------------------------

def filters_of(request, known):
    """{"label": ["a"]}, and the older {"label": {"a": true}}."""
    text = request.query.get("filters")
    if not text:
        return {}
    try:
        given = json.loads(text)
        out = {name: [v for v in values] for name, values in given.items()}
    except (ValueError, AttributeError, TypeError):
        raise Refused(mistake(request),
                      "unexpected end of JSON input") from None
    for name in out:
        if name not in known:
            raise Refused(400, "Invalid filter '%s'" % name)
    return out


def mistake(request):
    """Releases before 23.0 blame themselves for some bad requests."""
    return 400 if request.version >= (1, 42) else 500


def time_of(request, name):
    """A UNIX time with an optional fraction, in nanoseconds; 0 is none."""
    text = request.query.get(name)
    if not text or text == "0":
        return None
    whole, _, part = text.partition(".")
    try:
        return int(whole) * SECOND + int((part + "0" * 9)[:9])
    except ValueError:
        raise Refused(mistake(request),
                      'strconv.ParseInt: parsing "%s": invalid syntax'
                      % whole) from None


# --- the engine -------------------------------------------------------------

def ping(daemon, request):
    return Reply(200, b"OK", "text/plain; charset=utf-8", headers={
        "Builder-Version": "1", "Pragma": "no-cache",
        "Cache-Control": "no-cache, no-store, must-revalidate"})


def info(daemon, request):
    return json_reply(shapes.info(daemon))


def version(daemon, request):
    return json_reply(shapes.version(daemon))


def event_stream(daemon, request):
    wanted = filters_of(request, events.FILTERS)
    fault = request.fault
    again = fault.params["last"] if fault and fault.name == "replay" else 0
    return Reply(200, kind="application/json", stream=daemon.events.stream(
        wanted, time_of(request, "since"), time_of(request, "until"), again,
        request.version < (1, 52)))


# --- containers ---------------------------------------------------------------

def selected(daemon, request):
    wanted = filters_of(request, LIST_FILTERS)
    for value in wanted.get("status", ()):
        if value not in state.STATES:
            raise Refused(400, "Invalid filter 'status=%s'" % value)
    every = request.flag("all") or "status" in wanted
    out = sorted(daemon.containers.values(), key=lambda c: -c.created)
    if "before" in wanted:
        limit = daemon.find(wanted["before"][0]).created
        out = [c for c in out if c.created < limit]
    if "since" in wanted:
        limit = daemon.find(wanted["since"][0]).created
        out = [c for c in out if c.created > limit]
    out = [c for c in out if (every or c.running()) and fits(c, wanted)]
    limit = int(request.query.get("limit") or 0)
    return out[:limit] if limit > 0 else out


def fits(container, wanted):
    for name, values in wanted.items():
        if name == "label":
            ok = all(events.label_matches(container.labels, v)
                     for v in values)
        elif name == "name":
            ok = any(re.search(v, container.name) or
                     re.search(v, "/" + container.name) for v in values)
        elif name == "id":
            ok = any(container.id.startswith(v) for v in values)
        elif name == "status":
            ok = container.state in values
        elif name == "health":
            ok = (container.health or "none") in values
        elif name == "ancestor":
            ok = any(v in (container.image, container.image_id,
                           container.image.rsplit(":", 1)[0])
                     for v in values)
        elif name == "exited":
            ok = container.state == "exited" and \
                str(container.exit_code) in values
        elif name == "network":
            ok = container.project + "_default" in values
        else:
            ok = True
        if not ok:
            return False
    return True


def containers(daemon, request):
    now = daemon.now()
    try:
        found = selected(daemon, request)
    except (ValueError, re.error) as wrong:
        raise Refused(400, str(wrong)) from None
    return Reply(200, b"[" + b",".join(
        shapes.listed(c, daemon, request.version, now) for c in found)
        + b"]\n")


def inspect(daemon, request, name):
    return json_reply(shapes.inspected(daemon.find(name), daemon,
                                       daemon.now()))


async def figures(daemon, request, name):
    container = daemon.find(name)
    if request.flag("stream", True):
        return Reply(kind=None, stream=figure_stream(daemon, container))
    once = request.flag("one-shot")
    before = daemon.now()
    await asyncio.sleep(daemon.options.stats_delay)
    now = daemon.now()
    return json_reply(stats.sample(container, daemon, now,
                                   0 if once else before))


async def figure_stream(daemon, container):
    before = 0
    while container.id in daemon.containers:
        now = daemon.now()
        yield shapes.dump(stats.sample(container, daemon, now, before))
        before = now
        await asyncio.sleep(1)


def log_stream(daemon, request, name):
    container = daemon.find(name)
    streams = {n for n, key in ((1, "stdout"), (2, "stderr"))
               if request.flag(key)}
    if not streams:
        raise Refused(400, "Bad parameters: you must choose at least one "
                      "stream")
    tail = request.query.get("tail", "all")
    try:
        tail = max(0, int(tail))
    except ValueError:
        tail = None
    kind = "application/vnd.docker.raw-stream"
    if request.version >= (1, 42) and not container.tty:
        kind = "application/vnd.docker.multiplexed-stream"
    elif request.version < (1, 42):
        kind = None
    return Reply(kind=kind, stream=logs.stream(
        daemon, container, streams, time_of(request, "since"),
        time_of(request, "until"), tail, request.flag("timestamps"),
        request.flag("follow")))


def top(daemon, request, name):
    container = daemon.find(name)
    if not container.alive():
        raise Refused(409, "Container %s is not running" % container.id)
    return json_reply({
        "Titles": ["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"],
        "Processes": [["root", str(container.pid()), "1", "0", "00:00", "?",
                       "00:00:00", " ".join(container.service.command)]]})


def create(daemon, request):
    try:
        wanted = request.json()
        ref = wanted["Image"]
        labels = dict(wanted.get("Labels") or {})
    except (ValueError, KeyError, TypeError):
        raise Refused(400, "no image specified") from None
    image = daemon.find_image(ref)
    service = labels.get("com.docker.compose.service", "worker")
    daemon.serial += 1
    name = request.query.get("name") or "standin_%d" % daemon.serial
    if name in daemon.by_name:
        raise Refused(409, 'Conflict. The container name "/%s" is already in '
                      'use by container "%s".' % (
                          name, daemon.by_name[name].id))
    fresh = state.Container(
        services.service(service), 1,
        labels.get("com.docker.compose.project", daemon.options.project),
        name, (ref, image["id"]), labels, daemon.now(),
        shapes.seed.digest(daemon.name, name, daemon.serial),
        bool(wanted.get("Tty")))
    daemon.keep(fresh)
    daemon.create(fresh)
    return json_reply({"Id": fresh.id, "Warnings": []}, 201)


def remove(daemon, request, name):
    container = daemon.find(name)
    if container.running():
        if not request.flag("force"):
            raise Refused(409, "You cannot remove a running container %s. "
                          "Stop the container before attempting removal or "
                          "force remove" % container.id)
        container.by_hand = True
        daemon.exit(container, 137, restart=False)
    daemon.remove(container)
    return Reply(DONE, kind=None)


# --- containers: state ----------------------------------------------------

def start(daemon, request, name):
    container = daemon.find(name)
    if container.alive():
        return Reply(304, kind=None)
    daemon.start(container)
    return Reply(DONE, kind=None)


async def stop(daemon, request, name):
    container = daemon.find(name)
    if not container.running():
        return Reply(304, kind=None)
    await daemon.stop(container)
    return Reply(DONE, kind=None)


async def restart(daemon, request, name):
    await daemon.stop(daemon.find(name), restart=True)
    return Reply(DONE, kind=None)


async def kill(daemon, request, name):
    container = daemon.find(name)
    text = (request.query.get("signal") or "KILL").upper()
    text = text.removeprefix("SIG")
    signal = SIGNALS.get(text) or (int(text) if text.isdigit() else 0)
    if not 0 < signal < 65:
        raise Refused(400, "Invalid signal: " + text)
    if not container.alive():
        raise Refused(409, "Cannot kill container: %s: Container %s is not "
                      "running" % (name, container.id))
    await daemon.kill(container, signal)
    return Reply(DONE, kind=None)


def pause(daemon, request, name):
    container = daemon.find(name)
    if container.state == "paused":
        raise Refused(409, "Container %s is already paused" % container.id)
    if not container.alive():
        raise Refused(409, "Container %s is not running" % container.id)
    daemon.pause(container, True)
    return Reply(DONE, kind=None)


def unpause(daemon, request, name):
    container = daemon.find(name)
    if container.state != "paused":
        raise Refused(409, "Container %s is not paused" % container.id)
    daemon.pause(container, False)
    return Reply(DONE, kind=None)


def no_exec(daemon, request, *_):
    raise Refused(501, "the stand-in engine has no processes: exec and "
                  "attach need a real engine")


# --- images and the rest ----------------------------------------------------

def images(daemon, request):
    return json_reply([shapes.image_listed(i, daemon)
                       for i in daemon.images.values()])


def image(daemon, request, name):
    return json_reply(shapes.image_inspected(daemon.find_image(name),
                                             daemon))


def networks(daemon, request):
    return json_reply([
        {"Name": name, "Id": ident, "Created": state.stamp(daemon.boot),
         "Scope": "local", "Driver": "bridge", "EnableIPv6": False,
         "IPAM": {"Driver": "default", "Options": None, "Config": [
             {"Subnet": "172.18.0.0/16", "Gateway": "172.18.0.1"}]},
         "Internal": False, "Attachable": False, "Ingress": False,
         "ConfigFrom": {"Network": ""}, "ConfigOnly": False,
         "Containers": {}, "Options": {}, "Labels": {
             "com.docker.compose.project": name.rsplit("_", 1)[0]}}
        for name, ident in daemon.networks.items()])


def volumes(daemon, request):
    names = {m["Name"] for c in daemon.containers.values()
             for m in shapes.mounts(c)}
    return json_reply({"Volumes": [
        {"CreatedAt": state.stamp(daemon.boot), "Driver": "local",
         "Labels": None, "Name": name, "Options": None, "Scope": "local",
         "Mountpoint": "/var/lib/docker/volumes/%s/_data" % name}
        for name in sorted(names)], "Warnings": None})


ONE = r"/containers/([^/]+)"
ROUTES = [(method, re.compile(pattern), handler) for
          method, pattern, handler in (
              ("GET", r"/containers/json", containers),
              ("GET", ONE + r"/json", inspect),
              ("GET", ONE + r"/stats", figures),
              ("GET", ONE + r"/logs", log_stream),
              ("GET", ONE + r"/top", top),
              ("GET", r"/events", event_stream),
              ("GET", r"/_ping", ping),
              ("GET", r"/info", info),
              ("GET", r"/version", version),
              ("GET", r"/images/json", images),
              ("GET", r"/images/(.+)/json", image),
              ("GET", r"/networks", networks),
              ("GET", r"/volumes", volumes),
              ("POST", r"/containers/create", create),
              ("POST", ONE + r"/start", start),
              ("POST", ONE + r"/stop", stop),
              ("POST", ONE + r"/restart", restart),
              ("POST", ONE + r"/kill", kill),
              ("POST", ONE + r"/pause", pause),
              ("POST", ONE + r"/unpause", unpause),
              ("POST", ONE + r"/exec", no_exec),
              ("POST", ONE + r"/attach", no_exec),
              ("DELETE", ONE, remove))]
