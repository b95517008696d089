"""The inbox through any sequence of what senders and checks do to it: each attempt is credited once, to its place."""

import asyncio

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from hookproof.delivery.attempt import Manner
from hookproof.wire.arrivals import OK, Answer
from hookproof.wire.client import Endpoint, send
from hookproof.wire.inbox import Inbox

ANSWERS = st.sampled_from([OK, Answer(500, b"no"), Answer(204), Answer(end="reset"), Answer(end="close")])
ODD = st.sampled_from([b"POST / HT", b"\x16\x03\x01\r\n\r\n", b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n"])


class InboxMachine(RuleBasedStateMachine):
    """A model of what must have arrived beside an inbox that is spoken to over real connections."""

    places = Bundle("places")

    def __init__(self):
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.inbox = Inbox()
        self.run(self.inbox.start())
        self.listener = self.run(self.inbox.listener())
        self.open, self.expected, self.arrived, self.stalled = True, {}, {}, []

    def run(self, work):
        return self.loop.run_until_complete(asyncio.wait_for(work, 5))

    def teardown(self):
        self.run(self.inbox.stop())
        for writer in self.stalled:
            writer.close()
        self.run(asyncio.sleep(0))
        self.loop.close()

    @rule(target=places, answer=ANSWERS, behind=st.booleans())
    def place(self, answer, behind):
        mine = []

        def respond(arrival):
            mine.append(arrival)
            return answer

        url = self.inbox.add_url(respond, self.listener if behind else None)
        self.arrived[url], self.expected[url] = mine, 0
        return url, answer, behind

    @rule(place=places, body=st.binary(max_size=50), chunk=st.sampled_from([None, 7]))
    def deliver(self, place, body, chunk):
        url, answer, behind = place
        got = self.run(send(Endpoint(url), "POST", (), body, within_s=2, manner=Manner(chunk=chunk)))
        if behind and not self.open:
            assert got.outcome == "refused"
            return
        self.expected[url] += 1
        assert got.status == (answer.status if answer.end == "whole" else None)
        assert self.arrived[url][-1].body == body

    @rule(place=places, body=st.binary(min_size=2, max_size=50))
    def give_up_in_the_middle(self, place, body):
        manner = Manner(keep=0.5, hang_up=True)
        self.run(send(Endpoint(place[0]), "POST", (), body, within_s=2, manner=manner))

    @rule(
        place=places,
        raw=st.sampled_from([b"POST / HT", b"\x16\x03\x01\r\n\r\n", b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n"]),
    )
    def say_something_else(self, place, raw):
        async def say():
            endpoint = Endpoint(place[0])
            try:
                _, writer = await asyncio.open_connection(endpoint.host, endpoint.port)
            except OSError:
                return
            writer.write(raw)
            self.stalled.append(writer)

        self.run(say())

    @rule()
    def shut_or_open(self):
        self.run(self.listener.shut() if self.open else self.listener.open())
        self.open = not self.open

    @rule()
    def drop_connections(self):
        self.inbox.drop_connections()
        self.run(asyncio.sleep(0.01))

    @invariant()
    def everything_is_credited_once(self):
        assert {url: len(mine) for url, mine in self.arrived.items()} == self.expected
        assert all(url.endswith(arrival.target) for url, mine in self.arrived.items() for arrival in mine)
        assert self.inbox.held >= 0


TestInbox = InboxMachine.TestCase
TestInbox.settings = settings(
    max_examples=10, stateful_step_count=20, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
