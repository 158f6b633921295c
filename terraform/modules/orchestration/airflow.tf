# Managed Airflow, by flag: it costs some 350 dollars a month at rest. `make deploy` puts the DAGs and
# what they read into the bucket of artifacts, and comes first: without a start script AWS makes none.

locals {
  airflow      = var.orchestrator == "mwaa" ? 1 : 0
  airflow_logs = "arn:${var.account.partition}:logs:${var.account.region}:${var.account.id}:log-group:airflow-${var.name}-*"
}

data "aws_iam_policy_document" "airflow_assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["airflow-env.amazonaws.com", "airflow.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account.id]
    }
  }
}

data "aws_iam_policy_document" "airflow" {
  source_policy_documents = [data.aws_iam_policy_document.start.json]

  # every revision and every task of the pipelines
  statement {
    sid       = "WatchTasks"
    actions   = ["ecs:DescribeTasks", "ecs:StopTask"]
    resources = ["${local.ecs}:task/${local.cluster.name}/*"]
  }

  # A worker that is started anew finds the task that it had started (`reattach`).
  statement {
    sid       = "FindTasksAgain"
    actions   = ["ecs:ListTasks"]
    resources = ["*"] # tasks are listed of no resource; the condition narrows it to the cluster

    condition {
      test     = "ArnEquals"
      variable = "ecs:cluster"
      values   = [local.cluster.arn]
    }
  }

  statement {
    sid       = "ReadDags"
    actions   = ["s3:GetBucketPublicAccessBlock", "s3:GetBucketVersioning", "s3:GetEncryptionConfiguration", "s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket"]
    resources = [var.artifacts.arn, "${var.artifacts.arn}/*"]
  }

  statement {
    sid       = "TellHealth"
    actions   = ["airflow:PublishMetrics"]
    resources = ["arn:${var.account.partition}:airflow:${var.account.region}:${var.account.id}:environment/${var.name}"]
  }

  # the groups that Airflow makes for this environment, and their streams
  statement {
    sid       = "WriteLogs"
    actions   = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:GetLogEvents", "logs:GetLogGroupFields", "logs:GetLogRecord", "logs:GetQueryResults", "logs:PutLogEvents"]
    resources = [local.airflow_logs]
  }

  statement {
    sid     = "ReadLogsOfTasks"
    actions = ["logs:GetLogEvents"]
    # the streams of the pipelines' group
    resources = ["arn:${var.account.partition}:logs:${var.account.region}:${var.account.id}:log-group:${var.runtime.log_group}:*"]
  }

  statement {
    sid       = "WhatAwsAsksForAllOfThem"
    actions   = ["cloudwatch:PutMetricData", "logs:DescribeLogGroups", "s3:GetAccountPublicAccessBlock"]
    resources = ["*"] # AWS knows no resource for these actions
  }

  # Celery's queues are in AWS's own account
  statement {
    sid       = "PassTasksOn"
    actions   = ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ReceiveMessage", "sqs:SendMessage"]
    resources = ["arn:${var.account.partition}:sqs:${var.account.region}:*:airflow-celery-*"]
  }
}

data "aws_iam_policy_document" "airflow_key" {
  statement {
    sid       = "UseKeys"
    actions   = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"]
    resources = [var.key_arn, var.artifacts.key_arn]
  }
}

resource "aws_iam_role" "airflow" {
  count = local.airflow

  name               = "${var.name}-airflow"
  assume_role_policy = data.aws_iam_policy_document.airflow_assume.json
}

resource "aws_iam_role_policy" "airflow" {
  count = local.airflow

  name   = "run-dags"
  role   = aws_iam_role.airflow[0].id
  policy = data.aws_iam_policy_document.airflow.json
}

resource "aws_iam_role_policy" "airflow_key" {
  count = local.airflow

  name   = "use-keys"
  role   = aws_iam_role.airflow[0].id
  policy = data.aws_iam_policy_document.airflow_key.json
}

resource "aws_security_group" "airflow" {
  count = local.airflow

  name        = "${var.name}-airflow"
  description = "Parts of Airflow among each other"
  vpc_id      = var.network.id
}

resource "aws_vpc_security_group_ingress_rule" "airflow" {
  count = local.airflow

  security_group_id            = aws_security_group.airflow[0].id
  description                  = "Parts of Airflow among each other"
  referenced_security_group_id = aws_security_group.airflow[0].id
  ip_protocol                  = "-1"
}

resource "aws_vpc_security_group_egress_rule" "airflow" {
  count = local.airflow

  security_group_id            = aws_security_group.airflow[0].id
  description                  = "Parts of Airflow among each other"
  referenced_security_group_id = aws_security_group.airflow[0].id
  ip_protocol                  = "-1"
}

resource "aws_vpc_security_group_egress_rule" "airflow_https" {
  count = local.airflow

  security_group_id = aws_security_group.airflow[0].id
  description       = "AWS services"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_mwaa_environment" "this" {
  count = local.airflow

  name                   = var.name
  airflow_version        = var.airflow_version
  environment_class      = "mw1.small"
  max_workers            = 2
  source_bucket_arn      = var.artifacts.arn
  dag_s3_path            = "dags"
  startup_script_s3_path = "airflow/startup.sh"
  execution_role_arn     = aws_iam_role.airflow[0].arn
  kms_key                = var.key_arn
  webserver_access_mode  = "PRIVATE_ONLY"

  airflow_configuration_options = {
    "scheduler.create_cron_data_intervals" = "True"
  }

  network_configuration {
    security_group_ids = [aws_security_group.airflow[0].id, var.runtime.security_group_id]
    subnet_ids         = slice(var.network.subnet_ids, 0, 2)
  }

  logging_configuration {
    dag_processing_logs {
      enabled   = true
      log_level = "INFO"
    }
    scheduler_logs {
      enabled   = true
      log_level = "INFO"
    }
    task_logs {
      enabled   = true
      log_level = "INFO"
    }
    webserver_logs {
      enabled   = true
      log_level = "INFO"
    }
    worker_logs {
      enabled   = true
      log_level = "INFO"
    }
  }

  depends_on = [aws_iam_role_policy.airflow, aws_iam_role_policy.airflow_key]
}
