"""A model's folder is read whole: what it says is computed, and what can't be is refused."""

import json
import shutil

import numpy as np
import pytest
from tokenizers import Tokenizer, normalizers, processors

import likewise
from likewise.encoders.local.texts import read_text_rules
from likewise.encoders.prompted import prompted
from likewise.errors import InvalidOption, UnsupportedModel, WeightsCorrupt, WeightsMissing
from tests.encoders.folders import (
    MODULES,
    change_json,
    change_weights,
    copied,
    module,
    opened,
    write_json,
    write_raw,
)
from tests.encoders.models import expected_vector, tokenizer, write_model

TEXTS = ["w1 w2 w3", "w9 w30", ""]


@pytest.fixture
def tiny(tmp_path):
    write_model(tmp_path / "tiny")
    return tmp_path / "tiny"


@pytest.fixture
def cls(tmp_path):
    write_model(tmp_path / "cls", pooling="cls")
    return tmp_path / "cls"


def vectors(folder, texts=TEXTS, **options):
    return opened(folder, **options).encode(texts).vectors


# -- prompts


def prompts(folder, **members):
    write_json(folder / "config_sentence_transformers.json", members)


def test_a_declared_prompt_may_be_empty(tiny):
    plain = opened(tiny)
    prompts(tiny, prompts={"query": "", "document": None}, default_prompt_name="query")
    for options in ({"prefix": "query"}, {"prefix": "document"}, {}):
        encoder = opened(tiny, **options)
        assert encoder.identity.digest == plain.identity.digest
        np.testing.assert_array_equal(encoder.encode(TEXTS).vectors, plain.encode(TEXTS).vectors)


def test_a_prompt_that_is_not_declared(tiny):
    prompts(tiny, prompts={"query": "w7 "})
    with pytest.raises(InvalidOption, match=r"declares no prompt .* it declares query"):
        opened(tiny, prefix="nosuch")
    assert opened(tiny, prefix="nosuch", exact_prefix=True).identity.prefix == "nosuch"


def test_a_usual_name_is_no_text_where_nothing_is_declared(tiny):
    with pytest.raises(InvalidOption, match="it declares none"):
        opened(tiny, prefix="query")
    assert opened(tiny, prefix="query: ").identity.prefix == "query: "
    assert opened(tiny, prefix="w7").identity.prefix == "w7"


def test_a_default_prompt_that_is_not_there(tiny):
    prompts(tiny, prompts={"query": "w7 "}, default_prompt_name="passage")
    with pytest.raises(UnsupportedModel, match="no prompt 'passage', its default"):
        opened(tiny)


def test_a_prompt_that_is_left_out_of_the_mean(tmp_path):
    weights = write_model(tmp_path / "tiny", prompts={"query": "w7 w8 "})
    change_json(tmp_path / "tiny/1_Pooling/config.json", {"include_prompt": False})
    encoder = opened(tmp_path / "tiny", prefix="query")
    # [CLS] and the prompt are read, but only what follows is pooled
    ids = tokenizer().encode("w7 w8 w1 w2").ids
    expected = expected_vector(weights, ids, pooled_from=3)
    np.testing.assert_allclose(encoder.encode(["w1 w2"]).vectors[0], expected, atol=2e-5)
    included = copied(tmp_path / "tiny", "included")
    change_json(included / "1_Pooling/config.json", {"include_prompt": True})
    assert opened(included, prefix="query").identity.digest != encoder.identity.digest
    # without a prompt nothing is left out
    assert opened(included).identity.digest == opened(tmp_path / "tiny").identity.digest
    assert encoder.token_parts(["w1"]) is None


@pytest.mark.parametrize("include", [True, False])
def test_another_prefix_takes_no_second_model(tmp_path, include):
    write_model(tmp_path / "tiny", prompts={"query": "w7 ", "document": "w9 "})
    change_json(tmp_path / "tiny/1_Pooling/config.json", {"include_prompt": include})
    name = str(tmp_path / "tiny")
    plain = likewise.load(name)
    query, document = (likewise.load(name, prefix=prompt) for prompt in ("query", "document"))
    # what is left out of the pooling is a part of the graph
    assert [one._engine is plain._engine for one in (query, document)] == [include, include]
    assert query._engine is document._engine
    for one in (plain, query, document):
        assert prompted(plain, one.identity.prefix) == one.identity
        alone = opened(tmp_path / "tiny", prefix=one.identity.prefix)
        assert alone.identity.digest == one.identity.digest
        np.testing.assert_array_equal(one.encode(TEXTS).vectors, alone.encode(TEXTS).vectors)
    write_model(tmp_path / "other", seed=1)
    shutil.copy(tmp_path / "other/model.safetensors", tmp_path / "tiny/model.safetensors")
    changed = likewise.load(name, prefix="w3 ")
    assert changed._engine is not query._engine
    assert changed.identity.weights != plain.identity.weights


# -- modules and pooling


def test_the_pooling_folder_may_have_any_name(cls):
    expected = vectors(cls)
    (cls / "1_Pooling").rename(cls / "pooling")
    write_json(cls / "modules.json", [MODULES[0], module("pooling", "Pooling")])
    encoder = opened(cls)
    assert encoder.identity.pooling == "cls"
    np.testing.assert_array_equal(encoder.encode(TEXTS).vectors, expected)


def test_the_transformer_may_lie_in_a_folder_of_its_own(cls):
    expected = vectors(cls)
    inner = cls / "0_Transformer"
    inner.mkdir()
    for path in list(cls.iterdir()):
        if path.is_file():
            path.rename(inner / path.name)
    write_json(cls / "modules.json", [module("0_Transformer", "Transformer"), MODULES[1]])
    np.testing.assert_array_equal(vectors(cls), expected)


def test_a_module_that_is_not_there(cls):
    write_json(cls / "modules.json", MODULES)
    shutil.rmtree(cls / "1_Pooling")
    with pytest.raises(WeightsMissing, match=r"no 1_Pooling/config\.json, which modules\.json"):
        opened(cls)


def test_without_a_word_on_pooling_the_mean_is_a_guess_and_said(cls):
    shutil.rmtree(cls / "1_Pooling")
    encoder = opened(cls)
    assert encoder.identity.pooling == "mean"
    assert "guess" in encoder.runtime.notes[0]


def test_a_reranker_is_told(cls):
    shutil.rmtree(cls / "1_Pooling")
    change_json(cls / "config.json", {"architectures": ["BertForSequenceClassification"]})
    assert "if it is a reranker or a classifier" in opened(cls).runtime.notes[1]


def test_a_decoder_without_a_word_on_pooling_takes_its_last_token(cls):
    shutil.rmtree(cls / "1_Pooling")
    change_json(cls / "config.json", {"architectures": ["SomethingForCausalLM"]})
    assert opened(cls).identity.pooling == "lasttoken"


@pytest.mark.parametrize(
    ("config", "name"),
    [
        ({"pooling_mode": "mean", "pooling_mode_mean_tokens": True}, "mean"),
        ({"pooling_mode": ["cls", "mean"]}, "cls+mean"),
        ({"pooling_mode_cls_token": True, "pooling_mode_max_tokens": True}, "cls+max"),
        ({"pooling_mode": None, "pooling_mode_cls_token": True}, "cls"),
        ({"word_embedding_dimension": 32}, "mean"),
    ],
)
def test_how_pooling_is_written(tiny, config, name):
    write_json(tiny / "1_Pooling/config.json", config)
    assert opened(tiny).identity.pooling == name


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"pooling_mode": "cls", "pooling_mode_mean_tokens": True}, "contradicts itself"),
        ({"pooling_mode": "attention"}, "pooling_mode"),
        ({"pooling_mode_mean_tokens": False}, "no way of pooling"),
        ({"pooling_mode": ["mean", "mean"]}, "twice"),
        ({"pooling_mode_mean_tokens": True, "pooling_mode_new": True}, "'pooling_mode_new'"),
        ({"pooling_mode_mean_tokens": "yes"}, "pooling_mode_mean_tokens"),
        ({"pooling_mode_mean_tokens": True, "word_embedding_dimension": 64}, "takes 64 numbers"),
    ],
)
def test_pooling_that_can_not_be_computed(tiny, config, said):
    write_json(tiny / "1_Pooling/config.json", config)
    with pytest.raises(UnsupportedModel, match=said):
        opened(tiny)


@pytest.mark.parametrize(
    ("modules", "error", "said"),
    [
        (["Transformer"], WeightsCorrupt, "no usable type and path"),
        (None, WeightsCorrupt, "not the list of modules"),
        ([], WeightsCorrupt, "not the list of modules"),
        ({"0": "x"}, WeightsCorrupt, "not the list of modules"),
        ([{"type": 3, "path": ""}], WeightsCorrupt, "no usable type and path"),
        ([MODULES[0]], UnsupportedModel, "no Pooling module follows"),
        ([*MODULES, module("2_Pooling", "Pooling")], UnsupportedModel, "second Pooling"),
        ([*MODULES, MODULES[1]], UnsupportedModel, "2 modules of the name '1'"),
        ([*MODULES, module("2_LSTM", "LSTM")], UnsupportedModel, "has a LSTM module"),
        ([{"path": "", "type": "custom_st.Transformer"}], UnsupportedModel, "custom_st"),
        ([MODULES[0], module("../x", "Pooling")], UnsupportedModel, "outside"),
        ([MODULES[0], module("/etc", "Pooling")], UnsupportedModel, "outside"),
        ([MODULES[1], MODULES[0]], UnsupportedModel, "first module is Pooling"),
        ([*MODULES, module("2_Dense", "Dense")], WeightsMissing, r"2_Dense/config\.json"),
    ],
)
def test_modules_that_can_not_be_computed(tiny, modules, error, said):
    write_json(tiny / "modules.json", modules)
    with pytest.raises(error, match=said):
        opened(tiny)


@pytest.mark.parametrize("name", ["linear.bias", "residual.weight"])
def test_a_weight_for_which_a_module_has_no_use(tiny, name):
    write_json(tiny / "modules.json", [*MODULES, module("2_Dense", "Dense")])
    members = {"in_features": 32, "out_features": 32, "bias": False}
    write_json(tiny / "2_Dense/config.json", members)
    linear = np.eye(32, dtype=np.float32)
    file = tiny / "2_Dense/model.safetensors"
    write_raw(file, {"linear.weight": ("F32", linear)})
    opened(tiny)
    write_raw(file, {"linear.weight": ("F32", linear), name: ("F32", linear[0])})
    with pytest.raises(UnsupportedModel, match=f"2_Dense/ has a weight '{name}'"):
        opened(tiny)


# -- config.json


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"auto_map": {"AutoModel": "other_repo--modeling.OtherModel"}}, "its own code"),
        ({"is_decoder": True}, "is a decoder"),
        ({"add_cross_attention": True}, "add_cross_attention"),
        ({"pruned_heads": {"0": [1]}}, "heads were taken out"),
        ({"quantization_config": {"load_in_8bit": True}}, "quantised"),
        ({"hidden_size": 64}, "64"),
        ({"num_attention_heads": 5}, "divided among 5 heads"),
        ({"num_hidden_layers": 3}, "have no 'encoder.layer.2"),
        ({"num_hidden_layers": 1}, "no use"),
        ({"num_hidden_layers": 10**9}, "num_hidden_layers"),
        ({"vocab_size": 41}, "41"),
        ({"type_vocab_size": 1}, "token_type"),
        ({"intermediate_size": 32}, "intermediate"),
        ({"max_position_embeddings": 64}, "position_embeddings"),
        ({"hidden_act": "mish"}, "hidden_act"),
        ({"layer_norm_eps": 0}, "layer_norm_eps"),
        ({"layer_norm_eps": -1e-12}, "layer_norm_eps"),
        ({"hidden_size": "32"}, "hidden_size"),
        ({"hidden_size": 32.5}, "hidden_size"),
        ({"hidden_size": True}, "hidden_size"),
        ({"num_attention_heads": 0}, "num_attention_heads"),
        ({"num_hidden_layers": -1}, "num_hidden_layers"),
    ],
)
def test_configurations_that_are_refused(tiny, members, said):
    change_json(tiny / "config.json", members)
    with pytest.raises(UnsupportedModel, match=said):
        opened(tiny)


def test_null_is_the_same_as_absent(tiny):
    before = opened(tiny).identity.digest
    change_json(
        tiny / "config.json",
        {"auto_map": None, "layer_norm_eps": None, "pruned_heads": None, "vocab_size": None},
    )
    assert opened(tiny).identity.digest == before


def test_what_no_table_knows_is_noted(tiny):
    assert opened(tiny).runtime.notes == ()
    change_json(tiny / "config.json", {"brand_new_trick": 1})
    assert opened(tiny).runtime.notes == ("Not used of config.json: 'brand_new_trick'.",)


@pytest.mark.parametrize("padding", ["null", "absent", "number"])
def test_padding_of_xlm_roberta(tmp_path, padding):
    weights = write_model(tmp_path / "tiny", family="xlm-roberta")
    config = json.loads((tmp_path / "tiny/config.json").read_text())
    if padding == "null":
        config["pad_token_id"] = None
    elif padding == "absent":
        del config["pad_token_id"]
    write_json(tmp_path / "tiny/config.json", config)
    expected = expected_vector(weights, tokenizer().encode("w1 w2").ids, family="xlm-roberta")
    np.testing.assert_allclose(vectors(tmp_path / "tiny", ["w1 w2"])[0], expected, atol=2e-5)


@pytest.mark.parametrize("padding", ["1", [1], -5, 10**9, 40, 1.0])
def test_padding_that_can_not_be(tmp_path, padding):
    write_model(tmp_path / "tiny", family="xlm-roberta")
    change_json(tmp_path / "tiny/config.json", {"pad_token_id": padding})
    with pytest.raises(UnsupportedModel):
        opened(tmp_path / "tiny")


@pytest.mark.parametrize("name", ["dot", "euclidean", "manhattan"])
def test_another_measure_is_noted(tiny, name):
    prompts(tiny, similarity_fn_name=name)
    assert f"compare this model's vectors by '{name}'" in opened(tiny).runtime.notes[0]


def test_vectors_that_the_model_cuts_itself(tiny):
    whole = vectors(tiny)
    prompts(tiny, truncate_dim=8)
    encoder = opened(tiny)
    cut = whole[:, :8] / np.linalg.norm(whole[:, :8], axis=1, keepdims=True)
    np.testing.assert_allclose(encoder.encode(TEXTS).vectors, cut, atol=2e-5)
    assert encoder.identity.dims == 8


def test_widths_that_the_model_declares(tiny):
    before = opened(tiny).identity.digest
    change_json(tiny / "config.json", {"matryoshka_dimensions": [32, 8, 16]})
    encoder = opened(tiny)
    assert encoder.capabilities.widths == (8, 16, 32)
    assert encoder.identity.digest == before


# -- how texts are read


def test_lower_case_of_the_sentence_file(tiny):
    change_json(tiny / "tokenizer.json", {"normalizer": None})
    before = opened(tiny).identity.digest
    change_json(tiny / "sentence_bert_config.json", {"do_lower_case": True})
    encoder = opened(tiny, prefix="W7 ")
    upper, lower = encoder.encode(["W1 W2", "w1 w2"]).vectors
    np.testing.assert_array_equal(upper, lower)
    assert opened(tiny).identity.digest != before
    parts = encoder.token_parts(["W1 \u0130"])[0].places.tolist()  # this one grows when lowered
    assert parts[:4] == [[0, 0], [0, 0], [0, 2], [3, 4]]


def test_lower_case_twice_is_lower_case(tiny):
    before = opened(tiny).identity.digest
    change_json(tiny / "sentence_bert_config.json", {"do_lower_case": True})
    assert opened(tiny).identity.digest == before


def test_what_newer_folders_say_of_texts_changes_nothing(tiny):
    write_json(tiny / "sentence_bert_config.json", {"max_seq_length": 16})
    before = opened(tiny)
    stated = {"modality_config": {"text": LAST}, "module_output_name": "token_embeddings"}
    change_json(tiny / "sentence_bert_config.json", stated)
    assert opened(tiny).identity.digest == before.identity.digest
    assert opened(tiny).runtime.notes == before.runtime.notes


def test_a_chat_template_is_not_used_and_said(tiny):
    write_json(tiny / "tokenizer_config.json", {"chat_template": "{{ messages }}"})
    [said] = opened(tiny).runtime.notes
    assert "chat template" in said
    (tiny / "tokenizer_config.json").unlink()
    assert opened(tiny).runtime.notes == ()
    (tiny / "chat_template.jinja").write_text("{{ messages }}")
    assert opened(tiny).runtime.notes == (said,)
    write_json(tiny / "modules.json", MODULES)
    assert opened(tiny).runtime.notes == ()  # saved when texts were all that there was


def with_normaliser(folder, one):
    made = Tokenizer.from_file(str(folder / "tokenizer.json"))
    if one is not None:
        made.normalizer = one
        made.save(str(folder / "tokenizer.json"))
    else:
        change_json(folder / "tokenizer.json", {"normalizer": None})


@pytest.mark.parametrize("own", [None, normalizers.Lowercase(), normalizers.NFC()], ids=repr)
@pytest.mark.parametrize("kind", ["BertTokenizer", "DistilBertTokenizerFast", None])
@pytest.mark.parametrize("lower", [True, False])
def test_a_bert_tokenizer_makes_its_normaliser_anew(tiny, own, kind, lower):
    with_normaliser(tiny, own)
    before = opened(tiny).identity.digest
    write_json(tiny / "tokenizer_config.json", {"do_lower_case": lower, "tokenizer_class": kind})
    encoder = opened(tiny)
    assert (encoder.encode(["W1 W2"]).unknown[0] == 0) == lower
    assert encoder.encode(["w1 w\u03012"]).unknown[0] == (not lower)  # strips accents, too
    assert encoder.identity.digest != before


@pytest.mark.parametrize("kind", ["bert", "distilbert", "mpnet", "nomic_bert"])
def test_kinds_of_models_whose_usual_tokenizer_is_that_of_bert(tiny, kind):
    write_json(tiny / "tokenizer_config.json", {"do_lower_case": True})
    assert read_text_rules(tiny, "", [], kind).bert
    assert not read_text_rules(tiny, "", [], "roberta").bert
    write_json(tiny / "tokenizer_config.json", {})
    usual = read_text_rules(tiny, "", [], kind)
    assert usual.case_unsaid
    assert usual.ends == (("<s>", "</s>") if kind == "mpnet" else ("[CLS]", "[SEP]"))


def test_capital_letters_that_nobody_speaks_of(tiny):
    with_normaliser(tiny, normalizers.BertNormalizer(lowercase=False))
    said = "keeps capital letters, and no tokenizer_config.json says so"
    assert any(said in note for note in opened(tiny).runtime.notes)
    write_json(tiny / "tokenizer_config.json", {"do_lower_case": False})
    assert not any(said in note for note in opened(tiny).runtime.notes)


@pytest.mark.parametrize("ends", [None, "[CLS] $A", "$A [SEP]", "[SEP] $A [CLS]"])
def test_special_tokens_that_another_library_would_put_around_a_text(tiny, ends):
    said = "puts other special tokens around a text than transformers would"
    assert not any(said in note for note in opened(tiny).runtime.notes)
    own = Tokenizer.from_file(str(tiny / "tokenizer.json"))
    named = [("[CLS]", 0), ("[SEP]", 2)]
    frame = ends and processors.TemplateProcessing(single=ends, special_tokens=named)
    own.post_processor = frame or processors.ByteLevel()
    own.save(str(tiny / "tokenizer.json"))
    assert any(said in note for note in opened(tiny).runtime.notes)
    write_json(tiny / "tokenizer_config.json", {"tokenizer_class": "PreTrainedTokenizerFast"})
    assert not any(said in note for note in opened(tiny).runtime.notes)


def test_special_tokens_of_other_names(tiny):
    stated = {"tokenizer_class": "BertTokenizer", "do_lower_case": True}
    write_json(tiny / "tokenizer_config.json", {**stated, "cls_token": {"content": "w1"}})
    assert any("'w1' before it, '[SEP]' behind it" in note for note in opened(tiny).runtime.notes)


NAMED = {"mask_token": "w1"}
LISTED = {"additional_special_tokens": ["w1"]}
FLAGS = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}


@pytest.mark.parametrize(
    ("file", "members"),
    [
        ("tokenizer_config.json", NAMED),
        ("tokenizer_config.json", {"bos_token": {"content": "w1", "special": True, **FLAGS}}),
        ("tokenizer_config.json", LISTED),
        ("tokenizer_config.json", {"extra_special_tokens": {"image": "w1"}}),
        ("special_tokens_map.json", NAMED),
        ("special_tokens_map.json", LISTED),
    ],
)
def test_a_special_token_is_found_within_words(tiny, file, members):
    before = opened(tiny)
    assert before.encode(["w1w1"]).unknown[0] == 1
    write_json(tiny / file, members)
    encoder = opened(tiny)
    expected, found = encoder.encode(["w1 w1", "w1w1"]).vectors
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert encoder.identity.digest != before.identity.digest
    write_json(tiny / "special_tokens_map.json", LISTED)
    write_json(
        tiny / "tokenizer_config.json",
        {"added_tokens_decoder": {"2": {"content": "[SEP]", "special": True, **FLAGS}}},
    )
    assert opened(tiny).encode(["w1w1"]).unknown[0] == 1  # says all that there is to say


@pytest.mark.parametrize(
    ("newer", "older", "found"),
    [
        ({"mask_token": "w2"}, {"mask_token": "w1"}, ["w1"]),
        ({"extra_special_tokens": ["w2"]}, {"extra_special_tokens": ["w1"]}, ["w1", "w2"]),
        ({"extra_special_tokens": ["w2"]}, {"additional_special_tokens": ["w1"]}, ["w2"]),
        ({"additional_special_tokens": ["w2"]}, {"mask_token": "w1"}, ["w1", "w2"]),
        ({"added_tokens_decoder": {}, "sep_token": "w2"}, {"mask_token": "w1"}, ["w2"]),
    ],
)
def test_special_tokens_of_two_files(tiny, newer, older, found):
    write_json(tiny / "tokenizer_config.json", newer)
    write_json(tiny / "special_tokens_map.json", older)
    unknown = opened(tiny).encode(["w1w1", "w2w2"]).unknown
    assert [word for word, lost in zip(["w1", "w2"], unknown, strict=True) if not lost] == found


def test_a_bert_tokenizers_own_configuration_wins(tiny):
    made = Tokenizer.from_file(str(tiny / "tokenizer.json"))
    made.normalizer = normalizers.BertNormalizer(lowercase=False)
    made.save(str(tiny / "tokenizer.json"))
    before = opened(tiny).identity.digest
    write_json(tiny / "tokenizer_config.json", {"do_lower_case": True})
    encoder = opened(tiny)
    upper, lower = encoder.encode(["W1 W2", "w1 w2"]).vectors
    np.testing.assert_array_equal(upper, lower)
    assert encoder.identity.digest != before
    change_json(tiny / "tokenizer_config.json", {"tokenizer_class": "PreTrainedTokenizerFast"})
    assert opened(tiny).identity.digest == before  # the general class takes the file as it is


@pytest.mark.parametrize(
    "name", ["roberta", "distilbert", "xlm-roberta", "xlnet", "albert", "camembert"]
)
def test_older_names_of_the_sentence_file(tiny, name):
    (tiny / "sentence_bert_config.json").unlink()
    write_json(tiny / f"sentence_{name}_config.json", {"max_seq_length": 6})
    encoder = opened(tiny)
    assert encoder.identity.max_tokens == 6
    assert encoder.encode(["w1 " * 10]).truncated.tolist() == [True]


LAST = {"method": "forward", "method_output_name": "last_hidden_state"}


@pytest.mark.parametrize(
    "members",
    [
        {"max_seq_length": -1},
        {"max_seq_length": 0},
        {"max_seq_length": 2},
        {"max_seq_length": "6"},
        {"max_seq_length": 6.5},
        {"max_seq_length": [6]},
        {"do_lower_case": "yes"},
        {"max_seq_length": 6, "attention": "none"},
        {"model_args": {"add_pooling_layer": False}},
        {"transformer_task": "fill-mask"},
        {"modality_config": {"text": LAST, "message": {**LAST, "format": "flat"}}},
        {"modality_config": {"text": {**LAST, "method_output_name": "pooler_output"}}},
        {"modality_config": {"image": LAST}},
    ],
)
def test_sentence_files_that_are_refused(tiny, members):
    write_json(tiny / "sentence_bert_config.json", members)
    with pytest.raises(UnsupportedModel):
        opened(tiny)


def test_infinity_is_no_limit(tiny):
    (tiny / "sentence_bert_config.json").write_text('{"max_seq_length": Infinity}')
    with pytest.raises(UnsupportedModel, match="max_seq_length"):
        opened(tiny)
    (tiny / "sentence_bert_config.json").unlink()
    write_json(tiny / "tokenizer_config.json", {"model_max_length": 1e30})
    assert opened(tiny).identity.max_tokens == 24


def test_a_token_without_a_row(tiny):
    for number in (40, 57, 1_000_000):
        change_json(
            tiny / "tokenizer.json",
            lambda made, number=number: {
                **made,
                "model": {**made["model"], "vocab": {**made["model"]["vocab"], "w99": number}},
            },
        )
        with pytest.raises(UnsupportedModel, match=f"up to number {number:,}"):
            opened(tiny)


def test_a_special_token_without_a_row(tiny):
    text = (
        (tiny / "tokenizer.json")
        .read_text()
        .replace('"ids": [\n          0', '"ids": [\n          99')
    )
    change_json(
        tiny / "tokenizer.json",
        lambda made: {
            **made,
            "post_processor": {
                **made["post_processor"],
                "special_tokens": {
                    **made["post_processor"]["special_tokens"],
                    "[CLS]": {"id": "[CLS]", "ids": [99], "tokens": ["[CLS]"]},
                },
            },
        },
    )
    assert text
    with pytest.raises(UnsupportedModel, match="up to number 99"):
        opened(tiny)


def test_a_token_that_only_the_configuration_has(tiny):
    write_json(
        tiny / "tokenizer_config.json", {"added_tokens_decoder": {"39": {"content": "[NEW]"}}}
    )
    with pytest.raises(UnsupportedModel, match=r"lacks the token '\[NEW\]' = 39"):
        opened(tiny)


# -- weights


def expected(folder_weights, text="w1 w2 w3"):
    return expected_vector(folder_weights, tokenizer().encode(text).ids)


def renamed(change):
    return lambda weights: {change(name): value for name, value in weights.items()}


@pytest.mark.parametrize(
    "change",
    [
        lambda name: "bert." + name,
        lambda name: "encoder." + name,
        lambda name: "0.auto_model." + name,
        lambda name: "module." + name,
        lambda name: "model." + name,
        lambda name: "_orig_mod.model.bert." + name,
        lambda name: (
            "bert."
            + name.replace("LayerNorm.weight", "LayerNorm.gamma").replace(
                "LayerNorm.bias", "LayerNorm.beta"
            )
        ),
    ],
)
def test_weights_under_other_names(tmp_path, change):
    weights = write_model(tmp_path / "tiny")
    change_weights(
        tmp_path / "tiny",
        lambda have: {
            **renamed(change)(have),
            "cls.predictions.bias": np.zeros(40, np.float32),
        },
    )
    np.testing.assert_allclose(
        vectors(tmp_path / "tiny", ["w1 w2 w3"])[0], expected(weights), atol=2e-5
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda w: {**w, **{f"other.{n}": v for n, v in w.items()}}, "hold 2 models"),
        (
            lambda w: {**w, "encoder.layer.0.x.lora_A.weight": w["embeddings.LayerNorm.bias"]},
            "adapter",
        ),
        (
            lambda w: {**w, "encoder.layer.0.attention.self.extra": w["embeddings.LayerNorm.bias"]},
            "no use",
        ),
        (lambda w: {**w, "embeddings.LayerNorm.weight": np.ones(1, np.float32)}, "1 where"),
        (lambda w: {**w, "embeddings.LayerNorm.bias": np.ones((1, 32), np.float32)}, "1 × 32"),
        (
            lambda w: {**w, "encoder.layer.0.intermediate.dense.bias": np.ones(1, np.float32)},
            "intermediate",
        ),
        (
            lambda w: {**w, "embeddings.token_type_embeddings.weight": np.ones((2, 1), np.float32)},
            "token_type",
        ),
        (lambda w: {**w, "embeddings.word_embeddings.weight": np.ones((30, 32), np.float32)}, "30"),
        (
            lambda w: {**w, "embeddings.position_embeddings.weight": np.ones((5, 32), np.float32)},
            "5 × 32",
        ),
        (
            lambda w: {
                **w,
                "encoder.layer.1.attention.self.key.weight": np.ones((32, 32), np.int8),
                "encoder.layer.1.attention.self.key.SCB": np.ones(32, np.float32),
            },
            "stored as I8",
        ),
        (lambda w: {**w, "embeddings.LayerNorm.bias": np.ones(32, np.int64)}, "stored as I64"),
        (lambda w: {**w, "embeddings.LayerNorm.bias": np.ones(32, np.bool_)}, "stored as BOOL"),
    ],
)
def test_weights_that_are_refused(tiny, change, said):
    change_weights(tiny, change)
    with pytest.raises(UnsupportedModel, match=said):
        opened(tiny)


def test_bfloat16_is_read_exactly(tmp_path):
    weights = write_model(tmp_path / "tiny")
    upper = {name: value.view(np.uint32) >> 16 for name, value in weights.items()}
    write_raw(
        tmp_path / "tiny/model.safetensors",
        {name: ("BF16", bits.astype(np.uint16)) for name, bits in upper.items()},
    )
    exact = {name: (bits << 16).view(np.float32) for name, bits in upper.items()}
    np.testing.assert_allclose(
        vectors(tmp_path / "tiny", ["w1 w2 w3"])[0], expected(exact), atol=2e-5
    )


@pytest.mark.parametrize("dtype", [np.float16, np.float64])
def test_other_floats(tmp_path, dtype):
    weights = write_model(tmp_path / "tiny")
    change_weights(tmp_path / "tiny", lambda w: {n: v.astype(dtype) for n, v in w.items()})
    np.testing.assert_allclose(
        vectors(tmp_path / "tiny", ["w1 w2 w3"])[0],
        expected({n: v.astype(dtype) for n, v in weights.items()}),
        atol=2e-5,
    )


def test_float8_is_refused_by_name(tiny, tmp_path):
    weights = write_model(tmp_path / "other")
    raw = {name: ("F32", value) for name, value in weights.items()}
    raw["embeddings.LayerNorm.bias"] = ("F8_E4M3", np.zeros(32, np.uint8))
    write_raw(tiny / "model.safetensors", raw)
    with pytest.raises(UnsupportedModel, match="stored as F8_E4M3"):
        opened(tiny)


def in_shards(folder):
    """Split the weights in two, with their index."""
    from safetensors.numpy import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    names = sorted(weights)
    where = {}
    for number, part in enumerate((names[::2], names[1::2]), 1):
        file = f"model-0000{number}-of-00002.safetensors"
        save_file({name: weights[name] for name in part}, folder / file)
        where |= dict.fromkeys(part, file)
    write_json(folder / "model.safetensors.index.json", {"metadata": {}, "weight_map": where})


def test_weights_in_shards(tiny):
    expected_vectors = vectors(tiny)
    in_shards(tiny)
    np.testing.assert_array_equal(vectors(tiny), expected_vectors)
    (tiny / "model-00002-of-00002.safetensors").unlink()
    with pytest.raises(WeightsMissing, match=r"no model-00002-of-00002\.safetensors, which"):
        opened(tiny)


@pytest.mark.parametrize("file", ["../x.safetensors", 3, "/etc/passwd", "x.bin"])
def test_an_index_that_leads_elsewhere(tiny, file):
    in_shards(tiny)
    write_json(tiny / "model.safetensors.index.json", {"weight_map": {"a": file}})
    with pytest.raises(WeightsCorrupt, match="in which file"):
        opened(tiny)


def test_an_adapter_is_no_model(tiny):
    write_json(tiny / "adapter_config.json", {})
    with pytest.raises(UnsupportedModel, match="adapter"):
        opened(tiny)
