from __future__ import annotations

import gzip

import pyarrow as pa
import pyarrow.csv as pv
import pyarrow.parquet as pq
import pytest

from aright.adapters.files import FileTables
from aright.ports.tables import NOTES, UnreadableTableError

ROWS = pa.table({"age": [31, 42, 53], "answer": ["yes", "no", "yes"]})


def parquet(path):
    pq.write_table(ROWS, path)


def csv(path):
    pv.write_csv(ROWS, path)


def semicolons(path):
    path.write_text("age;answer\n31;yes\n42;no\n53;yes\n")


def zipped_csv(path):
    path.write_bytes(gzip.compress(b"age,answer\n31,yes\n42,no\n53,yes\n"))


def ndjson(path):
    path.write_text('{"age":31,"answer":"yes"}\n{"age":42,"answer":"no"}\n{"age":53,"answer":"yes"}\n')


def arrow_file(path):
    with pa.ipc.new_file(path, ROWS.schema) as writer:
        writer.write_table(ROWS)


def arrow_stream(path):
    with pa.ipc.new_stream(path, ROWS.schema) as writer:
        writer.write_table(ROWS)


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("a.parquet", parquet),
        ("no-ending", parquet),
        ("a.csv", csv),
        ("b.csv", semicolons),
        ("c.csv.gz", zipped_csv),
        ("a.ndjson", ndjson),
        ("plain", ndjson),
        ("a.arrow", arrow_file),
        ("b.arrows", arrow_stream),
    ],
)
def test_every_format_gives_the_same_rows(tmp_path, name, write):
    write(tmp_path / name)

    assert FileTables().read(tmp_path / name).to_pylist() == ROWS.to_pylist()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"", "is empty"),
        ("a.csv", b"age,answer\n", "no rows"),
        ("a.parquet", b"not parquet at all", "does not begin as Parquet"),
        ("b.parquet", b"PAR1 and then cut off", "written to its end"),
        ("a.json", b'[{"age": 1}]', "cannot be read"),
        ("array", b'[{"age": 1}]', "one object per line"),
        ("a.ndjson", b'{"age": 1}\n{"age":', "cannot be read as ndjson"),
        ("a.csv.gz", gzip.compress(b"age\n1\n", mtime=0)[:-6], "cannot be read"),
        ("a.csv", b"age,age\n1,2\n", "two columns called 'age'"),
        ("a.csv", b"ag\xe9,answer\n1,2\n", "name is not UTF-8"),
        ("a.csv", "age,answer\n1,2\n".encode("utf-16"), "UTF-16: save it as UTF-8"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path, name, content, said):
    (tmp_path / name).write_bytes(content)

    with pytest.raises(UnreadableTableError, match=said):
        FileTables().read(tmp_path / name)


def test_what_is_not_there_is_said(tmp_path):
    with pytest.raises(UnreadableTableError, match="Is the path right"):
        FileTables().read(tmp_path / "missing.csv")
    with pytest.raises(UnreadableTableError, match="folder"):
        FileTables().read(tmp_path)


def test_a_torn_line_loses_itself_alone(tmp_path):
    (tmp_path / "a.csv").write_text("age,answer\n31,yes\n42\n53,yes\n")
    (tmp_path / "b.csv").write_text("age,answer\n31,yes\n42\n4,5,6\n53,yes\n")

    one, two = (FileTables().read(tmp_path / name) for name in ("a.csv", "b.csv"))

    assert one["age"].to_pylist() == two["age"].to_pylist() == [31, 53]
    rest = "another number of fields than the head"
    assert notes(one) == [f"1 row was left out: it has {rest} (on line 3)"]
    assert notes(two) == [f"2 rows were left out: they have {rest} (the first on line 3)"]


def notes(table):
    return table.schema.metadata[NOTES].decode().splitlines()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b"age,answer\n31,caf\xe9\n42,no\n53,\n"),
        ("a.ndjson", b'{"age":31,"answer":"caf\xe9"}\n{"age":42,"answer":"no"}\n{"age":53,"answer":null}\n'),
    ],
)
def test_text_that_is_not_utf8_is_marked_and_the_rest_is_read(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)

    table = FileTables().read(tmp_path / name)

    assert table.to_pydict() == {"age": [31, 42, 53], "answer": ["caf\N{REPLACEMENT CHARACTER}", "no", None]}
    assert notes(table) == ["1 value is not UTF-8 in column answer"]


def test_what_is_whole_has_no_notes(tmp_path):
    csv(tmp_path / "a.csv")

    assert NOTES not in (FileTables().read(tmp_path / "a.csv").schema.metadata or {})
