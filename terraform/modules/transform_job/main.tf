# From the lake to the star schema, and the lake's own upkeep.

locals {
  glue = "arn:${var.account.partition}:glue:${var.account.region}:${var.account.id}"

  databases = {
    deftunes_transform            = "transform_zone/"
    deftunes_transform_quality    = "transform_zone_quality/"
    deftunes_transform_quarantine = "transform_zone_quarantine/"
  }

  dbt_role = {
    name = aws_iam_role.dbt.name
    arn  = "arn:${var.account.partition}:iam::${var.account.id}:role/${aws_iam_role.dbt.name}"
  }

  jobs = {
    dbt-build-job = {
      role        = local.dbt_role.arn
      command     = ["invoke", "dbt:build"]
      environment = var.warehouse_environment
      # Written by module `serving`, which comes later: until then this task does not start.
      secrets = { REDSHIFT_HOST = local.host_parameter_arn }
    }
    lake-maintain-job = {
      role        = module.lake_role.arn
      command     = ["invoke", "target-s3:maintain"]
      environment = {}
      secrets     = {}
    }
    # Which table is said when it is started: by an override of the command, with --dry-run first.
    lake-rebuild-job = {
      role        = module.lake_role.arn
      command     = ["invoke", "target-s3:rebuild"]
      environment = {}
      secrets     = {}
    }
  }

  host_parameter     = "/${var.name}/warehouse/host"
  host_parameter_arn = "arn:${var.account.partition}:ssm:${var.account.region}:${var.account.id}:parameter${local.host_parameter}"
}

# All three, so that no load and no warehouse needs the right to make one.
resource "aws_glue_catalog_database" "this" {
  for_each = local.databases

  name         = each.key
  description  = "DeFtunes' lake: ${each.value}"
  location_uri = "s3://${var.lake.name}/${each.value}"
}

module "lake_role" {
  source = "../lake_role"

  name               = "${var.name}-lake-upkeep"
  account            = var.account
  assume_role_policy = var.runtime.assume_role_policy
  lake               = var.lake
  landing_paths      = []
  read_paths         = ["landing_zone"]
  tables             = var.tables
}

# What dbt does, it does within the warehouse: module `serving` lets this role log in there.
resource "aws_iam_role" "dbt" {
  name               = "${var.name}-dbt"
  assume_role_policy = var.runtime.assume_role_policy
}

module "job" {
  source   = "../fargate_task"
  for_each = local.jobs

  family        = "${var.name}-${each.key}"
  stream_prefix = each.key
  region        = var.account.region
  runtime       = var.runtime
  role_arn      = each.value.role
  command       = each.value.command
  environment   = merge(var.environment, each.value.environment)
  secrets       = each.value.secrets
}

data "aws_iam_policy_document" "host" {
  statement {
    sid       = "TellTasksWhereTheWarehouseIs"
    actions   = ["ssm:GetParameters"]
    resources = [local.host_parameter_arn]
  }
}

resource "aws_iam_role_policy" "host" {
  name   = "transform-parameters"
  role   = var.runtime.execution_role.name
  policy = data.aws_iam_policy_document.host.json
}
