output "arn" {
  description = "The role's ARN."
  value       = "arn:${var.account.partition}:iam::${var.account.id}:role/${aws_iam_role.this.name}"
  depends_on  = [aws_iam_role_policy.key, aws_iam_role_policy.lake]
}

output "policy" {
  description = "What it may do, as JSON; known in a plan."
  value       = data.aws_iam_policy_document.lake.json
}
