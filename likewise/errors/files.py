"""A file that can't be read, understood or written."""

from likewise.errors.base import LikewiseError


class FileError(LikewiseError):
    """A file can't be read, understood or written."""

    status = 400
    exit_code = 4
    code = "file_error"


class FileMissing(FileError):
    """There is no such file."""

    status = 404
    code = "file_missing"


class UnreadableFile(FileError):
    """The file is there but is not what its name says, or is damaged."""

    code = "unreadable_file"


class ColumnMissing(FileError):
    """The table has no column of that name."""

    code = "column_missing"


class UnwritableFile(FileError):
    """The file can't be written: no permission, no space, or no such folder."""

    status = 507
    code = "unwritable_file"


class ResumeMismatch(FileError):
    """Unfinished work beside an output was begun with other texts or another encoder."""

    status = 409
    code = "resume_mismatch"
