"""One ``ExpectationSuite``, validated against a table in memory, without a project."""

from __future__ import annotations

import contextlib
import io
import json
import os
import warnings
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from aright.core.model.suite import LONGEST_CHECK, MOST_EXAMPLES, Checked, bounded, plain
from aright.core.model.suite_rows import plain_columns
from aright.ports.suite import SuiteError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import pyarrow as pa

    from aright.core.model.suite import Severity

Found: TypeAlias = Any
"""A validation result of Great Expectations, which is imported only where a suite is run."""

_LARGEST: Final = 8 * 1024 * 1024
_COLUMNS: Final = ("column", "column_A", "column_B", "column_list", "column_set")


class ExpectationChecks:
    """An ``ExpectationSuite``.

    Expectations whose severity is below critical are warnings.

    Args:
        suite: of Great Expectations 1.

    Raises:
        SuiteError: where it is none, or the library is not installed.
    """

    def __init__(self, suite: object) -> None:
        library = _library()
        if not isinstance(suite, library.ExpectationSuite):
            raise SuiteError(
                f"this is a {type(suite).__name__}, and no ExpectationSuite of Great Expectations 1: name one"
            )
        self._suite = suite

    def run(self, rows: pa.Table) -> tuple[Checked, ...]:
        """Return what came of each expectation; raises ``SuiteError`` where the suite itself breaks."""
        try:
            with _quietly():
                told = _validated(_library(), self._suite, rows)
        except SuiteError:
            raise
        except Exception as broken:
            raise SuiteError(
                f"the suite broke: {type(broken).__name__}: {plain(broken, 300)}. "
                "Validate it against a table in Python to see where"
            ) from broken
        order = {_identity(each.expectation_type, each.configuration.kwargs): place
                 for place, each in enumerate(self._suite.expectations)}  # fmt: skip
        found = sorted(told.results, key=lambda each: order.get(_identity_of(each), len(order)))
        return bounded([_checked(each, rows.num_rows) for each in found])


def read_suite(file: Path) -> object:
    """Return the suite that a file of Great Expectations' JSON holds; raises ``SuiteError``."""
    try:
        with file.open("rb") as opened:
            body = opened.read(_LARGEST + 1)
    except OSError as missing:
        raise SuiteError(f"{file} cannot be read: {missing.strerror}. Is the path right?") from missing
    library = _library()
    try:
        said = json.loads(body)
        with _quietly():
            found: object = library.ExpectationSuite(**said)
    except Exception as broken:
        raise SuiteError(
            f"{file} is no suite of Great Expectations 1: {type(broken).__name__}: {plain(broken, 300)}. "
            "Write it with suite.to_json_dict()"
        ) from broken
    return found


def _library() -> Any:
    os.environ["GX_ANALYTICS_ENABLED"] = "false"  # nobody asked for what it would send
    try:
        with _quietly():
            import great_expectations  # noqa: PLC0415  seconds that only those who run such a suite pay
    except ImportError as missing:
        raise SuiteError(
            f"great_expectations cannot be imported ({missing}): install it beside aright, "
            "pip install 'aright[great-expectations]'"
        ) from missing
    return great_expectations


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Keep the library's warnings and progress bars from people who asked for neither."""
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        yield


def _validated(library: Any, suite: object, rows: pa.Table) -> Found:
    context = library.get_context(mode="ephemeral")
    asset = context.data_sources.add_pandas("rows").add_dataframe_asset("rows")
    whole = asset.add_batch_definition_whole_dataframe("all")
    batch = whole.get_batch(batch_parameters={"dataframe": plain_columns(rows).to_pandas()})
    form = {"result_format": "SUMMARY", "partial_unexpected_count": MOST_EXAMPLES}
    return batch.validate(suite, result_format=form)


def _checked(found: Found, rows: int) -> Checked:
    asked, result = found.expectation_config, found.result or {}
    looked = int(result.get("element_count") or rows)
    passed = bool(found.success)
    failing = int(result.get("unexpected_count") or 0)
    whole = not passed and not failing  # of the table, or one that could not be computed
    return Checked(
        check=_words(asked.type, asked.kwargs),
        column=_column(asked.kwargs),
        rows=rows if whole else looked,
        failing=rows if whole else failing,
        passed=passed,
        whole=whole,
        severity=_severity(getattr(asked, "severity", None)),
        examples=_examples(result, passed=passed),
    )


def _examples(result: Mapping[str, Any], *, passed: bool) -> tuple[str, ...]:
    values = result.get("partial_unexpected_list") or []
    if not values and not passed and result.get("observed_value") is not None:
        values = [result["observed_value"]]
    return tuple(dict.fromkeys(plain(_bare(value)) for value in values))[:MOST_EXAMPLES]


def _bare(value: object) -> object:
    """Return a value of numpy's as Python's own, whose text is what people write."""
    if isinstance(value, tuple):
        return tuple(_bare(each) for each in value)
    return value.item() if hasattr(value, "item") else value


def _words(kind: str, said: Mapping[str, Any]) -> str:
    """Return an expectation as it is written in Python, the column left out."""
    told = ", ".join(
        f"{name}={_bare(value)!r}"
        for name, value in said.items()
        if name not in {"batch_id", "column"} and value is not None
    )
    return plain(f"{kind}({told})" if told else kind, LONGEST_CHECK)


def _column(said: Mapping[str, Any]) -> str:
    for name in _COLUMNS:
        value = said.get(name)
        if isinstance(value, str):
            other = said.get("column_B") if name == "column_A" else None
            return f"{value}, {other}" if isinstance(other, str) else value
        if isinstance(value, (list, tuple, set)):
            return ", ".join(map(str, value))
    return ""


def _severity(said: object) -> Severity:
    return "error" if said is None or str(getattr(said, "value", said)) == "critical" else "warning"


def _identity_of(found: Found) -> str:
    return _identity(found.expectation_config.type, found.expectation_config.kwargs)


def _identity(kind: str, said: Mapping[str, Any]) -> str:
    kept = {name: value for name, value in said.items() if name != "batch_id" and value is not None}
    return f"{kind} {json.dumps(kept, default=str, sort_keys=True)}"
