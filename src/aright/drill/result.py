"""What came of a drill: the facts, and each thing that had to come out right."""

from __future__ import annotations

import msgspec


class Released(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one release.

    Attributes:
        version: of the model.
        nature: what it was like.
        release: its key; empty where the gate kept it.
        stopped_at: gate | shadow | canary | production; empty where it was let through.
        state: its last.
        share: of the users, that it served at most before it was let through or put back.
        served: requests that it answered.
        harmed: requests that it answered wrongly.
        took_s: from the gate to the end (seconds of drill time).
        reason: why it ended so.
    """

    version: str
    nature: str
    release: str = ""
    stopped_at: str = ""
    state: str = ""
    share: float = 0.0
    served: int = 0
    harmed: int = 0
    took_s: float = 0.0
    reason: str = ""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen from outside; spans are seconds of drill time after the fault unless said otherwise.

    Attributes:
        incidents: how many were opened.
        detected_s: until the incident was opened; ``None`` when there was none.
        paged_s: until the first page arrived.
        explained_s: until a cause was named.
        mitigated_s: until the mitigation was ordered.
        verified_s: until aright found that quality had come back.
        pages: alerts triggered at the pager, one per dedup key.
        reach: ``segment`` | ``global`` | ``not enough data``; empty when nothing was diagnosed.
        segment: who is hit, ``attribute = value``; empty for all.
        verdict: confirmed | likely | inconclusive.
        cause: the likeliest cause's kind.
        subject: what it is about.
        probability: that aright gave it.
        mode: how that failed.
        previous: what there is to go back to.
        action: the mitigation that was carried out.
        severity: level; 0 when none was given.
        updates: status updates drafted.
        whys: of the post-mortem.
        whys_cited: of them, those that cite evidence.
        guard: the guard's kind; empty for none.
        guard_accepted: whether a replay proved it.
        state: the incident's last.
        clicks_before: share of lists that drew a click before the fault, among the users hit.
        clicks_during: the same between fault and mitigation.
        clicks_after: the same after the mitigation.
        fit_before: how near the lists came to those the users would have liked best, among the users hit
            and before the fault: clicks to be expected of the one over those of the other.
        fit_during: the same between fault and mitigation.
        fit_after: the same after the mitigation.
        answered_before: share of requests that users had answered before the fault; this and the ten
            others of users are 0 in a drill that does not count them.
        answered_during: the same between fault and mitigation.
        answered_after: the same after the mitigation.
        right_before: share of answers that were right before the fault, among those hit.
        right_during: the same between fault and mitigation.
        right_after: the same after the mitigation.
        replayed: what running stored inputs again said; empty where they were not.
        services: hit, by when that began, the first first.
        contract: how a third party broke its contract, in aright's words.
        releases: what became of each, where there were some.
        followed_wall_s: wall seconds after which a serving process had followed an alias, at most.
        requests: answered by the service.
        complaints: made by users.
        lost: rows that the SDK or aright could not take.
        late: rows that came after their window was closed.
        explained_wall_s: wall seconds from the start until the cause was named.
        wall_s: wall seconds of the whole drill.
    """

    incidents: int = 0
    detected_s: float | None = None
    paged_s: float | None = None
    explained_s: float | None = None
    mitigated_s: float | None = None
    verified_s: float | None = None
    pages: int = 0
    reach: str = ""
    segment: str = ""
    verdict: str = ""
    cause: str = ""
    subject: str = ""
    probability: float = 0.0
    mode: str = ""
    previous: str = ""
    action: str = ""
    severity: int = 0
    updates: int = 0
    whys: int = 0
    whys_cited: int = 0
    guard: str = ""
    guard_accepted: bool = False
    state: str = ""
    clicks_before: float = 0.0
    clicks_during: float = 0.0
    clicks_after: float = 0.0
    fit_before: float = 0.0
    fit_during: float = 0.0
    fit_after: float = 0.0
    answered_before: float = 0.0
    answered_during: float = 0.0
    answered_after: float = 0.0
    right_before: float = 0.0
    right_during: float = 0.0
    right_after: float = 0.0
    replayed: str = ""
    services: tuple[str, ...] = ()
    contract: str = ""
    releases: tuple[Released, ...] = ()
    followed_wall_s: float = 0.0
    requests: int = 0
    complaints: int = 0
    lost: int = 0
    late: int = 0
    explained_wall_s: float | None = None
    wall_s: float = 0.0


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that had to come out right.

    Attributes:
        name: what was looked at.
        wanted: what had to be found.
        found: what was found.
        right: whether that will do.
    """

    name: str
    wanted: str
    found: str
    right: bool


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """A drill's outcome.

    Attributes:
        drill: its name.
        seed: what all in it followed from.
        fault: what went wrong.
        hit: what was hit, in the scenario's own words.
        facts: what was seen.
        checks: what had to come out right.
        schema: of this document.
    """

    drill: str
    seed: int
    fault: str
    hit: str
    facts: Facts
    checks: tuple[Check, ...]
    schema: str = "aright.drill/1"

    @property
    def right(self) -> bool:
        """Whether all came out right."""
        return all(check.right for check in self.checks)

    @property
    def wrong(self) -> tuple[Check, ...]:
        """What did not come out right."""
        return tuple(check for check in self.checks if not check.right)


def same(name: str, wanted: object, found: object) -> Check:
    """Return a check that two things are equal.

    >>> same("incidents", 1, 2).right
    False
    """
    return Check(name=name, wanted=str(wanted), found=str(found), right=wanted == found)


def within(name: str, found: float | None, *, low: float = 0.0, high: float = float("inf")) -> Check:
    """Return a check that a number was found and lies between two others, them included.

    >>> within("detected", 61.5, high=300).right, within("detected", None, high=300).right
    (True, False)
    """
    wanted = f"{low:g} to {high:g}" if high < float("inf") else f"at least {low:g}"
    told = "none" if found is None else f"{found:.4g}"
    return Check(name=name, wanted=wanted, found=told, right=found is not None and low <= found <= high)
