"""The five whys: a chain whose every answer cites evidence, or says that it is assumed.

After Ohno (Toyota Production System, 1988): ask until the answer is something that can be changed. Where
nothing was measured, the draft says what to check instead of sounding sure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aright.core.learn.facts import ids, shown, span
from aright.core.model.evidence import Cause, CauseKind, Reach, Step
from aright.core.model.postmortem import Why
from aright.core.model.times import clock_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.learn.facts import Facts
    from aright.core.model.evidence import Evidence


def whys_of(facts: Facts) -> tuple[Why, ...]:
    """Return the chain of five, from the harm to what can be changed."""
    chains = {
        CauseKind.FEATURE_SOURCE: _of_source,
        CauseKind.INPUTS: _of_inputs,
        CauseKind.PIPELINE: _of_pipeline,
        CauseKind.MODEL_VERSION: _of_version,
        CauseKind.TRAFFIC_MIX: _of_mix,
        CauseKind.OTHER_CHANGE: _of_change,
        CauseKind.CONTRACT: _of_contract,
    }
    cause = facts.cause
    return chains[cause.kind](facts, cause) if cause is not None and cause.kind in chains else _unknown(facts)


def _why(question: str, answer: str, evidence: Sequence[Evidence]) -> Why:
    """Return a why that cites, or one that is marked as assumed where there is nothing to cite."""
    cited = ids(evidence)
    return Why(question=question, answer=answer, evidence=cited, assumed=not cited)


def _assumed(question: str, answer: str) -> Why:
    return Why(question=question, answer=answer, assumed=True)


def _harmed(facts: Facts, answer: str, evidence: Sequence[Evidence]) -> Why:
    """Return the first why: what the answers were made of, with the evidence that users were hurt."""
    question = f"Why were users of {shown(facts.service.key)} hurt {_where(facts)}?"
    if not evidence:
        return _assumed(question, answer)
    return _why(question, answer, [*facts.evidence(Step.HARM)[:1], *evidence])


def _of_source(facts: Facts, cause: Cause) -> tuple[Why, ...]:
    name, verb = shown(cause.subject), _MODES.get(cause.mode, "changed")
    where = _where(facts)
    inputs = facts.speaking_for(cause, Step.INPUTS)
    announced = facts.speaking_for(cause, Step.CHANGES)
    began = clock_text(cause.onset)
    return (
        _harmed(
            facts,
            f"The model was given features of {name} that {verb} from {began} UTC on. {_text(inputs)}",
            inputs,
        ),
        _why(
            f"Why did {name} go wrong {where}?",
            _text(announced)
            or f"What fills {name} stopped or failed for this part. Its runs are not reported to aright: "
            f"check its last runs and the store it writes to around {began} UTC.",
            announced,
        ),
        _answered_on(facts),
        _why(
            f"Why was {name} not caught before users were hurt?",
            f"Nothing watched it: it went wrong at {began} UTC, and the incident was opened "
            f"{span(facts.incident.opened_at - cause.onset)} later, when the harm showed.",
            inputs,
        ),
        _assumed(
            "Why did nothing watch it?",
            f"Nobody had agreed with those who fill {name} how fresh and how complete it must be."
            + _guarded(facts),
        ),
    )


def _of_inputs(facts: Facts, cause: Cause) -> tuple[Why, ...]:
    name = shown(cause.subject)
    inputs = facts.speaking_for(cause, Step.INPUTS)
    replayed = facts.speaking_for(cause, Step.SHADOW)
    announced = facts.speaking_for(cause, Step.CHANGES)
    began = clock_text(cause.onset)
    return (
        _harmed(
            facts,
            f"The model was given inputs with {name}, as it had not known them. {_text(inputs)}",
            inputs,
        ),
        _why(
            "Why is it what the model is given, and not the model?",
            _text(replayed) or "Answers at the same time to other inputs are as good as they were.",
            replayed or inputs,
        ),
        _why(
            f"Why did inputs with {name} come?",
            _text(announced)
            or f"Somebody changed what makes them at about {began} UTC; no change event says who or why. Ask "
            f"who gave out {name}.",
            announced,
        ),
        _answered_on(facts),
        _assumed(
            f"Why was {name} not tried on the model first?",
            "What makes the inputs is changed without the model's owners, and no stored input of the new "
            f"kind is answered before it is given out.{_guarded(facts)}",
        ),
    )


def _of_pipeline(facts: Facts, cause: Cause) -> tuple[Why, ...]:
    name = shown(cause.subject)
    runs = facts.speaking_for(cause, Step.PIPELINE)
    announced = facts.speaking_for(cause, Step.CHANGES)
    features = ", ".join(shown(each) for each in cause.features[:3])
    return (
        _harmed(
            facts,
            f"The model was given {features or 'features'} of a run that was not as usual. {_text(runs)}",
            runs,
        ),
        _why(
            f"Why was {name} {cause.mode}?",
            _text(announced)
            or f"Its run says no more than that: read its log of about {clock_text(cause.onset)} UTC.",
            announced,
        ),
        _why(
            "Why was what it made used all the same?",
            "Nothing between the job and the service holds what is made against what was made before.",
            runs,
        ),
        _answered_on(facts),
        _assumed(
            "Why did nothing hold it back?",
            f"Nobody had agreed how fresh and how complete {name} must be to be used.{_guarded(facts)}",
        ),
    )


def _of_version(facts: Facts, cause: Cause) -> tuple[Why, ...]:
    name = shown(cause.subject)
    after = f" after {shown(cause.previous)}" if cause.previous else ""
    shadow = facts.speaking_for(cause, Step.SHADOW)
    released = facts.speaking_for(cause, Step.CHANGES)
    inputs = tuple(each for each in facts.evidence(Step.INPUTS) if not each.supports)
    return (
        _harmed(facts, f"Model version {name} answered them{after}. {_text(shadow)}", shadow),
        _why(
            "Why is it the model, and not what it is given?",
            _text(inputs) or "No feature is sent along with the answers, so its inputs were not looked at.",
            inputs,
        ),
        _why(
            f"Why did {name} serve?",
            _text(released)
            or f"Somebody released it; no change event says who or why. Ask who released {name}.",
            released,
        ),
        _why(
            "Why did it reach these users before anybody noticed?",
            f"It was not compared with the version before it on a small share of the traffic first: the "
            f"incident was opened {span(facts.incident.opened_at - cause.onset)} after it began to serve.",
            shadow,
        ),
        _assumed(
            "Why did no test before the release show it?",
            f"The tests of a release do not replay real requests. Replay stored ones on {name} and on "
            f"{shown(cause.previous) or 'the version before'} to see.{_guarded(facts)}",
        ),
    )


def _of_mix(facts: Facts, cause: Cause) -> tuple[Why, ...]:
    mix = facts.speaking_for(cause, Step.SCOPE)
    return (
        _harmed(facts, f"Others came than usual. {_text(mix)}", mix),
        _why("Why is it not the service?", "Each part of the traffic lost no more than it always did.", mix),
        _assumed(
            "Why did others come?", "A campaign, a season or an outage elsewhere: ask marketing and partners."
        ),
        _assumed(
            "Why do they lose more?", "The model knows them less: they are rare in what it learned from."
        ),
        _assumed("Why did it page?", "The signal's reference knows one mix of traffic only."),
    )


def _of_change(facts: Facts, cause: Cause) -> tuple[Why, ...]:
    told = facts.speaking_for(cause, Step.CHANGES)
    return (
        _harmed(facts, _text(told) or f"{shown(cause.title)}.", told),
        _assumed(
            "Why did this change do harm?",
            "The answers do not show how: take it back on a small share and compare.",
        ),
        _answered_on(facts),
        _assumed(
            "Why was it not noticed while it was rolled out?",
            "It was not compared with what went before on a small share of the traffic.",
        ),
        _assumed(
            "Why was there no comparison?", "The quality of the answers decides on no change of this kind."
        ),
    )


def _of_contract(facts: Facts, cause: Cause) -> tuple[Why, ...]:
    name = shown(cause.subject.partition(" ")[0])
    broke = facts.speaking_for(cause, Step.DEPENDENCIES)
    began = clock_text(cause.onset)
    return (
        _harmed(facts, f"{name} answered otherwise than before. {_text(broke[:1])}", broke[:1]),
        _assumed(
            f"Why were the changed answers of {name} taken?",
            "They still passed the checks of whoever reads them, which look at types and not at what values "
            "mean: look up where each changed field is used.",
        ),
        _why(
            "Why did so much fail with it?",
            _text(broke[1:]) or "What is made of these answers is all that users get.",
            broke[1:] or facts.evidence(Step.SCOPE)[:1],
        ),
        _why(
            "Why was it not caught before users were hurt?",
            f"It broke at {began} UTC, and the incident was opened "
            f"{span(facts.incident.opened_at - cause.onset)} later: nothing stood between these answers and "
            "users.",
            broke[:1],
        ),
        _assumed(
            f"Why could {name} change without notice?",
            "The version of its interface is not pinned, and no change of it was announced here."
            + (
                f" From now on {facts.guards[0].key} holds it to what it answered before."
                if facts.guards
                else ""
            ),
        ),
    )


def _unknown(facts: Facts) -> tuple[Why, ...]:
    looked = facts.evidence(Step.INPUTS, Step.SHADOW, Step.CHANGES)
    found = facts.diagnosis
    best = found.causes[0].title if found and found.causes else ""
    return (
        _harmed(
            facts,
            "None of what was looked at goes with the loss clearly enough."
            + (f" The likeliest, without proof: {best}." if best else ""),
            looked,
        ),
        _answered_on(facts),
        _assumed(
            "Why is the cause not known?",
            "What is not sent to aright cannot be weighed by it: send features, model versions and change "
            "events with the predictions.",
        ),
        _assumed(
            "Why are they not sent?",
            "The service reports a part of what it uses. List what it reads per answer.",
        ),
        _assumed("Why did nobody miss them?", "No earlier incident had needed them."),
    )


def _answered_on(facts: Facts) -> Why:
    """Return why the service itself raised no alarm."""
    vitals = (*facts.vitals, *facts.evidence(Step.DEPENDENCIES))
    return _why(
        "Why did the service go on as if nothing were wrong?",
        " ".join(["It takes what it answers for success.", _text(vitals)])
        if vitals
        else "It answers from what it has left and takes that for success; its own errors were not reported.",
        vitals,
    )


def _where(facts: Facts) -> str:
    scope = facts.diagnosis.scope if facts.diagnosis else None
    if scope is not None and scope.reach is Reach.SEGMENT:
        return f"where {shown(scope.segment.attribute)} = {shown(scope.segment.value)}"
    return "for everybody" if scope is not None and scope.reach is Reach.GLOBAL else "at all"


def _guarded(facts: Facts) -> str:
    return f" From now on {facts.guards[0].key} does." if facts.guards else ""


def _text(evidence: Sequence[Evidence]) -> str:
    return " ".join(each.text for each in evidence[:3])


_MODES = {"empty": "were empty", "stale": "were out of date", "shifted": "were not what they used to be"}
