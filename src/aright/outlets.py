"""Channels made of what the catalog says: a type's adapter is loaded only where a channel is of that type."""

from __future__ import annotations

from dataclasses import MISSING, fields, is_dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, cast, get_type_hints
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aright.core.model.outlet import Outlet
    from aright.ports.channel import Channel

ADAPTERS: Final[dict[str, tuple[str, str]]] = {
    "pagerduty": (
        "aright.adapters.pagerduty.channel:PagerDuty",
        "aright.adapters.pagerduty.config:PagerDutyConfig",
    ),
    "servicenow": (
        "aright.adapters.servicenow.tickets:ServiceNow",
        "aright.adapters.servicenow.config:config_of",
    ),
    "slack": ("aright.adapters.webhook.slack:Slack", "aright.adapters.webhook.slack:SlackConfig"),
    "email": ("aright.adapters.smtp.channel:Email", "aright.adapters.smtp.config:EmailConfig"),
    "webhook": (
        "aright.adapters.webhook.channel:SignedWebhook",
        "aright.adapters.webhook.channel:SignedWebhookConfig",
    ),
}
"""By type: the adapter, made with ``name`` and ``config``, and its configuration.

A configuration is a frozen dataclass whose fields are the settings' names, or a function of the settings;
either raises ``ValueError`` that says what is wrong without repeating a secret.
"""


class OutletError(ValueError):
    """A channel of the catalog cannot be made. Its text says which, and why; it repeats no secret."""


def channels_of(outlets: Iterable[Outlet], *, own: str = "") -> dict[str, Channel]:
    """Return the channels by name; raises ``OutletError`` with all that is wrong with any of them.

    Args:
        outlets: as the catalog has them.
        own: where this aright is reached; a channel that tells itself would go round for ever. Empty for
            not known.
    """
    made: dict[str, Channel] = {}
    wrong: list[str] = []
    for outlet in outlets:
        if outlet.key in made:
            wrong.append(f"the channel {outlet.key} is set up twice: rename one")
            continue
        try:
            _check_round(outlet, own)
            made[outlet.key] = channel_of(outlet)
        except OutletError as error:
            wrong.append(str(error))
    if wrong:
        raise OutletError("; ".join(wrong))
    return made


def channel_of(outlet: Outlet) -> Channel:
    """Return one channel; raises ``OutletError``."""
    where = f"the channel {outlet.key} of type {outlet.type} cannot be used"
    if outlet.type not in ADAPTERS:
        raise OutletError(f"{where}: there is no such type")
    adapter, configuration = (_load(path) for path in ADAPTERS[outlet.type])
    try:
        config = configured(configuration, outlet.settings)
        return cast("Channel", adapter(name=outlet.key, config=config))
    except ValueError as error:
        raise OutletError(f"{where}: {error}") from None


def close_all(channels: Iterable[Channel]) -> None:
    """Let go of the connections that channels keep."""
    for channel in channels:
        close = getattr(channel, "close", None)
        if close is not None:
            close()


def _check_round(outlet: Outlet, own: str) -> None:
    here = _place(own)
    if here and any(_place(value) == here for value in outlet.settings.values()):
        raise OutletError(
            f"the channel {outlet.key} tells this aright itself: what it tells would come back as an alert "
            "and be told again, for ever; name another address"
        )


def _place(address: str) -> tuple[str, int] | None:
    """Return host and port of an address of the web; ``None`` for anything else.

    >>> _place("https://Aright.example/v1"), _place("http://127.0.0.1:8321"), _place("here")
    (('aright.example', 443), ('127.0.0.1', 8321), None)
    """
    if not address.startswith(("https://", "http://")):
        return None
    try:
        parts = urlsplit(address)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return None
    return (parts.hostname, port) if parts.hostname else None


def configured(kind: Any, settings: Mapping[str, str]) -> object:
    """Return a configuration made of settings, each of the type of its field; raises ``ValueError``."""
    if not (isinstance(kind, type) and is_dataclass(kind)):
        return kind(settings)
    types = get_type_hints(kind)
    needed = {
        each.name for each in fields(kind) if each.default is MISSING and each.default_factory is MISSING
    }
    unknown, missing = sorted(settings.keys() - types.keys()), sorted(needed - settings.keys())
    if unknown or missing:
        raise ValueError(f"it has no {unknown[0]}" if unknown else f"{', '.join(missing)} is needed")
    return kind(**{name: _typed(name, text, types[name]) for name, text in settings.items()})


def _typed(name: str, text: str, kind: object) -> object:
    try:
        if kind is bool:
            return {"true": True, "false": False}[text]
        return kind(text) if kind in {int, float} and callable(kind) else text
    except (ValueError, KeyError):
        what = "true or false" if kind is bool else "a whole number" if kind is int else "a number"
        raise ValueError(f"{name} must be {what}") from None


def _load(path: str) -> Any:
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)
