{#- Incremental strategy `changed_rows`: make a table equal to its query by writing nothing but
    what differs.

    Rows come late, change, and go: a user after the purchase, a song that is deleted, an item that
    its session lost. No column of the lake tells of a row that went, so the query is run whole,
    as for a full refresh, and the result is a full refresh's, whatever happened in between. What
    costs on Redshift is writing: rows to sort in, to vacuum, and to refresh the views for. With
    these two statements, in dbt's transaction, that is in proportion to what changed. MERGE would
    need a third one for what went, and fails when two rows have one key; here a test says so.

    EXCEPT takes two nulls for equal and leaves no row twice. -#}
{% macro get_incremental_changed_rows_sql(arg_dict) -%}
{%- set keys = arg_dict.unique_key if arg_dict.unique_key is sequence and arg_dict.unique_key is not string
    else [arg_dict.unique_key] -%}
{%- set columns = get_quoted_csv(arg_dict.dest_columns | map(attribute='name')) -%}
delete from {{ arg_dict.target_relation }}
where ({{ keys | join(', ') }}) in (
    select {{ keys | join(', ') }}
    from (
        select {{ columns }} from {{ arg_dict.target_relation }}
        except
        select {{ columns }} from {{ arg_dict.temp_relation }}
    ) as gone
);
insert into {{ arg_dict.target_relation }} ({{ columns }})
select {{ columns }} from {{ arg_dict.temp_relation }}
except
select {{ columns }} from {{ arg_dict.target_relation }}
{%- endmacro %}
