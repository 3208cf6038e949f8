"""Evidence and causes: what was looked at, and what it says for and against each hypothesis."""

from __future__ import annotations

from enum import Enum

import msgspec

from aright.core.model.curves import CurvePair
from aright.core.model.signal import ALL, Segment
from aright.core.model.times import Micros


class Step(Enum):
    """The five steps of a diagnosis, and the changes that are weighed after them."""

    SCOPE = "scope"
    PIPELINE = "pipeline"
    INPUTS = "inputs"
    DEPENDENCIES = "dependencies"
    SHADOW = "shadow"
    CHANGES = "changes"
    HARM = "harm"


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """One finding, tied to the rows that gave it.

    Attributes:
        id: ``E1``, ``E2`` … unique within an incident.
        step: which step found it.
        text: one sentence with numbers, units and the segment.
        supports: ids of the hypotheses it speaks for.
        opposes: ids of the hypotheses it speaks against.
        weight: log-likelihood ratio (nats) it adds to what it supports; 0 for context.
        start: first instant of the rows looked at (µs, UTC).
        end: end of them.
        query: the filter that gives those rows, as SQL text.
        before: the number before, where there is one.
        now: the number now.
        rows: kind of the rows that ``query`` selects, as ``core.model.frame.Kind`` names it in lower
            case; empty where the
            finding is of no rows.
        service: whose rows these are; empty for the incident's own service.
        curves: of trainings that it compares.
    """

    id: str
    step: Step
    text: str
    supports: tuple[str, ...] = ()
    opposes: tuple[str, ...] = ()
    weight: float = 0.0
    start: Micros = 0
    end: Micros = 0
    query: str = ""
    before: float | None = None
    now: float | None = None
    rows: str = "predictions"
    service: str = ""
    curves: tuple[CurvePair, ...] = ()


class Verdict(Enum):
    """How sure a diagnosis is."""

    CONFIRMED = "confirmed"
    LIKELY = "likely"
    INCONCLUSIVE = "inconclusive"


class CauseKind(Enum):
    """The state changes that a cause can be.

    ``INPUTS`` are inputs that are made in another way than before, such as images of a new firmware;
    ``PIPELINE`` is a job that makes data, ``DEPENDENCY`` a service or machine that broke by itself, as far as
    is known, and ``OTHER_CHANGE`` a change that was told of.
    """

    FEATURE_SOURCE = "feature_source"
    INPUTS = "inputs"
    PIPELINE = "pipeline"
    MODEL_VERSION = "model_version"
    TRAFFIC_MIX = "traffic_mix"
    CONTRACT = "contract"
    DEPENDENCY = "dependency"
    OTHER_CHANGE = "other_change"
    OUTSIDE = "outside"


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """One hypothesis with what speaks for and against it.

    Attributes:
        id: ``H1``, ``H2`` … unique within an incident.
        kind: what sort of state change.
        subject: the thing itself: a source's name, a model version …
        title: one sentence for people.
        probability: calibrated, over all causes of the diagnosis together 1.
        explained: share of the quality loss it explains, in [0, 1].
        remedy: remediation class, one of ``core.model.service.REMEDIES``; empty when none is known.
        mode: how it failed, such as ``empty`` | ``stale`` | ``shifted`` | ``worse`` | ``changed``.
        onset: when it began (µs, UTC); 0 when not found.
        features: the features through which it shows.
        previous: what to go back to, such as the version before; empty when unknown.
        service: whose dependency it is, where it is one; empty for the incident's own service.
        evidence_for: ids of evidence.
        evidence_against: ids of evidence.
    """

    id: str
    kind: CauseKind
    subject: str
    title: str
    probability: float
    explained: float = 0.0
    remedy: str = ""
    mode: str = ""
    onset: Micros = 0
    features: tuple[str, ...] = ()
    previous: str = ""
    service: str = ""
    evidence_for: tuple[str, ...] = ()
    evidence_against: tuple[str, ...] = ()


class Reach(Enum):
    """What a scope analysis can say; in a mix shift no part does worse, but the worse ones are more.

    ``NONE`` is said of frames, where nobody knows yet that there is harm at all, never of an incident.
    """

    SEGMENT = "segment"
    GLOBAL = "global"
    MIX = "mix shift"
    UNCLEAR = "not enough data"
    NONE = "nothing beyond chance"


class Further(msgspec.Struct, frozen=True, kw_only=True):
    """A part that is hit by itself, beside the first one.

    Attributes:
        segment: which.
        filter: SQL text that selects its rows.
        share_of_traffic: of the units served now, its share.
        share_of_loss: of the loss, its share.
        loss_low: lower end of its 95 % interval.
        loss_high: upper end.
        before: loss rate in the reference.
        now: loss rate now.
        units_hit: distinct units of it served since the onset.
    """

    segment: Segment
    filter: str
    share_of_traffic: float = 0.0
    share_of_loss: float = 0.0
    loss_low: float = 0.0
    loss_high: float = 1.0
    before: float = 0.0
    now: float = 0.0
    units_hit: int = 0


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """Who is hit.

    Attributes:
        reach: a segment, all, a shift of the mix, not enough data, or nothing beyond chance.
        segment: which, where it is a segment.
        sentence: for people.
        filter: SQL text that selects the rows hit.
        share_of_traffic: of the units served now, the share inside.
        share_of_loss: of the loss, the share inside.
        loss_low: lower end of its 95 % interval.
        loss_high: upper end.
        inside_before: loss rate inside, reference.
        inside_now: loss rate inside, now.
        outside_before: loss rate outside of it and of all further parts, reference.
        outside_now: loss rate there, now.
        units_hit: distinct units served inside since the onset.
        loss: the loss that was cut up, as a signal's name.
        units: what was counted: ``users``, ``traces`` or ``answers``.
        others: further parts that are hit by themselves, the clearest first.
    """

    reach: Reach
    sentence: str
    segment: Segment = ALL
    filter: str = "TRUE"
    share_of_traffic: float = 1.0
    share_of_loss: float = 1.0
    loss_low: float = 0.0
    loss_high: float = 1.0
    inside_before: float = 0.0
    inside_now: float = 0.0
    outside_before: float = 0.0
    outside_now: float = 0.0
    units_hit: int = 0
    loss: str = ""
    units: str = "users"
    others: tuple[Further, ...] = ()


class Suspect(msgspec.Struct, frozen=True, kw_only=True):
    """A service or machine that may be where a fault began.

    Attributes:
        service: the service.
        host: the machine, pod or process of it; empty where all of it is meant.
        probability: that it began here, over all suspects and "nobody" together 1.
        score: what the probability was made of; only its order means something.
        onset: when its symptoms began (µs, UTC); 0 when not found.
        internal: whether it has symptoms of its own (resources, exceptions, self time), not only those that
            its callers see.
        text: one sentence: what is wrong with it, with numbers.
    """

    service: str
    host: str = ""
    probability: float
    score: float = 0.0
    onset: Micros = 0
    internal: bool = False
    text: str = ""


class Paired(msgspec.Struct, frozen=True, kw_only=True):
    """An effect of stored inputs replayed: a difference of mean loss, paired where it can be.

    Attributes:
        name: ``model`` (the new model instead of the old one), ``inputs`` (current instead of reference).
        effect: difference of mean loss, worse is above 0.
        low: lower end of its 95 % interval.
        high: upper end.
        pairs: inputs it is of.
    """

    name: str
    effect: float
    low: float
    high: float
    pairs: int


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """What the replay of stored inputs on the previous version says.

    Attributes:
        verdict: ``data`` | ``model`` | ``both`` | ``neither`` | ``unclear``.
        previous: the version replayed on.
        version: the version that served.
        effects: of model and of inputs.
        text: one sentence for people.
        inputs: tells of what it was made: versions, inputs, answers and truths; empty where time was up.
    """

    verdict: str
    previous: str
    version: str
    effects: tuple[Paired, ...]
    text: str
    inputs: str = ""


class StepState(msgspec.Struct, frozen=True, kw_only=True):
    """How far one step of a diagnosis is.

    Attributes:
        step: which.
        state: ``running`` | ``done`` | ``nothing to look at`` | ``over budget`` | ``failed``.
        text: why it failed or had nothing to look at; empty otherwise.
        took_ms: how long it took (ms); 0 until it is done.
    """

    step: Step
    state: str
    text: str = ""
    took_ms: float = 0.0


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """What an investigation has found so far.

    Attributes:
        key: the incident's id.
        at: when it was made (µs, UTC).
        reference: start and end of the reference rows.
        current: start and end of the rows judged.
        scope: who is hit.
        verdict: how sure.
        causes: ranked, the likeliest first; "outside" is always among them.
        evidence: the ledger.
        summary: two sentences for people.
        suspects: where it may have begun, the likeliest first; empty where nobody is blamed.
        path: how it went on from there: services from the first that failed to the one whose users are hit.
        replayed: what replaying stored inputs says; ``None`` where they were not.
        steps: how far each step is.
    """

    key: str
    at: Micros
    reference: tuple[Micros, Micros]
    current: tuple[Micros, Micros]
    scope: Scope
    verdict: Verdict
    causes: tuple[Cause, ...]
    evidence: tuple[Evidence, ...]
    summary: str
    suspects: tuple[Suspect, ...] = ()
    path: tuple[str, ...] = ()
    replayed: Replayed | None = None
    steps: tuple[StepState, ...] = ()
