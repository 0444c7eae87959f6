"""Logging in and out."""

from __future__ import annotations

from flask import Flask

from app.domain.roles import Actor
from tests.doors.conftest import Visit
from tests.doors.visitor import Visitor
from tests.plant import PASSWORD, Plant


def test_a_technician_starts_at_their_own_work(tom: Actor, visit: Visit) -> None:
    answer = visit(tom).get("/home")

    assert answer.location == "/my-work"


def test_a_planner_starts_at_the_overview(ann: Actor, visit: Visit) -> None:
    answer = visit(ann).get("/home")

    assert answer.location == "/"


def test_a_wrong_password_says_no_more_than_an_unknown_name(ann: Actor, visit: Visit) -> None:
    wrong = visit(None).log_in("ann", "not the password")
    unknown = visit(None).log_in("nobody", "not the password")

    assert wrong.status_code == unknown.status_code == 401
    assert "The name or the password is wrong." in wrong.text
    assert "The name or the password is wrong." in unknown.text


def test_a_login_leads_back_to_the_page_that_was_asked_for(ann: Actor, visit: Visit) -> None:
    visitor = visit(None)
    form = {"name": "ann", "password": PASSWORD, "csrf_token": visitor.token("/login")}

    answer = visitor.client.post("/login", data={**form, "next": "/equipment?search=P"})

    assert answer.location == "/equipment?search=P"


def test_a_login_never_leads_to_another_site(ann: Actor, app: Flask) -> None:
    for elsewhere in ("https://evil.example/", "//evil.example", "/\\evil.example", "evil"):
        visitor = Visitor(app.test_client())
        form = {"name": "ann", "password": PASSWORD, "csrf_token": visitor.token("/login")}

        answer = visitor.client.post("/login", data={**form, "next": elsewhere})

        assert answer.location == "/home"


def test_a_cookie_kept_from_before_the_logout_opens_nothing(ann: Actor, visit: Visit) -> None:
    visitor = visit(ann)
    kept = visitor.client.get_cookie("forewarn")
    assert kept is not None

    visitor.send("/logout")
    visitor.client.set_cookie("forewarn", kept.value)

    assert visitor.get("/").status_code == 303


def test_a_new_password_ends_every_session(ann: Actor, visit: Visit) -> None:
    here, elsewhere = visit(ann), visit(ann)

    answer = here.send("/account/password", old=PASSWORD, new="another long password")

    assert answer.status_code == 303
    assert elsewhere.get("/").status_code == 303
    assert visit(None).log_in("ann", "another long password").status_code == 303


def test_a_wrong_old_password_changes_nothing(ann: Actor, visit: Visit) -> None:
    answer = visit(ann).send("/account/password", old="guessed", new="another long password")

    assert answer.status_code == 422
    assert "This is not your password." in answer.text
    assert visit(None).log_in("ann").status_code == 303


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(ann: Actor, visit: Visit) -> None:
    answer = visit(None).log_in("ann")

    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("forewarn=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_over_tls_the_cookie_is_bound_to_the_host(ann: Actor, app: Flask) -> None:
    answer = app.test_client().get("/login", base_url="https://plant.example")

    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-forewarn=")
    assert "Secure" in cookie


def test_guessing_passwords_of_one_name_is_stopped(app: Flask, make: Plant) -> None:
    make.user("ann", "planner")
    visitor = Visitor(app.test_client())

    answers = [visitor.log_in("ann", "guess").status_code for _ in range(11)]

    assert answers == [401] * 10 + [429]
