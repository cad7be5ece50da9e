"""A part of the frame, and moving pictures of probability between parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

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


_Number = TypeVar("_Number", np.float32, np.uint8)


def remapped(values: NDArray[_Number], old: Box, new: Box, shape: tuple[int, ...]) -> NDArray[_Number]:
    """`values` (HxW, stretched over `old`) as seen over `new` on a grid of `shape`; 0 where nothing is known.

    Gives `values` itself where nothing changes.
    """
    if old == new and values.shape == shape:
        return values
    height, width = shape
    (old_wide, old_tall), (new_wide, new_tall) = old.size, new.size
    across, down = values.shape[1] / old_wide, values.shape[0] / old_tall
    cell_wide, cell_tall = new_wide / width, new_tall / height
    # From the middle of a new cell to camera pixels, and from there to old cells.
    warp = np.array(
        [
            [across * cell_wide, 0, (new.left + cell_wide / 2 - old.left) * across - 0.5],
            [0, down * cell_tall, (new.top + cell_tall / 2 - old.top) * down - 0.5],
        ]
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(values, warp, (width, height), flags=flags), values.dtype)
