"""`aright gate`: what a new version has to pass in CI before anyone is served by it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import cyclopts
import msgspec
from msgspec.structs import replace

from aright.cli.failure import FailedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.model.guard import Guard
    from aright.core.model.run import Run
    from aright.core.prevent.gate import Case, GatePlan, Report
    from aright.core.prevent.gate.plan import TrainingPlan
    from aright.engine.gating import Material

DEFAULT: Final = Path("aright-gate.yaml")
CLOSED: Final = 3

Name = Literal["golden", "contract", "quality", "latency", "size", "memory", "guards", "training"]


def gate(
    file: Path = DEFAULT,
    *,
    service: str = "",
    version: str = "",
    champion: str = "",
    only: Annotated[tuple[Name, ...], cyclopts.Parameter(negative="")] = (),
    out: Path | None = None,
    as_json: Annotated[bool, cyclopts.Parameter(name="--json", negative="", help="Print JSON.")] = False,
) -> int:
    """Check a new version before anyone is served by it; leaves with 3 where the gate is closed.

    A check is run where the file asks for it: golden outputs, the contract of
    outputs, quality by segment, latency, size, the memory canary, the
    guards that came of incidents, and the training. One that cannot be run closes the gate.

    Args:
        file: what to check; paths in it begin at its folder.
        service: whose version it is; as the file says where left out.
        version: the candidate; as the file says where left out.
        champion: the version to hold it against; as the file says where left out.
        only: of the checks that the file asks for, these alone.
        out: where the report is written, for `aright release start --gate`.
        as_json: print JSON.
    """
    plan = _plan(file, {"service": service, "version": version, "champion": champion}, only)
    report = _run(plan, file.parent)
    told = msgspec.json.format(msgspec.json.encode(report), indent=2)
    if out is not None:
        _write(out, told)
    print(told.decode() if as_json else _table(report))
    return CLOSED if report.closed else 0


def _plan(file: Path, named: dict[str, str], only: Sequence[Name]) -> GatePlan:
    from aright.cli.gate_file import read_plan  # noqa: PLC0415  --help need not pay for it
    from aright.engine.gating import HOW  # noqa: PLC0415  the same

    plan = replace(read_plan(file), **{key: value for key, value in named.items() if value})
    asked = [name for name in HOW if getattr(plan, name) is not None]
    unknown = [name for name in only if name not in asked]
    if unknown:
        raise FailedError(f"{file} does not ask for {unknown[0]}: add `{HOW[unknown[0]]}`", code=2)
    if not asked:
        raise FailedError(f"{file} asks for no check: add one, such as `{HOW['golden']}`", code=2)
    return replace(plan, **{name: None for name in HOW if only and name not in only})


def _run(plan: GatePlan, folder: Path) -> Report:
    from aright.bootstrap import gate as built  # noqa: PLC0415  pulls in pyarrow and the rest

    return built(folder).run(plan, _material(plan, folder))


def _material(plan: GatePlan, folder: Path) -> Material:
    from aright.cli.gate_file import read_cases, size_of  # noqa: PLC0415  as above
    from aright.engine.gating import Material  # noqa: PLC0415  as above

    cases: dict[str, list[Case]] = {}
    for name, asked in (
        ("golden", plan.golden),
        ("contract", plan.contract),
        ("quality", plan.quality),
        ("latency", plan.latency),
    ):
        if asked is not None:
            cases[name] = read_cases(folder / asked.file, plan.quality if name == "quality" else None)
    sizes: tuple[int, int | None] = (0, None)
    if plan.size is not None:
        before = size_of(folder / plan.size.champion) if plan.size.champion else None
        sizes = (size_of(folder / plan.size.artifact), before)
    guards = _guards(plan.service) if plan.guards is not None else []
    rows = _rows(folder / plan.guards.file) if plan.guards is not None else None
    schema = _schema(folder / plan.contract.schema) if plan.contract and plan.contract.schema else None
    runs = partial(_trainings, plan.training, folder) if plan.training is not None else None
    return Material(cases=cases, schema=schema, sizes=sizes, guards=guards, rows=rows, runs=runs)


def _trainings(plan: TrainingPlan, folder: Path) -> tuple[Run, Run]:
    from aright.cli.runs import read_run  # noqa: PLC0415  as above
    from aright.core.model.training import Training  # noqa: PLC0415  as above
    from aright.ports.trainings import TrainingError  # noqa: PLC0415  as above

    access = Training(
        wandb=plan.wandb_url,
        api_key_file=plan.api_key_file and str(folder / plan.api_key_file),
        bearer_token_file=plan.bearer_token_file and str(folder / plan.bearer_token_file),
        basic_auth_file=plan.basic_auth_file and str(folder / plan.basic_auth_file),
    )
    try:
        candidate = read_run(plan.candidate, access, plan.seconds, folder)
        return candidate, read_run(plan.champion, access, plan.seconds, folder)
    except FailedError as error:
        raise TrainingError(str(error)) from error  # which closes the gate, and the other checks are run


def _guards(service: str) -> list[Guard]:
    from aright.cli.remote import Remote  # noqa: PLC0415  as above
    from aright.core.model.guard import Guard  # noqa: PLC0415  as above

    if not service:
        raise FailedError("guards are of a service: write service, or --service", code=2)
    return [guard for guard in Remote().get("/v1/guards", list[Guard]) if guard.service == service]


def _rows(file: Path) -> object:
    from aright.bootstrap import file_tables  # noqa: PLC0415  as above
    from aright.ports.tables import UnreadableTableError  # noqa: PLC0415  as above

    try:
        return file_tables().read(file)
    except UnreadableTableError as broken:
        raise FailedError(str(broken), code=2) from broken


def _schema(file: Path) -> dict[str, object]:
    from aright.core.contract import Structure, UnreadableSchemaError  # noqa: PLC0415  as above

    try:
        schema = msgspec.json.decode(file.read_bytes(), type=dict[str, object])
        Structure(schema)
    except OSError as error:
        raise FailedError(f"{file} cannot be read: {error.strerror}", code=2) from error
    except (msgspec.DecodeError, UnreadableSchemaError) as error:
        raise FailedError(f"{file} is no JSON Schema: {error}", code=2) from error
    return schema


def _write(out: Path, told: bytes) -> None:
    try:
        out.write_bytes(told + b"\n")
    except OSError as error:
        raise FailedError(f"{out} cannot be written: {error.strerror}") from error


def _table(report: Report) -> str:
    lines = []
    for check in report.checks:
        lines.append(check.line)
        if check.next:
            lines.append(f"    → {check.next}")
    of = " ".join(each for each in (report.service, report.version) if each)
    failed = sum(check.state.value == "failed" for check in report.checks)
    said = f"closed: {failed} of the checks failed" if report.closed else "open"
    lines.append(f"gate{f' of {of}' if of else ''} is {said}")
    return "\n".join(lines)
