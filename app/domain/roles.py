"""Who may do what: roles, capabilities, the actor of a deed and the scope of a question."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a person is at the plant."""

    ADMIN = "admin"
    PLANNER = "planner"
    TECHNICIAN = "technician"
    VIEWER = "viewer"


class Capability(StrEnum):
    """What an endpoint may ask for; each endpoint names exactly one."""

    VIEW = "view"
    WORK = "work"
    PLAN = "plan"
    ADMINISTER = "administer"


CAPABILITIES: dict[Role, frozenset[Capability]] = {
    Role.VIEWER: frozenset({Capability.VIEW}),
    Role.TECHNICIAN: frozenset({Capability.VIEW, Capability.WORK}),
    Role.PLANNER: frozenset({Capability.VIEW, Capability.WORK, Capability.PLAN}),
    Role.ADMIN: frozenset(Capability),
}


@dataclass(frozen=True, slots=True)
class Scope:
    """The sites a question may look at; None = every site."""

    site_ids: frozenset[int] | None

    def sees(self, site_id: int) -> bool:
        """Whether the site lies inside this scope."""
        return self.site_ids is None or site_id in self.site_ids


EVERYWHERE = Scope(None)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does a deed: a person, or the system itself (id None)."""

    id: int | None
    name: str
    roles: frozenset[Role]
    site_id: int | None = None
    team_id: int | None = None

    @property
    def scope(self) -> Scope:
        """What this actor may see."""
        return EVERYWHERE if self.site_id is None else Scope(frozenset({self.site_id}))

    def may(self, capability: Capability) -> bool:
        """Whether any of the actor's roles carries the capability."""
        return any(capability in CAPABILITIES[role] for role in self.roles)


def system(name: str) -> Actor:
    """The actor of what no person did: the night, the daily job, an import from the shell."""
    return Actor(None, name, frozenset({Role.ADMIN}))
