"""Roles, capabilities and what each actor may see."""

from __future__ import annotations

import pytest

from app.domain.roles import CAPABILITIES, EVERYWHERE, Actor, Capability, Role, Scope, system

EXPECTED = {
    "viewer": {"view"},
    "technician": {"view", "work"},
    "planner": {"view", "work", "plan"},
    "admin": {"view", "work", "plan", "administer"},
}


@pytest.mark.parametrize("role", list(Role))
def test_each_role_has_its_capabilities_and_no_more(role: Role) -> None:
    assert {capability.value for capability in CAPABILITIES[role]} == EXPECTED[role.value]


def test_two_roles_may_what_either_may() -> None:
    both = Actor(1, "pat", frozenset({Role.VIEWER, Role.TECHNICIAN}))

    assert both.may(Capability.WORK)
    assert not both.may(Capability.PLAN)


def test_somebody_of_a_site_sees_that_site_only() -> None:
    actor = Actor(1, "tom", frozenset({Role.TECHNICIAN}), site_id=3)

    assert actor.scope == Scope(frozenset({3}))
    assert actor.scope.sees(3)
    assert not actor.scope.sees(4)


def test_somebody_without_a_site_sees_every_site() -> None:
    assert system("night").scope is EVERYWHERE
    assert EVERYWHERE.sees(42)
