"""Whatever the environment says: settings, or one sentence without a secret."""

import os

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from likewise.errors import LikewiseError
from likewise.server.app import create_app
from likewise.settings import Settings, settings
from tests.fuzz.conftest import check_refusal, examples
from tests.fuzz.strategies import json_of, numbers, texts, values

pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")

SECRET = "sk-canary"
"""The password of addresses; hypothesis takes it from here for any text, where it is no secret."""

words = st.one_of(
    texts,
    numbers.map(str),
    values.map(lambda value: json_of(value).decode()),
    st.lists(texts, max_size=3).map(",".join),
    st.sampled_from(["", "http:", "redis:", "a,https:"]).map(
        lambda at: f"{at}//user:{SECRET}@host"
    ),
).filter(
    lambda text: (
        "\x00" not in text
        and all(not 0xD800 <= ord(c) < 0xDC80 for c in text)
        and SECRET not in text.replace(f"//user:{SECRET}@host", "")
    )
)


@example(names=["encoder"], said=[f"http://user:{SECRET}@host", "", ""])
@example(names=["encoders"], said=[f"http://user:{SECRET}@host/v1/model", "", ""])
@example(names=["encoder"], said=[f"//user:{SECRET}@host", "", ""])
@example(names=["encoder", "aliases"], said=["sha256", f'{{"a": "0//user:{SECRET}@host"}}', ""])
@examples(300)
@given(
    names=st.lists(st.sampled_from(list(Settings.model_fields)), min_size=1, max_size=3),
    said=st.lists(words, min_size=3, max_size=3),
)
def test_any_environment(tmp_path_factory, names, said):
    with pytest.MonkeyPatch.context() as patch:
        for name, value in zip(names, said, strict=False):
            try:
                os.fsencode(value)
            except UnicodeEncodeError:
                continue
            patch.setenv(f"LIKEWISE_{name.upper()}", value)
        settings.cache_clear()
        try:
            read = settings()
            create_app(read.but(cache=tmp_path_factory.mktemp("cache")))
        except LikewiseError as error:
            check_refusal(error, SECRET)
