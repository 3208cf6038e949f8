"""Changes that did harm, each with what its service says and shows afterwards: the stories of made incidents.

``~name~`` stands for a name that each incident draws anew. None of it is of any data set.
"""

# ruff: noqa: E501, E101, W293 - diffs are as long and as indented as they are

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Story:
    """One way in which a change does harm.

    Attributes:
        name: short, for tables.
        kind: of the change, as ``Change`` has it.
        title: its title.
        detail: its diff.
        lines: what the changed service says, at severity ERROR.
        delay: shortest and longest time until it shows (minutes).
        shows: ``errors`` | ``slow`` | ``leak``: which metrics move and how.
        restart: whether it kills the process.
    """

    name: str
    title: str
    detail: str
    lines: tuple[str, ...]
    kind: str = "deploy"
    delay: tuple[int, int] = (1, 4)
    shows: str = "errors"


STORIES: Final = (
    Story(
        name="python KeyError",
        title="Use the new ~thing~ payload",
        detail="""--- a/app/~thing~/views.py
+++ b/app/~thing~/views.py
@@ -31,7 +31,7 @@ def build_~thing~(payload):
     total = payload["total"]
-    ~field~ = payload.get("~field~", 0)
+    ~field~ = payload["~field~"]
     return total - ~field~
""",
        lines=(
            (
                'Traceback (most recent call last):\n  File "/srv/app/~thing~/views.py", line 33, in build_~thing~\n'
                "    ~field~ = payload[\"~field~\"]\nKeyError: '~field~'"
            ),
        ),
    ),
    Story(
        name="java NullPointerException",
        title="Simplify ~Thing~ pricing",
        detail="""diff --git a/src/main/java/com/acme/~thing~/~Thing~Pricer.java b/src/main/java/com/acme/~thing~/~Thing~Pricer.java
--- a/src/main/java/com/acme/~thing~/~Thing~Pricer.java
+++ b/src/main/java/com/acme/~thing~/~Thing~Pricer.java
@@ -58,10 +58,7 @@ public class ~Thing~Pricer {
     public BigDecimal price(~Thing~ item) {
-        Optional<Discount> discount = item.findDiscount();
-        if (discount.isPresent()) {
-            return item.base().subtract(discount.get().amount());
-        }
-        return item.base();
+        return item.base().subtract(item.discountOrNull().amount());
     }
""",
        lines=(
            (
                'java.lang.NullPointerException: Cannot invoke "Discount.amount()" because the return value of '
                '"~Thing~.discountOrNull()" is null\n\tat com.acme.~thing~.~Thing~Pricer.price(~Thing~Pricer.java:60)\n'
                "\tat com.acme.web.Router.handle(Router.java:201)"
            ),
        ),
    ),
    Story(
        name="javascript undefined",
        title="feat: show ~thing~ badge",
        detail="""@@ src/api/~thing~.js @@ export async function load(id)
   const res = await client.get(`/~thing~/${id}`);
-  return res.data?.~field~?.label ?? "";
+  return res.data.~field~.label;
""",
        lines=(
            (
                "TypeError: Cannot read properties of undefined (reading 'label')\n"
                "    at load (/usr/src/app/src/api/~thing~.js:17:28)\n    at process.processTicksAndRejections"
            ),
        ),
    ),
    Story(
        name="rust unwrap",
        title="Drop the ~thing~ fallback",
        detail="""--- a/src/~thing~/decode.rs
+++ b/src/~thing~/decode.rs
@@ -20,5 +20,5 @@ impl Decoder {
-        let region = header.region.clone().unwrap_or_default();
+        let region = header.region.clone().unwrap();
         Ok(Frame { region, body })
""",
        lines=(
            "thread 'worker-3' panicked at src/~thing~/decode.rs:21:44: called `Option::unwrap()` on a `None` value",
        ),
    ),
    Story(
        name="sql column renamed",
        kind="schema",
        title="migration 0142",
        detail="""--- /dev/null
+++ b/migrations/0142_rename.sql
@@ -0,0 +1,2 @@
+ALTER TABLE ~table~ RENAME COLUMN ~field~ TO ~other~;
+CREATE INDEX idx_~other~ ON ~table~ (~other~);
""",
        lines=(
            "org.postgresql.util.PSQLException: ERROR: column ~table~.~field~ does not exist Position: 41",
        ),
    ),
    Story(
        name="table not migrated",
        title="List ~thing~ history",
        detail="""@@ app/models/~thing~.rb @@ class ~Thing~ < ApplicationRecord
+  def history
+    connection.select_all("SELECT at, note FROM ~table~_history WHERE ~thing~_id = #{id}")
+  end
""",
        lines=("ActiveRecord::StatementInvalid: Mysql2::Error: Table 'prod.~table~_history' doesn't exist",),
    ),
    Story(
        name="environment variable",
        title="Read the ~thing~ bucket from the environment",
        detail="""--- a/internal/store/store.go
+++ b/internal/store/store.go
@@ -12,7 +12,11 @@ func New() (*Store, error) {
-	bucket := "~thing~-prod"
+	bucket := os.Getenv("~ENV~_BUCKET")
+	if bucket == "" {
+		return nil, errors.New("~ENV~_BUCKET is not set")
+	}
 	return &Store{bucket: bucket}, nil
""",
        lines=("startup failed: ~ENV~_BUCKET is not set", "process exited with status 1"),
    ),
    Story(
        name="json field renamed",
        title="Consistent naming in the ~thing~ API",
        detail="""@@ src/main/kotlin/dto/~Thing~Dto.kt @@ data class ~Thing~Dto(
-    @JsonProperty("~field~") val ~fieldCamel~: String,
+    @JsonProperty("~other~") val ~fieldCamel~: String,
     val id: Long,
""",
        lines=(
            (
                'com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException: Unrecognized field "~field~" '
                "(class dto.~Thing~Dto), not marked as ignorable"
            ),
        ),
    ),
    Story(
        name="integer became text",
        title="Store ~thing~ codes as text",
        kind="schema",
        detail="""--- a/db/schema/~table~.sql
+++ b/db/schema/~table~.sql
@@ -4,3 +4,3 @@ CREATE TABLE ~table~ (
-  ~field~ INTEGER NOT NULL,
+  ~field~ VARCHAR(16) NOT NULL,
   note TEXT
""",
        lines=(
            (
                "psycopg.errors.UndefinedFunction: operator does not exist: character varying = integer LINE 1: "
                "... WHERE ~field~ = 17; cannot cast type"
            ),
        ),
    ),
    Story(
        name="date format",
        title="Unify time formats",
        detail="""--- a/lib/~thing~/clock.py
+++ b/lib/~thing~/clock.py
@@ -8,4 +8,4 @@ def read_day(text):
-    return datetime.strptime(text, "%Y-%m-%d")
+    return datetime.strptime(text, "%d.%m.%Y")
""",
        lines=("ValueError: time data '2031-04-07' does not match format '%d.%m.%Y' (read_day)",),
    ),
    Story(
        name="stricter validation",
        title="Validate ~thing~ codes",
        detail="""@@ services/~thing~/validate.ts @@ export function validate(input: Input)
+  if (!/^[A-Z]{3}$/.test(input.~fieldCamel~)) {
+    throw new ValidationError(`~fieldCamel~ must be three capital letters`);
+  }
   return input;
""",
        lines=(
            "ValidationError: ~fieldCamel~ must be three capital letters",
            "400 Bad Request POST /v2/~thing~",
        ),
    ),
    Story(
        name="limit tightened",
        title="Lower the ~thing~ upload limit",
        kind="config",
        detail="""--- a/config/~thing~.yaml
+++ b/config/~thing~.yaml
@@ -3,3 +3,3 @@ uploads:
-  max_items: 500
+  max_items: 50
""",
        lines=("rejected ~thing~ upload: 220 items exceed max_items 50",),
    ),
    Story(
        name="wrong arguments",
        title="Pass the ~thing~ locale",
        detail="""--- a/core/~thing~.py
+++ b/core/~thing~.py
@@ -3,3 +3,3 @@
-def render_~thing~(item, style):
+def render_~thing~(item, style, locale):
     return style.apply(item)
""",
        lines=("TypeError: render_~thing~() missing 1 required positional argument: 'locale'",),
    ),
    Story(
        name="off by one",
        title="Page through ~thing~s from the end",
        detail="""@@ src/paging/~Thing~Pager.cs @@ public IReadOnlyList<Row> Last(int count)
-    for (int i = rows.Count - count; i < rows.Count; i++)
+    for (int i = rows.Count - count; i <= rows.Count; i++)
         page.Add(rows[i]);
""",
        lines=(
            (
                "System.ArgumentOutOfRangeException: Index was out of range. Must be non-negative and less than the "
                "size of the collection.\n   at Shop.Paging.~Thing~Pager.Last(Int32 count) in /src/paging/~Thing~Pager.cs:line 31"
            ),
        ),
    ),
    Story(
        name="division by zero",
        title="Mean ~thing~ score",
        detail="""--- a/scoring/mean.py
+++ b/scoring/mean.py
@@ -5,4 +5,3 @@ def mean_score(rows):
-    if not rows:
-        return 0.0
     total = sum(row.score for row in rows)
-    return total / max(len(rows), 1)
+    return total / len(rows)
""",
        lines=("ZeroDivisionError: division by zero",),
    ),
    Story(
        name="python leak",
        title="Remember recent ~thing~s",
        detail="""--- a/serving/~thing~.py
+++ b/serving/~thing~.py
@@ -1,9 +1,13 @@
 import json
 
+_SEEN = {}
+
 def serve(request):
     item = decode(request)
+    _SEEN[request.id] = item
     return answer(item)
""",
        lines=("MemoryError: Unable to allocate 8.00 MiB", "worker killed by signal 9, out of memory"),
        delay=(40, 90),
        shows="leak",
    ),
    Story(
        name="java cache without bound",
        title="Cache ~thing~ lookups",
        detail="""@@ src/main/java/~thing~/Lookup.java @@ public class Lookup {
-    private final Cache<String, Item> cache = Caffeine.newBuilder().maximumSize(10_000).build();
+    private final Map<String, Item> cache = new ConcurrentHashMap<>();
     Item find(String key) {
-        return cache.get(key, this::load);
+        return cache.computeIfAbsent(key, this::load);
     }
""",
        lines=("java.lang.OutOfMemoryError: Java heap space",),
        delay=(40, 90),
        shows="leak",
    ),
    Story(
        name="node listener leak",
        title="Follow ~thing~ updates",
        detail="""@@ src/live/~thing~.ts @@ export function follow(socket: Socket, bus: Bus)
+  bus.on("~thing~", (event) => socket.send(JSON.stringify(event)));
-  const stop = bus.once("~thing~", relay(socket));
-  socket.on("close", () => bus.removeListener("~thing~", stop));
""",
        lines=("FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",),
        delay=(40, 90),
        shows="leak",
    ),
    Story(
        name="connections not given back",
        title="Read ~thing~ totals directly",
        detail="""--- a/store/totals.go
+++ b/store/totals.go
@@ -20,8 +20,7 @@ func (s *Store) Totals(ctx context.Context) ([]Total, error) {
 	rows, err := s.db.QueryContext(ctx, totalsQuery)
 	if err != nil {
 		return nil, err
 	}
-	defer rows.Close()
 	var out []Total
""",
        lines=("pq: sorry, too many clients already", "could not acquire connection: pool exhausted"),
        delay=(8, 25),
    ),
    Story(
        name="pool made smaller",
        title="Right-size the ~thing~ database pool",
        kind="config",
        detail="""@@ deploy/~thing~/values.yaml @@ database:
-  poolSize: 40
+  poolSize: 4
   host: db.internal
""",
        lines=(
            "HikariPool-1 - Connection is not available, request timed out after 30000ms.",
            "query waited 29 s for a connection",
        ),
        shows="slow",
    ),
    Story(
        name="timeout made shorter",
        title="Fail faster on ~thing~ reads",
        detail="""@@ internal/clients/~thing~.go @@ func NewClient() *Client {
-	return &Client{timeout: 5 * time.Second}
+	return &Client{timeout: 50 * time.Millisecond}
""",
        lines=("read ~thing~: context deadline exceeded (Client.Timeout exceeded while awaiting headers)",),
    ),
    Story(
        name="query per row",
        title="Show the owner of each ~thing~",
        detail="""--- a/app/serializers/~thing~_serializer.py
+++ b/app/serializers/~thing~_serializer.py
@@ -14,6 +14,7 @@ def serialize(rows):
     out = []
     for row in rows:
+        owner = Owner.objects.get(pk=row.owner_id)
-        out.append({"id": row.id})
+        out.append({"id": row.id, "owner": owner.name})
     return out
""",
        lines=("GET /~thing~ took 14210 ms, request timed out",),
        shows="slow",
    ),
    Story(
        name="index dropped",
        title="Remove unused indexes",
        kind="schema",
        detail="""--- /dev/null
+++ b/migrations/0077_indexes.sql
@@ -0,0 +1 @@
+DROP INDEX idx_~table~_~field~;
""",
        lines=(
            "slow query (18234 ms): SELECT id FROM ~table~ WHERE ~field~ = $1",
            "canceling statement due to statement timeout",
        ),
        shows="slow",
        delay=(1, 10),
    ),
    Story(
        name="lock held",
        title="Count ~thing~s under one lock",
        detail="""@@ src/~thing~/counter.rs @@ impl Counter {
-        self.total.fetch_add(1, Ordering::Relaxed);
-        self.store.flush().await;
+        let mut total = self.total.lock().await;
+        *total += 1;
+        self.store.flush().await;
""",
        lines=("request timed out after 10 s waiting for lock", "event loop blocked for 9120 ms"),
        shows="slow",
    ),
    Story(
        name="deadlock",
        title="Move ~thing~s in one transaction",
        detail="""--- a/repo/~thing~.py
+++ b/repo/~thing~.py
@@ -9,6 +9,8 @@ def move(source, target):
+    with transaction.atomic():
+        rows = ~Thing~.objects.select_for_update().filter(owner__in=[target, source])
+        rows.update(owner=target)
-    ~Thing~.objects.filter(owner=source).update(owner=target)
""",
        lines=(
            "django.db.utils.OperationalError: deadlock detected DETAIL: Process 311 waits for ShareLock",
        ),
    ),
    Story(
        name="wrong host",
        title="Point at the new ~thing~ cluster",
        kind="config",
        detail="""--- a/deploy/env/production.env
+++ b/deploy/env/production.env
@@ -7,3 +7,3 @@
-~ENV~_HOST=~thing~-a.internal:6379
+~ENV~_HOST=~thing~-b.internal:6379
""",
        lines=(
            "redis.exceptions.ConnectionError: Error 111 connecting to ~thing~-b.internal:6379. Connection refused.",
        ),
    ),
    Story(
        name="role taken away",
        title="Tidy the ~thing~ role",
        kind="config",
        detail="""@@ terraform/iam/~thing~.tf @@ resource "aws_iam_role_policy" "~thing~" {
   statement {
-    actions = ["s3:GetObject", "s3:PutObject"]
+    actions = ["s3:GetObject"]
   }
""",
        lines=("AccessDenied: not authorized to perform: s3:PutObject on resource ~thing~-archive",),
    ),
    Story(
        name="secret renamed",
        title="Name secrets alike",
        kind="config",
        detail="""--- a/k8s/~thing~/deployment.yaml
+++ b/k8s/~thing~/deployment.yaml
@@ -22,4 +22,4 @@ env:
   - name: API_TOKEN
     valueFrom:
       secretKeyRef:
-        name: ~thing~-token
+        name: ~thing~-credentials
         key: token
""",
        lines=("401 Unauthorized: token is invalid", 'Error: secret "~thing~-credentials" not found'),
    ),
    Story(
        name="library major upgrade",
        title="Upgrade ~lib~",
        kind="library",
        detail="""--- a/requirements.txt
+++ b/requirements.txt
@@ -11,3 +11,3 @@
-~lib~==1.9.4
+~lib~==2.0.0
""",
        lines=("AttributeError: module '~lib~' has no attribute 'read_frame'",),
    ),
    Story(
        name="retry storm",
        title="Retry ~thing~ calls",
        detail="""@@ src/clients/~thing~Client.ts @@ export class ~Thing~Client {
-  retries = 1;
+  retries = 25;
""",
        lines=("429 Too Many Requests from ~thing~ quota", "rate limit exceeded, retrying (attempt 24)"),
    ),
    Story(
        name="route taken away",
        title="Remove the old ~thing~ routes",
        detail="""@@ config/routes.rb @@ Rails.application.routes.draw do
-  get "/v1/~thing~s/:id/summary", to: "~thing~s#summary"
   resources :~thing~s
""",
        lines=(
            'ActionController::RoutingError (No route matches [GET] "/v1/~thing~s/44/summary"): 404 Not Found',
        ),
    ),
    Story(
        name="unit mixed up",
        title="Amounts in cents",
        detail="""--- a/billing/amount.py
+++ b/billing/amount.py
@@ -2,4 +2,4 @@ def to_charge(amount):
-    return int(amount * 100)
+    return int(amount)
""",
        lines=(
            "charge rejected: amount 7 is below the minimum 50",
            "payment validation failed: amount too small",
        ),
    ),
    Story(
        name="goroutines never end",
        title="Stream ~thing~ events",
        detail="""@@ internal/stream/~thing~.go @@ func (s *Server) Subscribe(req *Req, out Stream) error {
+	go func() {
+		for ev := range s.events {
+			out.Send(ev)
+		}
+	}()
 	return nil
""",
        lines=("runtime: goroutine stack exceeds limit, out of memory", "too many open files"),
        delay=(40, 80),
        shows="leak",
    ),
    Story(
        name="memory limit lowered",
        title="Right-size ~thing~ pods",
        kind="config",
        detail="""--- a/charts/~thing~/values.yaml
+++ b/charts/~thing~/values.yaml
@@ -15,4 +15,4 @@ resources:
   limits:
     cpu: "1"
-    memory: 2Gi
+    memory: 256Mi
""",
        lines=("OOMKilled: container exceeded its memory limit", "back-off restarting failed container"),
    ),
    Story(
        name="feature flag",
        kind="flag",
        title="",
        detail="",
        lines=("~fieldCamel~Engine: IllegalStateException: ~field~_engine has no index loaded",),
        delay=(0, 2),
    ),
)
