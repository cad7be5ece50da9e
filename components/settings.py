"""Every setting, read once, typed and checked.

Values come from the environment. The root-level keys of `secrets.toml` are copied there (components/ui/secrets.py), so
both places work, and this module needs no Streamlit. `python -m components.settings` checks the environment alone, and
says what is wrong.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Literal, Self

from platformdirs import user_cache_path, user_data_path
from pydantic import Field, HttpUrl, SecretStr, ValidationError, WebsocketUrl, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from components.errors import SettingsError

DESTINATIONS = ("ivs", "server", "whip", "rtmps")
"""Where a stream may go. The last two let visitors name an address: a public demo may want to leave them out."""

EVENTS_URL = WebsocketUrl("wss://global.events.live-video.net")
"""Amazon IVS's own."""


class Settings(BaseSettings):
    """The settings; each field's upper-case name is its name in the environment (README.md, "Settings")."""

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True, extra="ignore")

    model_dir: Path = Field(default_factory=lambda: user_cache_path("backdrop-studio"))
    segmenter_delegate: Literal["cpu", "gpu"] = "cpu"
    max_live_sessions: int = Field(default=4, ge=1, le=64)

    bedrock_region: str = "us-west-2"
    bedrock_model_id: str | None = None
    bedrock_guardrail_id: str | None = None
    bedrock_guardrail_version: str | None = None
    background_api_url: HttpUrl | None = None
    background_api_key: SecretStr | None = None
    background_api_image_hosts: str = ""
    generations_per_session: int = Field(default=20, ge=0)
    generations_per_day: int = Field(default=200, ge=0)

    data_dir: Path = Field(default_factory=lambda: user_data_path("backdrop-studio"))
    backgrounds_bucket: str | None = None
    backgrounds_region: str | None = None
    backgrounds_sse: str | None = None
    cloudfront_domain: str | None = None
    counts_in_bucket: bool = True
    library_shared: bool = False
    library_pictures: int = Field(default=20_000, ge=1)
    library_mb: int = Field(default=5_000, ge=1)
    library_pictures_per_visitor: int = Field(default=300, ge=1)
    library_mb_per_visitor: int = Field(default=150, ge=1)
    library_pins_per_visitor: int = Field(default=20, ge=0)
    library_min_free_mb: int = Field(default=500, ge=0)
    uploads_mb_per_day: int = Field(default=1_000, ge=0)
    uploads_mb_per_visitor: int = Field(default=200, ge=0)

    ivs_region: str = "us-west-2"
    ivs_stage_arn: str | None = None
    ivs_create_stage: bool = False
    ivs_signing_key: SecretStr | None = None
    ivs_public_key_arn: str | None = None
    ivs_whip_url: HttpUrl = HttpUrl("https://global.whip.live-video.net")
    ivs_events_url: WebsocketUrl | Literal["none"] = EVENTS_URL
    ivs_web_sdk_url: HttpUrl = HttpUrl("https://web-broadcast.live-video.net/1.41.0/amazon-ivs-web-broadcast.js")
    stage_destinations: str = "ivs, server, whip, rtmps"
    stage_private_addresses: bool = False
    stage_tokens_per_day: int = Field(default=100, ge=0)
    stage_tokens_per_session: int = Field(default=20, ge=0)
    stage_video_kbps: int = Field(default=2000, ge=300, le=2400)  # As video/h264.py has them.

    ice_servers: Literal["auto", "none"] = "auto"
    turn_url: str | None = None
    turn_username: str | None = None
    turn_credential: SecretStr | None = None
    cloudflare_turn_key_id: str | None = None
    cloudflare_turn_key_api_token: SecretStr | None = None
    twilio_account_sid: str | None = None
    twilio_auth_token: SecretStr | None = None
    hf_token: SecretStr | None = None

    @field_validator("stage_destinations")
    @classmethod
    def _destinations(cls, value: str) -> str:
        if not set(_words(value)) <= set(DESTINATIONS) or not _words(value):
            raise ValueError(f"it must be some of {', '.join(DESTINATIONS)}")
        return value

    @field_validator("background_api_url")
    @classmethod
    def _api(cls, value: HttpUrl | None) -> HttpUrl | None:
        if value is None:
            return None
        if value.scheme != "https" and value.host not in ("localhost", "127.0.0.1", "[::1]"):
            raise ValueError("it must be an https address, such as https://example.com/image")
        if value.username or value.password or value.query:  # httpx logs addresses.
            raise ValueError("it must have no key in it; that goes into BACKGROUND_API_KEY")
        return value

    @field_validator("background_api_image_hosts")
    @classmethod
    def _hosts(cls, value: str) -> str:
        if not all(re.fullmatch(r"[^*%/@?#]+", host) for host in _words(value)):
            raise ValueError("it must be names of hosts, such as d111.cloudfront.net")
        return value

    @field_validator("backgrounds_sse")
    @classmethod
    def _encryption(cls, value: str | None) -> str | None:
        # As components/s3.py reads it.
        if value and not re.fullmatch(r"AES256|aws:kms(:dsse)?([:/ ]\s*\S{1,2048})?", value.strip()):
            raise ValueError("it must be AES256, aws:kms, or aws:kms: and a key's id or ARN")
        return value

    @field_validator("turn_url")
    @classmethod
    def _turn(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("turn:", "turns:")):
            raise ValueError("it must begin with turn: or turns:")
        return value

    @property
    def image_hosts(self) -> tuple[str, ...]:
        """The host names in BACKGROUND_API_IMAGE_HOSTS, separated by commas or spaces."""
        return _words(self.background_api_image_hosts)

    @property
    def destinations(self) -> tuple[str, ...]:
        """The names in STAGE_DESTINATIONS, in the order of `DESTINATIONS`."""
        return tuple(name for name in DESTINATIONS if name in _words(self.stage_destinations))

    @model_validator(mode="after")
    def _pairs(self) -> Self:
        pairs = (
            ("bedrock_guardrail_id", "bedrock_guardrail_version"),
            ("ivs_signing_key", "ivs_public_key_arn"),
            ("turn_username", "turn_credential"),
            ("cloudflare_turn_key_id", "cloudflare_turn_key_api_token"),
            ("twilio_account_sid", "twilio_auth_token"),
        )
        for one, other in pairs:
            given = [name for name in (one, other) if getattr(self, name) is not None]
            if len(given) == 1:
                raise ValueError(f"{one.upper()} and {other.upper()} go together; only {given[0].upper()} is set")
        return self


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.replace(",", " ").lower().split())


def read_settings() -> Settings:
    """Read the environment; raises SettingsError with a sentence that names the setting, never its value if secret."""
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError(" ".join(_sentence(problem["loc"], problem["msg"]) for problem in error.errors())) from None


def _sentence(where: tuple[int | str, ...], message: str) -> str:
    reason = message.removeprefix("Value error, ").rstrip(".")
    return f"{str(where[0]).upper()}: {reason}." if where else f"{reason}."


if __name__ == "__main__":
    try:
        read_settings()
    except SettingsError as wrong:
        sys.exit(f"A setting cannot be used. {wrong}")
