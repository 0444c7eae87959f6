"""People and programs: accounts, logins, tokens. Secrets leave here once and are kept as hashes."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.places import Site, Team
from app.db.users import ApiToken, AppUser, UserRole, UserSession
from app.domain.errors import InvalidInput, NotAllowed, NotFound, RuleBroken
from app.domain.roles import Actor, Capability, Role
from app.inputs.users import ChangePassword, CreateToken, CreateUser, SetPassword, UpdateUser
from app.queries.users import ABSOLUTE_LIMIT, token_hash
from app.services import audit, passwords

TOKEN_PREFIX = "fw_"


class LoginFailed(NotAllowed):
    """Wrong name or password, or nobody active; the sentence never says which."""

    code = "login_failed"

    def __init__(self) -> None:
        super().__init__("The name or the password is wrong.")


def create_user(session: Session, *, user: CreateUser, now: datetime, by: Actor) -> int:
    """Add a person and return the id; RuleBroken when the name is taken."""
    _require_admin(by)
    _check_place(session, user.site_id, user.team_id, by)
    if session.scalar(sa.select(sa.exists().where(AppUser.name == user.name))):
        raise RuleBroken(f"There is already a user {user.name}.")
    person = AppUser(
        name=user.name,
        display_name=user.display_name,
        password_hash=passwords.hashed(user.password),
        site_id=user.site_id,
        team_id=user.team_id,
        created_at=now,
    )
    session.add(person)
    session.flush()
    session.add_all(UserRole(user_id=person.id, role=role) for role in user.roles)
    facts = user.model_dump(mode="json", exclude={"password"})
    _record(session, "app_user", person.id, "create", facts, now, by)
    return person.id


def update_user(
    session: Session, *, user_id: int, user: UpdateUser, now: datetime, by: Actor
) -> None:
    """Change a person; open sessions end when roles, place or activity change.

    RuleBroken when it would leave the plant without an active administrator.
    """
    _require_admin(by)
    person = _find(session, user_id, by)
    _check_place(session, user.site_id, user.team_id, by)
    roles_before = _roles(session, person.id)
    changes = _changes(person, user) | _role_changes(roles_before, user.roles)
    person.display_name, person.is_active = user.display_name, user.is_active
    person.site_id, person.team_id = user.site_id, user.team_id
    session.execute(sa.delete(UserRole).where(UserRole.user_id == person.id))
    session.add_all(UserRole(user_id=person.id, role=role) for role in user.roles)
    session.flush()
    _require_an_admin_left(session, roles_before)
    if changes.keys() - {"display_name"}:
        _end_sessions(session, person.id)
    _record(session, "app_user", person.id, "update", changes, now, by)


def set_active(
    session: Session, *, user_id: int, is_active: bool, now: datetime, by: Actor
) -> None:
    """Let a person in or shut them out; shut out, their sessions end at once."""
    _require_admin(by)
    person = _find(session, user_id, by)
    changes = {"is_active": [person.is_active, is_active]}
    person.is_active = is_active
    session.flush()
    _require_an_admin_left(session, _roles(session, person.id))
    if not is_active:
        _end_sessions(session, person.id)
    _record(session, "app_user", person.id, "set_active", changes, now, by)


def change_password(session: Session, *, change: ChangePassword, now: datetime, by: Actor) -> None:
    """A person's own new password; LoginFailed when the old one is wrong. All sessions end."""
    person = session.get(AppUser, by.id) if by.id is not None else None
    known = None if person is None else person.password_hash
    if not passwords.matches(known, change.old) or person is None:
        raise LoginFailed
    _replace_password(session, person, change.new, now, by)


def set_password(
    session: Session, *, user_id: int, password: SetPassword, now: datetime, by: Actor
) -> None:
    """An administrator's reset; all sessions of the person end."""
    _require_admin(by)
    _replace_password(session, _find(session, user_id, by), password.new, now, by)


def authenticate(session: Session, *, name: str, password: str, now: datetime) -> str:
    """Open a session and return its token, which is kept only as a hash; raise LoginFailed.

    An unknown name costs one password check too, so the time does not tell names apart.
    """
    wanted = name.strip().lower()
    person = session.scalar(sa.select(AppUser).where(AppUser.name == wanted))
    is_right = passwords.matches(person.password_hash if person else None, password)
    if person is None or not is_right or not person.is_active:
        raise LoginFailed
    token = secrets.token_urlsafe(32)
    session.add(
        UserSession(
            token_hash=token_hash(token),
            user_id=person.id,
            created_at=now,
            last_seen_at=now,
            expires_at=now + ABSOLUTE_LIMIT,
        )
    )
    session.execute(sa.delete(UserSession).where(UserSession.expires_at <= now))
    who = Actor(person.id, person.name, frozenset(_roles(session, person.id)), person.site_id)
    _record(session, "app_user", person.id, "login", {}, now, who)
    return token


def touch_session(session: Session, *, token: str, now: datetime) -> None:
    """Note that a session is in use; for doors whose `session_user` says `needs_touch`."""
    session.execute(
        sa.update(UserSession)
        .where(UserSession.token_hash == token_hash(token), UserSession.last_seen_at < now)
        .values(last_seen_at=now)
    )


def end_session(session: Session, *, token: str, now: datetime, by: Actor) -> None:
    """Log out; a session that is already over is fine."""
    row = session.get(UserSession, token_hash(token))
    if row is not None:
        session.delete(row)
        _record(session, "app_user", row.user_id, "logout", {}, now, by)


def create_token(session: Session, *, token: CreateToken, now: datetime, by: Actor) -> str:
    """Return a new key for a program; it is shown this once and kept as a hash."""
    _require_admin(by)
    _check_place(session, token.site_id, None, by)
    if session.scalar(sa.select(sa.exists().where(ApiToken.name == token.name))):
        raise RuleBroken(f"There is already a token {token.name}.")
    plain = TOKEN_PREFIX + secrets.token_urlsafe(32)
    row = ApiToken(token_hash=token_hash(plain), created_at=now, **token.model_dump())
    session.add(row)
    session.flush()
    _record(session, "api_token", row.id, "create", token.model_dump(mode="json"), now, by)
    return plain


def revoke_token(session: Session, *, token_id: int, now: datetime, by: Actor) -> None:
    """End a key; it is refused from now on."""
    _require_admin(by)
    row = session.get(ApiToken, token_id)
    if row is None or not (row.site_id is None or by.scope.sees(row.site_id)):
        raise NotFound(f"There is no token {token_id}.")
    row.revoked_at = row.revoked_at or now
    _record(session, "api_token", row.id, "revoke", {"name": row.name}, now, by)


def touch_token(session: Session, *, token_id: int, now: datetime) -> None:
    """Note that a key is in use; for doors whose `token_holder` says `needs_touch`."""
    session.execute(sa.update(ApiToken).where(ApiToken.id == token_id).values(last_used_at=now))


def _require_admin(by: Actor) -> None:
    if not by.may(Capability.ADMINISTER):
        raise NotAllowed("Only an admin can do that.")


def _find(session: Session, user_id: int, by: Actor) -> AppUser:
    person = session.get(AppUser, user_id, with_for_update=True)
    is_seen = person is not None and (by.site_id is None or person.site_id == by.site_id)
    if person is None or not is_seen:
        raise NotFound(f"There is no user {user_id}.")
    return person


def _check_place(session: Session, site_id: int | None, team_id: int | None, by: Actor) -> None:
    """A site's admin stays within the site; a team belongs to the person's site."""
    problems = {}
    if by.site_id is not None and site_id != by.site_id:
        problems["site_id"] = "You can only place people at your own site."
    elif site_id is not None and session.get(Site, site_id) is None:
        problems["site_id"] = "There is no such site."
    team = None if team_id is None else session.get(Team, team_id)
    if team_id is not None and (team is None or site_id not in (None, team.site_id)):
        problems["team_id"] = "This site has no such team."
    if problems:
        raise InvalidInput(problems)


def _roles(session: Session, user_id: int) -> set[Role]:
    return set(session.scalars(sa.select(UserRole.role).where(UserRole.user_id == user_id)))


def _changes(person: AppUser, user: UpdateUser) -> dict[str, object]:
    names = ("display_name", "site_id", "team_id", "is_active")
    pairs = {name: [getattr(person, name), getattr(user, name)] for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _role_changes(before: Iterable[Role], after: Iterable[Role]) -> dict[str, object]:
    old, new = sorted(before), sorted(after)
    return {} if old == new else {"roles": [old, new]}


def _require_an_admin_left(session: Session, roles_before: set[Role]) -> None:
    if Role.ADMIN not in roles_before:
        return
    left = session.scalar(
        sa.select(sa.func.count())
        .select_from(UserRole)
        .join(AppUser, AppUser.id == UserRole.user_id)
        .where(UserRole.role == Role.ADMIN, AppUser.is_active)
    )
    if not left:
        raise RuleBroken("The plant needs at least one active admin.")


def _replace_password(
    session: Session, person: AppUser, password: str, now: datetime, by: Actor
) -> None:
    person.password_hash = passwords.hashed(password)
    _end_sessions(session, person.id)
    _record(session, "app_user", person.id, "set_password", {}, now, by)


def _end_sessions(session: Session, user_id: int) -> None:
    session.execute(sa.delete(UserSession).where(UserSession.user_id == user_id))


def _record(
    session: Session,
    entity: str,
    entity_id: int,
    action: str,
    changes: Mapping[str, object],
    now: datetime,
    by: Actor,
) -> None:
    audit.record(
        session,
        entity=entity,
        entity_id=entity_id,
        action=action,
        changes=changes,
        now=now,
        by=by,
    )
