"""One's own account."""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, BackgroundTasks, Depends, Request
from sqlalchemy import Connection
from starlette.responses import Response

from api.answers import answer
from api.cookies import set_device_cookie
from api.deps import Edge, Open, Requires
from api.origin import origin_of
from api.schemas.accounts import (
    EmailVerification,
    MailPromised,
    Me,
    MeUpdate,
    PasswordChange,
    PasswordReset,
    PasswordResetRequest,
)
from dataviz_pipelines.core.accounts import recovery
from dataviz_pipelines.core.accounts.login import change_password
from dataviz_pipelines.core.accounts.profile import change_profile, profile
from dataviz_pipelines.core.accounts.sessions import require_session
from dataviz_pipelines.core.security.caller import Caller

router = APIRouter(prefix="/api/v1", tags=["me"])

Person = Annotated[Edge, Depends(Requires(None))]


@router.get("/me", operation_id="get_me", response_model=Me)
def show(edge: Person) -> Response:
    return answer(edge.read(_me))


@router.patch("/me", operation_id="update_me", response_model=Me)
def change(body: MeUpdate, edge: Person) -> Response:
    def work(connection: Connection, caller: Caller) -> dict[str, Any]:
        change_profile(connection, caller, body.values())
        return _me(connection, caller)

    return answer(edge.write(work))


@router.post("/me/password", operation_id="change_password", status_code=204)
async def change_own_password(body: PasswordChange, request: Request, edge: Person) -> Response:
    """Ends all other sessions."""

    def work() -> None:
        caller = edge.read(_in_session)
        change_password(edge.engine, caller, current=body.current_password, new=body.new_password)

    await request.app.state.hashing.run(work)
    return Response(status_code=204)


@router.post("/me/email-verification", operation_id="request_email_verification", status_code=202)
def verify_address(request: Request, edge: Person, tasks: BackgroundTasks) -> MailPromised:
    """Sends a link to the address of the account."""
    state = request.app.state
    mail = edge.write(partial(recovery.request_email_verification, site=state.settings.site))
    tasks.add_task(state.mailing.send, lambda: mail)
    return MailPromised(detail="A mail is on its way.")


@router.post(
    "/email-verifications",
    operation_id="verify_email",
    status_code=204,
    dependencies=[Depends(Open())],
)
def confirm_address(body: EmailVerification, request: Request) -> Response:
    """With the token of the link."""
    recovery.verify_email(request.app.state.engine, token=body.token, origin=origin_of(request))
    return Response(status_code=204)


@router.post(
    "/password-resets",
    operation_id="request_password_reset",
    status_code=202,
    dependencies=[Depends(Open())],
)
def forgot_password(
    body: PasswordResetRequest, request: Request, tasks: BackgroundTasks
) -> MailPromised:
    """Sends a link, if anybody has the address; the answer is the same either way."""
    state = request.app.state
    make = partial(
        recovery.request_password_reset,
        state.engine,
        body.email,
        origin_of(request),
        site=state.settings.site,
    )
    tasks.add_task(state.mailing.send, make)
    return MailPromised(detail="If somebody has this address, a mail is on its way.")


@router.post(
    "/password-resets/confirm",
    operation_id="reset_password",
    status_code=204,
    dependencies=[Depends(Open())],
)
async def set_forgotten_password(body: PasswordReset, request: Request) -> Response:
    """With the token of the link. Ends all sessions."""
    state = request.app.state
    work = partial(
        recovery.reset_password,
        state.engine,
        token=body.token,
        password=body.password,
        origin=origin_of(request),
    )
    session = await state.hashing.run(work)
    response = Response(status_code=204)
    set_device_cookie(response, session.token)
    return response


def _in_session(_: Connection, caller: Caller) -> Caller:
    require_session(caller)
    return caller


def _me(connection: Connection, caller: Caller) -> dict[str, Any]:
    held = sorted(each for each in caller.permissions if caller.in_scope(each))
    return {**profile(connection, caller.user_id), "permissions": held}
