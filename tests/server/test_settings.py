"""Settings: right values are taken from the environment and from a file, wrong ones stop the start (threats T229)."""

import stat
from pathlib import Path

import pytest
import trustme

from server.settings import Settings, check_certificates, default_text, example_of, load
from server.settings_checks import SettingsError
from server.settings_reference import README, renewed


def loaded(**values: str) -> Settings:
    return load({f"ENTREPAIRS_{name.upper()}": value for name, value in values.items()})


def refusal(**values: str) -> str:
    with pytest.raises(SettingsError) as refused:
        loaded(**values)
    return str(refused.value)


def test_nothing_set_gives_a_server_for_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    settings = loaded()

    assert settings.domain == "localhost:8000"
    assert settings.base_url == "http://localhost:8000"
    assert settings.bind_address == ("127.0.0.1", 8000)
    assert settings.sqlite_file == tmp_path / "data" / "entrepairs.db"
    assert settings.media_url == f"file://{tmp_path}/data/media"
    assert (settings.federation, settings.language, settings.api_rate) == ("partners", "fr", 300)
    assert settings.static_addresses == {}
    assert settings.proxy_networks == []
    assert settings.metrics_address is None


def test_a_public_domain_is_reached_by_https() -> None:
    settings = loaded(domain="Firm.Example")

    assert (settings.domain, settings.base_url, settings.has_https) == ("firm.example", "https://firm.example", True)


def test_a_laboratory_of_the_interface_is_accepted(tmp_path: Path) -> None:
    settings = loaded(
        domain="alpha.test",
        base_url="http://alpha.test",
        bind="127.0.0.1:8101",
        static_hosts="alpha.test=127.0.0.1:8101 beta.test=[::1]:8102",
        data_dir=str(tmp_path),
        api_rate="0",
    )

    assert settings.static_addresses == {"alpha.test": ("127.0.0.1", 8101), "beta.test": ("::1", 8102)}
    assert settings.api_rate == 0


@pytest.mark.parametrize(
    "base_url",
    [
        "http://localhost",
        "http://localhost:8000",
        "http://alpha.localhost",
        "http://alpha.test",
        "http://127.0.0.1:8000",
        "http://127.1.2.3",
        "http://[::1]:8000",
        "https://firm.example",
        "https://firm.example:8443",
    ],
)
def test_addresses_that_nobody_can_listen_in_on_are_accepted(base_url: str) -> None:
    assert loaded(base_url=base_url).base_url == base_url


@pytest.mark.parametrize(
    "base_url",
    ["http://firm.example", "http://test", "http://mytest", "http://localhost.firm.example", "http://10.0.0.1"],
)
def test_plain_http_to_anywhere_else_is_refused(base_url: str) -> None:
    message = refusal(base_url=base_url)

    assert message.startswith("ENTREPAIRS_BASE_URL: http:// is accepted only for localhost")
    assert "https://" in message


def test_a_slash_at_the_end_of_the_base_url_is_taken_away() -> None:
    assert loaded(base_url="https://firm.example/").base_url == "https://firm.example"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("base_url", "firm.example"),
        ("base_url", "https://firm.example/path"),
        ("base_url", "https://user@firm.example"),
        ("base_url", "ftp://firm.example"),
        ("domain", "https://firm.example"),
        ("domain", "127.0.0.1"),
        ("domain", "firm example"),
        ("bind", "8000"),
        ("bind", "127.0.0.1"),
        ("bind", "127.0.0.1:0"),
        ("bind", "127.0.0.1:65536"),
        ("bind", "firm.example:8000"),
        ("metrics_bind", "9100"),
        ("database_url", "postgresql://firm@localhost/db"),
        ("database_url", "mysql+aiomysql://h/d"),
        ("database_url", "nonsense"),
        ("database_url", "sqlite+aiosqlite://"),
        ("database_url", "sqlite+aiosqlite:///:memory:"),
        ("redis_url", "127.0.0.1:6379"),
        ("smtp_url", "mail.firm.example:587"),
        ("smtp_url", "http://mail.firm.example"),
        ("smtp_url", "smtp://"),
        ("smtp_url", "smtp://mail.firm.example:0"),
        ("smtp_url", "smtp://user:pa/ss@mail.firm.example"),
        ("mail_from", "Entrepairs <entrepairs@firm.example>"),
        ("mail_from", "entrepairs"),
        ("media_url", "/srv/media"),
        ("federation", "everybody"),
        ("static_hosts", "alpha.test"),
        ("static_hosts", "alpha.test=127.0.0.1"),
        ("static_hosts", "alpha.test=beta.test:80"),
        ("static_hosts", "alpha.test=127.0.0.1:1 Alpha.test=127.0.0.1:2"),
        ("trusted_proxies", "10.0.0.1/8"),
        ("trusted_proxies", "proxy.test"),
        ("api_rate", "-1"),
        ("api_rate", "many"),
        ("api_rate", "3.5"),
        ("log_format", "xml"),
        ("log_level", "loud"),
        ("language", "de"),
        ("tls_cert", "/nowhere/cert.pem"),
        ("ca_file", "/nowhere/ca.pem"),
        ("domain", ""),
    ],
)
def test_a_wrong_value_is_refused_by_name(name: str, value: str) -> None:
    assert refusal(**{name: value}).startswith(f"ENTREPAIRS_{name.upper()}: ")


@pytest.mark.parametrize("name", [name for name in Settings.__struct_fields__ if name not in ("tls_cert", "tls_key")])
def test_the_example_of_every_setting_is_a_right_value(name: str, tmp_path: Path) -> None:
    example = example_of(name)
    if name == "ca_file":
        (tmp_path / "ca.pem").write_text("")
        example = str(tmp_path / "ca.pem")

    assert isinstance(loaded(**{name: example}), Settings)


def test_a_refusal_shows_a_right_value() -> None:
    assert "(for example ENTREPAIRS_BIND=127.0.0.1:8000)" in refusal(bind="8000")


def test_the_limits_of_the_rate_are_accepted_and_one_past_them_is_refused() -> None:
    assert loaded(api_rate="1000000").api_rate == 1_000_000
    assert "API_RATE" in refusal(api_rate="1000001")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("bind = 8001", 'bind in {}: is no text in quotation marks (for example bind = "127.0.0.1:8000")'),
        ('api_rate = "many"', "api_rate in {}: is no whole number (for example api_rate = 300)"),
        ("api_rate = -1", "api_rate in {}: has to be >= 0 (for example api_rate = 300)"),
        ('language = "de"', 'language in {}: is none of fr, en (for example language = "fr")'),
        ('bind = "8001"', "bind in {}: '8001' is not address:port (for example bind = \"127.0.0.1:8000\")"),
        ('ENTREPAIRS_BIND = "x"', "ENTREPAIRS_BIND in {}: there is no such setting; did you mean bind? "
         '(for example bind = "127.0.0.1:8000")'),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_file_is_said_as_the_file_has_it(tmp_path: Path, line: str, reason: str) -> None:
    file = tmp_path / "entrepairs.toml"
    file.write_text(line)

    with pytest.raises(SettingsError) as refused:
        load({}, str(file))

    assert str(refused.value) == reason.format(file)


def test_what_is_wrong_in_the_environment_is_not_laid_to_the_file(tmp_path: Path) -> None:
    file = tmp_path / "entrepairs.toml"
    file.write_text('bind = "127.0.0.1:8001"')

    with pytest.raises(SettingsError, match=r"^ENTREPAIRS_BIND: "):
        load({"ENTREPAIRS_BIND": "8002"}, str(file))


def test_an_unknown_setting_is_refused_with_the_likely_name() -> None:
    message = refusal(databse_url="x")

    assert "ENTREPAIRS_DATABSE_URL" in message
    assert "did you mean database_url?" in message
    assert "(for example ENTREPAIRS_DATABASE_URL=postgresql+asyncpg://" in message
    assert "(for example ENTREPAIRS_DOMAIN=firm.example)" in refusal(whatever="x")


def test_variables_of_other_programs_are_left_alone() -> None:
    assert load({"HTTP_PROXY": "http://proxy.test", "ENTREPAIR": "x"}).domain == "localhost:8000"


def test_an_empty_value_switches_off_what_is_off_by_default() -> None:
    assert loaded(redis_url="", trusted_proxies="").redis_url is None


def test_a_refusal_never_repeats_a_password() -> None:
    """T185."""
    assert "hunter2" not in refusal(database_url="postgres://firm:hunter2@localhost/db")
    assert "hunter2" not in refusal(redis_url="firm:hunter2@localhost")
    assert "hunter2" not in refusal(smtp_url="smtp://firm:hunter2/@localhost")
    assert "hunter2" not in repr(loaded(database_url="postgresql+asyncpg://firm:hunter2@localhost/db"))


def test_a_file_gives_settings_and_the_environment_wins(tmp_path: Path) -> None:
    file = tmp_path / "entrepairs.toml"
    file.write_text('domain = "firm.example"\nlanguage = "en"\napi_rate = 5\n')

    settings = load({"ENTREPAIRS_CONFIG": str(file), "ENTREPAIRS_LANGUAGE": "fr"})

    assert (settings.domain, settings.language, settings.api_rate) == ("firm.example", "fr", 5)


def test_the_file_named_on_the_command_line_comes_before_the_variable(tmp_path: Path) -> None:
    first, second = tmp_path / "first.toml", tmp_path / "second.toml"
    first.write_text('domain = "first.example"')
    second.write_text('domain = "second.example"')

    assert load({"ENTREPAIRS_CONFIG": str(first)}, str(second)).domain == "second.example"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("domain = ", "is not TOML"),
        ("domian = 'x'", "did you mean domain?"),
        ("DOMAIN = 'x.test'", 'did you mean domain? (for example domain = "firm.example")'),
        ("entrepairs_api_rate = 5", "did you mean api_rate? (for example api_rate = 300)"),
        ("[domain]\nx = 1", "domain in "),
        ("config = 'x'", "there is no such setting"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, text: str, expected: str) -> None:
    file = tmp_path / "entrepairs.toml"
    file.write_text(text)

    with pytest.raises(SettingsError) as refused:
        load({}, str(file))
    assert expected in str(refused.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        load({}, str(tmp_path / "nowhere.toml"))


def test_a_file_with_a_password_that_others_can_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "entrepairs.toml"
    file.write_text('database_url = "postgresql+asyncpg://firm:hunter2@localhost/db"')
    file.chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        load({}, str(file))

    file.chmod(stat.S_IRUSR | stat.S_IWUSR)

    assert load({}, str(file)).sqlite_file is None


@pytest.fixture
def tls_files(tmp_path: Path) -> tuple[Path, Path]:
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    cert.write_text("certificate")
    key.write_text("key")
    key.chmod(0o600)
    return cert, key


def test_a_certificate_goes_with_its_key(tls_files: tuple[Path, Path]) -> None:
    cert, key = tls_files

    assert loaded(domain="firm.example", tls_cert=str(cert), tls_key=str(key)).tls_key == str(key)
    assert refusal(domain="firm.example", tls_cert=str(cert)).startswith("ENTREPAIRS_TLS_KEY")
    assert refusal(domain="firm.example", tls_key=str(key)).startswith("ENTREPAIRS_TLS_CERT")


def test_a_key_that_others_can_read_is_refused(tls_files: tuple[Path, Path]) -> None:
    cert, key = tls_files
    key.chmod(0o604)

    assert "chmod 600" in refusal(domain="firm.example", tls_cert=str(cert), tls_key=str(key))


def test_a_file_that_is_not_there_is_refused_with_a_right_value() -> None:
    assert "(for example ENTREPAIRS_CA_FILE=/etc/entrepairs/ca.pem)" in refusal(ca_file="/nowhere/ca.pem")
    with pytest.raises(SettingsError, match=r"for example ENTREPAIRS_CONFIG=/etc/entrepairs/entrepairs\.toml"):
        load({}, "/nowhere/entrepairs.toml")


def test_files_of_tls_are_certificates_before_a_server_begins(tmp_path: Path, tls_files: tuple[Path, Path]) -> None:
    """T229: one clear line, not a traceback."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    right, other = authority.issue_cert("firm.example"), authority.issue_cert("firm.example")
    cert, key, wrong_key = tmp_path / "right.pem", tmp_path / "right.key", tmp_path / "other.key"
    right.cert_chain_pems[0].write_to_path(str(cert))
    for pem, file in ((right.private_key_pem, key), (other.private_key_pem, wrong_key)):
        pem.write_to_path(str(file))
        file.chmod(0o600)

    def checked(cert: Path, key: Path, ca: Path) -> None:
        check_certificates(loaded(domain="firm.example", tls_cert=str(cert), tls_key=str(key), ca_file=str(ca)))

    checked(cert, key, tmp_path / "ca.pem")
    with pytest.raises(SettingsError, match="ENTREPAIRS_TLS_CERT"):
        checked(cert, wrong_key, tmp_path / "ca.pem")
    with pytest.raises(SettingsError, match="ENTREPAIRS_TLS_CERT"):
        checked(*tls_files, tmp_path / "ca.pem")
    with pytest.raises(SettingsError, match=r"ENTREPAIRS_CA_FILE.*holds no certificate"):
        checked(cert, key, tls_files[0])


def test_a_certificate_contradicts_plain_http(tls_files: tuple[Path, Path]) -> None:
    cert, key = tls_files

    assert refusal(domain="localhost", tls_cert=str(cert), tls_key=str(key)).startswith("ENTREPAIRS_BASE_URL")


def test_metrics_need_an_address_of_their_own() -> None:
    assert refusal(bind="127.0.0.1:8000", metrics_bind="127.0.0.1:8000").startswith("ENTREPAIRS_METRICS_BIND")


def test_the_table_in_the_readme_is_the_present_one() -> None:
    """Renew it by `python -m server.settings_reference`."""
    text = README.read_text(encoding="utf-8")

    assert text == renewed(text)


def test_the_table_shows_every_setting_with_its_default() -> None:
    text = README.read_text(encoding="utf-8")

    for name in Settings.__struct_fields__:
        assert f"| `ENTREPAIRS_{name.upper()}` | {default_text(name)} | " in text
