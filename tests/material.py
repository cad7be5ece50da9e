"""Pictures of a person with a known outline, for tests and measurements.

The person is scikit-image's astronaut (NASA, public domain). The outline is a model's first word, corrected by hand
where the model is wrong or where something is held, and refined to the pixel; it is a reference, not ground truth.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import cv2
import mediapipe as mp
import numpy as np
import numpy.typing as npt
import platformdirs
import skimage.data
from mediapipe.tasks.python.core.base_options import BaseOptions
from mediapipe.tasks.python.vision import ImageSegmenter, ImageSegmenterOptions

from components.video.models import find_models

Rgb = npt.NDArray[np.uint8]
Matte = npt.NDArray[np.float32]

# Drawn by eye, in pixels of the photo: the flag beside one arm, and the helmet, table and shuttle beside the other.
_FLAG = (
    *((0, 0), (90, 150), (114, 205), (90, 220), (72, 237), (57, 255), (45, 277), (38, 298), (33, 312), (29, 328)),
    *((26, 340), (24, 360), (24, 375), (20, 387), (20, 400), (23, 420), (23, 450), (26, 472), (33, 492), (40, 512)),
    (0, 512),
)
_HELMET_AND_SHUTTLE = (
    *((512, 230), (343, 262), (349, 280), (356, 307), (363, 332), (364, 349), (340, 355), (318, 369), (302, 384)),
    *((294, 398), (286, 418), (280, 440), (277, 465), (277, 490), (280, 512), (512, 512)),
)


@functools.cache
def astronaut() -> tuple[Rgb, Matte]:
    """The photo, uint8 512x512x3 RGB, and the person's alpha, float32 512x512 in 0..1. Both are read-only.

    The helmet in her arm is not part of the person. The first call takes a second, and the very first on a machine
    fetches the models.
    """
    photo = np.ascontiguousarray(skimage.data.astronaut())
    person = _refine(photo, _first_word(photo))
    # One pixel inside the outline: the photo's own edge is a mixture with its background.
    alpha = cv2.GaussianBlur(_shrink(person, 1).astype(np.float32), (0, 0), 1.0, borderType=cv2.BORDER_REPLICATE)
    for array in (photo, alpha):
        array.flags.writeable = False
    return photo, np.asarray(alpha)


def moving_cutout(
    width: int, height: int, frames: int, *, amplitude: float = 0.15, scale: float = 0.9
) -> Iterator[tuple[Matte, Matte]]:
    """The person alone, swaying: float32 HxWx3 RGB already multiplied by alpha, in 0..255, and alpha HxW in 0..1.

    She stands on the bottom edge, `scale` of the frame's height tall, and sways `amplitude` of its width to both sides
    along a sine, once in all `frames`: the first frame follows the last.
    """
    sprite = cutout(max(2, round(height * scale)))
    tall, wide = sprite.shape[:2]
    for index in range(frames):
        sway = amplitude * width * np.sin(2 * np.pi * index / frames)
        shift = np.array([[1, 0, (width - wide) / 2 + sway], [0, 1, height - tall]], np.float32)
        # Linear, so that a movement of less than a pixel shows as one.
        layer = cv2.warpAffine(sprite, shift, (width, height), flags=cv2.INTER_LINEAR)
        yield layer[..., :3], layer[..., 3]


def moving_person(
    width: int,
    height: int,
    frames: int,
    *,
    room: tuple[int, int, int] = (255, 0, 255),
    amplitude: float = 0.15,
    scale: float = 0.9,
) -> Iterator[Rgb]:
    """The person of `moving_cutout` in front of a room of one colour: uint8 HxWx3 RGB frames."""
    wall = np.array(room, np.float32)
    for person, alpha in moving_cutout(width, height, frames, amplitude=amplitude, scale=scale):
        yield np.rint(person + wall * (1 - alpha[..., None])).clip(0, 255).astype(np.uint8)


def write_y4m(path: Path, frames: Iterable[Rgb], fps: int = 30) -> None:
    """Write a film for Chromium's --use-file-for-fake-video-capture, which plays it in a circle.

    4:2:0 in BT.601 and limited range, as cameras deliver. Width and height must be even.
    """
    size: tuple[int, int] | None = None
    with path.open("wb") as file:
        for frame in frames:
            height, width = frame.shape[:2]
            if size is None:
                size = (width, height)
                if width % 2 or height % 2:
                    raise ValueError(f"width and height must be even, not {width}x{height}")
                file.write(f"YUV4MPEG2 W{width} H{height} F{fps}:1 Ip A1:1 C420jpeg\n".encode())
            if size != (width, height):
                raise ValueError("all frames must have one size")
            file.write(b"FRAME\n" + cv2.cvtColor(frame, cv2.COLOR_RGB2YUV_I420).tobytes())
    if size is None:
        raise ValueError("a film needs a frame")


def _first_word(photo: Rgb) -> Matte:
    """The general model's probability that a pixel is person, float32 HxW."""
    models = find_models(platformdirs.user_cache_path("segmentation-studio"))
    options = ImageSegmenterOptions(
        base_options=BaseOptions(model_asset_path=str(models.general)), output_confidence_masks=True
    )
    with ImageSegmenter.create_from_options(options) as segmenter:
        result: Any = segmenter.segment(mp.Image(image_format=mp.ImageFormat.SRGB, data=photo))
        return np.array(result.confidence_masks[0].numpy_view(), np.float32).reshape(photo.shape[:2])


def _refine(photo: Rgb, probability: Matte) -> npt.NDArray[np.uint8]:
    """The person as 0 or 1: GrabCut within a few pixels of the model's outline, then the largest piece, smoothed."""
    elsewhere = np.zeros(photo.shape[:2], np.uint8)
    cv2.fillPoly(elsewhere, [np.array(_FLAG, np.int32), np.array(_HELMET_AND_SHUTTLE, np.int32)], 1)
    guess = ((probability > 0.5) & (elsewhere == 0)).astype(np.uint8)
    labels = np.where(guess == 1, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    labels[_shrink(guess, 7) == 1] = cv2.GC_FGD
    labels[(_shrink(1 - guess, 6) == 1) | (elsewhere == 1)] = cv2.GC_BGD
    cv2.setRNGSeed(1)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(np.ascontiguousarray(photo[..., ::-1]), labels, None, *models, 5, cv2.GC_INIT_WITH_MASK)
    person = cv2.medianBlur(np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8), 7)
    _, pieces, statistics, _ = cv2.connectedComponentsWithStats(person)
    return (pieces == 1 + statistics[1:, cv2.CC_STAT_AREA].argmax()).astype(np.uint8)


def _shrink(mask: npt.NDArray[np.uint8], by: int) -> npt.NDArray[np.uint8]:
    """A 0-or-1 mask without its outermost `by` pixels; the photo's own border is not an edge of it."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * by + 1, 2 * by + 1))
    return np.asarray(cv2.erode(mask, disc, borderType=cv2.BORDER_REPLICATE), dtype=np.uint8)


@functools.cache
def cutout(tall: int) -> Matte:
    """The cut-out person, `tall` pixels high: float32 HxWx4, RGB multiplied by alpha, and alpha."""
    photo, alpha = astronaut()
    # Near the outline the photo's colours hold some of its background: there, those a little further inside are used.
    inside = _shrink((alpha > 0.5).astype(np.uint8), 2)
    _, nearest = cv2.distanceTransformWithLabels(1 - inside, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    palette = np.zeros((int(nearest.max()) + 1, 3), np.uint8)
    palette[nearest[inside == 1]] = photo[inside == 1]
    colours = np.where(inside[..., None] == 1, photo, palette[nearest]).astype(np.float32)
    cutout = np.dstack([colours * alpha[..., None], alpha])
    rows, columns = np.nonzero(alpha.any(axis=1))[0], np.nonzero(alpha.any(axis=0))[0]
    cutout = cutout[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    ratio = tall / cutout.shape[0]
    size = (max(1, round(cutout.shape[1] * ratio)), tall)
    return np.asarray(cv2.resize(cutout, size, interpolation=cv2.INTER_AREA if ratio < 1 else cv2.INTER_LINEAR))
