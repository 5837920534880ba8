"""The other half of the command line: asks a running stand-in."""
import argparse
import http.client
import json
import socket
import sys


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout=30):
        super().__init__("standin", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def ask(path, method, target, value=None):
    """(status, JSON of the answer)"""
    connection = UnixConnection(path)
    try:
        connection.request(
            method, target,
            None if value is None else json.dumps(value))
        reply = connection.getresponse()
        return reply.status, json.loads(reply.read() or b"null")
    finally:
        connection.close()


def fault(argv):
    parser = argparse.ArgumentParser(
        prog="engine fault", description="Make a running stand-in misbehave.")
    parser.add_argument("--socket", required=True)
    parser.add_argument("--match", default=".*", metavar="REGEX",
                        help="which requests (path and query) a fault in "
                        "replies is for")
    parser.add_argument("--times", type=int, default=1, metavar="N",
                        help="for how many of them; 0: until reset")
    parser.add_argument("--list", action="store_true",
                        help="print the faults and their parameters")
    parser.add_argument("name", nargs="?")
    parser.add_argument("params", nargs="*", metavar="KEY=VALUE")
    args = parser.parse_args(argv)
    if args.list or not args.name:
        return show(ask(args.socket, "GET", "/_lab/faults")[1])
    params = {}
    for text in args.params:
        key, eq, value = text.partition("=")
        if not eq:
            parser.error("%s: expected KEY=VALUE" % text)
        params[key] = value
    status, answer = ask(args.socket, "POST", "/_lab/fault", {
        "name": args.name, "match": args.match, "times": args.times,
        "params": params})
    if status != 200:
        print("engine fault: " + answer["message"], file=sys.stderr)
        return 1
    return 0


def show(table):
    for title, kind in (("In replies (--match, --times):", "replies"),
                        ("At once:", "acts")):
        print(title)
        for name, row in table[kind].items():
            params = " ".join("%s=%s" % item
                              for item in row["params"].items())
            print("  %-19s %s%s" % (name, row["help"],
                                    "\n%22s%s" % ("", params)
                                    if params else ""))
    return 0


def state(argv):
    parser = argparse.ArgumentParser(prog="engine state")
    parser.add_argument("--socket", required=True)
    args = parser.parse_args(argv)
    print(json.dumps(ask(args.socket, "GET", "/_lab/state")[1], indent=2))
    return 0


def reset(argv):
    parser = argparse.ArgumentParser(prog="engine reset")
    parser.add_argument("--socket", required=True)
    args = parser.parse_args(argv)
    return 0 if ask(args.socket, "POST", "/_lab/reset", {})[0] == 200 else 1
