"""What a program's key may do: scopes, what each one includes, and the roles it lends."""

from __future__ import annotations

from enum import StrEnum

from app.domain.roles import Role


class TokenScope(StrEnum):
    """What a key is for; each endpoint of the API asks for exactly one."""

    READ = "read"
    INGEST = "ingest"
    WRITE = "write"


# A gateway that delivers readings has no business in reading anything back.
INCLUDES: dict[TokenScope, frozenset[TokenScope]] = {
    TokenScope.READ: frozenset({TokenScope.READ}),
    TokenScope.INGEST: frozenset({TokenScope.INGEST}),
    TokenScope.WRITE: frozenset(TokenScope),
}

# A key plans and works, but administers nothing: people and keys are made by people.
ROLES: dict[TokenScope, frozenset[Role]] = {
    TokenScope.READ: frozenset({Role.VIEWER}),
    TokenScope.INGEST: frozenset(),
    TokenScope.WRITE: frozenset({Role.PLANNER}),
}
