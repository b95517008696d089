"""Endpoints of ours: registered, removed, switched off, behind a certificate that nobody trusts."""

import pytest

from hookproof.sender.events import FAILING
from hookproof.target.shared_by_checks import POOL
from hookproof.verdict import Reason
from hookproof.wire.arrivals import OK, Answer
from hookproof.wire.client import Endpoint, send
from tests.sender.test_events import QUICK, _reason

# -- where the events of a check go


def test_what_is_acknowledged_at_once_goes_to_the_main_place(ready):
    async def work(sender, _):
        check, found = type(sender)(sender._platform, sender._name), []
        for answers in ([], [OK, Answer(204)], [OK.after(1)]):
            found.append(await check._endpoints.for_events(answers) is sender._platform.main)
        return found

    assert ready(work) == [True, True, False]


def test_what_fails_has_a_place_that_few_share(ready):
    async def work(sender, _):
        checks = [type(sender)(sender._platform, sender._name) for _ in range(2 * POOL)]
        endpoints = [await check._endpoints.for_events([FAILING]) for check in checks]
        return endpoints, await checks[0]._endpoints.for_events([FAILING]), sender._platform.main

    endpoints, again, main = ready(work)

    assert len(set(map(id, endpoints))) == POOL and endpoints[:POOL] == endpoints[POOL:] and again is endpoints[0]
    assert main not in endpoints


def test_an_account_with_one_address_has_one_place(ready):
    async def work(sender, _):
        return await sender._endpoints.for_events([FAILING]) is sender._platform.main

    assert ready(work, "chatapi")


def test_a_registration_that_is_refused_is_no_verdict(use):
    async def work(sender, _):
        reason, text = await _reason(sender.register())
        return reason, text, sender._platform.endpoints

    reason, text, endpoints = use(work, status=422)

    assert reason is Reason.PREREQUISITE_FAILED and "422" in text and endpoints == []


def test_behind_a_public_url_there_is_no_second_port(use):
    async def work(sender, _):
        sender._platform.inbox.public = True
        return (await _reason(sender.register(own_port=True)))[0]

    assert use(work) is Reason.PREREQUISITE_FAILED


# -- what is registered


def test_nobody_who_verifies_speaks_to_an_untrusted_endpoint(ready):
    async def work(sender, _):
        endpoint = await sender.register(untrusted=True)
        got = await send(Endpoint(endpoint.url), "POST", (), b"{}", within_s=2)
        return endpoint, got.outcome

    endpoint, outcome = ready(work)

    assert endpoint.url.startswith("https://") and (outcome, endpoint.requests) == ("tls", [])


def test_a_url_may_have_a_query(ready):
    async def work(sender, _):
        endpoint = await sender.register(query="?tenant=a%20b&plus=1%2B1")
        series = await sender.trigger(endpoint=endpoint)
        return endpoint.url, series.first.is_addressed_to(endpoint.url)

    url, there = ready(work)

    assert there and url.endswith("?tenant=a%20b&plus=1%2B1")


def test_the_only_address_of_an_account_stays_without_a_query(ready):
    async def work(sender, _):
        return await sender.register(query="?a=b") is sender._platform.main

    assert ready(work, "chatapi")


@pytest.mark.parametrize("more", [{"refuses_challenges": True}, {"scheme": "http"}])
def test_some_registrations_may_be_refused(use, more):
    async def work(sender, _):
        return await sender.register(**more)

    assert use(work, status=422, base="").registration.status == 422


def test_a_challenge_is_refused_when_a_check_wants_that(use):
    async def work(sender, scripted):
        endpoint = await sender.register(refuses_challenges=True)
        return endpoint.refuses_challenges, endpoint.registration.status, (await sender.register()).refuses_challenges

    assert use(work) == (True, 201, False)


def test_a_second_registration_may_deliver_twice(ready):
    async def work(sender, _):
        endpoint = await sender.register()
        again = await sender.register(again=endpoint)
        return again is endpoint, await sender.trigger(endpoint=endpoint, until_quiet=True)

    same, series = ready(work, given=QUICK, patience_s=0.4)

    assert same and series.count == 2 and len(series.after_acknowledgement) == 1


def test_an_endpoint_answers_the_events_of_its_check_as_it_was_registered(ready):
    async def work(sender, _):
        other, endpoint = type(sender)(sender._platform, sender._name), await sender.register(answer=Answer(500))
        mine, others = await sender.trigger(), await other.trigger()
        failed = await sender.follow(mine, endpoint=endpoint)
        return failed, await other.follow(others, endpoint=endpoint)

    mine, others = ready(work)

    assert (mine.first.answer.status, others.first.answer.status) == (500, 200)


# -- several endpoints


def test_one_event_comes_to_each_endpoint(ready):
    async def work(sender, _):
        first, second = await sender.register(), await sender.register()
        one = await sender.trigger(endpoint=first, allow_none=True)
        return one, await sender.follow(one, endpoint=second)

    one, other = ready(work)

    assert (one.count, other.count) == (1, 1) and one.first.body == other.first.body
    assert one.first.url != other.first.url and other.elsewhere == 7, (
        "the first endpoint, the main one, those of the pool"
    )


def test_an_endpoint_that_gets_nothing_is_said(ready):
    async def work(sender, scripted):
        first, second = await sender.register(), await sender.register()
        scripted.endpoints = {id_: each for id_, each in scripted.endpoints.items() if each["url"] != second.url}
        one = await sender.trigger(endpoint=first)
        return one, await sender.follow(one, endpoint=second)

    one, other = ready(work, patience_s=0.4)

    assert one.count and not other.count


def test_an_endpoint_may_be_shut(ready):
    async def work(sender, _):
        dead = await sender.register(own_port=True)
        await dead.shut()
        return await sender.trigger(), await sender.trigger(endpoint=dead, allow_none=True)

    alive, dead = ready(work, given=QUICK, gaps=(), patience_s=0.4)

    assert alive.delay_s < 1 and dead.count == 0


def test_what_is_removed_gets_nothing(ready):
    async def work(sender, _):
        endpoint = await sender.register()
        await sender.trigger(endpoint=endpoint)
        await sender.remove(endpoint)
        return await sender.expect_nothing(endpoint=endpoint)

    assert ready(work, patience_s=0.4) == []


def test_what_is_switched_off_gets_nothing_until_it_is_on_again(ready):
    async def work(sender, scripted):
        endpoint = await sender.register()
        await sender.switch(endpoint, on=False)
        while_off = await sender.expect_nothing(endpoint=endpoint)
        await sender.switch(endpoint, on=True)
        then = await sender.trigger(endpoint=endpoint)
        return while_off, then, [payload for method, *_, payload in scripted.calls if method == "PATCH"]

    while_off, then, changes = ready(work, patience_s=0.4)

    assert while_off == [] and then.count == 1
    assert changes == [{"enabled": False}, {"enabled": True}]


def test_without_a_switch_there_is_no_verdict(ready):
    async def work(sender, scripted):
        endpoint = await sender.register()
        scripted.endpoints = {id_: {**each, "enabled": "maybe"} for id_, each in scripted.endpoints.items()}
        return (await _reason(sender.switch(endpoint, on=False)))[0]

    assert ready(work) is Reason.NOT_TRIGGERED


def test_a_registration_without_an_id_can_not_be_taken_back(ready):
    async def work(sender, scripted):
        scripted.register = lambda url: (201, {"message": "registered"})
        return (await _reason(sender.remove(await sender.register())))[0]

    assert ready(work, patience_s=0.3) is Reason.NOT_TRIGGERED


def test_a_sample_that_was_asked_for_is_told_from_events(ready):
    async def work(sender, scripted):
        await sender.trigger()
        sample = await sender.test_delivery()
        return sample.signed, scripted.calls[-1][1]

    assert ready(work) == (True, "/webhooks/1/test")
