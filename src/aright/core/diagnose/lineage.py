"""Lineage: which jobs make what feature sources and model versions are made from.

Told by what jobs read and write, by the columns that they write, and by names: a source is made from a data
set whose name holds the source's words one after the other. Such a tie alone blames nothing: what is tied
must have moved with the loss as well.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from aright.core.model.columns import FEATURE, names_with, source_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pyarrow as pa

    from aright.core.model.run import DatasetUse, Run

MOST_DATASETS: Final = 2_000
ALIKE: Final = 0.5
"""Share of a source's features that a data set must have as columns, and two at least, to be its origin."""

_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def by_job(runs: Iterable[Run]) -> dict[str, list[Run]]:
    """Return the runs of each job, oldest first."""
    found: dict[str, list[Run]] = {}
    for run in sorted(runs, key=lambda each: (each.seen, each.key)):
        found.setdefault(run.job, []).append(run)
    return found


def sources_of(schema: pa.Schema) -> dict[str, tuple[str, ...]]:
    """Return the features of each source, without the source's name.

    >>> import pyarrow as pa
    >>> sources_of(pa.schema([("feat.people.age", pa.float32()), ("feat.people.norm", pa.float32())]))
    {'people': ('age', 'norm')}
    """
    found: dict[str, list[str]] = {}
    for name in names_with(schema, FEATURE):
        found.setdefault(source_of(name), []).append(name.rpartition(".")[2])
    return {source: tuple(names) for source, names in found.items()}


def downstream(job: str, jobs: Mapping[str, Sequence[Run]]) -> tuple[tuple[str, ...], tuple[DatasetUse, ...]]:
    """Return the jobs that stand on a job's outputs, directly or not, and all that it and they write."""
    readers: dict[str, list[str]] = {}
    for name, runs in jobs.items():
        for dataset in {use.name for run in runs for use in run.inputs}:
            readers.setdefault(dataset, []).append(name)
    found = {job: True}
    written: dict[str, DatasetUse] = {}
    ahead = [job]
    while ahead and len(written) < MOST_DATASETS:
        for use in (use for run in jobs.get(ahead.pop(), ()) for use in run.outputs):
            written[use.name] = use if use.fields else written.get(use.name, use)
            fresh = [name for name in readers.get(use.name, ()) if name not in found]
            found |= dict.fromkeys(fresh, True)
            ahead += fresh
    return tuple(name for name in found if name != job), tuple(written.values())


def made_from(
    sources: Mapping[str, Sequence[str]], jobs: Iterable[str], written: Iterable[DatasetUse]
) -> tuple[str, ...]:
    """Return the sources that jobs or data sets are the origin of, by name or by columns.

    >>> from aright.core.model.run import DatasetUse
    >>> table = DatasetUse(name="warehouse/features.people_daily", fields={"id": "int"})
    >>> made_from({"people": ("age",), "basket": ("size",)}, [], [table])
    ('people',)
    """
    uses = tuple(written)
    told = [words(name) for name in (*jobs, *(use.name for use in uses))]
    return tuple(
        source
        for source, names in sources.items()
        if any(_holds(each, words(source)) for each in told)
        or any(_has_columns(use.fields, source, names) for use in uses)
    )


def words(name: str) -> tuple[str, ...]:
    """Return the words of a name, in small letters.

    >>> words("s3://lake/features.PeopleDaily_v2")
    ('s', '3', 'lake', 'features', 'people', 'daily', 'v', '2')
    """
    return tuple(each.lower() for each in _WORDS.findall(name))


def _holds(name: Sequence[str], part: Sequence[str]) -> bool:
    size = len(part)
    return size > 0 and any(name[at : at + size] == part for at in range(len(name) - size + 1))


def _has_columns(fields: Mapping[str, str], source: str, names: Sequence[str]) -> bool:
    known = {each.lower() for each in fields}
    both = sum(name.lower() in known or f"{source}.{name}".lower() in known for name in names)
    return both >= 2 and both >= ALIKE * len(names)
