# `-target` follows references: who asks for the network gets its routes, endpoints and logs too.
output "network" {
  description = "The network and its private subnets."
  value = {
    id         = aws_vpc.this.id
    cidr       = var.cidr
    subnet_ids = aws_subnet.private[*].id
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
