"""Diffs in the dialects in which people tell of changes."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.diagnose.mechanism.contrast import contrast, is_paper, only_looks
from aright.core.diagnose.mechanism.diff import edits, prose
from aright.core.diagnose.mechanism.lexing import names, without_comments
from aright.core.diagnose.mechanism.libraries import upgrade

GIT = """diff --git a/src/cart.py b/src/cart.py
index 1..2 100644
--- a/src/cart.py
+++ b/src/cart.py
@@ -10,3 +10,3 @@ def total(cart):
     rows = cart.rows
-    return sum(rows)
+    return max(rows)
@@ -40,2 +40,2 @@ def other():
-    a()
+    b()
diff --git a/gone.py b/gone.py
--- a/gone.py
+++ /dev/null
@@ -1 +0,0 @@
-x = 1
"""


def test_a_git_diff_gives_an_edit_per_hunk_with_its_file_and_function():
    first, second, third = edits(GIT)

    assert (first.path, first.scope) == ("src/cart.py", "def total(cart):")
    assert (first.removed, first.added) == (("    return sum(rows)",), ("    return max(rows)",))
    assert first.around == ("    rows = cart.rows",)
    assert (second.scope, second.added) == ("def other():", ("    b()",))
    assert (third.path, third.removed) == ("gone.py", ("x = 1",))


def test_a_plain_unified_diff_needs_no_git_header():
    (edit,) = edits("--- a/x.go\n+++ b/x.go\n@@ -1 +1 @@\n-a\n+b\n\tc")

    assert (edit.path, edit.added, edit.around) == ("x.go", ("b",), ("\tc",))


def test_a_hunk_may_be_headed_by_its_path_or_its_function_alone():
    by_path, by_function, bare = edits("@@ go.mod @@\n-a v1\n+a v2\n@@ require (\n+b v1\n@@\n+c")

    assert (by_path.path, by_path.scope) == ("go.mod", "")
    assert by_function.scope == "require ("
    assert bare.added == ("c",)


def test_files_named_without_hunks_are_edits_without_lines():
    first, second = edits("diff --git a/docs/a.md b/docs/a.md\ndiff --git a/b.css b/b.css")

    assert [first.path, second.path] == ["docs/a.md", "b.css"]
    assert contrast((first, second)).idle


def test_what_is_no_diff_is_prose():
    assert edits("- faster\n- better") == ()
    assert prose("- faster\n- better") == "- faster\n- better"
    assert prose("why\n+++ b/a\n+x") == "why"
    assert prose("why\n+x") == "why"


@given(st.text(alphabet="+-@ a/b.\n\t\"'#", max_size=200))
@settings(deadline=None, max_examples=60)
def test_any_text_can_be_read(text):
    contrast(edits(text))


def test_comments_layout_moves_and_logs_are_set_aside():
    found = contrast(
        edits(
            "@@ a.go @@\n-// old\n-log.Println(1)\n-x   := 1\n"
            "+/* new */\n+x := 1 // one\n+logger.Info(2)\n+ * more"
        )
    )

    assert found.idle
    assert (found.removed, found.added) == ((), ())


def test_where_layout_tells_blocks_another_depth_is_another_meaning():
    head = "@@ {} @@\n-    with a() as b:\n-        c()\n-        return b\n"
    moved = head + "+    with a() as b:\n+        c()\n+    return b"

    assert not contrast(edits(moved.format("a.py"))).idle
    assert contrast(edits(moved.format("a.go"))).idle
    assert contrast(edits("@@ a.py @@\n-  x = 1\n+  x  = 1")).idle


def test_hints_of_types_do_nothing():
    hinted = "@@ a.py @@\n-def f(a, b=()):\n+def f(a: list[int], b: tuple[str, ...]=()) -> dict[str, int]:"

    assert contrast(edits(hinted)).idle
    assert not contrast(edits(hinted.replace("b=()", "b=1"))).idle


def test_what_a_tool_reads_in_a_comment_is_code():
    assert not contrast(edits("@@ a.rb @@\n+# frozen_string_literal: true")).idle
    assert not contrast(edits("@@ a.go @@\n+//go:embed a.txt")).idle
    assert contrast(edits("@@ a.rb @@\n+# frozen in winter")).idle


def test_prompts_and_lists_of_libraries_are_no_papers():
    assert not is_paper("ai/prompts/system.txt")
    assert not is_paper("requirements.txt")
    assert is_paper("notes.txt")
    assert is_paper("src/CartTest.java")


def test_colours_and_sizes_are_looks():
    assert only_looks(contrast(edits('@@ theme.ts @@\n-a: "#fff",\n+a: "#000",')))
    assert not only_looks(contrast(edits('@@ theme.ts @@\n-a: "#fff",\n+a: "b",')))
    assert not only_looks(contrast(edits("@@ a.py @@\n+x = 1")))


def test_a_line_is_paired_with_the_likest():
    found = contrast(edits("@@ a.py @@\n-x = load(1)\n-y = 3\n+y = 4\n+x = load(2)\n+z.q[5]"))

    assert found.pairs == (("x = load(1)", "x = load(2)"), ("y = 3", "y = 4"))


def test_comments_of_many_languages_are_known():
    assert without_comments("-- only SQL") == ""
    assert without_comments("#include <a.h>") == "#include <a.h>"
    assert without_comments("#[derive(Debug)]") == "#[derive(Debug)]"
    assert without_comments('"""A docstring."""') == ""
    assert without_comments("x <!-- y -->") == "x"


def test_names_have_no_spelling():
    assert {"useremail"} <= names("user_email = 1") & names("let userEmail")


def moved(path, old, new):
    return upgrade(contrast(edits(f"@@ {path} @@\n-{old}\n+{new}")))


def test_upgrades_are_told_by_their_size():
    assert moved("go.mod", "a/b v1.2.3", "a/b v1.2.4") == 0.3
    assert moved("package.json", '"a": "^1.2.3",', '"a": "^1.3.0",') == 0.6
    assert moved("requirements.txt", "a==0.4.1", "a==0.5.0") == 1.0
    assert moved("some/where.lock", "a 1.0.0", "a 2.0.0") == 1.0
    assert moved("src/a.py", "call(1)", "call(2)") == 0.0
    assert moved("go.mod", "a v1.2.3 // x", "a v1.2.3") == 0.0
    assert moved("pyproject.toml", 'name = "a"', 'name = "b"') == 0.0
