"""What can be found in a collection: what is near to what, and what is there twice."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any

from likewise.collections.contents import CollectionContents, Id
from likewise.collections.search.search import Query, SearchResult, search
from likewise.collections.storage.items import id_of
from likewise.encoders.column import texts_of
from likewise.errors import InvalidOption, shown
from likewise.types import StageProgress, check_same, no_progress

if TYPE_CHECKING:
    from likewise.collections.measures.budget import VectorBudget
    from likewise.collections.measures.comparison import EncoderComparison
    from likewise.collections.measures.duplicates import Duplicates
    from likewise.encoders import Encoder
    from likewise.maps import Map
    from likewise.maps.layouts import Shown

Texts = str | Sequence[str] | Mapping[str, float]
Ids = Id | Sequence[Id] | Mapping[str, float] | Mapping[Id, float]


class CollectionView(CollectionContents):
    """A collection as it was when it was opened."""

    def search(
        self,
        query: Texts = (),
        k: int = 10,
        *,
        like: Ids = (),
        filter: str | None = None,  # noqa: A002
        hybrid: bool = False,
        fast: bool = False,
    ) -> SearchResult:
        """Return the texts that are nearest to a query. The search is exact.

        Args:
            query: a text, several texts, or several with weights; a negative weight pushes away.
            k: how many.
            like: ids of texts that are part of the query, with or without weights; they are left
                out of the result.
            filter: which rows to search, e.g. `year >= 2020 and lang = "en"`; see
                `likewise.collections.search.filters`.
            hybrid: count the words of the query as well, by BM25 and reciprocal rank fusion.
            fast: compare codes of a quarter of the size first, and only the best in full precision;
                worthwhile from about 300,000 texts. Needs faiss: `pip install 'likewise[fast]'`.

        Raises:
            InvalidOption: there is nothing to search for, or `k` is less than 1.
            InvalidFilter: the filter can't be understood.
            UnknownId: an id is not there.
        """
        texts = {text: weight for text, weight in _asked(query).items() if text.strip()}
        ids = {id_of(key): weight for key, weight in _weighted(like).items()}
        words = " ".join(text for text, weight in texts.items() if weight > 0)
        if hybrid and not words:
            raise InvalidOption(
                "There are no words to search for.", "Give a text as well.", param="hybrid"
            )
        return search(
            self._snapshot,
            Query(texts, ids),
            k,
            encoder=self.query_encoder if texts else None,
            filter=filter,
            words=words if hybrid else None,
            fast=fast,
        )

    def neighbours(self, id: Id, k: int = 10) -> SearchResult:  # noqa: A002
        """Return the texts that are nearest to one text of the collection.

        Raises:
            UnknownId: it is not there.
        """
        return self.search(like=id, k=k)

    def duplicates(
        self,
        other: "CollectionView | None" = None,
        *,
        cosine: float | None = None,
        percentile: float | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> "Duplicates":
        """Find texts that are the same, or nearly the same.

        Args:
            other: find texts of this collection that the other one has already; by default, texts
                that occur more than once in this one.
            cosine: similarity from which two texts count as near-duplicates, by default 0.95; 1
                finds equal texts only.
            percentile: the same threshold, as the per cent of the collection's own random pairs
                that are less similar. Where there are too few pairs for one of them to be nearer,
                the cosine is at least 0.95.
            progress: called as `progress(done, total)`, in texts.

        Raises:
            IncompatibleVectors: the other collection was made with a different encoder.
            InvalidOption: the other collection is none or is this one, or the threshold is none.
        """
        from likewise.collections.measures.duplicates import COSINE, across, within

        if not isinstance(other, CollectionView | None):
            raise InvalidOption(
                f"The other collection is {shown(other)}.",
                "Give an opened collection, or a threshold by its name: cosine=0.95.",
                param="other",
            )
        if cosine is not None and percentile is not None:
            raise InvalidOption(
                "A cosine and a percentile say the same.", "Give one of them.", param="cosine"
            )
        if percentile is not None and (
            isinstance(percentile, bool)
            or not (isinstance(percentile, Real) and 0 <= percentile <= 100)
        ):
            raise InvalidOption(
                f"The percentile is {shown(percentile)}.",
                "Give per cents of random pairs, such as 99.9.",
                param="percentile",
            )
        if percentile is not None and self.scale is not None:
            cosine = min(1.0, self.scale.cosine_at(percentile))
            pairs = self.count * (self.count - 1) / 2
            if pairs * (100 - percentile) < 100:  # one of them would always be the nearest
                cosine = max(cosine, COSINE)
        cosine = COSINE if cosine is None else cosine
        if other is None:
            return within(self._snapshot, cosine, progress)
        check_same(self.identity, other.identity)
        if other.store.shown == self.store.shown:
            raise InvalidOption(
                f"{self.name} has each of its own texts.",
                "Leave the other out to find what it has twice, or name another collection.",
                param="within",
            )
        return across(self._snapshot, other.snapshot, cosine, progress)

    def map(
        self,
        layout: str = "tsne",
        *,
        anew: bool = False,
        threads: int = 0,
        progress: StageProgress = no_progress,
        picture: "Shown | None" = None,
    ) -> "Map":
        """Return the map of the collection; row i belongs to its i-th text.

        A map is kept with its collection. One that was made before is read; one of an earlier
        state of the collection is extended, so that no text moves that was on it.

        >>> notes.map().points.shape
        (2, 2)

        Args:
            layout: `tsne` keeps the most neighbours, `umap` is quicker, `pca` is instant.
            anew: make it anew, whatever there is.
            threads: of the layout, 0 for all cores.
            progress: called as `progress(what, done, total)`.
            picture: called with the points so far, float32, shape (n, 2), while the layout is
                under way.

        Raises:
            InvalidOption: there is no such layout.
            UnwritableFile: the map can't be kept: no space or no permission.
        """
        from likewise.collections.maps import map_of

        return map_of(self, layout, anew=anew, threads=threads, progress=progress, picture=picture)

    def compare(
        self,
        other: "CollectionView | Encoder | str",
        k: int = 10,
        *,
        sample: int | None = 10_000,
        progress: StageProgress = no_progress,
    ) -> "EncoderComparison":
        """Measure how far two encoders agree on which of these texts are close.

        Neighbours are found in all dimensions, so rotating one of the spaces changes nothing.

        Args:
            other: another encoder, or the name of one, which embeds the texts first and whose
                vectors are kept with the collection; or a collection of the same texts under the
                same ids.
            k: how many nearest texts to compare for each text.
            sample: how many texts to compare, always the same ones; None for all.
            progress: called as `progress(what, done, total)`.

        Raises:
            InvalidOption: the encoder is the collection's own, or `k` is under 1.
            TooFewTexts: the two have fewer than two texts in common.
            EncoderError: the encoder can't be loaded.
        """
        from likewise.collections.measures.comparison import compared
        from likewise.collections.measures.other_encoder import embedded_by, other_encoder

        theirs = (
            other.snapshot
            if isinstance(other, CollectionView)
            else embedded_by(self, other_encoder(other, self._settings), progress)
        )
        return compared(self.snapshot, theirs, k, sample=sample, progress=progress)

    def budget(
        self,
        dims: Sequence[int] = (),
        *,
        queries: int = 500,
        progress: StageProgress = no_progress,
    ) -> "VectorBudget":
        """Measure what fewer dimensions and bits would save and lose: bytes and recall.

        Each form is searched exactly, with texts of the collection as queries, and its results are
        compared with the ten truly nearest texts by the float32 vectors.

        Args:
            dims: numbers of dimensions to measure besides all of them; by default those that the
                model was trained for (Matryoshka), else halves, by principal components.
            queries: texts to search by, always the same.
            progress: called as `progress(what, done, total)`.

        Raises:
            InvalidOption: the vectors don't have that many dimensions.
            TooFewTexts: there are fewer than two.
        """
        from likewise.collections.measures.budget import budget, trained_widths

        widths = trained_widths(self)
        return budget(self, dims=dims, widths=widths, queries=queries, progress=progress)


def _asked(query: Any) -> dict[str, float]:  # noqa: ANN401
    """Return the texts of a query, whatever they come in, with their weights."""
    if isinstance(query, str):
        return _weighted(texts_of([query]))
    if isinstance(query, Mapping):
        return dict(zip(texts_of(list(query)), _weighted(query).values(), strict=True))
    # of a sum the order is of no matter
    return _weighted(texts_of(list(query) if isinstance(query, set | frozenset) else query))


def _weighted(given: Any) -> dict[Any, float]:  # noqa: ANN401
    """Return what was given once, several times or with weights as a mapping to weights."""
    if isinstance(given, str | int):
        return {given: 1.0}
    try:
        if isinstance(given, Mapping):
            return {key: float(weight) for key, weight in given.items()}
        return dict(Counter(given))
    except (TypeError, ValueError, OverflowError):
        raise InvalidOption(
            f"{shown(given)} is neither a list nor one with weights.",
            "Give a list, or a number for each: {'a': 1, 'b': -0.5}.",
        ) from None
