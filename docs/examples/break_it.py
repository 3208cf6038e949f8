"""A service that breaks silently: half an hour of its traffic, played in seconds on a clock that you drive.

Start `aright serve --clock driven --port 8330 --store /tmp/break-it`, export ARIGHT_URL and the ARIGHT_TOKEN that it
prints, then run this file.
"""

from __future__ import annotations

import json
import os
import random
import urllib.request

from aright.sdk import Client

SECOND = 1_000_000
START = 1_772_476_200 * SECOND
REGIONS = ("north", "south", "east", "west")
BREAKS_AFTER = 15 * 60


def ask(method: str, path: str, body: object) -> None:
    """Send JSON to aright."""
    headers = {"Authorization": f"Bearer {os.environ['ARIGHT_TOKEN']}", "Content-Type": "application/json"}
    request = urllib.request.Request(  # noqa: S310  the address is your own
        os.environ["ARIGHT_URL"] + path, json.dumps(body).encode(), headers, method=method
    )
    urllib.request.urlopen(request, timeout=60).close()  # noqa: S310  the same


def main() -> None:
    """Serve, break one region's profiles after a quarter of an hour, and serve on."""
    now = [START]
    ask("POST", "/v1/clock", {"to": START})
    dice = random.Random(7)  # noqa: S311  a simulation
    ask("PUT", "/v1/services/my-shop", {"type": "recommender", "tier": 2, "quality": ["click"]})
    aright = Client(service="my-shop", model="ranker", version="1", clock=lambda: now[0])
    for second in range(25 * 60):
        for _ in range(8):
            region = dice.choice(REGIONS)
            broken = second > BREAKS_AFTER and region == "north"
            shown = aright.prediction(
                unit=f"user-{dice.randrange(4_000)}",
                attributes={"region": region, "device": dice.choice(("phone", "desktop"))},
                features={
                    "profiles.norm": None if broken else dice.gauss(1, 0.2),
                    "basket.size": dice.randrange(9),
                },
                items=[f"item-{dice.randrange(9 if broken else 500)}" for _ in range(5)],
                latency_ms=dice.gauss(20, 2),
                status=200,
            )
            aright.outcome("click", float(dice.random() < (0.1 if broken else 0.4)), prediction_id=shown)
        now[0] += SECOND
        if second % 30 == 29:
            if not aright.flush(20):
                raise SystemExit(f"aright does not take the rows: {aright.stats()}")
            ask("POST", "/v1/clock", {"to": now[0]})
    print(aright.stats())  # noqa: T201  an example shows what came of it
    aright.close()


if __name__ == "__main__":
    main()
