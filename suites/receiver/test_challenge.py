"""An endpoint proves who owns it: it echoes a random text to whoever knows the token, and to nobody else."""

import pytest

from hookproof import assume

pytestmark = pytest.mark.basic


@pytest.mark.cases("challenges")
def test_echoes_the_challenge(challenger, case):
    """Byte for byte and nothing else: no quotes around it, no number made of it, no page."""
    attempt = challenger.ask(case)

    assert challenger.proved(attempt), challenger.compared(attempt)


def test_echoes_each_challenge_anew(challenger):
    """A challenge may come at any time again; an answer kept from the last time is wrong."""
    first, second = challenger.ask(), challenger.ask()

    assert challenger.proved(first), challenger.compared(first)
    assert challenger.proved(second), challenger.compared(second)


@pytest.mark.cases("wrong_tokens")
def test_rejects_a_wrong_token(challenger, case):
    """The token is compared whole and exactly, and what is refused is not echoed."""
    attempt, genuine = challenger.ask(change=case, label="a challenge with a wrong token"), challenger.ask()

    assume(challenger.proved(genuine), challenger.compared(genuine))
    assert challenger.withheld(attempt), attempt


def test_answers_a_wrong_token_with_a_refusal(challenger):
    """A status of success says to who asks that all is well."""
    attempt = challenger.ask_as_a_stranger(challenger.text())

    assert challenger.refused(attempt), attempt


@pytest.mark.cases("missing_tokens")
def test_rejects_a_missing_token(challenger, case):
    """Who does not know the token is not the sender."""
    attempt, genuine = challenger.ask(change=case, label="a challenge without a token"), challenger.ask()

    assume(challenger.proved(genuine), challenger.compared(genuine))
    assert challenger.withheld(attempt), attempt


@pytest.mark.cases("repeated_tokens")
def test_rejects_a_repeated_token(challenger, case):
    """Two tokens are one too many: a proxy and an application may look at different ones."""
    attempt, genuine = challenger.ask(change=case, label="a challenge with two tokens"), challenger.ask()

    assume(challenger.proved(genuine), challenger.compared(genuine))
    assert challenger.withheld(attempt), attempt


@pytest.mark.cases("wrong_modes")
def test_rejects_a_wrong_mode(challenger, case):
    """Only what asks for a subscription is answered."""
    attempt, genuine = challenger.ask(change=case, label="a challenge with a wrong mode"), challenger.ask()

    assume(challenger.proved(genuine), challenger.compared(genuine))
    assert challenger.withheld(attempt), attempt


@pytest.mark.cases("without_a_challenge")
def test_rejects_a_missing_challenge(challenger, case):
    """A request without a text to echo is no challenge, whatever its token."""
    attempt, genuine = challenger.ask(change=case, label="a challenge without its text"), challenger.ask()

    assume(challenger.proved(genuine), challenger.compared(genuine))
    assert challenger.refused(attempt), attempt


def test_answers_a_challenge_as_plain_text(challenger):
    """What anybody can have echoed must not run in a browser."""
    attempt, genuine = challenger.ask("<script>alert(1)</script>", label="a challenge of markup"), challenger.ask()

    assume(challenger.proved(genuine), challenger.compared(genuine))
    assert not challenger.runs_markup(attempt), f"a browser would run what is echoed: {attempt}"


def test_does_not_echo_in_a_refusal(challenger):
    """A refusal that shows the challenge, or runs it, gives away what was to be refused."""
    attempt, genuine = challenger.ask_as_a_stranger("<script>alert(1)</script>"), challenger.ask()

    assume(challenger.proved(genuine), challenger.compared(genuine))
    assert not challenger.echoed(attempt) and not challenger.runs_markup(attempt), attempt


@pytest.mark.hostile
@pytest.mark.cases("hostile_challenges")
def test_survives_a_hostile_challenge(challenger, receiver, case):
    """Control characters, no text, far too much of it: refused or echoed, but nothing breaks."""
    attempt = challenger.ask(case) if case else challenger.ask_nothing()

    assert attempt.survived, attempt
    assert not challenger.injected(attempt), f"the challenge wrote a header of its own: {attempt}"


def test_answers_the_crc(crc):
    """The HMAC of the very text that was sent, in the documented form."""
    attempt = crc.ask()

    assert crc.proved(attempt), crc.compared(attempt)


@pytest.mark.cases("crc_tokens")
def test_answers_each_crc_anew(crc, case):
    """Every text has its own answer, whatever is in it."""
    attempt = crc.ask(case)

    assert crc.proved(attempt), crc.compared(attempt)


@pytest.mark.cases("crc_without_a_token")
def test_refuses_a_crc_without_a_token(crc, case):
    """Nothing to sign is nothing to answer, and no reason to break."""
    attempt, genuine = crc.ask(change=case, label="a CRC without its token"), crc.ask()

    assume(crc.proved(genuine), crc.compared(genuine))
    assert crc.refused(attempt), attempt


def test_takes_no_crc_answer_as_a_signature(crc, delivery):
    """Who can have any text signed can have a delivery signed: the two must not be interchangeable."""
    genuine = crc.ask()
    forged = crc.signed_by_the_target(delivery)

    assume(crc.proved(genuine), crc.compared(genuine))
    assert not forged.acknowledged, f"the target signed a delivery for us and took it: {forged}"


@pytest.mark.cases("forged_challenges")
def test_answers_only_what_is_signed(challenger, case):
    """Whom an endpoint answers without a signature, to him it proves that it asks for none."""
    forged, genuine = challenger.ask(label="a challenge nobody signed", forged=case), challenger.ask()

    assume(challenger.proved(genuine), challenger.compared(genuine))
    assert challenger.refused(forged), forged


@pytest.mark.cases("forged_challenges")
def test_answers_only_a_crc_that_is_signed(crc, case):
    """A keyed answer to anybody lets everybody guess at the key."""
    forged, genuine = crc.ask(label="a CRC nobody signed", forged=case), crc.ask()

    assume(crc.proved(genuine), crc.compared(genuine))
    assert crc.refused(forged), forged


def test_answers_the_ping(challenger):
    """The endpoint answers as is documented when it is asked whether it is there."""
    attempt = challenger.ask()

    assert challenger.proved(attempt), challenger.compared(attempt)
