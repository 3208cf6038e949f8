"""Alerts that a contract with a third party broke."""

from __future__ import annotations

import msgspec

from aright.core.model.alert import Alert
from aright.core.model.times import MINUTE

ENDPOINT = "rates.example GET /v1/rates"


def broken(since, **told):
    alert = Alert(
        key=f"shop/contract/{ENDPOINT}",
        service="shop",
        signal=f"contract:{ENDPOINT}",
        harm=False,
        at=since + 2 * MINUTE,
        since=since,
        before=0.0,
        now=1.0,
        low=0.99,
        high=1.0,
        units=300,
        log_e=40.0,
        threshold=12.0,
        rule="contract",
        text=f"{ENDPOINT}: `price` went from 2 decimals to 0 since 14:02",
    )
    return msgspec.structs.replace(alert, **told)
