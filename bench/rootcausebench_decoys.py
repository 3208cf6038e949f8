"""Changes that did nothing, and causes that are no change: what made incidents are muddied with."""

# ruff: noqa: E501 - diffs are as long as they are

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Decoy:
    """An innocent change.

    Attributes:
        title: its title.
        detail: its diff.
        kind: as ``Change`` has it.
    """

    title: str
    detail: str
    kind: str = "deploy"


@dataclass(frozen=True, kw_only=True)
class Outside:
    """A cause that is no change of ours.

    Attributes:
        name: short, for tables.
        lines: what the services hit say, at severity ERROR.
        everywhere: whether all services are hit alike, rather than one.
        report: component and words of a provider's status page; empty where there is none.
        shows: ``errors`` | ``slow``.
    """

    name: str
    lines: tuple[str, ...]
    everywhere: bool = False
    report: tuple[str, str] = ("", "")
    shows: str = "errors"


DECOYS: Final = (
    Decoy(
        title="Restyle the ~thing~ card",
        detail="@@ web/~thing~.css @@\n-.card { padding: 4px; }\n+.card { padding: 8px; }",
    ),
    Decoy(
        title="Explain ~field~", detail='@@ docs/~thing~.md @@\n-The ~field~.\n+The "~field~" of a ~thing~.'
    ),
    Decoy(
        title="Comment on ~field~",
        detail="@@ app/~thing~/views.py @@ def build_~thing~(payload):\n-    # TODO\n+    # the ~field~ of older "
        'clients may be missing: see ~table~\n     total = payload["total"]',
    ),
    Decoy(
        title="Test ~thing~s without ~field~",
        detail="@@ tests/test_~thing~.py @@\n+def test_no_~field~():\n+    assert build({'total': 1}) == 1",
    ),
    Decoy(
        title="Log the ~thing~ id",
        detail='@@ src/~thing~/handler.go @@ func handle(w http.ResponseWriter, r *http.Request) {\n-\tlog.Println("got", id)\n+'
        '\tlog.Printf("got ~thing~ %s from %s", id, r.RemoteAddr)',
    ),
    Decoy(
        title="Extract a helper",
        detail="""@@ src/~thing~/format.ts @@ export function label(item: Item)
-  if (item.name === null) { return "none"; }
-  return item.name.trim();
+  return trimmedOr(item.name, "none");
+}
+function trimmedOr(text: string | null, other: string) {
+  if (text === null) { return other; }
+  return text.trim();
""",
    ),
    Decoy(
        title="Bump ~lib2~",
        kind="library",
        detail="@@ go.mod @@\n-\tgithub.com/acme/~lib2~ v1.4.2\n+\tgithub.com/acme/~lib2~ v1.4.3",
    ),
    Decoy(
        title="Move constants",
        detail="@@ src/~thing~/limits.py @@\n-PAGE = 20\n-DEPTH = 4\n+DEPTH = 4\n+PAGE = 20",
    ),
    Decoy(
        title="Rename a local",
        detail="@@ src/~thing~/sum.py @@ def total(rows):\n-    acc = 0\n-    for r in rows:\n-        acc += r.value\n-    return acc\n"
        "+    result = 0\n+    for row in rows:\n+        result += row.value\n+    return result",
    ),
    Decoy(
        title="Add a health probe",
        detail='@@ src/health.ts @@\n+app.get("/livez", (req, res) => {\n+  res.status(200).send("ok");\n+});',
    ),
    Decoy(title="", kind="flag", detail=""),
    Decoy(
        title="Count ~thing~ hits",
        detail='@@ internal/metrics/metrics.go @@\n+var ~thing~Hits = prometheus.NewCounter(prometheus.CounterOpts{\n+\tName: "~thing~_hits_total",\n+})',
    ),
    Decoy(
        title="Small LRU for ~thing~ names",
        detail="@@ src/~thing~/names.py @@\n+@lru_cache(maxsize=512)\n+def display_name(code):\n+    return NAMES[code]",
    ),
    Decoy(
        title="Cache npm in CI",
        detail="@@ .github/workflows/ci.yml @@\n+      - uses: actions/cache@v4\n+        with:\n+          path: ~/.npm",
    ),
    Decoy(
        title="Raise the replicas of the worker",
        kind="config",
        detail="@@ charts/worker/values.yaml @@\n-replicas: 2\n+replicas: 3",
    ),
    Decoy(
        title="Guard against empty ~other~",
        detail="@@ src/~thing~/other.py @@ def pick(rows):\n+    if not rows:\n+        return None\n     return rows[0]",
    ),
)

OUTSIDE: Final = (
    Outside(
        name="provider down, told",
        lines=("POST https://api.~vendor~.com/v1/~thing~s failed: 503 Service Unavailable",),
        report=("~thing~s API", "Elevated 503 errors on api.~vendor~.com for ~thing~s requests"),
    ),
    Outside(
        name="provider down, not told",
        lines=("connect ECONNREFUSED api.~vendor~.io:443 while calling ~vendor~",),
    ),
    Outside(
        name="provider slow, told",
        lines=("GET https://~vendor~.net/rates timed out after 5000 ms",),
        report=("rates", "Increased latency of ~vendor~.net /rates; some requests time out"),
        shows="slow",
    ),
    Outside(
        name="names not resolved",
        lines=(
            "getaddrinfo EAI_AGAIN ~service~.prod.internal",
            "could not resolve host ~service~.prod.internal",
        ),
        everywhere=True,
    ),
    Outside(
        name="zone gone", lines=("dial tcp 10.7.3.~digit~:5432: connect: no route to host",), everywhere=True
    ),
    Outside(
        name="poisoned message",
        lines=(
            "cannot decode message id=~id~ from partner ~vendor~: unexpected character 0x1f at 0; will retry",
        ),
    ),
    Outside(
        name="poisoned row",
        lines=("import of row ~id~ rejected: amount -99999999 is out of range, batch held back",),
    ),
    Outside(
        name="certificate expired",
        lines=(
            "x509: certificate has expired or is not yet valid: current time is after 2031-03-01T00:00:00Z",
        ),
    ),
    Outside(
        name="quota of a provider",
        lines=("429 Too Many Requests: daily quota of api.~vendor~.com used up",),
        report=("quota", "Some customers see 429 quota errors on api.~vendor~.com earlier than usual"),
    ),
    Outside(name="disk full", lines=("write /var/lib/~thing~/wal: no space left on device",)),
)
