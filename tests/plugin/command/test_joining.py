"""hookproof is a guest in other people's pytest: it takes no option, fixture or mark that is not asked for."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from _pytest.config import get_config

from hookproof.options.table import CHECKS
from hookproof.plugin.command.joining import FOREIGN, Joining
from tests.plugin.test_plugin import run_pytest

NEIGHBOURS = tomllib.loads(Path(__file__).with_name("neighbours.toml").read_text("utf-8"))
OWN = "def test_own():\n    pass\n"
DEMO = ("--provider", "whatsable", "--role", "receiver", "-k", "rejects_another_secret", "--co", "-q")


def beside(options, *arguments):
    """A command as pytest reads it beside a plugin with these options, once hookproof has joined."""
    config = get_config()
    config.stash[FOREIGN] = []
    for name in options:
        config._parser.addoption(name, dest=f"theirs_{name.strip('-').replace('-', '_')}")
    args = list(arguments)
    config.known_args_namespace = config._parser.parse_known_args(args)
    joining = Joining(config, config._parser, args)
    joining.before_conftests()
    assert joining.asked()
    joining.join()
    return config, config._parser.parse(args)


def test_forty_neighbours_are_known():
    assert len(NEIGHBOURS) >= 40
    assert sum(len(options) for options in NEIGHBOURS.values()) > 300


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_no_neighbour_is_met_twice(name):
    given = [part for option in CHECKS if option.value for part in (f"--hookproof-{option.name}", option.key)]
    _, typed = beside(NEIGHBOURS[name], *given)

    for option in CHECKS:
        value = getattr(typed, f"hookproof_{option.key}")
        assert value in (None, option.key, [option.key]), option.name


def test_what_a_neighbour_has_stays_the_neighbours():
    taken = {name: found for name in NEIGHBOURS if (found := set(NEIGHBOURS[name]) & {f"--{o.name}" for o in CHECKS})}
    config, typed = beside(NEIGHBOURS["pytest-embedded"], "--target", "esp32", "--hookproof-target", "demo", "--seed=5")

    assert taken == {"pytest-embedded": {"--target"}, "pytest-reporter": {"--report"}}
    assert typed.theirs_target == "esp32" and typed.hookproof_target == "demo" and typed.hookproof_seed == "5"
    assert config.stash[FOREIGN] == ["target"]


@pytest.mark.parametrize("options", [["--target"], ["--target", "--seed"]])
def test_a_neighbours_target_asks_for_nothing(tmp_path, options):
    (tmp_path / "test_own.py").write_text(OWN)
    adding = "".join(f"    parser.addoption('{name}', action='append')\n" for name in options)
    (tmp_path / "conftest.py").write_text(f"def pytest_addoption(parser):\n{adding}")
    done = run_pytest(tmp_path, *(part for name in options for part in (name, "1")))

    assert done.returncode == 0 and "1 passed" in done.stdout, done.stdout + done.stderr


def test_a_conftest_with_our_names_runs_beside_us(tmp_path):
    (tmp_path / "conftest.py").write_text(
        "def pytest_addoption(parser):\n    parser.addoption('--seed')\n    parser.addoption('--target')\n"
    )
    done = run_pytest(tmp_path, "--hookproof-target", "demo", "--seed", "9", *DEMO)

    assert done.returncode == 0 and "test_rejects_another_secret" in done.stdout, done.stdout + done.stderr
    refused = run_pytest(tmp_path, "--target", "demo", *DEMO)
    assert refused.returncode == 4 and "type --hookproof-target" in refused.stderr, refused.stderr


def test_nothing_leaks_into_a_project(tmp_path):
    (tmp_path / "test_own.py").write_text(
        "def test_own(pytestconfig):\n    assert pytestconfig.pluginmanager.hasplugin('hookproof.plugin')\n"
    )
    fixtures = run_pytest(tmp_path, "--fixtures", "-q").stdout.split("hookproof.plugin")[-1]
    said = run_pytest(tmp_path, "--markers", "--help").stdout

    assert run_pytest(tmp_path).returncode == 0
    assert "prove_sender" in fixtures and "receiver" not in fixtures
    assert "hookproof" not in said.split("markers")[0]


def test_a_project_that_asks_for_nothing_imports_nothing():
    looked = (
        "import sys, hookproof.plugin; "
        "print(*sorted(name for name in sys.modules if name.startswith(('hookproof', 'httpx', 'asyncio', 'locust'))))"
    )
    done = subprocess.run([sys.executable, "-c", looked], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["hookproof", "hookproof.folders", "hookproof.plugin", "hookproof.verdict"]


def test_an_environment_inside_the_project_is_not_looked_into(tmp_path, monkeypatch):
    import hookproof
    from hookproof.folders import collects_suites

    inside = tmp_path / ".venv" / "lib" / "site-packages" / "hookproof"
    (inside / "suites").mkdir(parents=True)
    monkeypatch.setattr(hookproof, "__path__", [str(inside)])

    assert not collects_suites(tmp_path) and collects_suites(inside / "suites" / "receiver")
