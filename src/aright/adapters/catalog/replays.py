"""How a service's versions are run on stored inputs, in `aright.yaml`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aright.adapters.catalog.addresses import web_address
from aright.adapters.catalog.findings import shown
from aright.adapters.catalog.reading import Reader
from aright.adapters.catalog.signing import read_secret
from aright.core.model.replay import FEATURES, FUNCTION, INPUTS, MODEL, URL, WAYS, Replay
from aright.core.model.times import HOUR, MINUTE, SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping

REPLAY_KEYS: Final[dict[str, str]] = {
    URL: "an HTTP endpoint that runs a version; this, `model` or `function` is needed.",
    MODEL: "an MLflow model: a URI, or a folder from this file's, with `{version}` where the version stands.",
    FUNCTION: "a Python function, MODULE:NAME, that runs a version.",
    "inputs": f"what is replayed: {' or '.join(INPUTS)} (documents, images); features where left out.",
    "previous": "the version to hold against, where neither predictions nor changes name one before.",
    "within": "how long one replay may take in all, 1s to 1h; 1m where left out.",
    "secret": "the HMAC-SHA256 key of requests to `url`, as `${NAME}` of an environment variable.",
    "bearer_token_file": "a file with the token to send to `url`.",
    "python": "the interpreter that runs a model or function; aright's own where left out.",
    "folder": "where that process starts, from this file's folder; that folder where left out.",
}
"""What a replay may say, by key."""

_FUNCTION: Final = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
_VERSION: Final = "{version}"
_OF_URLS: Final = ("secret", "bearer_token_file")
_OF_PROCESSES: Final = ("python", "folder")


def read_replay(service: Reader, environment: Mapping[str, str] | None) -> Replay | None:
    """Return how a service's versions are run, ``None`` where it does not say so; nothing is run for it."""
    node = service.node("replay")
    if node is None:
        return None
    reader = Reader(node, service.said, "a replay", tuple(REPLAY_KEYS))
    way = _way(reader)
    target = _target(reader, way)
    _check_company(reader, way)
    replay = Replay(
        way=way,
        target=target,
        inputs=reader.one_of("inputs", INPUTS, FEATURES),
        previous=reader.text("previous"),
        seconds=reader.span("within", MINUTE, low=SECOND, high=HOUR) / SECOND,
        secret=read_secret(reader, environment) if reader.has("secret") else "",
        bearer_token_file=reader.text("bearer_token_file"),
        python=reader.text("python"),
        folder="" if way == URL else str(_folder(reader)),
    )
    return replay if target else None


def _way(reader: Reader) -> str:
    given = [way for way in WAYS if reader.has(way)]
    if reader.ok and len(given) != 1:
        reader.tell(
            given[1] if given else "inputs",
            "the replay says more than one way to run a version" if given else "the replay runs nothing",
            "one is needed, to compare like with like",
            f"Give one of {', '.join(WAYS)}",
        )
    return given[0] if given else URL


def _target(reader: Reader, way: str) -> str:
    if way == URL:
        return web_address(reader, URL)
    target = reader.text(way)
    if way == MODEL and target and _VERSION not in target:
        reader.tell(
            MODEL,
            f"{shown(target)} is one model",
            "two versions are compared",
            f"Write {_VERSION} where the version stands, such as models:/NAME/{_VERSION}",
        )
        return ""
    if way == FUNCTION and target and not _FUNCTION.fullmatch(target):
        reader.tell(
            FUNCTION, f"{shown(target)} names no function", "it cannot be called", "Write MODULE:NAME"
        )
        return ""
    return target


def _check_company(reader: Reader, way: str) -> None:
    """Say which keys have no meaning beside the way that is given."""
    for key in _OF_PROCESSES if way == URL else _OF_URLS:
        if reader.has(key):
            reader.tell(
                key,
                f"{key} has no meaning beside {way}",
                "it is of " + ("a process" if way == URL else "requests to a url"),
                "Take it out",
            )


def _folder(reader: Reader) -> Path:
    home = Path(reader.said.file).parent
    folder = home / reader.text("folder", ".")
    if not folder.is_dir():
        reader.tell(
            "folder",
            f"there is no folder {shown(reader.text('folder'))}",
            f"paths begin at the folder of {shown(Path(reader.said.file).name)}",
            "Mend the path, or make the folder",
        )
    return folder.resolve()
