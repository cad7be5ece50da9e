"""Which STUN and TURN servers the camera's connection may use."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from streamlit_webrtc.config import RTCConfiguration, RTCIceServer
from streamlit_webrtc.credentials import get_cloudflare_ice_servers, get_hf_ice_servers, get_twilio_ice_servers

from components.settings import Settings

logger = logging.getLogger(__name__)

PUBLIC_STUN: RTCIceServer = {"urls": "stun:stun.l.google.com:19302"}

ADVICE = (
    "The camera's connection does not get through. Try another network or switch a VPN off. If this app runs on a "
    "server, it needs a TURN relay: set TURN_URL, TURN_USERNAME and TURN_CREDENTIAL (README, “Network”)."
)


def rtc_configuration(settings: Settings) -> RTCConfiguration:
    """The configuration for both ends, made anew on each run: credentials expire (streamlit-webrtc.md B2)."""
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
        return get_twilio_ice_servers(settings.twilio_account_sid, settings.twilio_auth_token.get_secret_value())
    if settings.hf_token:
        return get_hf_ice_servers(settings.hf_token.get_secret_value())
    return []
