"""Files that anybody may have written: refused with one line that names them, never followed elsewhere."""

import json
import os

import pytest

from hookproof.providers.files import SpecError, load_yaml, read_json, read_toml, read_yaml
from hookproof.providers.files import reading as files


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
        files._refuse_foreign_references({"a": [{"$ref": "file:///etc/passwd"}]}, tmp_path / "openapi.yaml")


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
        file.truncate(files.MAX_BYTES + 1)

    with pytest.raises(SpecError, match="larger than"):
        read(tmp_path / name)


def test_too_many_nodes_are_refused(monkeypatch):
    monkeypatch.setattr(files, "MAX_NODES", 100)

    with pytest.raises(SpecError, match="more than 100 nodes"):
        load_yaml(json.dumps({"a": list(range(101))}).encode(), "x.yaml")


@pytest.mark.parametrize(
    "text, complaint",
    [
        ("a: 2026-02-30", "not YAML"),
        ("a: " + "9" * 5000, "not YAML"),
    ],
)
def test_values_that_are_none_are_one_line(text, complaint):
    with pytest.raises(SpecError, match=complaint):
        load_yaml(text.encode(), "x.yaml")


@pytest.mark.parametrize(
    "text, complaint",
    [
        ("a: {$ref: '#/b'}", "leads nowhere"),
        ("a: {$ref: '#/a'}", "leads to itself"),
        ("a: {$ref: '#/b'}\nb: {$ref: '#/a'}", "leads to itself"),
        ("a: {$dynamicRef: 'http://x/#y'}", "leaves the document"),
        ("a: {$id: 'http://x/'}", "leave it out"),
        ("a: {$schema: 'http://x/'}", "leave it out"),
    ],
)
def test_references_lead_somewhere_in_the_document(tmp_path, text, complaint):
    (tmp_path / "x.yaml").write_text(text)
    with pytest.raises(SpecError, match=complaint):
        read_yaml(tmp_path / "x.yaml")


@pytest.mark.parametrize("read, name", READERS)
def test_only_files_of_the_folder_are_read(tmp_path, read, name):
    (tmp_path / "secret").write_text("{}")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / name).symlink_to(tmp_path / "secret")
    with pytest.raises(SpecError, match="leads out of its folder"):
        read(tmp_path / "in" / name)
    os.mkfifo(tmp_path / name)
    with pytest.raises(SpecError, match="a pipe or a device"):
        read(tmp_path / name)


@pytest.mark.parametrize(
    "read, text", [(read_json, '{"a":' * 250 + "1" + "}" * 250), (read_toml, f"{'a.' * 250}b = 1")]
)
def test_what_is_nested_too_deeply_is_refused_in_every_format(tmp_path, read, text):
    (tmp_path / "x").write_text(text)
    with pytest.raises(SpecError, match="nested deeper"):
        read(tmp_path / "x")
