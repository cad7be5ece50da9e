"""Where participant tokens come from: pasted, minted by AWS, or signed here. All of them behind one interface."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from components.errors import StageError, TokenRejected
from components.stage.allowance import Counted
from components.stage.ivs import IvsRealTime
from components.stage.secret import Secret
from components.stage.token_signing import SigningKey, StageAddress, sign_token
from components.stage.tokens import Capability, ParticipantToken, parse, read_token

Clock = Callable[[], float]


class TokenSource(Protocol):
    """Gives tokens. Its methods may block (AWS, a file): not on the event loop. Raises StageError."""

    @property
    def expires_at(self) -> float | None:
        """Unix time after which there are no more tokens; None while new ones can be made."""

    def publish_token(self) -> ParticipantToken:
        """A token to publish with. Only for publishing: a stage drops whoever joined with the same one before."""

    def viewer_token(self) -> ParticipantToken:
        """A token to watch with (SUBSCRIBE only), another one than for publishing."""

    def why_lost(self, token: ParticipantToken) -> StageError | None:
        """Why the stage dropped this participant, if that can be known."""


class PastedTokens:
    """What a person has pasted: a token to publish with and perhaps another one to watch with."""

    def __init__(self, publish: str, viewer: str = "", clock: Clock = time.time) -> None:
        self._publish, self._viewer, self._clock = Secret(publish), Secret(viewer), clock
        self._expires_at = read_token(publish, clock()).expires_at

    @property
    def expires_at(self) -> float | None:
        """The publishing token's end."""
        return self._expires_at

    def publish_token(self) -> ParticipantToken:
        """The pasted token, if it still serves."""
        return read_token(self._publish.reveal(), self._clock())

    def watch_with(self, viewer: str) -> None:
        """Another viewer token than so far: it may be pasted when one is on already."""
        self._viewer = Secret(viewer)

    def viewer_token(self) -> ParticipantToken:
        """The pasted viewer token."""
        token = read_token(self._viewer.reveal(), self._clock(), Capability.SUBSCRIBE)
        # Parsed, not read: who is on may watch after the publishing token's end.
        if token.secret == parse(self._publish.reveal()).secret:
            raise TokenRejected("The viewer token must be another one than the participant token: create a second one.")
        return token

    def why_lost(self, token: ParticipantToken) -> StageError | None:
        """Nobody to ask without credentials."""
        return None


class MintedTokens:
    """New tokens from AWS, one at each call, each counted. `user_id` is seen by everybody on the stage."""

    expires_at = None

    def __init__(self, ivs: IvsRealTime, stage_arn: str, counted: Counted, user_id: str | None = None) -> None:
        self._ivs, self._arn, self._counted, self._user_id = ivs, stage_arn, counted, user_id

    def publish_token(self) -> ParticipantToken:
        """A new token that may publish and no more."""
        with self._counted():
            return self._ivs.participant_token(self._arn, (Capability.PUBLISH,), user_id=self._user_id)

    def viewer_token(self) -> ParticipantToken:
        """A new token that may watch and no more."""
        with self._counted():
            return self._ivs.participant_token(self._arn, (Capability.SUBSCRIBE,))

    def why_lost(self, token: ParticipantToken) -> StageError | None:
        """The stage's own account of it."""
        return self._ivs.why_dropped(self._arn, token.participant_id) if token.participant_id else None


class SignedTokens:
    """New tokens signed here, one at each call, each counted. `stage` tells for which, and may block."""

    expires_at = None

    def __init__(
        self,
        key: SigningKey,
        stage: Callable[[], StageAddress],
        counted: Counted,
        user_id: str | None = None,
        clock: Clock = time.time,
    ) -> None:
        self._key, self._stage, self._counted, self._user_id, self._clock = key, stage, counted, user_id, clock

    def publish_token(self) -> ParticipantToken:
        """A new token that may publish and no more."""
        return self._signed(Capability.PUBLISH, self._user_id)

    def viewer_token(self) -> ParticipantToken:
        """A new token that may watch and no more."""
        return self._signed(Capability.SUBSCRIBE, None)

    def why_lost(self, token: ParticipantToken) -> StageError | None:
        """Nobody to ask: there may be no credentials."""
        return None

    def _signed(self, capability: Capability, user_id: str | None) -> ParticipantToken:
        with self._counted():
            return sign_token(self._key, self._stage(), (capability,), self._clock(), user_id=user_id)
