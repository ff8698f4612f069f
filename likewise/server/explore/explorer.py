"""What the page does with the user's collections: many read at a time, one job changes them."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from likewise.classify.data.look import look
from likewise.collections import Collection
from likewise.collections.adding.builtin import BUILTIN
from likewise.collections.adding.sources import TableSource
from likewise.collections.measures.reading_notes import notes_on, notes_on_near
from likewise.collections.prompts import document_identity, query_identity
from likewise.collections.storage import homes
from likewise.collections.storage.items import Item
from likewise.collections.view import CollectionView
from likewise.encoders.base import Encoder
from likewise.errors import (
    CollectionChanged,
    InvalidOption,
    LikewiseError,
    NotFound,
    shown,
)
from likewise.files.table import Table
from likewise.files.texts import Texts
from likewise.server.classify.tables import Tables
from likewise.server.contract import Call
from likewise.server.engine.engine import Engine
from likewise.server.engine.queued import QueuedEncoder
from likewise.server.engine.retrying import RetryingEncoder
from likewise.server.engine.runner import Runner
from likewise.server.explore.catalogue import Catalogue
from likewise.server.explore.jobs import ExploreJob, ExploreOutcome, found_out, status, told
from likewise.server.explore.opened import Opened, keep
from likewise.server.explore.schemas import CreateRequest, Layout
from likewise.server.explore.uploads import Uploads
from likewise.server.http.state import RequestState
from likewise.server.jobs import start
from likewise.server.kept import Budget, Kept
from likewise.server.sent_files import told_to_visitors
from likewise.settings import Settings
from likewise.types import Identity

READERS = 2
"""Searches and look-ups at a time; each is a matrix product over all vectors."""

MOST_READING = 50
MOST_JOBS = 8
JOBS_EACH = 20
SECONDS = 3_600

JOB_BYTES = 10_000

Result = TypeVar("Result")


class Explorer:
    """Makes, opens and reads collections for visitors of the page."""

    def __init__(self, engine: Engine, tables: Tables, settings: Settings, budget: Budget) -> None:
        self._engine = engine
        self._tables = tables
        self.uploads = Uploads(settings)
        self.catalogue = Catalogue(settings)
        self._settings = settings
        self._jobs: Kept[ExploreJob] = Kept(
            "job",
            budget,
            each=JOBS_EACH,
            seconds=SECONDS,
            again="Start it again.",
            busy=lambda job: not job.over,
        )
        self._worker = Runner("collections", threads=1, waiting=MOST_JOBS, retry_after=30)
        self._readers = Runner("searches", threads=READERS, waiting=MOST_READING)

    async def asked_for(self, call: Call[Any]) -> Opened:
        """Return the collection that a request is about.

        Rows count anew when a collection changes, so `If-Match` may say the generation that they
        were counted in (RFC 9110, 13.1.1).

        Raises:
            CollectionChanged: it is of another generation.
            NotFound, DamagedCollection: see `Catalogue.opened`.
        """
        opened = await self.read(lambda: self.catalogue.opened(call.path["collection"]))
        counted = call.request.headers.get("if-match", "*").strip('" ')
        if counted not in ("*", str(opened.view.generation)):
            raise CollectionChanged(
                f"The collection {opened.view.name} has changed since it was loaded.",
                "Load it again.",
            )
        return opened

    async def read(self, work: Callable[[], Result]) -> Result:
        """Return what a function reads from the disk or works out, on a thread of its own."""
        return await self._readers.run(work)

    async def encoder_of(self, view: CollectionView) -> Encoder:
        """Return the encoder of a collection, which must be one that this server offers.

        Raises:
            UnknownEncoder, EncoderError: it can't be loaded here.
            IncompatibleVectors: what goes by that name gives other vectors.
        """
        return await self._engine.registry.get_as(view.identity)

    async def queued(self, name: str | None, state: RequestState) -> QueuedEncoder:
        """Return an encoder that this server offers, which waits its turn among other work.

        Raises:
            UnknownEncoder, EncoderError: it can't be loaded here.
        """
        encoder = await self._engine.registry.get(name)
        return self._engine.queued(encoder, state.client, state.pay)

    async def search(
        self, opened: Opened, state: RequestState, work: Callable[[CollectionView], dict[str, Any]]
    ) -> dict[str, Any]:
        """Return what `work` finds with a view whose encoder waits its turn among other work."""
        encoder = await self.encoder_of(opened.view)
        asking = await self._as(encoder, query_identity(encoder, opened.view.identity))

        def job(queued: QueuedEncoder) -> dict[str, Any]:
            view, settings = opened.view, self._settings
            return work(
                CollectionView(view.store, view.snapshot, None, settings, for_queries=queued)
            )

        return await self._engine.run_on(asking, job, client=state.client, pay=state.pay)

    async def _as(self, encoder: Encoder, identity: Identity) -> Encoder:
        """Return the encoder, or the same with another prefix."""
        same = encoder.identity.digest == identity.digest
        return encoder if same else await self._engine.registry.get_as(identity)

    async def create(self, asked: CreateRequest, state: RequestState) -> dict[str, Any]:
        """Start making a collection, or adding to one, and return how it is.

        Raises:
            InvalidOption: it names neither a table nor a built-in collection, or both.
            ColumnMissing: the table has no such column.
        """
        source, columns, total = await self.read(lambda: self._source(asked, state))
        if not homes.is_name(asked.name):
            raise InvalidOption(
                f"A collection can't be named {shown(asked.name)}.",
                "Use letters, digits and . + - _.",
                param="name",
            )
        there = await self.read(lambda: self.catalogue.there(asked.name))
        if there is not None:
            encoder = await self.encoder_of(there.view)
        else:
            encoder = await self._engine.registry.get()
            encoder = await self._as(encoder, document_identity(encoder))
        queued = self._engine.queued(encoder, state.client, state.pay)

        def work(job: ExploreJob) -> ExploreOutcome:
            patient = RetryingEncoder(queued, job.check)
            collection = (
                Collection.open(asked.name, encoder=patient, settings=self._settings)
                if asked.name in self.catalogue.names()
                else Collection.create(asked.name, patient, settings=self._settings)
            )
            job.report("Embedding", 0, total)
            added = collection.add_items(
                source, columns, progress=lambda done: job.report("Embedding", done, total)
            )
            if not isinstance(source, TableSource):
                return ExploreOutcome(told(added, collection.identity))
            notes = told(added, collection.identity, source.place)
            return ExploreOutcome([*notes, *found_out(source)])

        return self.start(state.client, "Waiting for another collection", work)

    async def encoder_here(self, view: CollectionView) -> Encoder | None:
        """Return the encoder of a collection, None where this server does not have it."""
        try:
            return await self.encoder_of(view)
        except LikewiseError:
            return None

    async def make_map(
        self, opened: Opened, layout: Layout, owner: str, *, anew: bool
    ) -> dict[str, Any]:
        """Start making a map of a collection and return how it is."""
        encoder = await self.encoder_here(opened.view)

        def work(job: ExploreJob) -> ExploreOutcome:
            try:
                opened.maps[layout] = opened.view.map(
                    layout, anew=anew, progress=job.report, picture=job.show
                )
            finally:
                job.picture = None
            return ExploreOutcome(notes_on(opened.view, encoder))

        return self.start(owner, "Waiting for another map", work)

    async def find_duplicates(
        self, opened: Opened, percentile: float, owner: str
    ) -> dict[str, Any]:
        """Start looking for near-duplicates of a collection and return how it is."""
        encoder = await self.encoder_here(opened.view)

        def work(job: ExploreJob) -> ExploreOutcome:
            job.report("Comparing", 0, opened.view.count)
            found = opened.view.duplicates(
                percentile=percentile,
                progress=lambda done, total: job.report("Comparing", done, total),
            )
            keep(opened.duplicates, percentile, found)
            return ExploreOutcome(notes_on_near(opened.view, encoder, found))

        return self.start(owner, "Waiting for another collection", work)

    def picture(self, owner: str, key: str) -> bytes:
        """Return the latest picture of a map that is being drawn, float32 x and y in turn.

        Nothing where there is none: not yet, or no longer, as the map itself is there.
        """
        points = self._jobs.get(owner, key).picture
        return b"" if points is None else points.astype("<f4").tobytes()

    def status(self, owner: str, key: str) -> dict[str, Any]:
        """Return how a job is, ready for JSON; raises what `Kept.get` raises."""
        return status(key, self._jobs.get(owner, key))

    def stop_job(self, owner: str, key: str) -> dict[str, Any]:
        """End a job at its next step; what it has finished stays."""
        job = self._jobs.get(owner, key)
        job.stop()
        return status(key, job)

    async def add_table(self, owner: str, name: str, raw: bytes) -> tuple[str, Table]:
        """Keep rows as a table of the visitor's; raises what `Tables.add` raises."""
        return await self._tables.add(owner, name, raw)

    async def look(self, table: Table) -> dict[str, Any]:
        """Return what is understood of a table, with the tokens that the default encoder counts."""
        encoder = await self._engine.registry.get()
        return await self.read(lambda: look(table, encoder).to_dict())

    def _table(self, owner: str, key: str) -> Table:
        """Return a file or a table that a visitor sent."""
        try:
            return self.uploads.get(owner, key)
        except NotFound:
            return self._tables.get(owner, key)

    def stop(self) -> None:
        """End what runs; what it has finished stays."""
        for job in self._jobs.all():
            job.stop()
        self._worker.stop()
        self._readers.stop()
        self.uploads.stop()

    def start(
        self, owner: str, what: str, work: Callable[[ExploreJob], ExploreOutcome]
    ) -> dict[str, Any]:
        """Queue a job on the one thread that changes and measures collections."""
        job = ExploreJob(what)
        key = self._jobs.put(owner, job, JOB_BYTES)
        start(self._worker, job, lambda _: work(job))
        return status(key, job)

    def _source(
        self, asked: CreateRequest, state: RequestState
    ) -> tuple[Iterable[Item], list[str], int]:
        """Return (the texts, the names of their columns, how many there are)."""
        if (asked.table is None) == (asked.builtin is None):
            raise InvalidOption(
                "A collection is made of a table or of a built-in one.",
                "Give one of table and builtin.",
                param="table",
            )
        if asked.builtin is not None:
            if asked.builtin not in BUILTIN:
                raise InvalidOption(
                    f"There is no built-in collection {shown(asked.builtin)}.",
                    f"There are {', '.join(BUILTIN)}.",
                    param="builtin",
                )
            made = list(BUILTIN[asked.builtin].items())
            return made, list(BUILTIN[asked.builtin].columns), len(made)
        table = self._table(state.client, str(asked.table))
        with told_to_visitors():
            source = TableSource(Texts(table, asked.text), asked.id)
            return source, source.columns, source.count() or 0
