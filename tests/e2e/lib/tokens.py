"""An issuer of tokens (RFC 7519) for the server to trust, and its keys."""

import base64
import json
import os
import time

from lib.client import tool

ISSUER = "https://id.e2e.example"


def path(server, name):
    return os.path.join(server.folder, name)


def url64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(server, who, key="issuer.key", **more):
    """An RS256 token, signed by the openssl program."""
    claims = {"iss": ISSUER, "aud": "postroad", "email": who, "exp": int(time.time()) + 600, **more}
    text = ".".join(url64(json.dumps(part).encode())
                    for part in ({"alg": "RS256", "typ": "JWT"}, claims))
    with open(path(server, "text"), "w", encoding="ascii") as f:
        f.write(text)
    tool(["openssl", "dgst", "-sha256", "-sign", path(server, key), "-out", path(server, "sig"),
          path(server, "text")])
    with open(path(server, "sig"), "rb") as f:
        return f"{text}.{url64(f.read())}"


def make_keys(server, *names):
    for name in names:
        tool(["openssl", "genrsa", "-out", path(server, f"{name}.key"), "2048"])
        tool(["openssl", "rsa", "-in", path(server, f"{name}.key"), "-pubout", "-out",
              path(server, f"{name}.pub")])


def section(server):
    """What the configuration file says of the issuer."""
    return (f'oauth {{\n    issuer = "{ISSUER}"\n    audience = "postroad"\n'
            f'    keys = {{"{path(server, "issuer.pub")}"}}\n}}\n')
