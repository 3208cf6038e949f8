"""What is seen in an edit, in several languages."""

from __future__ import annotations

import pytest

from aright.core.diagnose.mechanism.contrast import contrast
from aright.core.diagnose.mechanism.diff import edits
from aright.core.diagnose.mechanism.lasting import growth
from aright.core.diagnose.mechanism.tidiness import tidy
from aright.core.diagnose.mechanism.trait_rules import traits_of
from aright.core.diagnose.mechanism.traits import Trait


def traits(*lines, path="src/a.x"):
    hunks = edits("\n".join([f"@@ {path} @@", *lines]))
    return traits_of(contrast(hunks), hunks)


SEEN = (
    (Trait.GUARD_REMOVED, ("-  if (cart == null) return 0;", "   return cart.total;")),
    (Trait.GUARD_REMOVED, ("-x = row.get('a', 0)", "+x = row['a']")),
    (Trait.GUARD_REMOVED, ("-let a = b.unwrap_or(0);", "+let a = b.unwrap();")),
    (Trait.GUARD_REMOVED, ("-x = first(a)", "+x = a.first!.b")),
    (Trait.HANDLER_REMOVED, ("-try:", "-  go()", "-except IOError:", "-  stay()", "+go()")),
    (Trait.CONDITION, ("-if a < b:", "+if a <= b:")),
    (Trait.SWAPPED, ("-x = store.load(k)", "+x = store.load_async(k)")),
    (Trait.OMITTED, ("-x = text.strip().lower()", "+x = text.lower()")),
    (Trait.GROWS, ("+seen = []", "+def f(x):", "+    seen.append(x)")),
    (Trait.RELEASE_REMOVED, ("-\tdefer rows.Close()",)),
    (Trait.ACQUIRES, ("+go func() { work() }()",)),
    (Trait.RENAMED, ('-    "title": 1,', '+    "name": 1,')),
    (Trait.RENAMED, ("-x = a.mail", "+x = a.email")),
    (Trait.RENAMED, ("+ALTER TABLE t RENAME COLUMN a TO b;",)),
    (Trait.REFERS, ('+q("SELECT a FROM new_table")',)),
    (Trait.REFERS, ('+x = config.get("new.key")',)),
    (Trait.REMOVED, ("+DROP TABLE t;",)),
    (Trait.REMOVED, ("-  string note = 4;",)),
    (Trait.REMOVED, ("-call()",)),
    (Trait.NUMBER, ("-x = f(1)", "+x = f(2)")),
    (Trait.LIMIT, ("-timeout: 30", "+timeout: 3")),
    (Trait.LIMIT, ("-timeout: 5s", "+timeout: 50ms")),
    (Trait.LIMIT, ("-max_x = a", "+max_x = 'b'")),
    (Trait.LIMIT, ("-client_max = y",)),
    (Trait.COSTLIER, ("+DROP INDEX idx_a;",)),
    (Trait.COSTLIER, ("-x = await load()", "+x = load()")),
    (Trait.COSTLIER, (" for row in rows:", "+    owner = Owner.objects.get(pk=row.o)")),
    (Trait.COSTLIER, ("-prefetch = 2", "+prefetch = 20000")),
    (Trait.LOCKING, ("+with lock:", "+    x()")),
    (Trait.ADDRESS, ("-url: http://a.internal", "+url: http://b.internal")),
    (Trait.ADDRESS, ("+proxy_host = x",)),
    (Trait.ACCESS, ("-role: admin", "+role: reader")),
    (Trait.ACCESS, ("+grant(x)",)),
    (Trait.CONVERSION, ('-d.strftime("%Y")', '+d.strftime("%y")')),
    (Trait.CONVERSION, ("-  a INTEGER,", "+  a TEXT,")),
    (Trait.CONVERSION, ("+x = parse(y)",)),
    (Trait.SIGNATURE, ("-def f(a):", "+def f(a, b):")),
    (Trait.SIGNATURE, ("-return a, b", "+return a, b, c")),
    (Trait.STRICTER, ('+throw new Error("no")',)),
    (Trait.STRICTER, ("-required = 1", "+required = 2")),
    (Trait.INDEXING, ("-x = a[i - 1]", "+x = a[i - 2]")),
    (Trait.INDEXING, ("+x = a[1]",)),
    (Trait.CALCULATION, ("-x = max(a, b)", "+x = min(a, b)")),
    (Trait.CALCULATION, ("-return int(a * 100)", "+return int(a)")),
    (Trait.DIVISION, ("-x = 0", "+x = total / count")),
    (Trait.RESOURCES, ("-  memory: 2Gi", "+  memory: 256Mi")),
    (Trait.LIBRARY, ("-a v1.0.0", "+a v2.0.0")),
)


@pytest.mark.parametrize(("trait", "lines"), SEEN)
def test_a_trait_is_seen(trait, lines):
    assert traits(*lines)[trait] >= 0.4


def test_the_more_a_number_moves_the_more_it_is():
    little = traits("-timeout: 30", "+timeout: 33")[Trait.LIMIT]
    much = traits("-timeout: 30", "+timeout: 0")[Trait.LIMIT]

    assert little < 0.5 < much == 1.0


def test_more_memory_is_hardly_a_risk():
    assert traits("-  memory: 1Gi", "+  memory: 2Gi")[Trait.RESOURCES] == 0.2
    assert traits("-cpu: a", "+cpu: b")[Trait.RESOURCES] == 0.6


def test_settings_that_win_or_lose_a_limit_change_it():
    assert traits("+max_size: big", path="a.yaml")[Trait.LIMIT] == 0.9


def test_a_new_bounded_cache_changes_no_limit():
    assert Trait.LIMIT not in traits("+@lru_cache(maxsize=64)", "+def f(x):", "+    return x")


def test_an_idle_change_has_no_trait():
    assert traits("-// a", "+// b") == {}


def test_a_moved_version_is_no_renaming():
    assert list(traits('-    "a": "2.1.0",', '+    "a": "3.0.0",', path="package.json")) == [Trait.LIBRARY]


GROWING = (
    "+var seen = make(map[string]bool)\n+func f(k string) {\n+\tseen[k] = true\n+}",
    "+private val rows = ListBuffer.empty[Row]\n+def f(r: Row) = {\n+  rows += r\n+}",
    "+  @@all = []\n+  def f(x)\n+    @@all << x\n+  end",
    "-def f(x, into=None):\n+def f(x, into=[]):\n     into.append(x)",
)


@pytest.mark.parametrize("lines", GROWING)
def test_what_lives_on_and_only_grows_is_seen(lines):
    assert growth(edits("@@ a.x @@\n" + lines)) == 1.0


def test_less_is_known_of_fields_and_strangers_and_nothing_of_locals():
    assert growth(edits("@@ a.x @@\n+    self.rows.append(1)")) == 0.7
    assert growth(edits("@@ a.x @@\n+    rows.append(1)")) == 0.3
    assert growth(edits("@@ a.x @@\n+    rows = []\n+    rows.append(1)")) == 0.0
    assert growth(edits("@@ a.x @@\n+    total += price")) == 0.0
    assert growth(edits("@@ a.x @@\n+@cache\n+def f(x):\n+    return x")) == 0.7
    assert growth(()) == 0.0


def said_again(lines, path="a.py"):
    hunks = edits(f"@@ {path} @@\n{lines}")
    found = contrast(hunks)
    return tidy(found, traits_of(found, hunks))


TIDY = (
    "-acc = 0\n-for r in rows:\n-    acc += r.value\n+got = 0\n+for row in rows:\n+    got += row.value",
    '-log = "recieved"\n-say("a b")\n+log2 = "recieved"\n+say("a c")',
)
UNTIDY = (
    "+x = 1",
    "-x = f(1)\n+x = f(2)",
    '-x = r["a"]\n+x = r["b"]',
    "-x = a.before(b)\n+x = a.after(b)",
    "-x = a\n+x = a * b",
    "-if x is None: return\n-y = x\n+z = x",
    "-with lock:\n-    x()\n+y()",
)


@pytest.mark.parametrize("lines", TIDY)
def test_other_words_for_the_same_are_tidy(lines):
    assert said_again(lines)


@pytest.mark.parametrize("lines", UNTIDY)
def test_other_numbers_keys_checks_or_operators_are_not(lines):
    assert not said_again(lines)


def test_every_word_of_settings_is_a_value():
    assert not said_again("-host: a\n+host: b", path="a.yaml")


def test_names_that_others_go_by_are_values():
    assert not said_again("-  string label = 4;\n+  int64 weight = 4;", path="api/shop.proto")
    assert not said_again("-x = near(y, HALF_UP)\n+x = near(y, HALF_EVEN)")
    assert said_again("-x = near(y, half)\n+z = near(y, half)")
