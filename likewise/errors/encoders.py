"""The encoder can't be loaded, or did not do its work."""

from likewise.errors.base import LikewiseError


class EncoderError(LikewiseError):
    """The encoder can't be loaded."""

    status = 503
    exit_code = 3
    code = "encoder_unavailable"


class UnknownEncoder(EncoderError):
    """No encoder goes by that name."""

    status = 404
    code = "model_not_found"


class UnconfirmedEncoder(EncoderError):
    """A file names an encoder that only its user may choose: a provider, a folder, a download."""

    status = 400
    code = "unconfirmed_encoder"


class UnsupportedModel(EncoderError):
    """The folder holds a model that Likewise can't run."""

    status = 400
    code = "unsupported_model"


class WeightsMissing(EncoderError):
    """The encoder is known, but its files are not on this machine."""

    code = "weights_missing"


class WeightsCorrupt(EncoderError):
    """A file of the encoder does not match its digest."""

    code = "weights_corrupt"


class DownloadFailed(EncoderError):
    """The encoder's files could not be downloaded."""

    code = "download_failed"


class DefectiveVectors(EncoderError):
    """The encoder gave a vector that is not finite or has no direction."""

    status = 500
    code = "defective_vectors"


class TextNotEncoded(DefectiveVectors):
    """The encoder gives no vector for one text, though it does for others; `which` is that text."""

    status = 422
    code = "text_not_encoded"
    should_retry = False


class RemoteError(EncoderError):
    """A provider of embeddings did not deliver them."""

    status = 502
    code = "remote_error"


class RemoteRefused(RemoteError):
    """The provider does not accept the key or the model that the operator set."""

    code = "remote_refused"
    should_retry = False


class RemoteQuota(RemoteError):
    """The provider's quota, or the budget that is set for it here, is used up."""

    status = 503
    code = "remote_quota"
    should_retry = False


class RemoteDefective(RemoteError):
    """The provider's answer is not what was asked for; asking again may cost again."""

    code = "remote_defective"
    should_retry = False


class RemoteTimeout(RemoteError):
    """The provider did not answer in time."""

    status = 504
    code = "remote_timeout"


class RemoteUnavailable(RemoteError):
    """The provider can't be reached, or is overloaded."""

    status = 503
    code = "remote_unavailable"
