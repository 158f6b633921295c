# EventBridge Scheduler knows times, and no order: each step of a job starts `step_minutes` after the
# one before it. A step whose work is late does no harm: dbt builds what is there, and the next day's
# build has the rest.

locals {
  scheduled = var.orchestrator == "scheduler" ? 1 : 0

  # Which task definition a step is run by. What is not here (the report, which is a file) is left out.
  task_by_block = {
    "tap-deftunes-api" = "api-extract-job"
    "tap-postgres"     = "rds-extract-job"
    "dbt:"             = "dbt-build-job"
  }

  steps = flatten([
    for schedule in var.schedules : [
      for index, block in [
        for block in flatten([for task in var.jobs_by_name[schedule.job] : flatten([task])]) : block
        if length([for start in keys(local.task_by_block) : start if startswith(block, start)]) > 0
        ] : {
        name     = "${replace(schedule.name, "_", "-")}-${index + 1}"
        fields   = split(" ", schedule.interval)
        minutes  = tonumber(split(" ", schedule.interval)[1]) * 60 + tonumber(split(" ", schedule.interval)[0]) + index * var.step_minutes
        command  = concat(["run"], split(" ", block))
        task     = [for start, task in local.task_by_block : task if startswith(block, start)][0]
        schedule = schedule.name
      }
    ]
  ])

  # cron: minute hour day month weekday. AWS counts weekdays from 1, and wants `?` for one of the days.
  schedules = {
    for step in local.scheduled == 1 ? local.steps : [] : step.name => merge(step, {
      cron = join(" ", [
        step.minutes % 60,
        floor(step.minutes / 60) % 24,
        step.fields[4] == "*" ? step.fields[2] : "?",
        step.fields[3],
        step.fields[4] == "*" ? "?" : tostring(tonumber(step.fields[4]) % 7 + 1),
        "*",
      ])
    })
  }
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
  schedule_expression          = "cron(${each.value.cron})"
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

  lifecycle {
    precondition {
      condition     = length(each.value.fields) == 5 && can(tonumber(each.value.fields[0])) && can(tonumber(each.value.fields[1]))
      error_message = "Schedule ${each.value.schedule}: EventBridge is told a minute and an hour, such as \"0 5 * * *\"."
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
  source_policy_documents = [data.aws_iam_policy_document.start.json]

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
