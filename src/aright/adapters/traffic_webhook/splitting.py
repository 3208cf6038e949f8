"""Splitting traffic by a signed POST, and reading the share back by a signed GET of the same address."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import httpx
import msgspec

from aright.core.mitigate.shares import percent, same
from aright.core.model.foreign_text import harmless
from aright.core.model.rollout import WebhookTraffic
from aright.core.model.signature import sign
from aright.ports.traffic import TrafficError

if TYPE_CHECKING:
    from collections.abc import Callable

    from aright.core.model.rollout import TrafficConfig

LONGEST: Final = 10.0
"""Seconds for one request."""
SETTLING: Final = 5.0
"""Seconds until the share that was ordered must be read back."""

_MOST: Final = 64 << 10
_SHOWN: Final = 1_500
_ATTEMPTS: Final = 2
_PAUSE: Final = 0.1


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """The body of the POST."""

    share: float
    dry_run: bool
    key: str
    action: str = "split"


class Now(msgspec.Struct, frozen=True):
    """The body of the answer to the GET."""

    share: float


class WebhookSplit:
    """Orders shares under a key by which a repeat is known; thread-safe.

    Args:
        longest: how long one request may take (seconds).
        settling: how long the webhook may take until its GET tells the share that was ordered (seconds).
        now: Unix seconds for the signature's timestamp: the wall's time, whatever clock the engine lives by,
            since the receiver holds it against its own.
    """

    def __init__(
        self, longest: float = LONGEST, settling: float = SETTLING, *, now: Callable[[], float] = time.time
    ) -> None:
        self._longest, self._settling, self._now = longest, settling, now
        # A redirect would carry a signed order to wherever it points.
        limits = httpx.Limits(max_keepalive_connections=0)
        self._client = httpx.Client(limits=limits, timeout=longest, trust_env=False, follow_redirects=False)

    def share(self, at: TrafficConfig) -> float:
        """Return the share that the webhook tells; raises ``TrafficError``."""
        at = _own(at)
        told = self._ask(at, "GET", b"", {})
        try:
            share = msgspec.json.decode(told, type=Now).share
        except msgspec.DecodeError as error:
            raise TrafficError(
                f"what {_host(at)} answers to a GET tells no share: {harmless(str(error))}. It should answer "
                '{"share": NUMBER}.',
                permanent=True,
            ) from error
        if not 0 <= share <= 1:
            raise TrafficError(f"{_host(at)} tells a share of {share}, not one from 0 to 1.", permanent=True)
        return share

    def send(self, at: TrafficConfig, share: float, *, key: str) -> str:
        """Order it, and wait until the webhook tells that it is so; raises ``TrafficError``."""
        at = _own(at)
        answer = self._order(at, Order(share=share, dry_run=False, key=key))
        until = time.monotonic() + self._settling
        while not same(share, got := self.share(at)):
            if time.monotonic() > until:
                raise TrafficError(
                    f"{_host(at)} took a share of {percent(share)}, and still tells {percent(got)} after "
                    f"{self._settling:g} s. Look at what it did; the order may be sent again."
                )
            time.sleep(_PAUSE)
        return f"the candidate gets {percent(got)}, says {_host(at)}: {answer or 'nothing more'}"

    def dry_run(self, at: TrafficConfig, share: float) -> str:
        """Return what the webhook says it would do; raises ``TrafficError``."""
        at = _own(at)
        before = self.share(at)
        answer = self._order(at, Order(share=share, dry_run=True, key=f"dry-run-{share:g}"))
        return (
            f"would order a share of {percent(share)}; it is {percent(before)}. "
            f"{_host(at)} says: {answer or 'nothing'}"
        )

    def warning(self, at: TrafficConfig) -> str:  # noqa: ARG002 - the port's
        """Return nothing: what the webhook does is the team's to know."""
        return ""

    def _order(self, at: WebhookTraffic, order: Order) -> str:
        """Post until there is an answer: the key lets the receiver know a repeat."""
        body = msgspec.json.encode(order)
        headers = {"Content-Type": "application/json", "Idempotency-Key": order.key}
        return harmless(self._ask(at, "POST", body, headers), _SHOWN)

    def _ask(self, at: WebhookTraffic, method: str, body: bytes, headers: dict[str, str]) -> bytes:
        host, failure = _host(at), ""
        for _ in range(_ATTEMPTS):
            try:
                return self._once(at, method, body, headers)
            except httpx.ConnectError as error:
                raise TrafficError(
                    f"{host} could not be reached ({harmless(str(error), 120)}). Is it up, and is the "
                    "traffic's url right?"
                ) from error
            except httpx.HTTPError as error:
                failure = type(error).__name__
        raise TrafficError(
            f"{host} gave no answer to a {method} ({failure}): an order may have been carried out. "
            "Look at the service, then try again."
        )

    def _once(self, at: WebhookTraffic, method: str, body: bytes, headers: dict[str, str]) -> bytes:
        timestamp, until = str(int(self._now())), time.monotonic() + self._longest
        signed = {
            **headers,
            "Accept-Encoding": "identity",
            "X-Aright-Timestamp": timestamp,
            "X-Aright-Signature": sign(at.secret, timestamp, body),
        }
        with self._client.stream(method, at.url, content=body or None, headers=signed) as answer:
            told = _read(answer, until)
            if not 200 <= answer.status_code < 300:
                raise _refused(_host(at), answer.status_code, told)
            return told


def _own(at: TrafficConfig) -> WebhookTraffic:
    assert isinstance(at, WebhookTraffic)  # noqa: S101 - bootstrap hands each way its own
    return at


def _read(answer: httpx.Response, until: float) -> bytes:
    """Read the beginning of an answer, however long or slow the rest is."""
    found = b""
    for piece in answer.iter_raw():
        found += piece
        if len(found) > _MOST or time.monotonic() > until:
            break
    return found


def _host(at: WebhookTraffic) -> str:
    """Return the URL's host and port: its path and query may hold what is not to be shown."""
    try:
        parsed = httpx.URL(at.url)
    except httpx.InvalidURL:
        parsed = httpx.URL()
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise TrafficError(
            "the traffic's url must begin with https:// or http:// and name a host. Mend it in the catalog.",
            permanent=True,
        )
    return parsed.netloc.decode("ascii", "replace")


def _refused(host: str, status: int, told: bytes) -> TrafficError:
    known = {
        401: "Is the traffic's secret the one that it checks signatures with?",
        403: "Is the traffic's secret the one that it checks signatures with?",
        404: "Is the traffic's url right?",
        405: "It must answer GET and POST.",
    }
    again = status in {408, 425, 429} or status >= 500
    advice = known.get(status, "Try again in a moment." if again else "Read its answer.")
    if 300 <= status < 400:
        advice = "Redirects are not followed: put the final address into the catalog."
    return TrafficError(
        f"{host} answered {status}: {harmless(told) or 'nothing more'}. {advice}", permanent=not again
    )
