"""ServiceNow's Table API for incidents, as its documents and its own client show it to behave.

Priority is computed from impact and urgency and cannot be set; resolving and closing demand a close code and
close notes; ``correlation_id`` is not unique; work notes go into a journal; nothing knows a repeated POST.
"""

from __future__ import annotations

import threading
import time
from base64 import b64decode
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import md5
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import msgspec

from tests.contract.fake_servicenow_oauth import TokenOffice
from tests.contract.fake_servicenow_plan import Plan
from tests.contract.fake_servicenow_query import select
from tests.contract.listening import Reply, Request

USER: Final = "aright.integration"
PASSWORD: Final = "pass-of-the-integration"
FIELDS: Final = frozenset(
    {
        "sys_id",
        "number",
        "state",
        "impact",
        "urgency",
        "priority",
        "short_description",
        "description",
        "correlation_id",
        "correlation_display",
        "assignment_group",
        "assigned_to",
        "caller_id",
        "category",
        "subcategory",
        "cmdb_ci",
        "close_code",
        "close_notes",
        "opened_at",
        "resolved_by",
        "closed_by",
        "resolved_at",
        "closed_at",
        "active",
        "sys_created_on",
        "sys_created_by",
        "sys_updated_on",
        "sys_updated_by",
        "sys_mod_count",
        "work_notes",
        "comments",
        "contact_type",
        "business_service",
        "parent_incident",
        "u_cost_centre",
    }
)
JOURNAL: Final = frozenset(
    {"sys_id", "element_id", "element", "name", "value", "sys_created_on", "sys_created_by"}
)
REFERENCES: Final = {
    "assignment_group": "sys_user_group",
    "assigned_to": "sys_user",
    "caller_id": "sys_user",
    "resolved_by": "sys_user",
    "closed_by": "sys_user",
    "cmdb_ci": "cmdb_ci",
    "parent_incident": "incident",
}
READ_ONLY: Final = frozenset(
    {"priority", "sys_id", "number", "sys_created_on", "sys_created_by", "sys_updated_on", "sys_updated_by"}
)
LONGEST: Final = {
    "short_description": 160,
    "correlation_id": 100,
    "correlation_display": 100,
    "description": 4000,
}
STATES: Final = {
    "1": "New",
    "2": "In Progress",
    "3": "On Hold",
    "6": "Resolved",
    "7": "Closed",
    "8": "Canceled",
}
PRIORITIES: Final = {
    ("1", "1"): "1",
    ("1", "2"): "2",
    ("2", "1"): "2",
    ("1", "3"): "3",
    ("2", "2"): "3",
    ("3", "1"): "3",
    ("2", "3"): "4",
    ("3", "2"): "4",
    ("3", "3"): "5",
}


@dataclass
class FakeServiceNow:
    """Replies in ``before`` are used up first, without looking at the request; those in ``after`` once it was
    processed; then ``plan`` decides.

    Attributes:
        clock: its time (Unix seconds); moved by ``advance``.
        locked: whether a closed record takes no more changes from this user.
        deaf: whether the journal's table shows nothing to this user.
    """

    before: list[Reply] = field(default_factory=list)
    after: list[Reply] = field(default_factory=list)
    plan: Plan = field(default_factory=Plan)
    clock: float = 1_800_000_000.0
    locked: bool = False
    deaf: bool = False
    requests: list[Request] = field(default_factory=list)
    users: dict[str, str] = field(default_factory=lambda: {USER: PASSWORD, "ada": "lovelace"})
    incidents: dict[str, dict[str, str]] = field(default_factory=dict)
    journal: list[dict[str, str]] = field(default_factory=list)
    late: list[tuple[float, Request]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = threading.RLock()
        self._made = 0
        self._lines: dict[tuple[str, str], list[dict[str, str]]] = {}
        self.office = TokenOffice(self.users, lambda: self.clock)

    # What a test looks at and does

    def of(self, correlation_id: str) -> list[dict[str, str]]:
        """Return the incidents of a correlation id, oldest first."""
        return [each for each in self.incidents.values() if each["correlation_id"] == correlation_id]

    def notes(self, sys_id: str) -> list[str]:
        """Return an incident's work notes, oldest first."""
        return [each["value"] for each in self.journal if each["element_id"] == sys_id]

    def change(self, sys_id: str, *, by: str, **fields: str) -> None:
        """Let somebody change an incident by hand."""
        with self._lock:
            reply = self._update(sys_id, fields, by, {})
        assert reply.status == 200, reply.body

    def advance(self, seconds: float) -> None:
        """Let time pass: what was to be done late is done."""
        with self._lock:
            until = self.clock + seconds
            for at, request in sorted(self.late, key=lambda each: each[0]):
                if at <= until:
                    self.late.remove((at, request))
                    self.clock = at
                    self._process(request)
            self.clock = until

    # What it answers

    def answer(self, request: Request) -> Reply:
        with self._lock:
            self.requests.append(request)
            if self.before:
                return self.before.pop(0)
            if request.path == "/oauth_token.do":
                return self.office.answer(request)
            mishap = self.plan.next()
            refused = self._refused(mishap, request)
            if refused is not None:
                return refused
            reply = self._process(request)
        if mishap == "slow":
            time.sleep(0.02)
        if mishap in {"drop_after", "error_after"}:
            return Reply(502, b"<html>bad gateway</html>", drop=mishap == "drop_after")
        return self.after.pop(0) if self.after and reply.status < 300 else reply

    def _refused(self, mishap: str, request: Request) -> Reply | None:
        """Return what is answered without doing anything now."""
        if mishap == "limited":
            return limited()
        if mishap in {"late", "hang"}:
            self.late.append((self.clock + self.plan.delay(), request))
        if mishap == "hang":
            return Reply(silent=True)
        if mishap in {"late", "drop_before", "error_before"}:
            return Reply(503, b"<html>the instance wakes up</html>", drop=mishap != "error_before")
        return None

    def _process(self, request: Request) -> Reply:
        user = self._user(request)
        if not user:
            return _failure(401, "User Not Authenticated", "Required to provide Auth information")
        split = urlsplit(request.path)
        query = dict(parse_qsl(split.query, keep_blank_values=True))
        parts = split.path.strip("/").split("/")
        if parts[:3] != ["api", "now", "table"] or len(parts) not in {4, 5}:
            return _failure(400, "Requested URI does not represent any resource", split.path)
        table, sys_id = parts[3], parts[4] if len(parts) == 5 else ""
        if table == "sys_journal_field" and request.method == "GET" and not sys_id:
            return self._list([] if self.deaf else self.journal, query, JOURNAL)
        if table != "incident":
            return _failure(400, f"Invalid table {table}", "")
        return self._incident(request, sys_id, query, user)

    def _incident(self, request: Request, sys_id: str, query: dict[str, str], user: str) -> Reply:
        if request.method == "GET" and not sys_id:
            return self._list(list(self.incidents.values()), query, FIELDS)
        if sys_id and sys_id not in self.incidents:
            detail = "Record doesn't exist or ACL restricts the record retrieval"
            return _failure(404, "No Record found", detail)
        if request.method == "GET":
            return _result(200, self._shown(self.incidents[sys_id], query))
        if request.method == "DELETE" and sys_id:
            del self.incidents[sys_id]
            return Reply(204)
        fields = _decoded(request.body)
        if fields is None or (not sys_id and request.method != "POST"):
            return _failure(400, "Exception while reading request", "The payload is not valid JSON")
        write = self._update if sys_id else self._insert
        return write(sys_id, fields, user, query)

    def _list(self, records: list[dict[str, str]], query: dict[str, str], fields: frozenset[str]) -> Reply:
        found = select(records, query.get("sysparm_query", ""), fields)
        start = int(query.get("sysparm_offset", "0"))
        page = found[start : start + int(query.get("sysparm_limit", "10000"))]
        shown = [self._shown(record, query) for record in page]
        return _result(200, shown, {"X-Total-Count": str(len(found))})

    def _insert(self, _: str, fields: dict[str, str], user: str, query: dict[str, str]) -> Reply:
        self._made += 1
        now = self._stamp()
        record = dict.fromkeys(FIELDS - {"work_notes", "comments"}, "")
        record |= {
            "sys_id": md5(f"incident {self._made}".encode(), usedforsecurity=False).hexdigest(),
            "number": f"INC{10_000 + self._made:07}",
            "state": "1",
            "impact": "3",
            "urgency": "3",
            "active": "true",
            "opened_at": now,
            "sys_created_on": now,
            "sys_created_by": user,
            "sys_mod_count": "-1",
        }
        wrong = self._write(record, fields, user)
        if wrong:
            return wrong
        self.incidents[record["sys_id"]] = record
        where = {"Location": f"https://instance.example/api/now/table/incident/{record['sys_id']}"}
        return _result(201, self._shown(record, query), where)

    def _update(self, sys_id: str, fields: dict[str, str], user: str, query: dict[str, str]) -> Reply:
        record = self.incidents[sys_id]
        if self.locked and record["state"] == "7" and user == USER:
            return _failure(
                403, "Operation Failed", "ACL Exception Update Failed due to security constraints"
            )
        changed = dict(record)
        wrong = self._write(changed, fields, user)
        if wrong:
            return wrong
        self.incidents[sys_id] = changed
        return _result(200, self._shown(changed, query))

    def _write(self, record: dict[str, str], fields: dict[str, str], user: str) -> Reply | None:
        before = record["state"]
        for name, value in fields.items():
            if name in FIELDS - READ_ONLY - {"work_notes", "comments"}:
                record[name] = value[: LONGEST.get(name, 4000)]
        if record["state"] in {"6", "7"} and not (record["close_code"] and record["close_notes"]):
            return _failure(
                403,
                "Operation Failed",
                "Data Policy Exception: The following fields are mandatory: Close code, Close notes",
            )
        record["priority"] = PRIORITIES.get((record["impact"], record["urgency"]), "5")
        now = self._stamp()
        if record["state"] != before:
            record["active"] = "false" if record["state"] in {"7", "8"} else "true"
            ended = {"6": "resolved", "7": "closed"}.get(record["state"])
            if ended:
                record |= {f"{ended}_at": now, f"{ended}_by": user}
        record["sys_updated_on"], record["sys_updated_by"] = now, user
        record["sys_mod_count"] = str(int(record["sys_mod_count"]) + 1)
        for element in ("work_notes", "comments"):
            if fields.get(element):
                self._note(record["sys_id"], element, fields[element], user)
        return None

    def _note(self, sys_id: str, element: str, text: str, user: str) -> None:
        key = md5(f"note {len(self.journal)}".encode(), usedforsecurity=False).hexdigest()
        line = {
            "sys_id": key,
            "element_id": sys_id,
            "element": element,
            "name": "incident",
            "value": text,
            "sys_created_on": self._stamp(),
            "sys_created_by": user,
        }
        self.journal.append(line)
        self._lines.setdefault((sys_id, element), []).append(line)

    def _shown(self, record: dict[str, str], query: dict[str, str]) -> dict[str, object]:
        wanted = query.get("sysparm_fields", "")
        names = wanted.split(",") if wanted else [*record, "work_notes", "comments"]
        how = query.get("sysparm_display_value", "false")
        bare = query.get("sysparm_exclude_reference_link") == "true"
        shown: dict[str, object] = {}
        for name in names:
            if name not in record and name not in {"work_notes", "comments"}:
                continue
            value, told = record.get(name, ""), self._display(record, name)
            if how == "all":
                shown[name] = {"display_value": told, "value": value}
            elif how == "true":
                shown[name] = told
            elif name in REFERENCES and value and not bare:
                link = f"https://instance.example/api/now/table/{REFERENCES[name]}/{value}"
                shown[name] = {"link": link, "value": value}
            else:
                shown[name] = value
        return shown

    def _display(self, record: dict[str, str], name: str) -> str:
        if name in {"work_notes", "comments"} and "element_id" not in record:
            label = "Work notes" if name == "work_notes" else "Additional comments"
            mine = self._lines.get((record["sys_id"], name), [])
            return "".join(
                f"{each['sys_created_on']} - {each['sys_created_by']} ({label})\n{each['value']}\n\n"
                for each in reversed(mine)
            )
        value = record.get(name, "")
        if name == "state":
            return STATES.get(value, value)
        if name in REFERENCES and value:
            return f"the {value}"
        return value

    def _user(self, request: Request) -> str:
        kind, _, rest = request.headers.get("authorization", "").partition(" ")
        if kind == "Bearer":
            return self.office.user_of(rest)
        if kind != "Basic":
            return ""
        user, _, password = b64decode(rest).decode().partition(":")
        return user if self.users.get(user) == password else ""

    def _stamp(self) -> str:
        return datetime.fromtimestamp(self.clock, UTC).strftime("%Y-%m-%d %H:%M:%S")


def limited(seconds: int = 3) -> Reply:
    """Return what a caller gets who asks too often."""
    headers = {
        "Retry-After": str(seconds),
        "X-RateLimit-Limit": "1000",
        "X-RateLimit-Rule": "the rule of the integration",
        "X-RateLimit-Reset": "1800003600",
    }
    told = {"error": {"message": "Rate limit exceeded", "detail": "too many requests"}, "status": "failure"}
    return Reply(429, msgspec.json.encode(told), headers)


def _decoded(body: bytes) -> dict[str, str] | None:
    try:
        found: Any = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return None
    if not isinstance(found, dict):
        return None
    return {name: "" if value is None else str(value) for name, value in found.items()}


def _result(status: int, result: object, headers: dict[str, str] | None = None) -> Reply:
    kind = {"Content-Type": "application/json;charset=UTF-8", **(headers or {})}
    return Reply(status, msgspec.json.encode({"result": result}), kind)


def _failure(status: int, message: str, detail: str) -> Reply:
    told = {"error": {"message": message, "detail": detail}, "status": "failure"}
    headers = {"Content-Type": "application/json;charset=UTF-8"}
    if status == 401:
        headers["WWW-Authenticate"] = 'BASIC realm="Service-now"'
    return Reply(status, msgspec.json.encode(told), headers)
