"""RFC 6558: documents that came by SMTP lie in the mailbox as what scripts made of them, by the
real server and its helper in the cage; all else of the message stays, byte for byte."""

import html
import io
import os
import re
import smtplib
import subprocess
import tarfile
import urllib.request
import zipfile
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser

from lib import mail
from lib.client import Skip, corpora, want, want_equal
from lib.load import imap
from lib.server import DOMAIN

SETTINGS = {"delay_ms": "0"}
TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LETTERS = os.path.join(TOP, "helper", "documents")
ARCHIVE = "documents/enron-office-1.tar.zst"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SMALL, LARGE, WORDS = 4000, 400000, 20  # bytes of a document; words that it has at least
SECONDS = 120
SCRIPT = """require ["convert", "mime", "foreverypart", "fileinto", "mailbox", "imap4flags"];
if convert "%s" "text/plain" ["charset=utf-8"] { addflag "was-word"; }
if convert "application/pdf" "image/png" ["pix-x=200", "pix-y=200"] { addflag "was-pdf"; }
if convert "application/rtf" "text/html" ["charset=us-ascii",
  "unknown-character-replacement=?"] { addflag "was-rtf"; }
if convert "image/tiff" "image/jpeg" ["pix-x=320", "pix-y=240"] { discard; }
""" % WORD


def documents():
    """Texts by Word out of real mail: (name, bytes)."""
    with subprocess.Popen(["zstd", "-dcq", corpora(ARCHIVE)], stdout=subprocess.PIPE) as unpack:
        with tarfile.open(fileobj=unpack.stdout, mode="r|") as all_of_them:
            for member in all_of_them:
                if member.name.endswith(".docx") and SMALL < member.size < LARGE:
                    yield os.path.basename(member.name), all_of_them.extractfile(member).read()
        unpack.kill()


def words_of(document):
    """What it says, by zipfile and without its tags."""
    try:
        with zipfile.ZipFile(io.BytesIO(document)) as parts:
            xml = parts.read("word/document.xml").decode()
    except (zipfile.BadZipFile, KeyError, UnicodeDecodeError):
        return []
    xml = re.sub(r"</w:p>|<w:tab/>|<w:br[^>]*/>", "\0", xml)  # words end there
    runs = re.findall(r"<w:t(?: [^>]*)?>([^<]*)</w:t>|(\0)", xml)
    return re.findall(r"[A-Za-z]{4,}", html.unescape("".join(text or " " for text, _ in runs)))


def a_document():
    for name, document in documents():
        words = words_of(document)
        if len(words) >= WORDS:
            return name, document, words
    raise Skip(f"no text in {ARCHIVE}")


def letter(name):
    with open(os.path.join(LETTERS, name), "rb") as f:
        return f.read()


def message(to, subject, attachments):
    m = EmailMessage(policy=policy.SMTP)
    m["From"], m["To"], m["Subject"] = "clerk@port.example", to, subject
    m.set_content("It is attached.\n")
    for name, kind, content in attachments:
        main, _, sub = kind.partition("/")
        m.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return m.as_bytes()


def deliver(server, raw, to):
    with smtplib.SMTP("127.0.0.1", server.ports["mx"], timeout=SECONDS) as smtp:
        smtp.sendmail("clerk@port.example", to, raw)


def newest(server, who):
    """(flags, the bytes without what delivery put in front)."""
    session = imap(server, who)
    count = int(session.select("INBOX", readonly=True)[1][0])
    row = mail.ok(session.fetch(str(count), "(FLAGS BODY.PEEK[])"))[0]
    session.logout()
    return row[0], row[1][row[1].index(b"From: clerk@port"):]


def parsed(raw):
    return BytesParser(policy=policy.default).parsebytes(raw)


def becomes_text(server):
    name, document, words = a_document()
    raw = message(server.jane, "by Word", [(name, WORD, document),
                                           ("data.bin", "application/octet-stream", document)])
    deliver(server, raw, [server.jane, server.luis])
    for who in (server.jane, server.luis):
        flags, got = newest(server, who)
        want(b"was-word" in flags and b"was-pdf" not in flags, f"flags {flags}")
        text, other = list(parsed(got).iter_attachments())
        want_equal(text.get_content_type(), "text/plain", "its type")
        want_equal(text.get_content_disposition(), "attachment", "its disposition")
        want_equal(text.get_filename(), name[:-len("docx")] + "txt", "its name")
        said = re.findall(r"[A-Za-z]{4,}", text.get_content())
        missing = [w for w in words if w not in said]
        want(len(missing) * 20 <= len(words), f"{name}: not in the text: {missing[:20]}")
        want_equal(other.get_content(), document, "the attachment of another type")
        boundary = b"--" + parsed(raw).get_boundary().encode()
        before, after = raw.split(boundary), got.split(boundary)
        want_equal(len(after), len(before), "parts")
        del before[2], after[2]
        want_equal(after, before, "all but the part")


def pages_and_html(server):
    raw = message(server.jane, "others", [("a.pdf", "application/pdf", letter("letter.pdf")),
                                          ("b.rtf", "application/rtf", letter("letter.rtf"))])
    deliver(server, raw, [server.jane])
    flags, got = newest(server, server.jane)
    want(b"was-pdf" in flags and b"was-rtf" in flags, f"flags {flags}")
    picture, page = list(parsed(got).iter_attachments())
    want_equal((picture.get_content_type(), picture.get_filename()), ("image/png", "a.png"), "PDF")
    png = picture.get_content()
    width, height = (int.from_bytes(png[at:at + 4], "big") for at in (16, 20))
    want(png[:4] == b"\x89PNG" and 0 < width <= 200 and 190 < height <= 200,
         f"a picture of {width} x {height}")
    want_equal((page.get_content_type(), page.get_filename()), ("text/html", "b.html"), "RTF")
    want("Gl?ckstadt" in page.get_content(), page.get_content()[:500])


def what_stays(server):
    """A document that is none, and one that was signed."""
    broken = message(server.jane, "broken", [("a.docx", WORD, b"PK\x03\x04 no more")])
    deliver(server, broken, [server.jane])
    flags, got = newest(server, server.jane)
    want_equal(got, broken, "what cannot be converted")
    want(b"was-" not in flags, f"flags {flags}")
    inner = message(server.jane, "signed", [("a.docx", WORD, letter("letter.docx"))])
    head, body = inner.split(b"\r\n\r\n", 1)
    kind = head[head.index(b"Content-Type"):]
    signed = (head[:head.index(b"MIME-Version")] + b"MIME-Version: 1.0\r\n"
              b'Content-Type: multipart/signed; boundary="sig"; protocol="a/b"\r\n\r\n'
              b"--sig\r\n" + kind + b"\r\n\r\n" + body + b"\r\n--sig\r\nContent-Type: a/b\r\n\r\n"
              b"x\r\n--sig--\r\n")
    deliver(server, signed, [server.jane])
    want_equal(newest(server, server.jane)[1], signed, "what was signed")
    log = server.log()
    want("sieve.not_converted" in log, "nothing in the log of what was not converted")


def run(server):
    server.cli("sieve", "put", DOMAIN, "convert", "--before", stdin=SCRIPT)
    pages_and_html(server)
    what_stays(server)
    with urllib.request.urlopen(f"http://127.0.0.1:{server.ports['metrics']}/metrics") as page:
        text = page.read().decode()
    want('postroad_sieve_conversions_total{result="made"} 2' in text, "conversions are not counted")
    becomes_text(server)
