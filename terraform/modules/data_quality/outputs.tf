output "rulesets" {
  description = "Name of each table's rule set."
  value       = { for table, ruleset in aws_glue_data_quality_ruleset.this : table => ruleset.name }
  depends_on  = [aws_cloudwatch_event_target.failed]
}

output "evaluation_role_arn" {
  description = "The role that an evaluation runs as."
  value       = "arn:${var.account.partition}:iam::${var.account.id}:role/${aws_iam_role.evaluation.name}"
  depends_on  = [aws_iam_role_policy.evaluation, aws_iam_role_policy.key]
}

output "policies" {
  description = "What the role may do, as JSON; known in a plan."
  value       = { data_quality = data.aws_iam_policy_document.evaluation.json }
}
