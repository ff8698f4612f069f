"""Settings are judged once, before any work, in every entrance; secrets are never shown."""

import os

import pytest

from likewise.errors import InvalidOption
from likewise.server.app import create_app
from likewise.settings import Settings, settings

CANARY = "sk-canary"

WRONG = {
    # set but blank is not "none", "any" or "here"
    "API_KEYS": ["", " ", ",", " , ,"],
    "HOST": ["", " ", "http://127.0.0.1", "127.0.0.1:80", "a b", "\x1b[2J", "999.1.1.1", "\udcff",
             "0x0", "0X7f.1", "127.0x1", "a.0x", "1", "fe80::1%\x1b[2J", "127.0.0.1\r", "\u017fite",
             "１２７.0.0.1"],
    "LOG_KEY": ["", " ", "\t"],
    "OPENAI_KEY": ["", " ", "sk-canary…", "sk- canary", "sk-\x1bcanary"],
    "COLLECTIONS_DATABASE": ["", " ", "canary", "mysql://sk-canary@h/d"],
    "CLASSIFIERS": ["", " ", "~nobody-of-that-name/x", "y" * 5_000, "x\r"],
    "CACHE": ["", "  ", "x" * 300, "x\r", "\x1b[2J", __file__],
    "MODELS": ["", __file__],
    "COLLECTIONS": ["", __file__, "/dev/null"],
    "ENCODER": ["", "x" * 10_000, "minilm\r", "\x1b#query"],
    "ENCODERS": ["minilm,\x1b[2J", "x" * 10_000, "a\nb"],
    "MATRYOSHKA": ["sha\t256", "x" * 10_000],
    # values that could never match
    "ALLOWED_HOSTS": ["https://example.org", "example.org:8443", "example.org/", "*.example.org",
                      "a b", "bücher.example", "1.2.3", "fe80::1%a b", "\u212a.example"],
    "CORS_ORIGINS": ["example.org", "https://example.org/", "https://example.org/page", "null",
                     "https://*.example.org", "https://a:99999", "https://bücher.example",
                     "https://a\x1bb", "https://0x7f"],
    "TRUSTED_PROXIES": ["caddy", "10.0.0.0/99", "*", "fe80::1%eth0", "１.2.3.4"],
    "REMOTE_KEYS": ['{"a": "sk-canary…"}', '{"a": " "}',
                    '{"https://gpu.example.org": "sk-canary"}', "[" * 100_000, '{"a": 1}'],
    "ALIASES": ["{", "[" * 100_000, '{"a": {"b": 1}}', "9" * 10_000, '["sk"]'],
    # numbers
    "THREADS": ["99999999999999999999", "-1", "1e9", "many", "nan", "٣", "４"],
    "PORT": ["-1", "65536", "http", "1.5"],
    "DEADLINE": ["1e-320", "inf", "nan", "0", "1e300", "-1"],
    "REMOTE_SECONDS": ["inf", "nan"],
    "MAX_COST": ["inf", "nan", "-1"],
    "MAX_BODY_BYTES": ["9" * 400, "0"],
    "CACHE_BYTES": ["1" + "0" * 30],
    # addresses
    "HUB": ["https://a/b?c", "https://a#b", "",
            "https://a\x01b", "huggingface.co", "http://", "https://x:y", "ftp://x",
            "https://a b"],
    "OPENAI_URL": ["https://", "file:///etc/passwd", "http://[::1"],
    "OFFLINE": ["perhaps", ""],
}  # fmt: skip


@pytest.fixture
def environment(monkeypatch):
    """Return a function that sets variables and reads the settings anew."""

    def read(**values: str) -> Settings:
        for name, value in values.items():
            monkeypatch.setenv(f"LIKEWISE_{name}", value)
        settings.cache_clear()
        return settings()

    yield read
    monkeypatch.undo()
    settings.cache_clear()


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in WRONG.items() for value in values]
)
def test_what_can_not_be_is_one_sentence(environment, name, value):
    with pytest.raises(InvalidOption) as raised:
        environment(**{name: value})
    assert raised.value.param == f"LIKEWISE_{name}"
    assert raised.value.problem.startswith(f"LIKEWISE_{name} can't be ")
    assert len(raised.value.problem) < 400
    assert raised.value.problem.isprintable()
    assert CANARY not in str(raised.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [("api_keys", ","), ("host", ""), ("cache", ""), ("trusted_proxies", ("caddy",))],
)
def test_what_python_says_is_judged_too(tmp_path, name, value):
    with pytest.raises(InvalidOption, match=f"LIKEWISE_{name.upper()}"):
        Settings(**({"cache": tmp_path} | {name: value}))
    with pytest.raises(InvalidOption, match=f"LIKEWISE_{name.upper()}"):
        Settings(cache=tmp_path).but(**{name: value})


def test_what_is_right_is_taken(environment, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    read = environment(
        API_KEYS="one, two,",
        HOST="::1",
        CACHE="~/kept",
        ALLOWED_HOSTS="Embed.example.org,10.0.0.1,[::1],FD00:0::1,fe80::1%eth0,localhost,my_container,*",
        CORS_ORIGINS="HTTPS://Example.org:443,http://localhost:5173,http://[::1]:80,*",
        TRUSTED_PROXIES="127.0.0.1,10.0.0.0/8,fd00::/8,10.1.2.3/8,::ffff:10.1.2.3",
        REMOTE_KEYS='{"gpu.example.org:8080": "k", "[::1]:80": "k"}',
        OPENAI_KEY="sk-own\n",
        HUB="https://user:pass@mirror.example.org:8443/hf",
        ENCODERS="",
        RATE_REQUESTS="",
    )
    assert [key.get_secret_value() for key in read.api_keys] == ["one", "two"]
    assert read.cache == tmp_path / "kept"
    assert read.encoders == ()
    # as clients send them, for that is what they are compared with
    assert read.allowed_hosts == (
        *("embed.example.org", "10.0.0.1", "[::1]", "[fd00::1]", "[fe80::1]"),
        *("localhost", "my_container", "*"),
    )
    assert read.cors_origins == (
        *("https://example.org", "http://localhost:5173", "http://[::1]", "*"),
    )
    assert read.trusted_proxies[-2:] == ("10.0.0.0/8", "10.1.2.3/32")
    assert read.openai_key.get_secret_value() == "sk-own"
    create_app(read)


NOTHING = ["minilmm", "./none", "#query", "openai/", "http://", "http://a\u200bb/v1/x",
           "https://huggingface.co/a/b", "..", "a/b/c", "１", "=1+1"]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("ENCODER", NOTHING),
        ("ENCODERS", NOTHING),
        ("MATRYOSHKA", ["nomic", "nomic#query", "*", "sha256,none"]),
        ("ALIASES", ['{"text-embedding-3-small": "none"}', '{"": "MINILM"}']),
        ("MODELS", ["/no/such/folder", "nor/this"]),
    ],
)
def test_what_can_not_be_offered_is_said_when_a_server_starts(environment, name, values):
    for value in values:
        with pytest.raises(InvalidOption) as raised:
            create_app(environment(**{name: value}))
        assert raised.value.param == f"LIKEWISE_{name}"
        assert raised.value.problem.startswith(f"LIKEWISE_{name} ")
        assert raised.value.problem.isprintable()


def test_passwords_in_addresses_are_not_shown(environment):
    for name in ("ALLOWED_HOSTS", "CORS_ORIGINS", "TRUSTED_PROXIES", "HOST"):
        with pytest.raises(InvalidOption) as raised:
            environment(**{name: f"ftp://user:{CANARY}@example.org/x"})
        assert CANARY not in str(raised.value)
        environment(**{name: "127.0.0.1" if name != "CORS_ORIGINS" else "*"})
    with pytest.raises(InvalidOption, match="no address of PostgreSQL") as raised:
        environment(COLLECTIONS_DATABASE=f"mysql://user:{CANARY}@example.org/x")
    assert CANARY not in str(raised.value)
    environment(COLLECTIONS_DATABASE=f"postgres://user:{CANARY}@example.org/x")
    for name in ("HUB", "OPENAI_URL"):
        with pytest.raises(InvalidOption) as raised:
            environment(**{name: f"ftp://user:{CANARY}@example.org/x"})
        assert CANARY not in str(raised.value)
        environment(**{name: "https://example.org"})
    for name in ("COLLECTIONS", "CACHE", "MODELS", "CLASSIFIERS"):
        with pytest.raises(InvalidOption, match="it is an address") as raised:
            environment(**{name: f"postgresql://user:{CANARY}@example.org/x"})
        assert CANARY not in str(raised.value)
        environment(**{name: "folder"})
    for address in (f"//user:{CANARY}@example.org", f"redis://:{CANARY}@example.org/x"):
        # in the wrong variable, whose value is a path
        with pytest.raises(InvalidOption) as raised:
            create_app(environment(CLASSIFIERS=address))
        assert CANARY not in str(raised.value)


def test_a_misspelt_setting_is_not_passed_over(environment):
    with pytest.raises(InvalidOption, match="LIKEWISE_API_KEYS"):
        environment(API_KEY="secret")


@pytest.mark.parametrize("name", ["likewise_api_key", "Likewise_ApiKeys"])
def test_nor_one_that_is_misspelt_in_small_letters(environment, monkeypatch, name):
    monkeypatch.setenv(name, "secret")
    with pytest.raises(InvalidOption, match="Name it LIKEWISE_API_KEYS"):
        environment()


def test_a_change_keeps_the_rest(tmp_path, monkeypatch):
    own = Settings(cache=tmp_path, openai_key="own", port=0)
    monkeypatch.setenv("OPENAI_API_KEY", "other")
    monkeypatch.setenv("LIKEWISE_THREADS", "7")
    changed = own.but(host="localhost")
    assert changed.openai_key.get_secret_value() == "own"
    assert (changed.host, changed.threads) == ("localhost", own.threads)


def test_a_server_never_says_that_it_serves_with_a_wrong_setting(tmp_path):
    from likewise.cli.run import run

    before = dict(os.environ)
    for name, value in (("API_KEYS", ","), ("TRUSTED_PROXIES", "caddy"), ("HOST", "")):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(f"LIKEWISE_{name}", value)
            settings.cache_clear()
            for command in ("serve", "play"):
                assert run([command, "--port", "0"]) == 2
    settings.cache_clear()
    assert run(["play", "--host", "", "--port", "0"]) == 2
    assert run(["serve", "--host", "", "--port", "0"]) == 2
    assert dict(os.environ) == before
