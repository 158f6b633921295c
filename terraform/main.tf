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

locals {
  lake_reader_name = "${local.name}-lake-reader"
  provisioned      = var.warehouse.mode == "provisioned"

  # What dbt reads, in names: so its task can be defined before there is a warehouse.
  warehouse_environment = {
    REDSHIFT_PORT     = "5439"
    REDSHIFT_DATABASE = var.warehouse.database
    # whoever runs it logs in as the role that they are: no user and no password
    REDSHIFT_METHOD         = "iam_role"                               # as dbt calls it
    REDSHIFT_LOGIN          = local.provisioned ? "iam" : "serverless" # as target-redshift does
    REDSHIFT_USER           = ""
    REDSHIFT_PASSWORD       = ""
    REDSHIFT_CLUSTER_ID     = local.provisioned ? local.name : ""
    REDSHIFT_WORKGROUP      = local.provisioned ? "" : local.name
    REDSHIFT_SSLMODE        = "verify-full"
    REDSHIFT_THREADS        = "4"
    REDSHIFT_IAM_ROLE       = "arn:${local.account.partition}:iam::${local.account.id}:role/${local.lake_reader_name}"
    REDSHIFT_READERS        = join(",", var.warehouse_readers)
    REDSHIFT_SOURCES        = "external"
    REDSHIFT_SOURCES_SCHEMA = ""
  }
}

module "transform_job" {
  source = "./modules/transform_job"

  name                  = local.name
  account               = local.account
  runtime               = module.runtime.runtime
  lake                  = module.data_lake.lake
  tables                = local.tables
  environment           = local.task_environment
  warehouse_environment = local.warehouse_environment
  table_optimizers      = var.table_optimizers
  force_destroy         = local.disposable
}

module "serving" {
  source = "./modules/serving"

  name                   = local.name
  account                = local.account
  network                = module.network.network
  task_security_group_id = module.runtime.runtime.security_group_id
  lake                   = module.data_lake.lake
  database               = module.transform_job.database
  lake_reader_name       = local.lake_reader_name
  dbt_role               = module.transform_job.dbt_role
  host_parameter         = module.transform_job.host_parameter
  key_arn                = module.data_key.arn
  log_key_arn            = module.operations_key.arn
  warehouse              = var.warehouse
  disposable             = local.disposable
}

module "data_quality" {
  source = "./modules/data_quality"

  name            = local.name
  account         = local.account
  rules_folder    = "${local.project_files}/quality"
  database        = module.transform_job.database
  lake            = module.data_lake.lake
  alert_topic_arn = module.monitoring.topic_arn
}

locals {
  jobs = merge(module.extract_job.jobs, module.transform_job.jobs)
}

module "orchestration" {
  source = "./modules/orchestration"

  name         = local.name
  account      = local.account
  orchestrator = var.orchestrator
  network      = module.network.network
  runtime      = module.runtime.runtime
  jobs         = local.jobs
  schedules    = local.meltano.schedules
  jobs_by_name = { for job in local.meltano.jobs : job.name => job.tasks }
  evaluations  = module.data_quality.evaluations

  maintenance_schedule = var.table_optimizers ? null : var.maintenance_schedule
  evaluation_schedule  = var.evaluation_schedule
  artifacts            = module.data_lake.artifacts
  airflow_version      = var.airflow_version
  key_arn              = module.operations_key.arn
}

module "monitoring" {
  source = "./modules/monitoring"

  name                = local.name
  project             = var.project
  account             = local.account
  key_arn             = module.operations_key.arn
  cluster_arn         = module.runtime.runtime.cluster_arn
  fresh_within_hours  = var.fresh_within_hours
  warehouse_cluster   = local.provisioned ? local.name : null
  missed_starts_queue = module.orchestration.missed_starts_queue
  alert_email         = var.alert_email
  monthly_budget_usd  = var.monthly_budget_usd
}
