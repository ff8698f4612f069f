"""A job in shards, perhaps of many machines, that can't be planned, run or gone on with."""

from likewise.errors.base import LikewiseError


class ScaleError(LikewiseError):
    """A job in shards can't be planned, run or gone on with."""

    status = 400
    exit_code = 4
    code = "scale_error"


class DamagedPlan(ScaleError):
    """The plan of a job is not as it was written."""

    code = "damaged_plan"


class InputChanged(ScaleError):
    """A file of the input is not what it was when the job was planned."""

    status = 409
    code = "input_changed"


class DriverBusy(ScaleError):
    """Another process is driving the job."""

    status = 409
    code = "driver_busy"


class ShardsFailed(ScaleError):
    """Shards could not be finished; all others are."""

    status = 500
    exit_code = 1
    code = "shards_failed"


class StoreUnavailable(ScaleError):
    """A folder or an object store did not do what it was asked."""

    status = 503
    code = "store_unavailable"
