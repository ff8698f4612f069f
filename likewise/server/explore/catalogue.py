"""The collections that a server has: opened once, and read again when they have changed."""

from typing import Any

from likewise.collections.maps import kept_layouts
from likewise.collections.storage.stores import CollectionNames, store_of
from likewise.collections.view import CollectionView
from likewise.errors import CollectionError, CollectionMissing, NotFound, shown
from likewise.server.explore.opened import Opened, kind_of
from likewise.settings import Settings


class Catalogue:
    """Opens, describes and removes collections by their names."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._names = CollectionNames(settings)
        self._opened: dict[str, Opened] = {}

    def names(self) -> list[str]:
        """Return the names of all collections."""
        return self._names()

    def opened(self, name: str) -> Opened:
        """Return a collection as it is now.

        Raises:
            NotFound: there is none of that name.
            CollectionMissing: it was removed just now.
            DamagedCollection: a file of it is missing, or not as it was written.
        """
        self._check_name(name)
        known = self._opened.get(name)
        store = known.view.store if known else store_of(name, self._settings)
        snapshot = store.read(known.view.snapshot if known else None)
        if known is None or known.view.snapshot is not snapshot:
            # a view of its own: others may be reading the one before
            known = Opened(CollectionView(store, snapshot, None, self._settings))
            self._opened[name] = known
        return known

    def there(self, name: str) -> Opened | None:
        """Return a collection as it is now, None where there is none."""
        return self.opened(name) if name in self.names() else None

    def _check_name(self, name: str) -> None:
        if name not in self.names():
            raise NotFound(
                "collection", f"There is no collection {shown(name)}.", "Look at the list of them."
            )

    def remove(self, name: str) -> None:
        """Remove a collection for ever."""
        self._check_name(name)
        self._opened.pop(name, None)
        store_of(name, self._settings).remove()  # also one that can't be opened

    def describe_all(self) -> dict[str, Any]:
        """Return what all collections are, and what is wrong with those that can't be opened."""
        there: list[dict[str, Any]] = []
        damaged: list[dict[str, str]] = []
        for name in self.names():
            try:
                there.append(self.describe(name))
            except (CollectionMissing, NotFound):
                continue  # it was removed just now
            except CollectionError as error:
                damaged.append({"name": name, "problem": error.problem, "remedy": error.remedy})
        return {"collections": there, "damaged": damaged}

    def describe(self, name: str) -> dict[str, Any]:
        """Return what a collection is, ready for JSON."""
        view = self.opened(name).view
        return {
            "name": name,
            "count": view.count,
            "columns": [
                {"name": column, "kind": kind_of(type_)} for column, type_ in view.columns.items()
            ],
            "encoder": view.identity.to_dict(),
            "generation": view.generation,
            "layouts": kept_layouts(view),
        }
