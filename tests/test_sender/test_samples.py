"""Samples of each kind, and where the events of a check go."""

import asyncio
import json

import pytest

from hookproof.arrivals import OK, Answer
from hookproof.sender.following import FAILING, MOST_SEEN, POOL
from hookproof.verdict import Reason
from tests.test_sender.test_following import QUICK, _reason


def test_a_sample_is_the_first_attempt_of_its_kind(ready):
    async def work(sender, scripted):
        samples = [await sender.sample("image") for _ in range(2)]
        return samples, sender.kind_of(samples[0]), [payload for *_, payload in scripted.calls]

    (one, again), kind, calls = ready(work)

    assert one is again and kind == "image" and one.payload["data"]["message"]["type"] == "image"
    assert [call["kind"] for call in calls[1:]] == ["text", "image"]


def test_a_sample_without_a_text_is_known_because_nothing_else_is_asked_for(ready):
    async def work(sender, _):
        return await asyncio.gather(*(sender.sample(kind) for kind in ("instance_status", "chat_update", "viewed")))

    found = ready(work, "chatapi")

    assert "instanceStatus" in found[0].payload or "status" in found[0].payload
    assert "chatUpdate" in found[1].payload and "ack" in found[2].payload


def test_a_kind_that_is_refused_is_not_triggered(ready):
    async def work(sender, _):
        return (await _reason(sender.sample("video")))[0]

    assert ready(work, refuses=("video",)) is Reason.NOT_TRIGGERED


def test_a_kind_that_is_promised_and_never_delivered_fails(ready):
    async def work(sender, _):
        with pytest.raises(AssertionError, match="although the platform said that it emits it"):
            await sender.sample("video")

    ready(work, swallows=("video",), patience_s=0.2)


def test_samples_are_of_every_kind_that_there_is(ready):
    async def work(sender, _):
        return [sender.kind_of(arrival) for arrival in await sender.samples()], sender._platform.maker.kinds

    found, kinds = ready(work, refuses=("video",), swallows=("audio",), patience_s=0.5)

    assert found == [kind for kind in kinds if kind not in ("video", "audio")]


def test_without_any_kind_there_are_no_samples(ready):
    async def work(sender, scripted):
        scripted.refuses = scripted.maker.kinds
        return (await _reason(sender.samples()))[0]

    assert ready(work) is Reason.NOT_TRIGGERED


# -- places


def test_what_is_acknowledged_at_once_goes_to_the_main_place(ready):
    async def work(sender, _):
        check, found = type(sender)(sender._platform, sender._item), []
        for answers in ([], [OK, Answer(204)], [OK.after(1)]):
            found.append(await check.own_place(answers) is sender._platform.main)
        return found

    assert ready(work) == [True, True, False]


def test_what_fails_has_a_place_that_few_share(ready):
    async def work(sender, _):
        checks = [type(sender)(sender._platform, sender._item) for _ in range(2 * POOL)]
        places = [await check.own_place([FAILING]) for check in checks]
        return places, await checks[0].own_place([FAILING]), sender._platform.main

    places, again, main = ready(work)

    assert len(set(map(id, places))) == POOL and places[:POOL] == places[POOL:] and again is places[0]
    assert main not in places


def test_an_account_with_one_address_has_one_place(ready):
    async def work(sender, _):
        return await sender.own_place([FAILING]) is sender._platform.main

    assert ready(work, "chatapi")


def test_a_registration_that_is_refused_is_no_verdict(use):
    async def work(sender, _):
        reason, text = await _reason(sender.place())
        return reason, text, sender._platform.places

    reason, text, places = use(work, status=422)

    assert reason is Reason.PREREQUISITE_FAILED and "422" in text and places == []


def test_behind_a_public_url_there_is_no_second_port(use):
    async def work(sender, _):
        sender._platform.inbox.public = True
        return (await _reason(sender.door()))[0]

    assert use(work) is Reason.PREREQUISITE_FAILED


# -- the beginning and the end


def test_nobody_home_is_found_out_before_anything_else(use):
    async def work(sender, scripted):
        await sender.knock()
        scripted._server.close()
        await scripted._server.wait_closed()
        return (await _reason(sender.knock()))[0]

    assert use(work) is Reason.TARGET_UNREACHABLE


def test_whatever_still_comes_is_acknowledged_once_a_check_is_over(ready):
    async def work(sender, scripted):
        begun = await sender.begin(FAILING)
        await sender.follow(begun)
        sender.let_go()
        return await sender.follow(begun, MOST_SEEN)

    series = ready(work, given=QUICK, gaps=(0.1,) * 9, patience_s=0.5)

    assert [arrival.answer.status for arrival in series.arrivals] == [500, 200]


def test_a_restart_needs_a_command(use):
    async def work(sender, _):
        return (await _reason(sender.restart()))[1]

    assert "--restart" in use(work)


def test_attempts_and_calls_are_written_for_the_check_that_made_them(ready, tmp_path):
    async def work(sender, _):
        await sender.series(FAILING, OK)
        return sender.numbers

    numbers = ready(work)
    lines = [json.loads(line) for line in (tmp_path / "run.jsonl").read_text().splitlines()]
    labels = {line["n"]: line["label"] for line in lines}

    assert len(labels) == len(lines) and set(numbers) <= set(labels)
    assert [label for label in labels.values() if "attempt" in label][-2:] == [
        "attempt 1 of a text event", "attempt 2 of a text event",
    ]  # fmt: skip
