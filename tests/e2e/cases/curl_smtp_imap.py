"""S2, S5: curl sends over TLS and reads over TLS; certificates are verified both times."""

import os

from lib import mail
from lib.client import tool, want, want_equal

SETTINGS = {"delay_ms": "0"}


def curl(server, address, url, *options, status=0):
    """curl believes the server's certificate alone; its output and, with status, its failure."""
    return tool(["curl", "-sS", "--max-time", "60", "--cacert", server.ca, "--user",
                 f"{address}:{server.passwords[address]}", *options, url], status=status)


def run(server):
    jane, luis = server.jane, server.luis
    letter = mail.simple(jane, luis, "curl", "From curl.\r\n..two dots\r\n")
    path = os.path.join(server.folder, "letter.eml")
    with open(path, "wb") as f:
        f.write(letter)
    submit = ["--mail-from", jane, "--mail-rcpt", luis, "-T", path]
    curl(server, jane, f"smtps://127.0.0.1:{server.ports['submissions']}/", *submit)
    curl(server, jane, f"smtp://127.0.0.1:{server.ports['submission']}/", "--ssl-reqd", *submit)

    imaps = f"imaps://127.0.0.1:{server.ports['imaps']}"
    imap = f"imap://127.0.0.1:{server.ports['imap']}"
    want("INBOX" in curl(server, luis, imaps + "/"), "INBOX is not listed")
    want("* SEARCH 1 2" in curl(server, luis, imaps + "/INBOX", "-X", "SEARCH ALL"), "SEARCH")
    for url, uid in ((imaps, 1), (imap, 2)):
        # As text, CRLF stays: tool() decodes but does not translate.
        got = curl(server, luis, f"{url}/INBOX;UID={uid}", "--ssl-reqd")
        want(got.endswith(letter.decode()), f"not what was sent: {got!r}")

    curl(server, luis, imaps + "/Kept", "-X", "CREATE Kept", status=None)
    curl(server, luis, imaps + "/INBOX", "-T", path)
    want_equal(len(mail.bodies(server, luis)), 3, "messages after APPEND")

    # Neither a false password nor a stranger's certificate passes.
    server.passwords["luis@nowhere"] = "x"
    curl(server, "luis@nowhere", imaps + "/", status=67)
    tool(["curl", "-sS", "--user", "a:b", imaps + "/"], status=60)
