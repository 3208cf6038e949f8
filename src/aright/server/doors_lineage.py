"""The door of OpenLineage, on the paths that its clients post to.

https://openlineage.io/apidocs/openapi: one run event, or in a batch an array of them.
"""

from __future__ import annotations

from typing import Final

from aright.core.model.frame import Format, Kind
from aright.server.door import Door

_DOOR: Final = Door(
    kind=Kind.RUNS,
    formats={"application/json": Format.OPENLINEAGE},
    summary="Take run events of OpenLineage, one or many.",
    defined_at="https://openlineage.io/apidocs/openapi/",
)

DOORS: Final[dict[str, Door]] = {"/api/v1/lineage": _DOOR, "/api/v1/lineage/batch": _DOOR}
"""By path; both take both."""
