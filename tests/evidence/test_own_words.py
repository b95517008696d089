"""A secret that is made of words of ours hides none of our ids and texts; what came from outside it still hides."""

import base64
import re
from functools import lru_cache
from pathlib import Path

import msgspec
import pytest

from hookproof import providers
from hookproof.evidence.lines import (
    Accepted,
    AttemptLine,
    BeginLine,
    BodyRecord,
    CheckLine,
    FactLine,
    HttpRecord,
    OlderLine,
    PlannedCheck,
    RequirementRecord,
    TargetRecord,
)
from hookproof.evidence.own_words import hidden, vocabulary
from hookproof.evidence.redact import Redactor
from hookproof.verdict import Outcome, Verdict

ROOT = Path(__file__).parents[2]


@lru_cache(maxsize=1)
def requirements():
    """Every row of specs/, as a run writes it down."""
    rows = [(name, row) for name in providers.names() for row in providers.load(name).requirements.values()]
    rows += [("baseline", row) for row in providers.baseline().values()]
    return [
        RequirementRecord(
            id=row.id,
            provider=name,
            role=row.role if isinstance(row.role, str) else list(row.role),
            level=row.level,
            text=row.text,
            source=row.source,
            checks=row.checks,
            excluded=row.excluded,
            subjects=[name],
        )
        for name, row in rows
    ]


@lru_cache(maxsize=1)
def checks():
    return sorted({check.partition("[")[0] for row in requirements() for check in row.checks})


def begin(outside=""):
    """The first line of a run of everything; `outside` is what its user typed."""
    names = providers.names()
    plan = [PlannedCheck(check, "pingback.telegram", "another secret") for check in checks()]
    return BeginLine(
        schema="hookproof/journal/1",
        version="0.1.0",
        run="0badcafe",
        started="2026-01-01T00:00:00Z",
        seed=0,
        command=f"pytest --target demo --provider whatsable --set payload=envelope -k {outside or 'x'}",
        target=TargetRecord(f"http://h/{outside}", ["receiver"], names),
        parameters={"payload": "envelope", "verify_token": outside},
        observer="Socket.IO",
        requirements=requirements(),
        plan=plan,
        without_cases=[(check, "pingback.telegram") for check in checks()],
        about=dict.fromkeys(checks(), "Its sentence."),
        documents={name: providers.load(name).fields.source for name in names},
        accepted=[Accepted(row.id, checks()[0], "whatsable", reason=outside) for row in requirements()],
    )


def rest(outside=""):
    """A line of every other kind in which something of ours stands, beside what came from outside."""
    body = BodyRecord(1, text=outside)
    for check in checks():
        yield CheckLine(
            id=check, subject="whatsable", case="another secret", outcome=Outcome.INCONCLUSIVE, reason="control_failed",
            message=outside, reproduce=outside,
        )  # fmt: skip
    yield AttemptLine(
        n=1, id=checks()[0], subject="whatsable", case="none", label=outside, at_s=0.0, line=outside, method="POST",
        url=outside, request=HttpRecord([("x-name", outside)], body), outcome="answered", detail=outside, status=200,
        response=HttpRecord([("x-name", outside)], body), elapsed_s=0.1, timeline=[(0.0, "received", 1)],
    )  # fmt: skip
    yield FactLine("effects", outside)
    yield OlderLine(
        started="2026-01-01T00:00:00Z",
        where=outside,
        requirements={f"{row.provider}/{row.id}": Verdict.PASS for row in requirements()},
    )


def our_words():
    """Every word of eight letters and more in specs/, suites/ and the README, and every name that is made of words."""
    paths = [*(ROOT / "specs").rglob("*.*"), *(ROOT / "suites").rglob("*.py"), ROOT / "README.md"]
    text = "\n".join(path.read_text("utf-8") for path in paths if path.is_file() and path.suffix != ".pyc")
    return sorted({*re.findall(r"[^\W\d_]{8,}", text), *re.findall(r"[A-Za-z][\w-]{7,39}", text)})


def plain(line):
    """The line as it is read again, if nothing in it is hidden."""
    return msgspec.json.decode(msgspec.json.encode(line))


class Hiding(Redactor):
    """Hides whatever it is given: what it leaves was not given to it."""

    def text(self, text):
        return "<hidden>" if text else text


def test_nothing_of_ours_is_even_looked_at():
    for line in [begin(), *rest()]:
        expected = plain(line)
        found = hidden(line, Hiding())
        for field in ("command", "target", "method", "request", "response"):
            assert (field in expected) == (field in found)
            expected.pop(field, None)
            found.pop(field, None)
        assert found == expected


def test_a_command_keeps_its_options_and_our_values_whatever_the_secret_is():
    command = hidden(begin("canary-canary"), Hiding())["command"]

    assert command.startswith("'<hidden>' --target demo --provider whatsable --set payload=envelope")
    assert "canary" not in command


def test_what_came_from_outside_is_hidden_in_every_field():
    redactor = Redactor(vocabulary())
    redactor.add(b"canary-canary", "$KEY")
    shown = [hidden(line, redactor) for line in [begin("canary-canary"), *rest("canary-canary")]]

    assert "canary" not in repr(shown) and repr(shown).count("$KEY") > 10


@pytest.mark.parametrize(
    "secret", ["whatsable-secret", "another-secret", "whatsable", "envelope", "receiver", "inconclusive"]
)
def test_a_secret_of_words_of_ours_changes_no_line_of_ours(secret):
    redactor = Redactor(vocabulary())
    redactor.add(secret.encode(), "$KEY")

    for line in [begin(), *rest()]:
        assert hidden(line, redactor) == plain(line)
    assert hidden(FactLine("x", f"it said {secret}"), redactor)["text"] == "it said $KEY"


def test_no_word_of_ours_as_a_secret_changes_a_line_of_ours():
    """Of each word by itself: the texts that are looked at are few, so what is left is the command and the target."""
    line = begin()
    small = msgspec.structs.replace(line, requirements=line.requirements[:1], plan=[], about={}, accepted=None)
    for word in our_words():
        redactor = Replacing(word)
        assert hidden(small, redactor) == plain(small), word


class Replacing(Redactor):
    """Replaces one word and looks for it in no wrapping, which takes no time."""

    def __init__(self, word):
        super().__init__()
        self._word = word

    def text(self, text):
        return text.replace(self._word, "$KEY")


def test_the_beginning_of_a_secret_that_we_say_ourselves_gives_nothing_away():
    redactor = Redactor(vocabulary())
    redactor.add(b"whatsable-secret", "$KEY")

    assert redactor.text("the first delivery to whatsable was acknowledged") == (
        "the first delivery to whatsable was acknowledged"
    )
    assert redactor.text("WHATSABLE-SIG-0 of whatsable-secret") == "WHATSABLE-SIG-0 of $KEY"
    assert redactor.text("it said whatsable-secr") == "it said $KEY"
    assert redactor.text("it said d2hhdHNhYmxlLXNlY3JldA") == "it said $KEY"
    assert redactor.text(f"it said {base64.b64encode(b'x whatsable-secret').decode()}") == "it said <encoded $KEY>"
