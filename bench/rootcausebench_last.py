"""The stories that were written last: the first run over them is the figure in ``RESULTS.md``."""

# ruff: noqa: E501 - diffs are as long and as indented as they are

from __future__ import annotations

from typing import Final

from bench.rootcausebench_decoys import Outside
from bench.rootcausebench_story import Story

STORIES: Final = (
    Story(
        name="perl hash",
        title="Shorter ~thing~ report",
        detail="""--- a/lib/~Thing~/Report.pm
+++ b/lib/~Thing~/Report.pm
@@ -22,4 +22,3 @@ sub total {
-    return 0 unless defined $row->{~field~};
     return $row->{~field~}->{sum} * 2;
""",
        lines=("Can't use an undefined value as a HASH reference at lib/~Thing~/Report.pm line 23.",),
    ),
    Story(
        name="django template",
        title="Rename ~thing~ page",
        detail="""@@ shop/views.py @@ def detail(request, pk):
-    return render(request, "~thing~/detail.html", context)
+    return render(request, "~thing~/show.html", context)
""",
        lines=("django.template.exceptions.TemplateDoesNotExist: ~thing~/show.html",),
    ),
    Story(
        name="grpc method moved",
        kind="schema",
        title="~thing~ service v2",
        detail="""@@ api/~thing~.proto @@ service ~Thing~s {
-  rpc Get~Thing~(Get~Thing~Request) returns (~Thing~);
+  rpc Fetch~Thing~(Get~Thing~Request) returns (~Thing~);
""",
        lines=("rpc error: code = Unimplemented desc = unknown method Get~Thing~ for service acme.~Thing~s",),
    ),
    Story(
        name="redis database",
        kind="config",
        title="Separate ~thing~ cache",
        detail="""@@ config/cache.ini @@ [redis]
-url = redis://cache.internal:6379/0
+url = redis://cache.internal:6379/17
""",
        lines=("ReplyError: ERR DB index is out of range", "cache unavailable"),
    ),
    Story(
        name="go channel",
        title="Report ~thing~ progress",
        detail="""@@ internal/run/~thing~.go @@ func (r *Runner) Run(ctx context.Context) error {
+	r.progress <- step
-	select {
-	case r.progress <- step:
-	default:
-	}
""",
        lines=(
            "all goroutines are asleep - deadlock!",
            "request cancelled after 60 s: context deadline exceeded",
        ),
        shows="slow",
    ),
    Story(
        name="numpy dtype",
        title="Compact ~thing~ features",
        detail="""@@ features/~thing~.py @@ def pack(x):
-    return x.astype(np.float32)
+    return x.astype(np.int8)
""",
        lines=("ValueError: score -128 outside [0, 1]; prediction rejected",),
    ),
    Story(
        name="pagination token",
        title="Opaque ~thing~ cursors",
        detail="""@@ src/cursor.ts @@ export function read(cursor: string): Cursor
-  return JSON.parse(cursor);
+  return JSON.parse(Buffer.from(cursor, "base64").toString());
""",
        lines=("SyntaxError: Unexpected token '\\ufffd' in JSON at position 0",),
    ),
    Story(
        name="s3 region",
        kind="config",
        title="Move ~thing~ storage settings",
        detail="""@@ helm/values.yaml @@ storage:
-  region: eu-central-1
+  region: eu-west-1
""",
        lines=(
            "PermanentRedirect: The bucket must be addressed using the specified endpoint; expected region eu-central-1",
        ),
    ),
    Story(
        name="password rotated",
        kind="config",
        title="Rotate ~thing~ database password",
        detail="""@@ vault/~thing~.hcl @@ path "db" {
-  password_version = 4
+  password_version = 5
""",
        lines=('FATAL: password authentication failed for user "~thing~"',),
    ),
    Story(
        name="http client per request",
        title="Fresh client for ~thing~",
        detail="""@@ clients/~thing~.cs @@ public async Task<string> Get(string path)
-        return await _shared.GetStringAsync(path);
+        var client = new HttpClient();
+        return await client.GetStringAsync(path);
""",
        lines=(
            "SocketException: Only one usage of each socket address is normally permitted; ephemeral ports exhausted",
        ),
        delay=(8, 20),
    ),
    Story(
        name="log in memory",
        title="Keep the last ~thing~ answers",
        detail="""@@ server/~thing~_state.rb @@ class ~Thing~State
+  @@answers = []
   def answer(request)
+    @@answers << request.body
     compute(request)
   end
""",
        lines=("NoMemoryError: failed to allocate memory", "Killed process 1 (ruby) out of memory"),
        delay=(40, 90),
        shows="leak",
    ),
    Story(
        name="python default argument",
        title="Collect ~thing~ warnings",
        detail="""@@ core/warn.py @@
-def warn(text, into=None):
-    into = [] if into is None else into
+def warn(text, into=[]):
     into.append(text)
     return into
""",
        lines=("MemoryError", "worker exceeded its memory limit and was killed"),
        delay=(40, 90),
        shows="leak",
    ),
    Story(
        name="cross join",
        title="Count ~thing~ owners",
        detail="""@@ reports/owners.sql @@
-SELECT count(*) FROM ~table~ t JOIN owners o ON o.id = t.owner_id
+SELECT count(*) FROM ~table~ t, owners o
""",
        lines=(
            "ERROR: canceling statement due to statement timeout",
            "could not write to temporary file: No space left on device",
        ),
        shows="slow",
    ),
    Story(
        name="lazy loading",
        title="Lazy ~thing~ relations",
        detail="""@@ src/main/java/~thing~/~Thing~.java @@ public class ~Thing~ {
-    @ManyToOne(fetch = FetchType.EAGER)
+    @ManyToOne(fetch = FetchType.LAZY)
""",
        lines=("org.hibernate.LazyInitializationException: could not initialize proxy - no Session",),
    ),
    Story(
        name="integer parse",
        title="Sizes with units",
        detail="""@@ cmd/size.go @@ func size(text string) (int64, error) {
-	return units.Parse(text)
+	return strconv.ParseInt(text, 10, 64)
""",
        lines=('strconv.ParseInt: parsing "512Mi": invalid syntax',),
    ),
    Story(
        name="model threshold file",
        kind="model_version",
        title="~thing~ model 9",
        detail="""@@ models/~thing~/manifest.json @@
-  "features": ["~field~", "age", "amount"],
+  "features": ["~other~", "age", "amount"],
""",
        lines=("feature '~other~' is not in the request: cannot score",),
    ),
    Story(
        name="strict json",
        title="Refuse unknown fields",
        detail="""@@ src/~thing~.rs @@
 #[derive(Deserialize)]
+#[serde(deny_unknown_fields)]
 pub struct ~Thing~ {
""",
        lines=("Error: unknown field `~field~`, expected one of `id`, `note` at line 1 column 40",),
    ),
    Story(
        name="queue prefetch",
        kind="config",
        title="Tune the ~thing~ consumer",
        detail="""@@ config/consumer.toml @@
-prefetch = 20
+prefetch = 20000
""",
        lines=("consumer killed: out of memory", "memory alarm: flow stopped"),
    ),
    Story(
        name="library in another language",
        kind="library",
        title="Dependency updates",
        detail="""@@ Cargo.toml @@ [dependencies]
-~lib~ = "1.4"
+~lib~ = "2.0"
""",
        lines=(
            "thread 'main' panicked at /root/.cargo/registry/src/~lib~-2.0.0/src/conn.rs:88:13: no reactor running",
        ),
    ),
    Story(
        name="flag",
        kind="flag",
        title="",
        detail="",
        lines=("~Thing~ request failed in ~field~_engine: assertion failed",),
        delay=(0, 2),
    ),
)

OUTSIDE: Final = (
    Outside(
        name="sms provider, told",
        lines=("~vendor~ sms gateway: 502 queue is full",),
        report=("sms", "~vendor~ sms gateway queue delays and 502 answers"),
    ),
    Outside(
        name="tax api gives nonsense",
        lines=("https://tax.~vendor~.com/rate answered 200 with an empty body",),
    ),
    Outside(
        name="poison order", lines=("order_id=~id~ total is NaN, refused by ledger; sent back to the queue",)
    ),
    Outside(name="kernel", lines=("EDAC MC0: 1 CE memory read error on CPU_SrcID#0",)),
    Outside(name="power", lines=("lost contact to rack ~digit~: host unreachable",), everywhere=True),
    Outside(
        name="registry down, told",
        lines=("pull access to registry.~vendor~.io failed: 500 Internal Server Error",),
        report=("registry", "registry.~vendor~.io: 500 errors while images are pulled"),
    ),
)
