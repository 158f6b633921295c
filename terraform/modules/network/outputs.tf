# `-target` follows references: who asks for the network gets its routes, endpoints and logs too.
output "network" {
  description = "The network and its private subnets."
  value = {
    id         = aws_vpc.this.id
    cidr       = var.cidr
    subnet_ids = aws_subnet.private[*].id
    routes     = aws_route_table.private.id
  }

  depends_on = [
    aws_default_security_group.this,
    aws_flow_log.this,
    aws_iam_role_policy.flow_logs,
    aws_route.private,
    aws_route_table_association.private,
    aws_route_table_association.public,
    aws_vpc_endpoint.interface,
    aws_vpc_endpoint.s3,
    aws_vpc_security_group_ingress_rule.endpoints,
  ]
}

output "endpoints" {
  description = "AWS's services that are asked without the internet."
  value       = sort(concat(["s3"], keys(aws_vpc_endpoint.interface)))
}

output "policies" {
  description = "What the role of the flow logs may do, as JSON; known in a plan."
  value       = { flow_logs = data.aws_iam_policy_document.flow_logs.json }
}

output "zones" {
  description = "Zones of the private subnets, and of each interface endpoint."
  value = {
    subnets   = aws_subnet.private[*].availability_zone
    endpoints = local.endpoint_subnets[*].availability_zone
  }
}
