output "jobs" {
  description = "Family and role of every task definition, by its job's name."
  value       = module.extract_job.jobs
}
