"""A classifier trains on a collection without embedding anything again."""

import likewise
from likewise.classify.data.moods import moods
from likewise.collections import Collection


def test_what_is_there_is_not_embedded_again(tmp_path, minilm, monkeypatch):
    texts, labels = (column[:48] for column in moods())
    notes = Collection.create(tmp_path / "notes", minilm)
    notes.add(texts, columns={"mood": labels})
    asked = []
    real = type(minilm).encode

    def counted(self, texts, **options):
        asked.extend(texts)
        return real(self, texts, **options)

    monkeypatch.setattr(type(minilm), "encode", counted)
    there = notes.rows(columns=["mood"])["mood"].to_pylist()
    model = likewise.Classifier(minilm, candidates=["embeddings"]).fit(notes.embedded(), there)
    assert not set(asked) & set(texts)
    assert model.score(notes.embedded(), there) > 0.7
    assert (
        model.predict(notes.embedded(notes.ids[:3])).tolist() == model.predict(texts[:3]).tolist()
    )
