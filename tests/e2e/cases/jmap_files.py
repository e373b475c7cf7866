"""S4: what is attached to an email: all of it as one archive, and what is in documents, made in the
cage, for who may read it."""

import base64
import http.client
import io
import json
import os
import struct
import tempfile
import threading
import time
import zipfile
import zlib
from email.message import EmailMessage

from lib import mail
from lib.client import tool, want, want_equal

HOST = "mail.e2e.example"
SECONDS = 60
GLANCE_SECONDS = 0.05
TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DOCUMENTS = os.path.join(TOP, "helper", "documents")
SENTENCE = "The harbour master of Glückstadt"
NAMES = ["plan.bin", "../../plan.bin", "Plan.bin", "böse\u202efdp.exe", "con.txt", ""]


def get(server, path, who=None):
    """(status, fields, body); asked again while others are served."""
    who = who or server.jane
    login = base64.b64encode(f"{who}:{server.passwords[who]}".encode()).decode()
    end = time.monotonic() + SECONDS
    while True:
        context = mail.trust(server)
        context.check_hostname = False
        session = http.client.HTTPSConnection("127.0.0.1", server.ports["https"], timeout=SECONDS,
                                              context=context)
        session.request("GET", path, headers={"Host": HOST, "Authorization": "Basic " + login})
        answer = session.getresponse()
        said = answer.status, answer.headers, answer.read()
        session.close()
        if said[0] != 503 or time.monotonic() > end:
            return said
        want_equal(said[1]["Retry-After"], "1", "when to ask again")
        time.sleep(GLANCE_SECONDS)


def call(server, name, arguments):
    login = f"{server.jane}:{server.passwords[server.jane]}".encode()
    context = mail.trust(server)
    context.check_hostname = False
    session = http.client.HTTPSConnection("127.0.0.1", server.ports["https"], timeout=SECONDS,
                                          context=context)
    using = ["urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail"]
    session.request("POST", "/jmap/api", json.dumps(
        {"using": using, "methodCalls": [[name, arguments, "0"]]}), {
            "Host": HOST, "Content-Type": "application/json",
            "Authorization": "Basic " + base64.b64encode(login).decode()})
    said = json.loads(session.getresponse().read())
    session.close()
    return said["methodResponses"][0][1]


def message(server, subject, files):
    m = EmailMessage()
    m["From"], m["To"], m["Subject"] = server.luis, server.jane, subject
    m.set_content("Attached.\n")
    for name, content in files:
        m.add_attachment(content, maintype="application", subtype="octet-stream",
                         **({"filename": name} if name else {"disposition": "attachment"}))
    server.put(server.jane, "INBOX", m.as_bytes())


def emails(server, account):
    ids = call(server, "Email/query", {"accountId": account})["ids"]
    rows = call(server, "Email/get", {"accountId": account, "ids": ids,
                                      "properties": ["subject", "attachments"]})["list"]
    return {row["subject"]: row for row in rows}


def one_archive(server, account, email):
    status, fields, body = get(server, f"/jmap/zip/{account}/{email['id']}")
    want_equal((status, fields["Content-Type"]), (200, "application/zip"), "an archive")
    want_equal(fields["Content-Disposition"], 'attachment; filename="many _files.zip"', "its name")
    want("sandbox" in fields["Content-Security-Policy"], "it is opened in no origin")
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        want_equal(archive.testzip(), None, "a reader's judgement")
        want_equal(archive.namelist(),
                   ["plan.bin", "plan (2).bin", "Plan (3).bin", "bösefdp.exe", "_con.txt", "file"],
                   "names")
        for i, row in enumerate(archive.infolist()):
            want_equal(archive.read(row), bytes([i]) * 50000 * i, f"content of {row.filename}")
    with tempfile.NamedTemporaryFile(suffix=".zip") as file:
        file.write(body)
        file.flush()
        want("No errors detected" in tool(["unzip", "-t", file.name]), "unzip's judgement")


def nobody_elses(server, account, email):
    blob = email["attachments"][0]["blobId"]
    for path in (f"/jmap/zip/{account}/{email['id']}", f"/jmap/preview/{account}/{blob}/text"):
        want_equal(get(server, path, server.luis)[0], 404, "another's " + path)
    for path in ("/jmap/zip/", f"/jmap/zip/{account}/", f"/jmap/zip/{account}/E999",
                 f"/jmap/zip/{account}/{email['id']}/x", f"/jmap/preview/{account}/{blob}/",
                 f"/jmap/preview/{account}/{blob}/page-0", f"/jmap/preview/{account}/B999/text"):
        want_equal(get(server, path)[0], 404, path)


def documents(server, account, parts):
    for part in parts:
        path = f"/jmap/preview/{account}/{part['blobId']}/"
        status, fields, body = get(server, path + "text")
        want_equal((status, fields["Content-Type"]), (200, "text/plain; charset=utf-8"),
                   part["name"])
        want(SENTENCE in body.decode(), f"{part['name']}: {body!r}")
        want("sandbox" in fields["Content-Security-Policy"], "it is opened in no origin")


def refused(server, account, parts):
    for part, status in zip(parts, (415, 422)):
        for kind in ("text", "pages", "page-1"):
            want_equal(get(server, f"/jmap/preview/{account}/{part['blobId']}/{kind}")[0],
                       status, f"{part['name']} as {kind}")


def pages(server, account, part):
    path = f"/jmap/preview/{account}/{part['blobId']}/"
    status, fields, body = get(server, path + "pages")
    want_equal((status, json.loads(body)), (200, {"pages": 1, "sizes": [[612, 792]]}), "pages")
    status, fields, body = get(server, path + "page-1")
    want_equal((status, fields["Content-Type"], fields["X-Content-Type-Options"]),
               (200, "image/png", "nosniff"), "a page")
    want_equal(struct.unpack(">II", body[16:24]), (1600, 2071), "its size")
    letters = set(colours(body))
    want(0 in letters and 255 in letters, "letters, black on white")
    want_equal(get(server, path + "page-2")[0], 404, "a page that is not there")
    want_equal(get(server, path + "html")[0], 415, "no HTML of a PDF")


def colours(png):
    """Bytes of a picture whose rows are told by what differs from the row above."""
    at, packed, (width,) = 8, b"", struct.unpack(">I", png[16:20])
    while at < len(png):
        size, name = struct.unpack(">I4s", png[at:at + 8])
        packed += png[at + 8:at + 8 + size] if name == b"IDAT" else b""
        want_equal(struct.unpack(">I", png[at + 8 + size:at + 12 + size])[0],
                   zlib.crc32(png[at + 4:at + 8 + size]), "a checksum")
        at += 12 + size
    plain, stride, above = zlib.decompress(packed), width * 3 + 1, bytes(width * 3)
    for y in range(0, len(plain), stride):
        want_equal(plain[y], 2, "the filter")
        above = bytes((a + b) & 255 for a, b in zip(above, plain[y + 1:y + stride]))
        yield from set(above)


def crowd(server, account, part):
    """More than may be made at a time: everybody gets his, in the end."""
    found = []
    path = f"/jmap/preview/{account}/{part['blobId']}/text"
    threads = [threading.Thread(target=lambda: found.append(get(server, path)[0]))
               for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    want_equal(found, [200] * 8, "all that asked at once")


def run(server):
    message(server, "many /files", [(n, bytes([i]) * 50000 * i) for i, n in enumerate(NAMES)])
    letters = []
    for name in ("letter.pdf", "letter.docx", "letter.odt", "letter.rtf"):
        with open(os.path.join(DOCUMENTS, name), "rb") as file:
            letters.append((name, file.read()))
    message(server, "letters", letters)
    message(server, "none", [("x.png", b"no document"), ("x.pdf", b"%PDF-1.4 and no more")])
    login = get(server, "/jmap/session")
    session = json.loads(login[2])
    account = session["primaryAccounts"]["urn:ietf:params:jmap:mail"]
    want_equal(session["capabilities"]["https://postroad.org/jmap/files"],
               {"zipUrl": "/jmap/zip/{accountId}/{emailId}",
                "previewUrl": "/jmap/preview/{accountId}/{blobId}/{as}"}, "where to ask")
    found = emails(server, account)
    one_archive(server, account, found["many /files"])
    nobody_elses(server, account, found["many /files"])
    documents(server, account, found["letters"]["attachments"])
    pages(server, account, found["letters"]["attachments"][0])
    refused(server, account, found["none"]["attachments"])
    crowd(server, account, found["letters"]["attachments"][0])
