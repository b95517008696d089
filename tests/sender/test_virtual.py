"""Senders that are functions, judged over days of virtual time; and the fixture `prove_sender` for users' tests."""

import asyncio
import itertools
import json
import ssl

import anyio
import httpx
import pytest

from hookproof import providers
from hookproof.plugin.proving import prove
from hookproof.sender.virtual import VirtualEndpoint, virtually
from hookproof.wire.arrivals import Answer

TLS = ssl.create_default_context()


@pytest.fixture(autouse=True)
def _marks_of_checks_are_known(prove_sender):
    """As in a project that asks for the fixture."""


class Good:
    """A correct sender; each step is a method, so that a flaw is one method overridden."""

    sleep = staticmethod(asyncio.sleep)

    def __init__(self):
        self.options = {"timeout": None, "follow_redirects": False, "verify": TLS}

    async def deliver(self, url, body):
        for attempt in range(20):
            status, headers = await self.attempt(url, self.body(body))
            if self.is_success(status):
                return
            await self.sleep(self.delay_s(attempt, status, headers))

    def body(self, body):
        return body

    async def attempt(self, url, body):
        try:
            async with asyncio.timeout(10), httpx.AsyncClient(**self.options) as client:
                answer = await self.answer(client, url, body)
                return answer.status_code, answer.headers
        except (httpx.HTTPError, TimeoutError):
            return None, {}

    async def answer(self, client, url, body):
        """The answer, read to its end as it came."""
        async with client.stream("POST", url, content=body, headers={"Content-Type": "application/json"}) as answer:
            async for _ in answer.aiter_raw():
                pass
        return answer

    def is_success(self, status):
        return status is not None and 200 <= status < 300

    def delay_s(self, attempt, status, headers):
        return max(min(5 * 2**attempt, 6 * 3600), float(headers.get("Retry-After", 0)))


class OnTrio(Good):
    sleep = staticmethod(anyio.sleep)

    async def attempt(self, url, body):
        try:
            with anyio.fail_after(10):
                async with httpx.AsyncClient(**self.options) as client:
                    answer = await self.answer(client, url, body)
                    return answer.status_code, answer.headers
        except (httpx.HTTPError, TimeoutError):
            return None, {}


@pytest.mark.parametrize("provider", ["waping", "whatsable", "pingback", "chatapi"])
def test_a_correct_sender_is_proved(provider):
    good = providers.load(provider).acknowledges

    class For(Good):
        def is_success(self, status):
            return status in good

    found = prove(For(), provider, strict=True)

    assert len([finding for finding in found if finding.outcome == "met"]) > 20
    open_ = {finding.check for finding in found if finding.outcome == "inconclusive"}
    assert open_ <= {"sender.retry.loses-nothing-in-a-restart"}, "a function is not restarted"


def test_a_sender_may_be_on_trio():
    assert prove(OnTrio(), "waping", backend="trio", strict=True)


def test_a_sender_may_be_a_function_of_a_payload():
    async def deliver(url, payload):
        await Good().deliver(url, json.dumps(payload))

    assert prove(deliver, "waping", as_dict=True)


class TriesOnce(Good):
    async def deliver(self, url, body):
        await self.attempt(url, body)


class RefusesToRetryRefusals(Good):
    def is_success(self, status):
        return status is not None and status < 500


class FollowsRedirects(Good):
    def __init__(self):
        self.options = {"timeout": None, "follow_redirects": True, "verify": TLS}


class WaitsForEver(Good):
    async def attempt(self, url, body):
        try:
            async with httpx.AsyncClient(**self.options) as client:
                answer = await client.post(url, content=body)
                return answer.status_code, answer.headers
        except httpx.HTTPError:
            return None, {}


class TimesEachRead(WaitsForEver):
    """What httpx's own timeout does: a byte in time starts it anew."""

    def __init__(self):
        self.options = {"timeout": 10, "follow_redirects": False, "verify": TLS}


class AsksAtOnce(Good):
    def delay_s(self, attempt, status, headers):
        return 0


class AsksEveryMinute(Good):
    def delay_s(self, attempt, status, headers):
        return max(60, float(headers.get("Retry-After", 0)))


class NeverEnds(Good):
    async def deliver(self, url, body):
        for attempt in itertools.count():
            status, headers = await self.attempt(url, body)
            if self.is_success(status):
                return
            await self.sleep(self.delay_s(min(attempt, 10), status, headers))


class ComesTooSoon(Good):
    def delay_s(self, attempt, status, headers):
        return 2**attempt / 10


class ChangesTheBody(Good):
    def body(self, body):
        self.sent = getattr(self, "sent", 0) + 1
        return body + b" " * self.sent


class GivesUpOnErrors(Good):
    async def attempt(self, url, body):
        async with httpx.AsyncClient(**self.options) as client:
            answer = await client.post(url, content=body)
            return answer.status_code, answer.headers


@pytest.mark.parametrize("flaw, named", [
    (TriesOnce, "retry.repeats-after-an-error-status[500]"),
    (RefusesToRetryRefusals, "retry.repeats-after-an-error-status[404]"),
    (FollowsRedirects, "retry.does-not-follow-a-redirect"),
    (WaitsForEver, "retry.gives-up-some-time"),
    (TimesEachRead, "retry.repeats-after-a-dripping-answer"),
    (AsksAtOnce, "backoff.waits-before-a-retry"),
    (AsksEveryMinute, "backoff.grows-exponentially"),
    (NeverEnds, "retry.ends-some-time"),
    (ComesTooSoon, "retry.comes-again-no-sooner-than-asked"),
    (ChangesTheBody, "retry.repeats-the-same-bytes"),
    (GivesUpOnErrors, "retry.repeats-after-a-refused-connection"),
])  # fmt: skip
def test_a_flaw_is_named(flaw, named):
    documents_a_deadline = "whatsable" if flaw is TimesEachRead else "waping"
    with pytest.raises(AssertionError, match="unmet") as raised:
        prove(flaw(), documents_a_deadline, strict=True)

    assert f"sender.{named}" in str(raised.value)


def test_a_sender_that_delivers_nothing_is_not_proved():
    async def deliver(url, body):
        raise TypeError("that is not what I want")

    with pytest.raises(AssertionError, match="that is not what I want"):
        prove(deliver, "waping")


def test_an_endpoint_answers_as_scripted_and_notes_when():
    endpoint = VirtualEndpoint(Answer(503, headers=(("Retry-After", "90"),)), Answer(end="reset"), Answer(204).after(3))

    async def main():
        with endpoint.reachable():
            await Good().deliver(endpoint.url, b"{}")

    virtually(main)
    assert [arrival.at_s for arrival in endpoint.arrivals] == pytest.approx([0, 90, 100])
    assert [arrival.outcome for arrival in endpoint.arrivals] == ["answered", "broken", "answered"]
    assert endpoint.arrivals[-1].ended_s == pytest.approx(103)


@pytest.mark.parametrize("timeout, waited_s", [(10, 10), (httpx.Timeout(10, read=2), 2)])
def test_the_clients_own_timeout_counts(timeout, waited_s):
    endpoint = VirtualEndpoint(Answer(end="silent"))

    async def main():
        with endpoint.reachable():
            async with httpx.AsyncClient(timeout=timeout) as client:
                with pytest.raises(httpx.ReadTimeout):
                    await client.post(endpoint.url)

    virtually(main)
    assert endpoint.arrivals[0].open_s == pytest.approx(waited_s)
    assert endpoint.arrivals[0].outcome == "abandoned"


def test_half_an_answer_is_none():
    endpoint = VirtualEndpoint(Answer(200, b"half of it", end="half"))

    async def main():
        with endpoint.reachable():
            async with httpx.AsyncClient() as client:
                with pytest.raises(httpx.RemoteProtocolError):
                    await client.post(endpoint.url)

    virtually(main)
    assert endpoint.arrivals[0].outcome == "broken"


USERS_TEST = """
import asyncio, httpx, ssl

TLS = ssl.create_default_context()

async def deliver(url, body):
    for attempt in range({attempts}):
        try:
            async with asyncio.timeout(10), httpx.AsyncClient(timeout=None, verify=TLS) as client:
                answer = await client.post(url, content=body)
                if answer.is_success:
                    return
        except (httpx.HTTPError, TimeoutError):
            answer = httpx.Response(599)
        await asyncio.sleep(max(5 * 2 ** attempt, float(answer.headers.get("Retry-After", 0))))

def test_it_retries(prove_sender):
    prove_sender(deliver, provider="waping")
"""


@pytest.mark.parametrize("attempts, outcome", [(8, {"passed": 1}), (1, {"failed": 1})])
def test_a_users_own_test_requests_it(pytester, attempts, outcome):
    pytester.makepyfile(USERS_TEST.format(attempts=attempts))

    result = pytester.runpytest_inprocess("--strict-markers")

    result.assert_outcomes(**outcome)
    if attempts == 1:
        result.stdout.fnmatch_lines(["*MUST*sender.retry.repeats-after-an-error-status[[]500]*"])
