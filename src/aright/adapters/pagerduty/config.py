"""Where pages go, with which key, and what PagerDuty may tell us."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

ENQUEUE: Final = "https://events.pagerduty.com/v2/enqueue"
API: Final = "https://api.pagerduty.com"

_SHORTEST_SECRET: Final = 16


@dataclass(frozen=True, kw_only=True)
class PagerDutyConfig:
    """An Events v2 integration and, if wanted, the REST API and webhooks of the same account.

    Attributes:
        routing_key: the integration's key, 32 characters; never shown.
        url: where events are posted: PagerDuty's EU address, a relay or a listener of one's own.
        timeout: how long one attempt may take (seconds), at most 5.
        api_token: a REST API key: notes and status updates are passed on then, and each incident's number
            and link there are known; never shown. Empty does without.
        from_email: of the PagerDuty user who writes them; needed with ``api_token``.
        api_url: the REST API: PagerDuty's EU address, https://api.eu.pagerduty.com, or a relay.
        webhook_secret: what PagerDuty signs webhooks with, at least 16 characters; several, separated by
            commas, while one takes over from another; never shown. Empty takes no webhooks.
        ca_file: certificates to trust besides the system's (PEM), as a relay may need; empty for none.

    Raises:
        ValueError: a value cannot be right; the text repeats no secret.

    >>> PagerDutyConfig(routing_key="0123456789abcdef0123456789abcdef").url
    'https://events.pagerduty.com/v2/enqueue'
    """

    routing_key: str = field(repr=False)
    url: str = ENQUEUE
    timeout: float = 5.0
    api_token: str = field(default="", repr=False)
    from_email: str = ""
    api_url: str = API
    webhook_secret: str = field(default="", repr=False)
    ca_file: str = ""

    def __post_init__(self) -> None:
        if len(self.routing_key) != 32 or not self.routing_key.isalnum() or not self.routing_key.isascii():
            raise ValueError(
                "the PagerDuty routing key must be 32 letters and digits, but this one has "
                f"{len(self.routing_key)} characters: copy it from the service's Events API v2 integration"
            )
        for name, url in (("URL", self.url), ("API's URL", self.api_url)):
            if not url.startswith(("https://", "http://")):
                raise ValueError(
                    f"the PagerDuty {name} must begin with https:// or http://, not {url[:80]!r}"
                )
        if not 0 < self.timeout <= 5:
            raise ValueError(f"the PagerDuty timeout must be above 0 and at most 5 s, not {self.timeout:g}")
        self._check_api()
        if any(len(secret) < _SHORTEST_SECRET for secret in self.webhook_secrets):
            raise ValueError(
                f"each PagerDuty webhook secret must have at least {_SHORTEST_SECRET} characters: "
                "copy what PagerDuty showed when the webhook was made"
            )

    @property
    def webhook_secrets(self) -> tuple[str, ...]:
        """Return all secrets of webhooks."""
        return tuple(each.strip() for each in self.webhook_secret.split(",") if each.strip())

    @property
    def secrets(self) -> dict[str, str]:
        """Return what each value that must never be shown is."""
        token = {self.api_token: "API token"} if self.api_token else {}
        return {self.routing_key: "routing key", **token, **dict.fromkeys(self.webhook_secrets, "secret")}

    def _check_api(self) -> None:
        if not self.api_token:
            return
        if not self.api_token.isascii() or not self.api_token.isprintable() or " " in self.api_token:
            raise ValueError("the PagerDuty API token has characters that no token has: copy it again")
        if not self.from_email.isascii() or "@" not in self.from_email or not self.from_email.isprintable():
            raise ValueError(
                "with an API token, PagerDuty wants to know who writes: set from_email to the e-mail "
                f"address of a user there, not {self.from_email[:80]!r}"
            )


def config_of(settings: Mapping[str, str]) -> PagerDutyConfig:
    """Return the configuration that a catalog's settings say; raises ``ValueError``.

    >>> config_of({"routing_key": "0" * 32, "timeout": "2"}).timeout
    2.0
    """
    known = {each.name for each in fields(PagerDutyConfig)}
    unknown = sorted(set(settings) - known)
    if unknown:
        raise ValueError(
            f"a PagerDuty channel has no {', '.join(unknown)}: it has {', '.join(sorted(known))}"
        )
    said: dict[str, str] = {name: value for name, value in settings.items() if value}
    timeout = said.pop("timeout", "5")
    try:
        seconds = float(timeout)
    except ValueError:
        raise ValueError(f"the PagerDuty timeout must be a number of seconds, not {timeout[:40]!r}") from None
    if "routing_key" not in said:
        raise ValueError("a PagerDuty channel needs routing_key: the key of an Events API v2 integration")
    return PagerDutyConfig(timeout=seconds, **said)
