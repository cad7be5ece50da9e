"""A stage on Amazon IVS by RTMPS: through where UDP is blocked, with a stream key made for this one publication."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from components.errors import StageError
from components.stage.blocking import blocking
from components.stage.destination import Leg, LegFigures
from components.stage.ivs import Ingest, IvsRealTime
from components.stage.media import Media
from components.stage.rtmps import RtmpDestination

logger = logging.getLogger(__name__)


class IvsRtmps:
    """Makes an ingest configuration for each connection, and deletes it after: an account may have a hundred."""

    name = "RTMPS"
    expires_at = None

    def __init__(self, api: IvsRealTime, stage_arn: str) -> None:
        self._api = api
        self._arn = stage_arn

    async def open(self, media: Media, on_lost: Callable[[StageError], None]) -> Leg:
        """See `Destination.open`."""
        ingest = await blocking(lambda: self._api.create_ingest(self._arn))
        try:
            destination = RtmpDestination(ingest.url, ingest.stream_key.reveal())
            return _Leg(await destination.open(media, on_lost), self._api, ingest)
        except BaseException:
            # Not awaited here: this may be a cancellation.
            _deleting.add(task := asyncio.ensure_future(_delete(self._api, ingest)))
            task.add_done_callback(_deleting.discard)
            raise


class _Leg:
    def __init__(self, leg: Leg, api: IvsRealTime, ingest: Ingest) -> None:
        self._leg = leg
        self._api = api
        self._ingest: Ingest | None = ingest

    async def close(self) -> None:
        ingest, self._ingest = self._ingest, None
        await self._leg.close()
        if ingest is not None:
            await _delete(self._api, ingest)

    async def figures(self) -> LegFigures:
        return await self._leg.figures()


async def _delete(api: IvsRealTime, ingest: Ingest) -> None:
    try:
        await blocking(lambda: api.delete_ingest(ingest))
    except StageError as error:
        logger.warning("An ingest configuration could not be deleted (%s)", type(error).__name__)


_deleting: set[asyncio.Task[None]] = set()
