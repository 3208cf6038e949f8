"""Channels in `aright.yaml`: ways out, with secrets that the file itself never holds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from aright.adapters.catalog.addresses import web_address
from aright.adapters.catalog.findings import Findings, shown
from aright.adapters.catalog.naming import read_name
from aright.adapters.catalog.reading import Reader
from aright.adapters.catalog.tree import Fields
from aright.core.model.on_call import ARIGHT
from aright.core.model.outlet import OUTLET_TYPES, Outlet

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aright.adapters.catalog.tree import Node

_OWN: Final = ("name", "type")

CHANNEL_KEYS: Final[dict[str, str]] = {
    "name": "its name, as people, policies and updates write it; needed, unique.",
    "type": f"one of {', '.join(OUTLET_TYPES)}; needed.",
    "…": "settings of its type, below; a secret as `${NAME}` of the environment, or `KEY_file: PATH`.",
}
"""What a channel of any type may say, by key."""

_FILE: Final = "_file"
_NAMED: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]{0,99})\}")
_LARGEST_SECRET: Final = 16_384


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One setting of a channel's type, as its adapter's configuration has it.

    Attributes:
        told: what it says, for people.
        secret: whether the file must not hold it: it is given as ``${NAME}`` or by a file of its own.
        needed: whether the channel cannot do without it.
        form: what it is: an address of the web, a number, true or false, or text.
    """

    told: str
    secret: bool = False
    needed: bool = False
    form: Literal["text", "address", "number", "flag"] = "text"

    def __str__(self) -> str:
        """Return what it says, and whether it is needed or secret."""
        marks = [*(["needed"] if self.needed else []), *(["secret"] if self.secret else [])]
        return "; ".join((self.told, *marks)) + "."


_CA_FILE: Final = Setting(told="a file of certificates to trust besides the system's (PEM)")
_TIMEOUT: Final = Setting(told="seconds that one attempt may take", form="number")

SETTINGS: Final[dict[str, dict[str, Setting]]] = {
    "pagerduty": {
        "routing_key": Setting(
            told="the key of a service's Events API v2 integration", secret=True, needed=True
        ),
        "url": Setting(told="where events are posted, where it is not PagerDuty's own", form="address"),
        "api_token": Setting(told="a REST API key, for notes, updates and numbers of incidents", secret=True),
        "from_email": Setting(told="of the PagerDuty user who writes them; needed with api_token"),
        "api_url": Setting(told="the REST API, where it is not PagerDuty's own", form="address"),
        "webhook_secret": Setting(told="what its webhooks are signed with, several by commas", secret=True),
        "ca_file": _CA_FILE,
        "timeout": _TIMEOUT,
    },
    "servicenow": {
        "url": Setting(told="the instance: https://example.service-now.com", needed=True, form="address"),
        "user": Setting(told="who aright is there"),
        "password": Setting(told="its password", secret=True),
        "client_id": Setting(told="of the OAuth application"),
        "client_secret": Setting(told="its secret", secret=True),
        "table": Setting(told="where tickets are; incident where left out"),
        "assignment_group": Setting(told="sys_id or name of the group that gets tickets"),
        "caller": Setting(told="sys_id or user name of who calls"),
        "category": Setting(told="of the ticket"),
        "subcategory": Setting(told="of the ticket"),
        "configuration_item": Setting(told="sys_id or name of what is hit"),
        "sev1": Setting(told="impact and urgency of a SEV1, 1 to 3 each; `1,1` where left out"),
        "sev2": Setting(told="of a SEV2; `1,2` where left out"),
        "sev3": Setting(told="of a SEV3; `2,2` where left out"),
        "sev4": Setting(told="of a SEV4; `2,3` where left out"),
        "close_code": Setting(told="with which tickets are resolved, one of the instance's own"),
        "close_notes": Setting(told="what their close notes begin with"),
        "webhook_secret": Setting(told="the key that a business rule signs with", secret=True),
        "ca_file": _CA_FILE,
        "timeout": Setting(told="seconds that one request may take", form="number"),
        "settle": Setting(told="seconds to wait before a lost answer is asked for again", form="number"),
        "field.*": Setting(told="a further field of a new ticket, by its name"),
    },
    "slack": {
        "url": Setting(told="the incoming webhook's address", secret=True, needed=True, form="address"),
        "mention": Setting(told="whom a SEV1 page calls besides: here or channel; nobody where left out"),
        "timeout": _TIMEOUT,
    },
    "email": {
        "host": Setting(told="the mail server's name", needed=True),
        "sender": Setting(told="the address that letters come from", needed=True),
        "port": Setting(told="its port; 587 where left out, 465 with tls", form="number"),
        "security": Setting(told="starttls, tls or none; starttls where left out"),
        "user": Setting(told="for servers that want one"),
        "password": Setting(told="its password", secret=True),
        "to": Setting(told="addresses, with commas, that get what is for no person"),
        "ca_file": _CA_FILE,
        "timeout": _TIMEOUT,
    },
    "webhook": {
        "url": Setting(told="where messages are posted", needed=True, form="address"),
        "secret": Setting(told="the HMAC-SHA256 key that they are signed with", secret=True, needed=True),
        "timeout": _TIMEOUT,
    },
}
"""What a channel of each type may be set, by type and name."""


def keys_of(kind: str) -> dict[str, str]:
    """Return what a channel of a type may say besides its name, by key."""
    return {name: str(setting) for name, setting in SETTINGS[kind].items()}


def read_outlet(node: Node, holder: Reader, environment: Mapping[str, str] | None) -> Outlet | None:
    """Return a channel; none where it has no name or type."""
    kind = _kind(node, holder)
    settings = _settings(kind, node)
    files = [name + _FILE for name, setting in settings.items() if setting.secret]
    where = f"a channel of type {kind}" if kind else "a channel"
    known = [*_OWN, *settings, *files]
    reader = Reader(node, holder.said if kind else _silent(holder), where, known)
    name = read_name(reader)
    if name == ARIGHT:
        reader.tell("name", f"{ARIGHT} is a channel's name", "it stands for aright itself", "Rename it")
    found = {}
    for each, setting in settings.items():
        value = _value(reader, each, setting, environment)
        if value:
            found[each] = value
    return Outlet(key=name, type=kind, settings=found) if name and kind else None


def _settings(kind: str, node: Node) -> dict[str, Setting]:
    """Return what may be set; what ends with a star stands for all keys that begin so."""
    settings = dict(SETTINGS.get(kind, {}))
    for name in [name for name in settings if name.endswith("*")]:
        setting = settings.pop(name)
        if isinstance(node, Fields):
            settings |= {key.text: setting for key in node.keys if key.text.startswith(name[:-1])}
    return settings


def _kind(node: Node, holder: Reader) -> str:
    """Return the type; empty, and told, where it is none."""
    known = {name for settings in SETTINGS.values() for name in settings}
    silent = _silent(holder)
    first = Reader(node, silent, "a channel", [*_OWN, *known, *(name + _FILE for name in known)])
    kind = first.text("type")
    if kind in SETTINGS:
        return kind
    told = Reader(node, holder.said, "a channel", _all_keys(node))
    if told.ok and kind:
        told.said.unknown(told.at("type"), kind, "type", OUTLET_TYPES)
    elif told.ok:
        told.missing("type")
    return ""


def _value(reader: Reader, name: str, setting: Setting, environment: Mapping[str, str] | None) -> str:
    if setting.secret:
        return _secret(reader, name, setting, environment)
    if setting.needed and reader.ok and not reader.has(name):
        reader.missing(name)
    written = reader.text(name)
    if _NAMED.fullmatch(written):
        return _variable(reader, name, written, environment)
    if setting.form == "address":
        return web_address(reader, name)
    if setting.form == "number" and reader.has(name):
        number = reader.number(name, low=0, high=1e9)
        return "" if number is None else f"{number:g}"
    if setting.form == "flag" and reader.has(name):
        return "true" if reader.flag(name) else "false"
    return written


def _secret(reader: Reader, name: str, setting: Setting, environment: Mapping[str, str] | None) -> str:
    both = reader.has(name) and reader.has(name + _FILE)
    if both:
        reader.tell(name + _FILE, f"{name} is given twice", "only one could count", "Take one away")
    if reader.has(name + _FILE) and not both:
        return _file(reader, name + _FILE, environment)
    written = reader.text(name)
    if not written:
        if setting.needed and reader.ok and not reader.has(name):
            reader.tell(
                name,
                f"{reader.where} has no {name}",
                "it is needed",
                f"Write {name}: ${{NAME}}, or {name}_file: PATH",
            )
        return ""
    if _NAMED.fullmatch(written):
        return _variable(reader, name, written, environment)
    reader.tell(
        name,
        f"{name} is written out",
        "whoever can read the catalog has it then; count it as known and change it",
        f"Put it into an environment variable and write {name}: ${{NAME}}, or into a file: {name}_file: PATH",
    )
    return ""


def _variable(reader: Reader, name: str, written: str, environment: Mapping[str, str] | None) -> str:
    if environment is None:
        return ""
    variable = written[2:-1]
    value = environment.get(variable, "")
    if not value:
        reader.tell(
            name,
            f"the environment variable {variable} is not set",
            f"the channel has no {name} without it",
            f"Set {variable} where aright is started",
        )
    return value


def _file(reader: Reader, name: str, environment: Mapping[str, str] | None) -> str:
    """Return what a file beside the catalog holds; it is read only where secrets are used."""
    path = reader.text(name)
    if environment is None or not path:
        return ""
    body = b""
    try:
        with (Path(reader.said.file).parent / path).open("rb") as opened:
            body = opened.read(_LARGEST_SECRET + 1)
        value = body.decode().strip()
    except (OSError, ValueError) as wrong:
        why = getattr(wrong, "strerror", None) or "it holds no text"
        value = ""
    else:
        why = "it is empty" if not value else "it is too large, or of several lines"
    if value and value.isprintable() and len(body) <= _LARGEST_SECRET:
        return value
    reader.tell(
        name,
        f"the file {shown(path)} cannot be used",
        why,
        "Put the secret alone into it, where aright is started",
    )
    return ""


def _silent(holder: Reader) -> Findings:
    """Return findings that nobody reads: a first look, or one at what was refused already."""
    return Findings(holder.said.file)


def _all_keys(node: Node) -> list[str]:
    keys = [key.text for key in node.keys] if isinstance(node, Fields) else []
    return [*_OWN, *keys]
