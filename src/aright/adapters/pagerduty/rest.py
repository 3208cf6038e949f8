"""The REST API: finding PagerDuty's incident, writing into it, and asking who is on call."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from aright.adapters.pagerduty.wire import LARGEST_READ, Answered, UnreachedError
from aright.ports.channel import DeliveryError

if TYPE_CHECKING:
    from collections.abc import Callable

    from aright.adapters.pagerduty.config import PagerDutyConfig
    from aright.adapters.pagerduty.wire import Wire

T = TypeVar("T", bound=msgspec.Struct)

ACCEPT: Final = "application/vnd.pagerduty+json;version=2"
LONGEST_NOTE: Final = 25_000
LONGEST_UPDATE: Final = 10_000

_WRONG_FOR_EVER: Final = frozenset({400, 404, 405, 413, 422})
_LONGEST_REST: Final = 600.0
"""Seconds: what PagerDuty may ask us to wait at most."""

_MOST_ON_CALL: Final = 1_000


class PagerDutyIncident(msgspec.Struct, frozen=True, kw_only=True):
    """An incident as PagerDuty has it.

    Attributes:
        id: its key there.
        incident_number: what people there call it.
        html_url: its page.
        status: triggered | acknowledged | resolved.
    """

    id: str
    incident_number: int = 0
    html_url: str = ""
    status: str = ""


class OnCall(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who is on call at PagerDuty.

    Attributes:
        person: their name there.
        email: their address; empty where that is not told.
        policy: the escalation policy.
        level: of it, from 1.
        schedule: which schedule says so; empty for a policy that names them.
        start: since when, RFC 3339; empty for always.
        end: until when, likewise.
    """

    person: str
    policy: str
    level: int
    email: str = ""
    schedule: str = ""
    start: str = ""
    end: str = ""


class _Incidents(msgspec.Struct):
    incidents: list[PagerDutyIncident]


class _Note(msgspec.Struct):
    content: str = ""


class _Notes(msgspec.Struct):
    notes: list[_Note]


class _Named(msgspec.Struct):
    summary: str | None = None
    name: str | None = None
    email: str | None = None


class _Shift(msgspec.Struct):
    escalation_policy: _Named
    escalation_level: int
    user: _Named
    schedule: _Named | None = None
    start: str | None = None
    end: str | None = None


class _Shifts(msgspec.Struct):
    oncalls: list[_Shift]
    more: bool = False


class Rest:
    """Asks the REST API; thread-safe. A limit that PagerDuty names is kept here: pages do not wait for it.

    Args:
        config: with an API token.
        wire: how to ask.
        clock: monotonic seconds.
    """

    def __init__(
        self, config: PagerDutyConfig, wire: Wire, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._config = config
        self._wire = wire
        self._clock = clock
        self._not_before = 0.0

    def find(self, key: str, seconds: float) -> PagerDutyIncident | None:
        """Return the incident under a key: the open one, or else the latest. Raises ``DeliveryError``."""
        query = {"incident_key": key, "date_range": "all", "sort_by": "created_at:desc", "limit": "10"}
        answered = self._ask("GET", f"/incidents?{urlencode(query)}", seconds=seconds)
        found = _decoded(answered, _Incidents).incidents
        opened = [each for each in found if each.status != "resolved"]
        return next(iter(opened or found), None)

    def notes(self, incident: str, seconds: float) -> list[str]:
        """Return what is noted in an incident. Raises ``DeliveryError``."""
        answered = self._ask("GET", f"/incidents/{quote(incident, safe='')}/notes", seconds=seconds)
        return [each.content for each in _decoded(answered, _Notes).notes]

    def note(self, incident: str, text: str, seconds: float) -> Answered:
        """Write a note into an incident. Raises ``DeliveryError``."""
        body = {"note": {"content": text[:LONGEST_NOTE]}}
        return self._ask("POST", f"/incidents/{quote(incident, safe='')}/notes", body=body, seconds=seconds)

    def update(self, incident: str, text: str, seconds: float) -> Answered:
        """Send a status update to an incident's subscribers. Raises ``DeliveryError``."""
        body = {"message": text[:LONGEST_UPDATE]}
        path = f"/incidents/{quote(incident, safe='')}/status_updates"
        return self._ask("POST", path, body=body, seconds=seconds)

    def on_call(self, seconds: float) -> list[OnCall]:
        """Return who is on call now, at most 1,000 entries. Raises ``DeliveryError``."""
        found: list[OnCall] = []
        while len(found) < _MOST_ON_CALL:
            query = {"limit": "100", "offset": str(len(found)), "include[]": "users"}
            page = _decoded(self._ask("GET", f"/oncalls?{urlencode(query)}", seconds=seconds), _Shifts)
            found += [_on_call(each) for each in page.oncalls]
            if not page.more or not page.oncalls:
                break
        return found

    def _ask(self, method: str, path: str, *, body: object = None, seconds: float) -> Answered:
        if self._clock() < self._not_before:
            raise DeliveryError("PagerDuty takes no more requests of its REST API for now", permanent=False)
        headers = {"Authorization": f"Token token={self._config.api_token}", "Accept": ACCEPT}
        if method != "GET":
            headers["From"] = self._config.from_email
        try:
            answered = self._wire.ask(
                method,
                self._config.api_url.rstrip("/") + path,
                body=b"" if body is None else msgspec.json.encode(body),
                headers=headers,
                seconds=seconds,
            )
        except UnreachedError as error:
            raise DeliveryError(str(error), permanent=False) from error
        if answered.remaining == 0 or answered.status == 429:
            self._rest(answered.wait if answered.status == 429 else answered.resets_in)
        if not 200 <= answered.status < 300:
            raise self._refusal(answered)
        return answered

    def _rest(self, asked: float | None) -> None:
        self._not_before = self._clock() + min(asked or 1.0, _LONGEST_REST)

    def _refusal(self, answered: Answered) -> DeliveryError:
        told = self._wire.shown(answered.body) or "nothing more"
        text = f"PagerDuty's REST API answered {answered.status}: {told}"
        if answered.status in {401, 403}:
            text += ". Is api_token a key that may write, and from_email a user of the same account?"
        return DeliveryError(text, permanent=answered.status in _WRONG_FOR_EVER)


def _decoded(answered: Answered, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(answered.body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        why = "it is too long" if len(answered.body) >= LARGEST_READ else type(error).__name__
        raise DeliveryError(
            f"PagerDuty's REST API answered what cannot be read ({why}). Is api_url right?", permanent=False
        ) from error


def _on_call(shift: _Shift) -> OnCall:
    return OnCall(
        person=shift.user.name or shift.user.summary or "",
        email=shift.user.email or "",
        policy=shift.escalation_policy.summary or "",
        level=shift.escalation_level,
        schedule=(shift.schedule.summary or "") if shift.schedule else "",
        start=shift.start or "",
        end=shift.end or "",
    )
