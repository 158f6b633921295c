# What belongs to no pipeline, whoever starts those: the upkeep of the lake's tables, and Glue's look
# at the rules.

locals {
  upkeep = {
    for task, cron in { lake-maintain-job = var.maintenance_schedule } :
    trimsuffix(task, "-job") => { command = ["invoke", "target-s3:maintain"], task = task, cron = cron } if cron != null
  }

  evaluations = { for table, run in var.evaluations.runs : table => run if var.evaluation_schedule != null }
}

resource "aws_scheduler_schedule" "evaluation" {
  for_each = local.evaluations

  name                         = "data-quality-${each.key}"
  description                  = "Glue's look at the rules of ${each.key}"
  group_name                   = aws_scheduler_schedule_group.this[0].name
  schedule_expression          = var.evaluation_schedule
  schedule_expression_timezone = "UTC"
  kms_key_arn                  = var.key_arn

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = "arn:${var.account.partition}:scheduler:::aws-sdk:glue:startDataQualityRulesetEvaluationRun"
    role_arn = aws_iam_role.scheduler[0].arn

    input = jsonencode(merge(
      {
        DataSource      = { GlueTable = { DatabaseName = var.evaluations.database, TableName = each.key } }
        NumberOfWorkers = 2
        Role            = var.evaluations.role_arn
        RulesetNames    = [each.value.ruleset]
      },
      # the tables that the rules name beside their own, under the names that they have there
      { for part in length(each.value.others) > 0 ? ["AdditionalDataSources"] : [] : part => {
        for other in each.value.others : other => { GlueTable = { DatabaseName = var.evaluations.database, TableName = other } }
      } },
    ))

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

data "aws_iam_policy_document" "evaluate" {
  count = length(local.evaluations) > 0 ? 1 : 0

  statement {
    sid       = "AskTheRules"
    actions   = ["glue:StartDataQualityRulesetEvaluationRun"]
    resources = [for run in local.evaluations : "arn:${var.account.partition}:glue:${var.account.region}:${var.account.id}:dataQualityRuleset/${run.ruleset}"]
  }

  statement {
    sid       = "HandGlueItsRole"
    actions   = ["iam:PassRole"]
    resources = [var.evaluations.role_arn]

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["glue.amazonaws.com"]
    }
  }
}
