"""However a run ends: what a signal does before and after the last check, and what leaving the process midway means."""

import os
import signal

import pytest

from hookproof.plugin.endings import Endings
from hookproof.verdict import Exit


@pytest.fixture
def endings():
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    leave = os._exit
    yield Endings
    os._exit = leave
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_first_signal_interrupts_and_the_next_is_noted(endings, number):
    made = endings()
    with pytest.raises(KeyboardInterrupt, match=number.name):
        os.kill(os.getpid(), number)
    os.kill(os.getpid(), number)

    assert made.noted


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_while_the_report_is_written_is_only_noted(endings, number):
    made = endings()
    made.close()
    os.kill(os.getpid(), number)

    assert made.noted


def test_who_insists_is_let_go(endings):
    made, left = endings(), []
    made._leave = left.append
    made.close()
    for _ in range(2):
        os.kill(os.getpid(), signal.SIGTERM)

    assert left == [Exit.INTERRUPTED]


def test_nohup_stays_nohup(endings):
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    endings()

    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


def test_a_process_that_is_left_midway_is_not_green(endings):
    def exit_of(work):
        child = os.fork()
        if child == 0:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            work()
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    def midway(*, closed, status=0):
        made = endings()
        made.guard()
        if closed:
            made.closed()
        os._exit(status)

    assert exit_of(lambda: midway(closed=False)) == Exit.INTERNAL
    assert exit_of(lambda: midway(closed=False, status=7)) == 7
    assert exit_of(lambda: midway(closed=True)) == 0
