"""A publication's media in which no two pictures are the same: a bar moves along the lower edge."""

from __future__ import annotations

from typing import Any

import av

from components.video.encoder import Shown, VideoEncoder
from tests.fake_media import ToneMedia, plain

SIZE = (320, 180)


class PaintedMedia(ToneMedia):
    """One colour, a moving bar and a tone. `encoded` holds every picture's packet."""

    def __init__(self, colour: tuple[int, int, int]) -> None:
        super().__init__(colour)
        self.muted = False
        self.hidden = False
        self.encoded: list[av.Packet[Any]] = []
        self._colour = colour
        self._shown = 0
        self._encoder = VideoEncoder(self._moving, self._picture, SIZE, 300)

    @property
    def shown(self) -> int:
        """Pictures that have been taken by the encoder."""
        return self._shown

    def _moving(self) -> Shown:
        picture = plain(self._colour, SIZE)
        at = 4 * self._shown % (SIZE[0] - 20)
        picture.y[-20:, at : at + 20] = 128
        self._shown += 1
        return picture, None

    def _picture(self, packet: av.Packet[Any]) -> None:
        self.encoded.append(packet)
        super()._picture(packet)
