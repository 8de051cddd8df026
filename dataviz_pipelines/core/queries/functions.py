"""Functions that do more than read rows, or read what is no row: files, locks, other servers, SQL within text.

A list of names is the last wall and not the first: what a source's role may not do, no function does for it.
"""

import re
from typing import Final

_HARMLESS_PG: Final = re.compile(
    r"pg_(typeof|get_\w+|(table|relation|total_relation|indexes|database|tablespace|column)_size|size_(pretty|bytes)"
    r"|column_compression|backend_pid|is_in_recovery|postmaster_start_time|conf_load_time|\w+_is_visible|has_role"
    r"|describe_object|identify_object\w*|encoding_to_char|char_to_encoding|client_encoding|collation_for"
    r"|collation_actual_version|stat_get_\w+|input_is_valid|input_error_info|blocking_pids|my_temp_schema|options_to_table"
    r"|timezone_names|timezone_abbrevs|basetype|partition_tree|partition_ancestors|partition_root|is_other_temp_schema)"
)
"""Of PostgreSQL's own functions that begin with pg_ these are allowed, and no other."""
_DANGEROUS: Final = {
    "postgresql": re.compile(
        r"(lo_\w+|loread|lowrite|dblink\w*|set_config|setval|nextval"
        r"|query_to_xml\w*|cursor_to_xml\w*|(table|schema|database)_to_xml\w*|ts_stat|ts_rewrite|crosstab\w*|connectby"
        r"|brin_\w+|gin_clean_pending_list|binary_upgrade_\w+|xpath_table|postgres_fdw\w*)"
    ),
    "mysql": re.compile(
        r"(sleep|benchmark|load_file|get_lock|release_lock|release_all_locks|is_free_lock|is_used_lock|master_pos_wait"
        r"|source_pos_wait|master_gtid_wait|wait_for_executed_gtid_set|wait_until_sql_thread_after_gtids|nextval|setval"
        r"|lastval|last_insert_id|sys_\w+|load|lib_\w+|service_\w+|version_tokens_\w+|keyring_\w+|asynchronous_\w+"
        r"|group_replication_\w+|spider_\w+)"
    ),
    "bigquery": re.compile(r"external_query"),
}


def is_dangerous(name: str, kind: str) -> bool:
    """`name` without quotes and without its schema."""
    lowered = name.lower()
    if kind == "postgresql" and lowered.startswith("pg_"):
        return _HARMLESS_PG.fullmatch(lowered) is None
    return _DANGEROUS[kind].fullmatch(lowered) is not None
