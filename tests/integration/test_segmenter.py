"""The real models on the astronaut."""

import logging
from collections.abc import Iterator

import av
import numpy as np
import pytest

from components.settings import read_settings
from components.video.backdrop import Still
from components.video.frame_path import FramePath, Look
from components.video.models import ModelPaths, find_models
from components.video.planes import to_rgb, view
from components.video.quality import Steps
from components.video.segmenter import SelfieSegmenter, checked
from tests.fakes import GREEN, MAGENTA, share_of_room
from tests.material import moving_cutout

LOUD = [MAGENTA, (255, 0, 0), (0, 0, 255), (255, 255, 0)]
MUTED = [(150, 140, 130), (90, 110, 140)]
SIZES = [(640, 480), (1280, 720)]


@pytest.fixture(scope="module")
def models() -> ModelPaths:
    return find_models(read_settings().model_dir)


@pytest.fixture
def segmenter(models: ModelPaths) -> Iterator[SelfieSegmenter]:
    it = SelfieSegmenter(models)
    yield it
    it.close()


def shot(size: tuple[int, int], room: tuple[int, int, int]) -> tuple[av.VideoFrame, np.ndarray]:
    person, alpha = next(iter(moving_cutout(*size, 8)))
    pixels = (person + np.array(room, np.float32) * (1 - alpha[..., None])).astype(np.uint8)
    return av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p"), alpha


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("room", LOUD + MUTED)
def test_the_person_is_found_before_any_wall(
    size: tuple[int, int], room: tuple[int, int, int], segmenter: SelfieSegmenter
) -> None:
    frame, alpha = shot(size, room)
    look = Look(Still.colour(*GREEN))
    composite, _ = FramePath(lambda: 0.0).composite(frame, segmenter, lambda: look, Steps())
    shown = np.abs(to_rgb(view(composite)).astype(int) - GREEN).max(axis=2) > 40
    person = alpha > 0.5
    assert (shown & person).sum() / (shown | person).sum() > 0.93
    if room in LOUD:  # the suit has the muted ones too
        assert share_of_room(composite, room) < 0.01


def test_the_model_follows_the_pictures_shape(segmenter: SelfieSegmenter) -> None:
    sizes = ((640, 480), (1280, 720), (480, 640))
    shapes = [segmenter.probability(view(shot(size, MUTED[0])[0])).shape for size in sizes]
    assert shapes == [(256, 256), (144, 256), (256, 256)]
    narrow = view(shot((480, 640), MUTED[0])[0])
    assert segmenter.probability(narrow, wide=True).shape == (144, 256)


def test_an_empty_room_has_nobody_in_it(segmenter: SelfieSegmenter) -> None:
    pixels = np.full((480, 640, 3), MUTED[0], np.uint8)
    frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p")
    assert checked(segmenter.probability(view(frame))).mean() < 0.02


def test_a_gpu_that_is_not_there_falls_back_to_the_cpu(models: ModelPaths, caplog: pytest.LogCaptureFixture) -> None:
    segmenter = SelfieSegmenter(models, "gpu")
    with caplog.at_level(logging.WARNING):
        frame, alpha = shot((640, 480), MUTED[0])
        assert checked(segmenter.probability(view(frame))).mean() == pytest.approx(alpha.mean(), abs=0.03)
    segmenter.close()
