"""Profiles of two million rows: ``python -m bench.profile [--data DIR] [--json] [--no-peers]``.

Speed and memory beside the floor and the peers, the accuracy of distances, and how often a window without a
change raises an alarm. Peers run in environments of their own under ``.bench/``, made at the first run.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bench.profile_accuracy import accuracy_figures
from bench.profile_alarms import alarm_figures
from bench.profile_speed import speed_figures
from bench.report import print_report


def main() -> int:
    """Run, print, and return 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=Path, default=Path(".bench/profile-data"), help="where to write the rows"
    )
    parser.add_argument("--json", action="store_true", help="print all figures as one last line of JSON")
    parser.add_argument("--no-peers", action="store_true", help="leave out the peers, which take minutes")
    options = parser.parse_args()
    options.data.mkdir(parents=True, exist_ok=True)
    figures = [
        *speed_figures(options.data, peers=not options.no_peers),
        *accuracy_figures(),
        *alarm_figures(),
    ]
    return 0 if print_report("profile", figures, options.json) else 1


if __name__ == "__main__":
    sys.exit(main())
