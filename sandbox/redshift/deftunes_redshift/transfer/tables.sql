-- What loads could not take: the contents of STL_LOAD_ERRORS and SYS_LOAD_ERROR_DETAIL.
create table rs_catalog.load_errors (
    user_name text not null,
    database_name text not null,
    session_id int4 not null,
    query_id int8 not null,
    transaction_id int8 not null,
    start_time timestamp not null,
    table_id int4 not null,
    file_name text not null,
    line_number int8 not null,
    column_name text not null,
    column_type text not null,
    column_length text not null,
    position int4 not null,
    raw_line text not null,
    raw_field_value text not null,
    error_code int4 not null,
    error_message text not null
);
