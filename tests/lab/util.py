"""Small tools shared by the lab's modules: talking, running, waiting.

Every wait has a deadline and says what it waited for; every command that
fails shows its own words."""

import os
import signal
import subprocess
import sys
import threading
import time


class LabError(Exception):
    """Something the user must know; the text stands alone."""


_stopping = threading.Event()


def stop_here():
    """Where work that runs in parallel ends when all of it shall end."""
    if _stopping.is_set():
        raise LabError("interrupted")


def together(*jobs):
    """Run functions in parallel; the first error is raised when all ended. An
    interrupt ends them all first, so that nothing is made while it is undone."""
    errors = []

    def guarded(job):
        try:
            job()
        except BaseException as e:
            errors.append(e)

    threads = [threading.Thread(target=guarded, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            thread.join()
    except BaseException:
        _stopping.set()
        for thread in threads:
            thread.join()
        _stopping.clear()
        raise
    if errors:
        raise errors[0]


_start = time.monotonic()
_quiet = False


def set_quiet(quiet):
    global _quiet
    _quiet = quiet


def say(text):
    if _quiet:
        return
    try:
        print("lab: %5.1fs %s" % (time.monotonic() - _start, text), flush=True)
    except BrokenPipeError:
        # who stopped listening does not want the lab undone
        set_quiet(True)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def warn(text):
    print("lab: " + text, file=sys.stderr, flush=True)


def run(argv, cwd=None, env=None, check=True, timeout=120):
    """Run argv, return its stdout as text. On failure: LabError with stderr."""
    stop_here()
    full = dict(os.environ)
    full.update(env or {})
    try:
        child = subprocess.Popen(argv, cwd=cwd, env=full,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
    except FileNotFoundError:
        raise LabError("%s: no such program" % argv[0])
    out, err = finish(child, argv, time.monotonic() + timeout, timeout)
    if check and child.returncode != 0:
        words = (err or out).decode("utf-8", "replace").strip()
        raise LabError("%s: exit %d: %s"
            % (" ".join(argv[:6]), child.returncode, words[-2000:]))
    return out.decode("utf-8", "replace")


def finish(child, argv, deadline, timeout):
    """What a child wrote until it ended; it is killed when it must not go on."""
    try:
        while True:
            try:
                return child.communicate(timeout=0.5)
            except subprocess.TimeoutExpired:
                stop_here()
                if time.monotonic() > deadline:
                    raise LabError("%s: not done after %d s"
                        % (" ".join(argv[:4]), timeout))
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()


def wait_until(what, ready, timeout, alive=None, log=None, interval=0.05):
    """Poll ready() until it is true. alive() false ends the wait at once."""
    deadline = time.monotonic() + timeout
    while not ready():
        stop_here()
        if alive is not None and not alive():
            raise LabError("%s: its process ended%s" % (what, tail(log)))
        if time.monotonic() > deadline:
            raise LabError("%s: not after %d s%s" % (what, timeout, tail(log)))
        time.sleep(interval)


def tail(path, lines=12):
    """The end of a log, ready to stand behind an error message."""
    if not path:
        return ""
    try:
        with open(path, "rb") as f:
            f.seek(0, 2)
            f.seek(max(0, f.tell() - 8000))
            text = f.read().decode("utf-8", "replace")
    except OSError:
        return ""
    return "; the end of %s:\n  %s" % (
        path, "\n  ".join(text.splitlines()[-lines:]))


def write(path, text, mode=0o644):
    """Replace a file in one step, so that no reader sees half of it."""
    tmp = path + ".new"
    fd = os.open(tmp, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(fd, "wb") as f:
        f.write(text if isinstance(text, bytes) else text.encode())
        os.fchmod(f.fileno(), mode)
    os.replace(tmp, path)


def read(path, default=""):
    try:
        with open(path, encoding="utf-8", errors="replace") as f:
            return f.read()
    except OSError:
        return default


def spawn(argv, log, env=None, cwd="/"):
    """Start a daemon in its own session, its words in log. Returns the pid."""
    stop_here()
    full = dict(os.environ)
    full.update(env or {})
    with open(log, "ab") as out:
        child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out,
            stderr=out, cwd=cwd, env=full, start_new_session=True)
    # the daemon outlives this program: nobody waits for it
    child.returncode = 0
    return child.pid


def start_time(pid):
    """Kernel start time of a process: tells it from a later one of that pid."""
    try:
        with open("/proc/%d/stat" % pid, "rb") as f:
            fields = f.read().rpartition(b")")[2].split()
    except OSError:
        return None
    if fields[0] in (b"Z", b"X"):
        return None
    return int(fields[19])


def state_of(pid):
    """One letter as in ps (S, R, T, Z …) or None."""
    try:
        with open("/proc/%d/stat" % pid, "rb") as f:
            return f.read().rpartition(b")")[2].split()[0].decode()
    except OSError:
        return None


def all_pids():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def comm(pid):
    return read("/proc/%d/comm" % pid).strip()


def kill(pids, sig=signal.SIGKILL):
    for pid in pids:
        try:
            os.kill(pid, sig)
        except ProcessLookupError:
            pass


def end(pids, grace=5):
    """TERM, then KILL after grace seconds; returns when all are gone."""
    pids = [pid for pid in pids if start_time(pid) is not None]
    kill(pids, signal.SIGTERM)
    # a stopped process does not see TERM until it goes on
    kill(pids, signal.SIGCONT)
    deadline = time.monotonic() + grace
    killed = False
    while pids:
        for pid in pids:
            try:
                os.waitpid(pid, os.WNOHANG)
            except OSError:
                pass
        pids = [pid for pid in pids if start_time(pid) is not None]
        if pids and time.monotonic() > deadline:
            if killed:
                raise LabError("processes %s survive SIGKILL" % pids)
            kill(pids)
            killed = True
            deadline = time.monotonic() + 10
        time.sleep(0.02)
