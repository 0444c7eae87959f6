"""What may be asked about people and programs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, ConfigDict, Field

from app.domain.roles import Role
from app.inputs.base import Input

SHORTEST_PASSWORD = 10
TOKEN_SCOPES = ("read", "ingest", "write")


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


def _once(roles: tuple[Role, ...]) -> tuple[Role, ...]:
    return tuple(dict.fromkeys(roles))


def _one_or_more(value: object) -> object:
    return (value,) if isinstance(value, str) else value


UserName = Annotated[
    str, BeforeValidator(_lower), Field(pattern=r"^[a-z0-9][a-z0-9._@-]*$", max_length=80)
]
# Spaces at the ends of a password are part of it.
Password = Annotated[
    str,
    Field(min_length=SHORTEST_PASSWORD, max_length=200, json_schema_extra={"format": "password"}),
]
Roles = Annotated[
    tuple[Role, ...], BeforeValidator(_one_or_more), AfterValidator(_once), Field(min_length=1)
]


class _WithPassword(Input):
    model_config = ConfigDict(str_strip_whitespace=False)


class CreateUser(_WithPassword):
    """A person; without a site they work at every site."""

    name: UserName
    display_name: Annotated[str, Field(max_length=120)] = ""
    roles: Roles
    site_id: int | None = None
    team_id: int | None = None
    password: Password


class UpdateUser(Input):
    """What an administrator changes about a person."""

    display_name: Annotated[str, Field(max_length=120)] = ""
    roles: Roles
    site_id: int | None = None
    team_id: int | None = None
    is_active: bool = True


class ChangePassword(_WithPassword):
    """A person's own change: the old password proves who asks."""

    old: str
    new: Password


class SetPassword(_WithPassword):
    """An administrator's reset."""

    new: Password


class CreateToken(Input):
    """A program's key; without a site it reaches every site."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    scope: Literal["read", "ingest", "write"]
    site_id: int | None = None
    expires_at: AwareDatetime | None = None
