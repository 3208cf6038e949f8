"""Where pages go, and with which key."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

ENQUEUE: Final = "https://events.pagerduty.com/v2/enqueue"


@dataclass(frozen=True, kw_only=True)
class PagerDutyConfig:
    """An Events v2 integration.

    Attributes:
        routing_key: the integration's key, 32 characters; never shown.
        url: where events are posted: PagerDuty's EU address, a relay or a listener of one's own.
        timeout: how long one attempt may take to connect, and to answer (seconds).

    Raises:
        ValueError: a value cannot be right; the text does not repeat the key.

    >>> PagerDutyConfig(routing_key="0123456789abcdef0123456789abcdef")
    PagerDutyConfig(url='https://events.pagerduty.com/v2/enqueue', timeout=10.0)
    """

    routing_key: str = field(repr=False)
    url: str = ENQUEUE
    timeout: float = 10.0

    def __post_init__(self) -> None:
        if len(self.routing_key) != 32 or not self.routing_key.isalnum() or not self.routing_key.isascii():
            raise ValueError(
                "the PagerDuty routing key must be 32 letters and digits, but this one has "
                f"{len(self.routing_key)} characters: copy it from the service's Events API v2 integration"
            )
        if not self.url.startswith(("https://", "http://")):
            raise ValueError(f"the PagerDuty URL must begin with https:// or http://, not {self.url[:80]!r}")
        if not 0 < self.timeout <= 30:
            raise ValueError(f"the PagerDuty timeout must be above 0 and at most 30 s, not {self.timeout}")
