"""Samples of Prometheus to rows: levels become process metrics as they are, the rest waits to be differenced.

A counter says something only beside its value before, which lies in another body. So that reading a body
depends on nothing but the body, counters are kept as they came, and their rates are taken as windows close
(``core/observe/counters.py``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.model.columns import TIME
from aright.core.model.frame import Format, Kind
from aright.core.model.tables import FIELDS
from aright.core.model.times import iso
from aright.core.observe.intake.bounds import FUTURE, MAX_ROWS, PAST
from aright.core.observe.intake.found import Found
from aright.core.observe.intake.prometheus_series import Role
from aright.core.observe.intake.remote_write import decode_first, decode_second
from aright.core.observe.intake.unreadable import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from aright.core.model.frame import Frame
    from aright.core.model.times import Micros
    from aright.core.observe.intake.prometheus_series import Series
    from aright.core.observe.intake.quarantine import Quarantine
    from aright.core.observe.intake.remote_write import Samples

_MILLI: Final = 1_000
_FIX: Final = "give the series a label service or job, of printable text of at most 80 bytes"


def read_remote_write(plain: bytes, frame: Frame, quarantine: Quarantine) -> Found:
    """Return the rows of a remote-write message; raises ``UnreadableError``."""
    decode = decode_second if frame.format is Format.REMOTE_WRITE_2 else decode_first
    samples = decode(plain)
    if samples.histograms:
        quarantine.note(
            "histograms",
            f"{samples.histograms:,} native histograms were left out",
            "scrape classic histograms beside them: scrape_classic_histograms: true",
        )
    return rows_of(samples, frame.received_at, quarantine)


def rows_of(samples: Samples, received_at: Micros, quarantine: Quarantine) -> Found:
    """Return good samples as rows; the others go into the quarantine.

    Stale markers and other values that are no number say that there is no value, and are left out.
    """
    if len(samples.series) > MAX_ROWS:
        raise UnreadableError(f"the body has more than {MAX_ROWS:,} samples", "split it")
    keep = _sound(samples, received_at, quarantine)
    good = int(keep.sum())
    keep &= np.isfinite(samples.values)
    told = [(at, one) for at in np.flatnonzero(keep).tolist() if (one := samples.series[at]) is not None]
    if not told:
        return Found(good=good)
    places = np.array([at for at, _ in told])
    table = _table([one for _, one in told], samples.times[places] * _MILLI, samples.values[places])
    levels = pc.equal(table["role"], Role.LEVEL.value)
    process = table.filter(levels).select(list(FIELDS[Kind.PROCESS]))
    tables = {
        Kind.PROCESS: process.set_column(5, "value", process["value"].cast(pa.float32())),
        Kind.COUNTERS: table.filter(pc.invert(levels)),
    }
    return Found(tables={kind: rows for kind, rows in tables.items() if rows.num_rows}, good=good)


def _table(
    series: Sequence[Series], times: npt.NDArray[np.int64], values: npt.NDArray[np.float64]
) -> pa.Table:
    service, host, version, name, role, ident, bound, _ = zip(*series, strict=True)
    return pa.table(
        {
            "time": pa.array(times).cast(TIME),
            "service": pa.array(service, pa.string()),
            "host": pa.array(host, pa.string()).dictionary_encode(),
            "version": pa.array(version, pa.string()).dictionary_encode(),
            "name": pa.array(name, pa.string()).dictionary_encode(),
            "value": pa.array(values),
            "role": pa.array(role, pa.string()).dictionary_encode(),
            "series": pa.array(ident, pa.int64()),
            "bound": pa.array(bound, pa.float64()),
        }
    )


def _sound(samples: Samples, received_at: Micros, quarantine: Quarantine) -> npt.NDArray[np.bool_]:
    """Return which samples are taken; each of the others is told."""
    keep: npt.NDArray[np.bool_] = np.ones(len(samples.series), np.bool_)
    for at, one in enumerate(samples.series):
        if one is not None and one.problem:
            keep[at] = False
            quarantine.add(at, "labels", one.problem, _FIX, one.name)
    early, late = (received_at - PAST) // _MILLI, (received_at + FUTURE) // _MILLI
    for at in np.flatnonzero(keep & ((samples.times < early) | (samples.times > late))).tolist():
        keep[at] = False
        problem = f"{samples.times[at]} ms is far from our clock, which says {iso(received_at)}"
        quarantine.add(at, "timestamp", problem, "set the sender's clock; rows may be 30 days late at most")
    return keep
