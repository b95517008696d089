"""Before the first check: is anybody there?"""

from hookproof.sender import greet, knock
from hookproof.verdict import Reason
from tests.sender.test_events import _reason


def test_nobody_home_is_found_out_before_anything_else(use):
    async def work(sender, scripted):
        await knock(sender._platform)
        scripted._server.close()
        await scripted._server.wait_closed()
        return (await _reason(knock(sender._platform)))[0]

    assert use(work) is Reason.TARGET_UNREACHABLE


def test_the_main_endpoint_is_registered_and_gets_an_event(use):
    async def work(sender, _):
        return await greet(sender._platform), sender._platform.main.url, sender._platform.main.arrivals

    trouble, url, arrivals = use(work)

    assert trouble == "" and url.startswith("http://")
    assert [event.wanted for event, _ in arrivals] == [False, True, *[False] * 5], (
        "one shows of each that it is in force"
    )
