"""Captures: what was written is read again to the last byte, and no secret is in it unless it was asked for."""

import json
import stat

import jsonschema
import pytest
from docs.schemas import FOLDER

from hookproof.workbench import captures
from hookproof.workbench.captures import Capture, CapturedAnswer, CaptureError, CaptureWriter

HEADERS = (
    (b"Host", b"127.0.0.1:9"),
    (b"X-One", b"a"),
    (b"x-ONE", b"b\xe9"),
    (b"X-Hub-Signature-256", b"sha256=00ff"),
    (b"Authorization", b"Bearer abc"),
    (b"webhook-signature", b"v1,x"),
    (b"x-vendor-seal", b"sealed"),
    (b"X-Empty", b""),
)
ANSWER = CapturedAnswer(503, ((b"Retry-After", b"30"), (b"Set-Cookie", b"a=b")), b"\xff no", 0.25)
ONE = Capture(1764000000.123456, "POST", "http://127.0.0.1:9/in/abc?x=%00", HEADERS, bytes(range(256)), ANSWER)
OTHER = Capture(1764000001.0, "GET", "http://127.0.0.1:9/in/abc", HEADERS[:3], b"", None)


def _written(path, *found, **how):
    writer = CaptureWriter(path, **how)
    for one in found:
        writer.add(one)
    writer.close()
    return path


def test_what_was_written_is_read_again(tmp_path):
    assert captures.read(_written(tmp_path / "a.jsonl", ONE, OTHER)) == [ONE, OTHER]


def test_a_file_goes_on_where_it_was(tmp_path):
    _written(tmp_path / "a.jsonl", ONE)

    assert captures.read(_written(tmp_path / "a.jsonl", OTHER)) == [ONE, OTHER]


def test_each_line_fits_the_published_schema():
    schema = json.loads((FOLDER / "capture.schema.json").read_text("utf-8"))
    for one in (ONE, OTHER):
        jsonschema.validate(json.loads(captures.line(one)), schema, cls=jsonschema.Draft202012Validator)


def test_har_keeps_everything(tmp_path):
    (tmp_path / "a.har").write_text(captures.har_text([ONE, OTHER]), "utf-8")

    assert captures.read(tmp_path / "a.har") == [ONE, OTHER]


def test_a_har_of_others_is_read(tmp_path):
    entry = {
        "startedDateTime": "2026-01-02T03:04:05.678+01:00",
        "time": 12,
        "request": {
            "method": "POST",
            "url": "https://example.org/hook",
            "headers": [{"name": ":authority", "value": "example.org"}, {"name": "X-Word", "value": "中"}],
            "postData": {"mimeType": "application/x-www-form-urlencoded", "params": [{"name": "a b", "value": "ä"}]},
        },
        "response": {"status": 0, "headers": [], "content": {}},
    }
    (tmp_path / "a.har").write_text(json.dumps({"log": {"entries": [entry]}}))
    (found,) = captures.read(tmp_path / "a.har")

    assert found.body == b"a+b=%C3%A4" and found.answer is None
    assert found.headers == ((b"X-Word", "中".encode()),)
    assert captures.written(found.at) == "2026-01-02T02:04:05.678000Z"


def test_secrets_and_signatures_are_left_out():
    kept = captures.without_secrets(ONE, ["x-vendor-seal"], lambda raw: raw.replace(b"abc", b"$S"))

    assert kept.hidden == ("X-Hub-Signature-256", "Authorization", "webhook-signature", "x-vendor-seal")
    assert b"abc" not in captures.line(kept) and kept.url.endswith("/$S?x=%00")
    assert dict(kept.headers)[b"X-Empty"] == b"" and dict(kept.headers)[b"Host"] == b"127.0.0.1:9"
    assert dict(kept.answer.headers) == {b"Retry-After": b"30", b"Set-Cookie": captures.HIDDEN}


@pytest.mark.parametrize("there", [False, True])
def test_a_file_with_signatures_is_its_owners_alone(tmp_path, there):
    path = tmp_path / "a.jsonl"
    if there:
        path.touch(0o644)
    _written(path, ONE, signatures=True)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_line_that_was_cut_off_ends_the_file(tmp_path):
    raw = captures.line(ONE) + captures.line(OTHER)
    (tmp_path / "a.jsonl").write_bytes(raw[:-20])

    assert captures.read(tmp_path / "a.jsonl") == [ONE]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{}", "it has no `log.entries`"),
        ("hello", "is neither a capture (hookproof/capture/1, one JSON object a line) nor a HAR file"),
        ("", "is neither a capture"),
        ('{"log": {"entries": [{"request": {}}]}}', "log.entries[0]: KeyError"),
        ('{"schema": "hookproof/capture/1"}\n{}\n', "line 1: Object missing required field `at`; take the line out"),
        ('{"schema": "hookproof/capture/2", "at": ""}\n\n', "line 1: Invalid enum value"),
    ],
)
def test_what_is_no_capture_is_refused_in_one_line(tmp_path, text, said):
    (tmp_path / "a").write_text(text)
    with pytest.raises(CaptureError) as raised:
        captures.read(tmp_path / "a")

    assert said in str(raised.value) and "\n" not in str(raised.value)
