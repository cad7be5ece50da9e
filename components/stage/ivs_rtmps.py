"""A stage on Amazon IVS by RTMPS: through where UDP is blocked, with a stream key made for this one publication."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Future

from components.errors import StageError
from components.stage.allowance import Counted
from components.stage.blocking import begun
from components.stage.destination import Leg, LegFigures
from components.stage.held import Hold
from components.stage.ivs import Ingest, IvsRealTime
from components.stage.media import Media
from components.stage.rtmps import RtmpDestination
from components.video.h264 import MOST_KBPS

logger = logging.getLogger(__name__)


class IvsRtmps:
    """Makes an ingest configuration for each connection, counted, and deletes it after: an account may have a hundred,
    and each holds a key. `user_id` is seen by everybody on the stage."""

    name = "RTMPS"
    expires_at = None

    def __init__(
        self,
        api: IvsRealTime,
        stage_arn: str,
        counted: Counted,
        user_id: str | None = None,
        *,
        video_kbps: int = MOST_KBPS,
    ) -> None:
        self._api, self.stage_arn, self._counted, self._user_id = api, stage_arn, counted, user_id
        self._video_kbps = video_kbps
        self._hold = Hold()
        self.participant_id: str | None = None
        """By what id the others know this one, since the last time it was opened."""

    async def open(self, media: Media, on_lost: Callable[[StageError], None]) -> Leg:
        """See `Destination.open`."""
        making = begun(self._make)
        try:
            ingest = await asyncio.shield(asyncio.wrap_future(making))
        except asyncio.CancelledError:
            making.add_done_callback(self._unwanted)
            raise
        self.participant_id = ingest.participant_id
        try:
            # AWS names the address: it needs no checking.
            key, kbps = ingest.stream_key.reveal(), self._video_kbps
            destination = RtmpDestination(ingest.url, key, video_kbps=kbps, private=True, hold=self._hold)
            return _Leg(await destination.open(media, on_lost), self._api, ingest)
        except BaseException:
            _deleted(self._api, ingest)  # Not awaited: this may be a cancellation.
            raise

    def _make(self) -> Ingest:
        with self._counted():
            return self._api.create_ingest(self.stage_arn, user_id=self._user_id)

    def _unwanted(self, made: Future[Ingest]) -> None:
        if not made.cancelled() and made.exception() is None:
            _deleted(self._api, made.result())


class _Leg:
    def __init__(self, leg: Leg, api: IvsRealTime, ingest: Ingest) -> None:
        self._leg = leg
        self._api = api
        self._ingest: Ingest | None = ingest

    async def close(self) -> None:
        ingest, self._ingest = self._ingest, None
        try:
            await self._leg.close()
        finally:
            if ingest is not None:
                await asyncio.shield(asyncio.wrap_future(_deleted(self._api, ingest)))

    async def figures(self) -> LegFigures:
        return await self._leg.figures()


def _deleted(api: IvsRealTime, ingest: Ingest) -> Future[None]:
    def delete() -> None:
        try:
            api.delete_ingest(ingest)
        except StageError as error:
            logger.warning("An ingest configuration could not be deleted (%s)", type(error).__name__)

    return begun(delete)
