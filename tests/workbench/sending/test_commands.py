"""`hookproof send` and `hookproof replay`, as typed, against a correct receiver."""

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from hookproof import providers
from hookproof.cli import main
from hookproof.delivery.secret import Secret
from hookproof.providers.events import Maker
from hookproof.reference.reference_site import Site
from hookproof.reference.serving import served
from hookproof.workbench.captures import Capture, CaptureWriter, har_text, without_secrets
from hookproof.workbench.sending import sender

KEY = "whsec_" + "c2VjcmV0" * 4


def _run(*arguments):
    return CliRunner().invoke(main, arguments)


@pytest.fixture(scope="module")
def surface():
    return providers.load("standard-webhooks").surfaces({})[0]


@pytest.fixture
def target(surface, monkeypatch):
    monkeypatch.setenv("HOOKPROOF_SECRET", KEY)
    site = Site([(surface, Secret(KEY.encode()))])
    with served(site.app()) as base:
        yield f"{base}/hook"
    site.close()


@pytest.fixture
def capture(surface, tmp_path):
    """Two deliveries as they came, and their ids."""
    maker = Maker(surface, secret=Secret(KEY.encode()))
    made = [maker.make() for _ in range(2)]
    found = [Capture(one.at, "POST", "http://h/hook", one.headers, one.body) for one in made]
    return found, [one.id for one in made]


def _sent(target, *arguments):
    return _run("send", *arguments, "--target", target, "--provider", "standard-webhooks")


def test_an_event_is_sent_and_its_attempt_is_a_line(target):
    done = _sent(target, "contact.created", "--field", "/data/note=Hello")
    line, total = done.output.splitlines()

    assert done.exit_code == 0 and total == "1 of 1 acknowledged"
    assert "contact.created  msg_" in line and "genuine -> 200" in line


def test_every_kind_is_sent_so_many_times(target, surface):
    done = _sent(target, "--all", "--times", "2")

    assert done.exit_code == 0 and f"of {2 * len(surface.kinds('kind'))} acknowledged" in done.output


@pytest.mark.parametrize(
    "flaw, status, acknowledged",
    [
        ("bad-signature", 401, "0 of 1"),
        ("another-secret", 401, "0 of 1"),
        ("old-timestamp", 401, "0 of 1"),
        ("changed-body", 401, "0 of 1"),
        ("duplicate", 200, "2 of 2"),
        ("unknown-field", 200, "1 of 1"),
        ("old-times/an hour past the tolerance", 401, "0 of 1"),
    ],
)
def test_a_flaw_is_sent_by_its_name(target, flaw, status, acknowledged):
    done = _sent(target, "contact.created", "--flaw", flaw)

    assert f"-> {status} " in done.output and f"{acknowledged} acknowledged" in done.output
    assert done.exit_code == (status != 200)


def test_what_there_is_can_be_listed():
    done = _run("send", "--list", "--provider", "standard-webhooks")

    assert done.exit_code == 0 and "contact.created" in done.output and "bad-signature" in done.output


def test_a_files_bytes_are_signed_and_sent(target, tmp_path):
    (tmp_path / "body.json").write_bytes(b'{"type": "contact.created", "timestamp": "x", "data": {}}')

    assert "of body.json" in _sent(target, "--body", str(tmp_path / "body.json")).output.replace(f"{tmp_path}/", "")


def test_nobody_there_has_an_exit_code_of_its_own(monkeypatch):
    monkeypatch.setenv("HOOKPROOF_SECRET", KEY)

    assert _sent("http://127.0.0.1:1/", "contact.created").exit_code == 11


@pytest.mark.parametrize(
    "arguments, says",
    [
        ((), "send what?"),
        (("contact.lost",), "there are: "),
        (("contact.created", "--flaw", "worse"), "there is none"),
        (("contact.created", "--flaw", "old-times/older"), "no such case"),
        (("contact.created", "--field", "data=1"), "write /POINTER=VALUE"),
        (("contact.created", "--field", "/nowhere/at/all=1"), "write /POINTER=VALUE"),
        (("contact.created", "--deadline", "soon"), "--deadline"),
        (("--body", "/nowhere"), "--body"),
    ],
)
def test_wrong_use_is_one_line(monkeypatch, arguments, says):
    monkeypatch.setenv("HOOKPROOF_SECRET", KEY)
    done = _sent("http://127.0.0.1:1/", *arguments)

    assert done.exit_code == 4 and says in done.output and done.output.count("\n") == 1


def test_a_secret_that_is_no_key_of_the_provider_is_one_line(monkeypatch):
    monkeypatch.setenv("HOOKPROOF_SECRET", "words")
    done = _run("send", "command", "--target", "http://127.0.0.1:1/", "--provider", "discord")

    assert done.exit_code == 4 and done.output.count("\n") == 1
    assert "discord signs with a private key" in done.output


def test_real_gaps_are_those_between_the_attempts(target, capture, tmp_path, monkeypatch):
    """Nothing is waited for here, so each wait is until the time since the first."""
    writer, waited = CaptureWriter(tmp_path / "all.jsonl", signatures=True), []
    for one, at in zip([*capture[0], *capture[0]][:3], (1000.0, 1005.0, 1035.0), strict=True):
        writer.add(replace(one, at=at))
    writer.close()

    async def sleep(seconds):
        waited.append(round(seconds))

    monkeypatch.setattr(sender.asyncio, "sleep", sleep)
    done = _run("replay", str(tmp_path / "all.jsonl"), "--target", target, "--gaps", "real")

    assert "3 of 3 acknowledged" in done.output and waited == [0, 5, 35]


def test_a_surface_is_asked_for_where_several_have_the_kind(monkeypatch):
    monkeypatch.setenv("HOOKPROOF_SECRET", KEY)
    done = _run("send", "text", "--target", "http://127.0.0.1:1", "--provider", "pingback")

    assert done.exit_code == 4 and "whatsapp/text" in done.output


def test_a_capture_is_sent_again_as_it_was(target, capture, tmp_path):
    found, ids = capture
    writer = CaptureWriter(tmp_path / "all.jsonl", signatures=True)
    for one in found:
        writer.add(one)
    writer.close()
    (tmp_path / "all.har").write_text(har_text(found))

    for file in ("all.jsonl", "all.har"):
        done = _run("replay", str(tmp_path / file), "--target", target)
        assert done.exit_code == 0 and "2 of 2 acknowledged" in done.output
    only = _run("replay", str(tmp_path / "all.jsonl"), "--target", target, "--only", ids[1])
    assert "1 of 1 acknowledged" in only.output


def test_a_capture_without_signatures_is_signed_again(target, capture, tmp_path):
    writer = CaptureWriter(tmp_path / "all.jsonl")
    for one in capture[0]:
        writer.add(without_secrets(one))
    writer.close()
    refused = _run("replay", str(tmp_path / "all.jsonl"), "--target", target)
    done = _run("replay", str(tmp_path / "all.jsonl"), "--target", target, "--sign-again", "--provider",
                "standard-webhooks")  # fmt: skip

    assert refused.exit_code == 4 and "webhook-signature was left out" in refused.output
    assert done.exit_code == 0 and "signed anew -> 200" in done.output


def test_a_journal_is_sent_again_signed_anew(target, surface, tmp_path):
    body = Maker(surface, secret=None).make().body.decode()
    head = [["Content-Type", "application/json"], ["webhook-id", "msg_1"], ["webhook-timestamp", "1"]]
    attempt = {
        "type": "attempt", "n": 1, "id": None, "subject": "x", "case": None, "label": "genuine", "at_s": 0.5,
        "line": "", "method": "POST", "url": "http://h/", "outcome": "answered", "elapsed_s": 0.1,
        "request": {"headers": [*head, ["webhook-signature", "v1,<signature>"]],
                    "body": {"size": len(body), "text": body}},
    }  # fmt: skip
    cut = {**attempt, "n": 2, "request": {"headers": head, "body": {"size": 9, "text": "x", "cut": True}}}
    begin = {
        "type": "begin", "schema": "hookproof/journal/1", "version": "1", "run": "x", "started": "2026-01-01T00:00:00Z",
        "seed": 0, "command": "pytest", "target": {"url": "http://h/", "role": ["receiver"], "provider": ["x"]},
        "requirements": [], "plan": [],
    }  # fmt: skip
    journal = tmp_path / "run.jsonl"
    journal.write_text("".join(json.dumps(line) + "\n" for line in (begin, attempt, cut)))
    again = ("--sign-again", "--provider", "standard-webhooks")

    assert "was left out" in _run("replay", str(journal), "--target", target).output
    done = _run("replay", str(journal), "--target", target, *again)
    assert done.exit_code == 0 and "left out: 1 whose bodies" in done.output and "1 of 1 acknowledged" in done.output


@pytest.mark.parametrize(
    "arguments, says",
    [
        (("--only", "nobody"), "no delivery in it carries nobody"),
        (("--sign-again",), "say whose signature"),
        (("--sign-again", "--provider", "chatapi"), "one that signs"),
    ],
)
def test_a_replay_that_cannot_be_is_one_line(capture, tmp_path, arguments, says):
    writer = CaptureWriter(tmp_path / "all.jsonl", signatures=True)
    writer.add(capture[0][0])
    writer.close()
    done = _run("replay", str(tmp_path / "all.jsonl"), "--target", "http://127.0.0.1:1/", *arguments)

    assert done.exit_code == 4 and says in done.output and done.output.count("\n") == 1
