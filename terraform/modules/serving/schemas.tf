# What has to be in the warehouse before dbt is: its user, its schema, and the lake's tables. dbt's
# user has the name that AWS gives to a role, and no password: it logs in by the role alone.
#
# Each statement runs once in a warehouse. AWS tells of it without the role that it names, and after
# a day not at all: Terraform, which compares, would run it again with every apply. So it looks at
# what the statement is made of instead.

locals {
  dbt_user = "IAMR:${var.dbt_role.name}"

  statements = {
    user     = "CREATE USER \"${local.dbt_user}\" PASSWORD DISABLE"
    serving  = "CREATE SCHEMA IF NOT EXISTS deftunes_serving AUTHORIZATION \"${local.dbt_user}\""
    lake     = "CREATE EXTERNAL SCHEMA IF NOT EXISTS ${var.database} FROM DATA CATALOG DATABASE '${var.database}' IAM_ROLE '${aws_iam_role.lake_reader.arn}'"
    build    = "GRANT CREATE, TEMPORARY ON DATABASE ${var.warehouse.database} TO \"${local.dbt_user}\""
    see_lake = "GRANT USAGE ON SCHEMA ${var.database} TO \"${local.dbt_user}\""
  }
}

resource "terraform_data" "statement" {
  for_each = local.statements

  input = { sql = each.value, database = var.warehouse.database, warehouse = local.warehouse.id }
}

resource "aws_redshiftdata_statement" "user" {
  cluster_identifier = local.warehouse.cluster
  workgroup_name     = local.warehouse.workgroup
  database           = var.warehouse.database
  secret_arn         = local.warehouse.secret_arn
  sql                = local.statements.user

  lifecycle {
    ignore_changes       = all
    replace_triggered_by = [terraform_data.statement["user"]]
  }

  depends_on = [aws_redshift_logging.this, aws_redshiftserverless_usage_limit.this]
}

resource "aws_redshiftdata_statement" "schema" {
  for_each = { for name in ["lake", "serving"] : name => local.statements[name] }

  cluster_identifier = local.warehouse.cluster
  workgroup_name     = local.warehouse.workgroup
  database           = var.warehouse.database
  secret_arn         = local.warehouse.secret_arn
  sql                = each.value

  lifecycle {
    ignore_changes       = all
    replace_triggered_by = [terraform_data.statement[each.key]]
  }

  depends_on = [
    aws_iam_role_policy.key,
    aws_iam_role_policy.lake_reader,
    aws_redshiftdata_statement.user,
  ]
}

resource "aws_redshiftdata_statement" "grant" {
  for_each = { for name in ["build", "see_lake"] : name => local.statements[name] }

  cluster_identifier = local.warehouse.cluster
  workgroup_name     = local.warehouse.workgroup
  database           = var.warehouse.database
  secret_arn         = local.warehouse.secret_arn
  sql                = each.value

  lifecycle {
    ignore_changes       = all
    replace_triggered_by = [terraform_data.statement[each.key]]
  }

  depends_on = [aws_redshiftdata_statement.schema]
}
