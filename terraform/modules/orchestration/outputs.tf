output "schedules" {
  description = "When each task is started, in AWS's notation (UTC), and what it types."
  value       = local.schedules
  depends_on  = [aws_scheduler_schedule.this]
}

output "missed_starts_queue" {
  description = "Queue of starts that failed; null without the scheduler."
  value       = local.scheduled == 1 ? aws_sqs_queue.missed[0].name : null
}

output "policies" {
  description = "What starts tasks may do, as JSON; known in a plan."
  value       = { scheduler = data.aws_iam_policy_document.scheduler.json, airflow = data.aws_iam_policy_document.airflow.json }
}
