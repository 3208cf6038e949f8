"""Changes that wear out, slow down, shut out or overload: the second half of the made incidents' stories."""

# ruff: noqa: E501, E101, W293 - diffs are as long and as indented as they are

from __future__ import annotations

from typing import Final

from bench.rootcausebench_story import Story

STRAINS: Final = (
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
