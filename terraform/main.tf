# The platform, in the order in which it is applied. Modules know each other by outputs only, and
# names are known before anything is there: so `-target` brings along what a module rests on, and
# every policy can be read in a plan.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  name = "${var.project}-${var.environment}"
  account = {
    id        = data.aws_caller_identity.current.account_id
    partition = data.aws_partition.current.partition
    region    = var.region
  }

  project_files = "${path.module}/.."
  rule_files    = fileset("${local.project_files}/quality", "*.dqdl")
  tables        = sort([for file in local.rule_files : trimsuffix(file, ".dqdl")])
  meltano       = yamldecode(file("${local.project_files}/orchestrate/orchestrate.meltano.yml"))
}

# Logs, secrets, images, alerts.
module "operations_key" {
  source = "./modules/key"

  name        = "${local.name}-operations"
  description = "Logs, secrets, images and alerts of ${local.name}"
  account     = local.account
  services = [
    "logs.${var.region}.amazonaws.com",
    "budgets.amazonaws.com",
    "cloudwatch.amazonaws.com",
    "events.amazonaws.com",
    "scheduler.amazonaws.com",
  ]
}

# Rows.
module "data_key" {
  source = "./modules/key"

  name        = "${local.name}-data"
  description = "Lake and warehouse of ${local.name}"
  account     = local.account
}

module "network" {
  source = "./modules/network"

  name                = local.name
  account             = local.account
  cidr                = var.network_cidr
  key_arn             = module.operations_key.arn
  internet_access     = var.internet_access
  interface_endpoints = var.interface_endpoints
  endpoint_zones      = var.endpoint_zones
}

module "data_lake" {
  source = "./modules/data_lake"

  name          = local.name
  account       = local.account
  key_arn       = module.data_key.arn
  force_destroy = local.disposable
}

module "runtime" {
  source = "./modules/runtime"

  name          = local.name
  account       = local.account
  network       = module.network.network
  key_arn       = module.operations_key.arn
  image_tag     = var.image_tag
  force_destroy = local.disposable
}

locals {
  # Production's data outlive a `terraform destroy` typed in the wrong window.
  disposable = var.environment != "prod"

  # What every task has, beside what belongs to its module.
  task_environment = {
    AWS_REGION                = var.region
    DEFTUNES_LAKE_BUCKET      = module.data_lake.lake.name
    MELTANO_ENVIRONMENT       = "aws"
    MELTANO_STATE_BACKEND_URI = "s3://${module.data_lake.lake.name}/meltano_state"
    XDG_STATE_HOME            = "/tmp/state"
  }
}

module "extract_job" {
  source = "./modules/extract_job"

  name           = local.name
  account        = local.account
  network        = module.network.network
  runtime        = module.runtime.runtime
  lake           = module.data_lake.lake
  tables         = local.tables
  environment    = local.task_environment
  key_arn        = module.operations_key.arn
  purchase_api   = var.purchase_api
  songs_database = var.songs_database
  force_destroy  = local.disposable
}
