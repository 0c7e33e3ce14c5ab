"""The errors of the operator; each knows whose move it is.

OperatorError
├── UserError            somebody must act; the class name is the condition's reason
│   ├── Invalid          the spec cannot be honoured as written
│   ├── NameTaken        a child's name is in use by an object that is not ours
│   ├── Forbidden        the platform does not allow it, or the API server does not let us write
│   ├── QuotaExceeded    the namespace has no room
│   ├── Rejected         the API server refuses the object
│   ├── FieldConflict    somebody else keeps changing what the spec decides
│   ├── ConfigMissing    a shared ConfigMap that the spec names is not there
│   └── KindMissing      the cluster does not know what the spec speaks of
├── Again                the pass was overtaken: repeat it
│   └── Away             the server is away: repeat it before long
├── SettingsError        the administrator's settings file is wrong
└── NoCredentials, ApiError, Unreachable      see `cluster/`
"""

from __future__ import annotations


class OperatorError(Exception):
    """Root of everything that this program raises on purpose."""


class UserError(OperatorError):
    """A finished pass with a bad verdict: repeating it changes nothing until somebody acts."""

    @property
    def reason(self) -> str:
        """The CamelCase word that the condition shows."""
        return type(self).__name__


class Invalid(UserError):
    """The spec cannot be honoured as written."""


class NameTaken(UserError):
    """A child's name is in use by an object that is not ours."""


class Forbidden(UserError):
    """The platform does not allow it, or the API server does not let the operator write it."""


class QuotaExceeded(UserError):
    """The namespace's quota has no room for a child."""


class Rejected(UserError):
    """The API server refuses a child; the message carries its words."""


class FieldConflict(UserError):
    """Somebody else keeps changing a field that the spec decides."""


class ConfigMissing(UserError):
    """A shared ConfigMap that the spec names is not there, or not marked as shared."""


class KindMissing(UserError):
    """The spec speaks of what the cluster lacks a kind of object for; all else is as it says."""


class Again(OperatorError):
    """The pass could not finish, through nobody's fault; repeating it is safe."""


class Away(Again):
    """The API server does not answer, or says that it cannot just now."""


class SettingsError(OperatorError):
    """The administrator's settings file is wrong; the message names the field's path."""
