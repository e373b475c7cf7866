#!/usr/bin/env python3
"""samples.py SUBJECT KIND...: a message with a file of each kind, as it is sent, to stdout."""

import io
import struct
import sys
import zipfile
import zlib
from email.message import EmailMessage
from email.policy import SMTP

OCTETS = "application/octet-stream"
PAGES = 30


def png(width=400, height=240):
    def chunk(name, data):
        body = name + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))
    line = b"".join(bytes([40 + x * 200 // width, 110, 220 - x * 150 // width])
                    for x in range(width))
    dark = b"".join(bytes([24, 40 + x * 60 // width, 70]) for x in range(width))
    rows = b"".join(b"\0" + (dark if y // 30 % 2 else line) for y in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"".join([b"\x89PNG\r\n\x1a\n", chunk(b"IHDR", head),
                     chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")])


def pdf():
    """Pages with a heading, a line of text and a box each."""
    objects = ["<</Type/Catalog/Pages 2 0 R>>", "",
               "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"]
    kids = []
    for i in range(PAGES):
        text = (f"BT /F 28 Tf 72 700 Td (Route 9, section {i + 1}) Tj ET\n"
                f"BT /F 13 Tf 72 660 Td (This is page {i + 1} of the plan.) Tj ET\n"
                f"0.11 0.37 0.77 rg 72 {600 - i * 12} 200 30 re f")
        objects.append(f"<</Length {len(text)}>>stream\n{text}\nendstream")
        kids.append(f"{len(objects) + 1} 0 R")
        objects.append("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]"
                       f"/Contents {len(objects)} 0 R/Resources<</Font<</F 3 0 R>>>>>>")
    objects[1] = f"<</Type/Pages/Count {PAGES}/Kids[{' '.join(kids)}]>>"
    out, at = "%PDF-1.4\n", []
    for i, body in enumerate(objects):
        at.append(len(out))
        out += f"{i + 1} 0 obj{body}endobj\n"
    rows = "".join(f"{place:010} 00000 n \n" for place in at)
    out += (f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{rows}"
            f"trailer<</Size {len(objects) + 1}/Root 1 0 R>>\nstartxref\n{len(out)}\n%%EOF\n")
    return out.encode()


def packed(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return out.getvalue()


def letter():
    """A Word document: a heading, bold text, a list, a table, and a tag that is none."""
    def line(text, before="", look=""):
        return (f"<w:p><w:pPr>{before}</w:pPr><w:r><w:rPr>{look}</w:rPr>"
                f"<w:t>{text}</w:t></w:r></w:p>")
    cells = "".join(f"<w:tc>{line(text)}</w:tc>" for text in ("Section", "Crew"))
    return packed({
        "word/styles.xml": "<w:styles xmlns:w='w'><w:style w:styleId='H'>"
                           "<w:name w:val='heading 1'/></w:style></w:styles>",
        "word/document.xml": "<w:document xmlns:w='w'><w:body>"
        + line("Bridge inspection", "<w:pStyle w:val='H'/>")
        + line("Route 9 is closed on Monday.", look="<w:b/>")
        + line("&lt;script&gt;document.title = 'ran'&lt;/script&gt;")
        + line("Bring lanterns", "<w:numPr/>") + line("Bring ropes", "<w:numPr/>")
        + f"<w:tbl><w:tr>{cells}</w:tr></w:tbl></w:body></w:document>"})


def workbook():
    return packed({
        "xl/workbook.xml": "<workbook><sheets><sheet name='Crews' id='r1'/></sheets></workbook>",
        "xl/_rels/workbook.xml.rels": "<Relationships><Relationship Id='r1' "
                                      "Target='worksheets/sheet1.xml'/></Relationships>",
        "xl/worksheets/sheet1.xml": "<worksheet><sheetData><row><c r='A1' t='inlineStr'><is>"
                                    "<t>North</t></is></c><c r='B1'><v>12</v></c></row>"
                                    "</sheetData></worksheet>"})


def open_text():
    return packed({"content.xml": "<o:document-content xmlns:o='o' xmlns:text='t'><o:body><o:text>"
                                  "<text:h text:outline-level='2'>Minutes</text:h>"
                                  "<text:p>All agreed.</text:p></o:text></o:body>"
                                  "</o:document-content>"})


def samples():
    """Kind: (name, type, content, parameters)"""
    text = "Ein Plan\n\n\tEtwas größer.\n" + "".join(f"{i}. Zeile\n" for i in range(60))
    script = b"<script>document.title = 'ran'</script>"
    return {
        "png": ("stripes.png", "image/png", png()),
        "text": ("notes.txt", "text/plain", text.encode()),
        "latin1": ("alt.txt", "text/plain", "Ärger".encode("latin-1"), {"charset": "iso-8859-1"}),
        "svg": ("drawing.svg", "image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        "zip": ("files.zip", "application/zip", packed({"a.txt": "a"})),
        "pdf": ("pages.pdf", "application/pdf", pdf()),
        "docx": ("letter.docx", OCTETS, letter()),
        "xlsx": ("crews.xlsx", OCTETS, workbook()),
        "odt": ("minutes.odt", OCTETS, open_text()),
        "rtf": ("note.rtf", OCTETS, b"{\\rtf1 Short note.\\par}"),
        "broken": ("broken.pdf", "application/pdf", b"%PDF-1.4 and nothing more"),
        "bidi": ("invoice\u202efdp.exe", OCTETS, b"MZ\0\0"),
        "double": ("invoice.pdf.js", OCTETS, b"MZ\0\0"),
        "html": ("page.html", "text/html", script),
    }


def main():
    made = samples()
    m = EmailMessage(policy=SMTP)
    m["From"], m["To"], m["Subject"] = "Ann Lee <ann@e2e.example>", "x@e2e.example", sys.argv[1]
    m.set_content("See the files.\n")
    for kind in sys.argv[2:]:
        name, type_of, content, *more = made[kind]
        main_type, sub_type = type_of.split("/")
        m.add_attachment(content, maintype=main_type, subtype=sub_type, filename=name,
                         params=more[0] if more else None)
    sys.stdout.buffer.write(m.as_bytes())


main()
