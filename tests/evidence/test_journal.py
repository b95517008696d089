import errno
import json
import threading

import msgspec
import pytest

from hookproof.delivery.attempt import Attempt, Exchange, Manner, Promise
from hookproof.evidence.journal import BODY_CAP, Journal, body
from hookproof.evidence.lines import FactLine
from hookproof.evidence.redact import Redactor
from tests.conftest import KEY


def _lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_lines_are_there_at_once_and_redacted(tmp_path):
    redactor = Redactor()
    redactor.add(b"a long secret", "$KEY")
    journal = Journal(tmp_path / "run.jsonl", redactor)
    journal.write(FactLine("x", "it is a long secret"))

    assert _lines(tmp_path / "run.jsonl") == [{"type": "fact", "name": "x", "text": "it is $KEY"}]
    journal.close()


def test_a_run_is_never_written_over(tmp_path):
    Journal(tmp_path / "run.jsonl", Redactor()).close()

    with pytest.raises(FileExistsError):
        Journal(tmp_path / "run.jsonl", Redactor())


def test_threads_do_not_tear_lines(tmp_path):
    journal = Journal(tmp_path / "run.jsonl", Redactor())
    line = FactLine("x", "x" * 2000)
    writers = [threading.Thread(target=lambda: [journal.write(line) for _ in range(100)]) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    journal.close()

    assert len(_lines(tmp_path / "run.jsonl")) == 400


@pytest.mark.parametrize(
    "raw, found",
    [
        (b"", {"size": 0, "text": ""}),
        ("é".encode(), {"size": 2, "text": "é"}),
        (b"\xff", {"size": 1, "base64": "/w=="}),
    ],
)
def test_bodies_are_text_or_base64(raw, found):
    assert msgspec.to_builtins(body(raw)) == found


def test_long_bodies_are_cut_and_say_so():
    found = body("é".encode() * BODY_CAP)

    assert found.cut and found.size == 2 * BODY_CAP and len(found.text) <= BODY_CAP


def test_an_attempt_says_what_was_signed_and_never_the_key(tmp_path, envelope):
    made = envelope.make(plain=True)
    forged = made.with_body(made.body[:30] + b"!" + made.body[31:], "changed")
    journal = Journal(tmp_path / "run.jsonl", Redactor())
    for n, delivery in enumerate((made, forged, made.signed("foreign", secret=b"another"), made.unsigned())):
        attempt = Attempt(
            n, "http://x/", delivery, Manner(), Exchange("answered", status=200), Promise(1, {200}, {401})
        )
        journal.attempt(attempt, at_s=0.0)
    journal.close()
    genuine, changed, foreign, none = (line["signed"] for line in _lines(tmp_path / "run.jsonl"))

    assert genuine["own_secret"] and genuine["over"] is None and genuine["signs"] == "{body}"
    assert changed["differs_at"] == 30 and changed["over"]["text"] == made.body.decode()
    assert not foreign["own_secret"] and none is None
    assert KEY.decode() not in (tmp_path / "run.jsonl").read_text()


class _Full:
    """A file on a disk that fills up: takes three bytes of the second line, then refuses, then has room again."""

    def __init__(self, path):
        self._file, self.calls = path.open("ab", buffering=0), 0

    def write(self, data):
        self.calls += 1
        if self.calls == 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        return self._file.write(data[:3] if self.calls == 2 else data)

    def close(self):
        self._file.close()


def test_a_full_disk_is_remembered_and_spoils_one_line_only(tmp_path):
    journal = Journal(tmp_path / "run.jsonl", Redactor())
    journal._file.close()
    journal._file = _Full(tmp_path / "run.jsonl")
    for number in range(3):
        journal.write(FactLine("n", str(number)))
    lines = (tmp_path / "run.jsonl").read_text().splitlines()

    assert "No space left" in journal.trouble
    assert len(lines) == 3 and [json.loads(lines[n])["text"] for n in (0, 2)] == ["0", "2"]
    journal.close()


def test_a_line_is_written_whole_however_little_is_taken_at_a_time(tmp_path):
    journal = Journal(tmp_path / "run.jsonl", Redactor())
    real = journal._file
    journal._file = type("Slow", (), {"write": lambda _, data: real.write(data[:7]), "close": real.close})()
    journal.write(FactLine("n", "x" * 100))

    assert _lines(tmp_path / "run.jsonl") == [{"type": "fact", "name": "n", "text": "x" * 100}] and not journal.trouble
    real.close()
