locals {
  # What Airflow reads to start tasks, wherever it runs.
  airflow_environment = {
    DEFTUNES_TASKS               = "ecs"
    DEFTUNES_ECS_NAME            = module.runtime.runtime.cluster_name
    DEFTUNES_ECS_SUBNETS         = join(",", module.runtime.runtime.subnet_ids)
    DEFTUNES_ECS_SECURITY_GROUPS = module.runtime.runtime.security_group_id
  }
}

output "meltano_env" {
  description = "What the environment `aws` reads: names and ARNs only. `secrets` says where the values of the rest are, `airflow` what Airflow reads to start tasks. `make aws-env` writes all of it to .env."
  value = {
    variables = merge(
      { for name in ["AWS_REGION", "DEFTUNES_LAKE_BUCKET", "MELTANO_STATE_BACKEND_URI"] : name => local.task_environment[name] },
      module.extract_job.environment,
      local.warehouse_environment,
      { REDSHIFT_HOST = module.serving.host },
    )
    secrets = module.extract_job.secrets
    airflow = local.airflow_environment
  }
}

output "jobs" {
  description = "Family and role of every task definition, by its job's name."
  value       = local.jobs
}

output "deployment" {
  description = "Where `make deploy` puts the image and the project's files. Known after the first target: it comes before anything is started."
  value = {
    region     = var.region
    repository = module.runtime.runtime.repository
    image      = module.runtime.runtime.image
    bucket     = module.data_lake.artifacts.name
    key_arn    = module.data_lake.artifacts.key_arn
    airflow    = local.airflow_environment
  }
}

output "schedules" {
  description = "When EventBridge starts what (UTC)."
  value       = module.orchestration.schedules
}

output "policies" {
  description = "What each role may do, as JSON by module; tests read them in a plan."
  value = {
    network       = module.network.policies
    runtime       = module.runtime.policies
    extract_job   = module.extract_job.policies
    transform_job = module.transform_job.policies
    serving       = module.serving.policies
    data_quality  = module.data_quality.policies
    orchestration = module.orchestration.policies
  }
}
