"""One engine: its containers and images, and everything that can happen to
them. Each act publishes the events that moby publishes, in its order."""
import asyncio
import time

from . import events, logs, seed, services
from .container import SECOND, Container

HOUR = 3600 * SECOND
SIGNALS = {"HUP": 1, "INT": 2, "QUIT": 3, "KILL": 9, "USR1": 10, "USR2": 12,
           "TERM": 15, "CONT": 18, "STOP": 19}


class Refused(Exception):
    """What the API answers instead: a status and a message."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


class Daemon:
    def __init__(self, options, index=0):
        self.options = options
        self.name = options.name if not index else "%s-%02d" % (
            options.name, index)
        self.key = seed.key(options.seed, self.name)
        self.boot = time.time_ns()
        self.containers = {}
        self.by_name = {}
        self.images = {}
        self.networks = {}
        self.events = events.Bus(time.time_ns)
        self.log_waits = {}
        self.tasks = set()
        self.serial = 0
        self.furnish()

    # --- what there is at the beginning -------------------------------------

    def furnish(self):
        options = self.options
        for name in options.services:
            self.add(name, 1)
        for n in range(options.containers):
            self.add(options.scale, n + 1 + (options.scale in
                                             options.services))
        now = self.now()
        for n, container in enumerate(self.containers.values()):
            age = options.uptime * (0.5 + seed.unit(self.key, n, 7))
            container.created = now - int(age * SECOND)
            container.started = container.created + SECOND // 2
            container.finished = 0
            container.state = "running"
            container.runs.append((container.started, 0))
            container.log_from = max(container.created, now - int(
                options.history * container.service.every * SECOND))
            if container.health and container.service.name not in \
                    options.starting:
                container.health = "healthy"
            if container.service.name in options.no_health:
                container.health = None

    def add(self, name, number, image=None, project=None):
        """A container in state `created`; no event."""
        options = self.options
        project = project or options.project
        row = services.service(name)
        ref = image or options.images.get(name, row.image)
        self.serial += 1
        full = "%s-%s-%d" % (project, name, number)
        ident = seed.digest(options.seed, self.name, full, self.serial)
        stored = self.image(ref, options.labels.get(name)
                            if image is None else None)
        home = "/opt/" + project
        labels = dict(stored["labels"])
        labels.update({
            "com.docker.compose.config-hash":
                seed.digest("config", name, ref),
            "com.docker.compose.container-number": str(number),
            "com.docker.compose.depends_on": "",
            "com.docker.compose.image": stored["id"],
            "com.docker.compose.oneoff": "False",
            "com.docker.compose.project": project,
            "com.docker.compose.project.config_files":
                "%s/compose.yml,%s/compose.%s.yml" % (home, home, self.name),
            "com.docker.compose.project.working_dir": home,
            "com.docker.compose.service": name,
            "com.docker.compose.version": "2.39.4"})
        container = Container(row, number, project, full,
                              (ref, stored["id"]), labels, self.now(), ident,
                              tty=name in options.tty)
        container.address = len(self.containers) + 2
        self.networks.setdefault(
            project + "_default", seed.digest("net", self.name, project))
        self.keep(container)
        return container

    def keep(self, container):
        self.containers[container.id] = container
        self.by_name[container.name] = container

    def image(self, ref, more=None):
        """The image of a reference, pulled with the labels `more` if it was
        not there. The same reference is the same image in every engine."""
        if ref not in self.images:
            row = next((s for s in services.TABLE if s.image.rsplit(":")[0]
                        == ref.rsplit(":", 1)[0]), services.WORKER)
            labels = dict(row.labels)
            tag = ref.rsplit(":", 1)[-1]
            if labels and ref != row.image:
                labels["org.opencontainers.image.version"] = tag
                labels["org.opencontainers.image.revision"] = \
                    seed.digest("revision", tag)[:40]
            labels.update(more or {})
            self.images[ref] = {
                "ref": ref, "id": "sha256:" + seed.digest("image", ref),
                "digest": "sha256:" + seed.digest("manifest", ref),
                "labels": labels, "row": row,
                "created": (1760000000 + seed.key(ref) % 20000000) * SECOND,
                "size": 20_000_000 + seed.key("size", ref) % 900_000_000}
        return self.images[ref]

    # --- finding ---------------------------------------------------------

    def now(self):
        return time.time_ns()

    def find(self, name):
        """By id, name or prefix of an id, as everywhere in the API."""
        name = name.lstrip("/")
        found = self.containers.get(name) or self.by_name.get(name)
        if found:
            return found
        if len(name) >= 3:
            hits = [c for i, c in self.containers.items()
                    if i.startswith(name)]
            if len(hits) > 1:
                raise Refused(500, "Multiple IDs found with provided prefix: "
                              + name)
            if hits:
                return hits[0]
        raise Refused(404, "No such container: " + name)

    def find_image(self, name):
        bare = name.removeprefix("sha256:")
        for image in self.images.values():
            repo = image["ref"].rsplit(":", 1)[0]
            if name in (image["ref"], repo + "@" + image["digest"]) or \
                    name == repo and image["ref"].endswith(":latest") or \
                    len(bare) >= 6 and image["id"][7:].startswith(bare):
                return image
        full = name if ":" in name or "@" in name else name + ":latest"
        raise Refused(404, "no such image: %s: No such image: %s" % (
            name, full))

    # --- events ----------------------------------------------------------

    def tell(self, container, action, **more):
        attributes = dict(more)
        attributes.update({"image": container.image, "name": container.name})
        attributes.update(container.labels)
        return self.events.publish("container", action, container.id,
                                   dict(sorted(attributes.items())))

    def tell_network(self, container, action):
        network = container.project + "_default"
        self.events.publish("network", action, self.networks.get(
            network, "0" * 64), {"container": container.id, "name": network,
                                 "type": "bridge"})

    def later(self, seconds, act, *args):
        """Do something to a container after a while."""
        async def wait():
            await asyncio.sleep(seconds)
            result = act(*args)
            if asyncio.iscoroutine(result):
                await result
        return self.spawn(wait())

    def spawn(self, coroutine):
        task = asyncio.get_running_loop().create_task(coroutine)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    # --- transitions -----------------------------------------------------

    def touch(self, container):
        container.generation += 1
        container.cache = None

    def start(self, container):
        """created, exited or restarting → running"""
        now = self.now()
        container.state = "running"
        container.started = now
        container.oom = False
        container.exit_code = 0
        container.by_hand = False
        container.boost = container.memory_set = None
        container.runs.append((now, 0))
        self.touch(container)
        self.tell_network(container, "connect")
        self.tell(container, "start")
        if container.service.health and container.health is not None:
            container.health = "starting"
            container.health_since = now
            container.fail_since = None
            wait = self.options.settle * (
                0.5 + seed.unit(container.seed, container.restarts))
            run = container.started
            self.later(wait, lambda: container.started == run and
                       container.health == "starting" and
                       self.set_health(container, "healthy"))
        self.wake(container)

    def exit(self, container, code, restart=None):
        """The process ended. `restart` overrides the policy."""
        if not container.alive():
            return
        now = self.now()
        began = container.started
        container.finished = now
        container.exit_code = code
        begin, _ = container.runs.pop()
        container.runs.append((begin, now))
        again = (container.policy in ("always", "unless-stopped")
                 and not container.by_hand) if restart is None else restart
        container.state = "restarting" if again else "exited"
        self.touch(container)
        self.tell(container, "die", exitCode=str(code), **(
            {"execDuration": str((now - began) // SECOND)}
            if self.options.api[1] >= (1, 42) else {}))
        self.tell_network(container, "disconnect")
        self.wake(container)
        if again:
            # moby's restart manager: twice as long after each short run
            if now - began >= 10 * SECOND:
                container.backoff = 0.1
            self.later(container.backoff, self.restart_by_policy, container)
            container.backoff = min(60, container.backoff * 2)

    def restart_by_policy(self, container):
        if container.state != "restarting":
            return
        container.restarts += 1
        self.start(container)

    async def kill(self, container, signal):
        """The API's kill: one that ends it is not followed by a restart."""
        self.tell(container, "kill", signal=str(signal))
        if signal in (18, 19, 10, 12, 1):
            return
        container.by_hand = True
        run = container.started
        await asyncio.sleep(self.options.exit_delay)
        if container.started == run:
            self.exit(container, 128 + signal)

    async def stop(self, container, restart=False):
        if container.state == "restarting":
            container.state = "exited"
            container.by_hand = True
            self.touch(container)
        if container.alive():
            container.by_hand = True
            self.tell(container, "kill", signal="15")
            await asyncio.sleep(self.options.exit_delay)
            self.exit(container, 0 if container.service.name != "bridge"
                      else 143, restart=False)
        self.tell(container, "stop")
        if restart:
            self.start(container)
            self.tell(container, "restart")

    def pause(self, container, paused):
        container.state = "paused" if paused else "running"
        self.touch(container)
        self.tell(container, "pause" if paused else "unpause")
        self.wake(container)

    def set_health(self, container, health):
        if container.health is None or container.health == health or \
                container.state != "running":
            return
        now = self.now()
        container.health = health
        container.health_since = now
        container.fail_since = now - 90 * SECOND \
            if health == "unhealthy" else None
        self.touch(container)
        self.tell(container, "health_status: " + health)

    def oom(self, container, restart=None):
        if not container.alive():
            return
        container.oom = True
        self.tell(container, "oom")
        self.exit(container, 137, restart)

    def create(self, container):
        self.tell(container, "create")

    def remove(self, container):
        for run in self.log_waits.pop(container.id, ()):
            run.set()
        self.containers.pop(container.id, None)
        if self.by_name.get(container.name) is container:
            del self.by_name[container.name]
        container.state = "removing"
        self.tell(container, "destroy")

    async def recreate(self, container, ref, revision=""):
        """What `docker compose up -d` does when the image changed."""
        self.image(ref, {"org.opencontainers.image.revision": revision}
                   if revision else None)
        self.events.publish("image", "pull", ref, {
            "name": ref.rsplit(":", 1)[0]})
        await self.stop(container)
        self.remove(container)
        fresh = self.add(container.service.name, container.number, ref,
                         container.project)
        fresh.address = container.address
        self.create(fresh)
        self.start(fresh)
        return fresh

    def rename(self, container, name):
        old = container.name
        self.by_name.pop(old, None)
        container.name = name
        self.by_name[name] = container
        self.touch(container)
        self.tell(container, "rename", oldName="/" + old)

    # --- logs -------------------------------------------------------------

    def say(self, container, stream, data, at=None):
        """Add one line (bytes, no newline) to a container's log."""
        logs.store(container, at or self.now(), stream, data)
        self.wake(container)

    def wake(self, container):
        """Whoever follows its log should look again."""
        for waiting in self.log_waits.get(container.id, ()):
            waiting.set()
