"""A server that answers what Weights & Biases' API answers; its own client reads the same runs from it."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Answer = "Callable[[BaseHTTPRequestHandler, dict[str, Any]], None]"


def losses(parts: int) -> list[dict[str, Any]]:
    return [
        {"_step": step, "loss": 2.0 / (1 + step) ** 0.5 if step < parts else 5.0, "acc": step / 300}
        for step in range(300)
    ]


def run(name: str, number: int, rate: float, history: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    config = {
        "_wandb": {"value": {"cli_version": "0.31.0"}},
        "learning_rate": {"value": rate, "desc": None},
        "opt": {"value": {"name": "adam"}, "desc": None},
        "version": {"value": f"v{number}", "desc": None},
        "api_key": {"value": "s3cret", "desc": None},
    }
    summary = {**history[-1], "auc": 0.91, "bad": "NaN", "_runtime": 3.5}
    return {
        "id": f"id-{name}",
        "internalId": f"in-{name}",
        "projectId": "4",
        "name": name,
        "displayName": name,
        "tags": [],
        "sweepName": None,
        "state": "finished",
        "config": json.dumps(config),
        "group": None,
        "jobType": None,
        "commit": "9f1c",
        "readOnly": False,
        "createdAt": f"2026-11-2{number}T10:00:00",
        "heartbeatAt": f"2026-11-2{number}T10:05:00Z",
        "description": None,
        "notes": None,
        "systemMetrics": "{}",
        "summaryMetrics": json.dumps(summary),
        "historyLineCount": len(history),
        "user": {"name": "Ada", "username": "ada"},
        "historyKeys": {
            "keys": {
                key: {"typeCounts": [{"type": "number", "count": len(history)}], "monotonic": False}
                for key in ("loss", "acc", "_step")
            },
            "lastStep": len(history) - 1,
        },
        "inputArtifacts": {
            "edges": [
                {"node": {"versionIndex": number, "digest": "d", "artifactSequence": {"name": "labels"}}}
            ]
        },
        "rows": history,
        **more,
    }


RUNS = {each["name"]: each for each in (run("aaa", 1, 0.1, losses(300)), run("bbb", 2, 1.0, losses(120)))}
ARTIFACTS = {"ranker:v7": "bbb", "ranker:champion": "aaa"}


def answer(question: dict[str, Any], runs: dict[str, dict[str, Any]] = RUNS) -> dict[str, Any]:
    """Answer as the server does, by which field of a project is asked for."""
    query, told = question["query"], question.get("variables") or {}
    if "viewer" in query:
        return {
            "viewer": {"id": "u", "entity": "team", "username": "ada", "flags": "{}", "teams": {"edges": []}}
        }
    if "serverInfo" in query:
        return {"serverInfo": {"features": [], "cliVersionInfo": {"max_cli_version": "0.31.0"}}}
    entity = told.get("entity", told.get("entityName"))
    if (entity, told.get("project", told.get("projectName"))) != ("team", "eye"):
        return {"project": None}
    project: dict[str, Any] = {"internalId": "4", "readOnly": False, "runCount": len(runs)}
    if "artifactCollectionMembership" in query:
        made = ARTIFACTS.get(told["name"])
        maker = {"createdBy": {"__typename": "Run", "name": made}}
        project["artifactCollectionMembership"] = {"artifact": maker} if made else None
    elif "runs(" in query:
        project["runs"] = page(list(reversed(runs.values())), told)
    else:
        found = runs.get(told.get("name", told.get("run", "")))
        project["run"] = found and {**found, "sampledHistory": sampled(found["rows"], told.get("specs", []))}
    return {"project": project}


def sampled(rows: list[dict[str, Any]], specs: list[str]) -> list[list[dict[str, Any]]]:
    found = []
    for spec in map(json.loads, specs):
        keys, most = spec["keys"], spec["samples"]
        kept = [{key: row[key] for key in keys} for row in rows if all(key in row for key in keys)]
        found.append(kept[:: max(len(kept) // most, 1)])
    return found


def page(runs: list[dict[str, Any]], told: dict[str, Any]) -> dict[str, Any]:
    """Return a page of the runs: those whose config has one of the filter's values anywhere."""
    wanted = {json.dumps(each) for each in _values(json.loads(told.get("filters") or "{}"))}
    kept = [each for each in runs if not wanted or any(one in str(each["config"]) for one in wanted)]
    start, many = int(told.get("cursor") or 0), told.get("perPage") or 50
    edges = [{"node": each, "cursor": str(at)} for at, each in enumerate(kept)][start : start + many]
    end = start + len(edges)
    return {"edges": edges, "pageInfo": {"endCursor": str(end), "hasNextPage": end < len(kept)}}


def _values(tree: Any) -> list[Any]:
    if isinstance(tree, dict):
        return [each for value in tree.values() for each in _values(value)]
    return [each for value in tree for each in _values(value)] if isinstance(tree, list) else [tree]


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.answer(self, json.loads(body))  # type: ignore[attr-defined]  # given by the test

    def log_message(self, *_args: object) -> None:
        """Keep quiet."""


def send(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str) -> None:
    handler.send_response(status)
    for name, value in {"Content-Type": "application/json", **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def tell(handler: BaseHTTPRequestHandler, question: dict[str, Any]) -> None:
    send(handler, json.dumps({"data": answer(question)}).encode())


@contextmanager
def serving(
    respond: Callable[[BaseHTTPRequestHandler, dict[str, Any]], None] = tell,
) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads, server.block_on_close = True, False
    server.answer = respond  # type: ignore[attr-defined]  # read by Handler
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
