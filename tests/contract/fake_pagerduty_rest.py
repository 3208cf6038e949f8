"""PagerDuty's REST API over the same incidents, as its documents and its own client show it to behave."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

import msgspec

from tests.contract.fake_pagerduty import Agent
from tests.contract.listening import Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.contract.fake_pagerduty import FakePagerDuty, PagerIncident
    from tests.contract.listening import Request

TOKEN: Final = "u+rest_token_of_the_tests"
USERS: Final = {
    "ann@shop.example": Agent("Ann A.", "PANN001"),
    "bot@shop.example": Agent("aright bot", "PBOT001"),
}
MOST_AT_ONCE: Final = 250
_MEDIA: Final = "application/vnd.pagerduty+json"


class RestError(Exception):
    """An answer that is none of success."""

    def __init__(self, status: int, message: str, code: int, errors: list[str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"message": message, "code": code, "errors": errors or []}}


@dataclass
class FakeRest:
    """The REST API of a fake; ``limit`` requests a minute.

    Attributes:
        fake: whose incidents.
        limit: requests in a minute.
        oncalls: who is on call, as answered.
        overrides: by schedule.
    """

    fake: FakePagerDuty
    limit: int = 960
    oncalls: list[dict[str, Any]] = field(default_factory=list)
    overrides: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._taken: deque[float] = deque()

    def answer(self, request: Request) -> Reply:
        with self.fake.lock:
            if request.headers.get("authorization") != f"Token token={TOKEN}":
                return _reply(401, {"error": {"message": "The token is not known", "code": 2006}})
            headers = self._limits()
            if headers["ratelimit-remaining"] == "-1":
                headers["ratelimit-remaining"] = "0"
                return _reply(429, {"error": {"message": "Rate Limit Exceeded", "code": 2020}}, headers)
            try:
                status, body = self._route(request)
            except RestError as error:
                return _reply(error.status, error.body, headers)
            return _reply(status, body, headers)

    def _limits(self) -> dict[str, str]:
        now = self.fake.clock()
        while self._taken and self._taken[0] <= now - 60:
            self._taken.popleft()
        left = self.limit - len(self._taken) - 1
        if left >= 0:
            self._taken.append(now)
        reset = max(1, round(self._taken[0] + 60 - now)) if self._taken else 60
        return {
            "ratelimit-limit": str(self.limit),
            "ratelimit-remaining": str(left),
            "ratelimit-reset": str(reset),
        }

    def _route(self, request: Request) -> tuple[int, object]:
        media = request.headers.get("accept", "")
        if not media.startswith(_MEDIA) or "version=2" not in media:
            raise RestError(406, "Accept must be application/vnd.pagerduty+json;version=2", 2100)
        parts = urlsplit(request.path)
        query = parse_qs(parts.query)
        body = msgspec.json.decode(request.body) if request.body else {}
        for method, pattern, act in self._routes():
            found = re.fullmatch(pattern, parts.path)
            if found and request.method == method:
                return act(*found.groups(), query=query, body=body, request=request)
        raise RestError(404, "Not Found", 2100)

    def _routes(self) -> tuple[tuple[str, str, Callable[..., tuple[int, object]]], ...]:
        one = "/incidents/([A-Z0-9]+)"
        override = "/schedules/([A-Z0-9]+)/overrides"
        return (
            ("GET", "/incidents", self._list),
            ("POST", "/incidents", self._create),
            ("PUT", "/incidents", self._manage),
            ("GET", one, self._get),
            ("PUT", one, self._put),
            ("GET", f"{one}/notes", self._notes),
            ("POST", f"{one}/notes", self._note),
            ("POST", f"{one}/status_updates", self._update),
            ("PUT", f"{one}/merge", self._merge),
            ("GET", "/oncalls", self._oncalls),
            ("GET", override, self._list_overrides),
            ("POST", override, self._add_overrides),
            ("DELETE", f"{override}/([A-Z0-9]+)", self._drop_override),
        )

    def _who(self, request: Request) -> Agent:
        agent = USERS.get(request.headers.get("from", ""))
        if agent is None:
            raise RestError(400, "Requester User Not Found", 1008)
        return agent

    def _find(self, name: str) -> PagerIncident:
        for incident in self.fake.incidents:
            if incident.id == name:
                return incident
        raise RestError(404, "Incident Not Found", 2100)

    def _list(self, *, query: dict[str, list[str]], **_: object) -> tuple[int, object]:
        found = list(self.fake.incidents)
        if key := query.get("incident_key"):
            found = [each for each in found if each.key == key[0]]
        if statuses := query.get("statuses[]"):
            found = [each for each in found if each.status in statuses]
        if query.get("sort_by") == ["created_at:desc"]:
            found.reverse()
        return 200, _page(query, "incidents", [self.fake.shown(each) for each in found])

    def _get(self, name: str, **_: object) -> tuple[int, object]:
        return 200, {"incident": self.fake.shown(self._find(name))}

    def _create(self, *, body: dict[str, Any], request: Request, **_: object) -> tuple[int, object]:
        agent = self._who(request)
        asked = body.get("incident", {})
        if (
            not asked.get("title")
            or asked.get("type") != "incident"
            or not asked.get("service", {}).get("id")
        ):
            raise RestError(400, "Invalid Input Provided", 2001, ["title, type and service are needed"])
        key = asked.get("incident_key") or f"rest-{len(self.fake.incidents)}"
        if any(each.key == key and each.open for each in self.fake.incidents):
            raise RestError(
                400, "Invalid Input Provided", 2001, ["Open incident with matching dedup key already exists"]
            )
        return 201, {"incident": self.fake.shown(self.fake.open_incident(asked["title"], key, agent))}

    def _manage(self, *, body: dict[str, Any], request: Request, **_: object) -> tuple[int, object]:
        agent = self._who(request)
        asked = body.get("incidents", [])
        if not 0 < len(asked) <= MOST_AT_ONCE:
            raise RestError(400, "Invalid Input Provided", 2001, [f"1 to {MOST_AT_ONCE} incidents"])
        found = [(self._find(each["id"]), each) for each in asked]
        for incident, each in found:
            self._change(incident, each, agent)
        return 200, {"incidents": [self.fake.shown(incident) for incident, _ in found]}

    def _put(self, name: str, *, body: dict[str, Any], request: Request, **_: object) -> tuple[int, object]:
        incident = self._find(name)
        self._change(incident, body.get("incident", {}), self._who(request))
        return 200, {"incident": self.fake.shown(incident)}

    def _change(self, incident: PagerIncident, asked: dict[str, Any], agent: Agent) -> None:
        status = asked.get("status", incident.status)
        if status not in {"acknowledged", "resolved", incident.status}:
            raise RestError(400, "Invalid Input Provided", 2001, ["Status is not allowed"])
        if not incident.open and status != incident.status:
            raise RestError(400, "Incident Already Resolved", 1001)
        self.fake.move(incident, status, agent)

    def _notes(self, name: str, **_: object) -> tuple[int, object]:
        notes = self._find(name).notes
        return 200, {"notes": [{"id": f"N{at}", "content": text} for at, text in enumerate(notes)]}

    def _note(self, name: str, *, body: dict[str, Any], request: Request, **_: object) -> tuple[int, object]:
        agent, incident = self._who(request), self._find(name)
        text = body.get("note", {}).get("content", "")
        if not text:
            raise RestError(400, "Invalid Input Provided", 2001, ["Content cannot be empty"])
        incident.notes.append(text)
        self.fake.tell("incident.annotated", incident, agent, content=text)
        return 200, {"note": {"id": f"N{len(incident.notes)}", "content": text, "user": agent.told()}}

    def _update(
        self, name: str, *, body: dict[str, Any], request: Request, **_: object
    ) -> tuple[int, object]:
        agent, incident = self._who(request), self._find(name)
        text = body.get("message", "")
        if not text:
            raise RestError(400, "Invalid Input Provided", 2001, ["Message cannot be empty"])
        incident.updates.append(text)
        self.fake.tell("incident.status_update_published", incident, agent, message=text)
        return 200, {"status_update": {"id": f"U{len(incident.updates)}", "message": text}}

    def _merge(self, name: str, *, body: dict[str, Any], request: Request, **_: object) -> tuple[int, object]:
        agent, into = self._who(request), self._find(name)
        for each in body.get("source_incidents", []):
            source = self._find(each["id"])
            source.merged_into = into.id
            if source.open:
                source.status = "resolved"
                for alert in self.fake.alerts:
                    if alert.incident is source:
                        alert.incident = into
                reason = {"type": "merge_resolve_reason", "incident": {"id": into.id}}
                self.fake.tell("incident.resolved", source, agent, resolve_reason=reason)
        return 200, {"incident": self.fake.shown(into)}

    def _oncalls(self, *, query: dict[str, list[str]], **_: object) -> tuple[int, object]:
        return 200, _page(query, "oncalls", self.oncalls)

    def _list_overrides(self, name: str, *, query: dict[str, list[str]], **_: object) -> tuple[int, object]:
        if "since" not in query or "until" not in query:
            raise RestError(400, "Invalid Input Provided", 2001, ["since and until are needed"])
        return 200, {"overrides": self.overrides.get(name, [])}

    def _add_overrides(self, name: str, *, body: dict[str, Any], **_: object) -> tuple[int, object]:
        kept = self.overrides.setdefault(name, [])
        made = []
        for each in body.get("overrides", []):
            kept.append({"id": f"O{len(kept) + 1}", **each})
            made.append({"status": 201, "override": kept[-1]})
        return 201, made

    def _drop_override(self, name: str, override: str, **_: object) -> tuple[int, object]:
        kept = self.overrides.get(name, [])
        if not any(each["id"] == override for each in kept):
            raise RestError(404, "Override Not Found", 2100)
        self.overrides[name] = [each for each in kept if each["id"] != override]
        return 204, None


def _page(query: dict[str, list[str]], name: str, values: list[Any]) -> dict[str, object]:
    limit = min(int(query.get("limit", ["25"])[0]), 100)
    offset = int(query.get("offset", ["0"])[0])
    more = offset + limit < len(values)
    return {
        name: values[offset : offset + limit],
        "limit": limit,
        "offset": offset,
        "more": more,
        "total": None,
    }


def _reply(status: int, body: object, headers: dict[str, str] | None = None) -> Reply:
    told = b"" if body is None else msgspec.json.encode(body)
    return Reply(status, told, {"Content-Type": "application/json", **(headers or {})})
