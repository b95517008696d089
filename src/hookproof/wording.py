"""Figures as they are read: counts and shares in reports, reasons and progress. Pure."""

from __future__ import annotations


def number(value: float) -> str:
    """A count: 45 000."""
    return f"{value:,.0f}".replace(",", " ")


def milliseconds(seconds: float) -> str:
    """A latency with three digits at least: 1 950 ms, 3.21 ms."""
    value = seconds * 1e3
    return f"{number(value) if value >= 100 else f'{value:.3g}'} ms"


def percent(share: float) -> str:
    """A share, never rounded up to all of it or down to nothing: 99.99 %."""
    if share in (0, 1):
        return f"{share:.0%}".replace("%", " %")
    texts = [f"{share * 100:.{digits}f}" for digits in range(1, 7)]
    return next((text for text in texts if float(text) not in (0, 100)), texts[-1]) + " %"
