"""Internet addresses, all of them from ranges that are kept for documentation."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...program import columns
from ..digits import fixed_text
from ..ground import Frame, Kernel
from ..hashing import below_wide, hash_ints
from ..permute import permute
from ..vector import Vec, Words
from .base import register

_IPV4: Final = Words([f"{net}.{host}" for net in ("192.0.2", "198.51.100", "203.0.113") for host in range(256)])
"""All addresses of the three nets of RFC 5737."""
_HEX: Final = np.frombuffer(b"0123456789abcdef", np.uint8)


@register("ipv4")
class Ipv4(Kernel):
    """An address of 192.0.2.0/24, 198.51.100.0/24 or 203.0.113.0/24; unique ones are a keyed bijection of the row number."""

    program: columns.Ipv4

    def values(self, frame: Frame) -> Vec:
        size = len(_IPV4)
        if self.program.unique:
            place = permute(self.key & ((1 << 62) - 1), size, frame.rows % size)
        else:
            place = below_wide(frame.hash(self.key), size)
        return Vec(place.astype(np.int32), words=_IPV4)


@register("ipv6")
class Ipv6(Kernel):
    """An address of 2001:db8::/32 (RFC 3849) in the form of RFC 5952: no group begins with a zero, so none is shortened."""

    def values(self, frame: Frame) -> Vec:
        out = np.full((frame.count, 38), ord(":"), np.uint8)
        out[:, :8] = np.frombuffer(b"2001:db8", np.uint8)
        for number in range(6):
            group = 0x1000 + below_wide(hash_ints(self.subkey("group", str(number)), frame.rows), 0xF000)
            for place in range(4):
                out[:, 9 + 5 * number + place] = _HEX[group >> (12 - 4 * place) & 15]
        return Vec(np.zeros(0), text=fixed_text(out))
