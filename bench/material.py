"""What every measurement looks at: a camera film, a background picture, a clip, and the models."""

from __future__ import annotations

import functools
import io
from collections.abc import Callable, Iterator
from importlib import import_module

import av
import numpy as np
from av.container import InputContainer
from mediapipe.tasks.python import BaseOptions, vision
from numpy.typing import NDArray

from components.settings import read_settings
from components.video.models import GENERAL, LANDSCAPE, ModelFile, ModelPaths, find_models
from components.video.planes import Size, to_frame, view
from components.video.segmenter import LANDSCAPE_FROM

# By name: mypy would follow a plain import into the tests, which are not held to --strict.
_moving_person: Callable[..., Iterator[NDArray[np.uint8]]] = import_module("tests.material").moving_person

ROOM = (150, 140, 130)
"""A beige wall."""

FPS = 30
CLIP_SIZE = (1280, 720)


@functools.cache
def models() -> ModelPaths:
    """The verified model files, where the app keeps them."""
    return find_models(read_settings().model_dir)


def model_for(size: Size) -> ModelFile:
    """The model that the frame path uses at this size."""
    return LANDSCAPE if size[0] >= LANDSCAPE_FROM * size[1] else GENERAL


def open_graph(model: ModelFile, *, category: bool = False) -> vision.ImageSegmenter:
    """A MediaPipe graph with the options of `SelfieSegmenter`, or with a category mask in place of confidences."""
    path = models().landscape if model is LANDSCAPE else models().general
    options = vision.ImageSegmenterOptions(
        base_options=BaseOptions(model_asset_buffer=path.read_bytes(), delegate=BaseOptions.Delegate.CPU),
        running_mode=vision.RunningMode.VIDEO,
        output_confidence_masks=not category,
        output_category_mask=category,
    )
    return vision.ImageSegmenter.create_from_options(options)


def camera_film(size: Size, frames: int = 30) -> list[av.VideoFrame]:
    """The swaying person before a wall, yuv420p, as a decoder gives it."""
    return [
        av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p")
        for pixels in _moving_person(*size, frames, room=ROOM)
    ]


def fresh(frame: av.VideoFrame) -> av.VideoFrame:
    """A copy: cameras never hand in the same object twice, and PyAV keeps scalers inside a frame."""
    return to_frame(view(frame))


@functools.cache
def picture() -> NDArray[np.uint8]:
    """The background: uint8 720x1280x3 RGB, the painted beach, or rough noise of the same size without a painter."""
    try:
        from components.backgrounds.painter import paint
    except ImportError:
        coarse = np.random.default_rng(1).integers(256, size=(45, 80, 3), dtype=np.uint8)
        return np.kron(coarse, np.ones((16, 16, 1), np.uint8))
    return paint("beach", *CLIP_SIZE)


def clip() -> Callable[[], InputContainer]:
    """Opens a film of a second at its beginning: `picture` drifting sideways, H.264 at 1280x720."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=FPS, options={"preset": "veryfast", "threads": "1"})
        stream.width, stream.height = CLIP_SIZE
        stream.pix_fmt = "yuv420p"
        for index in range(FPS):
            pixels = np.ascontiguousarray(np.roll(picture(), 2 * index, axis=1))
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))
    film = file.getvalue()
    return lambda: av.open(io.BytesIO(film), "r")
