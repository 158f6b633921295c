output "jobs" {
  description = "Family and role of each task definition, by its job's name."
  value       = { for name, job in local.jobs : name => { family = module.job[name].family, role_arn = job.role } }
  depends_on  = [aws_iam_role_policy.host]
}

output "database" {
  description = "Glue database of the lake's tables."
  value       = aws_glue_catalog_database.this["deftunes_transform"].name
  depends_on  = [aws_glue_catalog_database.this]
}

output "dbt_role" {
  description = "The role that dbt runs as."
  value       = local.dbt_role
}

output "host_parameter" {
  description = "Name of the parameter that dbt's task finds the warehouse by."
  value       = local.host_parameter
}

output "policies" {
  description = "What the tasks may do, as JSON; known in a plan."
  value       = { lake = module.lake_role.policy, host = data.aws_iam_policy_document.host.json, optimizer = data.aws_iam_policy_document.optimizer.json }
}
