"""What an endpoint takes and answers, said once: it reads the request, does the work in one
transaction, writes the answer, and is what the OpenAPI document is made from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any

from flask import Response, json, request
from pydantic import TypeAdapter

from app.api import bodies
from app.api.access import wall_clock
from app.context import database
from app.inputs.base import Input
from app.inputs.work_orders import NoDetails
from app.services import idempotency
from app.services.idempotency import Answer

CONTRACT = "api_contract"
REPLAYED = "Idempotency-Replayed"
CREATED = 201
View = Callable[..., Any]


@dataclass(frozen=True)
class Contract:
    """One endpoint: the inputs it takes and the type of its answer.

    `is_versioned`: the body may name the version of the row that was seen.
    """

    answer: TypeAdapter[Any]
    status: int = 200
    query: type[Input] | None = None
    body: Any = None
    is_versioned: bool = False

    def write(self, found: Any) -> str:
        """The answer as JSON."""
        return self.answer.dump_json(found).decode()


class NoQuery(Input):
    """An address that takes no parameters."""


def described(answer: Any) -> Callable[[View], View]:
    """A view that writes its answer itself, described like the others."""
    contract = Contract(TypeAdapter(answer))

    def wrap(view: View) -> View:
        setattr(view, CONTRACT, contract)
        return view

    return wrap


def asks(answer: Any, *, query: type[Input] = NoQuery) -> Callable[[View], View]:
    """A question: the view gets a reading session and the parsed query, and returns *answer*."""
    contract = Contract(TypeAdapter(answer), query=query)

    def wrap(view: View) -> View:
        @wraps(view)
        def answered(**values: Any) -> Response:
            given = query.parse(bodies.arguments())
            more = {} if query is NoQuery else {"query": given}
            with database().reading() as session:
                found = view(session, **more, **values)
            return _response(Answer(contract.status, contract.write(found)))

        setattr(answered, CONTRACT, contract)
        return answered

    return wrap


def does(
    answer: Any,
    *,
    body: Any,
    parse: Callable[[Mapping[str, Any]], Any] | None = None,
    status: int = 200,
    is_versioned: bool = False,
    is_bulk: bool = False,
) -> Callable[[View], View]:
    """A deed: the view gets a writing session and the parsed body, and returns *answer*.

    A request with an idempotency key is done once; sent again, it gets the same answer again.
    """
    contract = Contract(TypeAdapter(answer), status, body=body, is_versioned=is_versioned)
    read = parse or body.parse

    def wrap(view: View) -> View:
        @wraps(view)
        def done(**values: Any) -> Response:
            NoQuery.parse(bodies.arguments())
            sent = bodies.body(is_bulk=is_bulk)
            if is_versioned:
                values["version"] = bodies.version(sent)
            given = read(sent)
            if body is not NoDetails or parse is not None:
                values["body"] = given
            return _once(contract, lambda session: view(session, **values))

        setattr(done, CONTRACT, contract)
        return done

    return wrap


def _once(contract: Contract, deed: Callable[[Any], Any]) -> Response:
    asked, moment = bodies.keyed(), wall_clock()
    with database().transaction() as session:
        if asked is not None:
            held = idempotency.claim(session, asked=asked, now=moment)
            if held is not None:
                return _response(held, {REPLAYED: "true"})
        answer = Answer(contract.status, contract.write(deed(session)))
        if asked is not None:
            idempotency.keep(session, asked=asked, answer=answer, now=moment)
    return _response(answer)


def _response(answer: Answer, headers: Mapping[str, str] | None = None) -> Response:
    made = Response(answer.body, answer.status, headers, mimetype=bodies.JSON)
    if answer.status == CREATED:
        made_id = json.loads(answer.body)["id"]
        made.headers["Location"] = f"{request.script_root}{request.path}/{made_id}"
    return made
