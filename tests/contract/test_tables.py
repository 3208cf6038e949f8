from __future__ import annotations

import gzip

import pyarrow as pa
import pyarrow.csv as pv
import pyarrow.parquet as pq
import pytest

from aright.adapters.files import FileTables
from aright.ports.tables import UnreadableTableError

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

    table = FileTables().read(tmp_path / "a.csv")

    assert table["age"].to_pylist() == [31, 53]
    assert b"1 rows" in table.schema.metadata[b"aright.skipped"]
