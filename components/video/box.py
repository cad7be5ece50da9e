"""A part of the frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from components.video.planes import I420, Plane, Size


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
        """With a margin of that share of its sides on all four, even, within a frame of `size`."""
        across, down = share * (self.right - self.left), share * (self.bottom - self.top)
        return Box(
            max(0, int(self.left - across)) & ~1,
            max(0, int(self.top - down)) & ~1,
            min(size[0], int(self.right + across) + 2) & ~1,
            min(size[1], int(self.bottom + down) + 2) & ~1,
        )


def whole(size: Size) -> Box:
    """The box that is the frame."""
    return Box(0, 0, *size)
