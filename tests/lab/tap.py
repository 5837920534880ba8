"""unittest results as TAP, so that automake counts every case."""

import sys
import unittest


class TapResult(unittest.TestResult):
    """Prints a line per case as it ends, and the trouble as a comment."""

    def __init__(self):
        super().__init__()
        self.count = 0

    def _line(self, test, ok, note="", directive=""):
        self.count += 1
        name = str(test).replace("#", "")
        print(f"{'ok' if ok else 'not ok'} {self.count} - {name}{directive}")
        for line in note.splitlines():
            print(f"# {line}")
        sys.stdout.flush()

    def addSuccess(self, test):
        super().addSuccess(test)
        self._line(test, True)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._line(test, False, self.failures[-1][1])

    def addError(self, test, err):
        super().addError(test, err)
        self._line(test, False, self.errors[-1][1])

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._line(test, True, directive=f" # SKIP {reason}")


def main(suite=None):
    """Run the suite, or the cases of the calling program, and exit."""
    if suite is None:
        suite = unittest.defaultTestLoader.loadTestsFromModule(
            sys.modules["__main__"])
    result = TapResult()
    suite.run(result)
    print(f"1..{result.count}")
    sys.exit(0 if result.wasSuccessful() and result.count else 1)
