"""What processes cost: processor time and memory, and what machine this is.

Processor time is counted by control groups where they can be made (root), so
that processes of a few milliseconds count too; otherwise it is read from
/proc, children that were waited for included."""

import functools
import os
import platform
import signal
import subprocess

TICK = os.sysconf("SC_CLK_TCK")


INTERRUPTS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def uninterrupted(clean):
	"""A function that cleans up: an interrupt waits until it is done."""
	@functools.wraps(clean)
	def guarded(*args):
		came = []
		before = {n: signal.signal(n, lambda *_: came.append(1))
			for n in INTERRUPTS}
		try:
			clean(*args)
		finally:
			for n, handler in before.items():
				signal.signal(n, handler)
		if came:
			raise KeyboardInterrupt
	return guarded


def read(path):
	try:
		with open(path, encoding="utf-8", errors="replace") as f:
			return f.read()
	except OSError:
		return ""


class ProcGroup:
	"""Processor time of some processes and their ended children."""

	def __init__(self):
		self.pids = set()

	def add(self, pids):
		self.pids.update(pids)

	def seconds(self):
		total = 0
		for pid in self.pids:
			fields = read("/proc/%d/stat" % pid).rpartition(")")[2].split()
			total += sum(int(f) for f in fields[11:15])
		return total / TICK

	def close(self):
		self.pids.clear()


def cgroup_top():
	"""(directory, controller) of the hierarchy that counts processor time."""
	if os.path.exists("/sys/fs/cgroup/cgroup.controllers"):
		return "/sys/fs/cgroup", ""
	return "/sys/fs/cgroup/cpuacct", "cpuacct"


class ControlGroup:
	"""Processor time of some processes and all that they start from now on."""

	def __init__(self, name):
		self.top, self.controller = cgroup_top()
		self.path = os.path.join(self.top,
			"vigie-bench-%d-%s" % (os.getpid(), name))
		self.origin = {}
		os.mkdir(self.path)

	def add(self, pids):
		for pid in pids:
			try:
				self.origin.setdefault(pid, self._where(pid))
				self._move(self.path, pid)
			except OSError:
				# it has ended meanwhile
				self.origin.pop(pid, None)

	def _where(self, pid):
		for line in read("/proc/%d/cgroup" % pid).splitlines():
			_, controllers, path = line.split(":", 2)
			if self.controller in controllers.split(","):
				return self.top + path
		return self.top

	@staticmethod
	def _move(path, pid):
		with open(path + "/cgroup.procs", "w") as f:
			f.write(str(pid))

	def seconds(self):
		if self.controller:
			return int(read(self.path + "/cpuacct.usage")) / 1e9
		return int(read(self.path + "/cpu.stat").split()[1]) / 1e6

	def close(self):
		"""Put every process back where it was, its children beside it."""
		for _ in range(5):
			pids = read(self.path + "/cgroup.procs").split()
			for pid in map(int, pids):
				try:
					self._move(self.origin.get(pid, self.top), pid)
				except OSError:
					pass
			try:
				os.rmdir(self.path)
				return
			except OSError:
				pass


def group(name):
	try:
		return ControlGroup(name)
	except OSError:
		return ProcGroup()


def resident_mb(pid):
	"""Resident memory in MB (10^6 bytes)."""
	for line in read("/proc/%d/status" % pid).splitlines():
		if line.startswith("VmRSS:"):
			return int(line.split()[1]) * 1024 / 1e6
	return 0.0


def load():
	return os.getloadavg()[0]


def busy_seconds():
	"""Processor time of the whole machine, all processors together."""
	fields = [int(f) for f in read("/proc/stat").split("\n")[0].split()[1:9]]
	idle = fields[3] + fields[4]
	return (sum(fields) - idle) / TICK


def machine():
	model = "unknown processor"
	for line in read("/proc/cpuinfo").splitlines():
		if line.startswith("model name"):
			model = " ".join(line.split(":", 1)[1].split())
			break
	return {"cpu": model, "cores": os.cpu_count(),
		"kernel": platform.release(),
		"memory_gb": round(os.sysconf("SC_PAGE_SIZE")
			* os.sysconf("SC_PHYS_PAGES") / 1e9, 1)}


def commit(top):
	try:
		return subprocess.run(["git", "-C", top, "describe", "--always",
			"--dirty", "--tags"], stdout=subprocess.PIPE,
			stderr=subprocess.DEVNULL, check=True).stdout.decode().strip()
	except (OSError, subprocess.CalledProcessError):
		return "unknown"
