"""Buffers that are kept from frame to frame."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T", bound=np.generic)


class Scratch(Generic[T]):
    """Scratch space by name. The box around the person changes with every movement, the memory only when it grows."""

    def __init__(self, dtype: type[T]) -> None:
        self._dtype = dtype
        self._buffers: dict[str, NDArray[T]] = {}

    def __call__(self, name: str, like: NDArray[Any]) -> NDArray[T]:
        """The buffer of that name in this picture's shape, its content undefined; valid until it is asked for again."""
        if name not in self._buffers or self._buffers[name].size < like.size:
            self._buffers[name] = np.empty(like.size, self._dtype)
        return self._buffers[name][: like.size].reshape(like.shape)
