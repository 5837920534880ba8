"""What is measured on: the lab, many stand-in engines, a vigie server.

Each is a context that leaves nothing behind."""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

TOP = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
LAB = os.path.join(TOP, "tests", "lab")
sys.path.insert(0, LAB)

from meter import uninterrupted  # noqa: E402  (the path comes first)

import docker_engine  # noqa: E402
import host  # noqa: E402
import layout  # noqa: E402
import util  # noqa: E402


class CannotMeasure(Exception):
	"""A figure cannot be taken here; the text says why."""


def note(text):
	print("bench: " + text, file=sys.stderr, flush=True)


class Programs:
	"""Where the built programs are, and a directory for this run."""

	def __init__(self):
		build = os.environ.get("VIGIE_BUILD", os.path.join(TOP, "build"))
		self.tty = os.path.join(build, "bench", "tty")
		self.hello = os.path.join(build, "bench", "hello")
		self.vigie = os.environ.get("VIGIE", os.path.join(build, "vigie"))
		for path in (self.tty, self.hello, self.vigie):
			if not os.access(path, os.X_OK):
				raise CannotMeasure("%s is not built (make bench builds all"
					" and runs this; VIGIE_BUILD says where)" % path)


# --- engines ----------------------------------------------------------------

def api(path, method, url, timeout=30):
	status, reply = docker_engine.api(path, method, url, timeout=timeout)
	if status >= 400:
		raise CannotMeasure("%s %s on %s: %d %s"
			% (method, url, path, status, reply))
	return reply


class Deaths:
	"""An observer of its own: notes when an engine tells of a `die` event."""

	def __init__(self, path):
		self.seen = {}
		self.condition = threading.Condition()
		self.socket = socket.socket(socket.AF_UNIX)
		self.socket.connect(path)
		self.socket.sendall(b"GET /events?filters=%7B%22event%22%3A%5B%22die%22"
			b"%5D%7D HTTP/1.1\r\nHost: docker\r\n\r\n")
		head = self.socket.recv(4096)
		if b" 200 " not in head.split(b"\r\n")[0]:
			raise CannotMeasure("%s: no events: %r" % (path, head[:80]))
		threading.Thread(target=self._listen, daemon=True).start()

	def _listen(self):
		while True:
			try:
				data = self.socket.recv(65536)
			except OSError:
				return
			at = time.monotonic_ns()
			if not data:
				return
			# an event comes whole: the engine flushes after each
			for line in data.splitlines():
				if line.startswith(b"{"):
					with self.condition:
						self.seen[json.loads(line)["Actor"]["ID"]] = at
						self.condition.notify_all()

	def of(self, container, timeout=10):
		with self.condition:
			if not self.condition.wait_for(
					lambda: container in self.seen, timeout):
				raise CannotMeasure("no die event of %s within %d s"
					% (container[:12], timeout))
			return self.seen.pop(container)

	def __enter__(self):
		return self

	def __exit__(self, *_):
		self.socket.shutdown(socket.SHUT_RDWR)
		self.socket.close()


def version(path):
	reply = api(path, "GET", "/version")
	return "%s (API %s)" % (reply["Version"], reply["ApiVersion"])


# --- the lab ----------------------------------------------------------------

class LabBed:
	"""The three environments, here with real engines where they can run."""

	def __init__(self, given, containers, health):
		self.given = given
		self.containers = containers
		self.health = health

	def __enter__(self):
		if self.given:
			self.dir = self.given
		else:
			self.base = tempfile.mkdtemp(prefix="vigie-bench-")
			self.dir = os.path.join(self.base, "lab")
			try:
				self._lab("up", "--containers", str(self.containers),
					"--health", str(self.health))
			except BaseException:
				self._remove()
				raise
		self.lab = layout.Lab(self.dir).load()
		self.config = self.lab.path("vigie.yaml")
		self.real = self.lab.real
		return self

	@uninterrupted
	def __exit__(self, *_):
		if not self.given:
			self._lab("down")
			self._remove()

	def _lab(self, verb, *words):
		# a group of its own: what interrupts this program lets it clean up
		child = subprocess.Popen([sys.executable, os.path.join(LAB, "lab"),
			verb, "-q", "--dir", self.dir] + list(words),
			start_new_session=True)
		try:
			code = child.wait()
		except BaseException:
			child.send_signal(signal.SIGTERM)
			child.wait(60)
			raise
		if code != 0:
			raise CannotMeasure("lab %s failed" % verb)

	def _remove(self):
		shutil.rmtree(self.base, ignore_errors=True)

	def socket(self, env):
		return self.lab.socket(env)

	def running(self, env):
		return [(c["Id"], c["Labels"].get("com.docker.compose.service"))
			for c in api(self.socket(env), "GET", "/containers/json")]

	def engine_pids(self):
		return [pid for env in layout.ENVS for pid in host.pids_on(self.lab, env)
			if util.comm(pid).startswith(("dockerd", "containerd"))]

	def host_pids(self):
		"""All else that runs on the remote hosts, sshd and its sessions
		above all; not the containers."""
		return [pid for env in layout.REMOTE
			for pid in host.pids_on(self.lab, env)
			if not util.comm(pid).startswith(("dockerd", "containerd"))]

	def docker_ps(self):
		"""docker ps on the engine with most containers, and their number."""
		docker = self.lab.path("bin", "docker") if self.real \
			else shutil.which("docker")
		most = max(layout.ENVS, key=lambda env: len(self.running(env)))
		if not docker:
			return None, 0
		return ([docker, "-H", "unix://" + self.socket(most), "ps"],
			len(self.running(most)))


# --- many stand-in engines --------------------------------------------------

class Fleet:
	"""Many stand-in engines in one process, a configuration for all."""

	def __init__(self, engines, containers):
		self.engines = engines
		self.containers = containers

	def __enter__(self):
		self.dir = tempfile.mkdtemp(prefix="vigie-bench-")
		self.pid_file = os.path.join(self.dir, "pid")
		try:
			# the project has five services, workers make up the number
			subprocess.run([sys.executable, os.path.join(LAB, "engine"),
				"--engines", str(self.engines),
				"--containers", str(self.containers - 5),
				"--socket-dir", self.dir, "--daemon",
				"--pid-file", self.pid_file], check=True, timeout=120)
		except BaseException:
			self.__exit__()
			raise
		self.config = os.path.join(self.dir, "vigie.yaml")
		lines = ["project: fleet", "state: " + self.dir + "/state",
			"socket: " + self.dir + "/vigie.sock",
			"operators: [%d]" % os.getuid(), "environments:"]
		for i in range(1, self.engines + 1):
			lines += ["  host-%02d:" % i,
				"    engine: %s/engine-%02d.sock" % (self.dir, i),
				"    compose_project: formation-hub"]
		util.write(self.config, "\n".join(lines) + "\n")
		return self

	@uninterrupted
	def __exit__(self, *_):
		try:
			pid = int(util.read(self.pid_file))
			util.end([pid])
		except ValueError:
			pass
		shutil.rmtree(self.dir, ignore_errors=True)


# --- vigie ------------------------------------------------------------------

class Server:
	"""A vigie server that has observed everything once."""

	def __init__(self, programs, config):
		self.programs = programs
		self.config = config

	def __enter__(self):
		self.log = tempfile.TemporaryFile()
		self.child = subprocess.Popen([self.programs.vigie, "--config",
			self.config, "server", "--foreground"], stdin=subprocess.DEVNULL,
			stdout=self.log, stderr=self.log, start_new_session=True)
		self.pid = self.child.pid
		try:
			self._observed()
		except BaseException:
			self.__exit__()
			raise
		return self

	def _observed(self):
		deadline = time.monotonic() + 70
		while time.monotonic() < deadline:
			done = subprocess.run([self.programs.vigie, "--config", self.config,
				"status", "--json", "--wait"], stdout=subprocess.PIPE,
				stderr=subprocess.DEVNULL, timeout=70)
			try:
				self.status = json.loads(done.stdout)
				return
			except ValueError:
				if self.child.poll() is not None:
					break
				time.sleep(0.2)
		self.log.seek(0)
		raise CannotMeasure("the server does not answer:\n"
			+ self.log.read()[-4000:].decode("utf-8", "replace"))

	def containers(self):
		return sum(len(e["services"]) for e in self.status["environments"])

	@uninterrupted
	def __exit__(self, *_):
		if self.child.poll() is None:
			self.child.terminate()
			try:
				self.child.wait(5)
			except subprocess.TimeoutExpired:
				self.child.kill()
				self.child.wait()
		self.log.close()

	def console(self, *words):
		return [self.programs.vigie, "--config", self.config] + list(words)


def round_trip_ms(bed, env, times=50):
	"""One byte to a host and back through a session of the system's ssh."""
	child = subprocess.Popen(["ssh", "-F", bed.lab.path("ssh_config"), env,
		"cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
	trips = []
	try:
		for _ in range(times):
			start = time.monotonic_ns()
			child.stdin.write(b"x")
			if child.stdout.read(1) != b"x":
				raise CannotMeasure("ssh to %s ended" % env)
			trips.append((time.monotonic_ns() - start) / 1e6)
	finally:
		child.stdin.close()
		child.wait(10)
	# the first one waits for the login
	return trips[1:]
