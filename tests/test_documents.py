"""Files that anybody may have written: refused with one line that names them, never followed elsewhere."""

import json

import pytest

from hookproof import documents
from hookproof.documents import SpecError, load_yaml, read_json, read_toml, read_yaml


@pytest.mark.parametrize(
    "text, complaint",
    [
        ("a: &x [1]\nb: *x", "alias"),
        ("[" * 300 + "]" * 300, "nested deeper"),
        ("- just\n- a list", "mapping"),
        ("a: [", "not YAML"),
        ("a: !!python/object/apply:os.system [id]", "not YAML"),
    ],
)
def test_hostile_yaml_is_refused(text, complaint):
    with pytest.raises(SpecError, match=complaint):
        load_yaml(text.encode(), "x.yaml")


def test_a_reference_out_of_the_document_is_refused(tmp_path):
    with pytest.raises(SpecError, match="leaves the document"):
        documents._refuse_foreign_references({"a": [{"$ref": "file:///etc/passwd"}]}, tmp_path / "openapi.yaml")


def test_a_reference_out_of_the_file_is_refused_when_it_is_read(tmp_path):
    path = tmp_path / "openapi.yaml"
    path.write_text("a:\n  - $ref: 'other.yaml#/x'\n")

    with pytest.raises(SpecError, match=rf"{tmp_path.name}/openapi.yaml: .*other.yaml#/x.* copy it in"):
        read_yaml(path)


def test_references_into_the_same_document_stay(tmp_path):
    path = tmp_path / "openapi.yaml"
    path.write_text("a: {$ref: '#/b'}\nb: {$ref: 5}\n")

    assert read_yaml(path) == {"a": {"$ref": "#/b"}, "b": {"$ref": 5}}


READERS = [(read_toml, "x.toml"), (read_json, "x.json"), (read_yaml, "x.yaml")]


@pytest.mark.parametrize("read, name", READERS)
def test_a_file_that_is_missing_or_a_folder_is_named(tmp_path, read, name):
    with pytest.raises(SpecError, match=f"{tmp_path.name}/{name}: No such file"):
        read(tmp_path / name)
    (tmp_path / name).mkdir()
    with pytest.raises(SpecError, match="Is a directory"):
        read(tmp_path / name)


@pytest.mark.parametrize("read, name", READERS)
@pytest.mark.parametrize("content", [b"\xff\xfe", b"[" * 100_000, b"\x00"], ids=["no UTF-8", "deep", "NUL"])
def test_nonsense_is_one_line(tmp_path, read, name, content):
    (tmp_path / name).write_bytes(content)

    with pytest.raises(SpecError) as refused:
        read(tmp_path / name)
    assert name in str(refused.value) and "\n" not in str(refused.value)


@pytest.mark.parametrize("read, name", READERS)
def test_a_file_that_is_too_large_is_not_read(tmp_path, read, name):
    with (tmp_path / name).open("wb") as file:
        file.truncate(documents.MAX_BYTES + 1)

    with pytest.raises(SpecError, match="larger than"):
        read(tmp_path / name)


def test_too_many_nodes_are_refused(monkeypatch):
    monkeypatch.setattr(documents, "MAX_NODES", 100)

    with pytest.raises(SpecError, match="more than 100 nodes"):
        load_yaml(json.dumps({"a": list(range(101))}).encode(), "x.yaml")
