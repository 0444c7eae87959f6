"""One JSON object on standard output, or a table."""

from __future__ import annotations

import json

from benchmarks.measuring.report import say, tell

REPORT = {"seconds": 1.5, "peers": {"never": {"f1_24h": 0.0, "precision": None}}}


def test_json_is_one_object_and_progress_goes_elsewhere(capsys):
    say("at work")
    tell(REPORT, as_json=True)

    captured = capsys.readouterr()
    told = json.loads(captured.out)
    assert (told["seconds"], told["peers"]) == (1.5, REPORT["peers"])
    assert "at work" in captured.err


def test_people_get_a_line_per_number_and_a_table_of_peers(capsys):
    tell(REPORT, as_json=False)

    printed = capsys.readouterr().out.splitlines()
    assert printed[0].split() == ["seconds", "1.5"]
    assert printed[-2].split() == ["peers", "f1_24h", "precision"]
    assert printed[-1].split() == ["never", "0", "-"]
