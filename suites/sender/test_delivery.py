"""Each event is delivered, once it has happened, and as a request that a receiver can rely on."""

import pytest


@pytest.mark.overlap
@pytest.mark.cases("event_kinds")
async def test_delivers_each_kind_of_event(sender, case):
    """One event, one delivery."""
    delivered = await sender.sample(case)
    assert delivered.method == "POST", delivered


@pytest.mark.overlap
@pytest.mark.regime("calm")
async def test_delivers_soon(sender):
    """What is called real time comes within the deadline of an answer."""
    series = await sender.trigger()
    assert series.delay_s < sender.deadline_s, f"{series.delay_s:.1f} s after it was asked for: {series}"


@pytest.mark.overlap
async def test_names_the_media_type(sender):
    """A receiver knows by the Content-Type how to read the body."""
    wrong = [sample for sample in await sender.samples() if not sample.has_the_media_type]
    assert not wrong, f"Content-Type: {wrong[0].content_type}; {wrong[0]}"


@pytest.mark.overlap
async def test_delivers_to_the_registered_url(sender):
    """Host, path and query are those that were registered, byte for byte."""
    endpoint = await sender.register(query="?tenant=a%20b&plus=1%2B1")
    series = await sender.trigger(endpoint=endpoint)
    first = series.first
    assert first.is_addressed_to(endpoint.url), f"{first.method} {first.url}, registered: {endpoint.url}"


@pytest.mark.overlap
async def test_gives_no_secret_away(sender):
    """Neither the signing secret nor the API's token is in anything that is sent."""
    telling = [sample for sample in await sender.samples() if sample.revealed_secret]
    assert not telling, f"{telling[0].revealed_secret}; {telling[0]}"


@pytest.mark.overlap
@pytest.mark.cases("undocumented_kinds")
async def test_delivers_incoming_messages_only(sender, case):
    """What happens to messages that the account sends is not delivered."""
    came = await sender.expect_nothing(kind=case)
    assert not came, came[0]


@pytest.mark.overlap
@pytest.mark.regime("sequential")
async def test_reports_states_in_their_order(sender):
    """Sent comes before delivered, and delivered before seen, where the order is kept."""
    burst = await sender.trigger_many(kinds=sender.documented.states)
    states = [attempt.state for attempt in burst.attempts]
    assert states == sender.documented.states, " -> ".join(states)


@pytest.mark.overlap
@pytest.mark.regime("burst")
async def test_keeps_few_requests_open(sender):
    """An endpoint that answers slowly is not flooded: no more requests are open than documented."""
    allowed = sender.documented.most_open
    burst = await sender.trigger_many(2 * allowed + 10, answer=sender.ok.after(1.0))
    assert burst.most_open <= allowed, f"{burst.most_open} requests open at the same time"


@pytest.mark.last
def test_loses_no_event(sender):
    """Whatever the platform said that it emits has come."""
    lost = sender.ledger().lost
    assert not lost, f"{len(lost)} events were taken and never came, the first of them: {lost[0].call}"


@pytest.mark.overlap
async def test_names_itself(sender):
    """A User-Agent tells an endpoint, and the firewall before it, who delivers."""
    nameless = [sample for sample in await sender.samples() if not sample.user_agent]
    assert not nameless, f"no User-Agent: {nameless[0]}"


@pytest.mark.overlap
@pytest.mark.regime("slow")
async def test_reads_no_answer_without_end(sender):
    """What an endpoint may say is bounded: an answer of 64 MiB is not read to its end."""
    series = await sender.trigger([sender.answer(endless=True)])
    read_mb = series.first.answered_bytes / 2**20
    assert series.first.outcome != "open", f"still reading, {read_mb:.0f} MiB so far: {series}"
    assert read_mb < 32, f"read {read_mb:.0f} MiB: {series}"
