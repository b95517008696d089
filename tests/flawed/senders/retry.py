"""Flaws in what counts as acknowledged, and in what comes again."""

# ruff: noqa: RUF012

import asyncio

import httpx

from hookproof.reference.dispatcher import DeliveryOutcome
from hookproof.reference.reference_platform import ReferencePlatform
from tests.flawed.groups import DEADLINES, RETRIES
from tests.flawed.senders.platforms import ChatApi


class NeverRetries(ReferencePlatform):
    """Makes one attempt."""

    caught_by = "sender.retry.repeats-after-an-error-status"
    also = RETRIES
    perhaps = {"sender.retry.repeats-after-a-refused-connection"}

    def attempts_allowed(self, outgoing):
        return 1


class _Final(ReferencePlatform):
    """Gives up after certain outcomes."""

    def is_final(self, outcome):
        raise NotImplementedError

    def delay_s(self, outgoing, outcome):
        return None if self.is_final(outcome) else super().delay_s(outgoing, outcome)


class GivesUpOnClientErrors(_Final):
    """Takes every 4xx for the endpoint's last word, 429 too."""

    bug = "D8"
    caught_by = "sender.retry.repeats-after-an-error-status"

    def is_final(self, outcome):
        return outcome.status is not None and outcome.status // 100 == 4


class TakesA404ForSuccess(ReferencePlatform):
    """Counts a delivery as done when the endpoint answers anything but 5xx."""

    caught_by = "sender.retry.repeats-after-an-error-status"
    also = {"sender.retry.repeats-after-a-redirect"}

    def is_success(self, outcome):
        return outcome.status is not None and outcome.status < 500


class GivesUpOnBrokenConnections(_Final):
    """Does not come again when the connection breaks in the middle."""

    caught_by = "sender.retry.repeats-after-a-broken-answer"
    provider = "waping"

    def is_final(self, outcome):
        return "ReadError" in outcome.trouble or "Protocol" in outcome.trouble


class TakesNoAnswerForSuccess(ChatApi):
    """Is content once the request is written, whatever becomes of the answer."""

    caught_by = "sender.retry.repeats-after-a-broken-answer"

    def is_success(self, outcome):
        return super().is_success(outcome) or "Protocol" in outcome.trouble or "ReadError" in outcome.trouble


class TakesRedirectsForSuccess(ReferencePlatform):
    """Counts every status from 200 to 399 as delivered."""

    bug = "D28"
    caught_by = "sender.retry.repeats-after-a-redirect"

    def is_success(self, outcome):
        return outcome.status is not None and 200 <= outcome.status < 400


class FollowsRedirects(ReferencePlatform):
    """Follows a redirect to wherever it leads, as a GET where the client makes it one, and counts that as delivered."""

    bug = "D10"
    caught_by = "sender.retry.does-not-follow-a-redirect"
    also = {"sender.retry.repeats-after-a-redirect"}
    perhaps = {"sender.delivery.delivers-each-kind-of-event"}

    def client(self):
        client = super().client()
        client.follow_redirects = True
        return client


class CarriesItsHeadersAlong(ReferencePlatform):
    """Posts the delivery again to where a 307 or 308 leads, signature and all."""

    bug = "D11"
    caught_by = "sender.retry.does-not-follow-a-redirect"
    also = {"sender.retry.repeats-after-a-redirect"}

    async def send(self, method, url, headers, body):
        outcome = await super().send(method, url, headers, body)
        if outcome.status in (307, 308):
            return await super().send(method, outcome.header("location"), headers, body)
        return outcome


class TakesAny2xx(ChatApi):
    """Counts every 2xx as delivered, where the documents say 200."""

    caught_by = "sender.retry.repeats-after-another-success"

    def is_success(self, outcome):
        return outcome.status is not None and 200 <= outcome.status < 300


class GivesUpOnRefusedConnections(_Final):
    """Knows what to do about statuses, and dies of a refused connection."""

    bug = "D6"
    caught_by = "sender.retry.repeats-after-a-refused-connection"

    def is_final(self, outcome):
        return "Connect" in outcome.trouble


class GivesUpOnRefusedConnectionsLate(_Final):
    """Collects events for a second before it delivers them, and gives up where a connection is refused."""

    caught_by = "sender.retry.repeats-after-a-refused-connection"
    perhaps = {"sender.delivery.delivers-soon"}
    options = {"base_s": 1.0}
    times = {"patience": 22.0}

    def queue(self, outgoing):
        super().queue(outgoing)
        self.store.postpone(self.store.waiting(outgoing.endpoint, 1000, by="number DESC")[0].number, self.now() + 1.0)

    def is_final(self, outcome):
        return "Connect" in outcome.trouble


class GivesUpOnFailedHandshakes(ReferencePlatform):
    """Takes a TLS handshake that fails for the endpoint's last word."""

    caught_by = "sender.retry.repeats-after-a-tls-failure"

    def delay_s(self, outgoing, outcome):
        secure = self.store.endpoint(outgoing.endpoint).url.startswith("https:")
        return None if secure and outcome.trouble else super().delay_s(outgoing, outcome)


class GivesUpAfterSilence(_Final):
    """Does not come again when nobody answers in time."""

    caught_by = "sender.retry.repeats-after-silence"
    also = {"sender.retry.repeats-after-a-dripping-answer"}

    def is_final(self, outcome):
        return "silent" in outcome.trouble


class HurriesTheEndpoint(ReferencePlatform):
    """Waits half as long for an answer as is documented."""

    caught_by = {"sender.retry.gives-up-at-the-deadline", "sender.retry.takes-an-answer-just-in-time"}

    def deadline_s(self):
        return 0.4 * self.timeout_s


class WaitsThreeTimesAsLong(ReferencePlatform):
    """Waits three times as long for an answer as is documented."""

    caught_by = "sender.retry.gives-up-at-the-deadline"
    times = {"deadline": 1.0}

    def deadline_s(self):
        return 3 * self.timeout_s


class WaitsWithoutEnd(ReferencePlatform):
    """Sets no limit to how long it waits for an answer."""

    bug = "D14"
    caught_by = "sender.retry.gives-up-some-time"
    also = DEADLINES - {"sender.retry.takes-an-answer-just-in-time"}
    times = {"deadline": 0.5}

    def deadline_s(self):
        return 1e6


class TimesEachRead(ReferencePlatform):
    """Limits how long it waits for the next byte, and never the whole."""

    bug = "D15"
    caught_by = "sender.retry.repeats-after-a-dripping-answer"
    times = {"deadline": 0.5}

    async def send(self, method, url, headers, body):
        try:
            return await self.exchange(method, url, headers, body)
        except (httpx.HTTPError, OSError) as error:
            return DeliveryOutcome(trouble=f"{type(error).__name__}: {error}")

    def client(self):
        client = super().client()
        client.timeout = httpx.Timeout(self.timeout_s)
        return client


class HedgesItsAttempts(ReferencePlatform):
    """Sends a second attempt when the first has had no answer for half a second, and leaves that one open."""

    caught_by = "sender.retry.waits-for-one-attempt-before-the-next"
    also = DEADLINES | {"sender.retry.stops-after-an-acknowledgement"}
    perhaps = {"sender.delivery.keeps-few-requests-open", "sender.payload.points-to-a-file-that-is-there"}

    async def exchange(self, method, url, headers, body):
        first = asyncio.ensure_future(super().exchange(method, url, headers, body))
        answered, _ = await asyncio.wait([first], timeout=0.5)
        return await (first if answered else super().exchange(method, url, headers, body))


class DeliversTwice(ReferencePlatform):
    """Has two workers that take the same delivery."""

    bug = "D19"
    caught_by = "sender.retry.stops-after-an-acknowledgement"
    also = DEADLINES | {
        "sender.fanout.delivers-once-when-registered-twice",
        "sender.payload.gives-each-event-an-id-of-its-own",
        "sender.retry.comes-again-no-sooner-than-asked",
        "sender.retry.stops-after-an-acknowledged-retry",
        "sender.retry.waits-for-one-attempt-before-the-next",
    }

    def queue(self, outgoing):
        super().queue(outgoing)
        super().queue(outgoing)


class WantsExactly200(ReferencePlatform):
    """Takes 200 alone for an acknowledgement, where the documents say 2xx."""

    caught_by = "sender.retry.stops-after-an-acknowledgement"

    def is_success(self, outcome):
        return outcome.status == 200


class WantsAShortAnswer(ReferencePlatform):
    """Takes an answer that is longer than it cares to read for a failure."""

    caught_by = "sender.retry.stops-after-an-acknowledgement"

    async def read(self, response):
        if int(response.headers.get("content-length", 0)) > 10_000:
            raise httpx.ReadError("longer than anybody wants to know")
        return await super().read(response)


class ForgetsThatARetrySucceeded(ReferencePlatform):
    """Notes a success only where the first attempt has one."""

    bug = "D19"
    caught_by = "sender.retry.stops-after-an-acknowledged-retry"

    def settle(self, outgoing, outcome):
        super().settle(outgoing, outcome)
        if outgoing.attempt == 2:
            self.store.postpone(outgoing.number, self.now() + 0.1)


class RenewsTheId(ReferencePlatform):
    """Makes a new id for each attempt."""

    bug = "D1"
    caught_by = "sender.retry.repeats-the-same-event"
    also = {"sender.retry.repeats-the-same-bytes"}

    def body(self, outgoing):
        suffix = b"evt_%d" % outgoing.attempt
        return outgoing.body.replace(outgoing.event.encode(), suffix + outgoing.event.encode()[len(suffix) :])


class CountsInTheBody(ReferencePlatform):
    """Writes into each attempt how many there were before."""

    bug = "D3"
    caught_by = "sender.retry.repeats-the-same-bytes"

    def body(self, outgoing):
        return outgoing.body[:-1] + b',"attempt":%d}' % outgoing.attempt


class IgnoresRetryAfter(ReferencePlatform):
    """Comes again when it likes, whatever the endpoint asks for."""

    bug = "D9"
    caught_by = "sender.retry.comes-again-no-sooner-than-asked"

    def retry_after_s(self, outcome):
        return None


class GoesOnForEver(ReferencePlatform):
    """Comes again until somebody says yes."""

    bug = "D30"
    caught_by = "sender.retry.ends-some-time"
    also = {"sender.backoff.waits-before-a-retry"}
    options = {"longest_s": 0.05}

    def attempts_allowed(self, outgoing):
        return 10**9


class MakesFourMore(ChatApi):
    """Makes twenty-four attempts, where the documents promise twenty at most."""

    bug = "D30"
    caught_by = "sender.retry.makes-as-many-attempts-as-documented"
    also = {"sender.backoff.waits-before-a-retry", "sender.retry.makes-one-attempt"}
    options = {"longest_s": 0.05}

    def attempts_allowed(self, outgoing):
        return 24


class GuaranteesEverything(ChatApi):
    """Comes again although deliveries are not to be guaranteed."""

    caught_by = "sender.retry.makes-one-attempt"

    def attempts_allowed(self, outgoing):
        return 20


class ForgetsInARestart(ReferencePlatform):
    """Keeps what is to be tried again in memory alone."""

    bug = "D18"
    caught_by = "sender.retry.loses-nothing-in-a-restart"
    options = {"base_s": 1.2}

    def recover(self):
        for endpoint in self.store.endpoints():
            self.store.drop(endpoint.id)


class OverflowsItsTimer(ReferencePlatform):
    """Counts the milliseconds of a pause in 32 bits: who asks for a month is asked again at once."""

    caught_by = "sender.retry.is-not-hurried-by-a-long-retry-after"
    options = {"base_s": 0.4}

    def jittered(self, delay_s):
        return delay_s

    def delay_s(self, outgoing, outcome):
        delay_s, asked_s = super().delay_s(outgoing, outcome), self.retry_after_s(outcome)
        return 0.001 if delay_s is not None and (asked_s or 0) * 1000 > 2**31 - 1 else delay_s


class JittersWhatItWasAskedFor(ReferencePlatform):
    """Comes up to a tenth sooner or later than Retry-After says."""

    caught_by = "sender.retry.comes-again-no-sooner-than-asked"

    def delay_s(self, outgoing, outcome):
        delay_s = super().delay_s(outgoing, outcome)
        return None if delay_s is None else self.jittered(delay_s)


class StoresItsAnswersAsText(ReferencePlatform):
    """Stores what was answered in a column that takes text; what cannot be stored has failed."""

    caught_by = "sender.retry.stops-after-an-odd-answer"

    async def read(self, response):
        body = await super().read(response)
        if any(letter > "\uffff" for letter in body.decode(errors="replace")):
            raise httpx.ReadError("Incorrect string value for column 'answer'")
        return body
