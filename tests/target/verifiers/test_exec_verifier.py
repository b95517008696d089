"""A command as a verifier: whose fault it is when it breaks, is slow, or says something else."""

import pytest

from hookproof.target.verifiers.exec_verifier import ExecVerifier
from hookproof.target.verifiers.verifier_answer import NoVerifier

RIGHT = 'print(json.dumps({"id": asked["id"], "accepted": asked["body_base64"] == "eA=="}), flush=True)'


def questions(*bodies):
    return [{"id": f"q{number}", "body_base64": body} for number, body in enumerate(bodies)]


@pytest.fixture
def asked(scripted):
    """The answers of a scripted verifier to these bodies."""
    opened = []

    def ask(text, *bodies, before="", limit_s=20.0):
        opened.append(ExecVerifier.parse(scripted(text, before), limit_s))
        return opened[-1].ask(questions(*bodies))

    yield ask
    for one in opened:
        one.close()


def test_it_is_asked_in_lines(asked):
    assert [one.accepted for one in asked(RIGHT, "eA==", "eQ==", "eA==")] == [True, False, True]


def test_answers_may_come_in_any_order(asked):
    text = f"kept.append(asked)\nif len(kept) == 3:\n    for asked in kept[::-1]: {RIGHT}"

    assert [one.accepted for one in asked(text, "eA==", "eQ==", "eA==", before="kept = []")] == [True, False, True]


def test_a_crash_is_the_fault_of_the_question_that_it_is_over_and_of_no_other(asked):
    text = f'if asked["body_base64"] == "Ym9vbQ==": raise ValueError("boom")\n{RIGHT}'
    answers = asked(text, "eA==", "Ym9vbQ==", "eQ==", "eA==")

    assert [one.accepted for one in answers] == [True, None, False, True]
    assert answers[1].fault == "it ended with status 1: ValueError: boom"


def test_silence_is_the_fault_of_one_question(asked):
    text = f'if asked["body_base64"] == "c2xvdw==": time.sleep(60)\n{RIGHT}'
    answers = asked(text, "eA==", "c2xvdw==", "eQ==", limit_s=1.0)

    assert [one.accepted for one in answers] == [True, None, False]
    assert answers[1].fault.startswith("no answer within 1 s")


def test_what_is_printed_beside_the_answers_is_passed_over(asked):
    assert [one.accepted for one in asked(f"print('so far so good')\n{RIGHT}", "eA==")] == [True]


@pytest.mark.parametrize(
    "said, fault",
    [
        ('{"id": asked["id"]}', "has no `accepted`"),
        ('{"id": asked["id"], "accepted": "yes"}', "has no `accepted`"),
        ('{"id": "another", "accepted": True}', "to no question of ours"),
        ('{"id": asked["id"], "error": "TypeError: no"}', "it broke: TypeError: no"),
        ("[1]", "to no question of ours"),
    ],
)
def test_an_answer_that_is_none_is_a_fault(asked, said, fault):
    assert fault in asked(f"print(json.dumps({said}), flush=True)", "eA==")[0].fault


def test_it_may_say_that_it_cannot(asked):
    answer = asked('print(json.dumps({"id": asked["id"], "unsupported": "no lists"}), flush=True)', "eA==")[0]

    assert (answer.accepted, answer.unsupported, answer.fault) == (None, "no lists", "")


def test_a_large_question_reaches_a_slow_reader(asked):
    assert asked(f"time.sleep(0.1)\n{RIGHT}", "A" * 400_000, "eA==")[1].accepted is True


@pytest.mark.parametrize(
    "text, why",
    [("exec:", "name a command"), ("exec:'a", "close every quotation"), ("exec:no-such-command x", "on PATH")],
)
def test_what_cannot_be_a_command_is_told(text, why):
    with pytest.raises(NoVerifier, match=why):
        ExecVerifier.parse(text, 1.0)
