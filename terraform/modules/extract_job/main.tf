# The extracts, named as they always were: users and sessions of the purchase API, songs of the
# database; and the API as a whole, as the daily pipeline reads it, in one run. Each is one
# `meltano run`, with bookmarks of its own.

locals {
  api_port = try(
    tonumber(regex("^https?://[^/:]+:([0-9]+)", var.purchase_api.url)[0]),
    startswith(var.purchase_api.url, "https:") ? 443 : 80,
  )

  jobs = {
    api-extract-job = {
      role    = module.api_role.arn
      command = ["run", "tap-deftunes-api", "target-s3"]
      select  = {}
      secrets = local.api_secrets
    }
    api-users-extract-job = {
      role    = module.api_role.arn
      command = ["run", "--state-id-suffix=users", "tap-deftunes-api", "target-s3"]
      select  = { TAP_DEFTUNES_API__SELECT = jsonencode(["users.*"]) }
      secrets = local.api_secrets
    }
    api-sessions-extract-job = {
      role    = module.api_role.arn
      command = ["run", "--state-id-suffix=sessions", "tap-deftunes-api", "target-s3"]
      select  = { TAP_DEFTUNES_API__SELECT = jsonencode(["sessions.*", "session_items.*", "!sessions.session_items"]) }
      secrets = local.api_secrets
    }
    rds-extract-job = {
      role    = module.rds_role.arn
      command = ["run", "tap-postgres", "target-s3"]
      select  = {}
      secrets = local.songs_secrets
    }
  }

  api_secrets   = var.purchase_api.needs_token ? { TAP_DEFTUNES_API_AUTH_TOKEN = aws_secretsmanager_secret.api.arn } : {}
  songs_secrets = { DEFTUNES_SONGS_PASSWORD = "${local.songs.secret_arn}:password::" }

  environment = {
    DEFTUNES_API_URL        = var.purchase_api.url
    DEFTUNES_SONGS_HOST     = local.songs.host
    DEFTUNES_SONGS_PORT     = tostring(local.songs.port)
    DEFTUNES_SONGS_USER     = local.songs.user
    DEFTUNES_SONGS_DATABASE = local.songs.database
  }
}

module "api_role" {
  source = "../lake_role"

  name               = "${var.name}-extract-api"
  account            = var.account
  assume_role_policy = var.runtime.assume_role_policy
  lake               = var.lake
  landing_paths      = ["landing_zone/api"]
  extractor          = "tap-deftunes-api"
  tables             = var.tables
}

module "rds_role" {
  source = "../lake_role"

  name               = "${var.name}-extract-rds"
  account            = var.account
  assume_role_policy = var.runtime.assume_role_policy
  lake               = var.lake
  landing_paths      = ["landing_zone/rds"]
  extractor          = "tap-postgres"
  tables             = var.tables
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
  environment   = merge(var.environment, local.environment, each.value.select)
  secrets       = each.value.secrets
}

# Its value is put there by hand, once (README.md): no secret passes through Terraform.
resource "aws_secretsmanager_secret" "api" {
  #checkov:skip=CKV2_AWS_57:The token is the API's; AWS cannot make a new one
  name                    = "${var.name}/purchase-api"
  description             = "Token of the purchase API"
  kms_key_id              = var.key_arn
  recovery_window_in_days = var.force_destroy ? 0 : 30
}

data "aws_iam_policy_document" "secrets" {
  statement {
    sid       = "HandSecretsToTasks"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [aws_secretsmanager_secret.api.arn, local.songs.secret_arn]
  }
}

resource "aws_iam_role_policy" "secrets" {
  name   = "extract-secrets"
  role   = var.runtime.execution_role.name
  policy = data.aws_iam_policy_document.secrets.json
}

# HTTPS is open already; an API on another port gets that one.
resource "aws_vpc_security_group_egress_rule" "api" {
  count = local.api_port == 443 ? 0 : 1

  security_group_id = var.runtime.security_group_id
  description       = "The purchase API"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = local.api_port
  to_port           = local.api_port
}
