"""Situations that a sender is put into, and what comes of them."""

import pytest

from hookproof.arrivals import OK, Answer
from hookproof.verdict import Inconclusive, Reason
from hookproof.wire import Endpoint, send

QUICK = {"retry.first": "0.2"}


async def _reason(work):
    with pytest.raises(Inconclusive) as stopped:
        await work
    return stopped.value.reason


# -- quiet


def test_anything_that_comes_is_seen_and_nothing_is_nothing(ready):
    async def work(sender, scripted):
        came = await sender.anything()
        scripted.swallows = ("text",)
        return came, await sender.anything(), await sender.anything("hologram")

    came, swallowed, refused = ready(work, patience_s=0.4)

    assert len(came) == 1 and swallowed == refused == []


def test_what_is_switched_off_is_waited_for_once(ready):
    async def work(sender, scripted):
        scripted.swallows = ("chat_update", "sent", "delivered", "viewed", "instance_status")
        quiet = [await sender.switched_off(kind) for kind in ("chat_update", "sent")]
        return quiet, len([1 for _, target, *_ in scripted.calls if target == "/trigger"])

    assert ready(work, "chatapi", patience_s=0.3) == ([[], []], 1 + 5)


# -- redirects, refusals


def test_a_redirect_leads_elsewhere_and_is_not_followed(ready):
    async def work(sender, _):
        return await sender.redirected(307)

    series, elsewhere = ready(work)

    assert [arrival.answer.status for arrival in series.arrivals] == [307, 200] and elsewhere == []
    assert dict(series.first.answer.headers)["Location"].startswith("http://127.0.0.1:")


def test_an_endpoint_that_comes_back_is_delivered_to(ready):
    async def work(sender, _):
        sender._platform.gaps[1] = 0.1
        return await sender.after_refusals()

    series = ready(work, gaps=(0.1,) * 20)

    assert series.acknowledged and series.first.at_s > 0


def test_who_gives_up_on_refused_connections_fails(ready):
    async def work(sender, _):
        sender._platform.gaps[1] = 0.1
        with pytest.raises(AssertionError, match="connections were refused at first"):
            await sender.after_refusals()

    ready(work, given=QUICK, gaps=(), patience_s=0.4)


def test_nobody_who_verifies_speaks_through_an_untrusted_door(ready):
    async def work(sender, _):
        place = await sender.place(await sender.untrusted_door())
        got = await send(Endpoint(place.url), "POST", (), b"{}", within_s=2)
        return place, got.outcome, place.arrivals

    place, outcome, arrivals = ready(work)

    assert place.url.startswith("https://") and (outcome, arrivals) == ("tls", [])


# -- several endpoints


def test_one_event_comes_to_each_place(ready):
    async def work(sender, _):
        return await sender.to_each(*await sender.places(2))

    one, other = ready(work)

    assert (one.count, other.count) == (1, 1) and one.first.body == other.first.body
    assert one.first.url != other.first.url


def test_a_place_that_gets_nothing_is_said(ready):
    async def work(sender, scripted):
        first, second = await sender.places(2)
        scripted.endpoints = {id_: each for id_, each in scripted.endpoints.items() if each["url"] != second.url}
        return await sender.to_each(first, second)

    one, other = ready(work, patience_s=0.4)

    assert one.count and not other.count


def test_delays_beside_an_endpoint_that_is_down(ready):
    async def work(sender, _):
        return await sender.delay_beside(None), await sender.delay_beside(OK.after(0.1))

    down, slow = ready(work, gaps=())

    assert max(down, slow) < 1


def test_what_is_removed_gets_nothing(ready):
    async def work(sender, _):
        return await sender.after_removal()

    assert ready(work, patience_s=0.4) == []


def test_what_is_removed_between_attempts_gets_no_retry(ready):
    async def work(sender, _):
        return await sender.removal_between_attempts()

    series, after = ready(work, given=QUICK, gaps=(0.1, 0.1), patience_s=0.5)

    assert series.count >= 1 and after == []


def test_what_is_switched_off_gets_nothing_until_it_is_on_again(ready):
    async def work(sender, scripted):
        found = await sender.switched_off_and_on()
        return found, [payload for method, *_, payload in scripted.calls if method == "PATCH"]

    (while_off, then), changes = ready(work, patience_s=0.4)

    assert while_off == [] and then.count == 1
    assert changes == [{"enabled": False}, {"enabled": True}]


def test_without_a_switch_there_is_no_verdict(ready):
    async def work(sender, scripted):
        place = await sender.place()
        scripted.endpoints = {id_: {**each, "enabled": "maybe"} for id_, each in scripted.endpoints.items()}
        return await _reason(sender._switch_of(place))

    assert ready(work) is Reason.NOT_TRIGGERED


def test_a_sample_that_was_asked_for_is_told_from_events(ready):
    async def work(sender, scripted):
        sender._places = []
        await sender.series(OK)
        arrival = await sender.tested()
        return sender.signed(arrival), scripted.calls[-1][1]

    assert ready(work) == (True, "/webhooks/1/test")


def test_a_registration_without_an_id_can_not_be_taken_back(ready):
    async def work(sender, scripted):
        scripted.register = lambda url: (201, {"message": "registered"})
        return await _reason(sender.after_removal()), await _reason(
            sender._ask(sender._platform.fields.remove, await sender.place())
        )

    assert ready(work, patience_s=0.3) == (Reason.CONTROL_FAILED, Reason.NOT_TRIGGERED)


def test_a_url_may_have_a_query(ready):
    async def work(sender, _):
        place = await sender.place_with_a_query()
        series = await sender.series(OK, place=place)
        return sender.is_at(series.first, place), series.first.target

    there, target = ready(work)

    assert there and target.endswith("?tenant=a%20b&plus=1%2B1")


def test_a_second_registration_may_deliver_twice(ready):
    async def work(sender, _):
        return await sender.registered_twice()

    series = ready(work, given=QUICK, patience_s=0.4)

    assert series.count == 2 and len(series.after_acknowledgement) == 1


# -- many events


def test_events_at_once_are_open_together(ready):
    async def work(sender, _):
        return await sender.burst(OK.after(0.1), 6)

    assert ready(work) == 6


def test_the_order_in_which_events_came(ready):
    async def work(sender, _):
        return await sender.order(3, OK)

    asked, came = ready(work)

    assert asked == [0, 1, 2] and sorted(came) == asked


def test_states_come_in_turn(ready):
    async def work(sender, _):
        return await sender.states(), sender.states_in_order

    came, documented = ready(work, "chatapi")

    assert came == documented == ["sent", "delivered", "viewed"]


def test_limits_are_those_of_the_documents(use):
    async def work(sender, _):
        return sender.most_attempts_allowed, sender.most_open_allowed, sender.in_production

    assert use(work, "chatapi") == (20, 0, False)
    assert use(work, given={"mode": "production"}) == (0, 25, True)


@pytest.mark.parametrize("answer, says", [(Answer(200, b"jpg"), ""), (Answer(404), "404"), (Answer(200), "200")])
def test_a_file_is_there_or_it_is_said_what_is(ready, answer, says):
    async def work(sender, scripted):
        scripted.maker._media_url = lambda name, content, type_: sender._platform.inbox.serve(name, answer).url
        return await sender.files()

    found = ready(work, refuses=("audio", "video", "document"))

    assert list(found) == ["image"] and bool(found["image"]) is bool(says) and says in found["image"]


def test_a_challenge_is_refused_when_that_is_the_scene(use):
    async def work(sender, scripted):
        place = await sender.refusing()
        return place.refuses_challenges, place.registration.status, (await sender.challenged()).refuses_challenges

    assert use(work) == (True, 201, False)


def test_an_answer_a_byte_at_a_time_is_given_up(ready):
    async def work(sender, _):
        return await sender.series(Answer(200, b"." * 60, drip_s=0.02), OK)

    series = ready(work, within_s=0.2)

    assert [arrival.outcome for arrival in series.arrivals] == ["abandoned", "answered"]
