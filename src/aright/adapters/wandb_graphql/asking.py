"""Asking a server by GraphQL: questions that must all be answered by one time, in bounded answers."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx

from aright.core.contract.words import shown
from aright.ports.trainings import TrainingError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aright.core.model.training import Training

_LONGEST: Final = 200
"""Signs of a server's own words that are told."""


class Asking:
    """Questions to one server.

    Args:
        client: that sends them.
        address: of the server.
        largest: bytes of one answer.
        until: when the last must be answered, on the monotonic clock (s).
    """

    def __init__(self, client: httpx.Client, address: str, largest: int, until: float) -> None:
        self._client, self._address, self._largest, self._until = client, address, largest, until

    def ask(self, query: str, variables: Mapping[str, object]) -> dict[str, object]:
        """Return the answer's data; raises ``TrainingError``."""
        try:
            answer = json.loads(self._body({"query": query, "variables": dict(variables)}))
        except (ValueError, RecursionError) as error:
            raise self._strange("it is no JSON") from error
        if not isinstance(answer, dict):
            raise self._strange("it is no object")
        errors = answer.get("errors")
        if isinstance(errors, list) and errors:
            said = errors[0].get("message") if isinstance(errors[0], dict) else ""
            raise TrainingError(
                f"{self._address} refuses: {shown(str(said or 'it does not say why'), _LONGEST)}"
            )
        data = answer.get("data")
        if not isinstance(data, dict):
            raise self._strange("it has no data")
        return data

    def _strange(self, why: str) -> TrainingError:
        return TrainingError(
            f"{self._address} does not answer as Weights & Biases does: {why}. Give the address of its API"
        )

    def _body(self, question: dict[str, object]) -> bytes:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TrainingError(f"{self._address} did not answer in time")
        try:
            with self._client.stream(
                "POST", f"{self._address}/graphql", json=question, timeout=left
            ) as answer:
                if answer.status_code != 200:
                    raise TrainingError(_refused(self._address, answer.status_code))
                return self._read(answer)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise TrainingError(
                f"{self._address} cannot be asked: {type(error).__name__} {error}".strip()
            ) from error

    def _read(self, answer: httpx.Response) -> bytes:
        """Return the body; time and size are looked at with each piece that arrives, however small."""
        read = bytearray()
        for piece in answer.iter_bytes():
            read += piece
            if len(read) > self._largest:
                raise TrainingError(f"{self._address} answers with more than {self._largest:,} bytes")
            if time.monotonic() > self._until:
                raise TrainingError(f"{self._address} did not answer in time")
        return bytes(read)


def _refused(address: str, status: int) -> str:
    if status in {401, 403}:
        return f"{address} answers {status}: give an api_key_file with a key that may read it"
    if status == 429:
        return f"{address} answers 429: it is asked too often; it is asked again with the next diagnosis"
    return f"{address} answers {status}"


def headers_of(training: Training) -> dict[str, str]:
    """Return what goes with each question; the key is read each time, for keys are renewed."""
    headers = {"Accept-Encoding": "identity"}
    if not training.api_key_file:
        return headers
    try:
        key = Path(training.api_key_file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise TrainingError(f"the key of {training.wandb} cannot be read: {type(error).__name__}") from error
    if not key.isascii() or not key.isprintable():
        raise TrainingError(f"the key of {training.wandb} is no key")
    headers["Authorization"] = f"Basic {base64.b64encode(f'api:{key}'.encode()).decode()}"
    return headers
