"""SET, RESET and SHOW: the settings of a session that Redshift has."""

from __future__ import annotations

from pglast import ast

from deftunes_redshift.errors import RedshiftError

PASSED_ON = {
    "application_name": "r_SET",
    "client_encoding": "r_SET",
    "datestyle": "r_datestyle",
    "extra_float_digits": "r_extra_float_digits",
    "role": "r_SET",
    "search_path": "r_search_path",
    "session_authorization": "r_SET_SESSION_AUTHORIZATION",
    "statement_timeout": "r_statement_timeout",
    "timezone": "r_timezone_config",
    "transaction_isolation": "r_SET",
}
"""Settings that mean the same in PostgreSQL."""

REDSHIFTS_OWN = {
    "analyze_threshold_percent": "r_analyze_threshold_percent",
    "cast_super_null_on_error": "r_cast_super_null_on_error",
    "describe_field_name_in_uppercase": "r_describe_field_name_in_uppercase",
    "enable_case_sensitive_identifier": "r_enable_case_sensitive_identifier",
    "enable_result_cache_for_session": "r_enable_result_cache_for_session",
    "enable_vacuum_boost": "r_enable_vacuum_boost",
    "json_serialization_enable": "r_json_serialization_enable",
    "mv_enable_aqmv_for_session": "r_mv_enable_aqmv_for_session",
    "query_group": "r_query_group",
    "wlm_query_slot_count": "r_wlm_query_slot_count",
}
"""Settings that are kept and shown; what they would do has no place here."""

_MUST_STAY = {"enable_case_sensitive_identifier", "describe_field_name_in_uppercase"}
_OFF = ("off", "false", "0", "no", "default")


def set_setting(node: ast.VariableSetStmt) -> None:
    """Look at a SET or RESET.

    Raises:
        RedshiftError: If Redshift has no such setting, or the stand-in knows only its default.
    """
    name = node.name
    if name is None or name in PASSED_ON:
        return
    if name not in REDSHIFTS_OWN:
        raise _unknown(name)
    if name in _MUST_STAY and any(_value(item) not in _OFF for item in node.args or ()):
        raise RedshiftError(f"the stand-in knows {name} only as off", "0A000")
    node.name = f"rs.{name}"


def show_setting(node: ast.VariableShowStmt) -> ast.VariableShowStmt:
    """Look at a SHOW.

    Raises:
        RedshiftError: If Redshift has no such setting.
    """
    if node.name in REDSHIFTS_OWN:
        node.name = f"rs.{node.name}"
    elif node.name not in PASSED_ON and node.name not in ("all", "server_version"):
        raise _unknown(node.name)
    return node


def _unknown(name: str) -> RedshiftError:
    return RedshiftError(f'unrecognized configuration parameter "{name}"', "42704")


def _value(node: ast.A_Const) -> str:
    value = node.val
    return str(
        getattr(value, "sval", getattr(value, "ival", getattr(value, "boolval", "")))
    ).lower()
