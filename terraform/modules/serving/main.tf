# The warehouse: Redshift, in the one of two forms that `warehouse.mode` names. What both share is
# here; provisioned.tf and serverless.tf hold what differs.

locals {
  provisioned = var.warehouse.mode == "provisioned"

  warehouse = local.provisioned ? {
    id         = aws_redshift_cluster.this[0].cluster_namespace_arn
    host       = aws_redshift_cluster.this[0].dns_name
    cluster    = aws_redshift_cluster.this[0].cluster_identifier
    workgroup  = null
    secret_arn = aws_redshift_cluster.this[0].master_password_secret_arn
    } : {
    id         = aws_redshiftserverless_namespace.this[0].namespace_id
    host       = aws_redshiftserverless_workgroup.this[0].endpoint[0].address
    cluster    = null
    workgroup  = aws_redshiftserverless_workgroup.this[0].workgroup_name
    secret_arn = aws_redshiftserverless_namespace.this[0].admin_password_secret_arn
  }

  admin = "deftunes_admin"
  logs  = ["connectionlog", "useractivitylog", "userlog"]
}

# Redshift would make these itself, for ever and without our key.
resource "aws_cloudwatch_log_group" "this" {
  for_each = toset(local.logs)

  name              = "/aws/redshift/${local.provisioned ? "cluster/" : ""}${var.name}/${each.key}"
  retention_in_days = 365
  kms_key_id        = var.log_key_arn
}

resource "aws_security_group" "this" {
  name        = "${var.name}-warehouse"
  description = "The warehouse: pipelines come in, nobody else"
  vpc_id      = var.network.id
}

resource "aws_vpc_security_group_ingress_rule" "tasks" {
  security_group_id            = aws_security_group.this.id
  description                  = "Pipelines"
  referenced_security_group_id = var.task_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 5439
  to_port                      = 5439
}

resource "aws_vpc_security_group_egress_rule" "tasks" {
  security_group_id            = var.task_security_group_id
  description                  = "The warehouse"
  referenced_security_group_id = aws_security_group.this.id
  ip_protocol                  = "tcp"
  from_port                    = 5439
  to_port                      = 5439
}

# With enhanced routing, the warehouse asks S3 and Glue through the network.
resource "aws_vpc_security_group_egress_rule" "https" {
  security_group_id = aws_security_group.this.id
  description       = "S3 and Glue"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

# Where dbt's task finds the warehouse.
resource "aws_ssm_parameter" "host" {
  #checkov:skip=CKV2_AWS_34:The name of a host in a private network is no secret
  #checkov:skip=CKV_AWS_337:A name that is no secret needs no key
  name        = var.host_parameter
  description = "Host of the warehouse"
  type        = "String"
  value       = local.warehouse.host
}
