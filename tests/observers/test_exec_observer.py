"""A command counts; whatever else it does is no verdict on the target."""

import asyncio
import os
import shlex
import sys
import time

import pytest

from hookproof.observers import parse
from hookproof.observers.exec_observer import AT_ONCE, ExecObserver
from hookproof.verdict import Inconclusive, Reason


def _observer(code, *arguments, within_s=5.0):
    return ExecObserver([sys.executable, "-I", "-S", "-c", code, *(arguments or ["{event_id}"])], within_s)


def _failure(observer, event_id="evt_1"):
    with pytest.raises(Inconclusive) as stopped:
        asyncio.run(observer.count(event_id))
    assert stopped.value.reason is Reason.NO_OBSERVER
    assert "\n" not in str(stopped.value)
    return str(stopped.value)


def test_standard_output_is_the_count():
    code = "import sys; print(' ', len(sys.argv[1]), chr(10))"
    observer = parse(f"exec:{shlex.join([sys.executable, '-c', code])} '{{event_id}}'")

    assert asyncio.run(observer.count("evt_1")) == 5


@pytest.mark.parametrize("id_", ["evt 1", "$(touch x); `id` | ' \" \\ * {event_id}", "ü\n", "-n", ""])
def test_an_id_stays_in_its_argument(id_):
    wanted = ("id=" + id_).encode().hex()
    code = f"import sys; print(int(sys.argv[1:] == ['a', bytes.fromhex('{wanted}').decode()]))"

    assert asyncio.run(_observer(code, "a", "id={event_id}").count(id_)) == 1


@pytest.mark.parametrize("said", ["", "many", "-1", "1.5", "1 2", "1" * 30, "１"])
def test_what_is_no_number_is_no_verdict(said):
    assert "did not write a number" in _failure(_observer(f"print({said!r})"))


def test_a_status_other_than_0_is_no_verdict_and_says_why():
    code = "import sys; sys.stderr.write('\\n  no database\\nmore'); sys.exit(3)"
    assert _failure(_observer(code)).endswith("status 3: no database")
    assert "grep -c" in _failure(_observer("print(0); raise SystemExit(1)"))


def test_a_flood_is_no_verdict_and_costs_no_memory():
    code = "import sys; [sys.stdout.write('9' * 65536) for n in range(500)]; [sys.stderr.write('x' * 9999)]"

    assert len(_failure(_observer(code))) < 500


def test_a_command_that_hangs_is_killed_with_its_children(tmp_path):
    pids = tmp_path / "pids"
    code = (
        "import os, sys, time; pid = os.fork(); open(sys.argv[1], 'a').write(f'{os.getpid()} ');"
        "sys.stderr.write('waiting'); sys.stderr.flush(); time.sleep(20)"
    )
    begun = time.monotonic()

    assert "longer than 0.3 s: waiting" in _failure(_observer(code, str(pids), "{event_id}", within_s=0.3))
    assert time.monotonic() - begun < 2
    assert not [pid for pid in pids.read_text().split() if _runs(int(pid))]


def _runs(pid):
    for _ in range(50):
        try:
            with open(f"/proc/{pid}/stat") as stat:
                if stat.read().rpartition(")")[2].split()[0] == "Z":
                    return False
        except FileNotFoundError:
            return False
        time.sleep(0.01)
    return True


def test_what_the_command_leaves_running_is_not_waited_for():
    code = "import os, time; os.fork() or (os.setsid(), time.sleep(2), os._exit(0)); print(7)"
    begun = time.monotonic()

    assert asyncio.run(_observer(code).count("evt_1")) == 7
    assert time.monotonic() - begun < 1.5


@pytest.mark.parametrize("id_", ["a\x00b", "\ud800x" + "\x00", "x" * 3_000_000])
def test_an_id_that_cannot_be_an_argument_is_no_verdict(id_):
    assert "cannot be started" in _failure(_observer("print(1)"), id_)


def test_a_command_that_is_gone_is_no_verdict():
    assert "cannot be started" in _failure(ExecObserver(["/nowhere/at/all", "{event_id}"]))


def test_few_run_at_once(tmp_path):
    code = (
        "import os, sys, time; p = sys.argv[1] + '/' + sys.argv[2]; open(p, 'w').close();"
        "print(len(os.listdir(sys.argv[1]))); sys.stdout.flush(); time.sleep(0.05); os.remove(p)"
    )

    async def main():
        observer = _observer(code, str(tmp_path), "{event_id}")
        return await asyncio.gather(*(observer.count(str(n)) for n in range(12)))

    assert max(asyncio.run(main())) <= AT_ONCE
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize(
    "text, remedy",
    [
        ("exec:", "name a command"),
        ("exec:  ", "name a command"),
        ("exec:echo 1", "{event_id}"),
        ("exec:{event_id}", "{event_id}"),
        ("exec:echo 'a {event_id}", "close every quotation"),
        ("exec:no-such-command-here {event_id}", "PATH"),
        ("exec:/nowhere/at/all {event_id}", "PATH"),
    ],
)
def test_a_malformed_form_is_refused_with_the_remedy(text, remedy):
    with pytest.raises(ValueError, match=remedy) as refused:
        parse(text)
    assert "exec:COMMAND {event_id}" in str(refused.value)
    assert "\n" not in str(refused.value)
