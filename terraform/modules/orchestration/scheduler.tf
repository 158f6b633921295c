# EventBridge Scheduler, its role, and where those starts go that were refused.

locals {
  schedules = merge(local.pipelines, local.upkeep)
  scheduled = length(local.schedules) + length(local.evaluations) > 0 ? 1 : 0
}

resource "aws_scheduler_schedule_group" "this" {
  count = local.scheduled

  name = var.name
}

resource "aws_scheduler_schedule" "this" {
  for_each = local.schedules

  name                         = each.key
  description                  = "meltano ${join(" ", each.value.command)}"
  group_name                   = aws_scheduler_schedule_group.this[0].name
  schedule_expression          = each.value.cron
  schedule_expression_timezone = "UTC"
  kms_key_arn                  = var.key_arn

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = local.cluster.arn
    role_arn = aws_iam_role.scheduler[0].arn
    input    = jsonencode({ containerOverrides = [{ name = "meltano", command = each.value.command }] })

    ecs_parameters {
      task_definition_arn = "${local.ecs}:task-definition/${var.jobs[each.value.task].family}"
      launch_type         = "FARGATE"
      platform_version    = "LATEST"
      propagate_tags      = "TASK_DEFINITION"

      network_configuration {
        assign_public_ip = false
        security_groups  = [var.runtime.security_group_id]
        subnets          = var.runtime.subnet_ids
      }
    }

    dead_letter_config {
      arn = aws_sqs_queue.missed[0].arn
    }

    retry_policy {
      maximum_event_age_in_seconds = 3600
      maximum_retry_attempts       = 3
    }
  }

  depends_on = [aws_iam_role_policy.scheduler]
}

# Starts that ECS refused; an alarm looks at it.
resource "aws_sqs_queue" "missed" {
  count = local.scheduled

  name                      = "${var.name}-missed-starts"
  kms_master_key_id         = var.key_arn
  message_retention_seconds = 1209600
}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["scheduler.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account.id]
    }
  }
}

data "aws_iam_policy_document" "scheduler" {
  source_policy_documents = concat(
    [data.aws_iam_policy_document.start.json],
    data.aws_iam_policy_document.evaluate[*].json,
  )

  # A task has its definition's tags (`propagate_tags`), by which its cost is told.
  statement {
    sid       = "TagTheTasksItStarts"
    actions   = ["ecs:TagResource"]
    resources = ["${local.ecs}:task/${local.cluster.name}/*"]

    condition {
      test     = "StringEquals"
      variable = "ecs:CreateAction"
      values   = ["RunTask"]
    }
  }

  statement {
    sid       = "KeepMissedStarts"
    actions   = ["sqs:SendMessage"]
    resources = ["arn:${var.account.partition}:sqs:${var.account.region}:${var.account.id}:${var.name}-missed-starts"]
  }
}

data "aws_iam_policy_document" "scheduler_key" {
  statement {
    sid       = "ReadSchedulesAndEncryptMissedStarts"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.key_arn]
  }
}

resource "aws_iam_role" "scheduler" {
  count = local.scheduled

  name               = "${var.name}-scheduler"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy" "scheduler" {
  count = local.scheduled

  name   = "start-tasks"
  role   = aws_iam_role.scheduler[0].id
  policy = data.aws_iam_policy_document.scheduler.json
}

# Apart, because a new key's ARN is not known in a plan and the policy above is to be read there.
resource "aws_iam_role_policy" "scheduler_key" {
  count = local.scheduled

  name   = "use-key"
  role   = aws_iam_role.scheduler[0].id
  policy = data.aws_iam_policy_document.scheduler_key.json
}
