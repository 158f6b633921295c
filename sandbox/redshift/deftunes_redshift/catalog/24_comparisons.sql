-- Blanks at the end of a text count for nothing when texts are compared, also of VARCHAR. PostgreSQL
-- compares so what is CHAR; its planner sees through these functions, so that joins stay hash joins.
-- GROUP BY, DISTINCT and UNION still tell such texts apart: the README says so.
do $$
declare
  operator text;
  name text;
begin
  for operator, name in values ('=', 'equal'), ('<>', 'unequal'), ('<', 'less'),
    ('<=', 'at_most'), ('>', 'greater'), ('>=', 'at_least')
  loop
    execute format('create function rs_catalog.text_%s(a text, b text) returns boolean
      language sql immutable strict parallel safe
      as ''select a::bpchar operator(pg_catalog.%s) b::bpchar''', name, operator);
    update pg_catalog.pg_operator set oprcode = format('rs_catalog.text_%s', name)::regproc
      where oprname = operator and oprleft = 'text'::regtype and oprright = 'text'::regtype;
  end loop;
end $$;
