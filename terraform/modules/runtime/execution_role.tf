# What ECS itself needs to start a task. What the task may do is its own role's business.

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account.id]
    }
  }
}

data "aws_iam_policy_document" "execution" {
  statement {
    sid       = "LogInToTheRegistry"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"] # AWS knows no resource for this action
  }

  statement {
    sid       = "PullTheImage"
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = ["arn:${var.account.partition}:ecr:${var.account.region}:${var.account.id}:repository/${local.repository}"]
  }

  statement {
    sid     = "WriteLogs"
    actions = ["logs:CreateLogStream", "logs:PutLogEvents"]
    # the streams of this one group
    resources = ["arn:${var.account.partition}:logs:${var.account.region}:${var.account.id}:log-group:${local.log_group}:*"]
  }
}

data "aws_iam_policy_document" "key" {
  statement {
    sid       = "DecryptImageAndSecrets"
    actions   = ["kms:Decrypt"]
    resources = [var.key_arn]
  }
}

resource "aws_iam_role" "execution" {
  name               = "${var.name}-task-execution"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy" "execution" {
  name   = "start-tasks"
  role   = aws_iam_role.execution.id
  policy = data.aws_iam_policy_document.execution.json
}

# Apart, because a new key's ARN is not known in a plan and the policy above is to be read there.
resource "aws_iam_role_policy" "key" {
  name   = "use-key"
  role   = aws_iam_role.execution.id
  policy = data.aws_iam_policy_document.key.json
}
