"""Which checks are collected: a check that names a table of cases that there is not is one line."""

from tests.plugin.test_plugin import MINE, ROOT, run_pytest


def test_a_misspelt_table_of_cases_is_one_line_and_exit_4(tmp_path):
    check = ROOT / "suites" / "receiver" / "test_signature.py"
    config = tmp_path / "misspelt.py"
    config.write_text(
        "from hookproof import cases\ncases.TABLES['header_spelling'] = cases.TABLES.pop('header_spellings')\n"
    )
    done = run_pytest(
        tmp_path, "-p", "misspelt", *MINE, "--target", "demo", "--role", "receiver", str(check),
        PYTHONPATH=f"{ROOT / 'src'}:{tmp_path}",
    )  # fmt: skip
    complaint = [line for line in done.stderr.splitlines() if line.strip()]

    assert done.returncode == 4 and len(complaint) == 1, done.stdout + done.stderr
    assert "no table of cases is called 'header_spellings'; the nearest is 'header_spelling'" in complaint[0]
