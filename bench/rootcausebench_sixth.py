"""Stories, the sixth family: written and run once after outside causes were doubted where code fails.

Nothing was mended by them before the run that ``RESULTS.md`` tells of.
"""

# ruff: noqa: E501 - diffs are as long and as indented as they are

from __future__ import annotations

from typing import Final

from bench.rootcausebench_story import Story

STORIES: Final = (
    Story(
        name="generic erased",
        title="One mapper for ~thing~",
        detail="""@@ src/main/java/~thing~/Mapper.java @@ class Mapper {
-    List<~Thing~> all(String json) { return om.readValue(json, new TypeReference<List<~Thing~>>() {}); }
+    List<~Thing~> all(String json) { return om.readValue(json, List.class); }
""",
        lines=(
            "java.lang.ClassCastException: class java.util.LinkedHashMap cannot be cast to class ~thing~.~Thing~",
        ),
    ),
    Story(
        name="read replica",
        kind="config",
        title="Spread reads of ~thing~",
        detail="""@@ config/~thing~-db.yml @@ production:
-  url: postgres://db-primary/~thing~
+  url: postgres://db-reader/~thing~
""",
        lines=("cannot execute INSERT in a read-only transaction",),
    ),
    Story(
        name="path parameter",
        title="Nicer urls of ~thing~",
        detail="""@@ routes/~thing~.php @@
-Route::get('/~thing~/{id}', [~Thing~Controller::class, 'show'])->where('id', '[0-9]+');
+Route::get('/~thing~/{slug}', [~Thing~Controller::class, 'show']);
""",
        lines=(
            "BindingResolutionException: Unable to resolve dependency [Parameter #0 [ <required> int $id ]] in class ~Thing~Controller",
        ),
    ),
    Story(
        name="worker count",
        kind="config",
        title="Fewer idle workers for ~thing~",
        detail="""@@ Procfile @@
-web: gunicorn app:wsgi --workers 9 --threads 4
+web: gunicorn app:wsgi --workers 1 --threads 4
""",
        lines=("worker timeout (pid:41)", "listen queue of socket full (128/128)"),
        shows="slow",
    ),
    Story(
        name="hash seed",
        title="Stable ~thing~ buckets",
        detail="""@@ lib/bucket_~thing~.py @@ def bucket(key):
-    return zlib.crc32(key.encode()) % 64
+    return hash(key) % 64
""",
        lines=("shard 17 does not hold ~thing~", "lookup in the wrong shard"),
    ),
    Story(
        name="unsigned",
        title="Compact ~thing~ counters",
        detail="""@@ src/count_~thing~.rs @@ pub struct Counter {
-    left: i64,
+    left: u32,
""",
        lines=("thread 'main' panicked at src/count_~thing~.rs:22:9: attempt to subtract with overflow",),
    ),
    Story(
        name="early return",
        title="Skip empty ~thing~",
        detail="""@@ src/sync/~thing~.ts @@ async function sync(batch: Batch) {
+  if (!batch.changed) { return; }
   await upload(batch);
   await acknowledge(batch.id);
""",
        lines=("lease of batch ran out before it was acknowledged", "batch delivered again, attempt 6"),
    ),
    Story(
        name="css in js import",
        title="Shared buttons for ~thing~",
        detail="""@@ web/~thing~/Page.tsx @@
-import { Button } from "./Button";
+import { Button } from "@acme/ui";
""",
        lines=(
            "Error: Element type is invalid: expected a string or a class/function but got: undefined. Check the render method of `~Thing~Page`.",
        ),
    ),
    Story(
        name="charset",
        kind="schema",
        title="Smaller ~table~",
        detail="""@@ migrations/0093_~table~.sql @@
-ALTER TABLE ~table~ CONVERT TO CHARACTER SET utf8mb4;
+ALTER TABLE ~table~ CONVERT TO CHARACTER SET latin1;
""",
        lines=("Incorrect string value: '\\\\xF0\\\\x9F\\\\x98' for column '~field~' at row 1",),
    ),
    Story(
        name="log handler",
        title="Structured logs in ~thing~",
        detail="""@@ app/logging_~thing~.py @@ def record(request):
-    extra = {"user": request.user_id}
+    extra = {"user": request.user_id, "message": request.path}
""",
        lines=("KeyError: \"Attempt to overwrite 'message' in LogRecord\"",),
    ),
    Story(
        name="health path",
        kind="config",
        title="Move health of ~thing~ under /internal",
        detail="""@@ chart/~thing~/values.yaml @@ readinessProbe:
-  path: /healthz
+  path: /internal/healthz
""",
        lines=(
            "Readiness probe failed: HTTP probe failed with statuscode: 404",
            "no endpoints available for service ~thing~",
        ),
    ),
    Story(
        name="prompt asks prose",
        title="Friendlier ~thing~ assistant",
        detail="""@@ prompts/~thing~.txt @@
-Answer with JSON only: {"~field~": string}
+Answer politely. Include the ~field~.
""",
        lines=("json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)",),
    ),
    Story(
        name="sampling",
        kind="flag",
        title="~field~_engine for all",
        detail="",
        lines=("~field~_engine: score is not a number", "ranking skipped"),
    ),
    Story(
        name="image stride",
        title="Faster decode of ~thing~",
        detail="""@@ native/~thing~_decode.cc @@ void copy(Frame& f) {
-  for (int y = 0; y < f.h; ++y) memcpy(dst + y * stride, f.row(y), f.w * 3);
+  memcpy(dst, f.data(), f.h * stride);
""",
        lines=("AddressSanitizer: heap-buffer-overflow", "process exited with signal 11"),
    ),
    Story(
        name="topic suffix",
        kind="config",
        title="Topics of ~thing~ by region",
        detail="""@@ deploy/~thing~.env @@
-EVENTS_TOPIC=~thing~-events
+EVENTS_TOPIC=~thing~-events-eu
""",
        lines=("UNKNOWN_TOPIC_OR_PARTITION: ~thing~-events-eu", "publish failed"),
    ),
    Story(
        name="pessimistic lock",
        title="Safe ~thing~ transfers",
        detail="""@@ app/Models/~Thing~.rb @@ def transfer(to, amount)
-    transaction { debit(amount); to.credit(amount) }
+    with_lock { to.with_lock { debit(amount); to.credit(amount) } }
""",
        lines=("ActiveRecord::Deadlocked: PG::TRDeadlockDetected: ERROR: deadlock detected",),
    ),
    Story(
        name="ordering",
        title="Load ~thing~ in parallel",
        detail="""@@ Services/~Thing~Loader.cs @@ public async Task Load() {
-    await LoadRates(); await LoadOrders();
+    await Task.WhenAll(LoadRates(), LoadOrders());
""",
        lines=(
            "System.InvalidOperationException: A second operation was started on this context instance before a previous operation completed",
        ),
    ),
    Story(
        name="sql reserved",
        kind="schema",
        title="~table~ gets an order",
        detail="""@@ db/0107.sql @@
+ALTER TABLE ~table~ ADD COLUMN "order" integer;
@@ app/~table~.py @@
+    sql = "SELECT id, order FROM ~table~"
""",
        lines=(
            'psycopg.errors.SyntaxError: syntax error at or near "FROM" LINE 1: SELECT id, order FROM ~table~',
        ),
    ),
    Story(
        name="webhook secret",
        kind="config",
        title="Rotate secrets of ~thing~",
        detail="""@@ secrets/~thing~.yaml @@
-webhookSecretRef: ~thing~-hook-v1
+webhookSecretRef: ~thing~-hook-v2
""",
        lines=("webhook refused: signature mismatch",),
    ),
    Story(
        name="stale cache key",
        title="Cache ~thing~ per shop",
        detail="""@@ src/cache/~thing~.go @@ func key(shop, id string) string {
-	return id
+	return shop
""",
        lines=("answer is of another ~thing~: id does not match", "integrity check failed"),
    ),
    Story(
        name="max tokens",
        kind="config",
        title="Cheaper summaries of ~thing~",
        detail="""@@ config/summary.yaml @@ model:
-  max_tokens: 2048
+  max_tokens: 64
""",
        lines=("summary ends in the middle of a sentence", "finish_reason=length for ~thing~"),
    ),
    Story(
        name="permissions of a file",
        title="Run ~thing~ as its own user",
        detail="""@@ Dockerfile @@
-USER root
+USER app
""",
        lines=("PermissionError: [Errno 13] Permission denied: '/var/run/~thing~/state.db'",),
    ),
)
