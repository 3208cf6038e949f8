"""A team's Python code, found by the words of a catalog."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from typing import TYPE_CHECKING

from aright.ports.suite import SuiteError

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType


def load(path: str, folder: Path) -> object:
    """Return what ``FILE.py:NAME`` or ``MODULE:NAME`` names; a function is called for it, without arguments.

    Runs the code. Files are looked for, and imports are made, from ``folder``.

    Raises:
        SuiteError: where there is none, or its code fails.
    """
    where, _, name = path.rpartition(":")
    if not where or not name:
        raise SuiteError(f"{path!r} names no object: write FILE.py:NAME or MODULE:NAME")
    for place in (str(folder), str((folder / where).parent) if where.endswith(".py") else ""):
        if place and place not in sys.path:
            sys.path.insert(0, place)
    try:
        found: object = _module(where, folder)
        for part in name.split("."):
            found = getattr(found, part)
        if callable(found) and not isinstance(found, type) and hasattr(found, "__code__"):
            found = found()
    except SuiteError:
        raise
    except AttributeError as missing:
        raise SuiteError(f"{where} has no {name}: {missing}. Name what the file defines") from missing
    except Exception as broken:
        raise SuiteError(
            f"{path} cannot be loaded: {type(broken).__name__}: {broken}. Import it in Python to see why"
        ) from broken
    return found


def _module(where: str, folder: Path) -> ModuleType:
    if not where.endswith(".py"):
        return importlib.import_module(where)
    file = folder / where
    if not file.is_file():
        raise SuiteError(f"there is no file {file}: paths are relative to the catalog's folder")
    spec = importlib.util.spec_from_file_location(f"aright_suite_{file.stem}", file)
    if spec is None or spec.loader is None:
        raise SuiteError(f"{file} is no Python file: name one that ends in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # what it defines may look its module up, as models with annotations do
    spec.loader.exec_module(module)
    return module
