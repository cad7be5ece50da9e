"""Uploaded clips: rewritten once, in a limited child process, into something that plays as it should look."""

from __future__ import annotations

import io
import json
import os
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from components.backgrounds import clips
from components.backgrounds.clip_limits import MAX_CLIP_SECONDS
from components.backgrounds.clip_picture import MAX_PIXELS, played_size
from components.backgrounds.stop import Stop, Stopped
from components.backgrounds.upload import Clip, read_upload
from components.errors import UploadError
from components.video.backdrop import Still
from components.video.clip import Clip as Playing
from components.video.planes import to_rgb, view
from tests.fakes import camera_frame
from tests.films import film, levels, sound_alone, tagged_film, turned
from tests.hostile_films import claims, with_tags

ROOT = Path(__file__).parents[2]
RED, GREEN, BLUE, WHITE = (220, 30, 30), (30, 160, 40), (30, 40, 210), (255, 255, 255)


def clip(data: bytes) -> Clip:
    result = read_upload("waves.bin", data)
    assert isinstance(result, Clip)
    assert result.still.flags.c_contiguous
    return result


def frames(made: Clip) -> list[av.VideoFrame]:
    with clips.open_clip(made.data) as container:
        return list(container.decode(video=0))


def playing(made: Clip, size: tuple[int, int] = (64, 48)) -> np.ndarray:
    """RGB of the first picture as the studio's worker draws it."""
    backdrop = Playing(lambda: clips.open_clip(made.data), made.still)
    drawn = backdrop.render(view(camera_frame(*size)), np.zeros(size[::-1], np.uint8), 0.0)
    backdrop.release()
    return to_rgb(drawn)


def refusal(data: bytes, name: str = "waves.mp4") -> str:
    with pytest.raises(UploadError) as caught:
        read_upload(name, data)
    assert str(caught.value).endswith(".")
    return str(caught.value)


def assert_colour(pixel: np.ndarray, expected: tuple[int, int, int], within: int = 12) -> None:
    assert np.abs(pixel.astype(int) - expected).max() <= within, (pixel, expected)


def assert_halves(pixels: np.ndarray, size: tuple[int, int]) -> None:
    assert pixels.shape == (size[1], size[0], 3)
    assert_colour(pixels[size[1] // 2, size[0] // 4], RED)
    assert_colour(pixels[size[1] // 2, size[0] * 3 // 4], BLUE)


@pytest.mark.parametrize(
    ("kind", "codec", "sound"),
    [
        ("mp4", "libx264", "aac"),
        ("mov", "libx264", ""),
        ("mp4", "libx265", ""),
        ("webm", "libvpx-vp9", "libopus"),
        ("webm", "libvpx", ""),
        ("mp4", "libsvtav1", ""),
    ],
)
def test_a_film_of_each_kind_is_rewritten_without_its_sound(kind: str, codec: str, sound: str) -> None:
    made = clip(film(kind, codec, sound=sound, size=(128, 96)))
    assert_halves(made.still, (128, 96))
    assert_halves(playing(made, (128, 96)), (128, 96))
    with clips.open_clip(made.data) as container:
        assert [stream.type for stream in container.streams] == ["video"]
        assert container.streams.video[0].codec_context.codec.name == "h264"
    assert len(frames(made)) == 3


def test_an_animated_gif_is_a_clip_and_is_on_white_where_it_is_transparent() -> None:
    first = Image.new("RGBA", (64, 48), (0, 0, 0, 0))
    first.paste((*RED, 255), (0, 0, 32, 48))
    buffer = io.BytesIO()
    first.save(buffer, "GIF", save_all=True, append_images=[Image.new("RGBA", (64, 48), (*GREEN, 255))], duration=100)
    made = clip(buffer.getvalue())
    for picture in (made.still, playing(made)):
        assert_colour(picture[24, 48], WHITE, within=3)
        assert_colour(picture[24, 12], RED)


@pytest.mark.parametrize(("matrix", "full"), [(1, False), (1, True), (6, False), (6, True), (9, False)])
@pytest.mark.parametrize("colour", [GREEN, (200, 30, 30), WHITE])
def test_colours_are_as_the_films_tags_say(matrix: int, full: bool, colour: tuple[int, int, int]) -> None:
    made = clip(tagged_film(levels(colour, matrix, full, 8), matrix=matrix, full=full))
    shown = playing(made)
    assert_colour(made.still[120, 160], colour, within=3)
    assert_colour(shown[24, 32], colour, within=3)
    assert_colour(to_rgb(Still(made.still).bare((64, 48)))[24, 32], tuple(shown[24, 32]), within=3)


@pytest.mark.parametrize(("size", "matrix"), [((1280, 720), 1), ((640, 718), 6)])
def test_a_film_without_tags_is_bt709_from_720_lines_up(size: tuple[int, int], matrix: int) -> None:
    made = clip(tagged_film(levels(GREEN, matrix, False, 8), size=size))
    assert_colour(playing(made)[24, 32], GREEN, within=3)
    assert_colour(made.still[300, 300], GREEN, within=3)


@pytest.mark.parametrize(("transfer", "white"), [(18, 721), (16, 572)])
def test_hdr_white_becomes_white_and_black_black(transfer: int, white: int) -> None:
    """HLG's reference white is 75 % of its signal, PQ's 203 nits (ITU-R BT.2408, table 1)."""
    for level, expected in ((white, 255), (64, 0)):
        made = clip(tagged_film([level, 512, 512], matrix=9, transfer=transfer, primaries=9, bits=10))
        assert_colour(playing(made)[24, 32], (expected,) * 3, within=8)
        assert_colour(made.still[120, 160], (expected,) * 3, within=8)


def disc(size: tuple[int, int], pixel: float) -> np.ndarray:
    """A white disc that is round where a pixel is `pixel` times as wide as high."""
    y, x = np.mgrid[: size[1], : size[0]]
    inside = ((x - size[0] / 2) * pixel) ** 2 + (y - size[1] / 2) ** 2 < (size[1] / 3) ** 2
    return np.repeat((inside * 255).astype(np.uint8)[:, :, None], 3, 2)


def extent(picture: np.ndarray) -> tuple[int, int]:
    """Width and height of what is bright."""
    bright = picture[:, :, 1] > 128
    return int(bright.any(0).sum()), int(bright.any(1).sum())


@pytest.mark.parametrize("aspect", [Fraction(64, 45), Fraction(16, 15), Fraction(8, 9)])
def test_a_circle_is_round_whatever_the_shape_of_a_pixel(aspect: Fraction) -> None:
    data = film("mp4", "libx264", pictures=[disc((720, 576), float(aspect))] * 3, aspect=aspect)
    made = clip(data)
    for picture in (made.still, playing(made, (640, 480))):
        width, height = extent(picture)
        assert width == pytest.approx(height, abs=4)


@pytest.mark.parametrize(
    ("matrix", "red_at"), [((0, 1, -1, 0), (16, 24)), ((-1, 0, 0, -1), (24, 48)), ((0, -1, 1, 0), (48, 24))]
)
def test_a_turned_film_stands_upright(matrix: tuple[int, int, int, int], red_at: tuple[int, int]) -> None:
    made = clip(turned(film("mp4", "libx264"), matrix))
    height, width = made.still.shape[:2]
    assert (width, height) == ((48, 64) if matrix[0] == 0 else (64, 48))
    for picture in (made.still, playing(made, (width, height))):
        assert_colour(picture[red_at], RED)
        assert_colour(picture[height - 1 - red_at[0], width - 1 - red_at[1]], BLUE)


def test_a_large_film_just_covers_the_largest_frame() -> None:
    made = clip(film("mp4", "libx264", size=(2400, 1200), frames=1))
    assert made.still.shape == (720, 1440, 3)
    assert {(frame.width, frame.height) for frame in frames(made)} == {(1440, 720)}


@given(st.integers(1, 4096), st.integers(1, 4096), st.fractions(0, 1000, max_denominator=1000))
def test_played_pictures_are_even_and_few_pixels(width: int, height: int, aspect: Fraction) -> None:
    wide, tall = played_size(width, height, aspect)
    assert wide % 2 == tall % 2 == 0
    assert min(wide, tall) >= 2
    assert wide * tall <= MAX_PIXELS * 1.1 + 2 * max(wide, tall)


def test_at_most_thirty_pictures_a_second_are_kept() -> None:
    made = clip(film("mp4", "libx264", frames=120, fps=60))
    assert len(frames(made)) == pytest.approx(60, abs=2)
    assert frames(made)[-1].time == pytest.approx(2, abs=0.1)


def test_a_long_film_is_cut_and_the_page_says_so() -> None:
    made = clip(film("mp4", "libx264", frames=90, fps=1))
    assert frames(made)[-1].time <= MAX_CLIP_SECONDS
    assert made.note == f"Only the first {MAX_CLIP_SECONDS + 1:.1f} seconds of this clip are used."


def noise(count: int) -> list[np.ndarray]:
    random = np.random.default_rng(5)
    return [np.repeat(np.repeat(random.integers(0, 255, (24, 32, 3), np.uint8), 4, 0), 4, 1) for _ in range(count)]


@pytest.mark.parametrize(("kind", "codec"), [("mp4", "libx264"), ("webm", "libvpx-vp9")])
def test_a_film_damaged_in_the_middle_plays_what_is_there(kind: str, codec: str) -> None:
    data = bytearray(film(kind, codec, pictures=noise(60), options={"g": "10"}))
    start = len(data) * 4 // 10
    for place in range(start, start + len(data) // 10, 3):
        data[place] ^= 0x5A
    made = clip(bytes(data))
    assert 20 <= len(frames(made)) <= 60
    assert kind != "mp4" or "damaged" in (made.note or "")  # VP9 cannot tell.


def test_a_film_cut_short_plays_what_is_there() -> None:
    data = film("webm", "libvpx-vp9", pictures=noise(30))
    assert 5 <= len(frames(clip(data[: len(data) // 2]))) < 30


@pytest.mark.parametrize("kind", ["mp4", "webm"])
def test_a_film_cut_before_its_first_picture_is_refused(kind: str) -> None:
    data = film(kind, {"mp4": "libx264", "webm": "libvpx-vp9"}[kind])
    assert "cannot be played" in refusal(data[:120])


def test_a_film_without_pictures_or_in_an_unlisted_codec_is_refused() -> None:
    assert "holds no picture" in refusal(sound_alone())
    assert "upload an MP4 video with H.264" in refusal(film("mov", "mjpeg", pixels="yuvj420p"), "old.mov")


def test_an_absurdly_large_film_is_refused() -> None:
    assert "at most 4096" in refusal(film("webm", "libvpx", size=(4112, 16), frames=1))


def test_a_picture_that_outgrows_its_film_is_left_out() -> None:
    data = bytearray(film("webm", "libvpx", frames=1))
    size = data.rindex(b"\x9d\x01\x2a") + 3  # RFC 6386, 9.1: the size follows a key frame's start code.
    data[size : size + 4] = struct.pack("<HH", 16_000, 16_000)
    assert "cannot be played" in refusal(bytes(data))


def test_a_playlist_dressed_as_a_film_opens_nothing() -> None:
    disguise = b"\0\0\0\x18ftypisom\0\0\0\0isommp41\n#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"
    assert "cannot be played" in refusal(disguise)
    with pytest.raises(ValueError, match="not a clip"):
        clips.open_clip(b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n")


CHILD = "components.backgrounds.clip_child"
# A process of its own measures: a child's peak counts what its parent had when it was started.
_MEASURE = f"""
import json, os, resource, subprocess, sys
command = [sys.executable, "-m", {CHILD!r}, str(os.getpid()), sys.argv[1]]
subprocess.run(command, stdin=sys.stdin, stdout=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([used.ru_maxrss * 1024, used.ru_utime + used.ru_stime]))
"""


def measured(data: bytes, demuxer: str) -> tuple[int, float]:
    """Peak memory in bytes and processor seconds of the child for this film."""
    environment = {"PATH": os.environ["PATH"], "MALLOC_ARENA_MAX": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-c", _MEASURE, demuxer]
    answer = subprocess.run(command, input=data, stdout=subprocess.PIPE, cwd=ROOT, env=environment, check=True)
    memory, seconds = json.loads(answer.stdout)
    return memory, seconds


@pytest.mark.parametrize("name", claims())
def test_a_film_that_claims_more_than_it_holds_takes_neither_memory_nor_time(name: str) -> None:
    data = claims()[name]
    assert "cannot be played" in refusal(data)
    memory, processor_seconds = measured(data, "mov")
    assert memory < 100_000_000
    assert processor_seconds < 4  # The child's own limit: it does not grow with the machine's load.


def test_a_film_with_endless_tags_is_given_up_soon_and_one_with_many_plays() -> None:
    webm = film("webm", "libvpx")
    assert len(frames(clip(with_tags(webm, 1000)))) == 3
    data = with_tags(webm, 40_000)
    assert "cannot be played" in refusal(data)
    memory, processor_seconds = measured(data, "matroska")
    assert memory < 100_000_000
    assert processor_seconds < 4


def children() -> set[int]:
    """Process ids of this process's children, zombies too."""
    found = set()
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            pid, rest = status.read_text().split(" (", 1)
        except OSError:
            continue
        if int(rest.rsplit(")", 1)[1].split()[1]) == os.getpid():
            found.add(int(pid))
    return found


def long_film() -> bytes:
    """So much that it is under way for seconds."""
    return film("mp4", "libx264", size=(1920, 1080), frames=300, fps=30, options={"preset": "ultrafast"})


def test_nothing_goes_on_after_the_visitor_has_left(monkeypatch: pytest.MonkeyPatch) -> None:
    before = children()
    started = threading.Event()
    processes: list[subprocess.Popen[bytes]] = []
    original = Stop.holding

    def holding(self: Stop, process: subprocess.Popen[bytes]) -> object:
        processes.append(process)
        started.set()
        return original(self, process)

    monkeypatch.setattr(Stop, "holding", holding)
    stop, ends = Stop(), []
    data = long_film()

    def work() -> None:
        try:
            read_upload("long.mp4", data, stop)
        except Stopped:
            ends.append("stopped")

    worker = threading.Thread(target=work)
    worker.start()
    assert started.wait(60)
    assert children() - before
    stop.set()
    worker.join(60)
    assert ends == ["stopped"]
    assert [process.returncode for process in processes] == [-signal.SIGKILL]
    assert children() == before


def test_the_child_ends_with_its_parent() -> None:
    script = f"""
import os, subprocess, sys
command = [sys.executable, "-m", {CHILD!r}, str(os.getpid()), "mov"]
print(subprocess.Popen(command, stdin=int(sys.argv[1])).pid, flush=True)
sys.stdin.read()
os._exit(0)
"""
    mouth, film_end = os.pipe()  # Its other end stays open here: the clip never comes, and never ends.
    command = [sys.executable, "-c", script, str(mouth)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, cwd=ROOT, pass_fds=[mouth]) as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        watched = os.pidfd_open(child)
        while os.getpriority(os.PRIO_PROCESS, child) == 0:  # It has not given up its rights yet.
            time.sleep(0.01)
        parent.stdin.close()
    assert select.select([watched], [], [], 60)[0]
    for handle in (watched, mouth, film_end):
        os.close(handle)


def test_the_child_sees_nothing_of_the_servers_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hidden")
    seen: list[dict[str, str]] = []
    original = subprocess.Popen

    def started(*args: object, **options: object) -> object:
        seen.append(options["env"])  # type: ignore[arg-type]
        return original(*args, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "Popen", started)
    clip(film("mp4", "libx264"))
    assert [
        set(env) <= {"PATH", "LANG", "MALLOC_ARENA_MAX", "OPENBLAS_NUM_THREADS", "PYTHONDONTWRITEBYTECODE"}
        for env in seen
    ] == [True]


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(
    data=st.sampled_from([film("mp4", "libx264", frames=2), film("webm", "libvpx-vp9", frames=2)]),
    flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=8),
    keep=st.one_of(st.just(1.0), st.floats(0, 1)),
)
def test_a_damaged_film_is_a_clip_or_a_refusal(data: bytes, flips: list[tuple[float, int]], keep: float) -> None:
    damaged = bytearray(data)
    for where, value in flips:
        damaged[int(where * len(damaged))] = value
    try:
        result = read_upload("any", bytes(damaged[: int(keep * len(damaged))]))
    except UploadError:
        return
    if isinstance(result, Clip):
        assert frames(result)
