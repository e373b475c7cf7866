"""An authority of the test, certificates that it signs, and a web server that shows them."""

import http.server
import os
import ssl
import threading

from lib.client import tool


class Authority:
    """file: PEM, for those who are to believe it."""

    def __init__(self, folder, name="Test Authority"):
        self.folder = os.path.join(folder, name.replace(" ", "-").lower())
        os.makedirs(self.folder)
        self.file, self.key = self.path("ca.pem"), self.path("ca.key")
        tool(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
              "-nodes", "-days", "2", "-keyout", self.key, "-out", self.file, "-subj",
              f"/CN={name}"])

    def path(self, name):
        return os.path.join(self.folder, name)

    def sign(self, *names):
        """A certificate for these names: cert and key are its files."""
        return Signed(self, names)


class Signed:
    def __init__(self, authority, names):
        first = names[0].replace("*", "any")
        self.cert, self.key = authority.path(first + ".cert"), authority.path(first + ".key")
        request, extra = authority.path(first + ".csr"), authority.path(first + ".ext")
        with open(extra, "w", encoding="ascii") as f:
            f.write("subjectAltName=" + ",".join("DNS:" + name for name in names))
        tool(["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
              "-keyout", self.key, "-out", request, "-subj", f"/CN={names[0]}"])
        tool(["openssl", "x509", "-req", "-in", request, "-CA", authority.file, "-CAkey",
              authority.key, "-CAcreateserial", "-days", "2", "-extfile", extra, "-out",
              self.cert])


class Web:
    """HTTPS on loopback. pages: {(host, path): (status, type, text)}; posts: what came by POST,
    [(host, path, fields, body)]; asked: [(host, path)]. certificates: {host: Signed}."""

    def __init__(self, certificates, pages, port=0):
        self.pages, self.posts, self.asked = pages, [], []
        self.post_status = 201
        contexts = {name: self.context(c) for name, c in certificates.items()}
        web = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_GET(self):
                host = self.headers["Host"].split(":")[0]
                web.asked.append((host, self.path))
                self.answer(*web.pages.get((host, self.path), (404, "text/plain", "none")))

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                host = self.headers["Host"].split(":")[0]
                web.posts.append((host, self.path, dict(self.headers), body))
                self.answer(web.post_status, "text/plain", "taken")

            def answer(self, status, kind, text):
                data = text.encode()
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(data)))
                if status == 302:
                    self.send_header("Location", "https://elsewhere.zone/")
                self.end_headers()
                self.wfile.write(data)

        def by_name(link, name, _):
            if name in contexts:
                link.context = contexts[name]

        first = next(iter(contexts.values()))
        first.sni_callback = by_name
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # who does not believe us hangs up
        self.server.socket = first.wrap_socket(self.server.socket, server_side=True,
                                               do_handshake_on_connect=False)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @staticmethod
    def context(certificate):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.cert, certificate.key)
        return context

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
