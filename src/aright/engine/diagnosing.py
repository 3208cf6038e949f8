"""Diagnosing: gather the rows, let the steps look at them, keep what each says as it comes."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.diagnose.callees import callees, trace_back
from aright.core.diagnose.concluding import conclude
from aright.core.diagnose.found import DONE, FAILED, Found
from aright.core.diagnose.hypothesis import Draft
from aright.core.diagnose.steps import STEPS
from aright.core.incident import Diagnosed, SeverityJudged, is_open
from aright.core.incident.dues import diagnose_key
from aright.core.model.evidence import Step, Verdict
from aright.core.model.incident import Incident
from aright.core.model.inquiry import Inquiry
from aright.core.model.service import Service
from aright.core.model.times import MINUTE, SECOND
from aright.core.page import severity
from aright.engine.casework import open_case
from aright.engine.happening import happen
from aright.engine.inquiring import run_steps
from aright.engine.operations import Happening
from aright.engine.replaying import replay
from aright.engine.samples import keep_samples
from aright.engine.training import trained
from aright.ports.replayer import ReplayError
from aright.ports.trainings import TrainingError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from aright.core.diagnose import Case
    from aright.core.diagnose.scene import Scene
    from aright.core.model.evidence import Diagnosis, Replayed
    from aright.core.model.times import Micros
    from aright.engine.casework import Reading
    from aright.engine.inquiring import Look, Opening
    from aright.engine.world import World
    from aright.ports.state import Transaction

_STALE: Final = 10 * MINUTE
"""How old a round may be that is taken up again after a crash."""

_MOST_DUE: Final = 1_000


def run_diagnosis(world: World, key: str) -> None:
    """Diagnose an open incident; look again later while it is young, not confirmed and not mitigated.

    The rows are read and judged outside any transaction, so that doors and pages do not wait for it. A round
    that a crash broke off is taken up again: it looks at the same rows, and finished steps do not run twice.
    """
    now = world.clock.now()
    with world.state.transaction() as tx:
        incident = tx.get(Incident, key)
        if incident is None or not is_open(incident):
            tx.done(diagnose_key(key))
            tx.delete(Inquiry, key)
            return
        service = tx.get(Service, incident.service) or Service(key=incident.service)
        inquiry = _taken_up(tx.get(Inquiry, key), incident, now=now)
    case, reading = open_case(world, incident, service, now=inquiry.at)
    last = incident.diagnosis.replayed if incident.diagnosis is not None else None
    found = _inquire(world, case, inquiry, _looks(world, case, reading, last), reading)
    every = world.settings.diagnose_every
    young = now - incident.opened_at < every * world.settings.diagnoses
    again = young and found.verdict is not Verdict.CONFIRMED and not incident.mitigated_at
    _keep(world, key, service, found, now=now, again_at=now + every if again else 0)


def _taken_up(known: Inquiry | None, incident: Incident, *, now: Micros) -> Inquiry:
    """Return the round that was broken off, where it still fits, else a new one."""
    new = Inquiry(key=incident.key, service=incident.service, at=now, mitigated_at=incident.mitigated_at)
    if known is None or now - known.at > _STALE:
        return new
    same = (known.service, known.mitigated_at) == (new.service, new.mitigated_at)
    return known if same else new


def _inquire(
    world: World, case: Case, inquiry: Inquiry, looks: Mapping[Step, Look], reading: Reading
) -> Diagnosis:
    """Run the steps, keeping what each found; return the diagnosis once all have ended."""
    known = _read(inquiry)
    found: dict[Step, Found] = {}
    scene: Scene | None = None
    budget_s = world.settings.step_budget / SECOND
    for step, what, opened in run_steps(case, looks, known=known, budget_s=budget_s):
        found[step], scene = what, opened or scene
        if Step.SCOPE in found and len(found) <= len(looks):
            _show(world, inquiry, found, conclude(case, scene, found))
    concluded = conclude(case, scene, found)
    keep_samples(world, case, _with(scene, payloads=reading.payloads.at_hand()), concluded)
    return concluded


def _looks(world: World, case: Case, reading: Reading, last: Replayed | None) -> Mapping[Step, Look]:
    """Return the steps as the engine runs them: what needs no scene is done before there is one.

    Each reads what it alone looks at. What the last round replayed is not replayed again where nothing has
    changed.
    """
    return {
        Step.PIPELINE: partial(_pipeline, world, case, reading),
        Step.INPUTS: partial(_inputs, case, reading),
        Step.DEPENDENCIES: partial(_trace_back, case, reading),
        Step.SHADOW: partial(_shadow, world, case, reading, last),
    }


def _shadow(world: World, case: Case, reading: Reading, last: Replayed | None, opening: Opening) -> Found:
    """Return what rows say of versions, and what stored inputs say that are run on two of them."""
    scene, began = opening.scene(), perf_counter()
    found = STEPS[Step.SHADOW](case, scene)
    if scene is None:
        return found
    left = world.settings.step_budget / SECOND - (perf_counter() - began)
    told = replace(case, payloads=reading.payloads.at_hand())
    try:
        replayed = replay(world, told, budget_s=left, last=last)
    except ReplayError as error:
        draft = Draft(step=Step.SHADOW, text=f"Stored inputs could not be run again: {error}")
        return msgspec.structs.replace(found, drafts=(*found.drafts, draft), state=DONE, text="")
    if replayed is None:
        return found
    return msgspec.structs.replace(found, replayed=replayed, state=DONE, text="")


def _pipeline(world: World, case: Case, reading: Reading, opening: Opening) -> Found:
    """Return what jobs that make data did, and how versions were made as far as the registry can be read."""
    look = STEPS[Step.PIPELINE]
    case = replace(case, runs=reading.runs.get())
    try:
        made = trained(world.trainings, case, budget_s=world.settings.step_budget / SECOND)
    except TrainingError as error:
        found = look(case, opening.scene())
        draft = Draft(step=Step.PIPELINE, text=f"How versions were made could not be read: {error}.")
        return msgspec.structs.replace(found, drafts=(*found.drafts, draft), state=DONE, text="")
    return look(replace(case, trainings=made), opening.scene())


def _inputs(case: Case, reading: Reading, opening: Opening) -> Found:
    """Return which inputs moved, payloads among them."""
    payloads = reading.payloads.get()
    return STEPS[Step.INPUTS](case, _with(opening.scene(), payloads=payloads))


def _with(scene: Scene | None, *, payloads: pa.Table | None) -> Scene | None:
    """Return the scene with the payloads that were read beside it."""
    return scene and replace(scene, case=replace(scene.case, payloads=payloads))


def _trace_back(case: Case, reading: Reading, opening: Opening) -> Found:
    case = replace(case, telemetry=reading.telemetry.get())
    blamed = trace_back(case)
    return callees(case, opening.scene(), blamed)


def _read(inquiry: Inquiry) -> dict[Step, Found]:
    """Return what finished steps found; one that failed, or that cannot be read, runs again."""
    known: dict[Step, Found] = {}
    for name, body in inquiry.found.items():
        try:
            step, found = Step(name), msgspec.json.decode(body, type=Found)
        except (ValueError, msgspec.MsgspecError):
            continue
        if step in STEPS and found.state != FAILED:
            known[step] = found
    return known


def _show(world: World, inquiry: Inquiry, found: Mapping[Step, Found], so_far: Diagnosis) -> None:
    """Keep what there is so far, for pages and for the time after a crash."""
    bodies = {step.value: msgspec.json.encode(what) for step, what in found.items()}
    with world.state.transaction() as tx:
        tx.put(msgspec.structs.replace(inquiry, found=bodies, diagnosis=so_far))
    world.happenings.tell(Happening(kind="incident", key=inquiry.key))


def _keep(
    world: World, key: str, service: Service, found: Diagnosis, *, now: Micros, again_at: Micros
) -> None:
    with world.state.transaction() as tx:
        again_at = _asked_since(tx, key, began=now, now=world.clock.now()) or again_at
        tx.done(diagnose_key(key))  # unless it is scheduled again below
        tx.delete(Inquiry, key)
        incident = tx.get(Incident, key)
        if incident is None or not is_open(incident):
            return
        incident = happen(world, tx, incident, Diagnosed(at=now, diagnosis=found, again_at=again_at))
        own = [alert for alert in incident.alerts if alert.service == service.key] or incident.alerts
        happen(
            world,
            tx,
            incident,
            SeverityJudged(at=now, severity=severity(service, alerts=own, scope=found.scope)),
        )
    world.happenings.tell(Happening(kind="incident", key=key))


def _asked_since(tx: Transaction, key: str, *, began: Micros, now: Micros) -> Micros:
    """Return when somebody asked for another diagnosis while this one was made; 0 where nobody did."""
    dues = tx.take_due(now, only="diagnose", limit=_MOST_DUE)
    return next((due.due_at for due in dues if due.key == diagnose_key(key) and due.due_at > began), 0)
