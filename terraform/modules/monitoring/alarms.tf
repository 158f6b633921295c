# A start that never came about.
resource "aws_cloudwatch_metric_alarm" "missed" {
  count = var.missed_starts_queue == null ? 0 : 1

  alarm_name          = "${var.name}-missed-starts"
  alarm_description   = "ECS has refused to start a scheduled task; the queue ${coalesce(var.missed_starts_queue, "-")} says which."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = var.missed_starts_queue }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.this.arn]
}

resource "aws_cloudwatch_metric_alarm" "disk" {
  count = var.warehouse_cluster == null ? 0 : 1

  alarm_name          = "${var.name}-warehouse-disk"
  alarm_description   = "The warehouse's disk is nearly full: builds will fail."
  namespace           = "AWS/Redshift"
  metric_name         = "PercentageDiskSpaceUsed"
  dimensions          = { ClusterIdentifier = var.warehouse_cluster }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 3
  comparison_operator = "GreaterThanThreshold"
  threshold           = 85
  alarm_actions       = [aws_sns_topic.this.arn]
}

resource "aws_budgets_budget" "this" {
  name         = var.name
  budget_type  = "COST"
  limit_amount = format("%.1f", var.monthly_budget_usd)
  limit_unit   = "USD"
  time_unit    = "MONTHLY"

  cost_filter {
    name   = "TagKeyValue"
    values = [join("$", ["user:Project", var.project])]
  }

  notification {
    comparison_operator       = "GREATER_THAN"
    notification_type         = "ACTUAL"
    threshold                 = 80
    threshold_type            = "PERCENTAGE"
    subscriber_sns_topic_arns = [aws_sns_topic.this.arn]
  }

  notification {
    comparison_operator       = "GREATER_THAN"
    notification_type         = "FORECASTED"
    threshold                 = 100
    threshold_type            = "PERCENTAGE"
    subscriber_sns_topic_arns = [aws_sns_topic.this.arn]
  }

  depends_on = [aws_sns_topic_policy.this]
}
