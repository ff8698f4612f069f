"""Every error that Likewise raises on purpose.

LikewiseError
├── InputError                 the caller gave something that has no right answer
│   ├── InvalidText            not text, a lone surrogate, or blank where a text is needed
│   ├── TooFewTexts
│   ├── TooManyTexts
│   ├── TooLong
│   ├── InvalidOption
│   ├── MissingPackage         what was asked needs a package that is not installed
│   ├── InvalidLabels          labels or targets that nothing can be learnt from
│   ├── InvalidVectors         not finite unit vectors of one length in rows
│   ├── IncompatibleVectors    vectors of two encoders in one computation
│   └── InvalidIdentity        what should say which encoder was used does not
├── FileError                  a file that can't be read, understood or written
│   ├── FileMissing
│   ├── UnreadableFile
│   ├── ColumnMissing
│   ├── UnwritableFile
│   └── ResumeMismatch         unfinished work belongs to other texts or another encoder
├── CollectionError            a collection that can't be opened, read or changed
│   ├── CollectionMissing
│   ├── CollectionExists
│   ├── CollectionBusy         another process is changing it
│   ├── CollectionChanged      its rows count anew since the request's state of it
│   ├── DamagedCollection      a file of it is missing, or not as it was written
│   ├── DatabaseUnavailable    its database did not do what was asked
│   ├── UnknownId
│   └── InvalidFilter
├── ScaleError                 a job in shards that can't be planned, run or gone on with
│   ├── DamagedPlan            its plan is not as it was written
│   ├── InputChanged           a file is not what it was when the job was planned
│   ├── DriverBusy             another process is driving it
│   ├── ShardsFailed           shards could not be finished; all others are
│   └── StoreUnavailable       a folder or an object store did not do what it was asked
├── EncoderError               the encoder can't be loaded
│   ├── UnknownEncoder
│   ├── UnconfirmedEncoder     a file names it, and only its user may choose it
│   ├── UnsupportedModel
│   ├── WeightsMissing
│   ├── WeightsCorrupt
│   ├── DownloadFailed
│   ├── DefectiveVectors       it gave vectors that are not finite or have no direction
│   │   └── TextNotEncoded     of one text, though others are fine
│   └── RemoteError            a provider of embeddings did not give them
│       ├── RemoteRefused      it does not accept the key or the model
│       ├── RemoteQuota        its quota, or the budget set for it here, is used up
│       ├── RemoteDefective    its answer is not what was asked for
│       ├── RemoteTimeout
│       └── RemoteUnavailable  it can't be reached or has too much to do
├── RequestError               an HTTP request that can't be answered as it stands
│   ├── InvalidJson
│   ├── InvalidField           a field of the wrong type or with a value that it can't have
│   ├── MissingField
│   ├── UnknownField
│   ├── InvalidInput           `input` of /v1/embeddings: empty, too long, too many
│   ├── TokenInputUnsupported
│   ├── TooManyTokens
│   ├── InvalidDimensions
│   ├── UnsupportedMediaType
│   ├── BodyTooLarge
│   ├── ReceiptTimeout
│   ├── HostNotAllowed
│   ├── OriginNotAllowed       a page of another site asks for what only the own one may
│   ├── InvalidApiKey
│   ├── RateLimited
│   ├── NotFound               no model, table or training of that name
│   ├── NoSuchPath
│   └── MethodNotAllowed
└── ServerError                the server can't do what was asked of it
    ├── InternalError          a defect of ours
    ├── Overloaded
    ├── AddressUnusable
    │   └── PortInUse
    └── PageMissing

Each one says what was wrong, with the value, and what to do next. The class knows the
HTTP status, the machine-readable code and the exit code of the command line, so no other
module maps errors to any of them.
"""

from likewise.errors.base import (
    LikewiseError,
    counted,
    is_failure,
    lower_first,
    shown,
    shown_setting,
)
from likewise.errors.collections import (
    CollectionBusy,
    CollectionChanged,
    CollectionError,
    CollectionExists,
    CollectionMissing,
    DamagedCollection,
    DatabaseUnavailable,
    InvalidFilter,
    UnknownId,
)
from likewise.errors.encoders import (
    DefectiveVectors,
    DownloadFailed,
    EncoderError,
    RemoteDefective,
    RemoteError,
    RemoteQuota,
    RemoteRefused,
    RemoteTimeout,
    RemoteUnavailable,
    TextNotEncoded,
    UnconfirmedEncoder,
    UnknownEncoder,
    UnsupportedModel,
    WeightsCorrupt,
    WeightsMissing,
)
from likewise.errors.files import (
    ColumnMissing,
    FileError,
    FileMissing,
    ResumeMismatch,
    UnreadableFile,
    UnwritableFile,
)
from likewise.errors.inputs import (
    IncompatibleVectors,
    InputError,
    InvalidIdentity,
    InvalidLabels,
    InvalidOption,
    InvalidText,
    InvalidVectors,
    MissingPackage,
    TooFewTexts,
    TooLong,
    TooManyTexts,
)
from likewise.errors.requests import (
    BodyTooLarge,
    HostNotAllowed,
    InvalidApiKey,
    InvalidDimensions,
    InvalidField,
    InvalidInput,
    InvalidJson,
    MethodNotAllowed,
    MissingField,
    NoSuchPath,
    NotFound,
    OriginNotAllowed,
    RateLimited,
    ReceiptTimeout,
    RequestError,
    TokenInputUnsupported,
    TooManyTokens,
    UnknownField,
    UnsupportedMediaType,
)
from likewise.errors.scale import (
    DamagedPlan,
    DriverBusy,
    InputChanged,
    ScaleError,
    ShardsFailed,
    StoreUnavailable,
)
from likewise.errors.server import (
    AddressUnusable,
    InternalError,
    Overloaded,
    PageMissing,
    PortInUse,
    ServerError,
)

__all__ = [
    "AddressUnusable",
    "BodyTooLarge",
    "CollectionBusy",
    "CollectionChanged",
    "CollectionError",
    "CollectionExists",
    "CollectionMissing",
    "ColumnMissing",
    "DamagedCollection",
    "DamagedPlan",
    "DatabaseUnavailable",
    "DefectiveVectors",
    "DownloadFailed",
    "DriverBusy",
    "EncoderError",
    "FileError",
    "FileMissing",
    "HostNotAllowed",
    "IncompatibleVectors",
    "InputChanged",
    "InputError",
    "InternalError",
    "InvalidApiKey",
    "InvalidDimensions",
    "InvalidField",
    "InvalidFilter",
    "InvalidIdentity",
    "InvalidInput",
    "InvalidJson",
    "InvalidLabels",
    "InvalidOption",
    "InvalidText",
    "InvalidVectors",
    "LikewiseError",
    "MethodNotAllowed",
    "MissingField",
    "MissingPackage",
    "NoSuchPath",
    "NotFound",
    "OriginNotAllowed",
    "Overloaded",
    "PageMissing",
    "PortInUse",
    "RateLimited",
    "ReceiptTimeout",
    "RemoteDefective",
    "RemoteError",
    "RemoteQuota",
    "RemoteRefused",
    "RemoteTimeout",
    "RemoteUnavailable",
    "RequestError",
    "ResumeMismatch",
    "ScaleError",
    "ServerError",
    "ShardsFailed",
    "StoreUnavailable",
    "TextNotEncoded",
    "TokenInputUnsupported",
    "TooFewTexts",
    "TooLong",
    "TooManyTexts",
    "TooManyTokens",
    "UnconfirmedEncoder",
    "UnknownEncoder",
    "UnknownField",
    "UnknownId",
    "UnreadableFile",
    "UnsupportedMediaType",
    "UnsupportedModel",
    "UnwritableFile",
    "WeightsCorrupt",
    "WeightsMissing",
    "counted",
    "is_failure",
    "lower_first",
    "shown",
    "shown_setting",
]
