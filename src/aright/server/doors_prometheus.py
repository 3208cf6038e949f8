"""The door of Prometheus remote-write, answered as its senders understand it.

https://prometheus.io/docs/specs/prw/remote_write_spec_2_0: what is answered with 5xx or 429 is sent again,
what is answered with another 4xx is dropped; a sender of 2.0 is told how much was written, and where that is
not told it takes the receiver for one of 1.0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aright.core.model.frame import Format, Kind
from aright.server.door import Door, Reply
from aright.server.problems import ProblemError

if TYPE_CHECKING:
    from aright.core.model.frame import Frame
    from aright.engine.intake import Acceptance

PATH: Final = "/api/v1/write"
"""Where Prometheus itself takes remote-write."""

_TYPE: Final = "application/x-protobuf"
_FORMATS: Final = {
    _TYPE: Format.REMOTE_WRITE_1,
    f"{_TYPE};proto=prometheus.writerequest": Format.REMOTE_WRITE_1,
    f"{_TYPE};proto=io.prometheus.write.v2.request": Format.REMOTE_WRITE_2,
}
_WRITTEN: Final = "x-prometheus-remote-write-{}-written"


def _answer(acceptance: Acceptance, frame: Frame, _position: int) -> Reply:
    headers = {}
    if frame.format is Format.REMOTE_WRITE_2:
        counts = {"samples": acceptance.accepted, "histograms": 0, "exemplars": 0}
        headers = {_WRITTEN.format(name): str(count) for name, count in counts.items()}
    if not acceptance.bad_count:
        return Reply(status=204, body=b"", content_type="text/plain", headers=headers)
    first = acceptance.bad[0]
    said = (
        f"{acceptance.bad_count:,} of {acceptance.bad_count + acceptance.accepted:,} samples were set aside, "
        f"the others are kept. {first.problem}: {first.fix}\n"
    )
    return Reply(status=400, body=said.encode(), content_type="text/plain; charset=utf-8", headers=headers)


def _refuse(error: ProblemError, _content_type: str) -> Reply:
    return Reply(
        status=error.status,
        body=f"{error.problem} {error.fix}\n".encode(),
        content_type="text/plain; charset=utf-8",
        headers=error.headers,
    )


@dataclass(frozen=True, kw_only=True)
class RemoteWriteDoor(Door):
    """A door whose content type must name a known message, where it names one."""

    def format_of(self, content_type: str) -> Format:
        """Return which message it is; raises ``ProblemError`` (415), at which senders try another one.

        >>> DOORS[PATH].format_of("application/x-protobuf;proto=io.prometheus.write.v2.Request").name
        'REMOTE_WRITE_2'
        """
        whole = "".join(content_type.split()).lower().replace('"', "")
        if "proto=" in whole and whole not in self.formats:
            raise ProblemError(
                415,
                f"Content-Type {content_type[:120]!r} is not read here.",
                "Send application/x-protobuf with proto=prometheus.WriteRequest or "
                "proto=io.prometheus.write.v2.Request.",
            )
        return super().format_of(whole)


DOORS: Final[dict[str, Door]] = {
    PATH: RemoteWriteDoor(
        kind=Kind.PROCESS,
        formats=_FORMATS,
        answer=_answer,
        refuse=_refuse,
        success=204,
        summary="Take what Prometheus' remote write sends, 1.0 and 2.0.",
        defined_at="https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/",
    )
}
"""By path."""
