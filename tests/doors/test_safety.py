"""Forgery, headers, and what a page may contain."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask

from app.domain.roles import Actor
from app.web import headers
from tests.doors.conftest import Visit
from tests.plant import Plant

TEMPLATES = Path("app/templates")
INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)[^>]*>|<style|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:", re.I
)
PAGES = (
    "/",
    "/account",
    "/equipment",
    "/my-work",
    "/predictions",
    "/schedules",
    "/schedules/new",
    "/training",
    "/users",
    "/users/new",
    "/work-orders",
    "/work-orders/new",
)
FORMS = ("/work-orders", "/schedules", "/users", "/training/requests/run_now", "/logout")


@pytest.mark.parametrize("address", FORMS)
def test_a_form_without_the_token_of_its_page_is_refused(
    adam: Actor, visit: Visit, address: str
) -> None:
    visitor = visit(adam)

    without = visitor.client.post(address, data={"title": "forged"})
    foreign = visitor.client.post(address, data={"title": "forged", "csrf_token": "forged"})

    assert (without.status_code, foreign.status_code) == (400, 400)


def test_a_form_of_another_site_is_refused_even_with_the_token(ann: Actor, visit: Visit) -> None:
    visitor = visit(ann)
    form = {"csrf_token": visitor.token("/account")}

    answer = visitor.client.post(
        "/training/requests/run_now", data=form, headers={"Origin": "https://evil.example"}
    )

    assert answer.status_code == 403


def test_a_form_of_our_own_origin_is_accepted(ann: Actor, visit: Visit) -> None:
    visitor = visit(ann)
    form = {"csrf_token": visitor.token("/account")}

    answer = visitor.client.post(
        "/training/requests/run_now", data=form, headers={"Origin": "http://localhost"}
    )

    assert answer.status_code == 303


@pytest.mark.parametrize("address", ["/login", "/nowhere", "/healthz", "/static/css/shell.css"])
def test_every_answer_carries_the_strict_policy(visit: Visit, address: str) -> None:
    answer = visit(None).get(address)

    policy = answer.headers["Content-Security-Policy"]
    assert policy == headers.CONTENT_SECURITY_POLICY
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_pages_are_never_stored_and_versioned_files_are(ann: Actor, visit: Visit) -> None:
    visitor = visit(ann)

    assert visitor.get("/").headers["Cache-Control"] == "no-store"
    assert "Cookie" in visitor.get("/").headers["Vary"]
    assert "immutable" in visitor.get("/static/css/shell.css?v=1").headers["Cache-Control"]


@pytest.mark.parametrize("address", PAGES)
def test_no_page_holds_inline_script_or_style(
    make: Plant, adam: Actor, visit: Visit, address: str
) -> None:
    make.predicted_order(make.equipment())

    found = INLINE.findall(visit(adam).text(address))

    assert found == []


def test_no_template_holds_inline_script_or_style_or_trusts_data() -> None:
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert INLINE.findall(text) == [], path
        assert not re.search(r"\|\s*safe\b|autoescape false", text), path


def test_what_people_type_is_never_markup(make: Plant, ann: Actor, visit: Visit) -> None:
    canary = "<img src=x onerror=alert(1)>"
    machine = make.equipment("P-101", model=canary)
    order = make.order(machine, title=canary, description=canary)
    visitor = visit(ann)

    for address in ("/", "/work-orders", f"/work-orders/{order}", f"/equipment/{machine.id}"):
        assert canary not in visitor.text(address)
    assert "&lt;img src=x" in visitor.text(f"/work-orders/{order}")


def test_every_form_of_every_page_carries_the_token(
    make: Plant, adam: Actor, visit: Visit, app: Flask
) -> None:
    order = make.predicted_order(make.equipment())
    visitor = visit(adam)

    for address in (*PAGES, f"/work-orders/{order}", f"/work-orders/{order}/dismiss"):
        for form in re.findall(r"<form[^>]*method=\"post\".*?</form>", visitor.text(address), re.S):
            assert 'name="csrf_token"' in form, (address, form[:200])
