output "jobs" {
  description = "Family and role of each task definition, by its job's name."
  value       = { for name, job in local.jobs : name => { family = module.job[name].family, role_arn = job.role } }
}

output "environment" {
  description = "Where the sources are."
  value       = local.environment
}

output "secrets" {
  description = "Variables by the ARN of the secret that they are in."
  value       = merge(local.api_secrets, local.songs_secrets)
}

output "policies" {
  description = "What the tasks may do, as JSON by source; known in a plan."
  value       = { api = module.api_role.policy, rds = module.rds_role.policy }
}
