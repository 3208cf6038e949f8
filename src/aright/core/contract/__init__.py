"""What a payload or a feature source has promised, and how it broke it.

``Sample`` collects the documents of a window, ``learn`` makes a ``Contract`` of many windows, and ``check``
says in words how a window breaks it. ``Structure`` checks every payload against the contract's JSON Schema.
"""

from aright.core.contract.breaks import Break, Grade
from aright.core.contract.checking import check
from aright.core.contract.contract import Contract
from aright.core.contract.learning import TooLittleHistoryError, learn
from aright.core.contract.limits import Limits
from aright.core.contract.openapi import openapi_to_json_schema
from aright.core.contract.sample import Sample
from aright.core.contract.schema import (
    UnreadableSchemaError,
    from_json_schema,
    from_openapi,
    to_json_schema,
)
from aright.core.contract.structure import Misfit, Structure
from aright.core.contract.summary import Summary, merge_summaries

__all__ = [
    "Break",
    "Contract",
    "Grade",
    "Limits",
    "Misfit",
    "Sample",
    "Structure",
    "Summary",
    "TooLittleHistoryError",
    "UnreadableSchemaError",
    "check",
    "from_json_schema",
    "from_openapi",
    "learn",
    "merge_summaries",
    "openapi_to_json_schema",
    "to_json_schema",
]
