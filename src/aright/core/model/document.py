"""Documents: the values that the state database keeps by key."""

from __future__ import annotations

from typing import TypeAlias

from aright.core.model.alias import AliasKept
from aright.core.model.bookkeeping import Checkpoint, Quarantined, Snapshot, Token
from aright.core.model.calls import CallEdge, CallLimits
from aright.core.model.change import Change
from aright.core.model.command import RunbookRun, Updating
from aright.core.model.contracts import ContractKept, ContractState, ContractWindow
from aright.core.model.cuts import Cuts
from aright.core.model.estimates import Estimates
from aright.core.model.foreign_alert import AlertFamily, ForeignAlert
from aright.core.model.guard import Guard
from aright.core.model.heard import Delivery
from aright.core.model.heartbeat import Heartbeat, Pulse
from aright.core.model.incident import Incident
from aright.core.model.inquiry import Inquiry
from aright.core.model.notice import Notice
from aright.core.model.on_call import Override, Person, Policy, Schedule
from aright.core.model.outlet import ExternalRef
from aright.core.model.paging import Paging
from aright.core.model.postmortem import PostMortem
from aright.core.model.release import Release
from aright.core.model.replica import Watcher
from aright.core.model.run import Dataset, Run
from aright.core.model.samples import Samples
from aright.core.model.service import Service
from aright.core.model.silence import Muted, Silence
from aright.core.model.slo import Burning, Slo
from aright.core.model.suite import SuiteStanding
from aright.core.model.ticket import TicketWatch

Document: TypeAlias = (
    AlertFamily
    | AliasKept
    | Burning
    | CallEdge
    | CallLimits
    | Change
    | Checkpoint
    | ContractKept
    | ContractState
    | ContractWindow
    | Cuts
    | Delivery
    | Estimates
    | ExternalRef
    | ForeignAlert
    | Dataset
    | Guard
    | Heartbeat
    | Incident
    | Inquiry
    | Muted
    | Notice
    | Override
    | Paging
    | Person
    | Policy
    | PostMortem
    | Pulse
    | Quarantined
    | Release
    | Run
    | RunbookRun
    | Samples
    | Schedule
    | Service
    | Silence
    | Slo
    | Snapshot
    | SuiteStanding
    | TicketWatch
    | Token
    | Updating
    | Watcher
)
"""Each has a ``key`` that is unique within its type."""
