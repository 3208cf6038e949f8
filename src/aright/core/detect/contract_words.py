"""What a contract says of each path, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.contract.summary import JOINED
from aright.core.contract.words import number_words, shown
from aright.core.model.probability import percent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aright.core.contract import Contract
    from aright.core.contract.contract import Declared, KnownPath

_FEW: Final = 8
_FORMS: Final = {
    "upper": "in capitals",
    "lower": "in small letters",
    "number": "numbers as text",
    "iso": "ISO dates",
    "zone": "with a time zone",
    "clock": "with a time of day",
    "json": "JSON as text",
    "boolean": "truths as text",
    "day_month": "day.month",
    "month_day": "month/day",
    "year_last": "year last",
}


def describe(contract: Contract) -> tuple[tuple[str, str], ...]:
    """Return each path with what is known of it, sorted by path.

    >>> from aright.core.contract import Sample, learn
    >>> def hour(at):
    ...     sample = Sample(start=at * 3_600_000_000)
    ...     for i in range(50):
    ...         sample.add({"price": i + 0.25, "lang": "en" if i % 3 else "de"})
    ...     return sample.summary()
    >>> for path, words in describe(learn([hour(at) for at in range(6)])):
    ...     print(path, "·", words)
    $ · always there; object
    lang · always there; text, in small letters; one of `de`, `en`
    price · always there; number with 2 decimals; half from 12.3 to 37.4, all from 0.25 to 49.2
    """
    told: dict[str, str] = {
        path: "; ".join(_learnt(contract, path, known)) for path, known in contract.paths.items()
    }
    for path, declared in contract.declared.items():
        said = _declared(declared)
        told[path] = f"{told[path]}; by schema: {said}" if path in told else f"by schema: {said}"
    return tuple(sorted(told.items()))


def _learnt(contract: Contract, path: str, known: KnownPath) -> Iterator[str]:
    parents = known.bases.get("parent", 0)
    if parents:
        yield ("always there" if known.present >= parents else f"there in {percent(known.present / parents)}")
    nulls = contract.rates.get(JOINED.join((path, "present:null", "")))
    if nulls is not None and nulls.k:
        yield f"null in {percent(nulls.k / max(nulls.n, 1))}"
    if known.types:
        yield _types(known)
    values = contract.lens.known.get(f"{path}{JOINED}value")
    if values and len(values) <= _FEW and not {"number", "integer"} & known.types.keys():
        yield f"one of {', '.join(f'`{shown(value)}`' for value in sorted(values))}"
    scale = contract.lens.scales.get(f"{path}{JOINED}number")
    if scale is not None:
        low, _, quarter, _, three, _, high = (number_words(cut) for cut in scale.cuts)
        yield f"half from {quarter} to {three}, all from {low} to {high}"


def _types(known: KnownPath) -> str:
    total = sum(known.types.values())
    names = []
    for name, count in sorted(known.types.items(), key=lambda each: (-each[1], each[0])):
        said = {"string": "text", "map": "object whose keys are data"}.get(name, name)
        names.append(said if count == total else f"{said} ({percent(count / total)})")
    decimals = sum(known.decimals.values())
    usual = next((digits for digits, k in known.decimals.items() if k >= 0.5 * decimals > 0), "")
    if usual and usual != "0" and "number" in known.types:
        names[-1] += f" with {usual} decimal{'s' if usual != '1' else ''}"
    forms = [_FORMS[form] for form in known.forms if form in _FORMS]
    return ", ".join([*names, *forms])


def _declared(declared: Declared) -> str:
    parts = ["required"] if declared.required else []
    if declared.types:
        parts.append(" or ".join(declared.types))
    if declared.values:
        parts.append("one of " + ", ".join(f"`{shown(value)}`" for value in declared.values[:_FEW]))
    return ", ".join(parts) or "anything"
