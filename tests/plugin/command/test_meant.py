"""A command that means checks and would run none of them is refused in one line; tests of a project's own are not."""

import pytest

from tests.plugin.test_plugin import run_pytest

OWN = "def test_own():\n    pass\n"
DEMO = ("--target", "demo", "--provider", "whatsable", "--role", "receiver")
TOML = 'target = "demo"\nprovider = "whatsable"\nrole = "receiver"\n'


@pytest.fixture
def project(tmp_path):
    """A project that is green by itself."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_own.py").write_text(OWN)
    return tmp_path


def refused(done):
    """The one line with which a command was refused."""
    said = [line for line in done.stderr.splitlines() if line.strip()]
    assert done.returncode == 4 and len(said) == 1, done.stdout + done.stderr
    return said[0]


@pytest.mark.parametrize(
    "given", [DEMO, ("--target", ""), ("--provider", "whatsable")], ids=["all", "empty", "no target"]
)
def test_a_path_of_tests_that_are_no_checks_is_refused(project, given):
    assert "`pytest --pyargs hookproof.suites" in refused(run_pytest(project, "tests", *given))


@pytest.mark.parametrize("given", [("--target", ""), ("--provider", "whatsable")], ids=["empty", "no target"])
def test_a_forgotten_target_runs_no_other_tests(project, given):
    assert "nothing to test" in refused(run_pytest(project, *given))


def test_a_path_in_addopts_is_refused(project):
    (project / "pytest.ini").write_text("[pytest]\naddopts = tests\n")

    assert "`pytest --pyargs hookproof.suites" in refused(run_pytest(project, *DEMO))
    named = run_pytest(project, "--pyargs", "hookproof.suites", *DEMO, "-k", "rejects_another_secret", "--co", "-q")
    assert "test_rejects_another_secret" in named.stdout and "test_own" not in named.stdout


@pytest.mark.parametrize("ini", ["", "[pytest]\ntestpaths = tests\n", "[pytest]\naddopts = tests\n"])
def test_a_target_in_the_file_is_not_forgotten(project, ini):
    (project / "hookproof.toml").write_text(TOML)
    (project / "pytest.ini").write_text(ini or "[pytest]\n")

    assert "hookproof.toml names a target" in refused(run_pytest(project))


def test_own_tests_run_where_they_are_named_or_no_target_is(project):
    assert run_pytest(project).returncode == 0
    (project / "hookproof.toml").write_text(TOML)
    assert run_pytest(project, "tests").returncode == 0
    (project / "hookproof.toml").write_text('provider = "whatsable"\n')
    assert run_pytest(project).returncode == 0


@pytest.mark.parametrize("given", [("-n", "2"), ("-n", "auto"), ("--dist", "load", "--tx", "2*popen")])
def test_checks_are_not_given_to_workers(project, given):
    assert "type `-n 0`" in refused(run_pytest(project, *DEMO, *given))


def test_workers_in_addopts_are_called_off_as_the_line_says(project):
    (project / "pytest.ini").write_text("[pytest]\naddopts = -n auto\n")

    assert "type `-n 0`" in refused(run_pytest(project, *DEMO))
    alone = run_pytest(project, *DEMO, "-n", "0", "--co", "-q")
    assert alone.returncode == 0, alone.stderr
    assert run_pytest(project, "tests").returncode == 0, "tests that are no checks are not our business"


def test_a_password_in_a_target_of_the_file_is_not_shown(project):
    (project / "hookproof.toml").write_text("target = 'http://me:pass&e2/x+y@h/'\n")

    said = refused(run_pytest(project, "--provider", "whatsable"))
    assert "not a URL" in said and "pass" not in said
