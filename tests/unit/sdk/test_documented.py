"""What the client takes and counts stands in the how-to, and the how-to names nothing else."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import aright.sdk
from aright.sdk import Client, Stats
from aright.sdk.said import KEYWORDS

ROOT = Path(__file__).parents[3]
HOW_TO = (ROOT / "docs" / "how-to" / "instrument-a-service.md").read_text()
SOURCE = "\n".join(path.read_text() for path in (ROOT / "src" / "aright" / "sdk").glob("*.py"))


def test_all_is_sorted_and_complete() -> None:
    assert sorted(aright.sdk.__all__) == aright.sdk.__all__
    own = {name for name, thing in vars(aright.sdk).items() if _is_public(name, thing)}
    assert own == set(aright.sdk.__all__)


def _is_public(name: str, thing: object) -> bool:
    return not name.startswith("_") and getattr(thing, "__module__", "").startswith("aright.sdk")


def test_every_setting_is_in_the_how_to() -> None:
    for name in inspect.signature(Client).parameters:
        assert f"`{name}`" in HOW_TO, name


def test_every_environment_variable_is_in_the_how_to_and_no_other() -> None:
    assert set(re.findall(r"ARIGHT_\w+", HOW_TO)) == set(re.findall(r"ARIGHT_[A-Z_]+", SOURCE))


def test_every_keyword_of_a_prediction_is_told() -> None:
    told = inspect.getdoc(Client.prediction) or ""
    assert set(re.findall(r"^    (\w+): ", told, flags=re.MULTILINE)) == {"id", "time"} | KEYWORDS


def test_every_count_and_every_reason_is_in_the_how_to() -> None:
    for name in Stats.__struct_fields__:
        assert name in HOW_TO, name
    reasons = {
        call.args[0].value
        for call in ast.walk(ast.parse(SOURCE))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in {"drop", "_lost"}
        and isinstance(call.args[0], ast.Constant)
    } | {"queue_full", "too_large"}  # these two are answers of the buffer
    assert set(re.findall(r'dropped\["(\w+)"\]', HOW_TO)) == reasons


def test_the_examples_are_python_that_the_client_takes() -> None:
    examples = re.findall(r"```python\n(.*?)```", HOW_TO, flags=re.DOTALL)
    calls = 0
    for example in examples:
        if example.startswith(">>>"):
            continue
        for call in ast.walk(ast.parse(example)):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
                method = getattr(Client, call.func.attr, None)
                if method is not None:
                    names = {word.arg: None for word in call.keywords if word.arg is not None}
                    inspect.signature(method).bind(None, *call.args, **names)
                    if method is Client.prediction:
                        assert names.keys() <= KEYWORDS | inspect.signature(method).parameters.keys()
                    calls += 1
    assert calls == 9
