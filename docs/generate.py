"""Write ``docs/reference`` from the code: ``python -m docs.generate`` (``make docs``).

A test compares the files with what this makes, so that the reference cannot grow stale, and refuses a setting,
an option or a public name that says nothing of itself.
"""

from __future__ import annotations

import inspect
import io
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, get_type_hints

from rich.console import Console

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aright.core.model.signal import SignalKind

REFERENCE: Final = Path(__file__).parent / "reference"
HEAD: Final = "<!-- Written by `make docs` from the code. Do not edit. -->\n\n"
COMMANDS: Final = (
    (),
    ("serve",),
    ("investigate",),
    ("ingest",),
    ("change", "lock"),
    ("change", "tell"),
    ("incident",),
    ("incident", "list"),
    ("incident", "show"),
    ("incident", "link"),
    ("incident", "acknowledge"),
    ("incident", "note"),
    ("incident", "resolve"),
    ("incident", "review"),
    ("incident", "close"),
    *(("incident", "role", verb) for verb in ("list", "take", "leave")),
    *(("incident", "track", verb) for verb in ("list", "open", "move", "end")),
    *(("incident", "update", verb) for verb in ("list", "draft", "publish")),
    *(("runbook", verb) for verb in ("list", "show", "tick", "run", "check")),
    ("status", "export"),
    ("diagnose",),
    ("mitigate",),
    ("learn",),
    ("guard", "list"),
    ("gate",),
    ("canary", "plan"),
    *(("release", verb) for verb in ("start", "list", "show", "ledger", "approve", "pause", "resume")),
    *(("release", verb) for verb in ("promote", "roll-back", "stop", "aliases")),
    ("runs", "compare"),
    ("slo", "list"),
    ("slo", "show"),
    ("slo", "report"),
    ("slo", "propose"),
    ("slo", "rules"),
    ("slo", "dashboard"),
    ("contract", "list"),
    ("contract", "show"),
    ("contract", "accept"),
    ("contract", "export"),
    ("contract", "import"),
    ("contract", "check"),
    ("silence", "add"),
    ("silence", "list"),
    ("silence", "end"),
    *(("oncall", verb) for verb in ("who", "people", "show", "override", "take", "swap", "end", "check")),
    ("oncall", "ical", "export"),
    ("oncall", "ical", "import"),
    ("heartbeat", "beat"),
    ("heartbeat", "list"),
    ("check",),
    ("suite", "run"),
    ("drill", "list"),
    ("drill", "run"),
    ("token", "new"),
    ("token", "list"),
    ("token", "revoke"),
)


class UndocumentedError(Exception):
    """Something public says nothing of itself: give it a docstring, or an entry in one."""


def attributes_of(kind: type) -> dict[str, str]:
    """Return what a class's docstring says of each of its attributes; raises ``UndocumentedError``."""
    text = inspect.getdoc(kind) or ""
    section = text.partition("Attributes:\n")[2]
    told: dict[str, str] = {}
    name = ""
    for line in section.splitlines():
        entry = re.match(r" {4}(\w+): (.*)", line)
        if entry:
            name, told[entry[1]] = entry[1], entry[2]
        elif line.startswith(" " * 8) and name:
            told[name] += " " + line.strip()
        elif line.strip():
            break
    missing = [field for field in get_type_hints(kind) if field not in told and not field.startswith("_")]
    if missing:
        raise UndocumentedError(f"{kind.__qualname__} does not say what {', '.join(missing)} is")
    return told


def table(heads: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    """Return a Markdown table."""
    lines = [heads, tuple("---" for _ in heads), *rows]
    return (
        "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
        + "\n"
    )


def commands() -> str:
    """Return the reference of the command line."""
    from aright.cli.main import app  # noqa: PLC0415

    parts = ["# Command line\n\nExit codes: 0 fine, 1 failed, 2 usage, 3 found something.\n"]
    for path in COMMANDS:
        paper = io.StringIO()
        app.help_print(list(path), console=Console(file=paper, width=100, color_system=None))
        said = "\n".join(line.rstrip() for line in paper.getvalue().strip().splitlines())
        parts.append(f"## {' '.join(('aright', *path))}\n\n```text\n{said}\n```\n")
    return "\n".join(parts)


def settings() -> str:
    """Return the reference of what can be set."""
    import msgspec  # noqa: PLC0415

    from aright.core.model.service import Action, Service  # noqa: PLC0415
    from aright.engine.settings import Settings  # noqa: PLC0415

    how = (
        "Those of the engine are set below `engine:` of the files given to `aright serve --catalog`: spans\n"
        "as `30s`, `5m`, `6h` or `30d`, accepted false alarms as `1 per month`, counts as they are.\n"
    )
    parts = ["# Settings\n", how]
    for kind, title in (
        (Settings, "The engine"),
        (Service, "A service in the catalog (`PUT /v1/services/NAME`)"),
        (Action, "An offered action of a service"),
    ):
        told = attributes_of(kind)
        rows = (
            (f"`{field.name}`", told[field.name], "" if field.required else f"`{_default(field)}`")
            for field in msgspec.structs.fields(kind)
        )
        parts.append(f"## {title}\n\n{table(('name', 'what it is', 'default'), rows)}")
    return "\n".join(parts)


def _default(field: object) -> str:
    import msgspec  # noqa: PLC0415

    default = getattr(field, "default", msgspec.NODEFAULT)
    return "{}" if default is msgspec.NODEFAULT else repr(default)


def doors() -> str:
    """Return the reference of the columns that the doors take."""
    from aright.core.model.columns import OUTCOME_FIELDS, PREDICTION_FIELDS, PROCESS_FIELDS  # noqa: PLC0415

    head = (
        "# Columns\n\nArrow bodies carry these columns as they are; NDJSON and msgpack rows carry `attributes`, "
        "`features`, `output` and `metrics` as maps (see [how to send rows](../how-to/send-rows.md)).\n"
    )
    parts = [head]
    for title, fields in (
        ("Predictions (`POST /v1/predictions`)", PREDICTION_FIELDS),
        ("Outcomes (`POST /v1/outcomes`)", OUTCOME_FIELDS),
        ("Process metrics (`POST /v1/process`)", PROCESS_FIELDS),
    ):
        rows = ((f"`{name}`", f"`{kind}`") for name, kind in fields.items())
        parts.append(f"## {title}\n\n{table(('column', 'type'), rows)}")
    parts.append(
        "Any number of `attr.NAME` (text) and `feat.SOURCE.NAME` (number or text) columns may follow.\n"
    )
    return "\n".join(parts)


def signals() -> str:
    """Return the reference of the catalogue of signals."""
    from aright.core.observe import catalogue  # noqa: PLC0415
    from aright.core.observe.signals.naming import ASKED  # noqa: PLC0415

    rows = (
        (f"`{kind.name}`", kind.title, kind.bad.value if kind.judged else "–", _effect(kind))
        for kind in catalogue.CATALOGUE.values()
    )
    why = inspect.cleandoc(catalogue.__doc__ or "").split("\n\n")[-1].replace("``", "`")
    asked = ((", ".join(f"`{name}`" for name in names), said) for said, names in ASKED.items())
    return (
        "# Signals\n\nEach is made of rows that have what it needs, by version, pool, host and segment where that "
        "says who is hit. Some names carry a part that the service brings along, such as `quality:click`.\n\n"
        + table(("signal", "what it says", "worse is", "when it moves it"), rows)
        + f"\n{why}\n\n## Features and attributes that signals ask for by name\n\n"
        + table(("names, the first that there is", "what it says"), asked)
    )


def _effect(kind: SignalKind) -> str:
    if not kind.judged:
        return "is shown"
    return "opens an incident" if kind.harm else "gives notice"


def catalog() -> str:
    """Return the reference of catalog files."""
    from aright.adapters.catalog import (  # noqa: PLC0415
        beats,
        files,
        maintenance,
        openslo,
        outlets,
        people,
        policies,
        redacting,
        replays,
        rollouts,
        schedules,
        scrapes,
        services,
        signals,
        slos,
        splits,
        suites,
        trainings,
        updates,
    )

    head = (
        "# Catalog files\n\n`aright check` looks through them; `aright serve --catalog FILE` registers what they say. "
        "How to write one: [SLOs](../how-to/slos.md).\n"
    )
    parts = [head]
    for title, keys in (
        ("The file", files.TOP_KEYS),
        ("A service (`services`)", services.SERVICE_KEYS),
        ("An action (`actions`)", services.ACTION_KEYS),
        ("A runbook (`runbooks`)", services.RUNBOOK_KEYS),
        ("A step of escalation (`escalation`)", services.ESCALATION_KEYS),
        ("A channel (`channels`)", outlets.CHANNEL_KEYS),
        *(
            (f"A channel of type {kind}", outlets.keys_of(kind))
            for kind in outlets.SETTINGS
            if outlets.SETTINGS[kind]
        ),
        ("A person (`people`)", people.PERSON_KEYS),
        ("A schedule (`schedules`)", schedules.SCHEDULE_KEYS),
        ("A layer of a schedule (`layers`)", schedules.LAYER_KEYS),
        ("Hours of a layer (`hours`)", schedules.HOURS_KEYS),
        ("A holiday of a schedule (`holidays`)", schedules.HOLIDAY_KEYS),
        ("An escalation policy (`policies`)", policies.POLICY_KEYS),
        ("A step of a policy (`steps`)", policies.STEP_KEYS),
        ("A heartbeat (`heartbeats`)", beats.HEARTBEAT_KEYS),
        ("Status updates (`updates`)", updates.UPDATES_KEYS),
        ("A cadence of updates (`cadences: {public: {sev1: …}}`)", updates.CADENCE_KEYS),
        ("A time of maintenance (`maintenance`)", maintenance.MAINTENANCE_KEYS),
        ("Where metrics are read (`scrape`)", scrapes.SCRAPE_KEYS),
        ("What is not kept of inputs (`redact`)", redacting.REDACT_KEYS),
        ("How versions are run on stored inputs (`replay`)", replays.REPLAY_KEYS),
        ("Where it is read how versions were made (`training`)", trainings.TRAINING_KEYS),
        ("How new versions reach users (`rollout`)", rollouts.ROLLOUT_KEYS),
        ("The registry of a rollout (`registry`)", rollouts.REGISTRY_KEYS),
        ("A metric of a rollout (`metrics`)", rollouts.METRIC_KEYS),
        *((f"Traffic by {way} (`traffic: {{{way}: …}}`)", keys) for way, keys in splits.SPLIT_KEYS.items()),
        ("A suite of your own (`suites`)", suites.SUITE_KEYS),
        ("An SLO (`slos`)", slos.SLO_KEYS),
        ("What an SLO counts (`sli`)", slos.SLI_KEYS),
        ("A burn-rate rule (`alerts`)", slos.ALERT_KEYS),
    ):
        parts.append(
            f"## {title}\n\n{table(('key', 'what it says'), ((f'`{key}`', said) for key, said in keys.items()))}"
        )
    kinds = ((f"`{kind}`", ", ".join(f"`{key}`" for key in keys)) for kind, keys in openslo.SPECS.items())
    parts.append(f"## OpenSLO (`apiVersion: {openslo.VERSION}`)\n\n{table(('kind', 'its spec'), kinds)}")
    parts.append(
        inspect.cleandoc(openslo.__doc__ or "").split("\n\n", 1)[1].partition("\n\nSource:")[0] + "\n"
    )
    beside = ", ".join(f"`{family}:NAME`" for family in signals.NAMED)
    parts.append(f"Series beside [the catalogue of signals](signals.md) that an SLO may name: {beside}.\n")
    return "\n".join(parts)


def metrics() -> str:
    """Return the reference of what Prometheus may scrape."""
    from aright.core.detect.slo_metrics import METRICS  # noqa: PLC0415

    rows = ((f"`{name}`", kind, said) for name, (kind, said) in METRICS.items())
    return "# Metrics (`GET /metrics`)\n\n" + table(("metric", "type", "what it says"), rows)


def sdk() -> str:
    """Return the reference of the SDK."""
    import aright.sdk as face  # noqa: PLC0415

    parts = ["# SDK\n"]
    for name in face.__all__:
        thing = getattr(face, name)
        if not inspect.getdoc(thing):
            raise UndocumentedError(f"aright.sdk.{name} has no docstring")
        parts.append(f"## `{name}`\n\n```text\n{inspect.getdoc(thing)}\n```\n")
        if inspect.isclass(thing):
            parts += list(_methods(thing))
    return "\n".join(parts)


def _methods(thing: type) -> Iterator[str]:
    for name, method in inspect.getmembers(thing, inspect.isfunction):
        if name.startswith("_"):
            continue
        if not inspect.getdoc(method):
            raise UndocumentedError(f"{thing.__qualname__}.{name} has no docstring")
        yield f"### `{thing.__name__}.{name}{inspect.signature(method)}`\n\n```text\n{inspect.getdoc(method)}\n```\n"


PAGES: Final = {
    "command-line.md": commands,
    "settings.md": settings,
    "columns.md": doors,
    "signals.md": signals,
    "catalog.md": catalog,
    "metrics.md": metrics,
    "sdk.md": sdk,
}


def main() -> int:
    """Write every page; return 0."""
    REFERENCE.mkdir(exist_ok=True)
    for name, make in PAGES.items():
        (REFERENCE / name).write_text(HEAD + make())
    return 0


if __name__ == "__main__":
    sys.exit(main())
