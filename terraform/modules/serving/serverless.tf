resource "aws_redshiftserverless_namespace" "this" {
  count = local.provisioned ? 0 : 1

  namespace_name                   = var.name
  db_name                          = var.warehouse.database
  admin_username                   = local.admin
  manage_admin_password            = true
  admin_password_secret_kms_key_id = var.key_arn
  kms_key_id                       = var.key_arn
  iam_roles                        = [aws_iam_role.lake_reader.arn]
  default_iam_role_arn             = aws_iam_role.lake_reader.arn
  log_exports                      = local.logs

  depends_on = [aws_cloudwatch_log_group.this]
}

resource "aws_redshiftserverless_workgroup" "this" {
  count = local.provisioned ? 0 : 1

  workgroup_name       = var.name
  namespace_name       = aws_redshiftserverless_namespace.this[0].namespace_name
  base_capacity        = var.warehouse.base_rpus
  max_capacity         = var.warehouse.max_rpus
  subnet_ids           = var.network.subnet_ids
  security_group_ids   = [aws_security_group.this.id]
  publicly_accessible  = false
  enhanced_vpc_routing = true

  config_parameter {
    parameter_key   = "require_ssl"
    parameter_value = "true"
  }

  config_parameter {
    parameter_key   = "enable_user_activity_logging"
    parameter_value = "true"
  }

  # AWS tells these two among others, which grow in number: compared, they would differ with every
  # plan, and an apply would ask for a change that AWS refuses. So they are set once.
  lifecycle {
    ignore_changes = [config_parameter]
  }
}

# A forgotten query stops before it is a bill.
resource "aws_redshiftserverless_usage_limit" "this" {
  count = local.provisioned ? 0 : 1

  resource_arn  = aws_redshiftserverless_workgroup.this[0].arn
  usage_type    = "serverless-compute"
  period        = "daily"
  amount        = var.warehouse.daily_rpu_hours
  breach_action = "deactivate"
}

# A cluster leaves a snapshot; of a namespace, Terraform asks for none. So `terraform destroy` stops
# here before it takes it away, unless it is disposable.
resource "terraform_data" "kept" {
  count = local.provisioned ? 0 : 1

  input = { namespace = var.name, disposable = var.disposable }

  provisioner "local-exec" {
    when    = destroy
    command = self.input.disposable ? "exit 0" : "echo warehouse ${self.input.namespace} outlives terraform destroy, see Take it away in terraform/README.md && exit 1"
  }

  depends_on = [aws_redshiftserverless_usage_limit.this]
}
