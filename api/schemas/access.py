"""Roles, grants, owners, public links, and what these show."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.schemas.accounts import Password
from api.schemas.base import (
    INCLUDED,
    UNCHANGED,
    Flag,
    Input,
    Moment,
    Name,
    Patch,
    Read,
    ShortName,
    Text,
)
from api.schemas.bookmarks import BookmarkedResource
from dataviz_pipelines.core.models.access import PermissionType, PrincipalType, ResourceType
from dataviz_pipelines.core.models.dashboards import ComponentType
from dataviz_pipelines.core.models.documents.dashboards import (
    ComponentConfig,
    DashboardFilter,
    LayoutConfig,
    MobileLayout,
)
from dataviz_pipelines.core.models.documents.document import HexColor, JsonObject
from dataviz_pipelines.core.models.documents.libraries import CssVariables, Typography
from dataviz_pipelines.core.models.documents.permissions import Permission

Permissions = Annotated[list[Permission], Field(max_length=200)]


class RoleRead(Read):
    """The platform's own roles (`is_system_role`) stay as they are."""

    name: str
    description: str | None
    permissions: list[str]
    is_system_role: bool
    is_active: bool


class RoleCreate(Input):
    """A permission reads `resource:action`; `*` is all of them."""

    name: ShortName
    description: Text | None = None
    permissions: Permissions = Field(default_factory=list)
    is_active: Flag = True


class RoleUpdate(Patch):
    name: ShortName = UNCHANGED
    description: Text | None = None
    permissions: Permissions = UNCHANGED
    is_active: Flag = UNCHANGED


class HeldRole(BaseModel):
    """A role that is not active gives nothing."""

    id: UUID
    name: str
    description: str | None
    is_system_role: bool
    is_active: bool
    given_at: datetime
    given_by: UUID | None


class HeldRoles(BaseModel):
    items: list[HeldRole]


class NamedPrincipal(BaseModel):
    name: str


class PrincipalRead(NamedPrincipal):
    """A person or a role. Whoever has given no name is known by their address."""

    principal_type: PrincipalType
    id: UUID


class Principals(BaseModel):
    items: list[PrincipalRead]


class PrincipalsQuery(BaseModel):
    """At most `limit` are found; ask for more of the name instead of more of them."""

    model_config = ConfigDict(extra="forbid")

    q: str = Field("", max_length=200, description="Part of a name, or a whole address.")
    principal_type: PrincipalType | None = None
    limit: int = Field(20, ge=1, le=50)


class GrantRead(Read):
    """Whoever may manage a thing may share it as well. A grant that has expired gives nothing."""

    resource_type: ResourceType
    resource_id: UUID
    principal_type: PrincipalType
    principal_id: UUID
    permission_type: PermissionType
    granted_by: UUID | None
    expires_at: datetime | None
    principal: NamedPrincipal | None = INCLUDED
    resource: BookmarkedResource | None = INCLUDED


class GrantCreate(Input):
    """Without `expires_at` it lasts. The same level for the same person or role replaces the one that was there."""

    resource_type: ResourceType
    resource_id: UUID
    principal_type: PrincipalType
    principal_id: UUID
    permission_type: PermissionType
    expires_at: Moment | None = None


class GrantUpdate(Patch):
    permission_type: PermissionType = UNCHANGED
    expires_at: Moment | None = None


class OwnerUpdate(Input):
    owner_id: UUID


class NamedDashboard(BaseModel):
    id: UUID
    name: str


class PublicLinkRead(Read):
    """`created_by` answers for it: the link shows what they may see, for as long as they may publish the dashboard."""

    dashboard_id: UUID
    name: str
    token_prefix: str
    has_password: bool
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    use_count: int
    dashboard: NamedDashboard | None = INCLUDED


class PublicLinkCreate(Input):
    """Without `expires_at` it shows the dashboard until it is revoked, without a password to everybody who has it."""

    dashboard_id: UUID
    name: Name
    expires_at: Moment | None = None
    password: Password | None = None


class PublicLinkUpdate(Patch):
    """A password of null: none is needed any more."""

    name: Name = UNCHANGED
    expires_at: Moment | None = None
    password: Password | None = None


class PublicLinkOpened(PublicLinkRead):
    """`token` is shown this once; `url` is where it shows the dashboard."""

    token: str
    url: str


class LinkPassword(Input):
    password: Password


class PublicTheme(BaseModel):
    name: str
    css_variables: CssVariables
    color_palette: list[HexColor]
    typography: Typography


class PublicVisualization(BaseModel):
    id: UUID
    name: str
    visualization_type: str
    chart_config: JsonObject


class PublicComponent(BaseModel):
    """`visualization` is null where there is none that the publisher may see."""

    id: UUID
    component_type: ComponentType
    position_x: int
    position_y: int
    width: int
    height: int
    component_config: ComponentConfig
    visualization: PublicVisualization | None


class PublicDashboard(BaseModel):
    """A dashboard as its publisher may see it, without where its rows come from."""

    id: UUID
    name: str
    description: str | None
    updated_at: datetime
    layout_config: LayoutConfig
    mobile_layout: MobileLayout
    filters_config: list[DashboardFilter]
    theme: PublicTheme | None
    components: list[PublicComponent]


PublicKey = Annotated[
    str,
    StringConstraints(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9_-]+$"),
    Field(description="The token of a public link, or the id of a dashboard that is public."),
]
