"""The command line's front door: verbs are the life of an incident."""

from __future__ import annotations

import sys
from typing import Final

import cyclopts

from aright import __version__
from aright.cli.failure import FailedError

USAGE: Final = 2
FAILED: Final = 1

app = cyclopts.App(
    name="aright",
    help="Tells on-call engineers that an AI service is up but wrong, says why, and puts back what worked.",
    help_format="plaintext",
    version=__version__,
    result_action="return_value",
)
# Named as text, so that `aright --help` stays quick: a verb's module is loaded when the verb is used.
app.command("aright.cli.serve:serve", name="serve")
app.command("aright.cli.investigate:investigate", name="investigate")
app.command("aright.cli.incident:app", name="incident")
app.command("aright.cli.incident:mitigate", name="mitigate")
app.command("aright.cli.incident:learn", name="learn")
app.command("aright.cli.guard:app", name="guard")
app.command("aright.cli.drill:app", name="drill")
app.command("aright.cli.token:app", name="token")


def main(arguments: list[str] | None = None) -> None:
    """Run a command and leave with its exit code: 0 fine, 1 failed, 2 usage, 3 found something."""
    try:
        answer = app(arguments, exit_on_error=False, print_error=True)
    except cyclopts.CycloptsError:
        sys.exit(USAGE)
    except FailedError as failure:
        print(f"aright: {failure}", file=sys.stderr)
        sys.exit(failure.code)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has gone: that is its right
        sys.exit(FAILED)
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(answer if isinstance(answer, int) else 0)
