"""The server can't do what was asked of it."""

from likewise.errors.base import LikewiseError


class ServerError(LikewiseError):
    """The server can't do what was asked of it."""

    status = 500
    exit_code = 5
    code = "server_error"


class InternalError(ServerError):
    """A defect in Likewise; the log has the details under the request's id."""

    code = "internal_error"


class Overloaded(ServerError):
    """The server has more work than it can finish in time."""

    status = 503
    code = "server_overloaded"


class AddressUnusable(ServerError):
    """The server can't listen on that address and port."""

    code = "address_unusable"


class PortInUse(AddressUnusable):
    """Another program is already listening on the port."""

    code = "port_in_use"


class PageMissing(ServerError):
    """This installation has no built page."""

    status = 404
    code = "page_missing"
