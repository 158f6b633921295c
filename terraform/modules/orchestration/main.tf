# What starts the tasks, and when. Either way it is what orchestrate/orchestrate.meltano.yml says:
# EventBridge Scheduler (pipelines.tf, scheduler.tf) or Airflow (airflow.tf). What belongs to no pipeline
# (upkeep.tf) is EventBridge's, whichever it is.

locals {
  cluster = { arn = var.runtime.cluster_arn, name = var.runtime.cluster_name }
  ecs     = "arn:${var.account.partition}:ecs:${var.account.region}:${var.account.id}"
}

# May start the pipelines' tasks, with the pipelines' roles, and nothing else.
data "aws_iam_policy_document" "start" {
  statement {
    sid     = "StartTasks"
    actions = ["ecs:RunTask"]
    # every revision of these task definitions
    resources = [for name, job in var.jobs : "${local.ecs}:task-definition/${job.family}:*"]

    condition {
      test     = "ArnEquals"
      variable = "ecs:cluster"
      values   = [local.cluster.arn]
    }
  }

  statement {
    sid       = "HandThemTheirRoles"
    actions   = ["iam:PassRole"]
    resources = distinct(concat([var.runtime.execution_role.arn], [for name, job in var.jobs : job.role_arn]))

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ecs-tasks.amazonaws.com"]
    }
  }
}
