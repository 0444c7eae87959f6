"""From errors to JSON: the one place of this door that knows status codes."""

from __future__ import annotations

import logging

import sqlalchemy.exc as sql
from flask import Flask, Response, jsonify, request
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from app.api.headers import request_id
from app.domain.errors import ForewarnError, InvalidInput, NotAllowed, NotFound, RuleBroken

STATUS: tuple[tuple[type[ForewarnError], int], ...] = (
    (NotFound, 404),
    (InvalidInput, 422),
    (NotAllowed, 403),
    (RuleBroken, 409),
)
CODES = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
    429: "too_many_requests",
}
SENTENCES = {
    404: "There is nothing at this address.",
    405: "This address does not take that method.",
    413: "The body is too large.",
}
RETRY_SECONDS = 5
# The database cannot answer now: locked, full, restarting, or every connection in use.
UNAVAILABLE = (sql.OperationalError, sql.InterfaceError, sql.TimeoutError)
# A constraint spoke: somebody else wrote the same at the same moment.
OVERTAKEN = (sql.IntegrityError, StaleDataError)
UNSTORABLE = (sql.DataError, OverflowError)
_log = logging.getLogger(__name__)


def install(app: Flask) -> None:
    """Translate every error of *app*."""
    app.register_error_handler(ForewarnError, refused)
    app.register_error_handler(HTTPException, from_http)
    for kinds, translate in (
        (UNAVAILABLE, unavailable),
        (OVERTAKEN, overtaken),
        (UNSTORABLE, unstorable),
    ):
        for kind in kinds:
            app.register_error_handler(kind, translate)
    app.register_error_handler(Exception, unexpected)


def refused(error: ForewarnError) -> Response:
    """One of our own sentences."""
    status = next((code for family, code in STATUS if isinstance(error, family)), 500)
    if isinstance(error, InvalidInput):
        return _answer(status, error.code, "Nothing was changed.", fields=error.fields)
    return _answer(status, error.code, str(error))


def from_http(error: HTTPException) -> Response:
    """What the framework refused; its own headers (Allow, Retry-After) are kept."""
    status = error.code or 500
    sentence = SENTENCES.get(status, error.description or "")
    answer = _answer(status, CODES.get(status, "error"), sentence)
    if status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="forewarn"'
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            answer.headers[name] = value
    return answer


def unavailable(error: Exception) -> Response:
    """The database is busy, full or away: nothing was changed, try again."""
    _log.warning("%s: database unavailable", request_id(), exc_info=error)
    sentence = "The database cannot answer now; nothing was changed. Try again."
    answer = _answer(503, "unavailable", sentence)
    answer.headers["Retry-After"] = str(RETRY_SECONDS)
    return answer


def overtaken(error: Exception) -> Response:
    """Somebody else was first."""
    _log.info("%s: %s", request_id(), type(error).__name__)
    return _answer(409, "conflict", "Somebody else was first; nothing was changed.")


def unstorable(error: Exception) -> Response:
    """A value that no column takes, such as a number of 20 digits."""
    _log.warning("%s: unstorable value", request_id(), exc_info=error)
    fields = {"body": "holds a value that cannot be stored"}
    return _answer(422, InvalidInput.code, "Nothing was changed.", fields=fields)


def unexpected(error: Exception) -> Response:
    """A fault of ours: logged with its trace, told without it."""
    _log.error("%s: error at %s %s", request_id(), request.method, request.path, exc_info=error)
    return _answer(500, "fault", "A fault of ours; it was written to the log.")


def _answer(
    status: int, code: str, message: str, *, fields: dict[str, str] | None = None
) -> Response:
    error = {
        "code": code,
        "message": message,
        "fields": fields or {},
        "request_id": request_id(),
    }
    answer = jsonify(error=error)
    answer.status_code = status
    return answer
