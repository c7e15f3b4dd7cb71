import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rlvr.errors import DataError
from rlvr.tasks.files import read_file

ROWS = [{"question": 'a, "b"\nü', "answer": "1"}, {"question": "c", "answer": None}]


def test_the_four_formats_hold_the_same_rows(tmp_path):
    (tmp_path / "r.jsonl").write_text("\n\n".join(map(json.dumps, ROWS)), encoding="utf-8")
    (tmp_path / "r.json").write_text(json.dumps(ROWS), encoding="utf-8-sig")
    pq.write_table(pa.Table.from_pylist(ROWS), tmp_path / "r.parquet")
    (tmp_path / "r.csv").write_text('question,answer\n"a, ""b""\nü",1\nc,\n', encoding="utf-8")
    for name in ("r.jsonl", "r.json", "r.parquet", "r.csv"):
        assert [dict(row.columns) for row in read_file(str(tmp_path / name))] == ROWS, name


def test_numbers_count_from_one_and_are_lines_of_jsonl(tmp_path):
    (tmp_path / "r.jsonl").write_text('{"a": 1}\n\n{"a": 2}\n')
    (tmp_path / "r.json").write_text('[{"a": 1}, {"a": 2}]')
    assert [row.number for row in read_file(str(tmp_path / "r.jsonl"))] == [1, 3]
    assert [row.number for row in read_file(str(tmp_path / "r.json"))] == [1, 2]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("r.jsonl", b'{"a": 1}\n{"a": \n', "r.jsonl, line 2 is no JSON"),
        ("r.jsonl", b'{"a": 1}\n[1]\n', "line 2 is no JSON object"),
        ("r.jsonl", b'{"a": "\xff"}', "is not UTF-8"),
        ("r.json", b'{"a": 1}', "holds no list of rows"),
        ("r.json", b"[1]", "row 1 is no JSON object"),
        ("r.json", b"[", "is no JSON"),
        ("r.csv", b"a,b\n1,2,3\n", "row 1 has more cells than the header"),
        ("r.jsonl", b'{"a": ' + b"9" * 5000 + b"}", "line 1 is no JSON: Exceeds the limit"),
        ("r.jsonl", b"[" * 100000, "line 1 is no JSON"),
        ("r.csv", b'a\n"' + b"x" * 200000 + b'"', "is no CSV: field larger than"),
        ("r.parquet", b"PAR0", "is no parquet file"),
        ("r.txt", b"", "Use .jsonl, .json, .parquet, .csv"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_file(str(tmp_path / name))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"there is no file .*nowhere.jsonl"):
        read_file(str(tmp_path / "nowhere.jsonl"))
