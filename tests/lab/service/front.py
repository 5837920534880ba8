"""The TLS front of a host, where the plan has Traefik: ends TLS and passes the
bytes on to the service, or says 502 where nothing listens. The certificate is
read anew for every connection, so that the lab can swap it under a running
front.

usage: front.py CERT KEY [PORT=BACKEND-PORT ...]"""

import select
import socket
import ssl
import sys
import threading

CERT, KEY = sys.argv[1:3]
BAD_GATEWAY = (b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/plain\r\n"
    b"Content-Length: 11\r\nConnection: close\r\n\r\nBad Gateway")


def pump(a, b):
    """Copy both ways until one side ends or is silent for a minute."""
    other = {a: b, b: a}
    while True:
        # what TLS has decrypted already does not show as readable
        ready = [a] if a.pending() else select.select([a, b], [], [], 60)[0]
        if not ready:
            return
        for side in ready:
            data = side.recv(65536)
            if not data:
                return
            other[side].sendall(data)


def serve(raw, backend):
    try:
        raw.settimeout(30)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERT, KEY)
        with context.wrap_socket(raw, server_side=True) as client:
            try:
                server = socket.create_connection(("127.0.0.1", backend), 5)
            except OSError:
                client.recv(65536)
                client.sendall(BAD_GATEWAY)
                return
            server.settimeout(30)
            with server:
                pump(client, server)
    except (OSError, ValueError):
        pass
    finally:
        raw.close()


def listen(port, backend):
    with socket.create_server(("127.0.0.1", port), backlog=64) as listener:
        while True:
            raw, _ = listener.accept()
            threading.Thread(target=serve, args=(raw, backend), daemon=True).start()


threads = []
for pair in sys.argv[3:]:
    port, backend = map(int, pair.split("="))
    threads.append(threading.Thread(target=listen, args=(port, backend), daemon=True))
    threads[-1].start()
for thread in threads:
    thread.join()
