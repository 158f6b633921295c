"""The columns that speak of the load rather than of the row."""

from __future__ import annotations

import pyarrow as pa

INGEST_ON = "ingest_on"
PROCESSING_TIMESTAMP = "processing_timestamp"
SOURCE_FROM = "source_from"
DELETED_AT = "_sdc_deleted_at"
"""When a row was found gone at its source; null as long as it is there."""

LOAD_FIELDS = (
    pa.field(INGEST_ON, pa.date32()),
    pa.field(PROCESSING_TIMESTAMP, pa.timestamp("us")),
    pa.field(SOURCE_FROM, pa.string()),
)
"""What every table carries besides the stream's columns: when and from where a row came."""

QUARANTINE_RULES = "_quarantine_rules"
QUARANTINE_RUN_ID = "_quarantine_run_id"
QUARANTINED_AT = "_quarantined_at"

QUARANTINE_FIELDS = (
    pa.field(QUARANTINE_RULES, pa.string()),
    pa.field(QUARANTINE_RUN_ID, pa.string()),
    pa.field(QUARANTINED_AT, pa.timestamp("us")),
)
"""What a row carries in quarantine: the rules it breaks, one a line, and when it came there."""

NO_DIFFERENCE = frozenset(
    {
        INGEST_ON,
        PROCESSING_TIMESTAMP,
        QUARANTINED_AT,
        QUARANTINE_RUN_ID,
        "_sdc_batched_at",
        "_sdc_extracted_at",
        "_sdc_received_at",
        "_sdc_sequence",
        "_sdc_sync_started_at",
        "_sdc_table_version",
    }
)
"""Columns in which two copies of a row may differ and still say the same."""
