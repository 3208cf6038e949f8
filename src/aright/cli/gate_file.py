"""`aright-gate.yaml` and the files that it names."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import yaml
from msgspec.structs import replace

from aright.cli.failure import FailedError
from aright.core.model.replay import Output, Stored
from aright.core.model.replay_wire import Given
from aright.core.prevent.gate import Case, GatePlan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from aright.core.prevent.gate import QualityPlan

_LARGEST: Final = 1 << 20
_MOST_CASES: Final = 200_000
_LONGEST_LINE: Final = 16 << 20
_VARIABLE: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_JSON_LINES: Final = (".ndjson", ".jsonl", ".json")
_ATTRIBUTE: Final = "attr."
_FEATURE: Final = "feat."
_OF_ROWS: Final = ("id", "unit")


class _Line(msgspec.Struct, kw_only=True):
    """A case, as a line of JSON."""

    id: str = ""
    unit: str = ""
    attributes: dict[str, str] = {}
    features: dict[str, float | str | bool | None] = {}
    payload: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    expected: Given | None = None
    label: str | float | bool | None = None


def read_plan(file: Path) -> GatePlan:
    """Return what a gate is asked; raises ``FailedError`` that names the key."""
    try:
        with file.open("rb") as opened:
            told = opened.read(_LARGEST + 1)
    except OSError as error:
        raise FailedError(f"{file} cannot be read: {error.strerror}", code=2) from error
    if len(told) > _LARGEST:
        raise FailedError(f"{file} is larger than {_LARGEST:,} bytes: it is no gate file", code=2)
    try:
        plan = msgspec.convert(yaml.safe_load(told) or {}, GatePlan)
    except yaml.YAMLError as error:
        raise FailedError(f"{file} is no YAML: {' '.join(str(error).split())[:300]}", code=2) from error
    except (msgspec.ValidationError, RecursionError) as error:
        raise FailedError(f"{file}: {error}", code=2) from error
    return _placed(plan, file)


def _placed(plan: GatePlan, file: Path) -> GatePlan:
    """Return a plan whose processes start in its file's folder, with its secret read."""
    if plan.replay is None:
        return plan
    if plan.replay.replay() is None:
        raise FailedError(f"{file}: replay needs exactly one of url, model and function", code=2)
    folder = "" if plan.replay.url else str((file.parent / plan.replay.folder).resolve())
    secret = _secret(plan.replay.secret, file)
    return replace(plan, replay=replace(plan.replay, folder=folder, secret=secret))


def _secret(told: str, file: Path) -> str:
    if not told:
        return ""
    named = _VARIABLE.fullmatch(told)
    if named is None:
        raise FailedError(f"{file}: write replay.secret as ${{NAME}} of an environment variable", code=2)
    value = os.environ.get(named[1], "")
    if not value:
        raise FailedError(f"{file}: replay.secret is ${{{named[1]}}}, which is not set", code=2)
    return value


def read_cases(file: Path, quality: QualityPlan | None = None) -> list[Case]:
    """Return the cases of a file: lines of JSON, or a table (CSV, Parquet, Arrow); raises ``FailedError``.

    Args:
        file: its ending says what it is.
        quality: names label, unit and segments, where it is a table.
    """
    cases = list(_of_lines(file)) if file.suffix in _JSON_LINES else list(_of_table(file, quality))
    if not cases:
        raise FailedError(f"{file} has no cases: write one a line", code=2)
    return cases


def _of_lines(file: Path) -> Iterator[Case]:
    try:
        with file.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if number > _MOST_CASES or len(line) > _LONGEST_LINE:
                    raise FailedError(
                        f"{file}:{number}: more than {_MOST_CASES:,} cases, or too long", code=2
                    )
                if line.strip():
                    yield _case(line, f"{file}:{number}", number)
    except OSError as error:
        raise FailedError(f"{file} cannot be read: {error.strerror}", code=2) from error


def _case(line: bytes, place: str, number: int) -> Case:
    try:
        told = msgspec.json.decode(line, type=_Line)
    except (msgspec.DecodeError, RecursionError) as error:
        raise FailedError(f"{place}: this is no case: {error}", code=2) from error
    stored = Stored(
        id=told.id or f"line {number}",
        attributes=told.attributes,
        features=told.features,
        payload=b"" if isinstance(told.payload, msgspec.UnsetType) else bytes(told.payload),
    )
    return Case(stored=stored, expected=_expected(told.expected), truth=_truth(told.label), unit=told.unit)


def _expected(given: Given | None) -> Output | None:
    if given is None:
        return None
    return Output(
        label=given.label, score=given.score, number=given.number, items=given.items, text=given.text
    )


def _truth(label: object) -> str | float | None:
    if isinstance(label, bool):
        return "true" if label else "false"
    if isinstance(label, (int, float)):
        return float(label)
    return None if label is None else str(label)


def _of_table(file: Path, quality: QualityPlan | None) -> Iterator[Case]:
    from aright.bootstrap import file_tables  # noqa: PLC0415  pulls in pyarrow and the rest
    from aright.ports.tables import UnreadableTableError  # noqa: PLC0415  the same

    try:
        rows = file_tables().read(file).slice(0, _MOST_CASES).to_pylist()
    except UnreadableTableError as broken:
        raise FailedError(str(broken), code=2) from broken
    label, unit = (quality.label, quality.unit or "unit") if quality is not None else ("label", "unit")
    segments = quality.segments if quality is not None else ()
    for number, row in enumerate(rows, 1):
        yield Case(
            stored=Stored(
                id=str(row.get("id") or f"row {number}"),
                attributes=_attributes(row, segments),
                features=_features(row, {*_OF_ROWS, label, unit}),
            ),
            truth=_truth(row.get(label)),
            unit="" if row.get(unit) is None else str(row[unit]),
        )


def _attributes(row: Mapping[str, object], segments: tuple[str, ...]) -> dict[str, str]:
    named = {
        name.removeprefix(_ATTRIBUTE): value for name, value in row.items() if name.startswith(_ATTRIBUTE)
    }
    told = {**{name: row.get(name) for name in segments if name in row}, **named}
    return {name: str(value) for name, value in told.items() if value is not None}


def _features(row: Mapping[str, object], others: set[str]) -> dict[str, float | str | bool | None]:
    found: dict[str, float | str | bool | None] = {}
    for name, value in row.items():
        if name in others or name.startswith(_ATTRIBUTE):
            continue
        plain = value if isinstance(value, (bool, float, str)) or value is None else _plain(value)
        found[name.removeprefix(_FEATURE)] = plain
    return found


def _plain(value: object) -> float | str:
    return float(value) if isinstance(value, int) else str(value)


def size_of(path: Path) -> int:
    """Return the bytes of a file, or of all under a folder but its links; raises ``FailedError``."""
    try:
        if not path.is_dir():
            return path.stat().st_size
        return sum(
            each.lstat().st_size for each in path.rglob("*") if each.is_file() and not each.is_symlink()
        )
    except OSError as error:
        raise FailedError(f"{path} cannot be read: {error.strerror}", code=2) from error
