"""`aright investigate` as it is called: what it prints, and how it leaves."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.csv as pv
import pyarrow.parquet as pq
import pytest

from aright.cli.main import main


def rows(seed, n=3_000, *, worse="", empty="", income=0.0):
    random = np.random.default_rng(seed)
    region = random.choice(["north", "south", "east"], n)
    score = random.random(n)
    truth = random.random(n) < score
    answer = np.where((region == worse) & (random.random(n) < 0.5), score < 0.5, score > 0.5)
    age = random.normal(40, 12, n)
    return pa.table(
        {
            "row_id": np.arange(n),
            "region": region,
            "age": pa.array(np.where(region == empty, np.nan, age), from_pandas=True),
            "income": random.lognormal(10 + income, 1, n),
            "year": random.integers(2018, 2020, n),
            "born": pa.array(random.integers(0, 10**15, n) + int(income * 10**15), pa.timestamp("us")),
            "score": score,
            "prediction": answer.astype(int),
            "truth": truth.astype(int),
        }
    )


@pytest.fixture
def ask(tmp_path, capsys):
    """Write tables to files, ask, and return the exit code with what was printed."""

    def asked(current, *options, reference=None):
        for name, table in (("now.pq", current), ("was.pq", rows(1) if reference is None else reference)):
            pq.write_table(table, tmp_path / name)
        with pytest.raises(SystemExit) as left:
            main(["investigate", str(tmp_path / "now.pq"), "--reference", str(tmp_path / "was.pq"), *options])
        printed = capsys.readouterr()
        return left.value.code, printed.out, printed.err

    return asked


CHANGED = rows(2, worse="south", empty="south", income=0.5)
KINDS = {
    "numbers, times and nulls moved": CHANGED,
    "nothing": rows(3),
    "no labels": CHANGED.drop_columns(["truth"]),
    "nothing but nulls": pa.table({name: pa.nulls(99, CHANGED[name].type) for name in CHANGED.column_names}),
    "one row": CHANGED.slice(0, 1),
    "one class": CHANGED.set_column(8, "truth", pa.array([1] * 3_000)),
    "another type, and nothing": CHANGED.set_column(2, "age", pa.array(["old"] * 3_000)).set_column(
        3, "income", pa.nulls(3_000)
    ),
    "numbers": CHANGED.set_column(8, "truth", pa.array(np.linspace(0, 1, 3_000))),
}


@pytest.mark.parametrize("by", [[], ["--by", "year"], ["--by", "region"]])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_result_is_a_json_document(ask, kind, by):
    code, out, _ = ask(KINDS[kind], "--json", *by)

    report = json.loads(out)
    assert report["schema"] == "aright.investigation/1"
    assert code == (3 if report["found"] else 0)
    for one in report["moved"]:
        for side in zip(*one["shares"].values(), strict=True):
            assert sum(side) == pytest.approx(1.0)  # of all rows, those without a value too


def test_the_text_says_what_was_found(ask):
    code, out, _ = ask(CHANGED, "--by", "year")

    assert code == 3
    assert "Look at the rows where region = 'south'." in out
    assert "share of missing values changed (Fisher’s exact test)" in out
    assert "level changed (Mann–Whitney test)" in out
    assert out.count("worse, p ") == 3  # in all, and in either year
    assert "2018, 1," in out
    assert "3,000 reference rows, 3,000 current rows" in out
    for odd in ("nan", "attr.", "feat.", "e+", "%%"):
        assert odd not in out
    assert not [line for line in out.splitlines() if " %" in line or "0%" in line], "of two formats"


def test_nothing_is_made_of_one_row(ask):
    code, out, _ = ask(CHANGED.slice(0, 1))

    assert code == 0
    assert "of too few answers to be tested" in out
    assert "1 current row," in out
    assert "better" not in out
    assert "worse" not in out


def test_what_is_not_known_is_said(ask):
    _, out, _ = ask(KINDS["nothing but nulls"])

    assert "Quality is not known: the current rows have no labels and no scores." in out
    assert "stimated" not in out


def test_one_class_has_no_auc_and_no_cause_that_explains_nothing(ask):
    _, out, _ = ask(KINDS["one class"])

    assert "AUC needs two classes: the current labels have only one" in out
    assert "not looked at" not in out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ["--score", "region"],
            "'region' cannot be the score; it is of type string, and a score is a number",
        ),
        (["--label", "nope"], "there is no column 'nope' for the label"),
        (["--prediction", "truth", "--label", "truth"], "cannot be both the prediction and the label"),
        (["--by", "nope"], "no column 'nope' to look at them by"),
        (["--alpha", "2"], "--alpha is a probability"),
    ],
)
def test_misuse_is_one_sentence(ask, options, said):
    code, out, err = ask(CHANGED, *options)

    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


def test_many_values_have_no_parts_and_it_is_said_why(ask):
    _, out, _ = ask(CHANGED, "--by", "row_id")

    assert "Part by part" not in out
    assert "by row_id there are no parts: none of its 3,000 values has 30 rows" in out


def test_what_the_reader_left_out_is_in_every_form(tmp_path, capsys):
    table = rows(1).select(["region", "age"]).slice(0, 300)
    pv.write_csv(table, tmp_path / "was.csv")
    lines = (tmp_path / "was.csv").read_bytes().splitlines()
    torn = [lines[0], b"x", b"x,1,2", b'"caf\xe9",33.5', *lines[1:]]
    (tmp_path / "now.csv").write_bytes(b"\n".join(torn) + b"\n")
    torn_said = "they have another number of fields than the head (the first on line 2)"
    said = [
        f"current rows: 2 rows were left out: {torn_said}",
        "current rows: 1 value is not UTF-8 in column region",
    ]
    options = ["--reference", str(tmp_path / "was.csv"), "--html", str(tmp_path / "page.html")]

    for form in ([], ["--json"]):
        with pytest.raises(SystemExit):
            main(["investigate", str(tmp_path / "now.csv"), *options, *form])
        out = capsys.readouterr().out
        assert all(line in out for line in said)

    page = (tmp_path / "page.html").read_text()
    assert all(line in page for line in said)


def test_the_help_says_each_option(capsys):
    with pytest.raises(SystemExit) as left:
        main(["investigate", "--help"])

    out = capsys.readouterr().out
    assert left.value.code == 0
    assert '[default: ""]' not in out
    assert "--empty-segment" not in out
