"""The figures of the budget, one function for each bed and subject. Each
yields Figure after Figure as it is taken."""

import statistics
import time

import bed as beds
import meter
import terminal
from bed import CannotMeasure, note


class Figure:
	"""Values of one kind, and what they should not exceed."""

	def __init__(self, name, unit, values, goal=None, remark=""):
		self.name, self.unit, self.goal = name, unit, goal
		self.values = list(values)
		self.remark = remark

	@property
	def median(self):
		return statistics.median(self.values)

	@property
	def verdict(self):
		if self.goal is None:
			return ""
		return "ok" if self.median <= self.goal else "over"

	def record(self):
		return {"name": self.name, "unit": self.unit, "goal": self.goal,
			"median": round(self.median, 3), "min": round(min(self.values), 3),
			"max": round(max(self.values), 3), "n": len(self.values),
			"verdict": self.verdict or None, "remark": self.remark or None}


class Extent:
	"""How long and how often."""

	def __init__(self, quick):
		self.quick = quick
		self.starts = 6 if quick else 20
		self.kills = 3 if quick else 10
		self.window = 15 if quick else 60
		self.windows = 1 if quick else 2
		# the lab's own healthchecks are even over windows of their interval
		self.health = 15 if quick else 60
		self.settle = 5 if quick else 15


# --- exec to the full first screen --------------------------------------------

def full_screen(programs, argv):
	"""What must stand on a full screen: the words of a settled one, as often
	as on the poorer of two pictures."""
	pictures = []
	for _ in range(2):
		with terminal.Terminal(programs.tty, argv) as t:
			t.start()
			time.sleep(1.5)
			if t.gone:
				raise CannotMeasure("%s ended:\n%s" % (" ".join(argv),
					t.screen()))
			pictures.append(terminal.words_of(t.screen()))
	one, two = pictures
	return {word: min(one[word], two[word]) for word in one if word in two}


def paint_ms(programs, argv, texts):
	with terminal.Terminal(programs.tty, argv) as t:
		t.arm(texts)
		started = t.start()
		return (t.seen() - started) / 1e6


def first_screens(programs, commands, times):
	"""{name: [ms]} of {name: (argv, texts)}, in turn, so that a busy moment
	of the machine meets them all."""
	taken = {name: [] for name in commands}
	for i in range(times + 1):
		for name, (argv, texts) in commands.items():
			try:
				ms = paint_ms(programs, argv, texts)
			except terminal.Late as e:
				note("%s: a start is missing: %s" % (name, e))
				continue
			# the first one brings all files to memory
			if i > 0:
				taken[name].append(ms)
			time.sleep(0.05)
	if not all(taken.values()):
		raise CannotMeasure("no full first screen")
	return taken


def start(programs, bed, extent):
	with beds.Server(programs, bed.config) as server:
		time.sleep(extent.settle)
		console = server.console()
		commands = {
			"ncurses hello": ([programs.hello], {"formation-hub": 1}),
			"vigie": (console, full_screen(programs, console)),
		}
		docker, count = bed.docker_ps()
		if docker:
			commands["docker ps"] = (docker, {"formation-hub-": 1})
		taken = first_screens(programs, commands, extent.starts)
		yield Figure("exec to full first screen, %d containers"
			% server.containers(), "ms", taken["vigie"], 12)
		yield Figure("  ncurses hello (floor)", "ms", taken["ncurses hello"])
		if docker:
			yield Figure("  docker ps, %d containers" % count, "ms",
				taken["docker ps"], remark="first line with a name")


# --- killed to shown ------------------------------------------------------------

# Only a worker that was killed shows this; marks of trouble come and go with
# the load of the machine.
KILLED = "exited (137"


def wait_calm(t, seconds=60):
	"""Until no killed container is on the screen."""
	deadline = time.monotonic() + seconds
	while KILLED in t.screen():
		if time.monotonic() > deadline:
			raise CannotMeasure("the screen does not recover:\n" + t.screen())
		time.sleep(0.1)


def one_kill(bed, env, t, deaths, container):
	"""(kill to die event, die event to screen, kill to screen) in ms."""
	t.arm({KILLED: 1}, 15)
	sent = time.monotonic_ns()
	beds.api(bed.socket(env), "POST", "/containers/%s/kill" % container)
	died = deaths.of(container)
	shown = t.seen()
	beds.api(bed.socket(env), "POST", "/containers/%s/start" % container)
	wait_calm(t)
	return ((died - sent) / 1e6, (shown - died) / 1e6, (shown - sent) / 1e6)


def victims(bed, env, count):
	"""Workers, which nothing depends on."""
	found = [c for c, service in bed.running(env) if service == "worker"]
	if not found:
		raise CannotMeasure("no worker on %s to kill (lab up --containers)" % env)
	return [found[i % len(found)] for i in range(count)]


def kills(programs, bed, extent, server, env):
	taken = []
	with terminal.Terminal(programs.tty, server.console()) as t:
		with beds.Deaths(bed.socket(env)) as deaths:
			t.start()
			time.sleep(2)
			wait_calm(t)
			for container in victims(bed, env, extent.kills):
				taken.append(one_kill(bed, env, t, deaths, container))
				# not in step with anything periodic
				time.sleep(0.37)
	return zip(*taken)


def kill(programs, bed, extent):
	with beds.Server(programs, bed.config) as server:
		time.sleep(extent.settle)
		yield from kill_on(programs, bed, extent, server, "local", "local", 0)
		if not bed.real:
			note("no kill over SSH: the stand-in has no sshd")
			return
		trips = beds.round_trip_ms(bed, "prod")
		trip = Figure("  one round trip by ssh", "ms", trips)
		yield from kill_on(programs, bed, extent, server, "prod", "over SSH",
			trip.median)
		yield trip


def kill_on(programs, bed, extent, server, env, where, extra):
	died, shown, whole = kills(programs, bed, extent, server, env)
	yield Figure("die event to screen, %s" % where, "ms", shown, 10 + extra)
	yield Figure("  kill sent to die event (the engine's)", "ms", died)
	yield Figure("  kill sent to screen", "ms", whole)


# --- an idle minute -------------------------------------------------------------

class Window:
	"""Counts what groups and a terminal use over some seconds, per minute."""

	def __init__(self, groups, seconds, t=None):
		self.used = {}
		factor = 60 / seconds
		busy = meter.busy_seconds()
		before = {name: group.seconds() for name, group in groups.items()}
		written = t.bytes() if t else 0
		time.sleep(seconds)
		for name, group in groups.items():
			self.used[name] = (group.seconds() - before[name]) * factor
		if t:
			self.used["bytes"] = (t.bytes() - written) * factor
		self.used["machine"] = (meter.busy_seconds() - busy) * factor


class Groups(dict):
	"""Named groups of processes that are dissolved in the end."""

	def __init__(self, **pids):
		super().__init__()
		for name, some in pids.items():
			self[name] = meter.group(name)
			self[name].add(some)

	def __enter__(self):
		return self

	@meter.uninterrupted
	def __exit__(self, *_):
		for group in self.values():
			group.close()


def idle(programs, bed, extent):
	pids = {"own": []}
	if bed.real:
		pids.update(engine=bed.engine_pids(), host=bed.host_pids())
	else:
		note("no processor time of engines and hosts: they are stand-ins")
	with Groups(**pids) as groups:
		time.sleep(extent.settle)
		before = [Window(groups, extent.window)]
		during, memory = idle_with_vigie(programs, bed, extent, groups)
		if not extent.quick:
			time.sleep(extent.settle)
			before.append(Window(groups, extent.window))
	yield from idle_figures(extent, before, during, memory)


def idle_with_vigie(programs, bed, extent, groups):
	during = []
	memory = {"server": [], "console": []}
	with beds.Server(programs, bed.config) as server:
		groups["own"].add([server.pid])
		with terminal.Terminal(programs.tty, server.console()) as t:
			t.start()
			groups["own"].add([t.pid])
			time.sleep(extent.settle)
			for _ in range(extent.windows):
				during.append(Window(groups, extent.window, t))
				memory["server"].append(meter.resident_mb(server.pid))
				memory["console"].append(meter.resident_mb(t.pid))
			if t.gone:
				raise CannotMeasure("the console ended:\n" + t.screen())
	return during, memory


def caused(name, before, during):
	usual = statistics.mean(w.used[name] for w in before)
	return [w.used[name] - usual for w in during]


def usual(name, before):
	return "%.2f without vigie" % statistics.mean(w.used[name] for w in before)


def idle_figures(extent, before, during, memory):
	own = [w.used["own"] for w in during]
	yield Figure("idle: server and console, CPU a minute", "s", own, 0.3)
	if "engine" in before[0].used:
		engine = caused("engine", before, during)
		hosts = caused("host", before, during)
		yield Figure("idle: caused in engines and on hosts", "s",
			[a + b for a, b in zip(engine, hosts)], 1)
		yield Figure("  in dockerd, containerd, shims", "s", engine,
			remark=usual("engine", before))
		yield Figure("  on ssh hosts: sshd, sampler", "s", hosts,
			remark=usual("host", before))
	yield Figure("resident memory, server", "MB", memory["server"], 20)
	yield Figure("resident memory, console", "MB", memory["console"], 10)
	yield Figure("bytes to the terminal, idle minute", "KB",
		[w.used["bytes"] / 1000 for w in during], 4)
	yield Figure("  the machine's whole CPU meanwhile", "s",
		[w.used["machine"] for w in during],
		remark=usual("machine", before))


# --- twenty hosts ---------------------------------------------------------------

def scale(programs, extent):
	with beds.Fleet(20, 100) as fleet, beds.Server(programs, fleet.config) \
			as server:
		time.sleep(extent.settle)
		name = "20 hosts, %d containers" % server.containers()
		taken = first_screens(programs, {"vigie": (server.console(),
			full_screen(programs, server.console()))}, extent.starts)
		yield Figure(name + ": first screen", "ms", taken["vigie"], 50,
			remark="stand-in engines")
		with Groups(own=[server.pid]) as groups, \
				terminal.Terminal(programs.tty, server.console()) as t:
			t.start()
			groups["own"].add([t.pid])
			time.sleep(extent.settle)
			window = Window(groups, extent.window, t)
			yield Figure(name + ": share of a core", "%",
				[window.used["own"] / 60 * 100], 5, remark="stand-in engines")
			yield Figure("  resident memory, server", "MB",
				[meter.resident_mb(server.pid)])
			yield Figure("  resident memory, console", "MB",
				[meter.resident_mb(t.pid)])
			yield Figure("  bytes to the terminal a minute", "KB",
				[window.used["bytes"] / 1000])
