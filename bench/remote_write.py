"""Remote-write: samples per second and core, from the message to rows, beside bare protobuf loops.

``python -m bench.remote_write``. Bodies are what Prometheus sends: 2,000 samples of 2,000 series with eight
labels or nine, one sample each. Bare is protobuf's own decoder (upb) with a loop over the samples alone, and
with one over the labels too, which is what a receiver that keeps all of them does at least.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import cramjam

from aright.core.model.frame import Encoding, Format, Frame, Kind
from aright.core.observe.intake import read
from aright.core.observe.intake.remote_write import decode_first, decode_second
from bench.remote_write_bodies import START, bare_classes, first, labels_of, second

if TYPE_CHECKING:
    from collections.abc import Callable

_SERIES = 2_000
_ROUNDS = 40
_REPEATS = 5


def main() -> None:
    """Print the table."""
    series = [labels_of(number) for number in range(_SERIES)]
    bodies = {"1.0": [], "2.0": []}  # type: dict[str, list[bytes]]
    for turn in range(_ROUNDS):
        values = [float(turn * number % 97) for number in range(_SERIES)]
        bodies["1.0"].append(first(series, START + 15_000 * turn, values))
        bodies["2.0"].append(second(series, START + 15_000 * turn, values, [0] * _SERIES))
    print(
        f"{_SERIES} samples a body, {len(bodies['1.0'][0]) / _SERIES:.0f} and "
        f"{len(bodies['2.0'][0]) / _SERIES:.0f} bytes each\n"
    )
    print("| version | what | samples/s per core | of the bare loop |")
    print("|---|---|---|---|")
    for version, form, decode in (
        ("1.0", Format.REMOTE_WRITE_1, decode_first),
        ("2.0", Format.REMOTE_WRITE_2, decode_second),
    ):
        _version(version, bodies[version], form, decode)


def _version(version: str, plain: list[bytes], form: Format, decode: Callable[[bytes], object]) -> None:
    request = bare_classes()[version]

    def samples_alone(body: bytes) -> None:
        for one in request.FromString(body).timeseries:
            for sample in one.samples:
                _ = (sample.timestamp, sample.value)

    def labels_too(body: bytes) -> None:
        message = request.FromString(body)
        for one in message.timeseries:
            if version == "1.0":
                _ = {label.name: label.value for label in one.labels}
            else:
                _ = [message.symbols[ref] for ref in one.labels_refs]
            for sample in one.samples:
                _ = (sample.timestamp, sample.value)

    def rows(body: bytes) -> None:
        frame = Frame(
            kind=Kind.PROCESS,
            format=form,
            encoding=Encoding.SNAPPY,
            received_at=(START + 10**6) * 1_000,
            body=body,
        )
        assert read(frame, limit_bytes=1 << 26).good == _SERIES  # noqa: S101 - what is measured must be right

    squeezed = [bytes(cramjam.snappy.compress_raw(body)) for body in plain]
    bare = _speed(samples_alone, plain)
    for name, act, bodies in (
        ("bare: parse, walk the samples", samples_alone, plain),
        ("bare: parse, walk labels and samples", labels_too, plain),
        ("aright: decoded, labels understood", decode, plain),
        ("aright: Snappy to Arrow rows", rows, squeezed),
    ):
        speed = _speed(act, bodies)
        print(f"| {version} | {name} | {speed:,.0f} | {speed / bare:.2f} |")


def _speed(act: Callable[[bytes], object], bodies: list[bytes]) -> float:
    act(bodies[0])
    best = float("inf")
    for _ in range(_REPEATS):
        began = time.process_time()
        for body in bodies:
            act(body)
        best = min(best, time.process_time() - began)
    return len(bodies) * _SERIES / best


if __name__ == "__main__":
    main()
