"""External schemas: Iceberg tables that Glue knows, read by their current snapshots."""

from deftunes_redshift.external.refreshing import refresh
from deftunes_redshift.external.schemas import create_external_schema, drop_external_schema

__all__ = ["create_external_schema", "drop_external_schema", "refresh"]
