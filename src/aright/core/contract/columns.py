"""One column of values → what they come to."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Final, TypeGuard

import numpy as np

from aright.core.contract.cells import Cells, cells_of
from aright.core.contract.dates import epoch_unit
from aright.core.contract.flatten import Array, CutText, Map, Marker
from aright.core.contract.summary import Channel, PathSummary, channel_of
from aright.core.contract.text import traits_of
from aright.core.profile.words import bounded, marked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.contract.text import Traits

TYPE_NAMES: Final = {
    type(None): "null",
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    CutText: "string",
    Array: "array",
    Map: "map",
    Marker: "object",
}
_MOST_DECIMALS: Final = 8
_OF_ALL: Final = frozenset(("upper", "lower", "edge_space", "ellipsis"))
"""Marks of a whole text, which the beginning of a long one does not tell."""

_LOOKED_AT: Final = 512
"""Values of one column and fold whose text is looked at; only elements of arrays come in larger numbers."""

_HUGE: Final = 10**60
_FARTHEST: Final = 1e280


class Column:
    """Collects what the present values of one path come to.

    Args:
        values: in order of arrival, shape (present,).
        times: when each one's document came (s since the epoch, NaN where unknown), of the same shape.
        parents: how many objects could have had the field.
    """

    def __init__(self, values: Sequence[object], times: Sequence[float], parents: int) -> None:
        self.values, self.times = values, times
        self.bases: dict[str, int] = {"parent": parents, "present": len(values)}
        self.counts: Counter[str] = Counter()
        self.cells: dict[str, Cells] = {}
        self.channels: dict[str, Channel] = {}
        self.numbers: list[float] | None = None
        """Aligned with ``values``, NaN where a value is no number; None where none is."""
        self.moments: list[float] | None = None
        """The same in seconds since the epoch, of texts that are dates."""
        self.textual = False
        """Whether any value is text, of which only the first are looked at."""
        self._values: Counter[str] = Counter()

    def summary(self) -> PathSummary:
        """Look at all of them and return what they come to."""
        kinds = Counter(map(type, self.values))
        for kind, count in kinds.items():
            self.counts[f"value:{TYPE_NAMES.get(kind, 'string')}"] += count
        nulls = self.counts.pop("value:null", 0)
        self.counts["parent:present"] = len(self.values)
        self.counts["present:null"] = nulls
        self.bases["value"] = len(self.values) - nulls
        if str in kinds or CutText in kinds:
            self.textual = True
            self._texts()
        if int in kinds or float in kinds:
            self._numbers(only=kinds[int] + kinds[float] == len(self.values))
        if bool in kinds:
            looked = self.values[:_LOOKED_AT]
            self._values["true"] = sum(value is True for value in looked)
            self._values["false"] = sum(value is False for value in looked)
        if Array in kinds or Map in kinds:
            self._arrays()
        if self.numbers is not None:
            self._number_channel(self.numbers)
        if self._values:
            self.cells["value"] = cells_of(+self._values)
        return PathSummary(self.bases, dict(+self.counts), self.cells, self.channels)

    def _texts(self) -> None:
        texts = [value for value in self.values[:_LOOKED_AT] if isinstance(value, str)]
        unique = Counter(texts)
        seen = {text: traits_of(text) for text in unique}
        self.bases["text"] = len(texts)
        shapes: Counter[str] = Counter()
        alphabets: Counter[str] = Counter()
        lengths: Counter[int] = Counter()
        for text, count in unique.items():
            traits = seen[text]
            shapes[traits.shape] += count
            alphabets[traits.alphabet] += count
            whole = text if isinstance(text, CutText) else None
            lengths[whole.size if whole is not None else len(text)] += count
            for mark in traits.marks:
                if whole is None or mark not in _OF_ALL:
                    self.counts["text:" + mark] += count
            self._values[marked(text, whole.mark) if whole is not None else bounded(text)] += count
        self.cells["shape"], self.cells["alphabet"] = cells_of(shapes), cells_of(alphabets)
        self._lengths(lengths)
        if self.counts["text:number"]:
            self._numbers_in_text(seen)
        if self.counts["text:iso"] or self.counts["text:year_last"]:
            self._moments_in_text(seen)

    def _lengths(self, lengths: Counter[int]) -> None:
        self.cells["length"] = cells_of({str(length): count for length, count in lengths.items()})
        found = channel_of(np.repeat(np.fromiter(lengths, np.float64), list(lengths.values())))
        if found:
            self.channels["length"] = found

    def _numbers_in_text(self, seen: dict[str, Traits]) -> None:
        numbers = [math.nan] * len(self.values)
        for place, value in enumerate(self.values[:_LOOKED_AT]):
            if isinstance(value, str):
                traits = seen[value]
                if traits.number is not None:
                    numbers[place] = _float(traits.number)
                    self.counts[f"digits:{min(traits.decimals, _MOST_DECIMALS)}"] += 1
                    self.bases["digits"] = self.bases.get("digits", 0) + 1
        self.numbers = numbers

    def _moments_in_text(self, seen: dict[str, Traits]) -> None:
        moments = [math.nan] * len(self.values)
        for place, value in enumerate(self.values[:_LOOKED_AT]):
            if isinstance(value, str):
                moment = seen[value].moment
                if moment is not None and moment.seconds is not None:
                    moments[place] = moment.seconds
        self.moments = moments
        self._ages(np.asarray(moments))

    def _ages(self, moments: np.ndarray[tuple[int], np.dtype[np.float64]]) -> None:
        found = channel_of(np.asarray(self.times, np.float64) - moments)
        if found:
            self.channels["age"] = found

    def _numbers(self, *, only: bool) -> None:
        """Take the numbers; ``only`` where there is nothing else in the column."""
        looked = self.values[:_LOOKED_AT]
        if only:
            self.numbers = _floats(self.values)
            self._digits([value for value in looked if isinstance(value, (int, float))])
            return
        numbers = self.numbers or [math.nan] * len(self.values)
        for place, value in enumerate(self.values):
            if _is_number(value):
                numbers[place] = _float(value)
        self.numbers = numbers
        self._digits([value for value in looked if _is_number(value)])

    def _digits(self, numbers: list[int | float]) -> None:
        """Count values, digits after the point, and cents."""
        cents: Counter[str] = Counter()
        digits: Counter[int] = Counter()
        for number, count in Counter(numbers).items():
            if isinstance(number, int):
                self._values[str(number) if -_HUGE < number < _HUGE else "huge"] += count
                digits[0] += count
                cents["00"] += count
                continue
            text = repr(number)
            whole = text.endswith(".0")
            self._values[text[:-2] if whole else text] += count
            if "e" in text or "n" in text:  # an exponent, or no finite number
                continue
            point = text.find(".")
            places = 0 if whole else len(text) - point - 1
            digits[min(places, _MOST_DECIMALS)] += count
            if places <= 2:
                cents[text[point + 1 :].ljust(2, "0")] += count
        for places, count in digits.items():
            self.counts[f"digits:{places}"] += count
        self.bases["digits"] = self.bases.get("digits", 0) + digits.total()
        if cents:
            self.cells["cents"] = cells_of(cents)

    def _number_channel(self, numbers: list[float]) -> None:
        array = np.asarray(numbers, np.float64)
        valid = array[np.isfinite(array)]
        self.bases["number"] = len(valid)
        if not len(valid):
            return
        self.counts["number:zero"] += int((valid == 0).sum())
        self.counts["number:negative"] += int((valid < 0).sum())
        self.counts["number:round to 10"] += int(((valid != 0) & (valid % 10 == 0)).sum())
        self.counts["number:round to 100"] += int(((valid != 0) & (valid % 100 == 0)).sum())
        found = channel_of(valid)
        if found:
            self.channels["number"] = found
            self._epochs(array, found)

    def _epochs(self, array: np.ndarray[tuple[int], np.dtype[np.float64]], channel: Channel) -> None:
        """Count numbers that are times near those of their documents, and how old these are."""
        at = self.times[0] if len(self.times) else math.nan
        if not channel.maximum >= at * 0.84:
            return
        moments = np.full(len(array), math.nan)
        for place, value in enumerate(array.tolist()):
            found = epoch_unit(value, self.times[place])
            if found:
                self.counts[f"number:epoch {found[0]}"] += 1
                moments[place] = found[1]
        self.moments = moments.tolist()
        self._ages(moments)

    def _arrays(self) -> None:
        arrays = [value for value in self.values if isinstance(value, Array)]
        self.bases["array"] = len(arrays)
        self.bases["elements"] = sum(array.looked for array in arrays)
        self.counts["array:empty"] += sum(array.length == 0 for array in arrays)
        self.counts["elements:repeated"] += sum(array.repeats for array in arrays)
        self._lengths(Counter(array.length for array in arrays))


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _floats(values: Sequence[object]) -> list[float]:
    """Return the same of each value as ``_float``, quicker."""
    try:
        numbers = np.asarray(values, np.float64)
    except (OverflowError, ValueError, TypeError):
        return [_float(value) for value in values]
    found: list[float] = np.where(np.abs(numbers) > _FARTHEST, math.inf, numbers).tolist()
    return found


def _float(value: object) -> float:
    """Return a number as float64, infinite where its sums would be; NaN for anything else."""
    try:
        number = float(value) if isinstance(value, (int, float)) else math.nan
    except OverflowError:
        return math.inf
    return number if not abs(number) > _FARTHEST else math.inf
