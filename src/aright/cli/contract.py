"""`aright contract …`: what dependencies' documents are like, what broke, and whose word counts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import quote, urlencode

import cyclopts
import msgspec

from aright.cli.failure import FailedError
from aright.cli.remote import Remote
from aright.core.model.times import iso
from aright.engine.contract_operations import ContractDetail, ContractView

if TYPE_CHECKING:
    from aright.cli.contract_check import Verdict

app = cyclopts.App(
    name="contract",
    help="Contracts of dependencies' documents: list, show, accept, schemas, offline checks.",
    result_action="return_value",
)

AsJson = Annotated[bool, cyclopts.Parameter(name="--json", negative="", help="Print JSON.")]
FOUND = 3
SCHEMA = 1


def _show(name: str, value: object) -> None:
    told = {"schema": SCHEMA, name: value}
    print(msgspec.json.format(msgspec.json.encode(told), indent=2).decode())


@app.command(name="list")
def list_(*, service: str = "", as_json: AsJson = False) -> int:
    """List contracts; leaves with 3 where one is broken.

    Args:
        service: of one service alone.
        as_json: print JSON.
    """
    query = f"?{urlencode({'service': service})}" if service else ""
    found = Remote().get(f"/v1/contracts{query}", list[ContractView])
    if as_json:
        _show("contracts", found)
    else:
        for view in found:
            print(_line(view))
        if not found:
            print("no contracts: send payloads (client.watch_httpx, or POST /v1/payloads)")
    return FOUND if any(view.broken is not None for view in found) else 0


def _line(view: ContractView) -> str:
    name = f"{view.id}  {view.key}"
    if view.broken is not None:
        return f"{name}  {view.broken.grade}: {view.broken.text}"
    if view.source is None:
        return f"{name}  gathering: {view.kept} windows so far, and {view.gathered} documents"
    return f"{name}  {view.standing}  ({view.source}, {view.windows} windows, {view.documents:,} documents)"


def _named(name: str) -> str:
    """Return a contract's address by its id or its whole key."""
    if name.startswith("c-"):
        return f"/v1/contracts/{quote(name, safe='')}"
    for view in Remote().get("/v1/contracts", list[ContractView]):
        if name in {view.key, view.id}:
            return f"/v1/contracts/{view.id}"
    raise FailedError(f"there is no contract {name!r}: `aright contract list` shows those there are")


@app.command
def show(name: str, *, as_json: AsJson = False) -> int:
    """Show one contract: what was learnt of each path, and what broke.

    Args:
        name: its id or its whole name.
        as_json: print JSON.
    """
    detail = Remote().get(_named(name), ContractDetail)
    if as_json:
        _show("contract", detail)
        return 0
    view = detail.contract
    print(_line(view))
    if view.learnt_at:
        print(f"  {view.source} at {iso(view.learnt_at)}{f' by {view.by}' if view.by else ''}")
        print(f"  {view.misfits:,} of {view.checked:,} documents since then do not fit its structure")
    for each in detail.paths:
        print(f"  {each.path}: {each.words}")
    return FOUND if view.broken is not None else 0


@app.command
def accept(name: str, *, by: str = "") -> int:
    """Take what comes now as the new contract: the change was meant.

    Args:
        name: the contract's id or whole name.
        by: your name; the token's where left out.
    """
    view = Remote().post(f"{_named(name)}/accept", {"by": by}, ContractView)
    print(f"accepted: {_line(view)}")
    return 0


@app.command
def export(name: str) -> int:
    """Print the structure of a contract as JSON Schema.

    Args:
        name: its id or its whole name.
    """
    schema = Remote().get(f"{_named(name)}/schema", dict[str, object])
    print(msgspec.json.format(msgspec.json.encode(schema), indent=2).decode())
    return 0


@app.command(name="import")
def import_(
    name: str,
    file: Path,
    *,
    operation: str = "",
    method: Literal["get", "post", "put", "patch", "delete"] = "get",
    status: str = "200",
    by: str = "",
) -> int:
    """Hold documents to a JSON Schema, or to a response of an OpenAPI document, besides what is learnt.

    Args:
        name: the contract's id or whole name.
        file: JSON Schema or OpenAPI 3, as JSON or YAML.
        operation: path of the operation as the OpenAPI document writes it, such as /orders/{id}.
        method: of the operation.
        status: of the response.
        by: your name; the token's where left out.
    """
    body: dict[str, object] = {
        "document": _document(file),
        "path": operation,
        "method": method,
        "status": status,
        "by": by,
    }
    view = Remote().put(f"{_named(name)}/schema", body, ContractView)
    print(f"imported: {_line(view)}")
    return 0


def _document(file: Path) -> dict[str, object]:
    """Return a file's one object; raises ``FailedError``."""
    import yaml  # noqa: PLC0415  the other verbs do without

    try:
        text = file.read_bytes()
        document = yaml.safe_load(text) if file.suffix in {".yaml", ".yml"} else msgspec.json.decode(text)
    except OSError as error:
        raise FailedError(f"{file} cannot be read: {error.strerror}", code=2) from error
    except (msgspec.DecodeError, yaml.YAMLError) as error:
        raise FailedError(f"{file} is neither JSON nor YAML: {error}", code=2) from error
    if not isinstance(document, dict):
        raise FailedError(f"{file} holds no object, but {type(document).__name__}", code=2)
    return document


@app.command
def check(
    current: Path, *, reference: Path | None = None, schema: Path | None = None, as_json: AsJson = False
) -> int:
    """Judge a file of documents by what another is like, or by a schema; needs no server.

    Lines are JSON documents, or payload rows with dependency, endpoint and body, which are told apart by
    endpoint. Leaves with 3 where something is breaking or suspicious.

    Args:
        current: NDJSON that is judged.
        reference: NDJSON to learn from, at least some hundred documents, in the order in which they came.
        schema: JSON Schema to judge by instead.
        as_json: print JSON.
    """
    from aright.cli import contract_check as offline  # noqa: PLC0415  pulls in numpy
    from aright.core.contract import Structure, to_json_schema  # noqa: PLC0415

    judged = offline.read_documents(current)
    if reference is not None and schema is None:
        contracts = offline.contracts_of(offline.read_documents(reference))
    elif schema is not None and reference is None:
        contracts = dict.fromkeys(judged, offline.contract_of_schema(schema))
    else:
        raise FailedError("give either --reference FILE or --schema FILE", code=2)
    verdicts = [
        offline.judge_documents(contracts[name], name, documents, Structure(to_json_schema(contracts[name])))
        for name, documents in judged.items()
        if name in contracts
    ]
    if as_json:
        _show("verdicts", verdicts)
    else:
        for verdict in verdicts:
            _tell(verdict)
        for name in judged.keys() - contracts.keys():
            print(f"{name}: not judged, for the reference has too few documents of it, or none")
    bad = any(each.grade != "harmless" for verdict in verdicts for each in verdict.breaks)
    return FOUND if bad else 0


def _tell(verdict: Verdict) -> None:
    head = f"{verdict.name}: " if verdict.name else ""
    print(
        f"{head}{verdict.documents:,} documents, {verdict.misfits:,} do not fit the structure, "
        f"{len(verdict.breaks)} {'finding' if len(verdict.breaks) == 1 else 'findings'}"
    )
    for each in verdict.breaks:
        print(f"  {each.grade:<10} {each.sentence}")
