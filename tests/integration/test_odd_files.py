"""Files as they should not be: named for what they are, and never taken for something else."""

from __future__ import annotations

import pytest

from app.db.imports import ImportFile
from app.domain.errors import InvalidInput


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"PK\x03\x04" + b"x" * 100, "save the sheet as CSV"),
        (b"", "is empty"),
        (b"tag,class\n", "no rows"),
        (b"tag,class,tag\nP,x,y\n", "twice"),
        (",".join(f"c{n}" for n in range(10_000)).encode() + b"\n1\n", "10000 columns"),
    ],
    ids=["xlsx", "empty", "header only", "doubled", "10,000 columns"],
)
def test_what_cannot_be_a_table_is_refused_with_its_name(send, make, text, said):
    with pytest.raises(InvalidInput, match=said) as refused:
        send("equipment", text, "C:\\files\\list.csv")

    assert list(refused.value.fields) == ["list.csv"]
    assert make.all(ImportFile) == []


@pytest.mark.parametrize(
    "number", ["1e999", "0x10", "1_000", "nan", "inf", "12 mm/s", "\N{FULLWIDTH DIGIT ONE}", "-"]
)
def test_what_only_looks_like_a_number_is_no_reading(send, take, make, number):
    make.sensor(make.equipment("P-101"))

    told = take(send("readings", f"tag,time,value\nP-101.vibration,2026-02-01 10:00,{number}\n"))

    assert told["readings"].accepted == 0
    assert told["readings"].rejected + told["readings"].quarantined == 1


@pytest.mark.parametrize(
    "moment",
    [
        "2026-02-30 10:00",
        "2026-02-01 24:01",
        "2026-W05-1",
        "0000-01-01 00:00",
        "10000-01-01 00:00",
        "45123.5",
        "yesterday",
        "\N{ARABIC-INDIC DIGIT TWO}026-02-01 10:00",
    ],
)
def test_what_only_looks_like_a_moment_is_no_reading(send, take, make, moment):
    make.sensor(make.equipment("P-101"))
    text = f"tag,time,value\nP-101.vibration,2026-02-01 10:00,1\nP-101.vibration,{moment},2\n"

    told = take(send("readings", text))["readings"]

    assert (told.accepted, told.rejected) == (1, 1)
    assert told.problems[0].row == 3


@pytest.mark.parametrize(
    "text",
    [
        "tag;time;value\r\nP-101.vibration;01.02.2026 10:00;2,5\r\n",
        "\ufefftag,time,value\nP-101.vibration,2026-02-01 10:00,2.5\n",
        "sep=;\ntag;time;value;;\nP-101.vibration;2026-02-01T10:00:00Z;2,5;;\n\n\n",
        "tag\ttime\tvalue\tEinheit\nP-101.vibration\t2026/02/01 10:00\t2.5\tmm/s\n",
        '"tag","time","value"\n"P-101.vibration","1/31/2026 10:00 PM","2.5"\n',
        "tag,time,value\nP-101.vibration,1769940000,2.5\n",
        "tag,time,value\np101_vibration ,2026-02-01 11:00+01:00, 2.5 \n",
    ],
    ids=["german", "mark", "declared", "tabs", "us", "epoch", "offset"],
)
def test_one_reading_is_read_however_it_was_written(send, take, make, text):
    make.sensor(make.equipment("P-101"))

    told = take(send("readings", text))["readings"]

    assert (told.accepted, told.problems) == (1, ())


def test_a_broken_row_in_the_middle_costs_itself_only(send, take, make):
    text = 'tag,class,name\nP-1,pump,a\nP-2,pump\nP-3,pump,c,d\nP-4,pump,"e\nP-5,pump,f\n'

    told = take(send("equipment", text))["equipment"]

    assert (told.accepted, told.rejected) == (1, 3)


def test_look_alike_letters_make_another_machine(send, take, make):
    make.equipment("P-101")
    greek = "\N{GREEK CAPITAL LETTER RHO}-101"

    told = take(send("failures", f"Machine,Date\n{greek},2025-07-01\n"))["failures"]

    assert told.rejected == 1
