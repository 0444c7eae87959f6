"""Files as people send them: encoding, separator and line ends found out, faults named."""

from __future__ import annotations

import codecs
import gzip

import pytest

from app.domain.errors import InvalidInput
from app.services.imports.csvfile import LONGEST_CELL, MOST_COLUMNS, open_csv

TEXT = "tag;name\nP-1;Pümpe\nP-2;Löwe\n"


@pytest.fixture
def written(tmp_path):
    def write(data: bytes | str):
        path = tmp_path / "file.csv"
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return open_csv(path)

    return write


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        TEXT.encode("utf-16"),
        TEXT.encode("cp1252"),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace("\n", "\r").encode(),
        TEXT.replace(";", ",").encode(),
        TEXT.replace(";", "\t").encode(),
        gzip.compress(TEXT.encode()),
    ],
    ids=["utf-8", "mark", "utf-16", "latin", "crlf", "cr", "comma", "tab", "gzip"],
)
def test_the_same_table_is_read_however_it_was_written(written, data):
    file = written(data)

    assert file.columns == ("tag", "name")
    assert [(row.number, tuple(row.cells)) for row in file.rows()] == [
        (2, ("P-1", "Pümpe")),
        (3, ("P-2", "Löwe")),
    ]


def test_only_semicolons_leave_the_comma_free_for_decimals(written):
    assert written(TEXT).has_decimal_comma
    assert not written(TEXT.replace(";", ",")).has_decimal_comma


def test_a_quoted_cell_may_hold_the_separator_and_a_line_end(written):
    file = written('tag,name\nP-1,"a, b\nc"\nP-2,d\n')

    assert [row.cells[1] for row in file.rows()] == ["a, b\nc", "d"]


def test_blank_lines_are_passed_over(written):
    assert [row.number for row in written("a,b\n\n1,2\n,\n3,4\n").rows()] == [3, 5]


def test_a_row_of_the_wrong_length_is_named_and_the_rest_is_read(written):
    rows = list(written("a,b\n1,2\n1,2,3\n5,6\n").rows())

    assert [bool(row.trouble) for row in rows] == [False, True, False]
    assert rows[1].trouble == "has 3 cells where the header has 2"


def test_an_unclosed_quote_is_named_with_its_lines(written):
    rows = list(written('a,b\n1,2\n3,"4\n5,6\n').rows())

    assert [row.trouble[:14] for row in rows] == ["", "cannot be read"]
    assert "lines 3 to 4" in rows[1].trouble


def test_a_cell_without_an_end_does_not_fill_the_memory(written):
    rows = list(written('a,b\n1,"' + "x" * (3 * LONGEST_CELL) + "\n1,2\n").rows())

    assert "field larger" in rows[0].trouble


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("\n1,2\n", "has no header"),
        ("a,b,a\n", "names the column 'a' twice"),
        (",".join(f"c{n}" for n in range(MOST_COLUMNS + 1)), f"at most {MOST_COLUMNS}"),
    ],
)
def test_a_file_without_a_usable_header_is_refused(written, text, said):
    with pytest.raises(InvalidInput, match=said):
        written(text)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"PK\x03\x04" + b"x" * 40, "save the sheet as CSV"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 40, "old spreadsheet"),
        (b"<!DOCTYPE html><html></html>", "web page"),
        (b"%PDF-1.7", "PDF"),
        (b"a,b\n1\x00,2\n", "is no text"),
        (gzip.compress(b"a,b\n1,2\n")[:-9], "damaged gzip"),
    ],
    ids=["xlsx", "xls", "html", "pdf", "nul", "gzip cut off"],
)
def test_what_is_no_table_of_text_is_named_for_what_it_is(written, data, said):
    with pytest.raises(InvalidInput, match=said):
        written(data)


def test_a_declared_separator_is_obeyed_and_is_no_row(written):
    file = written("sep=|\na|b\n1;2|3\n")

    assert file.columns == ("a", "b")
    assert [(row.number, list(row.cells)) for row in file.rows()] == [(2, ["1;2", "3"])]


def test_separators_at_the_ends_of_lines_make_no_columns(written):
    file = written("a;b;;\n1;2;;\n3;4\n")

    assert file.columns == ("a", "b")
    assert [row.trouble for row in file.rows()] == ["", ""]


def test_chunks_hold_every_row_once(written):
    file = written("a\n" + "".join(f"{n}\n" for n in range(10)))

    sizes = [len(chunk) for chunk in file.chunks(4)]

    assert sizes == [4, 4, 2]
