"""What a library in Rust raises when it gives up in the middle."""


class PanicException(BaseException):
    """Has the name that pyo3 gives it; that it is no `Exception` is the point."""
