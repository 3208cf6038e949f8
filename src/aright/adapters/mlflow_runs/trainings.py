"""Asking MLflow which run made a version, and what that run was.

Reading is by GET alone: nothing is ever changed there. Redirects are not followed, so that no server sends a
token elsewhere, and time and size of all answers together are bounded.
"""

from __future__ import annotations

import base64
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import httpx
import msgspec

from aright.adapters.mlflow_runs.reading import points_of, run_of, stepped
from aright.adapters.mlflow_runs.wire import HistoryAnswer, LoggedAnswer, RunAnswer, VersionAnswer
from aright.core.model.curves import curve_of
from aright.core.model.times import SECOND
from aright.ports.trainings import TrainingError

if TYPE_CHECKING:
    from collections.abc import Callable

    from aright.adapters.mlflow_runs.wire import RunView, Version
    from aright.core.model.curves import Curve
    from aright.core.model.run import Run
    from aright.core.model.training import Training

LARGEST: Final = 8 << 20
"""Bytes of one answer."""

MOST_VALUES: Final = 25_000
"""Values of one metric that are asked for."""

_API: Final = "/api/2.0/mlflow/"
_NUMBER: Final = re.compile(r"v?(\d{1,9})")
_RUN: Final = re.compile(r"[0-9a-f]{32}")
_LOGGED: Final = re.compile(r"models:/(m-[0-9a-f]{32})")
_ALIAS: Final = re.compile(r"[\w-]{1,255}")
_UNKNOWN: Final = (400, 404)
"""MLflow answers one or the other where there is no such version, alias or run, by how its text looks."""

_Told = TypeVar("_Told", bound=msgspec.Struct)


class MlflowTrainings:
    """Reads MLflow's registry; a client per question, since they are few and servers may move.

    Args:
        largest: bytes of one answer.
        now: Unix seconds.
    """

    def __init__(self, largest: int = LARGEST, *, now: Callable[[], float] = time.time) -> None:
        self._largest = largest
        self._now = now

    def made(self, training: Training, *, model: str, version: str, seconds: float) -> Run | None:
        """Return the run that made a version, which predictions name by number, alias or run.

        A version may be written ``7`` or ``v7``; MLflow reserves the latter, so that no alias can be meant.
        """
        name = training.model or model
        with httpx.Client(follow_redirects=False, trust_env=False, headers=_headers(training)) as client:
            asking = _Asking(client, training.mlflow.rstrip("/"), self._largest, time.monotonic() + seconds)
            run_id = _run_id(asking, name, version)
            answer = asking.get("runs/get", RunAnswer, run_id=run_id) if run_id else None
            curves = _curves(asking, answer.run) if answer is not None else {}
        if answer is None:
            return None
        return run_of(answer.run, curves, model=name, version=version, now=int(self._now() * SECOND))


def _curves(asking: _Asking, run: RunView) -> dict[str, Curve]:
    """Return a run's curves, as far as they can be had: a run without them is more than none."""
    found: dict[str, Curve] = {}
    try:
        for name in stepped(run):
            told = asking.get(
                "metrics/get-history",
                HistoryAnswer,
                run_id=run.info.run_id,
                metric_key=name,
                max_results=str(MOST_VALUES),
            )
            curve = curve_of(points_of(told.metrics)) if told is not None else None
            if curve is not None:
                found[name] = curve
    except TrainingError:
        return found
    return found


def _run_id(asking: _Asking, model: str, version: str) -> str:
    """Return the run that made a version; empty where the registry knows of none."""
    if not model:
        return ""
    number = _NUMBER.fullmatch(version)
    if number is not None:
        found = asking.get("model-versions/get", VersionAnswer, name=model, version=number.group(1))
    elif _RUN.fullmatch(version):
        return version
    elif _ALIAS.fullmatch(version):
        found = asking.get("registered-models/alias", VersionAnswer, name=model, alias=version)
    else:
        return ""
    return _source(asking, found.model_version) if found is not None else ""


def _source(asking: _Asking, version: Version) -> str:
    """Return the run of a version; of MLflow 3 a version may know the logged model alone."""
    if version.run_id:
        return version.run_id
    logged = version.model_id or next(iter(_LOGGED.findall(version.source)), "")
    if not re.fullmatch(r"m-[0-9a-f]{32}", logged):
        return ""
    found = asking.get(f"logged-models/{logged}", LoggedAnswer)
    return found.model.info.source_run_id if found is not None else ""


class _Asking:
    """Questions to one server that must all be answered by one time."""

    def __init__(self, client: httpx.Client, address: str, largest: int, until: float) -> None:
        self._client, self._address, self._largest, self._until = client, address, largest, until

    def get(self, path: str, kind: type[_Told], **parameters: str) -> _Told | None:
        """Return an answer, ``None`` where the server does not know what is asked for."""
        body = self._body(path, parameters)
        if body is None:
            return None
        try:
            return msgspec.json.decode(body, type=kind, strict=False)
        except (msgspec.MsgspecError, UnicodeError) as error:
            raise TrainingError(
                f"{self._address} does not answer as MLflow does: {error}. Give the address of its tracking "
                "server"
            ) from error

    def _body(self, path: str, parameters: dict[str, str]) -> bytes | None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TrainingError(f"{self._address} did not answer in time")
        url = f"{self._address}{_API}{path}"
        try:
            with self._client.stream("GET", url, params=parameters, timeout=left) as answer:
                if answer.status_code in _UNKNOWN:
                    return None
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
        return f"{address} answers {status}: give a bearer_token_file or a basic_auth_file that may read it"
    return f"{address} answers {status}"


def _headers(training: Training) -> dict[str, str]:
    headers = {"Accept-Encoding": "identity"}
    if training.bearer_token_file:
        headers["Authorization"] = f"Bearer {_secret(training, training.bearer_token_file)}"
    elif training.basic_auth_file:
        pair = _secret(training, training.basic_auth_file).encode()
        headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
    return headers


def _secret(training: Training, file: str) -> str:
    """Return what a file holds; it is read each time, for tokens are renewed."""
    try:
        text = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise TrainingError(
            f"the token of {training.mlflow} cannot be read: {type(error).__name__}"
        ) from error
    if not text.isascii() or not text.isprintable():
        raise TrainingError(f"the token of {training.mlflow} is no token")
    return text
