"""Changes that did harm, each with what its service says and shows afterwards: the stories of made incidents.

``~name~`` stands for a name that each incident draws anew. None of it is of any data set.
"""

# ruff: noqa: E501, E101 - diffs are as long and as indented as they are

from __future__ import annotations

from typing import Final

from bench.rootcausebench_story import Story
from bench.rootcausebench_strains import STRAINS

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
    *STRAINS,
)
