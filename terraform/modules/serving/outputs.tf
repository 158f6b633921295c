output "host" {
  description = "Host of the warehouse."
  value       = local.warehouse.host
  depends_on = [
    aws_iam_role_policy.login,
    aws_redshiftdata_statement.grant,
    aws_ssm_parameter.host,
    aws_vpc_security_group_egress_rule.https,
    aws_vpc_security_group_egress_rule.tasks,
    aws_vpc_security_group_ingress_rule.tasks,
    terraform_data.kept,
  ]
}

output "cluster" {
  description = "Identifier of the cluster; null with a workgroup."
  value       = local.warehouse.cluster
}

output "admin_secret_arn" {
  description = "Secret with the admin's password, which AWS keeps and changes."
  value       = local.warehouse.secret_arn
}

output "policies" {
  description = "What the roles may do, as JSON; known in a plan."
  value       = { lake_reader = data.aws_iam_policy_document.lake_reader.json }
}
