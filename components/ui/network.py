"""Which STUN and TURN servers the camera's connection may use."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import streamlit as st
from streamlit_webrtc.config import RTCConfiguration, RTCIceServer
from streamlit_webrtc.credentials import get_cloudflare_ice_servers, get_hf_ice_servers

from components.settings import Settings
from components.ui._compat import hurry_turn_vendors

logger = logging.getLogger(__name__)

ASK_S = 3.0
"""A run of the page waits no longer for a vendor."""
KEPT_S = 60
"""A vendor's answer is believed for so long, also one that is none: else each run would wait anew."""
TWILIO_S = 3600

PUBLIC_STUN: RTCIceServer = {"urls": "stun:stun.l.google.com:19302"}

ADVICE = (
    "The camera's connection does not get through. Try another network or switch a VPN off. If this app runs on a "
    "server, it needs a TURN relay: set TURN_URL, TURN_USERNAME and TURN_CREDENTIAL (README, “Network”)."
)


def rtc_configuration(settings: Settings) -> RTCConfiguration:
    """The configuration for both ends, to be made anew on each run: credentials expire (streamlit-webrtc.md B2)."""
    if settings.ice_servers == "none":
        return {"iceServers": []}
    return {"iceServers": [*_turn(settings), PUBLIC_STUN]}


def leg_servers(settings: Settings) -> Callable[[], Sequence[RTCIceServer]]:
    """For the connection to a stage: the TURN relay alone, as the stage has public addresses. Fetched when called."""
    return lambda: () if settings.ice_servers == "none" else [*map(_relays, filter(_relay_urls, _turn(settings)))]


def _relays(server: RTCIceServer) -> RTCIceServer:
    """Without what vendors add, and aiortc does not take: Twilio's have "url" beside "urls"."""
    relays: RTCIceServer = {"urls": _relay_urls(server)}
    if "username" in server and "credential" in server:
        relays |= {"username": server["username"], "credential": server["credential"]}
    return relays


def _relay_urls(server: RTCIceServer) -> list[str]:
    urls = server["urls"]
    return [url for url in ([urls] if isinstance(urls, str) else urls) if url.startswith(("turn:", "turns:"))]


def _turn(settings: Settings) -> list[RTCIceServer]:
    if settings.turn_url:
        server: RTCIceServer = {"urls": settings.turn_url}
        if settings.turn_username and settings.turn_credential:
            server["username"] = settings.turn_username
            server["credential"] = settings.turn_credential.get_secret_value()
        return [server]
    return _asked(settings)


@st.cache_data(ttl=KEPT_S, show_spinner=False, hash_funcs={Settings: hash})
def _asked(settings: Settings) -> list[RTCIceServer]:
    hurry_turn_vendors(ASK_S)
    try:
        return _hosted(settings)
    except Exception as error:  # noqa: BLE001 - three vendors' clients, each with errors of its own
        # The type alone: a vendor's text may repeat the key.
        logger.warning("No TURN credentials could be had (%s); going on without", type(error).__name__)
        return []


def _hosted(settings: Settings) -> list[RTCIceServer]:
    if settings.cloudflare_turn_key_id and settings.cloudflare_turn_key_api_token:
        return get_cloudflare_ice_servers(
            settings.cloudflare_turn_key_id, settings.cloudflare_turn_key_api_token.get_secret_value()
        )
    if settings.twilio_account_sid and settings.twilio_auth_token:
        return _twilio(settings.twilio_account_sid, settings.twilio_auth_token.get_secret_value())
    if settings.hf_token:
        return get_hf_ice_servers(settings.hf_token.get_secret_value())
    return []


@st.cache_data(ttl=TWILIO_S, show_spinner=False)
def _twilio(sid: str, token: str) -> list[RTCIceServer]:
    """Not streamlit-webrtc's, which waits for ever and gives credentials out until the second that they expire."""
    from twilio.http.http_client import TwilioHttpClient  # half a second, and few need it
    from twilio.rest import Client

    client = Client(sid, token, http_client=TwilioHttpClient(timeout=ASK_S))
    servers: list[RTCIceServer] = client.tokens.create(ttl=2 * TWILIO_S).ice_servers
    return servers
