"""Errors know whose move it is, and what to call it."""

from __future__ import annotations

from microservice_operator import errors


def test_the_reason_of_a_users_error_is_its_name() -> None:
    """One word for the code and for the condition: it can be searched for."""
    assert errors.NameTaken("Service/orders exists already").reason == "NameTaken"


def test_everything_raised_on_purpose_can_be_caught_as_one() -> None:
    """The command line turns all of it into one line."""
    for error in (errors.Invalid, errors.Again, errors.SettingsError):
        assert issubclass(error, errors.OperatorError)
    assert not issubclass(errors.Again, errors.UserError)
