"""The gate: what a new version has to pass before anyone is served by it."""

from aright.core.prevent.gate.contract_fit import contract_fit
from aright.core.prevent.gate.golden import golden
from aright.core.prevent.gate.guarded import guarded
from aright.core.prevent.gate.latency import latency
from aright.core.prevent.gate.likeness import difference
from aright.core.prevent.gate.memory_check import memory_check
from aright.core.prevent.gate.plan import (
    Case,
    ContractPlan,
    GatePlan,
    GoldenPlan,
    GuardsPlan,
    LatencyPlan,
    MemoryPlan,
    QualityPlan,
    SetPlan,
    SizePlan,
)
from aright.core.prevent.gate.quality import Paired, quality
from aright.core.prevent.gate.report import Check, Report, State, not_asked, report_of
from aright.core.prevent.gate.size import size

__all__ = [
    "Case",
    "Check",
    "ContractPlan",
    "GatePlan",
    "GoldenPlan",
    "GuardsPlan",
    "LatencyPlan",
    "MemoryPlan",
    "Paired",
    "QualityPlan",
    "Report",
    "SetPlan",
    "SizePlan",
    "State",
    "contract_fit",
    "difference",
    "golden",
    "guarded",
    "latency",
    "memory_check",
    "not_asked",
    "quality",
    "report_of",
    "size",
]
