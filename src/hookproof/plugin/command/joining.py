"""Whether a pytest run asks for hookproof; if so, our options join it, under names that nobody else has."""

from __future__ import annotations

import copy
from argparse import SUPPRESS, ArgumentError, ArgumentParser, Namespace

import pytest

from hookproof.folders import collects_suites
from hookproof.options.table import CHECKS, Option

SUITES = "hookproof.suites"
PREFIX = "hookproof-"
"""What every option may be typed with: `--hookproof-seed` is ours where `--seed` is somebody else's."""
ASKING = ("target", "provider", "role", "trigger", "effects")
"""Options that nobody gives who does not mean checks to be run."""
FOREIGN = pytest.StashKey[list[str]]()
"""The options of ours that were typed without prefix where they are another plugin's."""


class Joining:
    """Whether one command asks for checks, known as soon as all options of others are."""

    def __init__(self, config: pytest.Config, parser: pytest.Parser, args: list[str]) -> None:
        self.config, self.parser, self.args = config, parser, args
        self._look()

    def _look(self) -> None:
        """Read what was typed for us. Which names are free may be another question once conftest.py is loaded."""
        taken = _taken(self.parser)
        self.free = {option.name for option in CHECKS if f"--{option.name}" not in taken}
        try:
            self.typed, self.rest = _our_parser(self.free).parse_known_args(self.args)
        except ArgumentError:
            self.typed, self.rest = Namespace(), self.args  # pytest says it better, and soon
        known = self.parser.parse_known_args(self.rest, copy.copy(self.config.option))
        self.paths: list[str] = known.file_or_dir
        self.pyargs: bool = known.pyargs

    def before_conftests(self) -> None:
        """Values of our options are no paths to look for conftest.py in."""
        known = self.config.known_args_namespace
        known.file_or_dir = self.paths
        if self._options() and not self.paths:
            known.pyargs, known.file_or_dir = True, [SUITES]

    def asked(self) -> bool:
        """Whether checks are meant: by an option of ours, by a path to them, or by hookproof.toml and no other path."""
        self._look()
        return self._options() or self._suites() or (self._file() and not self._names_a_path())

    def join(self) -> None:
        """Register our options; without a path, checks are what is collected, from any folder."""
        group = self.parser.getgroup("hookproof", "hookproof: webhook conformance")
        for option in CHECKS:
            shared = {**option.attributes, "dest": dest(option)}
            if option.name in self.free:
                group.addoption(f"--{option.name}", **shared)
            hidden = {**shared, "help": SUPPRESS} if option.name in self.free else shared
            group.addoption(f"--{PREFIX}{option.name}", **hidden)
        names = [option.name for option in CHECKS if option.name not in self.free and option.name != "strict"]
        self.config.stash[FOREIGN] = [name for name in names if _typed(f"--{name}", self.args)]
        if self._options() and not self.paths:
            self.args += ["--pyargs", SUITES]

    def _options(self) -> bool:
        """An empty --target asks, too: there was nothing in `--target "$URL"`."""
        return any(getattr(self.typed, f"hookproof_{name}", None) is not None for name in ASKING)

    def _suites(self) -> bool:
        folder = self.config.invocation_params.dir
        paths = self.paths or [*self.config.getini("testpaths")] or ["."]
        named = [str(path).partition("::")[0] for path in paths]
        return any((self.pyargs and name.startswith(SUITES)) or collects_suites(folder / name) for name in named)

    def _file(self) -> bool:
        return (self.config.invocation_params.dir / "hookproof.toml").is_file()

    def _names_a_path(self) -> bool:
        """Whether a path was typed: not one of `addopts`."""
        return any(path in self.config.invocation_params.args for path in self.paths)


def dest(option: Option) -> str:
    """The option's name among pytest's, where no other plugin has one like it."""
    return f"hookproof_{option.key}"


def _our_parser(free: set[str]) -> ArgumentParser:
    parser = ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    for option in CHECKS:
        names = [f"--{PREFIX}{option.name}"] + [f"--{option.name}"] * (option.name in free)
        parser.add_argument(*names, dest=dest(option), **option.attributes)
    return parser


def _taken(parser: pytest.Parser) -> set[str]:
    """The options that pytest and its plugins have so far; pytest has no public way to ask."""
    groups = [parser._anonymous, *parser._groups]
    return {name for group in groups for option in group.options for name in option.names()}


def _typed(name: str, args: list[str]) -> bool:
    return any(argument == name or argument.startswith(f"{name}=") for argument in args)
