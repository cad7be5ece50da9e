"""Finds the person in a frame with MediaPipe's selfie models.

The model's input is made straight from the I420 planes at the model's own size (`model_input.py`): feeding MediaPipe
the full frame costs twice as much, and its category mask four times (matting.md, "Steps timed").
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterator
from typing import Literal, Protocol

import cv2
import mediapipe as mp
import numpy as np
from mediapipe.tasks.python import BaseOptions, vision
from numpy.typing import NDArray

from components.errors import SegmenterError
from components.video.model_input import model_input
from components.video.models import GENERAL, LANDSCAPE, ModelFile, ModelPaths
from components.video.native_log import without_known_lines
from components.video.planes import I420, Size

logger = logging.getLogger(__name__)

Delegate = Literal["cpu", "gpu"]
Probability = NDArray[np.float32]

LANDSCAPE_FROM = 1.5
"""Width over height from which the landscape model is used: it is 3 points of IoU better at 16:9 and .3 worse at
4:3 (matting.md B2, "Aspect"); 1.5 lies between the two."""


def is_wide(size: Size) -> bool:
    """Whether the landscape model is the better one for a picture of this size."""
    return size[0] >= LANDSCAPE_FROM * size[1]


class Segmenter(Protocol):
    """What the worker needs. Created, used and closed in one thread."""

    def probability(self, picture: I420, *, low_light: bool, wide: bool) -> Probability:
        """The chance of each cell of the picture to be a person: float32, any small size, 0..1, stretched over it.

        `picture` may be a part of a frame; `low_light` lifts it where it is dark; `wide` asks for the cheaper
        model, made for wide pictures, whatever the picture's shape. Raises SegmenterError.
        """

    def close(self) -> None:
        """Free the model. Safe to call twice."""


class SelfieSegmenter:
    """MediaPipe Tasks `ImageSegmenter`, one graph for each of the two models, opened when first needed."""

    def __init__(self, models: ModelPaths, delegate: Delegate = "cpu") -> None:
        self._models = models
        self._delegate = delegate
        self._graphs: dict[ModelFile, vision.ImageSegmenter] = {}
        # MediaPipe wants strictly rising time stamps and never recovers from one that is not: camera clocks jump.
        self._clock: Iterator[int] = itertools.count(1)

    def probability(self, picture: I420, *, low_light: bool = True, wide: bool = False) -> Probability:
        """See `Segmenter`; 256x256, or 144x256 (HxW) for a wide picture."""
        model = LANDSCAPE if wide or is_wide(picture.size) else GENERAL
        pixels = model_input(picture, (model.width, model.height), low_light=low_light)
        image = mp.Image(image_format=mp.ImageFormat.SRGB, data=pixels)
        try:
            masks = self._graph(model).segment_for_video(image, next(self._clock)).confidence_masks
        except (RuntimeError, ValueError) as error:
            raise SegmenterError(f"The segmenter failed: {error}") from error
        # A copy, as the view points into memory that MediaPipe reuses.
        return np.array(masks[0].numpy_view(), np.float32).reshape(model.height, model.width)

    def close(self) -> None:
        """See `Segmenter`."""
        for graph in self._graphs.values():
            graph.close()
        self._graphs.clear()

    def _graph(self, model: ModelFile) -> vision.ImageSegmenter:
        if model not in self._graphs:
            path = self._models.landscape if model is LANDSCAPE else self._models.general
            self._graphs[model] = self._open(path.read_bytes())
        return self._graphs[model]

    def _open(self, model: bytes) -> vision.ImageSegmenter:
        if self._delegate == "gpu":
            try:
                return _create(model, BaseOptions.Delegate.GPU)
            except (RuntimeError, NotImplementedError, ValueError) as error:
                logger.warning("The GPU delegate cannot start here, using the CPU: %s", error)
                self._delegate = "cpu"
        return _create(model, BaseOptions.Delegate.CPU)


def _create(model: bytes, delegate: BaseOptions.Delegate) -> vision.ImageSegmenter:
    options = vision.ImageSegmenterOptions(
        base_options=BaseOptions(model_asset_buffer=model, delegate=delegate),
        running_mode=vision.RunningMode.VIDEO,
        output_confidence_masks=True,
        output_category_mask=False,
    )
    with without_known_lines():
        return vision.ImageSegmenter.create_from_options(options)


def checked(probability: object) -> Probability:
    """Refuse what cannot be a probability: wrong type or shape, NaN, outside 0..1. (See also `matte.believed`.)"""
    if not isinstance(probability, np.ndarray) or probability.dtype != np.float32:
        raise SegmenterError("The segmenter gave no float32 array.")
    if probability.ndim != 2 or min(probability.shape) < 16:
        raise SegmenterError(f"The segmenter gave a matte of shape {probability.shape}.")
    in_range, _ = cv2.checkRange(probability, minVal=-1e-3, maxVal=1.001)
    if not in_range:
        raise SegmenterError("The segmenter gave values that are no probabilities.")
    return probability
