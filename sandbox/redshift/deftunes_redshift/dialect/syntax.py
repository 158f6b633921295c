"""The statements, clauses and operators that Redshift has, as kinds of PostgreSQL's syntax tree."""

from __future__ import annotations

STATEMENTS = {
    "AlterDefaultPrivilegesStmt": ("ALTER DEFAULT PRIVILEGES", "r_ALTER_DEFAULT_PRIVILEGES"),
    "AlterOwnerStmt": ("ALTER SCHEMA … OWNER TO", "r_ALTER_SCHEMA"),
    "AlterRoleStmt": ("ALTER USER", "r_ALTER_USER"),
    "AlterTableStmt": ("ALTER TABLE", "r_ALTER_TABLE"),
    "ClosePortalStmt": ("CLOSE", "close"),
    "CommentStmt": ("COMMENT", "r_COMMENT"),
    "CreateRoleStmt": ("CREATE USER, CREATE GROUP, CREATE ROLE", "r_CREATE_USER"),
    "CreateSchemaStmt": ("CREATE SCHEMA", "r_CREATE_SCHEMA"),
    "CreateStmt": ("CREATE TABLE", "r_CREATE_TABLE_NEW"),
    "CreateTableAsStmt": ("CREATE TABLE AS, CREATE MATERIALIZED VIEW", "r_CREATE_TABLE_AS"),
    "CreatedbStmt": ("CREATE DATABASE", "r_CREATE_DATABASE"),
    "DeallocateStmt": ("DEALLOCATE", "r_DEALLOCATE"),
    "DeclareCursorStmt": ("DECLARE", "declare"),
    "DeleteStmt": ("DELETE", "r_DELETE"),
    "DropRoleStmt": ("DROP USER, DROP GROUP, DROP ROLE", "r_DROP_USER"),
    "DropStmt": ("DROP TABLE, DROP VIEW, DROP SCHEMA", "r_DROP_TABLE"),
    "DropdbStmt": ("DROP DATABASE", "r_DROP_DATABASE"),
    "ExecuteStmt": ("EXECUTE", "r_EXECUTE"),
    "ExplainStmt": ("EXPLAIN", "r_EXPLAIN"),
    "FetchStmt": ("FETCH", "fetch"),
    "GrantRoleStmt": ("GRANT ROLE", "r_GRANT"),
    "GrantStmt": ("GRANT, REVOKE", "r_GRANT"),
    "InsertStmt": ("INSERT", "r_INSERT_30"),
    "LockStmt": ("LOCK", "r_LOCK"),
    "MergeStmt": ("MERGE", "r_MERGE"),
    "PrepareStmt": ("PREPARE", "r_PREPARE"),
    "RefreshMatViewStmt": (
        "REFRESH MATERIALIZED VIEW",
        "materialized-view-refresh-sql-command",
    ),
    "RenameStmt": ("ALTER TABLE … RENAME", "r_ALTER_TABLE"),
    "SelectStmt": ("SELECT", "r_SELECT_synopsis"),
    "TransactionStmt": ("BEGIN, COMMIT, ROLLBACK, ABORT, END", "r_BEGIN"),
    "TruncateStmt": ("TRUNCATE", "r_TRUNCATE"),
    "UpdateStmt": ("UPDATE", "r_UPDATE"),
    "VacuumStmt": ("VACUUM, ANALYZE", "r_VACUUM_command"),
    "VariableSetStmt": ("SET, RESET", "r_SET"),
    "VariableShowStmt": ("SHOW", "r_SHOW"),
    "ViewStmt": ("CREATE VIEW", "r_CREATE_VIEW"),
}
"""Kind of statement: what it is called, and its page."""

PARTS = frozenset(
    {
        "A_Const", "A_Expr", "A_Indices", "A_Indirection", "A_Star", "AccessPriv", "Alias",
        "AlterTableCmd", "BoolExpr",
        "Boolean", "BooleanTest", "CaseExpr", "CaseWhen", "CoalesceExpr", "ColumnDef",
        "ColumnRef", "CommonTableExpr", "Constraint", "DefElem", "Float", "FuncCall",
        "GroupingFunc", "GroupingSet", "Integer", "IntoClause", "JoinExpr", "List",
        "MergeWhenClause", "MinMaxExpr", "NullTest", "ObjectWithArgs", "ParamRef", "RangeFunction",
        "RangeSubselect", "RangeVar", "RawStmt", "ResTarget", "RoleSpec", "RowExpr",
        "SQLValueFunction", "SetToDefault", "SortBy", "String", "SubLink", "TableLikeClause",
        "TypeCast", "TypeName", "VacuumRelation", "VariableSetStmt", "WindowDef", "WithClause",
    }
)  # fmt: skip
"""Parts of statements; which of their own parts they may have is told in `rules`."""

REFUSED_PARTS = {
    "A_ArrayExpr": ("array constructor", "c_unsupported-postgresql-features"),
    "CheckPointStmt": ("CHECKPOINT", "c_unsupported-postgresql-features"),
    "CollateClause": ("COLLATE in an expression", "c_unsupported-postgresql-features"),
    "CopyStmt": ("COPY between client and server", "r_COPY"),
    "CreateDomainStmt": ("CREATE DOMAIN", "c_unsupported-postgresql-datatypes"),
    "CreateEnumStmt": ("CREATE TYPE", "c_unsupported-postgresql-datatypes"),
    "CreateExtensionStmt": ("CREATE EXTENSION", "c_unsupported-postgresql-features"),
    "CreateSeqStmt": ("CREATE SEQUENCE", "c_unsupported-postgresql-features"),
    "CreateTrigStmt": ("CREATE TRIGGER", "c_unsupported-postgresql-features"),
    "DoStmt": ("DO", "c_unsupported-postgresql-features"),
    "IndexElem": ("EXCLUDE constraint or index", "c_unsupported-postgresql-features"),
    "IndexStmt": ("CREATE INDEX", "c_unsupported-postgresql-features"),
    "JsonFuncExpr": ("SQL/JSON function", "json-functions"),
    "JsonIsPredicate": ("IS JSON", "json-functions"),
    "ListenStmt": ("LISTEN", "c_unsupported-postgresql-features"),
    "LockingClause": ("SELECT FOR UPDATE", "r_SELECT_synopsis"),
    "NotifyStmt": ("NOTIFY", "c_unsupported-postgresql-features"),
    "OnConflictClause": ("ON CONFLICT", "r_INSERT_30"),
    "PartitionSpec": ("PARTITION BY of a table", "c_unsupported-postgresql-features"),
    "RangeTableSample": ("TABLESAMPLE", "r_FROM_clause30"),
    "ReindexStmt": ("REINDEX", "c_unsupported-postgresql-features"),
    "ReturningClause": ("RETURNING", "r_INSERT_30"),
    "RuleStmt": ("CREATE RULE", "c_unsupported-postgresql-features"),
    "XmlExpr": ("XML function", "c_unsupported-postgresql-functions"),
}
"""What PostgreSQL has and Redshift documents as unsupported, or has no page of."""

OPERATORS = {
    **dict.fromkeys(("+", "-", "*", "/", "%", "^", "|/", "||/", "@"), "r_OPERATOR_SYMBOLS"),
    **dict.fromkeys(("&", "|", "#", "<<", ">>"), "r_OPERATOR_SYMBOLS"),
    "||": "r_concat_op",
    **dict.fromkeys(("=", "<>", "!=", "<", "<=", ">", ">="), "r_comparison_condition"),
    **dict.fromkeys(("~", "!~"), "pattern-matching-conditions-posix"),
    **dict.fromkeys(("~~", "!~~", "~~*", "!~~*"), "r_patternmatching_condition_like"),
}
"""Operators; the last four are what LIKE and ILIKE become."""

SYSTEM_COLUMNS = frozenset({"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"})
