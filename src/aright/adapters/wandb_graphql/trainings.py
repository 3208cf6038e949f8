"""Asking Weights & Biases which run made a version, and what that run was.

A run says which version it made by a key of its config or summary; else the version is that of an artifact
with the model's name, and its maker is asked for; else it is a run's own id. Questions are queries alone:
nothing is ever changed there. Redirects are not followed, so that no server sends a key elsewhere.
"""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Final

import httpx

from aright.adapters.wandb_graphql.asking import Asking, headers_of
from aright.adapters.wandb_graphql.reading import (
    Tree,
    config_of,
    curves_of,
    decoded,
    history_names,
    nodes_of,
    run_of,
    text_of,
    tree_at,
)
from aright.core.contract.run_values import same_version, text_at
from aright.core.model.times import SECOND
from aright.ports.trainings import TrainingError

if TYPE_CHECKING:
    from collections.abc import Callable

    from aright.core.model.curves import Curve
    from aright.core.model.run import Run
    from aright.core.model.training import Training

LARGEST: Final = 16 << 20
"""Bytes of one answer."""

PAGE: Final = 20
"""Runs of one answer."""

MOST_PAGES: Final = 10
SAMPLES: Final = 500
"""Values of a metric that are asked for."""

_PLAIN: Final = re.compile(r"[\w.-]{1,128}")

_RUNS: Final = """
query Runs($entity: String!, $project: String!, $cursor: String, $perPage: Int, $order: String,
           $filters: JSONString) {
  project(name: $project, entityName: $entity) {
    runs(filters: $filters, after: $cursor, first: $perPage, order: $order) {
      edges { node { name state config summaryMetrics } }
      pageInfo { endCursor hasNextPage }
    }
  }
}"""

_MAKER: Final = """
query Maker($entity: String!, $project: String!, $name: String!) {
  project(name: $project, entityName: $entity) {
    artifactCollectionMembership(name: $name) {
      artifact { createdBy { __typename ... on Run { name } } }
    }
  }
}"""

_RUN: Final = """
query Run($entity: String!, $project: String!, $name: String!) {
  project(name: $project, entityName: $entity) {
    run(name: $name) {
      name state commit createdAt heartbeatAt config summaryMetrics historyKeys
      inputArtifacts(first: 50) { edges { node { versionIndex digest artifactSequence { name } } } }
    }
  }
}"""

_HISTORY: Final = """
query History($entity: String!, $project: String!, $name: String!, $specs: [JSONString!]!) {
  project(name: $project, entityName: $entity) { run(name: $name) { sampledHistory(specs: $specs) } }
}"""


class WandbTrainings:
    """Reads a project's runs; a client per question, since they are few and servers may move.

    Args:
        largest: bytes of one answer.
        now: Unix seconds.
    """

    def __init__(self, largest: int = LARGEST, *, now: Callable[[], float] = time.time) -> None:
        self._largest = largest
        self._now = now

    def made(self, training: Training, *, model: str, version: str, seconds: float) -> Run | None:
        """Return the run that made a version, which predictions name as a run, an artifact or itself does."""
        if not version:
            return None
        until = time.monotonic() + seconds
        with httpx.Client(follow_redirects=False, trust_env=False, headers=headers_of(training)) as client:
            asking = Asking(client, training.wandb.rstrip("/"), self._largest, until)
            project = _Project(asking, training)
            name = training.model or model
            run_id = project.of_key(version) or project.of_artifact(name, version) or version
            node = project.run(run_id)
            curves = project.curves(node) if node is not None else {}
        if node is None:
            return None
        return run_of(
            node,
            curves,
            model=name or training.project,
            version=version,
            version_key=training.version_key,
            now=int(self._now() * SECOND),
        )


class _Project:
    """What is asked of one project."""

    def __init__(self, asking: Asking, training: Training) -> None:
        self._asking, self._training = asking, training
        entity, _, project = training.project.partition("/")
        self._where = {"entity": entity, "project": project}

    def of_key(self, version: str) -> str:
        """Return the newest run that names a version, a finished one before others; empty for none."""
        first, cursor = "", None
        for _ in range(MOST_PAGES):
            page = self._ask(
                _RUNS,
                cursor=cursor,
                perPage=PAGE,
                order="-created_at",
                filters=json.dumps(_filters(self._training.version_key, version)),
            ).get("runs")
            for node in nodes_of(page):
                if self._names(node, version):
                    first = first or text_of(node, "name")
                    if text_of(node, "state") == "finished":
                        return text_of(node, "name")
            cursor = text_of(page, "pageInfo", "endCursor")
            if not cursor or tree_at(page, "pageInfo", "hasNextPage") is not True:
                break
        return first

    def _names(self, node: Tree, version: str) -> bool:
        """Tell whether a run names a version: servers differ in which filters they know."""
        key = self._training.version_key
        said = (text_at(config_of(node), key), text_at(decoded(node.get("summaryMetrics")), key))
        return any(same_version(each, version) for each in said)

    def of_artifact(self, model: str, version: str) -> str:
        """Return the run that made a version of an artifact; empty for none."""
        if not _PLAIN.fullmatch(model) or not _PLAIN.fullmatch(version):
            return ""
        number = f"v{version}" if version.isascii() and version.isdigit() else version
        found = self._ask(_MAKER, name=f"{model}:{number}").get("artifactCollectionMembership")
        return text_of(found, "artifact", "createdBy", "name")

    def run(self, run_id: str) -> Tree | None:
        """Return a run with what it read; ``None`` where there is none."""
        if not _PLAIN.fullmatch(run_id):
            return None
        found = self._ask(_RUN, name=run_id).get("run")
        return found if isinstance(found, dict) and text_of(found, "name") else None

    def curves(self, node: Tree) -> dict[str, Curve]:
        """Return a run's curves; a run without them is more than none, so that nothing is raised."""
        names = history_names(node)
        specs = [json.dumps({"keys": ["_step", name], "samples": SAMPLES}) for name in names]
        if not specs:
            return {}
        try:
            found = self._ask(_HISTORY, name=text_of(node, "name"), specs=specs)
        except TrainingError:
            return {}
        return curves_of(names, tree_at(found, "run", "sampledHistory"))

    def _ask(self, query: str, **variables: object) -> Tree:
        """Return the project's part of an answer."""
        found = self._asking.ask(query, {**self._where, **variables}).get("project")
        if isinstance(found, dict):
            return found
        raise TrainingError(
            f"{self._training.wandb} shows no project {self._training.project}: give a project, and an "
            "api_key_file with a key that may read it"
        )


def _filters(key: str, version: str) -> dict[str, object]:
    """Return what a server is to look for: the version as text, and as a number where it may be one."""
    bare = version[1:] if version[:1] in {"v", "V"} else version
    values: list[object] = [*sorted({version, bare, f"v{bare}"})]
    if bare.isascii() and bare.isdigit() and len(bare) < 10:
        values.append(int(bare))
    places = (f"config.{key}.value", f"config.{key}", f"summary_metrics.{key}")
    return {"$or": [{place: {"$in": values}} for place in places]}
