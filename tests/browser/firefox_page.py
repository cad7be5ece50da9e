"""The studio in a real Firefox, driven by WebDriver BiDi over its own websocket: Debian's has no driver beside it."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.browser.studio_page import App, wait_for

LISTENING = re.compile(r"WebDriver BiDi listening on ws://[^:]+:(\d+)")

PREFERENCES = {
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    "media.peerconnection.ice.loopback": True,
    "media.peerconnection.ice.obfuscate_host_addresses": False,
    "media.autoplay.default": 0,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "app.normandy.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "toolkit.telemetry.enabled": False,
}

# Counts connections, and keeps the last one; runs in every frame before anything else.
COUNTER = """() => {
  const Original = window.RTCPeerConnection;
  window.__connections = [];
  window.RTCPeerConnection = new Proxy(Original, { construct(target, args, self) {
    const pc = Reflect.construct(target, args, self);
    window.__connections.push(pc);
    return pc;
  } });
}"""

DECODED = """window.__connections.at(-1).getStats().then((stats) => {
  let frames = 0;
  stats.forEach((each) => { if (each.type === 'inbound-rtp') frames += each.framesDecoded ?? 0; });
  return frames;
})"""


class FirefoxPage:
    """One Firefox with one page."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self.do("session.new", capabilities={})
        self.do("script.addPreloadScript", functionDeclaration=COUNTER)
        self._page = self.do("browsingContext.getTree")["contexts"][0]["context"]

    def do(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command, and its result."""
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self._socket.recv(60))
            if answer.get("id") == number:
                if answer["type"] == "error":
                    raise RuntimeError(f"{method}: {answer['error']}: {answer['message']}")
                return dict(answer["result"])

    def go(self, url: str) -> None:
        """Load this page."""
        self.do("browsingContext.navigate", context=self._page, url=url, wait="complete")

    def ask(self, expression: str, *, streamer: bool = False) -> Any:
        """The value of this JavaScript, as JSON knows it, in the page or in the streamer's frame."""
        context = self._streamer() if streamer else self._page
        asked = f"Promise.resolve({expression}).then((value) => JSON.stringify(value ?? null))"
        parameters: dict[str, Any] = {"expression": asked, "target": {"context": context}, "awaitPromise": True}
        answer = self.do("script.evaluate", **parameters)
        if answer["type"] == "exception":
            raise RuntimeError(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"]["value"])

    def _streamer(self) -> str:
        def found() -> str | None:
            frames = self.do("browsingContext.getTree", root=self._page)["contexts"][0]["children"]
            return next((frame["context"] for frame in frames if "streamlit_webrtc" in frame["url"]), None)

        return str(wait_for(found, "the streamer"))

    def press(self, name: str, *, streamer: bool = False) -> None:
        """Click the button with this name once it is there and enabled."""
        button = "[...document.querySelectorAll('button')].find((b) => !b.disabled && b.textContent.includes(%s))"
        clicked = f"(() => {{ const b = {button % json.dumps(name)}; b?.click(); return Boolean(b); }})()"
        wait_for(lambda: self.ask(clicked, streamer=streamer), f"the button “{name}”")

    def says(self, words: str) -> bool:
        """Whether the page shows this text."""
        return bool(self.ask(f"document.body.innerText.includes({json.dumps(words)})"))

    @property
    def connections(self) -> list[str]:
        """The states of all connections that the streamer has made, the oldest first."""
        states: list[str] = self.ask("window.__connections.map((pc) => pc.connectionState)", streamer=True)
        return states

    @property
    def pictures(self) -> int:
        """How many pictures the newest connection has brought back."""
        return int(self.ask(DECODED, streamer=True) or 0)


@contextmanager
def firefox() -> Iterator[FirefoxPage]:
    """A Firefox with a made camera and microphone, and a profile of its own."""
    executable = shutil.which("firefox-esr") or shutil.which("firefox")
    assert executable, "No Firefox: install firefox-esr (packages-test.txt)"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items())
        (Path(profile) / "user.js").write_text("\n".join(lines))
        command = [executable, "--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0"]
        log = Path(profile) / "log"
        with log.open("wb") as sink:
            process = subprocess.Popen(command, stderr=sink, stdout=sink)
        try:
            port = wait_for(lambda: LISTENING.search(log.read_text(errors="replace")), "Firefox")[1]
            with connect(f"ws://127.0.0.1:{port}/session", max_size=None) as socket:
                yield FirefoxPage(socket)
        finally:
            process.terminate()
            process.wait(30)


def freeze(app: App, seconds: float) -> None:
    """Let the server stand still for so long."""
    app.process.send_signal(signal.SIGSTOP)
    try:
        time.sleep(seconds)
    finally:
        app.process.send_signal(signal.SIGCONT)


def start_camera(page: FirefoxPage, app: App) -> None:
    """Open the studio, start the camera, and wait until the page can join a stage."""
    page.go(app.url)
    page.press("Start camera", streamer=True)
    ready = "!document.querySelector('.st-key-join-stage button').disabled"
    wait_for(lambda: page.ask(ready), "the camera's first picture")


def frozen_server_comes_back(page: FirefoxPage, app: App, seconds: float = 7) -> None:
    """A scenario, also for a soak: on this server's stage, the server stands still; camera and stage come back."""
    start_camera(page, app)
    page.ask("[...document.querySelectorAll('button')].find((b) => b.textContent.includes('This server'))?.click()")
    page.press("Join stage")
    wait_for(lambda: page.says("Leave stage") and page.says("Live"), "the stage")
    freeze(app, seconds)
    camera_goes_on(page)
    assert page.says("Leave stage")


def camera_goes_on(page: FirefoxPage) -> None:
    """Wait until the newest connection stands and the preview moves."""

    def moves() -> bool:
        if page.connections[-1] != "connected":
            return False
        before = page.pictures
        time.sleep(0.3)
        return page.pictures > before

    wait_for(moves, "the camera, by itself")
