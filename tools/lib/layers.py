"""Checks every #include under src against the layers of the house.

check_layers [SRC]: prints what breaks a rule as file:line, and one line of summary.
"""

import os
import sys
from fnmatch import fnmatch

from lib import includes as graph

# A directory may include what stands to its right, and its own files; nothing else.
LAYERS = {
    "base": [],
    "io": ["base"],
    "format": ["base"],
    "store": ["base"],
    "core": ["base", "format", "store"],
    "service": ["base", "format", "store", "core"],
    "proto": ["base", "format", "core", "service"],
    "helper": ["base", "format"],
    "server": ["base", "io", "format", "store", "core", "service", "proto"],
}

# Single crossings: who, what, why.
CROSSINGS = [
    ("service/transport/*", "io/*", "the queue talks to other hosts"),
    ("service/indexer/*", "io/*", "documents are read by a helper program in a cage"),
    ("service/preview/*", "io/*", "documents are shown by a helper program in a cage"),
    ("service/mailauth/*", "io/*", "SPF and DKIM ask the DNS"),
    ("service/reports/*", "io/*", "reports of others are read in a cage"),
]

# Protocols that others may stand on.
SHARED_PROTOCOLS = ["http"]

# Libraries and the files that wrap them, so that each can be replaced by touching those.
LIBRARIES = [
    ("rocksdb/*", ["store/rocksdb.c"], "the embedded engine"),
    ("openssl/*", ["io/tls.c", "io/tls/challenge.c", "io/out/tls_client.c", "store/codec.c",
                   "core/credential/kdf_sha1.c", "core/signin/seal.c",
                   "service/signin/webauthn/key.c", "service/sasl/token_key.c",
                   "service/mailauth/crypto.c", "service/push/note.c", "service/acme/crypto.c",
                   "proto/http/ws/key.c", "service/oauth/jose.c",
                   "format/digest/digest.c", "service/push/seal.c",
                   "helper/smime/smime.c"],
     "TLS; SHA-256 of blobs; SCRAM-SHA-1; signatures of tokens, mail, ACME; names in pushes; "
     "keys of WebSocket; digests of files; sealed pushes; S/MIME in the cage"),
    ("xapian.h", ["core/search_xapian.cc"], "full text"),
    ("nghttp2/*", ["proto/http/h2/h2.c"], "frames of HTTP/2"),
    ("zlib.h", ["io/deflate.c", "format/gzip/gzip.c", "format/zip/zip.c", "helper/pdf/png.c"],
     "COMPRESS=DEFLATE; reports that are sent; checksums of archives; pictures of pages"),
    ("unbound.h", ["io/out/resolver.c"], "questions to the DNS"),
    ("pcre2.h", ["service/sieve/run/pattern.c"], "regular expressions, with limits"),
    ("libical/*", ["format/ical/ical.c"], "iCalendar"),
    ("curl/*", ["io/out/web.c"], "questions to web servers"),
    ("zstd*", ["store/codec.c"], "blobs are compressed before the log"),
    ("unicode/*", ["format/charset.c", "format/unicode.c", "core/credential/prepare.c"],
     "charsets; normal forms and case; SASLprep"),
    ("idn2.h", ["format/domain.c"], "domain names beyond ASCII"),
    ("sodium*", ["core/credential/kdf.c"], "Argon2id"),
    ("gsasl*", ["service/sasl_gsasl.c"], "SASL"),
    ("gssapi/*", ["service/sasl/kerberos.c"], "Kerberos"),
    ("confuse.h", ["server/config.c", "server/config/*"], "the configuration file"),
    ("seccomp.h", ["helper/cage.c"], "what a helper gives up"),
    ("archive*", ["helper/archive.c", "helper/report/unpack.c"],
     "zip archives of XML; reports, packed"),
    ("libxml/*", ["helper/archive.c", "helper/html/xml.c", "helper/report/dmarc.c"],
     "XML of documents and of reports"),
    ("poppler-*", ["helper/pdf_poppler.cc", "helper/pdf/draw_poppler.cc"], "PDF"),
    ("jansson.h", ["format/json/tree.c", "server/table.c", "helper/report/tlsrpt.c"],
     "JSON, read; by the command line for its tables, in the cage in reports"),
]

# What the C library and Linux give; all else in <> must be a row of LIBRARIES.
SYSTEM = """\
assert.h ctype.h dirent.h endian.h errno.h execinfo.h fcntl.h fnmatch.h getopt.h glob.h grp.h
inttypes.h libgen.h limits.h locale.h math.h netdb.h poll.h pthread.h pwd.h sched.h semaphore.h
setjmp.h signal.h spawn.h stdalign.h stdarg.h stdatomic.h stdbool.h stddef.h stdint.h stdio.h
stdlib.h stdnoreturn.h string.h strings.h syslog.h termios.h threads.h time.h unistd.h arpa/*
algorithm cmath linux/* memory net/* netinet/* sys/*""".split()


def layer_of(path):
    return path.split("/")[0]


def may_include(name, path):
    """None, or why the quoted include of path in name is not allowed."""
    own, other = layer_of(name), layer_of(path)
    if any(fnmatch(name, who) and fnmatch(path, what) for who, what, _ in CROSSINGS):
        return None
    if own == other == "proto":
        own_protocol, other_protocol = name.split("/")[1], path.split("/")[1]
        if own_protocol != other_protocol and other_protocol not in SHARED_PROTOCOLS:
            return f"protocol {own_protocol} may not include protocol {other_protocol}"
        return None
    if own == other or other in LAYERS.get(own, []):
        return None
    return f"{own} may not include {other}"


def may_use_library(name, path):
    """None, or why the <include> of path in name is not allowed."""
    for header, files, _ in LIBRARIES:
        if fnmatch(path, header):
            if any(fnmatch(name, pattern) for pattern in files):
                return None
            return f"<{path}> belongs into {' or '.join(files)}"
    if any(fnmatch(path, pattern) for pattern in SYSTEM):
        return None
    return f"<{path}> is no row of LIBRARIES or SYSTEM in tools/lib/layers.py"


def check(src):
    """[(file, line, complaint)] for the tree at src."""
    includes = graph.includes_of(src)
    found = []
    for name, rows in includes.items():
        if layer_of(name) not in LAYERS:
            found.append((name, 1, f"{layer_of(name)} is no layer"))
            continue
        for line, mark, path in rows:
            if mark == "<":
                why = may_use_library(name, path)
            elif path not in includes:
                why = f'"{path}" is no file under src; includes are spelled from src on'
            else:
                why = may_include(name, path)
            if why:
                found.append((name, line, why))
    for ring in graph.cycles(graph.graph_of(includes)):
        found.append((ring[0], 1, "include cycle: " + " ".join(ring)))
    return found, len(includes), sum(len(rows) for rows in includes.values())


def main():
    src = sys.argv[1] if len(sys.argv) > 1 else os.path.join(graph.TOP, "src")
    found, files, rows = check(src)
    for name, line, why in found:
        print(f"src/{name}:{line}: {why}")
    print(f"layers: {rows} includes in {files} files, {len(found)} broken")
    return 1 if found else 0

