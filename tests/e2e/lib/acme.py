"""An ACME server (RFC 8555) for the cases: strict, and as unfriendly as it is told to be. Debian's
Python runs it as a child (lib/child.py) that reads ["set", NAME, VALUE] or ["state"].

Names are looked for at 127.0.0.1: HTTP-01 at the port "http", TLS-ALPN-01 at "https"."""

import base64
import datetime
import hashlib
import hmac
import http.server
import ipaddress
import json
import os
import secrets
import socket
import ssl
import sys
import threading
import time
import urllib.request

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

IDENTIFIER = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.31")
PROBLEM = "urn:ietf:params:acme:error:"
REJECT_EVERY = 5  # nonces that are refused though they are good
SECONDS = 60


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text):
    if "=" in text:
        raise Refused(400, "malformed", "padding in base64url")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Refused(Exception):
    def __init__(self, status, kind, detail, retry_after=None):
        super().__init__(detail)
        self.status, self.kind, self.detail, self.retry_after = status, kind, detail, retry_after


class Authority:
    """Signs; writes its certificate to a file."""

    def __init__(self, path):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "ACME of the test")])
        self.certificate = self.sign(self.name, self.key.public_key(), [], -3600, 86400, True)
        with open(path, "wb") as f:
            f.write(self.pem())

    def pem(self):
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def sign(self, subject, public, names, after_s, before_s, is_ca=False):
        now = datetime.datetime.utcnow()
        builder = (x509.CertificateBuilder().subject_name(subject).issuer_name(self.name)
                   .public_key(public).serial_number(x509.random_serial_number())
                   .not_valid_before(now + datetime.timedelta(seconds=after_s))
                   .not_valid_after(now + datetime.timedelta(seconds=before_s))
                   .add_extension(x509.BasicConstraints(is_ca, None), True)
                   .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(
                       self.key.public_key()), False)
                   .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), False))
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), False)
        return builder.sign(self.key, hashes.SHA256())


def jwk_key(jwk):
    if jwk.get("kty") != "EC" or jwk.get("crv") != "P-256" or set(jwk) != {"kty", "crv", "x", "y"}:
        raise Refused(400, "badPublicKey", "not P-256")
    x, y = unb64(jwk["x"]), unb64(jwk["y"])
    if len(x) != 32 or len(y) != 32:
        raise Refused(400, "badPublicKey", "coordinates are 32 bytes")
    return ec.EllipticCurvePublicNumbers(int.from_bytes(x, "big"), int.from_bytes(y, "big"),
                                         ec.SECP256R1()).public_key()


def thumbprint(jwk):
    text = json.dumps({k: jwk[k] for k in ("crv", "kty", "x", "y")}, separators=(",", ":"))
    return b64(hashlib.sha256(text.encode()).digest())


def jws_parts(text):
    try:
        jws = json.loads(text)
        if set(jws) != {"protected", "payload", "signature"}:
            raise Refused(400, "malformed", f"members {sorted(jws)}")
        return jws, json.loads(unb64(jws["protected"]))
    except ValueError as e:
        raise Refused(400, "malformed", f"no JWS: {e}") from e


def verify(jws, key):
    signature = unb64(jws["signature"])
    if len(signature) != 64:
        raise Refused(400, "malformed", "the signature is not r and s")
    der = utils.encode_dss_signature(int.from_bytes(signature[:32], "big"),
                                     int.from_bytes(signature[32:], "big"))
    try:
        key.verify(der, f"{jws['protected']}.{jws['payload']}".encode(), ec.ECDSA(hashes.SHA256()))
    except Exception as e:
        raise Refused(403, "unauthorized", "the signature does not hold") from e


class Acme:
    def __init__(self, folder):
        self.lock = threading.RLock()
        self.authority = Authority(os.path.join(folder, "acme-ca.pem"))
        self.nonces, self.asked = set(), 0
        self.accounts, self.orders, self.authorizations, self.certificates = {}, {}, {}, {}
        self.settings = {"http": 0, "https": 0, "refuse": None, "hold": False, "lifetime_s": 86400,
                         "age_s": 60, "validation": None, "binding": None, "renew_now": False}
        self.seen = {"refused_nonces": 0, "validated": [], "violations": [], "issued": 0,
                     "replaced": 0, "renewal_infos": 0}
        self.base = None

    # What each resource does: (status, body, fields).

    def directory(self):
        return {"newNonce": f"{self.base}/nonce", "newAccount": f"{self.base}/account",
                "newOrder": f"{self.base}/order", "revokeCert": f"{self.base}/revoke",
                "keyChange": f"{self.base}/key", "renewalInfo": f"{self.base}/renewal",
                "meta": {"termsOfService": f"{self.base}/terms",
                         "externalAccountRequired": bool(self.settings["binding"])}}

    def nonce(self):
        with self.lock:
            nonce = secrets.token_urlsafe(16)
            self.nonces.add(nonce)
            return nonce

    def take_nonce(self, nonce):
        self.asked += 1
        if nonce not in self.nonces:
            raise Refused(400, "badNonce", "unknown nonce")
        self.nonces.remove(nonce)
        if self.asked % REJECT_EVERY == 0:
            self.seen["refused_nonces"] += 1
            raise Refused(400, "badNonce", "a nonce that got too old")

    def authenticate(self, text, url):
        """(account or None, its key, payload)"""
        jws, header = jws_parts(text)
        if header.get("alg") != "ES256" or header.get("url") != url:
            raise Refused(400, "malformed", f"alg {header.get('alg')} url {header.get('url')}")
        if ("jwk" in header) == ("kid" in header):
            raise Refused(400, "malformed", "exactly one of jwk and kid")
        if ("jwk" in header) != (url == f"{self.base}/account"):
            raise Refused(400, "malformed", "jwk is for new accounts alone")
        self.take_nonce(header.get("nonce"))
        account = self.accounts.get(header.get("kid"))
        if "kid" in header and not account:
            raise Refused(400, "accountDoesNotExist", "no such account")
        jwk = header.get("jwk") or account["jwk"]
        verify(jws, jwk_key(jwk))
        payload = unb64(jws["payload"])
        return account, jwk, json.loads(payload) if payload else None

    def refuse_if_told(self, path):
        refuse = self.settings["refuse"]
        if refuse and refuse["path"] == path and refuse["count"] > 0:
            refuse["count"] -= 1
            raise Refused(refuse["status"], refuse["kind"], "as the test wants",
                          refuse.get("retry_after"))

    def new_account(self, jwk, payload):
        for url, account in self.accounts.items():
            if account["jwk"] == jwk:
                return 200, account, {"Location": url}
        if not payload.get("termsOfServiceAgreed"):
            raise Refused(403, "userActionRequired", "the terms are not agreed to")
        self.check_binding(jwk, payload.get("externalAccountBinding"))
        url = f"{self.base}/account/{len(self.accounts) + 1}"
        self.accounts[url] = {"jwk": jwk, "status": "valid", "contact": payload.get("contact", [])}
        return 201, self.accounts[url], {"Location": url}

    def check_binding(self, jwk, binding):
        wanted = self.settings["binding"]
        if not wanted:
            return
        if not binding:
            raise Refused(403, "externalAccountRequired", "no binding")
        header = json.loads(unb64(binding["protected"]))
        text = f"{binding['protected']}.{binding['payload']}".encode()
        mac = hmac.new(unb64(wanted["key"]), text, hashlib.sha256).digest()
        if (header != {"alg": "HS256", "kid": wanted["id"], "url": f"{self.base}/account"} or
                unb64(binding["signature"]) != mac or json.loads(unb64(binding["payload"])) != jwk):
            raise Refused(403, "unauthorized", "the binding does not hold")

    def new_order(self, account, payload):
        names = [i["value"] for i in payload["identifiers"] if i["type"] == "dns"]
        if not names or len(names) != len(payload["identifiers"]):
            raise Refused(400, "malformed", "identifiers")
        number = len(self.orders) + 1
        url = f"{self.base}/order/{number}"
        order = {"account": account, "names": names, "authorizations": [], "status": "pending",
                 "url": url, "certificate": None}
        for i, name in enumerate(names, 1):
            authorization = f"{self.base}/authorization/{number}-{i}"
            token = secrets.token_urlsafe(24)
            self.authorizations[authorization] = {
                "account": account, "name": name, "status": "pending", "order": order,
                "token": token, "challenges": {
                    kind: {"type": kind, "status": "pending", "token": token,
                           "url": f"{self.base}/challenge/{number}-{i}-{kind}"}
                    for kind in ("http-01", "dns-01", "tls-alpn-01")}}
            order["authorizations"].append(authorization)
        if payload.get("replaces"):
            self.seen["replaced"] += 1
        self.orders[url] = order
        return 201, self.show_order(order), {"Location": url}

    def show_order(self, order):
        shown = {"status": order["status"], "authorizations": order["authorizations"],
                 "identifiers": [{"type": "dns", "value": n} for n in order["names"]],
                 "finalize": order["url"].replace("/order/", "/finalize/")}
        if order["status"] == "valid":
            shown["certificate"] = order["certificate"]
        if order.get("error"):
            shown["error"] = order["error"]
        return shown

    def show_authorization(self, a):
        return {"status": a["status"], "identifier": {"type": "dns", "value": a["name"]},
                "challenges": list(a["challenges"].values())}

    def challenge(self, url, account, payload):
        part, _, kind = url.rpartition("/")[2].partition("-")[2].partition("-")
        number = url.rpartition("/")[2].partition("-")[0]
        a = self.authorizations[f"{self.base}/authorization/{number}-{part}"]
        if a["account"] is not account or payload != {}:
            raise Refused(403, "unauthorized", "not yours, or not {}")
        if a["challenges"][kind]["status"] == "pending":
            a["challenges"][kind]["status"] = "processing"
            threading.Thread(target=self.validate, args=(a, kind), daemon=True).start()
        return 200, a["challenges"][kind], {"Link": f'<{self.base}/directory>;rel="index"'}

    def validate(self, a, kind):
        time.sleep(0.1)
        try:
            wanted = f"{a['token']}.{thumbprint(a['account']['jwk'])}"
            if self.settings["validation"]:
                raise Refused(403, self.settings["validation"], "as the test wants")
            prove = {"http-01": self.fetch, "tls-alpn-01": self.connect}[kind]
            prove(a["name"], a["token"], wanted)
            problem = None
        except Refused as e:
            problem = {"type": PROBLEM + e.kind, "detail": e.detail}
        except Exception as e:  # whatever a broken peer does
            problem = {"type": PROBLEM + "connection", "detail": repr(e)}
        with self.lock:
            self.settle(a, kind, problem)

    def settle(self, a, kind, problem):
        challenge, order = a["challenges"][kind], a["order"]
        a["status"] = challenge["status"] = "invalid" if problem else "valid"
        if problem:
            challenge["error"] = order["error"] = problem
            order["status"] = "invalid"
            return
        self.seen["validated"].append([kind, a["name"]])
        if all(self.authorizations[url]["status"] == "valid" for url in order["authorizations"]):
            order["status"] = "ready"

    def fetch(self, name, token, wanted):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.settings['http']}/.well-known/acme-challenge/{token}",
            headers={"Host": name})
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            said = answer.read().decode()
        if said.rstrip() != wanted:
            raise Refused(403, "unauthorized", f"{said!r} is not what was wanted")

    def connect(self, name, _token, wanted):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_alpn_protocols(["acme-tls/1"])
        plain = socket.create_connection(("127.0.0.1", self.settings["https"]), timeout=SECONDS)
        with context.wrap_socket(plain, server_hostname=name) as tls:
            if tls.selected_alpn_protocol() != "acme-tls/1":
                raise Refused(403, "unauthorized", "no acme-tls/1")
            c = x509.load_der_x509_certificate(tls.getpeercert(True))
            if tls.recv(1) != b"":
                raise Refused(403, "unauthorized", "something was said after the handshake")
        names = c.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        if [n.value for n in names] != [name] or c.issuer != c.subject:
            raise Refused(403, "unauthorized", "names, or not signed by itself")
        extension = c.extensions.get_extension_for_oid(IDENTIFIER)
        digest = b"\x04\x20" + hashlib.sha256(wanted.encode()).digest()
        if not extension.critical or extension.value.value != digest:
            raise Refused(403, "unauthorized", "acmeIdentifier")

    def finalize(self, url, account, payload):
        order = self.orders[url.replace("/finalize/", "/order/")]
        if order["account"] is not account:
            raise Refused(403, "unauthorized", "not yours")
        if order["status"] != "ready":
            raise Refused(403, "orderNotReady", order["status"])
        csr = x509.load_der_x509_csr(unb64(payload["csr"]))
        names = csr.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        if not csr.is_signature_valid or [n.value for n in names] != order["names"]:
            raise Refused(403, "badCSR", "signature or names")
        numbers = csr.public_key().public_numbers()
        if b64(numbers.x.to_bytes(32, "big")) == account["jwk"]["x"]:
            raise Refused(403, "badCSR", "the account's key")
        order["status"], order["csr"] = "processing", csr
        threading.Thread(target=self.issue, args=(order,), daemon=True).start()
        return 200, self.show_order(order), {"Location": order["url"], "Retry-After": "1"}

    def issue(self, order):
        time.sleep(0.2)
        while self.settings["hold"]:
            time.sleep(0.05)
        with self.lock:
            age, life = self.settings["age_s"], self.settings["lifetime_s"]
            c = self.authority.sign(x509.Name([]), order["csr"].public_key(),
                                    [x509.DNSName(n) for n in order["names"]], -age, life - age)
            order["certificate"] = order["url"].replace("/order/", "/certificate/")
            pem = c.public_bytes(serialization.Encoding.PEM) + self.authority.pem()
            self.certificates[order["certificate"]] = (order["account"], pem.decode())
            order["status"] = "valid"
            self.seen["issued"] += 1

    def renewal_info(self):
        self.seen["renewal_infos"] += 1
        now = datetime.datetime.utcnow()
        day = datetime.timedelta(days=1)
        begin = now - day if self.settings["renew_now"] else now + 50 * day
        end = begin + day / 2
        return {"suggestedWindow": {"start": begin.strftime("%Y-%m-%dT%H:%M:%SZ"),
                                    "end": end.strftime("%Y-%m-%dT%H:%M:%SZ")}}

    def post(self, path, text):
        """(status, body, fields)"""
        url = self.base + path
        with self.lock:
            account, jwk, payload = self.authenticate(text, url)
            self.refuse_if_told(path)
            if path == "/account":
                return self.new_account(jwk, payload)
            if path == "/order":
                return self.new_order(account, payload)
            if path.startswith("/challenge/"):
                return self.challenge(url, account, payload)
            if path.startswith("/finalize/"):
                return self.finalize(url, account, payload)
            if payload is not None:
                raise Refused(400, "malformed", "POST-as-GET has no payload")
            return self.read(url, account)

    def read(self, url, account):
        for table, show in ((self.orders, self.show_order),
                            (self.authorizations, self.show_authorization)):
            if url in table:
                if table[url]["account"] is not account:
                    raise Refused(403, "unauthorized", "not yours")
                return 200, show(table[url]), {}
        if url in self.certificates and self.certificates[url][0] is account:
            return 200, self.certificates[url][1], {}
        raise Refused(404, "malformed", "no such thing")


def handler_of(acme):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def answer(self, status, body, fields, kind="application/json"):
            data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
            self.send_response(status)
            for name, value in {"Replay-Nonce": acme.nonce(), "Cache-Control": "no-store",
                                **fields}.items():
                self.send_header(name, value)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data)

        def do_HEAD(self):
            self.answer(200 if self.path == "/nonce" else 404, "", {})

        def do_GET(self):
            if self.path == "/directory":
                self.answer(200, acme.directory(), {})
            elif self.path.startswith("/renewal/"):
                self.answer(200, acme.renewal_info(), {"Retry-After": "21600"})
            else:
                self.answer(405, "", {})

        def do_POST(self):
            text = self.rfile.read(int(self.headers["Content-Length"]))
            try:
                if self.headers["Content-Type"] != "application/jose+json":
                    raise Refused(415, "malformed", "Content-Type")
                status, body, fields = acme.post(self.path, text)
                pem = isinstance(body, str)
                self.answer(status, body, fields,
                            "application/pem-certificate-chain" if pem else "application/json")
            except Refused as e:
                if e.kind in ("malformed", "badCSR", "orderNotReady", "badPublicKey"):
                    acme.seen["violations"].append([self.path, e.kind, e.detail])
                fields = {"Retry-After": str(e.retry_after)} if e.retry_after else {}
                self.answer(e.status, {"type": PROBLEM + e.kind, "detail": e.detail}, fields,
                            "application/problem+json")

    return Handler


def main():
    folder = sys.argv[1]
    acme = Acme(folder)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler_of(acme))
    key = ec.generate_private_key(ec.SECP256R1())
    own = acme.authority.sign(x509.Name([]), key.public_key(),
                              [x509.IPAddress(ipaddress.ip_address("127.0.0.1"))], -60, 86400)
    path = os.path.join(folder, "acme-server.pem")
    with open(path, "wb") as f:
        f.write(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                  serialization.NoEncryption()))
        f.write(own.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    acme.base = f"https://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps({"directory": f"{acme.base}/directory", "ca": f"{folder}/acme-ca.pem"}),
          flush=True)
    for line in sys.stdin:
        words = json.loads(line)
        with acme.lock:
            if words[0] == "set":
                acme.settings[words[1]] = words[2]
            orders = [o["status"] for o in acme.orders.values()]
            print(json.dumps({**acme.seen, "orders": orders}), flush=True)


if __name__ == "__main__":
    main()
