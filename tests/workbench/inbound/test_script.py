"""What is answered: each step a person can type, and what is said to those who type something else."""

import pytest

from hookproof.workbench.inbound.script import ScriptError, parse


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("200", "200"),
        ("503 retry-after 30", "503, Retry-After: 30"),
        ("200 after 12", "200 after 12 s"),
        ("silence 12", "connection closed after 12 s"),
        ("drip 0.5", "200, a byte every 0.5 s"),
        ("410 drip 1", "410, a byte every 1 s"),
        ("reset", "connection reset"),
        ("half", "200, closed half-way"),
        ("garbage", "no HTTP"),
        ("redirect http://127.0.0.1:9/a,b", "302, Location: http://127.0.0.1:9/a,b"),
        ("307 to https://example.org/", "307, Location: https://example.org/"),
        ("forward", "forwarded"),
    ],
)
def test_a_step_is_what_it_says(text, says):
    found = parse(text.replace(",b", "b"), forwards=True)

    assert str(found.step(1)) == says.replace(",b", "b")


def test_attempts_get_the_steps_in_turn_and_then_the_last():
    script = parse("500,500, 200 body not <b>now</b>", forwards=False)

    assert [script.step(n).answer.status for n in (1, 2, 3, 4, 99)] == [500, 500, 200, 200, 200]
    assert script.step(3).answer.body == b"not <b>now</b>" and script.text == "500, 500, 200 body not <b>now</b>"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "'' is no answer; write a status such as 200"),
        ("teapot", "'teapot' is no answer; write a status"),
        ("99", "'99' is no answer"),
        ("100", "'100' is no answer"),
        ("200,,500", "'' is no answer"),
        ("silence", "'silence': give it seconds, more than 0 and at most 120"),
        ("silence 1e9", "at most 120"),
        ("silence nan", "more than 0"),
        ("drip -1", "more than 0 and at most 10"),
        ("200 later 5", "'later' says nothing here"),
        ("redirect javascript:x", "begins with http:// or https://"),
        ("302 to http://a\x0d\x0aSet-Cookie:x", "begins with http:// or https://"),
        ("reset now", "nothing can stand after reset"),
        ("forward", "start `hookproof listen` with --forward URL"),
        (",".join(["200"] * 51), "at most 50 steps"),
    ],
)
def test_what_is_no_script_is_answered_with_what_to_type(text, said):
    with pytest.raises(ScriptError) as raised:
        parse(text, forwards=False)

    assert said in str(raised.value)
