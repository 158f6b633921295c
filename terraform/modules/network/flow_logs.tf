# Who spoke with whom: what is asked first after an incident.

locals {
  flow_log_group = "/${var.name}/flow-logs"
}

resource "aws_cloudwatch_log_group" "flow_logs" {
  name              = local.flow_log_group
  retention_in_days = 365
  kms_key_id        = var.key_arn
}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["vpc-flow-logs.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account.id]
    }

    # this account's flow logs, whose ids are not known before
    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["arn:${var.account.partition}:ec2:${var.account.region}:${var.account.id}:vpc-flow-log/*"]
    }
  }
}

# All five actions that the delivery asks for, four of them on this one group.
data "aws_iam_policy_document" "flow_logs" {
  statement {
    sid     = "WriteFlowLogs"
    actions = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    # the group and its streams
    resources = ["arn:${var.account.partition}:logs:${var.account.region}:${var.account.id}:log-group:${local.flow_log_group}:*"]
  }

  statement {
    sid       = "FindTheGroup"
    actions   = ["logs:DescribeLogGroups"]
    resources = ["*"] # groups are listed of no resource
  }
}

resource "aws_iam_role" "flow_logs" {
  name               = "${var.name}-flow-logs"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy" "flow_logs" {
  name   = "write-flow-logs"
  role   = aws_iam_role.flow_logs.id
  policy = data.aws_iam_policy_document.flow_logs.json
}

resource "aws_flow_log" "this" {
  vpc_id          = aws_vpc.this.id
  traffic_type    = "ALL"
  log_destination = aws_cloudwatch_log_group.flow_logs.arn
  iam_role_arn    = aws_iam_role.flow_logs.arn
}
