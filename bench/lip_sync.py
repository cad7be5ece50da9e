"""Whether lips and voice agree, over real loopback WebRTC from a browser's part to a stage's part:
`python -m bench.lip_sync`."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from bench.material import models, picture
from components.video.backdrop import Still
from components.video.feed import Feed
from components.video.frame_path import Look
from components.video.planes import I420
from components.video.quality import Override
from components.video.segmenter import Probability, SelfieSegmenter
from components.video.studio import Seats, Studio

# By name: mypy would follow a plain import into the tests, which are not held to --strict.
_clapping: Any = import_module("tests.clapping")
_middle_third: Any = import_module("tests.fakes").middle_third


@dataclass(frozen=True)
class LipSync:
    """By how many milliseconds sound is later than picture, as they leave us, by their stamps, and as they arrive,
    without what the far end's jitter buffers add; medians over the claps. How long each is held back for that; and gaps
    in the sound."""

    claps: int
    leaving_ms: float
    arriving_ms: float
    sound_held_ms: float
    picture_held_ms: float
    gaps: int


class _Knowing:
    """Takes the real segmenter's time, and knows where the drawn person is that no model would take for one."""

    def __init__(self) -> None:
        self._inner = SelfieSegmenter(models())

    def probability(self, picture: I420, *, low_light: bool, wide: bool) -> Probability:
        self._inner.probability(picture, low_light=low_light, wide=wide)
        return np.asarray(_middle_third(), np.float32)

    def close(self) -> None:
        self._inner.close()


def measure(claps: int) -> LipSync | None:
    """Clap as often, twice a second, after three seconds to settle; blocks as long. The product's own frame path runs
    between the ends. None where the machine is so busy that claps are missed for a minute."""
    loop = _clapping.Loop()
    # streamlit-webrtc asks for this thread's loop, and would make one that nobody closes.
    asyncio.set_event_loop(loop.loop)
    connection = Studio(Seats(1), Look(Still(picture()), override=Override(follow=False))).connect(_Knowing)
    browser = _clapping.Browser(loop, connection)
    feed = Feed(connection, "Ann", 2000)
    stage: Any = None

    async def watch() -> Any:
        feed.start()
        stage = _clapping.Stage(feed)
        await stage.open()
        return stage

    try:
        stage = loop.run(watch())
        loop.run(stage.until(lambda: stage.claps() > claps + 6), 120)
        leaving, arriving = stage.offsets(claps)
        figures = feed.figures()
    except TimeoutError:
        return None
    finally:
        feed.stop()
        if stage is not None:
            loop.run(stage.close())
        browser.close()
        asyncio.set_event_loop(None)
        loop.close()
    return LipSync(
        claps=claps,
        leaving_ms=1000 * float(leaving),
        arriving_ms=1000 * float(arriving),
        sound_held_ms=1000 * figures.sound_delay,
        picture_held_ms=1000 * figures.picture_delay,
        gaps=figures.sound_gaps,
    )


if __name__ == "__main__":
    print(measure(12))
