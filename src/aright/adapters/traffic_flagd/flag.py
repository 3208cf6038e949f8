"""One flag of flagd's JSON: a fraction between two variants, and nothing else of the file touched.

Form: flagd's flag definitions, ``targeting: {"fractional": [bucket?, [variant, weight], …]}``. What stands in
the file is carried over as it is written, value by value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec
from msgspec import Raw

from aright.core.mitigate.shares import Weights, parts
from aright.core.model.foreign_text import harmless
from aright.ports.traffic import TrafficError

if TYPE_CHECKING:
    from aright.core.model.rollout import FlagdTraffic

Fields: TypeAlias = dict[str, Raw]
_WHOLES: Final = (100, 10_000, 1_000_000)


class Flag(msgspec.Struct, frozen=True, kw_only=True):
    """What of a flag is read and written.

    Attributes:
        stable: weight of the stable variant.
        canary: weight of the candidate's.
        bucket: what decides, as JSON; empty for flagd's own way (the flag's key and ``targetingKey``).
        default: the variant of those for whom nothing can decide.
        ends: the variant at share 0, and at share 1.
    """

    stable: int
    canary: int
    bucket: bytes
    default: str
    ends: tuple[str, str]

    @property
    def share(self) -> float:
        """What the candidate gets."""
        return Weights(self.stable, self.canary).share

    def sending(self, share: float) -> Flag:
        """Return the flag with another share, in hundredths where they are enough; raises ``ValueError``."""
        whole = next((each for each in _WHOLES if parts(share, each) / each == round(share, 6)), _WHOLES[-1])
        canary = parts(share, whole)
        default = self.ends[share == 1]
        if self.canary * whole == canary * (self.stable + self.canary) and self.default == default:
            return self
        return msgspec.structs.replace(self, stable=whole - canary, canary=canary, default=default)


def flag_of(text: bytes, at: FlagdTraffic) -> Flag:
    """Return the flag; raises ``TrafficError`` where it is not one of a fraction between the two variants."""
    flag = _fields(_flags(text).get(at.flag), f"the flag {at.flag}")
    if _decoded(flag.get("state", Raw(b'"ENABLED"'))) != "ENABLED":
        raise _other(at, "is not enabled, so nobody is given either variant", 'Set its "state" to "ENABLED"')
    variants = _fields(flag.get("variants"), f"the variants of {at.flag}")
    if {*variants} != {at.stable, at.canary}:
        there = ", ".join(harmless(each, 40) for each in list(variants)[:8]) or "none"
        raise _other(at, f"has the variants {there}", f"It needs exactly two, {at.stable} and {at.canary}")
    default = _decoded(flag.get("defaultVariant", Raw(b"null")))
    found = Flag(stable=0, canary=0, bucket=_bucket(at), default=_text(default), ends=(at.stable, at.canary))
    targeting = bytes(flag.get("targeting", Raw(b"{}"))).strip()
    if targeting in {b"{}", b"null"} or not _fields(Raw(targeting), f"the targeting of {at.flag}"):
        return _untargeted(at, found)
    return _targeted(at, found, _fields(Raw(targeting), f"the targeting of {at.flag}"))


def with_flag(text: bytes, at: FlagdTraffic, flag: Flag) -> bytes:
    """Return the file with this flag, all else as it is written, its indentation too."""
    document = _fields(Raw(text), "the file")
    flags = _flags(text)
    own = _fields(flags[at.flag], "the flag")
    weights = [[at.stable, flag.stable], [at.canary, flag.canary]]
    bucket = [Raw(flag.bucket)] if flag.bucket else []
    own["targeting"] = Raw(msgspec.json.encode({"fractional": [*bucket, *weights]}))
    own["defaultVariant"] = Raw(msgspec.json.encode(flag.default))
    flags[at.flag] = Raw(msgspec.json.encode(own))
    document["flags"] = Raw(msgspec.json.encode(flags))
    return msgspec.json.format(msgspec.json.encode(document), indent=_indent(text)) + b"\n"


def _targeted(at: FlagdTraffic, flag: Flag, targeting: Fields) -> Flag:
    parted = _decoded(targeting["fractional"], list[Raw]) if {*targeting} == {"fractional"} else None
    if not isinstance(parted, list):
        raise _other(at, "is decided by more than a fraction", "Let its targeting be one `fractional` alone")
    bucket = b""
    if parted and not bytes(parted[0]).lstrip().startswith(b"["):
        bucket, parted = bytes(parted[0]), parted[1:]
    pairs = [_pair(each) for each in parted]
    weights = {name: weight for name, weight in pairs if name in flag.ends and weight is not None}
    if len(weights) != len(pairs) or not sum(weights.values()):
        raise _other(at, "has other parts than its two variants", f"Let it part {at.stable} and {at.canary}")
    if at.bucket_by and _decoded(Raw(bucket or b"null")) != _decoded(Raw(flag.bucket)):
        raise _other(
            at,
            f"is not decided by {at.bucket_by} and the flag's key",
            "Take bucket_by out of the catalog, or its targeting out of the file while nothing is "
            "under way: another "
            "key would give units another version",
        )
    return msgspec.structs.replace(
        flag, stable=weights.get(at.stable, 0), canary=weights.get(at.canary, 0), bucket=bucket
    )


def _untargeted(at: FlagdTraffic, flag: Flag) -> Flag:
    if flag.default not in flag.ends:
        raise _other(at, "has no default variant of the two", f"Set its defaultVariant to {at.stable}")
    whole = flag.default == at.canary
    return msgspec.structs.replace(flag, stable=0 if whole else 100, canary=100 if whole else 0)


def _pair(each: Raw) -> tuple[str, int | None]:
    """Return a variant with its weight, which is 1 where it is not given; no weight for what is no pair."""
    found = _decoded(each)
    match found:
        case [str(name)]:
            return name, 1
        case [str(name), int(weight)] if not isinstance(weight, bool) and 0 <= weight < 1 << 31:
            return name, weight
        case _:
            return "", None


def _bucket(at: FlagdTraffic) -> bytes:
    """Return what decides, where the catalog says: with the flag's key, so that flags differ."""
    if not at.bucket_by:
        return b""
    return msgspec.json.encode({"cat": [{"var": "$flagd.flagKey"}, {"var": at.bucket_by}]})


def _flags(text: bytes) -> Fields:
    return _fields(_fields(Raw(text), "the file").get("flags"), "its flags")


def _fields(raw: Raw | None, what: str) -> Fields:
    found = _decoded(raw, Fields) if raw is not None else None
    if not isinstance(found, dict):
        raise TrafficError(
            f"{harmless(what, 120)} cannot be read from flagd's file: there is no JSON object of that. "
            "Look at the file, and at `flag` in the catalog.",
            permanent=True,
        )
    return found


def _decoded(raw: Raw, kind: object = object) -> object:
    """Return what JSON says, ``None`` where it is none of that kind."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, RecursionError):
        return None


def _text(found: object) -> str:
    return found if isinstance(found, str) else ""


def _indent(text: bytes) -> int:
    """Return how far the file indents; 0 where all is on one line."""
    lines = text.splitlines()
    first = lines[1] if len(lines) > 1 else b""
    return max(len(first) - len(first.lstrip(b" ")), 1) if first else 0


def _other(at: FlagdTraffic, what: str, fix: str) -> TrafficError:
    return TrafficError(f"flagd's flag {harmless(at.flag, 80)} {what}. {fix}.", permanent=True)
