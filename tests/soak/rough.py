"""Rough treatment of a running app: cores that others use, a server that stands still, a camera that changes."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from playwright.sync_api import Error

from tests.browser.studio_page import App, StudioPage

H264_FIRST = """(() => {
  const { prototype } = RTCPeerConnection, { createOffer } = prototype;
  prototype.createOffer = function (...rest) {
    const { codecs } = RTCRtpSender.getCapabilities('video');
    const first = codecs.filter((codec) => codec.mimeType === 'video/H264');
    for (const transceiver of this.getTransceivers()) {
      if (transceiver.sender.track?.kind !== 'video') continue;
      transceiver.setCodecPreferences([...first, ...codecs.filter((codec) => !first.includes(codec))]);
    }
    return createOffer.apply(this, rest);
  };
})();"""

PEERS = """(() => {
  window.__peers = [];
  const Original = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Original {
    constructor(...args) { super(...args); window.__peers.push(this); }
  };
})();"""

SHRINK = """by => Promise.all(window.__peers.flatMap((peer) => peer.getSenders())
  .filter((sender) => sender.track?.kind === 'video')
  .map((sender) => {
    const parameters = sender.getParameters();
    for (const encoding of parameters.encodings) encoding.scaleResolutionDownBy = by;
    return sender.setParameters(parameters);
  }))"""


@contextmanager
def busy_cores(count: int) -> Iterator[None]:
    """So many processes that only calculate."""
    burners = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()


def stand_still(app: App, seconds: float) -> None:
    """The server does nothing for so long."""
    app.process.send_signal(signal.SIGSTOP)
    try:
        time.sleep(seconds)
    finally:
        app.process.send_signal(signal.SIGCONT)


def shrink_camera(studio: StudioPage, by: float) -> None:
    """Have the browser send the camera's picture at this fraction of its width and height."""
    # Between two connections there is no sender that could take it.
    with suppress(Error):
        studio.streamer.evaluate(SHRINK, by)
