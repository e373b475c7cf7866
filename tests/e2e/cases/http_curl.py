"""S2: curl over HTTP: health, the way to https, HSTS, what is not there, a slow client's end."""

import gzip
import os
import socket

from lib.client import tool, want, want_equal

HOST = "mail.e2e.example"
SETTINGS = {"timeout_s": "2"}


def curl(server, role, path, *options):
    """(status, header fields in lower case, body)"""
    port = server.ports[role]
    said = tool(["curl", "--silent", "--show-error", "--include", "--max-time", "20",
                 "--cacert", server.ca, "--resolve", f"{HOST}:{port}:127.0.0.1", *options,
                 f"{role}://{HOST}:{port}{path}"])
    head, _, body = said.replace("\r\n", "\n").partition("\n\n")
    lines = head.split("\n")
    fields = dict(line.lower().split(": ", 1) for line in lines[1:])
    return int(lines[0].split()[1]), fields, body


def run(server):
    for role in ("http", "https"):
        status, fields, body = curl(server, role, "/health")
        want_equal((status, body), (200, "ok\n"), f"{role}: health")
        want("date" in fields, f"{role}: no Date")
        want_equal("strict-transport-security" in fields, role == "https", f"{role}: HSTS")
    status, fields, _ = curl(server, "http", "/a/b?c=d")
    want_equal((status, fields["location"]),
               (308, f"https://{HOST}:{server.ports['https']}/a/b?c=d"), "redirect")
    status, fields, body = curl(server, "https", "/nowhere")
    want_equal((status, fields["content-type"]), (404, "application/problem+json"), "not there")
    want_equal(curl(server, "https", "/health", "--data", "x")[0], 405, "POST")
    port = server.ports["https"]
    url = f"https://{HOST}:{port}/health"
    two = tool(["curl", "--silent", "--write-out", "%{num_connects} ", "--cacert", server.ca,
                "--resolve", f"{HOST}:{port}:127.0.0.1", url, url])
    want_equal(two, "ok\n1 ok\n0 ", "two over one connection")
    slow_ones_are_ended(server)
    the_page(server)
    metrics = tool(["curl", "--silent", f"http://127.0.0.1:{server.ports['metrics']}/metrics"])
    want('postroad_http_requests_total{route="web",status="2xx"} 2' in metrics, metrics)
    want("http.request" in server.log() and "route=health" in server.log(), "no access log")


def the_page(server):
    """Files of web_root, compressed beforehand; tags and ranges."""
    root = os.path.join(server.folder, "web")
    os.makedirs(root)
    text = b"<p>the page</p>\n" * 100
    for name, data in (("index.html", text), ("index.html.gz", gzip.compress(text))):
        with open(os.path.join(root, name), "wb") as f:
            f.write(data)
    server.stop()
    server.configure("web_root", f'"{root}"')
    server.start()
    status, fields, body = curl(server, "https", "/", "--compressed")
    want_equal((status, fields.get("content-encoding"), body.encode()), (200, "gzip", text), "page")
    status, _, body = curl(server, "https", "/", "--header", f"If-None-Match: {fields['etag']}",
                           "--compressed")
    want_equal((status, body), (304, ""), "known already")
    status, fields, body = curl(server, "https", "/", "--range", "3-10")
    want_equal((status, body, fields["content-range"]),
               (206, "the page", f"bytes 3-10/{len(text)}"), "range")
    want_equal(curl(server, "https", "/../postroad.conf", "--path-as-is")[0], 400, "a way up")


def slow_ones_are_ended(server):
    """timeout_s of the configuration holds within a request."""
    slow = socket.create_connection(("127.0.0.1", server.ports["http"]), timeout=60)
    slow.sendall(b"GET /health HTTP/1.1\r\nHost: a\r\n")
    want(slow.recv(4096).startswith(b"HTTP/1.1 408 "), "no 408")
    slow.close()
