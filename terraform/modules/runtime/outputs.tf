output "runtime" {
  description = "All that it takes to define a task and to start it."
  value = {
    cluster_arn        = "arn:${var.account.partition}:ecs:${var.account.region}:${var.account.id}:cluster/${aws_ecs_cluster.this.name}"
    cluster_name       = aws_ecs_cluster.this.name
    repository         = local.repository
    image              = "${aws_ecr_repository.this.repository_url}:${var.image_tag}"
    log_group          = aws_cloudwatch_log_group.this.name
    security_group_id  = aws_security_group.this.id
    subnet_ids         = var.network.subnet_ids
    execution_role     = { name = aws_iam_role.execution.name, arn = "arn:${var.account.partition}:iam::${var.account.id}:role/${aws_iam_role.execution.name}" }
    assume_role_policy = data.aws_iam_policy_document.assume.json
  }

  depends_on = [
    aws_ecr_lifecycle_policy.this,
    aws_iam_role_policy.execution,
    aws_iam_role_policy.key,
    aws_vpc_security_group_egress_rule.https,
  ]
}

output "policies" {
  description = "What starts a task may do, as JSON; known in a plan."
  value       = { execution = data.aws_iam_policy_document.execution.json }
}
