"""One server on one SQLite file; the lock ends with its holder."""

from pathlib import Path

import pytest

from server.one_process import AlreadyServed, held


def test_a_second_holder_is_refused_and_says_which_file(tmp_path: Path) -> None:
    file = tmp_path / "entrepairs.db"

    with held(file), pytest.raises(AlreadyServed, match=r"entrepairs\.db"), held(file):
        pass


def test_the_lock_is_free_again_afterwards(tmp_path: Path) -> None:
    file = tmp_path / "entrepairs.db"
    with held(file):
        pass

    with held(file):
        assert file.with_name("entrepairs.db.lock").exists()


def test_two_files_are_two_locks(tmp_path: Path) -> None:
    with held(tmp_path / "alpha.db"), held(tmp_path / "beta.db"):
        assert len(list(tmp_path.iterdir())) == 2


def test_there_is_nothing_to_hold_on_postgresql(tmp_path: Path) -> None:
    with held(None), held(None):
        assert list(tmp_path.iterdir()) == []
