# The network, with the endpoints that what runs in it needs where there is no internet.

locals {
  # What tasks ask of AWS without the internet: the image, their logs and secrets, catalog and warehouse.
  endpoints_of_tasks = [
    "ecr.api", "ecr.dkr", "glue", "kms", "logs", "secretsmanager", "ssm", "sts",
    local.provisioned ? "redshift" : "redshift-serverless",
  ]
  # And managed Airflow, for itself and to start tasks.
  endpoints_of_airflow = ["airflow.api", "airflow.env", "airflow.ops", "ecr.api", "ecr.dkr", "ecs", "kms", "logs", "monitoring", "sqs", "sts"]
}

module "network" {
  source = "./modules/network"

  name            = local.name
  account         = local.account
  cidr            = var.network_cidr
  key_arn         = module.operations_key.arn
  internet_access = var.internet_access
  interface_endpoints = setunion(
    var.interface_endpoints,
    var.internet_access ? [] : local.endpoints_of_tasks,
    !var.internet_access && var.orchestrator == "mwaa" ? local.endpoints_of_airflow : [],
  )
  endpoint_zones   = var.endpoint_zones
  exclude_zone_ids = var.exclude_zone_ids
}
