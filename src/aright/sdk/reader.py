"""The reader: takes in one call's values, whatever they are, and counts those that had to be altered."""

from __future__ import annotations

from datetime import datetime
from hmac import digest
from typing import TYPE_CHECKING

from aright.sdk.rows import Output
from aright.sdk.values import LARGEST, PLAIN, TEXT, Scalar, mapping, micros, number, scalar, text, unboxed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Reader:
    """Reads the arguments of one call the quick way: it trusts plain types.

    That is right but for texts with lone surrogates and integers beyond 64 bits; encoding such a row fails,
    and a ``CarefulReader`` reads it again.

    Attributes:
        altered: values changed or left out so far.
        careful: whether to look into every value.

    >>> reader = Reader()
    >>> reader.features({"basket": 3, "embedding": [1, 2]}), reader.altered
    ({'basket': 3}, 1)
    """

    altered: int = 0  # of the class until something is altered: a reader costs each call next to nothing
    careful: bool = False

    def features(self, given: Mapping[str, object] | None) -> dict[str, Scalar] | None:
        """Return features: text, number, boolean or null by name."""
        if not given:
            return None
        if not self.careful and type(given) is dict and TEXT.issuperset(map(type, given)):
            kinds = set(map(type, given.values()))
            if PLAIN.issuperset(kinds):
                return given
            if (kept := unboxed(given, kinds)) is not None:
                return kept
        kept, altered = mapping(given, scalar)
        self.altered += altered
        return kept

    def attributes(self, given: Mapping[str, object] | None) -> dict[str, Scalar] | None:
        """Return segment attributes: text by name, those that are ``None`` left out."""
        if not given:
            return None
        if (
            not self.careful
            and type(given) is dict
            and TEXT.issuperset(map(type, given))
            and TEXT.issuperset(map(type, given.values()))
        ):
            return given
        kept, altered = mapping(given, text)
        self.altered += altered
        return {name: value for name, value in kept.items() if value is not None}

    def text(self, given: object) -> str:
        """Return a text; empty when none was given or it has no form."""
        if type(given) is str and not self.careful:
            return given
        found, altered = text(given)
        self.altered += altered
        return found or ""

    def number(self, given: object) -> float | None:
        """Return a finite number or none."""
        if given is None or (type(given) is float and -LARGEST <= given <= LARGEST):
            return given
        found, altered = number(given)
        self.altered += altered
        return found

    def whole(self, given: object) -> int | None:
        """Return a whole number or none."""
        if given is None or (type(given) is int and not self.careful):
            return given
        found = self.number(given)
        return None if found is None else int(found)

    def flag(self, given: object) -> bool | None:
        """Return a truth value or none."""
        if given is None or type(given) is bool:
            return given
        found, _ = scalar(given)
        if isinstance(found, (bool, int, float)):
            return bool(found)
        self.altered += 1
        return None

    def items(self, given: Iterable[object] | None) -> list[str] | None:
        """Return a list of names, such as the products recommended."""
        if given is None:
            return None
        if type(given) is list and not self.careful and TEXT.issuperset(map(type, given)):
            return given
        if isinstance(given, (str, bytes)):  # one name where a list was meant
            given = (given,)
        read = [text(item) for item in given]
        self.altered += sum(altered for _, altered in read)
        return [name for name, _ in read if name is not None]

    def output(
        self,
        items: Iterable[object] | None,
        score: object,
        number: object,
        label: object,
        text: object,
        probabilities: Mapping[str, object] | None = None,
    ) -> Output | None:
        """Return the answer; ``None`` when nothing of one was given. Empty lists and texts are answers."""
        if (
            items is None
            and score is None
            and number is None
            and label is None
            and text is None
            and probabilities is None
        ):
            return None
        return Output(
            self.items(items),
            self.number(score),
            self.number(number),
            None if label is None else self.text(label),
            None if text is None else self.text(text),
            self.probabilities(probabilities),
        )

    def probabilities(self, given: Mapping[str, object] | None) -> dict[str, float] | None:
        """Return probabilities by class, those that are no number left out.

        >>> CarefulReader().probabilities({"cat": 0.75, 7: 0.25, "dog": None})
        {'cat': 0.75, '7': 0.25}
        """
        if not given:
            return None
        kept, altered = mapping(given, number)
        self.altered += altered
        return {name: float(share) for name, share in kept.items() if isinstance(share, (int, float))}

    def time(self, given: int | datetime | None, now: int) -> int:
        """Return an instant in µs: as given, or the present one."""
        if given is None:
            return now
        if type(given) is int:
            return given
        if isinstance(given, datetime):
            return micros(given)
        found = self.whole(given)
        return now if found is None else found

    def unit(self, given: object, key: bytes) -> str:
        """Return the randomisation unit; with a key, 128 bits of its HMAC-SHA-256 (RFC 2104) in hex."""
        name = self.text(given)
        return digest(key, name.encode(), "sha256")[:16].hex() if key and name else name


class CarefulReader(Reader):
    """Reads the arguments of one call and looks into every value."""

    careful = True
