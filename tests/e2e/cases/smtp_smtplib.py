"""S2, S5: smtplib sends samples to several people; they arrive byte for byte, once each."""

import smtplib

from lib import mail
from lib.client import want, want_equal

SETTINGS = {"delay_ms": "0"}


def run(server):
    jane, luis = server.jane, server.luis
    group = [server.add_account(f"p{i}") for i in range(3)]
    writer = "ada.cole@commonwealth.example"
    session = smtplib.SMTP("127.0.0.1", server.ports["mx"])
    for _, message in mail.samples():
        session.sendmail(writer, [luis, *group], message, mail_options=["BODY=8BITMIME"])
    session.quit()
    for address in (luis, *group):
        got = mail.bodies(server, address)
        want_equal(len(got), len(mail.samples()), f"messages of {address}")
        for (name, sent), received in zip(mail.samples(), got):
            sent = sent if sent.endswith(b"\r\n") else sent + b"\r\n"
            want(received.endswith(sent), f"{name} is not what was sent to {address}")
            want(received.startswith(b"Return-Path: <" + writer.encode() + b">\r\n"),
                 f"{name}: no Return-Path: {received[:200]!r}")
            want(b"\r\nReceived: from " in received[:-len(sent)], f"{name}: no Received")

    # One bad recipient does not keep mail from the others.
    session = mail.submission(server, jane)
    refused = session.sendmail(jane, [luis, "nobody@e2e.example"],
                               mail.simple(jane, luis, "two"))
    want_equal(list(refused), ["nobody@e2e.example"], "refused")
    session.quit()
    try:
        smtplib.SMTP("127.0.0.1", server.ports["mx"]).sendmail(
            jane, ["x@elsewhere.example"], mail.simple(jane, "x@elsewhere.example", "relay"))
        want(False, "an open relay")
    except smtplib.SMTPRecipientsRefused as error:
        want(error.recipients["x@elsewhere.example"][0] in (550, 551, 554), str(error))
