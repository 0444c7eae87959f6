"""From a form's fields to what an input class reads, and back to the form when it was refused."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from enum import StrEnum
from functools import wraps
from typing import Any, TypeVar, cast

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.errors import InvalidInput
from app.web.local_time import zone

Code = TypeVar("Code", bound=StrEnum)
View = TypeVar("View", bound=Callable[..., Any])
Page = Callable[..., str]
# Fields of our own forms that no input class knows.
OURS = frozenset({"csrf_token", "version", "next"})


def form_data(
    *,
    lists: Collection[str] = (),
    moments: Collection[str] = (),
    cleared: Collection[str] = (),
) -> dict[str, Any]:
    """The fields that were filled in; a blank one was not given.

    *lists* may be sent several times; *moments* are local times at the reader's site; those of
    *cleared* that were sent blank are None: somebody emptied them.
    """
    data: dict[str, Any] = {}
    for name in request.form:
        if name in OURS:
            continue
        values = [value for value in request.form.getlist(name) if value.strip()]
        if values:
            data[name] = values if name in lists else values[-1]
        elif name in cleared:
            data[name] = None
    for name in moments:
        if name in data:
            data[name] = _aware(data[name])
    return data


def ticked(data: dict[str, Any], *names: str) -> dict[str, Any]:
    """The same with check boxes: a box that was not sent is off."""
    return data | {name: name in data for name in names}


def seen_version() -> int | None:
    """The version of the row the person saw when the form was drawn."""
    return whole(request.form.get("version"), "version")


def whole(text: str | None, name: str) -> int | None:
    """A whole number from an address or a form; raise InvalidInput when it is none."""
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise InvalidInput({name: "is not a whole number"})
    return int(text)


def coded(codes: type[Code], name: str) -> Code | None:
    """A code from the address; None when it is not there, InvalidInput when there is no such."""
    text = request.args.get(name)
    if not text:
        return None
    try:
        return codes(text)
    except ValueError:
        raise InvalidInput({name: "is not one of the choices"}) from None


def redrawn_by(page: Page) -> Callable[[View], View]:
    """When a form is refused, draw *page* again with what was typed and a sentence a field."""

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(**values: Any) -> ResponseReturnValue:
            try:
                return view(**values)
            except InvalidInput as trouble:
                return page(given=request.form, errors=trouble.fields, **values), 422

        return cast(View, guarded)

    return wrap


def wants_fragment() -> bool:
    """Whether htmx asks for a part; a page it fetches for the history is a whole one."""
    restores = request.headers.get("HX-History-Restore-Request")
    return "HX-Request" in request.headers and not restores


def notice(text: str, *, undo: str | None = None) -> None:
    """Tell the person, on the next page, that it was done; *undo* takes it back with one tap."""
    flash(text, "done")
    if undo is not None:
        flash(undo, "undo")


def back_to(endpoint: str, **values: Any) -> str:
    """The address after a form: a list the person came from, or *endpoint*."""
    given = request.form.get("next", "")
    known = given.startswith("/") and not given.startswith(("//", "/\\"))
    return given if known else url_for(endpoint, **values)


def _aware(text: str) -> Any:
    """A local time as sent by the browser's own picker; other text is left to the input class."""
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        return text
    return given if given.tzinfo else given.replace(tzinfo=zone())
