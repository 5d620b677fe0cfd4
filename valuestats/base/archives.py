"""What the library's reader of ZIP archives raises on a file that is none, or a damaged one."""

from __future__ import annotations

import struct
import zipfile
import zlib

DAMAGED_ARCHIVE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,  # a member with a password
    NotImplementedError,  # a version or compression that the library does not know
)
"""The errors of opening an archive, or of unpacking a member, that speak of the file and not of the program."""
