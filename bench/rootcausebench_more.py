"""More stories of made incidents: written after the method, which was not fitted to them.

The first run over them is the honest figure; see ``RESULTS.md``.
"""

# ruff: noqa: E501, E101 - diffs are as long and as indented as they are

from __future__ import annotations

from typing import Final

from bench.rootcausebench_decoys import Outside
from bench.rootcausebench_story import Story

STORIES: Final = (
    Story(
        name="php array key",
        title="~Thing~: read options from the request",
        detail="""--- a/src/Controller/~Thing~Controller.php
+++ b/src/Controller/~Thing~Controller.php
@@ -40,5 +40,5 @@ class ~Thing~Controller extends Controller
-        $~field~ = $options['~field~'] ?? null;
+        $~field~ = $options['~field~'];
         return $this->render($~field~);
""",
        lines=(
            'PHP Warning: Undefined array key "~field~" in /app/src/Controller/~Thing~Controller.php on line 42',
            "Uncaught TypeError: render(): Argument #1 must be of type string, null given",
        ),
    ),
    Story(
        name="c++ bounds",
        title="Faster ~thing~ lookup",
        detail="""@@ src/~thing~_table.cc @@ const Row& Table::at(size_t i) const {
-  return rows_.at(std::min(i, rows_.size() - 1));
+  return rows_[i + 1];
 }
""",
        lines=("terminate: SIGSEGV (segmentation fault) in Table::at src/~thing~_table.cc:88",),
    ),
    Story(
        name="swift force unwrap",
        title="Tidy ~Thing~ decoding",
        detail="""@@ Sources/App/~Thing~.swift @@ init(from row: Row) throws {
-        guard let code = row["~field~"] else { throw DecodeError.missing }
-        self.code = code
+        self.code = row["~field~"]!
""",
        lines=(
            "Fatal error: Unexpectedly found nil while unwrapping an Optional value: file App/~Thing~.swift, line 19",
        ),
    ),
    Story(
        name="elixir match",
        title="~Thing~: new tuple",
        detail="""@@ lib/~thing~/parser.ex @@ def parse(line) do
-    {:ok, value}
+    {:ok, value, %{source: line}}
""",
        lines=(
            '** (MatchError) no match of right hand side value: {:ok, 12, %{source: "12"}} lib/~thing~/loader.ex:31',
        ),
    ),
    Story(
        name="proto field number",
        title="Clean up ~thing~.proto",
        kind="schema",
        detail="""--- a/proto/~thing~.proto
+++ b/proto/~thing~.proto
@@ -8,5 +8,5 @@ message ~Thing~ {
   string id = 1;
-  int64 ~field~ = 2;
-  string note = 3;
+  string note = 2;
+  int64 ~field~ = 3;
""",
        lines=(
            "failed to parse ~Thing~: wire type mismatch for field 2",
            "proto: cannot decode field ~field~",
        ),
    ),
    Story(
        name="graphql field",
        title="GraphQL: drop deprecated fields",
        detail="""--- a/schema/~thing~.graphql
+++ b/schema/~thing~.graphql
@@ -3,6 +3,5 @@ type ~Thing~ {
   id: ID!
-  ~fieldCamel~: String @deprecated
   note: String
""",
        lines=('GraphQL error: Cannot query field "~fieldCamel~" on type "~Thing~".',),
    ),
    Story(
        name="nginx body limit",
        title="nginx: defaults",
        kind="config",
        detail="""--- a/nginx/conf.d/~thing~.conf
+++ b/nginx/conf.d/~thing~.conf
@@ -4,5 +4,4 @@ server {
     listen 443 ssl;
-    client_max_body_size 64m;
     proxy_read_timeout 60s;
""",
        lines=("client intended to send too large body: 20971520 bytes", "413 Request Entity Too Large"),
    ),
    Story(
        name="network policy",
        title="Lock down ~thing~ egress",
        kind="config",
        detail="""--- /dev/null
+++ b/k8s/policies/~thing~.yaml
@@ -0,0 +1,9 @@
+apiVersion: networking.k8s.io/v1
+kind: NetworkPolicy
+metadata:
+  name: ~thing~-egress
+spec:
+  podSelector: {}
+  policyTypes: [Egress]
+  egress:
+    - ports: [{port: 443}]
""",
        lines=("dial tcp 10.3.0.12:5432: i/o timeout", "could not connect to server: Connection timed out"),
    ),
    Story(
        name="scala option get",
        title="Shorter ~thing~ resolver",
        detail="""@@ app/services/~Thing~Resolver.scala @@ class ~Thing~Resolver
-    cache.get(id).map(_.owner).getOrElse(Owner.Nobody)
+    cache.get(id).get.owner
""",
        lines=(
            "java.util.NoSuchElementException: None.get\n\tat scala.None$.get(Option.scala:627)\n\tat services.~Thing~Resolver.resolve(~Thing~Resolver.scala:33)",
        ),
    ),
    Story(
        name="sync in async",
        title="Sign ~thing~ urls",
        detail="""@@ app/routes/~thing~.py @@ async def sign(item):
-    async with httpx.AsyncClient() as client:
-        answer = await client.post(SIGNER, json=item)
+    answer = requests.post(SIGNER, json=item)
     return answer.json()
""",
        lines=("event loop blocked for 7.2 s", "worker did not respond in time, request timed out"),
        shows="slow",
    ),
    Story(
        name="regex backtracking",
        title="Match ~thing~ names",
        detail="""@@ lib/~thing~.js @@ function check(name)
-  return /^[a-z ]+$/.test(name);
+  return /^(([a-z])+ ?)+$/.test(name);
""",
        lines=("request to /~thing~ exceeded 30000 ms, aborted", "health check timed out"),
        shows="slow",
    ),
    Story(
        name="cache switched off",
        title="~thing~: simplify settings",
        kind="config",
        detail="""--- a/settings/production.toml
+++ b/settings/production.toml
@@ -12,4 +12,4 @@ [~thing~]
-cache_ttl_seconds = 600
+cache_ttl_seconds = 0
""",
        lines=("~table~ query took 8123 ms", "upstream request timeout"),
        shows="slow",
    ),
    Story(
        name="page size removed",
        title="Export all ~thing~s",
        detail="""@@ internal/export/~thing~.go @@ func (e *Exporter) rows(ctx context.Context) (*sql.Rows, error) {
-	return e.db.QueryContext(ctx, "SELECT * FROM ~table~ ORDER BY id LIMIT 500")
+	return e.db.QueryContext(ctx, "SELECT * FROM ~table~ ORDER BY id")
""",
        lines=("runtime: out of memory: cannot allocate 536870912-byte block", "signal: killed"),
    ),
    Story(
        name="file handles",
        title="Read ~thing~ fixtures once more",
        detail="""@@ src/~thing~/reader.py @@ def read_all(paths):
-    for path in paths:
-        with open(path) as file:
-            yield json.load(file)
+    for path in paths:
+        yield json.load(open(path))
""",
        lines=("OSError: [Errno 24] Too many open files: '/data/~thing~/81.json'",),
        delay=(10, 30),
    ),
    Story(
        name="go map of everything",
        title="Deduplicate ~thing~ events",
        detail="""--- a/internal/dedupe/dedupe.go
+++ b/internal/dedupe/dedupe.go
@@ -5,9 +5,16 @@ package dedupe
+var seen = make(map[string]struct{})
+var mu sync.Mutex
+
 func Fresh(ev Event) bool {
+	mu.Lock()
+	defer mu.Unlock()
+	if _, ok := seen[ev.Key]; ok {
+		return false
+	}
+	seen[ev.Key] = struct{}{}
 	return true
 }
""",
        lines=("OOMKilled: memory cgroup out of memory", "GC overhead high: heap 940 MiB"),
        delay=(40, 90),
        shows="leak",
    ),
    Story(
        name="csharp event handlers",
        title="~Thing~ page listens to prices",
        detail="""@@ src/Web/~Thing~Session.cs @@ public class ~Thing~Session
     public void Open(PriceFeed feed)
     {
+        feed.Changed += OnChanged;
     }
-    public void Dispose() => feed.Changed -= OnChanged;
""",
        lines=("System.OutOfMemoryException: Exception of type 'System.OutOfMemoryException' was thrown.",),
        delay=(40, 90),
        shows="leak",
    ),
    Story(
        name="unique constraint",
        title="~table~: one row per owner",
        kind="schema",
        detail="""--- /dev/null
+++ b/migrations/0009_unique.sql
@@ -0,0 +1 @@
+ALTER TABLE ~table~ ADD CONSTRAINT one_per_owner UNIQUE (owner_id);
""",
        lines=(
            'duplicate key value violates unique constraint "one_per_owner" Detail: Key (owner_id)=(17) already exists.',
        ),
    ),
    Story(
        name="not null",
        title="Tighten ~table~",
        kind="schema",
        detail="""@@ db/migrate/20310405_tighten.rb @@ class Tighten < ActiveRecord::Migration[8.0]
+    change_column_null :~table~, :~field~, false
""",
        lines=(
            'PG::NotNullViolation: ERROR: null value in column "~field~" of relation "~table~" violates not-null constraint',
        ),
    ),
    Story(
        name="cors",
        title="Set allowed origins explicitly",
        kind="config",
        detail="""@@ config/gateway.yml @@ cors:
-  allowed_origins: ["https://*.~vendor~.example"]
+  allowed_origins: ["https://www.~vendor~.example"]
""",
        lines=("CORS: origin https://app.~vendor~.example is not allowed, 403 Forbidden",),
    ),
    Story(
        name="jwt audience",
        title="Check the token's audience",
        detail="""@@ pkg/auth/verify.go @@ func Verify(raw string) (*Claims, error) {
+	if claims.Audience != expected {
+		return nil, fmt.Errorf("token audience %q is not %q", claims.Audience, expected)
+	}
 	return claims, nil
""",
        lines=('token audience "~thing~-mobile" is not "~thing~-web"', "401 Unauthorized"),
    ),
    Story(
        name="helm renamed service",
        title="Rename the ~thing~ service",
        kind="config",
        detail="""--- a/charts/~thing~/templates/service.yaml
+++ b/charts/~thing~/templates/service.yaml
@@ -2,4 +2,4 @@ kind: Service
 metadata:
-  name: ~thing~-reader
+  name: ~thing~-reads
""",
        lines=("dial tcp: lookup ~thing~-reader on 10.0.0.10:53: no such host",),
    ),
    Story(
        name="float overflow",
        title="Normalise ~thing~ weights",
        detail="""@@ model/~thing~_weights.py @@ def normalise(w):
-    return np.exp(w - w.max()) / np.exp(w - w.max()).sum()
+    return np.exp(w) / np.exp(w).sum()
""",
        lines=(
            "RuntimeWarning: overflow encountered in exp; scores are nan",
            "score is not finite, request failed",
        ),
    ),
    Story(
        name="timezone",
        title="Use local time in ~thing~ windows",
        detail="""@@ jobs/~thing~_window.py @@ def window(now):
-    start = now.replace(tzinfo=timezone.utc) - timedelta(hours=1)
+    start = datetime.now() - timedelta(hours=1)
     return start, now
""",
        lines=("TypeError: can't subtract offset-naive and offset-aware datetimes",),
    ),
    Story(
        name="encoding",
        title="Read ~thing~ uploads as text",
        detail="""@@ ingest/~thing~.py @@ def load(path):
-    with open(path, encoding="utf-8", errors="replace") as file:
+    with open(path, encoding="ascii") as file:
         return file.read()
""",
        lines=(
            "UnicodeDecodeError: 'ascii' codec can't decode byte 0xc3 in position 12: ordinal not in range(128)",
        ),
    ),
    Story(
        name="queue renamed",
        title="Queue names by team",
        kind="config",
        detail="""@@ config/queues.yml @@ production:
-  orders: ~thing~.orders
+  orders: team-~other~.orders
""",
        lines=("NOT_FOUND - no queue 'team-~other~.orders' in vhost '/'",),
    ),
    Story(
        name="thread pool",
        title="Bound ~thing~ workers",
        detail="""@@ src/main/java/~thing~/Workers.java @@ class Workers {
-    private final ExecutorService pool = Executors.newFixedThreadPool(64);
+    private final ExecutorService pool = new ThreadPoolExecutor(2, 2, 0L, SECONDS, new ArrayBlockingQueue<>(4));
""",
        lines=(
            "java.util.concurrent.RejectedExecutionException: Task rejected from ThreadPoolExecutor[Running, pool size = 2, queued tasks = 4]",
        ),
    ),
    Story(
        name="model file moved",
        kind="config",
        title="New place for ~thing~ models",
        detail="""@@ deploy/~thing~/values.yaml @@ model:
-  path: /models/~thing~/v3/weights.bin
+  path: /models/~thing~/current/weights.bin
""",
        lines=(
            "FileNotFoundError: [Errno 2] No such file or directory: '/models/~thing~/current/weights.bin'",
        ),
    ),
    Story(
        name="library minor upgrade",
        title="Weekly dependency updates",
        kind="library",
        detail="""--- a/package.json
+++ b/package.json
@@ -20,5 +20,5 @@
-    "~lib~": "^4.17.2",
+    "~lib~": "^4.18.0",
-    "~lib2~": "^1.0.3"
+    "~lib2~": "^1.0.4"
""",
        lines=("TypeError: ~lib~.createPool is not a function at /app/node_modules/~lib~/index.js:10:5",),
    ),
)

OUTSIDE: Final = (
    Outside(name="smtp relay refuses", lines=("550 relay.~vendor~.net: message refused, try later",)),
    Outside(
        name="payment network, told",
        lines=("charge declined by ~vendor~: issuer_unavailable", "504 from gateway ~vendor~"),
        report=("charges", "~vendor~: issuer_unavailable declines are elevated for some gateway charges"),
    ),
    Outside(
        name="cdn, told",
        lines=("fetch https://cdn.~vendor~.com/~thing~.bin: 502 Bad Gateway",),
        report=("CDN", "cdn.~vendor~.com answers 502 Bad Gateway in two regions"),
    ),
    Outside(name="time server", lines=("clock skew of 190 s: token used before issued",), everywhere=True),
    Outside(
        name="bad file of a partner",
        lines=("file from ~vendor~: record ~id~ has 14 columns instead of 15, stopping",),
    ),
    Outside(name="poisoned event", lines=("event_id=~id~ failed: division by zero in rate; redelivered",)),
    Outside(
        name="disk dies",
        lines=("read /dev/nvme1n1: input/output error", "EXT4-fs error: remounting filesystem read-only"),
    ),
    Outside(
        name="zone partition",
        lines=("connection to 10.9.~digit~.4:9042 lost: no route to host",),
        everywhere=True,
    ),
)
