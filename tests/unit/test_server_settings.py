"""Where the server's settings come from, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.settings import Settings, read
from sync.problems import Problem


def test_flags_come_before_variables_and_those_before_the_file(tmp_path: Path) -> None:
    """Each source fills in what the one before it leaves open."""
    (tmp_path / "tianji.toml").write_text('host = "10.0.0.1"\nport = 1\n', "utf-8")
    variables = {"TIANJI_PORT": "2", "TIANJI_OTHER": "x"}

    assert read(tmp_path, {}, {}, None) == Settings("10.0.0.1", 1)
    assert read(tmp_path, {"port": None}, variables, None) == Settings("10.0.0.1", 2)
    assert read(tmp_path, {"port": 3}, variables, None) == Settings("10.0.0.1", 3)
    assert read(tmp_path / "empty", {}, {}, None) == Settings("127.0.0.1", 8470)


def test_a_file_that_is_named_is_read_in_place_of_the_folders_own(tmp_path: Path) -> None:
    """One file counts, never two."""
    (tmp_path / "tianji.toml").write_text("port = 1\n", "utf-8")
    (tmp_path / "other.toml").write_text('host = "::"\n', "utf-8")

    assert read(tmp_path, {}, {}, tmp_path / "other.toml") == Settings("::", 8470)


@pytest.mark.parametrize(
    "text,flags,variables,source",
    [
        ("port = 70000", {}, {}, "tianji.toml"),
        ("colour = 1", {}, {}, "tianji.toml"),
        ("port", {}, {}, "tianji.toml"),
        ("", {}, {"TIANJI_PORT": "many"}, "TIANJI_*"),
        ("", {"port": -1}, {}, "--port"),
        ("", {"host": ""}, {}, "--host"),
    ],
)
def test_a_wrong_setting_is_refused_with_its_source(
    tmp_path: Path, text: str, flags: dict[str, object], variables: dict[str, str], source: str
) -> None:
    """Also where a better source would have hidden it."""
    (tmp_path / "tianji.toml").write_text(text, "utf-8")
    with pytest.raises(Problem) as refused:
        read(tmp_path, flags, variables, None)

    assert refused.value.code == "settings-malformed"
    assert source in str(refused.value.values["source"])


def test_another_database_is_refused_rather_than_passed_over(tmp_path: Path) -> None:
    """Who asks for one must not find the data in a file instead."""
    with pytest.raises(Problem) as refused:
        read(tmp_path, {}, {"TIANJI_DATABASE": "postgresql://host/name"}, None)

    assert refused.value.code == "database-unsupported"


def test_a_secret_is_taken_from_the_environment_only(tmp_path: Path) -> None:
    """A settings file is copied and shown about; and no way to sign in is no setting (S67)."""
    (tmp_path / "tianji.toml").write_text('oidc_client_secret = "x"\n', "utf-8")
    with pytest.raises(Problem) as refused:
        read(tmp_path, {}, {}, None)
    chosen = read(tmp_path / "none", {}, {"TIANJI_OIDC_CLIENT_SECRET": "x"}, None)
    with pytest.raises(Problem) as closed:
        read(tmp_path / "none", {}, {"TIANJI_ALLOW_PASSWORD": "false"}, None)

    assert refused.value.code == "settings-secret"
    assert chosen.oidc_client_secret == "x"
    assert closed.value.code == "settings-no-way-in"
