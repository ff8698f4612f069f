"""A collection that is not there, not whole, or not to be changed now."""

from likewise.errors.base import LikewiseError


class CollectionError(LikewiseError):
    """A collection can't be opened, read or changed."""

    status = 400
    exit_code = 4
    code = "collection_error"


class CollectionMissing(CollectionError):
    """There is no collection with that name."""

    status = 404
    code = "collection_missing"


class CollectionExists(CollectionError):
    """There is already a collection with that name."""

    status = 409
    code = "collection_exists"


class CollectionBusy(CollectionError):
    """Another process is changing the collection."""

    status = 409
    code = "collection_busy"


class CollectionChanged(CollectionError):
    """A collection is no longer in the state that a request is about: its rows count anew."""

    status = 412
    code = "collection_changed"


class DamagedCollection(CollectionError):
    """A file of the collection is missing, or is not as it was written."""

    status = 500
    code = "damaged_collection"


class DatabaseUnavailable(CollectionError):
    """The database of a collection can't be reached, or did not do what was asked."""

    status = 503
    code = "database_unavailable"


class UnknownId(CollectionError):
    """The collection has no text with that id."""

    status = 404
    code = "unknown_id"


class InvalidFilter(CollectionError):
    """A filter that can't be understood, or that names a missing column."""

    exit_code = 2
    code = "invalid_filter"
