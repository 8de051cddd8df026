"""All of the platform's tables: only with this module imported is `Base.metadata` complete."""

from dataviz_pipelines.core.models.access import (
    PermissionType,
    PrincipalType,
    PublicLink,
    ResourcePermission,
    ResourceType,
)
from dataviz_pipelines.core.models.base import Base
from dataviz_pipelines.core.models.business import (
    ApiKey,
    ConnectionType,
    DataSource,
    LoginThrottle,
    OneTimeToken,
    Role,
    Session,
    TestStatus,
    TokenPurpose,
    User,
    UserRole,
)
from dataviz_pipelines.core.models.collaboration import Comment, Notification
from dataviz_pipelines.core.models.dashboards import (
    ComponentType,
    Dashboard,
    DashboardComponent,
    Visualization,
)
from dataviz_pipelines.core.models.ids import new_id
from dataviz_pipelines.core.models.libraries import Chart, Theme
from dataviz_pipelines.core.models.logs import (
    AuditLog,
    AuditSeal,
    DashboardAction,
    DashboardAnalytics,
    QueryExecutionLog,
    QueryStatus,
)
from dataviz_pipelines.core.models.metadata import (
    ColumnMetadata,
    DatabaseMetadata,
    DiscoveryRun,
    MetadataChange,
    QueryType,
    SavedQuery,
    TableType,
)
from dataviz_pipelines.core.models.requests import IdempotencyKey, ResourceVersion
from dataviz_pipelines.core.models.scheduler import (
    FILE_DROPS_JOB_ID,
    JobRunStatus,
    JobType,
    SchedulerJob,
    SchedulerJobRun,
    ServiceHeartbeat,
)
from dataviz_pipelines.core.models.settings import Bookmark, SystemSetting, UserPreference
from dataviz_pipelines.core.models.uploads import (
    BatchStatus,
    RejectedRow,
    UploadBatch,
    UploadHistory,
    UploadSource,
    UploadStatus,
    UploadTemplate,
)

__all__ = [
    "FILE_DROPS_JOB_ID",
    "ApiKey",
    "AuditLog",
    "AuditSeal",
    "Base",
    "BatchStatus",
    "Bookmark",
    "Chart",
    "ColumnMetadata",
    "Comment",
    "ComponentType",
    "ConnectionType",
    "Dashboard",
    "DashboardAction",
    "DashboardAnalytics",
    "DashboardComponent",
    "DataSource",
    "DatabaseMetadata",
    "DiscoveryRun",
    "IdempotencyKey",
    "JobRunStatus",
    "JobType",
    "LoginThrottle",
    "MetadataChange",
    "Notification",
    "OneTimeToken",
    "PermissionType",
    "PrincipalType",
    "PublicLink",
    "QueryExecutionLog",
    "QueryStatus",
    "QueryType",
    "RejectedRow",
    "ResourcePermission",
    "ResourceType",
    "ResourceVersion",
    "Role",
    "SavedQuery",
    "SchedulerJob",
    "SchedulerJobRun",
    "ServiceHeartbeat",
    "Session",
    "SystemSetting",
    "TableType",
    "TestStatus",
    "Theme",
    "TokenPurpose",
    "UploadBatch",
    "UploadHistory",
    "UploadSource",
    "UploadStatus",
    "UploadTemplate",
    "User",
    "UserPreference",
    "UserRole",
    "Visualization",
    "new_id",
]
