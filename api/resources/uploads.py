"""Upload templates, what was uploaded, and the rows that were refused. Templates are created and changed, and uploads
started, by routers of their own."""

from typing import Final

from api.resources.people import OWNER
from api.resources.resource import Resource, table
from api.schemas.uploads import UploadRead, UploadTemplateRead
from dataviz_pipelines.core.crud import Collection, Named
from dataviz_pipelines.core.models.access import ResourceType
from dataviz_pipelines.core.models.tables import RejectedRow, UploadHistory, UploadTemplate
from dataviz_pipelines.core.security.deeds import UPLOADS as UPLOADS_POLICY
from dataviz_pipelines.core.security.rows import KINDS, PartOf

UPLOAD_TEMPLATES: Final = Collection(
    name="upload_templates",
    one="upload template",
    table=table(UploadTemplate),
    policy=KINDS[ResourceType.UPLOAD_TEMPLATE],
    filters=("name", "file_format", "upload_mode", "is_active", "created_by"),
    sorts=("created_at", "updated_at", "name"),
    search=("name", "description"),
    includes={"owner": OWNER},
)

UPLOADS: Final = Collection(
    name="uploads",
    one="upload",
    table=table(UploadHistory),
    policy=UPLOADS_POLICY,
    hidden=frozenset({"stored_path", "reject_path", "lost_count", "reported_at"}),
    filters=(
        "template_id",
        "status",
        "source",
        "file_hash",
        "parent_upload_id",
        "is_dry_run",
        "created_by",
    ),
    ranges=("created_at",),
    sorts=("created_at", "updated_at", "file_name", "file_size_bytes"),
    search=("file_name",),
    includes={"owner": OWNER, "template": Named(UPLOAD_TEMPLATES, "template_id")},
)

REJECTED_ROWS: Final = Collection(
    name="rejected_rows",
    one="rejected row",
    table=table(RejectedRow),
    policy=PartOf(UPLOADS_POLICY, "upload_id"),
    sorts=("line_number",),
    order="line_number",
)

RESOURCES: Final = (
    Resource("upload-templates", UPLOAD_TEMPLATES, UploadTemplateRead),
    Resource("uploads", UPLOADS, UploadRead, can_delete=False),
)
