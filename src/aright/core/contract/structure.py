"""The structure of every payload, checked in Rust against the JSON Schema of its contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from aright.core.contract.schema import UnreadableSchemaError
from aright.core.contract.words import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    import jsonschema_rs

_MOST: Final = 20
_LONGEST: Final = 200


class Misfit(NamedTuple):
    """Where one document does not fit its schema.

    Attributes:
        path: of JSON Pointer's form, such as ``/items/0/price``.
        problem: in words, cut and escaped.
    """

    path: str
    problem: str


class Structure:
    """Checks documents against a JSON Schema, some microseconds each.

    Args:
        schema: of JSON Schema, such as ``to_json_schema(contract)``; references out of it are not followed.

    Raises:
        UnreadableSchemaError: where it is no valid schema.

    >>> fits = Structure({"type": "object", "required": ["a"]})
    >>> fits.accepts({"a": 1}), fits.misfits({})
    (True, (Misfit(path='/', problem='"a" is a required property'),))
    """

    def __init__(self, schema: Mapping[str, object]) -> None:
        import jsonschema_rs  # noqa: PLC0415 - only those who check structure load it

        try:
            self._validator: jsonschema_rs.Validator = jsonschema_rs.validator_for(
                dict(schema), retriever=_refuse
            )
        except (ValueError, jsonschema_rs.ReferencingError) as error:
            raise UnreadableSchemaError(
                f"this is no valid JSON Schema: {shown(str(error), _LONGEST)}"
            ) from error

    def accepts(self, document: object) -> bool:
        """Return whether a document fits; one that is no JSON at all does not."""
        try:
            return self._validator.is_valid(document)
        except (ValueError, TypeError, RecursionError):
            return False

    def misfits(self, document: object) -> tuple[Misfit, ...]:
        """Return where a document does not fit, at most 20 places."""
        found: list[Misfit] = []
        try:
            for error in self._validator.iter_errors(document):
                pointer = "/" + "/".join(str(step) for step in error.instance_path)
                found.append(Misfit(shown(pointer, _LONGEST), shown(error.message, _LONGEST)))
                if len(found) == _MOST:
                    break
        except (ValueError, TypeError, RecursionError) as error:
            found.append(Misfit("/", f"is no JSON: {shown(str(error), _LONGEST)}"))
        return tuple(found)


def _refuse(reference: str) -> dict[str, object]:
    raise ValueError(f"{reference} is outside the schema, and nothing is fetched: bundle it into one first")
