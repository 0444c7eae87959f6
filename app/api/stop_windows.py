"""Stop windows: when production releases a machine."""

from __future__ import annotations

from flask import Blueprint
from sqlalchemy.orm import Session

from app.api.access import me, needs
from app.api.answers import Listing
from app.api.contracts import CREATED, asks, does
from app.context import now
from app.domain.tokens import TokenScope
from app.inputs.stop_windows import PlanStopWindow
from app.queries import stop_windows as questions
from app.queries.stop_windows import WindowRow
from app.services import stop_windows

blueprint = Blueprint("stop_windows", __name__, url_prefix="/stop-windows")


@blueprint.get("")
@needs(TokenScope.READ)
@asks(Listing[WindowRow])
def index(session: Session) -> Listing[WindowRow]:
    """The windows in sight with their next times, what comes first on top; all on one page."""
    return Listing(list(questions.stop_windows(session, scope=me().scope, now=now())), None)


@blueprint.post("")
@needs(TokenScope.WRITE)
@does(WindowRow, body=PlanStopWindow, status=CREATED)
def create(session: Session, body: PlanStopWindow) -> WindowRow:
    """Plan a stop window, once or repeated by the clock of its site."""
    made = stop_windows.plan(session, window=body, now=now(), by=me())
    return questions.stop_window(session, scope=me().scope, window_id=made, now=now())
