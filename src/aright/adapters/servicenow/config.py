"""Which instance, as whom, and what its tickets carry besides the facts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

EXTRA: Final = "field."
"""Settings that begin so name a field of the ticket: ``field.contact_type``."""

_NUMBERS: Final = frozenset({"timeout", "settle"})
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,79}")
_PAIR: Final = re.compile(r"[123],[123]")
_OWN: Final = frozenset(
    {"sys_id", "number", "state", "priority", "work_notes", "correlation_id", "correlation_display"}
)
_SHORTEST_SECRET: Final = 16


@dataclass(frozen=True, kw_only=True)
class ServiceNowConfig:
    """An instance of ServiceNow and what its tickets carry.

    With ``user`` and ``password`` alone it is asked by Basic authentication; with ``client_id`` and
    ``client_secret`` besides by OAuth2's password grant, with these two alone by its client credentials.

    Attributes:
        url: the instance: https://example.service-now.com.
        user: who aright is there.
        password: its password; never shown.
        client_id: of the OAuth application.
        client_secret: its secret; never shown.
        table: where tickets are: ``incident``, or a table that extends it.
        assignment_group: sys_id or name of the group that gets tickets; empty leaves that to the instance.
        caller: sys_id or user name of who calls; empty likewise.
        category: of the ticket; empty likewise.
        subcategory: of the ticket; empty likewise.
        configuration_item: sys_id or name of what is hit; empty likewise.
        sev1: impact and urgency of a SEV1, 1 to 3 each: ServiceNow computes the priority from them.
        sev2: of a SEV2, and of what has not been judged yet.
        sev3: of a SEV3.
        sev4: of a SEV4.
        close_code: with which tickets are resolved; it must be one of the instance's own.
        close_notes: what their close notes begin with.
        webhook_secret: the key that a business rule signs with, at least 16 characters; never shown. Empty
            takes no webhooks.
        ca_file: certificates to trust instead of the system's (PEM); empty for the system's.
        timeout: how long one request may take (seconds), at most 20.
        settle: how long to wait, at least, before asking again whether a request whose answer was lost
            did its work (seconds), at most 300.
        extra: further fields of a new ticket, by name; in a catalog ``field.NAME``.

    Raises:
        ValueError: a value cannot be right; the text repeats no secret.

    >>> ServiceNowConfig(url="https://dev1.service-now.com", user="aright", password="s3cret").sev1
    '1,1'
    """

    url: str
    user: str = ""
    password: str = field(default="", repr=False)
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    table: str = "incident"
    assignment_group: str = ""
    caller: str = ""
    category: str = ""
    subcategory: str = ""
    configuration_item: str = ""
    sev1: str = "1,1"
    sev2: str = "1,2"
    sev3: str = "2,2"
    sev4: str = "2,3"
    close_code: str = "Solution provided"
    close_notes: str = "Resolved in aright."
    webhook_secret: str = field(default="", repr=False)
    ca_file: str = ""
    timeout: float = 8.0
    settle: float = 10.0
    extra: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_url(self.url)
        self._check_who()
        if not _NAME.fullmatch(self.table):
            raise ValueError(f"the table must be a name such as incident, not {self.table[:80]!r}")
        for level in ("sev1", "sev2", "sev3", "sev4"):
            if not _PAIR.fullmatch(pair := getattr(self, level)):
                raise ValueError(
                    f"{level} must be impact and urgency, 1 to 3 each, such as 1,2; not {pair[:40]!r}"
                )
        if not self.close_code or not self.close_notes:
            raise ValueError("close_code and close_notes must not be empty: ServiceNow demands both")
        if not 0 < self.timeout <= 20:
            raise ValueError(f"the timeout must be above 0 and at most 20 s, not {self.timeout:g}")
        if not 0 <= self.settle <= 300:
            raise ValueError(f"settle must be 0 to 300 s, not {self.settle:g}")
        _check_extra(self.extra)

    @property
    def oauth(self) -> bool:
        """Whether tokens are used instead of the password itself."""
        return bool(self.client_id)

    def weight(self, severity: int) -> tuple[str, str]:
        """Return impact and urgency of a severity; one that is not judged counts as SEV2."""
        pair = {1: self.sev1, 3: self.sev3, 4: self.sev4}.get(severity, self.sev2)
        return pair[0], pair[2]

    def _check_who(self) -> None:
        if bool(self.user) != bool(self.password):
            raise ValueError("user and password belong together: give both or neither")
        if bool(self.client_id) != bool(self.client_secret):
            raise ValueError("client_id and client_secret belong together: give both or neither")
        if not self.user and not self.client_id:
            raise ValueError("give user and password, or client_id and client_secret")
        if ":" in self.user:
            raise ValueError("a user with a colon cannot be told by Basic authentication")
        if self.webhook_secret and len(self.webhook_secret) < _SHORTEST_SECRET:
            raise ValueError(f"webhook_secret must have at least {_SHORTEST_SECRET} characters")


def config_of(settings: Mapping[str, str]) -> ServiceNowConfig:
    """Return the configuration that a catalog's settings say; raises ``ValueError`` naming the setting.

    >>> config_of({"url": "https://dev1.service-now.com", "user": "a", "password": "b",
    ...            "field.contact_type": "monitoring"}).extra
    {'contact_type': 'monitoring'}
    """
    known = {each.name for each in fields(ServiceNowConfig)} - {"extra"}
    extra: dict[str, str] = {}
    values: dict[str, str | float] = {}
    for name, value in settings.items():
        if name.startswith(EXTRA):
            extra[name.removeprefix(EXTRA)] = value
        elif name not in known:
            raise ValueError(f"a servicenow channel has no setting {name[:80]!r}")
        else:
            values[name] = _number(name, value) if name in _NUMBERS else value
    if "url" not in values:
        raise ValueError("a servicenow channel needs url, such as https://example.service-now.com")
    return ServiceNowConfig(**values, extra=extra)  # type: ignore[arg-type]  # numbers and texts, each where it belongs


def _number(name: str, value: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise ValueError(f"{name} must be a number of seconds, not {value[:40]!r}") from None


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        raise ValueError(
            f"the instance's url must begin with https:// and name a host, not {url.partition('?')[0][:80]!r}"
        )
    if parts.username or parts.query or parts.fragment or parts.path not in {"", "/"}:
        raise ValueError("the instance's url must be its address alone: no path, query or password")


def _check_extra(extra: Mapping[str, str]) -> None:
    for name, value in extra.items():
        if not _NAME.fullmatch(name):
            raise ValueError(f"{EXTRA}{name[:80]} names no field: small letters, digits and _")
        if name in _OWN:
            raise ValueError(f"{EXTRA}{name} is not to be set: aright or ServiceNow does that")
        if len(value) > 4_000:
            raise ValueError(f"{EXTRA}{name} has {len(value):,} characters: keep it to 4,000")
