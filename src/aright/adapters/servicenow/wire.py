"""The Table API over HTTPS: bounded in time and bytes, and told apart by what a repeat would do."""

from __future__ import annotations

import ssl
import time
from typing import TYPE_CHECKING, Final, TypeVar

import httpx
import msgspec

from aright.adapters.servicenow.errors import DeniedError, WireError
from aright.adapters.servicenow.oauth import Basic, OAuth, Token
from aright.core.page.retry_after import seconds_to_wait

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aright.adapters.servicenow.config import ServiceNowConfig
    from aright.adapters.servicenow.oauth import Who

LARGEST: Final = 4 << 20
"""Bytes of one answer."""

LIMITED_WAIT: Final = 60.0
REFUSED_WAIT: Final = 60.0
"""Seconds to wait where credentials are refused: somebody must mend them first."""

T = TypeVar("T", bound=msgspec.Struct)

_NEVER_TAKEN: Final = frozenset({400, 413, 422})
_SHOWN: Final = 500


class Cell(msgspec.Struct, frozen=True):
    """A field, as asked for with ``sysparm_display_value=all``."""

    value: str | None = ""
    display_value: str | None = ""


Row = dict[str, Cell]
"""A record."""


class _Rows(msgspec.Struct, frozen=True):
    result: list[Row]


class _One(msgspec.Struct, frozen=True):
    result: Row


class _Failure(msgspec.Struct, frozen=True):
    message: str | None = ""
    detail: str | None = ""


class _Failed(msgspec.Struct, frozen=True):
    error: _Failure


class Wire:
    """Asks one instance; thread-safe, connections are kept.

    Args:
        config: which instance, and as whom.
        now: Unix seconds, for dates in answers.
    """

    def __init__(self, config: ServiceNowConfig, now: Callable[[], float] = time.time) -> None:
        self._config = config
        self._now = now
        self._base = config.url.rstrip("/")
        trust = ssl.create_default_context(cafile=config.ca_file or None)
        # A redirect would carry the password to wherever it points.
        self._client = httpx.Client(timeout=config.timeout, verify=trust, follow_redirects=False)
        self._who: Who = OAuth(config, self._token) if config.oauth else Basic(config)

    def rows(self, table: str, query: str, names: str, *, limit: int, until: float) -> list[Row]:
        """Return the records that an encoded query asks for; raises ``WireError``.

        Args:
            table: such as ``incident``.
            query: encoded, as the instance reads it.
            names: of fields, with commas.
            limit: at most so many.
            until: a monotonic time by which there is an answer (seconds).
        """
        asked = {"sysparm_query": query, "sysparm_limit": str(limit), **_form(names)}
        _, body = self._ask("GET", f"/api/now/table/{table}", asked, None, until)
        return self._decoded(body, _Rows, wrote=False).result

    def insert(self, table: str, fields: Mapping[str, str], names: str, *, until: float) -> Row:
        """Make a record; raises ``WireError``, also where it may have been made."""
        _, body = self._ask("POST", f"/api/now/table/{table}", _form(names), fields, until)
        return self._decoded(body, _One, wrote=True).result

    def update(self, table: str, key: str, fields: Mapping[str, str], names: str, *, until: float) -> Row:
        """Change a record; raises as above."""
        _, body = self._ask("PATCH", f"/api/now/table/{table}/{key}", _form(names), fields, until)
        return self._decoded(body, _One, wrote=True).result

    def hidden(self, text: str) -> str:
        """Return a text without any secret in it."""
        for secret in (*self._who.secrets(), self._config.webhook_secret):
            text = text.replace(secret, "<hidden>") if secret else text
        return text

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def _ask(
        self, method: str, path: str, query: dict[str, str], fields: Mapping[str, str] | None, until: float
    ) -> tuple[int, bytes]:
        """Ask, and once more with a new token where the token has ended."""
        header = self._who.header()
        status, body, wait = self._once(method, path, query, fields, header, until)
        if status == 401 and self._who.renew(header):
            header = self._who.header()
            status, body, wait = self._once(method, path, query, fields, header, until)
        if 200 <= status < 300:
            return status, body
        raise self._refusal(status, body, wait, wrote=fields is not None)

    def _once(
        self,
        method: str,
        path: str,
        query: dict[str, str],
        fields: Mapping[str, str] | None,
        header: str,
        until: float,
    ) -> tuple[int, bytes, float | None]:
        headers = {"Accept": "application/json", "Accept-Encoding": "identity", "Authorization": header}
        content = None
        if fields is not None:
            headers["Content-Type"] = "application/json"
            content = msgspec.json.encode(fields)
        request = self._client.build_request(
            method, self._base + path, params=query, headers=headers, content=content
        )
        return self._send(request, until, wrote=fields is not None)

    def _send(self, request: httpx.Request, until: float, *, wrote: bool) -> tuple[int, bytes, float | None]:
        left = min(self._config.timeout, until - time.monotonic())
        if left <= 0:
            raise WireError("ServiceNow took too long; what is left is done at the next attempt")
        request.extensions["timeout"] = httpx.Timeout(left).as_dict()
        try:
            answer = self._client.send(request, stream=True)
            try:
                body = self._read(answer, time.monotonic() + left)
            finally:
                answer.close()
        except httpx.ConnectError as error:
            raise WireError(self.hidden(f"ServiceNow could not be reached: {error}")) from None
        except httpx.HTTPError as error:
            raise self._lost(type(error).__name__, wrote=wrote) from None
        told = answer.headers
        wait = seconds_to_wait(told.get("retry-after", ""), told.get("date", ""), self._now())
        return answer.status_code, body, wait

    def _read(self, answer: httpx.Response, until: float) -> bytes:
        read = bytearray()
        for part in answer.iter_raw():
            read += part
            if len(read) > LARGEST:
                raise httpx.ReadError(f"more than {LARGEST:,} bytes")
            if time.monotonic() > until:
                raise httpx.ReadTimeout("the answer takes too long")
        return bytes(read)

    def _lost(self, what: str, *, wrote: bool) -> WireError:
        """Return the error for an answer that never came: what was asked may have been done all the same."""
        if not wrote:
            return WireError(f"ServiceNow gave no answer ({what})")
        return WireError(
            f"ServiceNow gave no answer ({what}): it may be done; that is looked up before it is tried again",
            retry_after=self._config.settle,
            lost=True,
        )

    def _refusal(self, status: int, body: bytes, wait: float | None, *, wrote: bool) -> WireError:
        text = f"ServiceNow answered {status}: {self._said(body)}"
        if status == 401:
            text += ". Are user, password or client right?"
            return DeniedError(text, status=status, retry_after=REFUSED_WAIT, whole=True)
        if status == 429:
            asked = LIMITED_WAIT if wait is None else wait
            return WireError(text, status=status, retry_after=asked, whole=True)
        if status >= 500 or status == 408:  # a proxy may say so although the instance has done it
            least = self._config.settle if wrote else 0.0
            return WireError(text, status=status, retry_after=max(wait or 0.0, least), lost=wrote)
        if 300 <= status < 400:
            text += ". Redirects are not followed: is url the instance's own address?"
        never = wrote and status in _NEVER_TAKEN  # to be refused a look is no fault of the message
        return WireError(text, status=status, permanent=never, retry_after=wait)

    def _said(self, body: bytes) -> str:
        try:
            failure = msgspec.json.decode(body, type=_Failed).error
            text = ": ".join(part for part in (failure.message, failure.detail) if part)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            text = " ".join(body[: 4 * _SHOWN].decode("utf-8", "replace").split())
        return self.hidden(text)[:_SHOWN] or "nothing more"

    def _decoded(self, body: bytes, kind: type[T], *, wrote: bool) -> T:
        try:
            return msgspec.json.decode(body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            what = f"what came is not of its Table API: {self._said(body)}"
            raise self._lost(what, wrote=wrote) from None

    def _token(self, form: dict[str, str]) -> Token:
        """Get a token; raises ``DeniedError`` where who asks is not let in, else ``WireError``."""
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        request = self._client.build_request(
            "POST", f"{self._base}/oauth_token.do", data=form, headers=headers
        )
        status, body, wait = self._send(request, time.monotonic() + self._config.timeout, wrote=False)
        if status in {400, 401, 403}:
            text = f"ServiceNow gives out no token ({status}). Are client_id, client_secret and user right?"
            raise DeniedError(text, status=status, retry_after=REFUSED_WAIT, whole=True)
        if status != 200:
            raise self._refusal(status, body, wait, wrote=False)
        return self._decoded(body, Token, wrote=False)


def _form(names: str) -> dict[str, str]:
    return {
        "sysparm_fields": names,
        "sysparm_display_value": "all",
        "sysparm_exclude_reference_link": "true",
    }
