"""Members of a ZIP archive, read within limits and never written to disk."""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import PurePosixPath

from valuestats.base.archives import DAMAGED_ARCHIVE
from valuestats.base.errors import InputError
from valuestats.ingest.limits import require_few_parts, unpacked_limit
from valuestats.ingest.sources import Source

MAX_MEMBER = 2 << 30
MAX_TOTAL = 16 << 30
MAX_MEMBERS = 1_000_000
_STORED, _DEFLATED, _ZSTANDARD = 0, 8, 93
_LOCAL_HEADER = 30


class Archive:
    """A ZIP archive held in memory: its members' names, and each one's bytes.

    Compression may be none, deflate or Zstandard. Refused are names that leave the archive, names that stand
    twice, encryption, more than `MAX_MEMBERS` members, and members that are, or grow, larger than declared or
    than `MAX_MEMBER`, `MAX_TOTAL` in all, or `valuestats.ingest.limits.unpacked_limit`.

    Raises
    ------
    InputError
        Not a ZIP archive, one that ends early, or one that is refused.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        try:
            with zipfile.ZipFile(io.BytesIO(source.content)) as archive:
                members = archive.infolist()
        except DAMAGED_ARCHIVE as error:
            raise InputError(
                "not a ZIP archive, or one that ends early",
                got=str(error)[:200],
                hint="the run may not have finished, or the copy was cut off: fetch it again",
                file=source.path,
            ) from None
        if len(members) > MAX_MEMBERS:
            raise self._refused("too many members", len(members))
        self._members: dict[str, zipfile.ZipInfo] = {}
        for member in members:
            self._check(member)
            if member.filename in self._members:
                raise self._refused("a member stands twice", member.filename)
            self._members[member.filename] = member
            if source.content[self._name_at(member)] != member.orig_filename.encode(self._encoding(member)):
                raise self._damaged(member.filename, "its two names differ")
        total = sum(member.file_size for member in members)
        if total > MAX_TOTAL:
            raise self._refused("too large when unpacked", f"{total:,} bytes")

    def _name_at(self, member: zipfile.ZipInfo) -> slice:
        """Where the name stands in the header before the member's bytes; damage there would lose the member."""
        header = self.source.content[member.header_offset : member.header_offset + _LOCAL_HEADER]
        start = member.header_offset + _LOCAL_HEADER
        return slice(start, start + int.from_bytes(header[26:28], "little"))

    @staticmethod
    def _encoding(member: zipfile.ZipInfo) -> str:
        return "utf-8" if member.flag_bits & 0x800 else "cp437"

    @property
    def names(self) -> list[str]:
        """Names of the members, in the order of the archive."""
        return list(self._members)

    def read(self, name: str) -> bytes:
        """Bytes of one member, checked against their declared size and checksum."""
        member = self._members[name]
        content, start = self.source.content, member.header_offset
        header = content[start : start + _LOCAL_HEADER]
        if len(header) < _LOCAL_HEADER or not header.startswith(b"PK\x03\x04"):
            raise self._damaged(name, "its header is missing")
        skip = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
        begin = start + _LOCAL_HEADER + skip
        packed = content[begin : begin + member.compress_size]
        if len(packed) < member.compress_size:
            raise self._damaged(name, "it ends early")
        try:
            data = self._unpack(packed, member)
        except (zlib.error, OSError, EOFError, ValueError, MemoryError) as error:
            raise self._damaged(name, str(error)[:200]) from None
        if len(data) != member.file_size:
            raise self._damaged(name, f"not the declared {member.file_size:,} bytes")
        if zlib.crc32(data) != member.CRC:
            raise self._damaged(name, "its checksum is wrong")
        require_few_parts(data, self.source.path)
        return data

    @staticmethod
    def _unpack(packed: bytes, member: zipfile.ZipInfo) -> bytes:
        limit = member.file_size + 1  # one byte more tells that the declared size is a lie
        if member.compress_type == _STORED:
            return packed
        if member.compress_type == _DEFLATED:
            return zlib.decompressobj(-15).decompress(packed, limit)
        import pyarrow as pa

        with pa.CompressedInputStream(pa.BufferReader(packed), "zstd") as stream:
            parts = []
            while limit > 0 and (part := stream.read(min(limit, 1 << 20))):
                parts.append(part)
                limit -= len(part)
        return b"".join(parts)

    def _check(self, member: zipfile.ZipInfo) -> None:
        name = member.filename
        if (
            name.startswith(("/", "\\"))
            or "\\" in name
            or ":" in name.split("/")[0][1:2]
            or ".." in PurePosixPath(name).parts
        ):
            raise self._refused("a member's name leaves the archive", repr(name))
        if member.flag_bits & 1:
            raise self._refused("a member is encrypted", repr(name))
        if member.compress_type not in (_STORED, _DEFLATED, _ZSTANDARD):
            raise self._refused("a member's compression is unknown", f"{name!r}: {member.compress_type}")
        if member.file_size > min(MAX_MEMBER, unpacked_limit(member.compress_size)):
            raise self._refused(
                "a member unpacks to far more than it should",
                f"{name!r}: {member.compress_size:,} to {member.file_size:,} bytes",
            )

    def _refused(self, why: str, got: object) -> InputError:
        return InputError(f"the archive is refused: {why}", got=got, file=self.source.path)

    def _damaged(self, name: str, why: str) -> InputError:
        return InputError(
            "a member of the archive is damaged",
            got=f"{name!r}: {why}",
            hint="fetch or write the file again",
            file=self.source.path,
        )
