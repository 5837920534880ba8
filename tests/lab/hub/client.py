"""Asks a running stand-in's /_lab/ side."""
import http.client
import json
import urllib.parse

TIMEOUT = 20


def ask(url, name, value=None):
    """(status, answer) of a GET, or of a POST when there is a value."""
    where = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(where.hostname, where.port,
        timeout=TIMEOUT)
    try:
        connection.request("GET" if value is None else "POST", "/_lab/" + name,
            None if value is None else json.dumps(value))
        reply = connection.getresponse()
        return reply.status, json.loads(reply.read() or b"null")
    finally:
        connection.close()
