"""Accounts, logins and tokens: who gets in, for how long, and what ends it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from app.db import Database
from app.db.audit import AuditRow
from app.db.users import ApiToken, AppUser, UserSession
from app.domain.errors import InvalidInput, NotAllowed, NotFound, RuleBroken
from app.domain.roles import Actor, Role, Scope, system
from app.inputs.users import ChangePassword, CreateToken, CreateUser, SetPassword, UpdateUser
from app.queries import users as questions
from app.queries.users import CurrentUser, TokenHolder
from app.services import passwords, users
from app.services.users import LoginFailed
from tests.plant import PASSWORD, Plant


class Door:
    """Logs people in and out at a moment."""

    def __init__(self, database: Database, now: datetime) -> None:
        self.database = database
        self.now = now

    def enter(self, name: str, password: str = PASSWORD) -> str:
        with self.database.transaction() as session:
            return users.authenticate(session, name=name, password=password, now=self.now)

    def who(self, token: str, after: timedelta = timedelta()) -> CurrentUser | None:
        with self.database.reading() as session:
            return questions.session_user(session, token=token, now=self.now + after)


@pytest.fixture
def door(database: Database, now: datetime) -> Door:
    return Door(database, now)


def test_the_right_password_opens_a_session(door: Door, tom: Actor) -> None:
    token = door.enter(" Tom ")

    found = door.who(token)

    assert found is not None
    assert (found.actor, found.display_name, found.needs_touch) == (tom, "Tom", False)


@pytest.mark.parametrize(("name", "password"), [("tom", "wrong"), ("nobody", PASSWORD), ("", "")])
def test_a_wrong_name_and_a_wrong_password_sound_alike(
    door: Door, tom: Actor, name: str, password: str
) -> None:
    with pytest.raises(LoginFailed, match="The name or the password is wrong"):
        door.enter(name, password)


def test_an_unknown_name_costs_a_password_check_too(
    door: Door, tom: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str | None] = []
    real = passwords.matches

    def counted(stored: str | None, password: str) -> bool:
        checked.append(stored)
        return real(stored, password)

    monkeypatch.setattr(passwords, "matches", counted)
    for name in ("tom", "nobody"):
        with pytest.raises(LoginFailed):
            door.enter(name, "wrong")

    assert len(checked) == 2
    assert checked[1] is None
    assert not real(None, "nobody has this password")


def test_secrets_are_stored_as_hashes_only(door: Door, make: Plant, tom: Actor) -> None:
    token = door.enter("tom")

    (row,) = make.all(UserSession)
    assert token not in row.token_hash
    assert make.get(AppUser, tom.id).password_hash.startswith("$argon2id$")


def test_an_idle_session_ends_after_twelve_hours(door: Door, tom: Actor) -> None:
    token = door.enter("tom")

    assert door.who(token, timedelta(hours=11, minutes=59)) is not None
    assert door.who(token, timedelta(hours=12)) is None


def test_a_session_in_use_ends_after_seven_days(
    database: Database, door: Door, tom: Actor, now: datetime
) -> None:
    token = door.enter("tom")
    for half_days in range(1, 15):
        with database.transaction() as session:
            moment = now + timedelta(hours=11.9 * half_days)
            users.touch_session(session, token=token, now=moment)

    assert door.who(token, timedelta(days=6, hours=23)) is not None
    assert door.who(token, timedelta(days=7)) is None


def test_a_page_asks_for_a_touch_every_five_minutes_only(door: Door, tom: Actor) -> None:
    token = door.enter("tom")

    soon, later = door.who(token, timedelta(minutes=4)), door.who(token, timedelta(minutes=5))

    assert soon is not None
    assert later is not None
    assert (soon.needs_touch, later.needs_touch) == (False, True)


def test_after_logging_out_the_cookie_is_worthless(
    database: Database, door: Door, tom: Actor, now: datetime
) -> None:
    token = door.enter("tom")

    with database.transaction() as session:
        users.end_session(session, token=token, now=now, by=tom)

    assert door.who(token) is None


@pytest.mark.parametrize("event", ["deactivated", "new role", "new password", "own password"])
def test_what_changes_a_persons_rights_ends_their_sessions(
    database: Database, door: Door, tom: Actor, adam: Actor, now: datetime, event: str
) -> None:
    token, user_id = door.enter("tom"), tom.id or 0
    update = UpdateUser(roles=(Role.PLANNER,), site_id=tom.site_id, display_name="Tom")
    with database.transaction() as session:
        if event == "deactivated":
            users.set_active(session, user_id=user_id, is_active=False, now=now, by=adam)
        elif event == "new role":
            users.update_user(session, user_id=user_id, user=update, now=now, by=adam)
        elif event == "new password":
            reset = SetPassword(new="another long one")
            users.set_password(session, user_id=user_id, password=reset, now=now, by=adam)
        else:
            change = ChangePassword(old=PASSWORD, new="another long one")
            users.change_password(session, change=change, now=now, by=tom)

    assert door.who(token) is None


def test_nobody_inactive_gets_in(
    database: Database, door: Door, tom: Actor, adam: Actor, now: datetime
) -> None:
    with database.transaction() as session:
        users.set_active(session, user_id=tom.id or 0, is_active=False, now=now, by=adam)

    with pytest.raises(LoginFailed):
        door.enter("tom")


def test_the_old_password_is_needed_for_a_new_one(
    database: Database, door: Door, tom: Actor, now: datetime
) -> None:
    change = ChangePassword(old="not it", new="another long one")

    with pytest.raises(LoginFailed), database.transaction() as session:
        users.change_password(session, change=change, now=now, by=tom)

    assert door.enter("tom")


def test_only_an_admin_manages_people(database: Database, ann: Actor, now: datetime) -> None:
    person = CreateUser(name="new", roles=(Role.ADMIN,), site_id=ann.site_id, password=PASSWORD)

    with pytest.raises(NotAllowed), database.transaction() as session:
        users.create_user(session, user=person, now=now, by=ann)


def test_a_sites_admin_stays_within_the_site(
    database: Database, make: Plant, tom: Actor, now: datetime
) -> None:
    local = make.user("al", "admin", site="south")
    everywhere = CreateUser(name="new", roles=(Role.ADMIN,), password=PASSWORD)

    with pytest.raises(InvalidInput, match="your own site"), database.transaction() as session:
        users.create_user(session, user=everywhere, now=now, by=local)
    with pytest.raises(NotFound), database.transaction() as session:
        users.set_active(session, user_id=tom.id or 0, is_active=False, now=now, by=local)


def test_the_last_admin_stays(database: Database, adam: Actor, now: datetime) -> None:
    with pytest.raises(RuleBroken, match="at least one"), database.transaction() as session:
        users.set_active(session, user_id=adam.id or 0, is_active=False, now=now, by=adam)


def test_a_name_is_taken_once(make: Plant, tom: Actor) -> None:
    with pytest.raises(RuleBroken, match="already a user tom"):
        make.user("TOM", "viewer")


@pytest.mark.parametrize(
    "change", [{"password": "short"}, {"roles": []}, {"name": "a b"}, {"is_admin": True}]
)
def test_a_bad_account_is_refused(change: dict[str, object]) -> None:
    given = {"name": "new", "roles": ["viewer"], "password": PASSWORD}

    with pytest.raises(InvalidInput):
        CreateUser.parse({**given, **change})


def test_no_password_reaches_the_audit_log(make: Plant, door: Door, tom: Actor) -> None:
    token = door.enter("tom")

    text = str([row.changes for row in make.all(AuditRow)])

    assert PASSWORD not in text
    assert token not in text


def test_the_people_page_shows_a_site_and_those_of_every_site(
    database: Database, make: Plant, ann: Actor, adam: Actor
) -> None:
    make.user("tim", "technician", site="south")

    with database.reading() as session:
        found = questions.users(session, scope=Scope(frozenset({ann.site_id or 0})))

    assert [(user.name, user.roles) for user in found] == [
        ("adam", (Role.ADMIN,)),
        ("ann", (Role.PLANNER,)),
    ]


def _create_token(database: Database, now: datetime, **more: object) -> str:
    given = CreateToken.parse({"name": "gateway", "scope": "ingest", **more})
    with database.transaction() as session:
        return users.create_token(session, token=given, now=now, by=system("test"))


def _holder(database: Database, token: str, now: datetime) -> TokenHolder | None:
    with database.reading() as session:
        return questions.token_holder(session, token=token, now=now)


def test_a_token_is_shown_once_and_kept_as_a_hash(
    database: Database, make: Plant, now: datetime
) -> None:
    plain = _create_token(database, now)

    holder = _holder(database, plain, now)

    assert plain.startswith("fw_")
    assert plain not in str(vars(make.all(ApiToken)[0]))
    assert holder == TokenHolder(1, "gateway", "ingest", None, needs_touch=True)


def test_an_expired_token_is_worthless(database: Database, now: datetime) -> None:
    plain = _create_token(database, now, expires_at=now + timedelta(days=1))

    assert _holder(database, plain, now) is not None
    assert _holder(database, plain, now + timedelta(days=1)) is None


def test_a_revoked_token_is_worthless(database: Database, now: datetime) -> None:
    plain = _create_token(database, now)

    with database.transaction() as session:
        users.revoke_token(session, token_id=1, now=now, by=system("test"))

    assert _holder(database, plain, now) is None
