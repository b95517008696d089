"""One delivery of each kind of event, and the files that they point to."""

import asyncio

import pytest

from hookproof.verdict import Reason
from hookproof.wire.arrivals import Answer
from tests.sender.test_events import _reason


def test_a_sample_is_the_first_attempt_of_its_kind(ready):
    async def work(sender, scripted):
        samples = [await sender.sample("image") for _ in range(2)]
        return samples, samples[0].kind, [payload for *_, payload in scripted.calls]

    (one, again), kind, calls = ready(work)

    assert one.arrival is again.arrival and kind == "image" and one.payload["data"]["message"]["type"] == "image"
    assert [call["kind"] for call in calls if "kind" in call][-1:] == ["image"]


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
        return [sample.kind for sample in await sender.samples()], sender._platform.maker.kinds

    found, kinds = ready(work, refuses=("video",), swallows=("audio",), patience_s=0.5)

    assert found == [kind for kind in kinds if kind not in ("video", "audio")]


def test_without_any_kind_there_are_no_samples(ready):
    async def work(sender, scripted):
        scripted.refuses = scripted.maker.kinds
        return (await _reason(sender.samples()))[0]

    assert ready(work) is Reason.NOT_TRIGGERED


@pytest.mark.parametrize("answer, says", [(Answer(200, b"jpg"), ""), (Answer(404), "404"), (Answer(200), "200")])
def test_a_file_is_there_or_it_is_said_what_is(ready, answer, says):
    async def work(sender, scripted):
        scripted.maker._media_url = lambda name, content, type_: sender._platform.inbox.serve(name, answer).url
        return await sender.missing_file(await sender.sample("image"))

    missing = ready(work)

    assert bool(missing) is bool(says) and says in missing
