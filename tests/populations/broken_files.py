"""Writes the containers that no library here writes: old Office files, and archives that lie."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

SECTOR, FREE, END, FAT = 512, 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def write_ole(path: Path, streams: Mapping[str, bytes]) -> None:
    """A compound file (MS-CFB) of some streams, each padded to the size that needs no mini stream."""
    bodies = {name: body.ljust(4096, b"\0") for name, body in streams.items()}
    entries = [_entry("Root Entry", 5, END, 0, child=1 if bodies else FREE)]
    chain = [FAT, END]  # sector 0 holds the allocation table, sector 1 the directory
    content = b""
    for place, (name, body) in enumerate(bodies.items(), 1):
        padded = body + b"\0" * (-len(body) % SECTOR)
        start, count = len(chain), len(padded) // SECTOR
        chain += [*range(start + 1, start + count), END]
        content += padded
        following = place + 1 if place < len(bodies) else FREE
        entries.append(_entry(name, 2, start, len(body), right=following))
    assert len(chain) <= 128
    assert len(entries) <= 4
    table = struct.pack("<128I", *chain, *[FREE] * (128 - len(chain)))
    header = struct.pack(
        "<8s16xHHHHH6xIIIIIIIII109I",
        *(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6),
        *(0, 1, 1, 0, 4096, END, 0, END, 0),
        *(0, *[FREE] * 108),
    )
    path.write_bytes(header + table + b"".join(entries).ljust(SECTOR, b"\0") + content)


def write_xls(path: Path, rows: Sequence[Sequence[str | float]]) -> None:
    """A workbook of Excel 97 (BIFF8) of one sheet."""
    start = _record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0))
    end = _record(0x0A, b"")
    name = b"Data"
    offset = len(start) + 4 + 6 + 2 + len(name) + len(end)
    sheet_entry = struct.pack("<IHBB", offset, 0, len(name), 0) + name
    sheet = _record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0))
    sheet += _record(0x200, struct.pack("<IIHHH", 0, len(rows), 0, len(rows[0]), 0))
    for row, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            place = struct.pack("<HHH", row, column, 0)
            if isinstance(cell, str):
                text = struct.pack("<HB", len(cell), 0) + cell.encode("latin-1")
                sheet += _record(0x204, place + text)
            else:
                sheet += _record(0x203, place + struct.pack("<d", cell))
    write_ole(path, {"Workbook": start + _record(0x85, sheet_entry) + end + sheet + end})


def write_members(path: Path, members: Mapping[str, bytes], *, mode: int = 0o100644) -> None:
    """An archive with these names, whatever they are."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = mode << 16
            archive.writestr(info, content)


def mark_encrypted(path: Path) -> None:
    """Set the flag of encryption in every entry of an archive."""
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.find(signature)
        while place >= 0:
            data[place + offset] |= 1
            place = data.find(signature, place + 4)
    path.write_bytes(data)


def understate_sizes(path: Path, size: int) -> None:
    """Have the entries of an archive tell this size, whatever they unpack to."""
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = data.find(signature)
        while place >= 0:
            struct.pack_into("<I", data, place + offset, size)
            place = data.find(signature, place + 4)
    path.write_bytes(data)


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _entry(
    name: str, kind: int, start: int, size: int, *, child: int = FREE, right: int = FREE
) -> bytes:
    text = (name + "\0").encode("utf-16-le")
    head = text.ljust(64, b"\0") + struct.pack("<HBBIII", len(text), kind, 1, FREE, right, child)
    return head + b"\0" * 36 + struct.pack("<IQ", start, size)
