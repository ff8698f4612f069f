import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from likewise.encoders.local.packing import pack

texts = st.lists(st.integers(1, 60), max_size=80)


@settings(deadline=None, max_examples=150)
@given(lengths=texts, budget=st.sampled_from([64, 128, 512]), first=st.sampled_from([0, 2]))
def test_every_token_of_every_text_stands_once_in_its_place(lengths, budget, first):
    tokens = [np.arange(length, dtype=np.int32) + 1_000 * n for n, length in enumerate(lengths)]
    seen = []
    for batch in pack(tokens, budget=budget, first_position=first):
        rows, width = batch.slots.shape
        assert batch.mask.shape == (rows, width)
        flat_slots = batch.slots.ravel()
        for row, text in enumerate(batch.texts):
            held = batch.mask[row] > 0
            # out of the packed row into the rectangle: the text's own tokens, in order
            np.testing.assert_array_equal(batch.ids[batch.slots[row][held]], tokens[text])
            places = batch.slots[row][held]
            np.testing.assert_array_equal(
                batch.positions[places], np.arange(len(tokens[text])) + first
            )
            # and back again
            np.testing.assert_array_equal(flat_slots[batch.places[places]], places)
            seen.append(int(text))
    assert sorted(seen) == list(range(len(lengths)))


@settings(deadline=None, max_examples=100)
@given(lengths=texts.filter(bool), budget=st.sampled_from([128, 512, 2048]))
def test_a_batch_keeps_its_bounds(lengths, budget):
    tokens = [np.zeros(length, np.int32) for length in lengths]
    for batch in pack(tokens, budget=budget):
        assert len(batch.ids) <= budget
        assert batch.slots.size <= budget * 1.5


def test_sizes_are_few():
    sizes = {
        len(batch.ids) for count in range(1, 400) for batch in pack([np.zeros(5, np.int32)] * count)
    }
    assert len(sizes) <= 32 + 16 + 8


def test_next_to_nothing_is_filled_up():
    for texts in range(11, 160):
        [batch] = pack([np.zeros(12, np.int32)] * texts)
        assert len(batch.ids) - texts * 12 <= max(15, texts * 12 * 0.12)


@settings(deadline=None, max_examples=60)
@given(lengths=st.lists(st.integers(1, 250), min_size=1, max_size=400))
def test_only_the_last_batch_is_small(lengths):
    batches = list(pack([np.zeros(length, np.int32) for length in lengths]))
    for batch in batches[:-1]:
        bounded = batch.slots.size + batch.slots.shape[1] > 1.5 * 2_048
        assert batch.mask.sum() >= 1_024 - 250 or bounded


def test_ends_are_chosen_where_little_is_filled_up():
    lengths = np.random.default_rng(0).integers(150, 256, 400)
    batches = list(pack([np.zeros(length, np.int32) for length in lengths]))
    # cut wherever the next text is too long, it would be 1.028
    assert sum(len(batch.ids) for batch in batches) <= 1.018 * lengths.sum()
    assert sum(batch.slots.size for batch in batches) <= 1.04 * lengths.sum()


def test_nothing_to_pack():
    assert list(pack([])) == []


def test_engines_of_several_processes_do_not_share_a_core(minilm):
    # a pinned engine of one thread computes on the first core, whoever else does
    request = minilm._engine._request
    assert not request.get_compiled_model().get_property("ENABLE_CPU_PINNING")
