"""What checks share: the first makes it, the others get it."""

import asyncio

import pytest

from hookproof.target.endpoints.own_endpoint import OwnEndpoint
from hookproof.target.shared_by_checks import POOL, SharedByChecks


def test_an_observation_is_made_once():
    async def main():
        shared, made = SharedByChecks(), []

        async def make():
            await asyncio.sleep(0)
            made.append(1)
            return object()

        both = await asyncio.gather(shared.once("it", make), shared.once("it", make))
        return both, len(made), await shared.once("another", make)

    (one, other), made, another = asyncio.run(main())

    assert one is other and made == 1 and another is not one


def test_what_goes_wrong_goes_wrong_for_all():
    async def main():
        shared = SharedByChecks()

        async def make():
            raise ValueError("no")

        for _ in range(2):
            with pytest.raises(ValueError, match="no"):
                await shared.once("it", make)

    asyncio.run(main())


def test_a_pool_is_shared_in_turn_and_may_be_refused():
    async def main():
        shared, otherwise = SharedByChecks(), OwnEndpoint("main")
        made = iter([OwnEndpoint(str(number)) for number in range(POOL)])
        found = [await shared.pooled(lambda: _next(made), otherwise) for _ in range(2 * POOL)]
        return found, await SharedByChecks().pooled(_none, otherwise), otherwise

    async def _next(made):
        return next(made)

    async def _none():
        return None

    found, refused, otherwise = asyncio.run(main())

    assert [one.url for one in found] == [str(number) for number in range(POOL)] * 2 and refused is otherwise


def test_the_longest_wait_is_remembered():
    shared = SharedByChecks()
    for gap_s in (1.0, 3.0, 2.0):
        shared.learn_gap(1, gap_s)
        shared.learn_delay(gap_s / 2)

    assert (shared.gaps_s, shared.slowest_s) == ({1: 3.0}, 1.5)
