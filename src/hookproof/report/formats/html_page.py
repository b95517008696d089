"""Results as one HTML page that works offline, without scripts, on paper. What it looks like is in reports/page.

The template gets text and drawings, no other markup: Jinja escapes it, and `finalize` writes out what is invisible.
"""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from hookproof import folders
from hookproof.evidence.lines import Json
from hookproof.report.drawings import load_chart, strip, timeline
from hookproof.report.formats import page_view
from hookproof.report.words import headline, load_words
from hookproof.report.words.evidence import clip, marked, visible
from hookproof.wording import number

SIZE = 480_000  # bytes: what mails and CI servers still take without thinking


def render(results: Json) -> str:
    """The text of report.html. Raises OSError if the template is not installed."""
    return _page_of_load(results) if headline.is_load(results) else _page_of_checks(results)


def warm_up() -> None:
    """Compile the page of checks, so that whatever is forked from here has it."""
    _environment(folders.folder("reports") / "page").get_template("report.html.j2")


def _page_of_checks(results: Json) -> str:
    """The page with as much evidence as fits. The least detail fits always: every list and text of it is short."""
    text = ""
    for detail in page_view.DETAILS:
        text = page(
            "report.html.j2", page_view.of(results, detail), results=results, whole=detail is page_view.DETAILS[0]
        )
        if len(text.encode("utf-8")) <= SIZE:
            break
    return text


def _page_of_load(results: Json) -> str:
    said = headline.of(results)
    values = {
        "state": said.state,
        "sign": said.sign,
        "numbers": said.numbers,
        "started": headline.when(results["started"]),
        "gaps": headline.gaps(results),
        "tones": load_words.TONES,
        "load_words": load_words.WORDS,
        "load_text": load_words,
        "load_chart": load_chart,
    }
    return page("load_run.html.j2", values, results=results)


def page(template: str, values: Json, **more: Any) -> str:
    """A template of reports/page filled in, with the one style and the one script that its policy allows."""
    folder = folders.folder("reports") / "page"
    style, looks, script = ((folder / name).read_text("utf-8") for name in ("style.css", "load.css", "script.js"))
    style += looks
    found = _environment(folder).get_template(template)
    return found.render(values, style=Markup(style), script=Markup(script), policy=_policy(style, script), **more)


@lru_cache(maxsize=4)
def _environment(folder: Path) -> Environment:
    """Templates are compiled once: that takes longer than to fill them in."""
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(marked=marked, clip=clip, seconds=_seconds, number=number)
    environment.filters.update(drawn=timeline.draw, strip=strip.draw)
    return environment


def _shown(value: Any) -> Any:
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _seconds(value: float) -> str:
    minutes, seconds = divmod(value, 60)
    return f"{minutes:.0f} min {seconds:.0f} s" if minutes else f"{seconds:.3g} s"


def _policy(style: str, script: str) -> str:
    """Content Security Policy: nothing may load, and only these two texts may style and run."""
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
