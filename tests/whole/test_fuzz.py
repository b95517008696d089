"""Every parser of ours on mangled input: a value or one line, never a traceback. And what verdicts add up to."""

import argparse
import contextlib
import json
import os
import shutil
import types
from itertools import permutations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hookproof import providers, report
from hookproof.evidence.reader import read
from hookproof.folders import folder
from hookproof.plugin.command import config as config_file
from hookproof.plugin.command import options
from hookproof.providers.files import SpecError
from hookproof.providers.files import reading as files
from hookproof.report import FORMATS, ReportError
from hookproof.report.results import stored
from hookproof.verdict import Exit, Level, Verdict, conclude, exit_code, worst
from tests.journals import realistic

FEW = settings(
    max_examples=int(os.environ.get("HOOKPROOF_FUZZ", 20)),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    database=None,
)
JOURNAL = realistic.text().encode()
BITS = st.sampled_from([b"", b"\n", b"{", b"}", b'"', b"\0", b"\xff", b"null", b"[]", b"9" * 5000, b'{"type":"end"}\n'])
EDITS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 400), BITS), max_size=4)


def mangled(raw, edits):
    """The bytes with pieces taken out and others put in."""
    for where, gone, put in edits:
        at = int(where * len(raw))
        raw = raw[:at] + put + raw[at + gone :]
    return raw


@contextlib.contextmanager
def taken_or_refused(*errors):
    """Whatever happens inside may be refused with one of these errors, in one line."""
    try:
        yield
    except errors as refusal:
        if "\n" in str(refusal).strip():
            pytest.fail(f"more than a line: {refusal}")


@FEW
@given(edits=EDITS, cut=st.floats(0, 1))
def test_a_journal_however_mangled_gives_a_report_or_one_line(tmp_path, edits, cut):
    journal = tmp_path / "run.jsonl"
    journal.write_bytes(mangled(JOURNAL, edits)[: int(cut * len(JOURNAL)) or None])
    with taken_or_refused(ReportError):
        damaged, found = read(journal).damaged, report.write(journal)

        assert found["damaged_lines"] == damaged
        assert not (found["complete"] and damaged)
        assert all((tmp_path / name).stat().st_size for name in FORMATS)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    journal = tmp_path_factory.mktemp("run") / "run.jsonl"
    journal.write_bytes(JOURNAL)
    return json.dumps(report.write(journal))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)


def replaced(value, steps, new):
    """The structure with one value in it replaced: `steps` say where."""
    for step, number in enumerate(steps):
        keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else []
        if not keys:
            return
        key = keys[number % len(keys)]
        if step == len(steps) - 1 or not isinstance(value[key], (dict, list)):
            value[key] = new
            return
        value = value[key]


@FEW
@given(steps=st.lists(st.integers(0, 60), min_size=1, max_size=6), new=VALUES)
def test_results_with_anything_in_them_are_shown_or_refused_in_one_line(tmp_path, results, steps, new):
    found = json.loads(results)
    replaced(found, steps, new)
    (tmp_path / "results.json").write_text(json.dumps(found))
    with taken_or_refused(ReportError):
        said = stored.read(tmp_path)
        for render in FORMATS.values():
            assert render(said)


@FEW
@given(edits=EDITS)
def test_mangled_results_are_read_or_refused_in_one_line(tmp_path, results, edits):
    (tmp_path / "results.json").write_bytes(mangled(results.encode(), edits))
    with taken_or_refused(ReportError):
        stored.read(tmp_path)


@pytest.fixture
def provider_folder(tmp_path, monkeypatch):
    """A copy of what specs has of one provider, which is where specs are then read."""
    shutil.copytree(folder("specs") / "providers" / "waping", tmp_path / "providers" / "waping")
    monkeypatch.setattr(files, "folder", lambda name: tmp_path)
    return tmp_path / "providers" / "waping"


@FEW
@given(edits=EDITS, name=st.sampled_from(["provider.toml", "requirements.toml", "openapi.yaml"]))
def test_a_spec_however_mangled_is_loaded_or_refused_in_one_line(provider_folder, edits, name):
    path = provider_folder / name
    before = path.read_bytes()
    path.write_bytes(mangled(before, edits))
    with taken_or_refused(SpecError):
        providers.load("waping").surfaces({})
    path.write_bytes(before)


PLAIN = st.booleans() | st.integers(-5, 10**9) | st.floats() | st.text(st.characters(codec="ascii"), max_size=12)
GIVEN = st.dictionaries(
    st.sampled_from([name for name in config_file._KINDS if name not in ("target", "start")]),
    PLAIN | st.lists(PLAIN, max_size=2) | st.dictionaries(st.sampled_from(["payload", "x"]), PLAIN, max_size=2),
    max_size=3,
)


@FEW
@given(found=GIVEN)
def test_whatever_stands_in_hookproof_toml_is_taken_or_refused_in_one_line(tmp_path, monkeypatch, found):
    monkeypatch.setattr(options, "read_config", lambda path: config_file.checked(found))
    monkeypatch.setenv("HOOKPROOF_SECRET", "a key for our own tests")
    found = {"provider": ["whatsable"], **found}
    place = types.SimpleNamespace(dir=tmp_path)
    config = types.SimpleNamespace(
        invocation_params=place,
        option=argparse.Namespace(target="http://127.0.0.1:9/", collectonly=False),
        rootpath=tmp_path,
        stash=pytest.Stash(),
    )
    with taken_or_refused(pytest.UsageError, pytest.exit.Exception):  # nobody answers there, if anybody is asked
        options.settings(config)


@FEW
@given(edits=EDITS)
def test_a_mangled_hookproof_toml_is_read_or_refused_in_one_line(tmp_path, edits):
    path = tmp_path / "hookproof.toml"
    path.write_bytes(mangled(b'provider = "whatsable"\nset = {payload = "flat"}\nseed = 5\n', edits))
    with taken_or_refused(pytest.UsageError):
        config_file.read(path)


ROWS = st.lists(st.tuples(st.sampled_from(list(Level)), st.sampled_from(list(Verdict))), max_size=6)


@given(rows=ROWS, complete=st.booleans(), strict=st.booleans())
def test_a_run_is_green_only_if_nothing_speaks_against_it(rows, complete, strict):
    verdicts = [verdict for _, verdict in rows]
    code = exit_code(conclude(rows, complete=complete), verdicts, strict=strict)
    musts = [verdict for level, verdict in rows if level is Level.MUST]

    if code is Exit.CONFORMANT:
        assert complete and Verdict.PASS in musts and Verdict.FAIL not in musts and Verdict.ERROR not in verdicts
        assert not strict or not {Verdict.WARN, Verdict.INCONCLUSIVE} & set(verdicts)
    if Verdict.FAIL in musts:
        assert code is Exit.NONCONFORMANT


@given(verdicts=st.lists(st.sampled_from(list(Verdict)), min_size=1, max_size=4))
def test_the_worst_verdict_is_the_same_in_any_order_and_any_grouping(verdicts):
    assert len({worst(order) for order in permutations(verdicts)}) == 1
    assert worst([worst(verdicts[:2]), *verdicts[2:]]) == worst(verdicts)
    assert worst([*verdicts, Verdict.PASS]) == worst(verdicts)
