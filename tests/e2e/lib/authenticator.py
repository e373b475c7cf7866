"""What a person signs in with, in software: an authenticator of WebAuthn and codes of TOTP."""

import base64
import hashlib
import hmac
import json
import os
import struct
import time

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, HAS_CREDENTIAL = 1, 4, 64


def text(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def cbor(value):
    """As much of CBOR (RFC 8949) as authenticators write."""
    def head(major, n):
        if n < 24:
            return bytes([major << 5 | n])
        return bytes([major << 5 | 24, n]) if n < 256 else struct.pack(">BH", major << 5 | 25, n)
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    return head(5, len(value)) + b"".join(cbor(k) + cbor(v) for k, v in value.items())


class Authenticator:
    """One passkey; counter and flags may be set by hand."""

    def __init__(self):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = os.urandom(32)
        self.handle = None
        self.counter = 0
        self.flags = PRESENT | VERIFIED

    def client(self, kind, options, origin):
        return json.dumps({"type": kind, "challenge": options["challenge"], "origin": origin,
                           "crossOrigin": False}).encode()

    def data(self, host, more=b"", flags=0):
        self.counter += 1
        return (hashlib.sha256(host.encode()).digest() + bytes([self.flags | flags]) +
                struct.pack(">I", self.counter) + more)

    def create(self, options, origin):
        """What navigator.credentials.create() gives, as JSON."""
        numbers = self.key.public_key().public_numbers()
        public = cbor({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"),
                       -3: numbers.y.to_bytes(32, "big")})
        self.handle = options["user"]["id"]
        more = bytes(16) + struct.pack(">H", len(self.id)) + self.id + public
        data = self.data(options["rp"]["id"], more, HAS_CREDENTIAL)
        return {"id": text(self.id), "rawId": text(self.id), "type": "public-key", "response": {
            "clientDataJSON": text(self.client("webauthn.create", options, origin)),
            "attestationObject": text(cbor({"fmt": "none", "attStmt": {}, "authData": data}))}}

    def get(self, options, origin):
        """What navigator.credentials.get() gives."""
        client = self.client("webauthn.get", options, origin)
        data = self.data(options["rpId"])
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return {"id": text(self.id), "rawId": text(self.id), "type": "public-key", "response": {
            "clientDataJSON": text(client), "authenticatorData": text(data),
            "signature": text(signature), "userHandle": self.handle}}


def totp(secret, ahead=0):
    """The code (RFC 6238) of now, or of so many steps ahead."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    mac = hmac.new(key, struct.pack(">Q", int(time.time()) // 30 + ahead), hashlib.sha1).digest()
    at = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[at:at + 4])[0] & 0x7fffffff) % 1000000:06}"
