resource "aws_redshift_subnet_group" "this" {
  count = local.provisioned ? 1 : 0

  name        = var.name
  description = "Private subnets"
  subnet_ids  = var.network.subnet_ids
}

resource "aws_redshift_parameter_group" "this" {
  count = local.provisioned ? 1 : 0

  name        = var.name
  description = "TLS only, and who did what"
  family      = "redshift-1.0"

  parameter {
    name  = "require_ssl"
    value = "true"
  }

  parameter {
    name  = "enable_user_activity_logging"
    value = "true"
  }
}

resource "aws_redshift_cluster" "this" {
  #checkov:skip=CKV_AWS_71:By aws_redshift_logging below, into CloudWatch
  #checkov:skip=CKV_AWS_391:dbt's profile says `dev`, which is Redshift's own first database
  count = local.provisioned ? 1 : 0

  cluster_identifier                  = var.name
  database_name                       = var.warehouse.database
  master_username                     = local.admin
  manage_master_password              = true
  master_password_secret_kms_key_id   = var.key_arn
  node_type                           = var.warehouse.node_type
  cluster_type                        = var.warehouse.nodes > 1 ? "multi-node" : "single-node"
  number_of_nodes                     = var.warehouse.nodes
  cluster_subnet_group_name           = aws_redshift_subnet_group.this[0].name
  cluster_parameter_group_name        = aws_redshift_parameter_group.this[0].name
  vpc_security_group_ids              = [aws_security_group.this.id]
  iam_roles                           = [aws_iam_role.lake_reader.arn]
  default_iam_role_arn                = aws_iam_role.lake_reader.arn
  encrypted                           = true
  kms_key_id                          = var.key_arn
  publicly_accessible                 = false
  enhanced_vpc_routing                = true
  allow_version_upgrade               = true
  automated_snapshot_retention_period = var.disposable ? 1 : 14
  skip_final_snapshot                 = var.disposable
  final_snapshot_identifier           = var.disposable ? null : "${var.name}-final"
}

resource "aws_redshift_logging" "this" {
  count = local.provisioned ? 1 : 0

  cluster_identifier   = aws_redshift_cluster.this[0].cluster_identifier
  log_destination_type = "cloudwatch"
  log_exports          = local.logs

  depends_on = [aws_cloudwatch_log_group.this]
}
