"""Where the bytes of a file come from: a disk or the database, packed with gzip or not."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from app.domain.errors import InvalidInput

GZIP = b"\x1f\x8b"
MOST_UNPACKED = 2 * 1024**3
"""A packed file that grows beyond this is refused: a small one may hold anything."""


@dataclass(frozen=True, slots=True)
class Source:
    """A named file that can be opened again and again."""

    name: str
    raw: Callable[[], IO[bytes]]

    def open(self) -> IO[bytes]:
        """Its bytes, unpacked."""
        file = self.raw()
        is_packed = file.read(2) == GZIP
        file.seek(0)
        if not is_packed:
            return file
        return cast(IO[bytes], io.BufferedReader(_Unpacked(self.name, file)))


def on_disk(path: Path) -> Source:
    """A file by its path."""
    return Source(path.name, lambda: path.open("rb"))


def in_memory(name: str, content: bytes) -> Source:
    """A file whose bytes are here."""
    return Source(name, lambda: io.BytesIO(content))


class _Unpacked(io.RawIOBase):
    """A gzip stream with an end; raises InvalidInput for a damaged or a swollen one."""

    def __init__(self, name: str, packed: IO[bytes]) -> None:
        self._name = name
        self._packed = packed
        self._stream = gzip.GzipFile(fileobj=packed)
        self._left = MOST_UNPACKED

    def readable(self) -> bool:
        """Of course."""
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        """The next bytes."""
        try:
            found = self._stream.readinto(buffer)
        except (OSError, EOFError, zlib.error):
            raise InvalidInput({self._name: "is a damaged gzip file"}) from None
        self._left -= found
        if self._left < 0:
            raise InvalidInput({self._name: f"unpacks to more than {MOST_UNPACKED:,} bytes"})
        return found

    def close(self) -> None:
        """Give the file back."""
        self._packed.close()
        super().close()
