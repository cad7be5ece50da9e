"""Finds the person in a frame with MediaPipe's selfie models.

The model's input is made by swscale straight from I420 at the model's own size: feeding MediaPipe the full frame
costs twice as much, and its category mask four times (matting.md, "Steps timed").
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterator
from typing import Literal, Protocol

import av
import cv2
import mediapipe as mp
import numpy as np
from av.video.reformatter import VideoReformatter
from mediapipe.tasks.python import BaseOptions, vision
from numpy.typing import NDArray

from components.errors import SegmenterError
from components.video.models import GENERAL, LANDSCAPE, ModelFile, ModelPaths

logger = logging.getLogger(__name__)

Delegate = Literal["cpu", "gpu"]
Probability = NDArray[np.float32]

LANDSCAPE_FROM = 1.5
"""Width over height from which the landscape model is used: it is 3 points of IoU better at 16:9 and .3 worse at
4:3 (matting.md B2, "Aspect"); 1.5 lies between the two."""


SATURATION = 0.4
"""Colour left in the model's input (the picture keeps all of it). Loud rooms mislead the general model: on pure magenta
it takes a rim of 9 % of the picture for the person, with .4 it is .3 %, while IoU over ten room colours rises from .961
to .983 and on muted ones stays within .001 (astronaut, 640x480; 1 / .85 / .7 / .5 / .4 / .3 were tried)."""

_LUMA = np.array([[0.299, 0.587, 0.114]] * 3)
_CALMED = (SATURATION * np.eye(3) + (1 - SATURATION) * _LUMA).astype(np.float32)


class Segmenter(Protocol):
    """What the worker needs. Created, used and closed in one thread."""

    def probability(self, frame: av.VideoFrame) -> Probability:
        """The chance of each cell to be a person: float32, any small size, 0..1. Raises SegmenterError."""

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
        self._reformatter = VideoReformatter()

    def probability(self, frame: av.VideoFrame) -> Probability:
        """See `Segmenter`; 256x256, or 144x256 (HxW) for a wide frame."""
        model = LANDSCAPE if frame.width >= LANDSCAPE_FROM * frame.height else GENERAL
        # AREA: .78 against BILINEAR's 1.0 ms at 720p and no worse a matte; FAST_BILINEAR loses 1 to 3 points of IoU.
        small = self._reformatter.reformat(frame, model.width, model.height, "rgb24", interpolation="AREA", threads=1)
        image = mp.Image(image_format=mp.ImageFormat.SRGB, data=cv2.transform(small.to_ndarray(), _CALMED))
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
