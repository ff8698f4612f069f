"""The server can't do what was asked of it."""

from likewise.errors.base import LikewiseError


class ServerError(LikewiseError):
    """The server can't do what was asked of it."""

    status = 500
    exit_code = 5
    code = "server_error"


class InternalError(ServerError):
    """A defect of ours; the log has the details under the request's id."""

    code = "internal_error"


class Overloaded(ServerError):
    """The server has more work than it can do in time."""

    status = 503
    code = "server_overloaded"


class AddressUnusable(ServerError):
    """The server can't listen on that address and port."""

    code = "address_unusable"


class PortInUse(AddressUnusable):
    """Another program listens on the port already."""

    code = "port_in_use"


class PageMissing(ServerError):
    """This installation has no built page."""

    status = 404
    code = "page_missing"
