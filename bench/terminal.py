"""A command on the terminal that keeps time (tty.c)."""

import os
import queue
import re
import subprocess
import threading

from meter import uninterrupted

ROWS, COLUMNS = 40, 120


class Late(Exception):
	"""The text did not come; the screen is in the message."""


def environment():
	"""What the commands under measurement see: the same everywhere."""
	env = {name: value for name, value in os.environ.items()
		if not name.startswith("LC_") and name not in ("LANGUAGE", "NO_COLOR")}
	env.update(TERM="xterm-256color", LANG="C.UTF-8")
	return env


class Terminal:
	"""Times are nanoseconds of CLOCK_MONOTONIC, as time.monotonic_ns()."""

	def __init__(self, tty, argv, rows=ROWS, columns=COLUMNS):
		self.argv = argv
		self.rows_count = rows
		self.pid = None
		self.gone = False
		self.answers = queue.Queue()
		self.child = subprocess.Popen(
			[tty, "-r", str(rows), "-c", str(columns)] + argv,
			stdin=subprocess.PIPE, stdout=subprocess.PIPE,
			env=environment(), start_new_session=True)
		threading.Thread(target=self._listen, daemon=True).start()

	def __enter__(self):
		return self

	def __exit__(self, *_):
		self.close()

	@uninterrupted
	def close(self):
		"""Hang up. The command ends, at the latest by SIGKILL."""
		try:
			self.child.stdin.close()
		except OSError:
			pass
		self.child.wait(10)

	def _listen(self):
		for line in self.child.stdout:
			words = line.decode("utf-8", "replace").rstrip("\n")
			if words == "gone":
				self.gone = True
			else:
				self.answers.put(words)

	def _say(self, *fields):
		self.child.stdin.write(("\t".join(fields) + "\n").encode())
		self.child.stdin.flush()

	def _answer(self, word, timeout=10):
		try:
			line = self.answers.get(timeout=timeout)
		except queue.Empty:
			raise Late("%s: no answer to %s" % (self.argv[0], word))
		name, _, rest = line.partition(" ")
		if name != word:
			raise Late("%s: %r instead of %s" % (self.argv[0], line, word))
		return rest

	def start(self):
		"""Returns the time just before exec."""
		self._say("start")
		at, pid = self._answer("started").split()
		self.pid = int(pid)
		return int(at)

	def arm(self, texts, seconds=10):
		"""Watch for {text: how often} from now on; seen() tells when."""
		fields = [part for text, times in texts.items()
			for part in (str(times), text)]
		self.armed_for = seconds
		self._say("arm", str(int(seconds * 1000)), *fields)

	def seen(self):
		try:
			return int(self._answer("at", self.armed_for + 5))
		except Late as e:
			raise Late("%s; the screen:\n%s" % (e, self.screen()))

	def bytes(self):
		self._say("bytes")
		return int(self._answer("bytes"))

	def screen(self):
		self._say("rows")
		return "\n".join(self._answer("row")
			for _ in range(self.rows_count))

	def send(self, keys):
		self._say("send", keys)
		self._answer("sent")


# These come and go with the load of the machine.
FICKLE = ("crit", "warn", "unknown", "stale", "cpu", "mem", "more", "all")


def words_of(screen):
	"""What makes a screen full: every word of it that no clock, counter or
	load changes, as often as it stands there."""
	words = set(re.findall(r"(?<![\w.])[^\W\d_]{3,}(?![\w.])", screen))
	# tty counts substrings; so does this
	return {word: screen.count(word) for word in sorted(words)[:90]
		if word not in FICKLE}
