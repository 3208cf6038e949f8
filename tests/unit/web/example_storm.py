"""A storm of other programs' alerts over the example's incident, and silences of all kinds."""

from __future__ import annotations

import msgspec

from aright.core.model.alert import Alert
from aright.core.model.foreign_alert import ForeignAlert
from aright.core.model.incident import Hit
from aright.core.model.silence import Matcher, Muted, Silence, Weekly
from aright.core.model.times import HOUR
from tests.unit.web import example
from tests.unit.web.fake import FakeOperations, busy

NOW = example.STATUS.now
HOSTILE = '<script>alert("x")</script>'


def foreign(number: int, name: str = "HighErrorRate", **labels: str) -> ForeignAlert:
    return ForeignAlert(
        key=f"{name}{number}",
        fingerprint=f"{number}",
        name=name,
        source="prometheus",
        labels={"alertname": name, "namespace": "prod", "pod": f"web-{number}", "severity": "critical"}
        | labels,
        annotations={"summary": HOSTILE},
        starts_at=NOW - HOUR + number,
        told_at=NOW,
        service="ranker",
        incident="INC-7",
        generator="http://prometheus.example/graph",
        harm=True,
    )


def family_alert(service: str = "ranker") -> Alert:
    return Alert(
        key=f"{service}/alert/HighErrorRate", service=service, signal="alert:HighErrorRate", harm=True,
        at=NOW, since=NOW - HOUR, before=0, now=0, low=0, high=0, units=0, log_e=0, threshold=0,
        rule="rule HighErrorRate of Prometheus", text="HighErrorRate × 10,000: all is lost",
    )  # fmt: skip


def storm(count: int = 10_000) -> FakeOperations:
    """Return an engine whose incident holds so many alerts of one name, and sixty services."""
    operations = busy()
    known = operations.known["INC-7"]
    hits = (
        Hit(service=known.service, onset=known.began_at, at=known.opened_at),
        *(
            Hit(service=f"caller{number}", onset=NOW, at=NOW, because="it calls " + HOSTILE, callee="x")
            for number in range(60)
        ),
    )
    operations.known["INC-7"] = msgspec.structs.replace(
        known,
        alerts=(family_alert(known.service), *known.alerts),
        hits=hits,
        services=tuple(hit.service for hit in hits),
    )
    operations.alerts.kept = [foreign(number) for number in range(count)]
    return operations


def silenced() -> FakeOperations:
    """Return an engine with silences that hold, that will and that have ended."""
    operations = busy()
    made = Silence(
        key="SIL-1", matchers=(Matcher(name="pod", op="=~", value=HOSTILE),), starts_at=NOW - HOUR,
        ends_at=NOW + HOUR, author="ada", comment=HOSTILE, created_at=NOW,
    )  # fmt: skip
    nights = msgspec.structs.replace(
        made, key="maintenance:nights", ends_at=0, weekly=Weekly(days=("mon",), start="00:00", end="00:01")
    )
    gone = msgspec.structs.replace(made, key="SIL-0", ended_by="bob")
    operations.alerts.kept_silences = [made, nights, gone]
    operations.alerts.held = [
        Muted(
            key="k",
            service="ranker",
            alert=family_alert(),
            at=NOW,
            silence="SIL-1",
            until=NOW + HOUR,
            text="x",
        )
    ]
    return operations
