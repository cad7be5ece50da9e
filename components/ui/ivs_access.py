"""What this app may do with Amazon IVS: its stage, and the tokens it can make."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

import streamlit as st

from components.aws import credentials_available
from components.errors import TokenRejected
from components.settings import EVENTS_URL, Settings
from components.stage.allowance import Allowance, Counted, Share
from components.stage.ivs import IvsRealTime, Stage
from components.stage.own_stage import OwnStage
from components.stage.token_signing import SigningKey, StageAddress, read_signing_key
from components.stage.token_source import MintedTokens, PastedTokens, SignedTokens, TokenSource
from components.stage.tokens import BLANK
from components.ui.counts import counts_of


@dataclass(frozen=True)
class IvsAccess:
    """One for the process. `api` is None without AWS credentials."""

    settings: Settings
    api: IvsRealTime | None
    allowance: Allowance
    own_stage: OwnStage = field(default_factory=OwnStage)

    @property
    def can_create_stage(self) -> bool:
        """Whether visitors may have a stage made, in the owner's account."""
        return self.settings.ivs_create_stage and self.api is not None

    @property
    def counted(self) -> Counted:
        """Counts this visitor's tokens. Script threads only; what it gives, any thread."""
        if "stage-tokens" not in st.session_state:
            st.session_state["stage-tokens"] = Share(self.allowance, self.settings.stage_tokens_per_session)
        return cast("Share", st.session_state["stage-tokens"]).one

    @property
    def can_sign(self) -> bool:
        """Whether tokens can be signed here."""
        settings = self.settings
        return settings.ivs_signing_key is not None and settings.ivs_stage_arn is not None

    def can_make_tokens(self, stage_arn: str | None) -> bool:
        """Whether nobody needs to paste one."""
        return self.can_sign or (self.api is not None and stage_arn is not None)

    def tokens(self, pasted: str, viewer: str, stage_arn: str | None, name: str) -> TokenSource:
        """The pasted token, or else tokens made here, each counted. Raises StageError with a sentence."""
        if pasted.strip():
            return PastedTokens(pasted, viewer)
        if not self.can_make_tokens(stage_arn):
            raise TokenRejected(BLANK)
        return self._made(stage_arn, name)

    def create_stage(self, counted: Counted) -> Stage:
        """This app's own stage, one for everybody. Raises StageError. Blocks: AWS is asked."""
        if self.api is None or not self.can_create_stage:
            raise TokenRejected(BLANK)
        return self.own_stage.get(self.api, counted)

    def _made(self, stage_arn: str | None, name: str) -> TokenSource:
        if self.can_sign:
            return SignedTokens(self._key(), self._address, self.counted, name)
        if self.api is None or stage_arn is None:
            raise TokenRejected(BLANK)
        return MintedTokens(self.api, stage_arn, self.counted, name)

    def _key(self) -> SigningKey:
        key, arn = self.settings.ivs_signing_key, self.settings.ivs_public_key_arn
        if key is None or arn is None:
            raise TokenRejected(BLANK)
        return read_signing_key(key.get_secret_value(), arn)

    def _address(self) -> StageAddress:
        """The stage's own addresses where AWS can be asked: viewers' are made from them. Blocks then."""
        settings = self.settings
        arn = settings.ivs_stage_arn or ""
        if self.api is not None:
            stage = self.api.stage(arn)
            return StageAddress(arn, stage.whip_url, stage.events_url)
        events = EVENTS_URL if settings.ivs_events_url == "none" else settings.ivs_events_url  # For viewers' tokens.
        return StageAddress(arn, str(settings.ivs_whip_url).rstrip("/"), str(events).rstrip("/"))


def made(tokens: TokenSource) -> bool:
    """Whether these tokens are made here, and cost the owner something."""
    return not isinstance(tokens, PastedTokens)


@st.cache_resource(show_spinner=False)
def ivs_access(_settings: Settings) -> IvsAccess:
    """Made on the first run, for every visitor."""
    allowance = Allowance(counts_of(_settings, "tokens", "tokens.sqlite"), _settings.stage_tokens_per_day)
    return IvsAccess(_settings, IvsRealTime(_settings.ivs_region) if credentials_available() else None, allowance)
