"""Whose turn it is: the usual regime first, then one after the other, whatever becomes of a check."""

import asyncio

import pytest

from hookproof.target.turns import USUAL, Turns


class Diary:
    """What happened, in order, while checks waited for their regimes."""

    def __init__(self, *regimes, entering=None):
        self.lines, self.now, self.most = [], 0, {}
        self.turns = Turns(entering or self._enter)
        for name in regimes:
            self.turns.expect(name)

    async def _enter(self, name):
        await asyncio.sleep(0)
        self.lines.append(f"enter {name}")

    async def check(self, regime, name="", fails=None):
        async with self.turns.within(regime):
            self.lines.append(f"begin {name or regime}")
            self.now += 1
            self.most[regime] = max(self.most.get(regime, 0), self.now)
            await asyncio.sleep(0.01)
            self.now -= 1
            if fails:
                raise fails
            self.lines.append(f"end {name or regime}")


def _run(*checks):
    """All checks at the same time; what each of them raised."""

    async def main():
        async with asyncio.timeout(2):
            return await asyncio.gather(*checks, return_exceptions=True)

    return asyncio.run(main())


def test_the_usual_regime_comes_first_and_the_others_as_they_were_announced():
    diary = Diary("quiet", "burst", USUAL, "alone")
    _run(*(diary.check(name) for name in ("alone", "burst", "quiet", USUAL)))

    assert [line for line in diary.lines if line.startswith("enter")] == [
        "enter usual", "enter quiet", "enter burst", "enter alone",
    ]  # fmt: skip


def test_a_regime_begins_when_the_one_before_is_through():
    diary = Diary("first", "second", "first")
    _run(diary.check("second"), diary.check("first", "one"), diary.check("first", "two"))

    assert diary.lines[0] == "enter first"
    assert diary.lines.index("end one") < diary.lines.index("enter second") > diary.lines.index("end two")
    assert diary.lines[-2:] == ["begin second", "end second"]


def test_checks_of_one_regime_run_together_and_enter_it_once():
    diary = Diary(*["quiet"] * 4, "burst")
    _run(*(diary.check("quiet") for _ in range(4)), diary.check("burst"))

    assert diary.most == {"quiet": 4, "burst": 1}
    assert diary.lines.count("enter quiet") == 1


def test_a_regime_waits_for_checks_that_come_late():
    diary = Diary("first", "first", "second")

    async def late():
        await asyncio.sleep(0.03)
        await diary.check("first", "late")

    _run(diary.check("second"), diary.check("first", "soon"), late())

    assert diary.lines.index("end late") < diary.lines.index("enter second")


@pytest.mark.parametrize("trouble", [AssertionError("seen"), asyncio.CancelledError()], ids=["failed", "cancelled"])
def test_a_check_that_fails_does_not_block_the_next_regime(trouble):
    diary = Diary("first", "second")
    found = _run(diary.check("first", fails=trouble), diary.check("second"))

    assert isinstance(found[0], type(trouble)) and found[1] is None
    assert diary.lines[-1] == "end second"


def test_a_regime_that_cannot_be_entered_fails_its_own_checks_alone():
    entered = []

    async def enter(name):
        entered.append(name)
        if name == "first":
            raise OSError("nobody is there")

    diary = Diary("first", "first", "second", entering=enter)
    found = _run(diary.check("first"), diary.check("first"), diary.check("second"))

    assert [type(each) for each in found] == [OSError, OSError, type(None)]
    assert diary.lines == ["begin second", "end second"] and entered == ["first", "first", "second"]


def test_a_check_that_is_cut_off_before_its_turn_is_not_waited_for():
    diary = Diary("first", "second", "third")

    async def main():
        tasks = [asyncio.ensure_future(diary.check(name)) for name in ("first", "second", "third")]
        await asyncio.sleep(0)
        tasks[1].cancel()
        async with asyncio.timeout(2):
            await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(main())

    assert diary.lines[-1] == "end third" and "enter second" not in diary.lines
