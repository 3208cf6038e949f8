"""OTLP over gRPC: the same frames as over HTTP, answered once they are on disk.

https://opentelemetry.io/docs/specs/otlp/#otlpgrpc. Messages stay bytes: the intake reads them. Needs the
extra ``grpc``.
"""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

import grpc

from aright.core.model.frame import Encoding, Format, Frame, Kind
from aright.core.observe.intake import UnreadableError
from aright.ports.log import LogFullError
from aright.server.auth import token_in
from aright.server.doors_otlp import partial_success, said_of, status

if TYPE_CHECKING:
    from collections.abc import Callable

    from aright.core.model.times import Micros
    from aright.engine.intake import Acceptance

_log = logging.getLogger(__name__)

MAX_MESSAGE: Final = 16 << 20
"""Bytes of one request; a collector's own limit is 4 MiB."""

_SERVICES: Final = {
    "trace": ("TraceService", Kind.SPANS),
    "metrics": ("MetricsService", Kind.PROCESS),
    "logs": ("LogsService", Kind.LOGS),
}
_THREADS: Final = 4
_REQUESTS: Final = 16
"""Requests under way; further ones are told to come again, as gRPC itself says RESOURCE_EXHAUSTED."""

_SECONDS: Final = 30.0
_STATUS_DETAILS: Final = "grpc-status-details-bin"


class OtlpGrpc:
    """A gRPC server for traces, metrics and logs.

    Args:
        accept: decodes a frame and gives it to the log.
        authorised: whether a token may send.
        now: the clock (µs, UTC).
        address: where to listen, as ``host:port``; port 0 chooses a free one.

    Attributes:
        port: where it listens.

    Raises ``OSError`` where it cannot listen there.
    """

    def __init__(
        self,
        accept: Callable[[Frame], Acceptance],
        authorised: Callable[[str], bool],
        now: Callable[[], Micros],
        address: str,
    ) -> None:
        self._accept = accept
        self._authorised = authorised
        self._now = now
        self._server = grpc.server(
            ThreadPoolExecutor(_THREADS, "aright-grpc"),
            handlers=[self._handler(package, *named) for package, named in _SERVICES.items()],
            options=[
                ("grpc.max_receive_message_length", MAX_MESSAGE),
                ("grpc.max_metadata_size", 16 << 10),
                ("grpc.so_reuseport", 0),
            ],
            maximum_concurrent_rpcs=_REQUESTS,
        )
        try:
            self.port: int = self._server.add_insecure_port(address)
        except RuntimeError as error:
            raise OSError(f"cannot listen on {address} for OTLP: {error}") from error

    def start(self) -> None:
        """Begin to answer."""
        self._server.start()

    def stop(self) -> None:
        """Let what is under way come to its end, for two seconds at most."""
        self._server.stop(grace=2).wait()

    def _handler(self, package: str, service: str, kind: Kind) -> grpc.GenericRpcHandler:
        def export(body: bytes, context: grpc.ServicerContext) -> bytes:
            return self._export(kind, body, context)

        methods = {"Export": grpc.unary_unary_rpc_method_handler(export)}
        name = f"opentelemetry.proto.collector.{package}.v1.{service}"
        return grpc.method_handlers_generic_handler(name, methods)

    def _export(self, kind: Kind, body: bytes, context: grpc.ServicerContext) -> bytes:
        said = {name: value for name, value in context.invocation_metadata() if isinstance(value, str)}
        token = token_in(said.get("authorization", ""))
        if not token or not self._authorised(token):
            context.abort(
                grpc.StatusCode.UNAUTHENTICATED,
                "There is no valid token. Send the metadata authorization: Bearer TOKEN.",
            )
        frame = Frame(
            kind=kind,
            format=Format.OTLP_PROTO,
            encoding=Encoding.IDENTITY,  # gRPC has undone what compression there was
            received_at=self._now(),
            body=body,
        )
        try:
            acceptance = self._accept(frame)
            acceptance.durable.result(_SECONDS)
        except Exception as error:
            _refuse(context, error)
            raise
        return partial_success(acceptance.bad_count, said_of(acceptance))


def _refuse(context: grpc.ServicerContext, error: Exception) -> None:
    """Abort with what the sender may know of an error, and whether it is to send again."""
    if isinstance(error, UnreadableError):
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
    if isinstance(error, LogFullError | TimeoutError):
        code = grpc.StatusCode.UNAVAILABLE
        context.set_trailing_metadata(((_STATUS_DETAILS, retry_after(code.value[0], str(error))),))
        context.abort(code, f"{error}: send the same again in a second")
    _log.error("a body was refused by a defect or a broken log", exc_info=error)
    context.abort(grpc.StatusCode.INTERNAL, "aright failed; nothing of this body was kept.")


def retry_after(code: int, message: str, seconds: int = 1) -> bytes:
    """Return a ``google.rpc.Status`` with a ``RetryInfo``, by which exporters know how long to wait.

    >>> retry_after(14, "", 1)[:2].hex()
    '080e'
    """
    delay = b"\x0a\x02\x08" + bytes([seconds])  # RetryInfo.retry_delay.seconds
    kind = b"type.googleapis.com/google.rpc.RetryInfo"
    detail = b"\x0a" + bytes([len(kind)]) + kind + b"\x12" + bytes([len(delay)]) + delay
    return status(code, message) + b"\x1a" + bytes([len(detail)]) + detail
