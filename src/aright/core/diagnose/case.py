"""A case: everything that a diagnosis may look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

    from aright.core.diagnose.dependencies.telemetry import Telemetry
    from aright.core.model.alert import Alert
    from aright.core.model.change import Change
    from aright.core.model.incident import Hit
    from aright.core.model.run import Run
    from aright.core.model.service import Service
    from aright.core.model.times import Micros


@dataclass(frozen=True, kw_only=True, eq=False)
class Case:
    """The rows, alerts and changes of one incident.

    Attributes:
        incident: the incident's key, such as ``INC-1``.
        service: whose.
        now: when the diagnosis is made (µs, UTC).
        reference: joined prediction rows of a healthy time: columns of ``core.model.columns`` and a float
            column ``outcome.KIND`` per kind of outcome (graded: mean value or null; events: 1 or 0).
        current: the same for the time judged. It may begin before the onset, which is searched for, but must
            end before anything was put right.
        reference_span: start and end of the reference rows (µs, UTC).
        current_span: start and end of the current rows (µs, UTC).
        alerts: what alarmed; harm alerts say which losses to cut up. Empty means "every loss there is".
        changes: what is known to have been changed, in any order.
        beside: changes of the service and of those that it stands on; looked at where ``telemetry`` is
            ``None``, because the step that weighs them reads it for itself.
        hits: services that the incident hits; empty where it is this one alone.
        telemetry: what this service and those that it stands on were seen to do; ``None`` where nothing is
            known of them.
        runs: of the jobs that make the service's data, and of those that these read from, in any order.
        trainings: the runs that made its versions, as its registry tells, in any order.
        payloads: what it exchanged with its dependencies over both spans, columns of ``PAYLOAD_FIELDS``;
            ``None`` where nothing is kept of that.
    """

    incident: str
    service: Service
    now: Micros
    reference: pa.Table
    current: pa.Table
    reference_span: tuple[Micros, Micros]
    current_span: tuple[Micros, Micros]
    alerts: tuple[Alert, ...] = ()
    changes: tuple[Change, ...] = ()
    beside: tuple[Change, ...] = ()
    hits: tuple[Hit, ...] = ()
    telemetry: Telemetry | None = None
    runs: tuple[Run, ...] = ()
    trainings: tuple[Run, ...] = ()
    payloads: pa.Table | None = None
