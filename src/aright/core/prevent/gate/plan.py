"""What a gate is asked to check, as `aright-gate.yaml` says."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from aright.core.model.replay import FEATURES, Output, Replay, Stored

Share = Annotated[float, Meta(ge=0, le=1)]
Ratio = Annotated[float, Meta(gt=0)]
Seconds = Annotated[float, Meta(gt=0, le=3600)]
Count = Annotated[int, Meta(ge=0)]
Text = Annotated[str, Meta(min_length=1)]


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One stored input with what is known of it.

    Attributes:
        stored: the input.
        expected: the output that it must have; ``None`` where that is not told.
        truth: the true label or number; ``None`` where it is not known.
        unit: whose it is, so that rows of one unit count as they hang together; empty for its own.
    """

    stored: Stored
    expected: Output | None = None
    truth: str | float | None = None
    unit: str = ""


class RunPlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How versions are run: by ``url``, ``model`` or ``function``, as ``replay:`` of the catalog has it."""

    url: str = ""
    model: str = ""
    function: str = ""
    secret: str = ""
    bearer_token_file: str = ""
    python: str = ""
    folder: str = ""
    inputs: str = FEATURES
    seconds: Seconds = 60.0

    def replay(self) -> Replay | None:
        """Return it as the catalog's; ``None`` where not exactly one way is named.

        >>> RunPlan(function="cards:answer").replay().way
        'function'
        """
        ways = {way: target for way in ("url", "model", "function") if (target := getattr(self, way))}
        if len(ways) != 1:
            return None
        ((way, target),) = ways.items()
        return Replay(
            way=way,
            target=target,
            inputs=self.inputs,
            seconds=self.seconds,
            secret=self.secret,
            bearer_token_file=self.bearer_token_file,
            python=self.python,
            folder=self.folder,
        )

    def __repr__(self) -> str:
        return f"RunPlan(url={self.url!r}, model={self.model!r}, function={self.function!r})"


class GoldenPlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Outputs that must not change.

    Attributes:
        file: cases with ``expected``.
        absolute: by how much a number or score may differ.
        relative: by what share of itself it may differ as well.
        allow: how many outputs may differ.
    """

    file: Text
    absolute: Annotated[float, Meta(ge=0)] = 0.0
    relative: Annotated[float, Meta(ge=0)] = 1e-9
    allow: Count = 0


class ContractPlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What outputs are like.

    Attributes:
        file: cases that both versions are run on.
        schema: a JSON Schema that outputs must fit besides; empty for none.
        suspicious: whether what is merely suspicious closes the gate as well.
    """

    file: Text
    schema: str = ""
    suspicious: bool = False


class QualityPlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How good answers are, by cases whose truth is known.

    Attributes:
        file: cases with ``label``.
        label: name of the truth's column, where the file is a table.
        unit: name of the unit's column, where the file is a table.
        segments: attributes whose values are judged one by one.
        margin: how much more of the loss (in [0, 1]) is still as good.
        segment_margin: the same of each segment.
        alpha: probability of letting a worse version through, and of naming any segment that is not worse.
        fewest: cases of a segment that is judged by itself; smaller ones are judged together.
        output: what outputs are, ``label``, ``score``, ``number``, ``items`` or ``text``, where a version
            answers a label as a number; as they come where left out.
    """

    file: Text
    label: str = "label"
    unit: str = ""
    segments: tuple[str, ...] = ()
    margin: Share = 0.02
    segment_margin: Share = 0.05
    alpha: Annotated[float, Meta(gt=0, lt=0.5)] = 0.05
    fewest: Annotated[int, Meta(ge=10)] = 30
    output: Literal["", "label", "score", "number", "items", "text"] = ""


class LatencyPlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long one answer takes.

    Attributes:
        file: cases that both versions are asked, in turns, one at a time.
        p50_ratio: how many times the champion's median is too slow.
        p99_ratio: the same of the 99th percentile.
        p99_ms: limit of the candidate's own 99th percentile (ms); 0 for none.
        seconds: how long it may take.
    """

    file: Text
    p50_ratio: Ratio = 1.2
    p99_ratio: Ratio = 1.5
    p99_ms: Annotated[float, Meta(ge=0)] = 0.0
    seconds: Seconds = 20.0


class SizePlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How large the artifact is.

    Attributes:
        artifact: the candidate's file or folder.
        champion: the champion's; empty for none.
        most: bytes that it may have; 0 for no limit.
        ratio: how many times the champion's it may be.
    """

    artifact: Text
    champion: str = ""
    most: Count = 0
    ratio: Ratio = 1.5


class SetPlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Libraries that a workload runs with."""

    python: str = ""
    paths: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()


class MemoryPlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether memory grows with every call.

    Attributes:
        workload: ``FILE.py:NAME`` or ``MODULE:NAME``, called without arguments again and again.
        candidate: its libraries.
        baseline: those to hold it against; ``None`` for none.
        seconds: how long it may take.
        floor: bytes a call beyond the baseline's that do not matter.
    """

    workload: Text
    candidate: SetPlan = SetPlan()
    baseline: SetPlan | None = None
    seconds: Seconds = 30.0
    floor: Ratio = 4.0


Kind = Literal["end", "code", "parameter", "broken", "curve", "steps", "metric", "data"]


class TrainingPlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The candidate's training beside the champion's, as `aright runs compare` reads them.

    Attributes:
        candidate: a file or folder written offline, ``wandb:ENTITY/PROJECT/RUN`` or ``mlflow:ADDRESS/RUN``.
        champion: likewise.
        closes: differences that close the gate; all others are told.
        wandb_url: address of Weights & Biases' API.
        api_key_file: a file with the key to send there; empty for none.
        bearer_token_file: a file with the token to send to MLflow; empty for none.
        basic_auth_file: a file with ``NAME:PASSWORD`` to send to MLflow; empty for none.
        seconds: how long reading each may take.
    """

    candidate: Text
    champion: Text
    closes: tuple[Kind, ...] = ("end", "broken")
    wandb_url: str = "https://api.wandb.ai"
    api_key_file: str = ""
    bearer_token_file: str = ""
    basic_auth_file: str = ""
    seconds: Seconds = 30.0


class GuardsPlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Guards that came of incidents, judged on rows of the candidate.

    Attributes:
        file: joined rows, as the columns of predictions are named.
    """

    file: Text


class GatePlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that a gate is asked.

    Attributes:
        service: whose.
        version: the candidate.
        champion: the version that serves now; empty where nothing is held against it.
        replay: how versions are run; needed by golden, contract, quality and latency.
        golden: each check that follows is run where it is here.
    """

    service: str = ""
    version: str = ""
    champion: str = ""
    replay: RunPlan | None = None
    golden: GoldenPlan | None = None
    contract: ContractPlan | None = None
    quality: QualityPlan | None = None
    latency: LatencyPlan | None = None
    size: SizePlan | None = None
    memory: MemoryPlan | None = None
    guards: GuardsPlan | None = None
    training: TrainingPlan | None = None
