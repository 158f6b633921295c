# Where the pipelines run: the image, the cluster, the logs, and what starts a task.

locals {
  repository = "${var.name}/meltano"
  log_group  = "/${var.name}/meltano"
}

resource "aws_ecr_repository" "this" {
  name                 = local.repository
  image_tag_mutability = "IMMUTABLE"
  force_delete         = var.force_destroy

  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = var.key_arn
  }

  image_scanning_configuration {
    scan_on_push = true
  }
}

resource "aws_ecr_lifecycle_policy" "this" {
  repository = aws_ecr_repository.this.name
  policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "Keep what a roll-back may want"
      selection    = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = 20 }
      action       = { type = "expire" }
    }]
  })
}

resource "aws_cloudwatch_log_group" "this" {
  name              = local.log_group
  retention_in_days = 365
  kms_key_id        = var.key_arn
}

# ECS would make this one itself, for ever and without our key.
resource "aws_cloudwatch_log_group" "insights" {
  name              = "/aws/ecs/containerinsights/${var.name}/performance"
  retention_in_days = 365
  kms_key_id        = var.key_arn
}

resource "aws_ecs_cluster" "this" {
  name = var.name

  setting {
    name  = "containerInsights"
    value = "enabled"
  }

  depends_on = [aws_cloudwatch_log_group.insights]
}

resource "aws_security_group" "this" {
  #checkov:skip=CKV2_AWS_5:Tasks get it when they are started, by the scheduler or by Airflow
  name        = "${var.name}-tasks"
  description = "Pipelines: nothing comes in"
  vpc_id      = var.network.id
}

resource "aws_vpc_security_group_egress_rule" "https" {
  security_group_id = aws_security_group.this.id
  description       = "AWS services and sources that speak HTTPS"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}
