"""A technician's day."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.context import database
from app.domain.roles import Capability
from app.domain.work_orders import Action, State
from app.queries import work_orders
from app.queries.work_orders import OrderRow
from app.web.access import needs
from app.web.auth import me
from app.web.local_time import today

# The large buttons of a job, the main one first.
MAIN = {
    State.OPEN: (Action.TAKE,),
    State.PLANNED: (Action.START,),
    State.IN_PROGRESS: (Action.COMPLETE, Action.HOLD),
    State.ON_HOLD: (Action.RESUME,),
}

blueprint = Blueprint("my_work", __name__, url_prefix="/my-work")


@blueprint.get("")
@needs(Capability.WORK)
def index() -> ResponseReturnValue:
    """What is mine, then what my team could take."""
    with database().reading() as session:
        found = work_orders.my_work(
            session,
            scope=me().scope,
            user_id=me().id or 0,
            team_id=me().team_id,
            today=today(),
        )
    return render_template("my_work/index.html", found=found, today=today(), main_moves=main_moves)


def main_moves(order: OrderRow) -> tuple[Action, ...]:
    """What a technician most likely does next with this job."""
    if order.state is State.OPEN and order.assignee_id is not None:
        return (Action.START,)
    return MAIN.get(order.state, ())
