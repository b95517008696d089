"""The vocabulary of a sender's checks, and what is seen and written where nothing should come."""

import ast
import json

from hookproof.folders import folder
from hookproof.sender.events import FAILING
from hookproof.wire.arrivals import OK, Answer
from tests.sender.test_events import QUICK, _reason

MOST_WORDS = 25


def test_checks_use_few_words_of_a_sender_that_has_few(read):
    used = {
        node.attr
        for path in (folder("suites") / "sender").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "sender"
    }
    public = read(lambda sender: {name for name in dir(sender) if not name.startswith("_")})

    assert used <= public and len(public) <= MOST_WORDS, sorted(public)


def test_anything_that_comes_is_seen_and_nothing_is_nothing(ready):
    async def work(sender, scripted):
        came = await sender.expect_nothing()
        scripted.swallows = ("text",)
        return came, await sender.expect_nothing(), await sender.expect_nothing(kind="hologram")

    came, swallowed, refused = ready(work, patience_s=0.4)

    assert len(came) == 1 and came[0].delay_s < 1 and swallowed == refused == []


def test_what_is_switched_off_is_waited_for_once(ready):
    async def work(sender, scripted):
        scripted.swallows = ("chat_update", "sent", "delivered", "viewed", "instance_status")
        kinds = sender.documented.switched_kinds
        quiet = [await sender.expect_nothing(kind=kind, among=kinds) for kind in ("chat_update", "sent")]
        return quiet, len([1 for _, target, *_ in scripted.calls if target == "/trigger"])

    assert ready(work, "chatapi", patience_s=0.3) == ([[], []], 1 + 5)


def test_a_redirect_leads_elsewhere_and_is_not_followed(ready):
    async def work(sender, _):
        elsewhere = sender.unregistered()
        return elsewhere, await sender.trigger([sender.answer(307, leads_to=elsewhere), OK])

    elsewhere, series = ready(work)

    assert [arrival.answer.status for arrival in series.arrivals] == [307, 200] and elsewhere.requests == []
    assert dict(series.first.answer.headers) == {"Location": elsewhere.url}


def test_an_answer_a_byte_at_a_time_is_given_up(ready):
    async def work(sender, _):
        return await sender.trigger([sender.answer(body=b"." * 60, drip_s=0.02), OK])

    series = ready(work, within_s=0.2)

    assert [arrival.outcome for arrival in series.arrivals] == ["abandoned", "answered"]
    assert series.first.answer == Answer(200, b"." * 60, drip_s=0.02)


def test_limits_are_those_of_the_documents(read):
    def look(sender):
        known = sender.documented
        return known.most_attempts, known.most_open, known.parameters.get("mode")

    assert read(look, "chatapi")[:2] == (20, 0)
    assert read(look, given={"mode": "production"}) == (0, 25, "production")


def test_whatever_still_comes_is_acknowledged_once_a_check_is_over(ready):
    async def work(sender, scripted):
        failed = await sender.trigger([FAILING])
        sender.let_go()
        return failed, await sender.follow(failed), await sender.follow(failed)

    failed, later, nothing = ready(work, given=QUICK, gaps=(0.1,) * 9, patience_s=0.5)

    assert [failed.first.answer.status, later.first.answer.status, nothing.count] == [500, 200, 0]


def test_a_restart_needs_a_command(use):
    async def work(sender, _):
        return (await _reason(sender.restart()))[1]

    assert "--restart" in use(work)


def test_attempts_and_calls_are_written_for_the_check_that_made_them(ready, tmp_path):
    async def work(sender, _):
        await sender.trigger([FAILING, OK])
        return sender.numbers

    numbers = ready(work)
    lines = [json.loads(line) for line in (tmp_path / "run.jsonl").read_text().splitlines()]
    labels = {line["n"]: line["label"] for line in lines}

    assert len(labels) == len(lines) and set(numbers) <= set(labels)
    assert [label for label in labels.values() if "attempt" in label][-2:] == [
        "attempt 1 of a text event", "attempt 2 of a text event",
    ]  # fmt: skip
