# Tasks: one that failed is told at once; one that did not come is told by the freshness alarms.

resource "aws_cloudwatch_event_rule" "failed" {
  name        = "${var.name}-task-failed"
  description = "A task of ${var.name} ended badly or never began"
  event_pattern = jsonencode({
    source      = ["aws.ecs"]
    detail-type = ["ECS Task State Change"]
    detail = {
      clusterArn = [var.cluster_arn]
      lastStatus = ["STOPPED"]
      "$or" = [
        { containers = { exitCode = [{ anything-but = 0 }] } },
        { stopCode = ["TaskFailedToStart"] },
      ]
    }
  })
}

resource "aws_cloudwatch_event_target" "failed" {
  rule = aws_cloudwatch_event_rule.failed.name
  arn  = aws_sns_topic.this.arn

  depends_on = [aws_sns_topic_policy.this]
}

# A rule counts what it has seen, so one that sees loads end well is a clock that must not stop. The
# events are kept as well: the history of all runs.
resource "aws_cloudwatch_event_rule" "done" {
  for_each = var.fresh_within_hours

  name        = "${var.name}-${each.key}-done"
  description = "${each.key} of ${var.name} has ended well"
  event_pattern = jsonencode({
    source      = ["aws.ecs"]
    detail-type = ["ECS Task State Change"]
    detail = {
      clusterArn = [var.cluster_arn]
      lastStatus = ["STOPPED"]
      group      = ["family:${var.name}-${each.key}"]
      containers = { exitCode = [0] }
    }
  })
}

resource "aws_cloudwatch_event_target" "done" {
  for_each = var.fresh_within_hours

  rule = aws_cloudwatch_event_rule.done[each.key].name
  arn  = "arn:${var.account.partition}:logs:${var.account.region}:${var.account.id}:log-group:${aws_cloudwatch_log_group.runs.name}"
}

resource "aws_cloudwatch_log_group" "runs" {
  name              = "/aws/events/${var.name}-runs"
  retention_in_days = 365
  kms_key_id        = var.key_arn
}

data "aws_iam_policy_document" "runs" {
  statement {
    sid       = "EventsOfThisAccountAreKept"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["arn:${var.account.partition}:logs:${var.account.region}:${var.account.id}:log-group:/aws/events/${var.name}-runs:*"]

    principals {
      type        = "Service"
      identifiers = ["delivery.logs.amazonaws.com", "events.amazonaws.com"]
    }
  }
}

resource "aws_cloudwatch_log_resource_policy" "runs" {
  policy_name     = "${var.name}-runs"
  policy_document = data.aws_iam_policy_document.runs.json
}

resource "aws_cloudwatch_metric_alarm" "stale" {
  for_each = var.fresh_within_hours

  alarm_name          = "${var.name}-${each.key}-stale"
  alarm_description   = "No ${each.key} has ended well for ${each.value} hours: readers see old data. docs/runbooks of the project say what to do."
  namespace           = "AWS/Events"
  metric_name         = "Invocations" # AWS tells matched events of all rules together
  dimensions          = { RuleName = aws_cloudwatch_event_rule.done[each.key].name }
  statistic           = "Sum"
  period              = 3600
  evaluation_periods  = each.value
  datapoints_to_alarm = each.value
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  treat_missing_data  = "breaching"
  alarm_actions       = [aws_sns_topic.this.arn]
  ok_actions          = [aws_sns_topic.this.arn]
}
