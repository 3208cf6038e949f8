"""The client: what a monitored service calls. Reports never wait for the network nor raises into the host."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, SupportsFloat, TypeVar

from aright.sdk.lanes import Lane
from aright.sdk.lifetime import Watched, unwatch, watch
from aright.sdk.meter import finite
from aright.sdk.payloads import Watcher
from aright.sdk.privacy import SECRETS, Privacy
from aright.sdk.reports import Reports
from aright.sdk.rows import Outcome, Process
from aright.sdk.said import change_of, payload_of, prediction_of, settled
from aright.sdk.settings import Settings, settle
from aright.sdk.values import wall_clock

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime
    from typing import Unpack

    import httpx
    import requests

    from aright.sdk.payloads import How
    from aright.sdk.reader import Reader
    from aright.sdk.reports import T
    from aright.sdk.said import About, Said
    from aright.sdk.tally import Stats

P = ParamSpec("P")
R = TypeVar("R")


def _guarded(
    otherwise: R,
) -> Callable[[Callable[Concatenate[Client, P], R]], Callable[Concatenate[Client, P], R]]:
    """Make a method that answers ``otherwise`` and counts an error where it would have raised."""

    def guard(method: Callable[Concatenate[Client, P], R]) -> Callable[Concatenate[Client, P], R]:
        @wraps(method)
        def guarded(self: Client, /, *args: P.args, **kwargs: P.kwargs) -> R:
            try:
                return method(self, *args, **kwargs)
            except Exception as error:  # noqa: BLE001 - the whole point
                self._failed(method.__name__, error)
                return otherwise

        return guarded

    return guard


class Client:
    """Reports a service's answers, what became of them, its changes, and how the process fares.

    Rows are encoded in the caller's thread (some microseconds), kept in a bounded queue and sent by a
    background thread; while the server is away they wait on disk. What cannot be kept is dropped and counted,
    see ``stats``. A client without a usable url, token or service is off: its calls do nothing but count.

    Args:
        url: the server's address; ``ARIGHT_URL`` when not given.
        token: the server's bearer token; ``ARIGHT_TOKEN`` when not given.
        service: name of the service that reports; ``ARIGHT_SERVICE`` when not given.
        model: the model that answers, unless a call says otherwise.
        version: the version of it, likewise.
        host: the machine or container; its own name when not given.
        clock: the present instant (µs since the epoch, UTC).
        queue_rows: rows held in memory at most.
        queue_bytes: bytes held in memory at most.
        spool_dir: folder for rows while the server is away; when ``None``, ``ARIGHT_SPOOL_DIR``, else one of
            this user's own in the temporary folder; ``""`` writes nothing to disk.
        spool_bytes: bytes kept there at most by one process; beyond, the oldest rows go.
        flush_seconds: how long a row waits at most before it is sent.
        request_seconds: how long one request may take.
        exit_seconds: how long the end of the process may be held up by delivery.
        process_metrics: sample CPU, memory, latency quantiles, requests and errors, every ten seconds of the
            clock.
        unit_key: a secret; units are then sent as keyed hashes. The same key must be used wherever outcomes
            of these units are sent from.
        mask_fields: names of fields whose values never leave the process, in payloads of dependencies.
        drop_fields: names of fields that do not leave it at all, there.

    >>> client = Client("http://localhost:8321", "ar_secret", service="shop", spool_dir="")
    >>> client
    Client('shop' at http://localhost:8321)
    >>> client.close()
    """

    def __init__(
        self,
        url: str = "",
        token: str = "",
        *,
        service: str = "",
        model: str = "",
        version: str = "",
        host: str = "",
        clock: Callable[[], int] = wall_clock,
        queue_rows: int = 10_000,
        queue_bytes: int = 32 << 20,
        spool_dir: str | os.PathLike[str] | None = None,
        spool_bytes: int = 64 << 20,
        flush_seconds: float = 1.0,
        request_seconds: float = 10.0,
        exit_seconds: float = 3.0,
        process_metrics: bool = True,
        unit_key: str | bytes = b"",
        mask_fields: Iterable[str] = SECRETS,
        drop_fields: Iterable[str] = (),
    ) -> None:
        self._private = Privacy(mask_fields, drop_fields)
        self._settings = settle(
            url,
            token,
            spool_dir,
            Settings(
                service=service,
                model=model,
                version=version,
                host=host,
                clock=clock,
                queue_rows=queue_rows,
                queue_bytes=queue_bytes,
                spool_bytes=spool_bytes,
                flush_seconds=flush_seconds,
                request_seconds=request_seconds,
                exit_seconds=exit_seconds,
                process_metrics=process_metrics,
                unit_key=unit_key.encode() if isinstance(unit_key, str) else unit_key,
            ),
        )
        self._reports = Reports(self._settings)
        if self._settings.problem:
            self._reports.tally.warn("off", f"reporting is off: {self._settings.problem}")
        else:
            watch(id(self), Watched(self._settings.exit_seconds, self.close, self._reports.renew))

    def __repr__(self) -> str:
        return repr(self._settings).replace("Settings(", "Client(", 1)

    @_guarded("")
    def prediction(
        self,
        *,
        id: str = "",  # noqa: A002 - the wire's and the field's own name
        time: int | datetime | None = None,
        **said: Unpack[Said],
    ) -> str:
        """Report one answer of the service.

        Args:
            id: its id; made up when not given. Outcomes name it.
            time: when it was given (µs since the epoch, or a ``datetime``); now when not given.
            unit: whom it was given to, such as a user or account: the unit of randomisation.
            attributes: segment attributes, text by name, such as region or platform.
            features: what the model saw; text, number, boolean or ``None`` by name. All before a name's last
                dot is the feature's source.
            items: the answer, when it is a list, such as products recommended.
            score: the answer, when it is a score in [0, 1].
            number: the answer, when it is any number.
            label: the answer, when it is a class.
            text: the answer, when it is text.
            probabilities: of classes that exclude each other, by class; the label and the confidence follow
                from them where they are not given. Of many classes the likeliest will do.
            confidence: the model's own confidence, in [0, 1].
            latency_ms: how long it took (ms).
            status: the status the caller got, as in HTTP; 500 and above is an error.
            fallback: whether it came from a fallback rather than the model.
            model: the model that answered, where it is not the client's.
            version: its version, likewise.
            arm: stable, canary or shadow.
            pool: the pool or deployment that answered.
            host: the machine, where it is not the client's.
            trace_id: the trace it belongs to.
            pair: of a shadow's answer: the id of the answer that was shown to the same request.

        Returns:
            The id; empty when the call could make no sense of its arguments.
        """
        settings, now = self._settings, self._settings.clock()
        name = id or self._reports.name()
        said = settled(said)
        row = self._put(Lane.PREDICTION, lambda read: prediction_of(read, name, time, said, settings, now))
        if settings.process_metrics and row is not None:
            self._reports.pipeline.meter.answered(now, row.latency_ms, row.status)
        return name

    @_guarded(None)
    def outcome(
        self,
        kind: str,
        value: SupportsFloat | None = None,
        *,
        prediction_id: str = "",
        unit: str = "",
        label: str = "",
        text: str = "",
        time: int | datetime | None = None,
    ) -> None:
        """Report what became of an answer, or what its receiver says.

        Args:
            kind: click, label, thumbs, reward … carry a ``value`` or a ``label``; complaint, ticket and
                abandonment are events, sent only when they happen.
            value: the grade, such as 1 for a click and 0 for none.
            prediction_id: the answer it is about.
            unit: whom it is from, where the answer is not known. One of the two must be given.
            label: the true class, when that is what is known.
            text: what was said.
            time: when (µs since the epoch, or a ``datetime``); now when not given.
        """
        if not prediction_id and not unit:
            self._reports.tally.drop(
                "incomplete", "an outcome names a prediction_id or a unit: pass one of them"
            )
            return
        now = self._settings.clock()
        self._put(
            Lane.OUTCOME,
            lambda read: Outcome(
                time=read.time(time, now),
                service=self._settings.service,
                kind=read.text(kind),
                prediction_id=read.text(prediction_id),
                unit=read.unit(unit, self._settings.unit_key),
                value=read.number(value),
                label=read.text(label),
                text=read.text(text),
            ),
        )

    @_guarded(None)
    def change(
        self,
        kind: str,
        what: str = "",
        before: str = "",
        after: str = "",
        title: str = "",
        *,
        detail: str = "",
        service: str = "",
        time: int | datetime | None = None,
    ) -> None:
        """Report a change: something somebody did to the system.

        Args:
            kind: deploy, model_version, config, flag, library, schema, data or other.
            what: the thing changed, such as a model's name.
            before: its state before, such as a version.
            after: its state after.
            title: one line for people.
            detail: what was changed, such as the output of git diff; 64 KiB of it are kept. A diagnosis holds
                what it touches against what the symptoms speak of.
            service: the service changed, where it is not the client's.
            time: when it took effect (µs since the epoch, or a ``datetime``); now when not given.
        """
        settings, now = self._settings, self._settings.clock()
        name = self._reports.name()

        data = (what, before, after, title, detail)
        self._put(
            Lane.CHANGE,
            lambda read: change_of(read, name, (kind, service, data), read.time(time, now), settings),
        )

    @_guarded(None)
    def measure(
        self,
        metrics: Mapping[str, SupportsFloat] | None = None,
        /,
        *,
        time: int | datetime | None = None,
        **named: SupportsFloat,
    ) -> None:
        """Report figures of the process by name, such as ``queue_depth=3``.

        A figure that the client samples itself (``cpu_percent``, ``rss_bytes``, ``latency_ms_p50``,
        ``latency_ms_p99``, ``requests``, ``errors``) is not sampled in an interval in which it is reported
        here.
        """
        settings, now = self._settings, self._settings.clock()
        figures, altered = finite({**(metrics or {}), **named})
        if altered:
            self._reports.altered(altered)
        if not figures:
            return
        if settings.process_metrics:
            self._reports.pipeline.meter.told(now, figures)
        self._put(
            Lane.PROCESS,
            lambda read: Process(
                read.time(time, now), settings.service, figures, settings.host, settings.version
            ),
        )

    @_guarded(None)
    def payload(self, dependency: str, endpoint: str, body: object, **about: Unpack[About]) -> None:
        """Report a JSON document that went to a dependency or came from it.

        Args:
            dependency: whose, such as the name of its host.
            endpoint: method and path without ids, such as ``GET /v1/rates/{}``.
            body: JSON as ``bytes`` or ``str``, or a value that JSON has.
            about: keywords of ``About``: direction, status, latency_ms, trace_id, time.
        """
        private, settings, now = self._private, self._settings, self._settings.clock()
        self._put(
            Lane.PAYLOAD,
            lambda read: payload_of(read, dependency, endpoint, private.text(body), about, settings, now),
        )

    @_guarded(None)
    def watch_httpx(self, http: httpx.Client | httpx.AsyncClient, **how: Unpack[How]) -> None:
        """Report a sample of the JSON payloads that an httpx client sends and receives.

        Bodies are copied while the host reads them: nothing is read that the host does not read, streams stay
        streams. Header values never leave the process, nor do queries. Keywords are those of ``How``.
        """
        from aright.sdk.hooks_httpx import hook  # noqa: PLC0415 - loads httpx

        hook(http, Watcher(self.payload, self._failed, **how))

    @_guarded(None)
    def watch_requests(self, session: requests.Session, **how: Unpack[How]) -> None:
        """Do for a session of requests what ``watch_httpx`` does for httpx."""
        from aright.sdk.hooks_requests import hook  # noqa: PLC0415 - few hosts need it

        hook(session, Watcher(self.payload, self._failed, **how))

    @_guarded(False)
    def flush(self, timeout: float = 5.0) -> bool:
        """Wait until the server has all reported so far; ``False`` when ``timeout`` (s) is too short.

        Rows that it refused, and rows that were dropped, do not wait any longer. This and ``close`` are the
        calls that block: in a coroutine, ``await asyncio.to_thread(client.flush)``.
        """
        return bool(self._settings.problem) or self._reports.pipeline.flush(timeout)

    @_guarded(None)
    def close(self, timeout: float | None = None) -> None:
        """Deliver what can be in ``timeout`` seconds (``exit_seconds``), put the rest on disk, and stop."""
        if not self._settings.problem:
            unwatch(id(self))
            self._reports.pipeline.close(self._settings.exit_seconds if timeout is None else timeout)

    def stats(self) -> Stats:
        """Return where the rows went so far."""
        return self._reports.pipeline.stats()

    def _put(self, lane: Lane, build: Callable[[Reader], T]) -> T | None:
        return self._reports.put(lane, build)

    def _failed(self, method: str, error: Exception) -> None:
        self._reports.tally.error(method, error)
