"""A Kubernetes API with KServe's and Argo's objects: merge patches, resource versions, and controllers."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "token-of-the-cluster"
WATCHER = "token-of-a-watcher"
ISVC = "/apis/serving.kserve.io/v1beta1/namespaces/shop/inferenceservices/model"
ROLLOUT = "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/model"


def merge(target: Any, patch: Any) -> Any:
    """Apply a JSON merge patch (RFC 7396)."""
    if not isinstance(patch, dict):
        return patch
    found = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            found.pop(key, None)
        else:
            found[key] = merge(found.get(key), value)
    return found


class Cluster:
    """Objects by path; ``statusless`` kinds have no status part of their own."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[str, Any]] = {
            ISVC: {"metadata": {"resourceVersion": "1"}, "spec": {"predictor": {"canaryTrafficPercent": 0}}},
            ROLLOUT: {
                "metadata": {"resourceVersion": "1"},
                "spec": {"strategy": {"canary": {"steps": [{"setWeight": 5}, {"pause": {}}]}}},
                "status": {"currentStepIndex": 0, "currentPodHash": "new", "stableRS": "old"},
            },
        }
        self.statusless = False
        self.idle = False
        self.patches: list[tuple[str, dict[str, Any]]] = []
        self.reconcile()
        cluster = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1

            def do_GET(self) -> None:
                self.reply(*cluster.get(self.path, self.headers.get("Authorization", "")))

            def do_PATCH(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                kind = self.headers.get("Content-Type", "")
                self.reply(*cluster.patch(self.path, self.headers.get("Authorization", ""), kind, body))

            def reply(self, status: int, body: dict[str, Any]) -> None:
                told = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(told)))
                self.end_headers()
                self.wfile.write(told)

            def log_message(self, *_args: object) -> None:
                """Keep quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def get(self, path: str, who: str) -> tuple[int, dict[str, Any]]:
        if who not in {f"Bearer {TOKEN}", f"Bearer {WATCHER}"}:
            return _refusal(401, "Unauthorized")
        if path not in self.objects:
            return _refusal(404, f'"{path.rsplit("/", 1)[-1]}" not found')
        return 200, self.objects[path]

    def patch(  # noqa: PLR0911 - each refusal has a reason of its own
        self, path: str, who: str, kind: str, body: bytes
    ) -> tuple[int, dict[str, Any]]:
        place = path.removesuffix("/status")
        status, known = self.get(place, who)
        if status != 200:
            return status, known
        if who == f"Bearer {WATCHER}":
            return _refusal(403, "User cannot patch resource")
        if path != place and self.statusless:
            return _refusal(404, "the server could not find the requested resource")
        if kind != "application/merge-patch+json":
            return _refusal(415, "the body was in an unknown format")
        change = json.loads(body)
        version = change.get("metadata", {}).get("resourceVersion")
        if version not in {None, known["metadata"]["resourceVersion"]}:
            return _refusal(409, "the object has been modified")
        percent = change.get("spec", {}).get("predictor", {}).get("canaryTrafficPercent", 0)
        if not isinstance(percent, int) or not 0 <= percent <= 100:
            return _refusal(422, "canaryTrafficPercent: Invalid value")
        self.patches.append((path, change))
        if path != place:  # nothing but the status is taken there
            change = {"status": change.get("status", {})}
        changed = merge(known, change)
        changed["metadata"]["resourceVersion"] = str(int(known["metadata"]["resourceVersion"]) + 1)
        self.objects[place] = changed
        if not self.idle:
            self.reconcile()
        return 200, self.objects[place]

    def reconcile(self) -> None:
        """Do what the controllers do, at once."""
        percent = self.objects[ISVC]["spec"]["predictor"].get("canaryTrafficPercent", 100)
        self.objects[ISVC]["status"] = {
            "components": {
                "predictor": {
                    "traffic": [
                        {"latestRevision": True, "percent": percent},
                        {"latestRevision": False, "percent": 100 - percent, "tag": "prev"},
                    ]
                }
            }
        }
        status = self.objects[ROLLOUT]["status"]
        if status.pop("promoteFull", False):
            status["stableRS"] = status["currentPodHash"]
        steps = self.objects[ROLLOUT]["spec"]["strategy"]["canary"]["steps"]
        weight = status.get("canary", {}).get("weights", {}).get("canary", {}).get("weight", 0)
        if status.get("abort"):
            weight = 0
        elif status["currentStepIndex"] < len(steps) and "pauseConditions" not in status and self.patches:
            weight = steps[status["currentStepIndex"]].get("setWeight", weight)
            status["currentStepIndex"] += 1
            status["pauseConditions"] = [{"reason": "CanaryPauseStep"}]
        status["canary"] = {"weights": {"canary": {"weight": weight}}}

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _refusal(status: int, message: str) -> tuple[int, dict[str, Any]]:
    return status, {"kind": "Status", "status": "Failure", "code": status, "message": message}


@contextmanager
def cluster() -> Iterator[Cluster]:
    made = Cluster()
    try:
        yield made
    finally:
        made.close()
