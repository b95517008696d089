"""hookproof under attack: every promise of reliability measured. `python -m tests.torture [--quick] [P1 P5 …]`.

One module for each promise; each has NAME, TITLE and `measure(scale)`. What they share: `figures` (what a
measurement says), `running` (whole runs in forked processes), `hostile` (targets that misbehave, by name).
"""
