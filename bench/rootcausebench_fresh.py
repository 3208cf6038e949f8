"""Stories, the fifth family: written before the weighing was made to doubt outside causes, and run once then.

What the rules knew when these were written is in the history of the repository; nothing was mended by them.
"""

# ruff: noqa: E501 - diffs are as long and as indented as they are

from __future__ import annotations

from typing import Final

from bench.rootcausebench_story import Story

STORIES: Final = (
    Story(
        name="decimal comma",
        title="Localise ~thing~ amounts",
        detail="""@@ billing/~thing~_row.py @@ def render(row, locale):
-    return f"{row.amount:.2f}"
+    return format_decimal(row.amount, locale=locale)
""",
        lines=("ValueError: could not convert string to float: '12,50'",),
    ),
    Story(
        name="aware and naive time",
        title="Drop pytz from ~thing~",
        detail="""@@ jobs/~thing~_due.py @@ def due(item):
-    now = datetime.now(pytz.utc)
+    now = datetime.utcnow()
     return item.expires_at <= now
""",
        lines=(
            'TypeError: can\'t compare offset-naive and offset-aware datetimes; File "jobs/~thing~_due.py", line 14, in due',
        ),
    ),
    Story(
        name="flag without a diff",
        kind="flag",
        title="~field~_engine on",
        detail="",
        lines=(
            "Error: ~field~_engine: no candidate left after ranking",
            "~field~_engine gave nothing for ~thing~",
        ),
    ),
    Story(
        name="security group",
        kind="config",
        title="Tidy rules of the ~thing~ network",
        detail="""@@ terraform/network.tf @@ resource "aws_security_group" "~thing~"
-  ingress { from_port = 5432, to_port = 5432, cidr_blocks = ["10.0.0.0/8"] }
+  ingress { from_port = 5432, to_port = 5432, cidr_blocks = ["10.1.0.0/16"] }
""",
        lines=(
            "could not connect to server: Connection timed out. Is the server running on host and accepting TCP/IP connections on port 5432?",
        ),
    ),
    Story(
        name="body size",
        kind="config",
        title="Harden the edge of ~thing~",
        detail="""@@ nginx/~thing~.conf @@ server {
-    client_max_body_size 20m;
+    client_max_body_size 1m;
""",
        lines=("client intended to send too large body: 4194304 bytes", "413 Request Entity Too Large"),
    ),
    Story(
        name="keep-alive to upstream",
        kind="config",
        title="Simpler upstream of ~thing~",
        detail="""@@ nginx/upstreams.conf @@ upstream ~thing~ {
-    keepalive 64;
     server ~thing~.internal:8080;
""",
        lines=("connect() failed (99: Cannot assign requested address) while connecting to upstream",),
        delay=(3, 15),
    ),
    Story(
        name="bucket prefix",
        title="Sort ~thing~ pictures by year",
        detail="""@@ media/~thing~_store.ts @@ export function keyOf(id: string, year: number) {
-  return `~thing~/${id}.webp`;
+  return `~thing~/${year}/${id}.webp`;
""",
        lines=("NoSuchKey: The specified key does not exist.", "thumbnail failed: S3 object missing"),
    ),
    Story(
        name="grpc message size",
        title="Send whole ~thing~ trees",
        detail="""@@ internal/~thing~/server.go @@ func (s *Server) Tree(ctx context.Context, r *pb.TreeRequest) (*pb.TreeReply, error) {
-	return s.children(ctx, r.Id, 1)
+	return s.children(ctx, r.Id, s.maxDepth)
""",
        lines=(
            "rpc error: code = ResourceExhausted desc = grpc: received message larger than max (7340032 vs. 4194304)",
        ),
    ),
    Story(
        name="graphql null",
        title="~Thing~ owner from the directory",
        detail="""@@ src/resolvers/~thing~.js @@ ~Thing~: {
-  owner: (item) => item.owner ?? UNKNOWN_OWNER,
+  owner: (item, _, { directory }) => directory.byId(item.ownerId),
""",
        lines=("Cannot return null for non-nullable field ~Thing~.owner.",),
    ),
    Story(
        name="function clause",
        title="~Thing~ events with versions",
        detail="""@@ lib/~thing~/handler.ex @@ defmodule ~Thing~.Handler do
-  def handle(%{"type" => type} = event), do: route(type, event)
+  def handle(%{"type" => type, "v" => 2} = event), do: route(type, event)
""",
        lines=("** (FunctionClauseError) no function clause matching in ~Thing~.Handler.handle/1",),
    ),
    Story(
        name="session closed",
        title="Shorter transactions in ~thing~",
        detail="""@@ app/~thing~_service.py @@ def load(id):
-    with Session() as session:
-        item = session.get(~Thing~, id)
-        return view(item)
+    with Session() as session:
+        item = session.get(~Thing~, id)
+    return view(item)
""",
        lines=(
            "sqlalchemy.orm.exc.DetachedInstanceError: Parent instance <~Thing~ at 0x7f> is not bound to a Session; lazy load operation of attribute 'lines' cannot proceed",
        ),
    ),
    Story(
        name="await forgotten",
        title="Async ~thing~ client",
        detail="""@@ clients/~thing~.py @@ class ~Thing~Client:
-    def price(self, id):
-        return self.http.get(f"/price/{id}").json()
+    async def price(self, id):
+        return (await self.http.get(f"/price/{id}")).json()
""",
        lines=(
            "TypeError: unsupported operand type(s) for +: 'coroutine' and 'int'",
            "RuntimeWarning: coroutine '~Thing~Client.price' was never awaited",
        ),
    ),
    Story(
        name="this lost",
        title="Register ~thing~ routes in a table",
        detail="""@@ src/routes/~thing~.js @@ const routes = [
-  ["/~thing~", (req, res) => controller.show(req, res)],
+  ["/~thing~", controller.show],
""",
        lines=(
            "TypeError: Cannot read properties of undefined (reading 'repository') at show (src/controllers/~thing~.js:12:17)",
        ),
    ),
    Story(
        name="php strict types",
        title="Strict types in ~Thing~",
        detail="""@@ src/~Thing~/Quantity.php @@
 <?php
+declare(strict_types=1);
 namespace Shop;
""",
        lines=(
            "PHP Fatal error: Uncaught TypeError: Quantity::__construct(): Argument #1 must be of type int, string given in src/~Thing~/Quantity.php:19",
        ),
    ),
    Story(
        name="naming policy",
        title="Snake case for ~thing~ answers",
        detail="""@@ Api/Startup.cs @@ services.AddControllers().AddJsonOptions(o => {
-    o.JsonSerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
+    o.JsonSerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
""",
        lines=(
            "Error: ~fieldCamel~ is undefined in answer of ~thing~",
            "invalid ~thing~: ~fieldCamel~ expected",
        ),
    ),
    Story(
        name="audience",
        kind="config",
        title="One identity for all of ~thing~",
        detail="""@@ deploy/~thing~/values.yaml @@ oidc:
-  audience: ~thing~-web
+  audience: ~thing~
""",
        lines=("JWTClaimsError: Invalid claims: aud not accepted", "401 Unauthorized"),
    ),
    Story(
        name="job overlaps",
        kind="config",
        title="Fresher ~thing~ totals",
        detail="""@@ cron/~thing~.cron @@
-0 * * * * /app/bin/totals --all
+*/2 * * * * /app/bin/totals --all
""",
        lines=("another run of totals is still active, giving up", "lock totals is held by pid 4121"),
        delay=(3, 10),
    ),
    Story(
        name="feature names",
        kind="model_version",
        title="Retrained ~thing~ ranker",
        detail="""@@ models/~thing~.yaml @@ inputs:
-  - ~field~
+  - ~other~
""",
        lines=(
            "ValueError: feature_names mismatch: expected ~other~ in input data",
            "training data did not have the following fields: ~field~",
        ),
    ),
    Story(
        name="gpu batch",
        kind="config",
        title="More throughput for ~thing~",
        detail="""@@ serving/~thing~.toml @@ [batching]
-max_batch = 8
+max_batch = 96
""",
        lines=("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 3.50 GiB", "inference failed"),
        delay=(1, 12),
    ),
    Story(
        name="eviction policy",
        kind="config",
        title="Do not lose ~thing~ sessions",
        detail="""@@ redis/~thing~.conf @@
-maxmemory-policy allkeys-lru
+maxmemory-policy noeviction
""",
        lines=("OOM command not allowed when used memory > 'maxmemory'.",),
        delay=(2, 30),
    ),
    Story(
        name="redirects",
        title="Own fetch in ~thing~",
        detail="""@@ src/fetch/~thing~.rs @@ pub fn client() -> Client {
-    Client::builder().redirect(Policy::limited(5)).build()
+    Client::builder().redirect(Policy::none()).build()
""",
        lines=(
            "unexpected status 308 Permanent Redirect from /~thing~s",
            "decode failed: EOF while parsing a value",
        ),
    ),
    Story(
        name="backtracking",
        title="Accept more ~thing~ codes",
        detail="""@@ lib/validate_~thing~.js @@
-const CODE = /^[A-Z]{3}-\\d+$/;
+const CODE = /^([A-Z]+-?)+\\d+$/;
""",
        lines=("event loop blocked for 11842 ms", "request aborted: client closed connection after 10 s"),
        shows="slow",
    ),
    Story(
        name="field number used again",
        kind="schema",
        title="~thing~ with priority",
        detail="""@@ proto/~thing~.proto @@ message ~Thing~ {
-  string ~field~ = 4;
+  int64 priority = 4;
""",
        lines=("google.protobuf.message.DecodeError: Wrong wire type in tag", "failed to parse ~Thing~"),
    ),
    Story(
        name="idempotency key",
        title="Shorter payment calls for ~thing~",
        detail="""@@ pay/~thing~_charge.rb @@ def charge(order)
-    client.post("/charges", body: order.to_h, headers: { "Idempotency-Key" => order.key })
+    client.post("/charges", body: order.to_h)
""",
        lines=(
            "charge refused: duplicate transaction for order",
            'PG::UniqueViolation: duplicate key value violates unique constraint "charges_order_id_key"',
        ),
    ),
    Story(
        name="frozen string",
        title="Frozen literals in ~thing~",
        detail="""@@ lib/~thing~/label.rb @@
+# frozen_string_literal: true
+
 module ~Thing~
""",
        lines=('FrozenError: can\'t modify frozen String: ""', "lib/~thing~/label.rb:14:in `append'"),
    ),
    Story(
        name="nil map",
        title="Count ~thing~s by kind",
        detail="""@@ internal/stats/~thing~.go @@ type Stats struct {
-	byKind map[string]int
+	byKind, byShop map[string]int
@@ internal/stats/~thing~.go @@ func (s *Stats) Add(item Item) {
+	s.byShop[item.Shop]++
""",
        lines=(
            "panic: assignment to entry in nil map",
            "goroutine 41 [running]: internal/stats/~thing~.go:31 (*Stats).Add",
        ),
    ),
    Story(
        name="cookie",
        title="Stricter cookies for ~thing~",
        detail="""@@ web/session_~thing~.py @@ def set_session(response, value):
-    response.set_cookie("sid", value, samesite="Lax", secure=True)
+    response.set_cookie("sid", value, samesite="Strict", secure=True)
""",
        lines=("OAuth callback: state does not match the session", "login loop detected"),
    ),
    Story(
        name="inner join",
        title="Faster ~thing~ overview",
        detail="""@@ db/~thing~_overview.sql @@
-LEFT JOIN ~table~ t ON t.id = o.~thing~_id
+JOIN ~table~ t ON t.id = o.~thing~_id
""",
        lines=("overview is empty for customer", "AssertionError: expected at least one row of ~thing~"),
    ),
    Story(
        name="consumer group",
        kind="config",
        title="Name consumers alike",
        detail="""@@ config/~thing~-consumer.properties @@
-group.id=~thing~-prod
+group.id=prod.~thing~
""",
        lines=(
            "~thing~ older than 24 h skipped: already handled",
            "duplicate ~thing~ seen 5 times, backing off",
        ),
        delay=(1, 6),
    ),
    Story(
        name="cors",
        title="Gateway answers preflights",
        detail="""@@ gateway/filters/~thing~.lua @@ function _M.headers(res)
-  res["Access-Control-Allow-Headers"] = "authorization, content-type, x-~thing~"
+  res["Access-Control-Allow-Headers"] = "authorization, content-type"
""",
        lines=(
            "Access to fetch has been blocked by CORS policy: Request header field x-~thing~ is not allowed by Access-Control-Allow-Headers in preflight response",
        ),
    ),
    Story(
        name="tokenizer",
        kind="library",
        title="transformers 4.57",
        detail="""@@ requirements.txt @@
-transformers==4.38.2
+transformers==4.57.0
""",
        lines=(
            'IndexError: index out of range in self; File "~thing~/encode.py", line 40, in encode',
            "token id 32001 is beyond the embedding of size 32000",
        ),
    ),
    Story(
        name="rounding",
        title="Totals of ~thing~ in one place",
        detail="""@@ core/~thing~/Total.kt @@ fun total(lines: List<Line>): BigDecimal =
-    lines.map { it.gross.setScale(2, HALF_UP) }.reduce(BigDecimal::add)
+    lines.map { it.gross }.reduce(BigDecimal::add).setScale(2, HALF_EVEN)
""",
        lines=("ledger does not balance: difference 0.01", "posting refused by ledger"),
    ),
)
