"""The contract that clients read is the one that the code keeps."""

from pathlib import Path

from rinnalla import contract_files


def test_the_files_are_up_to_date() -> None:
    assert list(contract_files.drift()) == []


def test_a_file_that_is_behind_is_noticed(tmp_path: Path) -> None:
    for path in contract_files.write(tmp_path):
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace('"info"', '"about"'), encoding="utf-8")
        assert '+  "info": {' in list(contract_files.drift(tmp_path))
        path.unlink()
        assert list(contract_files.drift(tmp_path))
        path.write_text(text, encoding="utf-8")
        assert list(contract_files.drift(tmp_path)) == []
