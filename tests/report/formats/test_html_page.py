"""The page of a run: what stands where, what is left out, and that a target writes nothing but text on it."""

import base64
import hashlib
import json
import re
from pathlib import Path

import jsonschema
import pytest

from hookproof.evidence.reader import read
from hookproof.report.formats import html_page, page_view
from hookproof.report.results.run import results
from hookproof.report.words.evidence import visible
from tests.journals.hostile import HOSTILE, poisoned
from tests.journals.page import Page
from tests.journals.realistic import later
from tests.journals.small import END, attempt, begin, check
from tests.report.test_report import SCHEMA

PAGE = Path(__file__).parents[3] / "reports" / "page"
A, B = "receiver.signature.a", "receiver.signature.b"


def test_the_page_answers_first_what_matters_most(page, realistic):
    found = Page(page(realistic))
    text = " ".join(found.text().split())
    assert "Not conformant MUST 9/12 · SHOULD 4/6 · 8 not judged Fix these first" in text
    assert "This run is incomplete" not in text
    order = ["verdict", "fix", "unjudged", "run", "totals", "warnings", "requirements", "legend", "facts", "apart-1"]
    assert [name for name in found.values("id") if name in order] == order


@pytest.mark.parametrize("lines, sentence", [
    ([check(A), check(B), END], "Conformant MUST 2/2 "),
    ([check(A), check(B, "inconclusive", reason="no_observer"), END],
     "Conformant MUST 1/1 · 1 not judged "),
    ([check(A), check(B, "error"), END], "Undecided MUST 1/1 · 1 not judged "),
    ([check(A), check(B, "not_applicable"), END], "Conformant MUST 1/1 "),
    ([check(A), check(B, "unmet")],
     "Not conformant MUST 1/2 This run is incomplete."),
    ([check(A, "not_applicable"), check(B, "not_applicable"), END],
     "Undecided nothing was judged "),
])  # fmt: skip
def test_the_first_sentence(page, lines, sentence):
    rows = [{"id": "H-1", "checks": [A]}, {"id": "H-2", "checks": [B]}]
    assert sentence in " ".join(Page(page([begin(rows, [(A,), (B,)]), *lines])).text().split())


def test_every_id_is_there_once_and_every_link_stays_on_the_page(page, realistic):
    found = Page(page(realistic))
    ids = found.values("id")
    assert len(ids) == len(set(ids))
    assert set(found.values("href")) <= {f"#{name}" for name in ids}
    assert set(found.values("aria-labelledby")) <= set(ids)
    assert "req-WHATSABLE-SIG-0" in ids


def test_the_policy_allows_this_style_and_this_script_and_nothing_else(page, realistic):
    text = page(realistic)
    found = Page(text)
    (policy,) = [value for value in found.values("content") if value.startswith("default-src")]
    for kind, tag in (("style", "style"), ("script", "script")):
        (inlined,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inlined.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
        assert found.tags[tag] == 1
    assert policy.startswith("default-src 'none';")
    assert not {"src", "style", "onclick", "action", "srcset"} & {name for _, name, _ in found.attributes}
    assert not {"img", "link", "iframe", "object", "base"} & set(found.tags)


@pytest.mark.parametrize("payload", HOSTILE.values(), ids=HOSTILE)
def test_a_target_cannot_put_anything_but_text_on_the_page(page, realistic, payload):
    plain, found = Page(page(realistic)), Page(page(poisoned(realistic, payload)))
    assert set(found.tags) == set(plain.tags)
    assert (found.tags["script"], found.tags["style"]) == (1, 1)
    assert {name for _, name, _ in found.attributes} == {name for _, name, _ in plain.attributes}
    assert set(found.values("href")) == set(plain.values("href"))
    assert set(found.values("id")) == set(plain.values("id"))
    assert visible(found.text()) == found.text()
    assert visible(payload[:40].replace("\n", " ")) in found.text().replace("\n", " ")


def test_long_evidence_is_cut_and_says_so(page, tmp_path):
    body, long = {"size": 90_000, "text": "B" * 4096, "cut": True}, "A" * 2_000_000
    many = [attempt(n, body) for n in range(1, 40)]
    last = attempt(40, {"size": 2_000_000, "text": long}, line=long, url=long, label=long, detail=long)
    bad = check(A, "unmet", attempts=list(range(1, 41)), message=long, reproduce=long)
    first = begin([{"id": "H-1", "checks": [A]}], [(A,)], command=long)
    text = page([first, *many, last, bad, {"type": "fact", "name": long, "text": long}, END])
    assert len(text) < 200_000
    assert (tmp_path / "junit.xml").stat().st_size < 200_000
    assert "first 4,096 of 90,000 B" in text
    assert "1,998,000 more characters" in text
    assert "32 more in results.json" in text
    assert [f"#{n}</b>" in text for n in (1, 3, 4, 35, 36, 40)] == [True, True, False, False, True, True]


SERIES = [
    {"at_s": 0.0, "open_s": 0.01, "answer": "500", "acknowledged": False, "n": 3},
    {"at_s": 0.4, "open_s": 2, "answer": "no answer", "acknowledged": False},
    {"at_s": 1.2, "open_s": 0.01, "answer": "200", "acknowledged": True, "n": 7},
]
ONE_CHECK = begin([{"id": "H-1", "checks": [A]}], [(A,)])


@pytest.mark.parametrize("series, captions", [
    (SERIES, [""]),
    ([SERIES, SERIES], ["", ""]),
    ([{"caption": "evt_1", "attempts": SERIES}, SERIES], ["evt_1", ""]),
    ([], []),
])  # fmt: skip
def test_the_attempts_a_sender_made_are_drawn(page, tmp_path, series, captions):
    found = Page(page([ONE_CHECK, check(A, series=series), END]))
    written = json.loads((tmp_path / "results.json").read_text("ascii"))
    jsonschema.validate(written, SCHEMA, jsonschema.Draft202012Validator)
    kept = written["checks"][0]["series"]
    assert [one["caption"] for one in kept] == captions
    assert all([moment.get("n") for moment in one["attempts"]] == [3, None, 7] for one in kept)
    assert found.values("class").count("moments") == len(captions)
    assert not {"style", "onclick"} & {name for _, name, _ in found.attributes}


@pytest.mark.parametrize("series", [
    7, [7], [[7]], [{"at_s": -1, "open_s": 0, "answer": "", "acknowledged": True}],
    [{"at_s": 1e300, "open_s": 0, "answer": "", "acknowledged": True}], [SERIES[0], []],
])  # fmt: skip
def test_a_series_that_is_none_damages_its_line(report, series):
    assert report([ONE_CHECK, check(A, series=series), END])["damaged_lines"] == 1


@pytest.mark.parametrize("payload", HOSTILE.values(), ids=HOSTILE)
def test_an_answer_and_a_caption_are_nothing_but_text(page, payload):
    def series(text):
        return [{"caption": text, "attempts": [{**SERIES[0], "answer": text}]}]

    plain, found = (Page(page([ONE_CHECK, check(A, series=series(text)), END])) for text in ("\u3164", payload))
    assert set(found.tags) == set(plain.tags)
    assert {name for _, name, _ in found.attributes} == {name for _, name, _ in plain.attributes}
    assert visible(found.text()) == found.text()


def test_of_many_series_the_first_are_drawn(page):
    text = page([ONE_CHECK, check(A, series=[SERIES] * 40), END])
    assert text.count('class="moments"') == 6
    assert "34 more deliveries in results.json" in text


def test_evidence_stands_once_and_is_linked_from_the_other_requirements(page):
    rows = [{"id": "H-1", "level": "SHOULD", "checks": [A]}, {"id": "H-2", "checks": [A]}, {"id": "H-3", "checks": [A]}]
    text = page([begin(rows, [(A,)]), attempt(7, {"size": 0, "text": ""}), check(A, "unmet", attempts=[7]), END])
    assert text.count("#7</b>") == 1
    assert text.count('Evidence: under <a href="#req-H-2">H-2</a>') == 2


def test_cases_that_came_out_the_same_share_a_line(page):
    row = begin([{"id": "H-1", "checks": [A]}], [(A, case) for case in "wxyz"])
    text = Page(page([row, *(check(A, case=case) for case in "wxz"), check(A, "unmet", "y"), END])).text()
    assert "A w, x, z" in text
    assert "A y" in text


def test_requirements_broken_by_the_same_check_stand_together_with_its_message(page):
    rows = [{"id": "H-1", "checks": [A, B]}, {"id": "H-2", "checks": [B]}, {"id": "H-3", "checks": [B, A]}]
    lines = [check(A, "unmet", message="about a"), check(B, "unmet", message="about b")]
    text = page([begin(rows, [(A,), (B,)]), *lines, END])
    first, second = re.findall(r'<li><p class="versus">.*?</li>', text, re.DOTALL)
    assert "H-1" in first and "about a" in first
    assert "H-2" in second and "H-3" in second and "about b" in second


def test_of_many_cases_that_failed_only_the_first_is_open(page):
    row = begin([{"id": "H-1", "checks": [A]}], [(A, case) for case in "xyz"])
    text = page([row, *(check(A, "unmet", case, message=case) for case in "xyz"), END])
    assert "<summary>2 more of this check with the same verdict</summary>" in text
    assert text.count('class="check"') == 3


def test_an_id_that_is_no_name_gets_a_number(page):
    rows = [{"id": name, "checks": [A]} for name in ("H 1", "x' onload='y", "H-1", "H-1")]
    ids = Page(page([begin(rows, [(A,)]), check(A), END])).values("id")
    assert [name for name in ids if name.startswith("req-")] == ["req-1.", "req-2.", "req-H-1", "req-4."]


def test_a_check_no_requirement_names_is_not_lost(page):
    assert "Checks that no requirement names" in page([begin([], [(A,)]), check(A), END])


@pytest.mark.parametrize("name", sorted(path.name for path in PAGE.glob("*.j2")))
def test_the_template_trusts_nothing(name):
    template = (PAGE / name).read_text("utf-8")
    assert not re.search(r"\|\s*(safe|forceescape|xmlattr)\b|autoescape|Markup", template)
    assert not re.search(r"=\s*\{\{", template)


def test_colours_have_enough_contrast_in_light_and_dark():
    style = (PAGE / "style.css").read_text("utf-8")
    pairs = dict(re.findall(r"--([\w-]+): light-dark\((#\w{6}, #\w{6})\);", style))
    grounds = {"ink": ["ground", "raised"], "quiet": ["ground", "raised"], "link": ["ground", "raised"]}
    tones = ("pass", "fail", "warn", "open", "none")
    for text, behind in [*grounds.items(), *((tone, ["ground", "raised", f"{tone}-ground"]) for tone in tones)]:
        for ground in behind:
            for one, other in zip(pairs[text].split(", "), pairs[ground].split(", "), strict=True):
                assert _contrast(one, other) >= 4.5, (text, ground)
    for tone in tones:
        inks = zip(pairs["ink"].split(", "), pairs[f"{tone}-ground"].split(", "), strict=True)
        assert all(_contrast(*both) >= 4.5 for both in inks)


def _contrast(*colours):
    """WCAG 2.2, contrast ratio of two #rrggbb."""
    light = []
    for colour in colours:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        light.append(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])
    return (max(light) + 0.05) / (min(light) + 0.05)


# What changed, and what came before


def test_earlier_runs_are_drawn_and_told(page, tmp_path):
    found = Page(page(later()))
    text = " ".join(found.text().split())

    assert found.values("class").count("strip") == 1
    assert "The last 12 runs, oldest first" in text and "Not conformant (MUST 9/12 · SHOULD 4/6) (this run)" in text
    assert "9 November 2026, 10:00:00 UTC: Not conformant, incomplete (MUST 9/12 · SHOULD 4/6)" in text
    order = ["verdict", "fix", "unjudged", "since", "run", "totals", "requirements", "legend"]
    assert [name for name in found.values("id") if name in order] == order
    written = json.loads((tmp_path / "results.json").read_text("ascii"))
    jsonschema.validate(written, SCHEMA, jsonschema.Draft202012Validator)
    assert len(written["history"]) == 11


@pytest.mark.parametrize("runs", [
    7, [7], [{"started": "x"}], [{"started": "x", "complete": True, "passed": {}, "verdict": "<b>"}],
    [{"started": "x", "complete": True, "passed": {"<b>": [1, 2]}, "verdict": "conformant"}],
])  # fmt: skip
def test_earlier_runs_that_are_none_damage_their_line(report, runs):
    assert report([ONE_CHECK, {"type": "past", "runs": runs}, check(A), END])["damaged_lines"] == 1


# What was compared, and what was signed


def test_the_first_differing_byte_is_named(page):
    pieces = [{"size": 8, "text": text, "whole": 99} for text in ('id":"é"', "id\":'e'")]
    one = {"what": "two bodies", "at": 12, "start": 8, "expected": pieces[0], "actual": pieces[1]}
    text = " ".join(Page(page([ONE_CHECK, check(A, "unmet", differences=[one]), END])).text().split())

    assert "First differing byte 12: expected 0x22 '\"', got 0x27 \"'\" (two bodies)" in text
    assert "00000008 69 64 22 3a 22 c3 a9 22" in text


@pytest.mark.parametrize("piece", [{}, {"at": 10**9}, {"start": 500}])
def test_a_difference_outside_of_what_is_shown_is_no_trouble(page, piece):
    whole = {"size": 1, "text": "a", "whole": 1}
    one = {"what": "x", "at": 1, "start": 0, "expected": whole, "actual": whole, **piece}

    assert "expected nothing more" in page([ONE_CHECK, check(A, "unmet", differences=[one]), END])


@pytest.mark.parametrize("more, says", [
    ({}, "hmac-sha256 with the secret, in X-S as {digest_hex}, over the body as sent, 4 B"),
    ({"signs": "v1.{body}"}, "in X-S as {digest_hex} v1.body"),
    ({"own_secret": False}, "hmac-sha256 with another secret"),
    ({"over": {"size": 5, "text": "other"}, "differs_at": 0}, "over other bytes than were sent, from byte 0 on other"),
    ({"signs": "", "algorithm": "token"}, "none: X-S carries the secret itself"),
])  # fmt: skip
def test_what_was_signed_is_told_without_the_key(page, more, says):
    signed = {"algorithm": "hmac-sha256", "header": "X-S", "signs": "{body}", "value": "{digest_hex}", **more}
    sent = attempt(1, {"size": 4, "text": "body"}, signed=signed)
    text = " ".join(Page(page([ONE_CHECK, sent, check(A, "unmet", attempts=[1]), END])).text().split())

    assert "Signature base string" in text and says in text


def test_bodies_are_shown_in_hexadecimal_too(page):
    sent = attempt(1, {"size": 2, "text": "\u00e9"})

    assert page([ONE_CHECK, sent, check(A, "unmet", attempts=[1]), END]).count("00000000  c3 a9") == 2


# Size


def _endless():
    """A run in which everything is too much: lists without end, and texts of which every second character is hidden."""
    long = "a\u200b" * 1_000
    rows = [{"id": f"{long}{n}", "text": long, "source": long, "checks": [f"{long}.{n}.c"]} for n in range(30)]
    rows += [{"id": f"H-{n}", "text": long, "source": long, "checks": [A], "excluded": long} for n in range(20)]
    names = {long + str(n): long for n in range(30)}
    target = {"url": long, "role": ["receiver", *names], "provider": list(names)}
    plan = [(f"{long}.{n}.c", f"{case}") for n in range(30) for case in range(2)]
    yield begin(rows, plan, documents=names, parameters=names, observer=long, command=long, target=target, version=long)
    yield attempt(1, {"size": 9, "text": long}, line=long, label=long, method=long, url=long)
    for name, case in plan:
        yield check(name, "unmet", case, message=f"{case}{long}", attempts=[1], reproduce=long)
    for name in names:
        yield {"type": "fact", "name": name, "text": long}
    yield END


def test_the_least_detail_fits_whatever_there_is(tmp_path):
    (tmp_path / "run.jsonl").write_text("".join(json.dumps(line) + "\n" for line in _endless()), "ascii")
    found = results(read(tmp_path / "run.jsonl"))
    text = html_page.page("report.html.j2", page_view.of(found, page_view.DETAILS[-1]), results=found, whole=False)

    assert len(text.encode()) <= html_page.SIZE


def test_what_passed_gives_way_to_what_failed(page):
    names = [f"receiver.signature.p{n}" for n in range(150)]
    sent = [attempt(n, {"size": 9, "text": "x" * 500}, line=f"line {n} " + "y" * 280) for n in range(1, 14)]
    passed = [check(name, attempts=[9, 10, 11, 12, 13], series=[SERIES]) for name in names]
    rows = [{"id": f"H-{n}", "checks": [name]} for n, name in enumerate([A, *names])]
    bad = check(A, "unmet", attempts=list(range(1, 9)), series=[SERIES])
    text = page([begin(rows, [(name,) for name in [A, *names]]), *sent, bad, *passed, END])

    assert "some evidence is left out" in text and len(text.encode()) <= html_page.SIZE
    assert [f"#{n}</b>" in text for n in range(1, 9)] == [True] * 8 and text.count('class="moments"') == 1
