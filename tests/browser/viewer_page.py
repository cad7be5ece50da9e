"""A page for the viewer's tests: a stage of this server's own, people who come and go by buttons, and the component.

With `?ivs=NAME` in its address it shows the IVS stage that TOKEN_NAME may watch instead, with `?ivs=invited` the one of
the token in the address itself.
"""

import asyncio
import os
from collections.abc import Coroutine
from typing import TypeVar

import streamlit as st
from pydantic import SecretStr

from components.settings import read_settings
from components.stage.local import LocalDestination, LocalLeg
from components.ui._compat import event_loop
from components.ui.viewer import draw_ivs_viewer, draw_local_viewer, local_stages
from tests.painted_media import PaintedMedia

T = TypeVar("T")

PEOPLE = {"Ada": (0, 150, 140), "<b>Grace</b>": (240, 130, 20)}


@st.cache_resource
def destination() -> LocalDestination:
    return LocalDestination(local_stages(), None, "Ada")


@st.cache_resource
def on_stage() -> dict[str, LocalLeg]:
    return {}


async def come(place: LocalDestination, media: PaintedMedia) -> LocalLeg:
    media.start()
    return await place.open(media, lambda _: None)


async def go(leg: LocalLeg) -> None:
    await leg.close()
    leg.participant.media.stop()


def on_loop(work: Coroutine[None, None, T]) -> T:
    return asyncio.run_coroutine_threadsafe(work, event_loop()).result(10)


@st.fragment(run_every=1)
def local() -> None:
    stage = destination().stage
    mine = [leg.participant.id for name, leg in on_stage().items() if name == st.query_params.get("without")]
    draw_local_viewer(stage, {"iceServers": []}, key="viewer", exclude=mine)
    st.text(f"{stage.connections} connections")


@st.fragment(run_every=1)
def ivs() -> None:
    which = st.query_params["ivs"]
    sdk = "http://127.0.0.1:9/sdk.js" if which == "nowhere" else str(read_settings().ivs_web_sdk_url)
    token = None if which == "invited" else SecretStr(os.environ.get(f"TOKEN_{which.upper()}", "a.b.c"))
    draw_ivs_viewer(token, sdk, key="viewer", exclude={"user-me"})


st.set_page_config(layout="wide")
for who in PEOPLE:
    if st.button(f"{who} comes"):
        place = LocalDestination(local_stages(), destination().stage.code, who)
        on_stage()[who] = on_loop(come(place, PaintedMedia(PEOPLE[who])))
    if st.button(f"{who} goes"):
        on_loop(go(on_stage().pop(who)))
if st.button("Ada hides"):
    ada = on_stage()["Ada"].participant.media
    ada.muted = ada.hidden = True  # type: ignore[attr-defined]
if st.button("Cut all connections"):
    for leg in on_stage().values():
        for connection in list(leg.participant.connections):
            on_loop(connection.close())
if st.toggle("Show", value=True):
    if "ivs" in st.query_params:
        ivs()
    else:
        local()
