"""The event ring, as moby keeps it (256 messages, in memory), and its
listeners. A slow listener loses events, as there."""
import asyncio
import collections

from .shapes import dump

RING = 256
BACKLOG = 4096

FILTERS = ("config", "container", "daemon", "event", "image", "label",
           "network", "node", "plugin", "scope", "secret", "service", "type",
           "volume")


def matches(event, filters):
    """Is this event one that the listener asked for?"""
    actor = event["Actor"]
    attributes = actor["Attributes"]
    for name, values in filters.items():
        if name == "type":
            ok = event["Type"] in values
        elif name == "event":
            ok = any(event["Action"] == value or
                     event["Action"].startswith(value + ":")
                     for value in values)
        elif name == "scope":
            ok = "local" in values
        elif name == "label":
            ok = all(label_matches(attributes, value) for value in values)
        elif name == "image":
            image = attributes.get("image", actor["ID"])
            ok = any(image == v or image.split(":")[0] == v for v in values)
        elif name in ("container", "network", "volume", "daemon"):
            ok = event["Type"] == name and any(
                actor["ID"].startswith(v) or attributes.get("name") == v
                for v in values)
        else:
            ok = False
        if not ok:
            return False
    return True


def label_matches(labels, wanted):
    name, eq, value = wanted.partition("=")
    return name in labels and (not eq or labels[name] == value)


class Bus:
    """Publishes events. `clock` gives nanoseconds since the epoch."""

    def __init__(self, clock):
        self.clock = clock
        self.ring = collections.deque(maxlen=RING)
        self.listeners = set()
        self.last = 0

    def publish(self, kind, action, actor, attributes):
        nano = max(self.clock(), self.last + 1)
        self.last = nano
        event = {"Type": kind, "Action": action,
                 "Actor": {"ID": actor, "Attributes": attributes},
                 "scope": "local", "time": nano // 10**9, "timeNano": nano}
        self.ring.append(event)
        for queue in self.listeners:
            if not queue.full():
                queue.put_nowait(event)
        return event

    def close_all(self):
        """End every stream that is open now."""
        for queue in self.listeners:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(None)

    async def stream(self, filters, since, until, again, legacy):
        """The lines of one /events reply. `since` and `until` are
        nanoseconds or None; `again` events of the ring come first whatever
        `since` says; `legacy` adds the fields that API 1.52 dropped."""
        queue = asyncio.Queue(BACKLOG)
        self.listeners.add(queue)
        try:
            past = list(self.ring)
            if again:
                past = past[-again:]
            elif since is None:
                past = []
            else:
                past = [e for e in past if e["timeNano"] >= since]
            for event in past:
                if until is not None and event["timeNano"] > until:
                    return
                if matches(event, filters):
                    yield encode(event, legacy)
            while True:
                wait = None
                if until is not None:
                    wait = (until - self.clock()) / 1e9
                    if wait <= 0:
                        return
                try:
                    event = await asyncio.wait_for(queue.get(), wait)
                except asyncio.TimeoutError:
                    return
                if event is None:
                    return
                if matches(event, filters):
                    yield encode(event, legacy)
        finally:
            self.listeners.discard(queue)


def encode(event, legacy):
    out = {}
    if legacy and event["Type"] == "container":
        out = {"status": event["Action"], "id": event["Actor"]["ID"],
               "from": event["Actor"]["Attributes"].get("image", "")}
    elif legacy and event["Type"] == "image":
        out = {"status": event["Action"], "id": event["Actor"]["ID"]}
    out.update(event)
    return dump(out)
