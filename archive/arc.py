"""A record of an ARC file, the format before WARC, as the WARC record that it would be. Pure.

A record is one line (address, IP address, date of 14 digits, media type, and in version 2 some more, last its length)
and the answer as it came; the first of a file describes the file (filedesc://). Source: the format's description by
the Internet Archive, versions 1 and 2.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

# Version 1 has no field between the media type and the length, version 2 has five.
LINE = re.compile(
    rb"(?P<url>[a-zA-Z][\w+.-]*:[^\r\n]{1,3000}) (?P<ip>[0-9a-fA-F.:]{3,45}) (?P<date>\d{14}) (?P<type>[^ \r\n]{1,200})"
    rb"(?: [^ \r\n]{0,3000}){0,5} (?P<length>\d{1,15})\r?\n"
)


def read(data: bytes) -> tuple[dict[str, str], bytes]:
    """Headers as a WARC record has them (names in lower case), and the block. Raises ValueError."""
    line = LINE.match(data)
    if line is None:
        raise ValueError("the record is damaged (no line of an ARC record)")
    length = int(line["length"])
    block = data[line.end() : line.end() + length]
    if len(block) < length:
        raise ValueError("the record is cut")
    url = line["url"].decode("utf-8", "replace")
    try:
        at = datetime.strptime(line["date"].decode(), "%Y%m%d%H%M%S").replace(tzinfo=UTC).isoformat()
    except ValueError:
        at = line["date"].decode()
    http = block.startswith(b"HTTP/")
    kind = "warcinfo" if url.startswith("filedesc:") else "response" if http else "resource"
    return {
        "warc-type": kind,
        "warc-target-uri": url,
        "warc-date": at,
        "warc-ip-address": line["ip"].decode(),
        "content-type": "application/http; msgtype=response" if http else line["type"].decode("latin-1"),
        "content-length": str(length),
    }, block
