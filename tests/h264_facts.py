"""What a picture's bitstream says about itself: enough of H.264 to check a stage's demands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

SLICE, IDR, SPS = 1, 5, 7
_START = re.compile(b"\x00\x00\x00?\x01")


@dataclass(frozen=True)
class Picture:
    """One access unit: when it is shown (90 kHz), when it came (s), and what it is made of."""

    pts: int
    at: float
    bytes: int
    is_idr: bool
    has_b_slices: bool
    profile: tuple[int, bool] | None
    """(profile_idc, constraint_set1_flag) if it brings an SPS: (66, True) is constrained baseline."""


def described(data: bytes, pts: int, at: float) -> Picture:
    """What `data`, an Annex B access unit, holds."""
    units = [unit for unit in _START.split(data) if unit]
    kinds = [unit[0] & 31 for unit in units]
    sps = next((unit for unit, kind in zip(units, kinds, strict=True) if kind == SPS), None)
    slices = [_slice_type(unit) % 5 for unit, kind in zip(units, kinds, strict=True) if kind in (SLICE, IDR)]
    profile = (sps[1], bool(sps[2] & 0x40)) if sps else None
    return Picture(pts, at, len(data), IDR in kinds, 1 in slices, profile)


def _slice_type(unit: bytes) -> int:
    numbers = _exp_golomb(unit[1:12])
    next(numbers)  # first_mb_in_slice
    return next(numbers)


def _exp_golomb(data: bytes) -> Iterator[int]:
    bits = "".join(f"{byte:08b}" for byte in data)
    while bits:
        zeros = len(bits) - len(bits.lstrip("0"))
        yield int(bits[zeros : 2 * zeros + 1], 2) - 1
        bits = bits[2 * zeros + 1 :]
