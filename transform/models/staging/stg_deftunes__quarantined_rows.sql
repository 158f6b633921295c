{% for table in ['users', 'sessions', 'session_items', 'songs'] %}
select
    cast('{{ table }}' as varchar) as table_name,
    _quarantine_rules as broken_rules,
    _quarantine_run_id as run_id,
    _quarantined_at as set_aside_at
from {{ lake_table('deftunes_transform_quarantine', table) }}
{% if not loop.last %}union all{% endif %}
{% endfor %}
