"""Carrying out an offered action: one signed POST, under a key by which a repeat is known."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
import msgspec

from aright.adapters.webhook.answers import read
from aright.core.model.signature import sign
from aright.core.page.retry_after import seconds_to_wait
from aright.ports.actuator import ActuatorError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aright.core.model.service import Action


@dataclass(frozen=True, kw_only=True)
class WebhookConfig:
    """How long to wait and how often to ask.

    Attributes:
        timeout: how long one attempt may take to connect, and to answer (seconds).
        attempts: how often an order whose answer never came is sent, always under the same key.
    """

    timeout: float = 10.0
    attempts: int = 2


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """The body of the POST."""

    action: str
    remedy: str
    parameters: dict[str, str]
    dry_run: bool
    key: str


class WebhookActuator:
    """Posts orders to the services' own webhooks; thread-safe.

    Args:
        config: timeouts and attempts.
        now: Unix seconds for the signature's timestamp: the wall's time, whatever clock the engine lives by,
            since the receiver holds it against its own.
    """

    def __init__(self, config: WebhookConfig | None = None, *, now: Callable[[], float] = time.time) -> None:
        self._config = config or WebhookConfig()
        self._now = now
        # A redirect would carry a signed order to wherever it points.
        self._client = httpx.Client(timeout=self._config.timeout, follow_redirects=False)

    def carry_out(self, action: Action, parameters: Mapping[str, str], *, dry_run: bool, key: str) -> str:
        """Order it; return the service's answer, cut to 2,000 characters. Raises ``ActuatorError``."""
        return self._post(action, action.url, _order(action, parameters, dry_run=dry_run, key=key))

    def undo(self, action: Action, parameters: Mapping[str, str], *, key: str) -> str:
        """Order it taken back; raises ``ActuatorError``, also where the action offers no way back."""
        if not action.undo_url:
            raise ActuatorError(
                f"{action.id} cannot be taken back: it has no undo_url. Take it back in the service itself."
            )
        return self._post(action, action.undo_url, _order(action, parameters, dry_run=False, key=key))

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def _post(self, action: Action, url: str, order: Order) -> str:
        host = _host(action, url)
        status, answer, wait = self._ask(action, url, host, order)
        if 200 <= status < 300:
            return answer
        raise ActuatorError(
            f"{host} answered {status} to {action.id}: {answer or 'nothing more'}. {_advice(status, wait)}"
        )

    def _ask(self, action: Action, url: str, host: str, order: Order) -> tuple[int, str, float | None]:
        """Post until there is an answer: the key lets the receiver know a repeat."""
        failure = "it was not sent"
        for _ in range(max(self._config.attempts, 1)):
            try:
                return self._once(action, url, order)
            except httpx.ConnectError as error:
                raise ActuatorError(
                    f"{action.id} was not carried out: {host} could not be reached ({error}). "
                    "Is the service up, and is the action's URL right?"
                ) from error
            except httpx.HTTPError as error:
                failure = type(error).__name__
        raise ActuatorError(
            f"{host} gave no answer to {action.id} ({failure}): it may have been carried out. "
            "Look at the service, then try again."
        )

    def _once(self, action: Action, url: str, order: Order) -> tuple[int, str, float | None]:
        body = msgspec.json.encode(order)
        timestamp = str(int(self._now()))
        headers = {
            "Content-Type": "application/json",
            "Accept-Encoding": "identity",
            "Idempotency-Key": order.key,
            "X-Aright-Timestamp": timestamp,
            "X-Aright-Signature": sign(action.secret, timestamp, body),
        }
        with self._client.stream("POST", url, content=body, headers=headers) as response:
            told = response.headers
            wait = seconds_to_wait(told.get("retry-after", ""), told.get("date", ""), self._now())
            return response.status_code, read(response, time.monotonic() + self._config.timeout), wait


def _order(action: Action, parameters: Mapping[str, str], *, dry_run: bool, key: str) -> Order:
    return Order(
        action=action.id, remedy=action.remedy, parameters=dict(parameters), dry_run=dry_run, key=key
    )


def _host(action: Action, url: str) -> str:
    """Return a URL's host and port: its path and query may hold what is not to be shown."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        parsed = httpx.URL()
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise ActuatorError(
            f"{action.id} has no usable URL: it must begin with https:// or http:// and name a host. "
            "Mend it in the catalog."
        )
    return parsed.netloc.decode("ascii", "replace")


def _advice(status: int, wait: float | None) -> str:
    if status in {401, 403}:
        return "Is the action's secret the one that the service checks signatures with?"
    if status == 404:
        return "Is the action's URL right?"
    if 300 <= status < 400:
        return "Redirects are not followed: put the final address into the catalog."
    if status in {408, 425, 429} or status >= 500:
        return f"Try again in {wait:,.0f} s." if wait else "Try again in a moment."
    return "The service will not do this as asked: read its answer."
