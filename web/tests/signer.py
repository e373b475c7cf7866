"""Somebody whose S/MIME signatures are believed, and somebody whose are not (RFC 8551).

Makes, in a folder, trusted.pem and stranger.pem: a key with its certificate each, for signing as
ADDRESS; and trust.pem, the one authority that the server is told to believe."""

import os
import subprocess

ADDRESS = "grace@signed.example"
EXTENSIONS = ["keyUsage=critical,digitalSignature", "extendedKeyUsage=emailProtection",
              f"subjectAltName=email:{ADDRESS}"]


def openssl(*words):
    subprocess.run(["openssl", *words], check=True, capture_output=True)


def authority(folder, name):
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}",
            "-addext", "keyUsage=critical,keyCertSign,cRLSign",
            "-keyout", f"{folder}/{name}.key", "-out", f"{folder}/{name}.crt")


def signer(folder, name, by):
    added = f"{folder}/extensions"
    with open(added, "w", encoding="ascii") as f:
        f.write("\n".join(EXTENSIONS))
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Grace Lind",
            "-keyout", f"{folder}/key", "-out", f"{folder}/request")
    openssl("x509", "-req", "-days", "2", "-in", f"{folder}/request", "-extfile", added,
            "-CA", f"{folder}/{by}.crt", "-CAkey", f"{folder}/{by}.key", "-set_serial", "7",
            "-out", f"{folder}/certificate")
    with open(f"{folder}/{name}.pem", "w", encoding="ascii") as out:
        for part in ("key", "certificate"):
            with open(f"{folder}/{part}", encoding="ascii") as f:
                out.write(f.read())


def make(folder):
    os.makedirs(folder)
    authority(folder, "believed")
    authority(folder, "foreign")
    signer(folder, "trusted", "believed")
    signer(folder, "stranger", "foreign")
    os.rename(f"{folder}/believed.crt", f"{folder}/trust.pem")
