"""Stories, innocent changes and outside causes that the method was never fitted to.

Written after it, run once: that run is the honest figure. What it got wrong may be mended, but the figure in
``RESULTS.md`` stays the first run's.
"""

# ruff: noqa: E501 - diffs are as long and as indented as they are

from __future__ import annotations

from typing import Final

from bench.rootcausebench_decoys import Decoy, Outside
from bench.rootcausebench_story import Story

STORIES: Final = (
    Story(
        name="default dropped in settings",
        title="Strict settings",
        detail="""--- a/~thing~/settings.py
+++ b/~thing~/settings.py
@@ -10,3 +10,3 @@
-REGION = os.environ.get("~ENV~_REGION", "eu-1")
+REGION = os.environ["~ENV~_REGION"]
""",
        lines=("KeyError: '~ENV~_REGION'", "gunicorn worker failed to boot, exit code 3"),
    ),
    Story(
        name="enum value unknown to reader",
        title="New ~thing~ state",
        detail="""@@ src/model/~Thing~State.ts @@ export enum ~Thing~State {
   OPEN = "open",
+  ON_HOLD = "on_hold",
   DONE = "done",
""",
        lines=("ZodError: Invalid enum value. Expected 'open' | 'done', received 'on_hold'",),
    ),
    Story(
        name="view dropped",
        kind="schema",
        title="Clean up unused views",
        detail="""@@ sql/2031_04_cleanup.sql @@
+DROP VIEW IF EXISTS ~table~_daily;
""",
        lines=('ERROR: relation "~table~_daily" does not exist at character 15',),
    ),
    Story(
        name="kubernetes probe",
        kind="config",
        title="Faster failover of ~thing~",
        detail="""@@ k8s/~thing~.yaml @@ livenessProbe:
   httpGet: {path: /healthz, port: 8080}
-  initialDelaySeconds: 60
+  initialDelaySeconds: 2
-  timeoutSeconds: 10
+  timeoutSeconds: 1
""",
        lines=(
            "Liveness probe failed: context deadline exceeded",
            "Container ~thing~ failed liveness probe, will be restarted",
        ),
    ),
    Story(
        name="kafka deserializer",
        title="~thing~ events as Avro",
        detail="""@@ src/main/resources/application.yml @@ spring.kafka.consumer:
-  value-deserializer: org.apache.kafka.common.serialization.StringDeserializer
+  value-deserializer: io.confluent.kafka.serializers.KafkaAvroDeserializer
""",
        lines=(
            "org.apache.kafka.common.errors.SerializationException: Unknown magic byte! could not deserialize value",
        ),
    ),
    Story(
        name="header not passed",
        title="Own http wrapper for ~thing~",
        detail="""@@ lib/~thing~_client.rb @@ def fetch(id)
-    http.get("/~thing~s/#{id}", headers: { "Authorization" => token })
+    http.get("/~thing~s/#{id}")
""",
        lines=("~Thing~Client::Unauthorized: 401 response from /~thing~s",),
    ),
    Story(
        name="wrong comparison",
        title="Expire ~thing~ tokens earlier",
        detail="""@@ auth/~thing~_token.go @@ func (t Token) Valid(now time.Time) bool {
-	return now.Before(t.Expires)
+	return now.After(t.Expires)
""",
        lines=("token is expired", "403 Forbidden: session rejected"),
    ),
    Story(
        name="semicolon in yaml",
        kind="config",
        title="Rate limits per ~thing~",
        detail="""@@ gateway/limits.yaml @@ ~thing~:
-  requests_per_minute: 6000
+  requests_per_minute: 60
""",
        lines=("429 Too Many Requests", "local rate limit exceeded for ~thing~"),
    ),
    Story(
        name="recursion",
        title="Flatten nested ~thing~s",
        detail="""@@ core/~thing~_tree.py @@ def walk(node):
-    for child in node.children:
-        if child is not node:
-            yield from walk(child)
+    for child in node.children + [node.parent]:
+        yield from walk(child)
""",
        lines=("RecursionError: maximum recursion depth exceeded in comparison",),
    ),
    Story(
        name="batch too big",
        title="Bigger ~thing~ batches",
        detail="""@@ workers/~thing~.ex @@ defmodule ~Thing~Worker do
-  @batch 100
+  @batch 100_000
""",
        lines=(
            "(Postgrex.QueryError) postgresql protocol can not handle 100000 parameters, the maximum is 65535",
        ),
    ),
    Story(
        name="thread local lost",
        title="Run ~thing~ checks in parallel",
        detail="""@@ src/main/java/~thing~/Checks.java @@ List<Result> run(List<Check> checks)
-        return checks.stream().map(Check::run).toList();
+        return checks.parallelStream().map(Check::run).toList();
""",
        lines=(
            "java.util.ConcurrentModificationException\n\tat java.base/java.util.ArrayList$Itr.next(ArrayList.java:1013)\n\tat ~thing~.Checks.run(Checks.java:27)",
        ),
    ),
    Story(
        name="cursor never closed",
        title="Stream ~table~ rows",
        detail="""@@ db/stream.py @@ def rows(pool, sql):
-    with pool.connection() as connection:
-        yield from connection.execute(sql)
+    connection = pool.getconn()
+    yield from connection.execute(sql)
""",
        lines=("psycopg_pool.PoolTimeout: couldn't get a connection after 30.00 sec",),
        delay=(6, 20),
        shows="slow",
    ),
    Story(
        name="history kept",
        title="Undo for ~thing~ edits",
        detail="""@@ src/editor/~thing~Editor.ts @@ export class ~Thing~Editor {
+  private history: Snapshot[] = [];
   apply(change: Change) {
+    this.history.push(this.snapshot());
     this.state = reduce(this.state, change);
   }
""",
        lines=("FATAL ERROR: invalid array length Allocation failed - JavaScript heap out of memory",),
        delay=(40, 90),
        shows="leak",
    ),
    Story(
        name="static list in scala",
        title="Audit ~thing~ access",
        detail="""@@ app/audit/Audit.scala @@ object Audit {
+  private val entries = scala.collection.mutable.ListBuffer.empty[Entry]
   def note(entry: Entry): Unit = {
+    entries += entry
     sink.write(entry)
   }
""",
        lines=("java.lang.OutOfMemoryError: GC overhead limit exceeded",),
        delay=(40, 90),
        shows="leak",
    ),
    Story(
        name="tensor shapes",
        title="Wider ~thing~ embeddings",
        kind="model_version",
        detail="""@@ model/config.json @@
-  "embedding_dim": 128,
+  "embedding_dim": 256,
""",
        lines=("RuntimeError: mat1 and mat2 shapes cannot be multiplied (32x256 and 128x64)",),
    ),
    Story(
        name="base image",
        kind="library",
        title="Slimmer image",
        detail="""@@ Dockerfile @@
-FROM python:3.11-bookworm
+FROM python:3.11-alpine
""",
        lines=("ImportError: Error loading shared library libgomp.so.1: No such file or directory",),
    ),
    Story(
        name="tls version",
        kind="config",
        title="Harden TLS",
        detail="""@@ envoy/listener.yaml @@ tls_params:
-  tls_minimum_protocol_version: TLSv1_2
+  tls_minimum_protocol_version: TLSv1_3
""",
        lines=("TLS handshake error: client offered only unsupported versions: [303]",),
    ),
    Story(
        name="sort in database gone",
        title="Sort ~thing~s in memory",
        detail="""@@ repo/~thing~.go @@ func (r *Repo) Latest(ctx context.Context, n int) ([]Row, error) {
-	return r.query(ctx, "SELECT * FROM ~table~ ORDER BY at DESC LIMIT $1", n)
+	all, err := r.query(ctx, "SELECT * FROM ~table~")
+	sort.Slice(all, func(i, j int) bool { return all[i].At.After(all[j].At) })
+	return all[:n], err
""",
        lines=(
            "slow request: Latest took 21.4 s",
            "panic: runtime error: slice bounds out of range [:50] with capacity 12",
        ),
    ),
    Story(
        name="flag by config",
        kind="flag",
        title="",
        detail="",
        lines=("panic in ~fieldCamel~Engine.score: ~field~_engine not initialised",),
        delay=(0, 2),
    ),
    Story(
        name="lock file only",
        kind="library",
        title="Update lock file",
        detail="""--- a/poetry.lock
+++ b/poetry.lock
@@ -100,5 +100,5 @@ name = "~lib~"
-version = "0.27.2"
+version = "0.28.0"
""",
        lines=(
            "TypeError: Client.__init__() got an unexpected keyword argument 'proxies' (~lib~/_client.py:540)",
        ),
    ),
    Story(
        name="async not awaited",
        title="Async ~thing~ store",
        detail="""@@ api/~thing~_routes.py @@ async def show(id):
-    item = store.load(id)
+    item = store.load_async(id)
     return item.as_dict()
""",
        lines=("AttributeError: 'coroutine' object has no attribute 'as_dict'",),
    ),
    Story(
        name="cents to float",
        title="Amounts with decimals",
        detail="""@@ billing/parse.kt @@ fun amount(text: String) =
-    text.replace(",", ".").toBigDecimal()
+    text.toBigDecimal()
""",
        lines=(
            'java.lang.NumberFormatException: Character , is neither a decimal digit number, decimal point, nor "e" notation exponential mark.',
        ),
    ),
)

DECOYS: Final = (
    Decoy(
        title="Raise ~thing~ memory",
        kind="config",
        detail="@@ charts/other/values.yaml @@ resources:\n-    memory: 512Mi\n+    memory: 1Gi",
    ),
    Decoy(
        title="Split a long function",
        detail="""@@ src/~thing~/load.py @@ def load(source):
-    raw = source.read()
-    rows = [parse(line) for line in raw.splitlines() if line]
-    return rows
+    return parse_all(source.read())
+
+
+def parse_all(raw):
+    return [parse(line) for line in raw.splitlines() if line]
""",
    ),
    Decoy(
        title="Typo in a message",
        detail='@@ src/~thing~/errors.ts @@\n-  "could not recieve ~thing~"\n+  "could not receive ~thing~"',
    ),
    Decoy(
        title="Type hints",
        detail="@@ lib/~thing~.py @@\n-def size(rows):\n+def size(rows: list[Row]) -> int:\n     return len(rows)",
    ),
    Decoy(
        title="Use const",
        detail="@@ src/~thing~/run.js @@\n-var limit = 10;\n-var rows = load(limit);\n+const limit = 10;\n+const rows = load(limit);",
    ),
    Decoy(
        title="Bump ~lib2~",
        kind="library",
        detail='@@ package.json @@\n-    "~lib2~": "2.1.0",\n+    "~lib2~": "2.1.1",',
    ),
    Decoy(
        title="Early return",
        detail="""@@ pkg/~thing~/pick.go @@ func pick(rows []Row) *Row {
-	if len(rows) > 0 {
-		return &rows[0]
-	}
-	return nil
+	if len(rows) == 0 {
+		return nil
+	}
+	return &rows[0]
""",
    ),
    Decoy(
        title="Document ~field~",
        detail="@@ api/openapi.yaml @@ ~field~:\n-  description: x\n+  description: The ~field~ of a ~thing~",
    ),
    Decoy(title="", kind="flag", detail=""),
    Decoy(
        title="More spans",
        detail='@@ src/~thing~/trace.go @@\n+\tctx, span := tracer.Start(ctx, "~thing~.load")\n+\tdefer span.End()',
    ),
    Decoy(
        title="Feature behind a flag",
        detail='@@ src/~thing~/new.ts @@\n+if (flags.enabled("~other~")) {\n+  showNew();\n+}',
    ),
    Decoy(
        title="Longer cache",
        kind="config",
        detail="@@ config/web.yaml @@\n-static_max_age: 3600\n+static_max_age: 7200",
    ),
    Decoy(
        title="Scale out",
        kind="config",
        detail="@@ charts/~thing~/values.yaml @@\n-replicas: 4\n+replicas: 6",
    ),
    Decoy(
        title="Sort imports",
        detail="@@ src/~thing~/a.py @@\n-import sys\n-import os\n+import os\n+import sys",
    ),
    Decoy(title="Release notes", detail="@@ CHANGELOG.md @@\n+- ~thing~: no more timeouts"),
)

OUTSIDE: Final = (
    Outside(
        name="bank api, told",
        lines=("bank ~vendor~ answered 503 for /accounts",),
        report=("accounts", "~vendor~ accounts endpoint answers 503 for some banks"),
    ),
    Outside(
        name="search provider slow",
        lines=("search at ~vendor~.io gave no answer within 3 s, timed out",),
        shows="slow",
    ),
    Outside(name="poison upload", lines=("upload id=~id~ cannot be decoded: invalid PNG header, requeued",)),
    Outside(
        name="resolver flaps",
        lines=(
            "lookup ~service~.svc: server misbehaving",
            "Temporary failure in name resolution: ~service~.svc",
        ),
        everywhere=True,
    ),
    Outside(name="node dies", lines=("node not ready: kubelet stopped posting status, pod evicted",)),
    Outside(name="licence ran out", lines=("licence of ~vendor~ expired yesterday, calls are refused",)),
    Outside(
        name="bucket region down, told",
        lines=("PUT s3.~vendor~.com/~thing~: 500 InternalError, please try again",),
        report=("object storage", "Increased 500 InternalError rates for PUT requests to s3.~vendor~.com"),
    ),
    Outside(
        name="nic drops packets",
        lines=("read tcp 10.2.0.~digit~:443: connection reset by peer",),
        everywhere=True,
    ),
)
