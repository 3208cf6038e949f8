"""Samples: a few answers that lost beside like ones of before, with what they were made from, redacted.

Of the rows since the onset those inside the part hit that lost stand for what is wrong; beside each stands
one of the same unit from before, where there is one, else one of the same part, that was well as far as is
known. They are chosen by a hash of their ids, so that the choice is nobody's and comes out the same again.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.contract.pictures import LARGEST, bare, media_of, pictures_in
from aright.core.contract.redacting import Redactor
from aright.core.model.columns import ATTRIBUTE, FEATURE, names_with
from aright.core.model.evidence import CauseKind
from aright.core.model.samples import BEFORE, NOW, PAYLOAD, PICTURE, Sample, Samples, Shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from aright.core.diagnose.rows import Rows
    from aright.core.diagnose.scene import Scene
    from aright.core.model.evidence import Cause
    from aright.core.model.redaction import Redaction

    Smaller = Callable[[bytes], bytes]

PAIRS: Final = 6
MOST_VALUES: Final = 28
"""Attributes and features that one sample shows."""

MOST_SHOWN: Final = 4
"""Payloads, and pictures as many, that one sample shows."""

LONGEST: Final = 1_200
"""Characters of a payload that are shown."""

MOST_BYTES: Final = 96 << 10
"""Bytes of all pictures of an incident."""

LOST: Final = 0.5
_OUTPUTS: Final = ("label", "score", "number", "items", "text", "confidence", "version", "status", "fallback")


def same(data: bytes) -> bytes:
    """Return a picture as it is, where nobody can make it smaller."""
    return data


def samples_of(
    scene: Scene, causes: Sequence[Cause], rules: Redaction, *, smaller: Smaller = same
) -> Samples:
    """Return the samples of a case's inputs.

    Args:
        scene: the case.
        causes: as they were ranked; what moved with the first stands first.
        rules: what its service keeps private.
        smaller: makes a large picture small, or returns it as it is; what is still too large is left out.
    """
    cause = causes[0] if causes else None
    redactor = Redactor(rules, salt=scene.case.incident)
    now = _chosen(scene, cause)
    before, of_before = _like(scene, now)
    telling = _telling(scene.rows, cause)
    maker = _Maker(scene, redactor, telling, rules, smaller)
    pairs = tuple(
        (
            maker.sample(earlier, BEFORE) if earlier is not None else None,
            maker.sample(later, NOW),
        )
        for earlier, later in zip(before, now, strict=True)
    )
    return Samples(
        key=scene.case.incident,
        service=scene.case.service.key,
        at=scene.case.now,
        where=scene.where,
        pairs=pairs,
        telling=len(telling),
        of_now=int((scene.rows.now & scene.inside).sum()),
        of_before=of_before,
    )


def _chosen(scene: Scene, cause: Cause | None) -> list[int]:
    """Return rows since the onset inside the part hit, those that lost and that show the cause first."""
    rows = scene.rows
    inside = np.flatnonzero(rows.now & scene.inside)
    lost = np.nan_to_num(scene.told.value[inside], nan=0.0) >= LOST
    shows = _shows(rows, cause)[inside]
    hashed = _hashes(scene, inside)
    order = np.lexsort((hashed, ~lost, ~shows))
    chosen: list[int] = []
    units: set[int] = set()
    for at in inside[order].tolist():  # one of each unit
        if int(rows.unit[at]) not in units:
            units.add(int(rows.unit[at]))
            chosen.append(at)
        if len(chosen) >= PAIRS:
            break
    return chosen


def _shows(rows: Rows, cause: Cause | None) -> NDArray[np.bool_]:
    """Return which rows have the value that the cause is of, or miss what it went empty of."""
    everyone = np.ones(len(rows), dtype=np.bool_)
    if cause is None or rows.table.num_rows == 0:
        return everyone
    name, found, value = cause.subject.partition(" = ")
    for column in (ATTRIBUTE + name, FEATURE + name):
        if cause.kind is CauseKind.INPUTS and found and column in rows.table.schema.names:
            equal = pc.equal(rows.table[column].cast(pa.string()), value)
            return np.asarray(pc.fill_null(equal, fill_value=False).to_numpy(), dtype=np.bool_)
    if cause.kind is CauseKind.MODEL_VERSION and "version" in rows.table.schema.names:
        equal = pc.equal(rows.table["version"].cast(pa.string()), cause.subject)
        return np.asarray(pc.fill_null(equal, fill_value=False).to_numpy(), dtype=np.bool_)
    missing = [FEATURE + each for each in cause.features if FEATURE + each in rows.table.schema.names]
    if cause.mode == "empty" and missing:
        null = np.asarray(rows.table[missing[0]].is_null().to_numpy(), dtype=np.bool_)
        return null if bool(null.any()) else everyone
    return everyone


def _like(scene: Scene, now: Sequence[int]) -> tuple[list[int | None], int]:
    """Return for each row one of before, and how many there were to choose from."""
    rows = scene.rows
    inside = np.flatnonzero(~rows.now & scene.inside)
    if inside.size == 0:  # a part that came up just then has no past of its own
        inside = np.flatnonzero(~rows.now)
    well = np.nan_to_num(scene.told.value[inside], nan=0.0) < LOST
    ordered = inside[np.lexsort((_hashes(scene, inside), ~well))]
    units = rows.unit[ordered]
    everywhere = np.flatnonzero(~rows.now)
    taken: set[int] = set()
    found: list[int | None] = []
    for at in now:
        mine = ordered[units == rows.unit[at]]
        if mine.size == 0:
            mine = everywhere[rows.unit[everywhere] == rows.unit[at]]
        pick = next(
            (int(one) for one in (*mine[:PAIRS], *ordered[: 2 * PAIRS]) if int(one) not in taken), None
        )
        found.append(pick)
        if pick is not None:
            taken.add(pick)
    return found, int(inside.size)


def _hashes(scene: Scene, at: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return a number per row that nobody can have chosen."""
    names = scene.rows.table.schema.names
    key = scene.case.incident.encode()
    ids = scene.rows.table["id"].take(pa.array(at)).to_pylist() if "id" in names else at.tolist()
    digests = [blake2b(str(each).encode("utf-8", "replace"), digest_size=8, key=key[:64]) for each in ids]
    return np.array([int.from_bytes(each.digest(), "big") for each in digests], dtype=np.uint64)


def _telling(rows: Rows, cause: Cause | None) -> tuple[str, ...]:
    """Return the columns that the cause is told by."""
    if cause is None:
        return ()
    names = rows.table.schema.names
    subject = cause.subject.partition(" = ")[0]
    wanted = [ATTRIBUTE + subject, FEATURE + subject, *(FEATURE + each for each in cause.features)]
    return tuple(dict.fromkeys(each for each in wanted if each in names))[:MOST_VALUES]


class _Maker:
    """Makes samples of rows, within what all of an incident's may take."""

    def __init__(
        self, scene: Scene, redactor: Redactor, telling: tuple[str, ...], rules: Redaction, smaller: Smaller
    ) -> None:
        self._scene = scene
        self._redactor = redactor
        self._pictures = rules.images
        self._smaller = smaller
        self._left = MOST_BYTES
        schema = scene.rows.table.schema
        others = [
            *(ATTRIBUTE + each for each in names_with(schema, ATTRIBUTE)),
            *(FEATURE + each for each in names_with(schema, FEATURE)),
        ]
        outputs = [each for each in _OUTPUTS if each in schema.names]
        self._columns = list(dict.fromkeys([*telling, *others]))[: MOST_VALUES - len(outputs)] + outputs
        self._documents = _by_trace(scene)

    def sample(self, at: int, side: str) -> Sample:
        """Return the sample of a row of the scene."""
        scene = self._scene
        row = scene.rows.table.slice(at, 1)
        loss = float(scene.told.value[at])
        unit = row["unit"][0].as_py() if "unit" in row.schema.names else None
        trace = row["trace_id"][0].as_py() if "trace_id" in row.schema.names else None
        return Sample(
            side=side,
            at=int(scene.rows.time[at]),
            loss=loss if np.isfinite(loss) else None,
            unit=self._redactor.text(str(unit)) if unit is not None else "",
            values=tuple(self._value(name, row) for name in self._columns),
            shown=tuple(self._shown(trace)) if trace else (),
        )

    def _value(self, column: str, row: pa.Table) -> tuple[str, str]:
        value = row[column][0].as_py()
        name = column.removeprefix(ATTRIBUTE).removeprefix(FEATURE)
        kept = self._redactor.named(name, value)
        if isinstance(kept, float):
            return name, f"{kept:.4g}"
        if isinstance(kept, list):
            return name, ", ".join(str(each) for each in kept[:10])
        return name, "" if kept is None else str(kept)

    def _shown(self, trace: str) -> list[Shown]:
        texts: list[Shown] = []
        pictures: list[Shown] = []
        for title, body in self._documents(trace)[:MOST_SHOWN]:
            try:
                document = msgspec.json.decode(body)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                continue
            texts.append(Shown(kind=PAYLOAD, title=title, text=self._text(document)))
            for name, data in pictures_in(document):
                if len(pictures) < MOST_SHOWN:
                    pictures.append(self._picture(f"{title}: {name}" if name else title, data))
        return [*pictures, *texts]

    def _text(self, document: object) -> str:
        kept = self._redactor.value(document)
        text = msgspec.json.format(msgspec.json.encode(kept), indent=2).decode()
        return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"

    def _picture(self, title: str, data: bytes) -> Shown:
        told = f"{media_of(data).removeprefix('image/')} of {len(data):,} bytes"
        kept = bare(self._smaller(data)) if self._pictures else b""
        if not kept or len(kept) > LARGEST or len(kept) > self._left:
            return Shown(kind=PICTURE, title=title, text=told)
        self._left -= len(kept)
        return Shown(kind=PICTURE, title=title, text=told, media=media_of(kept), data=kept)


def _by_trace(scene: Scene) -> Callable[[str], list[tuple[str, bytes]]]:
    """Return what looks up the documents of a trace, each with dependency, endpoint and direction."""
    payloads = scene.case.payloads
    if payloads is None or "trace_id" not in payloads.schema.names:
        return lambda _: []
    traces = payloads["trace_id"].cast(pa.string())

    def look(trace: str) -> list[tuple[str, bytes]]:
        found = payloads.filter(pc.fill_null(pc.equal(traces, trace), fill_value=False)).slice(0, MOST_SHOWN)
        rows: list[Mapping[str, str]] = found.select(["dependency", "endpoint", "direction"]).to_pylist()
        bodies: list[bytes | None] = found["body"].to_pylist()
        return [
            (" ".join(str(part) for part in row.values() if part), body)
            for row, body in zip(rows, bodies, strict=True)
            if body is not None
        ]

    return look
