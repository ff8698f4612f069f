"""A key goes to the address that it was set with, and nowhere else."""

import pytest

from likewise.errors import InvalidOption
from likewise.settings import OPENAI, Settings, openai_of

OWN, COMMON, ELSEWHERE = "https://own.example/v1", "https://common.example/v1", "sk-elsewhere"


@pytest.fixture
def read(monkeypatch, tmp_path):
    """Settings from an environment that says nothing else."""

    def made(**environment):
        for name in (
            *("LIKEWISE_OPENAI_URL", "LIKEWISE_OPENAI_KEY", "OPENAI_BASE_URL", "OPENAI_API_KEY"),
        ):
            monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return Settings(cache=tmp_path)

    return made


@pytest.mark.parametrize(
    ("environment", "address", "key"),
    [
        ({}, OPENAI, None),
        ({"OPENAI_API_KEY": "sk-a"}, OPENAI, "sk-a"),
        ({"OPENAI_API_KEY": "sk-a", "OPENAI_BASE_URL": COMMON}, COMMON, "sk-a"),
        ({"OPENAI_API_KEY": "sk-a", "OPENAI_BASE_URL": f"{COMMON}/"}, COMMON, "sk-a"),
        ({"OPENAI_API_KEY": "sk-a", "OPENAI_BASE_URL": " "}, OPENAI, "sk-a"),
        ({"OPENAI_API_KEY": "sk-a", "OPENAI_BASE_URL": f"{COMMON}/embeddings/"}, COMMON, "sk-a"),
        ({"OPENAI_BASE_URL": COMMON}, COMMON, None),
        ({"LIKEWISE_OPENAI_KEY": "sk-b"}, OPENAI, "sk-b"),
        ({"LIKEWISE_OPENAI_KEY": "sk-b", "OPENAI_API_KEY": "sk-a"}, OPENAI, "sk-b"),
        ({"LIKEWISE_OPENAI_KEY": "sk-b", "OPENAI_BASE_URL": OPENAI}, OPENAI, "sk-b"),
        ({"LIKEWISE_OPENAI_URL": OWN, "OPENAI_API_KEY": "sk-a"}, OWN, "sk-a"),
        (
            {
                "LIKEWISE_OPENAI_URL": OWN,
                "LIKEWISE_OPENAI_KEY": "sk-b",
                "OPENAI_BASE_URL": COMMON,
                "OPENAI_API_KEY": "sk-a",
            },
            OWN,
            "sk-b",
        ),
        (
            {
                "LIKEWISE_OPENAI_URL": f"{COMMON}/",
                "OPENAI_BASE_URL": COMMON,
                "OPENAI_API_KEY": "sk-a",
            },
            COMMON,
            "sk-a",
        ),
    ],
)
def test_address_and_key(read, environment, address, key):
    found, secret = openai_of(read(**environment))
    assert found == address
    assert (secret.get_secret_value() if secret else None) == key


@pytest.mark.parametrize(
    "environment",
    [
        {"LIKEWISE_OPENAI_URL": OWN, "OPENAI_BASE_URL": COMMON, "OPENAI_API_KEY": ELSEWHERE},
        {"LIKEWISE_OPENAI_KEY": ELSEWHERE, "OPENAI_BASE_URL": COMMON},
        {
            "LIKEWISE_OPENAI_KEY": ELSEWHERE,
            "OPENAI_BASE_URL": COMMON,
            "OPENAI_API_KEY": "sk-a",
        },
    ],
)
def test_where_it_is_not_clear_no_key_is_sent(read, environment):
    with pytest.raises(InvalidOption, match="the key is not sent there") as caught:
        openai_of(read(**environment))
    assert ELSEWHERE not in str(caught.value)
