"""Stand-ins for photographs and for a printed report, drawn from their words so that they never change."""

from __future__ import annotations

from hashlib import sha256
from html import escape


def svg(address: str, caption: str) -> bytes:
    """A landscape in two colours that the address decides."""
    digest = sha256(address.encode()).digest()
    sky, land = (f"hsl({digest[at] * 360 // 256} 45% {light}%)" for at, light in ((0, 78), (1, 38)))
    hill, sun = 200 + digest[2] // 4, 80 + digest[3] * 2
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="800" height="450" viewBox="0 0 800 450">
<title>{escape(caption)}</title><rect width="800" height="450" fill="{sky}"/>
<circle cx="{sun}" cy="110" r="46" fill="#fff6d6"/>
<path d="M0 {hill + 60} Q200 {hill} 400 {hill + 50} T800 {hill + 40} V450 H0Z" fill="{land}"/></svg>
""".encode()


def pdf(title: str, text: str) -> bytes:
    """A one-page PDF 1.4 with two lines of Latin text."""
    lines = [line.encode("latin-1", "replace").replace(b"(", b"[").replace(b")", b"]") for line in (title, text[:90])]
    stream = b"BT /F1 16 Tf 60 760 Td (" + lines[0] + b") Tj 0 -28 Td /F1 10 Tf (" + lines[1] + b") Tj ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
    ]
    body, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return body + b"xref\n0 5\n0000000000 65535 f \n%strailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        table,
        len(body),
    )
