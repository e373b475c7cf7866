"""S4: remote pictures: fetched by the server for who asks with the session's key; other servers
learn nothing but that somebody asked; no address inside, no matter how it is named."""

import base64
import http.client
import http.server
import threading
import time
import urllib.parse

from lib import mail
from lib.client import Failure, want, want_equal
from lib.dns import NameServer

HOST = "mail.e2e.example"
SECONDS = 120
GLANCE_SECONDS = 0.05
PNG = b"\x89PNG\r\n\x1a\n" + bytes(1000)
PICTURE_MAX = 8 * 1024 * 1024


class Far(http.server.ThreadingHTTPServer):
    """Another server. asked: [(path, fields)]"""

    def __init__(self):
        self.asked = []
        super().__init__(("127.0.0.1", 0), Handler)
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        self.server.asked.append((self.path, dict(self.headers)))
        if self.path == "/moved":
            self.answer(302, b"", Location="/dot.png", Set_Cookie="who=jane")
        elif self.path == "/around":
            self.answer(302, b"", Location="/around")
        elif self.path == "/large":
            self.answer(200, PNG + bytes(PICTURE_MAX))
        elif self.path == "/drawing":
            self.answer(200, b"<svg xmlns='http://www.w3.org/2000/svg'/>")
        else:
            self.answer(200, PNG, Content_Type="text/html")

    def answer(self, status, body, **fields):
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            pass


class Reader:
    """One who has logged in."""

    def __init__(self, server, person):
        self.server = server
        login = f"{person}:{server.passwords[person]}"
        self.login = "Basic " + base64.b64encode(login.encode()).decode()
        _, _, session = self.ask("/jmap/session")
        self.template = session.decode().split('"url":"')[1].split('"')[0]

    def ask(self, path):
        context = mail.trust(self.server)
        context.check_hostname = False
        link = http.client.HTTPSConnection("127.0.0.1", self.server.ports["https"], timeout=60,
                                           context=context)
        link.request("GET", path, headers={"Host": HOST, "Authorization": self.login})
        answer = link.getresponse()
        said = answer.status, answer.headers, answer.read()
        link.close()
        return said

    def picture(self, url, template=None):
        """Asks until it is here or will not come."""
        path = (template or self.template).replace("{url}", urllib.parse.quote(url, safe=""))
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            said = self.ask(path)
            if said[0] != 202:
                return said
            time.sleep(GLANCE_SECONDS)
        raise Failure("it never came: " + url)


def inside_is_refused(server, far):
    """As it is configured unless somebody says otherwise."""
    jane = Reader(server, server.jane)
    for url in (f"http://127.0.0.1:{far.port}/dot.png", "http://127.0.0.1/dot.png",
                "http://far.zone/dot.png", "http://six.zone/dot.png", "http://[::1]/dot.png",
                "http://2130706433/dot.png", "http://0x7f.1/dot.png", "http://169.254.169.254/",
                "http://localhost/", "file:///etc/passwd", "ftp://far.zone/dot.png"):
        want_equal(jane.picture(url)[0], 404, url)
    want_equal(far.asked, [], "what was asked inside")
    want("the address is not a public one" in server.log(), "far.zone was never tried")


def fetched(server, far):
    jane, luis = Reader(server, server.jane), Reader(server, server.luis)
    base = f"http://far.zone:{far.port}"
    status, fields, body = jane.picture(base + "/dot.png?reader=1")
    want_equal((status, body), (200, PNG), "picture")
    want_equal((fields["Content-Type"], fields["X-Content-Type-Options"],
                fields["Content-Security-Policy"]),
               ("image/png", "nosniff", "default-src 'none'; sandbox"), "fields")
    (path, sent), = far.asked
    want_equal((path, sorted(sent)), ("/dot.png?reader=1", ["Accept", "Host", "User-Agent"]),
               "what the other server hears")
    want_equal(sent["User-Agent"], "Mozilla/5.0", "User-Agent")
    jane.picture(base + "/dot.png?reader=1")
    want_equal(len(far.asked), 1, "what is kept is not fetched again")
    want_equal(jane.picture(base + "/moved")[2], PNG, "over a redirect")
    want("Cookie" not in far.asked[-1][1] and "Referer" not in far.asked[-1][1], str(far.asked[-1]))
    for path in ("/around", "/large", "/drawing"):
        want_equal(jane.picture(base + path)[0], 404, path)
    asked = len(far.asked)
    want_equal(luis.picture(base + "/other.png", jane.template)[0], 403, "another's key")
    want_equal(jane.picture(base + "/other.png", "/proxy/picture?url={url}")[0], 400, "no key")
    want_equal(len(far.asked), asked, "what was asked for who may not")
    want("reader=1" not in server.log(), "a URL in the log")


def run(server):
    far = Far()
    names = NameServer({("far.zone", "A"): ["127.0.0.1"], ("six.zone", "AAAA"): ["::1"]})
    try:
        server.stop()
        server.configure("stub", f'{{"zone 127.0.0.1@{names.port}"}}')
        server.configure("trust_anchor", '""')
        server.start()
        inside_is_refused(server, far)
        server.stop()
        server.configure("private_networks", "true")
        server.start()
        fetched(server, far)
    finally:
        far.shutdown()
        names.__exit__()
