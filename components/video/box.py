"""A part of the frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from components.video.planes import I420, Plane, Size

ROUND = 32
"""Pixels of which a box that the model looks at has a multiple across and down, so that its cells and the camera's
pixels often begin together (`drawing.py`)."""


@dataclass(frozen=True, slots=True)
class Box:
    """In camera pixels; `right` and `bottom` are just outside. All even, so that it cuts the chroma planes too."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def size(self) -> Size:
        """Width and height."""
        return self.right - self.left, self.bottom - self.top

    @property
    def area(self) -> int:
        """In pixels."""
        return (self.right - self.left) * (self.bottom - self.top)

    def of(self, picture: I420) -> I420:
        """This part of the picture, without a copy."""
        half = np.s_[self.top // 2 : self.bottom // 2, self.left // 2 : self.right // 2]
        return I420(self.cut(picture.y), picture.u[half], picture.v[half])

    def cut(self, plane: Plane) -> Plane:
        """This part of a full-size plane, without a copy."""
        return plane[self.top : self.bottom, self.left : self.right]

    def joined(self, other: Box) -> Box:
        """The smallest box around both."""
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def holds(self, other: Box) -> bool:
        """Whether the other lies wholly in this one."""
        return self.joined(other) == self

    def padded(self, share: float, size: Size) -> Box:
        """With a margin of at least that share of its sides on all four, within a frame of `size`."""
        across, down = share * (self.right - self.left), share * (self.bottom - self.top)
        left, right = _round(self.left - across, self.right + across, size[0])
        top, bottom = _round(self.top - down, self.bottom + down, size[1])
        return Box(left, top, right, bottom)


def _round(first: float, last: float, length: int) -> tuple[int, int]:
    """The even ends of the shortest round span around the given one within 0..`length`, which may be all of that."""
    low, high = max(0, int(first)) & ~1, min(length, int(last) + 2) & ~1
    span = min(length, -(-(high - low) // ROUND) * ROUND)
    low = min(max(0, low - (span - (high - low)) // 2), length - span) & ~1
    return low, low + span


def whole(size: Size) -> Box:
    """The box that is the frame."""
    return Box(0, 0, *size)
