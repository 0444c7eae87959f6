"""From errors to pages: the one place of this door that knows status codes."""

from __future__ import annotations

import logging

from flask import Flask, Response, current_app, jsonify, make_response, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as N_
from flask_login import current_user
from werkzeug.exceptions import HTTPException

from app.domain.errors import ForewarnError, InvalidInput, NotAllowed, NotFound, RuleBroken
from app.web.forms import OURS
from app.web.words import entered

STATUS: tuple[tuple[type[ForewarnError], int], ...] = (
    (NotFound, 404),
    (InvalidInput, 422),
    (NotAllowed, 403),
    (RuleBroken, 409),
)
TITLES = {
    400: N_("That request cannot be used"),
    401: N_("Please log in"),
    403: N_("You may not do that"),
    404: N_("There is nothing here"),
    405: N_("That is not possible here"),
    409: N_("That was not done"),
    413: N_("That is too large"),
    422: N_("Something needs correcting"),
    429: N_("Too many attempts"),
    500: N_("Something went wrong on our side"),
}
SENTENCES = {
    403: N_("Your role does not include this. Ask a planner or an administrator."),
    404: N_("The address is wrong, or what it named is not at your site."),
    413: N_("At most 2 MB can be sent at once; a file to import may have 50 MB."),
    429: N_("Wait a minute, then try again."),
    500: N_("It was written to the log. Nothing was changed by this request."),
}
SECRET_FIELDS = frozenset({"password", "old", "new"})
_log = logging.getLogger(__name__)


def install(app: Flask) -> None:
    """Translate every error of *app*."""
    app.register_error_handler(ForewarnError, refused)
    app.register_error_handler(HTTPException, from_http)
    app.register_error_handler(Exception, unexpected)


def status_of(error: ForewarnError) -> int:
    """The status code of one of our errors."""
    return next((code for family, code in STATUS if isinstance(error, family)), 500)


def refused(error: ForewarnError) -> Response:
    """One of our own sentences; what was typed into the form is shown, not lost."""
    fields = error.fields if isinstance(error, InvalidInput) else {}
    sentence = _("Nothing was changed.") if fields else str(error)
    return _answer(status_of(error), sentence, fields=fields, sent=_sent())


def from_http(error: HTTPException) -> Response:
    """What the framework refused."""
    code = error.code or 500
    return _answer(code, str(SENTENCES.get(code, error.description or "")))


def unexpected(error: Exception) -> Response:
    """A fault of ours: logged with its trace, told without it."""
    _log.error("unhandled error at %s %s", request.method, request.path, exc_info=error)
    # Drawn without the shell: what failed may be the very thing the shell asks.
    page = current_app.jinja_env.get_template("errors/fault.html")
    return make_response(page.render(title=TITLES[500], sentence=SENTENCES[500]), 500)


def _answer(
    code: int,
    sentence: str,
    *,
    fields: dict[str, str] | None = None,
    sent: dict[str, str] | None = None,
) -> Response:
    title = str(TITLES.get(code, TITLES[400]))
    if request.accept_mimetypes.best == "application/json":
        body = jsonify(error=title, message=sentence, fields=fields or {})
        body.status_code = code
        return body
    name = "errors/_error.html" if request.headers.get("HX-Request") else "errors/error.html"
    page = render_template(
        name,
        code=code,
        title=title,
        sentence=sentence,
        fields=fields or {},
        sent=sent or {},
        back=_page_before(),
        is_known=current_user.is_authenticated,
    )
    return make_response(page, code)


def _sent() -> dict[str, str]:
    """What the person typed, for the page that refuses it; never a password."""
    hidden = OURS | SECRET_FIELDS
    return {
        name: ", ".join(entered(name, value) for value in values)
        for name, values in request.form.lists()
        # What was chosen by its number says nothing; the page before shows it by name.
        if name not in hidden and not name.endswith("_id") and any(map(str.strip, values))
    }


def _page_before() -> str | None:
    """The page the form was on, when it is one of ours."""
    referrer = request.referrer or ""
    return referrer if referrer.startswith(request.host_url) else None
