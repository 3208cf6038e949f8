"""Run the command line: ``python -m aright``."""

from __future__ import annotations

from aright.cli.main import main

if __name__ == "__main__":
    main()
