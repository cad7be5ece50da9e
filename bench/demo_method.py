"""The peer: what the AWS tutorial does with each frame in the browser, ported.

"Using Background Replacement with the IVS Broadcast SDK", Web: draw the camera on a canvas, read its pixels, run
`ImageSegmenter` on the canvas with a category mask, and choose camera or background for every pixel by that mask.
https://docs.aws.amazon.com/ivs/latest/RealTimeUserGuide/broadcast-3p-camera-filters-background-replacement.html

Where the port has a choice it takes the cheaper one: `np.where` (half the time of a boolean copy), and the model that
our own path uses at this size (the tutorial's is the general one, which is slower at 16:9).
"""

from __future__ import annotations

from typing import Protocol

import av
import mediapipe as mp
import numpy as np
from mediapipe.tasks.python import vision
from numpy.typing import NDArray

PERSON = 0
"""The selfie models have one label, and the person is category 0; the background is 255 (checked by running it)."""


class CategorySegmenter(Protocol):
    """What is needed of a MediaPipe `ImageSegmenter` with `output_category_mask`."""

    def segment_for_video(self, image: mp.Image, timestamp_ms: int) -> vision.ImageSegmenterResult:
        """A result with a category mask of the image's size."""


class DemoMethod:
    """Whole-frame category mask, and a choice per pixel in RGB. One thread."""

    def __init__(self, segmenter: CategorySegmenter, background: NDArray[np.uint8]) -> None:
        """`background` is uint8 HxWx3 RGB of the camera's size."""
        self._segmenter = segmenter
        self._background = background
        self._stamp = 0

    def composite(self, frame: av.VideoFrame) -> av.VideoFrame:
        """The person before the background: a new yuv420p frame, as an encoder wants it."""
        camera = frame.to_ndarray(format="rgb24")
        image = mp.Image(image_format=mp.ImageFormat.SRGB, data=camera)
        self._stamp += 1
        mask = self._segmenter.segment_for_video(image, self._stamp).category_mask.numpy_view()
        person = mask.reshape(*camera.shape[:2], 1) == PERSON
        pixels = np.where(person, camera, self._background)
        return av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p")
