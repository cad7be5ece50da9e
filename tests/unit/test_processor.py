"""The fail-closed rules, on a clock that the tests move."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
from av.video.reformatter import ColorRange, Colorspace

from components.video.backdrop import FADE_SECONDS, Backdrop, Blur, Still, Strength
from components.video.camera_size import CHANGES_AT_ONCE
from components.video.frame_path import Look
from components.video.planes import I420, to_rgb
from components.video.processor import FAILURES_TO_REOPEN, STALE_SECONDS, Processor
from components.video.quality import Override
from components.video.segmenter import Segmenter
from components.video.slate import PAUSED, STARTING, slate
from tests.fakes import GREEN, SKIN, FakeSegmenter, camera_frame, failing, middle_third, share_of_room, stalled

WIDTH, HEIGHT = 160, 120
WAIT = 10


class Bench:
    """A processor with a clock to move, a look to change, and a count of what came out."""

    def __init__(self, make_segmenter: Callable[[], Segmenter]) -> None:
        self.now = 100.0
        # Without the backdrop's light on the person, colours can be told to a few levels. The segmenter is asked at
        # every frame: its answers are what is tested.
        self.look = Look(Still.colour(*GREEN), override=Override(light_match=0, stride=1))
        self.processor = Processor(make_segmenter, lambda: self.look, clock=lambda: self.now)
        self._composed = threading.Semaphore(0)

    def start(self) -> None:
        self.processor.start(self._composed.release)

    def submit(self, width: int = WIDTH, height: int = HEIGHT) -> None:
        self.processor.submit(camera_frame(width, height))

    def compose(self, width: int = WIDTH, height: int = HEIGHT) -> None:
        self.submit(width, height)
        assert self.composed(), self.processor.figures()

    def composed(self) -> bool:
        return self._composed.acquire(timeout=WAIT)

    def fail(self) -> None:
        before = self.processor.figures().failures
        self.submit()
        assert wait_for(lambda: self.processor.figures().failures == before + 1)

    @property
    def picture(self) -> I420:
        return self.processor.picture()[0]


def wait_for(condition: Callable[[], bool]) -> bool:
    tick = threading.Event()
    return any(condition() or tick.wait(0.005) for _ in range(int(WAIT / 0.005)))


@contextmanager
def bench(*segmenters: FakeSegmenter) -> Iterator[Bench]:
    made = iter(segmenters)
    last = segmenters[-1]
    it = Bench(lambda: next(made, last))
    it.start()
    yield it
    it.processor.stop()
    assert it.processor.join(WAIT)


def is_slate(picture: I420, sentence: str = STARTING) -> bool:
    return bool((picture.y == slate(sentence, picture.size).y).all())


def is_green(picture: I420) -> bool:
    return bool(np.abs(to_rgb(picture).astype(int) - GREEN).max() < 6)


def test_a_slate_until_the_first_composite_then_the_person_on_the_backdrop() -> None:
    gate = threading.Event()
    with bench(FakeSegmenter(stalled(gate))) as it:
        assert is_slate(it.picture)
        it.submit()
        assert is_slate(it.picture)
        gate.set()
        it.compose()
        pixels = to_rgb(it.picture).astype(int)
        assert np.abs(pixels[HEIGHT // 2, WIDTH // 2] - SKIN).max() < 6
        assert np.abs(pixels[5, 5] - GREEN).max() < 6
        assert share_of_room(it.picture) == 0


@pytest.mark.parametrize(("matrix", "span"), [(1, ColorRange.MPEG), (1, ColorRange.JPEG), (6, ColorRange.JPEG)])
def test_a_camera_of_other_colours_shows_the_same_person(matrix: int, span: ColorRange) -> None:
    with bench(FakeSegmenter(middle_third())) as it:
        frame = camera_frame(WIDTH, HEIGHT).reformat(
            dst_colorspace=Colorspace.ITU709 if matrix == 1 else Colorspace.ITU601,
            src_color_range=ColorRange.MPEG,
            dst_color_range=span,
        )
        assert (frame.colorspace, frame.color_range) == (matrix, span)
        it.processor.submit(frame)
        assert it.composed()
        assert np.abs(to_rgb(it.picture)[HEIGHT // 2, WIDTH // 2].astype(int) - SKIN).max() < 6


RUBBISH = [
    failing(),
    RuntimeError("anything"),
    MemoryError(),
    None,
    np.full((64, 64), np.nan, np.float32),
    np.zeros((0, 0), np.float32),
    np.zeros((64, 64, 1), np.float32),
    np.ones((64, 64), np.float32),
    np.full((64, 64), 0.95, np.float32),
    np.full((64, 64), 0.7, np.float32),
]


@pytest.mark.parametrize("rubbish", RUBBISH, ids=lambda r: type(r).__name__)
def test_rubbish_from_the_start_shows_the_slate_and_then_the_bare_backdrop(rubbish: object) -> None:
    with bench(FakeSegmenter(rubbish)) as it:
        it.fail()
        assert is_slate(it.picture)
        it.now += STALE_SECONDS + 0.1
        it.fail()
        assert is_green(it.picture)
        assert it.processor.figures().frames == 0


@pytest.mark.parametrize("rubbish", RUBBISH, ids=lambda r: type(r).__name__)
def test_the_last_composite_stays_for_a_second_and_the_worker_recovers(rubbish: object) -> None:
    with bench(FakeSegmenter(middle_third(), rubbish, middle_third())) as it:
        it.compose()
        composite = it.processor.picture()[1]
        it.fail()
        it.now += STALE_SECONDS - 0.1
        assert it.processor.picture()[1] is composite
        it.now += 0.2
        assert is_green(it.picture)
        it.compose()
        assert it.processor.picture()[1] not in (None, composite)


def test_a_segmenter_that_hangs_leaves_the_bare_backdrop_and_the_choice_of_another() -> None:
    gate = threading.Event()
    with bench(FakeSegmenter(middle_third(), stalled(gate))) as it:
        it.compose()
        it.submit()
        it.now += 5
        assert is_green(it.picture)
        it.look = Look(Still.colour(*SKIN))
        assert np.abs(to_rgb(it.picture).astype(int) - SKIN).max() < 6
        gate.set()


def test_after_a_hang_neither_the_old_frame_nor_the_old_choice_is_shown() -> None:
    gate = threading.Event()
    with bench(FakeSegmenter(middle_third(), stalled(gate), middle_third())) as it:
        it.look = Look(Blur(Strength.LIGHT))
        it.compose()
        it.submit()
        it.now += 60
        it.look = Look(Still.colour(*GREEN))
        assert is_green(it.picture)
        gate.set()
        assert wait_for(lambda: it.processor.figures().failures == 1)
        assert is_green(it.picture)
        it.compose()
        assert share_of_room(it.picture) == 0


def test_nothing_that_a_hung_worker_makes_after_the_stop_is_shown() -> None:
    gate = threading.Event()
    segmenter = FakeSegmenter(stalled(gate))
    with bench(segmenter) as it:
        it.submit()
        assert wait_for(lambda: segmenter.calls == 1)
        it.processor.stop()
        gate.set()
        assert it.processor.join(WAIT)
        assert it.processor.picture()[1] is None


def test_no_camera_frame_for_a_second_shows_the_bare_backdrop() -> None:
    with bench(FakeSegmenter()) as it:
        it.compose()
        it.now += STALE_SECONDS + 0.1
        assert is_green(it.picture)


def test_with_blur_a_failing_segmenter_shows_nothing_of_the_room() -> None:
    with bench(FakeSegmenter(middle_third(), failing())) as it:
        it.look = replace(it.look, backdrop=Blur(Strength.LIGHT))
        it.compose()
        it.fail()
        it.now += STALE_SECONDS + 0.1
        assert share_of_room(it.picture) == 0


class BrokenBackdrop:
    def bare(self, size: tuple[int, int]) -> I420:
        raise RuntimeError("no backdrop")

    def render(self, camera: I420, alpha: object, now: float) -> I420:
        raise RuntimeError("no backdrop")

    def release(self) -> None: ...


def test_a_blurred_room_is_not_repeated_for_somebody_who_has_chosen_else() -> None:
    with bench(FakeSegmenter(middle_third(), failing())) as it:
        it.look = replace(it.look, backdrop=Blur(Strength.LIGHT))
        it.compose()
        it.look = replace(it.look, backdrop=Still.colour(*GREEN))
        it.fail()
        it.now += FADE_SECONDS + 0.1
        assert it.now - 100 < STALE_SECONDS
        assert np.abs(to_rgb(it.picture).astype(int) - GREEN).max() < 8


def test_a_broken_backdrop_shows_a_slate_and_the_next_one_works() -> None:
    broken: Backdrop = BrokenBackdrop()
    with bench(FakeSegmenter()) as it:
        it.look = Look(broken)
        it.fail()
        it.now += STALE_SECONDS + 0.1
        assert is_slate(it.picture, PAUSED)
        it.look = replace(it.look, backdrop=Still.colour(*GREEN))
        it.compose()
        assert share_of_room(it.picture) == 0


def test_a_segmenter_that_keeps_failing_is_closed_and_opened_anew() -> None:
    broken, good = FakeSegmenter(failing()), FakeSegmenter()
    with bench(broken, good) as it:
        for _ in range(FAILURES_TO_REOPEN):
            it.fail()
        assert broken.closed.wait(WAIT)
        it.compose()
        assert it.processor.figures().failures == FAILURES_TO_REOPEN
        assert it.processor.figures().last_failure == "out of order"


def test_the_size_may_change_in_mid_stream() -> None:
    with bench(FakeSegmenter()) as it:
        for width, height in [(160, 120), (120, 160), (161, 121), (640, 480), (160, 120)]:
            it.compose(width, height)
            assert it.picture.size == (width & ~1, height & ~1)
            assert share_of_room(it.picture) == 0


def test_load_skips_frames_and_never_queues_them() -> None:
    gate = threading.Event()
    segmenter = FakeSegmenter(stalled(gate), middle_third())
    with bench(segmenter) as it:
        it.submit()
        assert wait_for(lambda: segmenter.calls == 1)
        for _ in range(10):
            it.submit()
        gate.set()
        assert wait_for(lambda: it.processor.figures().frames == 2)
        assert it.processor.figures().skipped == 9


def test_the_segmenter_lives_and_dies_in_the_worker() -> None:
    segmenter = FakeSegmenter()
    with bench(segmenter) as it:
        it.compose()
    assert segmenter.thread != threading.get_ident()
    assert segmenter.closed.is_set()


def test_figures_count_what_happened() -> None:
    with bench(FakeSegmenter()) as it:
        for _ in range(4):
            it.now += 0.5
            it.compose()
        figures = it.processor.figures()
    assert (figures.frames, figures.failures, figures.size) == (4, 0, (WIDTH, HEIGHT))
    assert figures.fps_in == figures.fps_out == 2
    assert set(figures.stage_ms) == {"segment", "matte", "backdrop", "blend"}
    assert figures.frame_ms > 0


def test_a_huge_camera_picture_is_shrunk_before_anything_is_drawn() -> None:
    with bench(FakeSegmenter()) as it:
        it.submit(4096, 4096)
        assert it.processor.size == (1080, 1080)
        assert it.picture.size == (1080, 1080)
        assert it._composed.acquire(timeout=WAIT)
        assert it.picture.size == (1080, 1080)
        assert share_of_room(it.picture) == 0


def test_a_camera_that_changes_its_size_with_every_frame_is_not_followed() -> None:
    with bench(FakeSegmenter()) as it:
        sizes = set()
        for step in range(40):
            it.submit(160 + 2 * step, 120)
            sizes.add(it.processor.size)
        assert len(sizes) == 1 + CHANGES_AT_ONCE
