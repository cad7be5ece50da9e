"""A WHIP server that somebody has named: it leads to addresses of the internet alone."""

import httpx
import pytest

from components.errors import JoinRefused
from components.stage.secret import Secret
from components.stage.token_hosts import same_origin
from components.stage.webrtc_leg import WebRtcLeg
from components.stage.whip import WhipClient
from components.stage.whip_errors import ENDPOINT
from tests.fake_media import ToneMedia
from tests.fake_stage import FakeStage


@pytest.mark.parametrize("public_only", [True, False])
async def test_a_stranger_leads_neither_inside_nor_to_its_own_relays(public_only: bool) -> None:
    """The fake stage as a server on the internet: what its answer names is on this machine."""
    media = ToneMedia()
    async with FakeStage() as stage:
        stage.link = '<turn:127.0.0.1:22>; rel="ice-server"; username="u"; credential="c"'
        url = httpx.URL(stage.regional_url)
        client = WhipClient(url, Secret(stage.token()), same_origin(url), ENDPOINT)
        media.start()
        leg = WebRtcLeg(client, media, pytest.fail, public_only=public_only)
        if public_only:
            with pytest.raises(JoinRefused, match="public addresses only"):
                await leg.connected(())
        else:
            await leg.connected(())
        await leg.close()
    media.stop()
    assert bool(leg.offered_servers) is not public_only
