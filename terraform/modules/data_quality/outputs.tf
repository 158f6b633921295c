output "rulesets" {
  description = "Name of each table's rule set."
  value       = { for table, ruleset in aws_glue_data_quality_ruleset.this : table => ruleset.name }
  depends_on  = [aws_cloudwatch_event_target.failed]
}

output "evaluations" {
  description = "What it takes to start the evaluations: their role, and by table its rule set and the other tables that its rules name."
  value = {
    role_arn = "arn:${var.account.partition}:iam::${var.account.id}:role/${aws_iam_role.evaluation.name}"
    database = var.database
    runs     = { for table, ruleset in aws_glue_data_quality_ruleset.this : table => { ruleset = ruleset.name, others = local.others[table] } }
  }
  depends_on = [aws_iam_role_policy.evaluation, aws_iam_role_policy.key]
}

output "policies" {
  description = "What the role may do, as JSON; known in a plan."
  value       = { data_quality = data.aws_iam_policy_document.evaluation.json }
}
