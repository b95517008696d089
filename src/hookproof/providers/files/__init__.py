"""Files of specs/ as data: read with care, and held against the schema of their kind."""

from hookproof.providers.files.reading import SpecError, load_yaml, read_json, read_toml, read_yaml, specs

__all__ = ["SpecError", "load_yaml", "read_json", "read_toml", "read_yaml", "specs"]
