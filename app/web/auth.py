"""Log in, log out, change the password. The cookie holds a random token, the server the session.

Logins live by the wall clock even where the plant has a clock of its own: *Next night* must not
throw everybody out.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit

from flask import Blueprint, Flask, redirect, render_template, request, session, url_for
from flask.sessions import SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import LoginManager, current_user, login_user, logout_user

from app.context import database
from app.domain.errors import InvalidInput
from app.domain.roles import Actor, Capability
from app.inputs.users import ChangePassword
from app.queries import users as questions
from app.queries.users import IDLE_LIMIT, CurrentUser
from app.services import users
from app.services.users import LoginFailed
from app.web.access import needs, public
from app.web.forms import form_data, notice, redrawn_by

blueprint = Blueprint("auth", __name__)


class Login:
    """Who is logged in, as Flask-Login keeps it; its id is the session's token."""

    is_authenticated = True
    is_anonymous = False
    is_active = True

    def __init__(self, token: str, user: CurrentUser) -> None:
        self.token = token
        self.actor = user.actor
        self.display_name = user.display_name

    def get_id(self) -> str:
        """The token Flask-Login writes into the signed cookie."""
        return self.token


class CookieSessions(SecureCookieSessionInterface):
    """Over TLS the cookie is Secure and bound to the host by its name."""

    def get_cookie_name(self, app: Flask) -> str:
        """The name of the cookie for this request."""
        return "__Host-forewarn" if request.is_secure else "forewarn"

    def get_cookie_secure(self, app: Flask) -> bool:
        """Whether the browser may send it over TLS only."""
        return request.is_secure


def install(app: Flask) -> None:
    """Teach *app* who is logged in."""
    app.session_interface = CookieSessions()
    app.config.update(
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        PERMANENT_SESSION_LIFETIME=IDLE_LIMIT,
    )
    manager = LoginManager()
    manager.session_protection = None  # the session row is the protection; phones change address
    manager.user_loader(logged_in)
    manager.init_app(app)


def logged_in(token: str) -> Login | None:
    """Whose session this is; None when it is over. Notes its use every few minutes."""
    with database().reading() as db:
        user = questions.session_user(db, token=token, now=wall_clock())
    if user is None:
        return None
    if user.needs_touch:
        with database().transaction() as db:
            users.touch_session(db, token=token, now=wall_clock())
    return Login(token, user)


def me() -> Actor:
    """The actor of this request's deeds; only for endpoints that need a login."""
    actor: Actor = current_user.actor
    return actor


def wall_clock() -> datetime:
    """The real time."""
    return datetime.now(UTC)


@blueprint.get("/login")
@public
def login() -> ResponseReturnValue:
    """The form."""
    if current_user.is_authenticated:
        return redirect(url_for("dashboard.index"), 303)
    return render_template("auth/login.html", errors={}, back=_local(request.args.get("next")))


@blueprint.post("/login")
@public
def log_in() -> ResponseReturnValue:
    """Open a session; the cookie is new, whatever the browser sent before."""
    given = request.form
    try:
        with database().transaction() as db:
            token = users.authenticate(
                db,
                name=given.get("name", ""),
                password=given.get("password", ""),
                now=wall_clock(),
            )
    except LoginFailed:
        page = {"errors": {"name": _("The name or the password is wrong.")}}
        return render_template("auth/login.html", **page, back=_local(given.get("next"))), 401
    session.clear()
    login_user(logged_in(token))
    return redirect(_local(given.get("next")) or url_for("auth.home"), 303)


@blueprint.post("/logout")
@needs(Capability.VIEW)
def log_out() -> ResponseReturnValue:
    """End the session, on the server too."""
    with database().transaction() as db:
        users.end_session(db, token=current_user.token, now=wall_clock(), by=me())
    logout_user()
    session.clear()
    return redirect(url_for("auth.login"), 303)


@blueprint.get("/home")
@needs(Capability.VIEW)
def home() -> ResponseReturnValue:
    """Where a person starts: technicians at their own work, everybody else at the overview."""
    plans = me().may(Capability.PLAN) or not me().may(Capability.WORK)
    return redirect(url_for("dashboard.index" if plans else "my_work.index"), 303)


@blueprint.get("/account")
@needs(Capability.VIEW)
def account() -> ResponseReturnValue:
    """One's own account, with the form for a new password."""
    return account_page()


def account_page(
    given: Mapping[str, str] | None = None, errors: Mapping[str, str] | None = None
) -> str:
    """The account's page; of passwords typed before nothing is shown again."""
    del given
    return render_template("auth/account.html", errors=errors or {})


@blueprint.post("/account/password")
@needs(Capability.VIEW)
@redrawn_by(account_page)
def change_password() -> ResponseReturnValue:
    """A new password; every session of the person ends, this one too."""
    change = ChangePassword.parse(form_data())
    try:
        with database().transaction() as db:
            users.change_password(db, change=change, now=wall_clock(), by=me())
    except LoginFailed:
        raise InvalidInput({"old": _("This is not your password.")}) from None
    logout_user()
    notice(_("Your password was changed. Log in with the new one."))
    return redirect(url_for("auth.login"), 303)


def _local(address: str | None) -> str | None:
    """The address when it lies on this site, else None: nobody is sent elsewhere after a login."""
    if not address or not address.startswith("/") or address.startswith(("//", "/\\")):
        return None
    parts = urlsplit(address)
    return None if parts.scheme or parts.netloc else address
