"""Who somebody is: the person behind a session cookie, the program behind a token, the lists."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.places import Site, Team
from app.db.users import ApiToken, AppUser, UserRole, UserSession
from app.domain.errors import NotFound
from app.domain.roles import Actor, Role, Scope
from app.domain.tokens import INCLUDES, ROLES, TokenScope

IDLE_LIMIT = timedelta(hours=12)
ABSOLUTE_LIMIT = timedelta(days=7)
# A page view writes nothing; once in a while the session is noted as used.
TOUCH_AFTER = timedelta(minutes=5)
TOUCH_TOKEN_AFTER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class CurrentUser:
    """Who is logged in; `needs_touch` asks the door for `users.touch_session`."""

    actor: Actor
    display_name: str
    needs_touch: bool


@dataclass(frozen=True, slots=True)
class TokenHolder:
    """The program behind a token; `needs_touch` asks the door for `users.touch_token`."""

    token_id: int
    name: str
    token_scope: str
    site_id: int | None
    needs_touch: bool

    @property
    def actor(self) -> Actor:
        """The program as the actor of deeds: no person, the roles its scope lends."""
        roles = ROLES[TokenScope(self.token_scope)]
        return Actor(None, f"token {self.name}", roles, self.site_id)

    def may(self, scope: TokenScope) -> bool:
        """Whether the key's scope includes *scope*."""
        return scope in INCLUDES[TokenScope(self.token_scope)]


@dataclass(frozen=True, slots=True)
class UserView:
    """A person as the people page shows them."""

    id: int
    name: str
    display_name: str
    roles: tuple[Role, ...]
    site_id: int | None
    site: str | None
    team_id: int | None
    team: str | None
    is_active: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class TokenView:
    """A program's key as the settings show it: never the key itself."""

    id: int
    name: str
    scope: str
    site: str | None
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


def token_hash(token: str) -> str:
    """SHA-256 of a random token: 256 random bits need no slow hash and no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


def session_user(session: Session, *, token: str, now: datetime) -> CurrentUser | None:
    """The person whose session this is; None when it ended, idled 12 h or is 7 days old."""
    row = session.get(UserSession, token_hash(token))
    if row is None or now >= row.expires_at or now - row.last_seen_at >= IDLE_LIMIT:
        return None
    person = session.get_one(AppUser, row.user_id)
    if not person.is_active:
        return None
    needs_touch = now - row.last_seen_at >= TOUCH_AFTER
    return CurrentUser(_actor(session, person), person.display_name or person.name, needs_touch)


def actor(session: Session, *, user_id: int) -> Actor:
    """The person as the actor of deeds; raise NotFound."""
    return _actor(session, _person(session, user_id))


def users(session: Session, *, scope: Scope) -> list[UserView]:
    """The people of these sites, and those of every site, by name."""
    at_home: sa.ColumnElement[bool] = sa.true()
    if scope.site_ids is not None:
        at_home = sa.or_(AppUser.site_id.is_(None), AppUser.site_id.in_(scope.site_ids))
    return _views(session, at_home)


def user(session: Session, *, scope: Scope, user_id: int) -> UserView:
    """One person; raise NotFound."""
    for view in _views(session, AppUser.id == user_id):
        if view.site_id is None or scope.sees(view.site_id):
            return view
    raise NotFound(f"There is no user {user_id}.")


def user_id(session: Session, *, name: str) -> int:
    """The id of the person with this login name; raise NotFound."""
    found = session.scalar(sa.select(AppUser.id).where(AppUser.name == name.strip().lower()))
    if found is None:
        raise NotFound(f"There is no user {name}.")
    return found


def token_holder(session: Session, *, token: str, now: datetime) -> TokenHolder | None:
    """The program whose token this is; None when unknown, revoked or expired."""
    row = session.scalar(sa.select(ApiToken).where(ApiToken.token_hash == token_hash(token)))
    if row is None or row.revoked_at is not None:
        return None
    if row.expires_at is not None and now >= row.expires_at:
        return None
    used = row.last_used_at
    needs_touch = used is None or abs(now - used) >= TOUCH_TOKEN_AFTER
    return TokenHolder(row.id, row.name, row.scope, row.site_id, needs_touch)


def tokens(session: Session, *, scope: Scope) -> list[TokenView]:
    """The keys of these sites, by name."""
    seen = sa.true() if scope.site_ids is None else ApiToken.site_id.in_(scope.site_ids)
    rows = session.execute(
        sa.select(ApiToken, Site.code)
        .outerjoin(Site, Site.id == ApiToken.site_id)
        .where(seen)
        .order_by(ApiToken.name, ApiToken.id)
    )
    return [
        TokenView(
            row.id,
            row.name,
            row.scope,
            site,
            row.created_at,
            row.expires_at,
            row.last_used_at,
            row.revoked_at,
        )
        for row, site in rows
    ]


def _person(session: Session, user_id: int) -> AppUser:
    person = session.get(AppUser, user_id)
    if person is None:
        raise NotFound(f"There is no user {user_id}.")
    return person


def _actor(session: Session, person: AppUser) -> Actor:
    roles = session.scalars(sa.select(UserRole.role).where(UserRole.user_id == person.id))
    return Actor(person.id, person.name, frozenset(roles), person.site_id, person.team_id)


def _views(session: Session, where: sa.ColumnElement[bool]) -> list[UserView]:
    rows = session.execute(
        sa.select(AppUser, Site.name, Team.name)
        .outerjoin(Site, Site.id == AppUser.site_id)
        .outerjoin(Team, Team.id == AppUser.team_id)
        .where(where)
        .order_by(AppUser.name, AppUser.id)
    ).all()
    roles = _roles(session, [person.id for person, _, _ in rows])
    return [
        UserView(
            id=person.id,
            name=person.name,
            display_name=person.display_name,
            roles=roles[person.id],
            site_id=person.site_id,
            site=site,
            team_id=person.team_id,
            team=team,
            is_active=person.is_active,
            created_at=person.created_at,
        )
        for person, site, team in rows
    ]


def _roles(session: Session, user_ids: list[int]) -> dict[int, tuple[Role, ...]]:
    found: dict[int, tuple[Role, ...]] = defaultdict(tuple)
    rows = session.execute(
        sa.select(UserRole.user_id, UserRole.role)
        .where(UserRole.user_id.in_(user_ids))
        .order_by(UserRole.user_id, UserRole.role)
    )
    for person_id, role in rows:
        found[person_id] += (role,)
    return found
