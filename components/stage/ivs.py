"""Amazon IVS Real-Time's control plane: stages, participant tokens, who is there, RTMPS keys.

Every method blocks on the network, for `CONNECT_S + READ_S` at most, and three times that where AWS is busy: not on the
event loop (`blocking`). Raises StageError. Endpoints can be set by AWS_ENDPOINT_URL_IVS_REALTIME.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

import boto3
from botocore.config import Config

from components.aws import AWS_ERRORS
from components.errors import BadStageAnswer, StageError, TokenRejected
from components.stage.http_logs import keep_answers_out
from components.stage.ivs_errors import WHY_DROPPED, translated
from components.stage.roster import Present
from components.stage.secret import Secret
from components.stage.tokens import Capability, ParticipantToken, parse

logger = logging.getLogger(__name__)

CONNECT_S = 3.0
READ_S = 7.0

TOKEN_MINUTES = 12 * 60
"""The API's default. A token is checked at joining only."""

ENDPOINTS_S = 24 * 3600.0
"""AWS lets them be kept for 14 days."""

keep_answers_out()

_MOST_PARTICIPANTS = 100
_CAPABILITIES = {Capability.PUBLISH: "PUBLISH", Capability.SUBSCRIBE: "SUBSCRIBE"}


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage and the addresses of its servers."""

    arn: str
    name: str
    whip_url: str
    events_url: str
    rtmps_url: str | None = None


@dataclass(frozen=True, slots=True)
class Ingest:
    """A way in by RTMPS: what an encoder is given, and what to delete at the end."""

    arn: str
    url: str
    stream_key: Secret
    participant_id: str | None = None


class IvsRealTime:
    """One region's API with this machine's AWS credentials. Any thread, several at once."""

    def __init__(self, region: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._region = region
        self._clock = clock
        self._lock = threading.Lock()  # A client serves any thread, but building one is for one thread at a time.
        self._built: Any = None
        self._stages: dict[str, tuple[float, Stage]] = {}

    def create_stage(self, name: str) -> Stage:
        """A new stage. `name` has letters, digits, "-" and "_", 128 at most."""
        return self._kept(self._asked("create_stage", name=name).get("stage", {}))

    def stage(self, arn: str) -> Stage:
        """The stage's addresses; kept for `ENDPOINTS_S`."""
        with self._lock:
            kept = self._stages.get(arn)
        if kept is not None and self._clock() - kept[0] < ENDPOINTS_S:
            return kept[1]
        return self._kept(self._asked("get_stage", arn=arn).get("stage", {}))

    def participant_token(
        self, stage_arn: str, capabilities: Collection[Capability], *, user_id: str | None = None
    ) -> ParticipantToken:
        """A new token. `user_id` (128 characters) is seen by everybody on the stage."""
        asked: dict[str, Any] = {"stageArn": stage_arn, "duration": TOKEN_MINUTES}
        asked["capabilities"] = [_CAPABILITIES[capability] for capability in capabilities]
        asked |= {"userId": user_id} if user_id else {}
        return _token(self._asked("create_participant_token", **asked).get("participantToken", {}), stage_arn)

    def participants(self, stage_arn: str) -> tuple[Present, ...]:
        """Who publishes on the stage now. Five calls a second are allowed per account: two are made."""
        session = self._session(stage_arn)
        if not session:
            return ()
        asked = {"stageArn": stage_arn, "sessionId": session, "maxResults": _MOST_PARTICIPANTS}
        found = self._asked("list_participants", filterByPublished=True, **asked).get("participants", [])
        return tuple(_present(one) for one in found if one.get("state") == "CONNECTED" and one.get("participantId"))

    def why_dropped(self, stage_arn: str, participant_id: str) -> StageError | None:
        """The stage's own reason for ending this participant's stream, if it gives one."""
        session = self._session(stage_arn)
        if not session:
            return None
        asked = {"stageArn": stage_arn, "sessionId": session, "participantId": participant_id}
        events = self._asked("list_participant_events", **asked).get("events", [])
        errors = [e for e in events if str(e.get("name")) in ("PUBLISH_ERROR", "JOIN_ERROR") and e.get("errorCode")]
        if not errors:
            return None
        code = str(
            max(errors, key=lambda event: event["eventTime"].timestamp() if event.get("eventTime") else 0)["errorCode"]
        )
        kind, sentence = WHY_DROPPED.get(code, (BadStageAnswer, f"The stage ended the stream ({code})."))
        return kind(sentence)

    def create_ingest(self, stage_arn: str, *, user_id: str | None = None) -> Ingest:
        """A new way in by RTMPS for the stage; it takes one stream at a time."""
        rtmps_url = self.stage(stage_arn).rtmps_url
        if not rtmps_url:
            raise BadStageAnswer("This stage has no RTMPS address; choose another destination.")
        asked = {"ingestProtocol": "RTMPS", "stageArn": stage_arn} | ({"userId": user_id} if user_id else {})
        made = self._asked("create_ingest_configuration", **asked).get("ingestConfiguration", {})
        if not made.get("arn") or not made.get("streamKey"):
            raise BadStageAnswer("Amazon IVS gave no stream key; try again.")
        return Ingest(made["arn"], rtmps_url, Secret(made["streamKey"]), made.get("participantId"))

    def delete_ingest(self, ingest: Ingest) -> None:
        """Take the way in away, also from a stream that still uses it."""
        self._asked("delete_ingest_configuration", arn=ingest.arn, force=True)

    def _session(self, stage_arn: str) -> str:
        """The id of the stage's session; empty while nobody is on it."""
        return str(self._asked("get_stage", arn=stage_arn).get("stage", {}).get("activeSessionId") or "")

    def _kept(self, said: Mapping[str, Any]) -> Stage:
        ends = said.get("endpoints", {})
        if not said.get("arn") or not ends.get("whip") or not ends.get("events"):
            raise BadStageAnswer("Amazon IVS gave no addresses for the stage; try again.")
        stage = Stage(said["arn"], said.get("name", ""), ends["whip"], ends["events"], ends.get("rtmps"))
        with self._lock:
            self._stages[stage.arn] = (self._clock(), stage)
        return stage

    def _asked(self, method: str, **asked: Any) -> Mapping[str, Any]:
        operation = "".join(word.capitalize() for word in method.split("_"))
        try:
            answer: Mapping[str, Any] = getattr(self._client(), method)(**asked)
        except AWS_ERRORS as error:
            raise translated(error, operation, self._region) from None
        return answer

    def _client(self) -> Any:
        with self._lock:
            if self._built is None:
                session = boto3.Session(region_name=self._region)
                retries = {"total_max_attempts": 3, "mode": "standard"}
                config = Config(connect_timeout=CONNECT_S, read_timeout=READ_S, retries=retries)
                self._built = session.client("ivs-realtime", config=config)
            return self._built


def _token(said: Mapping[str, Any], stage_arn: str) -> ParticipantToken:
    text = said.get("token")
    if not text:
        raise BadStageAnswer("Amazon IVS gave no participant token; try again.")
    try:
        token = parse(text)
    except TokenRejected:
        token = ParticipantToken(Secret(text))  # A later format: what the answer says around it has to do.
    capabilities = said.get("capabilities")
    expires = said.get("expirationTime")
    return replace(
        token,
        participant_id=said.get("participantId") or token.participant_id,
        stage_arn=stage_arn,
        topic=token.topic or stage_arn.rpartition("/")[2],
        expires_at=expires.timestamp() if expires else token.expires_at,
        can_publish="PUBLISH" in capabilities if capabilities else token.can_publish,
        can_subscribe="SUBSCRIBE" in capabilities if capabilities else token.can_subscribe,
    )


def _present(said: Mapping[str, Any]) -> Present:
    joined = said.get("firstJoinTime")
    name = said.get("userId") or "Guest"
    return Present(said["participantId"], name, joined_at=joined.timestamp() if joined else None)
